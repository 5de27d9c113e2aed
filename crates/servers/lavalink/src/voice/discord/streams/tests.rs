//! Channels of a few datagrams.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use guildhall_rtp::discord::Mode;
use guildhall_rtp::{Header, seal};
use proptest::prelude::*;

use super::*;

/// A channel in which nothing is sealed twice; frames that begin with a zero cannot be opened.
#[derive(Default)]
struct Quiet {
    speakers: Speakers,
    heard: Vec<Spoken>,
}

impl Room for Quiet {
    fn user(&self, ssrc: u32) -> Option<u64> {
        self.speakers.user(ssrc)
    }

    fn open(&mut self, _: u64, frame: &[u8]) -> Option<Bytes> {
        (frame.first() != Some(&0)).then(|| Bytes::copy_from_slice(frame))
    }

    fn hear(&mut self, spoken: Spoken) {
        self.heard.push(spoken);
    }
}

struct Scene {
    key: Key,
    counter: u32,
    streams: Streams,
    room: Quiet,
}

impl Scene {
    fn new(mode: Mode) -> Self {
        let key = mode.key(&[7; 32]).unwrap();
        Self { key, counter: 0, streams: Streams::default(), room: Quiet::default() }
    }

    fn sealed(&mut self, ssrc: u32, sequence: u16, opus: &[u8]) -> Vec<u8> {
        let timestamp = u32::from(sequence) * 960;
        let header = Header { marker: false, payload_type: OPUS, sequence, timestamp, ssrc };
        let mut packet = Vec::new();
        seal(&mut packet, header, opus, &self.key, Nonce::Counter(self.counter)).unwrap();
        self.counter += 1;
        packet
    }

    fn take(&mut self, now: u64, mut datagram: Vec<u8>) {
        self.streams.take(&mut datagram, &self.key, now, &mut self.room);
    }

    /// What was said meanwhile, in short.
    fn said(&mut self) -> Vec<String> {
        let say = |spoken| match spoken {
            Spoken::Begins(speaker) => format!("{} begins", speaker.user_id),
            Spoken::Ends(speaker) => format!("{} ends", speaker.user_id),
            Spoken::Packet(speaker, Voiced { timestamp, lost: 0, opus }) => {
                assert_eq!(timestamp % 960, 0);
                format!("{} {}", speaker.user_id, opus[0])
            }
            Spoken::Packet(speaker, voiced) => {
                format!("{} {} without {}", speaker.user_id, voiced.opus[0], voiced.lost)
            }
        };
        std::mem::take(&mut self.room.heard).into_iter().map(say).collect()
    }
}

#[test]
fn two_speak_and_stop() {
    for mode in Mode::ALL {
        let mut scene = Scene::new(mode);
        scene.room.speakers.speaks(1, 41);
        scene.room.speakers.speaks(2, 42);
        let packets = [(1, 10, 1_u8), (2, 500, 2), (1, 12, 3), (1, 11, 4), (2, 501, 5)];
        for (ssrc, sequence, opus) in packets {
            let packet = scene.sealed(ssrc, sequence, &[opus]);
            scene.take(0, packet.clone());
            // The same again is nothing new.
            scene.take(0, packet);
        }
        assert_eq!(scene.said(), ["41 begins", "41 1", "42 begins", "42 2", "41 4", "41 3", "42 5"]);
        for sequence in 502..508 {
            let packet = scene.sealed(2, sequence, &SILENCE);
            scene.take(20, packet);
        }
        scene.streams.tick(199, &mut scene.room);
        let silence = "42 248";
        assert_eq!(scene.said(), [silence, silence, silence, silence, silence, "42 ends"]);
        assert!(scene.streams.awake());
        scene.streams.tick(200, &mut scene.room);
        assert_eq!((scene.said(), scene.streams.awake()), (vec!["41 ends".to_owned()], false));
        assert_eq!(scene.streams.counts(), Packets { received: 11, dropped: 5, lost: 0 });
    }
}

#[test]
fn what_is_missing_is_told() {
    let mut scene = Scene::new(Mode::Aes256Gcm);
    scene.room.speakers.speaks(1, 41);
    for (now, sequence, opus) in [(0, 1, 1), (20, 4, 4), (40, 5, 0), (60, 6, 6)] {
        let packet = scene.sealed(1, sequence, &[opus, 1]);
        scene.take(now, packet);
    }
    assert_eq!(scene.said(), ["41 begins", "41 1"]);
    scene.streams.tick(80, &mut scene.room);
    // One that cannot be opened is one that never came.
    assert_eq!(scene.said(), ["41 4 without 2", "41 6 without 1"]);
    assert_eq!(scene.streams.counts(), Packets { received: 4, dropped: 1, lost: 2 });
}

#[test]
fn who_speaks_may_be_told_later_and_change() {
    let mut scene = Scene::new(Mode::Aes256Gcm);
    let packets: Vec<_> = (0..3).map(|number| scene.sealed(9, number, &[1, 1])).collect();
    packets.into_iter().for_each(|packet| scene.take(0, packet));
    assert_eq!((scene.said().len(), scene.streams.awake()), (0, false));
    scene.room.speakers.speaks(9, 41);
    scene.streams.tick(100, &mut scene.room);
    assert_eq!(scene.said(), ["41 begins", "41 1", "41 1", "41 1"]);
    // The stream is somebody else's now.
    scene.room.speakers.speaks(9, 42);
    let packet = scene.sealed(9, 3, &[2]);
    scene.take(120, packet);
    assert_eq!(scene.said(), ["41 ends", "42 begins", "42 2"]);
    scene.room.speakers.leaves(42);
    scene.streams.tick(130, &mut scene.room);
    assert_eq!(scene.said(), ["42 ends"]);
    // Whoever comes again has another stream, and only that.
    scene.room.speakers.speaks(9, 42);
    scene.room.speakers.speaks(10, 42);
    assert_eq!((scene.room.speakers.user(9), scene.room.speakers.user(10)), (None, Some(42)));
    scene.streams.end(&mut scene.room);
    assert_eq!(scene.said().len(), 0);
}

#[test]
fn streams_without_number_take_no_room_without_end() {
    let mut scene = Scene::new(Mode::Aes256Gcm);
    scene.room.speakers.speaks(1, 41);
    for ssrc in 1..600 {
        for sequence in 0..3 {
            let packet = scene.sealed(ssrc, sequence, &[1; 40]);
            scene.take(u64::from(ssrc), packet);
        }
        assert!(scene.streams.streams.len() <= MOST_STREAMS);
    }
    for sequence in 3..200 {
        let packet = scene.sealed(599, sequence, &[1; 40]);
        scene.take(1_000, packet);
    }
    assert!(scene.streams.streams[&599].order.len() <= 64);
    // Who speaks is not forgotten for others.
    assert!(scene.streams.streams[&1].speaking);
    let packet = scene.sealed(1, 3, &[1; 1_501]);
    scene.take(1_000, packet);
    assert_eq!(scene.streams.counts().dropped, 1);
    for ssrc in 0..20_000 {
        scene.room.speakers.speaks(ssrc, u64::from(ssrc));
    }
    assert_eq!((scene.room.speakers.users.len(), scene.room.speakers.streams.len()), (MOST_SPEAKERS, MOST_SPEAKERS));
}

proptest! {
    /// Nobody makes anything of datagrams who does not have the key.
    #[test]
    fn hostile_datagrams_are_nothing(
        datagrams in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..500)), 1..40),
    ) {
        let mut scene = Scene::new(Mode::Aes256Gcm);
        scene.room.speakers.speaks(0, 41);
        for (like, mut datagram) in datagrams {
            if let (true, Some(head)) = (like, datagram.first_chunk_mut::<12>()) {
                *head = [0x80 | head[0] & 0x3f, 0x78 | head[1] & 0x80, head[2], head[3], 0, 0, 0, 0, 0, 0, 0, 0];
            }
            scene.take(0, datagram);
        }
        scene.streams.tick(1_000, &mut scene.room);
        prop_assert!(scene.room.heard.is_empty() && scene.streams.streams.is_empty());
    }

    /// Whoever has the key may send what they like: what is heard has a beginning and an end, and nothing grows.
    #[test]
    fn hostile_servers_do_no_harm(
        packets in proptest::collection::vec((0u32..4, any::<u16>(), any::<u32>(), 0u64..300, 0u8..6), 1..200),
    ) {
        let mut scene = Scene::new(Mode::XChaCha20Poly1305);
        let mut now = 0;
        for (ssrc, sequence, counter, later, what) in packets {
            now += later;
            match what {
                0 => scene.room.speakers.speaks(ssrc, u64::from(sequence % 3)),
                1 => scene.room.speakers.leaves(u64::from(sequence % 3)),
                2 => scene.streams.tick(now, &mut scene.room),
                what => {
                    scene.counter = counter;
                    let opus: &[u8] = if what == 3 { &SILENCE } else { &[what - 4, 1] };
                    let packet = scene.sealed(ssrc, sequence, opus);
                    scene.take(now, packet);
                }
            }
        }
        scene.streams.end(&mut scene.room);
        let mut speaking = std::collections::BTreeSet::new();
        for spoken in &scene.room.heard {
            match spoken {
                Spoken::Begins(speaker) => prop_assert!(speaking.insert(*speaker)),
                Spoken::Packet(speaker, _) => prop_assert!(speaking.contains(speaker)),
                Spoken::Ends(speaker) => prop_assert!(speaking.remove(speaker)),
            }
        }
        prop_assert!(speaking.is_empty());
    }
}
