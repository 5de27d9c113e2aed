//! What a guild shows of itself to everybody.

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

use crate::image::PNG;

#[tokio::test]
async fn a_widget_is_shown_to_everybody_once_it_is_on() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let nobody = town.server.client();
        let path = format!("/guilds/{}/widget", town.guild);
        assert_eq!(town.owner.get(&path).await.ok(200), json!({ "enabled": false, "channel_id": null }));
        for shown in [".json", ".png"] {
            nobody.get(&format!("{path}{shown}")).await.refused(403, 50_004);
        }
        nobody.get("/guilds/1/widget.json").await.refused(404, 10_004);
        town.member.patch(&path, json!({ "enabled": true })).await.refused(403, 50_013);
        town.owner.patch(&path, json!({ "enabled": true, "channel_id": "1" })).await.refused(400, 50_035);

        let mut socket = town.owner.connect(0).await;
        let body = json!({ "enabled": true, "channel_id": town.channel });
        let settings = json!({ "enabled": true, "channel_id": town.channel });
        assert_eq!(town.owner.patch(&path, body).await.ok(200), settings);
        assert_eq!(socket.event("GUILD_UPDATE").await["widget_channel_id"], json!(town.channel));
        let code = socket.event("INVITE_CREATE").await["code"].as_str().unwrap().to_owned();
        assert_eq!(town.owner.get(&path).await.ok(200), settings);
        // Saying the same again makes no second invite.
        town.owner.patch(&path, json!({ "enabled": true })).await.ok(200);
        let invites = town.owner.get(&format!("/channels/{}/invites", town.channel)).await.ok(200);
        assert_eq!(invites.as_array().unwrap().iter().filter(|invite| invite["inviter"].is_null()).count(), 1);

        let widget = nobody.get(&format!("{path}.json")).await.ok(200);
        assert!(widget["instant_invite"].as_str().unwrap().ends_with(&format!("/invite/{code}")), "{widget}");
        assert_eq!((&widget["name"], &widget["presence_count"]), (&json!("Town"), &json!(1)));
        assert_eq!(widget["channels"][0]["name"], "General");
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=1", town.guild)).await.ok(200);
        assert!(log["audit_log_entries"][0]["changes"].to_string().contains("widget_enabled"));
    })
    .await;
}

#[tokio::test]
async fn a_widget_names_who_is_there_but_not_their_ids() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/widget", town.guild);
        town.owner.patch(&path, json!({ "enabled": true })).await.ok(200);
        town.owner.patch("/users/@me", json!({ "avatar": PNG })).await.ok(200);
        town.member.patch(&format!("/guilds/{}/members/@me", town.guild), json!({ "nick": "Em" })).await.ok(200);
        let mut socket = town.owner.connect(0).await;
        let _member = town.member.connect(0).await;
        let nobody = town.server.client();
        let channels = nobody.get(&format!("{path}.json")).await.ok(200)["channels"].clone();
        let voice = channels[0]["id"].clone();
        socket.send(json!({ "op": 4, "d": { "guild_id": town.guild, "channel_id": voice, "self_mute": true } })).await;
        socket.event("VOICE_STATE_UPDATE").await;
        let widget = nobody.get(&format!("{path}.json")).await.ok(200);
        let names: Vec<_> =
            widget["members"].as_array().unwrap().iter().map(|member| member["username"].clone()).collect();
        assert_eq!(names, [json!("owner"), json!("Em")]);
        let owner = &widget["members"][0];
        assert_eq!((&owner["id"], &owner["status"], &owner["channel_id"]), (&json!("0"), &json!("online"), &voice));
        assert_eq!((&owner["self_mute"], &widget["members"][1]["channel_id"]), (&json!(true), &Value::Null));
        assert!(widget["instant_invite"].is_null() && !widget.to_string().contains(&town.owner.id), "{widget}");
        for member in widget["members"].as_array().unwrap() {
            let (status, bytes) = nobody.fetch(member["avatar_url"].as_str().unwrap()).await;
            assert_eq!((status, bytes.get(1..4)), (200, Some(b"PNG".as_slice())), "{member}");
        }
        // A channel that is not for everybody is not shown, nor who is in it.
        let hide = json!({ "type": 0, "deny": "1024" });
        let overwrite = format!("/channels/{}/permissions/{}", voice.as_str().unwrap(), town.guild);
        town.owner.put(&overwrite, hide).await.ok(204);
        let widget = nobody.get(&format!("{path}.json")).await.ok(200);
        assert_eq!((&widget["channels"], &widget["members"][0]["channel_id"]), (&json!([]), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn a_widget_is_drawn_in_five_styles() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/widget", town.guild);
        town.owner.patch(&path, json!({ "enabled": true })).await.ok(200);
        for icon in [json!(null), json!(PNG)] {
            town.owner.patch(&format!("/guilds/{}", town.guild), json!({ "icon": icon })).await.ok(200);
            for style in ["", "?style=shield", "?style=banner1", "?style=banner2", "?style=banner3", "?style=banner4"] {
                let url = format!("http://{}/api/v10{path}.png{style}", town.server.address);
                let (status, bytes) = town.stranger.fetch(&url).await;
                assert_eq!((status, bytes.get(1..4)), (200, Some(b"PNG".as_slice())), "{style}");
            }
        }
        town.stranger.get(&format!("{path}.png?style=banner5")).await.refused(400, 50_035);
    })
    .await;
}
