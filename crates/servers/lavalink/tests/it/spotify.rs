//! Metadata of an API in the shape of Spotify's, and the tracks of it that are played from elsewhere.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use guildhall_db::testing::Scratch;
use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, LocalSettings, SourceSettings, Sources, SpotifySettings};
use guildhall_lavalink::wire::{LoadResult, Severity, Track, TrackInfo};
use serde_json::{Value, json};

use crate::fixture::{Page, Pages, SECONDS, TONE, bytes, kind, make, purity};
use crate::http::{hear, load_track};

/// A small API of its own: what is answered by path and query, and what was asked.
#[derive(Clone, Default)]
struct Api {
    asked: Arc<Mutex<Vec<String>>>,
    keys: Arc<Mutex<u32>>,
    /// The key that is good; another is given out for each login.
    good: Arc<Mutex<u32>>,
    broken: Arc<Mutex<Option<(u16, String)>>>,
    /// Where previews are, and of which tracks there are none.
    previews: Arc<Mutex<Option<String>>>,
    /// So many answers more say that it wants to be asked in so many seconds.
    busy: Arc<Mutex<(u32, u64)>>,
}

fn song(number: usize) -> Value {
    json!({
        "id": format!("song{number}"), "name": format!("Song {number}"), "type": "track", "duration_ms": 6_000, "preview_url": null,
        "artists": [{ "id": "testers", "name": "The Testers", "external_urls": { "spotify": "https://open.spotify.com/artist/testers" } }],
        "external_urls": { "spotify": format!("https://open.spotify.com/track/song{number}") },
        "external_ids": { "isrc": format!("XXTST00000{number:02}") },
        "album": { "name": "Tones", "images": [{ "url": "https://i.test/tones.png" }], "external_urls": { "spotify": "https://open.spotify.com/album/tones" } },
    })
}

fn page(all: &[Value], query: &str) -> Value {
    let number =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().parse::<usize>().unwrap();
    let (limit, offset) = (number("limit="), number("offset="));
    let items = &all[offset.min(all.len())..(offset + limit).min(all.len())];
    let next = (offset + limit < all.len()).then_some("http://169.254.169.254/next");
    json!({ "items": items, "next": next, "total": all.len() })
}

async fn token(State(api): State<Api>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    assert_eq!(form.as_ref(), b"grant_type=client_credentials");
    if headers["authorization"] != "Basic aWQ6c2VjcmV0" {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut keys = api.keys.lock().unwrap();
    *keys += 1;
    *api.good.lock().unwrap() = *keys;
    Json(json!({ "access_token": format!("key{keys}"), "token_type": "Bearer", "expires_in": 3600 })).into_response()
}

async fn answer(
    State(api): State<Api>,
    headers: HeaderMap,
    uri: Uri,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    api.asked.lock().unwrap().push(uri.to_string());
    if headers["authorization"] != format!("Bearer key{}", api.good.lock().unwrap()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    {
        let mut busy = api.busy.lock().unwrap();
        if let Some(left) = busy.0.checked_sub(1) {
            busy.0 = left;
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", busy.1.to_string())]).into_response();
        }
    }
    if let Some((status, body)) = api.broken.lock().unwrap().clone() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let album = json!({ "name": "Tones", "total_tracks": 60, "artists": [{ "name": "The Testers" }], "images": null,
        "external_urls": { "spotify": "https://open.spotify.com/album/tones" } });
    let artist = json!({ "id": "testers", "name": "The Testers", "images": [{ "url": "https://i.test/testers.png" }] });
    let list = json!({ "name": "Best", "owner": { "display_name": "me" }, "images": [], "tracks": { "total": 250 } });
    let all: Vec<Value> = (0..250).map(song).collect();
    let body = match path.as_str() {
        "tracks/song7" => {
            let mut song = song(7);
            song["preview_url"] = json!(*api.previews.lock().unwrap());
            song
        }
        "albums/tones" => album,
        "albums/tones/tracks" => {
            page(&(0..60).map(|n| json!({ "id": format!("song{n}") })).collect::<Vec<_>>(), &query)
        }
        "tracks" => {
            let ids = query.strip_prefix("ids=").unwrap();
            let songs = ids.split("%2C").map(|id| song(id.strip_prefix("song").unwrap().parse().unwrap()));
            json!({ "tracks": songs.collect::<Vec<_>>() })
        }
        "playlists/best" => list,
        "playlists/best/tracks" => {
            let mut entries: Vec<Value> = all.iter().map(|song| json!({ "track": song })).collect();
            entries[1] = Value::Null;
            entries[2] = json!({ "track": null });
            entries[3]["track"]["is_local"] = true.into();
            entries[4]["track"]["type"] = "episode".into();
            page(&entries, &query)
        }
        "artists/testers" => artist,
        "artists/testers/top-tracks" => json!({ "tracks": &all[..10] }),
        "recommendations" => json!({ "seeds": [], "tracks": [song(3), null, song(4)] }),
        "artists" => json!({ "artists": [artist, null] }),
        "search" => json!({ "tracks": { "items": [song(1), null] }, "albums": { "items": [album] },
            "artists": { "items": [artist] }, "playlists": { "items": [null, list] } }),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    Json(body).into_response()
}

async fn serve(api: Api) -> SocketAddr {
    let router = axum::Router::new().route("/token", post(token)).route("/v1/{*path}", get(answer)).with_state(api);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn settings(address: SocketAddr) -> SourceSettings {
    SourceSettings {
        fetch: FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() },
        spotify: Some(SpotifySettings {
            api: format!("http://{address}/v1/").parse().unwrap(),
            token: format!("http://{address}/token").parse().unwrap(),
            client_id: "id".to_owned(),
            client_secret: "secret".to_owned(),
            country: "DE".to_owned(),
            playlist_pages: 2,
            album_pages: 6,
            search_limit: 10,
            resolve_artists: true,
            previews: true,
            hosts: vec!["open.spotify.com".to_owned()],
        }),
        providers: vec!["lcsearch:\"%ISRC%\"".to_owned(), "lcsearch:%TITLE%".to_owned()],
        ..SourceSettings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tracks_lists_and_searches_have_the_shape_of_lavasrc() {
    let api = Api::default();
    let sources = Catalog::new(settings(serve(api.clone()).await), None).unwrap();
    assert_eq!(sources.names(), ["spotify"]);

    let track = load_track(&sources, "https://open.spotify.com/intl-de/track/song7?si=x").await;
    assert_eq!(track, load_track(&sources, "spotify:track:song7").await);
    let info = &track.info;
    assert_eq!((info.title.as_str(), info.author.as_str(), info.length), ("Song 7", "The Testers", 6_000));
    assert_eq!((info.isrc.as_deref(), info.source_name.as_str()), (Some("XXTST0000007"), "spotify"));
    assert_eq!(info.artwork_url.as_deref(), Some("https://i.test/tones.png"));
    let plugin_info = json!({
        "albumName": "Tones", "albumUrl": "https://open.spotify.com/album/tones", "artistUrl": "https://open.spotify.com/artist/testers",
        "artistArtworkUrl": "https://i.test/testers.png", "previewUrl": null, "isPreview": false,
    });
    assert_eq!(Value::Object(track.plugin_info.clone()), plugin_info);
    assert_eq!(Track::decode(&track.encoded).unwrap(), track);

    let LoadResult::Playlist(album) = sources.load("https://open.spotify.com/album/tones").await else {
        panic!("no album")
    };
    assert_eq!((album.info.name.as_str(), album.tracks.len()), ("Tones", 60));
    assert_eq!(album.tracks[59].info.isrc.as_deref(), Some("XXTST0000059"));
    let about = json!({ "type": "album", "url": "https://open.spotify.com/album/tones", "artworkUrl": null, "author": "The Testers", "totalTracks": 60 });
    assert_eq!(Value::Object(album.plugin_info.clone()), about);

    // Two pages, without what is gone, local or no music; the address of the next page is not followed.
    let LoadResult::Playlist(list) = sources.load("https://open.spotify.com/user/me/playlist/best").await else {
        panic!("no list")
    };
    assert_eq!((list.info.name.as_str(), list.tracks.len()), ("Best", 196));
    assert_eq!((&list.plugin_info["author"], &list.plugin_info["totalTracks"]), (&json!("me"), &json!(250)));

    let LoadResult::Playlist(artist) = sources.load("https://open.spotify.com/artist/testers").await else {
        panic!("no artist")
    };
    assert_eq!((artist.info.name.as_str(), artist.tracks.len()), ("The Testers's Top Tracks", 10));
    assert_eq!(artist.tracks[0].plugin_info["artistArtworkUrl"], "https://i.test/testers.png");

    let LoadResult::Playlist(like) =
        sources.load("sprec:seed_artists=testers&seed_tracks=song7,song8&min_tempo=90&ids=x&limit=2").await
    else {
        panic!("nothing is recommended")
    };
    assert_eq!((like.info.name.as_str(), like.tracks.len()), ("Spotify Recommendations:", 2));
    assert_eq!(like.plugin_info["type"], "recommendations");
    assert_eq!(like.tracks[1].info.title, "Song 4");
    let LoadResult::Search(found) = sources.load("spsearch:a & b").await else { panic!("nothing") };
    assert_eq!(found.len(), 1);
    let found = sources.search("spsearch:a", &[]).await.unwrap().unwrap();
    assert_eq!((found.tracks.len(), found.albums.len(), found.artists.len(), found.playlists.len()), (1, 1, 1, 1));
    assert_eq!(found.albums[0].plugin_info["type"], "album");
    assert!(sources.search("lcsearch:a", &[]).await.is_none());
    for nothing in [
        "https://open.spotify.com/track/none",
        "https://open.spotify.com/track/a%2F..",
        "https://elsewhere.test/track/song7",
        "spsearch:",
        "sprec:limit=5",
    ] {
        assert_eq!(sources.load(nothing).await, LoadResult::Empty, "{nothing}");
    }
    let asked = api.asked.lock().unwrap().clone();
    assert!(asked.contains(&"/v1/search?q=a+%26+b&type=track&limit=10&market=DE".to_owned()), "{asked:?}");
    assert!(asked.contains(&"/v1/artists/testers/top-tracks?market=DE".to_owned()), "{asked:?}");
    let like = "/v1/recommendations?seed_artists=testers&seed_tracks=song7%2Csong8&min_tempo=90&limit=2&market=DE";
    assert!(asked.contains(&like.to_owned()), "{asked:?}");
    // One key for all of it.
    assert_eq!(*api.keys.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_is_a_typed_error() {
    let api = Api::default();
    let sources = Catalog::new(settings(serve(api.clone()).await), None).unwrap();
    load_track(&sources, "spotify:track:song7").await;
    // A key that went bad is renewed, once.
    *api.good.lock().unwrap() = 99;
    load_track(&sources, "spotify:track:song7").await;
    assert_eq!(*api.keys.lock().unwrap(), 2);
    let error = async || match sources.load("spotify:track:song7").await {
        LoadResult::Error(error) => (error.severity, error.cause),
        other => panic!("{other:?}"),
    };
    for (status, body, severity, part) in [
        (429, String::new(), Severity::Suspicious, "429"),
        (500, String::new(), Severity::Suspicious, "500"),
        (200, "<html>".to_owned(), Severity::Suspicious, "cannot be read"),
        (200, "[".repeat(10_000), Severity::Suspicious, "cannot be read"),
        (200, " ".repeat(5 << 20), Severity::Suspicious, "larger"),
        (403, String::new(), Severity::Fault, "403"),
    ] {
        *api.broken.lock().unwrap() = Some((status, body));
        let (said, cause) = error().await;
        assert!(said == severity && cause.contains(part), "{status}: {said:?} {cause}");
    }
    *api.broken.lock().unwrap() = Some((200, "{}".to_owned()));
    assert_eq!(sources.load("spotify:track:song7").await, LoadResult::Empty);
    *api.broken.lock().unwrap() = None;

    // Credentials change while it runs, in the shape of LavaSrc.
    sources.configure(&json!({ "spotify": { "clientSecret": "wrong" } })).await.unwrap();
    assert_eq!(error().await.0, Severity::Fault);
    sources
        .configure(&json!({ "spotify": { "clientId": "id", "clientSecret": "secret", "spDc": "x" } }))
        .await
        .unwrap();
    load_track(&sources, "spotify:track:song7").await;
    let others =
        json!({ "spotify": null, "appleMusic": { "mediaAPIToken": "x" }, "deezer": { "arl": null }, "tidal": null });
    sources.configure(&others).await.unwrap();
    load_track(&sources, "spotify:track:song7").await;
    for wrong in
        [json!([]), json!({ "nonsense": {} }), json!({ "spotify": { "clientId": "" } }), json!({ "spotify": 1 })]
    {
        assert!(sources.configure(&wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_wants_to_be_left_alone_is_left_alone() {
    let api = Api::default();
    let sources = Catalog::new(settings(serve(api.clone()).await), None).unwrap();
    // A second or two are waited for.
    *api.busy.lock().unwrap() = (2, 1);
    let began = Instant::now();
    load_track(&sources, "spotify:track:song7").await;
    assert!((2.0..4.0).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
    // A minute is not, and who asks meanwhile is told so without asking the service again.
    *api.busy.lock().unwrap() = (1, 60);
    let asked = api.asked.lock().unwrap().len();
    for _ in 0..3 {
        let began = Instant::now();
        let LoadResult::Error(error) = sources.load("spotify:track:song7").await else { panic!("no error") };
        assert!(error.severity == Severity::Suspicious && error.cause.contains("429"), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(1));
    }
    assert_eq!(api.asked.lock().unwrap().len(), asked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_is_played_from_where_its_recording_is_found() {
    let (root, scratch) = (tempfile::tempdir().unwrap(), Scratch::new(guildhall_db::Engine::Sqlite));
    // The same length, but not the same tone: the number of the recording tells them apart.
    let numbered = format!("sine=frequency={TONE}:sample_rate=44100:duration=6,volume=4");
    for (name, input, metadata) in [
        ("numbered.flac", numbered.as_str(), ["title=Something else", "ISRC=XX-TST-00-00007"]),
        (
            "named.flac",
            "sine=frequency=300:sample_rate=44100:duration=6,volume=4",
            ["title=Song 7", "artist=The Testers"],
        ),
        (
            "long.flac",
            "sine=frequency=300:sample_rate=44100:duration=20,volume=4",
            ["title=Song 8", "artist=The Testers"],
        ),
    ] {
        let path = make(
            &format!("mirror-{name}"),
            &["-f", "lavfi", "-i", input, "-metadata", metadata[0], "-metadata", metadata[1]],
        );
        std::fs::copy(path, root.path().join(name)).unwrap();
    }
    let db = scratch.open().await;
    db.migrate(guildhall_lavalink::MIGRATIONS).await.unwrap();
    let local = LocalSettings { folders: vec![root.path().to_owned()], ..LocalSettings::default() };
    let settings = SourceSettings { local: Some(local), ..settings(serve(Api::default()).await) };
    let sources = Catalog::new(settings, Some(db)).unwrap();
    assert_eq!(sources.refresh().await.unwrap(), 3);

    let mut track = load_track(&sources, "spotify:track:song7").await.info;
    for position in [0, 3_000] {
        let (heard, ..) = hear(sources.open(&track, position).await.unwrap(), f64::MAX).await;
        assert!((heard.seconds() - 6.0 + position as f64 / 1000.0).abs() < 0.1, "{}", heard.seconds());
        assert!(purity(&heard.left, heard.rate) > 0.99);
    }
    // By its name, where it has no number.
    track.isrc = None;
    let (heard, ..) = hear(sources.open(&track, 0).await.unwrap(), f64::MAX).await;
    assert!(purity(&heard.left, heard.rate) < 0.1 && (heard.seconds() - 6.0).abs() < 0.1);
    // Something of the same name that is much longer is something else.
    track.title = "Song 8".to_owned();
    let error = sources.open(&track, 0).await.err().unwrap();
    assert_eq!((error.severity, error.message.as_str()), (Severity::Common, "No source has this track."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_played_from_where_the_service_says_it_is_now() {
    let (pages, api) = (Pages::start().await, Api::default());
    let address = serve(api.clone()).await;
    let sources = Catalog::new(settings(address), None).unwrap();
    *api.previews.lock().unwrap() = Some("https://p.test/one.mp3".to_owned());
    let track = load_track(&sources, "spprev:https://open.spotify.com/track/song7").await;
    assert_eq!((track.info.identifier.as_str(), track.info.length, track.info.is_seekable), ("song7", 30_000, true));
    let about = |name: &str| track.plugin_info[name].clone();
    assert_eq!((about("isPreview"), about("previewUrl")), (json!(true), json!("https://p.test/one.mp3")));
    // It survives its blob, and is told apart from the whole track.
    assert_eq!(Track::decode(&track.encoded).unwrap(), track);
    assert_eq!(load_track(&sources, "spotify:track:song7").await.plugin_info["isPreview"], false);
    // Whatever leads to tracks leads to their previews.
    let LoadResult::Search(found) = sources.load("spprev:spsearch:a").await else { panic!("nothing") };
    assert_eq!((found[0].info.length, &found[0].plugin_info["isPreview"]), (30_000, &json!(true)));
    for list in ["spotify:album:tones", "spotify:playlist:best", "spotify:artist:testers", "sprec:seed_tracks=song7"] {
        let LoadResult::Playlist(list) = sources.load(&format!("spprev:{list}")).await else { panic!("{list}") };
        assert!(list.tracks.iter().all(|track| track.plugin_info["isPreview"] == true), "{:?}", list.info);
    }
    assert_eq!(sources.load("spprev:elsewhere").await, LoadResult::Empty);

    // The address is asked for when it is played: the one in the track means nothing.
    let url = pages.put("/preview", Page::File(kind("tone.mp3"), bytes("tone.mp3")));
    *api.previews.lock().unwrap() = Some(url);
    let preview = TrackInfo { identifier: "spprev:song7".to_owned(), ..track.info.clone() };
    let (heard, ..) = hear(sources.open(&preview, 0).await.unwrap(), f64::MAX).await;
    assert!((heard.seconds() - SECONDS).abs() < 0.1 && purity(&heard.left, heard.rate) > 0.99);
    for (id, url, part) in [
        ("song7", None, "names no address"),
        ("song7", Some("file:///etc/passwd"), "names no address"),
        ("song7", Some("http://169.254.169.254/x"), "public"),
        ("none", None, "does not know"),
        ("../search", None, "no id"),
    ] {
        *api.previews.lock().unwrap() = url.map(str::to_owned);
        let preview = TrackInfo { identifier: format!("spprev:{id}"), ..track.info.clone() };
        let error = sources.open(&preview, 0).await.err().unwrap();
        assert!(error.severity == Severity::Common && error.cause.contains(part), "{id} {url:?}: {error}");
    }
    // Who wants none has none.
    let mut settings = settings(address);
    settings.spotify.as_mut().unwrap().previews = false;
    let without = Catalog::new(settings, None).unwrap();
    assert_eq!(without.load("spprev:spotify:track:song7").await, LoadResult::Empty);
    let error = without.open(&preview, 0).await.err().unwrap();
    assert_eq!(error.message, "Previews are switched off.");
}
