-- What messages are found by beside their words.

CREATE TABLE message_links (
    -- 0 mentions a user, 1 mentions a role, 2 answers a message, 3 has something (its number).
    kind BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, target_id, message_id)
);
CREATE INDEX message_links_message ON message_links (message_id);

--: sqlite
INSERT INTO message_links SELECT DISTINCT 0, CAST(j.value AS INTEGER), m.id FROM messages m, json_each(m.mentions) j
    WHERE m.deleted_at IS NULL AND m.visible_to IS NULL;
INSERT INTO message_links SELECT DISTINCT 1, CAST(j.value AS INTEGER), m.id FROM messages m, json_each(m.mention_roles) j
    WHERE m.deleted_at IS NULL AND m.visible_to IS NULL;
INSERT INTO message_links SELECT 2, CAST(json_extract(extras, '$.reference.message_id') AS INTEGER), id FROM messages
    WHERE kind = 19 AND deleted_at IS NULL AND visible_to IS NULL AND json_extract(extras, '$.reference.message_id') IS NOT NULL;
--: end
--: postgres
INSERT INTO message_links SELECT DISTINCT 0, j.value::BIGINT, m.id FROM messages m, json_array_elements_text(m.mentions::json) j
    WHERE m.deleted_at IS NULL AND m.visible_to IS NULL;
INSERT INTO message_links SELECT DISTINCT 1, j.value::BIGINT, m.id FROM messages m, json_array_elements_text(m.mention_roles::json) j
    WHERE m.deleted_at IS NULL AND m.visible_to IS NULL;
INSERT INTO message_links SELECT 2, (extras::json -> 'reference' ->> 'message_id')::BIGINT, id FROM messages
    WHERE kind = 19 AND deleted_at IS NULL AND visible_to IS NULL AND extras::json -> 'reference' ->> 'message_id' IS NOT NULL;

-- Words end at every sign, as they do in SQLite's index: an address is not one word.
ALTER TABLE messages DROP COLUMN text_index;
ALTER TABLE messages ADD COLUMN text_index tsvector GENERATED ALWAYS AS (to_tsvector('simple',
    translate(content, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~–—‘’“”„«»…·•¿¡、。', repeat(' ', 48)))) STORED;
CREATE INDEX messages_text ON messages USING gin (text_index);
--: end
INSERT INTO message_links SELECT 3, 1, id FROM messages
    WHERE deleted_at IS NULL AND visible_to IS NULL AND (content LIKE '%http://%' OR content LIKE '%https://%');
INSERT INTO message_links SELECT 3, 2, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"embeds":[%';
INSERT INTO message_links SELECT 3, 3, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"attachments":[%';
INSERT INTO message_links SELECT 3, 4, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"content_type":"image/%';
INSERT INTO message_links SELECT 3, 5, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"content_type":"video/%';
INSERT INTO message_links SELECT 3, 6, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"content_type":"audio/%';
INSERT INTO message_links SELECT 3, 7, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"stickers":[%';
INSERT INTO message_links SELECT 3, 9, id FROM messages WHERE visible_to IS NULL AND extras LIKE '%"snapshots":[%';
