//! Friends and blocks.

use guildhall_harness::{Client, Town, on_both};
use guildhall_store::relationship::RelationshipRow;
use guildhall_store::user::UserRow;
use guildhall_wire::id::Id;
use guildhall_wire::relationship::RelationshipKind;
use serde_json::json;

#[tokio::test]
async fn friendship_takes_two() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.stranger.connect(0).await;
        town.member.post("/users/@me/relationships", json!({ "username": "STRANGER" })).await.ok(204);
        assert_eq!(socket.event("RELATIONSHIP_ADD").await["type"], 3);
        let accept = |id: &str| format!("/users/@me/relationships/{id}");
        town.member.post("/users/@me/relationships", json!({ "username": "member" })).await.refused(400, 80_007);
        town.stranger.put(&accept(&town.member.id), json!({})).await.ok(204);
        assert_eq!(socket.event("RELATIONSHIP_ADD").await["type"], 1);
        let list = town.member.get("/users/@me/relationships").await.ok(200);
        assert_eq!((&list[0]["type"], &list[0]["user"]["username"]), (&json!(1), &json!("stranger")));
        town.member.post("/users/@me/channels", json!({ "recipient_id": town.stranger.id })).await.ok(200);
        town.stranger.put(&accept(&town.member.id), json!({ "type": 2 })).await.ok(204);
        assert_eq!(town.member.get("/users/@me/relationships").await.ok(200), json!([]));
        town.member.put(&accept(&town.stranger.id), json!({})).await.refused(403, 80_001);
        town.stranger.delete(&accept(&town.member.id)).await.ok(204);
        town.stranger.delete(&accept(&town.member.id)).await.refused(404, 10_013);
    })
    .await;
}

#[tokio::test]
async fn friends_see_each_other_without_a_guild() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut member = town.member.connect(0).await;
        let mut stranger = town.stranger.connect(0).await;
        assert_eq!(stranger.ready["presences"], json!([]));
        let friend = |id: &str| format!("/users/@me/relationships/{id}");
        town.member.put(&friend(&town.stranger.id), json!({})).await.ok(204);
        town.stranger.put(&friend(&town.member.id), json!({})).await.ok(204);
        // Both hear at once who the other is.
        for (socket, other) in [(&mut member, &town.stranger), (&mut stranger, &town.member)] {
            let shown = loop {
                let shown = socket.event("PRESENCE_UPDATE").await;
                if shown["user"]["id"] == json!(other.id) {
                    break shown;
                }
            };
            assert_eq!((&shown["status"], shown.get("guild_id")), (&json!("online"), None));
        }
        stranger
            .send(json!({ "op": 3, "d": { "status": "dnd", "activities": [], "since": null, "afk": false } }))
            .await;
        assert_eq!(member.event("PRESENCE_UPDATE").await["status"], "dnd");
        let fresh = town.member.connect(0).await;
        let known = &fresh.ready["presences"];
        assert_eq!((&known[0]["user"]["id"], &known[0]["status"]), (&json!(town.stranger.id), &json!("dnd")));
        assert_eq!(fresh.ready["relationships"][0]["id"], json!(town.stranger.id));
        // A bot has no friends.
        assert_eq!(town.bot(0).await.connect(1).await.ready["presences"], json!([]));

        town.member.delete(&friend(&town.stranger.id)).await.ok(204);
        stranger
            .send(json!({ "op": 3, "d": { "status": "idle", "activities": [], "since": null, "afk": false } }))
            .await;
        assert_eq!(stranger.event("RELATIONSHIP_REMOVE").await["id"], json!(town.member.id));
        assert_eq!(member.event("RELATIONSHIP_REMOVE").await["id"], json!(town.stranger.id));
        town.say(&town.owner, "between").await;
        let heard = member.names_until("MESSAGE_CREATE").await;
        assert!(!heard.contains(&"PRESENCE_UPDATE".to_owned()), "{heard:?}");
        assert_eq!(town.member.connect(0).await.ready["presences"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_gate_lets_only_friends_write() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        town.owner.own("PATCH", "/admin/settings", json!({ "dm_policy": "friends" })).await.ok(200);
        let open = json!({ "recipient_id": town.owner.id });
        town.member.post("/users/@me/channels", open.clone()).await.refused(403, 7_000_004);
        town.member.put(&format!("/users/@me/relationships/{}", town.owner.id), json!({})).await.ok(204);
        town.owner.put(&format!("/users/@me/relationships/{}", town.member.id), json!({})).await.ok(204);
        town.member.post("/users/@me/channels", open).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn who_is_blocked_cannot_write() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let open = json!({ "recipient_id": town.owner.id });
        let channel = town.member.post("/users/@me/channels", open.clone()).await.ok(200);
        let messages = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
        let text = json!({ "content": "hello" });
        town.member.post(&messages, text.clone()).await.ok(200);
        let block = format!("/users/@me/relationships/{}", town.member.id);
        town.owner.put(&block, json!({ "type": 2 })).await.ok(204);
        assert_eq!(town.owner.get("/users/@me/relationships").await.ok(200)[0]["type"], 2);
        assert_eq!(town.member.get("/users/@me/relationships").await.ok(200), json!([]), "who is blocked is not told");
        town.member.post(&messages, text.clone()).await.refused(403, 50_007);
        town.owner.post(&messages, text.clone()).await.refused(403, 50_007);
        // What they share otherwise goes on.
        town.say(&town.member, "in the guild").await;
        town.owner.delete(&block).await.ok(204);
        town.member.post(&messages, text).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn who_was_blocked_neither_reacts_nor_calls() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let said = town.say(&town.member, "mine").await;
        let other = town.say(&town.owner, "somebody else's").await;
        let thumb = |message: &serde_json::Value| {
            let id = message["id"].as_str().unwrap();
            format!("/channels/{}/messages/{id}/reactions/%F0%9F%91%8D/@me", town.channel)
        };
        let mentions = async || {
            let ready = town.member.connect(0).await.ready;
            let states = ready["read_state"]["entries"].as_array().unwrap().clone();
            let own = states.iter().find(|state| state["id"] == json!(town.channel));
            own.map_or(0, |state| state["mention_count"].as_i64().unwrap())
        };
        town.owner.put(&thumb(&said), json!({})).await.ok(204);
        town.owner.delete(&thumb(&said)).await.ok(204);
        let call = format!("<@{}>", town.member.id);
        town.say(&town.owner, &call).await;
        assert_eq!(mentions().await, 1);
        let block = format!("/users/@me/relationships/{}", town.owner.id);
        town.member.put(&block, json!({ "type": 2 })).await.ok(204);
        // Also where somebody else put the same there before.
        town.member.put(&thumb(&said), json!({})).await.ok(204);
        town.owner.put(&thumb(&said), json!({})).await.refused(403, 90_001);
        town.owner.put(&thumb(&other), json!({})).await.ok(204);
        town.member.put(&thumb(&other), json!({})).await.ok(204);
        for text in [call.as_str(), "@everyone"] {
            town.say(&town.owner, text).await;
        }
        assert_eq!(mentions().await, 1, "what they write calls nobody who blocked them");
        town.member.delete(&block).await.ok(204);
        town.owner.put(&thumb(&said), json!({})).await.ok(204);
        town.say(&town.owner, &call).await;
        assert_eq!(mentions().await, 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_has_more_than_a_thousand_friends() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let mut work = app.begin().await.unwrap();
        for number in 0..1000_u64 {
            let id = Id::new(1000 + number);
            let friend = UserRow::new(id, &format!("friend{number}"), false);
            guildhall_store::user::insert(&mut work, &friend).await.unwrap();
            let kind = guildhall_db::Json(RelationshipKind::Friend);
            let row = RelationshipRow { user_id: town.member.id.parse().unwrap(), other_id: id, kind, since: 1 };
            guildhall_store::relationship::set(&mut work, &row).await.unwrap();
        }
        work.commit().await.unwrap();
        let ask = |id: &str| format!("/users/@me/relationships/{id}");
        town.member.put(&ask(&town.stranger.id), json!({})).await.refused(400, 30_002);
        // Others may still ask; it is theirs to take then.
        town.stranger.put(&ask(&town.member.id), json!({})).await.ok(204);
        town.member.put(&ask(&town.stranger.id), json!({})).await.refused(400, 30_002);
        town.member.delete(&ask("1000")).await.ok(204);
        town.member.put(&ask(&town.stranger.id), json!({})).await.ok(204);
    })
    .await;
}

/// What somebody's list says of somebody else: the number of the kind.
async fn stands(who: &Client, other: &Client) -> Option<u64> {
    let list = who.get("/users/@me/relationships").await.ok(200);
    list.as_array().unwrap().iter().find(|one| one["id"] == json!(other.id)).map(|one| one["type"].as_u64().unwrap())
}

#[tokio::test]
async fn a_request_is_between_the_two_and_both_hear_of_it_at_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (asker, asked, third) = (&town.member, &town.stranger, &town.owner);
        let path = |other: &Client| format!("/users/@me/relationships/{}", other.id);
        let (mut asking, mut hearing) = (asker.connect(0).await, asked.connect(0).await);
        asker.put(&path(asked), json!({ "type": 1 })).await.ok(204);
        for (socket, other, kind) in [(&mut asking, asked, 4), (&mut hearing, asker, 3)] {
            let told = socket.event("RELATIONSHIP_ADD").await;
            assert_eq!((&told["id"], &told["type"]), (&json!(other.id), &json!(kind)));
        }
        // A third person has nothing to accept, to decline or to take back, from either of them.
        for other in [asker, asked] {
            third.delete(&path(other)).await.refused(404, 10_013);
            // To say yes where nobody asked is to ask oneself.
            third.put(&path(other), json!({ "type": 1 })).await.ok(204);
            assert_eq!((stands(third, other).await, stands(other, third).await), (Some(4), Some(3)));
            third.delete(&path(other)).await.ok(204);
        }
        assert_eq!((stands(asker, asked).await, stands(asked, asker).await), (Some(4), Some(3)));
        // Nobody accepts what they sent themselves.
        asker.put(&path(asked), json!({ "type": 1 })).await.ok(204);
        assert_eq!(stands(asker, asked).await, Some(4));

        // Taken back, declined, accepted, ended: both hear it each time.
        let mut heard = async |name: &str, kinds: [u64; 2]| {
            for ((socket, other), kind) in [(&mut asking, asked), (&mut hearing, asker)].into_iter().zip(kinds) {
                let told = loop {
                    let told = socket.event(name).await;
                    if told["id"] == json!(other.id) {
                        break told;
                    }
                };
                assert_eq!(told["type"], kind, "{name}");
            }
        };
        asker.delete(&path(asked)).await.ok(204);
        heard("RELATIONSHIP_REMOVE", [4, 3]).await;
        asker.put(&path(asked), json!({})).await.ok(204);
        heard("RELATIONSHIP_ADD", [4, 3]).await;
        asked.delete(&path(asker)).await.ok(204);
        heard("RELATIONSHIP_REMOVE", [4, 3]).await;
        asker.put(&path(asked), json!({})).await.ok(204);
        heard("RELATIONSHIP_ADD", [4, 3]).await;
        asked.put(&path(asker), json!({})).await.ok(204);
        heard("RELATIONSHIP_ADD", [1, 1]).await;
        asker.put(&path(asked), json!({})).await.refused(400, 80_008);
        asked.delete(&path(asker)).await.ok(204);
        heard("RELATIONSHIP_REMOVE", [1, 1]).await;
        assert_eq!((stands(asker, asked).await, stands(asked, asker).await), (None, None));
        asker.put(&path(asker), json!({})).await.refused(400, 80_007);
    })
    .await;
}
