//! The forms in which receivers are told what is said.

use std::collections::HashMap;

use guildhall_audio::opus::{Decoder, LONGEST};
use serde::Deserialize;
use serde_json::json;

use super::Told;
use super::recording::{Recording, Recordings};
use crate::now_ms;
use crate::voice::{Speaker, Spoken, Voiced};

/// How a receiver wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// NodeLink's frames.
    NodeLink,
    /// Frames of our own: with the sender's time, and what is missing.
    Guildhall,
    /// JSON, with whole recordings.
    Json,
}

/// What the sound is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Format {
    /// Packets as they come.
    #[default]
    #[serde(rename = "opus")]
    Opus,
    /// Samples of 16 bits, little-endian, left and right in turn, 48,000 a second.
    #[serde(rename = "pcm_s16le", alias = "pcm")]
    Pcm,
}

impl Format {
    /// As NodeLink numbers it.
    fn code(self) -> u8 {
        match self {
            Self::Opus => 0,
            Self::Pcm => 2,
        }
    }
}

/// As NodeLink numbers them; the last is ours.
const BEGINS: u8 = 1;
const ENDS: u8 = 2;
const DATA: u8 = 3;
const UNREAD: u8 = 4;

/// Packets that are made up where some are missing; more would only be noise.
const MOST_CONCEALED: u16 = 5;
/// Decoders of one receiver.
const MOST_DECODERS: usize = 64;

/// What is sent.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(String),
    Bytes(Vec<u8>),
    /// It is still to be written down.
    Recording(Box<Recording>),
}

/// Tells one receiver.
pub(crate) struct Teller {
    guild: String,
    form: Form,
    format: Format,
    /// Whether it wants to know more than NodeLink tells.
    all: bool,
    decoders: HashMap<Speaker, Samples>,
    recordings: Recordings,
}

impl Teller {
    pub(crate) fn new(guild_id: u64, form: Form, format: Format, all: bool) -> Self {
        let (decoders, recordings) = (HashMap::new(), Recordings::default());
        Self { guild: guild_id.to_string(), form, format, all, decoders, recordings }
    }

    /// What is to be sent for something that happened.
    pub(crate) fn tell(&mut self, told: Told, out: &mut Vec<Frame>) {
        match (told, self.form) {
            (Told::Spoken(spoken), Form::Json) => self.record(spoken, out),
            (Told::Spoken(Spoken::Begins(speaker)), _) => out.push(self.frame(BEGINS, speaker, None, &[])),
            (Told::Spoken(Spoken::Ends(speaker)), _) => {
                self.decoders.remove(&speaker);
                out.push(self.frame(ENDS, speaker, None, &[]));
            }
            (Told::Spoken(Spoken::Packet(speaker, voiced)), _) => match self.format {
                Format::Opus => out.push(self.frame(DATA, speaker, Some(&voiced), &voiced.opus)),
                Format::Pcm => {
                    let Some(samples) = self.samples(speaker, &voiced) else { return };
                    out.push(self.frame(DATA, speaker, Some(&voiced), &samples));
                }
            },
            (Told::Unread(count), Form::Json) if self.all => {
                let data = json!({"guildId": self.guild, "packets": count});
                out.push(Frame::Text(json!({"op": "speak", "type": "packetsLostEvent", "data": data}).to_string()));
            }
            (Told::Unread(count), Form::Guildhall | Form::NodeLink) if self.all || self.form == Form::Guildhall => {
                let count = u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes();
                out.push(self.frame(UNREAD, Speaker { user_id: 0, ssrc: 0 }, None, &count));
            }
            (Told::Unread(_), _) => {}
            // Nobody says anything more: what was said until now is told before that.
            (Told::Closed(..), _) => {
                let rest = self.recordings.all().map(|recording| self.finished(recording));
                out.extend(rest.collect::<Vec<_>>());
            }
        }
    }

    #[cfg(test)]
    pub(super) fn decoders(&self) -> usize {
        self.decoders.len()
    }

    fn frame(&self, op: u8, speaker: Speaker, voiced: Option<&Voiced>, payload: &[u8]) -> Frame {
        let Speaker { user_id, ssrc } = speaker;
        let head = [op, self.format.code()];
        let ssrc = ssrc.to_be_bytes();
        let bytes = if self.form == Form::Guildhall {
            let (lost, timestamp) = voiced.map_or((0, 0), |voiced| (voiced.lost, voiced.timestamp));
            let (lost, timestamp) = (lost.to_be_bytes(), timestamp.to_be_bytes());
            [&head[..], &lost, &user_id.to_be_bytes(), &ssrc, &timestamp, payload].concat()
        } else {
            let user = user_id.to_string();
            // Neither is longer than twenty digits.
            let [guild_length, user_length] = [&self.guild, &user].map(|text| u8::try_from(text.len()).unwrap_or(0));
            // As much of the time as there is room for, as NodeLink does it.
            let now = ((now_ms() & 0xffff_ffff) as u32).to_be_bytes();
            let (guild, user) = (self.guild.as_bytes(), user.as_bytes());
            [&head[..], &[guild_length], guild, &[user_length], user, &ssrc, &now, payload].concat()
        };
        Frame::Bytes(bytes)
    }

    fn samples(&mut self, speaker: Speaker, voiced: &Voiced) -> Option<Vec<u8>> {
        if self.decoders.len() >= MOST_DECODERS && !self.decoders.contains_key(&speaker) {
            return None;
        }
        let decoder = match self.decoders.entry(speaker) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(Samples::new()?),
        };
        let mut samples = Vec::new();
        decoder.add(voiced.lost, &voiced.opus, &mut samples);
        (!samples.is_empty()).then_some(samples)
    }

    fn record(&mut self, spoken: Spoken, out: &mut Vec<Frame>) {
        match spoken {
            Spoken::Begins(speaker) => {
                self.recordings.begin(speaker);
                out.push(self.started(speaker));
            }
            Spoken::Packet(speaker, voiced) => {
                // Too long for one recording: here it ends, and another begins.
                if let Some(recording) = self.recordings.add(speaker, voiced) {
                    out.push(self.finished(recording));
                    out.push(self.started(speaker));
                }
            }
            Spoken::Ends(speaker) => {
                if let Some(recording) = self.recordings.end(speaker) {
                    out.push(self.finished(recording));
                }
            }
        }
    }

    fn started(&self, speaker: Speaker) -> Frame {
        let data = json!({"userId": speaker.user_id.to_string(), "guildId": self.guild});
        Frame::Text(json!({"op": "speak", "type": "startSpeakingEvent", "data": data}).to_string())
    }

    fn finished(&self, recording: Recording) -> Frame {
        Frame::Recording(Box::new(recording.of(self.guild.clone(), self.format)))
    }
}

/// Makes samples of somebody's packets.
pub(super) struct Samples {
    decoder: Decoder,
    block: Vec<f32>,
}

impl Samples {
    pub(super) fn new() -> Option<Self> {
        Some(Self { decoder: Decoder::new().ok()?, block: vec![0.0; LONGEST * 2] })
    }

    /// Lays a packet behind what is there, and before it what is made up for those that are missing. One that is no Opus is passed over.
    pub(super) fn add(&mut self, lost: u16, opus: &[u8], out: &mut Vec<u8>) {
        for _ in 0..lost.min(MOST_CONCEALED) {
            let count = self.decoder.conceal(&mut self.block).unwrap_or_default();
            self.put(count, out);
        }
        let count = self.decoder.decode(opus, &mut self.block).unwrap_or_default();
        self.put(count, out);
    }

    fn put(&self, count: usize, out: &mut Vec<u8>) {
        let samples = self.block.get(..count * 2).unwrap_or_default();
        out.extend(samples.iter().flat_map(|sample| whole(*sample).to_le_bytes()));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is rounded towards what there is; nothing else can be done")]
fn whole(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}
