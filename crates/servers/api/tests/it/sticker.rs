//! Stickers: what may be one, who makes and sends them, where they are shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const GIF: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const LOTTIE: &str = r#"{"v":"5.5.2","fr":30,"ip":0,"op":60,"w":320,"h":320,"layers":[]}"#;

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn path(town: &Town) -> String {
    format!("/guilds/{}/stickers", town.guild)
}

const FIELDS: [(&str, &str); 3] = [("name", "wave"), ("tags", "hello"), ("description", "Somebody waves.")];

async fn cdn(town: &Town, path: &str) -> (u16, Vec<u8>) {
    town.member.fetch(&format!("http://{}/cdn{path}", town.server.address)).await
}

#[tokio::test]
async fn a_sticker_is_made_shown_changed_and_deleted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = path(&town);
        let mut socket = town.member.connect(1 << 3).await;
        let made = town.owner.upload_form(&path, &FIELDS, Some(&bytes(PNG))).await.ok(201);
        let id = text(&made["id"]);
        assert_eq!((&made["format_type"], &made["type"], &made["available"]), (&json!(1), &json!(2), &json!(true)));
        assert_eq!(made["user"]["id"], json!(town.owner.id));
        assert_eq!(socket.event("GUILD_STICKERS_UPDATE").await["stickers"][0]["id"], json!(id));
        let preview = town.member.get(&format!("/guilds/{}/preview", town.guild)).await.ok(200);
        assert_eq!(preview["stickers"][0]["id"], json!(id));
        assert_eq!(cdn(&town, &format!("/stickers/{id}.png")).await.0, 200);
        assert_ne!(cdn(&town, &format!("/stickers/{id}.json")).await.0, 200);
        let seen = town.member.get(&format!("{path}/{id}")).await.ok(200);
        assert_eq!((&seen["name"], seen.get("user")), (&json!("wave"), None));
        assert_eq!(town.owner.get(&path).await.ok(200)[0]["user"]["id"], json!(town.owner.id));
        assert_eq!(town.stranger.get(&format!("/stickers/{id}")).await.ok(200)["id"], json!(id));
        assert_eq!(town.member.connect(1).await.guilds[0]["stickers"][0]["id"], json!(id));
        assert_eq!(town.member.get(&format!("/guilds/{}", town.guild)).await.ok(200)["stickers"][0]["id"], json!(id));

        let one = format!("{path}/{id}");
        let changed = town.owner.patch(&one, json!({ "name": "bow", "description": null })).await.ok(200);
        assert_eq!((&changed["name"], &changed["description"]), (&json!("bow"), &Value::Null));
        assert_eq!(socket.event("GUILD_STICKERS_UPDATE").await["stickers"][0]["name"], "bow");
        town.owner.patch(&one, json!({ "tags": "" })).await.refused(400, 50_035);
        town.member.patch(&one, json!({ "name": "mine" })).await.refused(403, 50_013);
        town.member.delete(&one).await.refused(403, 50_013);
        // A change of the guild leaves them where they are.
        town.owner.patch(&format!("/guilds/{}", town.guild), json!({ "name": "Village" })).await.ok(200);
        assert_eq!(town.member.connect(1).await.guilds[0]["stickers"][0]["id"], json!(id));
        town.owner.delete(&one).await.ok(204);
        assert_eq!(socket.event("GUILD_STICKERS_UPDATE").await["stickers"], json!([]));
        town.owner.get(&one).await.refused(404, 10_060);
        town.owner.get(&format!("/stickers/{id}")).await.refused(404, 10_060);
        assert!(town.server.files().is_empty());
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert!([90, 91, 92].iter().all(|kind| entries.iter().any(|entry| entry["action_type"] == *kind)));
    })
    .await;
}

#[tokio::test]
async fn what_may_be_a_sticker() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = path(&town);
        let gif = town.owner.upload_form(&path, &FIELDS, Some(&bytes(GIF))).await.ok(201);
        assert_eq!(gif["format_type"], 4);
        let lottie = town.owner.upload_form(&path, &FIELDS, Some(LOTTIE.as_bytes())).await.ok(201);
        assert_eq!(lottie["format_type"], 3);
        let (status, drawn) = cdn(&town, &format!("/stickers/{}.json", text(&lottie["id"]))).await;
        assert_eq!((status, drawn.as_slice()), (200, LOTTIE.as_bytes()));
        let before = town.server.files().len();
        for wrong in [
            b"hello".as_slice(),
            br#"{"v":"5.5.2"}"#,
            LOTTIE.replace("60", "600").as_bytes(),
            LOTTIE.replace("\"fr\":30", "\"fr\":0").as_bytes(),
            &bytes(PNG)[..40],
        ] {
            town.owner.upload_form(&path, &FIELDS, Some(wrong)).await.refused(400, 50_046);
        }
        let large = LOTTIE.replace("320", "321");
        town.owner.upload_form(&path, &FIELDS, Some(large.as_bytes())).await.refused(400, 50_035);
        town.owner.upload_form(&path, &FIELDS, Some(&vec![b'x'; 600 * 1024])).await.refused(400, 50_035);
        town.owner.upload_form(&path, &FIELDS, None).await.refused(400, 50_035);
        town.owner.upload_form(&path, &[("name", "x"), ("tags", "y")], Some(&bytes(PNG))).await.refused(400, 50_035);
        town.owner.upload_form(&path, &[("name", "xy")], Some(&bytes(PNG))).await.refused(400, 50_035);
        town.member.upload_form(&path, &FIELDS, Some(&bytes(PNG))).await.refused(403, 50_013);
        assert_eq!(town.server.files().len(), before);
        assert_eq!(town.member.get("/sticker-packs").await.ok(200), json!({ "sticker_packs": [] }));
        town.member.get("/sticker-packs/5").await.refused(404, 10_061);
    })
    .await;
}

#[tokio::test]
async fn stickers_go_with_messages() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let make = async |who: &guildhall_harness::Client, guild: &str| {
            let path = format!("/guilds/{guild}/stickers");
            text(&who.upload_form(&path, &FIELDS, Some(&bytes(PNG))).await.ok(201)["id"])
        };
        let here = make(&town.owner, &town.guild).await;
        let second = text(&town.member.post("/guilds", json!({ "name": "Second" })).await.ok(201)["id"]);
        let there = make(&town.member, &second).await;
        let third = text(&town.stranger.post("/guilds", json!({ "name": "Third" })).await.ok(201)["id"]);
        let foreign = make(&town.stranger, &third).await;
        let send = format!("/channels/{}/messages", town.channel);
        let mut socket = town.owner.connect(1 << 9 | 1 << 15).await;
        let sent = town.member.post(&send, json!({ "sticker_ids": [here, there] })).await.ok(200);
        assert_eq!(sent["sticker_items"][0], json!({ "id": here, "name": "wave", "format_type": 1 }));
        assert_eq!(socket.event("MESSAGE_CREATE").await["sticker_items"][1]["id"], json!(there));
        town.member.post(&send, json!({ "sticker_ids": [foreign] })).await.refused(400, 50_081);
        town.member.post(&send, json!({ "sticker_ids": ["5"] })).await.refused(400, 50_081);
        town.member.post(&send, json!({ "sticker_ids": ["1", "2", "3", "4"] })).await.refused(400, 50_035);
        town.member.post(&send, json!({ "sticker_ids": [] })).await.refused(400, 50_006);
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        let permissions = (1_u64 << 10 | 1 << 11).to_string();
        town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
        town.member.post(&send, json!({ "sticker_ids": [there] })).await.refused(403, 50_600);
        town.member.post(&send, json!({ "sticker_ids": [here] })).await.ok(200);
    })
    .await;
}
