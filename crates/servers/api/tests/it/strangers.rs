//! The law of strangers: every route as nobody, as somebody outside, as a member without rights.

use guildhall_api::Need;
use guildhall_harness::{Town, on_both};
use guildhall_wire::Permissions;
use serde_json::json;

#[tokio::test]
async fn every_route_refuses_strangers() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        // A member without any right at all.
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        town.owner.patch(&everyone, json!({ "permissions": "1024" })).await.ok(200);
        let nobody = town.server.client();
        let mut socket = town.owner.connect(0).await;
        for (prefix, table) in [("", guildhall_api::routes().table()), ("own", guildhall_api::own_routes().table())] {
            for route in table {
                let path = fill(&town, route.path);
                let ask = |client: guildhall_harness::Client| {
                    let path = path.clone();
                    async move {
                        if prefix.is_empty() {
                            client.ask(route.method, &path, (route.method != "GET").then(|| json!({}))).await
                        } else {
                            client.own(route.method, &path, json!({})).await
                        }
                    }
                };
                let name = format!("{} {}", route.method, route.path);
                if !matches!(route.need, Need::Nobody | Need::Anybody) {
                    assert_eq!(ask(nobody.clone()).await.status, 401, "{name} as nobody");
                }
                if matches!(route.need, Need::Member | Need::Can(_)) {
                    let answer = ask(town.stranger.clone()).await;
                    assert!([403, 404].contains(&answer.status), "{name} as a stranger: {answer:?}");
                }
                if matches!(route.need, Need::Can(needed) if !Permissions::VIEW_CHANNEL.contains(needed)) {
                    assert_eq!(ask(town.member.clone()).await.status, 403, "{name} without rights");
                }
                if route.need == Need::Staff {
                    assert_eq!(ask(town.member.clone()).await.status, 403, "{name} as a member");
                }
            }
        }
        // Nothing that was refused was told to anybody.
        town.say(&town.owner, "end").await;
        let mut names = socket.names_until("MESSAGE_CREATE").await;
        // The owner's own, from connecting.
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["MESSAGE_CREATE"]);
    })
    .await;
}

/// What Discord's document lets be asked without an account is asked without one.
#[test]
fn who_has_no_account_is_asked_for_none() {
    let routes = guildhall_api::routes().table();
    let mut count = 0;
    for (path, item) in guildhall_harness::document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let open = operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| *way == json!({})));
            let Some(route) =
                routes.iter().find(|route| route.path == path && route.method.eq_ignore_ascii_case(method) && open)
            else {
                continue;
            };
            assert!(matches!(route.need, Need::Nobody | Need::Anybody), "{method} {path}: {:?}", route.need);
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

/// The path with ids that exist where that matters.
fn fill(town: &Town, path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{guild_id}" => town.guild.as_str(),
        "{channel_id}" => town.channel.as_str(),
        "{user_id}" => town.owner.id.as_str(),
        "{emoji_name}" => "%F0%9F%91%8D",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
