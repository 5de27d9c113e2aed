//! Hours of tracks, seeks, filters, pauses and speech in an order that nobody would think of.

use guildhall_audio::{Deck, Filters, Join, SAMPLES, Settings, Sound, Source};
use proptest::prelude::*;

/// Sound that is made while it is asked for: loud, soft or silent, and sometimes late.
struct Noise {
    state: u32,
    left: u64,
    level: f32,
    /// It has nothing every so manieth time.
    late: u32,
    asked: u32,
}

impl Noise {
    fn new(seed: u32, frames: u64, late: u32) -> Self {
        let level = [0.0, 1e-30, 0.01, 0.3, 1.0, 8.0][seed as usize % 6];
        Self { state: seed, left: frames, level, late, asked: 0 }
    }
}

impl Source for Noise {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        self.asked += 1;
        if self.late > 0 && self.asked.is_multiple_of(self.late) {
            return 0;
        }
        let frames = (out.len() / 2).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= frames as u64;
        for sample in &mut out[..frames * 2] {
            self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = ((self.state >> 8) as f32 / 8_388_608.0 - 1.0) * self.level;
        }
        frames
    }

    fn left(&self) -> Option<u64> {
        // The end is in sight five seconds before.
        (self.left < 240_000).then_some(self.left)
    }
}

const FILTERS: [&str; 14] = [
    "{}",
    r#"{"volume":5}"#,
    r#"{"equalizer":[{"band":0,"gain":1},{"band":7,"gain":1},{"band":14,"gain":1}]}"#,
    r#"{"karaoke":{"filterWidth":1}}"#,
    r#"{"timescale":{"speed":1.7}}"#,
    r#"{"timescale":{"speed":0.3,"pitch":2}}"#,
    r#"{"timescale":{"rate":10}}"#,
    r#"{"tremolo":{"depth":1},"vibrato":{"frequency":14,"depth":1}}"#,
    r#"{"rotation":{"rotationHz":5},"lowPass":{"smoothing":90}}"#,
    r#"{"distortion":{"tanScale":1000,"scale":1000}}"#,
    r#"{"channelMix":{"leftToLeft":0,"rightToLeft":1}}"#,
    r#"{"pluginFilters":{"echo":{"feedback":0.95,"mix":1},"reverb":{"mix":1,"roomSize":1,"damping":0}}}"#,
    r#"{"pluginFilters":{"compressor":{"gain":24},"highPass":{"cutoffFrequency":20000,"boostFactor":10}}}"#,
    r#"{"timescale":{"pitch":0.5},"equalizer":[{"band":3,"gain":-0.25}],"pluginFilters":{"echo":{"delay":1}}}"#,
];

#[derive(Clone, Debug)]
enum Act {
    Play { seed: u32, frames: u64, gain: f32, late: u32 },
    Queue { seed: u32, frames: u64, fade: Option<u32> },
    Skip(u32),
    Stop,
    Pause(bool),
    Volume(f32),
    Gain(f32),
    Filters(usize),
    Speak { seed: u32, frames: u64 },
    Hush(u64),
    Unqueue,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (any::<u32>(), 1..2_000_000_u64, -30.0..20.0_f32, 0..5_u32)
            .prop_map(|(seed, frames, gain, late)| Act::Play { seed, frames, gain, late: if late == 1 { 0 } else { late } }),
        4 => (any::<u32>(), 0..500_000_u64, proptest::option::of(0..600_000_u32))
            .prop_map(|(seed, frames, fade)| Act::Queue { seed, frames, fade }),
        1 => (0..200_000_u32).prop_map(Act::Skip),
        1 => Just(Act::Stop),
        2 => any::<bool>().prop_map(Act::Pause),
        2 => prop_oneof![Just(1.0), 0.0..10.0_f32, Just(f32::NAN)].prop_map(Act::Volume),
        1 => (-40.0..20.0_f32).prop_map(Act::Gain),
        5 => (0..FILTERS.len()).prop_map(Act::Filters),
        2 => (any::<u32>(), 0..300_000_u64).prop_map(|(seed, frames)| Act::Speak { seed, frames }),
        1 => (0..9_u64).prop_map(Act::Hush),
        1 => Just(Act::Unqueue),
    ]
}

fn run(deck: &mut Deck<Noise>, act: &Act) {
    match *act {
        Act::Play { seed, frames, gain, late } => deck.play(Noise::new(seed, frames, late), gain),
        Act::Queue { seed, frames, fade } => {
            deck.queue(Noise::new(seed, frames, 0), 0.0, fade.map_or(Join::Gapless, Join::Crossfade));
        }
        Act::Skip(frames) => {
            deck.skip(frames);
        }
        Act::Stop => deck.stop(),
        Act::Pause(paused) => deck.set_paused(paused),
        Act::Volume(factor) => deck.set_volume(factor),
        Act::Gain(gain) => deck.settle_gain(gain),
        Act::Filters(at) => {
            deck.set_filters(&serde_json::from_str::<Filters>(FILTERS[at]).unwrap()).unwrap();
        }
        Act::Speak { seed, frames } => {
            deck.add_layer(Noise::new(seed, frames, 0), 1.0);
        }
        Act::Hush(id) => {
            deck.remove_layer(id);
        }
        Act::Unqueue => deck.unqueue(),
    }
}

proptest! {
    // Each case is ten to forty minutes of sound.
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_deck_bears_everything(acts in proptest::collection::vec((act(), 1..1_500_usize), 40..80)) {
        let mut deck = Deck::new(Settings::default());
        let mut block = [0.0; SAMPLES];
        let mut starved = 0;
        for (act, blocks) in &acts {
            run(&mut deck, act);
            for _ in 0..*blocks {
                let step = deck.samples(&mut block);
                prop_assert!(block.iter().all(|sample| sample.is_finite()), "{act:?}");
                // The limiter is always there: nothing passes its ceiling by more than the ripple of its filter.
                prop_assert!(block.iter().all(|sample| sample.abs() < 0.9), "{act:?}");
                starved = if step.sound == Sound::Starved { starved + 1 } else { 0 };
                // Whatever is late comes the next time it is asked for.
                prop_assert!(starved < 100, "stuck after {act:?}");
            }
        }
        // All of it ends.
        deck.set_paused(false);
        deck.set_filters(&Filters::default()).unwrap();
        deck.unqueue();
        deck.stop();
        for id in 0..100 {
            deck.remove_layer(id);
        }
        let silent = (0..200).any(|_| deck.samples(&mut block).sound == Sound::Silent);
        prop_assert!(silent);
    }
}
