//! Recordings: what somebody says from the first packet to the last, kept until it is finished.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::form::{Format, Samples};
use super::ogg;
use crate::voice::{Speaker, Voiced};

/// Packets of one recording: half a minute.
pub(super) const MOST_PACKETS: usize = 1_500;
/// Bytes of all recordings of a receiver that are not finished.
pub(super) const MOST_BYTES: usize = 8 << 20;

/// One recording.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    user_id: u64,
    guild: String,
    format: Format,
    packets: Vec<Voiced>,
    bytes: usize,
}

/// Those that are not finished.
#[derive(Default)]
pub(super) struct Recordings {
    recordings: BTreeMap<Speaker, Recording>,
    bytes: usize,
}

impl Recordings {
    pub(super) fn begin(&mut self, speaker: Speaker) {
        self.end(speaker);
        self.recordings.insert(speaker, Recording { user_id: speaker.user_id, ..Recording::default() });
    }

    /// Adds a packet; gives what was recorded before it where that is too much to be kept.
    pub(super) fn add(&mut self, speaker: Speaker, voiced: Voiced) -> Option<Recording> {
        let length = voiced.opus.len();
        let known = self.recordings.get(&speaker)?;
        let full = known.packets.len() >= MOST_PACKETS || self.bytes + length > MOST_BYTES;
        let finished = if full { self.end(speaker) } else { None };
        let recording = self.recordings.entry(speaker).or_default();
        recording.user_id = speaker.user_id;
        recording.packets.push(voiced);
        recording.bytes += length;
        self.bytes += length;
        finished
    }

    pub(super) fn end(&mut self, speaker: Speaker) -> Option<Recording> {
        let recording = self.recordings.remove(&speaker)?;
        self.bytes -= recording.bytes;
        Some(recording)
    }

    /// All, as they are.
    pub(super) fn all(&mut self) -> impl Iterator<Item = Recording> + use<> {
        self.bytes = 0;
        std::mem::take(&mut self.recordings).into_values()
    }
}

impl Recording {
    pub(super) fn of(self, guild: String, format: Format) -> Self {
        Self { guild, format, ..self }
    }

    /// As NodeLink 2 sends it, but that packets are within Ogg: one behind the other they could not be taken apart.
    pub(crate) fn write(&self) -> String {
        let (data, kind) = match self.format {
            Format::Opus => (ogg::file(&self.packets), "ogg/opus"),
            Format::Pcm => (self.samples(), "pcm"),
        };
        let data = json!({
            "userId": self.user_id.to_string(),
            "guildId": self.guild,
            "data": BASE64_STANDARD.encode(data),
            "type": kind,
        });
        json!({"op": "speak", "type": "endSpeakingEvent", "data": data}).to_string()
    }

    fn samples(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(mut samples) = Samples::new() {
            self.packets.iter().for_each(|voiced| samples.add(voiced.lost, &voiced.opus, &mut out));
        }
        out
    }
}
