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

impl Filters {
    /// Whether every value is in its range; the first that is not.
    pub fn check(&self) -> Result<(), FilterError> {
        let one = |filter, field, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(FilterError { filter, field, low, high }) }
        };
        one("filters", "volume", self.volume.unwrap_or(1.0), 0.0, 5.0)?;
        for band in self.equalizer.iter().flatten() {
            one("equalizer", "band", f32::from(band.band), 0.0, 14.0)?;
            one("equalizer", "gain", band.gain, -0.25, 1.0)?;
        }
        if let Some(karaoke) = self.karaoke {
            one("karaoke", "level", karaoke.level, 0.0, 1.0)?;
            one("karaoke", "monoLevel", karaoke.mono_level, 0.0, 1.0)?;
            one("karaoke", "filterBand", karaoke.filter_band, 1.0, 23_999.0)?;
            one("karaoke", "filterWidth", karaoke.filter_width, 1.0, 23_999.0)?;
        }
        if let Some(scale) = self.timescale {
            one("timescale", "speed", scale.speed, 0.1, 10.0)?;
            one("timescale", "pitch", scale.pitch, 0.1, 10.0)?;
            one("timescale", "rate", scale.rate, 0.1, 10.0)?;
            one("timescale", "pitch × rate", scale.pitch * scale.rate, 0.1, 10.0)?;
            one("timescale", "speed ÷ pitch", scale.speed / scale.pitch, 0.1, 10.0)?;
        }
        if let Some(tremolo) = self.tremolo {
            one("tremolo", "frequency", tremolo.frequency, LEAST, 10_000.0)?;
            one("tremolo", "depth", tremolo.depth, LEAST, 1.0)?;
        }
        if let Some(vibrato) = self.vibrato {
            one("vibrato", "frequency", vibrato.frequency, LEAST, 14.0)?;
            one("vibrato", "depth", vibrato.depth, LEAST, 1.0)?;
        }
        if let Some(rotation) = self.rotation {
            one("rotation", "rotationHz", rotation.rotation_hz, -1_000.0, 1_000.0)?;
        }
        if let Some(distortion) = self.distortion {
            for (field, value) in [
                ("sinOffset", distortion.sin_offset),
                ("sinScale", distortion.sin_scale),
                ("cosOffset", distortion.cos_offset),
                ("cosScale", distortion.cos_scale),
                ("tanOffset", distortion.tan_offset),
                ("tanScale", distortion.tan_scale),
                ("offset", distortion.offset),
                ("scale", distortion.scale),
            ] {
                one("distortion", field, value, -1_000.0, 1_000.0)?;
            }
        }
        if let Some(mix) = self.channel_mix {
            one("channelMix", "leftToLeft", mix.left_to_left, 0.0, 1.0)?;
            one("channelMix", "leftToRight", mix.left_to_right, 0.0, 1.0)?;
            one("channelMix", "rightToLeft", mix.right_to_left, 0.0, 1.0)?;
            one("channelMix", "rightToRight", mix.right_to_right, 0.0, 1.0)?;
        }
        if let Some(low) = self.low_pass {
            one("lowPass", "smoothing", low.smoothing, 0.0, 100_000.0)?;
        }
        self.plugin_filters.unwrap_or_default().check(one)
    }
}

impl PluginFilters {
    fn check(
        &self,
        one: impl Fn(&'static str, &'static str, f32, f32, f32) -> Result<(), FilterError>,
    ) -> Result<(), FilterError> {
        if let Some(high) = self.high_pass {
            one("highPass", "cutoffFrequency", high.cutoff_frequency, 10.0, 20_000.0)?;
            one("highPass", "boostFactor", high.boost_factor, 0.0, 10.0)?;
        }
        if let Some(compressor) = self.compressor {
            one("compressor", "threshold", compressor.threshold, -80.0, 0.0)?;
            one("compressor", "ratio", compressor.ratio, 1.0, 100.0)?;
            one("compressor", "attack", compressor.attack, 0.1, 1_000.0)?;
            one("compressor", "release", compressor.release, 1.0, 5_000.0)?;
            one("compressor", "gain", compressor.gain, -24.0, 24.0)?;
        }
        if let Some(echo) = self.echo {
            one("echo", "delay", echo.delay, 1.0, 2_000.0)?;
            one("echo", "feedback", echo.feedback, 0.0, 0.95)?;
            one("echo", "mix", echo.mix, 0.0, 1.0)?;
        }
        if let Some(reverb) = self.reverb {
            one("reverb", "mix", reverb.mix, 0.0, 1.0)?;
            one("reverb", "roomSize", reverb.room_size, 0.0, 1.0)?;
            one("reverb", "damping", reverb.damping, 0.0, 1.0)?;
            one("reverb", "width", reverb.width, 0.0, 1.0)?;
        }
        Ok(())
    }
}
