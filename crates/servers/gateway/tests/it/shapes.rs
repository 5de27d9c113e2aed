//! READY and GUILD_CREATE as twilight reads them.

use guildhall_wire::gateway::Intents;
use serde_json::{Value, json};
use twilight_model::gateway::payload::incoming::{GuildCreate, Ready};

use crate::rig::{BOTS, GUILD, OWNER, Rig, SECRET, TEXT, VOICE, token};

fn ids(list: &Value) -> Vec<u64> {
    let ids = list.as_array().unwrap().iter().map(|item| {
        let id = item.get("id").or_else(|| item["user"].get("id")).unwrap();
        id.as_str().unwrap().parse().unwrap()
    });
    ids.collect()
}

#[tokio::test]
async fn a_bot() {
    let rig = Rig::new().await;
    let mut client = rig.connect("v=10&encoding=json").await;
    let (ready, guild) = client.identify(&token(BOTS + 2), r#","intents":1,"shard":[0,1]"#).await;
    serde_json::from_value::<Ready>(ready.clone()).unwrap();
    assert_eq!(ready["resume_gateway_url"], format!("ws://{}", rig.address));
    assert_eq!(ready["shard"], json!([0, 1]));
    assert_eq!(ready["application"], json!({ "id": "502", "flags": 0 }));
    assert_eq!(ready["guilds"], json!([{ "id": GUILD.to_string(), "unavailable": true }]));
    assert_eq!(ready["private_channels"], json!([]));
    assert_eq!(ready["user_settings"], json!({}));
    assert!(ready.get("read_state").is_none());

    let parsed = serde_json::from_value::<GuildCreate>(guild.clone()).unwrap();
    assert!(matches!(parsed, GuildCreate::Available(_)));
    assert_eq!(guild["unavailable"], false);
    assert_eq!(guild["member_count"], 20);
    assert_eq!(ids(&guild["channels"]), [TEXT, VOICE]);
    // Without the intent for presences only oneself.
    assert_eq!(ids(&guild["members"]), [BOTS + 2]);
    assert_eq!(guild["presences"], json!([]));
    assert_eq!(guild["roles"][0]["name"], "@everyone");
    for empty in [
        "threads",
        "voice_states",
        "stage_instances",
        "guild_scheduled_events",
        "soundboard_sounds",
        "emojis",
        "stickers",
    ] {
        assert_eq!(guild[empty], json!([]), "{empty}");
    }
}

#[tokio::test]
async fn a_person() {
    let rig = Rig::new().await;
    let mut client = rig.connect("v=10&encoding=json").await;
    let (ready, guild) = client.identify(&token(OWNER), "").await;
    assert_eq!(ready["private_channels"][0]["recipients"][0]["id"], "2");
    assert_eq!(ready["read_state"]["entries"], json!([]));
    assert_eq!(ready["user_guild_settings"]["entries"], json!([]));
    assert_eq!(ready["user_settings"]["theme"], "dark");
    assert_eq!(ready["sessions"][0]["session_id"], ready["session_id"]);
    assert_eq!(ids(&guild["channels"]), [TEXT, SECRET, VOICE]);
    assert_eq!(ids(&guild["members"]).len(), 20);
    assert_eq!(guild["presences"][0]["user"]["id"], "1");
    assert_eq!(guild["large"], false);
}

#[tokio::test]
async fn a_large_guild_shows_who_is_there() {
    let rig = Rig::with(guildhall_gateway::Settings::default(), 60).await;
    let _two = rig.person(2).await;
    let _three = rig.person(3).await;
    let mut client = rig.connect("v=10&encoding=json").await;
    let (_, guild) = client
        .identify(&token(BOTS + 2), &format!(r#","intents":{}"#, (Intents::GUILDS | Intents::GUILD_PRESENCES).bits()))
        .await;
    assert_eq!(guild["large"], true);
    assert_eq!(ids(&guild["members"]), [2, 3, BOTS + 2]);
    assert_eq!(guild["presences"].as_array().unwrap().len(), 3);
    // A higher threshold makes it a small one.
    let mut client = rig.connect("v=10&encoding=json").await;
    let (_, guild) = client.identify(&token(4), r#","large_threshold":250"#).await;
    assert_eq!((&guild["large"], ids(&guild["members"]).len()), (&false.into(), 70));
}

#[tokio::test]
async fn another_shard_has_no_guild() {
    let rig = Rig::new().await;
    let mut client = rig.connect("v=10&encoding=json").await;
    let identify = format!(r#"{{"op":2,"d":{{"token":"{}","intents":513,"shard":[1,2]}}}}"#, token(BOTS + 2));
    client.send(&identify).await;
    let ready = client.event("READY").await;
    assert_eq!((&ready["guilds"], &ready["shard"]), (&json!([]), &json!([1, 2])));
    rig.say(TEXT, 2, "not for shard 1");
    client.settle().await;
    assert_eq!(client.sequence, 1);
}
