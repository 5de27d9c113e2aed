//! Announcements and those who follow them.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

/// A second guild of the member's, with its text channel.
async fn village(who: &Client) -> (String, String) {
    let guild = who.post("/guilds", json!({ "name": "Village" })).await.ok(201)["id"].as_str().unwrap().to_owned();
    let channels = who.get(&format!("/guilds/{guild}/channels")).await.ok(200);
    let text = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
    (guild, text["id"].as_str().unwrap().to_owned())
}

async fn last(who: &Client, channel: &str) -> Value {
    who.get(&format!("/channels/{channel}/messages?limit=1")).await.ok(200)[0].clone()
}

#[tokio::test]
async fn what_is_published_comes_to_who_follows() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (guild, square) = village(&town.member).await;
        let news = json!({ "name": "news", "type": 5 });
        let news = town.owner.post(&format!("/guilds/{}/channels", town.guild), news).await.ok(201);
        let news = news["id"].as_str().unwrap();
        let follow = format!("/channels/{news}/followers");
        let mut socket = town.member.connect(0).await;
        // A plain channel is not followed, and nobody brings news to where they manage nothing.
        let to = |channel: &str| json!({ "webhook_channel_id": channel });
        let plain = format!("/channels/{}/followers", town.channel);
        town.member.post(&plain, to(&square)).await.refused(400, 50_024);
        town.member.post(&follow, to(&town.channel)).await.refused(403, 50_013);
        town.owner.post(&follow, to(&square)).await.refused(403, 50_001);
        town.member.post(&follow, json!({})).await.refused(400, 50_035);
        let made = town.member.post(&follow, to(&square)).await.ok(200);
        assert_eq!(made["channel_id"], json!(news));
        assert_eq!(town.member.post(&follow, to(&square)).await.ok(200), made, "following twice is following once");
        assert_eq!(socket.event("WEBHOOKS_UPDATE").await["channel_id"], json!(square));
        let told = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&told["type"], &told["content"]), (&json!(12), &json!("Town #news")));
        let hooks = town.member.get(&format!("/guilds/{guild}/webhooks")).await.ok(200);
        assert_eq!((&hooks[0]["type"], &hooks[0]["source_channel"]["id"]), (&json!(2), &json!(news)));
        assert_eq!(hooks[0]["source_guild"]["name"], "Town");
        assert!(hooks[0].get("token").is_none(), "nobody writes by it");

        let path = format!("/channels/{news}/messages");
        let text = format!("hear <@{}> @everyone", town.member.id);
        let body = json!({ "content": text, "embeds": [{ "title": "card" }] });
        let bot = town.bot(1 << 17).await;
        let sent = bot.post(&path, body).await.ok(200);
        let id = sent["id"].as_str().unwrap();
        let other = town.say(&town.owner, "elsewhere").await;
        let wrong = format!("/channels/{}/messages/{}/crosspost", town.channel, other["id"].as_str().unwrap());
        town.owner.post(&wrong, json!({})).await.refused(400, 50_024);
        town.member.post(&format!("{path}/{id}/crosspost"), json!({})).await.refused(403, 50_013);
        town.owner.post(&format!("{path}/5/crosspost"), json!({})).await.refused(404, 10_008);
        let published = town.owner.post(&format!("{path}/{id}/crosspost"), json!({})).await.ok(200);
        assert_eq!(published["flags"], 1);
        town.owner.post(&format!("{path}/{id}/crosspost"), json!({})).await.refused(400, 40_033);
        let copy = last(&town.member, &square).await;
        assert_eq!(
            (&copy["content"], &copy["flags"], &copy["embeds"][0]["title"]),
            (&json!(text), &json!(2), &json!("card"))
        );
        assert_eq!((&copy["mentions"], &copy["mention_everyone"]), (&json!([]), &json!(false)), "a copy pings nobody");
        assert_eq!(copy["message_reference"]["message_id"], json!(id));
        assert_eq!((&copy["webhook_id"], &copy["author"]["username"]), (&made["webhook_id"], &json!("Town #news")));
        assert!(copy.get("referenced_message").is_none());

        bot.patch(&format!("{path}/{id}"), json!({ "content": "now this" })).await.ok(200);
        let changed = last(&town.member, &square).await;
        assert_eq!((&changed["id"], &changed["content"]), (&copy["id"], &json!("now this")));
        assert!(changed["edited_timestamp"].is_string());
        town.owner.delete(&format!("{path}/{id}")).await.ok(204);
        let left = last(&town.member, &square).await;
        assert_eq!((&left["id"], &left["flags"], &left["embeds"]), (&copy["id"], &json!(2 | 8), &json!([])));
        assert_eq!(left["content"], "[Original Message Deleted]");
        // Who follows no longer hears nothing more.
        let hook = format!("/webhooks/{}", made["webhook_id"].as_str().unwrap());
        town.member.delete(&hook).await.ok(204);
        let sent = town.owner.post(&path, json!({ "content": "unheard" })).await.ok(200);
        let again = format!("{path}/{}/crosspost", sent["id"].as_str().unwrap());
        town.owner.post(&again, json!({})).await.ok(200);
        assert_eq!(last(&town.member, &square).await["id"], copy["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_goes_leaves_the_original_its_files() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (_, square) = village(&town.member).await;
        let news = json!({ "name": "news", "type": 5 });
        let news = town.owner.post(&format!("/guilds/{}/channels", town.guild), news).await.ok(201);
        let news = format!("/channels/{}", news["id"].as_str().unwrap());
        town.member.post(&format!("{news}/followers"), json!({ "webhook_channel_id": square })).await.ok(200);
        let files = [("files[0]", "dot.png", crate::attachment::PIXEL)];
        let sent = town.owner.upload(&format!("{news}/messages"), &files, &json!({}), true).await.ok(200);
        let path = format!("{news}/messages/{}", sent["id"].as_str().unwrap());
        town.owner.post(&format!("{path}/crosspost"), json!({})).await.ok(200);
        let copy = last(&town.member, &square).await;
        let url = copy["attachments"][0]["url"].as_str().unwrap();
        assert_eq!(town.stranger.fetch(url).await.0, 200);
        let square = format!("/channels/{square}/messages");
        let own = town.member.upload(&square, &files, &json!({}), true).await.ok(200);
        for message in [&copy, &own] {
            town.member.delete(&format!("{square}/{}", message["id"].as_str().unwrap())).await.ok(204);
        }
        assert!(crate::attachment::gone(&town, own["attachments"][0]["url"].as_str().unwrap()).await);
        let kept = town.owner.get(&path).await.ok(200);
        assert_eq!(town.stranger.fetch(kept["attachments"][0]["url"].as_str().unwrap()).await.0, 200);
        town.owner.delete(&path).await.ok(204);
        assert!(crate::attachment::gone(&town, kept["attachments"][0]["url"].as_str().unwrap()).await);
    })
    .await;
}
