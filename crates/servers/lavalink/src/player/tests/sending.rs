//! What is counted of frames: by player, and each minute as Lavalink tells it.

use serde_json::{Value, json};

use super::*;

impl Still {
    /// The last `stats` that the client was sent.
    fn stats(&self) -> Value {
        let mut events = lock(&self.events);
        let mut last = Value::Null;
        while let Ok(message) = events.try_recv() {
            let message: Value = serde_json::from_str(&message).unwrap();
            if message["op"] == "stats" {
                last = message;
            }
        }
        last
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_a_minute_are_told_as_lavalink_tells_them() {
    let still = Still::new(1).await;
    let [whole, short, stuck, young] = [1, 2, 3, 4].map(|guild| still.player(guild));
    still.node.tell_stats();
    assert_eq!(still.stats()["frameStats"], Value::Null, "nobody has played for a minute");
    for (player, name) in [(&whole, "whole"), (&short, "short"), (&stuck, "stuck"), (&young, "young")] {
        play(player, name, 600_000);
    }
    for (player, frames) in [(&whole, 100), (&short, 100), (&stuck, 25), (&young, 100)] {
        for _ in 0..frames {
            assert!(still.tick(player));
        }
    }
    for _ in 0..2_975 {
        still.beat(&stuck);
    }
    // The others go on as they began.
    for (player, more) in [(&whole, 2_900), (&short, 2_820), (&young, 900)] {
        player.with(|state| {
            state.counts.sent += more;
            state.counts.due += more;
        });
    }
    let nulled = stuck.with(|state| state.counts.nulled);
    assert_eq!((nulled, stuck.with(|state| state.sending.underruns)), (2_975, 1));
    still.node.tell_stats();
    // Of those who played for the whole minute, on average; 80 frames were not due at one of three.
    let told = json!({ "sent": (3_000 + 2_920 + 25) / 3, "nulled": 2_975 / 3, "deficit": 80 / 3 });
    assert_eq!(still.stats()["frameStats"], told);
    still.node.tell_stats();
    assert_eq!(still.stats()["frameStats"], Value::Null, "another minute has begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn underruns_are_of_sound_that_is_heard() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "late", 60_000);
    // Before the first frame it waits, and nothing has run out.
    for _ in 0..3 {
        still.beat(&player);
    }
    for _ in 0..10 {
        assert!(still.tick(&player));
    }
    let count = || player.with(|state| (state.counts.nulled, state.sending.underruns));
    assert_eq!(count(), (3, 0));
    for gap in 1..=2 {
        play(&player, "stuck", 60_000);
        player.with(|state| state.frames.clear());
        for _ in 0..25 {
            assert!(still.tick(&player));
        }
        for _ in 0..4 {
            still.beat(&player);
        }
        assert_eq!(count(), (3 + 4 * u64::from(gap), gap));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_late_frames_are_is_counted() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "whole", 60_000);
    for micros in [100, 700, 700, 60_000] {
        let began = Instant::now();
        while player.with(|state| state.frames.is_empty()) {
            assert!(began.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_micros(100));
        }
        player.tick(Instant::now(), Duration::from_micros(micros), 0);
    }
    let sending = player.with(|state| state.sending);
    assert_eq!((sending.delays, sending.delay), ([1, 2, 0, 0, 0, 0, 0, 1], 61_500));
}
