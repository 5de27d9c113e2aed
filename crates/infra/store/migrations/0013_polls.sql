-- Who answered what in polls. The polls themselves stand in their messages.

CREATE TABLE poll_votes (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    answer_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, answer_id, user_id)
);
