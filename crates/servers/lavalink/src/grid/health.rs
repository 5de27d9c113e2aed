//! How well a worker is, from what it says and from what its players miss.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::engine::Beat;

/// What is looked at: two seconds of beats.
const BEATS: usize = 20;
/// What is shown: a minute.
const HISTORY: usize = 60;
/// A worker whose players miss more than this of their frames starves them.
const DEFICIT: f64 = 0.05;
/// Over so long.
const SPAN: Duration = Duration::from_secs(2);

/// A worker's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    beats: VecDeque<(Instant, Beat)>,
    history: VecDeque<f64>,
    noted: Option<Instant>,
    /// Frames of players that were due and that were missed while it had them.
    due: u64,
    nulled: u64,
    /// Both, as they were over the last two seconds.
    marks: VecDeque<(Instant, u64, u64)>,
    deficit: f64,
    /// The deficit of the span before: whether it gets worse.
    before: f64,
}

impl Health {
    /// A sign of life.
    pub(crate) fn beat(&mut self, beat: &Beat) {
        let now = Instant::now();
        self.beats.push_back((now, *beat));
        if self.beats.len() > BEATS {
            self.beats.pop_front();
        }
        if self.noted.is_none_or(|noted| now.duration_since(noted) >= Duration::from_secs(1)) {
            self.noted = Some(now);
            self.history.push_back(self.load());
            if self.history.len() > HISTORY {
                self.history.pop_front();
            }
        }
    }

    /// Whether it has ever said that it lives.
    pub(crate) fn is_known(&self) -> bool {
        !self.beats.is_empty()
    }

    fn span(&self) -> f64 {
        match (self.beats.front(), self.beats.back()) {
            (Some((first, _)), Some((last, _))) if self.beats.len() > 1 => last.duration_since(*first).as_secs_f64(),
            _ => 0.0,
        }
    }

    /// Cores that rendering takes, 0 to 1.
    pub(crate) fn load(&self) -> f64 {
        let busy: u64 = self.beats.iter().skip(1).map(|(_, beat)| beat.busy).sum();
        let span = self.span();
        if span > 0.0 { Duration::from_micros(busy).as_secs_f64() / span } else { 0.0 }
    }

    /// Frames a second.
    pub(crate) fn frames_per_second(&self) -> f64 {
        let frames: u32 = self.beats.iter().skip(1).map(|(_, beat)| beat.frames).sum();
        let span = self.span();
        if span > 0.0 { f64::from(frames) / span } else { 0.0 }
    }

    /// Cores that one playing player takes.
    pub(crate) fn cost(&self) -> f64 {
        let playing = self.frames_per_second() / 50.0;
        if playing >= 1.0 { self.load() / playing } else { 0.01 }
    }

    /// Notes what the players of a worker missed since the last look; whether it starves them. What they miss because their
    /// source is slow is not the worker's fault.
    pub(crate) fn watch(&mut self, now: Instant, due: u64, nulled: u64) -> bool {
        self.due += due;
        self.nulled += nulled;
        self.marks.push_back((now, self.due, self.nulled));
        while self.marks.get(1).is_some_and(|(at, _, _)| now.duration_since(*at) >= SPAN) {
            self.marks.pop_front();
        }
        let Some((since, due_then, nulled_then)) = self.marks.front().copied() else { return false };
        let due = self.due.saturating_sub(due_then);
        let missed = self.nulled.saturating_sub(nulled_then);
        self.before = self.deficit;
        self.deficit = if due > 0 { ratio(missed, due) } else { 0.0 };
        let slow_sources = self.beats.iter().any(|(_, beat)| beat.dry > 0);
        let starving = now.duration_since(since) >= SPAN && due >= 100 && self.deficit > DEFICIT && !slow_sources;
        if starving {
            self.marks.clear();
        }
        starving
    }

    /// 0 (let go) to 100 (well): what is missed, whether that grows, how close it is to a whole core, how many run dry.
    pub(crate) fn score(&self) -> u8 {
        let slope = (self.deficit - self.before).max(0.0);
        let players = self.beats.back().map_or(0, |(_, beat)| beat.players);
        let dry = self.beats.back().map_or(0, |(_, beat)| beat.dry);
        let dry = if players > 0 { f64::from(dry) / f64::from(players) } else { 0.0 };
        let strain = (self.load() - 0.7).max(0.0) / 0.3;
        let penalty = (self.deficit * 10.0 + slope * 20.0 + strain * 0.6 + dry * 0.2).min(1.0);
        let score = ((1.0 - penalty) * 100.0).round();
        (0..=100_u8).find(|candidate| f64::from(*candidate) >= score).unwrap_or(100)
    }

    /// The load of the last minute, a value a second.
    pub(crate) fn history(&self) -> Vec<f64> {
        self.history.iter().copied().collect()
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    let small = |value: u64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    small(part) / small(whole).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a worker was found to starve its players, of whose frames so many of a thousand were missed, in milliseconds.
    fn found(of_thousand: u64, dry: u32) -> Option<u64> {
        let start = Instant::now();
        let mut health = Health::default();
        health.beat(&Beat { dry, ..Beat::default() });
        (0..10_000).step_by(50).find(|at| health.watch(start + Duration::from_millis(*at), 1_000, of_thousand))
    }

    #[test]
    fn one_frame_of_twenty_is_borne_and_more_for_two_seconds_are_not() {
        assert_eq!(found(51, 0), Some(2_000));
        assert_eq!(found(1_000, 0), Some(2_000));
        assert_eq!(found(50, 0), None);
        assert_eq!(found(0, 0), None);
    }

    #[test]
    fn a_slow_source_is_not_the_workers_fault() {
        assert_eq!(found(500, 1), None);
    }

    #[test]
    fn the_score_falls_with_what_is_missed() {
        let mut health = Health::default();
        assert_eq!(health.score(), 100);
        health.deficit = 0.08;
        health.before = 0.08;
        assert_eq!(health.score(), 20);
        health.before = 0.0;
        assert_eq!(health.score(), 0);
    }
}
