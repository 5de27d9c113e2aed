//! Attachments, avatars and emoji.
