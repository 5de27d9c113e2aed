-- Roles that somebody has because of what applications say of them: the rules, as JSON; none for all other roles.

ALTER TABLE roles ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
CREATE INDEX roles_linked ON roles (guild_id) WHERE links <> '[]';
CREATE INDEX role_connections_user ON role_connections (user_id);
