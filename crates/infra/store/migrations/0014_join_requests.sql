-- What newcomers of a guild fill in, and what they wrote.

CREATE TABLE member_verifications (
    guild_id SNOWFLAKE PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    enabled BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    description TEXT,
    fields TEXT NOT NULL
);

CREATE TABLE join_requests (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    responses TEXT NOT NULL,
    reviewed_at BIGINT,
    reviewer_id BIGINT,
    reason TEXT,
    UNIQUE (guild_id, user_id)
);
