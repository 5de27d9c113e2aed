//! What clients wish for, within what filters do. Lavalink's filters are forgiving: what is too much is as much as goes, and
//! what does nothing is left out.

use guildhall_audio::Filters as Sound;

use crate::wire::Filters;

/// The filters to be set.
pub(super) fn filters(wanted: &Filters) -> Sound {
    // They have the same names on both sides; what plugins know and this node does not is left out.
    let mut sound: Sound = serde_json::to_value(wanted).and_then(serde_json::from_value).unwrap_or_default();
    let fit = |value: &mut f32, low: f32, high: f32| {
        *value = if value.is_finite() { value.clamp(low, high) } else { low };
    };
    sound.tremolo = sound.tremolo.filter(|tremolo| tremolo.depth > 0.0 && tremolo.frequency > 0.0);
    sound.vibrato = sound.vibrato.filter(|vibrato| vibrato.depth > 0.0 && vibrato.frequency > 0.0);
    if let Some(karaoke) = &mut sound.karaoke {
        fit(&mut karaoke.level, 0.0, 1.0);
        fit(&mut karaoke.mono_level, 0.0, 1.0);
        fit(&mut karaoke.filter_band, 1.0, 23_999.0);
        fit(&mut karaoke.filter_width, 1.0, 23_999.0);
    }
    if let Some(scale) = &mut sound.timescale {
        fit(&mut scale.speed, 0.1, 10.0);
        fit(&mut scale.pitch, 0.1, 10.0);
        fit(&mut scale.rate, 0.1, 10.0);
    }
    if let Some(tremolo) = &mut sound.tremolo {
        fit(&mut tremolo.frequency, 0.001, 10_000.0);
        fit(&mut tremolo.depth, 0.001, 1.0);
    }
    if let Some(vibrato) = &mut sound.vibrato {
        fit(&mut vibrato.frequency, 0.001, 14.0);
        fit(&mut vibrato.depth, 0.001, 1.0);
    }
    if let Some(rotation) = &mut sound.rotation {
        fit(&mut rotation.rotation_hz, -1_000.0, 1_000.0);
    }
    if let Some(mix) = &mut sound.channel_mix {
        fit(&mut mix.left_to_left, 0.0, 1.0);
        fit(&mut mix.left_to_right, 0.0, 1.0);
        fit(&mut mix.right_to_left, 0.0, 1.0);
        fit(&mut mix.right_to_right, 0.0, 1.0);
    }
    if let Some(low) = &mut sound.low_pass {
        fit(&mut low.smoothing, 0.0, 100_000.0);
    }
    // The few that are still out of range are dropped one by one, not all together.
    if sound.check().is_err() {
        sound.plugin_filters = None;
    }
    if sound.check().is_err() {
        sound.timescale = None;
        sound.distortion = None;
    }
    if sound.check().is_err() { Sound::default() } else { sound }
}
