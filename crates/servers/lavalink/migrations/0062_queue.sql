-- Queues of players: long, and written only when they change, while records are written each second.
CREATE TABLE lavalink_queue (
    session_id TEXT NOT NULL,
    guild_id BIGINT NOT NULL,
    -- Sealed like records.
    queue BYTES NOT NULL,
    PRIMARY KEY (session_id, guild_id),
    FOREIGN KEY (session_id, guild_id) REFERENCES lavalink_player (session_id, guild_id) ON DELETE CASCADE
);
