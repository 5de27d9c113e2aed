-- Sessions that wait for their client, and what it takes to go on playing.
CREATE TABLE lavalink_session (
    id TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL,
    client TEXT NOT NULL,
    timeout BIGINT NOT NULL
);

CREATE TABLE lavalink_player (
    session_id TEXT NOT NULL REFERENCES lavalink_session (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL,
    -- Sealed: it lets into voice.
    record BYTES NOT NULL,
    PRIMARY KEY (session_id, guild_id)
);
