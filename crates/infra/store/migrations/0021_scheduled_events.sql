-- Events of guilds that are planned, and who is interested.

CREATE TABLE scheduled_events (
    id SNOWFLAKE PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT,
    creator_id BIGINT,
    name TEXT NOT NULL,
    description TEXT,
    image TEXT,
    start_at BIGINT NOT NULL,
    end_at BIGINT,
    -- When this time of it begins by its rule, and how long it lasts.
    occurrence_at BIGINT NOT NULL,
    duration BIGINT,
    status BIGINT NOT NULL,
    entity_type BIGINT NOT NULL,
    entity_id BIGINT,
    location TEXT,
    recurrence TEXT,
    exceptions TEXT NOT NULL,
    -- Since when nobody is in the channel while it goes on.
    empty_since BIGINT
);
CREATE INDEX scheduled_events_guild ON scheduled_events (guild_id);

CREATE TABLE scheduled_event_users (
    event_id BIGINT NOT NULL REFERENCES scheduled_events (id) ON DELETE CASCADE,
    -- 0: the event as a whole.
    exception_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, exception_id, user_id)
);
CREATE INDEX scheduled_event_users_user ON scheduled_event_users (user_id);
