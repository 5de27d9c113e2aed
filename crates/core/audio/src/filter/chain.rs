//! The filters of a player, one behind the other, and the change from some to others.

use super::compressor::Compressor;
use super::equalizer::Equalizer;
use super::modulation::{Rotation, Tremolo, Vibrato};
use super::shape::{ChannelMix, Distortion, HighPass, Karaoke, LowPass, Volume};
use super::space::{Echo, Reverb};
use super::{FilterError, Filters};
use crate::CHANNELS;

/// A filter at work.
pub(super) trait Effect: Clone + std::fmt::Debug {
    /// What it is set by.
    type Config: Copy;

    /// A filter that has heard nothing.
    fn new(config: Self::Config) -> Self;

    /// Other settings for the same filter: what it has heard stays.
    fn set(&mut self, config: Self::Config);

    /// Changes frames in place.
    fn process(&mut self, samples: &mut [f32]);
}

macro_rules! chain {
    ($($field:ident: $effect:ident,)*) => {
        /// Filters in their order.
        #[derive(Clone, Debug, Default)]
        struct Effects {
            $($field: Option<$effect>,)*
        }

        impl Effects {
            fn process(&mut self, samples: &mut [f32]) {
                $(if let Some(effect) = &mut self.$field {
                    effect.process(samples);
                })*
            }

            fn is_empty(&self) -> bool {
                $(self.$field.is_none())&&*
            }
        }

        /// What each filter is set by, where it changes anything.
        struct Configs {
            $($field: Option<<$effect as Effect>::Config>,)*
        }

        impl Configs {
            /// The filters for these settings; those that were there go on.
            fn build(&self, old: &Effects) -> Effects {
                Effects {
                    $($field: self.$field.map(|config| match old.$field.clone() {
                        Some(mut effect) => {
                            effect.set(config);
                            effect
                        }
                        None => $effect::new(config),
                    }),)*
                }
            }
        }
    };
}

chain! {
    volume: Volume,
    equalizer: Equalizer,
    karaoke: Karaoke,
    tremolo: Tremolo,
    vibrato: Vibrato,
    distortion: Distortion,
    rotation: Rotation,
    channel_mix: ChannelMix,
    low_pass: LowPass,
    high_pass: HighPass,
    compressor: Compressor,
    echo: Echo,
    reverb: Reverb,
}

impl Configs {
    fn new(filters: &Filters) -> Self {
        let mut bands = [0.0; 15];
        for band in filters.equalizer.iter().flatten() {
            if let Some(gain) = bands.get_mut(usize::from(band.band)) {
                *gain = band.gain;
            }
        }
        let plugin = filters.plugin_filters.unwrap_or_default();
        Self {
            volume: filters.volume.filter(|volume| (volume - 1.0).abs() > 1e-6),
            equalizer: Some(bands).filter(|bands| bands.iter().any(|gain| gain.abs() > 1e-6)),
            karaoke: filters.karaoke,
            tremolo: filters.tremolo,
            vibrato: filters.vibrato,
            distortion: filters.distortion.filter(|&distortion| distortion != super::Distortion::default()),
            rotation: filters.rotation.filter(|rotation| rotation.rotation_hz.abs() > 1e-6),
            channel_mix: filters.channel_mix.filter(|&mix| mix != super::ChannelMix::default()),
            low_pass: filters.low_pass.filter(|low| low.smoothing > 1.0),
            high_pass: plugin.high_pass,
            compressor: plugin.compressor,
            echo: plugin.echo.filter(|echo| echo.mix > 0.0),
            reverb: plugin.reverb.filter(|reverb| reverb.mix > 0.0),
        }
    }
}

/// The filters of a player. A change is heard within one block, without a click.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    effects: Effects,
    /// What was before the last change, until a block has gone from one to the other.
    old: Option<Effects>,
    scratch: Vec<f32>,
}

impl Chain {
    /// Sets all filters.
    pub(crate) fn set(&mut self, filters: &Filters) -> Result<(), FilterError> {
        filters.check()?;
        let effects = Configs::new(filters).build(&self.effects);
        let old = std::mem::replace(&mut self.effects, effects);
        self.old.get_or_insert(old);
        Ok(())
    }

    /// Whether nothing changes the samples.
    pub(crate) fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.old.as_ref().is_none_or(Effects::is_empty)
    }

    /// Nothing is heard while nobody listens: the next change need not be gradual.
    pub(crate) fn forget(&mut self) {
        self.old = None;
    }

    /// Filters frames in place.
    pub(crate) fn process(&mut self, samples: &mut [f32]) {
        let Some(mut old) = self.old.take() else { return self.effects.process(samples) };
        self.scratch.clear();
        self.scratch.extend_from_slice(samples);
        old.process(&mut self.scratch);
        self.effects.process(samples);
        let step = 1.0 / (samples.len() / CHANNELS).max(1) as f32;
        let frames = samples.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(self.scratch.as_chunks::<CHANNELS>().0);
        for (at, (new, old)) in frames.enumerate() {
            let part = (at as f32 + 0.5) * step;
            new[0] = old[0] + (new[0] - old[0]) * part;
            new[1] = old[1] + (new[1] - old[1]) * part;
        }
    }
}

/// Numbers so small that processors take long over them are as good as none.
pub(super) fn flush(value: &mut f32) {
    if value.abs() < 1e-15 {
        *value = 0.0;
    }
}
