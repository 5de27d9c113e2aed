-- Forums with the tags of their posts, and what greets whoever comes to a guild.

ALTER TABLE channels ADD COLUMN forum TEXT;
ALTER TABLE channels ADD COLUMN applied_tags TEXT;
ALTER TABLE guilds ADD COLUMN incidents TEXT;

CREATE TABLE welcome_screens (
    guild_id SNOWFLAKE PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    enabled BIGINT NOT NULL,
    description TEXT,
    channels TEXT NOT NULL
);

CREATE TABLE onboardings (
    guild_id SNOWFLAKE PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    enabled BIGINT NOT NULL,
    mode BIGINT NOT NULL,
    default_channel_ids TEXT NOT NULL,
    prompts TEXT NOT NULL
);

-- What an application says of somebody's account elsewhere.
CREATE TABLE role_connections (
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    platform_name TEXT,
    platform_username TEXT,
    metadata TEXT NOT NULL,
    PRIMARY KEY (application_id, user_id)
);

-- For whom an invite is, where it is not for everybody.
CREATE TABLE invite_targets (
    code TEXT NOT NULL REFERENCES invites (code) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (code, user_id)
);
