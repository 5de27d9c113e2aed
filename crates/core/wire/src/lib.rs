//! Discord v10 as Rust.
