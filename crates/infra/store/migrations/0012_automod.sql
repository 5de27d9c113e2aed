-- Rules of automatic moderation.

CREATE TABLE automod_rules (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    creator_id BIGINT NOT NULL,
    trigger_type BIGINT NOT NULL,
    trigger_metadata TEXT NOT NULL,
    actions TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    exempt_roles TEXT NOT NULL,
    exempt_channels TEXT NOT NULL
);
CREATE INDEX automod_rules_of_guild ON automod_rules (guild_id);
