-- How many commands an application made in a guild (0: for everywhere) since a moment, for the daily limit.

CREATE TABLE command_creates (
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    made BIGINT NOT NULL,
    PRIMARY KEY (application_id, guild_id)
);
