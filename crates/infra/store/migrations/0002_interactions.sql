-- Interactions with what is told when they are answered, and messages that only one person sees.

-- Of ephemeral messages: who sees them, for as long as the interaction lasts.
ALTER TABLE messages ADD COLUMN visible_to BIGINT;
CREATE INDEX messages_ephemeral ON messages (id) WHERE visible_to IS NOT NULL;

DROP TABLE interactions;
CREATE TABLE interactions (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    token_hash BYTES NOT NULL UNIQUE,
    kind BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    guild_id BIGINT,
    user_id BIGINT NOT NULL,
    message_id BIGINT,
    -- 0 none, else the callback type it was answered with.
    answered BIGINT NOT NULL,
    response_id BIGINT,
    nonce TEXT,
    -- Name of the command, with subcommands.
    name TEXT NOT NULL,
    -- What the messages that answer it say of it.
    metadata TEXT NOT NULL,
    -- Kind of the option that is typed into.
    focused BIGINT,
    -- The modal that it was answered with.
    modal TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX interactions_expiry ON interactions (expires_at);
