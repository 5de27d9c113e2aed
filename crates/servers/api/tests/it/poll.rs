//! Polls: asked, answered, ended by their author and by time.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

const POLLS: u64 = 1 | 1 << 9 | 1 << 15 | 1 << 24;

fn poll(answers: &[&str], more: &Value) -> Value {
    let answers: Vec<_> = answers.iter().map(|text| json!({ "poll_media": { "text": text } })).collect();
    let mut poll = json!({ "question": { "text": "What for dinner?" }, "answers": answers });
    poll.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "poll": poll })
}

async fn ask(town: &Town, body: Value) -> (Value, String) {
    let message = town.owner.post(&format!("/channels/{}/messages", town.channel), body).await.ok(200);
    let path = format!("/channels/{}/polls/{}", town.channel, message["id"].as_str().unwrap());
    (message, path)
}

#[tokio::test]
async fn a_poll_is_asked_and_answered() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let mut socket = bot.connect(POLLS).await;
        let mut deaf = bot.connect(1 | 1 << 9).await;
        let (asked, path) = ask(&town, poll(&["Soup", "Bread"], &json!({ "duration": 1 }))).await;
        assert_eq!(asked["content"], "");
        let shown = &asked["poll"];
        assert_eq!(shown["results"], json!({ "answer_counts": [], "is_finalized": false }));
        assert_eq!((&shown["layout_type"], &shown["allow_multiselect"]), (&json!(1), &json!(false)));
        assert_eq!(shown["answers"][1], json!({ "answer_id": 2, "poll_media": { "text": "Bread" } }));
        assert_eq!(socket.event("MESSAGE_CREATE").await["poll"], *shown);
        let votes = format!("{path}/answers/@me");
        town.member.put(&votes, json!({ "answer_ids": ["2"] })).await.ok(204);
        let told = socket.event("MESSAGE_POLL_VOTE_ADD").await;
        assert_eq!((&told["user_id"], &told["answer_id"]), (&json!(town.member.id), &json!(2)));
        assert_eq!((&told["message_id"], &told["guild_id"]), (&asked["id"], &json!(town.guild)));
        town.owner.put(&votes, json!({ "answer_ids": [2] })).await.ok(204);
        let seen = format!("/channels/{}/messages/{}", town.channel, asked["id"].as_str().unwrap());
        let counts = town.owner.get(&seen).await.ok(200)["poll"]["results"]["answer_counts"].clone();
        assert_eq!(counts, json!([{ "id": 2, "count": 2, "me_voted": true }]));
        // Another answer takes the place of the first.
        town.member.put(&votes, json!({ "answer_ids": [1] })).await.ok(204);
        socket.event("MESSAGE_POLL_VOTE_REMOVE").await;
        let page = town.member.get(&format!("{path}/answers/2?limit=10")).await.ok(200);
        assert_eq!(page["users"].as_array().unwrap().len(), 1);
        assert_eq!(page["users"][0]["id"], json!(town.owner.id));
        let after = format!("{path}/answers/2?after={}", town.owner.id);
        assert_eq!(town.member.get(&after).await.ok(200)["users"], json!([]));
        town.member.put(&votes, json!({ "answer_ids": [] })).await.ok(204);
        assert_eq!(town.member.get(&format!("{path}/answers/1")).await.ok(200)["users"], json!([]));
        town.member.put(&votes, json!({ "answer_ids": [1, 2] })).await.refused(400, 50_035);
        town.member.put(&votes, json!({ "answer_ids": [3] })).await.refused(400, 50_035);
        bot.put(&votes, json!({ "answer_ids": [1] })).await.refused(403, 20_001);
        town.stranger.put(&votes, json!({ "answer_ids": [1] })).await.refused(403, 50_001);
        town.member.get(&format!("{path}/answers/9")).await.refused(404, 0);
        let plain = town.say(&town.owner, "no poll").await;
        let plain = format!("/channels/{}/polls/{}", town.channel, plain["id"].as_str().unwrap());
        town.member.put(&format!("{plain}/answers/@me"), json!({ "answer_ids": [1] })).await.refused(400, 520_006);
        // Without the intent nobody hears of votes.
        let names = deaf.names_until("MESSAGE_CREATE").await;
        assert!(!names.iter().any(|name| name.starts_with("MESSAGE_POLL")), "{names:?}");
        let search = format!("/guilds/{}/messages/search?has=poll", town.guild);
        assert_eq!(town.owner.get(&search).await.ok(200)["total_results"], 1);
        town.owner.patch(&seen, json!({ "content": "new" })).await.refused(400, 520_003);
        town.owner.delete(&seen).await.ok(204);
        town.member.get(&format!("{path}/answers/1")).await.refused(404, 10_008);
    })
    .await;
}

#[tokio::test]
async fn a_poll_has_limits() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let none = json!({});
        let answer = |media: Value| {
            json!({ "poll": { "question": { "text": "?" }, "answers": [{ "poll_media": media }] } })
        };
        for wrong in [
            json!({ "poll": { "question": { "text": "" }, "answers": [{ "poll_media": { "text": "x" } }] } }),
            json!({ "poll": { "question": { "text": "x".repeat(301) }, "answers": [{ "poll_media": { "text": "x" } }] } }),
            poll(&[], &none),
            poll(&["x"; 11], &none),
            poll(&[&"x".repeat(56)], &none),
            poll(&["x"], &json!({ "duration": 769 })),
            poll(&["x"], &json!({ "duration": 0 })),
            poll(&["x"], &json!({ "layout_type": 2 })),
            answer(json!({ "text": "" })),
            answer(json!({ "text": "x", "emoji": { "name": "no emoji" } })),
        ] {
            town.owner.post(&path, wrong).await.refused(400, 50_035);
        }
        town.owner.post(&path, answer(json!({ "text": "x", "emoji": { "id": "1" } }))).await.refused(400, 520_004);
        let good = town.owner.post(&path, answer(json!({ "text": "x", "emoji": { "name": "👍" } }))).await.ok(200);
        assert_eq!(good["poll"]["answers"][0]["poll_media"]["emoji"]["name"], "👍");
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        town.owner.patch(&everyone, json!({ "permissions": "68608" })).await.ok(200);
        town.member.post(&path, poll(&["x"], &none)).await.refused(403, 50_013);
    })
    .await;
}

#[tokio::test]
async fn a_poll_ends_by_time_or_by_its_author() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (_, first) = ask(&town, poll(&["Soup", "Bread", "Both"], &json!({ "allow_multiselect": true }))).await;
        let (second, short) = ask(&town, poll(&["Yes", "No"], &json!({ "duration": 1 }))).await;
        let first_votes = format!("{first}/answers/@me");
        town.member.put(&first_votes, json!({ "answer_ids": [1, 2] })).await.ok(204);
        town.owner.put(&first_votes, json!({ "answer_ids": [2] })).await.ok(204);
        town.member.put(&format!("{short}/answers/@me"), json!({ "answer_ids": [1] })).await.ok(204);
        town.owner.put(&format!("{short}/answers/@me"), json!({ "answer_ids": [2] })).await.ok(204);
        let mut socket = town.owner.connect(0).await;
        town.member.post(&format!("{first}/expire"), json!({})).await.refused(403, 50_005);
        let ended = town.owner.post(&format!("{first}/expire"), json!({})).await.ok(200);
        let results = json!({
            "answer_counts": [{ "id": 1, "count": 1, "me_voted": false }, { "id": 2, "count": 2, "me_voted": true }],
            "is_finalized": true,
        });
        assert_eq!(ended["poll"]["results"], results);
        assert_eq!(socket.event("MESSAGE_UPDATE").await["poll"]["results"]["is_finalized"], true);
        let told = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&told["type"], &told["author"]["id"]), (&json!(46), &json!(town.owner.id)));
        assert_eq!(told["message_reference"]["message_id"], ended["id"]);
        let fields = |message: &Value| {
            assert_eq!(message["embeds"][0]["type"], "poll_result");
            let fields = message["embeds"][0]["fields"].as_array().unwrap().clone();
            fields
                .iter()
                .map(|field| (field["name"].as_str().unwrap().to_owned(), field["value"].as_str().unwrap().to_owned()))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let won = fields(&told);
        assert_eq!((won["victor_answer_id"].as_str(), won["victor_answer_text"].as_str()), ("2", "Bread"));
        assert_eq!((won["victor_answer_votes"].as_str(), won["total_votes"].as_str()), ("2", "3"));
        town.owner.post(&format!("{first}/expire"), json!({})).await.refused(400, 520_001);
        town.member.put(&first_votes, json!({ "answer_ids": [] })).await.refused(400, 520_001);
        // The other one is over when its hour is, with nobody there.
        let app = &town.server.app;
        app.clock().advance(Duration::from_mins(59));
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 0);
        app.clock().advance(Duration::from_mins(2));
        town.member.put(&format!("{short}/answers/@me"), json!({ "answer_ids": [2] })).await.refused(400, 520_001);
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 1);
        assert_eq!(socket.event("MESSAGE_UPDATE").await["id"], second["id"]);
        let tie = fields(&socket.event("MESSAGE_CREATE").await);
        assert!(!tie.contains_key("victor_answer_id") && tie["victor_answer_votes"] == "1", "{tie:?}");
        app.clock().advance(Duration::from_hours(48));
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn webhooks_and_people_in_private_ask_too() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made =
            town.owner.post(&format!("/channels/{}/webhooks", town.channel), json!({ "name": "h" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}?wait=true", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let asked = town.server.client().post(&hook, poll(&["a"], &json!({}))).await.ok(200);
        assert_eq!(asked["poll"]["answers"][0]["answer_id"], 1);
        let dm = town.owner.post("/users/@me/channels", json!({ "recipient_id": town.member.id })).await.ok(200);
        let dm = dm["id"].as_str().unwrap();
        let asked = town.owner.post(&format!("/channels/{dm}/messages"), poll(&["a"], &json!({}))).await.ok(200);
        let bytes = asked["id"].as_str().unwrap();
        let mut socket = town.owner.connect(0).await;
        let votes = format!("/channels/{dm}/polls/{bytes}/answers/@me");
        town.member.put(&votes, json!({ "answer_ids": [1] })).await.ok(204);
        assert_eq!(socket.event("MESSAGE_POLL_VOTE_ADD").await["guild_id"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_question_is_moderated() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let rule = json!({
            "name": "r", "event_type": 1, "trigger_type": 1, "enabled": true, "actions": [{ "type": 1 }],
            "trigger_metadata": { "keyword_filter": ["soup"] },
        });
        town.owner.post(&format!("/guilds/{}/auto-moderation/rules", town.guild), rule).await.ok(200);
        let path = format!("/channels/{}/messages", town.channel);
        town.member.post(&path, poll(&["Soup"], &json!({}))).await.refused(400, 200_000);
        town.member.post(&path, poll(&["Bread"], &json!({}))).await.ok(200);
    })
    .await;
}
