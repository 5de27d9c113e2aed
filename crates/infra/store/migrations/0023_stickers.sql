-- Stickers of guilds.

CREATE TABLE stickers (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    tags TEXT NOT NULL,
    format BIGINT NOT NULL,
    user_id BIGINT
);
CREATE INDEX stickers_guild ON stickers (guild_id);
