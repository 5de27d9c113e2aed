//! How fast events reach many sockets, and what an idle session costs.
//!
//! `cargo run --release -p guildhall-gateway --example fanout`: gateway, bus and clients in one process over loopback. The
//! clients only count frames. Figures of one machine: see `docs/adr/0003-gateway.md`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a measurement"
)]

mod stand;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use stand::{Stand, send};

/// Messages that may be on their way at once.
const WINDOW: u64 = 256;

/// Each measurement has a process of its own: memory that an earlier one gave back would make a later one look free.
fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(what) = arguments.next() else {
        println!("{:<34}{:>14}", "measured", "result");
        for what in ["fan-out", "latency", "memory"] {
            for compress in ["", "zlib-stream", "zstd-stream"] {
                let program = std::env::current_exe().unwrap();
                let mut child = std::process::Command::new(program);
                assert!(child.args([what, compress]).status().unwrap().success());
            }
        }
        return;
    };
    let compress = arguments.next().unwrap_or_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let stand = Stand::new().await;
        match what.as_str() {
            "fan-out" => fan_out(&stand, 100, &compress, 4.0).await,
            "latency" => latency(&stand, 1000, &compress).await,
            _ => memory(&stand, 1000, &compress).await,
        }
    });
}

/// Words in an order that does not repeat soon, so that compression has something to do.
fn words(seed: u64) -> String {
    const WORDS: [&str; 16] = [
        "guild", "hall", "stone", "river", "quick", "seven", "amber", "night", "cloud", "paper", "lantern", "north",
        "copper", "meadow", "signal", "thread",
    ];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let word = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        WORDS[(state % 16) as usize]
    };
    (0..25).map(word).collect::<Vec<_>>().join(" ")
}

fn report(what: &str, compress: &str, result: &str) {
    let name = if compress.is_empty() { "plain" } else { compress };
    println!("{:<34}{result:>14}", format!("{what}, {name}"));
}

/// Deliveries in a second, under pipelined load.
async fn fan_out(stand: &Stand, receivers: u64, compress: &str, seconds: f64) {
    let frames = stand.crowd(receivers, compress).await;
    let bytes = stand.gateway.metrics().bytes;
    let start = Instant::now();
    let before = frames.load(Ordering::Relaxed);
    let mut published = 0;
    while start.elapsed().as_secs_f64() < seconds {
        stand.say("Pipelined, as fast as the sockets take it. ".repeat(4).as_str());
        published += 1;
        while published * receivers - (frames.load(Ordering::Relaxed) - before) > WINDOW * receivers {
            tokio::task::yield_now().await;
        }
    }
    while frames.load(Ordering::Relaxed) - before < published * receivers {
        tokio::task::yield_now().await;
    }
    let rate = (published * receivers) as f64 / start.elapsed().as_secs_f64();
    let bytes = (stand.gateway.metrics().bytes - bytes) / (published * receivers);
    report(&format!("deliveries/s to {receivers}"), compress, &format!("{rate:.0} ({bytes} B)"));
}

/// How long the last of many waits, at five messages in a second.
async fn latency(stand: &Stand, receivers: u64, compress: &str) {
    let start = Instant::now();
    let frames = stand.crowd(receivers, compress).await;
    let ready = start.elapsed().as_secs_f64();
    report(&format!("{receivers} sessions to READY"), compress, &format!("{ready:.2} s"));
    let mut waits = Vec::new();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let goal = frames.load(Ordering::Relaxed) + receivers;
        let start = Instant::now();
        stand.say("Calm.");
        while frames.load(Ordering::Relaxed) < goal {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        waits.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    waits.sort_by(f64::total_cmp);
    let at = |percent: usize| waits[waits.len() * percent / 100];
    report(&format!("last of {receivers}, p50 and p95"), compress, &format!("{:.1}, {:.1} ms", at(50), at(95)));
}

/// Resident memory for each session: after READY, after its first heartbeat, with a full replay buffer.
async fn memory(stand: &Stand, sessions: u64, compress: &str) {
    let before = resident();
    let start = Instant::now();
    let mut writers = Vec::new();
    for user in 1..=sessions {
        let (reader, writer) = stand.connect(user, compress, "online").await.into_split();
        writers.push(writer);
        // Without a buffer of its own, so that little of what is measured is the client's.
        tokio::spawn(async move {
            while reader.readable().await.is_ok() {
                let mut space = [0; 16 * 1024];
                if matches!(reader.try_read(&mut space), Ok(0)) {
                    break;
                }
            }
        });
    }
    while stand.gateway.metrics().identifies < sessions {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ready = start.elapsed().as_secs_f64();
    report(&format!("{sessions} sessions online"), compress, &format!("{ready:.2} s"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let identified = resident();
    for writer in &mut writers {
        send(writer, r#"{"op":1,"d":2}"#).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let settled = resident();
    for seed in 0..1200 {
        stand.say(&words(seed));
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = resident();
    let each = |now: u64| (now.saturating_sub(before)) as f64 / sessions as f64 / 1000.0;
    report("kB/session after READY", compress, &format!("{:.1}", each(identified)));
    report("kB/session after a heartbeat", compress, &format!("{:.1}", each(settled)));
    report("kB/session after 1200 messages", compress, &format!("{:.1}", each(used)));
}

fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}
