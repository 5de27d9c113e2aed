//! The law of types: every event is what discord-api-types says, which clients in JavaScript and TypeScript are written with.
//!
//! `spec/discord-events.json` is made of that package by `tests/clients/types/generate.mjs`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use crate::schema::explain;

/// Names a folder in which it is noted what was heard, one empty file for each event.
const HEARD: &str = "EVENTS_HEARD";

struct Events {
    /// Pointers to the schemas of bodies.
    bodies: BTreeMap<String, String>,
    registry: Registry<'static>,
    compiled: Mutex<HashMap<String, &'static Validator>>,
}

static EVENTS: LazyLock<Events> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(include_str!("../spec/discord-events.json")).unwrap();
    let mut bodies = BTreeMap::new();
    for event in document["anyOf"].as_array().unwrap() {
        let mut place = event["$ref"].as_str().unwrap();
        let mut payload = document.pointer(&place[1..]).unwrap();
        while let Some(further) = payload.get("$ref") {
            place = further.as_str().unwrap();
            payload = document.pointer(&place[1..]).unwrap();
        }
        let name = payload["properties"]["t"]["const"].as_str().unwrap();
        bodies.insert(name.to_owned(), format!("{}/properties/d", &place[1..]));
    }
    let registry = Registry::new().draft(Draft::Draft7).add("urn:events", document).unwrap().prepare().unwrap();
    Events { bodies, registry, compiled: Mutex::default() }
});

/// Panics when a dispatch is not what discord-api-types says. Events that it does not know are for people's clients.
pub(crate) fn check(frame: &Value) {
    let Some(name) = frame["t"].as_str() else { return };
    if let Some(folder) = std::env::var_os(HEARD) {
        std::fs::write(std::path::Path::new(&folder).join(name), "").expect("what was heard can be noted");
    }
    let Some(pointer) = EVENTS.bodies.get(name) else { return };
    let body = &frame["d"];
    // Its types are of what bots get: no bot is told of channels and presences outside of guilds.
    let of_people = match name {
        "READY" => body["user"]["bot"] != true,
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE" | "PRESENCE_UPDATE" => body.get("guild_id").is_none(),
        _ => false,
    };
    if of_people {
        return;
    }
    let problems = problems(name, pointer, body);
    assert!(problems.is_empty(), "{name} is not what discord-api-types says: {}\n{body}", problems.join("; "));
}

fn problems(name: &str, pointer: &str, body: &Value) -> Vec<String> {
    let validator =
        *EVENTS.compiled.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_insert_with(|| {
            let schema = json!({ "$ref": format!("urn:events#{pointer}") });
            let options = jsonschema::options().with_draft(Draft::Draft7).with_registry(&EVENTS.registry);
            Box::leak(Box::new(options.build(&schema).unwrap()))
        });
    let mut problems = Vec::new();
    if !validator.is_valid(body) {
        validator.iter_errors(body).for_each(|error| explain(&error, &mut problems));
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Events of Discord's documentation that belong to nouns of ours: each is heard in some test.
    const OURS: &[&str] = &[
        "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
        "AUTO_MODERATION_ACTION_EXECUTION",
        "AUTO_MODERATION_RULE_CREATE",
        "AUTO_MODERATION_RULE_DELETE",
        "AUTO_MODERATION_RULE_UPDATE",
        "CHANNEL_CREATE",
        "CHANNEL_DELETE",
        "CHANNEL_PINS_UPDATE",
        "CHANNEL_UPDATE",
        "ENTITLEMENT_CREATE",
        "ENTITLEMENT_DELETE",
        "ENTITLEMENT_UPDATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "GUILD_BAN_ADD",
        "GUILD_BAN_REMOVE",
        "GUILD_CREATE",
        "GUILD_DELETE",
        "GUILD_EMOJIS_UPDATE",
        "GUILD_INTEGRATIONS_UPDATE",
        "GUILD_MEMBERS_CHUNK",
        "GUILD_MEMBER_ADD",
        "GUILD_MEMBER_REMOVE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_DELETE",
        "GUILD_ROLE_UPDATE",
        "GUILD_SCHEDULED_EVENT_CREATE",
        "GUILD_SCHEDULED_EVENT_DELETE",
        "GUILD_SCHEDULED_EVENT_UPDATE",
        "GUILD_SCHEDULED_EVENT_USER_ADD",
        "GUILD_SCHEDULED_EVENT_USER_REMOVE",
        "GUILD_SOUNDBOARD_SOUND_CREATE",
        "GUILD_SOUNDBOARD_SOUND_DELETE",
        "GUILD_SOUNDBOARD_SOUND_UPDATE",
        "GUILD_STICKERS_UPDATE",
        "GUILD_UPDATE",
        "INTEGRATION_CREATE",
        "INTEGRATION_DELETE",
        "INTEGRATION_UPDATE",
        "INTERACTION_CREATE",
        "INVITE_CREATE",
        "INVITE_DELETE",
        "MESSAGE_CREATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_POLL_VOTE_ADD",
        "MESSAGE_POLL_VOTE_REMOVE",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
        "MESSAGE_UPDATE",
        "PRESENCE_UPDATE",
        "READY",
        "RESUMED",
        "SOUNDBOARD_SOUNDS",
        "STAGE_INSTANCE_CREATE",
        "STAGE_INSTANCE_DELETE",
        "STAGE_INSTANCE_UPDATE",
        "SUBSCRIPTION_CREATE",
        "SUBSCRIPTION_DELETE",
        "SUBSCRIPTION_UPDATE",
        "THREAD_CREATE",
        "THREAD_DELETE",
        "THREAD_LIST_SYNC",
        "THREAD_MEMBERS_UPDATE",
        "THREAD_MEMBER_UPDATE",
        "THREAD_UPDATE",
        "TYPING_START",
        "USER_UPDATE",
        "VOICE_CHANNEL_EFFECT_SEND",
        "VOICE_CHANNEL_STATUS_UPDATE",
        "VOICE_SERVER_UPDATE",
        "VOICE_STATE_UPDATE",
        "WEBHOOKS_UPDATE",
    ];

    /// The others, and why nobody hears them.
    const NEVER: &[(&str, &str)] = &[
        ("CHANNEL_INFO", "the answer to a question of Discord's own client, which nothing documents for bots"),
        ("GUILD_SOUNDBOARD_SOUNDS_UPDATE", "of several sounds that change at once; here each changes by itself"),
        ("RATE_LIMITED", "no question over the gateway is limited by itself: who asks too much is closed"),
        ("VOICE_CHANNEL_START_TIME_UPDATE", "nobody keeps since when somebody sits in a voice channel"),
    ];

    #[test]
    fn every_documented_event_has_its_place() {
        let known: BTreeSet<&str> = EVENTS.bodies.keys().map(String::as_str).collect();
        let placed: BTreeSet<&str> = OURS.iter().copied().chain(NEVER.iter().map(|(name, _)| *name)).collect();
        assert_eq!(placed, known);
        assert_eq!(placed.len(), OURS.len() + NEVER.len(), "each stands once");
    }

    #[test]
    fn a_body_is_measured_against_its_type() {
        let broken = |name: &str, body: Value| !problems(name, &EVENTS.bodies[name], &body).is_empty();
        assert!(!broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1", "role_id": "2" })));
        assert!(broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1", "role_id": 2 })));
        assert!(broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1" })));
    }

    #[test]
    #[ignore = "when all suites have run with EVENTS_HEARD, as `cargo xtask test` does"]
    fn every_event_of_ours_was_heard() {
        let folder = std::env::var_os(HEARD).expect("it is told where that was noted");
        let heard = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let heard: BTreeSet<String> = heard.collect();
        let missing: Vec<_> = OURS.iter().filter(|name| !heard.contains(**name)).collect();
        assert!(missing.is_empty(), "no test heard {missing:?}");
        let wrong: Vec<_> = NEVER.iter().filter(|(name, _)| heard.contains(*name)).collect();
        assert!(wrong.is_empty(), "{wrong:?} are heard after all");
    }
}
