-- Who blocked the author of a message is asked whenever it mentions somebody.
CREATE INDEX relationships_other ON relationships (other_id, kind);

-- Bytes of the files that a message carries, those of what it forwards among them.
ALTER TABLE messages ADD COLUMN file_bytes BIGINT NOT NULL DEFAULT 0;
--: sqlite
UPDATE messages SET file_bytes =
    (SELECT COALESCE(SUM(json_extract(file.value, '$.size')), 0) FROM json_each(messages.extras, '$.attachments') file)
    + (SELECT COALESCE(SUM(json_extract(file.value, '$.size')), 0)
       FROM json_each(messages.extras, '$.snapshots') snapshot, json_each(snapshot.value, '$.message.attachments') file)
    WHERE extras LIKE '%"attachments":[{%';
--: postgres
UPDATE messages SET file_bytes =
    (SELECT COALESCE(SUM((file ->> 'size')::BIGINT), 0)
     FROM jsonb_array_elements(COALESCE(messages.extras::jsonb -> 'attachments', '[]')) file)
    + (SELECT COALESCE(SUM((file ->> 'size')::BIGINT), 0)
       FROM jsonb_array_elements(COALESCE(messages.extras::jsonb -> 'snapshots', '[]')) snapshot,
            jsonb_array_elements(COALESCE(snapshot -> 'message' -> 'attachments', '[]')) file)
    WHERE extras LIKE '%"attachments":[{%';
--: end
CREATE INDEX messages_file_bytes ON messages (author_id, file_bytes) WHERE file_bytes > 0;
