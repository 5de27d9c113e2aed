//! Tests only: a server on port 0.
