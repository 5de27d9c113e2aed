//! Tables of commands that pass and that do not.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What a body becomes, or the complaints.
fn check(body: &Value, expect: Result<Value, Value>) {
    let got = CommandBody(body.clone()).validate(false).map(|spec| serde_json::to_value(spec).unwrap());
    assert_eq!(got.map_err(|errors| serde_json::to_value(errors).unwrap()), expect, "{body}");
}

fn complaint(path: &str, code: &str, message: &str) -> Value {
    serde_json::to_value(FormErrors::one(path, code, message)).unwrap()
}

/// A slash command with these options.
fn slash(options: Value) -> Value {
    json!({ "name": "blep", "description": "Send a photo", "options": options })
}

#[test]
fn completes_what_it_lets_through() {
    // As discord.py sends it.
    check(
        &json!({ "name": "ping", "description": "Pong", "type": 1, "options": [], "nsfw": false, "dm_permission": true,
            "default_member_permissions": null, "contexts": null, "integration_types": null, "name_localizations": {} }),
        Ok(json!({ "name": "ping", "description": "Pong", "type": 1, "nsfw": false, "dm_permission": true,
            "default_member_permissions": null, "contexts": null, "integration_types": [0],
            "name_localizations": null, "description_localizations": null })),
    );
    // As twilight sends it.
    check(
        &json!({ "name": "High Five", "type": 2, "description": "", "version": "1", "default_member_permissions": 8 }),
        Ok(json!({ "name": "High Five", "description": "", "type": 2, "nsfw": false, "dm_permission": true,
            "default_member_permissions": "8", "contexts": null, "integration_types": [0],
            "name_localizations": null, "description_localizations": null })),
    );
    check(
        &json!({ "name": "größe", "description": "x", "contexts": [2, 0, 0.0], "integration_types": ["1", 0],
            "name_localizations": { "de": "größe", "fr": null }, "options": [
                { "type": 4, "name": "n", "description": "d", "required": true, "min_value": 1.0, "max_value": "9",
                  "choices": [{ "name": "One", "value": 1.0 }] },
                { "type": 10, "name": "f", "description": "d", "min_value": 1, "required": false },
                { "type": 7, "name": "c", "description": "d", "channel_types": [0, 0, 2] },
            ] }),
        Ok(json!({ "name": "größe", "description": "x", "type": 1, "nsfw": false, "dm_permission": false,
            "default_member_permissions": null, "contexts": [0, 2], "integration_types": [0, 1],
            "name_localizations": { "de": "größe" }, "description_localizations": null, "options": [
                { "type": 4, "name": "n", "description": "d", "required": true, "min_value": 1, "max_value": 9,
                  "name_localizations": null, "description_localizations": null,
                  "choices": [{ "name": "One", "value": 1, "name_localizations": null }] },
                { "type": 10, "name": "f", "description": "d", "min_value": 1.0,
                  "name_localizations": null, "description_localizations": null },
                { "type": 7, "name": "c", "description": "d", "channel_types": [0, 2],
                  "name_localizations": null, "description_localizations": null },
            ] })),
    );
}

#[test]
fn complains_at_the_right_place() {
    let option = |kind: u8, name: &str| json!({ "type": kind, "name": name, "description": "d" });
    let required = |path: &str| complaint(path, "BASE_TYPE_REQUIRED", "This field is required");
    let invalid = |path: &str| complaint(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    for (body, expect) in [
        (json!({ "name": "a" }), required("description")),
        (json!({ "name": "Ping", "description": "x" }), invalid("name")),
        (json!({ "name": "a b", "description": "x" }), invalid("name")),
        (
            json!({ "name": "x".repeat(33), "description": "x" }),
            complaint("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length."),
        ),
        (json!({ "name": "a", "type": 4 }), complaint("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).")),
        (
            json!({ "name": "a", "type": 2, "description": "x" }),
            complaint(
                "description",
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED",
                "Context menu commands cannot have description",
            ),
        ),
        (slash(json!([option(3, "Not")])), invalid("options.0.name")),
        (
            slash(json!([option(3, "a"), { "type": 3, "name": "b", "description": "d", "required": true }])),
            complaint(
                "options.1",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            ),
        ),
        (
            slash(json!([option(3, "a"), option(4, "a")])),
            complaint(
                "options.1",
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already used in this command",
            ),
        ),
        (
            slash(json!([option(1, "a"), option(3, "b")])),
            complaint(
                "options",
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                "Sub-command and sub-command group option types are mutually exclusive to all other types",
            ),
        ),
        (
            slash(json!([{ "type": 1, "name": "a", "description": "d", "options": [option(1, "b")] }])),
            complaint(
                "options.0.options.0",
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 9, 10, 11).",
            ),
        ),
        (
            slash(json!((0..26).map(|n| option(3, &n.to_string())).collect::<Vec<_>>())),
            complaint("options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."),
        ),
        (
            slash(json!([{ "type": 4, "name": "a", "description": "d", "choices": [{ "name": "x", "value": "x" }] }])),
            complaint("options.0.choices.0.value", "NUMBER_TYPE_COERCE", "Value is not int."),
        ),
        (
            json!({ "name": "a", "description": "x", "name_localizations": { "xx": "y" } }),
            complaint("name_localizations", "ENUM_TYPE_COERCE", "Value is not a valid enum value."),
        ),
        (
            json!({ "name": "a", "description": "x", "contexts": [3] }),
            complaint("contexts.0", "BASE_TYPE_CHOICES", "Value must be one of (0, 1, 2)."),
        ),
        (
            slash(json!(
                (0..25)
                    .map(|n| json!({ "type": 3, "name": n.to_string(), "description": "d", "choices":
                (0..25).map(|n| json!({ "name": n.to_string(), "value": "x".repeat(20) })).collect::<Vec<_>>() }))
                    .collect::<Vec<_>>()
            )),
            complaint("", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)"),
        ),
    ] {
        check(&body, Err(expect));
    }
}

#[test]
fn patches_keep_the_rest() {
    let whole = slash(json!([{ "type": 3, "name": "a", "description": "d" }]));
    let spec = CommandBody(whole).validate(false).unwrap();
    let patch = |body: Value| serde_json::from_value::<CommandPatch>(body).unwrap().apply(&spec, false);
    assert_eq!(patch(json!({})).unwrap(), spec);
    assert_eq!(patch(json!({ "name": null, "type": 2 })).unwrap(), spec);
    assert_eq!(patch(json!({ "description": "y" })).unwrap().description, "y");
    assert_eq!(patch(json!({ "options": null })).unwrap().options, []);
    assert_eq!(patch(json!({ "dm_permission": false })).unwrap().dm_permission, Some(false));
    assert!(patch(json!({ "name": "No" })).is_err());
}

#[test]
fn bulk_overwrite() {
    let body = |name: &str, kind: u8| {
        CommandBody(json!({ "name": name, "type": kind, "description": if kind == 1 { "x" } else { "" }, "id": 5 }))
    };
    assert_eq!(validate_bulk(&[body("a", 1), body("a", 2)], true).unwrap().len(), 2);
    assert_eq!(body("a", 1).id(), Some(Id::new(5)));
    let errors = validate_bulk(&[body("a", 1), body("a", 1)], true).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors).unwrap(),
        complaint("1", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    );
}

#[test]
fn without_localizations_leaves_them_out() {
    let spec = CommandBody(slash(json!([{ "type": 3, "name": "a", "description": "d" }]))).validate(true).unwrap();
    let sent = serde_json::to_value(spec.clone().without_localizations()).unwrap();
    assert_eq!(sent.get("name_localizations"), None);
    assert_eq!(sent["options"][0], json!({ "type": 3, "name": "a", "description": "d" }));
    let back: CommandSpec = serde_json::from_value(serde_json::to_value(&spec).unwrap()).unwrap();
    assert_eq!(back, spec);
}

proptest! {
    /// Nothing that can be sent makes a check panic, and what passes passes again unchanged.
    #[test]
    fn random_input(mut value in crate::form::arbitrary::json()) {
        if let Value::Object(map) = &mut value {
            map.insert("name".into(), "a".into());
            map.insert("description".into(), "a".into());
        }
        for guild in [false, true] {
            if let Ok(spec) = CommandBody(value.clone()).validate(guild) {
                let again = CommandBody(serde_json::to_value(&spec).unwrap()).validate(guild);
                prop_assert_eq!(again, Ok(spec.clone()));
                if let Value::Object(map) = value.clone() {
                    let _ = CommandPatch(map).apply(&spec, guild);
                }
            }
        }
    }
}
