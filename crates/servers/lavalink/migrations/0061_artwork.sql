-- Whether there is a picture of a file: 0 or 1.
ALTER TABLE lavalink_library ADD COLUMN artwork BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lavalink_upload ADD COLUMN artwork BIGINT NOT NULL DEFAULT 0;

-- All are looked at again.
UPDATE lavalink_library SET modified = -1;
