//! What every route stands on: the application, authorisation, bodies, errors, rate limits and units of work.

pub mod access;
pub mod app;
pub mod body;
pub mod cx;
pub mod error;
pub mod path;
pub mod rate;
pub mod route;
pub mod token;
pub mod work;
