//! Scheduled events: who makes them, what they go through by themselves, who is interested.

use std::time::Duration;

use guildhall_harness::{Client, Socket, Town, on_both};
use guildhall_wire::Timestamp;
use serde_json::{Value, json};

const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const CREATE_EVENTS: u64 = 1 << 44;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn events(town: &Town) -> String {
    format!("/guilds/{}/scheduled-events", town.guild)
}

/// So many minutes from now.
fn later(town: &Town, minutes: i64) -> String {
    let micros = town.server.app.clock().micros() / 1_000_000 * 1_000_000 + minutes * 60_000_000;
    Timestamp::from_micros(micros).unwrap().iso_8601().to_string()
}

fn external(town: &Town, start: i64, end: i64) -> Value {
    json!({
        "name": "Picnic",
        "privacy_level": 2,
        "entity_type": 3,
        "entity_metadata": { "location": "by the river" },
        "scheduled_start_time": later(town, start),
        "scheduled_end_time": later(town, end),
    })
}

async fn channel(town: &Town, kind: u8) -> String {
    let path = format!("/guilds/{}/channels", town.guild);
    text(&town.owner.post(&path, json!({ "name": "place", "type": kind })).await.ok(201)["id"])
}

async fn make(town: &Town, who: &Client, body: Value) -> (String, Value) {
    let event = who.post(&events(town), body).await.ok(200);
    (format!("{}/{}", events(town), text(&event["id"])), event)
}

async fn run(town: &Town) -> usize {
    guildhall_api::run_due(&town.server.app).await.unwrap()
}

async fn sit(town: &Town, who: &Client, socket: &mut Socket, channel: Option<&str>) {
    let seat = json!({ "guild_id": town.guild, "channel_id": channel, "self_mute": false, "self_deaf": false });
    socket.send(json!({ "op": 4, "d": seat })).await;
    loop {
        if socket.event("VOICE_STATE_UPDATE").await["user_id"] == json!(who.id) {
            return;
        }
    }
}

#[tokio::test]
async fn an_event_elsewhere_is_made_changed_and_deleted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(1 << 16 | 1).await;
        let mut body = external(&town, 60, 120);
        body["description"] = json!("Bring bread.");
        body["image"] = json!(PNG);
        let path = events(&town);
        let reason = [("x-audit-log-reason", "summer")];
        let event = town.owner.ask_with("POST", &path, Some(body), &reason).await.ok(200);
        let one = format!("{path}/{}", text(&event["id"]));
        assert_eq!((&event["status"], &event["creator"]["id"]), (&json!(1), &json!(town.owner.id)));
        assert_eq!(event["entity_metadata"], json!({ "location": "by the river" }));
        let told = socket.event("GUILD_SCHEDULED_EVENT_CREATE").await;
        assert_eq!((&told["id"], &told["name"]), (&event["id"], &json!("Picnic")));
        // Who plans it means to come.
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_USER_ADD").await["user_id"], json!(town.owner.id));
        let picture = format!(
            "http://{}/cdn/guild-events/{}/{}.png",
            town.server.address,
            text(&event["id"]),
            text(&event["image"])
        );
        assert_eq!(town.member.fetch(&picture).await.0, 200);

        let list = town.member.get(&format!("{path}?with_user_count=true")).await.ok(200);
        assert_eq!((&list[0]["id"], &list[0]["user_count"]), (&event["id"], &json!(1)));
        assert_eq!(town.member.get(&one).await.ok(200).get("user_count"), None);
        assert_eq!(town.member.connect(1).await.guilds[0]["guild_scheduled_events"][0]["id"], event["id"]);
        town.stranger.get(&one).await.refused(403, 50_001);

        let body = json!({ "name": "Feast", "description": null, "image": null });
        let changed = town.owner.patch(&one, body).await.ok(200);
        assert_eq!((&changed["name"], &changed["description"]), (&json!("Feast"), &Value::Null));
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["name"], "Feast");
        assert!(town.server.files().is_empty());
        town.member.patch(&one, json!({ "name": "Mine" })).await.refused(403, 50_013);
        town.member.delete(&one).await.refused(403, 50_013);

        town.owner.delete(&one).await.ok(204);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_DELETE").await["id"], event["id"]);
        town.owner.get(&one).await.refused(404, 10_070);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert!([100, 101, 102].iter().all(|kind| entries.iter().any(|entry| entry["action_type"] == *kind)));
        assert_eq!(entries.iter().find(|entry| entry["action_type"] == 100).unwrap()["reason"], "summer");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_told() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let voice = channel(&town, 2).await;
        for (change, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "name": "x".repeat(101) }), "name"),
            (json!({ "description": "x".repeat(1001) }), "description"),
            (json!({ "privacy_level": 1 }), "privacy_level"),
            (json!({ "entity_type": 4 }), "entity_type"),
            (json!({ "entity_metadata": null }), "entity_metadata"),
            (json!({ "entity_metadata": { "location": "x".repeat(101) } }), "entity_metadata"),
            (json!({ "scheduled_start_time": later(&town, -5) }), "scheduled_start_time"),
            (json!({ "scheduled_start_time": "2099-01-01T00:00:00Z" }), "scheduled_start_time"),
            (json!({ "scheduled_start_time": "soon" }), "scheduled_start_time"),
            (json!({ "scheduled_end_time": null }), "scheduled_end_time"),
            (json!({ "scheduled_end_time": later(&town, 30) }), "scheduled_end_time"),
            (json!({ "channel_id": voice }), "channel_id"),
            (json!({ "entity_type": 2 }), "channel_id"),
            (json!({ "entity_type": 2, "channel_id": town.channel }), "channel_id"),
            (json!({ "entity_type": 1, "channel_id": voice }), "channel_id"),
            (json!({ "image": "data:image/png;base64,AAAA" }), "image"),
            (
                json!({ "recurrence_rule": { "start": later(&town, 60), "frequency": 3, "interval": 2 } }),
                "recurrence_rule",
            ),
        ] {
            let mut body = external(&town, 60, 120);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let answer = town.owner.post(&events(&town), body).await;
            assert!(answer.body["errors"][field].is_object(), "{change}: {}", answer.body);
            answer.refused(400, 50_035);
        }
        let answer = town.owner.post(&events(&town), json!({})).await;
        for field in ["name", "privacy_level", "scheduled_start_time", "entity_type"] {
            assert_eq!(answer.body["errors"][field]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
        }
        town.member.post(&events(&town), external(&town, 60, 120)).await.refused(403, 50_013);
        let missing = format!("{}/5", events(&town));
        town.owner.get(&missing).await.refused(404, 10_070);
        town.owner.patch(&missing, json!({})).await.refused(404, 10_070);
        town.owner.delete(&missing).await.refused(404, 10_070);
    })
    .await;
}

#[tokio::test]
async fn a_channel_decides_who_plans_and_sees() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let voice = channel(&town, 2).await;
        let body = |name: &str| {
            json!({
                "name": name, "privacy_level": 2, "entity_type": 2, "channel_id": voice,
                "scheduled_start_time": later(&town, 60),
            })
        };
        town.member.post(&events(&town), body("no")).await.refused(403, 50_013);
        let overwrite = format!("/channels/{voice}/permissions/{}", town.member.id);
        let allow = json!({ "type": 1, "allow": CREATE_EVENTS.to_string(), "deny": "0" });
        town.owner.put(&overwrite, allow).await.ok(204);
        let (own, _) = make(&town, &town.member, body("mine")).await;
        let (theirs, _) = make(&town, &town.owner, body("theirs")).await;
        town.member.patch(&own, json!({ "name": "still mine" })).await.ok(200);
        town.member.patch(&theirs, json!({ "name": "mine" })).await.refused(403, 50_013);
        // Out of sight, out of the list.
        let hide = json!({ "type": 1, "allow": "0", "deny": (1_u64 << 10).to_string() });
        town.owner.put(&overwrite, hide).await.ok(204);
        assert_eq!(town.member.get(&events(&town)).await.ok(200), json!([]));
        town.member.get(&theirs).await.refused(403, 50_001);
        assert_eq!(town.member.connect(1).await.guilds[0]["guild_scheduled_events"], json!([]));
        let mut socket = town.member.connect(1 | 1 << 16 | 1 << 9).await;
        town.owner.patch(&theirs, json!({ "name": "secret" })).await.ok(200);
        town.say(&town.owner, "end").await;
        assert_eq!(socket.names_until("MESSAGE_CREATE").await, ["MESSAGE_CREATE"]);
        // With the channel goes what was to be there.
        let mut socket = town.owner.connect(1 << 16).await;
        town.owner.delete(&format!("/channels/{voice}")).await.ok(200);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], 4);
        assert_eq!(town.owner.get(&events(&town)).await.ok(200), json!([]));
    })
    .await;
}

#[tokio::test]
async fn status_goes_forward_only() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (one, _) = make(&town, &town.owner, external(&town, 60, 120)).await;
        let set = async |status: u8| town.owner.patch(&one, json!({ "status": status })).await;
        set(3).await.refused(400, 50_035);
        assert_eq!(set(2).await.ok(200)["status"], 2);
        set(1).await.refused(400, 50_035);
        set(4).await.refused(400, 50_035);
        assert_eq!(set(3).await.ok(200)["status"], 3);
        set(2).await.refused(400, 180_000);
        let (one, _) = make(&town, &town.owner, external(&town, 60, 120)).await;
        assert_eq!(town.owner.patch(&one, json!({ "status": 4 })).await.ok(200)["status"], 4);
        town.owner.patch(&one, json!({ "name": "late" })).await.refused(400, 180_000);
        town.owner.put(&format!("{one}/users/@me"), json!({})).await.refused(400, 180_000);
        // A place of another kind takes all that goes with it.
        let voice = channel(&town, 2).await;
        let (one, _) = make(&town, &town.owner, external(&town, 60, 120)).await;
        town.owner.patch(&one, json!({ "entity_type": 2 })).await.refused(400, 50_035);
        let moved = town.owner.patch(&one, json!({ "entity_type": 2, "channel_id": voice })).await.ok(200);
        assert_eq!((&moved["channel_id"], &moved["entity_metadata"]), (&json!(voice), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn events_begin_end_and_are_called_off_by_themselves() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(1 | 1 << 7 | 1 << 16).await;
        let clock = town.server.app.clock();
        let mut status = async |expected: u8| {
            assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], expected);
        };
        make(&town, &town.owner, external(&town, 60, 120)).await;
        assert_eq!(run(&town).await, 0);
        clock.advance(Duration::from_mins(61));
        assert_eq!(run(&town).await, 1);
        status(2).await;
        clock.advance(Duration::from_hours(1));
        assert_eq!(run(&town).await, 1);
        status(3).await;
        // Both at once, after a long night.
        make(&town, &town.owner, external(&town, 60, 120)).await;
        clock.advance(Duration::from_hours(9));
        assert_eq!(run(&town).await, 2);
        status(2).await;
        status(3).await;
        // In a channel somebody must begin it.
        let voice = channel(&town, 2).await;
        let body = |start: i64| {
            json!({
                "name": "Talk", "privacy_level": 2, "entity_type": 2, "channel_id": voice,
                "scheduled_start_time": later(&town, start),
            })
        };
        make(&town, &town.owner, body(10)).await;
        clock.advance(Duration::from_hours(1));
        assert_eq!(run(&town).await, 0);
        clock.advance(Duration::from_hours(3));
        assert_eq!(run(&town).await, 1);
        status(4).await;
        assert_eq!(town.member.get(&events(&town)).await.ok(200), json!([]));
    })
    .await;
}

#[tokio::test]
async fn an_event_in_a_channel_ends_when_all_have_left() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let clock = town.server.app.clock();
        let voice = channel(&town, 2).await;
        let mut socket = town.member.connect(1 | 1 << 7 | 1 << 16).await;
        sit(&town, &town.member, &mut socket, Some(&voice)).await;
        let body = json!({
            "name": "Talk", "privacy_level": 2, "entity_type": 2, "channel_id": voice,
            "scheduled_start_time": later(&town, 10),
        });
        let (one, _) = make(&town, &town.owner, body).await;
        town.owner.patch(&one, json!({ "status": 2 })).await.ok(200);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], 2);
        for _ in 0..6 {
            clock.advance(Duration::from_mins(1));
            run(&town).await;
        }
        assert_eq!(town.owner.get(&one).await.ok(200)["status"], 2, "somebody is there");
        sit(&town, &town.member, &mut socket, None).await;
        for _ in 0..5 {
            clock.advance(Duration::from_mins(1));
            run(&town).await;
        }
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], 3);
    })
    .await;
}

#[tokio::test]
async fn who_is_interested_is_counted_and_listed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (one, event) = make(&town, &town.owner, external(&town, 60, 120)).await;
        let mut socket = town.owner.connect(1 << 16).await;
        let me = format!("{one}/users/@me");
        town.member.delete(&me).await.refused(404, 10_071);
        for _ in 0..2 {
            assert_eq!(town.member.put(&me, json!({})).await.ok(200)["response"], 1);
        }
        let told = socket.event("GUILD_SCHEDULED_EVENT_USER_ADD").await;
        assert_eq!((&told["user_id"], &told["guild_scheduled_event_id"]), (&json!(town.member.id), &event["id"]));
        let list = town.member.get(&format!("{one}/users?with_member=true")).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert!(list[0]["member"]["joined_at"].is_string() && list[0]["user"]["id"].is_string());
        let first = text(&list[0]["user_id"]);
        let page = |query: &str| format!("{one}/users?limit=1&{query}={first}");
        let after = town.member.get(&page("after")).await.ok(200);
        assert_eq!((after.as_array().unwrap().len(), &after[0]["user_id"]), (1, &list[1]["user_id"]));
        assert_eq!(after[0].get("member"), None);
        assert_eq!(town.member.get(&page("before")).await.ok(200), json!([]));
        town.member.get(&format!("{one}/users?limit=101")).await.refused(400, 50_035);
        let counts = town.member.get(&format!("{one}/users/counts")).await.ok(200);
        assert_eq!(counts, json!({ "guild_scheduled_event_count": 2, "guild_scheduled_event_exception_counts": {} }));
        town.stranger.put(&me, json!({})).await.refused(403, 50_001);
        // Whoever leaves is not interested any more.
        town.member.delete(&format!("/users/@me/guilds/{}", town.guild)).await.ok(204);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_USER_REMOVE").await["user_id"], json!(town.member.id));
        assert_eq!(town.owner.get(&format!("{one}?with_user_count=1")).await.ok(200)["user_count"], 1);
        town.owner.delete(&me).await.ok(204);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_USER_REMOVE").await["user_id"], json!(town.owner.id));
        // An invite whose link names the event shows it.
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let code = text(&invite["code"]);
        let path = format!("/invites/{code}?guild_scheduled_event_id={}", text(&event["id"]));
        let shown = town.stranger.get(&path).await.ok(200);
        assert_eq!(shown["guild_scheduled_event"]["name"], "Picnic");
    })
    .await;
}

#[tokio::test]
async fn what_comes_again_has_exceptions() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let clock = town.server.app.clock();
        let mut socket = town.member.connect(1 | 1 << 16).await;
        let day = |days: i64| later(&town, 60 + days * 24 * 60);
        let (first, second, third, fourth) = (day(0), day(1), day(2), day(3));
        let mut body = external(&town, 60, 120);
        body["recurrence_rule"] = json!({ "start": first, "frequency": 3, "interval": 1 });
        let (one, event) = make(&town, &town.owner, body).await;
        assert_eq!(event["recurrence_rule"]["frequency"], 3);
        let path = format!("{one}/exceptions");
        let skip = json!({ "original_scheduled_start_time": second, "is_canceled": true });
        town.member.post(&path, skip.clone()).await.refused(403, 50_013);
        let skipped = town.owner.post(&path, skip.clone()).await.ok(200);
        assert_eq!((&skipped["is_canceled"], &skipped["event_id"]), (&json!(true), &event["id"]));
        let told = socket.event("GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE").await;
        assert_eq!(told["event_exception_id"], skipped["event_exception_id"]);
        town.owner.post(&path, skip).await.refused(400, 50_035);
        let original = |time: &str| json!({ "original_scheduled_start_time": time });
        town.owner.post(&path, original(&third)).await.refused(400, 180_005);
        town.owner.post(&path, json!({ "is_canceled": true })).await.refused(400, 50_035);
        let never = json!({ "original_scheduled_start_time": later(&town, 90), "is_canceled": true });
        town.owner.post(&path, never).await.refused(400, 50_035);
        let mut moved = original(&third);
        moved["scheduled_start_time"] = json!(later(&town, 2 * 24 * 60 + 240));
        let moved = town.owner.post(&path, moved).await.ok(200);
        let exception = format!("{path}/{}", text(&moved["event_exception_id"]));
        // One time of it has people of its own.
        let time = format!("{one}/{}/users", text(&moved["event_exception_id"]));
        town.member.put(&format!("{time}/@me"), json!({})).await.ok(200);
        let told = socket.event("GUILD_SCHEDULED_EVENT_USER_ADD").await;
        assert_eq!(told["guild_scheduled_event_exception_id"], moved["event_exception_id"]);
        assert_eq!(town.owner.get(&time).await.ok(200)[0]["user_id"], json!(town.member.id));
        let also = format!("{exception}/users");
        assert_eq!(town.owner.get(&also).await.ok(200)[0]["user_id"], json!(town.member.id));
        let query =
            format!("{one}/users/counts?guild_scheduled_event_exception_ids={}", text(&moved["event_exception_id"]));
        let counts = town.owner.get(&query).await.ok(200);
        assert_eq!(counts["guild_scheduled_event_exception_counts"][text(&moved["event_exception_id"])], json!(1));
        town.member.delete(&format!("{time}/@me")).await.ok(204);
        town.member.get(&format!("{one}/7/users")).await.refused(404, 10_070);

        let later_still = later(&town, 2 * 24 * 60 + 300);
        let changed = town.owner.patch(&exception, json!({ "scheduled_start_time": later_still })).await.ok(200);
        assert_eq!(changed["event_exception_id"], moved["event_exception_id"]);
        socket.event("GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE").await;
        town.owner.patch(&format!("{path}/7"), json!({ "is_canceled": true })).await.refused(404, 10_070);
        let seen = town.member.connect(1).await;
        let known = &seen.guilds[0]["guild_scheduled_events"][0]["guild_scheduled_event_exceptions"];
        assert_eq!(known.as_array().unwrap().len(), 2);

        // It is over for today: the next time is that after the one that is left out, where that was moved to.
        clock.advance(Duration::from_hours(2) + Duration::from_mins(1));
        assert_eq!(run(&town).await, 2);
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], 2);
        let next = socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await;
        assert_eq!((&next["status"], &next["scheduled_start_time"]), (&json!(1), &json!(later_still)));
        // Without the exception it is when the rule says.
        town.owner.delete(&exception).await.ok(204);
        socket.event("GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE").await;
        assert_eq!(socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["scheduled_start_time"], json!(third));
        town.owner.delete(&exception).await.refused(404, 10_070);
        // What comes next is left out too.
        let skip = json!({ "original_scheduled_start_time": third, "is_canceled": true });
        town.owner.post(&path, skip).await.ok(200);
        assert_eq!(town.owner.get(&one).await.ok(200)["scheduled_start_time"], json!(fourth));
        // Another rule has other times.
        let rule = json!({ "start": fourth, "frequency": 2, "interval": 2 });
        town.owner.patch(&one, json!({ "recurrence_rule": rule })).await.ok(200);
        socket.event("GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE").await;
        assert_eq!(town.owner.get(&one).await.ok(200)["guild_scheduled_event_exceptions"], json!([]));
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert!([200, 201, 202].iter().all(|kind| entries.iter().any(|entry| entry["action_type"] == *kind)));
        assert_eq!(log["guild_scheduled_events"][0]["id"], event["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_events_are_the_most() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for _ in 0..100 {
            make(&town, &town.owner, external(&town, 60, 120)).await;
        }
        town.owner.post(&events(&town), external(&town, 60, 120)).await.refused(400, 30_038);
    })
    .await;
}

#[tokio::test]
async fn an_invite_shows_no_event_of_a_hidden_channel() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let place = channel(&town, 2).await;
        let body = json!({
            "name": "Rehearsal", "privacy_level": 2, "entity_type": 2, "channel_id": place,
            "scheduled_start_time": later(&town, 60),
        });
        let (_, event) = make(&town, &town.owner, body).await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let path = format!("/invites/{}?guild_scheduled_event_id={}", text(&invite["code"]), text(&event["id"]));
        let nobody = town.server.client();
        let shows = async |who: &Client| {
            let shown = who.get(&path).await.ok(200);
            shown["guild_scheduled_event"]["name"] == "Rehearsal"
        };
        assert!(shows(&nobody).await && shows(&town.stranger).await, "everybody sees the channel");
        let overwrite = format!("/channels/{place}/permissions/{}", town.guild);
        town.owner.put(&overwrite, json!({ "type": 0, "deny": "1024" })).await.ok(204);
        assert!(!shows(&nobody).await && !shows(&town.stranger).await && !shows(&town.member).await);
        assert!(shows(&town.owner).await);
    })
    .await;
}
