//! What small pictures are drawn on: rounded boxes, round pictures, lines of text, the hall's sign.

use std::io::Cursor;
use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use bytes::Bytes;
use image::{ImageFormat, Rgba, RgbaImage};

use crate::error::{Error, Result};

/// Samples a pixel's side, for soft edges.
const SAMPLES: u16 = 4;

pub(crate) type Colour = [u8; 4];

/// Weight of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A text and how it looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) weight: Weight,
    pub(crate) size: f32,
    pub(crate) colour: Colour,
    /// Cut off with an ellipsis where it is wider.
    pub(crate) most: f32,
}

/// A picture that is being drawn.
pub(crate) struct Canvas {
    picture: RgbaImage,
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Self { picture: RgbaImage::new(width, height) }
    }

    /// Fills a box with round corners.
    pub(crate) fn fill(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, colour: Colour) {
        self.shape(
            (x, y),
            (width, height),
            |_, _| colour,
            |px, py| {
                // Distance to the box that is smaller by the radius.
                let dx = (x + radius - px).max(px - (x + width - radius)).max(0.0);
                let dy = (y + radius - py).max(py - (y + height - radius)).max(0.0);
                dx * dx + dy * dy <= radius * radius || (dx <= 0.0 && dy <= 0.0)
            },
        );
    }

    /// Puts a picture into a round place.
    pub(crate) fn round(&mut self, picture: &RgbaImage, (x, y): (f32, f32), side: f32) {
        let (width, height) = picture.dimensions();
        let at = |offset: f32, of: u32| whole(offset / side * real(of)).min(of.saturating_sub(1));
        let colour = |px: f32, py: f32| picture.get_pixel(at(px - x, width), at(py - y, height)).0;
        let radius = side / 2.0;
        self.shape((x, y), (side, side), colour, |px, py| {
            let (dx, dy) = (px - x - radius, py - y - radius);
            dx * dx + dy * dy <= radius * radius
        });
    }

    /// The hall's sign: a roof on three columns.
    pub(crate) fn sign(&mut self, (x, y): (f32, f32), side: f32, colour: Colour) {
        self.shape(
            (x, y),
            (side, side),
            |_, _| colour,
            |px, py| {
                let (u, v) = ((px - x) / side, (py - y) / side);
                let roof =
                    (0.08..0.42).contains(&v) && (u - 0.5).abs() <= (v - 0.08) * 1.3 && (0.04..0.96).contains(&u);
                let columns =
                    (0.48..0.8).contains(&v) && [0.14, 0.43, 0.72].iter().any(|left| (*left..left + 0.14).contains(&u));
                roof || columns || ((0.84..0.94).contains(&v) && (0.06..0.94).contains(&u))
            },
        );
    }

    /// Writes a line that stands on `y`; gives how wide it is.
    pub(crate) fn text(&mut self, text: Text<'_>, (x, y): (f32, f32)) -> Result<f32> {
        let (glyphs, width) = layout(text)?;
        let font = font(text.weight)?;
        for mut glyph in glyphs {
            glyph.position = point(glyph.position.x + x, y);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|px, py, coverage| {
                let (px, py) = (bounds.min.x + real(px), bounds.min.y + real(py));
                if px >= 0.0 && py >= 0.0 {
                    self.blend(whole(px), whole(py), text.colour, coverage);
                }
            });
        }
        Ok(width)
    }

    /// The same in the middle of a width.
    pub(crate) fn centred(&mut self, text: Text<'_>, y: f32) -> Result<()> {
        let (_, width) = layout(text)?;
        let x = (real(self.picture.width()) - width) / 2.0;
        self.text(text, (x, y)).map(drop)
    }

    pub(crate) fn png(self) -> Result<Bytes> {
        let mut out = Cursor::new(Vec::new());
        self.picture.write_to(&mut out, ImageFormat::Png)?;
        Ok(out.into_inner().into())
    }

    /// Draws whatever is inside, with soft edges.
    fn shape(
        &mut self,
        (x, y): (f32, f32),
        (width, height): (f32, f32),
        colour: impl Fn(f32, f32) -> Colour,
        inside: impl Fn(f32, f32) -> bool,
    ) {
        let samples = f32::from(SAMPLES);
        for py in whole(y)..whole((y + height).ceil()).min(self.picture.height()) {
            for px in whole(x)..whole((x + width).ceil()).min(self.picture.width()) {
                let hit = |sample: u16| {
                    let part = |number: u16| (f32::from(number) + 0.5) / samples;
                    inside(real(px) + part(sample % SAMPLES), real(py) + part(sample / SAMPLES))
                };
                let hits = (0..SAMPLES * SAMPLES).filter(|sample| hit(*sample)).count();
                if hits > 0 {
                    let coverage = f32::from(u16::try_from(hits).unwrap_or_default()) / (samples * samples);
                    self.blend(px, py, colour(real(px) + 0.5, real(py) + 0.5), coverage);
                }
            }
        }
    }

    fn blend(&mut self, x: u32, y: u32, [red, green, blue, alpha]: Colour, coverage: f32) {
        let Some(pixel) = self.picture.get_pixel_mut_checked(x, y) else { return };
        let Rgba([below_red, below_green, below_blue, below_alpha]) = *pixel;
        let over = f32::from(alpha) / 255.0 * coverage.clamp(0.0, 1.0);
        let under = f32::from(below_alpha) / 255.0 * (1.0 - over);
        let all = over + under;
        if all <= 0.0 {
            return;
        }
        let mix = |new: u8, old: u8| part((f32::from(new) * over + f32::from(old) * under) / all);
        *pixel = Rgba([mix(red, below_red), mix(green, below_green), mix(blue, below_blue), part(all * 255.0)]);
    }
}

/// How wide a line is.
pub(crate) fn width(text: Text<'_>) -> Result<f32> {
    layout(text).map(|(_, width)| width)
}

/// Places the letters of a line side by side, from 0.
fn layout(text: Text<'_>) -> Result<(Vec<Glyph>, f32)> {
    let font = font(text.weight)?.as_scaled(PxScale::from(text.size));
    let end = font.h_advance(font.glyph_id('…'));
    let mut glyphs: Vec<(Glyph, f32)> = Vec::new();
    let mut x = 0.0;
    for character in text.text.chars().filter(|character| !character.is_control()).take(400) {
        let mut glyph = font.scaled_glyph(character);
        if let Some((last, _)) = glyphs.last() {
            x += font.kern(last.id, glyph.id);
        }
        glyph.position.x = x;
        x += font.h_advance(glyph.id);
        glyphs.push((glyph, x));
    }
    if x > text.most {
        while glyphs.last().is_some_and(|(_, right)| right + end > text.most) {
            glyphs.pop();
        }
        let left = glyphs.last().map_or(0.0, |(_, right)| *right);
        let mut dots = font.scaled_glyph('…');
        dots.position.x = left;
        x = left + end;
        glyphs.push((dots, x));
    }
    Ok((glyphs.into_iter().map(|(glyph, _)| glyph).collect(), x))
}

fn font(weight: Weight) -> Result<&'static FontRef<'static>> {
    static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let (place, bytes) = match weight {
        Weight::Regular => (&REGULAR, notosans::REGULAR_TTF),
        Weight::Bold => (&BOLD, notosans::BOLD_TTF),
    };
    let font = place.get_or_init(|| FontRef::try_from_slice(bytes).ok());
    font.as_ref().ok_or_else(|| Error::Storage("failed to read the built-in font".into()))
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a small picture")]
fn real(pixels: u32) -> f32 {
    pixels as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates at both ends")]
fn whole(pixels: f32) -> u32 {
    pixels as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates at both ends")]
fn part(value: f32) -> u8 {
    value.round() as u8
}
