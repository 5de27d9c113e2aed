-- What goes on on stages.

CREATE TABLE stage_instances (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL UNIQUE REFERENCES channels (id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    privacy_level BIGINT NOT NULL,
    event_id BIGINT,
    -- Since when nobody speaks.
    silent_since BIGINT
);
