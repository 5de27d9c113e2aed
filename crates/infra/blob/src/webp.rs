//! Animated WebP: the encoder knows stills only, and a container around them is a page.

use bytes::{BufMut, BytesMut};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, Frame};

use crate::error::{Error, Result};

/// Writes an animation, a frame at a time.
pub(crate) struct Animation {
    out: BytesMut,
    width: u32,
    height: u32,
}

impl Animation {
    /// Begins an animation that runs forever. Sides are at least 1.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let mut out = BytesMut::new();
        // The length of all is not known yet.
        out.put_slice(b"RIFF\0\0\0\0WEBPVP8X");
        out.put_u32_le(10);
        // Animated, with transparency.
        out.put_u32_le(0b1_0010);
        put_u24(&mut out, width.saturating_sub(1));
        put_u24(&mut out, height.saturating_sub(1));
        out.put_slice(b"ANIM");
        out.put_u32_le(6);
        // Background, and how often: 0 is forever.
        out.put_u32_le(0);
        out.put_u16_le(0);
        Self { out, width, height }
    }

    /// Adds a frame that covers the canvas.
    pub(crate) fn push(&mut self, frame: &Frame) -> Result<()> {
        let mut still = Vec::new();
        WebPEncoder::new_lossless(&mut still).encode(
            frame.buffer(),
            self.width,
            self.height,
            ExtendedColorType::Rgba8,
        )?;
        // What the encoder writes is one chunk, after 12 bytes of file header.
        let chunk = still.get(12..).filter(|chunk| chunk.starts_with(b"VP8L")).ok_or(Error::Unsupported)?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let length = u32::try_from(16 + chunk.len()).map_err(|_| Error::TooManyPixels)?;
        self.out.put_slice(b"ANMF");
        self.out.put_u32_le(length);
        put_u24(&mut self.out, 0);
        put_u24(&mut self.out, 0);
        put_u24(&mut self.out, self.width.saturating_sub(1));
        put_u24(&mut self.out, self.height.saturating_sub(1));
        put_u24(&mut self.out, (numerator / denominator.max(1)).min(0xff_ffff));
        // Does not blend with what was before.
        self.out.put_u8(0b10);
        self.out.put_slice(chunk);
        Ok(())
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        let length = u32::try_from(self.out.len().saturating_sub(8)).map_err(|_| Error::TooManyPixels)?;
        if let Some(field) = self.out.get_mut(4..8) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        Ok(self.out.into())
    }
}

fn put_u24(out: &mut BytesMut, value: u32) {
    let [a, b, c, _] = value.to_le_bytes();
    out.put_slice(&[a, b, c]);
}
