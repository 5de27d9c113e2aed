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
pub(crate) fn initial(device: Device) -> SessionPresence {
    SessionPresence { status: Status::Online, activities: Vec::new(), device }
}

/// A person's session: what its client said, under what the account chose.
pub(crate) struct Person {
    /// What the client runs on, for the others of the account.
    pub(crate) os: Box<str>,
    status: Status,
    custom: Option<(CustomStatus, Value)>,
    said: SessionPresence,
}

impl Person {
    pub(crate) fn new(os: &str, settings: &UserSettings, said: SessionPresence, unix_ms: u64) -> Self {
        let mut person = Self { os: os.into(), status: Status::Online, custom: None, said };
        person.choose(settings, unix_ms);
        person
    }

    /// The client asks to show something.
    pub(crate) fn say(&mut self, said: SessionPresence) {
        self.said = said;
    }

    /// Takes over what the account chose; says whether that is something else than before.
    pub(crate) fn choose(&mut self, settings: &UserSettings, unix_ms: u64) -> bool {
        let custom = settings.custom_status.as_ref().filter(|custom| !custom.is_over(unix_ms));
        let status = match settings.status {
            Status::Offline => Status::Invisible,
            status => status,
        };
        let known = self.custom.as_ref().map(|(custom, _)| custom);
        if (self.status, known) == (status, custom) {
            return false;
        }
        if self.status != status {
            // Only that nobody is at the device outlasts a choice.
            self.said.status = if self.said.status == Status::Idle { Status::Idle } else { Status::Online };
        }
        self.status = status;
        if known != custom {
            self.custom = custom.map(|custom| (custom.clone(), custom_activity(custom, unix_ms)));
        }
        true
    }

    /// A chosen status wins over an automatic one, and a line of one's own stands beside what one does.
    pub(crate) fn shown(&self) -> SessionPresence {
        let mut shown = self.said.clone();
        if self.status != Status::Online && matches!(shown.status, Status::Online | Status::Idle) {
            shown.status = self.status;
        }
        let said = shown.activities.iter().any(|activity| activity.get("type").is_some_and(|kind| *kind == 4));
        if let Some((_, custom)) = self.custom.as_ref().filter(|_| !said) {
            shown.activities.insert(0, custom.clone());
        }
        shown
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
    let chosen = custom.created_at.and_then(|chosen| u64::try_from(chosen.as_micros() / 1000).ok());
    let mut activity = json!({
        "id": "custom", "name": "Custom Status", "type": 4, "state": custom.text,
        "created_at": chosen.unwrap_or(unix_ms),
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
    fn what_is_chosen_wins_over_what_a_device_says_by_itself() {
        let settings = |status: &str, text: Option<&str>| -> UserSettings {
            let custom = text.map(|text| json!({ "text": text, "expires_at": "1970-01-01T00:01:00Z" }));
            serde_json::from_value(json!({ "status": status, "custom_status": custom })).unwrap()
        };
        let said = |status: Status| SessionPresence { status, ..initial(Device::Web) };
        let mut person = Person::new("linux", &settings("online", Some("hi")), said(Status::Online), 7);
        let shown = |person: &Person| {
            let shown = person.shown();
            (shown.status, shown.activities.first().map(|activity| activity["state"].clone()))
        };
        assert_eq!(shown(&person), (Status::Online, Some("hi".into())));
        person.say(said(Status::Idle));
        assert_eq!(shown(&person), (Status::Idle, Some("hi".into())));
        assert!(person.choose(&settings("invisible", Some("hi")), 8));
        assert!(!person.choose(&settings("offline", Some("hi")), 8), "that is the same");
        assert_eq!(shown(&person).0, Status::Invisible);
        // Nobody came back to the device.
        assert!(person.choose(&settings("online", Some("ho")), 9));
        assert_eq!(shown(&person), (Status::Idle, Some("ho".into())));
        person.say(said(Status::Dnd));
        assert_eq!(shown(&person).0, Status::Dnd);
        assert!(person.choose(&settings("idle", None), 9));
        assert_eq!(shown(&person), (Status::Idle, None));
        assert!(!person.choose(&settings("idle", Some("late")), 60_000), "its time is over");
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
