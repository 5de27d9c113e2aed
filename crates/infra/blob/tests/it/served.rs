//! Headers that keep strangers' files from doing harm.

use bytes::Bytes;
use guildhall_blob::ImageKind;
use image::ImageFormat;

use crate::fixture;
use crate::support::Town;

#[tokio::test]
async fn few_types_are_shown_and_the_rest_is_saved() {
    let town = Town::new().await;
    let shown = "inline";
    let saved = "attachment";
    let text = "text/plain; charset=utf-8";
    let octets = "application/octet-stream";
    for (name, bytes, mime, how) in [
        ("a.png", fixture::png(2, 2), "image/png", shown),
        ("a.jpg", fixture::jpeg(2, 2), "image/jpeg", shown),
        ("a.gif", fixture::gif(2, 2, 1), "image/gif", shown),
        ("a.webp", fixture::still(2, 2, ImageFormat::WebP), "image/webp", shown),
        ("a.mp4", fixture::mp4(2, 2, 1, false), "video/mp4", shown),
        ("a.webm", fixture::webm(2, 2, 1.0), "video/webm", shown),
        ("a.ogg", fixture::opus(1), "audio/ogg", shown),
        ("a.mp3", fixture::mp3(3), "audio/mpeg", shown),
        ("a.wav", fixture::wav(1), "audio/wav", shown),
        ("a.flac", fixture::flac(1), "audio/flac", shown),
        ("a.svg", Bytes::from_static(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"), text, saved),
        ("a.html", Bytes::from_static(b"<html><script>x()</script>"), text, saved),
        ("a.xhtml", Bytes::from_static(b"<?xml version='1.0'?><html/>"), text, saved),
        ("a.xml", Bytes::from_static(b"<?xml version='1.0'?><a/>"), text, saved),
        ("a.js", Bytes::from_static(b"x()"), text, saved),
        ("a.css", Bytes::from_static(b"a {}"), text, saved),
        ("a.txt", Bytes::from_static(b"hello"), text, saved),
        // As an SVG in UTF-16, which nobody takes for text here.
        (
            "b.svg",
            Bytes::from("<svg onload='x()'/>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
            octets,
            saved,
        ),
        ("a.pdf", Bytes::from_static(b"%PDF-1.7\n"), "application/pdf", saved),
        ("a.zip", fixture::zip(&["a"]), "application/zip", saved),
        ("a.bin", Bytes::from_static(&[0, 1, 2]), octets, saved),
        ("a.swf", Bytes::from_static(b"FWS\x09\0\0\0\0\0"), octets, saved),
    ] {
        town.put(name, bytes).await.unwrap();
        let served = town.get(name).await.unwrap();
        let headers = served.headers();
        assert_eq!(headers["content-type"], mime, "{name}");
        assert_eq!(headers["content-disposition"], format!("{how}; filename=\"{name}\"").as_str(), "{name}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{name}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("sandbox; default-src 'none'"), "{name}: {policy}");
        assert_eq!(headers["accept-ranges"], "bytes");
        assert!(headers["cache-control"].to_str().unwrap().starts_with("private"), "{name}");
    }
}

#[tokio::test]
async fn names_are_clean_when_they_come_back() {
    let town = Town::new().await;
    for (sent, clean, header) in [
        ("naïve.txt", "naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ("../a\r\nX-Evil: 1.txt", "_aX-Evil_ 1.txt", "attachment; filename=\"_aX-Evil_ 1.txt\""),
        ("a\u{202e}b\";.txt", "ab_;.txt", "attachment; filename=\"ab_;.txt\""),
    ] {
        let stored = town.put(sent, "hello").await.unwrap();
        assert_eq!(stored.filename, clean);
        assert_eq!(town.get(clean).await.unwrap().headers()["content-disposition"], header);
    }
}

#[tokio::test]
async fn tags_tell_contents_apart() {
    let town = Town::new().await;
    town.put("a.txt", "hello").await.unwrap();
    let served = town.get("a.txt").await.unwrap();
    let tag = served.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, served.etag);
    assert!(served.is_current(&tag));
    assert!(served.is_current(&format!("\"other\", W/{tag}")));
    assert!(served.is_current("*"));
    assert!(!served.is_current("\"other\""));

    let hash = town.blob.put_image(ImageKind::Avatar, 1, fixture::png(64, 64)).await.unwrap();
    let mut tags = std::collections::HashSet::new();
    for (format, size) in [("png", 16), ("png", 32), ("webp", 16), ("jpg", 16)] {
        let served = town.blob.image(ImageKind::Avatar, 1, &hash, Some(format), Some(size), false).await.unwrap();
        assert!(served.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        assert!(tags.insert(served.etag));
    }
}

#[tokio::test]
async fn signed_addresses_are_good_for_their_path_and_time() {
    let town = Town::new().await;
    let path = guildhall_blob::attachment_path(1, 2, "naïve.txt");
    let now = 1_800_000_000;
    let url = town.blob.sign(&path, now);
    let (signed, query) = url.split_once('?').unwrap();
    assert_eq!(signed, path);
    let names: Vec<&str> = query.split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["ex", "is", "hm"]);
    assert!(town.blob.verify(&path, query, now + 86_400));
    assert!(!town.blob.verify(&path, query, now + 2 * 86_400));
    assert!(!town.blob.verify("/attachments/1/3/na%C3%AFve.txt", query, now));
    assert!(!town.blob.verify(&path, "", now));
}
