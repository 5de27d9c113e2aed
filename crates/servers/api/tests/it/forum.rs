//! Forums: channels of posts, each a thread.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

/// A forum that has a tag for everybody and one for moderators.
async fn forum(town: &Town) -> (String, [String; 2]) {
    let tags = json!([{ "name": "question", "emoji_name": "❓" }, { "name": "answered", "moderated": true }]);
    let body = json!({
        "name": "Help Desk", "type": 15, "topic": "x".repeat(4000), "available_tags": tags,
        "default_reaction_emoji": { "emoji_name": "👍" }, "default_sort_order": 1, "default_forum_layout": 2,
    });
    let made = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
    assert_eq!((&made["name"], &made["default_reaction_emoji"]["emoji_name"]), (&json!("help-desk"), &json!("👍")));
    let id = |index: usize| made["available_tags"][index]["id"].as_str().unwrap().to_owned();
    (made["id"].as_str().unwrap().to_owned(), [id(0), id(1)])
}

async fn ask(who: &Client, forum: &str, name: &str, tags: &[&String]) -> Value {
    let body = json!({ "name": name, "applied_tags": tags, "message": { "content": format!("about {name}") } });
    who.post(&format!("/channels/{forum}/threads"), body).await.ok(201)
}

#[tokio::test]
async fn a_post_begins_with_its_message() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, [question, _]) = forum(&town).await;
        let threads = format!("/channels/{forum}/threads");
        town.member.post(&threads, json!({ "name": "empty" })).await.refused(400, 50_035);
        town.member.post(&threads, json!({ "name": "empty", "message": {} })).await.refused(400, 50_006);
        town.member.post(&format!("/channels/{forum}/messages"), json!({ "content": "x" })).await.refused(400, 40_058);
        let mut socket = town.owner.connect(0).await;
        let post = ask(&town.member, &forum, "How?", &[&question]).await;
        assert_eq!((&post["id"], &post["type"]), (&post["message"]["id"], &json!(11)), "{post}");
        assert_eq!((&post["applied_tags"], &post["message_count"]), (&json!([question]), &json!(0)));
        let told = socket.event("THREAD_CREATE").await;
        assert_eq!((&told["newly_created"], &told["applied_tags"]), (&json!(true), &json!([question])));
        let first = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&first["channel_id"], &first["content"]), (&post["id"], &json!("about How?")));
        let id = post["id"].as_str().unwrap();
        town.owner.post(&format!("/channels/{id}/messages"), json!({ "content": "so" })).await.ok(200);
        let seen = town.owner.get(&format!("/channels/{id}")).await.ok(200);
        assert_eq!((&seen["message_count"], &seen["member_count"]), (&json!(1), &json!(2)));
        let newest = &town.owner.get(&format!("/channels/{forum}")).await.ok(200)["last_message_id"];
        assert_eq!(newest, &post["id"], "the newest post is the newest message of a forum");
    })
    .await;
}

#[tokio::test]
async fn tags_are_of_the_forum_and_some_of_moderators() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, [question, answered]) = forum(&town).await;
        let (threads, channel) = (format!("/channels/{forum}/threads"), format!("/channels/{forum}"));
        let post = |tags: Value| json!({ "name": "How?", "applied_tags": tags, "message": { "content": "tell" } });
        town.member.post(&threads, post(json!(["1"]))).await.refused(404, 10_087);
        town.member.post(&threads, post(json!([answered]))).await.refused(403, 50_013);
        town.owner.patch(&channel, json!({ "flags": 16 })).await.ok(200);
        town.member.post(&threads, post(json!([]))).await.refused(400, 40_067);
        let made = ask(&town.member, &forum, "How?", &[&question]).await;
        let thread = format!("/channels/{}", made["id"].as_str().unwrap());
        town.member.patch(&thread, json!({ "applied_tags": [question, answered] })).await.refused(403, 50_013);
        town.member.patch(&thread, json!({ "applied_tags": [] })).await.refused(400, 40_067);
        let both = json!([question, answered]);
        let changed = town.owner.patch(&thread, json!({ "applied_tags": both })).await.ok(200);
        assert_eq!(changed["applied_tags"], both);
        // Names once each, ids kept by those that stay.
        let twice = json!([{ "name": "one" }, { "name": "One" }]);
        town.owner.patch(&channel, json!({ "available_tags": twice })).await.refused(400, 40_061);
        let moderated = json!([{ "id": answered, "name": "answered", "moderated": true }]);
        town.owner.patch(&channel, json!({ "available_tags": moderated })).await.refused(400, 40_066);
        let stays = json!([{ "id": question, "name": "query", "emoji_name": null }]);
        let mut socket = town.member.connect(0).await;
        let forum = town.owner.patch(&channel, json!({ "available_tags": stays })).await.ok(200);
        assert_eq!((&forum["available_tags"][0]["id"], &forum["flags"]), (&json!(question), &json!(16)));
        assert_eq!(socket.event("CHANNEL_UPDATE").await["available_tags"][0]["name"], "query");
        let many: Vec<_> = (0..21).map(|number| json!({ "name": format!("tag {number}") })).collect();
        town.owner.patch(&channel, json!({ "available_tags": many })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn one_post_is_pinned_and_slow_mode_counts_posts() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, _) = forum(&town).await;
        let (one, other) = (ask(&town.owner, &forum, "one", &[]).await, ask(&town.member, &forum, "two", &[]).await);
        let [one, other] = [one, other].map(|post| format!("/channels/{}", post["id"].as_str().unwrap()));
        assert_eq!(town.owner.patch(&one, json!({ "flags": 2 })).await.ok(200)["flags"], 2);
        town.owner.patch(&other, json!({ "flags": 2 })).await.refused(400, 30_047);
        town.member.patch(&other, json!({ "flags": 2 })).await.refused(403, 50_013);
        assert_eq!(town.owner.patch(&one, json!({ "flags": 0 })).await.ok(200)["flags"], 0);
        town.owner.patch(&format!("/channels/{forum}"), json!({ "rate_limit_per_user": 60 })).await.ok(200);
        ask(&town.member, &forum, "three", &[]).await;
        let again = json!({ "name": "four", "message": { "content": "x" } });
        town.member.post(&format!("/channels/{forum}/threads"), again).await.refused(429, 20_016);
        ask(&town.owner, &forum, "five", &[]).await;
    })
    .await;
}

#[tokio::test]
async fn files_come_with_a_post_and_go_with_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, _) = forum(&town).await;
        let path = format!("/channels/{forum}/threads");
        let attachments = json!([{ "id": 0, "description": "what it looks like" }]);
        let payload = json!({ "name": "look", "message": { "content": "", "attachments": attachments } });
        let post = town.member.upload(&path, &[("files[0]", "a.txt", b"hello")], &payload, true).await.ok(201);
        let file = &post["message"]["attachments"][0];
        assert_eq!((&file["filename"], &file["description"]), (&json!("a.txt"), &json!("what it looks like")));
        assert_eq!(town.server.client().fetch(file["url"].as_str().unwrap()).await, (200, b"hello".to_vec()));
        town.owner.delete(&format!("/channels/{}", post["id"].as_str().unwrap())).await.ok(200);
        while !town.server.files().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_webhook_posts_by_thread_name() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, [question, answered]) = forum(&town).await;
        let made = town.owner.post(&format!("/channels/{forum}/webhooks"), json!({ "name": "news" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let anybody = town.server.client();
        anybody.post(&hook, json!({ "content": "lost" })).await.refused(400, 220_001);
        anybody.post(&format!("{hook}/slack"), json!({ "text": "lost" })).await.refused(400, 220_004);
        let long = json!({ "content": "x", "thread_name": "x".repeat(101) });
        assert!(anybody.post(&hook, long).await.body["errors"]["thread_name"]["_errors"].is_array());
        let mut socket = town.owner.connect(0).await;
        let body = json!({ "content": "fresh", "thread_name": "Release", "applied_tags": [question, answered] });
        let sent = anybody.post(&format!("{hook}?wait=true"), body).await.ok(200);
        let thread = socket.event("THREAD_CREATE").await;
        assert_eq!((&thread["id"], &thread["id"]), (&sent["id"], &sent["channel_id"]));
        assert_eq!((&thread["name"], &thread["owner_id"]), (&json!("Release"), &made["id"]));
        assert_eq!(socket.event("MESSAGE_CREATE").await["webhook_id"], made["id"]);
        let inside = format!("{hook}?thread_id={}", thread["id"].as_str().unwrap());
        anybody.post(&inside, json!({ "content": "more" })).await.ok(204);
        anybody.post(&inside, json!({ "content": "x", "thread_name": "both" })).await.refused(400, 220_002);
        let made =
            town.owner.post(&format!("/channels/{}/webhooks", town.channel), json!({ "name": "plain" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        anybody.post(&hook, json!({ "content": "x", "thread_name": "no" })).await.refused(400, 220_003);
    })
    .await;
}

#[tokio::test]
async fn threads_are_found_by_name_tag_and_state() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (forum, [question, answered]) = forum(&town).await;
        let old = ask(&town.owner, &forum, "Where is 100% of it", &[&question]).await;
        ask(&town.member, &forum, "Elsewhere", &[]).await;
        ask(&town.owner, &forum, "Why", &[&question, &answered]).await;
        let path = format!("/channels/{forum}/threads/search");
        let check = async |query: &str, names: &[&str]| {
            let found = town.member.get(&format!("{path}?{query}")).await.ok(200);
            let found_names: Vec<_> =
                found["threads"].as_array().unwrap().iter().map(|thread| thread["name"].as_str().unwrap()).collect();
            assert_eq!(found_names, names, "{query}");
            assert_eq!(found["first_messages"].as_array().unwrap().len(), names.len());
        };
        check("", &["Why", "Elsewhere", "Where is 100% of it"]).await;
        check("sort_by=creation_time&sort_order=asc&limit=1&offset=1", &["Elsewhere"]).await;
        check("name=WHERE&sort_by=relevance", &["Where is 100% of it", "Elsewhere"]).await;
        check("name=100%25", &["Where is 100% of it"]).await;
        check("name=%25%25", &[]).await;
        let school = ask(&town.member, &forum, "À l'École", &[]).await;
        check("name=%C3%A9cole", &["À l'École"]).await;
        check("name=a%20l%27ecole", &["À l'École"]).await;
        town.owner.delete(&format!("/channels/{}", school["id"].as_str().unwrap())).await.ok(200);
        check(&format!("tag={answered}&tag={question}&tag_setting=match_all"), &["Why"]).await;
        check(&format!("tag={answered},{question}&tag_setting=match_some"), &["Why", "Where is 100% of it"]).await;
        check(&format!("max_id={}", old["id"].as_str().unwrap()), &[]).await;
        town.owner
            .patch(&format!("/channels/{}", old["id"].as_str().unwrap()), json!({ "archived": true }))
            .await
            .ok(200);
        check("archived=true", &["Where is 100% of it"]).await;
        check("archived=false", &["Why", "Elsewhere"]).await;
        let found = town.member.get(&format!("{path}?limit=1")).await.ok(200);
        assert_eq!((&found["has_more"], &found["total_results"]), (&json!(true), &json!(3)));
        for wrong in ["limit=26", "offset=x", "sort_by=size", "tag=x"] {
            town.member.get(&format!("{path}?{wrong}")).await.refused(400, 50_035);
        }
    })
    .await;
}
