-- Files that clients brought, by the names under which they are played.
CREATE TABLE lavalink_upload (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    title TEXT NOT NULL,
    artist TEXT,
    album TEXT,
    isrc TEXT,
    -- Milliseconds.
    length BIGINT,
    -- The container.
    kind TEXT NOT NULL,
    -- Milliseconds of Unix time.
    created_at BIGINT NOT NULL
);

-- Numbers of recordings are kept without strokes from now on.
UPDATE lavalink_library SET isrc = upper(replace(replace(isrc, '-', ''), ' ', '')) WHERE isrc IS NOT NULL;
