-- Wrong passwords that are still counted, and pictures that webhooks named for single messages.

CREATE TABLE password_tries (
    key BIGINT PRIMARY KEY,
    taken BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX password_tries_end ON password_tries (ends_at);

CREATE TABLE webhook_avatars (
    webhook_id BIGINT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    address BYTES NOT NULL,
    content BYTES,
    avatar TEXT,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, address)
);
