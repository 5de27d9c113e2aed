//! The law of types: every event is what discord-api-types says, which clients in JavaScript and TypeScript are written with.
//!
//! `spec/discord-events.json` is made of that package by `tests/clients/types/generate.mjs`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use crate::operations;
use crate::schema::explain;

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
    operations::told(name);
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
    use super::*;

    #[test]
    fn every_documented_event_has_its_place() {
        let lines = include_str!("../spec/heard.txt").lines().filter(|line| !line.starts_with('#'));
        let placed: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
        let known: Vec<&str> = EVENTS.bodies.keys().map(String::as_str).collect();
        assert_eq!(placed, known, "each stands once, in order");
    }

    #[test]
    fn a_body_is_measured_against_its_type() {
        let broken = |name: &str, body: Value| !problems(name, &EVENTS.bodies[name], &body).is_empty();
        assert!(!broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1", "role_id": "2" })));
        assert!(broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1", "role_id": 2 })));
        assert!(broken("GUILD_ROLE_DELETE", json!({ "guild_id": "1" })));
    }
}
