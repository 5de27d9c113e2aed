//! Staff of the instance: people, ranks, suspension, figures, the log.

mod felt;

use std::time::Duration;

use guildhall_harness::{Client, PASSWORD, Town, on_both};
use serde_json::{Value, json};

fn moment(town: &Town, seconds: i64) -> Value {
    let micros = town.server.app.clock().micros() + seconds * 1_000_000;
    json!(guildhall_wire::Timestamp::from_micros(micros).unwrap())
}

async fn change(who: &Client, whom: &Client, body: Value) -> guildhall_harness::Answer {
    who.own("PATCH", &format!("/admin/users/{}", whom.id), body).await
}

async fn deeds(town: &Town) -> Vec<Value> {
    town.owner.own("GET", "/admin/audit", json!({})).await.ok(200).as_array().unwrap().clone()
}

#[tokio::test]
async fn a_suspension_shuts_out_and_lifts_itself() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let until = moment(&town, 60);
        let body = json!({ "suspended": true, "suspended_until": until, "reason": "spam" });
        let answer = change(&town.owner, &town.member, body).await.ok(200);
        assert_eq!((&answer["suspended"], &answer["suspended_reason"]), (&json!(true), &json!("spam")));
        assert_eq!(socket.closed().await, 4004);
        let refused = town.member.get("/users/@me").await;
        refused.refused(403, 7_000_002);
        assert_eq!(refused.body["suspended_until"], answer["suspended_until"]);
        let login = json!({ "login": "member", "password": PASSWORD });
        let refused = town.server.client().post("/auth/login", login.clone()).await;
        refused.refused(403, 7_000_002);
        assert_eq!(refused.body["suspended_until"], answer["suspended_until"]);
        let mut socket = town.member.open().await;
        socket.identify(town.member.token.as_deref().unwrap(), 0).await;
        assert_eq!(socket.closed().await, 4004);
        // The time of a suspension is over: nobody has to lift it.
        town.server.app.clock().advance(Duration::from_secs(61));
        town.server.client().post("/auth/login", login).await.ok(200);
        town.member.get("/users/@me").await.ok(200);
        town.member.connect(0).await;
        let list = town.owner.own("GET", "/admin/users?query=member", json!({})).await.ok(200);
        assert_eq!(list["users"][0]["suspended"], false);
        // For good, until somebody lifts it.
        let answer = change(&town.owner, &town.member, json!({ "suspended": true })).await.ok(200);
        assert_eq!(answer["suspended_until"], Value::Null);
        town.member.get("/users/@me").await.refused(403, 7_000_002);
        change(&town.owner, &town.member, json!({ "suspended": false })).await.ok(200);
        town.member.get("/users/@me").await.ok(200);
        let past = moment(&town, -5);
        change(&town.owner, &town.member, json!({ "suspended_until": past })).await.refused(400, 50_035);
        let actions: Vec<_> = deeds(&town).await.iter().map(|deed| deed["action"].clone()).collect();
        assert_eq!(
            actions,
            ["user.update", "user.update", "user.update", "user.create", "user.create", "instance.setup"]
        );
    })
    .await;
}

#[tokio::test]
async fn only_owners_reach_staff() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (admin, other) = (town.server.person("admin").await, town.server.person("other").await);
        let promote = json!({ "rank": "admin" });
        change(&town.member, &other, promote.clone()).await.refused(403, 50_013);
        let mut socket = admin.connect(0).await;
        assert!(admin.get("/users/@me").await.ok(200).get("staff").is_none());
        change(&town.owner, &admin, promote.clone()).await.ok(200);
        assert_eq!(socket.event("USER_UPDATE").await["staff"], true);
        change(&town.owner, &admin, json!({ "rank": "member" })).await.ok(200);
        assert!(socket.event("USER_UPDATE").await.get("staff").is_none());
        for admin in [&admin, &other] {
            assert_eq!(change(&town.owner, admin, promote.clone()).await.ok(200)["rank"], "admin");
        }
        let before = deeds(&town).await.len();
        // An admin reaches neither owners nor admins nor itself, and gives no rank.
        for (target, body) in [
            (&town.owner, json!({ "rank": "member" })),
            (&town.owner, json!({ "suspended": true })),
            (&other, json!({ "rank": "member" })),
            (&other, json!({ "suspended": true })),
            (&admin, json!({ "rank": "owner" })),
            (&town.member, json!({ "rank": "owner" })),
            (&town.member, json!({ "rank": "admin" })),
        ] {
            change(&admin, target, body).await.refused(403, 50_013);
        }
        for target in [&town.owner, &other, &admin] {
            admin.own("DELETE", &format!("/admin/users/{}", target.id), json!({})).await.refused(403, 50_013);
        }
        admin.own("POST", "/admin/users/remove-others", json!({ "password": PASSWORD })).await.refused(403, 50_013);
        change(&town.owner, &town.owner, json!({ "rank": "member" })).await.refused(403, 50_013);
        change(&town.owner, &other, json!({})).await.refused(400, 50_035);
        change(&town.owner, &other, json!({ "rank": "king" })).await.refused(400, 50_035);
        assert_eq!(deeds(&town).await.len(), before, "what is refused is no deed");
        change(&admin, &town.member, json!({ "suspended": true })).await.ok(200);
        // Whoever is demoted is refused with the very next call.
        admin.own("GET", "/admin/users", json!({})).await.ok(200);
        change(&town.owner, &admin, json!({ "rank": "member" })).await.ok(200);
        admin.own("GET", "/admin/users", json!({})).await.refused(403, 50_013);
        let entries = deeds(&town).await;
        assert_eq!(entries.len(), before + 2);
        assert_eq!(entries[0]["actor"]["username"], "owner");
        assert_eq!(entries[0]["target"], json!(admin.id));
        assert_eq!(entries[0]["metadata"]["changes"]["rank"], json!({ "old": "admin", "new": "member" }));
        assert_eq!(entries[1]["actor"]["id"], json!(admin.id));
    })
    .await;
}

#[tokio::test]
async fn who_is_removed_leaves_what_they_wrote() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let message = town.say(&town.member, "I was here").await;
        town.owner.put(&format!("/users/@me/relationships/{}", town.member.id), json!({})).await.ok(204);
        town.member.put(&format!("/users/@me/relationships/{}", town.owner.id), json!({})).await.ok(204);
        let guild = town.member.post("/guilds", json!({ "name": "Theirs" })).await.ok(201);
        let heirless = guild["id"].as_str().unwrap().to_owned();
        let mut socket = town.member.connect(0).await;
        let mut watching = town.owner.connect(0).await;
        town.owner.own("DELETE", &format!("/admin/users/{}", town.member.id), json!({})).await.ok(204);
        assert_eq!(socket.closed().await, 4004);
        let names = watching.names_until("RELATIONSHIP_REMOVE").await;
        assert!(names.contains(&"GUILD_MEMBER_REMOVE".into()), "{names:?}");
        town.member.get("/users/@me").await.refused(401, 0);
        let path = format!("/channels/{}/messages/{}", town.channel, message["id"].as_str().unwrap());
        let kept = town.owner.get(&path).await.ok(200);
        assert_eq!(kept["content"], "I was here");
        assert_eq!(kept["author"]["username"], format!("deleted_user_{}", town.member.id));
        town.owner.get(&format!("/guilds/{}/members/{}", town.guild, town.member.id)).await.refused(404, 10_007);
        assert!(town.server.app.bus().guild(heirless.parse().unwrap()).is_none(), "nobody is left in it");
        // The name is free again.
        let again = town.server.person("member").await;
        assert_ne!(again.id, town.member.id);
        town.owner.own("DELETE", &format!("/admin/users/{}", town.member.id), json!({})).await.refused(404, 10_013);
        let deeds = deeds(&town).await;
        let deed = deeds.iter().find(|deed| deed["action"] == "user.delete").unwrap();
        assert_eq!((&deed["action"], &deed["metadata"]["username"]), (&json!("user.delete"), &json!("member")));
    })
    .await;
}

#[tokio::test]
async fn the_owner_may_remove_all_others() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        // An admin's guild with a member: it is inherited. The log outlives the admin.
        change(&town.owner, &town.stranger, json!({ "rank": "admin" })).await.ok(200);
        town.stranger.own("PATCH", "/admin/settings", json!({ "name": "Renamed" })).await.ok(200);
        let guild = town.stranger.post("/guilds", json!({ "name": "Theirs" })).await.ok(201);
        let channels = town.stranger.get(&format!("/guilds/{}/channels", guild["id"].as_str().unwrap())).await.ok(200);
        let text = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
        let path = format!("/channels/{}/invites", text["id"].as_str().unwrap());
        let invite = town.stranger.post(&path, json!({})).await.ok(200);
        for client in [&town.member, &town.owner] {
            client.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        }
        let remove = |password: &str| {
            let (owner, body) = (town.owner.clone(), json!({ "password": password }));
            async move { owner.own("POST", "/admin/users/remove-others", body).await }
        };
        remove("wrong password").await.refused(400, 50_035);
        assert_eq!(remove(PASSWORD).await.ok(200)["removed"], 2);
        assert_eq!(town.owner.own("GET", "/admin/users", json!({})).await.ok(200)["total"], 1);
        town.stranger.get("/users/@me").await.refused(401, 0);
        let guild = town.owner.get(&format!("/guilds/{}", guild["id"].as_str().unwrap())).await.ok(200);
        assert_eq!(guild["owner_id"], json!(town.owner.id));
        let entries = deeds(&town).await;
        assert_eq!(
            (&entries[0]["action"], &entries[0]["metadata"]["removed"]),
            (&json!("user.remove_others"), &json!(2))
        );
        let renamed = entries.iter().find(|entry| entry["action"] == "settings.update").unwrap();
        assert_eq!(renamed["actor"], json!({ "id": town.stranger.id, "username": "stranger" }));
        assert_eq!(renamed["metadata"]["changes"]["name"], json!({ "old": "Guildhall", "new": "Renamed" }));
        // No call changes or removes an entry.
        for method in ["PATCH", "PUT", "DELETE", "POST"] {
            town.owner.own(method, "/admin/audit", json!({})).await.refused(405, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn figures_are_those_of_the_database() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        town.bot(0).await;
        town.say(&town.owner, "one").await;
        town.server.app.clock().advance(Duration::from_secs(3601));
        town.say(&town.owner, "two").await;
        let _socket = town.member.connect(0).await;
        let stats = town.owner.own("GET", "/admin/stats", json!({})).await.ok(200);
        let count = |sql: &'static str| {
            let app = town.server.app.clone();
            async move {
                let found: Option<i64> = guildhall_db::Records::scalar(&mut app.db(), sql, vec![]).await.unwrap();
                json!(found.unwrap())
            }
        };
        assert_eq!(stats["users"], count("SELECT COUNT(*) FROM users WHERE bot = 0").await);
        assert_eq!(stats["bots"], 1);
        assert_eq!(stats["guilds"], count("SELECT COUNT(*) FROM guilds").await);
        assert_eq!(stats["channels"], count("SELECT COUNT(*) FROM channels WHERE guild_id IS NOT NULL").await);
        assert_eq!(stats["messages"], count("SELECT COUNT(*) FROM messages").await);
        assert_eq!(stats["messages_last_hour"], 1);
        assert_eq!(stats["sessions"], 1);
        assert!(stats["uptime_seconds"].as_u64().unwrap() >= 3601);
        assert!(stats["memory_bytes"].as_u64().unwrap() > 1_000_000, "{stats}");
        assert!(stats["cpu_percent"].as_f64().unwrap() >= 0.0);
    })
    .await;
}

#[tokio::test]
async fn the_log_and_the_list_have_pages() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for seconds in 1..=3 {
            town.owner.own("PATCH", "/admin/settings", json!({ "slow_mode_seconds": seconds })).await.ok(200);
        }
        let page = |path: String| {
            let owner = town.owner.clone();
            async move { owner.own("GET", &path, json!({})).await }
        };
        let first = page("/admin/audit?limit=2".into()).await.ok(200);
        assert_eq!(first.as_array().unwrap().len(), 2);
        let before = first[1]["id"].as_str().unwrap();
        let rest = page(format!("/admin/audit?before={before}")).await.ok(200);
        assert_eq!(rest.as_array().unwrap().len(), 4, "{rest}");
        page("/admin/audit?limit=201".into()).await.refused(400, 50_035);
        let all = page("/admin/users".into()).await.ok(200);
        assert_eq!((&all["total"], all["users"].as_array().unwrap().len()), (&json!(3), 3));
        let first = page("/admin/users?limit=1".into()).await.ok(200);
        let after = first["users"][0]["id"].as_str().unwrap();
        assert_eq!((&first["total"], &first["users"][0]["rank"]), (&json!(3), &json!("owner")));
        let rest = page(format!("/admin/users?after={after}")).await.ok(200);
        assert_eq!(rest["users"].as_array().unwrap().len(), 2);
        let found = page("/admin/users?query=STRANGER%40example".into()).await.ok(200);
        assert_eq!((&found["total"], &found["users"][0]["username"]), (&json!(1), &json!("stranger")));
        assert_eq!(page("/admin/users?query=%25".into()).await.ok(200)["total"], 0);
        page("/admin/users?limit=0".into()).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn a_read_only_instance_and_slow_mode_are_felt_at_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/messages", town.channel);
        let said = town.say(&town.member, "before").await;
        let message = format!("{path}/{}", said["id"].as_str().unwrap());
        let text = || json!({ "content": "after" });
        let mut socket = town.member.connect(0).await;
        let set = |body: serde_json::Value| {
            let owner = town.owner.clone();
            async move { owner.own("PATCH", "/admin/settings", body).await }
        };
        set(json!({ "read_only": true })).await.ok(200);
        assert_eq!(socket.event("GUILDHALL_INSTANCE_UPDATE").await["read_only"], true);
        set(json!({ "read_only": true })).await.refused(400, 50_035);
        town.member.post(&path, text()).await.refused(403, 7_000_003);
        town.member.patch(&message, text()).await.refused(403, 7_000_003);
        town.member.put(&format!("{message}/reactions/%F0%9F%91%8D/@me"), json!({})).await.refused(403, 7_000_003);
        let thread = json!({ "name": "no", "type": 11 });
        town.member.post(&format!("/channels/{}/threads", town.channel), thread).await.refused(403, 7_000_003);
        town.owner.post(&path, text()).await.ok(200);
        town.member.get(&path).await.ok(200);
        set(json!({ "read_only": false, "slow_mode_seconds": 5 })).await.ok(200);
        assert_eq!(socket.event("GUILDHALL_INSTANCE_UPDATE").await["slow_mode_seconds"], 5);
        town.member.post(&path, text()).await.ok(200);
        town.member.post(&path, text()).await.refused(429, 20_016);
        town.owner.post(&path, text()).await.ok(200);
        town.owner.post(&path, text()).await.ok(200);
        // What a new start finds: the settings, and when somebody last wrote.
        let kept = guildhall_store::instance::get(&mut town.server.app.db(), "settings").await.unwrap().unwrap();
        assert!(kept.contains("\"slow_mode_seconds\":5"), "{kept}");
        town.server.app.clock().advance(Duration::from_secs(5));
        town.member.post(&path, text()).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn staff_lists_and_removes_guilds() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made = town.member.post("/guilds", json!({ "name": "Den_of 100%" })).await.ok(201);
        let all = town.owner.own("GET", "/admin/guilds", json!({})).await.ok(200);
        assert_eq!((&all["total"], &all["guilds"][0]["name"]), (&json!(2), &json!("Town")));
        assert_eq!(all["guilds"][0]["members"], 2);
        let found = town.owner.own("GET", "/admin/guilds?query=N_OF%20100%25", json!({})).await.ok(200);
        assert_eq!((&found["total"], &found["guilds"][0]["owner"]["username"]), (&json!(1), &json!("member")));
        assert_eq!(town.owner.own("GET", "/admin/guilds?query=n%25of", json!({})).await.ok(200)["total"], 0);
        let page = format!("/admin/guilds?limit=1&after={}", town.guild);
        assert_eq!(town.owner.own("GET", &page, json!({})).await.ok(200)["guilds"][0]["id"], made["id"]);
        town.owner.own("GET", "/admin/guilds?limit=201", json!({})).await.refused(400, 50_035);
        let mut socket = town.member.connect(0).await;
        let path = format!("/admin/guilds/{}", made["id"].as_str().unwrap());
        town.owner.own("DELETE", &path, json!({})).await.ok(204);
        assert_eq!(socket.event("GUILD_DELETE").await["id"], made["id"]);
        town.owner.own("DELETE", &path, json!({})).await.refused(404, 10_004);
        let log = town.owner.own("GET", "/admin/audit", json!({})).await.ok(200);
        assert_eq!((&log[0]["action"], &log[0]["metadata"]["name"]), (&json!("guild.delete"), &json!("Den_of 100%")));
    })
    .await;
}

#[tokio::test]
async fn staff_makes_accounts_and_ends_logins() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let closed = json!({ "registration": "closed" });
        town.owner.own("PATCH", "/admin/settings", closed).await.ok(200);
        let body = json!({ "username": "newcomer", "email": "new@example.org" });
        town.member.own("POST", "/admin/users", body.clone()).await.refused(403, 50_013);
        let made = town.owner.own("POST", "/admin/users", body.clone()).await.ok(201);
        assert_eq!((&made["user"]["username"], &made["user"]["rank"]), (&json!("newcomer"), &json!("member")));
        town.owner.own("POST", "/admin/users", body).await.refused(400, 50_035);
        let wrong = json!({ "username": "x", "email": "nowhere" });
        town.owner.own("POST", "/admin/users", wrong).await.refused(400, 50_035);
        let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
        let reset = json!({ "token": token, "password": "a new password" });
        let login = town.server.client().post("/auth/reset", reset).await.ok(200);
        let id = made["user"]["id"].as_str().unwrap().to_owned();
        let newcomer = town.server.client().with(login["token"].as_str().unwrap(), &id);
        let mut socket = newcomer.connect(0).await;
        let path = format!("/admin/users/{id}/sessions");
        town.member.own("GET", &path, json!({})).await.refused(403, 50_013);
        let list = town.owner.own("GET", &path, json!({})).await.ok(200);
        assert_eq!((list.as_array().unwrap().len(), &list[0]["current"]), (1, &json!(false)));
        let one = format!("{path}/{}", list[0]["id"].as_str().unwrap());
        town.owner.own("DELETE", &one, json!({})).await.ok(204);
        assert_eq!(socket.closed().await, 4004);
        newcomer.get("/users/@me").await.refused(401, 0);
        town.owner.own("DELETE", &one, json!({})).await.refused(404, 10_020);
        let mut socket = town.member.connect(0).await;
        let path = format!("/admin/users/{}/sessions", town.member.id);
        town.owner.own("DELETE", &path, json!({})).await.ok(204);
        assert_eq!(socket.closed().await, 4004);
        town.owner
            .own("GET", &format!("/admin/users/{}/sessions", town.owner.id), json!({}))
            .await
            .refused(403, 50_013);
        let bot = town.bot(0).await;
        town.owner.own("DELETE", &format!("/admin/users/{}/sessions", bot.id), json!({})).await.refused(404, 10_020);
        bot.get("/users/@me").await.ok(200);
        let all = deeds(&town).await;
        let actions: Vec<_> = all.iter().take(4).map(|deed| deed["action"].clone()).collect();
        assert_eq!(actions, ["user.end_sessions", "user.end_sessions", "user.create", "settings.update"]);
        assert_eq!(all[2]["target"], json!(id));
    })
    .await;
}

#[tokio::test]
async fn staff_switches_a_second_factor_off() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/admin/users/{}/mfa", town.member.id);
        town.owner.own("DELETE", &path, json!({})).await.refused(400, 60_002);
        crate::mfa::enable(&town).await;
        town.stranger.own("DELETE", &path, json!({})).await.refused(403, 50_013);
        town.owner.own("DELETE", &path, json!({})).await.ok(204);
        let login = json!({ "login": "member", "password": PASSWORD });
        assert_eq!(town.server.client().post("/auth/login", login).await.ok(200)["mfa"], false);
        assert_eq!(deeds(&town).await[0]["action"], "user.reset_mfa");
    })
    .await;
}
