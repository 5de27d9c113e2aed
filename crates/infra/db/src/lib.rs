//! The narrow waist to SQL.
