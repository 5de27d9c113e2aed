//! Records: a struct, its columns, and the way between.

use crate::{Result, Row, Value};

/// A struct whose fields are columns, in order.
pub trait Record: Sized {
    /// `id, name, …`.
    const COLUMNS: &'static str;
    /// `$1, $2, …`, one for each column.
    const PLACEHOLDERS: &'static str;

    /// Reads a row that has these columns in this order.
    fn from_row(row: Row) -> Result<Self>;

    /// The columns' values, in order.
    fn values(&self) -> Vec<Value>;
}

/// Declares a struct and makes it a [`Record`] whose columns are its fields.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::Record for $name {
            const COLUMNS: &'static str = $crate::columns!([] $($field)*);
            const PLACEHOLDERS: &'static str = $crate::placeholders!([] [
                "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "$10" "$11" "$12" "$13" "$14" "$15" "$16" "$17" "$18" "$19" "$20"
                "$21" "$22" "$23" "$24" "$25" "$26" "$27" "$28" "$29" "$30" "$31" "$32" "$33" "$34" "$35" "$36" "$37" "$38"
                "$39" "$40"
            ] $($field)*);

            fn from_row(mut row: $crate::Row) -> $crate::Result<Self> {
                let mut column = 0..;
                Ok(Self { $($field: row.take(column.next().unwrap_or(usize::MAX))?),* })
            }

            fn values(&self) -> Vec<$crate::Value> {
                vec![$($crate::ToValue::to_value(&self.$field)),*]
            }
        }
    };
}

/// Joins field names with commas.
#[doc(hidden)]
#[macro_export]
macro_rules! columns {
    ([$($done:expr,)*]) => { concat!($($done),*) };
    ([] $field:ident $($rest:ident)*) => { $crate::columns!([stringify!($field),] $($rest)*) };
    ([$($done:expr,)+] $field:ident $($rest:ident)*) => { $crate::columns!([$($done,)+ ", ", stringify!($field),] $($rest)*) };
}

/// As many placeholders as there are fields.
#[doc(hidden)]
#[macro_export]
macro_rules! placeholders {
    ([$($done:expr,)*] [$($left:literal)*]) => { concat!($($done),*) };
    ([] [$first:literal $($left:literal)*] $field:ident $($rest:ident)*) => {
        $crate::placeholders!([$first,] [$($left)*] $($rest)*)
    };
    ([$($done:expr,)+] [$first:literal $($left:literal)*] $field:ident $($rest:ident)*) => {
        $crate::placeholders!([$($done,)+ ", ", $first,] [$($left)*] $($rest)*)
    };
}
