-- A lock of a channel may name a role: who stands at it or above writes on.

ALTER TABLE channels ADD COLUMN lock_role_id BIGINT;
