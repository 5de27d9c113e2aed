//! What it takes to go on playing elsewhere, or after a restart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Player;
use super::mix::LayerRecord;
use crate::lock;
use crate::queue::Queue;
use crate::track::Blob;
use crate::wire::{Filters, Track, VoiceState};

/// A recovery record.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    track: Option<TrackRecord>,
    /// What is known to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<TrackRecord>,
    position: u64,
    end: Option<u64>,
    volume: u16,
    paused: bool,
    filters: Filters,
    crossfade: Option<u32>,
    tier: u8,
    voice: VoiceState,
    /// Queues have records of their own, but for those of nodes that did not do so yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<Queue>,
    categories: Option<Vec<String>>,
    /// Whether the client is told of words.
    words: bool,
    layers: Vec<LayerRecord>,
}

/// A queue, or that there is none.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Queued(pub(crate) Option<Queue>);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TrackRecord {
    encoded: String,
    plugin_info: Map<String, Value>,
    user_data: Map<String, Value>,
}

impl TrackRecord {
    pub(super) fn of(track: &Track) -> Self {
        Self {
            encoded: track.encoded.clone(),
            plugin_info: track.plugin_info.clone(),
            user_data: track.user_data.clone(),
        }
    }

    pub(super) fn track(self) -> Option<Track> {
        let info = Blob::decode(&self.encoded).ok()?.info;
        Some(Track { encoded: self.encoded, info, plugin_info: self.plugin_info, user_data: self.user_data })
    }
}

impl Player {
    /// The record, where it is due: something changed, or the track has moved on. With it the queue, which may be long: only
    /// where something changed.
    pub(crate) fn take_record(&self) -> Option<(Record, Option<Queued>)> {
        let mut state = lock(&self.state);
        let moving = state.track.is_some() && !state.paused;
        let changed = std::mem::take(&mut state.unsaved);
        if !changed && !moving {
            return None;
        }
        let queue = changed.then(|| Queued(state.queue.clone()));
        let record = Record {
            track: state.track.as_ref().map(TrackRecord::of),
            next: state.next.as_ref().map(TrackRecord::of),
            position: state.position,
            end: state.end,
            volume: state.volume,
            paused: state.paused,
            filters: state.filters.clone(),
            crossfade: state.crossfade,
            tier: state.tier,
            voice: state.voice.clone(),
            queue: None,
            categories: state.sponsor.categories.clone(),
            words: state.words.subscribed,
            layers: state.layer_records(),
        };
        Some((record, queue))
    }

    /// The record was not written.
    pub(crate) fn keep_unsaved(&self) {
        lock(&self.state).unsaved = true;
    }

    /// Goes on from a record. No event is told: for the client, nothing happened.
    pub(crate) fn restore(self: &Arc<Self>, record: Record) {
        let voice = record.voice.clone();
        {
            let mut state = lock(&self.state);
            state.volume = record.volume;
            state.paused = record.paused;
            state.filters = record.filters;
            state.crossfade = record.crossfade;
            state.tier = record.tier;
            state.queue = record.queue;
            state.sponsor.categories = record.categories;
            state.words.subscribed = record.words;
            state.end = record.end;
            if let Some(track) = record.track.and_then(TrackRecord::track) {
                state.track = Some(track);
                if let Some(node) = self.node.upgrade() {
                    state.restore_layers(&node, record.layers);
                }
                state.position = record.position;
                // Who played before does so again: where there is no processor time for all of them at once, they wait for it.
                state.waits = true;
                state.begin(self, record.position, false);
                if let Some(next) = record.next.and_then(TrackRecord::track) {
                    state.set_next(Some(next));
                } else {
                    self.plan_in(&mut state);
                }
            }
            self.look_for_segments(&mut state);
            self.look_for_words(&mut state);
        }
        if !voice.token.is_empty() {
            self.connect(voice);
        }
        if let Some(node) = self.node.upgrade() {
            node.grid.wait();
        }
    }
}
