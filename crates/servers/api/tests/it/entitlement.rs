//! What applications sell, and who has it.

use std::time::Duration;

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

async fn sku(town: &Town, bot: &Client, body: Value) -> String {
    let made = town.owner.own("POST", &format!("/applications/{}/skus", bot.id), body).await.ok(201);
    made["id"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn entitlements_are_given_listed_used_up_and_taken_away() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}", bot.id);
        let potion = sku(&town, &bot, json!({ "name": "Healing Potion!", "type": 3 })).await;
        let sword = sku(&town, &bot, json!({ "name": "Sword", "type": 2 })).await;
        let listed = bot.get(&format!("{path}/skus")).await.ok(200);
        assert_eq!(
            (&listed[0]["slug"], &listed[0]["type"], listed.as_array().unwrap().len()),
            (&json!("healing-potion"), &json!(3), 2)
        );
        let own = format!("/applications/{}/skus", bot.id);
        town.member.own("POST", &own, json!({ "name": "x", "type": 2 })).await.refused(403, 50_001);
        town.owner.own("POST", &own, json!({ "name": "x", "type": 6 })).await.refused(400, 50_035);
        let renamed = town
            .owner
            .own("PATCH", &format!("{own}/{sword}"), json!({ "name": "Long Sword", "available": false }))
            .await
            .ok(200);
        assert_eq!((&renamed["name"], &renamed["flags"]), (&json!("Long Sword"), &json!(0)));
        let mut socket = bot.connect(1).await;
        let all = format!("{path}/entitlements");
        let give = |sku: String, owner: String, kind: u8| {
            let (bot, all) = (bot.clone(), all.clone());
            async move { bot.post(&all, json!({ "sku_id": sku, "owner_id": owner, "owner_type": kind })).await }
        };
        let mine = give(potion.clone(), town.member.id.clone(), 2).await.ok(200);
        assert_eq!(
            (&mine["user_id"], &mine["consumed"], &mine["type"]),
            (&json!(town.member.id), &json!(false), &json!(8))
        );
        assert_eq!(socket.event("ENTITLEMENT_CREATE").await["id"], mine["id"]);
        let ours = give(sword.clone(), town.guild.clone(), 1).await.ok(200);
        assert_eq!(ours["guild_id"], json!(town.guild));
        give("1".into(), town.member.id.clone(), 2).await.refused(404, 10_027);
        give(potion.clone(), "1".into(), 2).await.refused(404, 10_013);
        give(potion.clone(), "1".into(), 1).await.refused(404, 10_004);
        give(potion.clone(), town.member.id.clone(), 3).await.refused(400, 50_035);
        town.member.get(&all).await.refused(403, 50_001);
        let found = |query: String| {
            let (bot, all) = (bot.clone(), all.clone());
            async move {
                let list = bot.get(&format!("{all}?{query}")).await.ok(200);
                list.as_array().unwrap().iter().map(|one| text(&one["id"]).to_owned()).collect::<Vec<_>>()
            }
        };
        let (first, second) = (text(&mine["id"]).to_owned(), text(&ours["id"]).to_owned());
        assert_eq!(found(String::new()).await, [second.clone(), first.clone()]);
        assert_eq!(found(format!("user_id={}", town.member.id)).await, std::slice::from_ref(&first));
        assert_eq!(found(format!("guild_id={}", town.guild)).await, std::slice::from_ref(&second));
        assert_eq!(found(format!("sku_ids={potion},{sword}")).await.len(), 2);
        assert_eq!(found(format!("sku_ids={potion}")).await, std::slice::from_ref(&first));
        assert_eq!(found("limit=1".into()).await, std::slice::from_ref(&second));
        assert_eq!(found(format!("before={second}&limit=1")).await, std::slice::from_ref(&first));
        assert_eq!(found(format!("after={first}")).await, std::slice::from_ref(&second));
        bot.get(&format!("{all}?limit=101")).await.refused(400, 50_035);
        bot.get(&format!("{all}?sku_ids=x")).await.refused(400, 50_035);
        let own = format!("/users/@me/applications/{}/entitlements", bot.id);
        assert_eq!(town.member.get(&own).await.ok(200)[0]["id"], json!(first));
        assert_eq!(town.owner.get(&own).await.ok(200), json!([]), "what a guild has is the guild's");
        // Used up, once.
        bot.post(&format!("{all}/{first}/consume"), json!({})).await.ok(204);
        assert_eq!(socket.event("ENTITLEMENT_UPDATE").await["consumed"], true);
        bot.post(&format!("{all}/{first}/consume"), json!({})).await.ok(204);
        bot.post(&format!("{all}/{second}/consume"), json!({})).await.refused(400, 0);
        assert_eq!(town.member.get(&own).await.ok(200), json!([]));
        assert_eq!(
            town.member.get(&format!("{own}?exclude_consumed=false")).await.ok(200).as_array().unwrap().len(),
            1
        );
        assert_eq!(bot.get(&format!("{all}/{first}")).await.ok(200)["consumed"], true);
        // Taken away.
        bot.delete(&format!("{all}/{second}")).await.ok(204);
        let mut names = socket.names_until("ENTITLEMENT_DELETE").await;
        names.retain(|name| name.starts_with("ENTITLEMENT"));
        assert_eq!(names, ["ENTITLEMENT_DELETE"], "used up is told once");
        bot.delete(&format!("{all}/{second}")).await.refused(404, 10_029);
        assert_eq!(found(format!("guild_id={}", town.guild)).await, [""; 0]);
        assert_eq!(found(format!("guild_id={}&exclude_deleted=false", town.guild)).await, [second]);
        bot.get(&format!("{all}/1")).await.refused(404, 10_029);
    })
    .await;
}

#[tokio::test]
async fn a_subscription_is_paid_for_renewed_and_ends() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let premium = sku(&town, &bot, json!({ "name": "Premium", "type": 5 })).await;
        let server = sku(&town, &bot, json!({ "name": "Server premium", "type": 5, "guild": true })).await;
        let own = format!("/applications/{}/subscriptions", bot.id);
        let body = json!({ "sku_id": premium, "user_id": town.member.id, "days": 30 });
        town.member.own("POST", &own, body.clone()).await.refused(403, 50_001);
        for (field, value) in [("days", json!(0)), ("days", json!(400)), ("guild_id", json!(town.guild))] {
            let mut wrong = body.clone();
            wrong[field] = value;
            town.owner.own("POST", &own, wrong).await.refused(400, 50_035);
        }
        let mut for_guild = body.clone();
        for_guild["sku_id"] = json!(server);
        town.owner.own("POST", &own, for_guild.clone()).await.refused(400, 50_035);
        let mut socket = bot.connect(1).await;
        let made = town.owner.own("POST", &own, body).await.ok(201);
        let had = socket.event("ENTITLEMENT_CREATE").await;
        assert_eq!((&had["user_id"], &had["id"]), (&json!(town.member.id), &made["entitlement_ids"][0]));
        assert_eq!(socket.event("SUBSCRIPTION_CREATE").await["status"], 0);
        let list = format!("/skus/{premium}/subscriptions");
        bot.get(&list).await.refused(400, 50_035);
        let listed = bot.get(&format!("{list}?user_id={}", town.member.id)).await.ok(200);
        assert_eq!(listed[0]["id"], made["id"]);
        assert_eq!(town.member.get(&list).await.ok(200), listed);
        town.stranger.get(&format!("{list}?user_id={}", town.member.id)).await.refused(403, 50_001);
        let one = format!("{list}/{}", text(&made["id"]));
        assert_eq!(bot.get(&one).await.ok(200)["sku_ids"], json!([premium]));
        assert_eq!(town.member.get(&one).await.ok(200)["id"], made["id"]);
        town.stranger.get(&one).await.refused(403, 50_001);
        town.member.get("/skus/1/subscriptions").await.refused(404, 10_027);
        // It is to end, then somebody pays again.
        let path = format!("{own}/{}", text(&made["id"]));
        let ending = town.owner.own("PATCH", &path, json!({ "cancelled": true })).await.ok(200);
        assert_eq!((&ending["status"], ending["canceled_at"].is_string()), (&json!(2), true));
        assert_eq!(socket.event("SUBSCRIPTION_UPDATE").await["status"], 2);
        let renewed = town.owner.own("PATCH", &path, json!({ "days": 30 })).await.ok(200);
        assert_eq!((&renewed["status"], &renewed["canceled_at"]), (&json!(0), &Value::Null));
        let longer = socket.event("ENTITLEMENT_UPDATE").await;
        assert!(text(&longer["ends_at"]) > text(&had["ends_at"]));
        socket.event("SUBSCRIPTION_UPDATE").await;
        // It ends by itself when nobody does.
        let mine = format!("/users/@me/applications/{}/entitlements", bot.id);
        let pass = |days: u64| {
            town.server.app.clock().advance(Duration::from_secs(days * 86_400));
            guildhall_api::run_due(&town.server.app)
        };
        pass(31).await.unwrap();
        assert_eq!(town.member.get(&mine).await.ok(200).as_array().unwrap().len(), 1);
        pass(30).await.unwrap();
        assert_eq!(socket.event("SUBSCRIPTION_UPDATE").await["status"], 1);
        socket.event("ENTITLEMENT_UPDATE").await;
        assert_eq!(town.member.get(&mine).await.ok(200), json!([]));
        // A guild's, given back.
        for_guild["guild_id"] = json!(town.guild);
        let made = town.owner.own("POST", &own, for_guild).await.ok(201);
        assert_eq!(socket.event("ENTITLEMENT_CREATE").await["guild_id"], json!(town.guild));
        let path = format!("{own}/{}", text(&made["id"]));
        town.owner.own("DELETE", &path, json!({})).await.ok(204);
        assert_eq!(socket.event("ENTITLEMENT_DELETE").await["deleted"], true);
        assert_eq!(socket.event("SUBSCRIPTION_DELETE").await["id"], made["id"]);
        town.owner.own("DELETE", &path, json!({})).await.refused(404, 0);
    })
    .await;
}

#[tokio::test]
async fn people_see_what_they_have_of_all_applications() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let premium = sku(&town, &bot, json!({ "name": "Premium", "type": 5 })).await;
        let sword = sku(&town, &bot, json!({ "name": "Sword", "type": 2 })).await;
        let subscriptions = format!("/applications/{}/subscriptions", bot.id);
        let body = json!({ "sku_id": premium, "user_id": town.member.id, "days": 30 });
        let subscribed = town.owner.own("POST", &subscriptions, body).await.ok(201);
        let given = json!({ "sku_id": sword, "owner_id": town.member.id, "owner_type": 2 });
        let given = bot.post(&format!("/applications/{}/entitlements", bot.id), given).await.ok(200);
        let mine = town.member.own("GET", "/users/@me/purchases", json!({})).await.ok(200);
        assert_eq!(mine.as_array().unwrap().len(), 2);
        assert_eq!(
            (&mine[0]["entitlement"]["id"], &mine[0]["sku"]["name"], &mine[0]["subscription"]),
            (&given["id"], &json!("Sword"), &Value::Null)
        );
        assert_eq!(
            (&mine[1]["subscription"]["id"], &mine[1]["application"]["id"]),
            (&subscribed["id"], &json!(bot.id))
        );
        let page = format!("/users/@me/purchases?limit=1&before={}", text(&given["id"]));
        assert_eq!(town.member.own("GET", &page, json!({})).await.ok(200).as_array().unwrap().len(), 1);
        town.member.own("GET", "/users/@me/purchases?limit=101", json!({})).await.refused(400, 50_035);
        assert_eq!(town.stranger.own("GET", "/users/@me/purchases", json!({})).await.ok(200), json!([]));
        bot.own("GET", "/users/@me/purchases", json!({})).await.refused(403, 20_001);
        // Who sells sees all subscriptions.
        assert_eq!(town.owner.own("GET", &subscriptions, json!({})).await.ok(200), json!([subscribed]));
        town.member.own("GET", &subscriptions, json!({})).await.refused(403, 50_001);
        // What is taken away is gone.
        let one = format!("/applications/{}/entitlements/{}", bot.id, text(&given["id"]));
        bot.delete(&one).await.ok(204);
        let mine = town.member.own("GET", "/users/@me/purchases", json!({})).await.ok(200);
        assert_eq!((mine.as_array().unwrap().len(), &mine[0]["sku"]["name"]), (1, &json!("Premium")));
    })
    .await;
}

#[tokio::test]
async fn an_interaction_says_what_the_person_has() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}", bot.id);
        let thing = sku(&town, &bot, json!({ "name": "Thing", "type": 2 })).await;
        let command = bot.post(&format!("{path}/commands"), json!({ "name": "use", "description": "x" })).await.ok(201);
        let mut socket = bot.connect(1).await;
        let uses = || async {
            let data = json!({ "id": command["id"], "name": "use", "type": 1 });
            let body = json!({ "type": 2, "application_id": bot.id, "guild_id": town.guild, "channel_id": town.channel, "data": data });
            town.member.post("/interactions", body).await.ok(204);
        };
        uses().await;
        assert_eq!(socket.event("INTERACTION_CREATE").await["entitlements"], json!([]));
        for (owner, kind) in [(&town.member.id, 2), (&town.guild, 1), (&town.stranger.id, 2)] {
            let body = json!({ "sku_id": thing, "owner_id": owner, "owner_type": kind });
            bot.post(&format!("{path}/entitlements"), body).await.ok(200);
        }
        uses().await;
        let told = socket.event("INTERACTION_CREATE").await;
        let have: Vec<_> = told["entitlements"].as_array().unwrap().iter().map(|one| one["sku_id"].clone()).collect();
        assert_eq!(have, [json!(thing), json!(thing)], "their own and the guild's, not another's");
        // It takes more than they have: told to them alone, with what there is to have.
        let mut person = town.member.connect(0).await;
        let (id, secret) = (text(&told["id"]), text(&told["token"]));
        let callback = format!("/interactions/{id}/{secret}/callback");
        town.server.client().post(&callback, json!({ "type": 10 })).await.ok(204);
        let shown = person.event("MESSAGE_CREATE").await;
        assert_eq!((&shown["flags"], &shown["components"][0]["components"][0]["sku_id"]), (&json!(64), &json!(thing)));
    })
    .await;
}
