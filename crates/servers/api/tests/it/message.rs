//! Messages, pins, reactions, read state.

mod deletion;
mod paging;
mod pin;
mod reply;
mod slow_mode;

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

fn ids(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_sent_is_heard_and_kept() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let path = format!("/channels/{}/messages", town.channel);
        let body = json!({ "content": "  hello  ", "nonce": 42, "embeds": [{ "title": "card" }] });
        let bot = town.bot(0).await;
        let sent = bot.post(&path, body).await.ok(200);
        assert_eq!(sent["content"], "hello");
        let heard = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&heard["id"], &heard["nonce"], &heard["guild_id"]), (&sent["id"], &json!(42), &json!(town.guild)));
        assert_eq!(heard["embeds"][0]["type"], "rich");
        assert!(heard["member"]["user"].is_null(), "the author stands beside the member");
        let kept = town.member.get(&format!("{path}/{}", sent["id"].as_str().unwrap())).await.ok(200);
        assert_eq!(kept["content"], "hello");
        town.owner.post(&path, json!({ "content": " " })).await.refused(400, 50_006);
        town.owner.post(&path, json!({ "content": "x".repeat(2001) })).await.refused(400, 50_035);
        town.owner.post(&path, json!({ "content": 5 })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn a_nonce_that_is_enforced_sends_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let body = json!({ "content": "once", "nonce": "n1", "enforce_nonce": true });
        let first = town.owner.post(&path, body.clone()).await.ok(200);
        let second = town.owner.post(&path, body).await.ok(200);
        assert_eq!(first["id"], second["id"]);
        let list = town.owner.get(&path).await.ok(200);
        assert_eq!(list.as_array().unwrap().iter().filter(|message| message["content"] == "once").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn history_pages_both_ways_without_holes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut sent = Vec::new();
        for number in 0..25 {
            sent.push(town.say(&town.owner, &number.to_string()).await["id"].as_str().unwrap().to_owned());
        }
        let path = format!("/channels/{}/messages", town.channel);
        let (mut seen, mut before) = (Vec::new(), sent.last().unwrap().clone());
        loop {
            town.say(&town.member, "meanwhile").await;
            let page = town.member.get(&format!("{path}?limit=7&before={before}")).await.ok(200);
            let page = ids(&page).into_iter().map(str::to_owned).collect::<Vec<_>>();
            let Some(last) = page.last() else { break };
            before.clone_from(last);
            seen.extend(page);
        }
        seen.reverse();
        let seen: Vec<_> = seen.into_iter().filter(|id| sent.contains(id)).collect();
        assert_eq!(seen, sent[..24]);
        let around = town.member.get(&format!("{path}?limit=5&around={}", sent[10])).await.ok(200);
        assert_eq!(ids(&around), [&sent[12], &sent[11], &sent[10], &sent[9], &sent[8]]);
        let after = town.member.get(&format!("{path}?limit=2&after={}", sent[10])).await.ok(200);
        assert_eq!(ids(&after), [&sent[12], &sent[11]]);
        town.member.get(&format!("{path}?limit=0")).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn authors_edit_and_moderators_delete() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.member, "first").await;
        let path = format!("/channels/{}/messages/{}", town.channel, sent["id"].as_str().unwrap());
        let mut socket = town.owner.connect(0).await;
        town.owner.patch(&path, json!({ "content": "not mine" })).await.refused(403, 50_005);
        let edited = town.member.patch(&path, json!({ "content": "second" })).await.ok(200);
        assert!(edited["edited_timestamp"].is_string());
        assert_eq!(socket.event("MESSAGE_UPDATE").await["content"], "second");
        town.member.patch(&path, json!({ "content": "" })).await.refused(400, 50_006);
        let own = town.say(&town.owner, "mine").await;
        let foreign = format!("/channels/{}/messages/{}", town.channel, own["id"].as_str().unwrap());
        town.member.delete(&foreign).await.refused(403, 50_013);
        town.owner.delete(&path).await.ok(204);
        assert_eq!(socket.event("MESSAGE_DELETE").await["id"], sent["id"]);
        town.member.get(&path).await.refused(404, 10_008);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=72", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn replies_stay_in_their_channel() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let first = town.say(&town.member, "question").await;
        let path = format!("/channels/{}/messages", town.channel);
        let reply = json!({ "content": "answer", "message_reference": { "message_id": first["id"] } });
        let answer = town.owner.post(&path, reply).await.ok(200);
        assert_eq!((&answer["type"], &answer["referenced_message"]["id"]), (&json!(19), &first["id"]));
        assert_eq!(answer["mentions"][0]["id"], json!(town.member.id), "a reply pings whom it answers");
        let gone = json!({ "content": "answer", "message_reference": { "message_id": "1" } });
        town.owner.post(&path, gone).await.refused(400, 50_035);
        let anyway =
            json!({ "content": "answer", "message_reference": { "message_id": "1", "fail_if_not_exists": false } });
        assert_eq!(town.owner.post(&path, anyway).await.ok(200)["type"], 0);
        let forward =
            json!({ "message_reference": { "type": 1, "message_id": first["id"], "channel_id": town.channel } });
        let forwarded = town.owner.post(&path, forward).await.ok(200);
        assert_eq!(forwarded["message_snapshots"][0]["message"]["content"], "question");
    })
    .await;
}

#[tokio::test]
async fn mentions_need_permission_and_leave() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let text = format!("<@{}> <@{}> @everyone", town.owner.id, town.stranger.id);
        let sent = town.say(&town.member, &text).await;
        assert_eq!(sent["mention_everyone"], false);
        assert!(sent["mentions"].as_array().unwrap().iter().any(|user| user["id"] == json!(town.owner.id)));
        let path = format!("/channels/{}/messages", town.channel);
        let quiet = json!({ "content": text, "allowed_mentions": { "parse": [] } });
        assert_eq!(town.owner.post(&path, quiet).await.ok(200)["mentions"], json!([]));
        let both = json!({ "content": "x", "allowed_mentions": { "parse": ["users"], "users": ["1"] } });
        town.owner.post(&path, both).await.refused(400, 50_035);
        assert_eq!(town.say(&town.owner, "@everyone").await["mention_everyone"], true);
        assert_eq!(town.say(&town.owner, "@here").await["mention_everyone"], true);
        let count = |ready: &Value| {
            let states = ready["read_state"]["entries"].as_array().unwrap().clone();
            states.iter().find(|state| state["id"] == json!(town.channel)).unwrap()["mention_count"].clone()
        };
        let socket = town.member.connect(0).await;
        assert_eq!(count(&socket.ready), 1, "for @everyone");
        town.say(&town.owner, "@here").await;
        assert_eq!(count(&town.member.connect(0).await.ready), 2, "now somebody is here");
    })
    .await;
}

#[tokio::test]
async fn pins_are_told_and_listed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.member, "keep this").await;
        let mut socket = town.member.connect(0).await;
        let pin = format!("/channels/{}/messages/pins/{}", town.channel, sent["id"].as_str().unwrap());
        town.member.put(&pin, json!({})).await.refused(403, 50_013);
        // To remove what others wrote is not to pin it.
        town.bot(1 << 13).await.put(&pin, json!({})).await.refused(403, 50_013);
        town.bot(1 << 51).await.put(&pin, json!({})).await.ok(204);
        let names = socket.names_until("MESSAGE_CREATE").await;
        assert!(names.contains(&"CHANNEL_PINS_UPDATE".to_owned()), "{names:?}");
        let pins = town.member.get(&format!("/channels/{}/messages/pins", town.channel)).await.ok(200);
        assert_eq!((&pins["items"][0]["message"]["id"], &pins["has_more"]), (&sent["id"], &json!(false)));
        let moment = &pins["items"][0]["pinned_at"].as_str().unwrap()[..23];
        for (before, count) in [(format!("{moment}Z"), 0), (format!("{moment}-01:00"), 1), ("2999-01-01".into(), 1)] {
            let page =
                town.member.get(&format!("/channels/{}/messages/pins?before={before}", town.channel)).await.ok(200);
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{before}");
        }
        let wrong = format!("/channels/{}/messages/pins?before=yesterday", town.channel);
        town.member.get(&wrong).await.refused(400, 50_035);
        town.owner.put(&pin, json!({})).await.ok(204);
        town.owner.delete(&pin).await.ok(204);
        let old = town.member.get(&format!("/channels/{}/pins", town.channel)).await.ok(200);
        assert_eq!(old, json!([]));
    })
    .await;
}

#[tokio::test]
async fn reactions_count_and_toggle() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.member, "vote").await;
        let path = format!("/channels/{}/messages/{}", town.channel, sent["id"].as_str().unwrap());
        let mut socket = town.member.connect(0).await;
        let thumb = format!("{path}/reactions/%F0%9F%91%8D");
        town.owner.put(&format!("{thumb}/@me"), json!({})).await.ok(204);
        assert_eq!(socket.event("MESSAGE_REACTION_ADD").await["emoji"]["name"], "👍");
        town.owner.put(&format!("{thumb}/@me"), json!({})).await.ok(204);
        town.member.put(&format!("{thumb}/@me"), json!({})).await.ok(204);
        let seen = town.owner.get(&path).await.ok(200);
        assert_eq!((&seen["reactions"][0]["count"], &seen["reactions"][0]["me"]), (&json!(2), &json!(true)));
        assert_eq!(town.owner.get(&thumb).await.ok(200).as_array().unwrap().len(), 2);
        town.member.delete(&format!("{thumb}/{}", town.owner.id)).await.refused(403, 50_013);
        town.owner.delete(&format!("{thumb}/@me")).await.ok(204);
        town.owner.delete(&format!("{path}/reactions")).await.ok(204);
        assert!(town.owner.get(&path).await.ok(200)["reactions"].is_null());
        town.owner.put(&format!("{path}/reactions/word/@me"), json!({})).await.refused(404, 10_014);
    })
    .await;
}

#[tokio::test]
async fn bulk_deletion_has_limits() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let one = town.say(&town.member, "1").await["id"].clone();
        let two = town.say(&town.member, "2").await["id"].clone();
        let path = format!("/channels/{}/messages/bulk-delete", town.channel);
        town.owner.post(&path, json!({ "messages": [one] })).await.refused(400, 50_016);
        town.owner.post(&path, json!({ "messages": ["1", "2"] })).await.refused(400, 50_034);
        town.owner.post(&path, json!({ "messages": [one, two, one] })).await.refused(400, 50_035);
        town.member.post(&path, json!({ "messages": [one, two] })).await.refused(403, 50_013);
        let mut socket = town.owner.connect(0).await;
        town.owner.post(&path, json!({ "messages": [one, two] })).await.ok(204);
        assert_eq!(socket.event("MESSAGE_DELETE_BULK").await["ids"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn receipts_go_from_delivered_to_read() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.owner, "read me").await;
        let mut socket = town.owner.connect(0).await;
        town.member.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let delivered = socket.event("GUILDHALL_RECEIPT_UPDATE").await;
        assert_eq!((&delivered["delivered_id"], &delivered["read_id"]), (&sent["id"], &json!(null)));
        let ack = format!("/channels/{}/messages/{}/ack", town.channel, sent["id"].as_str().unwrap());
        town.member.post(&ack, json!({})).await.ok(200);
        assert_eq!(socket.event("GUILDHALL_RECEIPT_UPDATE").await["read_id"], sent["id"]);
        let list = town.owner.own("GET", &format!("/channels/{}/receipts", town.channel), json!({})).await.ok(200);
        assert!(list.as_array().unwrap().iter().any(|receipt| receipt["read_id"] == sent["id"]));
    })
    .await;
}

#[tokio::test]
async fn receipts_are_kept_to_oneself_by_choice() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let settings = town.member.patch("/users/@me/settings", json!({ "read_receipts": false })).await.ok(200);
        assert_eq!(settings["read_receipts"], false);
        let sent = town.say(&town.owner, "read me").await;
        let (mut owner, mut member) = (town.owner.connect(0).await, town.member.connect(0).await);
        town.member.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let ack = |id: &str| format!("/channels/{}/messages/{id}/ack", town.channel);
        town.member.post(&ack(sent["id"].as_str().unwrap()), json!({})).await.ok(200);
        // One's own devices hear it all the same.
        assert_eq!(member.event("MESSAGE_ACK").await["message_id"], sent["id"]);
        let last = town.say(&town.owner, "aloud").await;
        let names = owner.names_until("MESSAGE_CREATE").await;
        assert!(!names.contains(&"GUILDHALL_RECEIPT_UPDATE".to_owned()), "{names:?}");
        let path = format!("/channels/{}/receipts", town.channel);
        let list = town.owner.own("GET", &path, json!({})).await.ok(200);
        assert!(list.as_array().unwrap().iter().all(|receipt| receipt["user_id"] != json!(town.member.id)), "{list}");
        // Nobody reads ahead: the newest message is as far as it goes.
        town.member.patch("/users/@me/settings", json!({ "read_receipts": true })).await.ok(200);
        town.member.post(&ack("9223372036854775000"), json!({})).await.ok(200);
        assert_eq!(owner.event("GUILDHALL_RECEIPT_UPDATE").await["read_id"], last["id"]);
        let state = town.member.connect(0).await.ready["read_state"]["entries"][0].clone();
        assert_eq!((&state["last_message_id"], &state["mention_count"]), (&last["id"], &json!(0)));
    })
    .await;
}

#[tokio::test]
async fn slow_mode_tells_how_long() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}", town.channel);
        town.owner.patch(&path, json!({ "rate_limit_per_user": 5.0 })).await.ok(200);
        town.say(&town.member, "one").await;
        let again = town.member.post(&format!("{path}/messages"), json!({ "content": "two" })).await;
        again.refused(429, 20_016);
        let wait = again.body["retry_after"].as_f64().unwrap();
        assert!(wait > 0.0 && wait <= 5.0 && again.headers.contains_key("via"));
        town.say(&town.owner, "exempt").await;
        let guild = format!("/guilds/{}", town.guild);
        for (bit, status) in [(13, 429), (4, 429), (52, 200)] {
            // Moderators wait too; it takes the permission for that very thing.
            let permissions = (1_u64 << bit).to_string();
            let role = town.owner.post(&format!("{guild}/roles"), json!({ "permissions": permissions })).await.ok(200);
            let role = role["id"].as_str().unwrap();
            let give = format!("{guild}/members/{}/roles/{role}", town.member.id);
            town.owner.put(&give, json!({})).await.ok(204);
            let sent = town.member.post(&format!("{path}/messages"), json!({ "content": "three" })).await;
            assert_eq!(sent.status, status, "{bit}");
            town.owner.delete(&give).await.ok(204);
        }
        town.server.app.clock().advance(std::time::Duration::from_secs(5));
        town.say(&town.member, "two").await;
    })
    .await;
}

#[tokio::test]
async fn an_edited_reply_pings_as_if_it_were_new() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let messages = format!("/channels/{}/messages", town.channel);
        let first = town.say(&town.owner, "question").await;
        let reply = json!({ "content": "answer", "message_reference": { "message_id": first["id"] } });
        let sent = town.member.post(&messages, reply).await.ok(200);
        let path = format!("{messages}/{}", sent["id"].as_str().unwrap());
        for (body, pinged) in [
            (json!({ "content": "better" }), vec![&town.owner.id]),
            (json!({ "content": "quiet", "allowed_mentions": { "parse": ["users"] } }), vec![]),
            (json!({ "content": "still quiet", "allowed_mentions": { "replied_user": false } }), vec![]),
            (json!({ "flags": 4 }), vec![]),
            (json!({ "content": "loud", "allowed_mentions": { "replied_user": true } }), vec![&town.owner.id]),
            (json!({ "content": "none", "allowed_mentions": { "parse": [] } }), vec![]),
            (json!({ "content": "as before" }), vec![&town.owner.id]),
        ] {
            let edited = town.member.patch(&path, body.clone()).await.ok(200);
            let ids: Vec<_> = edited["mentions"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
            assert_eq!(json!(ids), json!(pinged), "{body}");
        }
    })
    .await;
}

/// Takes the intent for content away from a bot.
async fn blind(town: &Town) -> guildhall_harness::Client {
    let bot = town.bot(u64::MAX >> 12).await;
    let path = format!("/applications/{}", bot.id);
    let changed = town.owner.patch(&path, json!({ "flags": 1 << 15 })).await.ok(200);
    assert_eq!(changed["flags"], 1 << 15);
    bot
}

#[tokio::test]
async fn content_is_for_those_who_may_read_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = blind(&town).await;
        let seeing = town.bot(u64::MAX >> 12).await;
        let messages = format!("/channels/{}/messages", town.channel);
        let body = json!({ "content": "hidden", "embeds": [{ "title": "card" }] });
        let payload = &body;
        let files: &[(&str, &str, &[u8])] = &[("files[0]", "a.txt", b"text")];
        let secret = seeing.upload(&messages, files, payload, true).await.ok(200);
        let named = town.say(&town.owner, &format!("for <@{}>", bot.id)).await;
        let reply = json!({ "content": "own", "message_reference": { "message_id": secret["id"] } });
        let own = bot.post(&messages, reply).await.ok(200);
        let bare = |message: &serde_json::Value| {
            message["content"] == ""
                && ["embeds", "attachments", "components"].iter().all(|field| message[field] == json!([]))
        };
        assert!(own["content"] == "own" && bare(&own["referenced_message"]), "{own}");
        let one = |id: &serde_json::Value| format!("{messages}/{}", id.as_str().unwrap());
        assert!(bare(&bot.get(&one(&secret["id"])).await.ok(200)));
        assert_eq!(seeing.get(&one(&secret["id"])).await.ok(200)["content"], "hidden");
        assert_eq!(bot.get(&one(&named["id"])).await.ok(200)["content"], named["content"]);
        let list = bot.get(&messages).await.ok(200);
        let find =
            |id: &serde_json::Value| list.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap().clone();
        assert!(bare(&find(&secret["id"])) && find(&own["id"])["content"] == "own" && !bare(&find(&named["id"])));
        assert_eq!(find(&secret["id"])["author"]["id"], json!(seeing.id));

        bot.put(&format!("{messages}/pins/{}", secret["id"].as_str().unwrap()), json!({})).await.ok(204);
        assert!(bare(&bot.get(&format!("{messages}/pins")).await.ok(200)["items"][0]["message"]));
        assert!(bare(&bot.get(&format!("/channels/{}/pins", town.channel)).await.ok(200)[0]));
        assert!(bare(&bot.patch(&one(&secret["id"]), json!({ "flags": 4 })).await.ok(200)));
        let found = bot.get(&format!("/guilds/{}/messages/search?content=hidden", town.guild)).await;
        assert!(found.status != 200 || bare(&found.body["messages"][0][0]), "{}", found.body);
        let forward =
            json!({ "message_reference": { "type": 1, "message_id": secret["id"], "channel_id": town.channel } });
        // Nobody hands on what they cannot read; what others hand on it reads no more than the first time.
        bot.post(&messages, forward.clone()).await.refused(403, 160_014);
        let copy = town.owner.post(&messages, forward).await.ok(200);
        assert!(bare(&bot.get(&one(&copy["id"])).await.ok(200)["message_snapshots"][0]["message"]));
        let mine = json!({ "message_reference": { "type": 1, "message_id": named["id"], "channel_id": town.channel } });
        bot.post(&messages, mine).await.ok(200);

        // In direct messages it reads all.
        let direct = town.owner.post("/users/@me/channels", json!({ "recipient_id": bot.id })).await.ok(200);
        let direct = format!("/channels/{}/messages", direct["id"].as_str().unwrap());
        town.owner.post(&direct, json!({ "content": "between us" })).await.ok(200);
        assert_eq!(bot.get(&direct).await.ok(200)[0]["content"], "between us");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_read_finds_nothing() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let said = town.say(&town.owner, "pinned").await;
        let messages = format!("/channels/{}/messages", town.channel);
        town.owner.put(&format!("{messages}/pins/{}", said["id"].as_str().unwrap()), json!({})).await.ok(204);
        let overwrite = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        // Without READ_MESSAGE_HISTORY.
        town.owner.put(&overwrite, json!({ "type": 0, "deny": (1 << 16).to_string() })).await.ok(204);
        assert_eq!(town.member.get(&messages).await.ok(200), json!([]));
        assert_eq!(
            town.member.get(&format!("{messages}/pins")).await.ok(200),
            json!({ "items": [], "has_more": false })
        );
        assert_eq!(town.member.get(&format!("/channels/{}/pins", town.channel)).await.ok(200), json!([]));

        // What is written in a voice channel takes CONNECT.
        let voice = json!({ "name": "hall", "type": 2, "permission_overwrites": [
            { "id": town.guild, "type": 0, "deny": (1 << 20).to_string() },
        ] });
        let voice = town.owner.post(&format!("/guilds/{}/channels", town.guild), voice).await.ok(201);
        let voice = format!("/channels/{}/messages", voice["id"].as_str().unwrap());
        let said = town.owner.post(&voice, json!({ "content": "inside" })).await.ok(200);
        town.member.get(&voice).await.refused(403, 50_001);
        town.member.get(&format!("{voice}/{}", said["id"].as_str().unwrap())).await.refused(403, 50_001);
    })
    .await;
}

/// A second of silence, as WAV.
fn silence() -> Vec<u8> {
    let samples = vec![0_u8; 8000];
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(8036_u32.to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"data");
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(samples);
    bytes
}

#[tokio::test]
async fn a_voice_message_is_one_recording() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let messages = format!("/channels/{}/messages", town.channel);
        let sound = silence();
        let files: &[(&str, &str, &[u8])] = &[("files[0]", "voice.wav", &sound)];
        let about = json!([{ "id": 0, "waveform": "AAAA", "duration_secs": 1.0 }]);
        let post = |files: &'static [(&'static str, &'static str, &'static [u8])], body: Value| {
            let (owner, messages) = (town.owner.clone(), messages.clone());
            async move { owner.upload(&messages, files, &body, true).await }
        };
        let send = |body: Value| {
            let (owner, messages) = (town.owner.clone(), messages.clone());
            async move { owner.upload(&messages, files, &body, true).await }
        };
        let text: &[(&str, &str, &[u8])] = &[("files[0]", "a.txt", b"text")];
        post(text, json!({ "flags": 8192, "attachments": about })).await.refused(400, 50_161);
        send(json!({ "flags": 8192, "attachments": about, "content": "x" })).await.refused(400, 50_160);
        send(json!({ "flags": 8192 })).await.refused(400, 50_162);
        let sent = send(json!({ "flags": 8192, "attachments": about })).await.ok(200);
        assert_eq!((&sent["flags"], &sent["attachments"][0]["waveform"]), (&json!(8192), &json!("AAAA")));
        let path = format!("{messages}/{}", sent["id"].as_str().unwrap());
        town.owner.patch(&path, json!({ "content": "more" })).await.refused(400, 50_163);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_stays_is_described_anew() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let messages = format!("/channels/{}/messages", town.channel);
        let files: &[(&str, &str, &[u8])] = &[("files[0]", "a.txt", b"one"), ("files[1]", "b.txt", b"two")];
        let sent = town.owner.upload(&messages, files, &json!({ "content": "x" }), true).await.ok(200);
        let path = format!("{messages}/{}", sent["id"].as_str().unwrap());
        let first = &sent["attachments"][0]["id"];
        let body = json!({ "attachments": [{ "id": first, "description": "a poem", "is_spoiler": true }] });
        let changed = town.owner.patch(&path, body).await.ok(200);
        let files = changed["attachments"].as_array().unwrap();
        assert_eq!((files.len(), &files[0]["description"], &files[0]["flags"]), (1, &json!("a poem"), &json!(8)));
        let body = json!({ "attachments": [{ "id": first, "is_spoiler": false }] });
        let changed = town.owner.patch(&path, body).await.ok(200);
        assert_eq!(changed["attachments"][0]["description"], "a poem");
        assert!(changed["attachments"][0].get("flags").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_answer_shows_of_the_question_what_is_meant_for_its_reader() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = blind(&town).await;
        let messages = format!("/channels/{}/messages", town.channel);
        // Guilds and messages, but not their content.
        let mut socket = bot.connect(1 | 1 << 9).await;
        let reply = |text: String, to: &serde_json::Value| {
            json!({
                "content": text,
                "message_reference": { "message_id": to["id"] },
                "allowed_mentions": { "parse": ["users"], "replied_user": false },
            })
        };
        let secret = town.say(&town.owner, "hidden").await;
        let own = town.say(&bot, "mine").await;
        let asked = town.say(&town.owner, &format!("<@{}>?", bot.id)).await;
        let call = format!("<@{}> look", bot.id);
        let cases = [
            // Whether it is mentioned in the answer, what is answered, and what it sees of both.
            (call.clone(), &secret, true, false),
            ("so what".into(), &secret, false, false),
            ("thanks".into(), &own, false, true),
            (call, &own, true, true),
            ("well".into(), &asked, false, true),
        ];
        for (text, to, sees_answer, sees_question) in cases {
            let sent = town.member.post(&messages, reply(text.clone(), to)).await.ok(200);
            let told = loop {
                let told = socket.event("MESSAGE_CREATE").await;
                if told["id"] == sent["id"] {
                    break told;
                }
            };
            let read = bot.get(&format!("{messages}/{}", sent["id"].as_str().unwrap())).await.ok(200);
            for seen in [told, read] {
                assert_eq!(seen["content"] == text.as_str(), sees_answer, "{seen}");
                assert_eq!(seen["referenced_message"]["content"] == to["content"], sees_question, "{seen}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn cards_and_components_of_people_are_left_out() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let link = json!({ "type": 2, "style": 5, "label": "x", "url": "https://example.org" });
        let rows = json!([{ "type": 1, "components": [link] }]);
        let card = json!([{ "title": "card" }]);
        for alone in [json!({ "embeds": card }), json!({ "embed": card[0] }), json!({ "components": rows })] {
            town.member.post(&path, alone).await.refused(400, 50_006);
        }
        let v2 = json!({ "flags": 1 << 15, "components": [{ "type": 10, "content": "text" }] });
        town.owner.post(&path, v2).await.refused(400, 50_006);
        let bare = |message: &Value| (message["embeds"] == json!([])) && (message["components"] == json!([]));
        let body = json!({ "content": "plain", "embeds": card, "components": rows, "flags": 1 << 15 });
        let sent = town.member.post(&path, body.clone()).await.ok(200);
        assert!(bare(&sent) && sent["content"] == "plain" && sent["flags"] == 0, "{sent}");
        let edited = town.member.patch(&format!("{path}/{}", sent["id"].as_str().unwrap()), body).await.ok(200);
        assert!(bare(&edited) && edited["content"] == "plain" && edited["flags"] == 0, "{edited}");
        let forum = json!({ "name": "desk", "type": 15 });
        let forum = town.owner.post(&format!("/guilds/{}/channels", town.guild), forum).await.ok(201);
        let post = json!({ "name": "how", "message": { "content": "so", "embeds": card, "components": rows } });
        let post =
            town.member.post(&format!("/channels/{}/threads", forum["id"].as_str().unwrap()), post).await.ok(201);
        assert!(bare(&post["message"]), "{post}");
        // Bots write them, and people hand them on.
        let bot = town.bot(0).await;
        let sent = bot.post(&path, json!({ "embeds": card, "components": rows })).await.ok(200);
        assert_eq!((&sent["embeds"][0]["title"], &sent["components"][0]["type"]), (&json!("card"), &json!(1)));
        let reference = json!({ "type": 1, "message_id": sent["id"], "channel_id": town.channel });
        let copy = town.member.post(&path, json!({ "message_reference": reference })).await.ok(200);
        assert_eq!(copy["message_snapshots"][0]["message"]["embeds"][0]["title"], "card");
    })
    .await;
}
