-- What a guild is found by, whether staff took it off the public list, and an index of those that are on it: the others are not
-- looked at when somebody asks for the list.

ALTER TABLE guilds ADD COLUMN keywords TEXT NOT NULL DEFAULT '[]';
ALTER TABLE guilds ADD COLUMN discovery_disabled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE guilds ADD COLUMN discoverable BIGINT NOT NULL DEFAULT 0;
UPDATE guilds SET discoverable = 1 WHERE features LIKE '%"DISCOVERABLE"%';
CREATE INDEX guilds_discoverable ON guilds (id) WHERE discoverable = 1;
