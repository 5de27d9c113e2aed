-- What the folders of the local library hold, to be searched.
CREATE TABLE lavalink_library (
    -- The folder's name and the path within it.
    path TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    title TEXT NOT NULL,
    artist TEXT,
    album TEXT,
    isrc TEXT,
    -- Milliseconds.
    length BIGINT,
    -- Title, artist, album and file name in lower case, each word between spaces.
    words TEXT NOT NULL
);

CREATE INDEX lavalink_library_isrc ON lavalink_library (isrc);
