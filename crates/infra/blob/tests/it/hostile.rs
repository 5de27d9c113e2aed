//! Files that were made to do harm.

use std::time::{Duration, Instant};

use guildhall_blob::{Error, ImageKind, MAX_ANIMATION_FRAMES, Preview};
use proptest::prelude::*;

use crate::fixture;
use crate::support::{CHANNEL, FILE, Town, body};

#[tokio::test]
async fn bombs_are_not_decoded() {
    let town = Town::new().await;
    let begun = Instant::now();
    for (name, bytes) in [
        ("60000 x 60000", fixture::huge_png(60_000, 60_000)),
        ("one very long side", fixture::huge_png(20_000, 1)),
        ("too many pixels", fixture::huge_png(8_000, 8_000)),
        ("the largest numbers", fixture::huge_png(u32::MAX >> 1, u32::MAX >> 1)),
        ("thousands of frames", fixture::gif_bomb(16, 5_000)),
        ("large frames", fixture::gif_bomb(4_000, MAX_ANIMATION_FRAMES)),
        ("a large canvas", fixture::gif_bomb(u16::MAX, 1)),
        ("an animated PNG", fixture::apng(8, 8, MAX_ANIMATION_FRAMES + 1)),
    ] {
        let put = town.blob.put_image(ImageKind::Emoji, 1, bytes).await;
        assert!(matches!(put, Err(Error::TooManyPixels)), "{name}: {put:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(town.files().is_empty());
    // At the limit, and read to the end.
    let frames = fixture::gif_bomb(16, MAX_ANIMATION_FRAMES);
    let hash = town.blob.put_image(ImageKind::Emoji, 1, frames).await.unwrap();
    assert!(hash.starts_with("a_"));
}

#[tokio::test]
async fn bombs_among_attachments_are_files_without_a_picture() {
    let town = Town::new().await;
    for (name, bytes, size) in [
        ("a.png", fixture::huge_png(60_000, 60_000), None),
        ("b.gif", fixture::gif_bomb(16, 5_000), Some((16, 16))),
        ("c.gif", fixture::gif_bomb(u16::MAX, 2), None),
    ] {
        let stored = town.put(name, bytes).await.unwrap();
        // No client is told to make room for it.
        assert_eq!(stored.width.zip(stored.height), size, "{name}");
        assert_eq!(stored.placeholder, None, "{name}");
        let preview = Preview { width: Some(100), ..Preview::default() };
        let preview = town.blob.attachment(CHANNEL, FILE, name, None, Some(preview)).await;
        assert!(matches!(preview, Err(Error::TooManyPixels)), "{name}: {preview:?}");
        assert!(town.get(name).await.is_ok());
    }
}

#[tokio::test]
async fn many_large_pictures_at_once_wait_for_each_other() {
    let town = Town::new().await;
    // 36 megapixels that take a few hundred bytes.
    let white = image::GrayImage::from_pixel(6_000, 6_000, image::Luma([255]));
    let mut png = std::io::Cursor::new(Vec::new());
    white.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = bytes::Bytes::from(png.into_inner());
    let puts = (0..12).map(|owner| town.blob.put_image(ImageKind::Avatar, owner, png.clone()));
    let hashes = futures_util::future::try_join_all(puts).await.unwrap();
    let served = town.blob.image(ImageKind::Avatar, 0, &hashes[0], Some("webp"), Some(64), false).await.unwrap();
    assert_eq!(image::load_from_memory(&body(served).await).unwrap().width(), 64);
}

/// Real files, for changing.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    [
        ("a.png", fixture::png(20, 10)),
        ("a.jpg", fixture::jpeg_with_exif(20, 10, 6)),
        ("a.gif", fixture::gif(20, 10, 3)),
        ("b.png", fixture::apng(20, 10, 3)),
        ("a.webp", fixture::still(20, 10, image::ImageFormat::WebP)),
        ("a.mp4", fixture::mp4(64, 64, 3, true)),
        ("a.webm", fixture::webm(64, 64, 3.0)),
        ("a.ogg", fixture::opus(2)),
        ("a.mp3", fixture::mp3(4)),
        ("a.wav", fixture::wav(1).slice(..200)),
        ("a.flac", fixture::flac(1)),
        ("a.docx", fixture::zip(&["[Content_Types].xml", "word/document.xml"])),
        ("noise", bytes::Bytes::from_static(&[0; 64])),
    ]
    .into_iter()
    .map(|(name, bytes)| (name, bytes.to_vec()))
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is sent is kept and comes back, or is refused for what it is; nothing fails, and nothing else is left.
    #[test]
    fn no_bytes_break_it(
        seed in 0..13_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
        tail in prop::collection::vec(any::<u8>(), 0..64),
        name in prop::option::weighted(0.3, "\\PC{0,40}"),
    ) {
        let (own, mut bytes) = seeds().swap_remove(seed);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes.extend(tail);
        let name = name.unwrap_or_else(|| own.to_owned());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let town = Town::new().await;
            match town.put(&name, bytes.clone()).await {
                Ok(stored) => {
                    let served = town.get(&stored.filename).await.unwrap();
                    assert_eq!(served.total, stored.size);
                    served.headers();
                    body(served).await;
                    let preview = Preview { width: Some(8), ..Preview::default() };
                    let preview = town.blob.attachment(CHANNEL, FILE, &stored.filename, None, Some(preview)).await;
                    assert!(!matches!(preview, Err(Error::Storage(_) | Error::NotFound)), "{preview:?}");
                    assert_eq!(town.files().len(), 1);
                }
                Err(Error::Empty | Error::ForbiddenType | Error::TypeMismatch) => assert!(town.files().is_empty()),
                Err(error) => panic!("{error:?}"),
            }
            match town.blob.put_image(ImageKind::Avatar, 1, bytes.into()).await {
                Ok(hash) => {
                    for format in ["png", "webp", "jpg", "gif"] {
                        let served = town.blob.image(ImageKind::Avatar, 1, &hash, Some(format), Some(16), true).await;
                        assert!(!matches!(served, Err(Error::Storage(_) | Error::NotFound)), "{served:?}");
                    }
                }
                Err(Error::Storage(error)) => panic!("{error}"),
                Err(_) => {}
            }
        });
    }
}
