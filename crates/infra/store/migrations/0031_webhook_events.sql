-- What applications are told over HTTP, until they have heard it.
CREATE TABLE webhook_events (
    id SNOWFLAKE PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- When to try next, in microseconds.
    due_at BIGINT NOT NULL
);
CREATE INDEX webhook_events_due ON webhook_events (due_at);
CREATE INDEX webhook_events_application ON webhook_events (application_id);
