//! How well a worker is, from what it says and from what its players miss.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::engine::{Beat, Key};

/// What is looked at: two seconds of beats.
const BEATS: usize = 20;
/// What is shown: a minute.
const HISTORY: usize = 60;
/// A worker whose players miss more than this of their frames starves them.
const DEFICIT: f64 = 0.05;
/// Over so long.
const SPAN: Duration = Duration::from_secs(2);
/// What a player misses is its source's fault for so long after the worker said so: frames that were made before are sent first.
const EXCUSED: Duration = Duration::from_millis(500);
/// With less than that of what may be made ahead, a little more will be heard.
const AHEAD: f64 = 0.5;
/// Beats over which the mean of it is taken: half a second.
const AHEAD_BEATS: usize = 5;

/// A worker's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    beats: VecDeque<(Instant, Beat)>,
    history: VecDeque<f64>,
    noted: Option<Instant>,
    /// Players whose sources did not deliver, and when that was said last.
    excused: HashMap<Key, Instant>,
    /// What was counted of its players at each look of the last two seconds.
    looks: VecDeque<(Instant, Missed)>,
}

/// Frames of players since the look before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missed {
    /// That were due.
    pub(crate) due: u64,
    /// And were not there.
    pub(crate) nulled: u64,
    /// That were made and not sent.
    pub(crate) lost: u64,
}

impl Missed {
    pub(super) const fn add(&mut self, other: Self) {
        self.due += other.due;
        self.nulled += other.nulled;
        self.lost += other.lost;
    }
}

impl Health {
    /// A sign of life.
    pub(crate) fn beat(&mut self, beat: &Beat) {
        let now = Instant::now();
        self.excused.retain(|_, said| now.saturating_duration_since(*said) < EXCUSED);
        self.excused.extend(beat.waits.iter().map(|key| (*key, now)));
        self.beats.push_back((now, Beat { waits: Vec::new(), ..beat.clone() }));
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

    /// Whether a player's source did not deliver a moment ago.
    pub(crate) fn excuses(&self, player: Key, now: Instant) -> bool {
        self.excused.get(&player).is_some_and(|said| now.saturating_duration_since(*said) < EXCUSED)
    }

    /// What the beats of two seconds say together, for each second.
    fn rate(&self, of: impl Fn(&Beat) -> u64) -> f64 {
        let span = match (self.beats.front(), self.beats.back()) {
            (Some((first, _)), Some((last, _))) if self.beats.len() > 1 => last.duration_since(*first).as_secs_f64(),
            _ => return 0.0,
        };
        let all: u64 = self.beats.iter().skip(1).map(|(_, beat)| of(beat)).sum();
        if span > 0.0 { small(all) / span } else { 0.0 }
    }

    /// Cores that its threads take: rendering, which is one thread, and decoding.
    pub(crate) fn load(&self) -> f64 {
        self.rate(|beat| beat.busy.saturating_add(beat.decode)) / 1e6
    }

    /// Cores that rendering takes, 0 to 1: more than one it cannot have.
    pub(crate) fn rendering(&self) -> f64 {
        self.rate(|beat| beat.busy) / 1e6
    }

    /// Cores that its threads would have taken beside that, had they got them.
    pub(crate) fn queue(&self) -> f64 {
        self.rate(|beat| beat.queued) / 1e6
    }

    /// Frames a second.
    pub(crate) fn frames_per_second(&self) -> f64 {
        self.rate(|beat| u64::from(beat.frames))
    }

    /// Players that play, by the frames that are made.
    pub(crate) fn playing(&self) -> f64 {
        self.frames_per_second() / 50.0
    }

    /// How much is decoded and made ahead, of what may be; all, where nobody is heard.
    pub(crate) fn ahead(&self) -> f64 {
        let known = self.beats.iter().rev().take(AHEAD_BEATS).filter_map(|(_, beat)| beat.ahead);
        let (count, all) = known.fold((0_u32, 0_u32), |(count, all), ahead| (count + 1, all + u32::from(ahead)));
        if count > 0 { f64::from(all) / f64::from(count) / 1_000.0 } else { 1.0 }
    }

    /// Notes what its players missed since the last look, but for what their sources were slow with; whether it starves them.
    pub(crate) fn watch(&mut self, now: Instant, missed: Missed) -> bool {
        self.looks.push_back((now, missed));
        while self.looks.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            self.looks.pop_front();
        }
        let Some((since, _)) = self.looks.front() else { return false };
        let starving = now.duration_since(*since) >= SPAN && self.all().due >= 100 && self.deficit() > DEFICIT;
        if starving {
            self.looks.clear();
        }
        starving
    }

    /// What was counted in two seconds. The first look says when they began.
    fn all(&self) -> Missed {
        let mut all = Missed::default();
        self.looks.iter().skip(1).for_each(|(_, missed)| all.add(*missed));
        all
    }

    /// The share of their frames that its players missed in two seconds.
    pub(crate) fn deficit(&self) -> f64 {
        let all = self.all();
        ratio(all.nulled, all.due)
    }

    /// The share of their frames that were made and not sent.
    pub(crate) fn loss(&self) -> f64 {
        let all = self.all();
        ratio(all.lost, all.due)
    }

    /// By how much the share that is missed grows each second: the line through the looks of two seconds that fits them best.
    pub(crate) fn slope(&self) -> f64 {
        let Some((begun, _)) = self.looks.front() else { return 0.0 };
        let points = self.looks.iter().skip(1).filter(|(_, missed)| missed.due > 0);
        let points: Vec<_> = points
            .map(|(at, missed)| (at.duration_since(*begun).as_secs_f64(), ratio(missed.nulled, missed.due)))
            .collect();
        // Over less than half a second, one frame would be a fall.
        let long = points.first().zip(points.last()).is_some_and(|(first, last)| last.0 - first.0 >= 0.5);
        if !long {
            return 0.0;
        }
        let count = small(u64::try_from(points.len()).unwrap_or(u64::MAX));
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
        let (up, wide) = points.iter().fold((0.0, 0.0), |(up, wide), point| {
            let from = point.0 - x;
            (up + from * (point.1 - y), wide + from * from)
        });
        if wide > 0.0 { up / wide } else { 0.0 }
    }

    /// 0 (let go) to 100 (well): what is missed and whether that grows, how little is made ahead, how close rendering is to a
    /// whole core, how long its threads wait for a processor, and what is lost on the way.
    pub(crate) fn score(&self) -> u8 {
        let over = |value: f64, bound: f64, most: f64| ((value - bound) / (most - bound)).clamp(0.0, 1.0);
        let missed = self.deficit() * 10.0 + self.slope().max(0.0) * 4.0;
        let ahead = (1.0 - self.ahead() / AHEAD).clamp(0.0, 1.0) * 0.5;
        let strain = over(self.rendering(), 0.7, 1.0) * 0.6;
        // All workers of a machine wait for the same processors: alone, that is nobody's illness.
        let queue = over(self.queue(), 0.2, 1.0) * 0.2;
        let lost = over(self.loss(), 0.0, 0.1) * 0.3;
        let score = ((1.0 - (missed + ahead + strain + queue + lost).min(1.0)) * 100.0).round();
        (0..=100_u8).find(|candidate| f64::from(*candidate) >= score).unwrap_or(100)
    }

    /// The load of the last minute, a value a second.
    pub(crate) fn history(&self) -> Vec<f64> {
        self.history.iter().copied().collect()
    }
}

fn small(value: u64) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}

fn ratio(part: u64, whole: u64) -> f64 {
    small(part) / small(whole).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(due: u64, nulled: u64) -> Missed {
        Missed { due, nulled, lost: 0 }
    }

    /// A worker at which was looked for two seconds: what its players missed at each look, of a hundred frames.
    fn seen(nulled: impl Fn(u64) -> u64) -> Health {
        let start = Instant::now();
        let mut health = Health::default();
        for number in 0..=39 {
            health.watch(start + Duration::from_millis(50 * number), missed(100, nulled(number)));
        }
        health
    }

    /// A worker that says the same again and again.
    fn beaten(beat: &Beat) -> Health {
        let mut health = Health::default();
        let now = Instant::now();
        let at = |number: u32| now + Duration::from_millis(100) * number;
        health.beats.extend((0..20).map(|number| (at(number), beat.clone())));
        health
    }

    #[test]
    fn one_frame_of_twenty_is_borne_and_more_for_two_seconds_are_not() {
        // When a worker was found to starve its players, of whose frames so many of a thousand were missed, in milliseconds.
        let found = |nulled| {
            let (start, mut health) = (Instant::now(), Health::default());
            (0..10_000).step_by(50).find(|at| health.watch(start + Duration::from_millis(*at), missed(1_000, nulled)))
        };
        assert_eq!(found(51), Some(2_000));
        assert_eq!(found(1_000), Some(2_000));
        assert_eq!(found(50), None);
        assert_eq!(found(0), None);
    }

    #[test]
    fn a_source_is_to_blame_for_a_moment_after_that_was_said() {
        let mut health = Health::default();
        health.beat(&Beat { waits: vec![7], ..Beat::default() });
        health.beat(&Beat::default());
        let now = Instant::now();
        assert!(health.excuses(7, now) && !health.excuses(8, now));
        assert!(!health.excuses(7, now + EXCUSED));
    }

    #[test]
    fn the_slope_is_that_of_the_whole_span() {
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 0.005, "{found} is not {wanted}");
        close(seen(|_| 4).slope(), 0.0);
        // One frame of a hundred more at each look: a fifth each second.
        close(seen(|number| number).slope(), 0.2);
        close(seen(|number| 39 - number).slope(), -0.2);
        // A single look at which much was missed is no fall.
        close(seen(|number| if number == 20 { 100 } else { 0 }).slope(), 0.0);
        assert!(Health::default().slope().abs() < f64::EPSILON);
    }

    #[test]
    fn the_score_falls_with_all_that_it_is_made_of() {
        assert_eq!(Health::default().score(), 100);
        assert_eq!(seen(|_| 4).score(), 60);
        assert_eq!(seen(|_| 10).score(), 0);
        // One that gets worse is worse than one that misses as much all the time.
        assert!(seen(|number| number / 5).score() < seen(|_| 4).score() - 10);
        let score = |beat: Beat| beaten(&beat).score();
        let well = Beat { ahead: Some(900), players: 10, busy: 40_000, decode: 90_000, ..Beat::default() };
        assert_eq!(score(well.clone()), 100);
        assert_eq!(score(Beat { ahead: Some(250), ..well.clone() }), 75);
        assert_eq!(score(Beat { ahead: Some(0), ..well.clone() }), 50);
        assert_eq!(score(Beat { ahead: None, ..well.clone() }), 100);
        assert_eq!(score(Beat { busy: 85_000, ..well.clone() }), 70);
        assert_eq!(score(Beat { queued: 20_000, ..well.clone() }), 100);
        assert_eq!(score(Beat { queued: 200_000, ..well.clone() }), 80);
        let mut losing = seen(|_| 0);
        assert_eq!(losing.score(), 100);
        losing.looks.iter_mut().for_each(|(_, missed)| missed.lost = 10);
        assert_eq!(losing.score(), 70);
    }
}
