//! Options and answers that fit and that do not.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::command::{CommandBody, CommandSpec, OptionKind};

fn command(options: Value) -> CommandSpec {
    CommandBody(json!({ "name": "c", "description": "d", "options": options })).validate(false).unwrap()
}

fn flat() -> CommandSpec {
    command(json!([
        { "type": 3, "name": "text", "description": "d", "required": true, "max_length": 3 },
        { "type": 4, "name": "int", "description": "d", "min_value": 1, "max_value": 5 },
        { "type": 10, "name": "num", "description": "d", "choices": [{ "name": "Half", "value": 0.5 }] },
        { "type": 5, "name": "flag", "description": "d" },
        { "type": 6, "name": "who", "description": "d" },
        { "type": 11, "name": "file", "description": "d" },
    ]))
}

#[test]
fn options() {
    let nested = command(json!([
        { "type": 2, "name": "group", "description": "d", "options": [
            { "type": 1, "name": "set", "description": "d", "options": [{ "type": 3, "name": "key", "description": "d" }] },
        ] },
        { "type": 1, "name": "show", "description": "d" },
    ]));
    for (command, sent, typing, expect) in [
        (
            &flat(),
            json!([
                { "name": "who", "type": 6, "value": 5 },
                { "name": "text", "type": 3, "value": "abc" },
                { "name": "int", "value": "3" },
                { "name": "num", "value": 0.5 },
                { "name": "flag", "value": true },
                { "name": "file", "value": 0 },
            ]),
            false,
            Some(json!([
                { "name": "text", "type": 3, "value": "abc" },
                { "name": "int", "type": 4, "value": 3 },
                { "name": "num", "type": 10, "value": 0.5 },
                { "name": "flag", "type": 5, "value": true },
                { "name": "who", "type": 6, "value": "5" },
                { "name": "file", "type": 11, "value": "0" },
            ])),
        ),
        (&flat(), json!([]), false, None),
        (&flat(), json!([{ "name": "text", "value": "abcd" }]), false, None),
        (&flat(), json!([{ "name": "text", "value": "a" }, { "name": "int", "value": 6 }]), false, None),
        (&flat(), json!([{ "name": "text", "value": "a" }, { "name": "num", "value": 1 }]), false, None),
        (&flat(), json!([{ "name": "text", "value": "a" }, { "name": "who", "value": "x" }]), false, None),
        (&flat(), json!([{ "name": "text", "value": "a" }, { "name": "other", "value": "x" }]), false, None),
        (&flat(), json!([{ "name": "text", "value": "a" }, { "name": "text", "value": "b" }]), false, None),
        (
            &flat(),
            json!([{ "name": "int", "value": "9x", "focused": true }, { "name": "num", "value": "?" }]),
            true,
            Some(json!([{ "name": "int", "type": 4, "value": "9x", "focused": true }])),
        ),
        (&flat(), json!([{ "name": "int", "value": 2 }]), true, None),
        (
            &nested,
            json!([{ "name": "group", "type": 2, "options": [{ "name": "set", "type": 1, "options": [{ "name": "key", "value": "v" }] }] }]),
            false,
            Some(json!([{ "name": "group", "type": 2, "options": [{ "name": "set", "type": 1, "options": [
                { "name": "key", "type": 3, "value": "v" },
            ] }] }])),
        ),
        (&nested, json!([{ "name": "show", "type": 1 }]), false, Some(json!([{ "name": "show", "type": 1 }]))),
        (&nested, json!([]), false, None),
        (&nested, json!([{ "name": "show" }, { "name": "group" }]), false, None),
    ] {
        let got = check_options(command, sent.as_array().unwrap(), typing);
        assert_eq!(got.ok().map(|options| serde_json::to_value(options).unwrap()), expect, "{sent}");
    }
    let sent =
        json!([{ "name": "group", "options": [{ "name": "set", "options": [{ "name": "key", "value": "v" }] }] }]);
    let options = check_options(&nested, sent.as_array().unwrap(), false).unwrap();
    assert_eq!(full_name("c", &options), "c group set");
    assert_eq!(leaves(&options).len(), 1);
}

#[test]
fn answers() {
    use InteractionKind::{Autocomplete, Command, Component, Modal, Ping};
    let modal = json!({ "custom_id": "m", "title": "t", "components": [{ "type": 10, "content": "x" }] });
    for (body, kind, on_message, expect) in [
        (json!({ "type": 1 }), Ping, false, Some(CallbackKind::Pong)),
        (json!({ "type": 4, "data": { "content": "hi", "flags": "64" } }), Command, false, Some(CallbackKind::Message)),
        (json!({ "type": 4 }), Command, false, None),
        (json!({ "type": 4, "data": { "content": 5.5 } }), Command, false, None),
        (json!({ "type": 5.0, "data": null }), Command, false, Some(CallbackKind::DeferredMessage)),
        (json!({ "type": 6 }), Command, false, None),
        (json!({ "type": 6 }), Component, true, Some(CallbackKind::DeferredUpdate)),
        (json!({ "type": 7, "data": { "content": null } }), Component, true, Some(CallbackKind::Update)),
        (json!({ "type": 7 }), Modal, true, Some(CallbackKind::Update)),
        (json!({ "type": 7 }), Modal, false, None),
        (
            json!({ "type": 8, "data": { "choices": [{ "name": "a", "value": 1 }] } }),
            Autocomplete,
            false,
            Some(CallbackKind::Autocomplete),
        ),
        (json!({ "type": 8, "data": { "choices": [{ "name": "a", "value": "x" }] } }), Autocomplete, false, None),
        (json!({ "type": 4, "data": {} }), Autocomplete, false, None),
        (json!({ "type": 9, "data": modal }), Command, false, Some(CallbackKind::Modal)),
        (json!({ "type": 9, "data": modal }), Modal, true, None),
        (json!({ "type": 9 }), Command, false, None),
        (json!({ "type": 12 }), Command, false, None),
        (json!({ "type": 10 }), Command, false, Some(CallbackKind::PremiumRequired)),
        (json!({ "type": 10 }), Autocomplete, false, None),
    ] {
        let got = serde_json::from_value::<CallbackBody>(body.clone()).unwrap();
        let got = got.read(kind, on_message, Some(OptionKind::Integer));
        assert_eq!(got.ok().map(|callback| callback.kind()), expect, "{body} to {kind:?}");
    }
}

#[test]
fn bodies_as_clients_send_them() {
    let body: InteractionBody = serde_json::from_value(json!({
        "type": "2", "application_id": 5, "guild_id": null, "channel_id": "7", "session_id": "s", "nonce": 99, "extra": 1,
        "data": { "id": "9", "version": "1", "options": null },
    }))
    .unwrap();
    assert_eq!(body.kind(), Ok(InteractionKind::Command));
    assert_eq!(body.nonce().as_deref(), Some("99"));
    assert_eq!(body.command().unwrap().options, Vec::<Value>::new());
    assert_eq!(
        serde_json::to_value(body.component().unwrap_err()).unwrap(),
        json!({ "data": { "_errors": [{ "code": "BASE_TYPE_INVALID", "message": "missing field `custom_id`" }] } })
    );
    assert_eq!(message_path("@original"), Some(None));
    assert_eq!(message_path("5"), Some(Some(Id::new(5))));
    assert_eq!(message_path("x"), None);
}

proptest! {
    /// Nothing that can be sent makes a check panic.
    #[test]
    fn random_input(value in crate::form::arbitrary::json(), kind in 1_u8..6, callback in 0_u8..13, typing: bool) {
        let list = match &value { Value::Array(list) => list.clone(), other => vec![other.clone()] };
        let _ = check_options(&flat(), &list, typing);
        let kind = InteractionKind::from_number(kind).unwrap();
        let body = CallbackBody { kind: crate::loose::Int(callback), data: Some(value.clone()) };
        let _ = body.read(kind, typing, None);
        if let Ok(body) = serde_json::from_value::<InteractionBody>(json!({
            "type": 2, "application_id": 1, "channel_id": 1, "data": value,
        })) {
            let _ = (body.command(), body.component(), body.modal());
        }
    }
}
