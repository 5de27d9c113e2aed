//! Application commands: making, changing, overwriting, and who may use them.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

fn slash(name: &str) -> Value {
    json!({ "name": name, "description": "Does it" })
}

fn everywhere(bot: &Client) -> String {
    format!("/applications/{}/commands", bot.id)
}

fn here(town: &Town, bot: &Client) -> String {
    format!("/applications/{}/guilds/{}/commands", bot.id, town.guild)
}

/// The names that somebody finds in the guild.
async fn found(town: &Town, who: &Client) -> Vec<String> {
    let index = who.get(&format!("/guilds/{}/application-command-index", town.guild)).await.ok(200);
    let names = index["application_commands"].as_array().unwrap().iter();
    let mut names: Vec<_> = names.map(|command| command["name"].as_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_command_is_made_replaced_changed_and_removed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (bot, other) = (town.bot(0).await, town.bot(0).await);
        for path in [everywhere(&bot), here(&town, &bot)] {
            let made = bot.post(&path, slash("go")).await.ok(201);
            assert_eq!((&made["type"], &made["application_id"]), (&json!(1), &json!(bot.id)));
            let again = json!({ "name": "go", "description": "Does more", "dm_permission": true });
            let again = bot.post(&path, again).await.ok(200);
            assert_eq!(again["id"], made["id"], "the same name is the same command");
            assert_ne!(again["version"], made["version"], "a change is a new version");
            let one = format!("{path}/{}", made["id"].as_str().unwrap());
            assert_eq!(bot.get(&one).await.ok(200)["description"], "Does more");
            assert_eq!(town.owner.get(&one).await.ok(200)["name"], "go", "its owner manages it too");
            let changed = bot.patch(&one, json!({ "name": "walk", "default_member_permissions": "8" })).await.ok(200);
            assert_eq!((&changed["name"], &changed["description"]), (&json!("walk"), &json!("Does more")));
            assert_eq!(changed["default_member_permissions"], "8");
            let same = bot.patch(&one, json!({ "name": "walk" })).await.ok(200);
            assert_eq!(same["version"], changed["version"], "nothing changed");
            bot.post(&path, slash("run")).await.ok(201);
            bot.patch(&one, json!({ "name": "run" })).await.refused(400, 40_041);
            bot.post(&path, slash("Not A Name")).await.refused(400, 50_035);
            bot.post(&path, json!({ "name": "x", "type": 2, "description": "no" })).await.refused(400, 50_035);
            for (who, code) in [(&other, 50_001), (&town.member, 50_001)] {
                who.get(&path).await.refused(403, code);
                who.post(&path, slash("steal")).await.refused(403, code);
                who.delete(&one).await.refused(403, code);
            }
            bot.delete(&one).await.ok(204);
            bot.get(&one).await.refused(404, 10_063);
            bot.delete(&one).await.refused(404, 10_063);
        }
        bot.get("/applications/1/commands").await.refused(404, 10_002);
        let own = bot.get(&everywhere(&bot)).await.ok(200);
        let elsewhere = format!("{}/{}", here(&town, &bot), own[0]["id"].as_str().unwrap());
        bot.get(&elsewhere).await.refused(404, 10_063);
        let outside = format!("/applications/{}/guilds/{}/commands", bot.id, town.channel);
        bot.get(&outside).await.refused(404, 10_004);
    })
    .await;
}

#[tokio::test]
async fn an_overwrite_keeps_what_stays() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let (all, guild) = (everywhere(&bot), here(&town, &bot));
        let first = bot.put(&all, json!([slash("one"), slash("two"), { "name": "two", "type": 2 }])).await.ok(200);
        bot.put(&guild, json!([slash("local")])).await.ok(200);
        let changed = json!({ "name": "two", "description": "Changed", "options": [] });
        let second = bot.put(&all, json!([changed, slash("one"), slash("three")])).await.ok(200);
        assert_eq!((&second[0]["id"], &second[1]), (&first[1]["id"], &first[0]), "in the order they were sent");
        assert_ne!(second[0]["version"], first[1]["version"]);
        let list = bot.get(&all).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), 3, "the one on users is gone: {list}");
        assert_eq!(bot.get(&guild).await.ok(200)[0]["guild_id"], json!(town.guild), "each place for itself");
        let twice = bot.put(&all, json!([slash("one"), slash("one")])).await;
        twice.refused(400, 50_035);
        assert_eq!(twice.body["errors"]["1"]["_errors"][0]["code"], "APPLICATION_COMMANDS_DUPLICATE_NAME");
        bot.put(&all, json!([slash("one"), { "name": "" }])).await.refused(400, 50_035);
        assert_eq!(bot.get(&all).await.ok(200), list, "refused as a whole");
        assert_eq!(bot.put(&all, json!([])).await.ok(200), json!([]));
        assert_eq!(bot.get(&guild).await.ok(200).as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn there_are_so_many_of_each_kind() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let all = everywhere(&bot);
        let many = |count: usize, kind: u8| {
            let one = |number| match kind {
                1 => slash(&format!("c{number}")),
                kind => json!({ "name": format!("c{number}"), "type": kind }),
            };
            (0..count).map(one).collect::<Vec<_>>()
        };
        bot.put(&all, json!(many(101, 1))).await.refused(400, 30_032);
        bot.put(&all, json!(many(16, 2))).await.refused(400, 30_032);
        bot.put(&all, json!(many(131, 1))).await.refused(400, 50_035);
        let whole = [many(100, 1), many(15, 2), many(15, 3)].concat();
        assert_eq!(bot.put(&all, json!(whole)).await.ok(200).as_array().unwrap().len(), 130);
        bot.post(&all, slash("more")).await.refused(400, 30_032);
        bot.post(&all, json!({ "name": "more", "type": 3 })).await.refused(400, 30_032);
        bot.post(&all, slash("c1")).await.ok(200);
        bot.post(&here(&town, &bot), slash("more")).await.ok(201);
        let option = |number: usize| json!({ "type": 3, "name": format!("o{number}"), "description": "x" });
        let options: Vec<_> = (0..26).map(option).collect();
        let body = json!({ "name": "c1", "description": "x", "options": options });
        bot.post(&all, body).await.refused(400, 50_035);
        let choice = |number: usize| json!({ "name": format!("{number:0100}"), "value": format!("{number:0100}") });
        let choices: Vec<_> = (0..25).map(choice).collect();
        let option = |name: &str| json!({ "type": 3, "name": name, "description": "x", "choices": choices });
        let body = json!({ "name": "c1", "description": "x", "options": [option("a"), option("b")] });
        let heavy = bot.post(&all, body).await;
        heavy.refused(400, 50_035);
        assert_eq!(heavy.body["errors"]["_errors"][0]["code"], "APPLICATION_COMMAND_TOO_LARGE");
    })
    .await;
}

#[tokio::test]
async fn other_languages_come_where_they_are_asked_for() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        for path in [everywhere(&bot), here(&town, &bot)] {
            let body = json!({
                "name": "greet", "description": "Greets", "name_localizations": { "de": "grüßen", "fr": null },
                "description_localizations": { "de": "Grüßt" },
                "options": [{
                    "type": 3, "name": "who", "description": "Whom", "name_localizations": { "de": "wen" },
                    "choices": [{ "name": "All", "value": "a", "name_localizations": { "de": "Alle" } }],
                }],
            });
            let made = bot.post(&path, body.clone()).await.ok(201);
            assert_eq!(made["name_localizations"], json!({ "de": "grüßen" }));
            let plain = &bot.get(&path).await.ok(200)[0];
            assert_eq!((plain.get("name_localizations"), plain["options"][0].get("name_localizations")), (None, None));
            let whole = &bot.get(&format!("{path}?with_localizations=true")).await.ok(200)[0];
            assert_eq!(whole["options"][0]["choices"][0]["name_localizations"]["de"], "Alle");
            for (field, texts) in [
                ("name_localizations", json!({ "xx": "a" })),
                ("name_localizations", json!({ "de": "Zwei Worte" })),
                ("description_localizations", json!({ "de": "x".repeat(101) })),
            ] {
                let mut wrong = body.clone();
                wrong[field] = texts;
                let answer = bot.post(&path, wrong).await;
                answer.refused(400, 50_035);
                assert!(answer.body["errors"][field].is_object(), "{}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn exceptions_decide_who_finds_a_command() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = here(&town, &bot);
        let made = bot.put(&path, json!([slash("one"), slash("two")])).await.ok(200);
        let of_one = format!("{path}/{}/permissions", made[0]["id"].as_str().unwrap());
        let of_all = format!("{path}/{}/permissions", bot.id);
        let exception = |id: &str, kind: u8, may: bool| json!({ "id": id, "type": kind, "permission": may });
        let set = |list: Vec<Value>| json!({ "permissions": list });
        town.owner.get(&of_one).await.refused(404, 10_066);
        bot.put(&of_one, set(vec![])).await.refused(403, 50_013);
        town.bot(8).await.put(&of_one, set(vec![])).await.refused(403, 20_001);
        town.member.put(&of_one, set(vec![])).await.refused(403, 50_013);
        let mut socket = bot.connect(1).await;
        let deny = set(vec![exception(&town.guild, 1, false)]);
        let answer = town.owner.put(&of_one, deny.clone()).await.ok(200);
        assert_eq!(answer["permissions"], deny["permissions"]);
        let told = socket.event("APPLICATION_COMMAND_PERMISSIONS_UPDATE").await;
        assert_eq!((&told["id"], &told["permissions"]), (&made[0]["id"], &deny["permissions"]));
        assert_eq!(found(&town, &town.member).await, ["two"]);
        assert_eq!(found(&town, &town.owner).await, ["one", "two"], "administrators find everything");
        // What is said of somebody goes before what is said of roles.
        let but = set(vec![exception(&town.guild, 1, false), exception(&town.member.id, 2, true)]);
        town.owner.put(&of_one, but).await.ok(200);
        assert_eq!(found(&town, &town.member).await, ["one", "two"]);
        // What is said of the application is for the commands of which nothing is said.
        town.owner.put(&of_all, deny).await.ok(200);
        assert_eq!(found(&town, &town.member).await, ["one"]);
        town.owner.put(&of_one, set(vec![exception(&town.channel, 3, false)])).await.ok(200);
        let there = format!("/channels/{}/application-command-index", town.channel);
        assert_eq!(town.member.get(&there).await.ok(200)["application_commands"], json!([]));
        let list = town.owner.get(&format!("{path}/permissions")).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert_eq!(town.owner.get(&of_one).await.ok(200)["permissions"][0]["type"], 3);
        let many: Vec<_> = (0..101).map(|number| exception(&format!("{}", 1000 + number), 1, true)).collect();
        town.owner.put(&of_one, set(many)).await.refused(400, 50_035);
        let twice = vec![exception("5", 1, true), exception("5", 1, false)];
        town.owner.put(&of_one, set(twice)).await.refused(400, 50_035);
        town.owner.put(&of_one, set(vec![exception("5", 4, true)])).await.refused(400, 50_035);
        town.owner.put(&format!("{path}/1/permissions"), set(vec![])).await.refused(404, 10_063);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=121", town.guild)).await.ok(200);
        assert!(log["audit_log_entries"].as_array().unwrap().len() >= 4);
        // With the command go its exceptions.
        bot.delete(&format!("{path}/{}", made[0]["id"].as_str().unwrap())).await.ok(204);
        assert_eq!(town.owner.get(&format!("{path}/permissions")).await.ok(200).as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn commands_ask_for_permissions_and_places() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let body = json!([
            { "name": "all", "description": "x" },
            { "name": "managers", "description": "x", "default_member_permissions": "32" },
            { "name": "admins", "description": "x", "default_member_permissions": "0" },
            { "name": "private", "description": "x", "contexts": [1] },
        ]);
        let list = bot.put(&everywhere(&bot), body).await.ok(200);
        assert_eq!((&list[3]["contexts"], &list[0]["integration_types"]), (&json!([1]), &json!([0])));
        assert_eq!(found(&town, &town.member).await, ["all"]);
        assert_eq!(found(&town, &town.owner).await, ["admins", "all", "managers"]);
        let role = json!({ "name": "managers", "permissions": "32" });
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), role).await.ok(200);
        let member =
            format!("/guilds/{}/members/{}/roles/{}", town.guild, town.member.id, role["id"].as_str().unwrap());
        town.owner.put(&member, json!({})).await.ok(204);
        assert_eq!(found(&town, &town.member).await, ["all", "managers"]);
        // Without the permission for commands there are none.
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        town.owner.patch(&everyone, json!({ "permissions": "1024" })).await.ok(200);
        assert_eq!(found(&town, &town.member).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_day_has_two_hundred_new_commands_in_each_place() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let (all, guild) = (everywhere(&bot), here(&town, &bot));
        let many =
            |prefix: &str, count: usize| (0..count).map(|at| slash(&format!("{prefix}{at}"))).collect::<Vec<_>>();
        bot.put(&all, json!(many("a", 100))).await.ok(200);
        // What is there already and what is replaced is not new.
        bot.put(&all, json!(many("a", 100))).await.ok(200);
        bot.post(&all, slash("a1")).await.ok(200);
        bot.put(&all, json!(many("b", 99))).await.ok(200);
        let all_new = many("c", 2);
        bot.put(&all, json!(all_new)).await.refused(400, 30_034);
        assert_eq!(bot.get(&all).await.ok(200).as_array().unwrap().len(), 99, "nothing was changed");
        let last = bot.post(&all, slash("last")).await.ok(201);
        bot.delete(&format!("{all}/{}", last["id"].as_str().unwrap())).await.ok(204);
        bot.post(&all, slash("more")).await.refused(400, 30_034);
        bot.post(&guild, slash("more")).await.ok(201);
        town.server.app.clock().advance(std::time::Duration::from_secs(86_401));
        bot.put(&all, json!(all_new)).await.ok(200);
    })
    .await;
}
