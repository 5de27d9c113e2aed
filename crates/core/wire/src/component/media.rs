//! Pictures and files that components show.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::component::tree::{each, each_mut};
use crate::id::{AttachmentMarker, GenericMarker, Id};

/// A picture or file as it is shown: what an address in a component becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Media {
    /// The picture; for files of the message, the attachment's.
    pub id: Id<GenericMarker>,
    /// Where it is.
    pub url: String,
    /// Where it is proxied.
    pub proxy_url: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Of files of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_id: Option<Id<AttachmentMarker>>,
    /// Name of the file, written beside file components.
    #[serde(skip)]
    pub name: Option<String>,
    /// Bytes, written beside file components.
    #[serde(skip)]
    pub size: Option<u64>,
}

/// The names of the files that components show: `attachment://name` in them.
pub fn attachments_used(components: &[Value]) -> Vec<String> {
    let mut names = Vec::new();
    each(components, &mut |map| {
        let mut add = |value: Option<&Value>| {
            let url = value.and_then(|media| media.get("url"));
            if let Some(name) = url.and_then(Value::as_str).and_then(|url| url.strip_prefix("attachment://")) {
                names.push(name.to_owned());
            }
        };
        add(map.get("media"));
        add(map.get("file"));
        if let Some(Value::Array(items)) = map.get("items") {
            for item in items {
                add(item.get("media"));
            }
        }
    });
    names
}

/// Puts in place of each address what it stands for. `resolve` gets the address as the sender wrote it; those for which it
/// gives nothing stay as they are.
pub fn resolve_media(components: &mut [Value], mut resolve: impl FnMut(&str) -> Option<Media>) {
    each_mut(components, &mut |map| {
        put(map, "media", &mut resolve);
        if let Some(media) = put(map, "file", &mut resolve) {
            map.insert("name".into(), media.name.into());
            map.insert("size".into(), media.size.into());
        }
        if let Some(Value::Array(items)) = map.get_mut("items") {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                put(item, "media", &mut resolve);
            }
        }
    });
}

/// Calls for every picture or file that components show, with its address, to change what is said of it.
pub fn each_media_mut(components: &mut [Value], mut visit: impl FnMut(&str, &mut Map<String, Value>)) {
    let mut look = |value: Option<&mut Value>| {
        let Some(Value::Object(media)) = value else { return };
        if let Some(url) = media.get("url").and_then(Value::as_str).map(str::to_owned) {
            visit(&url, media);
        }
    };
    each_mut(components, &mut |map| {
        look(map.get_mut("media"));
        look(map.get_mut("file"));
        if let Some(Value::Array(items)) = map.get_mut("items") {
            items.iter_mut().for_each(|item| look(item.get_mut("media")));
        }
    });
}

fn put(map: &mut Map<String, Value>, key: &str, resolve: &mut dyn FnMut(&str) -> Option<Media>) -> Option<Media> {
    let media = resolve(map.get(key)?.get("url")?.as_str()?)?;
    map.insert(key.into(), serde_json::to_value(&media).ok()?);
    Some(media)
}
