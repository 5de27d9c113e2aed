//! Pictures that lie elsewhere and are shown in messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use guildhall_harness::{Server, Town, on_both};
use serde_json::json;

const ADMINISTRATOR: u64 = 8;
const V2: u32 = 1 << 15;

/// A picture of 256 by 256.
pub(crate) fn picture() -> Bytes {
    guildhall_blob::default_avatar(0).unwrap()
}

/// A body without an end.
pub(crate) fn endless(begins: &'static str) -> Body {
    let more = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 10_000])));
    let first = stream::iter([Ok(Bytes::from_static(begins.as_bytes()))]);
    Body::from_stream(futures_util::StreamExt::chain(first, more))
}

/// A site of somebody else.
pub(crate) async fn site(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn pictures_of_elsewhere_are_shown_from_here() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let router = Router::new().route(
            "/a.png",
            get(move || async move {
                count.fetch_add(1, Ordering::Relaxed);
                // Whatever it is called.
                ([("content-type", "text/html")], picture())
            }),
        );
        let there = format!("{}/a.png", site(router).await);
        let bot = town.bot(ADMINISTRATOR).await;
        let path = format!("/channels/{}/messages", town.channel);
        let own = format!("{}/cdn/embed/avatars/0.png", town.server.app.config().public_url);
        let card = json!({
            "image": { "url": there, "proxy_url": "https://evil.example/", "width": 7 }, "thumbnail": { "url": own },
            "author": { "name": "a", "icon_url": there }, "footer": { "text": "f", "icon_url": there },
        });
        let sent = bot.post(&path, json!({ "embeds": [card] })).await.ok(200);
        let card = &sent["embeds"][0];
        let proxy = card["image"]["proxy_url"].as_str().unwrap();
        let here = format!("{}/cdn/external/", town.server.app.config().public_url);
        assert!(proxy.starts_with(&here), "{card}");
        assert_eq!((&card["image"]["url"], &card["image"]["width"]), (&json!(there), &json!(null)));
        assert_eq!((&card["author"]["proxy_icon_url"], &card["author"]["icon_url"]), (&json!(proxy), &json!(there)));
        assert_eq!(card["footer"]["proxy_icon_url"], json!(proxy));
        assert_eq!(card["thumbnail"]["proxy_url"], json!(own), "what is here is not fetched");
        let read = town.member.get(&format!("{path}/{}", sent["id"].as_str().unwrap())).await.ok(200);
        assert_eq!(read["embeds"], sent["embeds"]);
        let gallery = json!([{ "type": 12, "items": [{ "media": { "url": there } }] }]);
        let gallery = bot.post(&path, json!({ "flags": V2, "components": gallery })).await.ok(200);
        assert_eq!(gallery["components"][0]["items"][0]["media"]["proxy_url"], json!(proxy));
        assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody has looked yet");

        let whole = reqwest::get(proxy).await.unwrap();
        let headers = whole.headers().clone();
        assert_eq!((whole.status().as_u16(), headers["content-type"].to_str().unwrap()), (200, "image/png"));
        assert_eq!(headers["cache-control"], "public, max-age=86400");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline"));
        assert_eq!(whole.bytes().await.unwrap(), picture());
        let again = reqwest::Client::new().get(proxy).header("if-none-match", &headers["etag"]).send().await.unwrap();
        assert_eq!(again.status(), 304);
        let small = reqwest::get(format!("{proxy}?width=32&height=32&format=webp")).await.unwrap();
        assert_eq!((small.status().as_u16(), small.headers()["content-type"].to_str().unwrap()), (200, "image/webp"));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "it is fetched once");
        // Nobody else names what is fetched.
        let (rest, word) = proxy.rsplit_once('/').unwrap();
        let other = town.server.app.blob().external_path("http://127.0.0.1/");
        for wrong in [format!("{rest}/aHR0cDovLzEyNy4wLjAuMS8"), format!("{rest}x/{word}"), format!("{here}x/{word}")] {
            assert_eq!(town.stranger.fetch(&wrong).await.0, 404, "{wrong}");
        }
        assert_eq!(town.stranger.fetch(&format!("http://{}/cdn{other}", town.server.address)).await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_is_not_shown() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>";
    let router = Router::new()
        .route("/svg", get(move || async move { ([("content-type", "image/svg+xml")], svg) }))
        .route("/page", get(|| async { ([("content-type", "image/png")], "<html><script>x()</script>") }))
        .route(
            "/packed",
            get(|| async { ([("content-encoding", "gzip"), ("content-type", "image/png")], vec![31_u8, 139, 8, 0]) }),
        )
        .route("/endless", get(|| async { ([("content-type", "image/png")], endless("")) }))
        .route("/away", get(|| async { axum::response::Redirect::temporary("file:///etc/passwd") }));
    let there = site(router).await;
    let engine = guildhall_db::Engine::Sqlite;
    let town = Town::new(engine).await;
    let ask = |town: &Town, address: String| {
        let url = format!("http://{}/cdn{}", town.server.address, town.server.app.blob().external_path(&address));
        let stranger = town.stranger.clone();
        async move { stranger.fetch(&url).await.0 }
    };
    for (path, status) in
        [("/svg", 415), ("/page", 415), ("/packed", 415), ("/endless", 404), ("/away", 404), ("/none", 404)]
    {
        assert_eq!(ask(&town, format!("{there}{path}")).await, status, "{path}");
    }
    for address in ["file:///etc/passwd", "http://me:secret@example.org/", "no address"] {
        assert_eq!(ask(&town, address.into()).await, 404, "{address}");
    }
    let own = format!("{}/cdn/embed/avatars/0.png", town.server.app.config().public_url);
    assert_eq!(ask(&town, own).await, 404, "it does not ask itself");
    // Another server does not reach what is private.
    let guarded = Town::on(Server::curious(engine, false).await).await;
    assert_eq!(ask(&guarded, format!("{there}/svg")).await, 404);
}
