-- How loud tracks are, so that each is measured once.
CREATE TABLE lavalink_loudness (
    source TEXT NOT NULL,
    identifier TEXT NOT NULL,
    -- Milliseconds.
    length BIGINT NOT NULL,
    -- LUFS of the whole.
    integrated DOUBLE PRECISION NOT NULL,
    measured_at BIGINT NOT NULL,
    PRIMARY KEY (source, identifier, length)
);

CREATE INDEX lavalink_loudness_age ON lavalink_loudness (measured_at);
