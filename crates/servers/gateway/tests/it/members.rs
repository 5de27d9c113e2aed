//! Op 8.

use std::sync::atomic::Ordering;

use guildhall_gateway::Settings;
use guildhall_wire::gateway::Intents;
use serde_json::{Value, json};
use twilight_model::gateway::payload::incoming::MemberChunk;

use crate::client::Client;
use crate::rig::{BOTS, GUILD, Rig};

async fn ask(client: &mut Client, body: &str) -> Value {
    client.send(&format!(r#"{{"op":8,"d":{{"guild_id":{GUILD},{body}}}}}"#)).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["guild_id"], GUILD.to_string());
    chunk
}

fn ids(chunk: &Value) -> Vec<&str> {
    let members = chunk["members"].as_array().unwrap();
    members.iter().map(|member| member["user"]["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn by_id_and_by_name() {
    let rig = Rig::new().await;
    let _online = rig.person(3).await;
    let mut client = rig.person(2).await;
    for (body, members, not_found) in [
        (r#""user_ids":[3,"4",99]"#, vec!["3", "4"], json!(["99"])),
        (r#""user_ids":"3""#, vec!["3"], json!([])),
        (r#""user_ids":98,"limit":0"#, vec![], json!(["98"])),
        (r#""user_ids":[]"#, vec![], json!([])),
        (r#""user_ids":[3,0,"0",99999999999999999999]"#, vec!["3"], json!(["0", "0", "99999999999999999999"])),
        (r#""user_ids":12345678901234567890123"#, vec![], json!(["12345678901234567890123"])),
        (r#""query":"USER50","limit":3"#, vec!["501", "502", "503"], json!([])),
        (r#""query":"nobody","limit":1"#, vec![], json!([])),
        (r#""query":"","limit":2"#, vec!["1", "2"], json!([])),
    ] {
        let chunk = ask(&mut client, &format!(r#"{body},"nonce":"n""#)).await;
        assert_eq!(ids(&chunk), members, "{body}");
        assert_eq!(chunk["not_found"], not_found, "{body}");
        assert_eq!(
            (&chunk["nonce"], &chunk["chunk_index"], &chunk["chunk_count"]),
            (&"n".into(), &0.into(), &1.into())
        );
        assert!(chunk.get("presences").is_none());
    }
    let chunk = ask(&mut client, r#""user_ids":[3,4],"presences":true"#).await;
    assert_eq!(chunk["presences"][0]["user"]["id"], "3");
    assert_eq!(chunk["presences"].as_array().unwrap().len(), 1);
    assert!(chunk.get("nonce").is_none());
    let text = chunk.to_string();
    serde_json::from_str::<MemberChunk>(&text).unwrap();
}

#[tokio::test]
async fn many_come_in_chunks() {
    let rig = Rig::with(Settings::default(), 2490).await;
    let mut client = rig.bot(BOTS + 2, Intents::GUILDS | Intents::GUILD_MEMBERS).await;
    let mut seen = Vec::new();
    rig.most.store(0, Ordering::Relaxed);
    let mut chunk = ask(&mut client, r#""query":"","limit":0,"nonce":"all","presences":true"#).await;
    for index in 0..3 {
        assert_eq!(
            (&chunk["chunk_index"], &chunk["chunk_count"], &chunk["nonce"]),
            (&index.into(), &3.into(), &"all".into())
        );
        seen.extend(ids(&chunk).into_iter().map(str::to_owned));
        assert!(seen.len() <= (index + 1) * 1000);
        if index < 2 {
            chunk = client.event("GUILD_MEMBERS_CHUNK").await;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 2490);
    assert_eq!(rig.most.load(Ordering::Relaxed), 1000, "no more are held than are sent at once");
    let part = ask(&mut client, r#""query":"","limit":1001"#).await;
    assert_eq!((ids(&part).len(), &part["chunk_count"]), (1000, &2.into()));
    assert_eq!(ids(&client.event("GUILD_MEMBERS_CHUNK").await).len(), 1);
    client.settle().await;
}

#[tokio::test]
async fn who_may_not_ask_gets_an_empty_answer() {
    let rig = Rig::new().await;
    let mut client = rig.bot(BOTS + 1, Intents::GUILDS).await;
    let all = ask(&mut client, r#""query":"","limit":0,"nonce":"n""#).await;
    assert_eq!((ids(&all).len(), &all["nonce"]), (0, &"n".into()));
    let some = ask(&mut client, r#""query":"","limit":5"#).await;
    assert_eq!(ids(&some).len(), 0, "a part of the list is the list");
    client.send(r#"{"op":8,"d":{"guild_id":"77","user_ids":["2"],"nonce":"n"}}"#).await;
    let elsewhere = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!((ids(&elsewhere).len(), &elsewhere["not_found"]), (0, &json!(["2"])));
}
