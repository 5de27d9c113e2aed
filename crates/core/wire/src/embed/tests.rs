//! Tables of embeds that pass and that do not.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What embeds become, or the complaints.
fn check(embeds: Value, expect: Result<Value, Value>) {
    let mut list: Vec<Embed> = serde_json::from_value(embeds.clone()).unwrap();
    let got = validate(&mut list, &["cat.png"]).map(|()| serde_json::to_value(list).unwrap());
    assert_eq!(got.map_err(|errors| serde_json::to_value(errors).unwrap()), expect, "{embeds}");
}

fn complaint(path: &str, code: &str, message: &str) -> Value {
    serde_json::to_value(FormErrors::one(path, code, message)).unwrap()
}

#[test]
fn loosely_read_and_cleaned() {
    check(
        json!([{
            "type": null, "title": "  Title ", "description": 5, "url": "https://example.org", "color": 255.0, "extra": {},
            "timestamp": "2021-02-03T04:05:06.000Z", "fields": [{ "name": "a", "value": true, "inline": 1 }],
            "footer": { "text": "x", "icon_url": "attachment://cat.png", "proxy_icon_url": "http://evil" },
            "image": { "url": "attachment://cat.png", "width": null, "height": 5.0 },
            "thumbnail": { "url": "attachment://dog.png" }, "author": { "name": null }, "video": { "url": "https://x" },
        }]),
        Ok(json!([{
            "type": "rich", "title": "Title", "description": "5", "url": "https://example.org", "color": 255,
            "timestamp": "2021-02-03T04:05:06.000000+00:00", "fields": [{ "name": "a", "value": "true", "inline": true }],
            "footer": { "text": "x", "icon_url": "attachment://cat.png" }, "image": { "url": "attachment://cat.png" },
        }])),
    );
    check(
        json!([{ "title": null, "description": "x", "color": "16", "fields": null, "footer": null }]),
        Ok(json!([
            { "type": "rich", "description": "x", "color": 16 },
        ])),
    );
}

#[test]
fn complains_at_the_right_place() {
    let required = |path: &str| complaint(path, "BASE_TYPE_REQUIRED", "This field is required");
    let long =
        |path: &str, max: usize| complaint(path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {max} or fewer in length."));
    let field = json!({ "name": "n", "value": "v" });
    for (embeds, expect) in [
        (json!([{}]), required("0.description")),
        (json!([{ "title": "   " }]), required("0.description")),
        (json!([{ "title": "x".repeat(257) }]), long("0.title", 256)),
        (json!([{ "description": "x".repeat(4097) }]), long("0.description", 4096)),
        (json!([{ "fields": vec![field; 26] }]), long("0.fields", 25)),
        (json!([{ "fields": [{ "name": "", "value": "v" }] }]), required("0.fields.0.name")),
        (
            json!([{ "fields": [{ "name": "n", "value": "v".repeat(1025) }] }]),
            complaint("0.fields.0.value", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 1024 in length."),
        ),
        (json!([{ "footer": { "icon_url": "https://a.b" } }]), required("0.footer.text")),
        (json!([{ "title": "x", "url": "x" }]), complaint("0.url", "URL_TYPE_INVALID_URL", "Not a well formed URL.")),
        (
            json!([{ "image": { "url": "ftp://a.b" } }]),
            complaint(
                "0.image.url",
                "URL_TYPE_INVALID_SCHEME",
                "Scheme \"ftp\" is not supported. Scheme must be one of ('http', 'https', 'attachment').",
            ),
        ),
        (
            json!([{ "title": "x", "color": 0x0100_0000 }]),
            complaint("0.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."),
        ),
        (
            json!([{ "description": "x".repeat(4000) }, { "description": "x".repeat(2001) }]),
            complaint("", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"),
        ),
        (json!(vec![json!({ "title": "x" }); 11]), long("", 10)),
    ] {
        check(embeds, Err(expect));
    }
}

proptest! {
    /// Nothing that can be sent makes a check panic, and what passes passes again unchanged.
    #[test]
    fn random_input(value in crate::form::arbitrary::json(), text: String) {
        for key in ["title", "url", "color", "footer", "image", "author", "fields", "timestamp"] {
            if let Ok(embed) = serde_json::from_value::<Embed>(json!({ "description": text, key: value })) {
                let mut embeds = [embed];
                if validate(&mut embeds, &["a"]).is_ok() {
                    let before = embeds.clone();
                    prop_assert_eq!(validate(&mut embeds, &["a"]), Ok(()));
                    prop_assert_eq!(embeds, before);
                }
            }
        }
    }
}
