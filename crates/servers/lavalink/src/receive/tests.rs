//! Queues, forms and recordings, without a socket.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use guildhall_audio::SAMPLES;
use guildhall_audio::opus::{Encoder, Quality};
use serde_json::Value;

use super::*;
use crate::voice::Voiced;

const ANNA: Speaker = Speaker { user_id: 41, ssrc: 7 };
const BERT: Speaker = Speaker { user_id: 18_446_744_073_709_551_615, ssrc: 0xdead_beef };

fn packet(speaker: Speaker, number: u32, lost: u16) -> Spoken {
    let opus = Bytes::copy_from_slice(&[&[0xfc][..], &number.to_be_bytes()].concat());
    Spoken::Packet(speaker, Voiced { timestamp: number * 960, lost, opus })
}

/// Packets of a tone of 1,000 Hz.
fn tone(count: u32) -> Vec<Voiced> {
    let mut encoder = Encoder::new(Quality::default()).unwrap();
    let packet = |number: u32| {
        let mut block = [0.0; SAMPLES];
        for (at, frame) in (number * 960..).zip(block.as_chunks_mut::<2>().0) {
            *frame = [(f32::from(u16::try_from(at % 48).unwrap()) * std::f32::consts::TAU / 48.0).sin() * 0.5; 2];
        }
        let mut opus = Vec::new();
        encoder.encode(&block, &mut opus).unwrap();
        Voiced { timestamp: number * 960, lost: 0, opus: opus.into() }
    };
    (0..count).map(packet).collect()
}

fn tell(teller: &mut Teller, told: Told) -> Vec<Frame> {
    let mut frames = Vec::new();
    teller.tell(told, &mut frames);
    frames
}

fn bytes(teller: &mut Teller, told: Told) -> Vec<u8> {
    match tell(teller, told).as_slice() {
        [Frame::Bytes(bytes)] => bytes.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_slow_lose_the_oldest_and_are_told() {
    let hub = Hub::new(Arc::default());
    let queue = hub.add().unwrap();
    hub.hear(Spoken::Begins(ANNA));
    for number in 0..1_500 {
        hub.hear(packet(ANNA, number, 0));
    }
    hub.hear(Spoken::Ends(ANNA));
    // Two of those that wait are no packets.
    assert_eq!(queue.next().await, Told::Unread(502));
    assert_eq!(queue.next().await, Told::Spoken(Spoken::Begins(ANNA)));
    for number in 502..1_500 {
        assert_eq!(queue.next().await, Told::Spoken(packet(ANNA, number, 0)));
    }
    assert_eq!(queue.next().await, Told::Spoken(Spoken::Ends(ANNA)));
    assert_eq!(hub.counts.unread.load(Ordering::Relaxed), 502);
    // Even one who only ever begins takes no more room.
    for _ in 0..5_000 {
        hub.hear(Spoken::Begins(BERT));
    }
    assert_eq!(lock(&queue.waiting).spoken.len(), MOST_QUEUED);
    hub.close(code::DESTROYED, "gone");
    while !matches!(queue.next().await, Told::Closed(4000, "gone")) {}
    assert_eq!(hub.len(), 0);
}

#[tokio::test]
async fn who_comes_in_the_middle_hears_a_beginning() {
    let hub = Hub::new(Arc::default());
    hub.hear(Spoken::Begins(ANNA));
    let queue = hub.add().unwrap();
    assert_eq!(queue.next().await, Told::Spoken(Spoken::Begins(ANNA)));
    hub.hear(Spoken::Ends(ANNA));
    let other = hub.add().unwrap();
    hub.hear(Spoken::Begins(BERT));
    assert_eq!(other.next().await, Told::Spoken(Spoken::Begins(BERT)));
    hub.remove(&queue);
    assert_eq!(hub.len(), 1);
    (1..MOST_RECEIVERS).for_each(|_| assert!(hub.add().is_some()));
    assert!(hub.add().is_none());
}

#[test]
fn frames_are_those_of_nodelink() {
    let mut teller = Teller::new(170, Form::NodeLink, Format::Opus, false);
    let begins = bytes(&mut teller, Told::Spoken(Spoken::Begins(ANNA)));
    assert_eq!(begins[..12], [1, 0, 3, b'1', b'7', b'0', 2, b'4', b'1', 0, 0, 0]);
    assert_eq!((begins.len(), begins[12]), (17, 7));
    let data = bytes(&mut teller, Told::Spoken(packet(BERT, 5, 3)));
    assert_eq!((data[0], data[6], &data[7..27]), (3, 20, &b"18446744073709551615"[..]));
    assert_eq!((&data[27..31], &data[35..]), (&[0xde, 0xad, 0xbe, 0xef][..], &[0xfc, 0, 0, 0, 5][..]));
    assert_eq!(bytes(&mut teller, Told::Spoken(Spoken::Ends(BERT)))[..2], [2, 0]);
    // What it does not know it is not told, unless it asks.
    assert!(tell(&mut teller, Told::Unread(9)).is_empty());
    let mut teller = Teller::new(170, Form::NodeLink, Format::Opus, true);
    assert_eq!(bytes(&mut teller, Told::Unread(9))[..8], [4, 0, 3, b'1', b'7', b'0', 1, b'0']);
}

#[test]
fn frames_of_our_own_have_the_time_of_the_sender() {
    let mut teller = Teller::new(170, Form::Guildhall, Format::Opus, false);
    let data = bytes(&mut teller, Told::Spoken(packet(ANNA, 5, 3)));
    let expected = [3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 7, 0, 0, 0x12, 0xc0, 0xfc, 0, 0, 0, 5];
    assert_eq!(data, expected);
    assert_eq!(bytes(&mut teller, Told::Unread(258))[16..], [0, 0, 0, 0, 0, 0, 1, 2]);
}

#[test]
fn samples_are_heard_as_they_were_said() {
    for form in [Form::NodeLink, Form::Guildhall] {
        let mut teller = Teller::new(170, form, Format::Pcm, false);
        let mut samples = Vec::new();
        let head = if form == Form::Guildhall { 20 } else { 17 };
        for (number, mut voiced) in tone(50).into_iter().enumerate() {
            match number {
                20..23 => continue,
                23 => voiced.lost = 3,
                _ => {}
            }
            let lost = usize::from(voiced.lost);
            let data = bytes(&mut teller, Told::Spoken(Spoken::Packet(ANNA, voiced)));
            assert_eq!((data[1], data.len() - head), (2, 3_840 * (lost + 1)), "what is missing is made up");
            samples.extend(
                data[head..].as_chunks::<2>().0.iter().map(|two| f32::from(i16::from_le_bytes(*two)) / 32_768.0),
            );
        }
        // Twice in each turn of the wave its sign is another, and what is in between is as loud as it was.
        let left: Vec<f32> = samples[19_200..38_400].iter().step_by(2).copied().collect();
        let turns = left.windows(2).filter(|two| (two[0] < 0.0) != (two[1] < 0.0)).count();
        let loudest = left.iter().fold(0.0_f32, |most, sample| most.max(*sample));
        assert!((396..=404).contains(&turns) && (0.45..0.55).contains(&loudest), "{turns} {loudest}");
        assert_eq!((samples.len(), teller.decoders()), (96_000, 1));
        // No Opus is no sound, and not much is made up at once.
        let voiced = Voiced { timestamp: 0, lost: 60_000, opus: Bytes::from_static(&[0xfb, 63]) };
        assert_eq!(bytes(&mut teller, Told::Spoken(Spoken::Packet(ANNA, voiced))).len() - head, 5 * 3_840);
        tell(&mut teller, Told::Spoken(Spoken::Ends(ANNA)));
        assert_eq!(teller.decoders(), 0);
    }
}

fn json(frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap(),
        Frame::Recording(recording) => serde_json::from_str(&recording.write()).unwrap(),
        Frame::Bytes(_) => panic!("bytes"),
    }
}

#[test]
fn recordings_are_whole() {
    for format in [Format::Opus, Format::Pcm] {
        let mut teller = Teller::new(170, Form::Json, format, false);
        let begins = json(&tell(&mut teller, Told::Spoken(Spoken::Begins(ANNA)))[0]);
        let data = serde_json::json!({"userId": "41", "guildId": "170"});
        assert_eq!(begins, serde_json::json!({"op": "speak", "type": "startSpeakingEvent", "data": data}));
        for voiced in tone(60) {
            assert!(tell(&mut teller, Told::Spoken(Spoken::Packet(ANNA, voiced))).is_empty());
        }
        let ends = json(&tell(&mut teller, Told::Spoken(Spoken::Ends(ANNA)))[0]);
        assert_eq!((&ends["op"], &ends["type"]), (&Value::from("speak"), &Value::from("endSpeakingEvent")));
        assert_eq!((&ends["data"]["userId"], &ends["data"]["guildId"]), (&data["userId"], &data["guildId"]));
        let file = BASE64_STANDARD.decode(ends["data"]["data"].as_str().unwrap()).unwrap();
        if format == Format::Pcm {
            assert_eq!((&ends["data"]["type"], file.len()), (&Value::from("pcm"), 60 * 3_840));
        } else {
            assert_eq!(ends["data"]["type"], "ogg/opus");
            // From start to end, and once more after it is wound back.
            assert_eq!(crate::source::decode_all(file, 0, 1 << 40), Ok(2 * 60 * 960));
        }
    }
}

#[test]
fn recordings_have_an_end() {
    let mut teller = Teller::new(170, Form::Json, Format::Opus, true);
    tell(&mut teller, Told::Spoken(Spoken::Begins(ANNA)));
    tell(&mut teller, Told::Spoken(Spoken::Begins(BERT)));
    let mut frames = Vec::new();
    for number in 0..3_001 {
        teller.tell(Told::Spoken(packet(ANNA, number, 0)), &mut frames);
    }
    let kinds: Vec<Value> = frames.iter().map(|frame| json(frame)["type"].clone()).collect();
    let (start, end) = ("startSpeakingEvent", "endSpeakingEvent");
    assert_eq!(kinds, [end, start, end, start], "every half minute");
    // Many bytes have an end too, however few packets they are.
    frames.clear();
    for _ in 0..6_000 {
        let voiced = Voiced { timestamp: 0, lost: 0, opus: vec![0xfc; 1_500].into() };
        teller.tell(Told::Spoken(Spoken::Packet(BERT, voiced)), &mut frames);
    }
    assert!(frames.len() >= 6, "{}", frames.len());
    assert_eq!(json(&tell(&mut teller, Told::Unread(4))[0])["data"]["packets"], 4);
    let rest = tell(&mut teller, Told::Closed(4000, "gone"));
    assert_eq!((rest.len(), &json(&rest[0])["data"]["userId"]), (2, &Value::from("41")));
    // Without a beginning nothing is recorded.
    assert!(tell(&mut teller, Told::Spoken(packet(ANNA, 0, 0))).is_empty());
    assert!(tell(&mut teller, Told::Spoken(Spoken::Ends(ANNA))).is_empty());
}
