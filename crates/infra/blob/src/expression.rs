//! Stickers and sounds of guilds: looked at, then kept as they were sent.

use bytes::Bytes;
use image::ImageFormat;
use serde::Deserialize;

use crate::asset::ImageKind;
use crate::blob::Blob;
use crate::error::{Error, Result};
use crate::probe;
use crate::render::Source;
use crate::served::{Disposition, Served};

/// Longest side of a sticker.
const STICKER_SIDE: u32 = 320;
/// Longest that one moves, in seconds.
const STICKER_SECS: f64 = 5.0;
/// Longest sound, in seconds.
const SOUND_SECS: f64 = 5.2;

/// What a sticker is made of. The numbers are Discord's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StickerFormat {
    /// A still.
    Png = 1,
    /// Moves.
    Apng = 2,
    /// Drawn from a description.
    Lottie = 3,
    /// Moves.
    Gif = 4,
}

impl StickerFormat {
    /// Discord's number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// What is looked at of a Lottie animation.
#[derive(Deserialize)]
struct Lottie {
    #[serde(rename = "v")]
    _version: String,
    #[serde(rename = "w")]
    width: f64,
    #[serde(rename = "h")]
    height: f64,
    #[serde(rename = "fr")]
    rate: f64,
    #[serde(rename = "ip")]
    first: f64,
    #[serde(rename = "op")]
    last: f64,
    #[serde(rename = "layers")]
    _layers: Vec<serde::de::IgnoredAny>,
}

fn lottie(data: &[u8]) -> Result<StickerFormat> {
    let lottie: Lottie = serde_json::from_slice(data).map_err(|_| Error::NotAnImage)?;
    let side = 1.0..=f64::from(STICKER_SIDE);
    let seconds = (lottie.last - lottie.first) / lottie.rate;
    if !side.contains(&lottie.width) || !side.contains(&lottie.height) {
        return Err(Error::TooManyPixels);
    }
    if lottie.rate > 0.0 && (0.0..=STICKER_SECS).contains(&seconds) {
        Ok(StickerFormat::Lottie)
    } else {
        Err(Error::NotAnImage)
    }
}

impl Blob {
    /// Keeps a sticker under its id; says what it is.
    pub async fn put_sticker(&self, id: u64, data: Bytes) -> Result<StickerFormat> {
        let kind = ImageKind::Sticker;
        if data.is_empty() {
            return Err(Error::Empty);
        }
        if data.len() as u64 > kind.max_bytes() {
            return Err(Error::TooLarge);
        }
        if data.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
            let format = lottie(&data)?;
            let key = kind.key(id, "")?;
            self.store().put(&key, data).await?;
            return Ok(format);
        }
        let source = Source::inspect(data.clone())?;
        let format = match source.format() {
            ImageFormat::Png if source.frames > 1 => StickerFormat::Apng,
            ImageFormat::Png => StickerFormat::Png,
            ImageFormat::Gif => StickerFormat::Gif,
            _ => return Err(Error::NotAnImage),
        };
        let (width, height) = source.shown();
        if width > STICKER_SIDE || height > STICKER_SIDE {
            return Err(Error::TooManyPixels);
        }
        self.put_image(kind, id, data).await?;
        Ok(format)
    }

    /// The description that a Lottie sticker is drawn from.
    pub async fn lottie(&self, id: u64) -> Result<Served> {
        let kind = ImageKind::Sticker;
        let bytes = self.store().read(&kind.key(id, "")?, kind.max_bytes()).await?;
        lottie(&bytes).map_err(|_| Error::Unsupported)?;
        let disposition = Disposition::Inline { filename: format!("{id}.json") };
        Ok(Served::whole("application/json", bytes, format!("\"{id:x}-lottie\""), disposition))
    }

    /// Keeps a sound under its id: MP3 or Ogg, five seconds at most.
    pub async fn put_sound(&self, id: u64, data: Bytes) -> Result<()> {
        let kind = ImageKind::Sound;
        if data.is_empty() {
            return Err(Error::Empty);
        }
        if data.len() as u64 > kind.max_bytes() {
            return Err(Error::TooLarge);
        }
        sound_type(&data).ok_or(Error::Unsupported)?;
        let looked_at = data.clone();
        let seconds = tokio::task::spawn_blocking(move || probe::sound(looked_at)).await.unwrap_or_default();
        if !seconds.is_some_and(|seconds| seconds > 0.0 && seconds <= SOUND_SECS) {
            return Err(Error::TypeMismatch);
        }
        self.store().put(&kind.key(id, "")?, data).await
    }

    /// A sound.
    pub async fn sound(&self, id: u64) -> Result<Served> {
        let kind = ImageKind::Sound;
        let bytes = self.store().read(&kind.key(id, "")?, kind.max_bytes()).await?;
        let (mime, extension) = sound_type(&bytes).ok_or(Error::NotFound)?;
        let disposition = Disposition::Inline { filename: format!("{id}.{extension}") };
        Ok(Served::whole(mime, bytes, format!("\"{id:x}-sound\""), disposition))
    }
}

fn sound_type(data: &[u8]) -> Option<(&'static str, &'static str)> {
    match infer::get(data)?.mime_type() {
        "audio/mpeg" => Some(("audio/mpeg", "mp3")),
        "audio/ogg" | "audio/opus" => Some(("audio/ogg", "ogg")),
        _ => None,
    }
}
