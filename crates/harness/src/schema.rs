//! The law of schema: every answer of a route that Discord has is one that Discord's OpenAPI document allows, and every answer
//! of Guildhall's own API one that its own document allows.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Registry, ValidationError, Validator};
use serde_json::{Value, json};

use crate::operations;

/// What answers are measured against.
struct Document {
    root: Value,
    registry: Registry<'static>,
    /// Its schema of an error.
    error: &'static str,
    compiled: Mutex<HashMap<String, &'static Validator>>,
}

impl Document {
    fn new(root: Value, error: &'static str) -> Self {
        let registry = Registry::new().add("urn:document", root.clone()).unwrap().prepare().unwrap();
        Self { root, registry, error, compiled: Mutex::default() }
    }
}

/// Guildhall's own, as it is served.
static OWN: LazyLock<Document> = LazyLock::new(|| Document::new(guildhall_api::openapi().clone(), "Error"));

/// Discord's, loosened where it contradicts what Discord documents and sends.
static DISCORD: LazyLock<Document> = LazyLock::new(|| {
    let mut document: Value = serde_json::from_str(include_str!("../spec/discord-openapi.json")).unwrap();
    // Alternatives overlap: a text channel is also a channel of a guild.
    any_of(&mut document);
    // Forwards are documented, and missing.
    document["components"]["schemas"]["MessageReferenceType"] = json!({ "type": "integer", "enum": [0, 1] });
    // So are media channels.
    let kinds = &mut document["components"]["schemas"]["GuildChannelResponse"]["properties"]["type"]["enum"];
    kinds.as_array_mut().unwrap().push(json!(16));
    let kinds = &mut document["components"]["schemas"]["ChannelTypes"]["anyOf"];
    kinds.as_array_mut().unwrap().push(json!({ "title": "GUILD_MEDIA", "const": 16 }));
    // Errors of fields have codes like BASE_TYPE_REQUIRED; integers are what the whole answer has.
    document["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"] = json!({
        "type": "object",
        "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
        "required": ["code", "message"],
    });
    // Programs written for Slack wait for a plain `ok`, and get it.
    let slack = &mut document["paths"]["/webhooks/{webhook_id}/{webhook_token}/slack"]["post"]["responses"]["200"];
    slack["content"] =
        json!({ "text/plain": { "schema": { "type": "string" } }, "application/json": { "schema": {} } });
    Document::new(document, "ErrorResponse")
});

/// Discord's document, as answers are held to it.
pub fn document() -> &'static Value {
    &DISCORD.root
}

fn any_of(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(alternatives) = map.remove("oneOf") {
                map.insert("anyOf".into(), alternatives);
            }
            map.values_mut().for_each(any_of);
        }
        Value::Array(items) => items.iter_mut().for_each(any_of),
        _ => {}
    }
}

/// The document's path of a request, with its place among the paths.
fn operation(document: &'static Document, method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let names: Vec<&str> = template.split('/').collect();
        let fit = names.len() == parts.len()
            && names.iter().zip(&parts).all(|(name, part)| {
                // What stands in the place of an id and is a word belongs to another route, of ours.
                let word = |first: char| first.is_ascii_alphabetic() || first == '@';
                let word = name.ends_with("_id}") && part.starts_with(word);
                // Instances of activities are words themselves.
                let word = word && *name != "{instance_id}";
                name == part || (name.starts_with('{') && !word)
            });
        fit.then(|| names.iter().filter(|name| name.starts_with('{')).count())
    };
    let paths = document.root["paths"].as_object().unwrap();
    let fitting = paths.iter().filter_map(|(template, item)| {
        let operation = item.get(method.to_lowercase())?;
        Some((fits(template)?, template.as_str(), operation))
    });
    fitting.min_by_key(|(wild, ..)| *wild).map(|(_, template, operation)| (template, operation))
}

/// Panics when an answer of one of the APIs breaks its document; notes what it says of an operation of Discord's.
pub(crate) fn check(method: &str, path: &str, status: u16, content_type: Option<&str>, body: &[u8]) {
    let (document, path) = if let Some(path) = path.strip_prefix("/api/guildhall/v1") {
        (&*OWN, path)
    } else if let Some(path) = path.strip_prefix("/api/v10").or_else(|| path.strip_prefix("/api/v9")) {
        (&*DISCORD, path)
    } else {
        return;
    };
    if let Err(problem) = judge(document, method, path, status, content_type, body) {
        let body = String::from_utf8_lossy(body);
        panic!("{method} {path} answered {status} against the schema: {problem}\n{body}");
    }
    if !std::ptr::eq(document, &raw const *DISCORD) {
        return;
    }
    if let Some(id) = operation(document, method, path).and_then(|(_, operation)| operation["operationId"].as_str()) {
        let refusal: Option<Value> = if status < 400 { None } else { serde_json::from_slice(body).ok() };
        operations::answered(id, status, refusal.and_then(|refusal| refusal["code"].as_i64()));
    }
}

fn judge(
    document: &'static Document,
    method: &str,
    path: &str,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), String> {
    if status >= 500 {
        return Err("it failed".into());
    }
    let Some((template, operation)) = operation(document, method, path) else {
        // Discord's own clients' routes have no schema, but their refusals are Discord's.
        return match status {
            400.. => {
                let schema = format!("/components/schemas/{}", document.error);
                validate(document, &schema, &parse(content_type, body)?)
            }
            _ => Ok(()),
        };
    };
    let responses = &operation["responses"];
    let key = match status {
        429 => "429".to_owned(),
        400.. => "4XX".to_owned(),
        _ => status.to_string(),
    };
    let id = operation["operationId"].as_str().unwrap_or_default();
    let response = responses.get(&key).ok_or_else(|| format!("{id} does not answer {status}"))?;
    let pointer = match response.get("$ref") {
        Some(reference) => reference.as_str().unwrap().trim_start_matches('#').to_owned(),
        None => format!("/paths/{}/{}/responses/{key}", escape(template), method.to_lowercase()),
    };
    let content = document.root.pointer(&pointer).and_then(|response| response.get("content"));
    let Some(content) = content else {
        return if body.is_empty() { Ok(()) } else { Err(format!("{id} has no body with {status}")) };
    };
    let plain = content_type.and_then(|kind| kind.split(';').next());
    if plain != Some("application/json") && plain.is_some_and(|kind| content.get(kind).is_some()) {
        return Ok(());
    }
    if content.get("application/json").is_none() {
        return Err(format!("{id}: content type {content_type:?}"));
    }
    parse(content_type, body)
        .and_then(|value| validate(document, &format!("{pointer}/content/application~1json/schema"), &value))
        .map_err(|problem| format!("{id}: {problem}"))
}

fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Value, String> {
    if content_type != Some("application/json") {
        return Err(format!("content type {content_type:?}, and strict clients want exactly application/json"));
    }
    serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))
}

/// A part of the document, compiled once.
fn validate(document: &'static Document, pointer: &str, value: &Value) -> Result<(), String> {
    let validator =
        *document.compiled.lock().unwrap_or_else(PoisonError::into_inner).entry(pointer.to_owned()).or_insert_with(
            || {
                let schema =
                    json!({ "$ref": format!("urn:document#{}", pointer.replace('{', "%7B").replace('}', "%7D")) });
                let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&document.registry);
                Box::leak(Box::new(
                    options.should_validate_formats(true).should_ignore_unknown_formats(true).build(&schema).unwrap(),
                ))
            },
        );
    if validator.is_valid(value) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for error in validator.iter_errors(value) {
        explain(&error, &mut problems);
    }
    Err(problems.join("; "))
}

/// The error, and for alternatives those of the one that came nearest.
pub(crate) fn explain(error: &ValidationError<'_>, into: &mut Vec<String>) {
    if let ValidationErrorKind::AnyOf { context } = error.kind()
        && let Some(nearest) = context.iter().max_by_key(|errors| {
            errors.iter().map(|error| error.instance_path().as_str().len()).max().unwrap_or_default()
        })
        && !nearest.is_empty()
    {
        nearest.iter().for_each(|error| explain(error, into));
        return;
    }
    let mut told = error.to_string();
    if let Some((end, _)) = told.char_indices().nth(300) {
        told.truncate(end);
    }
    into.push(format!("at {}: {told} ({})", error.instance_path(), error.schema_path()));
}

fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_measured_against_its_operation() {
        let ask = |method, path, status, body: &str| {
            judge(&DISCORD, method, path, status, Some("application/json"), body.as_bytes())
        };
        assert_eq!(operation(&DISCORD, "GET", "/users/@me?x=1").unwrap().0, "/users/@me");
        assert_eq!(operation(&DISCORD, "GET", "/users/1").unwrap().0, "/users/{user_id}");
        assert_eq!(operation(&OWN, "POST", "/admin/users/remove-others").unwrap().0, "/admin/users/remove-others");
        assert!(ask("GET", "/users/@me", 200, r#"{"id": 1}"#).unwrap_err().contains("at /id"));
        assert!(ask("GET", "/users/@me", 204, "").unwrap_err().contains("does not answer 204"));
        assert!(ask("GET", "/gateway", 200, r#"{"url": "ws://127.0.0.1"}"#).is_ok());
        assert!(ask("GET", "/gateway", 404, r#"{"code": 0, "message": "404: Not Found"}"#).is_ok());
        assert!(ask("GET", "/gateway", 404, r#"{"message": "404: Not Found"}"#).is_err());
        let integration = r#"[{"id": "1", "type": "discord", "name": "x", "account": {"id": "1", "name": "x"},
            "enabled": true, "scopes": [], "application": {"id": "1", "name": "x", "icon": null, "description": ""}}]"#;
        assert!(ask("GET", "/guilds/1/integrations", 200, integration).is_err(), "the application has no type");
        assert!(ask("GET", "/gateway", 500, "{}").is_err());
        assert!(judge(&DISCORD, "GET", "/gateway", 404, Some("text/plain"), b"no").is_err());
    }
}
