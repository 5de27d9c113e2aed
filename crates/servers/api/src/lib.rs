//! REST v10 and Guildhall's own REST: one file a noun.
//!
//! A route is data first ([`kernel::route`]): method, path, what it takes to be let in, handler. From that table come the
//! router, the authorisation, the rate-limit buckets, the metric labels and the parity report. A handler is four beats:
//! resolve, require, write, emit; its name is Discord's `operationId`.

pub mod kernel;

pub mod prelude;

pub use kernel::app::{App, Config};
pub use kernel::route::{Route, Routes};
