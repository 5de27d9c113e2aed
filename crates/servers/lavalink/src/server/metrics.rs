//! Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;

use crate::node::Node;

fn put(out: &mut String, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

pub(super) async fn metrics(State(node): State<Arc<Node>>) -> impl IntoResponse {
    let stats = node.stats(None);
    let (mut sent, mut nulled) = (0, 0);
    for player in node.players() {
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
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out)
}
