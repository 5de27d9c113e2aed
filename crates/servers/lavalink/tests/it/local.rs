//! The local library.

use std::path::Path;

use guildhall_db::testing::Scratch;
use guildhall_lavalink::source::{
    Catalog, LocalSettings, SourceSettings, Sources, SpotifySettings, UploadSettings, WithTones,
};
use guildhall_lavalink::wire::LoadResult;

use crate::fixture::{purity, tone};
use crate::http::{hear, load_track};

async fn library(folder: &Path, scratch: &Scratch) -> Catalog {
    let db = scratch.open().await;
    db.migrate(guildhall_lavalink::MIGRATIONS).await.unwrap();
    let local = LocalSettings { folders: vec![folder.to_owned()], ..LocalSettings::default() };
    Catalog::new(SourceSettings { local: Some(local), ..SourceSettings::default() }, Some(db)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_their_tags_and_played() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("music");
    std::fs::create_dir_all(folder.join("album")).unwrap();
    for (name, to) in
        [("tone.mp3", "album/one.mp3"), ("tone.flac", "Some Body - Two Three.flac"), ("opus.ogg", "four.opus")]
    {
        std::fs::copy(tone(name), folder.join(to)).unwrap();
    }
    std::fs::write(folder.join("broken.mp3"), b"no sound").unwrap();
    std::fs::write(folder.join("notes.txt"), b"no file of sound").unwrap();
    std::fs::write(folder.join("album/one.lrc"), "[00:01.00]La\n[00:02.00]Li\n").unwrap();
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(&folder, &scratch).await;
    assert_eq!(sources.refresh().await.unwrap(), 4);

    let LoadResult::Search(found) = sources.load("lcsearch:TONE, testers!").await else { panic!("nothing") };
    let paths: Vec<_> = found.iter().map(|track| track.info.identifier.as_str()).collect();
    assert_eq!(paths, ["music/Some Body - Two Three.flac", "music/album/one.mp3", "music/four.opus"]);
    assert!(found.iter().all(|track| (track.info.length - 6000).abs() < 100 && track.info.is_seekable));
    assert_eq!(sources.load("lcsearch:nothing").await, LoadResult::Empty);
    assert_eq!(sources.load("lcsearch:%_").await, LoadResult::Empty);
    let LoadResult::Search(found) = sources.load("lcsearch:two body").await else { panic!("nothing") };
    assert_eq!(found.len(), 1, "by the file's name");

    let track = load_track(&sources, "local:music/album/one.mp3").await;
    assert_eq!((track.info.title.as_str(), track.info.author.as_str()), ("A Tone", "The Testers"));
    let (heard, ..) = hear(sources.open(&track.info, 1000).await.unwrap(), f64::MAX).await;
    assert!((heard.seconds() - 5.0).abs() < 0.05 && purity(&heard.left, heard.rate) > 0.99);
    let lyrics = sources.lyrics(&track.info).await.unwrap();
    assert_eq!((lyrics.text.as_deref(), lyrics.lines.len(), lyrics.lines[1].timestamp), (Some("La\nLi"), 2, 2000));

    let LoadResult::Playlist(list) = sources.load("local:music").await else { panic!("no list") };
    assert_eq!((list.info.name.as_str(), list.tracks.len()), ("music", 2));
    assert!(matches!(sources.load("local:music/broken.mp3").await, LoadResult::Error(_)));

    // What changes is seen, what goes is forgotten.
    std::fs::remove_file(folder.join("album/one.mp3")).unwrap();
    std::fs::copy(tone("tone.wav"), folder.join("Fresh.wav")).unwrap();
    assert_eq!(sources.refresh().await.unwrap(), 4);
    assert!(matches!(sources.load("lcsearch:fresh").await, LoadResult::Search(_)));
    let LoadResult::Search(found) = sources.load("lcsearch:tone").await else { panic!("nothing") };
    assert_eq!(found.len(), 3);
    assert!(sources.open(&track.info, 0).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_of_the_folders_is_read() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("music");
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::copy(tone("tone.mp3"), root.path().join("secret.mp3")).unwrap();
    std::os::unix::fs::symlink(root.path().join("secret.mp3"), folder.join("link.mp3")).unwrap();
    std::os::unix::fs::symlink(root.path(), folder.join("up")).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("inner/round")).unwrap();
    std::fs::copy(tone("tone.mp3"), folder.join("fine.mp3")).unwrap();
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(&folder, &scratch).await;
    assert_eq!(sources.refresh().await.unwrap(), 1);
    let mut fine = load_track(&sources, "local:music/fine.mp3").await.info;
    let secret = root.path().join("secret.mp3").to_str().unwrap().to_owned();
    for path in [
        "music/link.mp3",
        "music/up/secret.mp3",
        "music/../secret.mp3",
        "../secret.mp3",
        &secret,
        "secret.mp3",
        "",
        "music/\0",
        "other/fine.mp3",
    ] {
        assert_eq!(sources.load(&format!("local:{path}")).await, LoadResult::Empty, "{path}");
        // A blob says whatever its maker wants.
        fine.identifier = path.to_owned();
        assert!(sources.open(&fine, 0).await.is_err(), "{path}");
    }
}

#[test]
fn what_needs_files_of_this_host_is_not_played_on_another() {
    let library = LocalSettings { folders: vec!["music".into()], watch: false, ..LocalSettings::default() };
    let elsewhere = |local| {
        let spotify = SpotifySettings {
            api: "https://api.example.org/".parse().unwrap(),
            token: "https://api.example.org/token".parse().unwrap(),
            client_id: String::new(),
            client_secret: String::new(),
            country: String::new(),
            playlist_pages: 1,
            album_pages: 1,
            search_limit: 1,
            resolve_artists: false,
            previews: true,
            hosts: Vec::new(),
        };
        let uploads = UploadSettings { folder: "uploads".into(), file: 1, quota: 1 };
        let settings = SourceSettings {
            http: true,
            local,
            uploads: Some(uploads),
            spotify: Some(spotify),
            ..SourceSettings::default()
        };
        WithTones(Catalog::new(settings, None).unwrap()).elsewhere()
    };
    // What is only known by name may be found in the library.
    assert_eq!(elsewhere(Some(library)), ["http", "tone"]);
    assert_eq!(elsewhere(None), ["http", "spotify", "tone"]);
}
