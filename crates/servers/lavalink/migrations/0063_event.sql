-- Whether a session is told of all events, or of those alone that every client knows.
ALTER TABLE lavalink_session ADD COLUMN all_events BIGINT NOT NULL DEFAULT 0;

-- What happened while the client of a session was away: few, written when there are more or fewer.
CREATE TABLE lavalink_event (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES lavalink_session (id) ON DELETE CASCADE,
    -- Sealed like records.
    events BYTES NOT NULL
);
