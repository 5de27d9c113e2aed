-- Sounds of guilds.

CREATE TABLE sounds (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Thousandths.
    volume BIGINT NOT NULL,
    emoji_id BIGINT,
    emoji_name TEXT,
    user_id BIGINT
);
CREATE INDEX sounds_guild ON sounds (guild_id);
