-- A code that was used stays until it is over: who uses it again ends the token that came of it.

ALTER TABLE authorization_codes ADD COLUMN token_id BIGINT;
