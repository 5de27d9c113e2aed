//! Guildhall's own API as an OpenAPI document: made from the route table and from what `openapi.json` says of each operation.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::prelude::*;
use crate::{Need, Route};

pub(crate) fn own_routes() -> Routes {
    Routes::new().get("/openapi.json", get_openapi, Need::Nobody)
}

/// What is said of each operation beside its route, and the schemas that this refers to.
const DESCRIPTIONS: &str = include_str!("openapi.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| build(&crate::own_routes().table()));

/// The document.
pub fn openapi() -> &'static Value {
    &DOCUMENT
}

async fn get_openapi() -> Json<&'static Value> {
    Json(openapi())
}

fn build(table: &[Route]) -> Value {
    // A test reads it: a document without descriptions is never served.
    let descriptions: Value = serde_json::from_str(DESCRIPTIONS).unwrap_or_default();
    let mut paths = Map::new();
    for route in table {
        let about = descriptions.pointer(&format!("/operations/{}", route.operation)).unwrap_or(&Value::Null);
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.to_lowercase(), operation(route, about));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Guildhall's own API",
            "description": "What Discord's public API has no call for. Everything else is Discord's API, under /api/v10.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/guildhall/v1" }],
        "paths": paths,
        "components": {
            "schemas": descriptions.get("schemas"),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The token of a login as it is; of a bot with `Bot ` before it.",
                },
            },
        },
    })
}

fn operation(route: &Route, about: &Value) -> Value {
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let error = |name: &str| content(&json!({ "$ref": format!("#/components/schemas/{name}") }));
    let status = about.get("status").and_then(Value::as_u64).unwrap_or(200).to_string();
    let mut answer = json!({ "description": if status == "204" { "Done." } else { "The answer." } });
    if let (Some(schema), Some(fields)) = (about.get("answer"), answer.as_object_mut()) {
        fields.insert("content".into(), content(schema));
    }
    let mut responses = Map::new();
    responses.insert(status, answer);
    responses.insert("4XX".into(), json!({ "description": "Refused.", "content": error("Error") }));
    responses.insert("429".into(), json!({ "description": "Too many requests.", "content": error("RateLimited") }));
    let mut operation = json!({
        "operationId": route.operation,
        "summary": about.get("summary"),
        "description": who(route.need),
        "tags": [route.path.split('/').nth(1).unwrap_or_default().trim_end_matches(".json")],
        "parameters": parameters(route, about),
        "responses": responses,
        "security": if route.need == Need::Nobody { json!([]) } else { json!([{ "token": [] }]) },
        "x-rate-limit": { "requests": route.limit.requests, "seconds": route.limit.seconds },
    });
    if let (Some(body), Some(fields)) = (about.get("body"), operation.as_object_mut()) {
        fields.insert("requestBody".into(), json!({ "required": true, "content": content(body) }));
    }
    operation
}

fn who(need: Need) -> String {
    match need {
        Need::Nobody | Need::Anybody => "For anybody.".into(),
        Need::Account => "For people and bots.".into(),
        Need::Person => "For people.".into(),
        Need::Bot => "For bots.".into(),
        Need::Staff => "For staff of the instance.".into(),
        Need::Member => "For members of the guild, or who sees the channel.".into(),
        Need::Can(needed) => {
            let names: Vec<_> = needed.iter_names().map(|(name, _)| name).collect();
            format!("For members with {}.", names.join(", "))
        }
    }
}

fn parameters(route: &Route, about: &Value) -> Vec<Value> {
    let inside = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = inside.map(|name| {
        let schema = json!({ "$ref": "#/components/schemas/Snowflake" });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let query = about.get("query").and_then(Value::as_object).into_iter().flatten();
    let in_query = query.map(|(name, schema)| json!({ "name": name, "in": "query", "schema": schema }));
    in_path.chain(in_query).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every `$ref` in a value.
    fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                into.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, into));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_described_once_and_nothing_else() {
        let table = crate::own_routes().table();
        let document = openapi();
        for route in &table {
            let name = format!("{} {}", route.method, route.path);
            let pointer = format!("/paths/{}/{}", route.path.replace('/', "~1"), route.method.to_lowercase());
            let operation = document.pointer(&pointer).unwrap();
            assert_eq!(operation["operationId"], route.operation, "{name}");
            assert!(operation["summary"].is_string(), "openapi.json says nothing of {name} ({})", route.operation);
            let responses = operation["responses"].as_object().unwrap();
            let done = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
            assert_eq!(done.0 == "204", done.1.get("content").is_none(), "{name}: an answer goes with its status");
        }
        let served: BTreeSet<_> = table.iter().map(|route| route.operation).collect();
        assert_eq!(served.len(), table.len(), "an operation's name stands for one route");
        let descriptions: Value = serde_json::from_str(DESCRIPTIONS).unwrap();
        for name in descriptions["operations"].as_object().unwrap().keys() {
            assert!(served.contains(name.as_str()), "openapi.json describes {name}, which is no route");
        }
        let mut found = Vec::new();
        references(document, &mut found);
        for reference in &found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}").as_str()), "nobody refers to {name}");
        }
    }
}
