//! The server's tables.
