//! Uploads: what is kept, what is said of it, what is refused, and that nothing is left of what failed.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use guildhall_blob::{Blob, ByteRange, Config, Error, Preview, attachment_path};
use image::ImageFormat;

use crate::fixture;
use crate::support::{CHANNEL, FILE, LIMIT, Town, body, pieces};

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent() {
    let town = Town::new().await;
    let sent: Bytes = (0..300_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>().into();
    let stored = town.put("data.bin", sent.clone()).await.unwrap();
    assert_eq!((stored.filename.as_str(), stored.size), ("data.bin", sent.len() as u64));
    assert_eq!(stored.content_type, "application/octet-stream");
    assert_eq!((stored.width, stored.duration_secs, stored.placeholder), (None, None, None));
    let served = town.get("data.bin").await.unwrap();
    assert_eq!((served.total, served.status().as_u16()), (sent.len() as u64, 200));
    assert_eq!(body(served).await, sent);
    // One file, and nothing unfinished beside it.
    assert_eq!(town.files(), [town.path().join(&stored.key)]);
}

#[tokio::test]
async fn a_file_is_there_after_a_restart() {
    let town = Town::new().await;
    town.put("a.txt", "hello").await.unwrap();
    let again = Blob::open(Config::folder(town.path(), [7; 32])).await.unwrap();
    assert_eq!(body(again.attachment(CHANNEL, FILE, "a.txt", None, None).await.unwrap()).await, b"hello");
}

#[tokio::test]
async fn files_are_told_apart_by_channel_id_and_name() {
    let town = Town::new().await;
    town.put("naïve 日本.txt", "hello").await.unwrap();
    let get = |channel, file, name| town.blob.attachment(channel, file, name, None, None);
    assert!(get(CHANNEL, FILE, "naïve 日本.txt").await.is_ok());
    assert!(matches!(get(CHANNEL + 1, FILE, "naïve 日本.txt").await, Err(Error::NotFound)));
    assert!(matches!(get(CHANNEL, FILE + 1, "naïve 日本.txt").await, Err(Error::NotFound)));
    assert!(matches!(get(CHANNEL, FILE, "other.txt").await, Err(Error::NotFound)));
    assert!(matches!(get(CHANNEL, FILE, "../naïve 日本.txt").await, Err(Error::NotFound)));
    assert_eq!(attachment_path(1, 2, "naïve 日.txt"), "/attachments/1/2/na%C3%AFve%20%E6%97%A5.txt");
}

#[tokio::test]
async fn types_come_from_the_content() {
    let town = Town::new().await;
    let zip = fixture::zip(&["a.txt"]);
    for (name, bytes, expected) in [
        ("a.png", fixture::png(3, 2), "image/png"),
        ("photo", fixture::jpeg(3, 2), "image/jpeg"),
        ("jpeg.png", fixture::jpeg(3, 2), "image/jpeg"),
        ("a.gif", fixture::gif(3, 2, 2), "image/gif"),
        ("a.webp", fixture::still(3, 2, ImageFormat::WebP), "image/webp"),
        ("a.wav", fixture::wav(1), "audio/wav"),
        ("a.flac", fixture::flac(1), "audio/flac"),
        ("a.mp3", fixture::mp3(5), "audio/mpeg"),
        ("a.ogg", fixture::opus(1), "audio/ogg"),
        ("a.mp4", fixture::mp4(4, 4, 1, false), "video/mp4"),
        ("a.webm", fixture::webm(4, 4, 1.0), "video/webm"),
        ("a.zip", zip.clone(), "application/zip"),
        ("a.pdf", Bytes::from_static(b"%PDF-1.7\n1 0 obj\n"), "application/pdf"),
        ("a.txt", Bytes::from_static(b"hello"), "text/plain"),
        ("a.rs", Bytes::from_static(b"fn main() {}"), "text/x-rust"),
        ("a.json", Bytes::from_static(b"{}"), "application/json"),
        ("a.html", Bytes::from_static(b"<!doctype html><p>hi"), "text/html"),
        ("a.txt", Bytes::from_static(b" <html><script>alert(1)</script>"), "text/html"),
        ("a.svg", Bytes::from_static(b"<?xml version='1.0'?><svg onload='x()'/>"), "image/svg+xml"),
        ("a.sh", Bytes::from_static(b"#!/bin/sh\necho hi\n"), "text/plain"),
        ("MZ.txt", Bytes::from_static(b"MZ is how programs for DOS begin"), "text/plain"),
        ("a.ts", Bytes::from_static(b"const a = 1;"), "text/plain"),
        ("noise", Bytes::from_static(&[0, 1, 2, 3, 255]), "application/octet-stream"),
    ] {
        let stored = town.put(name, bytes).await.unwrap();
        assert_eq!(stored.content_type, expected, "{name}");
    }
}

#[tokio::test]
async fn programs_macros_and_wrong_names_are_refused_and_leave_nothing() {
    let town = Town::new().await;
    let mut exe = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff".to_vec();
    exe.resize(20_000, 0);
    let exe = Bytes::from(exe);
    let macros = fixture::zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
    let mut old = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    old.resize(100_001, 0);
    old.extend_from_slice(b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0\0\0");
    let text = Bytes::from_static(b"hello");
    let open = |names: &[&str]| fixture::zip(&[&["mimetypeapplication/vnd.oasis.opendocument.text"], names].concat());
    assert!(town.put("plain.odt", open(&["content.xml", "Pictures/Basic.png"])).await.is_ok());
    for file in town.files() {
        std::fs::remove_file(file).unwrap();
    }
    let forbidden = |error: &Error| matches!(error, Error::ForbiddenType);
    let mismatch = |error: &Error| matches!(error, Error::TypeMismatch);
    let cases: [(&str, Bytes, fn(&Error) -> bool); 26] = [
        ("cat.png", exe.clone(), forbidden),
        ("setup.exe", exe.clone(), forbidden),
        ("data.bin", exe, forbidden),
        ("setup.EXE", text.clone(), forbidden),
        ("cat.png\u{202e}.scr", text.clone(), forbidden),
        ("shortcut.lnk", text.clone(), forbidden),
        ("elf", Bytes::from_static(b"\x7fELF\x02\x01\x01"), forbidden),
        ("mach", Bytes::from_static(b"\xcf\xfa\xed\xfe\x07\0\0\x01"), forbidden),
        ("fat", Bytes::from_static(b"\xca\xfe\xba\xbe\0\0\0\x02"), forbidden),
        ("Main.class", Bytes::from_static(b"\xca\xfe\xba\xbe\0\0\0\x34"), forbidden),
        ("classes.dex", Bytes::from_static(b"dex\n035\0"), forbidden),
        ("letter.docx", macros.clone(), forbidden),
        ("letter.docm", text.clone(), forbidden),
        ("letter.zip", macros, forbidden),
        ("letter.odt", open(&["content.xml", "Basic/Standard/Module1.xml"]), forbidden),
        ("table.ods", open(&["Scripts/python/all.py"]), forbidden),
        ("letter.docx", fixture::zip(&["word/document.xml", "Basic/script-lc.xml"]), forbidden),
        ("letter.odt", fixture::zip(&["content.xml", "Basic/script-lc.xml"]), forbidden),
        ("letter.doc", old.into(), forbidden),
        ("cat.png", text.clone(), mismatch),
        ("cat.jpg", Bytes::from_static(b"<html><script>alert(1)</script></html>"), mismatch),
        ("cat.gif", Bytes::from_static(b"GIF"), mismatch),
        ("song.mp3", fixture::png(2, 2), mismatch),
        ("film.mp4", text.clone(), mismatch),
        ("paper.pdf", fixture::png(2, 2), mismatch),
        ("files.zip", text, mismatch),
    ];
    for (name, bytes, expected) in cases {
        let error = town.put(name, bytes).await.unwrap_err();
        assert!(expected(&error), "{name}: {error:?}");
        assert!(town.files().is_empty(), "{name}: {:?}", town.files());
    }
}

#[tokio::test]
async fn a_declared_type_is_held_against_the_content() {
    let town = Town::new().await;
    for (declared, bytes, taken) in [
        ("image/png", fixture::png(2, 2), true),
        ("image/jpeg; x=y", fixture::png(2, 2), true),
        ("application/octet-stream", fixture::png(2, 2), true),
        ("nonsense", fixture::png(2, 2), true),
        ("image/svg+xml", Bytes::from_static(b"<svg/>"), true),
        ("image/png", Bytes::from_static(b"hello"), false),
        ("IMAGE/PNG", fixture::wav(1), false),
        ("video/mp4", fixture::png(2, 2), false),
        ("application/pdf", fixture::png(2, 2), false),
    ] {
        let put = town.blob.put_attachment(CHANNEL, FILE, "file", Some(declared), pieces(bytes), LIMIT).await;
        assert_eq!(put.is_ok(), taken, "{declared}: {put:?}");
        assert!(taken || matches!(put, Err(Error::TypeMismatch)), "{declared}: {put:?}");
    }
}

#[tokio::test]
async fn an_upload_that_fails_leaves_nothing() {
    let town = Town::new().await;
    let chunk = Bytes::from(vec![b'a'; 100_000]);
    let broken = stream::iter([Ok(chunk.clone()), Ok(chunk.clone()), Err("connection reset")]);
    let put = town.blob.put_attachment(CHANNEL, FILE, "a.txt", None, broken, LIMIT).await;
    assert!(matches!(put, Err(Error::Interrupted(_))), "{put:?}");
    assert!(town.files().is_empty());

    let put = town.blob.put_attachment(CHANNEL, FILE, "a.txt", None, pieces(chunk.clone()), 99_999).await;
    assert!(matches!(put, Err(Error::TooLarge)), "{put:?}");
    assert!(town.files().is_empty());
    let put = town.blob.put_attachment(CHANNEL, FILE, "a.txt", None, pieces(chunk.clone()), 100_000).await;
    assert!(put.is_ok(), "{put:?}");
    town.blob.delete_attachment(CHANNEL, FILE, "a.txt").await.unwrap();

    let put = town.put("a.txt", "").await;
    assert!(matches!(put, Err(Error::Empty)), "{put:?}");
    assert!(town.files().is_empty());

    // A sender that hangs, and goes away.
    let hanging = stream::iter([Ok::<_, String>(chunk)]).chain(stream::pending());
    let put = town.blob.put_attachment(CHANNEL, FILE, "a.txt", None, hanging, LIMIT);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), put).await.is_err());
    assert!(town.files().is_empty(), "{:?}", town.files());
}

#[tokio::test]
async fn an_endless_upload_is_cut_at_the_limit_of_the_configuration() {
    let town = Town::new().await;
    let chunk = Bytes::from(vec![b'a'; 1 << 20]);
    let endless = stream::repeat_with(move || Ok::<_, String>(chunk.clone()));
    let put = town.blob.put_attachment(CHANNEL, FILE, "a.txt", None, endless, u64::MAX).await;
    assert!(matches!(put, Err(Error::TooLarge)), "{put:?}");
    assert!(town.files().is_empty());
}

#[tokio::test]
async fn a_refused_file_is_not_read_to_the_end() {
    let town = Town::new().await;
    let head = Bytes::from([b"MZ".as_slice(), &[0; 10_000]].concat());
    let hanging = stream::iter([Ok::<_, String>(head)]).chain(stream::pending());
    let put = town.blob.put_attachment(CHANNEL, FILE, "a.bin", None, hanging, LIMIT).await;
    assert!(matches!(put, Err(Error::ForbiddenType)), "{put:?}");
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_any_more_leaves_nothing() {
    for after in 0..40 {
        let town = Town::new().await;
        let bytes = fixture::png(300, 300);
        let mut put = Box::pin(town.blob.put_attachment(CHANNEL, FILE, "a.png", None, pieces(bytes), LIMIT));
        let mut done = false;
        // Polled so many times, then dropped: at another point of the way each time.
        for _ in 0..=after {
            if tokio::time::timeout(std::time::Duration::from_micros(500), &mut put).await.is_ok() {
                done = true;
                break;
            }
        }
        drop(put);
        if done {
            assert_eq!(town.files().len(), 1);
            return;
        }
        let mut left = town.files();
        for _ in 0..500 {
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            left = town.files();
        }
        assert!(left.is_empty(), "after {after}: {left:?}");
    }
}

#[tokio::test]
async fn deleting_takes_one_file_or_a_channel() {
    let town = Town::new().await;
    for file in 0..5 {
        for channel in [CHANNEL, CHANNEL + 1] {
            let bytes = pieces(Bytes::from_static(b"hello"));
            town.blob.put_attachment(channel, file, "a.txt", None, bytes, LIMIT).await.unwrap();
        }
    }
    let get = |channel, file| town.blob.attachment(channel, file, "a.txt", None, None);
    assert!(get(CHANNEL, 0).await.is_ok());
    town.blob.delete_attachment(CHANNEL, 0, "a.txt").await.unwrap();
    town.blob.delete_attachment(CHANNEL, 0, "a.txt").await.unwrap();
    assert!(matches!(get(CHANNEL, 0).await, Err(Error::NotFound)));
    assert!(get(CHANNEL, 1).await.is_ok());
    assert_eq!(town.blob.delete_channel(CHANNEL).await.unwrap(), 4);
    assert_eq!(town.blob.delete_channel(CHANNEL).await.unwrap(), 0);
    assert!(matches!(get(CHANNEL, 1).await, Err(Error::NotFound)));
    assert_eq!(town.files().len(), 5);
    // The folder is gone; the next file brings it back.
    town.put("b.txt", "hello").await.unwrap();
}

#[tokio::test]
async fn ranges_are_parts_of_a_file() {
    let town = Town::new().await;
    let sent: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
    town.put("data.bin", sent.clone()).await.unwrap();
    let total = sent.len() as u64;
    for (header, expected) in [
        ("bytes=0-", 0..200_000),
        ("bytes=0-0", 0..1),
        ("bytes=100-199", 100..200),
        ("bytes=199990-900000", 199_990..200_000),
        ("bytes=-5", 199_995..200_000),
        ("bytes=-900000", 0..200_000),
        ("bytes=65535-65537", 65_535..65_538),
    ] {
        let range = ByteRange::parse(header);
        let served = town.blob.attachment(CHANNEL, FILE, "data.bin", range, None).await.unwrap();
        assert_eq!(served.status().as_u16(), 206, "{header}");
        assert_eq!(served.range, Some(expected.start as u64..expected.end as u64), "{header}");
        let headers = served.headers();
        let answer = format!("bytes {}-{}/{total}", expected.start, expected.end - 1);
        assert_eq!(headers["content-range"], answer.as_str(), "{header}");
        assert_eq!(headers["content-length"], expected.len().to_string().as_str(), "{header}");
        assert_eq!(body(served).await, sent[expected], "{header}");
    }
    for header in ["bytes=200000-", "bytes=200000-200001", "bytes=-0"] {
        let range = ByteRange::parse(header);
        let served = town.blob.attachment(CHANNEL, FILE, "data.bin", range, None).await;
        assert!(matches!(served, Err(Error::RangeNotSatisfiable { total: 200_000 })), "{header}: {served:?}");
    }
}

#[tokio::test]
async fn pictures_say_their_size_and_have_a_placeholder() {
    let town = Town::new().await;
    for (name, bytes) in [
        ("a.png", fixture::png(300, 200)),
        ("a.jpg", fixture::jpeg(300, 200)),
        ("a.gif", fixture::gif(300, 200, 3)),
        ("a.webp", fixture::still(300, 200, ImageFormat::WebP)),
    ] {
        let stored = town.put(name, bytes).await.unwrap();
        assert_eq!((stored.width, stored.height), (Some(300), Some(200)), "{name}");
        assert_eq!(stored.placeholder_version, Some(1), "{name}");
        let placeholder = stored.placeholder.unwrap();
        assert!((20..60).contains(&placeholder.len()), "{name}: {placeholder}");
    }
}

#[tokio::test]
async fn the_place_where_a_photo_was_taken_is_removed_and_its_turn_is_kept() {
    let town = Town::new().await;
    let sent = fixture::jpeg_with_exif(40, 20, 6);
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    assert!(has(&sent, b"GPS"));
    let stored = town.put("photo.jpg", sent).await.unwrap();
    // Turned by a quarter: people see it upright.
    assert_eq!((stored.width, stored.height), (Some(20), Some(40)));
    let served = body(town.get("photo.jpg").await.unwrap()).await;
    assert_eq!(served.len() as u64, stored.size);
    assert!(!has(&served, b"GPS"));
    let preview = Preview { width: Some(10), format: Some("png"), ..Preview::default() };
    let preview = town.blob.attachment(CHANNEL, FILE, "photo.jpg", None, Some(preview)).await.unwrap();
    let picture = image::load_from_memory(&body(preview).await).unwrap();
    assert_eq!((picture.width(), picture.height()), (16, 32));

    // A photo that says nothing of anybody is not touched.
    let sent = fixture::jpeg(40, 20);
    town.put("plain.jpg", sent.clone()).await.unwrap();
    assert_eq!(body(town.get("plain.jpg").await.unwrap()).await, sent);
}

#[tokio::test]
async fn previews_fit_and_are_cached() {
    let town = Town::new().await;
    town.put("a.png", fixture::png(400, 200)).await.unwrap();
    town.put("a.txt", "hello").await.unwrap();
    let get = |name, width, height, format| {
        let preview = Preview { width, height, format };
        town.blob.attachment(CHANNEL, FILE, name, None, Some(preview))
    };
    for (width, height, format, mime, expected) in [
        (Some(100), None, None, "image/png", (128, 64)),
        (Some(100), Some(10), Some("webp"), "image/webp", (32, 16)),
        (None, Some(100), Some("jpg"), "image/jpeg", (256, 128)),
        (Some(4000), Some(4000), Some("png"), "image/png", (400, 200)),
        (None, None, Some("webp"), "image/webp", (400, 200)),
        (Some(0), Some(0), None, "image/png", (16, 8)),
    ] {
        for _ in 0..2 {
            let served = get("a.png", width, height, format).await.unwrap();
            assert_eq!(served.content_type, mime);
            let picture = image::load_from_memory(&body(served).await).unwrap();
            assert_eq!((picture.width(), picture.height()), expected, "{width:?} {height:?} {format:?}");
        }
    }
    // Every size is made by itself, so there are few of them.
    let mut made = std::collections::HashSet::new();
    for width in 1..=400 {
        made.insert(get("a.png", Some(width), None, None).await.unwrap().etag);
    }
    assert_eq!(made.len(), 6);
    assert!(matches!(get("a.txt", Some(10), None, None).await, Err(Error::Unsupported)));
    assert!(matches!(get("a.png", Some(10), None, Some("gif")).await, Err(Error::Unsupported)));
    assert!(matches!(get("a.png", Some(10), None, Some("tiff")).await, Err(Error::Unsupported)));
    // Made before; gone with the file all the same.
    town.blob.delete_attachment(CHANNEL, FILE, "a.png").await.unwrap();
    assert!(matches!(get("a.png", Some(100), None, None).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn ping_says_whether_files_can_be_written() {
    let town = Town::new().await;
    town.blob.ping().await.unwrap();
    std::fs::remove_dir_all(town.path()).unwrap();
    assert!(matches!(town.blob.ping().await, Err(Error::Storage(_))));
    std::fs::create_dir(town.path()).unwrap();
}

#[tokio::test]
async fn what_a_crash_left_is_removed_when_it_is_old() {
    let town = Town::new().await;
    let incoming = town.path().join(".incoming");
    for (name, hours) in [("upload-old", 25), ("upload-new", 1), ("other", 25)] {
        let file = std::fs::File::create(incoming.join(name)).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified - std::time::Duration::from_hours(hours)).unwrap();
    }
    Blob::open(Config::folder(town.path(), [7; 32])).await.unwrap();
    let mut left = town.files();
    left.sort();
    assert_eq!(left, [incoming.join("other"), incoming.join("upload-new")]);
}
