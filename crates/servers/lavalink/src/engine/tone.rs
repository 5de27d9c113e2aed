//! What clients wish for, within what filters do. Lavalink's filters are forgiving: what is too much is as much as goes, and
//! what does nothing is left out.

use guildhall_audio::Filters as Sound;
use guildhall_audio::filter::PluginFilters;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::wire::Filters;

/// The filters to be set.
pub(super) fn filters(wanted: &Filters) -> Sound {
    // They have the same names on both sides.
    let own = Filters { plugin_filters: Map::new(), ..wanted.clone() };
    let mut sound: Sound = serde_json::to_value(own).and_then(serde_json::from_value).unwrap_or_default();
    sound.tremolo = sound.tremolo.filter(|tremolo| tremolo.depth > 0.0 && tremolo.frequency > 0.0);
    sound.vibrato = sound.vibrato.filter(|vibrato| vibrato.depth > 0.0 && vibrato.frequency > 0.0);
    // What plugins know and this node does not is left out, and what is none of a filter takes no other with it.
    let plugins = &wanted.plugin_filters;
    sound.plugin_filters = Some(PluginFilters {
        high_pass: read(plugins, "highPass").unwrap_or_default(),
        compressor: read(plugins, "compressor").unwrap_or_default(),
        echo: read(plugins, "echo").unwrap_or_default(),
        reverb: read(plugins, "reverb").unwrap_or_default(),
    });
    sound.fit()
}

/// Whether all filters that stand under `pluginFilters` and are known here can be read; otherwise what is wrong.
pub(crate) fn check_plugins(plugins: &Map<String, Value>) -> Result<(), String> {
    use guildhall_audio::filter::{Compressor, Echo, HighPass, Reverb};
    read::<HighPass>(plugins, "highPass")?;
    read::<Compressor>(plugins, "compressor")?;
    read::<Echo>(plugins, "echo")?;
    read::<Reverb>(plugins, "reverb")?;
    Ok(())
}

/// A filter of that name, if there is one.
fn read<T: DeserializeOwned>(plugins: &Map<String, Value>, name: &str) -> Result<Option<T>, String> {
    match plugins.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Object(_)) => {
            T::deserialize(value).map(Some).map_err(|error| format!("pluginFilters.{name}: {error}"))
        }
        Some(_) => Err(format!("pluginFilters.{name} is no object")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(json: &str) -> Sound {
        filters(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn one_filter_takes_no_other_with_it() {
        let sound = of(r#"{"timescale":{"speed":1.5},"pluginFilters":{"echo":false,"reverb":{},"other":7}}"#);
        assert!((sound.timescale.unwrap().speed - 1.5).abs() < 1e-6);
        let plugins = sound.plugin_filters.unwrap();
        assert!(plugins.echo.is_none() && plugins.reverb.is_some());
        let plugins = r#"{"highPass":{"cutoffFrequency":5},"compressor":{"ratio":1e6},"echo":{},"reverb":{"mix":-1}}"#;
        let plugins = of(&format!(r#"{{"pluginFilters":{plugins}}}"#)).plugin_filters.unwrap();
        assert!((plugins.high_pass.unwrap().cutoff_frequency - 10.0).abs() < 1e-6);
        assert!((plugins.compressor.unwrap().ratio - 100.0).abs() < 1e-6);
        assert!(plugins.echo.is_some() && plugins.reverb.unwrap().mix.abs() < 1e-6);
        let sound = of(r#"{"timescale":{"speed":2,"pitch":0.15},"distortion":{"scale":5000}}"#);
        let scale = sound.timescale.unwrap();
        assert!((scale.pitch - 0.15).abs() < 1e-6 && (scale.speed - 1.5).abs() < 0.01, "{scale:?}");
        assert!((sound.distortion.unwrap().scale - 1_000.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_is_within_what_goes(values in proptest::collection::vec(-1e4_f64..1e4, 8), small in 0.0001_f64..30.0) {
            let [a, b, c, d, e, f, g, h] = <[f64; 8]>::try_from(values).unwrap();
            let sound = of(&format!(
                r#"{{"volume":{a},"equalizer":[{{"band":200,"gain":{b}}},{{"band":3,"gain":{c}}}],"karaoke":{{"level":{d},"filterBand":{e}}},
                "timescale":{{"speed":{small},"pitch":{f},"rate":{g}}},"distortion":{{"scale":{h}}},"rotation":{{"rotationHz":{a}}},
                "tremolo":{{"frequency":{b},"depth":{c}}},"vibrato":{{"frequency":{d},"depth":{small}}},"channelMix":{{"leftToLeft":{e}}},
                "lowPass":{{"smoothing":{f}}},"pluginFilters":{{"echo":{{"delay":{g}}},"reverb":{{"mix":{h}}}}}}}"#
            ));
            prop_assert!(sound.check().is_ok(), "{:?} {:?}", sound.check(), sound);
            prop_assert!(sound.timescale.is_some() && sound.distortion.is_some() && sound.plugin_filters.unwrap().echo.is_some());
        }
    }
}
