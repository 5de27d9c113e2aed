//! What nobody would ask: schemathesis makes it up from Discord's document, and looks at what comes back.

use std::process::Stdio;

use guildhall_harness::{Client, document};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::repository;
use crate::stage::{Stage, text};

/// Seconds of asking.
const TIME: &str = "45";
/// Every operation gets at least so many strange requests.
const EXAMPLES: &str = "10";

/// What is looked at.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// A bot that left would see nothing any more.
const SPARED: &[&str] = &["leave_guild"];

#[tokio::test]
async fn a_bot_that_owns_the_place_asks_strange_things() {
    let stage = stage().await;
    let token = format!("Bot {}", stage.token);
    run(&stage, &token, "1").await;
}

#[tokio::test]
async fn a_person_who_owns_the_place_asks_strange_things() {
    let stage = stage().await;
    let token = stage.owner.token.clone().unwrap();
    run(&stage, &token, "2").await;
}

async fn stage() -> Stage {
    Stage::new(&[("GUILDHALL_RATE_LIMITS", "false"), ("GUILDHALL_LOG", "error")]).await
}

/// Asks everything that is there; nothing may fail, and every answer is one of the document's.
async fn run(stage: &Stage, token: &str, seed: &str) {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("spec.json");
    std::fs::write(&spec, served().to_string()).unwrap();
    let output = Command::new(repository("target/python/bin/schemathesis"))
        .args(["--no-color", "run"])
        .arg(&spec)
        .args(["--url", &format!("http://{}/api/v10", stage.process.address)])
        .args(["--header", &format!("Authorization: {token}"), "--generation-with-security-parameters", "false"])
        .args(["--checks", CHECKS])
        .args(["--phases", "fuzzing", "--max-time", TIME, "--max-examples", EXAMPLES, "--workers", "2"])
        .args(["--seed", seed, "--no-shrink", "--continue-on-failure", "--generation-database", "none"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", "strange")
        .env("PYTHONPATH", repository("tests/clients/python"))
        .env("KNOWN", known(stage).await.to_string())
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
    assert!(cases.0.parse::<u32>().unwrap() > 500, "{}", cases.0);
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
    for kind in [0, 0, 2, 4, 5, 15, 0] {
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
