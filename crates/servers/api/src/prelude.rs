//! What a noun's file begins with.

pub(crate) use guildhall_blob::ImageKind;
pub(crate) use guildhall_db::Run;
pub(crate) use guildhall_wire::id::*;
pub(crate) use guildhall_wire::{Code, Event, FormErrors, Patch, Permissions, Timestamp};

pub(crate) use crate::kernel::access::{Channel, Guild};
pub(crate) use crate::kernel::body::{Created, Json, NoContent, Query};
pub(crate) use crate::kernel::cx::Cx;
pub(crate) use crate::kernel::error::{Error, Result};
pub(crate) use crate::kernel::image::NewImage;
pub(crate) use crate::kernel::path::Path;
pub(crate) use crate::kernel::route::{Need, Routes};
pub(crate) use crate::kernel::work::Work;
