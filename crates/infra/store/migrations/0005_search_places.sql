-- Channel and author stand in the index as words: a common word in a quiet channel is found without looking at every message.
-- PostgreSQL has an index for each and puts them together by itself.

--: sqlite
DROP TRIGGER messages_text_insert;
DROP TRIGGER messages_text_delete;
DROP TRIGGER messages_text_update;
DROP TABLE message_texts;
CREATE VIRTUAL TABLE message_texts USING fts5 (
    content, channel_id, author_id, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO message_texts (rowid, content, channel_id, author_id)
    SELECT id, content, channel_id, author_id FROM messages WHERE content <> '' ORDER BY id;
CREATE TRIGGER messages_text_insert AFTER INSERT ON messages WHEN new.content <> '' BEGIN
    INSERT INTO message_texts (rowid, content, channel_id, author_id)
        VALUES (new.id, new.content, new.channel_id, new.author_id);
END;
CREATE TRIGGER messages_text_delete AFTER DELETE ON messages WHEN old.content <> '' BEGIN
    INSERT INTO message_texts (message_texts, rowid, content, channel_id, author_id)
        VALUES ('delete', old.id, old.content, old.channel_id, old.author_id);
END;
CREATE TRIGGER messages_text_update AFTER UPDATE OF content ON messages WHEN old.content <> new.content BEGIN
    INSERT INTO message_texts (message_texts, rowid, content, channel_id, author_id)
        SELECT 'delete', old.id, old.content, old.channel_id, old.author_id WHERE old.content <> '';
    INSERT INTO message_texts (rowid, content, channel_id, author_id)
        SELECT new.id, new.content, new.channel_id, new.author_id WHERE new.content <> '';
END;
--: end
