//! Webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use guildhall_harness::{Town, on_both};
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::webhook::WebhookRow;
use serde_json::json;

#[tokio::test]
async fn a_webhook_writes_changes_and_deletes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/webhooks", town.channel);
        town.member.post(&path, json!({ "name": "news" })).await.refused(403, 50_013);
        town.owner.post(&path, json!({ "name": "discord news" })).await.refused(400, 50_035);
        let mut eyes = town.owner.connect(0).await;
        let made = town.owner.post(&path, json!({ "name": "news" })).await.ok(200);
        assert_eq!(eyes.event("WEBHOOKS_UPDATE").await["channel_id"], json!(town.channel));
        let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert!(made["url"].as_str().unwrap().ends_with(&format!("/api/webhooks/{id}/{token}")));
        let (hook, anybody) = (format!("/webhooks/{id}/{token}"), town.server.client());
        anybody.post(&format!("/webhooks/{id}/wrong"), json!({ "content": "x" })).await.refused(401, 50_027);
        anybody.post(&hook, json!({})).await.refused(400, 50_006);
        anybody.post(&hook, json!({ "content": "quiet" })).await.ok(204);
        eyes.event("MESSAGE_CREATE").await;
        let body = json!({ "content": "hear <@1>", "username": "Herald", "embeds": [{ "title": "Card" }] });
        let sent = anybody.post(&format!("{hook}?wait=true"), body).await.ok(200);
        let told = eyes.event("MESSAGE_CREATE").await;
        assert_eq!((&told["author"]["username"], &told["webhook_id"]), (&json!("Herald"), &json!(id)));
        assert_eq!((&told["author"]["bot"], told.get("member")), (&json!(true), None));
        let message = format!("{hook}/messages/{}", sent["id"].as_str().unwrap());
        assert_eq!(anybody.patch(&message, json!({ "content": "changed" })).await.ok(200)["content"], "changed");
        assert_eq!(anybody.get(&message).await.ok(200)["embeds"][0]["title"], "Card");
        let own = town.say(&town.owner, "mine").await;
        let foreign = format!("{hook}/messages/{}", own["id"].as_str().unwrap());
        anybody.patch(&foreign, json!({ "content": "stolen" })).await.refused(404, 10_008);
        anybody.delete(&message).await.ok(204);
        let renamed = town.owner.patch(&format!("/webhooks/{id}"), json!({ "name": "old news" })).await.ok(200);
        assert_eq!(renamed["name"], "old news");
        assert!(anybody.get(&hook).await.ok(200).get("user").is_none());
        let list = town.owner.get(&format!("/guilds/{}/webhooks", town.guild)).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), 1);
        anybody.delete(&hook).await.ok(204);
        anybody.post(&hook, json!({ "content": "gone" })).await.refused(404, 10_015);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let actions: Vec<_> =
            log["audit_log_entries"].as_array().unwrap().iter().map(|one| &one["action_type"]).collect();
        assert_eq!(&actions[..3], [&json!(52), &json!(51), &json!(50)]);
    })
    .await;
}

#[tokio::test]
async fn a_webhook_writes_to_a_thread_of_its_channel_only() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made =
            town.owner.post(&format!("/channels/{}/webhooks", town.channel), json!({ "name": "news" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let threads = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&threads, json!({ "name": "deep", "type": 11 })).await.ok(201);
        let path = format!("{hook}?wait=true&thread_id={}", thread["id"].as_str().unwrap());
        let sent = town.server.client().post(&path, json!({ "content": "inside" })).await.ok(200);
        assert_eq!(sent["channel_id"], thread["id"]);
        let others =
            town.owner.post(&format!("/guilds/{}/channels", town.guild), json!({ "name": "other" })).await.ok(201);
        let path = format!("{hook}?thread_id={}", others["id"].as_str().unwrap());
        town.server.client().post(&path, json!({ "content": "astray" })).await.refused(404, 10_003);
    })
    .await;
}

#[tokio::test]
async fn slack_and_github_are_understood() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made =
            town.owner.post(&format!("/channels/{}/webhooks", town.channel), json!({ "name": "news" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let mut eyes = town.owner.connect(0).await;
        let slack = json!({ "text": "see <https://example.org|this>", "attachments": [{ "title": "T", "color": "good" }] });
        assert_eq!(town.server.client().post(&format!("{hook}/slack"), slack).await.status, 200);
        let told = eyes.event("MESSAGE_CREATE").await;
        assert_eq!((&told["content"], &told["embeds"][0]["color"]), (&json!("see [this](https://example.org)"), &json!(0x2e_b886)));
        let push = json!({
            "ref": "refs/heads/main", "repository": { "full_name": "house/hall" }, "sender": { "login": "ada" },
            "commits": [{ "id": "0123456789", "message": "Fix", "url": "https://example.org/c", "author": { "name": "Ada" } }],
        });
        let headers = [("x-github-event", "push")];
        let client = town.server.client();
        client.ask_with("POST", &format!("{hook}/github"), Some(push.clone()), &headers).await.ok(204);
        assert_eq!(eyes.event("MESSAGE_CREATE").await["embeds"][0]["title"], "[house/hall:main] 1 new commit");
        client.post(&format!("{hook}/github"), push).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn a_webhook_shows_its_avatar() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let avatar = format!("data:image/png;base64,{}", BASE64.encode(crate::attachment::PIXEL));
        let path = format!("/channels/{}/webhooks", town.channel);
        let made = town.owner.post(&path, json!({ "name": "news", "avatar": avatar })).await.ok(200);
        let (id, hash) = (made["id"].as_str().unwrap(), made["avatar"].as_str().unwrap());
        let url = format!("http://{}/cdn/avatars/{id}/{hash}.png", town.server.address);
        assert_eq!(town.stranger.fetch(&url).await.0, 200);
        town.owner.patch(&format!("/webhooks/{id}"), json!({ "avatar": null })).await.ok(200);
        assert!(town.owner.get(&format!("/webhooks/{id}")).await.ok(200)["avatar"].is_null());
    })
    .await;
}

#[tokio::test]
async fn secrets_are_not_kept_as_they_are() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/webhooks", town.channel);
        let made = town.owner.post(&path, json!({ "name": "news" })).await.ok(200);
        let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        town.owner.own("POST", "/applications", json!({ "name": "helper" })).await.ok(201);
        let mut db = town.server.app.db();
        let row = store::webhook::get(&mut db, id.parse().unwrap()).await.unwrap().unwrap();
        let sealed = row.token.clone().unwrap();
        assert!(!sealed.contains(token) && sealed.len() > token.len());
        // A row of an older version, and the next start.
        let mut tx = db.begin().await.unwrap();
        store::webhook::update(&mut tx, &WebhookRow { token: Some(token.into()), ..row }).await.unwrap();
        let owner = town.owner.id.parse().unwrap();
        let helper = store::application::of_owner(&mut tx, owner).await.unwrap().remove(0);
        assert!(helper.signing_key.len() > 64);
        let plain = ApplicationRow { signing_key: "0a".repeat(32), ..helper };
        store::application::update(&mut tx, &plain).await.unwrap();
        tx.commit().await.unwrap();
        guildhall_api::boot::load(&town.server.app).await.unwrap();
        assert!(store::webhook::unsealed(&mut db).await.unwrap().is_empty());
        assert!(store::application::unsealed(&mut db).await.unwrap().is_empty());
        assert_ne!(store::webhook::get(&mut db, id.parse().unwrap()).await.unwrap().unwrap().token.unwrap(), sealed);
        let hook = format!("/webhooks/{id}/{token}");
        town.server.client().post(&hook, json!({ "content": "still here" })).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn components_of_a_webhook_are_shown_where_asked() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/webhooks", town.channel);
        let row = json!([{ "type": 1, "components": [{ "type": 2, "style": 5, "label": "x", "url": "https://example.org" }] }]);
        let body = || json!({ "content": "press", "components": row });
        let bot = town.bot(8).await;
        for (who, plain, asked) in [(&town.owner, 0, 1), (&bot, 1, 1)] {
            let made = who.post(&path, json!({ "name": "news" })).await.ok(200);
            let hook = format!("/webhooks/{}/{}?wait=true", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
            let sent = town.server.client().post(&hook, body()).await.ok(200);
            assert_eq!(sent["components"].as_array().unwrap().len(), plain);
            let sent = town.server.client().post(&format!("{hook}&with_components=true"), body()).await.ok(200);
            assert_eq!(sent["components"].as_array().unwrap().len(), asked);
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_of_a_webhook_has_a_picture_of_its_own() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let picture = BASE64.decode(super::image::PNG.rsplit_once(',').unwrap().1).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let router = {
            let (asked, picture) = (asked.clone(), picture.clone());
            axum::Router::new()
                .route(
                    "/face.png",
                    axum::routing::get(move || {
                        asked.fetch_add(1, Ordering::Relaxed);
                        std::future::ready(picture.clone())
                    }),
                )
                .route("/text", axum::routing::get(|| async { "no picture" }))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let elsewhere = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });

        let path = format!("/channels/{}/webhooks", town.channel);
        let made = town.owner.post(&path, json!({ "name": "news", "avatar": super::image::PNG })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let anybody = town.server.client();
        let mut eyes = town.owner.connect(0).await;
        let send = |url: String| {
            let (anybody, hook) = (anybody.clone(), hook.clone());
            let body = json!({ "content": "x", "username": "Herald", "avatar_url": url });
            async move { anybody.post(&format!("{hook}?wait=true"), body).await }
        };
        let face = format!("{elsewhere}/face.png");
        let sent = send(face.clone()).await.ok(200);
        let avatar = sent["author"]["avatar"].as_str().unwrap().to_owned();
        assert_ne!(sent["author"]["avatar"], made["avatar"]);
        assert_eq!(eyes.event("MESSAGE_CREATE").await["author"], sent["author"]);
        let shown = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        assert_eq!(shown[0]["author"], sent["author"]);
        let cdn = format!("http://{}/cdn/avatars/{}/{avatar}.png", town.server.address, made["id"].as_str().unwrap());
        assert_eq!(anybody.fetch(&cdn).await.0, 200);
        assert_eq!(send(face.clone()).await.ok(200)["author"]["avatar"], json!(avatar), "asked once");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        town.server.app.clock().advance(std::time::Duration::from_hours(25));
        assert_eq!(send(face).await.ok(200)["author"]["avatar"], json!(avatar), "the same picture is the same");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        // A picture of this server, as bots name it that let people speak.
        assert!(send(cdn).await.ok(200)["author"]["avatar"].is_string());
        // What is no picture is passed over.
        for path in ["text", "missing"] {
            assert_eq!(send(format!("{elsewhere}/{path}")).await.ok(200)["author"]["avatar"], made["avatar"]);
        }
        for wrong in ["face.png", "ftp://example.org/face.png"] {
            send(wrong.to_owned()).await.refused(400, 50_035);
        }
        let slack = json!({ "text": "hi", "icon_url": format!("{elsewhere}/face.png") });
        let sent = anybody.post(&format!("{hook}/slack?wait=true"), slack).await.ok(200);
        assert_eq!(sent["author"]["avatar"], json!(avatar));
    })
    .await;
}

#[tokio::test]
async fn a_webhook_pings_people_unless_it_says_more() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/webhooks", town.channel);
        let made = town.owner.post(&path, json!({ "name": "news" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}?wait=true", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let text = format!("@everyone <@{}>", town.member.id);
        let sent = town.server.client().post(&hook, json!({ "content": text })).await.ok(200);
        assert_eq!((&sent["mention_everyone"], &sent["mentions"][0]["id"]), (&json!(false), &json!(town.member.id)));
        let body = json!({ "content": text, "allowed_mentions": { "parse": ["everyone"] } });
        let sent = town.server.client().post(&hook, body).await.ok(200);
        assert_eq!((&sent["mention_everyone"], &sent["mentions"]), (&json!(true), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn an_application_manages_its_own_webhooks() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(1 << 29 | 1 << 10).await;
        let path = format!("/channels/{}/webhooks", town.channel);
        let own = bot.post(&path, json!({ "name": "own" })).await.ok(200);
        let other = town.owner.post(&path, json!({ "name": "other" })).await.ok(200);
        let overwrite = format!("/channels/{}/permissions/{}", town.channel, bot.id);
        town.owner.put(&overwrite, json!({ "type": 1, "deny": (1_u64 << 29).to_string() })).await.ok(204);
        bot.get(&format!("/webhooks/{}", other["id"].as_str().unwrap())).await.refused(403, 50_013);
        let own = format!("/webhooks/{}", own["id"].as_str().unwrap());
        assert_eq!(bot.get(&own).await.ok(200)["name"], "own");
        assert_eq!(bot.patch(&own, json!({ "name": "renamed" })).await.ok(200)["name"], "renamed");
        bot.delete(&own).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn the_token_of_an_interaction_that_is_over_is_none() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/webhooks/{}/over", bot.id);
        town.server.client().post(&path, json!({ "content": "late" })).await.refused(401, 50_027);
    })
    .await;
}
