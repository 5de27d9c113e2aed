//! Pictures that lie elsewhere.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use guildhall_blob::{Error, MAX_EXTERNAL_BYTES, Preview};

use crate::fixture;
use crate::support::{Town, body};

const ADDRESS: &str = "https://example.org/a b/ü.png?x=1&y=/../%2F#z";

#[tokio::test]
async fn an_address_is_made_here_or_is_none() {
    let town = Town::new().await;
    let path = town.blob.external_path(ADDRESS);
    let (proof, word) = path.strip_prefix("/external/").unwrap().split_once('/').unwrap();
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte)), "{path}");
    assert_eq!(town.blob.external_address(proof, word).as_deref(), Some(ADDRESS));
    let other = town.blob.external_path("https://example.org/other");
    let other_word = other.rsplit('/').next().unwrap();
    let changed = format!("{}A", &proof[..proof.len() - 1]);
    for (proof, word) in
        [(proof, other_word), (changed.as_str(), word), ("", word), (proof, ""), (proof, "!"), ("é", word)]
    {
        assert_eq!(town.blob.external_address(proof, word), None, "{proof}/{word}");
    }
}

#[tokio::test]
async fn a_picture_is_fetched_once_and_shown_in_any_size() {
    let town = Town::new().await;
    let fetched = AtomicU32::new(0);
    let fetch = || async {
        fetched.fetch_add(1, Ordering::Relaxed);
        Ok(fixture::png(300, 200))
    };
    let show = |version: i64, preview: Preview<'static>| town.blob.external(ADDRESS, version, preview, fetch());
    let whole = show(1, Preview::default()).await.unwrap();
    let headers = whole.headers();
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "public, max-age=86400");
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
    let etag = whole.etag.clone();
    assert_eq!(body(whole).await, fixture::png(300, 200));
    let small = show(1, Preview { width: Some(60), height: Some(60), format: Some("webp") }).await.unwrap();
    assert_ne!(small.etag, etag);
    assert_eq!(small.content_type, "image/webp");
    let size = imagesize(&body(small).await);
    assert_eq!(size, (64, 43));
    assert_eq!(town.blob.external_size(ADDRESS, 1, fetch()).await.unwrap(), (300, 200));
    assert_eq!(fetched.load(Ordering::Relaxed), 1, "the cache has it");
    assert_eq!(show(2, Preview::default()).await.unwrap().etag, etag, "the same bytes are the same");
    assert_eq!(fetched.load(Ordering::Relaxed), 2, "another day, another look");
    assert!(matches!(show(1, Preview { format: Some("svg"), ..Preview::default() }).await, Err(Error::Unsupported)));
}

fn imagesize(bytes: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(bytes).unwrap();
    (picture.width(), picture.height())
}

#[tokio::test]
async fn only_pictures_are_shown() {
    let town = Town::new().await;
    let large = vec![0; usize::try_from(MAX_EXTERNAL_BYTES).unwrap() + 1];
    for (number, bytes) in [
        Bytes::new(),
        Bytes::from_static(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        Bytes::from_static(b"<html><script>x()</script>"),
        Bytes::from_static(b"\x1f\x8b\x08\x00"),
        fixture::mp4(2, 2, 1, false),
        fixture::huge_png(30_000, 30_000),
        fixture::gif_bomb(4000, 200),
        large.into(),
    ]
    .into_iter()
    .enumerate()
    {
        let address = format!("https://example.org/{number}");
        let shown = town.blob.external(&address, 1, Preview::default(), async { Ok(bytes) }).await;
        let refused = shown.map(|served| served.content_type);
        assert!(
            matches!(refused, Err(Error::NotAnImage | Error::TooManyPixels | Error::TooLarge)),
            "{number} {refused:?}"
        );
    }
    // What failed is not remembered here.
    let again = town.blob.external("https://example.org/0", 1, Preview::default(), async { Ok(fixture::gif(2, 2, 2)) });
    assert_eq!(again.await.unwrap().content_type, "image/gif");
}
