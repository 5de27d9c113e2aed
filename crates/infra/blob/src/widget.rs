//! A guild's card as a picture, for pages elsewhere: its icon, its name and how many are there.

use bytes::Bytes;
use image::RgbaImage;

use crate::asset::ImageKind;
use crate::blob::Blob;
use crate::canvas::{Canvas, Colour, Text, Weight, width};
use crate::error::Result;
use crate::format::{Format, Target};

/// Which card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidgetStyle {
    /// A badge as repositories show them.
    Shield,
    /// A line with what it is made with below.
    Banner1,
    /// A low line.
    Banner2,
    /// A line over a button.
    Banner3,
    /// A poster with a button.
    Banner4,
}

impl WidgetStyle {
    /// The style with that name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "shield" => Self::Shield,
            "banner1" => Self::Banner1,
            "banner2" => Self::Banner2,
            "banner3" => Self::Banner3,
            "banner4" => Self::Banner4,
            _ => return None,
        })
    }
}

const WHITE: Colour = [255, 255, 255, 255];
const PALE: Colour = [190, 194, 202, 255];
const DARK: Colour = [38, 41, 48, 255];
const DARKER: Colour = [28, 30, 36, 255];
const ACCENT: Colour = [70, 98, 180, 255];
const GREEN: Colour = [66, 160, 100, 255];
/// Side of the icon that is drawn into all cards.
const ICON: u32 = 64;

/// What is on the card.
struct Card {
    name: String,
    online: usize,
    icon: Option<RgbaImage>,
}

impl Blob {
    /// Draws a guild's card as PNG. The icon is a [`ImageKind::GuildIcon`] by owner and hash; without one, or where it is
    /// gone, the first letters of the name stand in its place.
    pub async fn widget(
        &self,
        style: WidgetStyle,
        name: &str,
        online: usize,
        icon: Option<(u64, &str)>,
    ) -> Result<Bytes> {
        let icon = match icon {
            Some((owner, hash)) => self.small_icon(owner, hash).await,
            None => None,
        };
        let card = Card { name: name.to_owned(), online, icon };
        self.renderer().run(1 << 20, move || card.draw(style)).await
    }

    async fn small_icon(&self, owner: u64, hash: &str) -> Option<RgbaImage> {
        let kind = ImageKind::GuildIcon;
        let key = kind.key(owner, hash).ok()?;
        let target = Target { format: Some(Format::Png), fit: Some((ICON, ICON)), animated: false };
        let rendered = self.rendered(key, target, kind.max_bytes()).await.ok()?;
        Some(image::load_from_memory(&rendered.1).ok()?.into_rgba8())
    }
}

fn bold(text: &str, size: f32, colour: Colour, most: f32) -> Text<'_> {
    Text { text, weight: Weight::Bold, size, colour, most }
}

fn regular(text: &str, size: f32, colour: Colour, most: f32) -> Text<'_> {
    Text { text, weight: Weight::Regular, size, colour, most }
}

impl Card {
    fn draw(&self, style: WidgetStyle) -> Result<Bytes> {
        match style {
            WidgetStyle::Shield => self.shield(),
            WidgetStyle::Banner1 => self.banner1(),
            WidgetStyle::Banner2 => self.banner2(),
            WidgetStyle::Banner3 => self.banner3(),
            WidgetStyle::Banner4 => self.banner4(),
        }
    }

    fn online(&self) -> String {
        format!("{} online", self.online)
    }

    fn members_online(&self) -> String {
        let members = if self.online == 1 { "member" } else { "members" };
        format!("{} {members} online", self.online)
    }

    /// The icon, or the first letters of the name's words.
    fn icon(&self, canvas: &mut Canvas, (x, y): (f32, f32), side: f32) -> Result<()> {
        if let Some(icon) = &self.icon {
            canvas.round(icon, (x, y), side);
            return Ok(());
        }
        canvas.fill((x, y), (side, side), side / 2.0, ACCENT);
        let letters: String = self.name.split_whitespace().filter_map(|word| word.chars().next()).take(3).collect();
        let text = bold(&letters, side * 0.42, WHITE, side * 0.9);
        let left = x + (side - width(text)?) / 2.0;
        canvas.text(text, (left, y + side * 0.62)).map(drop)
    }

    /// A green dot with how many are there behind it.
    fn presence(&self, canvas: &mut Canvas, (x, y): (f32, f32), size: f32, most: f32) -> Result<()> {
        canvas.fill((x, y - size * 0.62), (size * 0.56, size * 0.56), size * 0.28, GREEN);
        canvas.text(regular(&self.members_online(), size, PALE, most), (x + size * 0.9, y)).map(drop)
    }

    fn shield(&self) -> Result<Bytes> {
        let (left, online) = (bold("chat", 12.0, WHITE, 100.0), self.online());
        let right = bold(&online, 12.0, WHITE, 200.0);
        let (left_width, right_width) = (width(left)? + 34.0, width(right)? + 14.0);
        // As wide as its texts, in whole pixels.
        let all = (left_width + right_width).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some hundred")]
        let mut canvas = Canvas::new(all as u32, 20);
        canvas.fill((0.0, 0.0), (all, 20.0), 4.0, ACCENT);
        canvas.fill((0.0, 0.0), (left_width, 20.0), 4.0, DARK);
        canvas.fill((left_width - 6.0, 0.0), (6.0, 20.0), 0.0, DARK);
        canvas.sign((7.0, 3.0), 14.0, WHITE);
        canvas.text(left, (26.0, 14.5))?;
        canvas.text(right, (left_width + 7.0, 14.5))?;
        canvas.png()
    }

    fn banner1(&self) -> Result<Bytes> {
        let mut canvas = Canvas::new(320, 76);
        canvas.fill((0.0, 0.0), (320.0, 76.0), 6.0, DARK);
        self.icon(&mut canvas, (12.0, 12.0), 52.0)?;
        canvas.text(bold(&self.name, 17.0, WHITE, 232.0), (78.0, 31.0))?;
        self.presence(&mut canvas, (78.0, 50.0), 13.0, 220.0)?;
        let made = bold("POWERED BY GUILDHALL", 9.0, PALE, 200.0);
        canvas.text(made, (310.0 - width(made)?, 69.0))?;
        canvas.png()
    }

    fn banner2(&self) -> Result<Bytes> {
        let mut canvas = Canvas::new(320, 42);
        canvas.fill((0.0, 0.0), (320.0, 42.0), 5.0, ACCENT);
        canvas.fill((0.0, 0.0), (212.0, 42.0), 5.0, DARK);
        canvas.fill((204.0, 0.0), (8.0, 42.0), 0.0, DARK);
        self.icon(&mut canvas, (7.0, 6.0), 30.0)?;
        canvas.text(bold(&self.name, 13.0, WHITE, 156.0), (46.0, 19.0))?;
        self.presence(&mut canvas, (46.0, 34.0), 11.0, 140.0)?;
        canvas.sign((222.0, 11.0), 20.0, WHITE);
        canvas.text(bold("Guildhall", 14.0, WHITE, 70.0), (247.0, 26.0))?;
        canvas.png()
    }

    fn banner3(&self) -> Result<Bytes> {
        let mut canvas = Canvas::new(320, 131);
        canvas.fill((0.0, 0.0), (320.0, 131.0), 6.0, ACCENT);
        canvas.fill((0.0, 0.0), (320.0, 86.0), 6.0, DARK);
        canvas.fill((0.0, 78.0), (320.0, 8.0), 0.0, DARK);
        self.icon(&mut canvas, (14.0, 15.0), 56.0)?;
        canvas.text(bold(&self.name, 18.0, WHITE, 224.0), (84.0, 39.0))?;
        self.presence(&mut canvas, (84.0, 60.0), 13.0, 210.0)?;
        canvas.sign((14.0, 97.0), 24.0, WHITE);
        canvas.text(bold("Guildhall", 16.0, WHITE, 120.0), (46.0, 115.0))?;
        canvas.fill((226.0, 95.0), (80.0, 28.0), 4.0, DARKER);
        let button = bold("Chat now", 13.0, WHITE, 76.0);
        canvas.text(button, (226.0 + (80.0 - width(button)?) / 2.0, 113.5))?;
        canvas.png()
    }

    fn banner4(&self) -> Result<Bytes> {
        let mut canvas = Canvas::new(320, 273);
        canvas.fill((0.0, 0.0), (320.0, 273.0), 8.0, DARK);
        canvas.fill((0.0, 0.0), (320.0, 76.0), 8.0, ACCENT);
        canvas.fill((0.0, 66.0), (320.0, 10.0), 0.0, ACCENT);
        canvas.sign((86.0, 20.0), 38.0, WHITE);
        canvas.text(bold("Guildhall", 24.0, WHITE, 150.0), (132.0, 48.0))?;
        self.icon(&mut canvas, (128.0, 92.0), 64.0)?;
        canvas.centred(bold(&self.name, 18.0, WHITE, 290.0), 181.0)?;
        let online = self.members_online();
        let text = regular(&online, 13.0, PALE, 280.0);
        self.presence(&mut canvas, ((320.0 - width(text)? - 12.0) / 2.0, 203.0), 13.0, 280.0)?;
        canvas.fill((40.0, 220.0), (240.0, 38.0), 5.0, GREEN);
        canvas.centred(bold("JOIN MY SERVER", 14.0, WHITE, 220.0), 244.0)?;
        canvas.png()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may")]

    use super::*;

    #[test]
    fn every_style_is_a_picture_whatever_the_name() {
        for name in ["Town", "", "  ", "x\u{0}\n\u{202e}", "漢字 guild", &"W".repeat(5000)] {
            for (style, size) in [
                ("shield", None),
                ("banner1", Some((320, 76))),
                ("banner2", Some((320, 42))),
                ("banner3", Some((320, 131))),
                ("banner4", Some((320, 273))),
            ] {
                let card = Card { name: name.to_owned(), online: 1234, icon: Some(RgbaImage::new(3, 2)) };
                for card in [&card, &Card { icon: None, name: card.name.clone(), online: 1 }] {
                    let bytes = card.draw(WidgetStyle::parse(style).unwrap()).unwrap();
                    let picture = image::load_from_memory(&bytes).unwrap();
                    assert!(size.is_none_or(|size| size == (picture.width(), picture.height())), "{style}");
                }
            }
        }
        assert_eq!(WidgetStyle::parse("banner5"), None);
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_off() {
        let wide = "W".repeat(100);
        assert!(width(bold(&wide, 17.0, WHITE, 200.0)).unwrap() <= 200.0);
        assert!(width(bold("hall", 17.0, WHITE, 200.0)).unwrap() < 60.0);
    }
}
