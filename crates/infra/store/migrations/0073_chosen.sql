-- Lines about oneself that are to go at some time: each is looked at once, and then when its time is over.
INSERT INTO timers (kind, subject, place, due_at, run_at, failures)
    SELECT 'custom_status_end', CAST(id AS TEXT), id, 0, 0, 0 FROM users WHERE settings LIKE '%"expires_at":"%';

-- Whether a login with a password asks for a passkey. Accounts that have passkeys already have no backup codes: they are asked
-- only once they made some.
ALTER TABLE users ADD COLUMN asks_passkey BIGINT NOT NULL DEFAULT 0;
