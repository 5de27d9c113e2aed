-- Accounts: how staff was called when they did something, and the last time-step of a second factor that was used.

ALTER TABLE admin_log ADD COLUMN actor_name TEXT;
ALTER TABLE users ADD COLUMN totp_step BIGINT;
CREATE INDEX tickets_expiry ON tickets (expires_at);
CREATE INDEX tickets_user ON tickets (user_id);
