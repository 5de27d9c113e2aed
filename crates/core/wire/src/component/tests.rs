//! Tables of components that pass and that do not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod limits;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What a list of components becomes, or the complaints.
fn check(components: Value, v2: bool, expect: Result<Value, Value>) {
    let Value::Array(list) = components.clone() else { panic!("a list") };
    let got = validate(list, v2, &["cat.png"]).map(Value::Array);
    let got = got.map_err(|errors| serde_json::to_value(errors).unwrap());
    assert_eq!(got, expect, "{components}");
}

/// A row of these.
fn row(children: Value) -> Value {
    json!([{ "type": 1, "components": children }])
}

/// A complaint at a dotted path.
fn complaint(path: &str, code: &str, message: &str) -> Value {
    serde_json::to_value(crate::FormErrors::one(path, code, message)).unwrap()
}

#[test]
fn completes_what_it_lets_through() {
    check(
        row(json!([
            { "type": 2, "style": 1, "label": "Yes", "custom_id": "yes", "url": null, "emoji": { "id": null, "name": "🐜" }, "extra": 1 },
            { "type": 2.0, "style": "5", "label": "Read", "url": "https://example.org/a?b#c", "disabled": false, "id": 2 },
        ])),
        false,
        Ok(json!([{ "type": 1, "id": 1, "components": [
            { "type": 2, "id": 3, "style": 1, "label": "Yes", "custom_id": "yes", "emoji": { "name": "🐜" } },
            { "type": 2, "id": 2, "style": 5, "label": "Read", "url": "https://example.org/a?b#c", "disabled": false },
        ]}])),
    );
    check(
        row(json!([{ "type": 3, "custom_id": "s", "id": 0, "options": [
            { "label": "One", "value": "1", "default": true, "description": "" },
            { "label": "Two", "value": 2, "emoji": { "id": 5, "name": "x" } },
        ]}])),
        false,
        Ok(json!([{ "type": 1, "id": 1, "components": [
            { "type": 3, "id": 2, "custom_id": "s", "min_values": 1, "max_values": 1, "options": [
                { "label": "One", "value": "1", "default": true },
                { "label": "Two", "value": "2", "emoji": { "id": "5", "name": "x", "animated": false } },
            ]},
        ]}])),
    );
    check(
        row(json!([{ "type": 8, "custom_id": "c", "channel_types": [0, 0, 5], "min_values": 0, "max_values": 3,
            "default_values": [{ "id": 7, "type": "channel" }] }])),
        false,
        Ok(json!([{ "type": 1, "id": 1, "components": [
            { "type": 8, "id": 2, "custom_id": "c", "channel_types": [0, 5], "min_values": 0, "max_values": 3,
              "default_values": [{ "id": "7", "type": "channel" }] },
        ]}])),
    );
    check(
        json!([{ "type": 17, "accent_color": 255, "components": [
            { "type": 9, "components": [{ "type": 10, "content": "Hello" }],
              "accessory": { "type": 11, "media": { "url": "attachment://cat.png" } } },
            { "type": 12, "items": [{ "media": { "url": "http://x.y/z" }, "spoiler": true, "description": "a cat" }] },
            { "type": 13, "file": { "url": "attachment://cat.png" } },
            { "type": 14 },
        ]}]),
        true,
        Ok(json!([{ "type": 17, "id": 1, "accent_color": 255, "spoiler": false, "components": [
            { "type": 9, "id": 2, "components": [{ "type": 10, "id": 3, "content": "Hello" }],
              "accessory": { "type": 11, "id": 4, "media": { "url": "attachment://cat.png" }, "description": null, "spoiler": false } },
            { "type": 12, "id": 5, "items": [{ "media": { "url": "http://x.y/z" }, "spoiler": true, "description": "a cat" }] },
            { "type": 13, "id": 6, "file": { "url": "attachment://cat.png" }, "spoiler": false, "name": null, "size": null },
            { "type": 14, "id": 7, "spacing": 1, "divider": true },
        ]}])),
    );
    check(json!([]), false, Ok(json!([])));
}

#[test]
fn complains_at_the_right_place() {
    let button = |custom_id: &str| json!({ "type": 2, "style": 1, "label": "x", "custom_id": custom_id });
    let option = |value: usize| json!({ "label": "x", "value": value.to_string() });
    let text = |length: usize| json!({ "type": 10, "content": "x".repeat(length) });
    let required = |path: &str| complaint(path, "BASE_TYPE_REQUIRED", "This field is required");
    let select = |options: Vec<Value>| row(json!([{ "type": 3, "custom_id": "s", "options": options }]));
    for (components, v2, expect) in [
        (
            row(json!([{ "type": 2, "style": 1, "label": "x".repeat(81), "custom_id": "a" }])),
            false,
            complaint("0.components.0.label", "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length."),
        ),
        (
            row(json!([button("a"), button("a")])),
            false,
            complaint(
                "0.components.1.custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            ),
        ),
        (
            row(json!((0..6).map(|n| button(&n.to_string())).collect::<Vec<_>>())),
            false,
            complaint("0.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."),
        ),
        (
            row(json!([button("a"), { "type": 5, "custom_id": "u" }])),
            false,
            complaint(
                "0.components.1",
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            ),
        ),
        (json!([text(1)]), false, complaint("0", "UNION_TYPE_CHOICES", "Value of field \"type\" must be one of (1).")),
        (json!([{}]), true, required("0.type")),
        (json!(["x"]), true, complaint("0", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")),
        (row(json!([{ "type": 2, "style": 1, "label": "x" }])), false, required("0.components.0.custom_id")),
        (
            row(json!([{ "type": 2, "style": 5, "label": "x", "url": "steam://run" }])),
            false,
            complaint(
                "0.components.0.url",
                "URL_TYPE_INVALID_SCHEME",
                "Scheme \"steam\" is not supported. Scheme must be one of ('http', 'https', 'discord').",
            ),
        ),
        (
            row(json!([{ "type": 2, "style": 5, "label": "x", "url": "example.org" }])),
            false,
            complaint("0.components.0.url", "URL_TYPE_INVALID_URL", "Not a well formed URL."),
        ),
        (
            row(json!([{ "type": 2, "style": 7, "label": "x", "custom_id": "a" }])),
            false,
            complaint("0.components.0.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6)."),
        ),
        (
            row(json!([{ "type": 2, "style": 1, "custom_id": "a", "emoji": { "name": "ant" } }])),
            false,
            complaint("0.components.0.emoji.name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji"),
        ),
        (
            select((0..26).map(option).collect()),
            false,
            complaint("0.components.0.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length."),
        ),
        (
            select(vec![option(1), option(1)]),
            false,
            complaint(
                "0.components.0.options.1",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            ),
        ),
        (
            json!([text(2000), text(2001)]),
            true,
            complaint(
                "",
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                "Components displayable text size exceeds maximum size of 4000",
            ),
        ),
        (
            json!([{ "type": 17, "components": (0..40).map(|_| text(1)).collect::<Vec<_>>() }]),
            true,
            complaint(
                "",
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                "The total number of components exceeds the maximum of 40",
            ),
        ),
        (
            json!([{ "type": 13, "file": { "url": "attachment://dog.png" } }]),
            true,
            complaint(
                "0.file.url",
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                "The referenced attachment \"dog.png\" was not found",
            ),
        ),
        (json!([{ "type": 9, "components": [text(1)] }]), true, required("0.accessory")),
        (
            json!([{ "type": 10, "content": "a", "id": 4 }, { "type": 10, "content": "b", "id": 4 }]),
            true,
            complaint("1.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated"),
        ),
        (
            json!([{ "type": 17, "components": [{ "type": 17, "components": [text(1)] }] }]),
            true,
            complaint(
                "0.components.0",
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1, 9, 10, 12, 13, 14).",
            ),
        ),
    ] {
        check(components, v2, Err(expect));
    }
}

#[test]
fn modals() {
    let modal = json!({
        "custom_id": "m", "title": "Survey", "extra": true, "components": [
            { "type": 1, "components": [{ "type": 4, "custom_id": "name", "label": "Name", "style": 1, "max_length": 5 }] },
            { "type": 18, "label": "Pet", "component": { "type": 3, "custom_id": "pet", "required": false,
                "options": [{ "label": "Cat", "value": "cat" }] } },
            { "type": 18, "label": "Toppings", "component": { "type": 22, "custom_id": "top",
                "options": [{ "label": "A", "value": "a" }, { "label": "B", "value": "b" }] } },
            { "type": 10, "content": "Thanks" },
            { "type": 18, "label": "Sure?", "component": { "type": 23, "custom_id": "sure" } },
        ]
    });
    let checked = validate_modal(&modal).unwrap();
    assert_eq!(
        checked,
        json!({
            "custom_id": "m", "title": "Survey", "components": [
                { "type": 1, "id": 1, "components": [{ "type": 4, "id": 2, "custom_id": "name", "label": "Name", "style": 1,
                    "required": true, "min_length": null, "max_length": 5 }] },
                { "type": 18, "id": 3, "label": "Pet", "component": { "type": 3, "id": 4, "custom_id": "pet", "required": false,
                    "min_values": 0, "max_values": 1, "options": [{ "label": "Cat", "value": "cat" }] } },
                { "type": 18, "id": 5, "label": "Toppings", "component": { "type": 22, "id": 6, "custom_id": "top",
                    "required": true, "min_values": 1, "max_values": 2,
                    "options": [{ "label": "A", "value": "a" }, { "label": "B", "value": "b" }] } },
                { "type": 10, "id": 7, "content": "Thanks" },
                { "type": 18, "id": 8, "label": "Sure?", "component": { "type": 23, "id": 9, "custom_id": "sure", "default": false } },
            ]
        })
    );

    for (submitted, expect) in [
        (
            json!([
                { "type": 1, "components": [{ "type": 4, "custom_id": "name", "value": "Tux" }] },
                { "type": 18, "component": { "type": 22, "custom_id": "top", "values": ["b"] } },
                { "type": 18, "component": { "type": 23, "custom_id": "sure", "value": true } },
            ]),
            Ok(json!([
                { "type": 1, "id": 1, "components": [{ "type": 4, "id": 2, "custom_id": "name", "value": "Tux" }] },
                { "type": 18, "id": 3, "component": { "type": 3, "id": 4, "custom_id": "pet", "values": [] } },
                { "type": 18, "id": 5, "component": { "type": 22, "id": 6, "custom_id": "top", "values": ["b"] } },
                { "type": 10, "id": 7 },
                { "type": 18, "id": 8, "component": { "type": 23, "id": 9, "custom_id": "sure", "value": true } },
            ])),
        ),
        (
            json!([
                { "type": 4, "custom_id": "name", "value": "Linus!" },
                { "type": 22, "custom_id": "top", "values": ["a"] },
            ]),
            Err(complaint("name", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 5 in length.")),
        ),
        (
            json!([
                { "type": 4, "custom_id": "name", "value": "x" },
                { "type": 22, "custom_id": "top", "values": ["c"] },
            ]),
            Err(complaint("top", "COMPONENT_VALIDATION_FAILED", "Component validation failed")),
        ),
    ] {
        let Value::Array(list) = &submitted else { panic!("a list") };
        let got = check_modal_submission(&checked, list).map(Value::Array);
        assert_eq!(got.map_err(|errors| serde_json::to_value(errors).unwrap()), expect, "{submitted}");
    }

    for (modal, expect) in [
        (
            json!({ "custom_id": "m", "title": "x".repeat(46), "components": [{ "type": 10, "content": "x" }] }),
            complaint("title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length."),
        ),
        (
            json!({ "custom_id": "m", "title": "x", "components": [] }),
            complaint("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."),
        ),
        (
            json!({ "custom_id": "m", "title": "x", "components": [{ "type": 18, "label": "l", "component": { "type": 2 } }] }),
            complaint(
                "components.0.component",
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 19, 21, 22, 23).",
            ),
        ),
    ] {
        let got = validate_modal(&modal).map_err(|errors| serde_json::to_value(errors).unwrap());
        assert_eq!(got, Err(expect), "{modal}");
    }
}

#[test]
fn finds_and_checks_choices() {
    let Value::Array(list) = json!([{ "type": 17, "components": [
        { "type": 1, "components": [{ "type": 2, "style": 1, "label": "x", "custom_id": "b" }] },
        { "type": 1, "components": [{ "type": 2, "style": 1, "label": "x", "custom_id": "off", "disabled": true }] },
        { "type": 1, "components": [{ "type": 3, "custom_id": "s", "max_values": 2, "options": [
            { "label": "1", "value": "1" }, { "label": "2", "value": "2" }] }] },
        { "type": 1, "components": [{ "type": 7, "custom_id": "m", "min_values": 0 }] },
    ] }]) else {
        panic!("a list")
    };
    let components = validate(list, true, &[]).unwrap();
    assert_eq!(find(&components, "none"), None);
    for (custom_id, values, fine) in [
        ("b", &[][..], true),
        ("b", &["1"], false),
        ("off", &[], false),
        ("s", &["1"], true),
        ("s", &["2", "1"], true),
        ("s", &[], false),
        ("s", &["3"], false),
        ("s", &["1", "1"], false),
        ("m", &[], true),
        ("m", &["123"], true),
        ("m", &["abc"], false),
    ] {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let component = find(&components, custom_id).unwrap();
        assert_eq!(check_submission(&component, &values).is_ok(), fine, "{custom_id} {values:?}");
    }
}

#[test]
fn media_is_resolved() {
    let Value::Array(list) = json!([
        { "type": 12, "items": [{ "media": { "url": "attachment://cat.png" } }, { "media": { "url": "https://x.y/z" } }] },
        { "type": 13, "file": { "url": "attachment://cat.png" } },
    ]) else {
        panic!("a list")
    };
    let mut components = validate(list, true, &["cat.png"]).unwrap();
    assert_eq!(attachments_used(&components), ["cat.png", "cat.png"]);
    resolve_media(&mut components, |url| {
        url.starts_with("attachment://").then(|| Media {
            id: crate::Id::new(5),
            url: "https://cdn/cat.png".into(),
            proxy_url: "https://cdn/cat.png".into(),
            width: Some(1),
            height: None,
            content_type: None,
            attachment_id: Some(crate::Id::new(5)),
            name: Some("cat.png".into()),
            size: Some(9),
        })
    });
    let media = json!({ "id": "5", "url": "https://cdn/cat.png", "proxy_url": "https://cdn/cat.png", "width": 1, "height": null,
        "attachment_id": "5" });
    assert_eq!(
        components,
        json!([
            { "type": 12, "id": 1, "items": [
                { "media": media, "description": null, "spoiler": false },
                { "media": { "url": "https://x.y/z" }, "description": null, "spoiler": false },
            ] },
            { "type": 13, "id": 2, "file": media, "spoiler": false, "name": "cat.png", "size": 9 },
        ])
        .as_array()
        .unwrap()
        .clone()
    );
}

proptest! {
    /// Nothing that can be sent makes a check panic, and what passes passes again unchanged.
    #[test]
    fn random_input(value in crate::form::arbitrary::json()) {
        let _ = validate_modal(&value);
        let _ = Component::read(&value);
        let list = match &value { Value::Array(list) => list.clone(), other => vec![other.clone()] };
        let _ = find(&list, "a");
        let _ = check_modal_submission(&value, &list);
        for v2 in [false, true] {
            if let Ok(checked) = validate(list.clone(), v2, &["a"]) {
                prop_assert_eq!(validate(checked.clone(), v2, &["a"]), Ok(checked));
            }
        }
    }
}
