//! Commands, components and modals: what people do, what applications hear and answer.

use guildhall_harness::{Client, Socket, Town, on_both};
use serde_json::{Value, json};

/// Administrator.
const ALL: u64 = 8;

/// Registers a command in the guild; gives it.
async fn command(town: &Town, bot: &Client, body: Value) -> Value {
    bot.post(&format!("/applications/{}/guilds/{}/commands", bot.id, town.guild), body).await.ok(201)
}

/// What a person's client posts.
fn act(town: &Town, bot: &Client, kind: u8, data: &Value) -> Value {
    json!({
        "type": kind, "application_id": bot.id, "guild_id": town.guild, "channel_id": town.channel,
        "session_id": "s", "nonce": "n1", "data": data,
    })
}

async fn heard(socket: &mut Socket) -> (Value, String) {
    let event = socket.event("INTERACTION_CREATE").await;
    let id = event["id"].as_str().unwrap();
    let path = format!("/interactions/{id}/{}/callback", event["token"].as_str().unwrap());
    (event, path)
}

#[tokio::test]
async fn a_command_is_heard_and_answered() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let option = json!({ "type": 6, "name": "who", "description": "Somebody", "required": true });
        let made = command(&town, &bot, json!({ "name": "greet", "description": "Greets", "options": [option] })).await;
        let index = town.member.get(&format!("/channels/{}/application-command-index", town.channel)).await.ok(200);
        assert_eq!(index["application_commands"][0]["id"], made["id"]);
        let mut ears = bot.connect(1).await;
        let mut eyes = town.member.connect(0).await;
        let who = json!({ "type": 6, "name": "who", "value": town.owner.id });
        let data = json!({ "id": made["id"], "name": "greet", "version": made["version"], "options": [who] });
        town.member.post("/interactions", act(&town, &bot, 2, &data)).await.ok(204);
        let (event, path) = heard(&mut ears).await;
        assert_eq!(event["member"]["user"]["id"], json!(town.member.id));
        assert_eq!(event["data"]["resolved"]["users"][&town.owner.id]["username"], "owner");
        assert_eq!((&event["guild_id"], &event["context"]), (&json!(town.guild), &json!(0)));
        let anybody = town.server.client();
        let answer = json!({ "type": 4, "data": { "content": format!("hello <@{}>", town.owner.id) } });
        let done = anybody.post(&format!("{path}?with_response=true"), answer.clone()).await.ok(200);
        assert_eq!(done["interaction"]["response_message_id"], done["resource"]["message"]["id"]);
        let message = eyes.event("MESSAGE_CREATE").await;
        assert_eq!((&message["type"], &message["interaction"]["name"]), (&json!(20), &json!("greet")));
        assert_eq!(message["author"]["id"], json!(bot.id));
        assert_eq!(message["interaction_metadata"]["user"]["id"], json!(town.member.id));
        assert_eq!(eyes.event("INTERACTION_SUCCESS").await["nonce"], "n1");
        anybody.post(&path, answer).await.refused(400, 40_060);
        // Follow-ups, changes and removal by the token alone.
        let hook = format!("/webhooks/{}/{}", bot.id, event["token"].as_str().unwrap());
        let more = anybody.post(&hook, json!({ "content": "and more" })).await.ok(200);
        assert_eq!(more["message_reference"]["message_id"], message["id"]);
        let first = format!("{hook}/messages/@original");
        let changed = anybody.patch(&first, json!({ "content": "changed" })).await.ok(200);
        assert_eq!((&changed["id"], &changed["content"]), (&message["id"], &json!("changed")));
        assert_eq!(anybody.get(&first).await.ok(200)["content"], "changed");
        anybody.delete(&format!("{hook}/messages/{}", more["id"].as_str().unwrap())).await.ok(204);
        anybody.get(&format!("{hook}/messages/{}", more["id"].as_str().unwrap())).await.refused(404, 10_008);
        // The token is not good for other messages of the channel.
        let other = town.say(&town.owner, "mine").await;
        anybody.delete(&format!("{hook}/messages/{}", other["id"].as_str().unwrap())).await.refused(404, 10_008);
    })
    .await;
}

#[tokio::test]
async fn an_ephemeral_answer_is_for_one() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let made = command(&town, &bot, json!({ "name": "secret", "description": "Tells one" })).await;
        let mut ears = bot.connect(1).await;
        let (mut mine, mut theirs) = (town.member.connect(0).await, town.owner.connect(0).await);
        let data = json!({ "id": made["id"], "name": "secret" });
        town.member.post("/interactions", act(&town, &bot, 2, &data)).await.ok(204);
        let (event, path) = heard(&mut ears).await;
        bot.post(&path, json!({ "type": 5, "data": { "flags": 64 } })).await.ok(204);
        let waiting = mine.event("MESSAGE_CREATE").await;
        assert_eq!(waiting["flags"], 64 | 128);
        let hook = format!("/webhooks/{}/{}", bot.id, event["token"].as_str().unwrap());
        let shown = bot.post(&hook, json!({ "content": "psst" })).await.ok(200);
        assert_eq!((&shown["id"], &shown["flags"]), (&waiting["id"], &json!(64)));
        assert_eq!(mine.event("MESSAGE_UPDATE").await["content"], "psst");
        let history = town.member.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        assert!(history.as_array().unwrap().iter().all(|message| message["id"] != waiting["id"]));
        let path = format!("/channels/{}/messages/{}", town.channel, waiting["id"].as_str().unwrap());
        town.owner.get(&path).await.refused(404, 10_008);
        town.owner.delete(&path).await.refused(404, 10_008);
        town.say(&town.member, "end").await;
        let names = theirs.names_until("MESSAGE_CREATE").await;
        assert_eq!(names.iter().filter(|name| name.starts_with("MESSAGE")).count(), 1, "only the last one: {names:?}");
        town.server.app.clock().advance(std::time::Duration::from_mins(16));
        guildhall_api::sweep_interactions(&town.server.app).await.unwrap();
        bot.patch(&format!("{hook}/messages/@original"), json!({ "content": "late" })).await.refused(401, 50_027);
    })
    .await;
}

#[tokio::test]
async fn a_button_a_menu_and_a_modal() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let mut ears = bot.connect(1).await;
        let mut eyes = town.member.connect(0).await;
        let rows = json!([
            { "type": 1, "components": [{ "type": 2, "style": 1, "label": "Go", "custom_id": "go" }] },
            { "type": 1, "components": [{ "type": 8, "custom_id": "where" }] },
        ]);
        let path = format!("/channels/{}/messages", town.channel);
        let sent = bot.post(&path, json!({ "content": "choose", "components": rows })).await.ok(200);
        let click = |data: Value| {
            let mut body = act(&town, &bot, 3, &data);
            body["message_id"] = sent["id"].clone();
            body
        };
        // A menu, answered by a change of its message.
        let data = json!({ "custom_id": "where", "component_type": 8, "values": [town.channel] });
        town.member.post("/interactions", click(data)).await.ok(204);
        let (event, callback) = heard(&mut ears).await;
        let named = &event["data"]["resolved"]["channels"][&town.channel];
        assert_eq!(named["type"], 0);
        assert!(named["permissions"].is_string() && named["app_permissions"].is_string(), "{named}");
        assert_eq!(event["message"]["id"], sent["id"]);
        bot.post(&callback, json!({ "type": 7, "data": { "content": "chosen" } })).await.ok(204);
        assert_eq!(eyes.event("MESSAGE_UPDATE").await["content"], "chosen");
        // What was not offered is refused.
        let data = json!({ "custom_id": "nowhere", "component_type": 2 });
        town.member.post("/interactions", click(data)).await.refused(400, 50_035);
        // A button that opens a modal.
        town.member.post("/interactions", click(json!({ "custom_id": "go", "component_type": 2 }))).await.ok(204);
        let (_, callback) = heard(&mut ears).await;
        let input = json!({ "type": 4, "custom_id": "name", "style": 1, "label": "Name", "max_length": 10 });
        let form =
            json!({ "custom_id": "form", "title": "Form", "components": [{ "type": 1, "components": [input] }] });
        bot.post(&callback, json!({ "type": 9, "data": form })).await.ok(204);
        let modal = eyes.event("INTERACTION_MODAL_CREATE").await;
        assert_eq!((&modal["custom_id"], &modal["nonce"]), (&json!("form"), &json!("n1")));
        let fill = |text: &str| {
            let field = json!({ "type": 4, "custom_id": "name", "value": text });
            let components = json!([{ "type": 1, "components": [field] }]);
            act(&town, &bot, 5, &json!({ "id": modal["id"], "custom_id": "form", "components": components }))
        };
        town.member.post("/interactions", fill("much too long for it")).await.refused(400, 50_035);
        town.owner.post("/interactions", fill("Ada")).await.refused(404, 10_062);
        town.member.post("/interactions", fill("Ada")).await.ok(204);
        let (event, callback) = heard(&mut ears).await;
        assert_eq!(event["data"]["components"][0]["components"][0]["value"], "Ada");
        assert_eq!(event["message"]["id"], sent["id"]);
        bot.post(&callback, json!({ "type": 6 })).await.ok(204);
        eyes.event("INTERACTION_SUCCESS").await;
    })
    .await;
}

#[tokio::test]
async fn suggestions_come_while_somebody_types() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let option = json!({ "type": 3, "name": "word", "description": "A word", "autocomplete": true });
        let made = command(&town, &bot, json!({ "name": "look", "description": "Looks", "options": [option] })).await;
        let mut ears = bot.connect(1).await;
        let mut eyes = town.member.connect(0).await;
        let word = json!({ "type": 3, "name": "word", "value": "gu", "focused": true });
        let data = json!({ "id": made["id"], "name": "look", "options": [word] });
        town.member.post("/interactions", act(&town, &bot, 4, &data)).await.ok(204);
        let (event, callback) = heard(&mut ears).await;
        assert_eq!(event["data"]["options"][0]["focused"], true);
        bot.post(&callback, json!({ "type": 4, "data": { "content": "no" } })).await.refused(400, 50_035);
        let choices = json!([{ "name": "guild", "value": "guild" }]);
        bot.post(&callback, json!({ "type": 8, "data": { "choices": choices } })).await.ok(204);
        let told = eyes.event("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE").await;
        assert_eq!((&told["choices"][0]["value"], &told["nonce"]), (&json!("guild"), &json!("n1")));
    })
    .await;
}

#[tokio::test]
async fn commands_are_for_those_who_may() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let body = json!({ "name": "purge", "description": "Purges", "default_member_permissions": "8192" });
        let made = command(&town, &bot, body).await;
        let data = json!({ "id": made["id"], "name": "purge" });
        town.member.post("/interactions", act(&town, &bot, 2, &data)).await.refused(403, 50_013);
        town.stranger.post("/interactions", act(&town, &bot, 2, &data)).await.refused(403, 50_001);
        let path = format!(
            "/applications/{}/guilds/{}/commands/{}/permissions",
            bot.id,
            town.guild,
            made["id"].as_str().unwrap()
        );
        let body = json!({ "permissions": [{ "id": town.member.id, "type": 2, "permission": true }] });
        town.owner.put(&path, body).await.ok(200);
        town.member.post("/interactions", act(&town, &bot, 2, &data)).await.ok(204);
        let old = json!({ "id": made["id"], "name": "purge", "version": "5" });
        town.member.post("/interactions", act(&town, &bot, 2, &old)).await.refused(400, 50_035);
        bot.post("/interactions", act(&town, &bot, 2, &data)).await.refused(403, 20_001);
    })
    .await;
}

#[tokio::test]
async fn an_interaction_that_nobody_answers_fails() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let made = command(&town, &bot, json!({ "name": "slow", "description": "Sleeps" })).await;
        let mut ears = bot.connect(1).await;
        let mut eyes = town.member.connect(0).await;
        town.member.post("/interactions", act(&town, &bot, 2, &json!({ "id": made["id"] }))).await.ok(204);
        let (_, callback) = heard(&mut ears).await;
        assert_eq!(eyes.event("INTERACTION_FAILURE").await["nonce"], "n1");
        town.server.app.clock().advance(std::time::Duration::from_secs(1));
        bot.post(&callback, json!({ "type": 4, "data": { "content": "late" } })).await.refused(404, 10_062);
    })
    .await;
}

#[tokio::test]
async fn a_command_of_the_menu_of_a_user_or_a_message_has_its_target() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ALL).await;
        let mut ears = bot.connect(1).await;
        let of_user = command(&town, &bot, json!({ "name": "High five", "type": 2 })).await;
        let of_message = command(&town, &bot, json!({ "name": "Report", "type": 3 })).await;
        let said = town.say(&town.owner, "look at this").await;
        let used = |made: &Value, target: &Value| {
            let data = json!({ "id": made["id"], "name": made["name"], "type": made["type"], "target_id": target });
            let (member, body) = (town.member.clone(), act(&town, &bot, 2, &data));
            async move { member.post("/interactions", body).await }
        };
        used(&of_user, &json!(town.owner.id)).await.ok(204);
        let (event, path) = heard(&mut ears).await;
        let data = &event["data"];
        assert_eq!((&data["type"], &data["target_id"]), (&json!(2), &json!(town.owner.id)));
        assert_eq!(data["resolved"]["users"][&town.owner.id]["username"], "owner");
        assert!(data["resolved"]["members"][&town.owner.id]["permissions"].is_string(), "{data}");
        bot.post(&path, json!({ "type": 4, "data": { "content": "five" } })).await.ok(204);
        let path = format!("/channels/{}/messages", town.channel);
        let answer = town.member.get(&path).await.ok(200)[0].clone();
        assert_eq!(answer["interaction_metadata"]["target_user"]["id"], json!(town.owner.id));
        // Somebody who is not a member is a user and nothing more.
        used(&of_user, &json!(town.stranger.id)).await.ok(204);
        let (event, _) = heard(&mut ears).await;
        let resolved = &event["data"]["resolved"];
        assert_eq!(resolved["users"][&town.stranger.id]["username"], "stranger");
        assert_eq!(resolved["members"][&town.stranger.id], Value::Null);
        used(&of_message, &said["id"]).await.ok(204);
        let (event, path) = heard(&mut ears).await;
        let data = &event["data"];
        assert_eq!((&data["type"], &data["target_id"]), (&json!(3), &said["id"]));
        let id = said["id"].as_str().unwrap();
        let resolved = &data["resolved"]["messages"][id];
        assert_eq!((&resolved["content"], &resolved["author"]["username"]), (&json!("look at this"), &json!("owner")));
        bot.post(&path, json!({ "type": 4, "data": { "content": "seen" } })).await.ok(204);
        let answer = town.member.get(&format!("/channels/{}/messages", town.channel)).await.ok(200)[0].clone();
        assert_eq!(answer["interaction_metadata"]["target_message_id"], said["id"]);
        // No target, nobody, nothing, and what is somewhere else.
        used(&of_user, &Value::Null).await.refused(400, 50_035);
        used(&of_user, &json!("77")).await.refused(404, 10_013);
        used(&of_message, &Value::Null).await.refused(400, 50_035);
        used(&of_message, &json!("77")).await.refused(404, 10_008);
        let body = json!({ "name": "back-room", "type": 0, "permission_overwrites": [
            { "id": town.guild, "type": 0, "allow": "0", "deny": "1024" },
        ]});
        let hidden = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        let hidden = format!("/channels/{}/messages", hidden["id"].as_str().unwrap());
        let secret = town.owner.post(&hidden, json!({ "content": "secret" })).await.ok(200);
        used(&of_message, &secret["id"]).await.refused(404, 10_008);
        // What is for one alone is no target for others.
        let greet = command(&town, &bot, json!({ "name": "greet", "description": "Greets" })).await;
        let data = json!({ "id": greet["id"], "name": "greet" });
        town.owner.post("/interactions", act(&town, &bot, 2, &data)).await.ok(204);
        let (event, path) = heard(&mut ears).await;
        let whispered = json!({ "type": 4, "data": { "content": "psst", "flags": 64 } });
        bot.post(&path, whispered).await.ok(204);
        let hook = format!("/webhooks/{}/{}", bot.id, event["token"].as_str().unwrap());
        let whispered = bot.get(&format!("{hook}/messages/@original")).await.ok(200);
        used(&of_message, &whispered["id"]).await.refused(404, 10_008);
        // Who may not read history has no message to point at.
        let overwrite = json!({ "type": 1, "allow": "0", "deny": "65536" });
        let path = format!("/channels/{}/permissions/{}", town.channel, town.member.id);
        town.owner.put(&path, overwrite).await.ok(204);
        used(&of_message, &said["id"]).await.refused(403, 50_013);
    })
    .await;
}
