//! Speech and effects over the music, which becomes softer meanwhile.

use crate::CHANNELS;
use crate::fade::Ramp;
use crate::source::{Source, tame};

/// How music makes room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duck {
    /// Decibels, below zero.
    pub depth: f32,
    /// Milliseconds to become softer.
    pub attack: u32,
    /// Milliseconds to come back.
    pub release: u32,
}

impl Default for Duck {
    fn default() -> Self {
        Self { depth: -12.0, attack: 120, release: 600 }
    }
}

/// More would be noise.
const MOST: usize = 4;
/// A layer that is taken away goes within 10 ms.
const OUT: usize = 480;

#[derive(Debug)]
struct Layer<S> {
    id: u64,
    source: S,
    volume: Ramp,
    leaving: bool,
}

#[derive(Debug)]
pub(crate) struct Layers<S> {
    all: Vec<Layer<S>>,
    ended: Vec<u64>,
    last: u64,
    duck: Duck,
    music: Ramp,
    scratch: Vec<f32>,
}

impl<S: Source> Layers<S> {
    pub(crate) fn new(duck: Duck) -> Self {
        Self { all: Vec::new(), ended: Vec::new(), last: 0, duck, music: Ramp::new(1.0), scratch: Vec::new() }
    }

    /// Begins a layer and says its number; none if there are too many.
    pub(crate) fn add(&mut self, source: S, volume: f32) -> Option<u64> {
        if self.all.len() >= MOST {
            return None;
        }
        self.last += 1;
        self.all.push(Layer { id: self.last, source, volume: Ramp::new(volume.clamp(0.0, 10.0)), leaving: false });
        self.music.go(crate::factor(self.duck.depth.min(0.0)), frames(self.duck.attack));
        Some(self.last)
    }

    pub(crate) fn source(&mut self, id: u64) -> Option<&mut S> {
        self.all.iter_mut().find(|layer| layer.id == id).map(|layer| &mut layer.source)
    }

    /// Slides a layer's volume to a factor; false if there is none of that number.
    pub(crate) fn set_volume(&mut self, id: u64, volume: f32) -> bool {
        let Some(layer) = self.all.iter_mut().find(|layer| layer.id == id && !layer.leaving) else { return false };
        layer.volume.go(volume.clamp(0.0, 10.0), 2 * OUT);
        true
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let Some(layer) = self.all.iter_mut().find(|layer| layer.id == id && !layer.leaving) else { return false };
        layer.leaving = true;
        layer.volume.go(0.0, OUT);
        true
    }

    /// Numbers of the layers that have come to their end since somebody asked.
    pub(crate) fn ended(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.ended)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Nothing is added, and the music is as loud as it was.
    pub(crate) fn idle(&self) -> bool {
        self.all.is_empty() && self.music.idle(1.0)
    }

    /// Makes music softer and adds the layers.
    pub(crate) fn process(&mut self, samples: &mut [f32]) {
        self.music.apply(samples);
        if self.all.is_empty() {
            return;
        }
        for layer in &mut self.all {
            self.scratch.resize(samples.len(), 0.0);
            let frames = layer.source.pull(&mut self.scratch).min(samples.len() / CHANNELS);
            let heard = self.scratch.get_mut(..frames * CHANNELS).unwrap_or_default();
            tame(heard);
            layer.volume.apply(heard);
            samples.iter_mut().zip(heard).for_each(|(sample, layer)| *sample += *layer);
        }
        let ended = &mut self.ended;
        self.all.retain(|layer| {
            let over = layer.source.left() == Some(0);
            if over && !layer.leaving {
                ended.push(layer.id);
            }
            let gone = layer.leaving && layer.volume.idle(0.0);
            !(over || gone)
        });
        if self.all.is_empty() {
            self.music.go(1.0, frames(self.duck.release));
        }
    }
}

const fn frames(milliseconds: u32) -> usize {
    milliseconds as usize * 48
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::source::Queue;
    use crate::{Deck, SAMPLES, Settings, Sound, testing};

    #[test]
    fn music_makes_room_for_speech_and_comes_back() {
        let mut deck = Deck::new(Settings::default());
        deck.play(Queue::of(testing::sine(440.0, 0.4, 48_000 * 6)), 0.0);
        let (mut out, mut block) = (Vec::new(), [0.0; SAMPLES]);
        let mut ended = Vec::new();
        for at in 0..250 {
            if at == 50 {
                assert_eq!(deck.add_layer(Queue::of(testing::sine(1_000.0, 0.2, 96_000)), 1.5), Some(1));
            }
            assert_eq!(deck.samples(&mut block).sound, Sound::Played);
            ended.extend(deck.ended_layers());
            out.extend_from_slice(&block);
        }
        assert_eq!(ended, [1]);
        let level = |from: usize, frequency| testing::level(&out[from * SAMPLES..(from + 25) * SAMPLES], frequency);
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 0.005, "{found} for {expected}");
        near(level(20, 440.0), 0.4);
        near(level(20, 1_000.0), 0.0);
        near(level(100, 440.0), 0.4 * crate::factor(-12.0));
        near(level(100, 1_000.0), 0.3);
        near(level(200, 440.0), 0.4);
        near(level(200, 1_000.0), 0.0);
    }

    #[test]
    fn a_layer_needs_no_music_and_can_be_taken_away() {
        let mut deck = Deck::new(Settings::default());
        let mut block = [0.0; SAMPLES];
        let id = deck.add_layer(Queue::of(testing::sine(1_000.0, 0.2, 96_000)), 1.0).unwrap();
        for _ in 0..20 {
            assert_eq!(deck.samples(&mut block).sound, Sound::Played);
        }
        assert!(testing::power(&block) > 0.01);
        assert!(deck.remove_layer(id) && !deck.remove_layer(id));
        let sounds: Vec<Sound> = (0..60).map(|_| deck.samples(&mut block).sound).collect();
        assert_eq!(sounds[59], Sound::Silent);
        assert!(deck.ended_layers().is_empty());
        for _ in 0..MOST {
            assert!(deck.add_layer(Queue::new(10), 1.0).is_some());
        }
        assert_eq!(deck.add_layer(Queue::new(10), 1.0), None);
    }
}
