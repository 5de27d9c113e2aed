-- Members for as long as they are connected.

ALTER TABLE members ADD COLUMN temporary BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_temporary ON members (user_id) WHERE temporary = 1;
