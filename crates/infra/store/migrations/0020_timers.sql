-- What is to happen later. A timer is gone with the transaction that does it.

CREATE TABLE timers (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Where it happens: works of one place follow each other.
    place BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- Later than it is due after failures.
    run_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timers_run ON timers (run_at);

-- Threads that are there already: each is looked at once, and then when its time is up.
INSERT INTO timers (kind, subject, place, due_at, run_at, failures)
    SELECT 'thread_archive', CAST(id AS TEXT), id, 0, 0, 0 FROM channels WHERE kind IN (10, 11, 12) AND archived = 0;
