//! What nobody would ask: schemathesis makes it up from Discord's document, and looks at what comes back.

mod links;

use std::process::Stdio;

use guildhall_harness::{Client, document};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::repository;
use crate::stage::{Stage, text};

/// Seconds of asking, and of a long hunt.
const TIME: [&str; 2] = ["45", "1200"];
/// Names the variable that makes the hunt a long one.
const LONG: &str = "LONG_TESTS";
/// Every operation gets at least so many strange requests.
const EXAMPLES: &str = "10";

/// What is looked at.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// A bot that left would see nothing any more.
const SPARED: &[&str] = &["leave_guild"];

/// How it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hunt {
    /// Each operation by itself.
    Single,
    /// One after the other: with what an answer carried, others are asked.
    Chained,
}

#[tokio::test]
async fn a_bot_that_owns_the_place_asks_strange_things() {
    as_bot(Hunt::Single, "1").await;
}

#[tokio::test]
async fn a_person_who_owns_the_place_asks_strange_things() {
    as_owner(Hunt::Single, "2").await;
}

#[tokio::test]
async fn a_bot_goes_on_with_what_it_made() {
    as_bot(Hunt::Chained, "3").await;
}

#[tokio::test]
async fn a_person_goes_on_with_what_they_made() {
    as_owner(Hunt::Chained, "4").await;
}

async fn as_bot(hunt: Hunt, seed: &str) {
    let stage = stage().await;
    let token = format!("Bot {}", stage.token);
    run(&stage, &token, hunt, seed).await;
}

async fn as_owner(hunt: Hunt, seed: &str) {
    let stage = stage().await;
    let token = stage.owner.token.clone().unwrap();
    run(&stage, &token, hunt, seed).await;
}

async fn stage() -> Stage {
    Stage::new(&[("GUILDHALL_RATE_LIMITS", "false"), ("GUILDHALL_LOG", "error")]).await
}

/// Asks everything that is there; nothing may fail, and every answer is one of the document's.
async fn run(stage: &Stage, token: &str, hunt: Hunt, seed: &str) {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("spec.json");
    let mut document = served();
    if hunt == Hunt::Chained {
        links::add(&mut document);
    }
    std::fs::write(&spec, document.to_string()).unwrap();
    // It would guess two thousand more links by names alone.
    std::fs::write(folder.path().join("schemathesis.toml"), "[phases.stateful.inference]\nalgorithms = []\n").unwrap();
    let known = known(stage).await;
    let bodies = match hunt {
        Hunt::Single => json!({}),
        Hunt::Chained => bodies(stage, &known),
    };
    let phase = if hunt == Hunt::Single { "fuzzing" } else { "stateful" };
    let time = TIME[usize::from(std::env::var_os(LONG).is_some())];
    let output = Command::new(repository("target/python/bin/schemathesis"))
        .args(["--no-color", "run"])
        .arg(&spec)
        .args(["--url", &format!("http://{}/api/v10", stage.process.address)])
        .args(["--header", &format!("Authorization: {token}"), "--generation-with-security-parameters", "false"])
        .args(["--checks", CHECKS])
        .args(["--phases", phase, "--max-time", time, "--max-examples", EXAMPLES, "--workers", "2"])
        .args(["--seed", seed, "--no-shrink", "--continue-on-failure", "--generation-database", "none"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", "strange")
        .env("PYTHONPATH", repository("tests/clients/python"))
        .env("KNOWN", known.to_string())
        .env("BODIES", bodies.to_string())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("schemathesis is there: run `cargo xtask setup`");
    let said = String::from_utf8_lossy(&output.stdout);
    let said: Vec<String> = said.lines().map(|line| line.chars().take(400).collect()).collect();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}", said.join("\n"));
    // It says how much it asked: a run that asked nothing proves nothing.
    let cases = said.iter().find_map(|line| line.trim().split_once(" generated")).expect("a summary");
    // Chains are made up more slowly, on a busy machine above all.
    let least = if hunt == Hunt::Single { 500 } else { 60 };
    assert!(cases.0.parse::<u32>().unwrap() > least, "{}", cases.0);
    // And the place still stands, though nobody knows what was done to its guild.
    let guild = stage.member.post("/guilds", json!({ "name": "Refuge" })).await.ok(201);
    let channels = stage.member.get(&format!("/guilds/{}/channels", text(&guild["id"]))).await.ok(200);
    let place = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
    let said = json!({ "content": "still here" });
    stage.member.post(&format!("/channels/{}/messages", text(&place["id"])), said).await.ok(200);
}

/// The document, without what is not served.
fn served() -> Value {
    let routes = guildhall_api::routes().table();
    let mut document = document().clone();
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        item.as_object_mut().unwrap().retain(|method, operation| {
            let served = routes.iter().any(|route| route.method.eq_ignore_ascii_case(method) && route.path == path);
            let spared = operation["operationId"].as_str().is_some_and(|id| SPARED.contains(&id));
            method == "parameters" || (served && !spared)
        });
    }
    document
}

/// Something to ask about, by the names that the document has for its ids. The first of each is not for deleting.
async fn known(stage: &Stage) -> Value {
    let (guild, owner) = (format!("/guilds/{}", stage.guild), &stage.owner);
    let made = async |who: &Client, path: &str, body: Value, key: &str| {
        let answer = who.post(path, body).await;
        assert!([200, 201].contains(&answer.status), "{path}: {answer:?}");
        text(&answer.body[key]).to_owned()
    };
    let (mut channels, mut roles, mut messages) = (vec![stage.channel.clone()], vec![stage.guild.clone()], Vec::new());
    let (mut invites, mut webhooks, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
    for kind in [0, 0, 2, 4, 5, 13, 15, 0] {
        channels.push(made(owner, &format!("{guild}/channels"), json!({ "name": "place", "type": kind }), "id").await);
    }
    let channel = format!("/channels/{}", stage.channel);
    for _ in 0..4 {
        roles.push(made(owner, &format!("{guild}/roles"), json!({ "name": "trade" }), "id").await);
        messages.push(made(owner, &format!("{channel}/messages"), json!({ "content": "hello" }), "id").await);
        invites.push(made(owner, &format!("{channel}/invites"), json!({ "unique": true }), "code").await);
        let webhook = owner.post(&format!("{channel}/webhooks"), json!({ "name": "hook" })).await.ok(200);
        webhooks.push(text(&webhook["id"]).to_owned());
        secrets.push(text(&webhook["token"]).to_owned());
    }
    let thread = format!("{channel}/messages/{}/threads", messages[0]);
    channels.push(made(owner, &thread, json!({ "name": "aside" }), "id").await);
    let bot = owner.with(&format!("Bot {}", stage.token), &stage.bot);
    let commands = format!("/applications/{}/commands", stage.bot);
    let command = made(&bot, &commands, json!({ "name": "greet", "description": "d", "type": 1 }), "id").await;
    let mut known = Map::new();
    for (name, ids) in [
        ("guild_id", vec![stage.guild.clone()]),
        ("channel_id", channels),
        ("role_id", roles.clone()),
        ("overwrite_id", roles),
        ("message_id", messages),
        ("user_id", vec![stage.member.id.clone(), "1".to_owned()]),
        ("application_id", vec![stage.bot.clone()]),
        ("webhook_id", webhooks),
        ("webhook_token", secrets),
        ("code", invites),
        ("command_id", vec![command]),
        ("emoji_name", vec!["👍".to_owned()]),
    ] {
        known.insert(name.to_owned(), json!(ids));
    }
    Value::Object(known)
}

/// Bodies that make something, for operations that others go on from: what is made up seldom does.
fn bodies(stage: &Stage, known: &Value) -> Value {
    let picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let poll = json!({ "question": { "text": "Tea?" }, "answers": [{ "poll_media": { "text": "Yes" } }, { "poll_media": { "text": "No" } }], "duration": 1 });
    let command = json!({ "name": "greet", "description": "Says hello", "type": 1 });
    let event = json!({
        "name": "Market", "privacy_level": 2, "entity_type": 3, "entity_metadata": { "location": "Square" },
        "scheduled_start_time": "2199-01-01T10:00:00Z", "scheduled_end_time": "2199-01-01T12:00:00Z",
        "recurrence_rule": { "start": "2199-01-01T10:00:00Z", "frequency": 2, "interval": 1, "by_weekday": [1] },
    });
    let rule = json!({
        "name": "Words", "event_type": 1, "trigger_type": 1, "trigger_metadata": { "keyword_filter": ["xyzzy"] },
        "actions": [{ "type": 1 }], "enabled": true,
    });
    json!({
        "create_guild_channel": [{ "name": "place" }, { "name": "stage", "type": 13 }, { "name": "forum", "type": 15 }],
        "create_guild_role": [{ "name": "trade" }],
        "create_message": [{ "content": "hello" }, { "poll": poll }, { "embeds": [{ "title": "News" }] }],
        "update_message": [{ "content": "hello again" }],
        "create_thread": [{ "name": "aside", "type": 11 }, { "name": "post", "message": { "content": "first" } }],
        "create_thread_from_message": [{ "name": "aside" }],
        "create_webhook": [{ "name": "hook" }],
        "execute_webhook": [{ "content": "from afar" }],
        "create_channel_invite": [{ "unique": true }],
        "create_guild_emoji": [{ "name": "wave", "image": picture }],
        "create_application_emoji": [{ "name": "wave", "image": picture }],
        "create_guild_scheduled_event": [event],
        "create_auto_moderation_rule": [rule],
        "create_guild_template": [{ "name": "Plan" }],
        "create_stage_instance": [{ "channel_id": known["channel_id"][6], "topic": "Talk" }],
        "create_dm": [{ "recipient_id": stage.member.id }],
        "create_application_command": [command],
        "create_guild_application_command": [command],
    })
}
