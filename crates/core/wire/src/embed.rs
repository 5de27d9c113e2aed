//! Embeds.

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::FormErrors;
use crate::form::{Schemes, check_url};

/// Discord's limits.
pub mod limits {
    /// Embeds of a message.
    pub const COUNT: usize = 10;
    /// Characters of all embeds of a message together.
    pub const TOTAL: usize = 6000;
    /// Characters of a title, an author's name or a field's name.
    pub const TITLE: usize = 256;
    /// Characters of a description.
    pub const DESCRIPTION: usize = 4096;
    /// Fields of an embed.
    pub const FIELDS: usize = 25;
    /// Characters of a field's value.
    pub const VALUE: usize = 1024;
    /// Characters of a footer.
    pub const FOOTER: usize = 2048;
    /// Characters of an address.
    pub const URL: usize = 2048;
}

/// A card under a message. Read loosely; Discord's limits are checked by [`validate`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Embed {
    /// `rich` for those that were sent; `link`, `image`, `video`, `article` for previews.
    #[serde(rename = "type", default = "rich", deserialize_with = "kind")]
    pub kind: String,
    /// Up to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub title: Option<String>,
    /// Up to 4096 characters.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub description: Option<String>,
    /// Where the title leads.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub url: Option<String>,
    /// Shown in the footer.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::time::optional")]
    pub timestamp: Option<twilight_model::util::Timestamp>,
    /// 24-bit RGB.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_int")]
    pub color: Option<u32>,
    /// Small print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<EmbedFooter>,
    /// Large picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<EmbedMedia>,
    /// Small picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<EmbedMedia>,
    /// Only in previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<EmbedMedia>,
    /// Only in previews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<EmbedProvider>,
    /// Over the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<EmbedAuthor>,
    /// Up to 25.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "crate::loose::nullable")]
    pub fields: Vec<EmbedField>,
}

fn rich() -> String {
    "rich".into()
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_else(rich))
}

/// A picture or video.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedMedia {
    /// http(s) or `attachment://name`.
    #[serde(default, deserialize_with = "crate::loose::text")]
    pub url: String,
    /// Where it is proxied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_int")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_int")]
    pub height: Option<u32>,
}

/// Small print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedFooter {
    /// Up to 2048 characters.
    #[serde(default, deserialize_with = "crate::loose::text")]
    pub text: String,
    /// A small picture.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub icon_url: Option<String>,
    /// Where it is proxied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_icon_url: Option<String>,
}

/// Where a preview comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedProvider {
    /// Name of the site.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub name: Option<String>,
    /// Address of the site.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub url: Option<String>,
}

/// Over the title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedAuthor {
    /// Up to 256 characters.
    #[serde(default, deserialize_with = "crate::loose::text")]
    pub name: String,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub url: Option<String>,
    /// A small picture.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_text")]
    pub icon_url: Option<String>,
    /// Where it is proxied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_icon_url: Option<String>,
}

/// A pair of heading and text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedField {
    /// Up to 256 characters.
    #[serde(default, deserialize_with = "crate::loose::text")]
    pub name: String,
    /// Up to 1024 characters.
    #[serde(default, deserialize_with = "crate::loose::text")]
    pub value: String,
    /// Beside its neighbours.
    #[serde(default, deserialize_with = "crate::loose::flag")]
    pub inline: bool,
}

/// Checks embeds as they were sent and puts them in the form in which they are kept: kind `rich`, texts trimmed, nothing that
/// only the server fills in. `attachments` are the names of the message's files; a picture that names none of them goes.
///
/// Complaints are placed as if the list stood at the root: nest them under `embeds`.
pub fn validate(embeds: &mut [Embed], attachments: &[&str]) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    if embeds.len() > limits::COUNT {
        errors.push("BASE_TYPE_MAX_LENGTH", format!("Must be {} or fewer in length.", limits::COUNT));
        return Err(errors);
    }
    let mut total = 0;
    for (index, embed) in embeds.iter_mut().enumerate() {
        clean(embed, attachments);
        total += check(embed, errors.at(index));
    }
    if total > limits::TOTAL {
        errors.push("MAX_EMBED_SIZE_EXCEEDED", format!("Embed size exceeds maximum size of {}", limits::TOTAL));
    }
    errors.finish()
}

/// Trims texts, drops what is empty and what the sender has no say in.
fn clean(embed: &mut Embed, attachments: &[&str]) {
    let trim = |text: &mut Option<String>| {
        *text = text.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    };
    embed.kind = rich();
    embed.video = None;
    embed.provider = None;
    trim(&mut embed.title);
    trim(&mut embed.description);
    trim(&mut embed.url);
    for media in [&mut embed.image, &mut embed.thumbnail] {
        *media = media.take().and_then(|media| {
            let url = media.url.trim().to_owned();
            let missing = url.strip_prefix("attachment://").is_some_and(|name| !attachments.contains(&name));
            (!url.is_empty() && !missing).then(|| EmbedMedia { url, ..EmbedMedia::default() })
        });
    }
    let icon = |url: &mut Option<String>| {
        trim(url);
        let name = url.as_deref().and_then(|url| url.strip_prefix("attachment://"));
        if name.is_some_and(|name| !attachments.contains(&name)) {
            *url = None;
        }
    };
    if let Some(footer) = &mut embed.footer {
        footer.text = footer.text.trim().to_owned();
        footer.proxy_icon_url = None;
        icon(&mut footer.icon_url);
    }
    embed.footer = embed.footer.take().filter(|footer| !footer.text.is_empty() || footer.icon_url.is_some());
    if let Some(author) = &mut embed.author {
        author.name = author.name.trim().to_owned();
        author.proxy_icon_url = None;
        trim(&mut author.url);
        icon(&mut author.icon_url);
    }
    let nobody = EmbedAuthor::default();
    embed.author = embed.author.take().filter(|author| *author != nobody);
    for field in &mut embed.fields {
        field.name = field.name.trim().to_owned();
        field.value = field.value.trim().to_owned();
    }
}

/// Checks one embed; gives the characters that count against the whole.
fn check(embed: &Embed, errors: &mut FormErrors) -> usize {
    let mut total = 0;
    let mut text = |errors: &mut FormErrors, field: &str, text: &str, min: usize, max: usize| {
        total += text.chars().count();
        errors.length(field, text, min, max);
    };
    text(errors, "title", embed.title.as_deref().unwrap_or_default(), 0, limits::TITLE);
    text(errors, "description", embed.description.as_deref().unwrap_or_default(), 0, limits::DESCRIPTION);
    if let Some(footer) = &embed.footer {
        text(errors.at("footer"), "text", &footer.text, 1, limits::FOOTER);
        url(errors.at("footer"), "icon_url", footer.icon_url.as_deref(), Schemes::Media);
    }
    if let Some(author) = &embed.author {
        text(errors.at("author"), "name", &author.name, 1, limits::TITLE);
        url(errors.at("author"), "url", author.url.as_deref(), Schemes::Link);
        url(errors.at("author"), "icon_url", author.icon_url.as_deref(), Schemes::Media);
    }
    errors.count("fields", embed.fields.len(), 0, limits::FIELDS);
    for (index, field) in embed.fields.iter().enumerate().take(limits::FIELDS) {
        let place = errors.at("fields").at(index);
        text(place, "name", &field.name, 1, limits::TITLE);
        text(place, "value", &field.value, 1, limits::VALUE);
    }
    url(errors, "url", embed.url.as_deref(), Schemes::Link);
    for (name, media) in [("image", &embed.image), ("thumbnail", &embed.thumbnail)] {
        if let Some(media) = media {
            url(errors.at(name), "url", Some(&media.url), Schemes::Media);
        }
    }
    if let Some(color) = embed.color {
        errors.range("color", color, 0, 0x00ff_ffff);
    }
    let shows_nothing = embed.title.is_none()
        && embed.description.is_none()
        && embed.footer.is_none()
        && embed.author.is_none()
        && embed.image.is_none()
        && embed.thumbnail.is_none()
        && embed.timestamp.is_none()
        && embed.fields.is_empty();
    if shows_nothing {
        errors.required("description");
    }
    total
}

fn url(errors: &mut FormErrors, field: &str, url: Option<&str>, schemes: Schemes) {
    let Some(url) = url else { return };
    errors.length(field, url, 0, limits::URL);
    if let Err((code, message)) = check_url(url, schemes, None) {
        errors.at(field).push(code, message);
    }
}

#[cfg(test)]
mod tests;
