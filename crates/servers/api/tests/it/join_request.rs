//! Membership screening and requests to be let in.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

fn terms() -> Value {
    json!({ "field_type": "TERMS", "label": "Read the rules", "required": true, "values": ["Be kind", "No spam"] })
}

fn question() -> Value {
    json!({ "field_type": "TEXT_INPUT", "label": "Who sent you?", "required": true, "placeholder": "a friend" })
}

fn choice() -> Value {
    json!({ "field_type": "MULTIPLE_CHOICE", "label": "Which one?", "required": true, "choices": ["a", "b"] })
}

async fn set(town: &Town, fields: &[Value]) -> Value {
    let body = json!({ "enabled": true, "form_fields": fields, "description": "A quiet town" });
    town.owner.patch(&format!("/guilds/{}/member-verification", town.guild), body).await.ok(200)
}

async fn join(town: &Town, who: &Client) {
    let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
    who.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
}

fn answered(form: &Value, responses: &[Value]) -> Value {
    let mut fields = form["form_fields"].as_array().unwrap().clone();
    for (field, response) in fields.iter_mut().zip(responses) {
        field["response"] = response.clone();
    }
    json!({ "version": form["version"], "form_fields": fields })
}

#[tokio::test]
async fn who_agrees_to_the_terms_is_let_in() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/member-verification", town.guild);
        town.member.get(&path).await.refused(404, 10_068);
        // Who would make one sees that it asks nothing yet.
        assert_eq!(town.owner.get(&path).await.ok(200)["form_fields"], json!([]));
        town.member.patch(&path, json!({ "enabled": true })).await.refused(403, 50_013);
        let form = set(&town, &[terms()]).await;
        assert_eq!(town.member.get(&path).await.ok(200), form);
        town.stranger.get(&path).await.refused(403, 50_001);
        let guild = town.owner.get(&format!("/guilds/{}", town.guild)).await.ok(200);
        assert!(guild["features"].as_array().unwrap().contains(&json!("MEMBER_VERIFICATION_GATE_ENABLED")));
        let mut socket = town.owner.connect(0).await;
        join(&town, &town.stranger).await;
        assert_eq!(socket.event("GUILD_MEMBER_ADD").await["pending"], true);
        // Who waits looks and reads, and no more.
        let messages = format!("/channels/{}/messages", town.channel);
        let said = town.say(&town.owner, "welcome").await;
        let reaction = format!("{messages}/{}/reactions/%F0%9F%91%8D/@me", said["id"].as_str().unwrap());
        town.owner.ask("PUT", &reaction, None).await.ok(204);
        town.stranger.get(&messages).await.ok(200);
        town.stranger.post(&messages, json!({ "content": "hi" })).await.refused(403, 50_013);
        town.stranger.ask("PUT", &reaction, None).await.refused(403, 50_013);
        let own = format!("/guilds/{}/requests/@me", town.guild);
        town.stranger.get(&own).await.refused(404, 10_075);
        town.stranger.put(&own, answered(&form, &[json!(false)])).await.refused(400, 50_035);
        town.stranger.put(&own, json!({ "version": form["version"], "form_fields": [] })).await.refused(400, 50_035);
        let mut old = answered(&form, &[json!(true)]);
        old["version"] = json!("2020-01-01T00:00:00+00:00");
        town.stranger.put(&own, old).await.refused(400, 50_035);
        let request = town.stranger.put(&own, answered(&form, &[json!(true)])).await.ok(200);
        assert_eq!(request["application_status"], "APPROVED");
        let names = socket.names_until("GUILD_MEMBER_UPDATE").await;
        assert!(names.contains(&"GUILD_JOIN_REQUEST_CREATE".into()), "{names:?}");
        assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 7, "only now the guild is told");
        town.stranger.post(&messages, json!({ "content": "hi" })).await.ok(200);
        town.member.put(&own, answered(&form, &[json!(true)])).await.refused(400, 50_035);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=1", town.guild)).await.ok(200);
        let changed = log["audit_log_entries"][0]["changes"].as_array().unwrap();
        assert!(changed.iter().any(|change| change["key"] == "form_fields"));
    })
    .await;
}

#[tokio::test]
async fn answers_are_read_and_decided_on() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let form = set(&town, &[terms(), question(), choice()]).await;
        let other = town.server.person("other").await;
        join(&town, &town.stranger).await;
        join(&town, &other).await;
        let mut socket = town.owner.connect(0).await;
        let mut mine = town.stranger.connect(0).await;
        let own = format!("/guilds/{}/requests/@me", town.guild);
        let right = answered(&form, &[json!(true), json!("a bird"), json!(1)]);
        for wrong in
            [[json!(true), json!(""), json!(1)], [json!(true), json!("x"), json!(2)], [json!(1), json!("x"), json!(1)]]
        {
            town.stranger.put(&own, answered(&form, &wrong)).await.refused(400, 50_035);
        }
        let request = town.stranger.put(&own, right.clone()).await.ok(200);
        assert_eq!((&request["application_status"], &request["reviewed_at"]), (&json!("SUBMITTED"), &Value::Null));
        let told = socket.event("GUILD_JOIN_REQUEST_CREATE").await;
        assert_eq!((&told["request"], &told["status"]), (&request, &json!("SUBMITTED")));
        mine.event("GUILD_JOIN_REQUEST_CREATE").await;
        let second = other.put(&own, right).await.ok(200);
        let list = format!("/guilds/{}/requests", town.guild);
        town.member.get(&list).await.refused(403, 50_013);
        let page = town.owner.get(&format!("{list}?status=SUBMITTED&limit=1")).await.ok(200);
        assert_eq!((&page["total"], &page["guild_join_requests"][0]["id"]), (&json!(2), &second["id"]));
        let before = format!("{list}?before={}", second["id"].as_str().unwrap());
        assert_eq!(town.owner.get(&before).await.ok(200)["guild_join_requests"][0]["id"], request["id"]);
        let after = format!("{list}?status=SUBMITTED&after={}", request["id"].as_str().unwrap());
        assert_eq!(town.owner.get(&after).await.ok(200)["guild_join_requests"][0]["id"], second["id"]);
        town.owner.get(&format!("{list}?limit=0")).await.refused(400, 50_035);
        let one = |request: &Value| format!("{list}/{}", request["id"].as_str().unwrap());
        town.member.patch(&one(&request), json!({ "action": "APPROVED" })).await.refused(403, 50_013);
        town.owner.patch(&one(&request), json!({ "action": "STARTED" })).await.refused(400, 50_035);
        town.owner.patch(&format!("{list}/1"), json!({ "action": "APPROVED" })).await.refused(404, 10_075);
        let approved = town.owner.patch(&one(&request), json!({ "action": "APPROVED" })).await.ok(200);
        assert_eq!(approved["application_status"], "APPROVED");
        assert_eq!(approved["actioned_by_user"]["id"], json!(town.owner.id));
        assert_eq!(mine.event("GUILD_JOIN_REQUEST_UPDATE").await["status"], "APPROVED");
        town.say(&town.stranger, "hello").await;
        town.owner.patch(&one(&request), json!({ "action": "REJECTED" })).await.refused(400, 50_035);
        let body = json!({ "action": "REJECTED", "rejection_reason": "Not a bird" });
        assert_eq!(town.owner.patch(&one(&second), body).await.ok(200)["rejection_reason"], "Not a bird");
        socket.event("GUILD_MEMBER_REMOVE").await;
        other.get(&format!("/guilds/{}", town.guild)).await.refused(403, 50_001);
        assert_eq!(town.owner.get(&format!("{list}?status=REJECTED")).await.ok(200)["total"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_request_is_taken_back_and_a_form_switched_off() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let form = set(&town, &[question()]).await;
        join(&town, &town.stranger).await;
        let own = format!("/guilds/{}/requests/@me", town.guild);
        town.stranger.put(&own, answered(&form, &[json!("a bird")])).await.ok(200);
        let mut socket = town.owner.connect(0).await;
        town.stranger.delete(&own).await.ok(204);
        socket.event("GUILD_JOIN_REQUEST_DELETE").await;
        town.stranger.delete(&own).await.refused(404, 10_075);
        let path = format!("/guilds/{}/member-verification", town.guild);
        town.owner.patch(&path, json!({ "enabled": false })).await.ok(200);
        assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["pending"], false);
        town.say(&town.stranger, "hello").await;
        town.stranger.put(&own, json!({})).await.refused(404, 10_068);
        for wrong in [
            json!([terms(), terms()]),
            json!([{ "field_type": "TERMS", "values": [] }]),
            json!([{ "field_type": "TEXT_INPUT", "label": "" }]),
            json!([{ "field_type": "MULTIPLE_CHOICE", "label": "x", "choices": ["a"] }]),
            json!([{ "field_type": "OTHER", "label": "x" }]),
            json!([question(), question(), question(), question(), question(), question()]),
            json!("not JSON"),
        ] {
            town.owner.patch(&path, json!({ "form_fields": wrong })).await.refused(400, 50_035);
        }
        // Discord's own client sends the list as a text.
        let text = json!([question()]).to_string();
        town.owner.patch(&path, json!({ "form_fields": text })).await.ok(200);
    })
    .await;
}
