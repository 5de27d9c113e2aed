//! Avatars, icons and emoji.

use bytes::Bytes;
use guildhall_blob::{Blob, Error, ImageKind};
use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageFormat};

use crate::fixture;
use crate::support::{Town, body};

const OWNER: u64 = 42;

#[tokio::test]
async fn images_are_served_in_any_size_and_format_and_never_enlarged() {
    let town = Town::new().await;
    let hash = town.blob.put_image(ImageKind::Avatar, OWNER, fixture::png(300, 150)).await.unwrap();
    assert_eq!(hash.len(), 32);
    for (format, size, mime, expected) in [
        (Some("png"), Some(16), "image/png", (16, 8)),
        (Some("webp"), Some(128), "image/webp", (128, 64)),
        (Some("jpg"), Some(256), "image/jpeg", (256, 128)),
        (Some("jpeg"), Some(64), "image/jpeg", (64, 32)),
        (Some("png"), Some(4096), "image/png", (300, 150)),
        // Not powers of two, too small, too large.
        (Some("png"), Some(80), "image/png", (128, 64)),
        (Some("png"), Some(0), "image/png", (16, 8)),
        (Some("png"), Some(u32::MAX), "image/png", (300, 150)),
        (Some("webp"), None, "image/webp", (300, 150)),
        (None, None, "image/png", (300, 150)),
    ] {
        let served = town.blob.image(ImageKind::Avatar, OWNER, &hash, format, size, true).await.unwrap();
        assert_eq!(served.content_type, mime, "{format:?} {size:?}");
        let picture = image::load_from_memory(&body(served).await).unwrap();
        assert_eq!((picture.width(), picture.height()), expected, "{format:?} {size:?}");
    }
    for format in ["gif", "svg", "json", "PNG", ""] {
        let served = town.blob.image(ImageKind::Avatar, OWNER, &hash, Some(format), None, false).await;
        assert!(matches!(served, Err(Error::Unsupported)), "{format}: {served:?}");
    }
}

#[tokio::test]
async fn an_image_without_a_size_is_what_was_sent() {
    let town = Town::new().await;
    for (format, extension) in [(ImageFormat::Png, "png"), (ImageFormat::Jpeg, "jpg"), (ImageFormat::WebP, "webp")] {
        let sent = fixture::still(40, 40, format);
        let hash = town.blob.put_image(ImageKind::GuildIcon, OWNER, sent.clone()).await.unwrap();
        for asked in [None, Some(extension)] {
            let served = town.blob.image(ImageKind::GuildIcon, OWNER, &hash, asked, Some(64), false).await.unwrap();
            assert_eq!(body(served).await, sent, "{format:?}");
        }
    }
}

#[tokio::test]
async fn animations_stay_animations() {
    let town = Town::new().await;
    for (sent, format) in [(fixture::gif(60, 30, 5), "gif"), (fixture::apng(60, 30, 5), "apng")] {
        let hash = town.blob.put_image(ImageKind::Avatar, OWNER, sent.clone()).await.unwrap();
        assert!(hash.starts_with("a_") && hash.len() == 34, "{hash}");
        let get =
            |format, size, animated| town.blob.image(ImageKind::Avatar, OWNER, &hash, Some(format), size, animated);

        let gif = get("gif", Some(16), false).await.unwrap();
        assert_eq!(gif.content_type, "image/gif");
        let gif = Bytes::from(body(gif).await);
        let frames = GifDecoder::new(std::io::Cursor::new(gif)).unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 5, "{format}");
        assert_eq!(frames[4].buffer().dimensions(), (16, 8), "{format}");
        assert!(frames[1].delay().numer_denom_ms().0 >= 100, "{format}");

        let webp = get("webp", Some(32), true).await.unwrap();
        let webp = WebPDecoder::new(std::io::Cursor::new(body(webp).await)).unwrap();
        assert!(webp.has_animation());
        let frames = webp.into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 5, "{format}");
        assert_eq!(frames[0].buffer().dimensions(), (32, 16), "{format}");
        assert_eq!(frames[0].delay().numer_denom_ms().0, if format == "gif" { 120 } else { 100 });

        for (extension, animated) in [("webp", false), ("png", true), ("jpg", true)] {
            let still = body(get(extension, Some(32), animated).await.unwrap()).await;
            assert!(!still.windows(4).any(|part| part == b"ANMF" || part == b"acTL"), "{format} as {extension}");
            let picture = image::load_from_memory(&still).unwrap();
            assert_eq!((picture.width(), picture.height()), (32, 16), "{format} as {extension}");
        }
    }
}

#[tokio::test]
async fn an_animated_webp_is_read_again() {
    let town = Town::new().await;
    let gif = town.blob.put_image(ImageKind::Avatar, OWNER, fixture::gif(20, 20, 3)).await.unwrap();
    let webp = town.blob.image(ImageKind::Avatar, OWNER, &gif, Some("webp"), None, true).await.unwrap();
    let hash = town.blob.put_image(ImageKind::Avatar, OWNER, body(webp).await.into()).await.unwrap();
    assert!(hash.starts_with("a_"));
    let gif = town.blob.image(ImageKind::Avatar, OWNER, &hash, Some("gif"), None, false).await.unwrap();
    let frames =
        GifDecoder::new(std::io::Cursor::new(body(gif).await)).unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 3);
}

#[tokio::test]
async fn only_so_many_wait_for_a_picture() {
    let town = Town::new().await;
    let ask = |owner| town.blob.image(ImageKind::Emoji, owner, "", Some("png"), Some(16), false);
    let all = futures_util::future::join_all((1..=5000).map(ask)).await;
    let busy = all.iter().filter(|one| matches!(one, Err(Error::Busy))).count();
    let answered = all.iter().filter(|one| matches!(one, Err(Error::NotFound))).count();
    assert!(busy > 0 && answered >= 512, "{busy}, {answered}");
    assert_eq!(busy + answered, 5000, "nobody is forgotten");
    assert!(matches!(ask(5001).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn emoji_and_stickers_have_no_hash_in_their_address() {
    let town = Town::new().await;
    let sent = fixture::apng(40, 40, 3);
    let hash = town.blob.put_image(ImageKind::Sticker, OWNER, sent.clone()).await.unwrap();
    assert!(hash.starts_with("a_"));
    let served = town.blob.image(ImageKind::Sticker, OWNER, "", Some("png"), Some(16), false).await.unwrap();
    assert_eq!(body(served).await, sent, "an animated sticker is sent whole");
    town.blob.put_image(ImageKind::Emoji, OWNER, fixture::gif(40, 40, 2)).await.unwrap();
    let served = town.blob.image(ImageKind::Emoji, OWNER, "", Some("png"), Some(16), false).await.unwrap();
    assert_eq!(image::load_from_memory(&body(served).await).unwrap().width(), 16);
    // What was made of the old one goes when there is a new one.
    town.blob.put_image(ImageKind::Emoji, OWNER, fixture::png(8, 8)).await.unwrap();
    let served = town.blob.image(ImageKind::Emoji, OWNER, "", Some("png"), Some(16), false).await.unwrap();
    assert_eq!(image::load_from_memory(&body(served).await).unwrap().width(), 8);
    town.blob.delete_image(ImageKind::Emoji, OWNER, "").await.unwrap();
    let served = town.blob.image(ImageKind::Emoji, OWNER, "", Some("png"), Some(16), false).await;
    assert!(matches!(served, Err(Error::NotFound)), "{served:?}");
}

#[tokio::test]
async fn too_large_empty_and_unreadable_images_are_refused_and_leave_nothing() {
    let town = Town::new().await;
    let mut large = fixture::png(10, 10).to_vec();
    large.resize(4 * 1024 * 1024, 0);
    assert!(town.blob.put_image(ImageKind::Avatar, OWNER, large.clone().into()).await.is_ok(), "4 MB may be an avatar");
    town.blob.delete_image(ImageKind::Avatar, OWNER, "").await.unwrap();
    let before = town.files().len();
    large.resize(5 * 1024 * 1024 + 1, 0);
    let put = |kind, bytes: Bytes| town.blob.put_image(kind, OWNER, bytes);
    assert!(matches!(put(ImageKind::Avatar, large.clone().into()).await, Err(Error::TooLarge)));
    large.truncate(256 * 1024 + 1);
    assert!(matches!(put(ImageKind::Emoji, large.into()).await, Err(Error::TooLarge)));
    assert!(matches!(put(ImageKind::Avatar, Bytes::new()).await, Err(Error::Empty)));
    let mut cut = fixture::png(100, 100).to_vec();
    cut.truncate(60);
    for bytes in [b"hello".to_vec(), fixture::wav(1).to_vec(), b"<svg/>".to_vec(), cut, b"\x89PNG\r\n\x1a\n".to_vec()] {
        let refused = put(ImageKind::Avatar, bytes.into()).await;
        assert!(matches!(refused, Err(Error::NotAnImage)), "{refused:?}");
    }
    assert_eq!(town.files().len(), before);
}

#[tokio::test]
async fn addresses_of_nothing_are_not_found() {
    let town = Town::new().await;
    let hash = town.blob.put_image(ImageKind::Avatar, OWNER, fixture::png(4, 4)).await.unwrap();
    for (kind, owner, hash) in [
        (ImageKind::Banner, OWNER, hash.as_str()),
        (ImageKind::Avatar, OWNER + 1, &hash),
        (ImageKind::Avatar, OWNER, &format!("a_{hash}")),
        (ImageKind::Avatar, OWNER, &hash.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A")),
        (ImageKind::Avatar, OWNER, &hash[1..]),
        (ImageKind::Avatar, OWNER, "../../attachments/1/2"),
        (ImageKind::Avatar, OWNER, ""),
    ] {
        let served = town.blob.image(kind, owner, hash, Some("png"), None, false).await;
        assert!(matches!(served, Err(Error::NotFound)), "{hash}: {served:?}");
    }
}

#[tokio::test]
async fn replacing_an_image_by_the_same_one_keeps_it() {
    let town = Town::new().await;
    let old = town.blob.put_image(ImageKind::Avatar, OWNER, fixture::png(4, 4)).await.unwrap();
    let new = town.blob.put_image(ImageKind::Avatar, OWNER, fixture::png(4, 4)).await.unwrap();
    town.blob.delete_image(ImageKind::Avatar, OWNER, &old).await.unwrap();
    assert!(town.blob.image(ImageKind::Avatar, OWNER, &new, None, None, false).await.is_ok());
}

#[tokio::test]
async fn an_avatar_says_nothing_of_where_it_was_taken() {
    let town = Town::new().await;
    let sent = fixture::jpeg_with_exif(40, 20, 8);
    let (mime, bytes) = {
        use base64::Engine;
        let text = base64::prelude::BASE64_STANDARD.encode(&sent);
        Blob::parse_data_url(&format!("data:image/jpeg;base64,{text}")).unwrap()
    };
    assert_eq!(mime, "image/jpeg");
    let hash = town.blob.put_image(ImageKind::Avatar, OWNER, bytes).await.unwrap();
    let served = body(town.blob.image(ImageKind::Avatar, OWNER, &hash, None, None, false).await.unwrap()).await;
    assert!(!served.windows(3).any(|part| part == b"GPS"));
    let served = town.blob.image(ImageKind::Avatar, OWNER, &hash, Some("png"), None, false).await.unwrap();
    let picture = image::load_from_memory(&body(served).await).unwrap();
    assert_eq!((picture.width(), picture.height()), (20, 40));
}
