-- What people note about others, for themselves alone; and who of a guild chose which notifications.

CREATE TABLE user_notes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    note TEXT NOT NULL,
    PRIMARY KEY (user_id, other_id)
);

CREATE INDEX user_guild_settings_guild ON user_guild_settings (guild_id);
