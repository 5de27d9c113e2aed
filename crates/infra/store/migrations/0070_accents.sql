-- Names and words are found without their accents, as with them.

--: postgres
CREATE OR REPLACE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE WHEN octet_length($1) = length($1) THEN LOWER($1)
        ELSE translate(LOWER(normalize(regexp_replace(normalize($1, NFKD), '[\u0300-\u036F]', '', 'g'), NFC)), 'ς', 'σ') END
$body$;
ALTER TABLE messages DROP COLUMN text_index;
ALTER TABLE messages ADD COLUMN text_index tsvector GENERATED ALWAYS AS (to_tsvector('simple',
    translate(fold(content), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~–—‘’“”„«»…·•¿¡、。', repeat(' ', 48)))) STORED;
CREATE INDEX messages_text ON messages USING gin (text_index);
--: end
UPDATE users SET global_name_key = fold(global_name) WHERE global_name_key <> fold(global_name);
UPDATE users SET username_key = fold(username_key) WHERE username_key <> fold(username_key);
UPDATE members SET nick_key = fold(nick) WHERE nick_key <> fold(nick);
