-- What goes on in voice channels.

ALTER TABLE channels ADD COLUMN voice_status TEXT;
