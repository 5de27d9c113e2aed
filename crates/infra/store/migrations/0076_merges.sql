-- The index of words is merged a few pages at a time by whoever puts words into it. By itself it merged hundreds at once, for up
-- to tens of milliseconds, in which nobody could write.

--: sqlite
INSERT INTO message_texts (message_texts, rank) VALUES ('automerge', 0);
--: end
