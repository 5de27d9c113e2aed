//! Players: shown, changed, ended.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use guildhall_wire::loose::Float;
use guildhall_wire::patch::Patch;
use http::StatusCode;
use serde_json::{Map, Value};

use super::answer::{Json, Refusal, Result, parse};
use super::sessions::session;
use super::tracks::{find, said_yes, wrong_blob};
use crate::grid::{MOST_TIER, Needs};
use crate::node::Node;
use crate::player::{Change, Player, Start};
use crate::session::{NoPlayer, Session};
use crate::wire::{self, Filters, LoadResult, PlayerUpdate, Track, TrackUpdate, VoiceState, VoiceUpdate};

/// Longest texts of a voice server.
const MOST_VOICE: usize = 1_024;
/// Longest fade, in milliseconds.
const MOST_FADE: u32 = 30_000;
/// Bytes of what a client says about a track, and of filters of plugins.
const MOST_EXTRA: usize = 64 * 1024;

pub(super) fn guild(text: &str) -> Result<u64> {
    // No guild has the number zero, and records of sessions do.
    text.parse().ok().filter(|guild| *guild > 0).ok_or_else(|| Refusal::bad("the guild is not a number"))
}

pub(super) fn player(node: &Node, id: &str, guild_id: &str) -> Result<Arc<Player>> {
    session(node, id)?.player(guild(guild_id)?).ok_or_else(|| Refusal::not_found("player not found"))
}

/// The player of a guild, made where there is none.
pub(super) fn own(node: &Arc<Node>, session: &Arc<Session>, guild_id: u64) -> Result<Arc<Player>> {
    session.player_or_new(node, guild_id).map_err(|why| match why {
        NoPlayer::Ended => Refusal::not_found("session not found"),
        NoPlayer::TooMany => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the session has too many players"),
    })
}

/// Refuses what would play where there is no processor time for it.
pub(super) fn admit(node: &Node, tier: u8, source: &str) -> Result<()> {
    if node.grid.admit(node, tier, &Needs { sources: vec![source], ..Needs::default() }) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the node has no processor time for another player")
        .coded("processorTime")
        .because("admission: the measured time per player does not fit any more"))
}

/// A number that counts something: clients write some of them with a point.
pub(super) fn whole(number: f64, name: &str) -> Result<u64> {
    if !number.is_finite() {
        return Err(Refusal::bad(format!("{name} is not a number")));
    }
    // Beyond 2^53 nothing is exact; nothing that is counted here gets there.
    let number = number.round().clamp(0.0, 9_007_199_254_740_991.0);
    Ok(format!("{number:.0}").parse().unwrap_or_default())
}

pub(super) async fn list(State(node): State<Arc<Node>>, Path(id): Path<String>) -> Result<Json<Vec<wire::Player>>> {
    Ok(Json(session(&node, &id)?.players().iter().map(|player| player.show()).collect()))
}

pub(super) async fn show(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<Json<wire::Player>> {
    Ok(Json(player(&node, &id, &guild_id)?.show()))
}

pub(super) async fn destroy(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    let session = session(&node, &id)?;
    if let Some(player) = session.remove(guild(&guild_id)?) {
        player.destroy();
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn update(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Json<wire::Player>> {
    let session = session(&node, &id)?;
    let guild_id = guild(&guild_id)?;
    let update: PlayerUpdate = parse(&body)?;
    let no_replace = said_yes(query.as_deref(), "noReplace");
    let existing = session.player(guild_id);
    let busy = existing.as_ref().is_some_and(|player| player.with(|state| state.track.is_some()));
    let keep = no_replace && busy;
    let idle = existing.as_ref().is_none_or(|player| player.with(|state| state.is_idle()));
    let (mut change, user_data) = check(&node, update, keep).await?;
    let tier = change.tier.or_else(|| existing.map(|player| player.with(|state| state.tier()))).unwrap_or_default();
    if let Patch::Value(start) = &change.track
        && !keep
        && idle
    {
        admit(&node, tier, &start.track.info.source_name)?;
    }
    // It may have ended while the track was looked for.
    let player = own(&node, &session, guild_id)?;
    if change.position.is_some()
        && change.track.is_absent()
        && player.with(|state| state.track.as_ref().is_some_and(|track| !track.info.is_seekable))
    {
        // As Lavalink does it: what cannot be wound stays where it is, and the rest of what was said is done.
        change.position = None;
    }
    player.apply(Change { no_replace, ..change });
    if let Some(user_data) = user_data {
        player.with(|state| {
            if let Some(track) = &mut state.track {
                track.user_data = user_data;
            }
        });
    }
    Ok(Json(player.show()))
}

/// Checks everything before anything is changed. Beside the change: what is said about the track that plays already.
async fn check(node: &Node, update: PlayerUpdate, keep: bool) -> Result<(Change, Option<Map<String, Value>>)> {
    let position = match update.position {
        Patch::Value(Float(position)) => Some(whole(position, "position")?),
        Patch::Null | Patch::Absent => None,
    };
    let end = match update.end_time {
        Patch::Value(Float(end)) => match whole(end, "endTime")? {
            0 => return Err(Refusal::bad("endTime must be greater than 0")),
            end => Patch::Value(end),
        },
        Patch::Null => Patch::Null,
        Patch::Absent => Patch::Absent,
    };
    let volume = match update.volume {
        Patch::Value(Float(volume)) => Some(u16::try_from(whole(volume, "volume")?).unwrap_or(u16::MAX).min(1_000)),
        Patch::Null | Patch::Absent => None,
    };
    let paused = match update.paused {
        Patch::Value(paused) => Some(paused),
        Patch::Null | Patch::Absent => None,
    };
    let filters = match update.filters {
        Patch::Value(filters) => {
            crate::loudness::target(&filters, node.settings.loudness).map_err(Refusal::bad)?;
            Some(check_filters(filters)?)
        }
        Patch::Null => Some(Filters::default()),
        Patch::Absent => None,
    };
    let voice = match update.voice {
        Patch::Value(voice) => Some(check_voice(voice)?),
        Patch::Null | Patch::Absent => None,
    };
    let wanted = match update.track {
        Patch::Value(track) => {
            if !update.encoded_track.is_absent() || !update.identifier.is_absent() {
                return Err(Refusal::bad("track excludes encodedTrack and identifier"));
            }
            track
        }
        Patch::Null | Patch::Absent => {
            TrackUpdate { encoded: update.encoded_track, identifier: update.identifier, user_data: Patch::Absent }
        }
    };
    let named = !wanted.encoded.is_absent() || !wanted.identifier.is_absent();
    // Where it begins, ends, and whether it waits is of the track that is named: another one is left as it is.
    let (position, end, paused) = if keep && named { (None, Patch::Absent, None) } else { (position, end, paused) };
    let (track, user_data) = match wanted.user_data {
        Patch::Value(data) if !named => {
            bounded(&Value::Object(data.clone()), "userData")?;
            (Patch::Absent, Some(data))
        }
        // What plays is left alone: nothing has to be loaded.
        _ if keep => (Patch::Absent, None),
        user_data => (resolve(node, TrackUpdate { user_data, ..wanted }).await?, None),
    };
    let track = match track {
        Patch::Value(track) => {
            let own = u64::try_from(track.info.position).unwrap_or_default();
            Patch::Value(Start { position: position.unwrap_or(own), track })
        }
        Patch::Null => Patch::Null,
        Patch::Absent => Patch::Absent,
    };
    let next = match update.next {
        Patch::Value(next) => resolve(node, next).await?,
        Patch::Null => Patch::Null,
        Patch::Absent => Patch::Absent,
    };
    let crossfade = match update.crossfade {
        Patch::Value(Float(crossfade)) => {
            Patch::Value(u32::try_from(whole(crossfade, "crossfade")?).unwrap_or(u32::MAX).min(MOST_FADE))
        }
        Patch::Null => Patch::Null,
        Patch::Absent => Patch::Absent,
    };
    let tier = match update.tier {
        Patch::Value(Float(tier)) => Some(u8::try_from(whole(tier, "tier")?).unwrap_or(u8::MAX).min(MOST_TIER)),
        Patch::Null => Some(0),
        Patch::Absent => None,
    };
    let change =
        Change { voice, paused, volume, position, filters, end, track, next, tier, crossfade, no_replace: false };
    Ok((change, user_data))
}

/// The track that an update names; null is none, on purpose.
pub(super) async fn resolve(node: &Node, wanted: TrackUpdate) -> Result<Patch<Track>> {
    let mut track = match (wanted.encoded, wanted.identifier) {
        (Patch::Value(_), Patch::Value(_)) => {
            return Err(Refusal::bad("cannot specify both encodedTrack and identifier"));
        }
        (Patch::Value(encoded), _) => Track::decode(&encoded).map_err(wrong_blob)?,
        (_, Patch::Value(identifier)) => match find(node, &identifier).await {
            LoadResult::Track(track) => *track,
            LoadResult::Playlist(_) | LoadResult::Search(_) => {
                return Err(Refusal::bad("cannot play a playlist or search result"));
            }
            LoadResult::Empty => {
                return Err(Refusal::bad(format!("no matches found for identifier {identifier}")));
            }
            LoadResult::Error(error) => {
                let message = error.message.unwrap_or_else(|| "the track could not be loaded".into());
                return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message).because(error.cause));
            }
        },
        (Patch::Null, _) => return Ok(Patch::Null),
        (Patch::Absent, _) => return Ok(Patch::Absent),
    };
    if let Patch::Value(data) = wanted.user_data {
        bounded(&Value::Object(data.clone()), "userData")?;
        track.user_data = data;
    }
    Ok(Patch::Value(track))
}

fn bounded(value: &Value, name: &str) -> Result<()> {
    if value.to_string().len() > MOST_EXTRA {
        return Err(Refusal::bad(format!("{name} is too large")));
    }
    Ok(())
}

fn check_voice(voice: VoiceUpdate) -> Result<VoiceState> {
    let text = |text: Option<String>| text.filter(|text| !text.is_empty() && text.len() <= MOST_VOICE);
    let partial = || Refusal::bad("partial voice state update");
    Ok(VoiceState {
        token: text(voice.token).ok_or_else(partial)?,
        endpoint: text(voice.endpoint).ok_or_else(partial)?,
        session_id: text(voice.session_id).ok_or_else(partial)?,
        channel_id: text(voice.channel_id),
    })
}

fn check_filters(mut filters: Filters) -> Result<Filters> {
    if let Some(bands) = &mut filters.equalizer {
        if bands.iter().any(|band| band.band > 14) {
            return Err(Refusal::bad("an equalizer has the bands 0 to 14"));
        }
        bands.truncate(64);
        bands.iter_mut().for_each(|band| band.gain = band.gain.clamp(-0.25, 1.0));
    }
    if let Some(volume) = &mut filters.volume {
        *volume = volume.clamp(0.0, 5.0);
    }
    if let Some(timescale) = &filters.timescale {
        let factors = [timescale.speed, timescale.pitch, timescale.rate];
        if factors.iter().any(|factor| *factor <= 0.0 || !factor.is_finite()) {
            return Err(Refusal::bad("the factors of timescale must be greater than 0"));
        }
    }
    let plugins = Value::Object(std::mem::take(&mut filters.plugin_filters));
    bounded(&plugins, "pluginFilters")?;
    // What JSON cannot say becomes null: a number that is too large for what it was read as.
    let own = serde_json::to_value(&filters).unwrap_or_default();
    if let Some(name) = unbounded(&own, true).or_else(|| unbounded(&plugins, false)) {
        return Err(Refusal::bad(format!("filters: {name} is not a number that can be used")));
    }
    if let Value::Object(plugins) = plugins {
        crate::engine::check_plugins(&plugins).map_err(|wrong| Refusal::bad(format!("filters: {wrong}")))?;
        filters.plugin_filters = plugins;
    }
    Ok(filters)
}

/// Where a number is that no filter can work with; null is such a one where everything else was read.
fn unbounded(value: &Value, read: bool) -> Option<String> {
    let within = |name: String, inner: &Value| {
        let found = unbounded(inner, read)?;
        Some(if found.is_empty() { name } else { format!("{name}.{found}") })
    };
    match value {
        Value::Null if read => Some(String::new()),
        Value::Number(number) => {
            let largest = f64::from(f32::MAX);
            number.as_f64().is_none_or(|number| !(-largest..=largest).contains(&number)).then(String::new)
        }
        Value::Array(values) => values.iter().enumerate().find_map(|(at, inner)| within(at.to_string(), inner)),
        Value::Object(fields) => fields.iter().find_map(|(name, inner)| within(name.clone(), inner)),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_too_large_are_no_filters() {
        let refused = |text: &str| {
            // Some builds of serde_json refuse such a number already where a text is read into an f32.
            let filters: Value = serde_json::from_str(text).unwrap();
            check_filters(serde_json::from_value(filters).unwrap()).err().map(|refusal| refusal.message().to_owned())
        };
        for (filters, name) in [
            (r#"{"lowPass":{"smoothing":1e39}}"#, "lowPass.smoothing"),
            (r#"{"karaoke":{"filterBand":-1e39}}"#, "karaoke.filterBand"),
            (r#"{"tremolo":{"depth":1e300}}"#, "tremolo.depth"),
            (r#"{"vibrato":{"frequency":4e38}}"#, "vibrato.frequency"),
            (r#"{"distortion":{"tanScale":1e39}}"#, "distortion.tanScale"),
            (r#"{"rotation":{"rotationHz":1e39}}"#, "rotation.rotationHz"),
            (r#"{"timescale":{"speed":1e39}}"#, "timescale.speed"),
            (r#"{"channelMix":{"leftToRight":1e39}}"#, "channelMix.leftToRight"),
            (r#"{"pluginFilters":{"echo":{"taps":[1,1e39]}}}"#, "echo.taps.1"),
        ] {
            assert_eq!(refused(filters), Some(format!("filters: {name} is not a number that can be used")));
        }
        for filters in [
            r#"{"volume":1e39,"equalizer":[{"band":0,"gain":1e39}],"lowPass":{"smoothing":3e38}}"#,
            r#"{"pluginFilters":{"echo":null,"other":[true,"1e39",-1]},"karaoke":null}"#,
        ] {
            assert_eq!(refused(filters), None, "{filters}");
        }
    }
}
