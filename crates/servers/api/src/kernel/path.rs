//! Ids out of a path, in their order; what is no id does not exist.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use guildhall_wire::Code;
use http::request::Parts;

use super::error::Error;

/// The parts of a path: one value, or a tuple in the order of the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub T);

/// What can be read from the parts of a path.
pub(crate) trait FromPath: Sized {
    /// Reads it; nothing where a part does not parse.
    fn from_parts(parts: &[&str]) -> Option<Self>;
}

fn parse<T: FromStr>(parts: &[&str], index: usize) -> Option<T> {
    parts.get(index)?.parse().ok()
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => { $(
        impl<$($name: FromStr),+> FromPath for ($($name,)+) {
            fn from_parts(parts: &[&str]) -> Option<Self> {
                Some(($(parse::<$name>(parts, $index)?,)+))
            }
        }
    )* };
}

tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) }

impl<S: Send + Sync, T: FromPath> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Code::NotFound)?;
        let values: Vec<&str> = params.iter().map(|(_, value)| value).collect();
        // No name has a NUL in it, and PostgreSQL would not look for one.
        if values.iter().any(|value| value.contains('\0')) {
            return Err(Error::Code(Code::NotFound));
        }
        T::from_parts(&values).map(Self).ok_or(Error::Code(Code::NotFound))
    }
}
