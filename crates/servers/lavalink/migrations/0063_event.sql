-- What happened while the client of a session was away: few, written when there are more or fewer.
CREATE TABLE lavalink_event (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES lavalink_session (id) ON DELETE CASCADE,
    -- Sealed like records.
    events BYTES NOT NULL
);
