//! Every documented limit of every component: what stands at it passes, what goes past it is refused at its place.

#![expect(clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::super::{validate, validate_modal};

/// Where a document is refused: paths of complaints with their codes.
fn complaints(errors: &crate::FormErrors) -> Vec<(String, String)> {
    fn walk(path: &str, node: &Value, found: &mut Vec<(String, String)>) {
        for (key, child) in node.as_object().into_iter().flatten() {
            if key == "_errors" {
                let codes = child.as_array().into_iter().flatten().filter_map(|one| one["code"].as_str());
                found.extend(codes.map(|code| (path.to_owned(), code.to_owned())));
            } else {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&path, child, found);
            }
        }
    }
    let mut found = Vec::new();
    walk("", &serde_json::to_value(errors).unwrap(), &mut found);
    found
}

fn in_message(components: &Value, v2: bool) -> Vec<(String, String)> {
    let list = components.as_array().unwrap().clone();
    validate(list, v2, &["cat.png"]).err().map(|errors| complaints(&errors)).unwrap_or_default()
}

fn in_modal(component: &Value) -> Vec<(String, String)> {
    let label = json!({ "type": 18, "label": "l", "component": component });
    let modal = json!({ "custom_id": "m", "title": "t", "components": [label] });
    validate_modal(&modal).err().map(|errors| complaints(&errors)).unwrap_or_default()
}

/// Passes, or is refused with exactly this.
fn check(name: &str, came: &[(String, String)], expect: Option<(&str, &str)>) {
    let expect: Vec<_> = expect.into_iter().map(|(path, code)| (path.to_owned(), code.to_owned())).collect();
    assert_eq!(came, expect, "{name}");
}

fn x(length: usize) -> String {
    "x".repeat(length)
}

/// A component with these fields as well; null takes one away.
fn with(mut base: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(key)),
            value => base[key] = value.clone(),
        }
    }
    base
}

fn options(count: usize) -> Value {
    (0..count).map(|number| json!({ "label": "o", "value": number.to_string() })).collect()
}

const LONG: &str = "BASE_TYPE_MAX_LENGTH";
const BAD: &str = "BASE_TYPE_BAD_LENGTH";
const NEEDED: &str = "BASE_TYPE_REQUIRED";
const MOST: &str = "NUMBER_TYPE_MAX";
const LEAST: &str = "NUMBER_TYPE_MIN";

#[test]
fn buttons() {
    let base = json!({ "type": 2, "style": 1, "label": "l", "custom_id": "c" });
    let link = json!({ "type": 2, "style": 5, "label": "l", "url": "https://e.org" });
    let premium = json!({ "type": 2, "style": 6, "sku_id": "1" });
    let url = |length: usize| format!("https://e.org/{}", x(length - 14));
    let refused = "BUTTON_COMPONENT_FIELD_NOT_ALLOWED";
    for (base, more, expect) in [
        (&base, json!({}), None),
        (&base, json!({ "label": x(80) }), None),
        (&base, json!({ "label": x(81) }), Some(("label", LONG))),
        (&base, json!({ "custom_id": x(100) }), None),
        (&base, json!({ "custom_id": x(101) }), Some(("custom_id", BAD))),
        (&base, json!({ "custom_id": "" }), Some(("custom_id", NEEDED))),
        (&base, json!({ "custom_id": null }), Some(("custom_id", NEEDED))),
        (&base, json!({ "label": null }), Some(("label", NEEDED))),
        (&base, json!({ "label": null, "emoji": { "name": "🐜" } }), None),
        (&base, json!({ "style": null }), Some(("style", NEEDED))),
        (&base, json!({ "style": 0 }), Some(("style", "BASE_TYPE_CHOICES"))),
        (&base, json!({ "url": "https://e.org" }), Some(("url", refused))),
        (&base, json!({ "sku_id": "1" }), Some(("sku_id", refused))),
        (&base, json!({ "id": i32::MAX }), None),
        (&base, json!({ "id": i64::from(i32::MAX) + 1 }), Some(("id", MOST))),
        (&base, json!({ "id": -1 }), Some(("id", LEAST))),
        (&link, json!({}), None),
        (&link, json!({ "url": url(512) }), None),
        (&link, json!({ "url": url(513) }), Some(("url", BAD))),
        (&link, json!({ "url": null }), Some(("url", NEEDED))),
        (&link, json!({ "custom_id": "c" }), Some(("custom_id", refused))),
        (&premium, json!({}), None),
        (&premium, json!({ "sku_id": null }), Some(("sku_id", NEEDED))),
        (&premium, json!({ "label": "l" }), Some(("label", refused))),
        (&premium, json!({ "emoji": { "name": "🐜" } }), Some(("emoji", refused))),
        (&premium, json!({ "url": "https://e.org" }), Some(("url", refused))),
    ] {
        let button = with(base.clone(), &more);
        let path = expect.map(|(field, code)| (format!("0.components.0.{field}"), code));
        let expect = path.as_ref().map(|(path, code)| (path.as_str(), *code));
        check(&button.to_string(), &in_message(&json!([{ "type": 1, "components": [button] }]), false), expect);
    }
}

#[test]
fn menus() {
    let text = json!({ "type": 3, "custom_id": "c", "options": options(25) });
    let users = json!({ "type": 5, "custom_id": "c" });
    let option = |more: Value| json!({ "options": [with(json!({ "label": "l", "value": "v" }), &more)] });
    let named = |kind: &str, count: u64| {
        let list: Vec<_> = (1..=count).map(|id| json!({ "id": id.to_string(), "type": kind })).collect();
        json!({ "default_values": list, "min_values": 0, "max_values": 25 })
    };
    for (base, more, expect) in [
        (&text, json!({}), None),
        (&text, json!({ "options": options(26) }), Some(("options", BAD))),
        (&text, json!({ "options": [] }), Some(("options", BAD))),
        (&text, json!({ "options": null }), Some(("options", NEEDED))),
        (&text, json!({ "placeholder": x(150) }), None),
        (&text, json!({ "placeholder": x(151) }), Some(("placeholder", LONG))),
        (&text, json!({ "min_values": 0 }), None),
        (&text, json!({ "min_values": -1 }), Some(("min_values", LEAST))),
        (&text, json!({ "min_values": 25, "max_values": 25 }), None),
        (&text, json!({ "max_values": 26 }), Some(("max_values", MOST))),
        (&text, json!({ "max_values": 0 }), Some(("max_values", LEAST))),
        (&text, json!({ "min_values": 3, "max_values": 2 }), Some(("min_values", MOST))),
        (&text, option(json!({ "label": x(100), "value": x(100), "description": x(100) })), None),
        (&text, option(json!({ "label": x(101) })), Some(("options.0.label", BAD))),
        (&text, option(json!({ "label": null })), Some(("options.0.label", NEEDED))),
        (&text, option(json!({ "value": x(101) })), Some(("options.0.value", BAD))),
        (&text, option(json!({ "value": null })), Some(("options.0.value", NEEDED))),
        (&text, option(json!({ "description": x(101) })), Some(("options.0.description", LONG))),
        (&users, json!({}), None),
        (&users, named("user", 25), None),
        (&users, named("user", 26), Some(("default_values", LONG))),
        (&users, named("role", 1), Some(("default_values.0.type", "BASE_TYPE_CHOICES"))),
        (&users, json!({ "type": 6, "custom_id": "c" }), None),
        (&users, with(named("role", 1), &json!({ "type": 6 })), None),
        (&users, with(named("user", 2), &json!({ "type": 7 })), None),
        (
            &users,
            with(named("channel", 1), &json!({ "type": 7 })),
            Some(("default_values.0.type", "BASE_TYPE_CHOICES")),
        ),
        (&users, with(named("channel", 1), &json!({ "type": 8, "channel_types": [0, 2] })), None),
        (&users, json!({ "type": 8, "channel_types": [99] }), Some(("channel_types.0", "BASE_TYPE_CHOICES"))),
        (&users, json!({ "custom_id": null }), Some(("custom_id", NEEDED))),
    ] {
        let menu = with(base.clone(), &more);
        let place = |prefix: &str| expect.map(|(field, code)| (format!("{prefix}.{field}"), code));
        let (message, modal) = (place("0.components.0"), place("components.0.component"));
        let read = |expect: &Option<(String, &'static str)>| expect.clone();
        let (message, modal) = (read(&message), read(&modal));
        let name = menu.to_string();
        let came = in_message(&json!([{ "type": 1, "components": [menu] }]), false);
        check(&name, &came, message.as_ref().map(|(path, code)| (path.as_str(), *code)));
        // In a modal the same, but that something must be chosen unless it is said otherwise.
        let came = in_modal(&with(menu, &json!({ "required": false })));
        check(&name, &came, modal.as_ref().map(|(path, code)| (path.as_str(), *code)));
    }
}

#[test]
fn fields_of_modals() {
    let input = json!({ "type": 4, "custom_id": "c", "style": 1 });
    let files = json!({ "type": 19, "custom_id": "c" });
    let radio = json!({ "type": 21, "custom_id": "c", "options": options(2) });
    let boxes = json!({ "type": 22, "custom_id": "c", "options": options(10) });
    let tick = json!({ "type": 23, "custom_id": "c" });
    let menu = json!({ "type": 3, "custom_id": "c", "options": options(2) });
    let chosen = |count: usize| {
        let list: Vec<_> =
            (0..count).map(|number| json!({ "label": "o", "value": number.to_string(), "default": true })).collect();
        json!({ "options": list })
    };
    let many = "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES";
    for (base, more, expect) in [
        (&input, json!({}), None),
        (&input, json!({ "style": 3 }), Some(("style", "BASE_TYPE_CHOICES"))),
        (&input, json!({ "style": null }), Some(("style", NEEDED))),
        (&input, json!({ "placeholder": x(100) }), None),
        (&input, json!({ "placeholder": x(101) }), Some(("placeholder", LONG))),
        (&input, json!({ "value": x(4000) }), None),
        (&input, json!({ "value": x(4001) }), Some(("value", LONG))),
        (&input, json!({ "min_length": 4000, "max_length": 4000 }), None),
        (&input, json!({ "min_length": 4001 }), Some(("min_length", MOST))),
        (&input, json!({ "min_length": -1 }), Some(("min_length", LEAST))),
        (&input, json!({ "max_length": 4001 }), Some(("max_length", MOST))),
        (&input, json!({ "max_length": 0 }), Some(("max_length", LEAST))),
        (&input, json!({ "min_length": 2, "max_length": 1 }), Some(("min_length", MOST))),
        (&files, json!({}), None),
        (&files, json!({ "min_values": 10, "max_values": 10 }), None),
        (&files, json!({ "max_values": 11 }), Some(("max_values", MOST))),
        (&files, json!({ "max_values": 0 }), Some(("max_values", LEAST))),
        (&files, json!({ "min_values": 0, "required": false }), None),
        (&files, json!({ "min_values": 0 }), Some(("min_values", LEAST))),
        (&files, json!({ "custom_id": x(101) }), Some(("custom_id", BAD))),
        (&radio, json!({}), None),
        (&radio, json!({ "options": options(10) }), None),
        (&radio, json!({ "options": options(11) }), Some(("options", BAD))),
        (&radio, json!({ "options": options(1) }), Some(("options", BAD))),
        (&radio, chosen(2), Some(("options", many))),
        (&boxes, json!({}), None),
        (&boxes, json!({ "options": options(1) }), None),
        (&boxes, json!({ "options": options(11) }), Some(("options", BAD))),
        (&boxes, json!({ "options": [] }), Some(("options", BAD))),
        (&boxes, json!({ "max_values": 11 }), Some(("max_values", MOST))),
        (&boxes, json!({ "min_values": 0 }), Some(("min_values", LEAST))),
        (&boxes, with(chosen(3), &json!({ "max_values": 2 })), Some(("options", many))),
        (&tick, json!({ "default": true }), None),
        (&tick, json!({ "custom_id": null }), Some(("custom_id", NEEDED))),
        (&menu, json!({ "disabled": true }), Some(("disabled", "COMPONENT_DISABLED_IN_MODAL"))),
        (&menu, json!({ "min_values": 0 }), Some(("min_values", LEAST))),
        (&menu, json!({ "type": 2, "style": 1, "label": "l" }), Some(("", "UNION_TYPE_CHOICES"))),
        (&menu, json!({ "type": 20 }), Some(("", "UNION_TYPE_CHOICES"))),
    ] {
        let field = with(base.clone(), &more);
        let path = expect
            .map(|(name, code)| (format!("components.0.component.{name}").trim_end_matches('.').to_owned(), code));
        check(&field.to_string(), &in_modal(&field), path.as_ref().map(|(path, code)| (path.as_str(), *code)));
    }
}

#[test]
fn modals_and_labels() {
    let label =
        |more: Value| with(json!({ "type": 18, "label": "l", "component": { "type": 23, "custom_id": "c" } }), &more);
    let texts = |count: usize| vec![json!({ "type": 10, "content": "t" }); count];
    let row = |children: Value| json!([{ "type": 1, "components": children }]);
    let old = json!({ "type": 4, "custom_id": "c", "style": 1, "label": "l" });
    for (more, expect) in [
        (json!({}), None),
        (json!({ "custom_id": x(100) }), None),
        (json!({ "custom_id": x(101) }), Some(("custom_id", BAD))),
        (json!({ "custom_id": null }), Some(("custom_id", NEEDED))),
        (json!({ "title": x(45) }), None),
        (json!({ "title": x(46) }), Some(("title", BAD))),
        (json!({ "title": null }), Some(("title", NEEDED))),
        (json!({ "components": texts(5) }), None),
        (json!({ "components": texts(6) }), Some(("components", BAD))),
        (json!({ "components": null }), Some(("components", NEEDED))),
        (json!({ "components": [label(json!({ "label": x(45), "description": x(100) }))] }), None),
        (json!({ "components": [label(json!({ "label": x(46) }))] }), Some(("components.0.label", BAD))),
        (json!({ "components": [label(json!({ "label": null }))] }), Some(("components.0.label", NEEDED))),
        (json!({ "components": [label(json!({ "description": x(101) }))] }), Some(("components.0.description", LONG))),
        (json!({ "components": [label(json!({ "component": null }))] }), Some(("components.0.component", NEEDED))),
        (json!({ "components": [{ "type": 10, "content": x(4000) }] }), None),
        (json!({ "components": [{ "type": 10, "content": x(4001) }] }), Some(("components.0.content", BAD))),
        (json!({ "components": row(json!([old])) }), None),
        (
            json!({ "components": row(json!([with(old.clone(), &json!({ "label": null }))])) }),
            Some(("components.0.components.0.label", NEEDED)),
        ),
        (json!({ "components": row(json!([old, old])) }), Some(("components.0.components", BAD))),
        (
            json!({ "components": row(json!([{ "type": 3 }])) }),
            Some(("components.0.components.0", "UNION_TYPE_CHOICES")),
        ),
        (json!({ "components": [{ "type": 17 }] }), Some(("components.0", "UNION_TYPE_CHOICES"))),
    ] {
        let modal = with(json!({ "custom_id": "m", "title": "t", "components": [label(json!({}))] }), &more);
        let came = validate_modal(&modal).err().map(|errors| complaints(&errors)).unwrap_or_default();
        // Of a text that is too long, the whole is too long as well.
        let came: Vec<_> = came.into_iter().filter(|(_, code)| !code.starts_with("COMPONENT_DISPLAYABLE")).collect();
        check(&modal.to_string(), &came, expect);
    }
}

#[test]
fn layout() {
    let text = json!({ "type": 10, "content": "t" });
    let texts = |count: usize| vec![text.clone(); count];
    let section =
        json!({ "type": 9, "components": texts(1), "accessory": { "type": 11, "media": { "url": "https://e.org" } } });
    let thumbnail = |more: Value| json!({ "accessory": with(section["accessory"].clone(), &more) });
    let gallery =
        |count: usize| json!({ "type": 12, "items": vec![json!({ "media": { "url": "https://e.org" } }); count] });
    let picture = |media: Value| json!({ "type": 12, "items": [media] });
    let container = json!({ "type": 17, "components": texts(1) });
    let file = |url: &str| json!({ "type": 13, "file": { "url": url } });
    let long = |length: usize| format!("https://e.org/{}", x(length - 14));
    let lost = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND";
    for (component, expect) in [
        (with(section.clone(), &json!({ "components": texts(3) })), None),
        (with(section.clone(), &json!({ "components": texts(4) })), Some(("0.components", BAD))),
        (with(section.clone(), &json!({ "components": [] })), Some(("0.components", BAD))),
        (with(section.clone(), &json!({ "components": null })), Some(("0.components", NEEDED))),
        (with(section.clone(), &json!({ "accessory": null })), Some(("0.accessory", NEEDED))),
        (
            with(section.clone(), &json!({ "components": [{ "type": 14 }] })),
            Some(("0.components.0", "UNION_TYPE_CHOICES")),
        ),
        (with(section.clone(), &json!({ "accessory": text })), Some(("0.accessory", "UNION_TYPE_CHOICES"))),
        (with(section.clone(), &thumbnail(json!({ "description": x(1024) }))), None),
        (with(section.clone(), &thumbnail(json!({ "description": x(1025) }))), Some(("0.accessory.description", LONG))),
        (with(section.clone(), &thumbnail(json!({ "media": null }))), Some(("0.accessory.media", NEEDED))),
        (text.clone(), None),
        (json!({ "type": 10 }), Some(("0.content", NEEDED))),
        (json!({ "type": 10, "content": x(4000) }), None),
        (gallery(10), None),
        (gallery(11), Some(("0.items", BAD))),
        (gallery(0), Some(("0.items", BAD))),
        (json!({ "type": 12 }), Some(("0.items", NEEDED))),
        (picture(json!({ "media": { "url": "https://e.org" }, "description": x(1024) })), None),
        (
            picture(json!({ "media": { "url": "https://e.org" }, "description": x(1025) })),
            Some(("0.items.0.description", LONG)),
        ),
        (picture(json!({ "media": { "url": long(2048) } })), None),
        (picture(json!({ "media": { "url": long(2049) } })), Some(("0.items.0.media.url", BAD))),
        (picture(json!({ "media": {} })), Some(("0.items.0.media.url", NEEDED))),
        (picture(json!({})), Some(("0.items.0.media", NEEDED))),
        (picture(json!({ "media": { "url": "attachment://cat.png" } })), None),
        (picture(json!({ "media": { "url": "attachment://dog.png" } })), Some(("0.items.0.media.url", lost))),
        (file("attachment://cat.png"), None),
        (file("attachment://dog.png"), Some(("0.file.url", lost))),
        (file("https://e.org"), Some(("0.file.url", "URL_TYPE_INVALID_SCHEME"))),
        (json!({ "type": 13 }), Some(("0.file", NEEDED))),
        (json!({ "type": 14, "spacing": 2, "divider": false }), None),
        (json!({ "type": 14, "spacing": 3 }), Some(("0.spacing", "BASE_TYPE_CHOICES"))),
        (with(container.clone(), &json!({ "accent_color": 0x00ff_ffff })), None),
        (with(container.clone(), &json!({ "accent_color": 0x0100_0000 })), Some(("0.accent_color", MOST))),
        (with(container.clone(), &json!({ "components": [] })), Some(("0.components", BAD))),
        (
            with(container.clone(), &json!({ "components": [section["accessory"]] })),
            Some(("0.components.0", "UNION_TYPE_CHOICES")),
        ),
        (json!({ "type": 2, "style": 1, "label": "l", "custom_id": "c" }), Some(("0", "UNION_TYPE_CHOICES"))),
        (json!({ "type": 18, "label": "l" }), Some(("0", "UNION_TYPE_CHOICES"))),
    ] {
        check(&component.to_string(), &in_message(&json!([component]), true), expect);
    }
    // Without the flag there are rows alone, five of them.
    let row = |number: usize| json!({ "type": 1, "components": [{ "type": 5, "custom_id": number.to_string() }] });
    let rows = |count: usize| (0..count).map(row).collect::<Value>();
    check("five rows", &in_message(&rows(5), false), None);
    check("six rows", &in_message(&rows(6), false), Some(("", BAD)));
    check("six rows of a message of components", &in_message(&rows(6), true), None);
    check("no text in rows", &in_message(&json!([text]), false), Some(("0", "UNION_TYPE_CHOICES")));
}

#[test]
fn the_whole() {
    let text = |length: usize| json!({ "type": 10, "content": x(length) });
    let boxed = |count: usize| json!([{ "type": 17, "components": vec![text(1); count] }]);
    check("forty", &in_message(&boxed(39), true), None);
    check(
        "one more",
        &in_message(&json!([boxed(39)[0], text(1)]), true),
        Some(("", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED")),
    );
    let section = |length: usize| json!({ "type": 9, "components": [text(length)], "accessory": { "type": 11, "media": { "url": "https://e.org" } } });
    check("all texts together", &in_message(&json!([text(2000), section(2000)]), true), None);
    let more = in_message(&json!([text(2000), section(2001)]), true);
    check("a character more", &more, Some(("", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")));
    let twice = json!([{ "type": 10, "content": "a", "id": 7 }, { "type": 17, "components": [{ "type": 10, "content": "b", "id": 7 }] }]);
    check("an id of two", &in_message(&twice, true), Some(("1.components.0.id", "COMPONENT_ID_DUPLICATED")));
    let button = json!({ "type": 2, "style": 1, "label": "l", "custom_id": "c" });
    let twice = json!([
        { "type": 1, "components": [button] },
        { "type": 9, "components": [text(1)], "accessory": button },
    ]);
    check(
        "a custom id of two",
        &in_message(&twice, true),
        Some(("1.accessory.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")),
    );
    // What is numbered by itself takes no number that somebody else has.
    let list = vec![text(1), with(text(1), &json!({ "id": 1 })), with(text(1), &json!({ "id": 0 }))];
    let numbered = validate(list, true, &[]).unwrap();
    assert_eq!(numbered.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [2, 1, 3]);
}
