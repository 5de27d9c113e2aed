//! How loud tracks are: what players are to come out at, and what was found out about tracks so far.

use std::collections::{HashMap, VecDeque};

use guildhall_audio::loudness::{Loudness, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::{Filters, TrackInfo};

/// Tracks whose loudness is kept in mind.
pub(crate) const MOST: usize = 4_096;

/// What a track is known by.
#[derive(Clone, Debug, Hash, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    pub(crate) source: String,
    pub(crate) identifier: String,
    /// In milliseconds: what changes its length is not the same any more.
    pub(crate) length: i64,
}

impl Name {
    pub(crate) fn of(track: &TrackInfo) -> Self {
        Self { source: track.source_name.clone(), identifier: track.identifier.clone(), length: track.length }
    }
}

/// What was found out.
#[derive(Default)]
pub(crate) struct Known {
    tracks: HashMap<Name, Loudness>,
    /// The oldest first.
    order: VecDeque<Name>,
    unsaved: Vec<(Name, Loudness)>,
}

impl Known {
    pub(crate) fn get(&self, track: &TrackInfo) -> Option<Loudness> {
        self.tracks.get(&Name::of(track)).copied()
    }

    /// Something new, which is to be written down.
    pub(crate) fn learn(&mut self, name: Name, loudness: Loudness) {
        self.unsaved.push((name.clone(), loudness));
        self.remember(name, loudness);
    }

    /// Something that was written down.
    pub(crate) fn remember(&mut self, name: Name, loudness: Loudness) {
        if self.tracks.insert(name.clone(), loudness).is_none() {
            self.order.push_back(name);
        }
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.tracks.remove(&oldest);
            }
        }
    }

    pub(crate) fn take_unsaved(&mut self) -> Vec<(Name, Loudness)> {
        std::mem::take(&mut self.unsaved)
    }

    /// What was taken was not written. The oldest of too much is let go.
    pub(crate) fn keep_unsaved(&mut self, mut taken: Vec<(Name, Loudness)>) {
        taken.append(&mut self.unsaved);
        taken.drain(..taken.len().saturating_sub(MOST));
        self.unsaved = taken;
    }
}

/// How loud a player's tracks are to be: what its client says under `pluginFilters.loudness`, otherwise what the node's owner
/// says. An error names what cannot be.
pub(crate) fn target(filters: &Filters, standard: Option<Target>) -> Result<Option<Target>, &'static str> {
    let said = match filters.plugin_filters.get("loudness") {
        None => return Ok(standard),
        Some(Value::Null | Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => return Ok(Some(standard.unwrap_or_default())),
        Some(Value::Object(said)) => said,
        Some(_) => return Err("pluginFilters.loudness must be an object, true, false or null"),
    };
    let mut target = standard.unwrap_or_default();
    for (name, low, high, field) in
        [("target", -40.0, -5.0, &mut target.loudness), ("maxBoost", 0.0, 30.0, &mut target.max_boost)]
    {
        let Some(value) = said.get(name) else { continue };
        let value = value.as_f64().filter(|value| (low..=high).contains(value));
        let Some(value) = value else {
            return Err("pluginFilters.loudness: target is -40 to -5 LUFS, maxBoost 0 to 30 dB");
        };
        #[expect(clippy::cast_possible_truncation, reason = "decibels need no more")]
        let value = value as f32;
        *field = value;
    }
    Ok(Some(target))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn wanted(said: &str, standard: Option<Target>) -> Result<Option<Target>, &'static str> {
        let filters = serde_json::from_str(&format!(r#"{{"pluginFilters":{said}}}"#)).unwrap();
        target(&filters, standard)
    }

    #[test]
    fn clients_win_over_the_owner() {
        let standard = Some(Target { loudness: -16.0, max_boost: 4.0 });
        for (said, without, with) in [
            ("{}", None, standard),
            (r#"{"loudness":null}"#, None, None),
            (r#"{"loudness":false}"#, None, None),
            (r#"{"loudness":true}"#, Some(Target::default()), standard),
            (
                r#"{"loudness":{"target":-20}}"#,
                Some(Target { loudness: -20.0, max_boost: 8.0 }),
                Some(Target { loudness: -20.0, max_boost: 4.0 }),
            ),
        ] {
            assert_eq!(wanted(said, None).unwrap(), without, "{said}");
            assert_eq!(wanted(said, standard).unwrap(), with, "{said}");
        }
        for said in [r#"{"loudness":3}"#, r#"{"loudness":{"target":0}}"#, r#"{"loudness":{"maxBoost":"much"}}"#] {
            assert!(wanted(said, None).is_err(), "{said}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = Known::default();
        let loudness = Loudness { integrated: -10.0, range: 0.0, true_peak: 0.0 };
        for length in 0..10_000 {
            known.remember(Name { source: "tone".into(), identifier: "x".into(), length }, loudness);
        }
        assert_eq!((known.tracks.len(), known.order.len()), (MOST, MOST));
        assert!(known.take_unsaved().is_empty());
    }
}
