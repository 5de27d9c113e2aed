//! A player moves to another worker while the one that it has goes on: only when the new one has made what comes next is the old
//! one let go. Nobody hears that; and where the new one is not ready in time, nothing has happened.

use std::collections::VecDeque;

use super::{Player, State};
use crate::engine::{Frame, Order, Play, THROUGH, WINDOW};
use crate::grid::{Needs, WorkerId};
use crate::lock;
use crate::node::Node;

/// So many milliseconds behind what waits the new worker begins: that long it has to open the track.
const LEAD: u64 = 3_000;
/// Nobody moves who has less than that to play after it, in milliseconds.
const REST: u64 = 10_000;
/// The new worker begins two frames before, so that its limiter and its encoder have heard what comes before when it is its turn.
const WARM: u64 = 40;
/// Frames that the new worker has made before the old one is let go, some of which are not heard.
const READY: usize = WINDOW as usize * 2 / 3;
/// Frames of both that are to be the same are no further apart, in milliseconds: Opus that passes through cannot be cut.
const APART: u32 = 10;

/// Of those that have to move, this much is borne: a frame that is played faster is longer.
const APART_AT_MOST: u32 = 40;
/// Who has to move needs no more than that after it, in milliseconds.
const REST_AT_LEAST: u64 = 1_000;

/// Who is to go on.
pub(super) struct Heir {
    worker: WorkerId,
    epoch: u32,
    /// Where both meet, in milliseconds, and how far apart frames of both may be that are to be the same.
    position: u64,
    apart: u32,
    frames: VecDeque<Frame>,
    /// What was laid over the track and is over by then.
    over: Vec<u64>,
}

impl Heir {
    pub(super) fn is(&self, worker: WorkerId, epoch: u32) -> bool {
        self.worker == worker && self.epoch == epoch
    }

    /// Whether it has made enough.
    pub(super) fn is_ready(&self) -> bool {
        self.frames.len() >= READY
    }
}

/// How a player stands to a worker that is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Off {
    /// It has another, or needs none.
    Gone,
    /// It begins to move.
    Begins,
    /// It moves, or cannot yet.
    Waits,
}

/// What a move takes.
#[derive(Clone, Copy)]
struct Way {
    /// Milliseconds that the new worker has to open the track.
    lead: u64,
    /// Whether it has to move: then it is disturbed rather than cut off.
    must: bool,
}

impl Player {
    /// Has another worker go on in a moment; false where that worker cannot, or somebody would hear it.
    pub(crate) fn move_to(&self, worker: WorkerId) -> bool {
        let Some(node) = self.node.upgrade() else { return false };
        let mut state = lock(&self.state);
        let free = state.heir.is_none() && !state.stays && !state.moves && state.worker != Some(worker);
        let way = Way { lead: LEAD, must: false };
        let Some(position) = state.movable(&node, way).filter(|_| free) else { return false };
        node.grid.lend(worker, &state.needs()) && state.appoint(self, &node, worker, position, way)
    }

    /// Has another worker go on in a moment, because this one is let go; at once, where nothing is heard.
    pub(crate) fn move_off(&self, from: WorkerId, lead: u64, lend: impl FnOnce(&Needs<'_>) -> Option<WorkerId>) -> Off {
        let Some(node) = self.node.upgrade() else { return Off::Gone };
        let mut state = lock(&self.state);
        if state.heir_is_on(from) {
            state.disinherit(self);
        }
        if state.worker != Some(from) {
            return Off::Gone;
        }
        let heard = state.link.as_ref().is_some_and(|link| link.connected()) && !state.paused;
        if !heard || state.dry.is_some() || state.track.is_none() || state.ending.is_some() {
            // What was made is played out, and who misses frames has none to lose.
            state.worker = None;
            node.grid.tell(from, Order::Stop { player: self.key });
            node.grid.release(from);
            if state.track.is_some() && state.ending.is_none() {
                self.emit_replaced(from, state.position);
                state.go_on(self);
            }
            return Off::Gone;
        }
        if state.heir.is_some() {
            return Off::Waits;
        }
        let way = Way { lead, must: true };
        let Some(position) = state.movable(&node, way) else { return Off::Waits };
        let Some(worker) = lend(&state.needs()) else { return Off::Waits };
        state.moves = false;
        if state.appoint(self, &node, worker, position, way) { Off::Begins } else { Off::Waits }
    }
}

impl State {
    /// Has a worker that was lent make what comes from a position on.
    fn appoint(&mut self, player: &Player, node: &Node, worker: WorkerId, position: u64, way: Way) -> bool {
        let Some(info) = self.track.as_ref().map(crate::wire::Track::to_play) else {
            node.grid.release(worker);
            return false;
        };
        self.epochs += 1;
        let epoch = self.epochs;
        let play = Play {
            player: player.key,
            epoch,
            loudness: lock(&node.loudness).get(&info),
            track: info,
            position: position.saturating_sub(WARM),
            end: self.end,
            sound: self.tone(node),
        };
        node.grid.tell(worker, Order::Play(Box::new(play)));
        if self.next.is_some() {
            node.grid.tell(worker, self.next_order(player.key, node, epoch));
        }
        let waiting = u64::try_from(self.frames.len()).unwrap_or_default();
        self.lay_at(player, node, worker, self.counts.sent + waiting + way.lead.saturating_sub(WARM) / 20);
        let apart = if way.must { APART_AT_MOST } else { APART };
        self.heir = Some(Box::new(Heir { worker, epoch, position, apart, frames: VecDeque::new(), over: Vec::new() }));
        true
    }

    /// Where another worker could go on unheard, in milliseconds. What has no end sounds otherwise wherever it is opened anew, and
    /// something laid over the track, or a track that is played faster, is better not disturbed: they move where they have to. A
    /// fade is always waited for.
    fn movable(&self, node: &Node, way: Way) -> Option<u64> {
        let info = &self.track.as_ref()?.info;
        let heard = self.link.as_ref().is_some_and(|link| link.connected()) && !self.paused && self.ending.is_none();
        let plain = info.is_seekable && !info.is_stream && self.layers.is_empty() && self.filters.timescale.is_none();
        let fades = self.counts.sent < self.faded || self.frames.iter().any(|frame| frame.turn.is_some());
        let last = self.frames.back().filter(|_| self.frames_epoch == self.epoch)?;
        let position = u64::from(last.position) + 20 + way.lead;
        let length = u64::try_from(info.length).unwrap_or_default();
        let length = self.end.map_or(length, |end| end.min(length));
        let fade = if self.next.is_some() { u64::from(self.fade(node)) } else { 0 };
        let rest = if way.must { REST_AT_LEAST } else { REST };
        let long = position + rest + fade <= length || way.must && info.is_stream && self.end.is_none();
        (heard && (plain || way.must) && !fades && long).then_some(position)
    }

    /// The worker whose sound is heard, or will be in a moment; nothing while nothing is.
    pub(crate) fn seat(&self) -> Option<WorkerId> {
        let plays = self.track.is_some() && !self.paused;
        self.heir.as_ref().map(|heir| heir.worker).or(self.worker).filter(|_| plays)
    }

    /// Whether who is to go on is of a worker.
    pub(super) fn heir_is_on(&self, worker: WorkerId) -> bool {
        self.heir.as_ref().is_some_and(|heir| heir.worker == worker)
    }

    /// Frames of who is to go on.
    pub(super) fn inherit(&mut self, player: &Player, frames: Vec<Frame>) {
        if let Some(heir) = &mut self.heir {
            let room = (THROUGH as usize).saturating_sub(heir.frames.len());
            heir.frames.extend(frames.into_iter().take(room));
        }
        self.hand_over(player);
    }

    /// Lets the old worker go, once the frames of both meet behind what waits.
    pub(super) fn hand_over(&mut self, player: &Player) {
        let Some(heir) = self.heir.as_ref().filter(|heir| heir.is_ready() && self.frames_epoch == self.epoch) else {
            return;
        };
        let met = self.frames.iter().enumerate().find(|(_, frame)| u64::from(frame.position) >= heir.position);
        let Some((at, position)) = met.map(|(at, frame)| (at, frame.position)) else { return };
        let apart = heir.frames.iter().map(|frame| frame.position.abs_diff(position)).enumerate();
        let Some((unheard, _)) = apart.min_by_key(|(_, apart)| *apart).filter(|(_, apart)| *apart <= heir.apart) else {
            // Something would be heard twice, or not at all.
            self.stays = true;
            self.disinherit(player);
            return;
        };
        let (Some(heir), Some(old), Some(node)) = (self.heir.take(), self.worker, player.node.upgrade()) else {
            return;
        };
        self.layers_over(player, &heir.over);
        self.frames.truncate(at);
        self.foreign = at;
        self.frames.extend(heir.frames.into_iter().skip(unheard));
        (self.epoch, self.frames_epoch) = (heir.epoch, heir.epoch);
        (self.taken, self.told) = (u32::try_from(unheard).unwrap_or_default(), 0);
        self.worker = Some(heir.worker);
        node.grid.tell(old, Order::Stop { player: player.key });
        node.grid.release(old);
        // Processor time may have become short meanwhile.
        node.grid.tell(heir.worker, Order::Sound { player: player.key, sound: Box::new(self.tone(&node)) });
        player.emit_replaced(old, self.position);
    }

    /// Something that was laid over the track is over for who is to go on; false where that is somebody else.
    pub(super) fn over_for_heir(&mut self, worker: WorkerId, layer: u64) -> bool {
        let heir = self.heir.as_mut().filter(|heir| heir.worker == worker);
        heir.map(|heir| heir.over.push(layer)).is_some()
    }

    /// Who is to go on, if somebody is.
    pub(super) fn heir_worker(&self) -> Option<WorkerId> {
        self.heir.as_ref().map(|heir| heir.worker)
    }

    /// Gives up a move for which the new worker was too slow: what it was to make is due.
    pub(super) fn outrun(&mut self, player: &Player) {
        let due = self.frames.front().map(|frame| u64::from(frame.position));
        if let Some(heir) = self.heir.as_ref().filter(|heir| due.is_some_and(|due| due >= heir.position)) {
            tracing::debug!(worker = heir.worker, "a player stays where it is: its track was not opened in time");
            self.stays = true;
            self.disinherit(player);
        }
    }

    /// Nobody else is to go on.
    pub(super) fn disinherit(&mut self, player: &Player) {
        if let (Some(heir), Some(node)) = (self.heir.take(), player.node.upgrade()) {
            node.grid.tell(heir.worker, Order::Stop { player: player.key });
            node.grid.release(heir.worker);
        }
    }
}
