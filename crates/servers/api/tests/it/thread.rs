//! Threads.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_thread_grows_out_of_a_message() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.owner, "topic").await;
        let id = sent["id"].as_str().unwrap();
        let mut socket = town.member.connect(0).await;
        let path = format!("/channels/{}/messages/{id}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "deep", "rate_limit_per_user": null })).await.ok(201);
        assert_eq!(
            (&thread["id"], &thread["type"], &thread["parent_id"]),
            (&sent["id"], &json!(11), &json!(town.channel))
        );
        assert_eq!(socket.event("THREAD_CREATE").await["newly_created"], true);
        town.owner.post(&path, json!({ "name": "again" })).await.refused(400, 160_004);
        let send = format!("/channels/{id}/messages");
        town.member.post(&send, json!({ "content": "inside" })).await.ok(200);
        let members = town.owner.get(&format!("/channels/{id}/thread-members")).await.ok(200);
        assert_eq!(members.as_array().unwrap().len(), 2, "who posts takes part");
        let seen = town.owner.get(&format!("/channels/{id}")).await.ok(200);
        assert_eq!(seen["id"], sent["id"]);
        assert_eq!((&seen["message_count"], &seen["member_count"]), (&json!(1), &json!(2)), "what is said counts");
        let active = town.member.get(&format!("/guilds/{}/threads/active", town.guild)).await.ok(200);
        assert_eq!((active["threads"].as_array().unwrap().len(), active["members"].as_array().unwrap().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_idle_thread_archives_and_opens_again() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let body = json!({ "name": "short", "type": 11, "auto_archive_duration": 60 });
        let thread = town.owner.post(&path, body).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        assert_eq!(guildhall_api::run_due(&town.server.app).await.unwrap(), 0);
        town.server.app.clock().advance(Duration::from_mins(61));
        let mut socket = town.member.connect(0).await;
        assert_eq!(guildhall_api::run_due(&town.server.app).await.unwrap(), 1);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
        let archived = town.member.get(&format!("{path}/archived/public")).await.ok(200);
        assert_eq!(archived["threads"][0]["id"], json!(id));
        town.member.put(&format!("/channels/{id}/thread-members/@me"), json!({})).await.refused(400, 50_083);
        let own = format!("/channels/{}/users/@me/threads/archived/private", town.channel);
        assert_eq!(town.member.get(&own).await.ok(200)["threads"], json!([]));
        town.member.post(&format!("/channels/{id}/messages"), json!({ "content": "wake" })).await.ok(200);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], false);
    })
    .await;
}

#[tokio::test]
async fn a_private_thread_is_for_those_who_were_added() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "whisper", "type": 12 })).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        town.member.get(&format!("/channels/{id}")).await.refused(403, 50_001);
        town.owner.put(&format!("/channels/{id}/thread-members/{}", town.member.id), json!({})).await.ok(204);
        town.member.get(&format!("/channels/{id}")).await.ok(200);
        town.owner.delete(&format!("/channels/{id}/thread-members/{}", town.member.id)).await.ok(204);
        town.member.get(&format!("/channels/{id}")).await.refused(403, 50_001);
        town.owner.patch(&format!("/channels/{id}"), json!({ "locked": true })).await.ok(200);
        town.owner
            .put(&format!("/channels/{id}/thread-members/{}", town.stranger.id), json!({}))
            .await
            .refused(404, 10_007);
    })
    .await;
}

#[tokio::test]
async fn who_takes_part_in_a_private_thread_hears_what_happens_to_them() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "whisper", "type": 12 })).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        let (thread, send) = (format!("/channels/{id}"), format!("/channels/{id}/messages"));
        let part = format!("{thread}/thread-members/{}", town.member.id);
        town.owner.put(&part, json!({})).await.ok(204);
        // The first that they hear of it is the thread itself.
        let mut names = socket.names_until("THREAD_MEMBERS_UPDATE").await;
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["THREAD_CREATE", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE"]);
        // It is closed and opened again: they are still in it.
        town.owner.patch(&thread, json!({ "archived": true })).await.ok(200);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
        let own = format!("/channels/{}/users/@me/threads/archived/private", town.channel);
        let closed = town.member.get(&own).await.ok(200);
        assert_eq!(
            (&closed["threads"][0]["id"], &closed["members"][0]["user_id"]),
            (&json!(id), &json!(town.member.id))
        );
        town.owner.post(&send, json!({ "content": "wake" })).await.ok(200);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], false);
        let own = socket.event("THREAD_MEMBER_UPDATE").await;
        assert_eq!((&own["id"], &own["guild_id"]), (&json!(id), &json!(town.guild)));
        assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "wake");
        town.member.post(&send, json!({ "content": "still here" })).await.ok(200);
        let late = town.member.connect(0).await;
        assert_eq!(late.guilds[0]["threads"][0]["member"]["user_id"], json!(town.member.id));
        // Taken out, they hear that and nothing else of it.
        town.owner.delete(&part).await.ok(204);
        let update = socket.event("THREAD_MEMBERS_UPDATE").await;
        assert_eq!(update["removed_member_ids"], json!([town.member.id]));
        town.owner.post(&send, json!({ "content": "unheard" })).await.ok(200);
        town.owner.delete(&thread).await.ok(200);
        town.say(&town.owner, "aloud").await;
        assert_eq!(socket.names_until("MESSAGE_CREATE").await, ["MESSAGE_CREATE"]);
        town.owner.get(&thread).await.refused(404, 10_003);
    })
    .await;
}

#[tokio::test]
async fn who_leaves_a_guild_leaves_its_threads() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let invite = format!("/invites/{}", invite["code"].as_str().unwrap());
        let path = format!("/channels/{}/threads", town.channel);
        let mut threads = Vec::new();
        for name in ["open", "closed"] {
            let thread = town.owner.post(&path, json!({ "name": name, "type": 12 })).await.ok(201);
            let thread = format!("/channels/{}", thread["id"].as_str().unwrap());
            let part = format!("{thread}/thread-members/{}", town.member.id);
            town.owner.put(&part, json!({})).await.ok(204);
            threads.push(thread);
        }
        town.owner.patch(&threads[1], json!({ "archived": true })).await.ok(200);
        let mut socket = town.owner.connect(0).await;
        town.member.delete(&format!("/users/@me/guilds/{}", town.guild)).await.ok(204);
        let update = socket.event("THREAD_MEMBERS_UPDATE").await;
        assert_eq!((&update["removed_member_ids"], &update["member_count"]), (&json!([town.member.id]), &json!(1)));
        town.member.post(&invite, json!({})).await.ok(200);
        for thread in &threads {
            town.member.get(thread).await.refused(403, 50_001);
            assert_eq!(town.owner.get(thread).await.ok(200)["member_count"], 1);
        }
    })
    .await;
}

#[tokio::test]
async fn threads_come_into_view_with_their_channel() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let hidden = json!([{ "id": town.guild, "type": 0, "deny": "1024" }]);
        let body = json!({ "name": "back", "type": 0, "permission_overwrites": hidden });
        let channel = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        let id = channel["id"].as_str().unwrap();
        let body = json!({ "name": "room", "type": 11 });
        let thread = town.owner.post(&format!("/channels/{id}/threads"), body).await.ok(201);
        let private = json!({ "name": "closet", "type": 12 });
        town.owner.post(&format!("/channels/{id}/threads"), private).await.ok(201);
        let mut socket = town.member.connect(0).await;
        assert_eq!(socket.guilds[0]["threads"], json!([]));
        town.owner.delete(&format!("/channels/{id}/permissions/{}", town.guild)).await.ok(204);
        assert_eq!(socket.event("CHANNEL_CREATE").await["id"], json!(id));
        let sync = socket.event("THREAD_LIST_SYNC").await;
        assert_eq!((&sync["guild_id"], &sync["channel_ids"]), (&json!(town.guild), &json!([id])));
        assert_eq!((&sync["threads"][0]["id"], &sync["threads"][1]), (&thread["id"], &json!(null)));
        assert_eq!(sync["members"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_locked_thread_takes_words_of_moderators_only() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "done", "type": 11 })).await.ok(201);
        let thread = format!("/channels/{}", thread["id"].as_str().unwrap());
        town.owner.patch(&thread, json!({ "locked": true })).await.ok(200);
        let text = || json!({ "content": "but" });
        town.member.post(&format!("{thread}/messages"), text()).await.refused(403, 160_005);
        let sent = town.owner.post(&format!("{thread}/messages"), text()).await.ok(200);
        assert_eq!(town.owner.get(&thread).await.ok(200)["message_count"], 1);
        town.owner.delete(&format!("{thread}/messages/{}", sent["id"].as_str().unwrap())).await.ok(204);
        let seen = town.owner.get(&thread).await.ok(200);
        assert_eq!((&seen["message_count"], &seen["total_message_sent"]), (&json!(0), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn lists_of_threads_page() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let mut ids = Vec::new();
        for name in ["one", "two", "three"] {
            let thread = town.owner.post(&path, json!({ "name": name, "type": 12 })).await.ok(201);
            assert_eq!(thread["thread_metadata"]["invitable"], true);
            let id = thread["id"].as_str().unwrap().to_owned();
            town.owner.put(&format!("/channels/{id}/thread-members/{}", town.member.id), json!({})).await.ok(204);
            ids.push(id);
        }
        let public = town.owner.post(&path, json!({ "name": "all", "type": 11, "invitable": false })).await.ok(201);
        assert_eq!(public["thread_metadata"].get("invitable"), None);
        let active = town.member.get(&format!("/guilds/{}/threads/active", town.guild)).await.ok(200);
        let count = |list: &serde_json::Value, field: &str| list[field].as_array().unwrap().len();
        assert_eq!((count(&active, "threads"), count(&active, "members")), (4, 3));
        // Archived in another order than they were made in.
        for id in [&ids[1], &ids[0], &ids[2]] {
            town.owner.patch(&format!("/channels/{id}"), json!({ "archived": true })).await.ok(200);
            town.server.app.clock().advance(Duration::from_secs(1));
        }
        let listed = |list: &serde_json::Value| -> Vec<String> {
            let threads = list["threads"].as_array().unwrap().iter();
            threads.map(|thread| thread["id"].as_str().unwrap().to_owned()).collect()
        };
        let own = format!("/channels/{}/users/@me/threads/archived/private", town.channel);
        let first = town.member.get(&format!("{own}?limit=2")).await.ok(200);
        assert_eq!((listed(&first), &first["has_more"]), (vec![ids[2].clone(), ids[1].clone()], &json!(true)));
        assert_eq!(count(&first, "members"), 2);
        let rest = town.member.get(&format!("{own}?limit=2&before={}", ids[1])).await.ok(200);
        assert_eq!((listed(&rest), &rest["has_more"]), (vec![ids[0].clone()], &json!(false)));
        town.member.get(&format!("{own}?before=yesterday")).await.refused(400, 50_035);
        // Everybody's by when they were archived; for moderators of threads.
        let private = format!("{path}/archived/private");
        town.member.get(&private).await.refused(403, 50_013);
        let first = town.owner.get(&format!("{private}?limit=2")).await.ok(200);
        assert_eq!(listed(&first), [ids[2].clone(), ids[0].clone()]);
        let last = first["threads"][1]["thread_metadata"]["archive_timestamp"].as_str().unwrap().replace('+', "%2B");
        assert_eq!(listed(&town.owner.get(&format!("{private}?before={last}")).await.ok(200)), [ids[1].clone()]);
        // The same moment as `toISOString()` writes it; and the time of an hour ahead.
        let moment = &last[..23];
        assert_eq!(listed(&town.owner.get(&format!("{private}?before={moment}Z")).await.ok(200)), [ids[1].clone()]);
        assert!(listed(&town.owner.get(&format!("{private}?before={moment}%2B01:00")).await.ok(200)).is_empty());
        town.owner.get(&format!("{private}?before={}", ids[1])).await.refused(400, 50_035);
        town.owner.get(&format!("{private}?limit=1")).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn who_takes_part_is_listed_whole_or_in_pages() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "room", "type": 11 })).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        let mut socket = town.member.connect(0).await;
        let members = format!("/channels/{id}/thread-members");
        town.member.put(&format!("{members}/@me"), json!({})).await.ok(204);
        let told = socket.event("THREAD_CREATE").await;
        assert_eq!((&told["id"], told.get("newly_created")), (&json!(id), None), "who comes to it hears of it");
        let seen = town.member.get(&format!("/channels/{id}")).await.ok(200);
        assert_eq!(seen["member"]["user_id"], json!(town.member.id));
        let ids = |list: &serde_json::Value| -> Vec<serde_json::Value> {
            list.as_array().unwrap().iter().map(|one| one["user_id"].clone()).collect()
        };
        let all = town.member.get(&format!("{members}?limit=1")).await.ok(200);
        assert_eq!((ids(&all), all[0].get("member")), (vec![json!(town.owner.id), json!(town.member.id)], None));
        let page = town.member.get(&format!("{members}?limit=1&with_member=true")).await.ok(200);
        assert_eq!(ids(&page), [json!(town.owner.id)]);
        assert_eq!(page[0]["member"]["user"]["id"], json!(town.owner.id));
        let next = format!("{members}?limit=1&with_member=true&after={}", town.owner.id);
        assert_eq!(ids(&town.member.get(&next).await.ok(200)), [json!(town.member.id)]);
        town.member.get(&format!("{members}?limit=101&with_member=true")).await.refused(400, 50_035);
        town.member.get(&format!("{members}/{}", town.stranger.id)).await.refused(404, 10_007);
        // Applications read lists of members where they may.
        let bot = town.bot(8).await;
        bot.get(&members).await.ok(200);
        bot.patch("/applications/@me", json!({ "flags": 0 })).await.ok(200);
        bot.get(&members).await.refused(403, 50_001);
    })
    .await;
}

#[tokio::test]
async fn an_archived_thread_is_opened_before_anything_else() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "old", "type": 11 })).await.ok(201);
        let thread = format!("/channels/{}", thread["id"].as_str().unwrap());
        let sent = town.owner.post(&format!("{thread}/messages"), json!({ "content": "hm" })).await.ok(200);
        let react = format!("{thread}/messages/{}/reactions/%F0%9F%91%8D/@me", sent["id"].as_str().unwrap());
        town.owner.patch(&thread, json!({ "archived": true, "locked": true })).await.ok(200);
        for body in [json!({ "name": "older" }), json!({ "locked": false })] {
            town.owner.patch(&thread, body).await.refused(400, 50_083);
        }
        town.owner.put(&react, json!({})).await.refused(400, 50_083);
        town.member.patch(&thread, json!({ "archived": false })).await.refused(403, 50_013);
        town.owner.patch(&thread, json!({ "archived": false, "locked": false, "name": "new" })).await.ok(200);
        town.member.put(&react, json!({})).await.ok(204);

        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=111", town.guild)).await.ok(200);
        let changes = log["audit_log_entries"][0]["changes"].as_array().unwrap();
        let keys: Vec<_> = changes.iter().map(|change| change["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["archived", "locked", "name"], "what is in the metadata is told by its own name");
        assert_eq!((&changes[0]["old_value"], &changes[0]["new_value"]), (&json!(true), &json!(false)));
    })
    .await;
}

#[tokio::test]
async fn slow_mode_is_for_threads_too() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        town.owner.patch(&channel, json!({ "rate_limit_per_user": 30 })).await.ok(200);
        let said = town.say(&town.member, "one message and one thread").await;
        let thread = || json!({ "name": "thread", "type": 11 });
        let path = format!("{channel}/threads");
        town.member.post(&path, thread()).await.ok(201);
        town.member.post(&path, thread()).await.refused(429, 20_016);
        let of_message = format!("{channel}/messages/{}/threads", said["id"].as_str().unwrap());
        town.member.post(&of_message, json!({ "name": "thread" })).await.refused(429, 20_016);
        town.server.app.clock().advance(Duration::from_secs(30));
        town.member.post(&of_message, json!({ "name": "thread" })).await.ok(201);
        for _ in 0..2 {
            town.owner.post(&path, thread()).await.ok(201);
        }
    })
    .await;
}

#[tokio::test]
async fn who_takes_part_opens_a_private_thread_and_changes_nothing_else() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "name": "whisper", "type": 12, "invitable": false });
        let thread = town.owner.post(&format!("/channels/{}/threads", town.channel), body).await.ok(201);
        let path = format!("/channels/{}", thread["id"].as_str().unwrap());
        town.owner.put(&format!("{path}/thread-members/{}", town.member.id), json!({})).await.ok(204);
        town.owner.patch(&path, json!({ "archived": true })).await.ok(200);
        town.member.patch(&path, json!({ "archived": false, "invitable": true })).await.refused(403, 50_013);
        let opened = town.member.patch(&path, json!({ "archived": false })).await.ok(200);
        let metadata = &opened["thread_metadata"];
        assert_eq!((&metadata["archived"], &metadata["invitable"]), (&json!(false), &json!(false)));
        let opened = town.owner.patch(&path, json!({ "invitable": true })).await.ok(200);
        assert_eq!(opened["thread_metadata"]["invitable"], true);
    })
    .await;
}

#[tokio::test]
async fn who_is_mentioned_in_a_thread_takes_part_in_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let threads = format!("/channels/{}/threads", town.channel);
        let whisper = town.owner.post(&threads, json!({ "name": "whisper", "type": 12 })).await.ok(201);
        let id = whisper["id"].as_str().unwrap();
        let send = format!("/channels/{id}/messages");
        let mut socket = town.member.connect(0).await;
        let mut eyes = town.owner.connect(0).await;
        // Who is named without being called is not brought, and neither is who is not there at all.
        let quiet = json!({ "content": format!("<@{}>", town.member.id), "allowed_mentions": { "parse": [] } });
        town.owner.post(&send, quiet).await.ok(200);
        town.owner.post(&send, json!({ "content": format!("<@{}> <@77>", town.stranger.id) })).await.ok(200);
        town.member.get(&send).await.refused(403, 50_001);
        let call = json!({ "content": format!("come in, <@{}>", town.member.id) });
        town.owner.post(&send, call.clone()).await.ok(200);
        let mut names = socket.names_until("MESSAGE_CREATE").await;
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["THREAD_CREATE", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE"]);
        let update = eyes.event("THREAD_MEMBERS_UPDATE").await;
        assert_eq!(
            (&update["added_members"][0]["user_id"], &update["member_count"]),
            (&json!(town.member.id), &json!(2))
        );
        town.member.get(&send).await.ok(200);
        // It calls them like any other mention.
        let late = town.member.connect(0).await;
        let states = late.ready["read_state"]["entries"].as_array().unwrap().clone();
        let own = states.iter().find(|state| state["id"] == json!(id)).unwrap();
        assert_eq!(own["mention_count"], 1);
        // Called again, nothing more happens than that.
        town.owner.post(&send, call).await.ok(200);
        let names = socket.names_until("MESSAGE_CREATE").await;
        assert!(!names.iter().any(|name| name.starts_with("THREAD")), "{names:?}");
        // In a public one the same, also by a role; the first that they hear of it is the thread.
        let role = json!({ "name": "crew", "mentionable": true });
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), role).await.ok(200);
        let role = role["id"].as_str().unwrap();
        let holds = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
        town.owner.put(&holds, json!({})).await.ok(204);
        let open = town.owner.post(&threads, json!({ "name": "open", "type": 11 })).await.ok(201);
        let open = open["id"].as_str().unwrap();
        let body = json!({ "content": format!("<@&{role}>") });
        town.owner.post(&format!("/channels/{open}/messages"), body).await.ok(200);
        let members = town.owner.get(&format!("/channels/{open}/thread-members")).await.ok(200);
        let members: Vec<_> = members.as_array().unwrap().iter().map(|one| one["user_id"].clone()).collect();
        assert_eq!(members.len(), 2);
        assert!(members.contains(&json!(town.member.id)), "{members:?}");
    })
    .await;
}

#[tokio::test]
async fn a_mention_brings_nobody_where_its_author_may_not_or_they_see_nothing() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guest = town.server.person("guest").await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        guest.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        let threads = format!("/channels/{}/threads", town.channel);
        let body = json!({ "name": "closed", "type": 12, "invitable": false });
        let closed = town.owner.post(&threads, body).await.ok(201);
        let id = closed["id"].as_str().unwrap();
        let send = format!("/channels/{id}/messages");
        let call = |who: &str| json!({ "content": format!("<@{who}>") });
        // Its maker may.
        town.owner.post(&send, call(&town.member.id)).await.ok(200);
        // Whom the maker brought may not bring others.
        town.member.post(&send, call(&guest.id)).await.ok(200);
        guest.get(&send).await.refused(403, 50_001);
        town.owner.patch(&format!("/channels/{id}"), json!({ "invitable": true })).await.ok(200);
        // Nobody comes to a channel that they do not see.
        let hidden = format!("/channels/{}/permissions/{}", town.channel, guest.id);
        town.owner.put(&hidden, json!({ "type": 1, "allow": "0", "deny": "1024" })).await.ok(204);
        town.member.post(&send, call(&guest.id)).await.ok(200);
        town.owner.delete(&hidden).await.ok(204);
        guest.get(&send).await.refused(403, 50_001);
        town.member.post(&send, call(&guest.id)).await.ok(200);
        guest.get(&send).await.ok(200);
        // A thread that was archived opens with those who are in it and who are called.
        town.owner.delete(&format!("/channels/{id}/thread-members/{}", guest.id)).await.ok(204);
        town.owner.patch(&format!("/channels/{id}"), json!({ "archived": true })).await.ok(200);
        let mut socket = guest.connect(0).await;
        town.member.post(&send, call(&guest.id)).await.ok(200);
        assert_eq!(socket.event("THREAD_CREATE").await["id"], json!(id));
        assert_eq!(socket.event("MESSAGE_CREATE").await["channel_id"], json!(id));
        assert_eq!(town.owner.get(&format!("/channels/{id}")).await.ok(200)["member_count"], 3);
    })
    .await;
}
