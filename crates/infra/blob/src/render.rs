//! Images in other sizes and formats, within limits that are checked before anything is decoded.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8x3, U8x4};
use fast_image_resize::{PixelTrait, Resizer};
use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{PngDecoder, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::metadata::Orientation;
use image::{
    AnimationDecoder, DynamicImage, Frame, Frames, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, Rgba,
};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::animation;
use crate::error::{Error, Result};
use crate::format::{Format, Target};
use crate::webp;

/// Most pixels of a still, or of one frame.
pub const MAX_PIXELS: u64 = 50_000_000;
/// Longest side.
pub const MAX_SIDE: u32 = 16_384;
/// Most frames of an animation.
pub const MAX_ANIMATION_FRAMES: u32 = 1_000;
/// Most pixels of all of an animation's frames, each counted as large as the canvas.
pub const MAX_ANIMATION_PIXELS: u64 = 100_000_000;
/// The same for an animation that is written as WebP, which is lossless here and grows large. It is made smaller instead.
const MAX_WEBP_PIXELS: u64 = 16_000_000;
/// Bytes that a decoder may take for itself.
const DECODER_BYTES: u64 = 512 * 1024 * 1024;
/// Memory that all decoders share, in MiB.
const BUDGET_MIB: u32 = 512;
/// The least that one is counted with, in MiB: so many run at once at most.
const LEAST_MIB: u32 = 128;
/// Originals that are read and shown in other sizes at once: more than decoders, because reading takes time too.
const TURNS: usize = 8;
/// Pictures that may wait to be made.
const PLACES: usize = 512;
/// Of JPEG, out of 100.
const JPEG_QUALITY: u8 = 85;
/// Sides of the picture that a placeholder is made of.
const PLACEHOLDER_SIDE: u32 = 100;

/// Decodes and encodes on threads of their own, in bounded memory.
#[derive(Debug)]
pub(crate) struct Renderer {
    memory: Arc<Semaphore>,
    places: Semaphore,
    turns: Semaphore,
}

impl Default for Renderer {
    fn default() -> Self {
        let memory = Arc::new(Semaphore::new(usize::try_from(BUDGET_MIB).unwrap_or(1)));
        Self { memory, places: Semaphore::new(PLACES), turns: Semaphore::new(TURNS) }
    }
}

impl Renderer {
    /// A turn to read an original and to make something of it; [`Error::Busy`] when too many wait for one already.
    pub(crate) async fn turn(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let place = self.places.try_acquire().map_err(|_| Error::Busy)?;
        let turn = self.turns.acquire().await.map_err(|_| Error::Storage("the renderer is closed".into()))?;
        Ok((place, turn))
    }

    /// Runs work that takes so many bytes.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mib = u32::try_from(bytes >> 20).unwrap_or(BUDGET_MIB).clamp(LEAST_MIB, BUDGET_MIB);
        let permit = Arc::clone(&self.memory).acquire_many_owned(mib).await;
        let permit = permit.map_err(|_| Error::Storage("the renderer is closed".into()))?;
        let done = tokio::task::spawn_blocking(move || {
            // The work goes on when nobody waits for it any more, and so must its share of memory.
            let _permit = permit;
            work()
        });
        // A decoder that panics has been given something that it cannot read.
        done.await.map_err(|_| Error::NotAnImage)?
    }
}

/// An image that was looked at, and may be decoded.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    bytes: Bytes,
    format: Format,
    width: u32,
    height: u32,
    /// Whether width and height change places when it is shown.
    sideways: bool,
    /// Bytes of a decoded pixel.
    depth: u8,
    pub(crate) frames: u32,
}

impl Source {
    /// Looks at an image's headers: whether it can be read, and is small enough to be.
    pub(crate) fn inspect(bytes: Bytes) -> Result<Self> {
        let mime = infer::get(&bytes).map(|kind| kind.mime_type()).unwrap_or_default();
        let format = Format::from_mime(mime).ok_or(Error::NotAnImage)?;
        let (width, height, depth, sideways) = {
            let mut decoder = reader(&bytes, format).into_decoder()?;
            let (width, height) = decoder.dimensions();
            let sideways = decoder.orientation().is_ok_and(is_sideways);
            (width, height, decoder.color_type().bytes_per_pixel(), sideways)
        };
        if width == 0 || height == 0 {
            return Err(Error::NotAnImage);
        }
        if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Error::TooManyPixels);
        }
        let frames = animation::count(&bytes, format.image(), width, height);
        if frames.count > 1 && (frames.count > MAX_ANIMATION_FRAMES || frames.pixels > MAX_ANIMATION_PIXELS) {
            return Err(Error::TooManyPixels);
        }
        Ok(Self { bytes, format, width, height, sideways, depth, frames: frames.count })
    }

    pub(crate) fn kind(&self) -> Format {
        self.format
    }

    pub(crate) fn format(&self) -> ImageFormat {
        self.format.image()
    }

    /// Width and height, as people see it.
    pub(crate) fn shown(&self) -> (u32, u32) {
        if self.sideways { (self.height, self.width) } else { (self.width, self.height) }
    }

    /// Bytes that decoding takes, about.
    pub(crate) fn weight(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        // An animation's canvas, its frame, and what is made of it.
        let depth = if self.frames > 1 { 16 } else { u64::from(self.depth) + 4 };
        pixels.saturating_mul(depth).saturating_add(self.bytes.len() as u64)
    }

    /// Decodes the (first) picture, which says whether it is one.
    pub(crate) fn check(&self) -> Result<()> {
        self.still(None).map(drop)
    }

    /// ThumbHash of the picture.
    pub(crate) fn placeholder(&self) -> Result<String> {
        let picture = self.still(Some((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE)))?.picture.into_rgba8();
        let side = |side: u32| usize::try_from(side).unwrap_or_default();
        let hash = thumbhash::rgba_to_thumb_hash(side(picture.width()), side(picture.height()), picture.as_raw());
        Ok(BASE64_STANDARD.encode(hash))
    }

    /// Makes what is asked for; gives back the bytes as they are when that is it already.
    pub(crate) fn render(&self, target: Target) -> Result<(Format, Bytes)> {
        let format = target.format.unwrap_or(self.format);
        let moves = self.frames > 1;
        if format == Format::Gif && !moves && self.format != Format::Gif {
            return Err(Error::Unsupported);
        }
        let (wide, high) = self.shown();
        let smaller = target.fit.is_some_and(|(width, height)| wide > width || high > height);
        let as_it_is = format == self.format && !smaller && (!moves || target.animated);
        // Nobody writes an animated PNG here; sending the whole is better than a still.
        if as_it_is || (moves && target.animated && format == Format::Png && self.format == Format::Png) {
            return Ok((format, self.bytes.clone()));
        }
        let bytes = match format {
            Format::Gif | Format::WebP if moves && target.animated => self.animate(format, target.fit)?,
            _ => self.still(target.fit)?.encode(format)?,
        };
        Ok((format, bytes.into()))
    }

    fn still(&self, fit: Option<(u32, u32)>) -> Result<Still> {
        let mut decoder = reader(&self.bytes, self.format).into_decoder()?;
        let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        // A profile of something other than RGB does not fit what the decoder makes of it.
        let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.get(16..20) == Some(b"RGB "));
        let picture = DynamicImage::from_decoder(decoder)?;
        // It is turned when it is small, so the place that it must fit into is turned now.
        let fit = fit.map(|(width, height)| if self.sideways { (height, width) } else { (width, height) });
        let mut picture = shrink(picture, fit)?;
        picture.apply_orientation(turn);
        Ok(Still { picture, profile })
    }

    fn animate(&self, format: Format, fit: Option<(u32, u32)>) -> Result<Vec<u8>> {
        let (mut width, mut height) = fitting(self.width, self.height, fit);
        if format == Format::WebP {
            while u64::from(width) * u64::from(height) * u64::from(self.frames) > MAX_WEBP_PIXELS
                && width.min(height) > 1
            {
                (width, height) = (width * 3 / 4, height * 3 / 4);
            }
        }
        let (width, height) = (width.max(1), height.max(1));
        let frames = self.decode_frames()?.take(usize::try_from(MAX_ANIMATION_FRAMES).unwrap_or(1));
        let frames = frames.map(|frame| -> Result<Frame> {
            let frame = frame?;
            let delay = frame.delay();
            let mut buffer = shrink(DynamicImage::ImageRgba8(frame.into_buffer()), Some((width, height)))?.into_rgba8();
            if format == Format::Gif {
                // A pixel of a GIF is there or is not.
                for pixel in buffer.pixels_mut() {
                    let Rgba([.., alpha]) = *pixel;
                    if alpha < 128 {
                        *pixel = Rgba([0; 4]);
                    }
                }
            }
            Ok(Frame::from_parts(buffer, 0, 0, delay))
        });
        if format == Format::WebP {
            let mut writer: Option<webp::Animation> = None;
            for frame in frames {
                let frame = frame?;
                let (width, height) = frame.buffer().dimensions();
                writer.get_or_insert_with(|| webp::Animation::new(width, height)).push(&frame)?;
            }
            return writer.ok_or(Error::NotAnImage)?.finish();
        }
        let mut out = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut out, 10);
        encoder.set_repeat(Repeat::Infinite)?;
        for frame in frames {
            let frame = frame?;
            encoder.encode_frame(frame)?;
        }
        drop(encoder);
        Ok(out)
    }

    fn decode_frames(&self) -> Result<Frames<'static>> {
        let bytes = Cursor::new(self.bytes.clone());
        Ok(match self.format {
            Format::Gif => {
                let mut decoder = GifDecoder::new(bytes)?;
                decoder.set_limits(limits())?;
                decoder.into_frames()
            }
            Format::WebP => WebPDecoder::new(bytes)?.into_frames(),
            Format::Png => PngDecoder::with_limits(bytes, limits())?.apng()?.into_frames(),
            Format::Jpeg => return Err(Error::Unsupported),
        })
    }
}

/// A decoded picture.
struct Still {
    picture: DynamicImage,
    profile: Option<Vec<u8>>,
}

impl Still {
    fn encode(self, format: Format) -> Result<Vec<u8>> {
        let alpha = self.picture.color().has_alpha();
        let picture = match format {
            Format::Jpeg if alpha => DynamicImage::ImageRgb8(flatten(self.picture)),
            _ if alpha => DynamicImage::ImageRgba8(self.picture.into_rgba8()),
            _ => DynamicImage::ImageRgb8(self.picture.into_rgb8()),
        };
        let mut out = Vec::new();
        let profile = |encoder: &mut dyn FnMut(Vec<u8>)| {
            if let Some(profile) = self.profile {
                encoder(profile);
            }
        };
        match format {
            Format::Png => {
                let mut encoder = PngEncoder::new(&mut out);
                profile(&mut |data| drop(encoder.set_icc_profile(data)));
                picture.write_with_encoder(encoder)?;
            }
            Format::Jpeg => {
                let mut encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
                profile(&mut |data| drop(encoder.set_icc_profile(data)));
                picture.write_with_encoder(encoder)?;
            }
            Format::WebP => {
                let mut encoder = WebPEncoder::new_lossless(&mut out);
                profile(&mut |data| drop(encoder.set_icc_profile(data)));
                picture.write_with_encoder(encoder)?;
            }
            Format::Gif => {
                let mut encoder = GifEncoder::new_with_speed(&mut out, 10);
                encoder.encode_frame(Frame::new(picture.into_rgba8()))?;
            }
        }
        Ok(out)
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(DECODER_BYTES);
    limits
}

fn reader(bytes: &Bytes, format: Format) -> ImageReader<Cursor<Bytes>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes.clone()), format.image());
    reader.limits(limits());
    reader
}

fn is_sideways(turn: Orientation) -> bool {
    matches!(
        turn,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// Sides of a picture that fits, as near to its shape as whole pixels go.
fn fitting(width: u32, height: u32, fit: Option<(u32, u32)>) -> (u32, u32) {
    let Some((most_wide, most_high)) = fit else { return (width, height) };
    if width <= most_wide && height <= most_high {
        return (width, height);
    }
    let scale = |side: u32, of: u32, to: u32| {
        let scaled = (u64::from(side) * u64::from(to) + u64::from(of) / 2) / u64::from(of).max(1);
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    };
    if u64::from(width) * u64::from(most_high) <= u64::from(height) * u64::from(most_wide) {
        (scale(width, height, most_high), most_high.max(1))
    } else {
        (most_wide.max(1), scale(height, width, most_wide))
    }
}

fn shrink(picture: DynamicImage, fit: Option<(u32, u32)>) -> Result<DynamicImage> {
    let (width, height) = fitting(picture.width(), picture.height(), fit);
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture);
    }
    // Two kinds of pixel are all that is ever encoded, and code for any more of them takes minutes to compile.
    if picture.color().has_alpha() {
        let (large, mut small) = (picture.into_rgba8(), image::RgbaImage::new(width, height));
        resize::<U8x4>(large.dimensions(), &large, (width, height), &mut small)?;
        Ok(small.into())
    } else {
        let (large, mut small) = (picture.into_rgb8(), image::RgbImage::new(width, height));
        resize::<U8x3>(large.dimensions(), &large, (width, height), &mut small)?;
        Ok(small.into())
    }
}

fn resize<P: PixelTrait>(from: (u32, u32), large: &[u8], to: (u32, u32), small: &mut [u8]) -> Result<()> {
    let large = TypedImageRef::<P>::from_buffer(from.0, from.1, large).map_err(|_| Error::NotAnImage)?;
    let mut small = TypedImage::<P>::from_buffer(to.0, to.1, small).map_err(|_| Error::NotAnImage)?;
    Resizer::new().resize_typed(&large, &mut small, None).map_err(|_| Error::NotAnImage)
}

/// What shows through is black.
fn flatten(picture: DynamicImage) -> image::RgbImage {
    let picture = picture.into_rgba8();
    let mut flat = image::RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let Rgba([red, green, blue, alpha]) = *from;
        let over = |value: u8| u8::try_from(u16::from(value) * u16::from(alpha) / 255).unwrap_or(u8::MAX);
        *to = image::Rgb([over(red), over(green), over(blue)]);
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fit_and_are_never_enlarged() {
        for (width, height, fit, expected) in [
            (100, 50, None, (100, 50)),
            (100, 50, Some((200, 200)), (100, 50)),
            (100, 50, Some((50, 50)), (50, 25)),
            (50, 100, Some((50, 50)), (25, 50)),
            (1000, 1, Some((16, 16)), (16, 1)),
            (16_384, 3_000, Some((4096, 4096)), (4096, 750)),
            (3, 2, Some((2, 2)), (2, 1)),
        ] {
            assert_eq!(fitting(width, height, fit), expected, "{width}x{height} into {fit:?}");
        }
    }
}
