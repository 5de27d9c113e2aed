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

/// Waits until an address is gone: files go beside the answer, not before it.
pub(crate) async fn gone(town: &Town, url: &str) -> bool {
    for _ in 0..100 {
        if town.stranger.fetch(url).await.0 == 404 {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn files_go_with_their_message_and_stay_in_forwards() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let sent = town.member.upload(&path, &[("files[0]", "dot.png", PIXEL)], &json!({}), true).await.ok(200);
        let reference = json!({ "type": 1, "message_id": sent["id"], "channel_id": town.channel });
        let copy = town.owner.post(&path, json!({ "message_reference": reference })).await.ok(200);
        let file = &copy["message_snapshots"][0]["message"]["attachments"][0];
        let (first, second) = (sent["attachments"][0]["url"].as_str().unwrap(), file["url"].as_str().unwrap());
        town.member.delete(&format!("{path}/{}", sent["id"].as_str().unwrap())).await.ok(204);
        assert!(gone(&town, first).await, "the file went with its message");
        assert_eq!(town.stranger.fetch(second).await, (200, PIXEL.to_vec()));
        town.owner.delete(&format!("{path}/{}", copy["id"].as_str().unwrap())).await.ok(204);
        assert!(gone(&town, second).await, "and the copy with its own");
    })
    .await;
}

#[tokio::test]
async fn a_card_shows_a_file_of_its_message() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/channels/{}/messages", town.channel);
        let card = json!({ "embeds": [{ "title": "Dot", "image": { "url": "attachment://dot.png" } }] });
        let sent = bot.upload(&path, &[("files[0]", "dot.png", PIXEL)], &card, false).await.ok(200);
        let url = sent["embeds"][0]["image"]["url"].as_str().unwrap();
        assert_eq!(town.stranger.fetch(url).await, (200, PIXEL.to_vec()));
        assert_eq!(sent["attachments"], json!([]), "what a card shows is not listed again");
        let edit = format!("{path}/{}", sent["id"].as_str().unwrap());
        let gallery = json!({ "components": [{ "type": 12, "items": [{ "media": { "url": "attachment://two.png" } }] }],
                              "flags": 32768 });
        let files = [("files[0]", "two.png", PIXEL)];
        let made = bot.upload(&path, &files, &gallery, false).await.ok(200);
        let media = &made["components"][0]["items"][0]["media"];
        assert_eq!((&media["width"], &media["attachment_id"]), (&json!(1), &made["attachments"][0]["id"]));
        bot.patch(&edit, json!({ "content": "x", "flags": 32768 })).await.refused(400, 50_035);
    })
    .await;
}
