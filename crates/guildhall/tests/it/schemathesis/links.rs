//! Links of OpenAPI, which Discord's document does not have: what was made is asked for, changed and taken away afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Methods of a path.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// What a list is of, where its name does not say it: the last word of a path, and how its ids are called elsewhere.
const CALLED: &[(&str, &str)] = &[("threads", "channel_id"), ("{webhook_token}", "message_id"), ("pins", "message_id")];

/// Says in every answer that carries an id which operations can be asked with it; gives how many such links there are.
pub(crate) fn add(document: &mut Value) -> usize {
    let names = names(document);
    let operations = operations(document);
    let mut count = 0;
    for source in &operations {
        let Some((status, schema)) = answer(document, source) else { continue };
        let made = made(document, &names, source, &schema);
        let Some((main, _)) = made.first() else { continue };
        // What a list shows was there before, and something else may stand on it.
        let lasting = source.method == "get";
        let mut links = Map::new();
        for target in &operations {
            let wanted = parameters(&target.path);
            if !wanted.contains(main.as_str()) || (lasting && ["delete", "put"].contains(&target.method.as_str())) {
                continue;
            }
            // Invites and templates both have codes.
            if main == "code" && place(&target.path, main) != last(&source.path) {
                continue;
            }
            let given = |name: &str| match made.iter().find(|(made, _)| made == name) {
                Some((_, pointer)) => Some(format!("$response.body#{pointer}")),
                None => parameters(&source.path).contains(name).then(|| format!("$request.path.{name}")),
            };
            let given: Option<Map<String, Value>> =
                wanted.iter().map(|name| Some((format!("path.{name}"), json!(given(name)?)))).collect();
            if let Some(parameters) = given {
                // A list may be empty: then there is nothing to go on with, which is no fault.
                let chosen = json!({ "is_inferred": lasting });
                let link = json!({ "operationId": target.id, "parameters": parameters, "x-schemathesis": chosen });
                links.insert(format!("to_{}", target.id), link);
            }
        }
        count += links.len();
        document["paths"][&source.path][&source.method]["responses"][&status]["links"] = Value::Object(links);
    }
    count
}

struct Operation {
    path: String,
    method: String,
    id: String,
}

fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        METHODS.iter().filter_map(|method| {
            let id = item.get(*method)?["operationId"].as_str()?.to_owned();
            Some(Operation { path: path.clone(), method: (*method).to_owned(), id })
        })
    });
    all.collect()
}

fn parameters(path: &str) -> BTreeSet<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The word that stands before a parameter.
fn place<'a>(path: &'a str, parameter: &str) -> &'a str {
    path.split(&format!("/{{{parameter}}}")).next().map(last).unwrap_or_default()
}

/// How the ids of things are called that stand in a list: `roles` has `role_id`.
fn names(document: &Value) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let parts: Vec<&str> = path.split('/').collect();
        for pair in parts.windows(2) {
            if let Some(name) = pair[1].strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                names.entry(pair[0].to_owned()).or_insert_with(|| name.to_owned());
            }
        }
    }
    names.extend(CALLED.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())));
    names
}

/// The status and schema of an answer in JSON that carries what was asked for.
fn answer(document: &Value, operation: &Operation) -> Option<(String, Value)> {
    let responses = document["paths"][&operation.path][&operation.method]["responses"].as_object()?;
    let (status, response) = responses.iter().find(|(status, _)| status.starts_with('2') && *status != "204")?;
    Some((status.clone(), response.get("content")?.get("application/json")?.get("schema")?.clone()))
}

/// Ids in an answer: what each is called in paths, and where it stands. The first is of the thing itself.
fn made(
    document: &Value,
    names: &BTreeMap<String, String>,
    source: &Operation,
    schema: &Value,
) -> Vec<(String, String)> {
    let Some(name) = names.get(last(&source.path)) else { return Vec::new() };
    let schema = resolved(document, schema);
    let (schema, before) = match schema.get("items") {
        Some(items) => (resolved(document, items), "/*"),
        None => (schema, ""),
    };
    // A change of one thing makes nothing new.
    if before.is_empty() && source.method != "post" {
        return Vec::new();
    }
    let fields = &schema["properties"];
    let place = if fields.get(name).is_some() {
        format!("/{name}")
    } else if name == "code" {
        "/code".to_owned()
    } else if name == "user_id" && fields.get("user").is_some() {
        "/user/id".to_owned()
    } else if fields.get("id").is_some() {
        "/id".to_owned()
    } else {
        return Vec::new();
    };
    let mut made = vec![(name.clone(), format!("{before}{place}"))];
    if name == "webhook_id" && before.is_empty() {
        made.push(("webhook_token".to_owned(), "/token".to_owned()));
    }
    made
}

/// What a schema refers to; of alternatives the first that is an object or a list.
fn resolved(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return resolved(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    let alternatives = alternatives.into_iter().flatten().map(|one| resolved(document, one));
    let found = alternatives.into_iter().find(|one| one.get("properties").or_else(|| one.get("items")).is_some());
    found.unwrap_or_else(|| schema.clone())
}

#[test]
fn what_is_made_is_asked_for() {
    let mut document = guildhall_harness::document().clone();
    let count = add(&mut document);
    let link = |path: &str, method: &str, status: &str, to: &str| {
        document["paths"][path][method]["responses"][status]["links"][format!("to_{to}")]["parameters"].clone()
    };
    for (path, method, status, to, parameters) in [
        (
            "/guilds/{guild_id}/channels",
            "post",
            "201",
            "delete_channel",
            json!({ "path.channel_id": "$response.body#/id" }),
        ),
        (
            "/guilds/{guild_id}/channels",
            "get",
            "200",
            "list_messages",
            json!({ "path.channel_id": "$response.body#/*/id" }),
        ),
        ("/guilds/{guild_id}/channels", "get", "200", "delete_channel", Value::Null),
        (
            "/channels/{channel_id}/messages",
            "post",
            "200",
            "update_message",
            json!({ "path.channel_id": "$request.path.channel_id", "path.message_id": "$response.body#/id" }),
        ),
        (
            "/channels/{channel_id}/webhooks",
            "post",
            "200",
            "execute_webhook",
            json!({ "path.webhook_id": "$response.body#/id", "path.webhook_token": "$response.body#/token" }),
        ),
        (
            "/channels/{channel_id}/invites",
            "post",
            "200",
            "invite_revoke",
            json!({ "path.code": "$response.body#/code" }),
        ),
        ("/channels/{channel_id}/invites", "post", "200", "get_guild_template", Value::Null),
        ("/users/@me/guilds", "get", "200", "list_guild_channels", json!({ "path.guild_id": "$response.body#/*/id" })),
    ] {
        assert_eq!(link(path, method, status, to), parameters, "{method} {path} to {to}");
    }
    assert!(count > 300, "{count}");
}
