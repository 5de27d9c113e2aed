//! What nobody would ask: schemathesis makes it up from Discord's document, and looks at what comes back.

use std::process::Stdio;

use guildhall_harness::{Client, document};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::repository;
use crate::stage::{Stage, text};

/// Names the variable that makes the hunt a long one.
const LONG: &str = "LONG_TESTS";
/// Every operation gets at least so many strange requests before the next round.
const EXAMPLES: &str = "10";
/// Requests of one chain.
const STEPS: u8 = 40;

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
    run(&stage().await, "bot", Hunt::Single, "1").await;
}

#[tokio::test]
async fn a_person_who_owns_the_place_asks_strange_things() {
    run(&stage().await, "owner", Hunt::Single, "2").await;
}

#[tokio::test]
async fn a_bot_goes_on_with_what_it_made() {
    run(&stage().await, "bot", Hunt::Chained, "3").await;
}

#[tokio::test]
async fn a_person_goes_on_with_what_they_made() {
    run(&stage().await, "owner", Hunt::Chained, "4").await;
}

async fn stage() -> Stage {
    Stage::new(&[("GUILDHALL_RATE_LIMITS", "false"), ("GUILDHALL_LOG", "error")]).await
}

/// What a hunt must come to, and by when.
struct Goal {
    /// Seconds of asking.
    seconds: u16,
    /// Operations that were asked.
    asked: usize,
    /// Operations that did what they were asked for.
    done: usize,
    /// Links that were followed.
    links: usize,
}

impl Goal {
    fn of(hunt: Hunt) -> Self {
        let long = std::env::var_os(LONG).is_some();
        match (hunt, long) {
            (Hunt::Single, false) => Self { seconds: 45, asked: 80, done: 60, links: 0 },
            (Hunt::Chained, false) => Self { seconds: 45, asked: 50, done: 35, links: 40 },
            (Hunt::Single, true) => Self { seconds: 1_200, asked: 221, done: 205, links: 0 },
            (Hunt::Chained, true) => Self { seconds: 1_200, asked: 185, done: 170, links: 690 },
        }
    }
}

/// Asks everything that is there; nothing may fail, and every answer is one of the document's.
async fn run(stage: &Stage, who: &str, hunt: Hunt, seed: &str) {
    let folder = TempDir::new().unwrap();
    let (spec, counts) = (folder.path().join("spec.json"), folder.path().join("counts.json"));
    std::fs::write(&spec, served().to_string()).unwrap();
    // It would guess two thousand more links by names alone.
    let settings = format!("[phases.stateful]\nmax-steps = {STEPS}\n[phases.stateful.inference]\nalgorithms = []\n");
    std::fs::write(folder.path().join("schemathesis.toml"), settings).unwrap();
    let (phase, linked) = if hunt == Hunt::Single { ("fuzzing", "") } else { ("stateful", "yes") };
    let goal = Goal::of(hunt);
    let url = format!("http://{}", stage.process.address);
    let person = |who: &Client| json!({ "id": who.id, "token": who.token });
    let place = json!({
        "url": url, "guild": stage.guild, "channel": stage.channel, "bot": stage.bot, "token": stage.token,
        "owner": person(&stage.owner), "member": person(&stage.member),
    });
    // One worker: two threads of Python 3.11 may not read lambdas at the same time.
    let output = Command::new(repository("target/python/bin/schemathesis"))
        .args(["--no-color", "run"])
        .arg(&spec)
        .args(["--url", &format!("{url}/api/v10"), "--generation-with-security-parameters", "false"])
        .args(["--checks", CHECKS, "--phases", phase, "--max-time", &goal.seconds.to_string()])
        .args(["--max-examples", EXAMPLES, "--workers", "1", "--seed", seed, "--no-shrink", "--continue-on-failure"])
        .args(["--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", "strange")
        .env("PYTHONPATH", repository("tests/clients/python"))
        .env("STAGE", place.to_string())
        .env("WHO", who)
        .env("LINKED", linked)
        .env("COUNTS", &counts)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("schemathesis is there: run `cargo xtask setup`");
    let said = String::from_utf8_lossy(&output.stdout);
    let said: Vec<String> = said.lines().map(|line| line.chars().take(400).collect()).collect();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}", said.join("\n"));
    check(&goal, &said, &serde_json::from_slice(&std::fs::read(&counts).unwrap()).unwrap(), who);
    // And the place still stands, though nobody knows what was done to its guild.
    let guild = stage.member.post("/guilds", json!({ "name": "Refuge" })).await.ok(201);
    let channels = stage.member.get(&format!("/guilds/{}/channels", text(&guild["id"]))).await.ok(200);
    let place = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
    let said = json!({ "content": "still here" });
    stage.member.post(&format!("/channels/{}/messages", text(&place["id"])), said).await.ok(200);
}

/// A run that asked little proves little.
fn check(goal: &Goal, said: &[String], counts: &Value, who: &str) {
    let number = |text: &str| text.trim().parse::<usize>().unwrap();
    let cases = said.iter().find_map(|line| line.trim().split_once(" generated")).expect("a summary").0;
    let links = said.iter().find_map(|line| line.trim().strip_prefix("API Links:"));
    let (links, all) = links.map_or((0, 0), |line| {
        let (covered, rest) = line.split_once(" covered").unwrap();
        (number(covered), number(rest.rsplit('/').next().unwrap().trim_end_matches(" total")))
    });
    let (asked, done) = (counts["asked"].as_object().unwrap().len(), counts["done"].as_object().unwrap().len());
    println!(
        "as {who}: {cases} requests; {asked} operations asked, {done} with success; {links} of {all} links followed"
    );
    let enough = asked >= goal.asked && done >= goal.done && links >= goal.links;
    assert!(enough, "fewer than {}, {} and {}: {counts}", goal.asked, goal.done, goal.links);
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
