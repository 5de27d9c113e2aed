//! Events to audiences.
