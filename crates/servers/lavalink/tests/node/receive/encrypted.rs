//! A channel that is encrypted from end to end: others in it speak by connections of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall_lavalink::testing::VoiceServerOptions;
use guildhall_lavalink::voice::{self, Discord, DiscordSettings, Link, Voice as _};
use guildhall_rtp::discord::SILENCE;

use super::{Ears, GUILD, Hall};
use crate::hear::tone;

/// Somebody else in the channel, by a connection of their own.
fn another(hall: &Hall, user_id: u64) -> Arc<dyn Link> {
    let settings = DiscordSettings { extra_roots: vec![hall.voice.authority()] };
    let server = voice::VoiceServer {
        guild_id: GUILD,
        user_id,
        session_id: format!("of {user_id}"),
        token: "token".to_owned(),
        endpoint: hall.voice.endpoint(),
        channel_id: Some(7),
    };
    Discord::new(&settings).unwrap().connect(server, Arc::new(|_| {}))
}

/// Waits until all of a channel have the same keys.
async fn agreed(hall: &Hall, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while hall.voice.group().is_none_or(|(_, users)| users.len() != count) {
        assert!(Instant::now() < deadline, "they do not agree: {:?}", hall.voice.group());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Ears {
    /// Asserts that somebody's sound comes whole and in order.
    async fn hear(&mut self, user: u64, said: &[Vec<u8>]) {
        let mut heard = Vec::new();
        while heard.len() < said.len() {
            let got = self.got().await;
            if got.op == 3 && got.payload != SILENCE {
                assert_eq!((got.user, got.lost), (user, 0));
                heard.push(got.payload);
            }
        }
        assert!(heard == said, "it is something else");
    }
}

async fn speak(link: &Arc<dyn Link>, frames: &[Vec<u8>]) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for frame in frames {
        ticks.tick().await;
        link.send(frame, Instant::now());
    }
    link.silence();
}

#[tokio::test(flavor = "multi_thread")]
async fn voices_that_are_encrypted_from_end_to_end_are_heard() {
    let options = VoiceServerOptions { beat: 500, group: Some(7), ..VoiceServerOptions::default() };
    let hall = Hall::with(options, &[]).await;
    let mut ears = hall.ears("?form=guildhall").await;
    let anna = another(&hall, 501);
    agreed(&hall, 2).await;
    let (low, high) = (tone(600.0, 60), tone(1_500.0, 20));
    speak(&anna, &low[..20]).await;
    ears.hear(501, &low[..20]).await;
    // Somebody comes while she speaks, so that the keys change in the middle of it.
    let (bert, ()) = tokio::join!(async { another(&hall, 502) }, speak(&anna, &low));
    ears.hear(501, &low).await;
    agreed(&hall, 3).await;
    speak(&bert, &high).await;
    ears.hear(502, &high).await;
    // What the server passes on is not what is said.
    let passed = hall.voice.heard().into_iter().find(|heard| heard.user_id == "502").unwrap();
    assert!(passed.packets.iter().all(|packet| !high.iter().any(|frame| **frame == *packet.opus)));
    // Encryption ends, and begins again.
    for version in [0, 1] {
        hall.voice.change_version(version);
        if version == 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        } else {
            agreed(&hall, 3).await;
        }
        speak(&bert, &high).await;
        ears.hear(502, &high).await;
        speak(&anna, &low[..10]).await;
        ears.hear(501, &low[..10]).await;
    }
    assert_eq!(hall.metric("lavalink_voice_packets_dropped_total").await, 0);
}
