//! Formats that images are served in, and what is made of one.

use image::ImageFormat;

use crate::error::{Error, Result};

/// A format that can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Png,
    Jpeg,
    WebP,
    Gif,
}

impl Format {
    /// By the extension of an address.
    pub(crate) fn parse(extension: &str) -> Result<Self> {
        match extension {
            "png" => Ok(Self::Png),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            "webp" => Ok(Self::WebP),
            "gif" => Ok(Self::Gif),
            _ => Err(Error::Unsupported),
        }
    }

    pub(crate) fn from_mime(mime: &str) -> Option<Self> {
        Some(match mime {
            "image/png" | "image/apng" => Self::Png,
            "image/jpeg" => Self::Jpeg,
            "image/webp" => Self::WebP,
            "image/gif" => Self::Gif,
            _ => return None,
        })
    }

    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    pub(crate) fn image(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::WebP => ImageFormat::WebP,
            Self::Gif => ImageFormat::Gif,
        }
    }
}

/// What is to be made of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// Format; `None` is the source's.
    pub(crate) format: Option<Format>,
    /// Width and height that it must fit into. It is never enlarged.
    pub(crate) fit: Option<(u32, u32)>,
    /// Whether an animation stays one, where the format can.
    pub(crate) animated: bool,
}
