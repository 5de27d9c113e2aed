//! Files of messages.

use guildhall_harness::{Town, on_both};
use serde_json::json;

/// The smallest PNG: one pixel.
pub(crate) const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6,
    0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0,
    0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99, 0x3d, 0x1d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn a_file_comes_back_by_its_signed_address() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let payload = json!({ "content": "look", "attachments": [{ "id": 0, "description": "a dot" }] });
        // The file first: the order of parts does not matter.
        let sent = town.member.upload(&path, &[("files[0]", "dot.png", PIXEL)], &payload, true).await.ok(200);
        let file = &sent["attachments"][0];
        assert_eq!(
            (&file["width"], &file["content_type"], &file["description"]),
            (&json!(1), &json!("image/png"), &json!("a dot"))
        );
        let url = file["url"].as_str().unwrap();
        let (status, bytes) = town.stranger.fetch(url).await;
        assert_eq!((status, bytes.as_slice()), (200, PIXEL));
        let (status, _) = town.stranger.fetch(&url.replace("hm=", "hm=0")).await;
        assert_eq!(status, 404, "a broken signature is nothing");
        let edit = format!("{path}/{}", sent["id"].as_str().unwrap());
        let edited = town.member.patch(&edit, json!({ "attachments": [] })).await.ok(200);
        assert_eq!(edited["attachments"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_program_in_disguise_is_refused() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let program = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00";
        town.member.upload(&path, &[("files[0]", "cat.png", program)], &json!({}), false).await.refused(400, 50_046);
        let unknown = json!({ "attachments": [{ "id": 7 }] });
        town.member.upload(&path, &[("files[0]", "dot.png", PIXEL)], &unknown, false).await.refused(400, 50_035);
        let list = town.member.get(&path).await.ok(200);
        assert!(list.as_array().unwrap().iter().all(|message| message["attachments"] == json!([])));
    })
    .await;
}
