//! Custom emoji of guilds and applications.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

use crate::image::{GIF, PNG, cdn};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Gives the member a role with these permissions.
async fn allow(town: &Town, permissions: u64) -> String {
    let body = json!({ "name": "maker", "permissions": permissions.to_string() });
    let role = text(&town.owner.post(&format!("/guilds/{}/roles", town.guild), body).await.ok(200)["id"]);
    let give = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
    town.owner.put(&give, json!({})).await.ok(204);
    role
}

const CREATE: u64 = 1 << 43;
const MANAGE: u64 = 1 << 30;

#[tokio::test]
async fn guild_emoji_come_change_and_go() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/emojis", town.guild);
        let mut socket = town.member.connect(0).await;
        let reason = [("x-audit-log-reason", "fun")];
        let body = json!({ "name": "dot", "image": PNG });
        let emoji = town.owner.ask_with("POST", &path, Some(body), &reason).await.ok(201);
        assert_eq!((&emoji["animated"], &emoji["user"]["id"]), (&json!(false), &json!(town.owner.id)));
        assert_eq!(socket.event("GUILD_EMOJIS_UPDATE").await["emojis"][0]["name"], "dot");
        let id = text(&emoji["id"]);
        assert_eq!(cdn(&town, &format!("/emojis/{id}.webp?size=16")).await.0, 200);
        // Who may make none hears no names of makers.
        let list = town.member.get(&path).await.ok(200);
        assert_eq!((&list[0]["id"], &list[0]["user"]), (&json!(id), &Value::Null));
        assert_eq!(town.owner.get(&format!("{path}/{id}")).await.ok(200)["user"]["id"], json!(town.owner.id));
        assert_eq!(town.member.connect(0).await.guilds[0]["emojis"][0]["id"], json!(id));

        let role = allow(&town, 0).await;
        let changed =
            town.owner.patch(&format!("{path}/{id}"), json!({ "name": "spot", "roles": [role] })).await.ok(200);
        assert_eq!((&changed["name"], &changed["roles"]), (&json!("spot"), &json!([role])));
        assert_eq!(socket.event("GUILD_EMOJIS_UPDATE").await["emojis"][0]["name"], "spot");
        town.owner.delete(&format!("/guilds/{}/roles/{role}", town.guild)).await.ok(204);
        assert_eq!(socket.event("GUILD_EMOJIS_UPDATE").await["emojis"][0]["roles"], json!([]));
        town.owner.delete(&format!("{path}/{id}")).await.ok(204);
        assert_eq!(socket.event("GUILD_EMOJIS_UPDATE").await["emojis"], json!([]));
        town.owner.get(&format!("{path}/{id}")).await.refused(404, 10_014);
        assert_eq!(cdn(&town, &format!("/emojis/{id}.png")).await.0, 404);
        assert!(town.server.files().is_empty());
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        let made = entries.iter().find(|entry| entry["action_type"] == 60).unwrap();
        assert_eq!((&made["reason"], &made["target_id"]), (&json!("fun"), &json!(id)));
        assert_eq!(made["changes"], json!([{ "key": "name", "new_value": "dot" }]));
        assert!([61, 62].iter().all(|action| entries.iter().any(|entry| entry["action_type"] == *action)));
    })
    .await;
}

#[tokio::test]
async fn bad_emoji_are_refused() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/emojis", town.guild);
        for (body, field) in [
            (json!({ "name": "x", "image": PNG }), "name"),
            (json!({ "name": "x".repeat(33), "image": PNG }), "name"),
            (json!({ "name": "a b", "image": PNG }), "name"),
            (json!({ "image": PNG }), "name"),
            (json!({ "name": "dot" }), "image"),
            (json!({ "name": "dot", "image": "data:image/png;base64,AAAA" }), "image"),
            (json!({ "name": "dot", "image": format!("data:image/png;base64,{}", "A".repeat(400_000)) }), "image"),
        ] {
            let answer = town.owner.post(&path, body).await;
            assert!(answer.body["errors"][field]["_errors"].is_array(), "{field}: {}", answer.body);
            answer.refused(400, 50_035);
        }
        let body = json!({ "name": "dot", "image": PNG, "roles": ["1"] });
        town.owner.post(&path, body).await.refused(404, 10_011);
        town.member.post(&path, json!({ "name": "dot", "image": PNG })).await.refused(403, 50_013);
        assert!(town.server.files().is_empty());
    })
    .await;
}

#[tokio::test]
async fn fifty_still_and_fifty_moving_are_the_most() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/emojis", town.guild);
        for number in 0..50 {
            town.owner.post(&path, json!({ "name": format!("e{number}"), "image": PNG })).await.ok(201);
        }
        town.owner.post(&path, json!({ "name": "more", "image": PNG })).await.refused(400, 30_008);
        let moving = town.owner.post(&path, json!({ "name": "more", "image": GIF })).await.ok(201);
        assert_eq!(moving["animated"], true);
    })
    .await;
}

#[tokio::test]
async fn makers_change_their_own_and_managers_all() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/emojis", town.guild);
        let theirs = text(&town.owner.post(&path, json!({ "name": "owned", "image": PNG })).await.ok(201)["id"]);
        allow(&town, CREATE).await;
        let own = text(&town.member.post(&path, json!({ "name": "mine", "image": PNG })).await.ok(201)["id"]);
        town.member.patch(&format!("{path}/{own}"), json!({ "name": "still_mine" })).await.ok(200);
        town.member.patch(&format!("{path}/{theirs}"), json!({ "name": "mine" })).await.refused(403, 50_013);
        town.member.delete(&format!("{path}/{theirs}")).await.refused(403, 50_013);
        allow(&town, MANAGE).await;
        town.member.delete(&format!("{path}/{theirs}")).await.ok(204);
        town.member.delete(&format!("{path}/{own}")).await.ok(204);
    })
    .await;
}

/// Forbids everybody to use emoji of elsewhere.
async fn forbid_external(town: &Town) {
    // View, send, read history, add reactions.
    let permissions = (1 << 10 | 1 << 11 | 1 << 16 | 1 << 6_u64).to_string();
    let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
    town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
}

async fn react(town: &Town, who: &Client, emoji: &str) -> guildhall_harness::Answer {
    let message = text(&town.say(&town.owner, "react to this").await["id"]);
    who.put(&format!("/channels/{}/messages/{message}/reactions/{emoji}/@me", town.channel), json!({})).await
}

#[tokio::test]
async fn custom_emoji_are_for_those_who_may_use_them() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let emoji = async |who: &Client, guild: &str, name: &str| {
            let body = json!({ "name": name, "image": PNG });
            text(&who.post(&format!("/guilds/{guild}/emojis"), body).await.ok(201)["id"])
        };
        let here = emoji(&town.owner, &town.guild, "here").await;
        // Another guild of the member, and one that it is not in.
        let second = text(&town.member.post("/guilds", json!({ "name": "Second" })).await.ok(201)["id"]);
        let there = emoji(&town.member, &second, "there").await;
        let third = text(&town.stranger.post("/guilds", json!({ "name": "Third" })).await.ok(201)["id"]);
        let foreign = emoji(&town.stranger, &third, "foreign").await;
        let say = format!("<:here:{here}> <:there:{there}> <:foreign:{foreign}> `<:foreign:{foreign}>` <:none:5>");

        react(&town, &town.member, &format!("x:{here}")).await.ok(204);
        react(&town, &town.member, &format!("x:{there}")).await.ok(204);
        react(&town, &town.member, &format!("x:{foreign}")).await.refused(404, 10_014);
        react(&town, &town.member, "x:5").await.refused(404, 10_014);
        let sent = town.say(&town.member, &say).await;
        let expected = format!("<:here:{here}> <:there:{there}> :foreign: `<:foreign:{foreign}>` :none:");
        assert_eq!(sent["content"], json!(expected));

        forbid_external(&town).await;
        react(&town, &town.member, &format!("x:{here}")).await.ok(204);
        react(&town, &town.member, &format!("x:{there}")).await.refused(403, 50_013);
        let edit = format!("/channels/{}/messages/{}", town.channel, text(&sent["id"]));
        let edited = town.member.patch(&edit, json!({ "content": say })).await.ok(200);
        assert_eq!(edited["content"], json!(format!("<:here:{here}> :there: :foreign: `<:foreign:{foreign}>` :none:")));

        // What somebody else has put there, everybody may join.
        let message = text(&town.say(&town.owner, "again").await["id"]);
        let path = format!("/channels/{}/messages/{message}/reactions", town.channel);
        town.member.put(&format!("{path}/x:{here}/@me"), json!({})).await.ok(204);
        let body = json!({ "roles": [allow(&town, 0).await] });
        town.owner.patch(&format!("/guilds/{}/emojis/{here}", town.guild), body).await.ok(200);
        react(&town, &town.owner, &format!("x:{here}")).await.refused(404, 10_014);
        town.owner.put(&format!("{path}/x:{here}/@me"), json!({})).await.ok(204);
        let shown = town.owner.get(&format!("/channels/{}/messages/{message}", town.channel)).await.ok(200);
        assert_eq!(
            (&shown["reactions"][0]["emoji"]["name"], &shown["reactions"][0]["count"]),
            (&json!("here"), &json!(2))
        );
    })
    .await;
}

#[tokio::test]
async fn an_application_has_emoji_of_its_own() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(1 << 10 | 1 << 11 | 1 << 16 | 1 << 6).await;
        forbid_external(&town).await;
        let path = format!("/applications/{}/emojis", bot.id);
        let emoji = bot.post(&path, json!({ "name": "own", "image": GIF })).await.ok(201);
        let id = text(&emoji["id"]);
        assert_eq!((&emoji["animated"], &emoji["user"]["id"]), (&json!(true), &json!(bot.id)));
        let taken = bot.post(&path, json!({ "name": "own", "image": PNG })).await;
        assert_eq!(taken.body["errors"]["name"]["_errors"][0]["code"], "APPLICATION_EMOJI_NAME_ALREADY_TAKEN");
        assert_eq!(town.owner.get(&path).await.ok(200)["items"][0]["id"], json!(id));
        town.member.get(&path).await.refused(403, 50_001);
        // Wherever the bot is, and nobody else.
        react(&town, &bot, &format!("own:{id}")).await.ok(204);
        react(&town, &town.owner, &format!("own:{id}")).await.refused(404, 10_014);
        let content = format!("<a:own:{id}>");
        assert_eq!(town.say(&bot, &content).await["content"], json!(content));
        assert_eq!(town.say(&town.owner, &content).await["content"], ":own:");
        // It is no guild's.
        town.owner.get(&format!("/guilds/{}/emojis/{id}", town.guild)).await.refused(404, 10_014);
        assert_eq!(bot.patch(&format!("{path}/{id}"), json!({ "name": "still" })).await.ok(200)["name"], "still");
        assert_eq!(bot.get(&format!("{path}/{id}")).await.ok(200)["name"], "still");
        bot.delete(&format!("{path}/{id}")).await.ok(204);
        bot.delete(&format!("{path}/{id}")).await.refused(404, 10_014);
        assert_eq!(bot.get(&path).await.ok(200), json!({ "items": [] }));
    })
    .await;
}
