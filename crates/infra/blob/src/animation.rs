//! How many frames a GIF, PNG or WebP has, by walking over its blocks: nothing is decoded.

use image::ImageFormat;

/// Frames of an image, and the pixels that decoding all of them takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frames {
    /// 1 for a still.
    pub(crate) count: u32,
    /// Every frame is composed on the whole canvas, however little of it changes.
    pub(crate) pixels: u64,
}

/// Counts frames. What cannot be read to the end counts as far as it can be.
pub(crate) fn count(bytes: &[u8], format: ImageFormat, width: u32, height: u32) -> Frames {
    let canvas = u64::from(width) * u64::from(height);
    let (count, outside) = match format {
        ImageFormat::Gif => gif(bytes, canvas),
        ImageFormat::Png => (png(bytes), 0),
        ImageFormat::WebP => (webp(bytes), 0),
        _ => (1, 0),
    };
    let count = count.max(1);
    Frames { count, pixels: canvas.saturating_mul(u64::from(count)).saturating_add(outside) }
}

/// Bytes, taken from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16_le(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32_le(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take(4)?.try_into().ok()?)).ok()
    }

    fn u32_be(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A GIF's run of blocks, each with its length, up to an empty one.
    fn blocks(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => drop(self.take(length.into())?),
            }
        }
    }
}

/// Frames, and pixels by which they are larger than the canvas.
fn gif(bytes: &[u8], canvas: u64) -> (u32, u64) {
    let (mut count, mut outside) = (0_u32, 0_u64);
    let mut reader = Reader(bytes);
    // Left early, by `?`, where the file ends or makes no sense.
    let mut walk = || -> Option<()> {
        /// Bytes of a table of colours that flags announce.
        fn colours(flags: u8) -> usize {
            if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
        }
        let screen = reader.take(13)?;
        reader.take(colours(*screen.get(10)?))?;
        loop {
            match reader.byte()? {
                0x21 => {
                    reader.byte()?;
                    reader.blocks()?;
                }
                0x2c => {
                    reader.take(4)?;
                    let size = u64::from(reader.u16_le()?) * u64::from(reader.u16_le()?);
                    count = count.saturating_add(1);
                    outside = outside.saturating_add(size.saturating_sub(canvas));
                    let flags = reader.byte()?;
                    reader.take(colours(flags))?;
                    reader.byte()?;
                    reader.blocks()?;
                }
                _ => return None,
            }
        }
    };
    let _ = walk();
    (count, outside)
}

/// What `acTL` says, which decoders believe; it comes before the pixels.
fn png(bytes: &[u8]) -> u32 {
    let mut reader = Reader(bytes);
    let mut find = || -> Option<u32> {
        reader.take(8)?;
        loop {
            let length = usize::try_from(reader.u32_be()?).ok()?;
            match reader.take(4)? {
                b"acTL" => return reader.u32_be(),
                b"IDAT" => return None,
                _ => drop(reader.take(length.checked_add(4)?)?),
            }
        }
    };
    find().unwrap_or(1)
}

fn webp(bytes: &[u8]) -> u32 {
    let mut count = 0_u32;
    let mut reader = Reader(bytes);
    let mut walk = || -> Option<()> {
        reader.take(12)?;
        loop {
            let animated = reader.take(4)? == b"ANMF";
            count = count.saturating_add(animated.into());
            let length = reader.u32_le()?;
            reader.take(length.checked_add(length % 2)?)?;
        }
    };
    let _ = walk();
    count
}
