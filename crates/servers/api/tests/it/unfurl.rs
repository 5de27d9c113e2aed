//! Previews of what messages link to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::get;
use guildhall_db::Engine;
use guildhall_harness::{Server, Town, on_both};
use serde_json::{Value, json};

use crate::external::{endless, picture, site};

const ADMINISTRATOR: u64 = 8;
const EMBED_LINKS: u64 = 1 << 14;
const SUPPRESS: u32 = 4;

const PAGE: &str = r##"<!doctype html><title>Plain</title><meta property="og:title" content="A page &amp; more">
<meta property="og:description" content="What it is about"><meta property="og:site_name" content="The site">
<meta property="og:image" content="/picture.png"><meta name="theme-color" content="#ff8800">
<meta name="twitter:card" content="summary_large_image">"##;

/// A site with pages, and how often its first page was asked for.
async fn pages() -> (String, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let page = move || async move {
        count.fetch_add(1, Ordering::Relaxed);
        Html(PAGE)
    };
    let router = Router::new()
        .route("/page", get(page))
        .route("/plain", get(|| async { Html("<title>Only a title</title>") }))
        .route("/picture.png", get(|| async { ([("content-type", "image/png")], picture()) }))
        .route("/endless", get(|| async { ([("content-type", "text/html")], endless("<title>No end</title>")) }))
        .route("/endless.png", get(|| async { ([("content-type", "image/png")], endless("")) }))
        .route("/program", get(|| async { ([("content-type", "application/pdf")], "<title>No</title>") }))
        .route(
            "/packed",
            get(|| async { ([("content-encoding", "gzip"), ("content-type", "text/html")], "<title>No</title>") }),
        )
        .route("/away", get(|| async { Redirect::temporary("http://me:secret@127.0.0.1/") }))
        .route("/round", get(|| async { Redirect::temporary("/round") }))
        .route("/moved", get(|| async { Redirect::temporary("/plain") }))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_mins(1)).await;
                Html("<title>Late</title>")
            }),
        );
    (site(router).await, asked)
}

async fn curious(engine: Engine) -> (Town, String, Arc<AtomicU32>) {
    let (there, asked) = pages().await;
    (Town::on(Server::curious(engine, true).await).await, there, asked)
}

fn titles(message: &Value) -> Vec<&str> {
    message["embeds"].as_array().unwrap().iter().map(|embed| embed["title"].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_link_gets_a_preview() {
    on_both(|engine| async move {
        let (town, there, asked) = curious(engine).await;
        let mut socket = town.owner.connect(1 << 9 | 1 << 15).await;
        let text = format!("see {there}/page and {there}/picture.png, `{there}/plain` <{there}/plain>");
        let sent = town.say(&town.member, &text).await;
        assert_eq!(sent["embeds"], json!([]), "nobody waits for it");
        let told = socket.event("MESSAGE_UPDATE").await;
        assert_eq!(
            (&told["id"], &told["content"], &told["edited_timestamp"]),
            (&sent["id"], &json!(text), &json!(null))
        );
        assert_eq!(told["author"]["id"], json!(town.member.id));
        let proxy = told["embeds"][0]["thumbnail"]["proxy_url"].as_str().unwrap();
        assert!(proxy.starts_with(&format!("{}/cdn/external/", town.server.app.config().public_url)), "{proxy}");
        let media = json!({ "url": format!("{there}/picture.png"), "proxy_url": proxy, "width": 256, "height": 256 });
        let page = json!({
            "type": "article", "url": format!("{there}/page"), "title": "A page & more", "color": 0x00ff_8800,
            "description": "What it is about", "provider": { "name": "The site" }, "thumbnail": media,
        });
        let direct = json!({ "type": "image", "url": format!("{there}/picture.png"), "thumbnail": media });
        assert_eq!(told["embeds"], json!([page, direct]));
        assert_eq!(town.stranger.fetch(proxy).await, (200, picture().to_vec()));
        let path = format!("/channels/{}/messages", town.channel);
        let one = format!("{path}/{}", sent["id"].as_str().unwrap());
        assert_eq!(town.member.get(&one).await.ok(200)["embeds"], told["embeds"], "it is kept");
        // The same again is not asked for again.
        town.say(&town.owner, &format!("{there}/page")).await;
        assert_eq!(titles(&socket.event("MESSAGE_UPDATE").await), ["A page & more"]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);

        // An edit keeps what is still linked to, and looks at the rest.
        let text = format!("{there}/plain {there}/page");
        let edited = town.member.patch(&one, json!({ "content": text })).await.ok(200);
        assert_eq!(titles(&edited), ["A page & more"]);
        assert_eq!(titles(&socket.event("MESSAGE_UPDATE").await), ["A page & more"]);
        assert_eq!(titles(&socket.event("MESSAGE_UPDATE").await), ["Only a title", "A page & more"]);
        let found = format!("/guilds/{}/messages/search?has=embed&author_id={}", town.guild, town.member.id);
        assert_eq!(town.member.get(&found).await.ok(200)["total_results"], 1);
        // Hidden by who may, and shown again.
        let hidden = town.owner.patch(&one, json!({ "flags": SUPPRESS })).await.ok(200);
        assert_eq!(hidden["embeds"], json!([]));
        assert_eq!(socket.event("MESSAGE_UPDATE").await["embeds"], json!([]));
        town.owner.patch(&one, json!({ "flags": 0 })).await.ok(200);
        assert_eq!(socket.event("MESSAGE_UPDATE").await["embeds"], json!([]));
        assert_eq!(titles(&socket.event("MESSAGE_UPDATE").await), ["Only a title", "A page & more"]);
        let without = town.member.patch(&one, json!({ "content": "nothing" })).await.ok(200);
        assert_eq!(without["embeds"], json!([]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    })
    .await;
}

#[tokio::test]
async fn cards_of_bots_stay_and_their_pictures_are_measured() {
    on_both(|engine| async move {
        let (town, there, _) = curious(engine).await;
        let mut socket = town.owner.connect(1 << 9 | 1 << 15).await;
        let bot = town.bot(ADMINISTRATOR).await;
        let path = format!("/channels/{}/messages", town.channel);
        let card = |title: &str| json!({ "title": title, "image": { "url": format!("{there}/picture.png") } });
        let body = json!({ "content": format!("{there}/plain"), "embeds": [card("mine")] });
        let sent = bot.post(&path, body).await.ok(200);
        let told = socket.event("MESSAGE_UPDATE").await;
        assert_eq!(titles(&told), ["mine", "Only a title"]);
        let sides = |embed: &Value| (embed["image"]["width"].clone(), embed["image"]["height"].clone());
        assert_eq!(sides(&told["embeds"][0]), (json!(256), json!(256)));
        let one = format!("{path}/{}", sent["id"].as_str().unwrap());
        // Its own cards are its own; what the link is worth stays.
        let edited = bot.patch(&one, json!({ "embeds": [card("other")] })).await.ok(200);
        assert_eq!(titles(&edited), ["other", "Only a title"]);
        socket.event("MESSAGE_UPDATE").await;
        assert_eq!(sides(&socket.event("MESSAGE_UPDATE").await["embeds"][0]), (json!(256), json!(256)));
        let gallery = json!([{ "type": 12, "items": [{ "media": { "url": format!("{there}/picture.png") } }] }]);
        bot.post(&path, json!({ "flags": 1 << 15, "components": gallery })).await.ok(200);
        let media = socket.event("MESSAGE_UPDATE").await["components"][0]["items"][0]["media"].take();
        assert_eq!((&media["width"], &media["height"]), (&json!(256), &json!(256)));
    })
    .await;
}

#[tokio::test]
async fn who_may_not_shows_nothing() {
    on_both(|engine| async move {
        let (town, there, asked) = curious(engine).await;
        let mut socket = town.owner.connect(1 << 9 | 1 << 15).await;
        let rule = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        town.owner.put(&rule, json!({ "type": 0, "deny": EMBED_LINKS.to_string() })).await.ok(204);
        town.say(&town.member, &format!("{there}/page")).await;
        let path = format!("/channels/{}/messages", town.channel);
        town.owner.post(&path, json!({ "content": format!("{there}/page"), "flags": SUPPRESS })).await.ok(200);
        let own = town.server.app.config().public_url.clone();
        let last = town.say(&town.owner, &format!("{own}/page {there}/plain")).await;
        let told = socket.event("MESSAGE_UPDATE").await;
        assert_eq!((&told["id"], titles(&told)), (&last["id"], vec!["Only a title"]));
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    })
    .await;
}

/// Each with a page that has a preview behind it, so that there is something to wait for.
#[tokio::test]
async fn hostile_pages_have_none() {
    let (town, there, _) = curious(Engine::Sqlite).await;
    let mut socket = town.owner.connect(1 << 9 | 1 << 15).await;
    for (path, expected) in [
        ("/endless", &["No end", "Only a title"][..]),
        ("/endless.png", &["Only a title"]),
        ("/program", &["Only a title"]),
        ("/packed", &["Only a title"]),
        ("/away", &["Only a title"]),
        ("/round", &["Only a title"]),
        ("/none", &["Only a title"]),
        ("/moved", &["Only a title", "Only a title"]),
        ("/slow", &["Only a title"]),
    ] {
        town.say(&town.member, &format!("{there}{path} {there}/plain")).await;
        assert_eq!(titles(&socket.event("MESSAGE_UPDATE").await), expected, "{path}");
    }
}

#[tokio::test]
async fn nothing_private_is_asked_for_and_nothing_where_it_is_switched_off() {
    let (there, asked) = pages().await;
    for server in [Server::curious(Engine::Sqlite, false).await, Server::start(Engine::Sqlite).await] {
        let town = Town::on(server).await;
        let sent = town.say(&town.member, &format!("{there}/page http://localhost:1/")).await;
        // Whoever asks for the picture of such an address gets an answer after the page was refused.
        let picture = town.server.app.blob().external_path("http://localhost:1/");
        assert_eq!(town.stranger.fetch(&format!("http://{}/cdn{picture}", town.server.address)).await.0, 404);
        let one = format!("/channels/{}/messages/{}", town.channel, sent["id"].as_str().unwrap());
        assert_eq!(town.member.get(&one).await.ok(200)["embeds"], json!([]));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
