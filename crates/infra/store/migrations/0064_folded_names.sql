-- Names are found in any case, whatever alphabet they are written in: what they are found by is written with them, folded by the program.

--: postgres
CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS $body$ SELECT translate(LOWER($1), 'ς', 'σ') $body$;
--: end
ALTER TABLE users ADD COLUMN global_name_key TEXT;
ALTER TABLE members ADD COLUMN nick_key TEXT;
UPDATE users SET global_name_key = fold(global_name) WHERE global_name IS NOT NULL;
UPDATE members SET nick_key = fold(nick) WHERE nick IS NOT NULL;
DROP INDEX members_by_nick;
DROP INDEX users_by_global_name;
--: sqlite
CREATE INDEX members_by_nick ON members (guild_id, nick_key, user_id) WHERE nick_key IS NOT NULL;
CREATE INDEX users_by_global_name ON users (global_name_key) WHERE global_name_key IS NOT NULL;
--: postgres
CREATE INDEX members_by_nick ON members (guild_id, nick_key COLLATE "C", user_id) WHERE nick_key IS NOT NULL;
CREATE INDEX users_by_global_name ON users (global_name_key COLLATE "C") WHERE global_name_key IS NOT NULL;
--: end
