//! What a role is denied in one channel: there, and nowhere else, and for those who have it.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

const SEND_MESSAGES: &str = "2048";
const VIEW_CHANNEL: &str = "1024";

#[tokio::test]
async fn a_role_is_denied_something_in_one_channel_alone() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = format!("/guilds/{}", town.guild);
        let body = json!({ "name": "elsewhere", "type": 0 });
        let other = town.owner.post(&format!("{guild}/channels"), body).await.ok(201)["id"].clone();
        let role = town.owner.post(&format!("{guild}/roles"), json!({ "name": "crew" })).await.ok(200)["id"].clone();
        let (other, role) = (other.as_str().unwrap(), role.as_str().unwrap());
        let give = format!("{guild}/members/{}/roles/{role}", town.member.id);
        town.owner.put(&give, json!({})).await.ok(204);
        let invite = town.owner.post(&format!("/channels/{other}/invites"), json!({})).await.ok(200);
        town.stranger.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        let say = async |who: &Client, channel: &str, text: &str| {
            who.post(&format!("/channels/{channel}/messages"), json!({ "content": text })).await
        };
        let mut socket = town.member.connect(0).await;
        let overwrite = format!("/channels/{}/permissions/{role}", town.channel);
        town.owner.put(&overwrite, json!({ "type": 0, "deny": SEND_MESSAGES })).await.ok(204);
        let told = socket.event("CHANNEL_UPDATE").await;
        let own = told["permission_overwrites"].as_array().unwrap().iter().find(|one| one["id"] == role);
        assert_eq!((&told["id"], &own.unwrap()["deny"]), (&json!(town.channel), &json!(SEND_MESSAGES)));
        say(&town.member, &town.channel, "here").await.refused(403, 50_013);
        say(&town.member, other, "there").await.ok(200);
        say(&town.stranger, &town.channel, "without the role").await.ok(200);
        // What was refused is told to nobody.
        let heard = async |socket: &mut guildhall_harness::Socket, last: &str| {
            let mut texts: Vec<Value> = Vec::new();
            while texts.last().is_none_or(|text| text != last) {
                texts.push(socket.event("MESSAGE_CREATE").await["content"].take());
            }
            texts
        };
        assert_eq!(heard(&mut socket, "without the role").await, ["there", "without the role"]);

        // Who may not see it hears nothing of it any more.
        town.owner.put(&overwrite, json!({ "type": 0, "deny": VIEW_CHANNEL })).await.ok(204);
        town.member.get(&format!("/channels/{}/messages", town.channel)).await.refused(403, 50_001);
        let mut stranger = town.stranger.connect(0).await;
        for (channel, text) in [(town.channel.as_str(), "hidden"), (other, "shown")] {
            say(&town.owner, channel, text).await.ok(200);
        }
        assert_eq!(heard(&mut socket, "shown").await, ["shown"]);
        assert_eq!(heard(&mut stranger, "shown").await, ["hidden", "shown"]);
        town.owner.delete(&give).await.ok(204);
        say(&town.member, &town.channel, "without the role, too").await.ok(200);
    })
    .await;
}
