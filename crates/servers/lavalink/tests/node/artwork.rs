//! Pictures of files.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use guildhall_db::{Config, Db};
use guildhall_lavalink::source::{ArtworkSettings, Catalog, LocalSettings, SourceSettings, UploadSettings};
use serde_json::Value;

use crate::town::{PASSWORD, Town};
use crate::upload::wav;

fn ffmpeg(arguments: &[&str], to: &Path) {
    let made = Command::new("ffmpeg").args(["-loglevel", "error", "-y"]).args(arguments).arg(to).status();
    assert!(made.expect("ffmpeg is installed: cargo xtask setup").success());
}

#[tokio::test]
async fn files_with_pictures_say_where_these_are() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let music = folder.path().join("music");
    std::fs::create_dir_all(music.join("An Album")).unwrap();
    let picture = folder.path().join("picture.png");
    ffmpeg(&["-f", "lavfi", "-i", "color=red:size=16x16", "-frames:v", "1"], &picture);
    std::fs::write(folder.path().join("a.wav"), wav(500.0, 2)).unwrap();
    let (sound, image) = (folder.path().join("a.wav"), picture.to_str().unwrap());
    let within =
        ["-i", sound.to_str().unwrap(), "-i", image, "-map", "0", "-map", "1", "-c:v", "copy", "-id3v2_version", "3"];
    ffmpeg(&within, &music.join("with in?.mp3"));
    std::fs::copy(&sound, music.join("bare.wav")).unwrap();
    std::fs::copy(&sound, music.join("An Album/one.wav")).unwrap();
    std::fs::copy(&picture, music.join("An Album/cover.png")).unwrap();

    let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
    db.migrate(guildhall_lavalink::MIGRATIONS).await.unwrap();
    let key = guildhall_lavalink::artwork_key(&folder.path().join("node.key")).unwrap();
    let settings = SourceSettings {
        local: Some(LocalSettings { folders: vec![music.clone()], ..LocalSettings::default() }),
        uploads: Some(UploadSettings { folder: folder.path().join("uploads"), file: 1 << 20, quota: 1 << 20 }),
        artwork: Some(ArtworkSettings { url: "https://node.test/sub/".parse().unwrap(), key }),
        ..SourceSettings::default()
    };
    let sources = Catalog::new(settings, Some(db)).unwrap();
    sources.refresh().await.unwrap();
    let town = Town::of(folder.clone(), Arc::new(sources), |_| {}).await;
    let client = town.client().await;
    let address = |track: &Value| {
        track["info"]["artworkUrl"].as_str().map(|url| url.strip_prefix("https://node.test/sub").unwrap().to_owned())
    };
    let get = async |path: &str| {
        let answer = reqwest::get(format!("http://{}{path}", town.address)).await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.bytes().await.unwrap())
    };

    let found = client.get("/v4/loadtracks?identifier=lcsearch:one").await;
    let beside = address(&found["data"][0]).unwrap();
    let (status, kind, bytes) = get(&beside).await;
    assert_eq!((status, kind.as_str()), (200, "image/png"));
    assert_eq!(bytes, std::fs::read(&picture).unwrap());
    let found = client.get("/v4/loadtracks?identifier=local:music/with%20in%3F.mp3").await;
    let within = address(&found["data"]).unwrap();
    let (status, kind, inner) = get(&within).await;
    assert_eq!((status, kind.as_str(), &inner), (200, "image/png", &bytes));
    let found = client.get("/v4/loadtracks?identifier=lcsearch:bare").await;
    assert_eq!(address(&found["data"][0]), None);

    let upload = reqwest::Client::new().post(format!("http://{}/v4/guildhall/uploads", town.address));
    let upload = upload.header("authorization", PASSWORD).body(std::fs::read(music.join("with in?.mp3")).unwrap());
    let upload: Value = upload.send().await.unwrap().json().await.unwrap();
    let uploaded = address(&upload["track"]).unwrap();
    assert_eq!(get(&uploaded).await.2, bytes);

    // What was not signed here is not there, whatever it names.
    let signature = beside.split('/').nth(2).unwrap();
    for path in [
        format!("/artwork/{signature}/local/music/with%20in%3F.mp3"),
        format!("/artwork/{signature}/local/music/../node.key"),
        format!("/artwork/{signature}x/local/music/An%20Album/one.wav"),
        "/artwork/x/y".to_owned(),
    ] {
        let (status, kind, _) = get(&path).await;
        assert_eq!((status, kind.as_str()), (404, "application/json"), "{path}");
    }
    std::fs::remove_file(music.join("An Album/cover.png")).unwrap();
    assert_eq!(get(&beside).await.0, 404);
}
