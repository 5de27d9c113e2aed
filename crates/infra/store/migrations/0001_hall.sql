-- The hall: accounts, guilds, channels, messages and what hangs on them.
-- Portable DDL: SNOWFLAKE is a 64-bit key, BYTES a byte string; times are microseconds since 1970; JSON is TEXT.

CREATE TABLE instance (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id SNOWFLAKE PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    email TEXT,
    email_key TEXT UNIQUE,
    password_hash TEXT,
    bot BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    global_name TEXT,
    avatar TEXT,
    banner TEXT,
    accent_color BIGINT,
    bio TEXT NOT NULL,
    pronouns TEXT NOT NULL,
    locale TEXT NOT NULL,
    public_flags BIGINT NOT NULL,
    totp_secret TEXT,
    suspended BIGINT NOT NULL,
    suspended_until BIGINT,
    suspended_reason TEXT,
    settings TEXT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE sessions (
    id SNOWFLAKE PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BYTES NOT NULL UNIQUE,
    last_used_at BIGINT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Second steps in progress: login with a second factor, passkey ceremonies.
CREATE TABLE tickets (
    hash BYTES PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BIGINT,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE backup_codes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BYTES NOT NULL,
    consumed_at BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    id SNOWFLAKE PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BYTES NOT NULL UNIQUE,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id);

CREATE TABLE relationships (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (user_id, other_id)
);

CREATE TABLE guilds (
    id SNOWFLAKE PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    application_id BIGINT,
    name TEXT NOT NULL,
    description TEXT,
    icon TEXT,
    splash TEXT,
    discovery_splash TEXT,
    banner TEXT,
    features TEXT NOT NULL,
    afk_channel_id BIGINT,
    afk_timeout BIGINT NOT NULL,
    system_channel_id BIGINT,
    system_channel_flags BIGINT NOT NULL,
    widget_enabled BIGINT NOT NULL,
    widget_channel_id BIGINT,
    verification_level BIGINT NOT NULL,
    default_message_notifications BIGINT NOT NULL,
    mfa_level BIGINT NOT NULL,
    explicit_content_filter BIGINT NOT NULL,
    vanity_url_code TEXT,
    preferred_locale TEXT NOT NULL,
    rules_channel_id BIGINT,
    safety_alerts_channel_id BIGINT,
    public_updates_channel_id BIGINT,
    nsfw_level BIGINT NOT NULL
);

CREATE TABLE roles (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    permissions BIGINT NOT NULL,
    position BIGINT NOT NULL,
    color BIGINT NOT NULL,
    secondary_color BIGINT,
    tertiary_color BIGINT,
    hoist BIGINT NOT NULL,
    managed BIGINT NOT NULL,
    mentionable BIGINT NOT NULL,
    icon TEXT,
    unicode_emoji TEXT,
    bot_id BIGINT,
    flags BIGINT NOT NULL
);
CREATE INDEX roles_guild ON roles (guild_id);

CREATE TABLE members (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nick TEXT,
    avatar TEXT,
    banner TEXT,
    bio TEXT,
    roles TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    deaf BIGINT NOT NULL,
    mute BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    timeout_until BIGINT,
    invite_code TEXT,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE bans (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    reason TEXT,
    PRIMARY KEY (guild_id, user_id)
);

CREATE TABLE channels (
    id SNOWFLAKE PRIMARY KEY,
    kind BIGINT NOT NULL,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    parent_id BIGINT,
    name TEXT,
    topic TEXT,
    position BIGINT NOT NULL,
    overwrites TEXT NOT NULL,
    nsfw BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    last_message_id BIGINT,
    last_pin_at BIGINT,
    rate_limit_per_user BIGINT NOT NULL,
    bitrate BIGINT,
    user_limit BIGINT,
    rtc_region TEXT,
    video_quality_mode BIGINT,
    default_auto_archive_duration BIGINT,
    default_thread_rate_limit_per_user BIGINT,
    icon TEXT,
    owner_id BIGINT,
    application_id BIGINT,
    locked BIGINT NOT NULL,
    archived BIGINT NOT NULL,
    archived_at BIGINT,
    auto_archive_duration BIGINT,
    invitable BIGINT,
    message_count BIGINT NOT NULL,
    member_count BIGINT NOT NULL,
    total_message_sent BIGINT NOT NULL,
    pair_key TEXT UNIQUE
);
CREATE INDEX channels_guild ON channels (guild_id);
CREATE INDEX channels_parent ON channels (parent_id);

-- People in direct messages.
CREATE TABLE recipients (
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    closed BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX recipients_user ON recipients (user_id);

CREATE TABLE thread_members (
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX thread_members_user ON thread_members (user_id);

CREATE TABLE messages (
    id SNOWFLAKE PRIMARY KEY,
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    author_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    content TEXT NOT NULL,
    edited_at BIGINT,
    pinned_at BIGINT,
    flags BIGINT NOT NULL,
    mention_everyone BIGINT NOT NULL,
    mentions TEXT NOT NULL,
    mention_roles TEXT NOT NULL,
    webhook_id BIGINT,
    application_id BIGINT,
    position BIGINT,
    nonce TEXT,
    -- Attachments, embeds, components and the rest that no query looks into.
    extras TEXT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX messages_channel ON messages (channel_id, id);
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at) WHERE pinned_at IS NOT NULL;
CREATE INDEX messages_nonce ON messages (author_id, nonce) WHERE nonce IS NOT NULL;
CREATE INDEX messages_author ON messages (author_id, id);

--: sqlite
CREATE VIRTUAL TABLE message_texts USING fts5 (content, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER messages_text_insert AFTER INSERT ON messages WHEN new.content <> '' BEGIN
    INSERT INTO message_texts (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER messages_text_delete AFTER DELETE ON messages WHEN old.content <> '' BEGIN
    INSERT INTO message_texts (message_texts, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER messages_text_update AFTER UPDATE OF content ON messages WHEN old.content <> new.content BEGIN
    INSERT INTO message_texts (message_texts, rowid, content) SELECT 'delete', old.id, old.content WHERE old.content <> '';
    INSERT INTO message_texts (rowid, content) SELECT new.id, new.content WHERE new.content <> '';
END;
--: end
--: postgres
ALTER TABLE messages ADD COLUMN text_index tsvector GENERATED ALWAYS AS (to_tsvector('simple', content)) STORED;
CREATE INDEX messages_text ON messages USING gin (text_index);
--: end

CREATE TABLE reactions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji_key TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    emoji_id BIGINT,
    emoji_name TEXT,
    animated BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji_key, user_id)
);

CREATE TABLE read_states (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    last_message_id BIGINT,
    delivered_id BIGINT,
    mention_count BIGINT NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX read_states_channel ON read_states (channel_id);

CREATE TABLE user_guild_settings (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- 0: direct messages.
    guild_id BIGINT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (user_id, guild_id)
);

-- When somebody last sent to a channel with slow mode: survives a restart.
CREATE TABLE slow_mode (
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);

CREATE TABLE invites (
    code TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    inviter_id BIGINT,
    max_age BIGINT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    temporary BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    role_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invites_guild ON invites (guild_id);
CREATE INDEX invites_channel ON invites (channel_id);

CREATE TABLE emojis (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    application_id BIGINT,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    user_id BIGINT,
    animated BIGINT NOT NULL,
    image TEXT NOT NULL
);
CREATE INDEX emojis_guild ON emojis (guild_id);
CREATE INDEX emojis_application ON emojis (application_id);

CREATE TABLE webhooks (
    id SNOWFLAKE PRIMARY KEY,
    kind BIGINT NOT NULL,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT,
    name TEXT,
    avatar TEXT,
    token TEXT UNIQUE,
    application_id BIGINT,
    source_channel_id BIGINT
);
CREATE INDEX webhooks_channel ON webhooks (channel_id);
CREATE INDEX webhooks_guild ON webhooks (guild_id);
CREATE INDEX webhooks_source ON webhooks (source_channel_id);

CREATE TABLE applications (
    id SNOWFLAKE PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    bot_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    icon TEXT,
    flags BIGINT NOT NULL,
    verify_key TEXT NOT NULL,
    signing_key TEXT NOT NULL,
    -- Everything else that PATCH can change.
    settings TEXT NOT NULL
);
CREATE INDEX applications_owner ON applications (owner_id);

CREATE TABLE commands (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- 0: global.
    guild_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (application_id, guild_id, kind, name)
);
CREATE INDEX commands_guild ON commands (guild_id);

CREATE TABLE command_permissions (
    -- The command, or the application for all of its commands.
    command_id BIGINT NOT NULL,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    permissions TEXT NOT NULL,
    PRIMARY KEY (command_id, guild_id)
);

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
    -- What was asked, and ephemeral answers.
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX interactions_expiry ON interactions (expires_at);

CREATE TABLE audit_log (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    user_id BIGINT,
    target_id TEXT,
    action TEXT NOT NULL,
    changes TEXT NOT NULL,
    options TEXT,
    reason TEXT
);
CREATE INDEX audit_log_guild ON audit_log (guild_id, id);

-- What staff did to the instance.
CREATE TABLE admin_log (
    id SNOWFLAKE PRIMARY KEY,
    actor_id BIGINT,
    action TEXT NOT NULL,
    target TEXT,
    metadata TEXT NOT NULL
);

CREATE TABLE warnings (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    moderator_id BIGINT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX warnings_member ON warnings (guild_id, user_id);
