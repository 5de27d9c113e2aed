//! Attachments, avatars and emoji: a local folder or S3, media probing and thumbnails.
//!
//! * **An upload is spooled to disk, inspected, then put in place** ([`Blob::put_attachment`]). Nothing that was refused, cut
//!   off or too large ever has a name in the store, and what was acknowledged is on the disk (or in the bucket).
//! * **What a file is comes from its bytes**, never from its name or from what the sender says. Few media types are
//!   shown by a browser; anything that could run there is a download of plain text ([`Served::headers`]).
//! * **Pixels are counted before they are decoded**, and decoders share one memory budget.
//! * Avatars, icons and emoji keep the bytes that were sent; sizes and formats are made when they are asked for, and cached.

mod animation;
mod asset;
mod attachment;
mod blob;
mod canvas;
mod config;
mod data_url;
mod default_avatar;
mod error;
mod expression;
mod external;
mod filename;
mod format;
mod metadata;
mod probe;
mod render;
mod served;
mod sign;
mod sniff;
mod spool;
mod store;
mod tones;
mod webp;
mod widget;

pub use crate::asset::ImageKind;
pub use crate::attachment::{Preview, Stored, attachment_of, attachment_path};
pub use crate::blob::Blob;
pub use crate::config::{Config, Location, S3};
pub use crate::data_url::MAX_DATA_URL_BYTES;
pub use crate::default_avatar::{DEFAULT_AVATARS, default_avatar};
pub use crate::error::{Error, Result};
pub use crate::expression::StickerFormat;
pub use crate::external::MAX_EXTERNAL_BYTES;
pub use crate::render::{MAX_ANIMATION_FRAMES, MAX_ANIMATION_PIXELS, MAX_PIXELS, MAX_SIDE};
pub use crate::served::{Body, ByteRange, Disposition, Served};
pub use crate::sign::{SIGNATURE_GRAIN_SECS, SIGNATURE_LIFETIME_SECS};
pub use crate::tones::{default_sound, default_sounds};
pub use crate::widget::WidgetStyle;
