//! A channel that is encrypted from end to end, with members that are not ours: `discord.js`, and disnake over Discord's own libdave.
//! The node plays, they hear it, whoever comes and goes meanwhile.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_audio::opus::{Decoder, LONGEST};
use guildhall_lavalink::testing::VoiceServerOptions;
use serde_json::json;
use tokio::process::Command;

use crate::clients::Script;
use crate::kill::{connect, until};
use crate::process::{Stage, level, repository};

const NODE: u64 = 170_939_974_227_541_168;
const CHANNEL: u64 = 77;

/// Somebody in the channel who listens to the node.
struct Member {
    user: u64,
    script: Script,
}

impl Member {
    /// Of a library: `discord.js` or `libdave`.
    fn new(stage: &Stage, library: &str, user: u64) -> Self {
        let python = repository("target/python/bin/python");
        let (program, script, folder) = if library == "discord.js" {
            (Path::new("node"), "voice.mjs", "tests/clients/node")
        } else {
            (python.as_path(), "voice.py", "tests/clients/python")
        };
        let mut command = Command::new(program);
        command.arg(script).current_dir(repository(folder));
        command
            .env("NODE_EXTRA_CA_CERTS", stage.authority())
            .env("SSL_CERT_FILE", stage.authority())
            .env("VOICE_ENDPOINT", stage.voice.endpoint())
            .env("GUILD", "1")
            .env("CHANNEL", CHANNEL.to_string())
            .env("SELF", user.to_string())
            .env("SPEAKER", NODE.to_string());
        Self { user, script: Script::of(command) }
    }

    /// What it has decrypted since it was asked last.
    async fn heard(&mut self) -> Vec<Vec<u8>> {
        let heard = self.script.does("heard").await;
        heard.as_array().unwrap().iter().map(|opus| STANDARD.decode(opus.as_str().unwrap()).unwrap()).collect()
    }

    /// It hears the tone from now on.
    async fn hears(&mut self, when: &str) {
        self.heard().await;
        let mut opus = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        while opus.len() < 60 {
            assert!(Instant::now() < deadline, "{when}: {} frames, {:?}", opus.len(), self.script.events);
            tokio::time::sleep(Duration::from_millis(100)).await;
            opus.extend(self.heard().await);
        }
        let mut decoder = Decoder::new().unwrap();
        let mut block = vec![0.0; LONGEST * 2];
        let mut samples = Vec::new();
        for opus in &opus {
            let count = decoder.decode(opus, &mut block).unwrap_or_else(|error| panic!("{when}: {error}"));
            samples.extend(block[..count * 2].iter().step_by(2));
        }
        let (tone, other) = (level(&samples[9_600..], 440.0), level(&samples[9_600..], 600.0));
        assert!(tone > 0.35 && other < 0.05, "{when}: {tone} {other}");
    }
}

/// Waits until the group is of these members, and all have come to its keys; gives its epoch.
async fn agreed(stage: &Stage, members: &[u64]) -> u64 {
    let members: BTreeSet<u64> = members.iter().copied().collect();
    until(&format!("the group is {members:?}"), async || {
        stage.voice.group().is_some_and(|(_, there)| there == members)
    })
    .await;
    stage.voice.group().unwrap().0
}

/// Of each packet of the node whether it ends as encrypted frames do.
fn sealed(stage: &Stage) -> Vec<bool> {
    let heard = stage.voice.heard();
    let node = heard.iter().find(|heard| heard.user_id == NODE.to_string()).unwrap();
    node.packets.iter().map(|packet| packet.opus.ends_with(&[0xFA, 0xFA])).collect()
}

async fn perform(library: &str, other: &str, first: bool) {
    let stage = Stage::with("", VoiceServerOptions { group: Some(CHANNEL), ..VoiceServerOptions::default() }).await;
    let (session, mut events) = connect(&stage).await;
    let play = async || {
        let mut voice = stage.voice_state();
        voice["channelId"] = CHANNEL.to_string().into();
        let body = json!({ "voice": voice, "track": { "identifier": "tone:440:600" } });
        let path = format!("/v4/sessions/{session}/players/1");
        let (status, answer) = stage.request("PATCH", &path, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        until("the node speaks", async || {
            stage.voice.heard().iter().any(|heard| heard.user_id == NODE.to_string() && !heard.speaking.is_empty())
        })
        .await;
    };
    let mut member = Member::new(&stage, library, 4_001);
    if first {
        member.script.does("join").await;
        play().await;
    } else {
        play().await;
        member.script.does("join").await;
    }
    let two = [NODE, member.user];
    agreed(&stage, &two).await;
    member.hears("two agree").await;
    // One more comes.
    let mut third = Member::new(&stage, other, 4_002);
    let three = [NODE, member.user, third.user];
    third.script.does("join").await;
    agreed(&stage, &three).await;
    third.hears("a third has come").await;
    member.hears("a third has come").await;
    // The node gets what it cannot take: it says so, and is let in anew.
    for (at, op) in [29, 30].into_iter().enumerate() {
        let epoch = stage.voice.group().unwrap().0;
        stage.voice.send_nonsense(NODE, op);
        until("the node refuses", async || {
            stage.voice.refused().iter().filter(|refused| refused.0 == NODE).count() > at
        })
        .await;
        assert!(agreed(&stage, &three).await > epoch);
        member.hears(&format!("after a bad message {op}")).await;
        third.hears(&format!("after a bad message {op}")).await;
    }
    third.script.does("leave").await;
    agreed(&stage, &two).await;
    member.hears("the third has left").await;
    // Nothing went out in the clear, not even before anybody agreed.
    assert!(sealed(&stage).iter().all(|sealed| *sealed));
    // Somebody comes who speaks no encryption, and is gone again.
    stage.voice.change_version(0);
    agreed(&stage, &[]).await;
    member.hears("nothing is encrypted").await;
    assert!(sealed(&stage).ends_with(&[false; 40]));
    stage.voice.change_version(1);
    agreed(&stage, &two).await;
    member.hears("encrypted again").await;
    assert!(sealed(&stage).ends_with(&[true; 40]));
    // The node is alone for a while.
    member.script.does("leave").await;
    agreed(&stage, &[]).await;
    member.script.does("join").await;
    agreed(&stage, &two).await;
    member.hears("it has come back").await;
    let refused: Vec<_> = stage.voice.refused().into_iter().map(|refused| refused.0).collect();
    assert_eq!(refused, [NODE, NODE]);
    assert_eq!(stage.voice.heard().iter().filter(|heard| heard.user_id == NODE.to_string()).count(), 1);
    while let Ok(event) = events.try_recv() {
        assert_eq!(event, "TrackStartEvent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn libdave_is_there_first() {
    perform("libdave", "discord.js", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn libdave_comes_second() {
    perform("libdave", "discord.js", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_js_is_there_first() {
    perform("discord.js", "libdave", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_js_comes_second() {
    perform("discord.js", "libdave", false).await;
}
