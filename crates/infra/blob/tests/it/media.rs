//! Width, height and duration of sound and films.

use bytes::Bytes;

use crate::fixture;
use crate::support::Town;

#[tokio::test]
async fn sound_and_films_say_how_long_they_are() {
    let town = Town::new().await;
    let cases: [(&str, Bytes, Option<(u32, u32)>, f64); 9] = [
        ("a.wav", fixture::wav(3), None, 3.0),
        ("a.flac", fixture::flac(60), None, 60.0),
        ("a.mp3", fixture::mp3(383), None, 10.0),
        ("a.ogg", fixture::opus(7), None, 7.0),
        ("voice-message.ogg", fixture::opus(2), None, 2.0),
        ("a.mp4", fixture::mp4(640, 360, 12, false), Some((640, 360)), 12.0),
        ("a.mov", fixture::mp4(640, 360, 12, true), Some((640, 360)), 12.0),
        ("a.m4v", fixture::mp4(1920, 1080, 5000, true), Some((1920, 1080)), 5000.0),
        ("a.webm", fixture::webm(160, 90, 4.5), Some((160, 90)), 4.5),
    ];
    for (name, bytes, size, secs) in cases {
        let stored = town.put(name, bytes).await.unwrap();
        assert_eq!(stored.width.zip(stored.height), size, "{name}");
        let found = stored.duration_secs.unwrap_or_else(|| panic!("{name} has no duration: {stored:?}"));
        assert!((found - secs).abs() < 0.1, "{name}: {found}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_without() {
    let town = Town::new().await;
    for (name, whole) in [
        ("a.wav", fixture::wav(3)),
        ("a.flac", fixture::flac(60)),
        ("a.mp3", fixture::mp3(383)),
        ("a.ogg", fixture::opus(7)),
        ("a.mp4", fixture::mp4(640, 360, 12, false)),
        ("a.webm", fixture::webm(160, 90, 4.5)),
        ("a.png", fixture::png(100, 100)),
        ("a.jpg", fixture::jpeg(100, 100)),
        ("a.gif", fixture::gif(100, 100, 3)),
    ] {
        // The beginning, so that the type is known, and then less and less.
        for left in [16, 40, 100, 200] {
            let stored = town.put(name, whole.slice(..left.min(whole.len()))).await.unwrap();
            assert_ne!(stored.size, 0, "{name}");
        }
    }
}
