-- A message is written without its words; many are put into the full-text index together, a moment later or when somebody searches.
-- What is changed or removed before its turn never was in the index. PostgreSQL's index is as quick as the rest.

CREATE TABLE message_texts_state (
    id BIGINT PRIMARY KEY,
    last_id BIGINT NOT NULL
);
INSERT INTO message_texts_state (id, last_id) SELECT 1, COALESCE(MAX(id), 0) FROM messages;

--: sqlite
DROP TRIGGER messages_text_insert;
DROP TRIGGER messages_text_delete;
DROP TRIGGER messages_text_update;
CREATE TRIGGER message_texts_advance AFTER UPDATE OF last_id ON message_texts_state BEGIN
    INSERT INTO message_texts (rowid, content, channel_id, author_id)
        SELECT id, content, channel_id, author_id FROM messages
        WHERE id > old.last_id AND id <= new.last_id AND content <> '' ORDER BY id;
END;
-- Ids are given before messages are written: one may come after those that were given later.
CREATE TRIGGER messages_text_insert AFTER INSERT ON messages
    WHEN new.content <> '' AND new.id <= (SELECT last_id FROM message_texts_state WHERE id = 1) BEGIN
    INSERT INTO message_texts (rowid, content, channel_id, author_id)
        VALUES (new.id, new.content, new.channel_id, new.author_id);
END;
CREATE TRIGGER messages_text_delete AFTER DELETE ON messages
    WHEN old.content <> '' AND old.id <= (SELECT last_id FROM message_texts_state WHERE id = 1) BEGIN
    INSERT INTO message_texts (message_texts, rowid, content, channel_id, author_id)
        VALUES ('delete', old.id, old.content, old.channel_id, old.author_id);
END;
CREATE TRIGGER messages_text_update AFTER UPDATE OF content ON messages
    WHEN old.content <> new.content AND old.id <= (SELECT last_id FROM message_texts_state WHERE id = 1) BEGIN
    INSERT INTO message_texts (message_texts, rowid, content, channel_id, author_id)
        SELECT 'delete', old.id, old.content, old.channel_id, old.author_id WHERE old.content <> '';
    INSERT INTO message_texts (rowid, content, channel_id, author_id)
        SELECT new.id, new.content, new.channel_id, new.author_id WHERE new.content <> '';
END;
--: end
