//! Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

use crate::node::Node;
use crate::player::{BOUNDS, Counts, Player, Sending};

/// Players that have series of their own: those that are there longest, so that theirs go on. A player has 13.
const MOST_SERIES: usize = 500;

fn put(out: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

/// What is told of one player.
struct One {
    labels: String,
    counts: Counts,
    sending: Sending,
}

impl One {
    /// Names of sessions are ours, and guilds are numbers: there is nothing to escape.
    fn of(player: &Player) -> Option<Self> {
        let session = player.session.upgrade()?;
        let labels = format!("session=\"{}\",guild=\"{}\"", session.id, player.guild_id);
        let (counts, sending) = player.with(|state| (state.counts, state.sending));
        Some(Self { labels, counts, sending })
    }

    /// A histogram of how late its frames were, each place with those before it, as Prometheus has it.
    fn delays(&self, out: &mut String) {
        let Self { labels, sending, .. } = self;
        let mut count = 0_u64;
        let bounds = BOUNDS.iter().map(|bound| seconds(*bound)).chain(["+Inf".to_owned()]);
        for (bound, delays) in bounds.zip(sending.delays) {
            count += u64::from(delays);
            let _ = writeln!(out, "{DELAY}_bucket{{{labels},le=\"{bound}\"}} {count}");
        }
        let sum = seconds(sending.delay);
        let _ = writeln!(out, "{DELAY}_sum{{{labels}}} {sum}\n{DELAY}_count{{{labels}}} {count}");
    }
}

const DELAY: &str = "lavalink_player_send_delay_seconds";

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Series of each player.
fn each_player(out: &mut String, mut players: Vec<Arc<Player>>) {
    players.sort_by_key(|player| player.key);
    let without = players.len().saturating_sub(MOST_SERIES);
    put(
        out,
        "lavalink_players_without_series",
        "gauge",
        "Players beyond those that have series of their own.",
        without,
    );
    let players: Vec<One> = players.iter().take(MOST_SERIES).filter_map(|player| One::of(player)).collect();
    let counters: [(&str, &str, fn(&One) -> u64); 3] = [
        ("lavalink_player_frames_sent_total", "Frames that were sent.", |one| one.counts.sent),
        ("lavalink_player_frames_missed_total", "Frames that were due and missing.", |one| one.counts.nulled),
        ("lavalink_player_underruns_total", "Times that frames ran out while it was heard.", |one| {
            u64::from(one.sending.underruns)
        }),
    ];
    for (name, help, value) in counters {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter");
        for one in &players {
            let _ = writeln!(out, "{name}{{{}}} {}", one.labels, value(one));
        }
    }
    let _ = writeln!(out, "# HELP {DELAY} How late frames were sent, by the grid of 20 ms.\n# TYPE {DELAY} histogram");
    players.iter().for_each(|one| one.delays(out));
}

pub(super) async fn metrics(State(node): State<Arc<Node>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures(&node))
}

/// All of them.
pub(crate) fn figures(node: &Node) -> String {
    let stats = node.stats(None);
    let (mut sent, mut nulled) = (0, 0);
    let players = node.players();
    for player in &players {
        let counts = player.with(|state| state.counts);
        sent += counts.sent;
        nulled += counts.nulled;
    }
    let mut out = String::with_capacity(2_048);
    put(&mut out, "lavalink_sessions", "gauge", "Sessions.", node.sessions().len());
    put(&mut out, "lavalink_players", "gauge", "Players.", stats.players);
    put(&mut out, "lavalink_playing_players", "gauge", "Players that play.", stats.playing_players);
    put(&mut out, "lavalink_uptime_milliseconds", "counter", "Time since the start.", stats.uptime);
    put(&mut out, "lavalink_memory_used_bytes", "gauge", "Memory of the node.", stats.memory.used);
    put(&mut out, "lavalink_cpu_system_load_percentage", "gauge", "Load of the machine.", stats.cpu.system_load);
    put(&mut out, "lavalink_cpu_lavalink_load_percentage", "gauge", "Load by the node.", stats.cpu.lavalink_load);
    put(&mut out, "lavalink_frames_sent", "gauge", "Frames that players which exist have sent.", sent);
    put(&mut out, "lavalink_frames_nulled", "gauge", "Frames that were due and missing.", nulled);
    put(
        &mut out,
        "lavalink_clock_late_microseconds",
        "gauge",
        "Worst delay of a tick since the last look.",
        node.take_late(),
    );
    let received = &node.received;
    for (name, help, count) in [
        ("received", "Packets of voice that were opened while somebody received.", &received.received),
        ("dropped", "Packets that were forged, seen before, too late, or of no known key.", &received.dropped),
        ("lost", "Packets that never came.", &received.lost),
        ("unread", "Packets that a receiver was too slow for.", &received.unread),
    ] {
        let name = format!("lavalink_voice_packets_{name}_total");
        put(&mut out, &name, "counter", help, count.load(std::sync::atomic::Ordering::Relaxed));
    }
    let receivers: usize = node.players().iter().map(|player| player.hub.len()).sum();
    put(&mut out, "lavalink_voice_receivers", "gauge", "Sockets that receive voice.", receivers);
    let replaced = node.grid.replaced.load(std::sync::atomic::Ordering::Relaxed);
    put(
        &mut out,
        "lavalink_workers_replaced_total",
        "counter",
        "Workers that died, starved or were drained.",
        replaced,
    );
    let workers = node.grid.view();
    let _ = writeln!(out, "# HELP lavalink_workers Workers, by where they run.\n# TYPE lavalink_workers gauge");
    for kind in ["threads", "process", "host"] {
        let count = workers.iter().filter(|worker| worker.kind == kind).count();
        let _ = writeln!(out, "lavalink_workers{{kind=\"{kind}\"}} {count}");
    }
    let _ =
        writeln!(out, "# HELP lavalink_worker_score Health of a worker, 0 to 100.\n# TYPE lavalink_worker_score gauge");
    for worker in &workers {
        let _ = writeln!(out, "lavalink_worker_score{{worker=\"{}\"}} {}", worker.id, worker.score);
    }
    let _ = writeln!(out, "# HELP lavalink_worker_load Cores that rendering takes.\n# TYPE lavalink_worker_load gauge");
    for worker in &workers {
        let _ = writeln!(out, "lavalink_worker_load{{worker=\"{}\"}} {:.4}", worker.id, worker.load);
    }
    each_player(&mut out, players);
    out
}
