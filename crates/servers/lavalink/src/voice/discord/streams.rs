//! What is heard of a channel, datagram by datagram: whose it is, in which order, and who begins and stops. No sockets, no clock.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use guildhall_rtp::discord::{OPUS, SILENCE, SILENCES};
use guildhall_rtp::reorder::Reorder;
use guildhall_rtp::{Key, Nonce, Packet, open};

use crate::voice::{Packets, Speaker, Spoken, Voiced};

/// Whoever sends nothing for so long has stopped, in milliseconds.
const PAUSE: u64 = 200;
/// Streams of one channel that are kept in mind; the one that has been silent longest is forgotten for another.
const MOST_STREAMS: usize = 256;
/// People who are kept in mind.
const MOST_SPEAKERS: usize = 10_000;
/// Longest payload: a frame of Opus, and what its encryption adds.
const MOST_PAYLOAD: usize = 1_500;

/// Who speaks in which stream, as the gateway tells it.
#[derive(Default)]
pub(super) struct Speakers {
    users: BTreeMap<u32, u64>,
    streams: BTreeMap<u64, u32>,
}

impl Speakers {
    /// Somebody speaks in a stream, and in no other any more.
    pub(super) fn speaks(&mut self, ssrc: u32, user: u64) {
        if self.users.get(&ssrc) == Some(&user) {
            return;
        }
        self.leaves(user);
        if let Some(before) = self.users.insert(ssrc, user) {
            self.streams.remove(&before);
        }
        self.streams.insert(user, ssrc);
        while self.users.len() > MOST_SPEAKERS {
            if let Some((_, user)) = self.users.pop_first() {
                self.streams.remove(&user);
            }
        }
    }

    pub(super) fn leaves(&mut self, user: u64) {
        if let Some(ssrc) = self.streams.remove(&user) {
            self.users.remove(&ssrc);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn user(&self, ssrc: u32) -> Option<u64> {
        self.users.get(&ssrc).copied()
    }
}

/// What is around the streams.
pub(super) trait Room {
    /// Who speaks in a stream.
    fn user(&self, ssrc: u32) -> Option<u64>;

    /// Takes off what a channel's own encryption has put around a frame.
    fn open(&mut self, user: u64, frame: &[u8]) -> Option<Bytes>;

    fn hear(&mut self, spoken: Spoken);
}

/// All streams of a channel.
#[derive(Default)]
pub(super) struct Streams {
    streams: HashMap<u32, Stream>,
    counts: Packets,
    awake: bool,
}

#[derive(Default)]
struct Stream {
    order: Reorder<(u32, Box<[u8]>)>,
    user: Option<u64>,
    speaking: bool,
    /// Frames of silence in a row.
    silences: usize,
    /// Packets that are missing before the next.
    lost: u16,
    /// When the last packet came.
    last: u64,
}

impl Streams {
    /// Takes a datagram, whatever it is. Reports (RTCP), pictures and what is none of RTP are passed over.
    pub(super) fn take(&mut self, datagram: &mut [u8], key: &Key, now: u64, room: &mut impl Room) {
        let voice = Packet::is(datagram)
            && Packet::parse(datagram).is_ok_and(|packet| packet.header.payload_type == OPUS)
            && datagram.len() <= MOST_PAYLOAD + 200;
        if !voice {
            return;
        }
        let Ok(opened) = open(datagram, key, Nonce::Counter(0)) else {
            self.counts.dropped += 1;
            return;
        };
        let header = opened.packet.header;
        if opened.payload.len() > MOST_PAYLOAD || !self.make_room(header.ssrc) {
            self.counts.dropped += 1;
            return;
        }
        let stream = self.streams.entry(header.ssrc).or_default();
        let packet = (header.timestamp, opened.payload.into());
        if stream.order.push(header.sequence, opened.counter, now, packet).is_err() {
            self.counts.dropped += 1;
            return;
        }
        self.counts.received += 1;
        stream.last = now;
        stream.deliver(header.ssrc, now, &mut self.counts, room);
        self.awake |= stream.awake();
    }

    /// Whether there is a place for a stream.
    fn make_room(&mut self, ssrc: u32) -> bool {
        if self.streams.len() < MOST_STREAMS || self.streams.contains_key(&ssrc) {
            return true;
        }
        let silent = self.streams.iter().filter(|(_, stream)| !stream.speaking);
        let oldest = silent.min_by_key(|(_, stream)| stream.last).map(|(ssrc, _)| *ssrc);
        oldest.is_some_and(|oldest| self.streams.remove(&oldest).is_some())
    }

    /// Gives up what does not come, and ends who has stopped.
    pub(super) fn tick(&mut self, now: u64, room: &mut impl Room) {
        self.awake = false;
        for (ssrc, stream) in &mut self.streams {
            stream.deliver(*ssrc, now, &mut self.counts, room);
            if now.saturating_sub(stream.last) >= PAUSE {
                stream.stop(*ssrc, room);
            }
            self.awake |= stream.awake();
        }
    }

    /// Whether something happens with time alone.
    pub(super) fn awake(&self) -> bool {
        self.awake
    }

    /// Everybody stops.
    pub(super) fn end(&mut self, room: &mut impl Room) {
        self.streams.iter_mut().for_each(|(ssrc, stream)| stream.stop(*ssrc, room));
    }

    /// What became of packets since the last time.
    pub(super) fn counts(&mut self) -> Packets {
        std::mem::take(&mut self.counts)
    }
}

impl Stream {
    fn awake(&self) -> bool {
        self.speaking || self.user.is_some() && !self.order.is_empty()
    }

    /// Lets be heard what is in order. While nobody has said whose it is, it waits.
    fn deliver(&mut self, ssrc: u32, now: u64, counts: &mut Packets, room: &mut impl Room) {
        let user = room.user(ssrc);
        if user != self.user {
            self.stop(ssrc, room);
            self.user = user;
        }
        let Some(user_id) = user else { return };
        let speaker = Speaker { user_id, ssrc };
        while let Some(next) = self.order.pop(now) {
            counts.lost += u64::from(next.lost);
            self.lost = self.lost.saturating_add(next.lost);
            let (timestamp, payload) = next.packet;
            let Some(opus) = room.open(user_id, &payload).filter(|opus| !opus.is_empty()) else {
                counts.dropped += 1;
                self.lost = self.lost.saturating_add(1);
                continue;
            };
            let silent = *opus == SILENCE;
            self.silences = if silent { self.silences + 1 } else { 0 };
            if !self.speaking && !silent {
                self.speaking = true;
                // What is missing is of before.
                self.lost = 0;
                room.hear(Spoken::Begins(speaker));
            }
            if self.speaking {
                let lost = std::mem::take(&mut self.lost);
                room.hear(Spoken::Packet(speaker, Voiced { timestamp, lost, opus }));
            }
            if self.silences >= SILENCES {
                self.stop(ssrc, room);
            }
        }
    }

    fn stop(&mut self, ssrc: u32, room: &mut impl Room) {
        if let (true, Some(user_id)) = (self.speaking, self.user) {
            room.hear(Spoken::Ends(Speaker { user_id, ssrc }));
        }
        (self.speaking, self.silences, self.lost) = (false, 0, 0);
    }
}

#[cfg(test)]
mod tests;
