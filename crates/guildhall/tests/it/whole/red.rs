//! Red-DiscordBot: a bot of prefix commands, in shards, on discord.py.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Talk, Whole, comes};
use crate::stage::{Stage, text};

/// What it can do beside its core.
const COGS: &str = "admin alias cleanup customcom economy filter general mod modlog mutes warnings";

async fn start(stage: &Stage) -> Whole {
    let home = TempDir::new().unwrap();
    let data = home.path().join("data").to_string_lossy().into_owned();
    let arguments = ["--no-prompt", "--instance-name", "hall", "--backend", "json", "--data-path", &data];
    let made = Whole::command(stage, "red/bin/redbot-setup", &home).args(arguments).status().await;
    let made = made.unwrap_or_else(|error| panic!("failed to start redbot-setup ({error}): run `cargo xtask setup`"));
    assert!(made.success(), "{}", std::fs::read_to_string(super::log(&home)).unwrap_or_default());
    let mut arguments = vec!["hall", "--no-prompt", "--prefix", "!", "--token", &stage.token];
    arguments.extend(["--owner", &stage.owner.id, "--force-disable-rich-logging"]);
    Whole::start(stage, "red/bin/redbot", &arguments, &[], home)
}

#[tokio::test]
async fn red() {
    let stage = Stage::new(&[]).await;
    let mut bot = start(&stage).await;
    let mut owner = Talk::new(&stage, &stage.owner, &stage.channel).await;
    let hello = comes(&mut owner, "!ping", &mut bot).await;
    assert_eq!(hello["content"], "Pong.");
    owner.says(&format!("!load {COGS}")).await;
    let loaded = owner.sees("MESSAGE_CREATE", |message| text(&message["content"]).starts_with("Loaded")).await;
    assert_eq!(text(&loaded["content"]).matches('`').count(), 2 * COGS.split(' ').count(), "{loaded}");
    let mut person = Talk::new(&stage, &stage.member, &stage.channel).await;
    Box::pin(keeps_roles(&stage, &mut owner, &mut person)).await;
    Box::pin(keeps_members(&stage, &mut owner)).await;
    Box::pin(keeps_channels(&stage, &mut owner, &mut person)).await;
    Box::pin(learns(&mut owner, &mut person)).await;
    Box::pin(moderates(&stage, &mut owner, &mut person)).await;
    drop(bot);
}

async fn member(stage: &Stage) -> Value {
    stage.owner.get(&format!("/guilds/{}/members/{}", stage.guild, stage.member.id)).await.ok(200)
}

async fn keeps_roles(stage: &Stage, owner: &mut Talk<'_>, person: &mut Talk<'_>) {
    let roles = format!("/guilds/{}/roles", stage.guild);
    let role = stage.owner.post(&roles, json!({ "name": "Smith" })).await.ok(200);
    let role = text(&role["id"]);
    let path = format!("{roles}/{role}");
    let them = format!("<@{}>", stage.member.id);
    assert_eq!(owner.asks(&format!("!addrole Smith {them}")).await, "I successfully added Smith to member");
    assert_eq!(member(stage).await["roles"], json!([role]));
    let log = stage.owner.get(&format!("/guilds/{}/audit-logs?limit=1", stage.guild)).await.ok(200);
    let entry = &log["audit_log_entries"][0];
    assert_eq!((&entry["action_type"], &entry["user_id"]), (&json!(25), &json!(stage.bot)));
    assert!(text(&entry["reason"]).contains("owner"), "{entry}");
    assert_eq!(owner.asks("!editrole colour Smith #ff0000").await, "Done.");
    assert_eq!(stage.owner.get(&path).await.ok(200)["color"], 0x00ff_0000);
    assert_eq!(owner.asks("!editrole name Smith Baker").await, "Done.");
    assert_eq!(stage.owner.get(&path).await.ok(200)["name"], "Baker");
    let removed = owner.asks(&format!("!removerole Baker {them}")).await;
    assert_eq!(removed, "I successfully removed Baker from member");
    assert_eq!(member(stage).await["roles"], json!([]));
    assert_eq!(owner.asks("!selfroleset add Baker").await, "Added 1 selfrole.");
    assert_eq!(person_asks(owner, person, "!selfrole Baker").await, "I successfully added Baker to member");
    assert_eq!(member(stage).await["roles"], json!([role]));
}

async fn keeps_members(stage: &Stage, owner: &mut Talk<'_>) {
    let them = format!("<@{}>", stage.member.id);
    assert_eq!(owner.asks(&format!("!rename {them} Ada")).await, "Done.");
    assert_eq!(member(stage).await["nick"], "Ada");
    assert_eq!(owner.asks("!set bot nickname Redder").await, "Done.");
    let itself = format!("/guilds/{}/members/{}", stage.guild, stage.bot);
    assert_eq!(stage.owner.get(&itself).await.ok(200)["nick"], "Redder");
    owner.says(&format!("!userinfo {them}")).await;
    let card = owner.hears().await["embeds"][0].clone();
    assert!(text(&card["author"]["name"]).contains("member"), "{card}");
    assert!(card["fields"].to_string().contains("<@&"), "its role is shown: {card}");
}

async fn keeps_channels(stage: &Stage, owner: &mut Talk<'_>, person: &mut Talk<'_>) {
    let path = format!("/channels/{}", stage.channel);
    assert_eq!(owner.asks("!slowmode 10").await, "Slowmode interval is now 10 seconds.");
    assert_eq!(stage.owner.get(&path).await.ok(200)["rate_limit_per_user"], 10);
    assert_eq!(owner.asks("!slowmode").await, "Slowmode has been disabled.");
    assert_eq!(stage.owner.get(&path).await.ok(200)["rate_limit_per_user"], 0);
    for number in 0..3 {
        person.says(&format!("chatter {number}")).await;
    }
    owner.says("!cleanup messages 3").await;
    let gone = owner.socket.event("MESSAGE_DELETE_BULK").await;
    assert_eq!(gone["ids"].as_array().unwrap().len(), 4, "with the command: {gone}");
    assert_eq!(owner.hears().await["content"], "3 messages were deleted.");
    let left = stage.owner.get(&format!("{path}/messages?limit=100")).await.ok(200);
    assert!(left.as_array().unwrap().iter().all(|message| !text(&message["content"]).starts_with("chatter")));
    let made = json!({ "name": "log", "type": 0 });
    let made = stage.owner.post(&format!("/guilds/{}/channels", stage.guild), made).await.ok(201);
    let log = text(&made["id"]);
    let told = owner.asks(&format!("!modlogset modlog <#{log}>")).await;
    assert_eq!(told, format!("Mod events will be sent to <#{log}>."));
}

async fn learns(owner: &mut Talk<'_>, person: &mut Talk<'_>) {
    assert_eq!(owner.asks("!customcom create simple hello Hi there").await, "Custom command successfully added.");
    assert_eq!(person_asks(owner, person, "!hello").await, "Hi there");
    assert_eq!(owner.asks("!alias add marco ping").await, "A new alias with the trigger `marco` has been created.");
    assert_eq!(person_asks(owner, person, "!marco").await, "Pong.");
    assert_eq!(owner.asks("!filter add gooseberry").await, "Words successfully added to filter.");
    let said = person.says("a gooseberry").await;
    let gone = owner.sees("MESSAGE_DELETE", |gone| gone["id"] == said["id"]).await;
    assert_eq!(gone["channel_id"], json!(owner.channel));
    assert_eq!(owner.asks("!bank balance").await, "owner's balance is 100 credits");
    owner.says("!payday").await;
    assert!(text(&owner.hears().await["content"]).contains("220 credits"));
    assert_eq!(owner.asks("!bank balance").await, "owner's balance is 220 credits");
}

/// What the bot says to the person; the owner hears it too.
async fn person_asks(owner: &mut Talk<'_>, person: &mut Talk<'_>, what: &str) -> String {
    let said = person.says(what).await;
    let answer = owner.hears().await;
    assert!(answer["id"].as_str() > said["id"].as_str());
    text(&answer["content"]).to_owned()
}

async fn moderates(stage: &Stage, owner: &mut Talk<'_>, person: &mut Talk<'_>) {
    let them = format!("<@{}>", stage.member.id);
    let channels = stage.owner.get(&format!("/guilds/{}/channels", stage.guild)).await.ok(200);
    let log = channels.as_array().unwrap().iter().find(|channel| channel["name"] == "log").unwrap();
    let log = text(&log["id"]).to_owned();
    assert!(owner.asks(&format!("!timeout {them} 10m naughty")).await.contains("has been timed out in this server"));
    assert!(member(stage).await["communication_disabled_until"].is_string());
    let enabled = owner.asks("!warningset allowcustomreasons true").await;
    assert_eq!(enabled, "Custom reasons have been enabled.");
    owner.says(&format!("!warn {them} too loud")).await;
    let direct = person.sees("MESSAGE_CREATE", |message| message["guild_id"].is_null()).await;
    assert_eq!(direct["content"], "You have received a warning in Town.");
    assert_eq!(direct["embeds"][0]["description"], "too loud");
    let case = owner.hears_in(&log).await;
    assert!(case.to_string().contains("too loud"), "{case}");
    assert_eq!(owner.asks(&format!("!dm {} good evening", stage.member.id)).await, "Message delivered to member");
    let direct = person.sees("MESSAGE_CREATE", |message| message["guild_id"].is_null()).await;
    assert_eq!(direct["embeds"][0]["description"], "good evening");
    owner.says(&format!("!ban {them} 1 went too far")).await;
    let done = owner.hears().await;
    assert_eq!(done["content"], "Done. That felt good.");
    let ban = format!("/guilds/{}/bans/{}", stage.guild, stage.member.id);
    assert!(text(&stage.owner.get(&ban).await.ok(200)["reason"]).contains("went too far"));
    let told = owner.asks("!reason better so").await;
    assert!(told.starts_with("Reason for case #"), "{told}");
    let cases = stage.owner.get(&format!("/channels/{log}/messages?limit=1")).await.ok(200);
    assert!(cases[0].to_string().contains("better so"), "{cases}");
    let freed = owner.asks(&format!("!unban {}", stage.member.id)).await;
    assert_eq!(freed, "Unbanned that user from this server.");
    stage.owner.get(&ban).await.refused(404, 10_026);
}
