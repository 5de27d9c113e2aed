//! Who makes the frames: a worker is lent to a player, and another goes on where that is needed.

use std::time::Instant;

use super::{Player, State};
use crate::engine::{Key, Next, Order, Play};
use crate::grid::{Needs, WorkerId};
use crate::lock;
use crate::node::Node;
use crate::wire::{Filters, Track};

/// Tracks that were to follow one after the other, and of which a worker may have begun one.
const MOST_FOLLOWERS: usize = 16;

impl Player {
    /// Begins anew on another worker, where it stands: the old one is gone.
    pub(crate) fn relocate(&self, from: WorkerId) {
        let mut state = lock(&self.state);
        if state.heir_is_on(from) {
            state.disinherit(self);
        }
        if state.worker != Some(from) {
            return;
        }
        state.worker = None;
        if state.track.is_none() || state.ending.is_some() {
            return;
        }
        self.emit_replaced(from, state.position);
        state.go_on(self);
    }

    /// Tells who wants to know all that another worker goes on.
    pub(super) fn emit_replaced(&self, from: WorkerId, position: u64) {
        let mut fields = serde_json::Map::new();
        fields.insert("worker".into(), from.into());
        fields.insert("position".into(), position.into());
        self.emit_extra("WorkerReplacedEvent", fields);
    }

    /// Whether it may begin now, for which it waits.
    pub(crate) fn admitted(&self, node: &Node) -> bool {
        let (tier, track) = self.with(|state| (state.tier, state.track.clone()));
        let sources = track.iter().map(|track| track.info.source_name.as_str()).collect();
        node.grid.admit(node, tier, &Needs { sources, ..Needs::default() })
    }

    /// Begins that waits for processor time.
    pub(crate) fn begin_now(&self) {
        let mut state = lock(&self.state);
        if std::mem::take(&mut state.waits) {
            state.go_on(self);
        }
    }

    /// Begins where it stands, if there was no worker for it before.
    pub(crate) fn find_worker(&self) {
        let mut state = lock(&self.state);
        if state.worker.is_none() {
            state.go_on(self);
        }
    }
}

impl State {
    /// What it needs a worker for.
    pub(super) fn needs(&self) -> Needs<'_> {
        let tracks = self.track.iter().chain(&self.next).chain(self.layer_tracks());
        let sources = tracks.map(|track| track.info.source_name.as_str()).collect();
        Needs { sources, here: self.here, through: false }
    }

    /// Whether its packets are likely to go through as they came.
    pub(crate) fn goes_through(&self, node: &Node) -> bool {
        let plain = self.volume == 100 && self.filters == Filters::default() && node.settings.loudness.is_none();
        self.may_be_opus && plain && self.layers.is_empty()
    }

    /// Whether its worker can play all that is to be heard.
    pub(super) fn fits(&self, node: &Node) -> bool {
        self.worker.is_none_or(|worker| node.grid.serves(worker, &self.needs()))
    }

    /// Begins anew where it stands, with another worker where this one is gone or cannot play all.
    pub(super) fn go_on(&mut self, player: &Player) {
        if self.track.is_none() || self.ending.is_some() {
            return;
        }
        // What waits is still good, if it is of what plays: the new worker goes on behind it.
        let follows = self.frames_epoch == self.epoch;
        let last = self.frames.back().filter(|_| follows);
        let position = last.map_or(self.position, |frame| u64::from(frame.position) + 20);
        self.begin(player, position, follows);
    }

    /// As [`State::go_on`], once the fade is over that is heard.
    pub(super) fn go_on_later(&mut self, player: &Player) {
        if self.counts.sent >= self.faded {
            self.go_on(player);
        } else {
            self.moves = true;
        }
    }

    /// Says what follows from now on. What a worker has begun meanwhile is known by its number.
    pub(super) fn set_next(&mut self, next: Option<Track>) {
        self.number = self.number.wrapping_add(1);
        if let Some(track) = &next {
            if self.followers.len() >= MOST_FOLLOWERS {
                self.followers.pop_front();
            }
            self.followers.push_back((self.number, track.clone()));
        }
        self.next = next;
    }

    /// Nothing follows, and nothing has begun.
    pub(super) fn forget_next(&mut self) {
        self.next = None;
        self.followers.clear();
    }

    /// What a worker is told of the track that follows.
    pub(super) fn next_order(&self, key: Key, node: &Node, epoch: u32) -> Order {
        let track = self.next.as_ref().map(|next| {
            let info = next.to_play();
            Box::new(Next { loudness: lock(&node.loudness).get(&info), track: info })
        });
        Order::Next { player: key, epoch, number: self.number, track, fade: self.fade(node) }
    }

    /// Milliseconds by which the next track is faded into.
    pub(super) fn fade(&self, node: &Node) -> u32 {
        self.crossfade.unwrap_or(node.settings.crossfade_ms)
    }

    /// Has a worker play the track from a position. Frames that wait are kept until the first new one comes, or played out
    /// where the new ones follow them.
    pub(super) fn begin(&mut self, player: &Player, position: u64, follows: bool) {
        let Some(node) = player.node.upgrade().filter(|_| !self.gone) else { return };
        // Where the turn to the next track waits to be sent, that is what is to be made.
        let turn = self.frames.iter().rev().filter(|_| follows).find_map(|frame| frame.turn);
        let follower = turn.and_then(|number| self.followers.iter().find(|(known, _)| *known == number));
        let turns = follower.is_some();
        let Some(track) = follower.map(|(_, track)| track).or(self.track.as_ref()) else { return };
        let info = track.to_play();
        self.may_be_opus = track.may_be_opus();
        self.disinherit(player);
        self.turn_over();
        self.foreign = 0;
        if follows {
            self.frames_epoch = self.epoch;
            self.foreign = self.frames.len();
        } else {
            let last = self.number;
            self.followers.retain(|(number, _)| *number == last);
        }
        self.taken = 0;
        self.told = 0;
        self.ending = None;
        self.dry = None;
        self.missing = 0;
        self.moves = false;
        if self.waits {
            return;
        }
        self.begun = Some(Instant::now());
        if let Some(worker) = self.worker.filter(|worker| !self.fits(&node) || node.grid.is_leaving(*worker)) {
            node.grid.tell(worker, Order::Stop { player: player.key });
            node.grid.release(worker);
            self.worker = None;
        }
        let play = Play {
            player: player.key,
            epoch: self.epoch,
            loudness: lock(&node.loudness).get(&info),
            track: info,
            position,
            end: self.end.filter(|_| !turns),
            sound: self.tone(&node),
        };
        let stays = self.worker.is_some();
        let worker = self.worker.or_else(|| {
            let through = self.goes_through(&node);
            node.grid.place(&Needs { through, ..self.needs() })
        });
        self.worker = worker;
        let Some(worker) = worker else { return };
        node.grid.tell(worker, Order::Play(Box::new(play)));
        if self.next.is_some() && turn.is_none_or(|turn| turn != self.number) {
            node.grid.tell(worker, self.next_order(player.key, &node, self.epoch));
        }
        if !stays {
            self.lay_again(player, &node, worker);
        }
    }
}
