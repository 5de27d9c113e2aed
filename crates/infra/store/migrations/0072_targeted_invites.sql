-- An invite for named people stays for named people when the last of them is taken away: then it is for nobody.

ALTER TABLE invites ADD COLUMN targeted BIGINT NOT NULL DEFAULT 0;
UPDATE invites SET targeted = 1 WHERE code IN (SELECT code FROM invite_targets);
