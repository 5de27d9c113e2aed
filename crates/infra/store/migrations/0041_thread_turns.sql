-- When somebody last began a thread in a channel with slow mode: a message and a thread each have their turn.

CREATE TABLE thread_turns (
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
