-- What people let third parties do, and where applications were added.

CREATE TABLE authorizations (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- With spaces between them.
    scopes TEXT NOT NULL,
    -- 1 where the application is installed for the person: its commands are wherever they are.
    installed BIGINT NOT NULL,
    UNIQUE (application_id, user_id)
);
CREATE INDEX authorizations_user ON authorizations (user_id);

-- Codes that wait to be exchanged, each once.
CREATE TABLE authorization_codes (
    id SNOWFLAKE PRIMARY KEY,
    authorization_id BIGINT NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    code_hash BYTES NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    redirect_uri TEXT,
    -- RFC 7636, S256.
    challenge TEXT,
    nonce TEXT,
    -- Where a bot was added on the way.
    guild_id BIGINT,
    -- The webhook that was made on the way.
    webhook_id BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_codes_authorization ON authorization_codes (authorization_id);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

CREATE TABLE bearer_tokens (
    id SNOWFLAKE PRIMARY KEY,
    -- None of those that an application got for itself.
    authorization_id BIGINT REFERENCES authorizations (id) ON DELETE CASCADE,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    token_hash BYTES NOT NULL UNIQUE,
    refresh_hash BYTES UNIQUE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX bearer_tokens_authorization ON bearer_tokens (authorization_id);
CREATE INDEX bearer_tokens_expiry ON bearer_tokens (expires_at);

-- Applications in guilds: with their bot, or with their commands alone.
CREATE TABLE integrations (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- Who added it.
    user_id BIGINT,
    scopes TEXT NOT NULL,
    PRIMARY KEY (guild_id, application_id)
);
CREATE INDEX integrations_application ON integrations (application_id);
