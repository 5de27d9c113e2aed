//! Guilds that anybody finds and comes into.

use guildhall_harness::{Client, Server, Town, on_both};
use serde_json::{Value, json};

const LIST: &str = "/discoverable-guilds";

async fn publish(who: &Client, guild: &str) {
    who.patch(&format!("/guilds/{guild}"), json!({ "features": ["DISCOVERABLE"] })).await.ok(200);
}

/// Sets what a guild is found by.
async fn tag(who: &Client, guild: &str, keywords: &[&str]) {
    let path = format!("/guilds/{guild}/discovery-metadata");
    who.patch(&path, json!({ "keywords": keywords })).await.ok(200);
}

/// A public guild of somebody's, with so many members beside them.
async fn open_guild(owner: &Client, name: &str, members: &[&Client]) -> String {
    let made = owner.post("/guilds", json!({ "name": name })).await.ok(201);
    let id = made["id"].as_str().unwrap().to_owned();
    publish(owner, &id).await;
    for member in members {
        member.put(&format!("/guilds/{id}/members/@me"), json!({})).await.ok(200);
    }
    id
}

fn names(page: &Value) -> Vec<&str> {
    page["guilds"].as_array().unwrap().iter().map(|guild| guild["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn keywords_are_kept_and_logged_when_they_change() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/discovery-metadata", town.guild);
        assert_eq!(town.owner.get(&path).await.ok(200), json!({ "guild_id": town.guild, "keywords": [] }));
        for who in [&town.member, &town.bot(0).await] {
            who.get(&path).await.refused(403, 50_013);
            who.patch(&path, json!({ "keywords": ["mine"] })).await.refused(403, 50_013);
        }
        let manager = town.bot(32).await;
        let set = manager.patch(&path, json!({ "keywords": [" chess ", "Go"] })).await.ok(200);
        assert_eq!(set, json!({ "guild_id": town.guild, "keywords": ["chess", "Go"] }));
        // The same again is no change.
        manager.patch(&path, json!({ "keywords": ["chess", "Go"] })).await.ok(200);
        let long = "x".repeat(31);
        for (wrong, place) in [
            (json!(["chess", ""]), "1"),
            (json!(["chess", "  "]), "1"),
            (json!([long]), "0"),
            (json!(["chess", "go", "CHESS"]), "2"),
            (json!(["café", "Cafe\u{301}"]), "1"),
            (json!(["two\nlines"]), "0"),
            (json!(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]), "_errors"),
            (json!("chess"), "_errors"),
        ] {
            let answer = manager.patch(&path, json!({ "keywords": wrong })).await;
            answer.refused(400, 50_035);
            assert!(answer.body["errors"]["keywords"].get(place).is_some(), "{wrong}: {answer:?}");
        }
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=1", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert_eq!(entries.len(), 1, "{log}");
        assert_eq!(
            (&entries[0]["user_id"], &entries[0]["target_id"], &entries[0]["changes"]),
            (
                &json!(manager.id),
                &json!(town.guild),
                &json!([{ "key": "keywords", "old_value": [], "new_value": ["chess", "Go"] }])
            )
        );
        // Other changes leave them, and so does a new start.
        town.owner.patch(&format!("/guilds/{}", town.guild), json!({ "name": "City" })).await.ok(200);
        let again = town.server.again().await;
        let kept = town.owner.moved(again.address).get(&path).await.ok(200);
        assert_eq!(kept["keywords"], json!(["chess", "Go"]));
        // It replaces: what is left out is gone.
        assert_eq!(manager.patch(&path, json!({})).await.ok(200)["keywords"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn administrators_open_a_guild_to_anybody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}", town.guild);
        let (manager, administrator) = (town.bot(32).await, town.bot(8).await);
        let open = json!({ "features": ["DISCOVERABLE"] });
        town.member.patch(&path, open.clone()).await.refused(403, 50_013);
        manager.patch(&path, open.clone()).await.refused(403, 50_013);
        let changed = administrator.patch(&path, open.clone()).await.ok(200);
        assert_eq!(changed["features"], json!(["DISCOVERABLE"]));
        // Who may not switch it leaves it as it is, or changes nothing at all.
        manager.patch(&path, json!({ "features": ["INVITES_DISABLED"] })).await.refused(403, 50_013);
        let both = json!({ "features": ["DISCOVERABLE", "INVITES_DISABLED"] });
        assert_eq!(manager.patch(&path, both.clone()).await.ok(200)["features"], both["features"]);
        let log = town.owner.get(&format!("{path}/audit-logs?action_type=1")).await.ok(200);
        assert_eq!(log["audit_log_entries"][1]["changes"][0]["key"], "features");
        let closed = town.owner.patch(&path, json!({ "features": [] })).await.ok(200);
        assert_eq!(closed["features"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_list_shows_public_guilds_and_nothing_of_others() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}", town.guild);
        tag(&town.owner, &town.guild, &["harbour"]).await;
        town.owner.patch(&path, json!({ "description": "By the sea" })).await.ok(200);
        let none = json!({ "guilds": [], "total": 0, "limit": 48, "offset": 0 });
        assert_eq!(town.stranger.get(LIST).await.ok(200), none);
        let named = format!("{LIST}?guild_ids={}", town.guild);
        assert_eq!(town.stranger.get(&named).await.ok(200), none);
        let search = format!("{LIST}/search?query=harbour");
        assert_eq!(town.stranger.get(&search).await.ok(200)["total"], 0);

        publish(&town.owner, &town.guild).await;
        let _socket = town.member.connect(0).await;
        let page = town.stranger.get(&named).await.ok(200);
        assert_eq!(
            page["guilds"],
            json!([{
                "id": town.guild, "name": "Town", "icon": null, "description": "By the sea", "banner": null,
                "splash": null, "discovery_splash": null, "features": ["DISCOVERABLE"], "vanity_url_code": null,
                "preferred_locale": "en-US", "premium_subscription_count": 0, "approximate_member_count": 2,
                "approximate_presence_count": 1, "auto_removed": false, "keywords": ["harbour"],
            }])
        );
        assert_eq!(town.stranger.get(&search).await.ok(200)["guilds"], page["guilds"]);
        let preview = town.stranger.get(&format!("{path}/preview")).await.ok(200);
        assert_eq!(preview["approximate_member_count"], 2);

        // Not for who is not logged in, for bots, or for who is shut out.
        for path in [LIST, &search] {
            town.server.client().get(path).await.refused(401, 0);
            town.bot(0).await.get(path).await.refused(403, 20_001);
        }
        let shut = json!({ "suspended": true });
        town.owner.own("PATCH", &format!("/admin/users/{}", town.stranger.id), shut).await.ok(200);
        town.stranger.get(LIST).await.refused(403, 7_000_002);
        let join = format!("{path}/members/@me");
        town.stranger.put(&join, json!({})).await.refused(403, 7_000_002);

        // Whoever closes it, or is gone, is not seen any more.
        town.owner.patch(&path, json!({ "features": [] })).await.ok(200);
        assert_eq!(town.member.get(LIST).await.ok(200), none);
        let den = open_guild(&town.owner, "Den", &[]).await;
        assert_eq!(names(&town.member.get(LIST).await.ok(200)), ["Den"]);
        town.owner.delete(&format!("/guilds/{den}")).await.ok(204);
        assert_eq!(town.member.get(LIST).await.ok(200), none);
    })
    .await;
}

#[tokio::test]
async fn the_list_is_ordered_paged_and_searched() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (some, more) = (town.server.person("some").await, town.server.person("more").await);
        open_guild(&town.owner, "First", &[]).await;
        let second = open_guild(&town.owner, "Second", &[&some]).await;
        open_guild(&town.member, "Third", &[]).await;
        let fourth = open_guild(&town.member, "École", &[&some, &more]).await;
        // People came after it was read.
        town.server.app.clock().advance(std::time::Duration::from_secs(2));
        let all = town.stranger.get(LIST).await.ok(200);
        assert_eq!((names(&all), &all["total"]), (vec!["École", "Second", "First", "Third"], &json!(4)));
        let page = |query: &str| {
            let path = format!("{LIST}?{query}");
            async { town.stranger.get(&{ path }).await.ok(200) }
        };
        assert_eq!(names(&page("limit=2").await), ["École", "Second"]);
        let last = page("limit=2&offset=3").await;
        assert_eq!(
            (names(&last), &last["total"], &last["limit"], &last["offset"]),
            (vec!["Third"], &json!(4), &json!(2), &json!(3))
        );
        assert_eq!(names(&page("offset=4").await), Vec::<&str>::new());
        // Certain ones, however they are written; pages are for who asks for all.
        let ids = page(&format!("guild_ids={second}&guild_ids={fourth}&limit=1&offset=1")).await;
        assert_eq!(names(&ids), ["École", "Second"]);
        assert_eq!(names(&page(&format!("guild_ids={second},{fourth}")).await), ["École", "Second"]);
        let many = (1..50).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        for wrong in ["limit=0", "limit=49", "limit=x", "offset=-1", "guild_ids=x", &format!("guild_ids={many}")] {
            town.stranger.get(&format!("{LIST}?{wrong}")).await.refused(400, 50_035);
        }

        tag(&town.owner, &second, &["Board games", "chess"]).await;
        let about = json!({ "description": "We play CHESS by post" });
        town.member.patch(&format!("/guilds/{fourth}"), about).await.ok(200);
        let search = |query: &str| {
            let path = format!("{LIST}/search?query={query}");
            async { town.stranger.get(&{ path }).await.ok(200) }
        };
        // By name, description and keyword, in any case, with accents or without; all words have to be there.
        for (query, found) in [
            ("", vec!["École", "Second", "First", "Third"]),
            ("ecole", vec!["École"]),
            ("Chess", vec!["École", "Second"]),
            ("chess%20board", vec!["Second"]),
            ("chess%20nobody", vec![]),
            ("%25", vec![]),
            ("ir", vec!["First", "Third"]),
        ] {
            let page = search(query).await;
            assert_eq!((names(&page), &page["total"]), (found.clone(), &json!(found.len())), "{query}");
        }
        let page = search("chess&limit=1&offset=1").await;
        assert_eq!((names(&page), &page["total"]), (vec!["Second"], &json!(2)));
        assert_eq!(search("").await["limit"], 24);
        let long = "x".repeat(101);
        for wrong in [format!("query={long}"), "query=x&offset=3000".into(), "query=x&limit=49".into()] {
            town.stranger.get(&format!("{LIST}/search?{wrong}")).await.refused(400, 50_035);
        }
    })
    .await;
}

#[tokio::test]
async fn who_asks_for_the_list_too_often_waits() {
    let server = Server::limited(guildhall_db::Engine::Sqlite).await;
    let (owner, guild) = server.set_up().await;
    for (path, most) in [(LIST, 20), ("/discoverable-guilds/search?query=x", 20)] {
        for _ in 0..most {
            owner.get(path).await.ok(200);
        }
        assert_eq!(owner.get(path).await.status, 429, "{path}");
    }
    for _ in 0..10 {
        owner.put(&format!("/guilds/{guild}/members/@me"), json!({})).await.ok(200);
    }
    assert_eq!(owner.put(&format!("/guilds/{guild}/members/@me"), json!({})).await.status, 429);
}

#[tokio::test]
async fn anybody_comes_into_a_public_guild_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/members/@me", town.guild);
        town.stranger.put("/guilds/1/members/@me", json!({})).await.refused(404, 10_004);
        town.stranger.put(&path, json!({})).await.refused(404, 10_004);
        publish(&town.owner, &town.guild).await;
        town.server.client().put(&path, json!({})).await.refused(401, 0);
        town.bot(0).await.put(&path, json!({})).await.refused(403, 20_001);
        town.stranger.put(&format!("{path}?lurker=true"), json!({})).await.refused(400, 50_035);

        let mut socket = town.owner.connect(0).await;
        let mut theirs = town.stranger.connect(0).await;
        let guild = town.stranger.put(&format!("{path}?lurker=false"), json!({})).await.ok(200);
        assert_eq!((&guild["id"], &guild["name"]), (&json!(town.guild), &json!("Town")));
        let joined = socket.event("GUILD_MEMBER_ADD").await;
        assert_eq!((&joined["user"]["id"], &joined["guild_id"]), (&json!(town.stranger.id), &json!(town.guild)));
        let told = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&told["type"], &told["author"]["id"]), (&json!(7), &json!(town.stranger.id)));
        assert_eq!(theirs.event("GUILD_CREATE").await["id"], json!(town.guild));
        // Who is in comes in no second time, and is not refused when the door is closed.
        for features in [json!(["DISCOVERABLE"]), json!([])] {
            town.owner.patch(&format!("/guilds/{}", town.guild), json!({ "features": features })).await.ok(200);
            let again = town.stranger.ask("PUT", &path, None).await.ok(200);
            assert_eq!(again["id"], json!(town.guild));
        }
        town.say(&town.owner, "end").await;
        let names = socket.names_until("MESSAGE_CREATE").await;
        assert!(!names.iter().any(|name| name == "GUILD_MEMBER_ADD"), "{names:?}");
        let history = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let welcomes = history.as_array().unwrap().iter().filter(|message| message["type"] == 7);
        assert_eq!(welcomes.count(), 2, "one for each who came: {history}");
    })
    .await;
}

#[tokio::test]
async fn what_keeps_an_invite_from_letting_in_keeps_the_list_from_it_too() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        publish(&town.owner, &town.guild).await;
        let guild = format!("/guilds/{}", town.guild);
        let path = format!("{guild}/members/@me");
        let ban = format!("{guild}/bans/{}", town.stranger.id);
        town.owner.put(&ban, json!({})).await.ok(204);
        town.stranger.put(&path, json!({})).await.refused(403, 40_007);
        town.owner.delete(&ban).await.ok(204);
        let closed = json!({ "features": ["DISCOVERABLE", "INVITES_DISABLED"] });
        town.owner.patch(&guild, closed).await.ok(200);
        town.stranger.put(&path, json!({})).await.refused(403, 7_000_010);
        publish(&town.owner, &town.guild).await;
        let until = town.server.app.clock().micros() + 3_600_000_000;
        let until = json!(guildhall_wire::Timestamp::from_micros(until).unwrap());
        let incident = format!("{guild}/incident-actions");
        town.owner.put(&incident, json!({ "invites_disabled_until": until })).await.ok(200);
        town.stranger.put(&path, json!({})).await.refused(403, 7_000_010);
        town.owner.put(&incident, json!({ "invites_disabled_until": null })).await.ok(200);
        // Who is in as many guilds as one can be.
        let full = town.server.person("full").await;
        for number in 0..200 {
            let name = format!("guild {number}");
            full.post("/guilds", json!({ "name": name })).await.ok(201);
        }
        full.put(&path, json!({})).await.refused(400, 30_001);
        let state = town.server.app.bus().guild(town.guild.parse().unwrap()).unwrap();
        assert_eq!(state.members.len(), 2, "nobody came in");
    })
    .await;
}

#[tokio::test]
async fn who_comes_in_by_the_list_is_asked_and_judged_as_by_an_invite() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        publish(&town.owner, &town.guild).await;
        let guild = format!("/guilds/{}", town.guild);
        let path = format!("{guild}/members/@me");
        let form = format!("{guild}/member-verification");
        let terms = json!({ "field_type": "TERMS", "label": "Rules", "required": true, "values": ["Be kind"] });
        town.owner.patch(&form, json!({ "enabled": true, "form_fields": [terms] })).await.ok(200);
        // What they will be asked is read before, as with an invite.
        assert_eq!(town.stranger.get(&form).await.ok(200)["form_fields"][0]["label"], "Rules");
        let rule = json!({
            "name": "names", "event_type": 2, "trigger_type": 6, "enabled": true, "actions": [{ "type": 4 }],
            "trigger_metadata": { "keyword_filter": ["stranger"] },
        });
        town.owner.post(&format!("{guild}/auto-moderation/rules"), rule).await.ok(200);
        let mut channels = vec![json!(town.channel)];
        for number in 0..6 {
            let body = json!({ "name": format!("room-{number}"), "type": 0 });
            channels.push(town.owner.post(&format!("{guild}/channels"), body).await.ok(201)["id"].clone());
        }
        let body = json!({ "prompts": [], "default_channel_ids": channels, "enabled": true, "mode": 0 });
        town.owner.put(&format!("{guild}/onboarding"), body).await.ok(200);

        town.stranger.put(&path, json!({})).await.ok(200);
        let joined = town.owner.get(&format!("{guild}/members/{}", town.stranger.id)).await.ok(200);
        // Onboarding began (8), and the name is one that keeps from taking part (128).
        assert_eq!((&joined["pending"], &joined["flags"]), (&json!(true), &json!(8 | 128)));
        let history = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let greeted = history.as_array().unwrap().iter().any(|one| one["author"]["id"] == json!(town.stranger.id));
        assert!(!greeted, "who still has a form to fill in is not greeted yet");
    })
    .await;
}

#[tokio::test]
async fn people_who_come_at_once_come_in_once_each() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        publish(&town.owner, &town.guild).await;
        let path = format!("/guilds/{}/members/@me", town.guild);
        let answers = futures_util::future::join_all((0..8).map(|_| town.stranger.put(&path, json!({})))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let history = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let welcomes = history.as_array().unwrap().iter().filter(|one| one["author"]["id"] == json!(town.stranger.id));
        assert_eq!(welcomes.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn staff_closes_the_list() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (guild, settings) = (format!("/guilds/{}", town.guild), "/admin/settings");
        publish(&town.owner, &town.guild).await;
        let instance = town.server.client().own("GET", "/instance", json!({})).await.ok(200);
        assert_eq!(instance["discovery"], true, "there is one from the start");
        assert_eq!(town.stranger.get(LIST).await.ok(200)["total"], 1);
        let closed = json!({ "discovery": false });
        town.member.own("PATCH", settings, closed.clone()).await.refused(403, 50_013);
        let mut socket = town.member.connect(0).await;
        assert_eq!(town.owner.own("PATCH", settings, closed.clone()).await.ok(200)["discovery"], false);
        assert_eq!(socket.event("GUILDHALL_INSTANCE_UPDATE").await["discovery"], false);
        town.owner.own("PATCH", settings, closed).await.refused(400, 50_035);
        let deeds = town.owner.own("GET", "/admin/audit", json!({})).await.ok(200);
        let change = json!({ "changes": { "discovery": { "old": true, "new": false } } });
        assert_eq!((&deeds[0]["action"], &deeds[0]["metadata"]), (&json!("settings.update"), &change));
        // Nobody finds anything, looks into it or comes in.
        assert_eq!(town.stranger.get(LIST).await.ok(200)["total"], 0);
        let search = format!("{LIST}/search?query=town");
        assert_eq!(town.stranger.get(&search).await.ok(200)["total"], 0);
        town.stranger.get(&format!("{guild}/preview")).await.refused(404, 10_004);
        town.stranger.put(&format!("{guild}/members/@me"), json!({})).await.refused(404, 10_004);
        town.owner.own("PATCH", settings, json!({ "discovery": true })).await.ok(200);
        town.stranger.put(&format!("{guild}/members/@me"), json!({})).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn staff_takes_a_guild_off_the_list() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let staff = town.server.person("staff").await;
        let rank = json!({ "rank": "admin" });
        town.owner.own("PATCH", &format!("/admin/users/{}", staff.id), rank).await.ok(200);
        publish(&town.owner, &town.guild).await;
        let (guild, own) = (format!("/guilds/{}", town.guild), format!("/admin/guilds/{}", town.guild));
        let listed = staff.own("GET", "/admin/guilds", json!({})).await.ok(200);
        let state = |guild: &Value| (guild["discoverable"].clone(), guild["discovery_disabled"].clone());
        assert_eq!(state(&listed["guilds"][0]), (json!(true), json!(false)));
        let off = json!({ "discovery_disabled": true });
        town.member.own("PATCH", &own, off.clone()).await.refused(403, 50_013);
        staff.own("PATCH", "/admin/guilds/1", off.clone()).await.refused(404, 10_004);
        staff.own("PATCH", &own, json!({})).await.refused(400, 50_035);
        let mut socket = town.member.connect(0).await;
        let taken = staff.own("PATCH", &own, off.clone()).await.ok(200);
        assert_eq!((state(&taken), &taken["owner"]["username"]), ((json!(false), json!(true)), &json!("owner")));
        assert_eq!(socket.event("GUILD_UPDATE").await["features"], json!([]));
        staff.own("PATCH", &own, off).await.refused(400, 50_035);
        assert_eq!(town.stranger.get(LIST).await.ok(200)["total"], 0);
        town.stranger.put(&format!("{guild}/members/@me"), json!({})).await.refused(404, 10_004);
        // Its administrators cannot put it back, and lose nothing else.
        let open = json!({ "features": ["DISCOVERABLE"] });
        let refused = town.owner.patch(&guild, open.clone()).await;
        refused.refused(400, 50_035);
        assert_eq!(refused.body["errors"]["features"]["_errors"][0]["code"], "GUILD_DISCOVERY_DISABLED");
        let paused = town.owner.patch(&guild, json!({ "features": ["INVITES_DISABLED"] })).await.ok(200);
        assert_eq!(paused["features"], json!(["INVITES_DISABLED"]));
        let deeds = staff.own("GET", "/admin/audit", json!({})).await.ok(200);
        assert_eq!(
            (&deeds[0]["action"], &deeds[0]["actor"]["id"], &deeds[0]["target"], &deeds[0]["metadata"]),
            (
                &json!("guild.update"),
                &json!(staff.id),
                &json!(town.guild),
                &json!({ "name": "Town", "changes": { "discovery_disabled": { "old": false, "new": true } } })
            )
        );
        let log = town.owner.get(&format!("{guild}/audit-logs?action_type=1")).await.ok(200);
        assert_eq!(log["audit_log_entries"][1]["changes"][0]["key"], "features", "the guild's own log says it too");
        // Let back, it is as its administrators like.
        let back = staff.own("PATCH", &own, json!({ "discovery_disabled": false })).await.ok(200);
        assert_eq!(state(&back), (json!(false), json!(false)));
        town.owner.patch(&guild, open).await.ok(200);
        town.stranger.put(&format!("{guild}/members/@me"), json!({})).await.ok(200);
    })
    .await;
}
