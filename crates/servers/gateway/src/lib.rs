//! The WebSocket shell around session.
