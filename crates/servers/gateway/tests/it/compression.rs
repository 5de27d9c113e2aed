//! The three ways of compressing.

use crate::rig::{Rig, TEXT, token};

#[tokio::test]
async fn streams_cover_everything() {
    let rig = Rig::new().await;
    for query in ["v=10&encoding=json&compress=zlib-stream", "v=10&encoding=json&compress=zstd-stream"] {
        let mut client = rig.connect(query).await;
        // `compress` in IDENTIFY is nothing beside a stream.
        client.identify(&token(2), r#","compress":true"#).await;
        let long = "lorem ipsum ".repeat(150);
        for n in 0..50 {
            rig.say(TEXT, 3, &format!("{n} {long}"));
        }
        for n in 0..50 {
            let message = client.event("MESSAGE_CREATE").await;
            assert_eq!(message["content"], format!("{n} {long}"));
        }
        client.settle().await;
        assert!(client.binary > 53, "{query}");
    }
}

#[tokio::test]
async fn large_payloads_alone() {
    let rig = Rig::with(guildhall_gateway::Settings::default(), 40).await;
    let mut client = rig.connect("v=10&encoding=json").await;
    let (_, guild) = client.identify(&token(2), r#","compress":true"#).await;
    assert_eq!(guild["members"].as_array().unwrap().len(), 50);
    assert_eq!(client.binary, 1, "only the guild is large");
    rig.say(TEXT, 3, "small");
    client.event("MESSAGE_CREATE").await;
    assert_eq!(client.binary, 1);
}
