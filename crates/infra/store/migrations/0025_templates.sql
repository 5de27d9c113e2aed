-- What guilds are made like.

CREATE TABLE guild_templates (
    code TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL UNIQUE REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    usage_count BIGINT NOT NULL,
    creator_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    source TEXT NOT NULL
);
