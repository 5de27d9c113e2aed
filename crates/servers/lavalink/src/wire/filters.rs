//! What clients may do to the sound.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! filter {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty = $default:expr),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
}

filter! {
    /// One band of the equalizer.
    Band {
        /// 0 (25 Hz) to 14 (16 kHz).
        band: u8 = 0,
        /// -0.25 (silent) to 1.0; 0 changes nothing.
        gain: f32 = 1.0,
    }
}
filter! {
    /// Takes away what both channels have in common: usually a voice.
    Karaoke {
        /// How much, 0 to 1.
        level: f32 = 1.0,
        /// How much of the mono signal, 0 to 1.
        mono_level: f32 = 1.0,
        /// Around which frequency.
        filter_band: f32 = 220.0,
        /// How wide.
        filter_width: f32 = 100.0,
    }
}
filter! {
    /// Changes speed, pitch and both.
    Timescale {
        /// How fast, at the same pitch.
        speed: f64 = 1.0,
        /// How high, at the same speed.
        pitch: f64 = 1.0,
        /// Both, as a tape does.
        rate: f64 = 1.0,
    }
}
filter! {
    /// Makes the loudness swing.
    Tremolo {
        /// How often a second.
        frequency: f32 = 2.0,
        /// How much, 0 to 1.
        depth: f32 = 0.5,
    }
}
filter! {
    /// Makes the pitch swing.
    Vibrato {
        /// How often a second, up to 14.
        frequency: f32 = 2.0,
        /// How much, 0 to 1.
        depth: f32 = 0.5,
    }
}
filter! {
    /// Bends the wave.
    Distortion {
        /// Added to the sine.
        sin_offset: f32 = 0.0,
        /// Multiplied into the sine.
        sin_scale: f32 = 1.0,
        /// Added to the cosine.
        cos_offset: f32 = 0.0,
        /// Multiplied into the cosine.
        cos_scale: f32 = 1.0,
        /// Added to the tangent.
        tan_offset: f32 = 0.0,
        /// Multiplied into the tangent.
        tan_scale: f32 = 1.0,
        /// Added to all.
        offset: f32 = 0.0,
        /// Multiplied into all.
        scale: f32 = 1.0,
    }
}
filter! {
    /// Carries the sound around the listener.
    Rotation {
        /// How often a second.
        rotation_hz: f64 = 0.0,
    }
}
filter! {
    /// Mixes the channels.
    ChannelMix {
        /// Of the left into the left.
        left_to_left: f32 = 1.0,
        /// Of the left into the right.
        left_to_right: f32 = 0.0,
        /// Of the right into the left.
        right_to_left: f32 = 0.0,
        /// Of the right into the right.
        right_to_right: f32 = 1.0,
    }
}
filter! {
    /// Takes away what is high.
    LowPass {
        /// How much; 1 or less changes nothing.
        smoothing: f32 = 20.0,
    }
}

/// All filters of a player. What is absent changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the types say it")]
pub struct Filters {
    /// 0 to 5, where 1 is 100 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equalizer: Option<Vec<Band>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub karaoke: Option<Karaoke>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timescale: Option<Timescale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tremolo: Option<Tremolo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vibrato: Option<Vibrato>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distortion: Option<Distortion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_mix: Option<ChannelMix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_pass: Option<LowPass>,
    /// Filters that Lavalink itself does not have: `highPass`, `compressor`, `echo`, `reverb`.
    pub plugin_filters: Map<String, Value>,
}
