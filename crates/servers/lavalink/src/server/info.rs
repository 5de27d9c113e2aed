//! What the node is and how it is doing.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use super::answer::Json;
use crate::node::Node;
use crate::wire::{Git, Info, Plugin, Stats, Version};

/// The version of Lavalink whose protocol is spoken: clients compare it.
const PROTOCOL: &str = "4.2.2";
/// Filters, exactly as clients look for them.
const FILTERS: [&str; 15] = [
    "volume",
    "equalizer",
    "karaoke",
    "timescale",
    "tremolo",
    "vibrato",
    "distortion",
    "rotation",
    "channelMix",
    "lowPass",
    "highPass",
    "compressor",
    "echo",
    "reverb",
    "loudness",
];

pub(super) async fn version() -> &'static str {
    PROTOCOL
}

pub(super) async fn info(State(node): State<Arc<Node>>) -> Json<Info> {
    let own = env!("CARGO_PKG_VERSION");
    let plugin = |name: &str| Plugin { name: name.to_owned(), version: own.to_owned() };
    let always = ["guildhall-queue", "lavasearch-plugin", "lavalyrics-plugin"];
    Json(Info {
        version: Version { semver: PROTOCOL.to_owned(), major: 4, minor: 2, patch: 2, pre_release: None, build: None },
        build_time: 0,
        git: Git { branch: "guildhall".to_owned(), commit: own.to_owned(), commit_time: 0 },
        jvm: "none".to_owned(),
        lavaplayer: format!("guildhall {own}"),
        source_managers: node.sources.names(),
        filters: FILTERS.map(ToOwned::to_owned).to_vec(),
        plugins: always.into_iter().chain(node.sources.plugins()).map(plugin).collect(),
    })
}

pub(super) async fn stats(State(node): State<Arc<Node>>) -> Json<Stats> {
    Json(node.stats(None))
}

/// There is no rotation of addresses, which Lavalink says by an empty answer.
pub(super) async fn no_route_planner() -> StatusCode {
    StatusCode::NO_CONTENT
}
