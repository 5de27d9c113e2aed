//! Filters by the names, defaults and ranges of Lavalink, and some more.

mod chain;
mod compressor;
mod equalizer;
mod modulation;
mod shape;
mod space;
#[cfg(test)]
mod tests;

pub(crate) use chain::Chain;
use serde::{Deserialize, Serialize};

/// Names of the filters, as a node tells them.
pub const NAMES: [&str; 10] = [
    "volume",
    "equalizer",
    "karaoke",
    "timescale",
    "tremolo",
    "vibrato",
    "distortion",
    "rotation",
    "channelMix",
    "lowPass",
];

/// Names of the filters that stand under `pluginFilters`.
pub const PLUGIN_NAMES: [&str; 4] = ["highPass", "compressor", "echo", "reverb"];

/// A value that a filter does not take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{filter}.{field} must be from {low} to {high}")]
pub struct FilterError {
    /// The filter's name.
    pub filter: &'static str,
    /// The value's name.
    pub field: &'static str,
    /// The lowest that is taken.
    pub low: f32,
    /// The highest that is taken.
    pub high: f32,
}

macro_rules! filter {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $default:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: f32,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

/// One of the equalizer's fifteen bands: 25, 40, 63, 100, 160, 250, 400, 630 Hz, 1, 1.6, 2.5, 4, 6.3, 10, 16 kHz.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Band {
    /// From 0 to 14.
    pub band: u8,
    /// -0.25 takes the band away, 0 leaves it, 0.25 doubles it.
    pub gain: f32,
}

filter! {
    /// Takes away what is the same on both sides: mostly the voice.
    Karaoke {
        /// How much is taken away.
        level: 1.0,
        /// How much of the band below comes back.
        mono_level: 1.0,
        /// Middle of the band in Hz.
        filter_band: 220.0,
        /// Width of the band in Hz.
        filter_width: 100.0,
    }
}

filter! {
    /// Changes speed and pitch.
    Timescale {
        /// Speed, at the same pitch.
        speed: 1.0,
        /// Pitch, at the same speed.
        pitch: 1.0,
        /// Both, as a tape does.
        rate: 1.0,
    }
}

filter! {
    /// Louder and softer, in turn.
    Tremolo {
        /// Times a second.
        frequency: 2.0,
        /// How much.
        depth: 0.5,
    }
}

filter! {
    /// Higher and lower, in turn.
    Vibrato {
        /// Times a second.
        frequency: 2.0,
        /// How much.
        depth: 0.5,
    }
}

filter! {
    /// Moves the sound around the listener.
    Rotation {
        /// Times a second.
        rotation_hz: 0.0,
    }
}

filter! {
    /// Bends the wave by sine, cosine and tangent.
    Distortion {
        /// Added to the sine.
        sin_offset: 0.0,
        /// Factor within the sine.
        sin_scale: 1.0,
        /// Added to the cosine.
        cos_offset: 0.0,
        /// Factor within the cosine.
        cos_scale: 1.0,
        /// Added to the tangent.
        tan_offset: 0.0,
        /// Factor within the tangent.
        tan_scale: 1.0,
        /// Added to all.
        offset: 0.0,
        /// Factor of all.
        scale: 1.0,
    }
}

filter! {
    /// How much of each side goes to each side.
    ChannelMix {
        /// Of the left to the left.
        left_to_left: 1.0,
        /// Of the left to the right.
        left_to_right: 0.0,
        /// Of the right to the left.
        right_to_left: 0.0,
        /// Of the right to the right.
        right_to_right: 1.0,
    }
}

filter! {
    /// Takes high frequencies away.
    LowPass {
        /// How much; nothing up to 1.
        smoothing: 20.0,
    }
}

filter! {
    /// Takes low frequencies away.
    HighPass {
        /// Below so many Hz, by 12 dB an octave.
        cutoff_frequency: 200.0,
        /// Factor of what remains.
        boost_factor: 1.0,
    }
}

filter! {
    /// Makes loud parts softer.
    Compressor {
        /// Above so many decibels of full scale.
        threshold: -20.0,
        /// So many decibels more become one.
        ratio: 4.0,
        /// Milliseconds until it takes hold.
        attack: 10.0,
        /// Milliseconds until it lets go.
        release: 150.0,
        /// Decibels that are added afterwards.
        gain: 0.0,
    }
}

filter! {
    /// Says everything again.
    Echo {
        /// After so many milliseconds.
        delay: 300.0,
        /// How much of each echo is echoed.
        feedback: 0.4,
        /// How loud the first echo is.
        mix: 0.5,
    }
}

filter! {
    /// A room.
    Reverb {
        /// How loud the room is.
        mix: 0.3,
        /// How large it is.
        room_size: 0.5,
        /// How soft its walls are.
        damping: 0.5,
        /// How far its sides are apart.
        width: 1.0,
    }
}

/// Filters that Lavalink does not know.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginFilters {
    /// Takes low frequencies away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<HighPass>,
    /// Makes loud parts softer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressor: Option<Compressor>,
    /// Says everything again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// A room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverb: Option<Reverb>,
}

/// All filters of a player; those that are absent change nothing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filters {
    /// A factor, from 0 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f32>,
    /// Fifteen bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equalizer: Option<Vec<Band>>,
    /// Takes away what is the same on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub karaoke: Option<Karaoke>,
    /// Changes speed and pitch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timescale: Option<Timescale>,
    /// Louder and softer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tremolo: Option<Tremolo>,
    /// Higher and lower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vibrato: Option<Vibrato>,
    /// Bends the wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<Distortion>,
    /// Moves the sound around.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// Mixes the sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_mix: Option<ChannelMix>,
    /// Takes high frequencies away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_pass: Option<LowPass>,
    /// Filters that Lavalink does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin_filters: Option<PluginFilters>,
}

/// The lowest value of what must be above zero.
const LEAST: f32 = 0.001;
/// How slow and how fast sound is played.
const SLOWEST: f32 = 0.1;
const FASTEST: f32 = 10.0;
/// The last band of the equalizer.
const MOST_BAND: u8 = 14;

impl Filters {
    /// Whether every value is in its range; the first that is not.
    pub fn check(&self) -> Result<(), FilterError> {
        let mut wrong = None;
        let mut one = |filter, field, value: f32, low: f32, high: f32| {
            if !(low..=high).contains(&value) {
                wrong.get_or_insert(FilterError { filter, field, low, high });
            }
        };
        for band in self.equalizer.iter().flatten() {
            one("equalizer", "band", f32::from(band.band), 0.0, f32::from(MOST_BAND));
        }
        self.clone().each(|filter, field, value, low, high| one(filter, field, *value, low, high));
        if let Some(scale) = self.timescale {
            one("timescale", "pitch × rate", scale.pitch * scale.rate, SLOWEST, FASTEST);
            one("timescale", "speed ÷ pitch", scale.speed / scale.pitch, SLOWEST, FASTEST);
        }
        wrong.map_or(Ok(()), Err)
    }

    /// The same filters with every value as near to what it was as its range goes.
    #[must_use]
    pub fn fit(mut self) -> Self {
        self.equalizer.iter_mut().for_each(|bands| bands.retain(|band| band.band <= MOST_BAND));
        self.each(|_, _, value, low, high| *value = if value.is_finite() { value.clamp(low, high) } else { low });
        if let Some(scale) = &mut self.timescale {
            // A little less than goes, because quotients are rounded.
            let (least, most) = (SLOWEST * (1.0 + 1e-6), FASTEST * (1.0 - 1e-6));
            scale.rate = scale.rate.clamp(least / scale.pitch, most / scale.pitch);
            scale.speed = scale.speed.clamp(least * scale.pitch, most * scale.pitch);
        }
        self
    }

    /// Shows every value with its filter, its name and its range.
    fn each(&mut self, mut one: impl FnMut(&'static str, &'static str, &mut f32, f32, f32)) {
        if let Some(volume) = &mut self.volume {
            one("filters", "volume", volume, 0.0, 5.0);
        }
        for band in self.equalizer.iter_mut().flatten() {
            one("equalizer", "gain", &mut band.gain, -0.25, 1.0);
        }
        if let Some(karaoke) = &mut self.karaoke {
            one("karaoke", "level", &mut karaoke.level, 0.0, 1.0);
            one("karaoke", "monoLevel", &mut karaoke.mono_level, 0.0, 1.0);
            one("karaoke", "filterBand", &mut karaoke.filter_band, 1.0, 23_999.0);
            one("karaoke", "filterWidth", &mut karaoke.filter_width, 1.0, 23_999.0);
        }
        if let Some(scale) = &mut self.timescale {
            one("timescale", "speed", &mut scale.speed, SLOWEST, FASTEST);
            one("timescale", "pitch", &mut scale.pitch, SLOWEST, FASTEST);
            one("timescale", "rate", &mut scale.rate, SLOWEST, FASTEST);
        }
        if let Some(tremolo) = &mut self.tremolo {
            one("tremolo", "frequency", &mut tremolo.frequency, LEAST, 10_000.0);
            one("tremolo", "depth", &mut tremolo.depth, LEAST, 1.0);
        }
        if let Some(vibrato) = &mut self.vibrato {
            one("vibrato", "frequency", &mut vibrato.frequency, LEAST, 14.0);
            one("vibrato", "depth", &mut vibrato.depth, LEAST, 1.0);
        }
        if let Some(rotation) = &mut self.rotation {
            one("rotation", "rotationHz", &mut rotation.rotation_hz, -1_000.0, 1_000.0);
        }
        if let Some(distortion) = &mut self.distortion {
            for (field, value) in [
                ("sinOffset", &mut distortion.sin_offset),
                ("sinScale", &mut distortion.sin_scale),
                ("cosOffset", &mut distortion.cos_offset),
                ("cosScale", &mut distortion.cos_scale),
                ("tanOffset", &mut distortion.tan_offset),
                ("tanScale", &mut distortion.tan_scale),
                ("offset", &mut distortion.offset),
                ("scale", &mut distortion.scale),
            ] {
                one("distortion", field, value, -1_000.0, 1_000.0);
            }
        }
        if let Some(mix) = &mut self.channel_mix {
            one("channelMix", "leftToLeft", &mut mix.left_to_left, 0.0, 1.0);
            one("channelMix", "leftToRight", &mut mix.left_to_right, 0.0, 1.0);
            one("channelMix", "rightToLeft", &mut mix.right_to_left, 0.0, 1.0);
            one("channelMix", "rightToRight", &mut mix.right_to_right, 0.0, 1.0);
        }
        if let Some(low) = &mut self.low_pass {
            one("lowPass", "smoothing", &mut low.smoothing, 0.0, 100_000.0);
        }
        if let Some(plugin) = &mut self.plugin_filters {
            plugin.each(one);
        }
    }
}

impl PluginFilters {
    fn each(&mut self, mut one: impl FnMut(&'static str, &'static str, &mut f32, f32, f32)) {
        if let Some(high) = &mut self.high_pass {
            one("highPass", "cutoffFrequency", &mut high.cutoff_frequency, 10.0, 20_000.0);
            one("highPass", "boostFactor", &mut high.boost_factor, 0.0, 10.0);
        }
        if let Some(compressor) = &mut self.compressor {
            one("compressor", "threshold", &mut compressor.threshold, -80.0, 0.0);
            one("compressor", "ratio", &mut compressor.ratio, 1.0, 100.0);
            one("compressor", "attack", &mut compressor.attack, 0.1, 1_000.0);
            one("compressor", "release", &mut compressor.release, 1.0, 5_000.0);
            one("compressor", "gain", &mut compressor.gain, -24.0, 24.0);
        }
        if let Some(echo) = &mut self.echo {
            one("echo", "delay", &mut echo.delay, 1.0, 2_000.0);
            one("echo", "feedback", &mut echo.feedback, 0.0, 0.95);
            one("echo", "mix", &mut echo.mix, 0.0, 1.0);
        }
        if let Some(reverb) = &mut self.reverb {
            one("reverb", "mix", &mut reverb.mix, 0.0, 1.0);
            one("reverb", "roomSize", &mut reverb.room_size, 0.0, 1.0);
            one("reverb", "damping", &mut reverb.damping, 0.0, 1.0);
            one("reverb", "width", &mut reverb.width, 0.0, 1.0);
        }
    }
}
