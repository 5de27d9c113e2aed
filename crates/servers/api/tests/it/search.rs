//! Looking for messages.

use std::time::Duration;

use guildhall_db::Run as _;
use guildhall_harness::{Client, Town, on_both};
use guildhall_store::message::{MessageRow, insert};
use guildhall_store::search::build;
use guildhall_store::timer::{self, TimerRow};
use guildhall_wire::id::Id;
use serde_json::{Value, json};

/// The texts that somebody finds in the guild, and the total.
async fn found(town: &Town, who: &Client, query: &str) -> (Vec<String>, u64) {
    texts(&who.get(&format!("/guilds/{}/messages/search?{query}", town.guild)).await.ok(200))
}

fn texts(result: &Value) -> (Vec<String>, u64) {
    let text = |hit: &Value| {
        assert_eq!(hit[0]["hit"], true);
        hit[0]["content"].as_str().unwrap().to_owned()
    };
    (result["messages"].as_array().unwrap().iter().map(text).collect(), result["total_results"].as_u64().unwrap())
}

/// A member finds exactly these.
async fn check(town: &Town, query: &str, expected: &[&str]) {
    let (texts, total) = found(town, &town.member, query).await;
    assert_eq!(texts, expected, "{query}");
    assert_eq!(total, expected.len() as u64, "{query}");
}

#[tokio::test]
async fn words_find_messages_and_are_never_syntax() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let cake = "see example.com/apple_cake";
        for text in ["red apple pie", "an apple, red!", "green apples", cake, "nothing"] {
            town.say(&town.owner, text).await;
        }
        check(&town, "content=apple", &[cake, "green apples", "an apple, red!", "red apple pie"]).await;
        check(&town, "content=RED%20apple", &["an apple, red!", "red apple pie"]).await;
        check(&town, "content=%22red%20apple%22", &["red apple pie"]).await;
        check(&town, "content=example.com", &[cake]).await;
        check(&town, "content=cake&sort_order=asc", &[cake]).await;
        check(&town, "content=red%20pie&slop=0", &[]).await;
        check(&town, "content=red%20pie&slop=1", &["red apple pie"]).await;
        // With or without accents.
        town.say(&town.owner, "Crème brûlée").await;
        for query in ["creme", "CR%C3%88ME%20brulee", "br%C3%BBl", "%22creme%20brulee%22"] {
            check(&town, &format!("content={query}"), &["Crème brûlée"]).await;
        }
        let hostile = ["%22", "*", "a%22%20OR%20%22b", "content:x", "NEAR(a,%20b", "%27%20|%20%27a", "%00", "(((", "-"];
        for text in hostile.into_iter().chain(["%F0%9F%98%80", "a%00b", "%5C", "%27", "%3A*"]) {
            check(&town, &format!("content=nowhere%20{text}"), &[]).await;
            found(&town, &town.member, &format!("content={text}&slop=5&sort_by=relevance")).await;
        }
        let (page, total) = found(&town, &town.member, "content=apple&limit=2&offset=1&sort_order=asc").await;
        assert_eq!((page, total), (vec!["an apple, red!".to_owned(), "green apples".to_owned()], 4));
        assert_eq!(found(&town, &town.member, "content=apple&offset=9975").await, (Vec::new(), 4));
        assert_eq!(found(&town, &town.member, "content=red&sort_by=relevance").await.1, 2);
        for wrong in ["limit=26", "offset=9976", "has=cake", "author_id=me", "sort_by=luck"] {
            town.member.get(&format!("/guilds/{}/messages/search?{wrong}", town.guild)).await.refused(400, 50_035);
        }
    })
    .await;
}

#[tokio::test]
async fn filters_narrow() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/channels/{}/messages", town.channel);
        let one = town.say(&town.owner, "one <https://example.org/a?b>").await;
        let hello = format!("two <@{}>", town.member.id);
        town.say(&town.owner, &hello).await;
        let reply = json!({ "content": "three", "message_reference": { "message_id": one["id"] } });
        let reply = town.member.post(&path, reply).await.ok(200);
        let embed = json!({ "content": "four", "embeds": [{ "title": "card" }] });
        bot.post(&path, embed).await.ok(200);
        let files = [("files[0]", "Dot.PNG", crate::attachment::PIXEL)];
        town.member.upload(&path, &files, &json!({ "content": "five @everyone" }), false).await.ok(200);
        town.owner.put(&format!("{path}/pins/{}", reply["id"].as_str().unwrap()), json!({})).await.ok(204);
        let (owner, member) = (&town.owner.id, &town.member.id);
        let link = "one <https://example.org/a?b>";
        check(&town, &format!("author_id={owner}"), &[&hello, link]).await;
        check(&town, &format!("author_id={owner}&author_id={member}&has=link"), &[link]).await;
        check(&town, "author_type=bot", &["four"]).await;
        check(&town, "author_type=-bot&has=-link&has=-file", &["three", &hello]).await;
        check(&town, "author_type=webhook", &[]).await;
        check(&town, &format!("mentions={member}"), &[&hello]).await;
        check(&town, &format!("mentions={owner}"), &["three"]).await;
        check(&town, &format!("replied_to_user_id={owner}"), &["three"]).await;
        check(&town, &format!("replied_to_message_id={}", one["id"].as_str().unwrap()), &["three"]).await;
        check(&town, "has=embed", &["four"]).await;
        check(&town, "has=file", &["five @everyone"]).await;
        check(&town, "has=image&has=file", &["five @everyone"]).await;
        check(&town, "has=video", &[]).await;
        check(&town, "attachment_extension=png", &["five @everyone"]).await;
        check(&town, "attachment_extension=gif&attachment_extension=PNG", &["five @everyone"]).await;
        check(&town, "attachment_filename=dot", &["five @everyone"]).await;
        check(&town, "attachment_filename=d%25t", &[]).await;
        check(&town, "embed_type=gif", &[]).await;
        check(&town, "embed_provider=nobody", &[]).await;
        check(&town, "link_hostname=example.org", &[link]).await;
        check(&town, "link_hostname=example", &[]).await;
        check(&town, "pinned=true", &["three"]).await;
        check(&town, "mention_everyone=true", &[]).await;
        let (from, to) = (one["id"].as_str().unwrap(), reply["id"].as_str().unwrap());
        check(&town, &format!("min_id={from}&max_id={to}"), &[&hello]).await;
        check(&town, &format!("channel_id={}&has=link", town.channel), &[link]).await;
        check(&town, "channel_id=5&has=link", &[]).await;
        // What is edited is found as it is now, what is deleted not at all.
        town.owner.patch(&format!("{path}/{from}"), json!({ "content": "uno" })).await.ok(200);
        check(&town, "has=link", &[]).await;
        check(&town, "content=uno", &["uno"]).await;
        town.owner.delete(&format!("{path}/{from}")).await.ok(204);
        check(&town, "content=uno", &[]).await;
        check(&town, &format!("author_id={owner}"), &[&hello]).await;
    })
    .await;
}

#[tokio::test]
async fn only_what_one_may_read_is_found_and_counted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channels = format!("/guilds/{}/channels", town.guild);
        let make = async |name: &str, deny: &str| {
            let overwrites = json!([{ "id": town.guild, "type": 0, "deny": deny }]);
            let body = json!({ "name": name, "type": 0, "permission_overwrites": overwrites });
            let channel = town.owner.post(&channels, body).await.ok(201);
            let id = channel["id"].as_str().unwrap().to_owned();
            town.owner
                .post(&format!("/channels/{id}/messages"), json!({ "content": format!("needle {name}") }))
                .await
                .ok(200);
            id
        };
        make("open", "0").await;
        // VIEW_CHANNEL, READ_MESSAGE_HISTORY.
        let hidden = make("hidden", "1024").await;
        let unread = make("unread", "65536").await;
        let nsfw = make("nsfw", "0").await;
        town.owner.patch(&format!("/channels/{nsfw}"), json!({ "nsfw": true })).await.ok(200);
        check(&town, "content=needle", &["needle open"]).await;
        check(&town, &format!("content=needle&channel_id={hidden}&channel_id={unread}"), &[]).await;
        check(&town, "content=needle&include_nsfw=true", &["needle nsfw", "needle open"]).await;
        check(&town, &format!("channel_id={nsfw}"), &["needle nsfw"]).await;
        assert_eq!(found(&town, &town.owner, "content=needle").await.1, 3);
        town.member.get(&format!("/channels/{hidden}/messages/search")).await.refused(403, 50_001);
        town.member.get(&format!("/channels/{unread}/messages/search")).await.refused(403, 50_013);
        town.stranger.get(&format!("/guilds/{}/messages/search", town.guild)).await.refused(403, 50_001);
        // A private thread is found by who takes part, archived or not, and by nobody else.
        let threads = format!("/channels/{}/threads", town.channel);
        let thread = town
            .owner
            .post(&threads, json!({ "name": "whisper", "type": 12, "auto_archive_duration": 60 }))
            .await
            .ok(201);
        let thread = thread["id"].as_str().unwrap();
        town.owner.post(&format!("/channels/{thread}/messages"), json!({ "content": "needle whisper" })).await.ok(200);
        check(&town, "content=whisper", &[]).await;
        assert_eq!(found(&town, &town.owner, "content=whisper").await.1, 1);
        for archived in [false, true] {
            if archived {
                town.server.app.clock().advance(Duration::from_mins(61));
                assert_eq!(guildhall_api::run_due(&town.server.app).await.unwrap(), 1);
            }
            let mut work = town.server.app.db().begin().await.unwrap();
            let (thread, member): (Id<_>, Id<_>) = (thread.parse().unwrap(), town.member.id.parse().unwrap());
            let row = guildhall_store::thread::ThreadMemberRow {
                channel_id: thread,
                user_id: member,
                joined_at: 0,
                flags: 0,
            };
            guildhall_store::thread::join(&mut work, &row).await.unwrap();
            work.commit().await.unwrap();
            let hits =
                town.member.get(&format!("/guilds/{}/messages/search?content=whisper", town.guild)).await.ok(200);
            assert_eq!(texts(&hits).1, 1);
            assert_eq!(
                (&hits["threads"][0]["name"], &hits["members"][0]["user_id"]),
                (&json!("whisper"), &json!(member))
            );
            let mut work = town.server.app.db().begin().await.unwrap();
            guildhall_store::thread::leave(&mut work, thread, member).await.unwrap();
            work.commit().await.unwrap();
            check(&town, "content=whisper", &[]).await;
        }
        // Nobody finds what only one person sees.
        let (channel, owner) = (town.channel.parse().unwrap(), town.owner.id.parse().unwrap());
        let mut row = MessageRow::new(town.server.app.next_id(), channel, owner, "needle ephemeral".into());
        row.visible_to = Some(owner);
        let mut work = town.server.app.db().begin().await.unwrap();
        insert(&mut work, &row).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(found(&town, &town.owner, "content=ephemeral").await.1, 0);
    })
    .await;
}

#[tokio::test]
async fn a_direct_message_is_searched_by_its_people() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let dm = town.owner.post("/users/@me/channels", json!({ "recipient_id": town.member.id })).await.ok(200);
        let path = format!("/channels/{}/messages", dm["id"].as_str().unwrap());
        town.owner.post(&path, json!({ "content": "our secret" })).await.ok(200);
        let hits = town.member.get(&format!("{path}/search?content=secret")).await.ok(200);
        assert_eq!(texts(&hits), (vec!["our secret".to_owned()], 1));
        town.stranger.get(&format!("{path}/search?content=secret")).await.refused(403, 50_001);
        check(&town, "content=secret", &[]).await;
    })
    .await;
}

#[tokio::test]
async fn while_the_index_is_built_one_comes_again_later() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for number in 0..3 {
            town.say(&town.owner, &format!("see https://a.example/{number}")).await;
        }
        let app = &town.server.app;
        let path = format!("/guilds/{}/messages/search?has=link", town.guild);
        let mut work = app.begin().await.unwrap();
        work.execute("DELETE FROM message_links", Vec::new()).await.unwrap();
        build::begin(&mut work).await.unwrap();
        let (kind, subject) = ("search_build".to_owned(), "1".to_owned());
        let row = TimerRow { kind, subject, place: 0, due_at: 0, run_at: 0, failures: 0 };
        timer::set(&mut work, &row).await.unwrap();
        work.commit().await.unwrap();
        let later = town.owner.get(&path).await;
        assert_eq!((later.status, &later.body["code"]), (202, &json!(110_000)));
        assert_eq!((&later.body["documents_indexed"], &later.body["retry_after"]), (&json!(0), &json!(2)));
        let mut db = app.db();
        assert!(build::step(&mut db, 2).await.unwrap(), "there is more");
        assert_eq!(town.owner.get(&path).await.body["documents_indexed"], 2);
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 1);
        assert_eq!(town.owner.get(&path).await.ok(200)["total_results"], 3);
    })
    .await;
}
