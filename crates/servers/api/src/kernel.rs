//! What every route stands on: the application, authorisation, bodies, errors, rate limits and units of work.

pub(crate) mod access;
pub(crate) mod app;
pub(crate) mod body;
pub(crate) mod cx;
pub(crate) mod error;
pub(crate) mod fetch;
pub(crate) mod figures;
pub(crate) mod form;
pub(crate) mod image;
pub(crate) mod path;
pub(crate) mod rate;
pub(crate) mod route;
pub(crate) mod seal;
pub mod token;
pub(crate) mod work;
