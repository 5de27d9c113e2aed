//! What a session shows of its user.

use guildhall_bus::presence::{Device, SessionPresence};
use guildhall_wire::gateway::PresenceBody;
use guildhall_wire::gateway::client::Properties;
use guildhall_wire::gateway::server::{ClientInfo, SessionInfo};
use guildhall_wire::presence::Status;
use guildhall_wire::settings::{CustomStatus, UserSettings};
use serde_json::{Map, Value, json};

use crate::registry::SessionId;

/// Longest text in an activity, in characters.
const TEXT_LIMIT: usize = 128;
/// Longest address in an activity, in bytes.
const URL_LIMIT: usize = 512;

/// What a client asked to show.
pub(crate) fn shown(body: &PresenceBody, device: Device, unix_ms: u64) -> SessionPresence {
    SessionPresence {
        status: match body.status {
            // Nobody who is connected is offline.
            Status::Offline => Status::Invisible,
            status => status,
        },
        activities: body.activities.iter().filter_map(|activity| activity_of(activity, unix_ms)).collect(),
        device,
    }
}

/// What to show before a client asks for anything.
pub(crate) fn initial(settings: Option<&UserSettings>, device: Device, unix_ms: u64) -> SessionPresence {
    let status = settings.map_or(Status::Online, |settings| settings.status);
    let custom = settings.and_then(|settings| settings.custom_status.as_ref());
    SessionPresence {
        status: match status {
            Status::Offline => Status::Invisible,
            status => status,
        },
        activities: custom.map(|custom| custom_activity(custom, unix_ms)).into_iter().collect(),
        device,
    }
}

/// The device that a client says it runs on.
pub(crate) fn device(properties: &Properties) -> Device {
    let text = format!("{} {}", properties.os, properties.browser).to_lowercase();
    if ["android", "ios", "mobile"].iter().any(|word| text.contains(word)) {
        Device::Mobile
    } else if ["desktop", "client"].iter().any(|word| text.contains(word)) {
        Device::Desktop
    } else {
        Device::Web
    }
}

/// What a person's session says of itself to the others.
pub(crate) fn info(id: SessionId, shown: &SessionPresence, os: &str) -> SessionInfo {
    let client = match shown.device {
        Device::Desktop => "desktop",
        Device::Mobile => "mobile",
        Device::Web => "web",
    };
    SessionInfo {
        session_id: id.to_string(),
        status: shown.status,
        activities: shown.activities.clone(),
        client_info: ClientInfo { client: client.into(), os: clip(os, TEXT_LIMIT), version: 0 },
        active: true,
    }
}

fn custom_activity(custom: &CustomStatus, unix_ms: u64) -> Value {
    let mut activity = json!({
        "id": "custom", "name": "Custom Status", "type": 4, "state": custom.text, "created_at": unix_ms,
    });
    if custom.emoji_id.is_some() || custom.emoji_name.is_some() {
        let emoji = json!({ "id": custom.emoji_id, "name": custom.emoji_name, "animated": false });
        if let Some(activity) = activity.as_object_mut() {
            activity.insert("emoji".into(), emoji);
        }
    }
    activity
}

/// The parts of an activity that are repeated to others, in the types that they expect.
fn activity_of(raw: &Value, unix_ms: u64) -> Option<Value> {
    let text = |key: &str| Some(clip(raw.get(key)?.as_str()?, TEXT_LIMIT));
    let kind = raw.get("type").and_then(number).unwrap_or(0);
    let kind = if (0..=5).contains(&kind) { kind } else { 0 };
    let mut activity = Map::new();
    activity.insert("name".into(), text("name")?.into());
    activity.insert("type".into(), kind.into());
    activity.insert("created_at".into(), unix_ms.into());
    activity.insert("id".into(), if kind == 4 { "custom" } else { "activity" }.into());
    for key in ["state", "details"] {
        if let Some(text) = text(key) {
            activity.insert(key.into(), text.into());
        }
    }
    if let Some(url) = raw.get("url").and_then(Value::as_str)
        && url.len() <= URL_LIMIT
        && (url.starts_with("https://") || url.starts_with("http://"))
    {
        activity.insert("url".into(), url.into());
    }
    if let Some(emoji) = raw.get("emoji").filter(|_| kind == 4) {
        let id = emoji.get("id").and_then(Value::as_str);
        let id = id.filter(|id| id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()));
        let name = emoji.get("name").and_then(Value::as_str);
        let name = name.map(|name| clip(name, 32));
        let animated = emoji.get("animated").and_then(Value::as_bool);
        activity.insert(
            "emoji".into(),
            json!({ "id": id, "name": name.unwrap_or_default(), "animated": animated.unwrap_or(false) }),
        );
    }
    if let Some(times) = raw.get("timestamps") {
        let time = |key: &str| times.get(key).and_then(number).filter(|time| *time > 0);
        let times: Map<String, Value> =
            ["start", "end"].into_iter().filter_map(|key| Some((key.to_owned(), time(key)?.into()))).collect();
        activity.insert("timestamps".into(), times.into());
    }
    Some(activity.into())
}

fn clip(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// A whole number, although it may come as a float.
fn number(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be small")]
    let float = |value: f64| (value.abs() < 9.0e15).then_some(value as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(float))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn activities_are_cleaned() {
        let body: PresenceBody = serde_json::from_value(json!({
            "status": "offline",
            "activities": [
                { "name": "x".repeat(200), "type": 0.0, "url": "javascript:alert(1)", "secrets": {}, "timestamps": { "start": 5.0, "end": "x" } },
                { "name": "Custom Status", "type": 4, "state": "hi", "emoji": { "name": "👋", "id": "x" } },
                { "name": "odd", "type": 99 },
            ],
        }))
        .unwrap();
        let shown = shown(&body, Device::Web, 7);
        assert_eq!(shown.status, Status::Invisible);
        assert_eq!(
            shown.activities,
            [
                json!({ "id": "activity", "name": "x".repeat(128), "type": 0, "created_at": 7, "timestamps": { "start": 5 } }),
                json!({
                    "id": "custom", "name": "Custom Status", "type": 4, "state": "hi", "created_at": 7,
                    "emoji": { "id": null, "name": "👋", "animated": false },
                }),
                json!({ "id": "activity", "name": "odd", "type": 0, "created_at": 7 }),
            ]
        );
        for activity in &shown.activities {
            serde_json::from_value::<twilight_model::gateway::presence::Activity>(activity.clone()).unwrap();
        }
    }

    #[test]
    fn devices() {
        for (os, browser, want) in [
            ("linux", "discord.py", Device::Web),
            ("android", "", Device::Mobile),
            ("Windows", "Discord Client", Device::Desktop),
        ] {
            let properties = Properties { os: os.into(), browser: browser.into(), device: String::new() };
            assert_eq!(device(&properties), want, "{os} {browser}");
        }
    }
}
