//! Automatic moderation: rules, and what they do before anybody sees a message.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

const CONFIGURATION: u64 = 1 | 1 << 20;
const EXECUTION: u64 = 1 | 1 << 21;
const CONTENT: u64 = 1 << 15;

/// A rule against words, with what it does.
fn words(list: &[&str], actions: &Value) -> Value {
    json!({
        "name": "words", "event_type": 1, "trigger_type": 1, "enabled": true, "actions": actions,
        "trigger_metadata": { "keyword_filter": list },
    })
}

fn block() -> Value {
    json!([{ "type": 1, "metadata": {} }])
}

async fn make(town: &Town, rule: Value) -> Value {
    town.owner.post(&format!("/guilds/{}/auto-moderation/rules", town.guild), rule).await.ok(200)
}

async fn send(town: &Town, who: &Client, text: &str) -> guildhall_harness::Answer {
    who.post(&format!("/channels/{}/messages", town.channel), json!({ "content": text })).await
}

async fn logged(town: &Town, action: u16) -> Vec<Value> {
    let path = format!("/guilds/{}/audit-logs?action_type={action}", town.guild);
    town.owner.get(&path).await.ok(200)["audit_log_entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn rules_come_change_and_go() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0x20).await;
        let mut socket = bot.connect(CONFIGURATION).await;
        let path = format!("/guilds/{}/auto-moderation/rules", town.guild);
        let rule = make(&town, words(&["cat*"], &block())).await;
        assert_eq!(socket.event("AUTO_MODERATION_RULE_CREATE").await, rule);
        assert_eq!((&rule["creator_id"], &rule["enabled"]), (&json!(town.owner.id), &json!(true)));
        let metadata = json!({ "keyword_filter": ["cat*"], "regex_patterns": [], "allow_list": [] });
        assert_eq!(rule["trigger_metadata"], metadata);
        assert_eq!(town.owner.get(&path).await.ok(200), json!([rule]));
        let one = format!("{path}/{}", rule["id"].as_str().unwrap());
        assert_eq!(bot.get(&one).await.ok(200), rule);
        let changed = town.owner.patch(&one, json!({ "name": "cats", "enabled": false })).await.ok(200);
        assert_eq!(socket.event("AUTO_MODERATION_RULE_UPDATE").await, changed);
        assert_eq!((&changed["name"], &changed["trigger_metadata"]), (&json!("cats"), &metadata));
        let guild = town.owner.get(&format!("/guilds/{}", town.guild)).await.ok(200);
        assert!(guild["features"].as_array().unwrap().contains(&json!("AUTO_MODERATION")));
        town.member.get(&path).await.refused(403, 50_013);
        town.member.post(&path, words(&["x"], &block())).await.refused(403, 50_013);
        town.member.patch(&one, json!({})).await.refused(403, 50_013);
        town.member.delete(&one).await.refused(403, 50_013);
        town.owner.get(&format!("{path}/1")).await.refused(404, 0);
        town.owner.delete(&one).await.ok(204);
        assert_eq!(socket.event("AUTO_MODERATION_RULE_DELETE").await["id"], rule["id"]);
        assert_eq!(town.owner.get(&path).await.ok(200), json!([]));
        for action in 140..=142 {
            let entries = logged(&town, action).await;
            assert_eq!((entries.len(), &entries[0]["target_id"]), (1, &rule["id"]), "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_has_limits() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/auto-moderation/rules", town.guild);
        let spam = json!({ "name": "s", "event_type": 1, "trigger_type": 3, "actions": block() });
        let mention = |metadata: Value| {
            json!({ "name": "m", "event_type": 1, "trigger_type": 5, "actions": block(), "trigger_metadata": metadata })
        };
        let long = "x".repeat(61);
        let many: Vec<_> = (0..1001).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let pattern = |pattern: &str| json!({ "trigger_metadata": { "regex_patterns": [pattern] } });
        let with = |rule: &Value, more: Value| {
            let mut rule = rule.clone();
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            rule
        };
        let good = words(&["x"], &block());
        for wrong in [
            json!({}),
            json!({ "trigger_type": 2, "name": "x", "event_type": 1, "actions": block() }),
            words(&[&long], &block()),
            words(&["**"], &block()),
            words(&many, &block()),
            words(&["x"], &json!([])),
            words(&["x"], &json!([{ "type": 2, "metadata": { "channel_id": "1" } }])),
            words(&["x"], &json!([{ "type": 1, "metadata": { "custom_message": "x".repeat(151) } }])),
            words(&["x"], &json!([{ "type": 3, "metadata": { "duration_seconds": 2_419_201 } }])),
            words(&["x"], &json!([{ "type": 4 }])),
            words(&["x"], &json!([{ "type": 1 }, { "type": 1 }])),
            words(&["x"], &json!([{ "type": 9 }])),
            with(&good, json!({ "name": "" })),
            with(&good, json!({ "event_type": 2 })),
            with(&good, json!({ "exempt_roles": (1..=21).map(|id| id.to_string()).collect::<Vec<_>>() })),
            with(&good, json!({ "exempt_channels": (1..=51).map(|id| id.to_string()).collect::<Vec<_>>() })),
            with(&good, pattern("(")),
            with(&good, pattern(&"x".repeat(261))),
            with(&good, pattern(r"(?=look)ahead")),
            with(&spam, json!({ "actions": [{ "type": 3, "metadata": { "duration_seconds": 1 } }] })),
            json!({ "name": "p", "event_type": 1, "trigger_type": 4, "actions": block() }),
            json!({ "name": "p", "event_type": 1, "trigger_type": 4, "actions": block(), "trigger_metadata": { "presets": [4] } }),
            mention(json!({ "mention_total_limit": 51 })),
        ] {
            town.owner.post(&path, wrong).await.refused(400, 50_035);
        }
        let set = make(&town, mention(json!({}))).await["trigger_metadata"].clone();
        assert_eq!(set, json!({ "mention_total_limit": 20, "mention_raid_protection_enabled": false }));
        make(&town, spam.clone()).await;
        let again = town.owner.post(&path, spam).await;
        assert_eq!(again.body["errors"]["trigger_type"]["_errors"][0]["code"], "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED");
        for _ in 0..6 {
            make(&town, good.clone()).await;
        }
        town.owner.post(&path, good.clone()).await.refused(400, 50_035);
        // Who may not silence anybody makes no rule that does.
        let manager = town.bot(0x20).await;
        let timeout = words(&["x"], &json!([{ "type": 3, "metadata": { "duration_seconds": 1 } }]));
        manager.post(&path, timeout).await.refused(403, 50_013);
    })
    .await;
}

#[tokio::test]
async fn a_blocked_message_is_seen_by_nobody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "name": "alerts", "type": 0 });
        let alerts = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        let actions = json!([
            { "type": 1, "metadata": { "custom_message": "Not about cats" } },
            { "type": 2, "metadata": { "channel_id": alerts["id"] } },
            { "type": 3, "metadata": { "duration_seconds": 60 } },
        ]);
        let rule = make(&town, words(&["cat*", "*dog*"], &actions)).await;
        let reader = town.bot(0x20).await;
        let mut socket = reader.connect(EXECUTION | CONTENT).await;
        let mut people = town.owner.connect(0).await;
        let sent = send(&town, &town.member, "My Catapult").await;
        assert_eq!(sent.body["message"], "Not about cats");
        sent.refused(400, 200_000);
        for kind in [1, 3, 2] {
            let told = socket.event("AUTO_MODERATION_ACTION_EXECUTION").await;
            assert_eq!(told["action"]["type"], kind);
            assert_eq!((&told["rule_id"], &told["rule_trigger_type"]), (&rule["id"], &json!(1)));
            assert_eq!((&told["user_id"], &told["channel_id"]), (&json!(town.member.id), &json!(town.channel)));
            assert_eq!((&told["content"], &told["matched_keyword"]), (&json!("My Catapult"), &json!("cat*")));
            assert_eq!((&told["matched_content"], &told["message_id"]), (&json!("Cat"), &Value::Null));
            assert_eq!(told["alert_system_message_id"].is_string(), kind == 2);
        }
        // The first message that anybody sees is the alert.
        let alert = people.event("MESSAGE_CREATE").await;
        assert_eq!((&alert["type"], &alert["channel_id"]), (&json!(24), &alerts["id"]));
        assert_eq!((&alert["author"]["id"], &alert["content"]), (&json!(town.member.id), &json!("")));
        let embed = &alert["embeds"][0];
        assert_eq!((&embed["type"], &embed["description"]), (&json!("auto_moderation_message"), &json!("My Catapult")));
        let field = |name: &str| {
            let fields = embed["fields"].as_array().unwrap();
            fields.iter().find(|field| field["name"] == name).map(|field| field["value"].clone())
        };
        assert_eq!(field("rule_name"), Some(json!("words")));
        assert_eq!(field("channel_id"), Some(json!(town.channel)));
        assert_eq!(field("keyword_matched_content"), Some(json!("Cat")));
        let member = town.owner.get(&format!("/guilds/{}/members/{}", town.guild, town.member.id)).await.ok(200);
        assert!(member["communication_disabled_until"].is_string());
        send(&town, &town.member, "hello").await.refused(403, 50_013);
        for action in [143, 144, 145] {
            let entry = &logged(&town, action).await[0];
            assert_eq!(entry["target_id"], json!(town.member.id));
            assert_eq!(entry["options"]["auto_moderation_rule_name"], "words");
            assert_eq!(entry["options"]["auto_moderation_rule_trigger_type"], "1");
        }
        // Who manages the guild, and applications, break no rule.
        send(&town, &town.owner, "my cat").await.ok(200);
        send(&town, &reader, "my cat").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn edits_titles_and_posts_are_looked_at() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        make(&town, words(&["cat"], &block())).await;
        let said = town.say(&town.member, "dog").await;
        let path = format!("/channels/{}/messages/{}", town.channel, said["id"].as_str().unwrap());
        town.member.patch(&path, json!({ "content": "a cat" })).await.refused(400, 200_000);
        assert_eq!(town.owner.get(&path).await.ok(200)["content"], "dog");
        town.member.patch(&path, json!({ "content": "a bird" })).await.ok(200);
        town.member.post(&format!("{path}/threads"), json!({ "name": "the cat" })).await.refused(400, 200_001);
        let threads = format!("/channels/{}/threads", town.channel);
        town.member.post(&threads, json!({ "name": "cat", "type": 11 })).await.refused(400, 200_001);
        let thread = town.member.post(&threads, json!({ "name": "fine", "type": 11 })).await.ok(201);
        let thread = format!("/channels/{}", thread["id"].as_str().unwrap());
        town.member.patch(&thread, json!({ "name": "cat" })).await.refused(400, 200_001);
        town.member.post(&format!("{thread}/messages"), json!({ "content": "cat!" })).await.refused(400, 200_000);
        let body = json!({ "name": "help", "type": 15 });
        let forum = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        let forum = format!("/channels/{}/threads", forum["id"].as_str().unwrap());
        let post = |name: &str, text: &str| json!({ "name": name, "message": { "content": text } });
        town.member.post(&forum, post("cat", "x")).await.refused(400, 200_001);
        town.member.post(&forum, post("x", "cat")).await.refused(400, 200_000);
        town.member.post(&forum, post("x", "dog")).await.ok(201);
        let made =
            town.owner.post(&format!("/channels/{}/webhooks", town.channel), json!({ "name": "h" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        town.server.client().post(&hook, json!({ "content": "cat" })).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn exemptions_and_flags_let_through() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let alert = json!([{ "type": 2, "metadata": { "channel_id": town.channel } }]);
        let rule = make(&town, words(&["cat"], &alert)).await;
        let blind = town.bot(0x20).await;
        let mut socket = blind.connect(EXECUTION).await;
        let sent = send(&town, &town.member, "a cat").await.ok(200);
        let told = socket.event("AUTO_MODERATION_ACTION_EXECUTION").await;
        assert_eq!(told["message_id"], sent["id"]);
        // Without the intent for content there is none.
        assert_eq!((&told["content"], &told["matched_content"]), (&json!(""), &json!("")));
        let list = town.owner.get(&format!("/channels/{}/messages?limit=1", town.channel)).await.ok(200);
        assert_eq!(list[0]["id"], told["alert_system_message_id"]);
        let fields = list[0]["embeds"][0]["fields"].as_array().unwrap();
        assert!(fields.iter().any(|field| field["name"] == "flagged_message_id" && field["value"] == sent["id"]));
        let path = format!("/guilds/{}/auto-moderation/rules/{}", town.guild, rule["id"].as_str().unwrap());
        town.owner.patch(&path, json!({ "actions": block() })).await.ok(200);
        send(&town, &town.member, "a cat").await.refused(400, 200_000);
        town.owner.patch(&path, json!({ "exempt_channels": [town.channel] })).await.ok(200);
        send(&town, &town.member, "a cat").await.ok(200);
        let role =
            town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "trusted" })).await.ok(200);
        town.owner.patch(&path, json!({ "exempt_channels": [], "exempt_roles": [role["id"]] })).await.ok(200);
        send(&town, &town.member, "a cat").await.refused(400, 200_000);
        let role = role["id"].as_str().unwrap();
        let give = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
        town.owner.put(&give, json!({})).await.ok(204);
        send(&town, &town.member, "a cat").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn presets_mentions_and_spam() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let rule = |trigger: u8, metadata: Value| {
            json!({
                "name": "r", "event_type": 1, "trigger_type": trigger, "enabled": true, "actions": block(),
                "trigger_metadata": metadata,
            })
        };
        make(&town, rule(4, json!({ "presets": [1], "allow_list": ["bloody hell"] }))).await;
        make(&town, rule(5, json!({ "mention_total_limit": 2 }))).await;
        make(&town, rule(3, json!({}))).await;
        send(&town, &town.member, "what bullshit").await.refused(400, 200_000);
        send(&town, &town.member, "bloody hell").await.ok(200);
        send(&town, &town.member, "<@1> <@2> <@&3>").await.refused(400, 200_000);
        send(&town, &town.member, "<@1> <@2> <@2>").await.ok(200);
        for _ in 0..3 {
            send(&town, &town.member, "buy my things").await.ok(200);
        }
        send(&town, &town.member, "buy my  THINGS").await.refused(400, 200_000);
        town.server.app.clock().advance(std::time::Duration::from_secs(61));
        send(&town, &town.member, "buy my things").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_breaks_rules_keeps_from_taking_part() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let rule = json!({
            "name": "names", "event_type": 2, "trigger_type": 6, "enabled": true,
            "actions": [{ "type": 4 }, { "type": 2, "metadata": { "channel_id": town.channel } }],
            "trigger_metadata": { "keyword_filter": ["*admin*"] },
        });
        let rule = make(&town, rule).await;
        let mut socket = town.owner.connect(0).await;
        let me = format!("/guilds/{}/members/@me", town.guild);
        let member = town.member.patch(&me, json!({ "nick": "The Admin" })).await.ok(200);
        assert_eq!(member["flags"], 128);
        assert_eq!(socket.event("AUTO_MODERATION_ACTION_EXECUTION").await["content"], "The Admin");
        send(&town, &town.member, "hello").await.refused(403, 50_013);
        town.member.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        assert_eq!(logged(&town, 146).await.len(), 1);
        // Another name ends it; so does the end of the rule.
        let own = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        assert_eq!(town.owner.patch(&own, json!({ "nick": null })).await.ok(200)["flags"], 0);
        send(&town, &town.member, "hello").await.ok(200);
        town.member.patch("/users/@me", json!({ "global_name": "admin" })).await.ok(200);
        send(&town, &town.member, "hello").await.refused(403, 50_013);
        let path = format!("/guilds/{}/auto-moderation/rules/{}", town.guild, rule["id"].as_str().unwrap());
        town.owner.delete(&path).await.ok(204);
        send(&town, &town.member, "hello").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn who_was_timed_out_once_manages_again() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let role = json!({ "permissions": (1_u64 << 5).to_string() });
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), role).await.ok(200);
        let member = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        town.owner.put(&format!("{member}/roles/{}", role["id"].as_str().unwrap()), json!({})).await.ok(204);
        let until = town.server.app.clock().micros() + 60_000_000;
        let until = guildhall_wire::Timestamp::from_micros(until).unwrap();
        town.owner.patch(&member, json!({ "communication_disabled_until": until })).await.ok(200);
        let mut socket = town.member.connect(0).await;
        let rule = make(&town, words(&["cat"], &block())).await;
        let path = format!("/guilds/{}/auto-moderation/rules/{}", town.guild, rule["id"].as_str().unwrap());
        town.say(&town.owner, "while it lasts").await;
        let names = socket.names_until("MESSAGE_CREATE").await;
        assert!(!names.contains(&"AUTO_MODERATION_RULE_CREATE".to_owned()), "{names:?}");
        town.server.app.clock().advance(std::time::Duration::from_secs(61));
        send(&town, &town.member, "a cat").await.ok(200);
        let names = json!({
            "name": "names", "event_type": 2, "trigger_type": 6, "enabled": true,
            "actions": [{ "type": 4 }], "trigger_metadata": { "keyword_filter": ["cat"] },
        });
        make(&town, names).await;
        let me = format!("/guilds/{}/members/@me", town.guild);
        assert_eq!(town.member.patch(&me, json!({ "nick": "cat" })).await.ok(200)["flags"], 0);
        town.owner.patch(&path, json!({ "name": "cats" })).await.ok(200);
        assert_eq!(socket.event("AUTO_MODERATION_RULE_UPDATE").await["name"], "cats");
    })
    .await;
}
