//! The law of decoding: twilight, which knows nothing of this project, reads everything that the gateway sends.

use serde::de::DeserializeSeed;
use serde_json::Value;
use twilight_model::gateway::event::{DispatchEvent, EventType, GatewayEvent, GatewayEventDeserializer};

/// Reads a dispatch as a stock client does. None for what bots never get: events of Discord's own client, and Guildhall's.
///
/// Panics when twilight cannot read it, or reads something else than what stands there.
pub(crate) fn read(text: &str, frame: &Value) -> Option<DispatchEvent> {
    let name = frame["t"].as_str()?;
    EventType::try_from(name).ok()?;
    // Twilight is for bots: a person has no application.
    if name == "READY" && frame["d"]["user"]["bot"] != true {
        return None;
    }
    // Bots hear of nobody's presence but in their guilds.
    if name == "PRESENCE_UPDATE" && frame["d"].get("guild_id").is_none() {
        return None;
    }
    let seed = GatewayEventDeserializer::from_json(text).expect("a frame with its name and code");
    let event = seed.deserialize(&mut serde_json::Deserializer::from_str(text));
    let event = event.unwrap_or_else(|error| panic!("twilight cannot read {name}: {error}\n{text}"));
    let GatewayEvent::Dispatch(_, event) = event else { panic!("{name} is no dispatch for twilight\n{text}") };
    let mut problems = Vec::new();
    compare(&serde_json::to_value(&event).unwrap(), &frame["d"], name, &mut problems);
    problems.retain(|problem| match name {
        // It reads no body.
        "RESUMED" => false,
        // It fills in the guild that these stand in.
        "GUILD_CREATE" => {
            !((problem.contains("presences") || problem.contains("voice_states")) && problem.contains("guild_id"))
        }
        // It does not know all names of what changes.
        "GUILD_AUDIT_LOG_ENTRY_CREATE" => !problem.ends_with("read as \"other\""),
        _ => true,
    });
    assert!(problems.is_empty(), "twilight reads other things:\n{}\n{text}", problems.join("\n"));
    Some(event)
}

/// Tells where what was read is not what was written. What was not written may be read as its default.
pub fn compare(read: &Value, written: &Value, path: &str, problems: &mut Vec<String>) {
    match (read, written) {
        (Value::Object(read), Value::Object(written)) => {
            for (key, value) in read {
                match written.get(key) {
                    Some(written) => compare(value, written, &format!("{path}.{key}"), problems),
                    None if is_default(value) => {}
                    None => problems.push(format!("{path}.{key} is not written, and read as {value}")),
                }
            }
        }
        (Value::Array(read), Value::Array(written)) if read.len() == written.len() => {
            for (index, (read, written)) in read.iter().zip(written).enumerate() {
                compare(read, written, &format!("{path}[{index}]"), problems);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        (Value::String(one), Value::String(other)) if plain(one) == plain(other) => {}
        (one, other) if one == other => {}
        (Value::String(one), Value::String(other)) if of_permissions(path) && known(other).as_ref() == Some(one) => {}
        // Nothing, said in two ways.
        (one, Value::Null) if is_default(one) => {}
        (one, other) => problems.push(format!("{path} is written {other}, and read as {one}")),
    }
}

fn of_permissions(path: &str) -> bool {
    // What the audit log tells of has its name beside it.
    let logged = path.starts_with("GUILD_AUDIT_LOG_ENTRY_CREATE.changes[");
    logged || ["permissions", "allow", "deny"].iter().any(|field| path.ends_with(field))
}

/// The permissions that twilight knows: it drops the others.
fn known(bits: &str) -> Option<String> {
    let bits: u64 = bits.parse().ok()?;
    Some(twilight_model::guild::Permissions::from_bits_truncate(bits).bits().to_string())
}

/// Times may have more or fewer digits, and twilight takes discriminators for numbers.
fn plain(text: &str) -> String {
    if let Ok(number) = text.parse::<u64>() {
        return number.to_string();
    }
    match text.strip_suffix("+00:00").and_then(|text| text.split_once('.')) {
        Some((seconds, fraction)) => format!("{seconds}.{}+00:00", fraction.trim_end_matches('0')),
        None => text.to_owned(),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_default),
    }
}
