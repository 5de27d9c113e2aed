//! Pictures of users, guilds, roles, members, groups and applications.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

/// One pixel, as PNG.
pub(crate) const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";
/// One pixel that moves: two frames, as GIF.
pub(crate) const GIF: &str =
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAAKAAAALAAAAAABAAEAAAICRAEAIfkEAAoAAAAsAAAAAAEAAQAAAgJEAQA7";

/// What stands under an address of the CDN.
pub(crate) async fn cdn(town: &Town, path: &str) -> (u16, Vec<u8>) {
    town.stranger.fetch(&format!("http://{}/cdn{path}", town.server.address)).await
}

/// Waits until so many files are left.
async fn left(town: &Town, count: usize) {
    for _ in 0..500 {
        if town.server.files().len() == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(town.server.files().len(), count, "{:?}", town.server.files());
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_avatar_is_told_served_and_replaced() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut own = town.member.connect(0).await;
        let mut other = town.owner.connect(0).await;
        let body = town.member.patch("/users/@me", json!({ "avatar": PNG, "banner": PNG })).await.ok(200);
        let hash = text(&body["avatar"]);
        assert_eq!(own.event("USER_UPDATE").await["avatar"], json!(hash));
        assert_eq!(other.event("GUILD_MEMBER_UPDATE").await["user"]["avatar"], json!(hash));
        let path = format!("/avatars/{}/{hash}", town.member.id);
        let (status, bytes) = cdn(&town, &format!("{path}.webp?size=64")).await;
        assert_eq!((status, bytes.get(8..12)), (200, Some(b"WEBP".as_slice())));
        assert_eq!(cdn(&town, &format!("/banners/{}/{}.png", town.member.id, text(&body["banner"]))).await.0, 200);
        left(&town, 2).await;

        let moving = town.member.patch("/users/@me", json!({ "avatar": GIF })).await.ok(200);
        assert!(text(&moving["avatar"]).starts_with("a_"), "{moving}");
        assert_eq!(cdn(&town, &format!("{path}.png")).await.0, 404, "the old one is gone");
        let (status, bytes) = cdn(&town, &format!("/avatars/{}/{}.gif", town.member.id, text(&moving["avatar"]))).await;
        assert_eq!((status, bytes.get(..3)), (200, Some(b"GIF".as_slice())));
        left(&town, 2).await;
        let none = town.member.patch("/users/@me", json!({ "avatar": null, "banner": null })).await.ok(200);
        assert_eq!((&none["avatar"], &none["banner"]), (&Value::Null, &Value::Null));
        left(&town, 0).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_no_image_or_too_large_is_refused_and_leaves_no_file() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        // Six megabytes, and more than a body may have.
        let large = format!("data:image/png;base64,{}", "A".repeat(8_000_000));
        let answer = town.member.patch("/users/@me", json!({ "avatar": large })).await;
        assert_eq!(answer.body["errors"]["avatar"]["_errors"][0]["code"], "BINARY_TYPE_MAX_SIZE", "{}", answer.body);
        answer.refused(400, 50_035);
        town.member.patch("/users/@me", json!({ "avatar": "A".repeat(20_000_000) })).await.refused(413, 40_005);
        for broken in
            ["", "x", "data:image/png;base64,aGVsbG8=", "data:image/svg+xml;base64,PHN2Zy8+", "https://a.b/c.png"]
        {
            let answer = town.member.patch("/users/@me", json!({ "avatar": broken })).await;
            assert_eq!(answer.body["errors"]["avatar"]["_errors"][0]["code"], "IMAGE_INVALID", "{broken}");
        }
        // The image is fine, another field is not.
        town.member.patch("/users/@me", json!({ "avatar": PNG, "bio": "x".repeat(191) })).await.refused(400, 50_035);
        left(&town, 0).await;
        assert_eq!(town.member.get("/users/@me").await.ok(200)["avatar"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_new_face_is_told_to_friends_and_to_partners_of_conversations() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (one, two) = (town.server.person("one").await, town.server.person("two").await);
        for friend in [&one, &two] {
            town.stranger.put(&format!("/users/@me/relationships/{}", friend.id), json!({})).await.ok(204);
            friend.put(&format!("/users/@me/relationships/{}", town.stranger.id), json!({})).await.ok(204);
        }
        let body = json!({ "recipients": [one.id, two.id] });
        town.stranger.post("/users/@me/channels", body).await.ok(200);
        let mut friend = one.connect(0).await;
        let hash = text(&town.stranger.patch("/users/@me", json!({ "avatar": PNG })).await.ok(200)["avatar"]);
        assert_eq!(friend.event("RELATIONSHIP_UPDATE").await["user"]["avatar"], json!(hash));
        // One and two share nothing but the group.
        let mut partner = two.connect(0).await;
        let hash = text(&one.patch("/users/@me", json!({ "avatar": PNG })).await.ok(200)["avatar"]);
        let recipients = partner.event("CHANNEL_UPDATE").await["recipients"].clone();
        assert!(recipients.as_array().unwrap().iter().any(|user| user["avatar"] == json!(hash)), "{recipients}");
    })
    .await;
}

#[tokio::test]
async fn a_guild_has_pictures_until_it_is_deleted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made = town.owner.post("/guilds", json!({ "name": "Pictured", "icon": GIF })).await.ok(201);
        assert!(text(&made["icon"]).starts_with("a_"));
        left(&town, 1).await;
        let path = format!("/guilds/{}", town.guild);
        let mut socket = town.member.connect(0).await;
        town.member.patch(&path, json!({ "icon": PNG })).await.refused(403, 50_013);
        let body = json!({ "icon": PNG, "banner": PNG, "splash": PNG, "discovery_splash": PNG });
        let guild = town.owner.patch(&path, body).await.ok(200);
        assert_eq!(socket.event("GUILD_UPDATE").await["icon"], guild["icon"]);
        for (folder, field) in [
            ("icons", "icon"),
            ("banners", "banner"),
            ("splashes", "splash"),
            ("discovery-splashes", "discovery_splash"),
        ] {
            let address = format!("/{folder}/{}/{}.png", town.guild, text(&guild[field]));
            assert_eq!(cdn(&town, &address).await.0, 200, "{address}");
        }
        let log = town.owner.get(&format!("{path}/audit-logs?action_type=1")).await.ok(200);
        let keys: Vec<_> = log["audit_log_entries"][0]["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| text(&change["key"]))
            .collect();
        assert!(keys.contains(&"icon".into()), "{keys:?}");
        left(&town, 5).await;
        town.owner.patch(&format!("{path}/members/@me"), json!({ "avatar": PNG, "banner": PNG })).await.ok(200);
        town.owner.post(&format!("{path}/roles"), json!({ "name": "r", "icon": PNG })).await.ok(200);
        left(&town, 8).await;
        town.owner.delete(&path).await.ok(204);
        left(&town, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_role_shows_an_image_or_an_emoji() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/roles", town.guild);
        let role = town.owner.post(&path, json!({ "name": "Smith", "icon": PNG })).await.ok(200);
        let one = format!("{path}/{}", text(&role["id"]));
        let address = format!("/role-icons/{}/{}.png", text(&role["id"]), text(&role["icon"]));
        assert_eq!(cdn(&town, &address).await.0, 200);
        let role = town.owner.patch(&one, json!({ "unicode_emoji": "⚒️" })).await.ok(200);
        assert_eq!((&role["icon"], &role["unicode_emoji"]), (&Value::Null, &json!("⚒️")));
        assert_eq!(cdn(&town, &address).await.0, 404);
        town.owner.patch(&one, json!({ "unicode_emoji": "hammer" })).await.refused(400, 50_035);
        let role = town.owner.patch(&one, json!({ "icon": PNG })).await.ok(200);
        assert_eq!((role["icon"].is_string(), &role["unicode_emoji"]), (true, &Value::Null));
        // 256 kB is the most that a role's icon has.
        let large = format!("data:image/png;base64,{}", "A".repeat(400_000));
        town.owner.patch(&one, json!({ "icon": large })).await.refused(400, 50_035);
        left(&town, 1).await;
        town.owner.delete(&one).await.ok(204);
        left(&town, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_member_has_a_face_of_its_own_until_it_leaves() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.owner.connect(0).await;
        let path = format!("/guilds/{}/members/@me", town.guild);
        let member = town.member.patch(&path, json!({ "avatar": PNG, "banner": GIF })).await.ok(200);
        assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["avatar"], member["avatar"]);
        for (folder, field) in [("avatars", "avatar"), ("banners", "banner")] {
            let address =
                format!("/guilds/{}/users/{}/{folder}/{}.png", town.guild, town.member.id, text(&member[field]));
            assert_eq!(cdn(&town, &address).await.0, 200, "{address}");
        }
        left(&town, 2).await;
        town.owner.delete(&format!("/guilds/{}/members/{}", town.guild, town.member.id)).await.ok(204);
        left(&town, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_group_has_a_picture() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let befriend = async |one: &Client, two: &Client| {
            one.put(&format!("/users/@me/relationships/{}", two.id), json!({})).await.ok(204);
            two.put(&format!("/users/@me/relationships/{}", one.id), json!({})).await.ok(204);
        };
        befriend(&town.owner, &town.member).await;
        befriend(&town.owner, &town.stranger).await;
        let body = json!({ "recipients": [town.member.id, town.stranger.id] });
        let group = text(&town.owner.post("/users/@me/channels", body).await.ok(200)["id"]);
        let mut socket = town.stranger.connect(0).await;
        let channel = town.member.patch(&format!("/channels/{group}"), json!({ "icon": PNG })).await.ok(200);
        assert_eq!(socket.event("CHANNEL_UPDATE").await["icon"], channel["icon"]);
        assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 5);
        let address = format!("/channel-icons/{group}/{}.png", text(&channel["icon"]));
        assert_eq!(cdn(&town, &address).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn an_application_has_pictures() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let body = json!({ "icon": PNG, "cover_image": PNG });
        let application = bot.patch("/applications/@me", body).await.ok(200);
        for field in ["icon", "cover_image"] {
            let address = format!("/app-icons/{}/{}.png", bot.id, text(&application[field]));
            assert_eq!(cdn(&town, &address).await.0, 200, "{address}");
        }
        let path = format!("/applications/{}", bot.id);
        town.member.patch(&path, json!({ "icon": null })).await.refused(403, 50_001);
        town.owner.patch(&path, json!({ "icon": null, "cover_image": null })).await.ok(200);
        left(&town, 0).await;
        // Its account has a face of its own.
        assert!(bot.patch("/users/@me", json!({ "avatar": PNG })).await.ok(200)["avatar"].is_string());
    })
    .await;
}

#[tokio::test]
async fn those_without_a_picture_have_one_of_six() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for number in 0..6 {
            let (status, bytes) = cdn(&town, &format!("/embed/avatars/{number}.png?size=64")).await;
            assert_eq!((status, bytes.get(1..4)), (200, Some(b"PNG".as_slice())));
        }
        for name in ["6.png", "0.gif", "x.png", "0"] {
            assert_eq!(cdn(&town, &format!("/embed/avatars/{name}")).await.0, 404, "{name}");
        }
    })
    .await;
}
