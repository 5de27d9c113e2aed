//! Speech and effects over what plays, which becomes softer meanwhile.

use serde::{Deserialize, Serialize};

use super::{Player, State};
use crate::engine::{Layer as Order, Order as Said};
use crate::grid::WorkerId;
use crate::lock;
use crate::node::Node;
use crate::wire::Track;

use super::record::TrackRecord;

/// More at the same time would be noise.
pub(crate) const MOST: usize = 4;

/// Something that is heard over the track.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    id: u64,
    track: Track,
    /// 0 to 1.
    volume: f32,
    /// Frames that the player had sent when it began here.
    since: u64,
    /// Where in its track that was, in milliseconds.
    begun: u64,
}

/// A layer as it outlasts the node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LayerRecord {
    id: u64,
    track: TrackRecord,
    volume: f32,
    /// Milliseconds.
    position: u64,
}

/// A layer as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct LayerView {
    id: String,
    track: Track,
    volume: f32,
    /// Milliseconds.
    position: u64,
}

/// Why nothing is laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoLayer {
    NothingPlays,
    TooMany,
}

impl Player {
    /// Begins something over the track that plays.
    pub(crate) fn add_layer(&self, track: Track, volume: f32) -> Result<LayerView, NoLayer> {
        let node = self.node.upgrade().ok_or(NoLayer::NothingPlays)?;
        let mut state = lock(&self.state);
        let (Some(worker), Some(_)) = (state.worker, &state.track) else { return Err(NoLayer::NothingPlays) };
        if state.layers.len() >= MOST {
            return Err(NoLayer::TooMany);
        }
        let layer = Layer { id: node.next_key(), track, volume, since: state.counts.sent, begun: 0 };
        let (order, view) = (layer.order(self, 0), layer.view(state.counts.sent));
        state.layers.push(layer);
        state.unsaved = true;
        self.tell_mix_started(&view);
        state.disinherit(self);
        if state.fits(&node) {
            node.grid.tell(worker, Said::Layer(Box::new(order)));
            return Ok(view);
        }
        // It begins behind what waits to be sent, and there the other worker goes on.
        let waiting = u64::try_from(state.frames.len()).unwrap_or_default();
        let since = state.counts.sent + waiting;
        state.layers.iter_mut().rev().take(1).for_each(|layer| layer.since = since);
        state.go_on(self);
        Ok(view)
    }

    /// What is heard over the track.
    pub(crate) fn layers(&self) -> Vec<LayerView> {
        let state = lock(&self.state);
        state.layers.iter().map(|layer| layer.view(state.counts.sent)).collect()
    }

    /// Makes one louder or softer; false if there is none of that number.
    pub(crate) fn set_layer_volume(&self, id: u64, volume: f32) -> bool {
        let mut state = lock(&self.state);
        let Some(layer) = state.layers.iter_mut().find(|layer| layer.id == id) else { return false };
        layer.volume = volume;
        state.unsaved = true;
        if let Some(node) = self.node.upgrade() {
            for worker in state.worker.into_iter().chain(state.heir_worker()) {
                node.grid.tell(worker, Said::LayerVolume { player: self.key, id, volume });
            }
        }
        true
    }

    /// Takes one away; false if there is none of that number.
    pub(crate) fn remove_layer(&self, id: u64) -> bool {
        let mut state = lock(&self.state);
        let Some(at) = state.layers.iter().position(|layer| layer.id == id) else { return false };
        let layer = state.layers.remove(at);
        state.unsaved = true;
        self.tell_mix_ended(&layer, "REMOVED");
        if let Some(node) = self.node.upgrade() {
            for worker in state.worker.into_iter().chain(state.heir_worker()) {
                node.grid.tell(worker, Said::Unlayer { player: self.key, id });
            }
        }
        true
    }

    /// What was laid over a track ends with it.
    pub(super) fn end_layers(&self, state: &mut State) {
        for layer in std::mem::take(&mut state.layers) {
            self.tell_mix_ended(&layer, "MAIN_ENDED");
        }
    }

    /// One came to its end.
    pub(crate) fn layer_ended(&self, worker: WorkerId, id: u64) {
        let mut state = lock(&self.state);
        if !state.over_for_heir(worker, id) && state.worker == Some(worker) {
            state.layers_over(self, &[id]);
        }
    }

    fn tell_mix_started(&self, layer: &LayerView) {
        let mut fields = serde_json::Map::new();
        fields.insert("mixId".into(), layer.id.clone().into());
        fields.insert("track".into(), serde_json::to_value(&layer.track).unwrap_or_default());
        fields.insert("volume".into(), layer.volume.into());
        self.emit_extra("MixStartedEvent", fields);
    }

    fn tell_mix_ended(&self, layer: &Layer, reason: &str) {
        let mut fields = serde_json::Map::new();
        fields.insert("mixId".into(), layer.id.to_string().into());
        fields.insert("reason".into(), reason.into());
        self.emit_extra("MixEndedEvent", fields);
    }
}

impl State {
    /// Layers came to their ends.
    pub(super) fn layers_over(&mut self, player: &Player, ids: &[u64]) {
        for layer in self.layers.extract_if(.., |layer| ids.contains(&layer.id)) {
            self.unsaved = true;
            player.tell_mix_ended(&layer, "FINISHED");
        }
    }

    /// The tracks of what is heard over the track.
    pub(super) fn layer_tracks(&self) -> impl Iterator<Item = &Track> {
        self.layers.iter().map(|layer| &layer.track)
    }

    /// What is heard over the track, to be written down.
    pub(super) fn layer_records(&self) -> Vec<LayerRecord> {
        self.layers.iter().map(|layer| layer.record(self.counts.sent)).collect()
    }

    /// What was heard over the track goes on. Numbers that clients know are not given out again.
    pub(super) fn restore_layers(&mut self, node: &Node, records: Vec<LayerRecord>) {
        for record in records.into_iter().take(MOST) {
            node.skip_key(record.id);
            let LayerRecord { id, track, volume, position } = record;
            let Some(track) = track.track() else { continue };
            self.layers.push(Layer { id, track, volume, since: self.counts.sent, begun: position });
        }
    }

    /// Another worker has to go on with what is heard over the track.
    pub(super) fn lay_again(&self, player: &Player, node: &Node, worker: WorkerId) {
        // What waits to be sent has it already.
        let waiting = u64::try_from(self.foreign).unwrap_or_default();
        self.lay_at(player, node, worker, self.counts.sent + waiting);
    }

    /// The same, from when the player will have sent so many frames.
    pub(super) fn lay_at(&self, player: &Player, node: &Node, worker: WorkerId, sent: u64) {
        for layer in &self.layers {
            let position = layer.position(sent);
            node.grid.tell(worker, Said::Layer(Box::new(layer.order(player, position))));
        }
    }
}

impl Layer {
    /// Milliseconds of it that were heard when the player has sent so many frames.
    fn position(&self, sent: u64) -> u64 {
        self.begun + sent.saturating_sub(self.since) * 20
    }

    fn record(&self, sent: u64) -> LayerRecord {
        let track = TrackRecord::of(&self.track);
        LayerRecord { id: self.id, track, volume: self.volume, position: self.position(sent) }
    }

    fn order(&self, player: &Player, position: u64) -> Order {
        Order { player: player.key, id: self.id, track: self.track.to_play(), position, volume: self.volume }
    }

    fn view(&self, sent: u64) -> LayerView {
        LayerView {
            id: self.id.to_string(),
            track: self.track.clone(),
            volume: self.volume,
            position: self.position(sent),
        }
    }
}
