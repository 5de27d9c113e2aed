//! Pictures of those who have none: somebody's outline on one of six colours, drawn here.

use std::io::Cursor;
use std::sync::OnceLock;

use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage};

/// How many there are.
pub const DEFAULT_AVATARS: usize = 6;
/// Side, in pixels.
const SIDE: u32 = 256;
/// Samples a pixel's side, for soft edges.
const SAMPLES: u32 = 4;

const COLOURS: [[u8; 3]; DEFAULT_AVATARS] =
    [[88, 101, 188], [116, 127, 141], [58, 140, 94], [196, 132, 32], [190, 66, 72], [180, 84, 140]];

/// The picture with that number as PNG; none from [`DEFAULT_AVATARS`] on.
pub fn default_avatar(number: usize) -> Option<Bytes> {
    static DRAWN: [OnceLock<Bytes>; DEFAULT_AVATARS] = [const { OnceLock::new() }; DEFAULT_AVATARS];
    let (place, colour) = (DRAWN.get(number)?, COLOURS.get(number)?);
    Some(place.get_or_init(|| draw(*colour)).clone())
}

fn draw(colour: [u8; 3]) -> Bytes {
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let covered = (0..SAMPLES * SAMPLES)
            .filter(|sample| is_figure(x * SAMPLES + sample % SAMPLES, y * SAMPLES + sample / SAMPLES))
            .count();
        let covered = u32::try_from(covered).unwrap_or_default();
        let whole = SAMPLES * SAMPLES;
        // Towards white by three quarters of what is covered.
        Rgb(colour.map(|part| {
            let mixed = u32::from(part) + (255 - u32::from(part)) * covered * 3 / (whole * 4);
            u8::try_from(mixed).unwrap_or(u8::MAX)
        }))
    });
    let mut out = Cursor::new(Vec::new());
    // Writing to memory does not fail.
    let _ = picture.write_to(&mut out, ImageFormat::Png);
    out.into_inner().into()
}

/// Head and shoulders, in samples.
fn is_figure(x: u32, y: u32) -> bool {
    let unit = i64::from(SIDE * SAMPLES);
    let inside = |centre: (i64, i64), radii: (i64, i64)| {
        // Thousandths of the picture's side.
        let (dx, dy) = (i64::from(x) * 1000 / unit - centre.0, i64::from(y) * 1000 / unit - centre.1);
        dx * dx * radii.1 * radii.1 + dy * dy * radii.0 * radii.0 <= radii.0 * radii.0 * radii.1 * radii.1
    };
    inside((500, 390), (165, 165)) || inside((500, 900), (300, 275))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may")]

    use super::*;

    #[test]
    fn there_are_six_and_each_is_a_picture_of_its_own() {
        let drawn: Vec<_> = (0..DEFAULT_AVATARS).map(|number| default_avatar(number).unwrap()).collect();
        for (number, bytes) in drawn.iter().enumerate() {
            let picture = image::load_from_memory(bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (SIDE, SIDE));
            assert!(drawn.iter().skip(number + 1).all(|other| other != bytes));
        }
        assert!(default_avatar(DEFAULT_AVATARS).is_none());
    }
}
