-- A guild of many is searched by the beginning of a name without looking at everybody.

--: sqlite
CREATE INDEX members_by_nick ON members (guild_id, LOWER(nick)) WHERE nick IS NOT NULL;
CREATE INDEX users_by_global_name ON users (LOWER(global_name)) WHERE global_name IS NOT NULL;
--: postgres
CREATE INDEX members_by_nick ON members (guild_id, (LOWER(nick) COLLATE "C")) WHERE nick IS NOT NULL;
CREATE INDEX users_by_global_name ON users ((LOWER(global_name) COLLATE "C")) WHERE global_name IS NOT NULL;
CREATE INDEX users_by_username_key ON users (username_key COLLATE "C");
--: end
