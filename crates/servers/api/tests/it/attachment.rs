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

#[tokio::test]
async fn an_address_that_ended_is_renewed_for_who_still_reads_there() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let sent = town.member.upload(&path, &[("files[0]", "my dot.png", PIXEL)], &json!({}), true).await.ok(200);
        let old = sent["attachments"][0]["url"].as_str().unwrap().to_owned();
        town.server.app.clock().advance(std::time::Duration::from_hours(26));
        assert_eq!(town.stranger.fetch(&old).await.0, 404);
        let refresh = |urls: serde_json::Value| json!({ "attachment_urls": urls });
        let ask = "/attachments/refresh-urls";
        let answer = town.owner.post(ask, refresh(json!([old]))).await.ok(200);
        assert_eq!(answer["refreshed_urls"][0]["original"], json!(old));
        let new = answer["refreshed_urls"][0]["refreshed"].as_str().unwrap();
        assert_eq!(town.stranger.fetch(new).await, (200, PIXEL.to_vec()));
        // Who does not read there, who made an address up, and what is no file of a message, get nothing.
        let none = json!({ "refreshed_urls": [] });
        assert_eq!(town.stranger.post(ask, refresh(json!([old]))).await.ok(200), none);
        let bare = old.split_once('?').unwrap().0;
        let made_up =
            json!([bare, old.replace("hm=", "hm=0"), old.replace("my", "your"), "https://example.org/x?y", ""]);
        assert_eq!(town.owner.post(ask, refresh(made_up)).await.ok(200), none);
        let hidden = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        town.owner.put(&hidden, json!({ "type": 0, "allow": "0", "deny": "65536" })).await.ok(204);
        assert_eq!(town.member.post(ask, refresh(json!([old]))).await.ok(200), none, "without history no files of it");
        town.owner.post(ask, refresh(json!([]))).await.refused(400, 50_035);
        town.owner.post(ask, refresh(json!(vec![old; 51]))).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn an_account_keeps_so_many_bytes_of_files() {
    on_both(|engine| async move {
        let one = u64::try_from(PIXEL.len()).unwrap();
        let town = Town::with_room(engine, 3 * one).await;
        let path = format!("/channels/{}/messages", town.channel);
        let file = [("files[0]", "dot.png", PIXEL)];
        let send = async || town.member.upload(&path, &file, &json!({}), true).await;
        let first = send().await.ok(200);
        let first = first["id"].as_str().unwrap();
        send().await.ok(200);
        let third = send().await.ok(200);
        let refused = send().await;
        refused.refused(413, 40_005);
        assert!(refused.body["message"].as_str().unwrap().contains("no room"), "{}", refused.body);
        // Neither by a forward, whose files are copies, nor by a change; others have room of their own, and words take none.
        let forward =
            |id: &str| json!({ "message_reference": { "type": 1, "message_id": id, "channel_id": town.channel } });
        town.member.post(&path, forward(first)).await.refused(413, 40_005);
        town.member.post(&path, json!({ "content": "still here" })).await.ok(200);
        town.owner.post(&path, forward(first)).await.ok(200);
        let used = async |who: &str| {
            let list = town.owner.own("GET", "/admin/users", json!({})).await.ok(200);
            let users = list["users"].as_array().unwrap().clone();
            users.iter().find(|user| user["id"] == json!(who)).unwrap()["stored_bytes"].as_u64().unwrap()
        };
        assert_eq!((used(&town.member.id).await, used(&town.owner.id).await), (3 * one, one));
        // What goes makes room: with its message, by a change, with its channel.
        town.member.delete(&format!("{path}/{first}")).await.ok(204);
        send().await.ok(200);
        let third = format!("{path}/{}", third["id"].as_str().unwrap());
        town.member.patch(&third, json!({ "content": "bare", "attachments": [] })).await.ok(200);
        assert_eq!(used(&town.member.id).await, 2 * one);
        town.owner.post(&format!("/guilds/{}/channels", town.guild), json!({ "name": "other" })).await.ok(201);
        town.owner.delete(&format!("/channels/{}", town.channel)).await.ok(200);
        assert_eq!(used(&town.member.id).await, 0);
        assert!(town.server.files().len() < 8, "what was refused is not kept");
    })
    .await;
}
