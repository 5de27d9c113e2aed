//! Members in voice: `/guilds/{guild_id}/voice-states`, and moderating who is there.

use guildhall_store::member::MemberRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use guildhall_wire::loose::Bool;
use guildhall_wire::member::MemberBody;
use guildhall_wire::voice::VoiceState;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/voice-states/@me", get_self_voice_state, Need::Member)
        .patch("/guilds/{guild_id}/voice-states/@me", update_self_voice_state, Need::Member)
        .get("/guilds/{guild_id}/voice-states/{user_id}", get_voice_state, Need::Member)
        .patch("/guilds/{guild_id}/voice-states/{user_id}", update_voice_state, Need::Member)
}

/// Where somebody is moved to, if at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Stay,
    Leave,
    To(Id<ChannelMarker>),
}

/// Applies what a body says about voice: that takes somebody who is there, and the permissions where they are.
pub(super) fn change(cx: &Cx, guild: &Guild, row: &mut MemberRow, body: &MemberBody) -> Result<Move> {
    if body.mute.is_absent() && body.deaf.is_absent() && body.channel_id.is_absent() {
        return Ok(Move::Stay);
    }
    let me = cx.user()?;
    let here = cx.app.bus().voice_state(guild.id, row.user_id).and_then(|state| state.channel_id);
    let here = here.and_then(|id| guild.state.channels.get(&id));
    let require = |channel: Option<&WireChannel>, needed: Permissions| {
        let may = channel.map_or(guild.permissions, |channel| guild.state.permissions_in(me, channel, cx.now()));
        if may.contains(needed) { Ok(()) } else { Err(Error::Code(Code::MissingPermissions)) }
    };
    let here = here.map(AsRef::as_ref);
    if !body.mute.is_absent() {
        require(here, Permissions::MUTE_MEMBERS)?;
    }
    if !body.deaf.is_absent() {
        require(here, Permissions::DEAFEN_MEMBERS)?;
    }
    if !body.channel_id.is_absent() {
        require(here, Permissions::MOVE_MEMBERS)?;
    }
    let here = here.ok_or(Code::NotInVoice)?;
    body.mute.apply_or_default(&mut row.mute);
    body.deaf.apply_or_default(&mut row.deaf);
    match body.channel_id {
        Patch::Absent => Ok(Move::Stay),
        Patch::Null => Ok(Move::Leave),
        Patch::Value(id) if id == here.id => Ok(Move::Stay),
        Patch::Value(id) => {
            let there = guild.state.channels.get(&id).ok_or(Code::UnknownChannel)?;
            if !there.kind.is_voice() {
                return Err(Code::WrongChannelType.into());
            }
            require(Some(there), Permissions::VIEW_CHANNEL | Permissions::CONNECT)?;
            Ok(Move::To(id))
        }
    }
}

/// Logs that somebody was moved or disconnected.
pub(super) async fn log(cx: &Cx, work: &mut Work, guild: Id<GuildMarker>, place: Move) -> Result<()> {
    let (action, options) = match place {
        Move::Stay => return Ok(()),
        Move::Leave => (AuditAction::MemberDisconnect, json!({ "count": "1" })),
        Move::To(channel) => (AuditAction::MemberMove, json!({ "channel_id": channel, "count": "1" })),
    };
    let mut entry = cx.entry(action, "", Vec::new());
    entry.options = Some(options);
    work.audit(guild, entry).await
}

/// Moves a member after the commit. That they were muted or deafened, the bus took from the event.
pub(super) fn tell(cx: &Cx, guild: &Guild, user: Id<UserMarker>, place: Move) {
    let Move::To(id) = place else {
        if place == Move::Leave {
            cx.app.bus().leave_voice(guild.id, user);
        }
        return;
    };
    cx.app.bus().change_voice_state(guild.id, user, |state| {
        state.channel_id = Some(id);
        state.request_to_speak_timestamp = None;
        // On a stage one begins in the audience, unless one moderates it.
        state.suppress = guild.state.channels.get(&id).is_some_and(|channel| {
            let may = guild.state.permissions_in(user, channel, cx.now());
            channel.kind == ChannelKind::Stage && !may.contains(Permissions::MUTE_MEMBERS)
        });
    });
}

/// A state with every field that REST gives.
fn present(state: &VoiceState) -> Result<Json<Value>> {
    let mut value = serde_json::to_value(state).map_err(|error| Error::Internal(error.to_string()))?;
    if let Some(fields) = value.as_object_mut() {
        fields.entry("self_stream").or_insert(false.into());
    }
    Ok(Json(value))
}

fn find(cx: &Cx, guild: &Guild, user: Id<UserMarker>) -> Result<VoiceState> {
    cx.app.bus().voice_state(guild.id, user).ok_or(Code::UnknownVoiceState.into())
}

async fn get_self_voice_state(cx: Cx, guild: Guild) -> Result<Json<Value>> {
    present(&find(&cx, &guild, cx.user()?)?)
}

async fn get_voice_state(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
) -> Result<Json<Value>> {
    let (state, me) = (find(&cx, &guild, user)?, cx.user()?);
    let channel = state.channel_id.and_then(|id| guild.state.channels.get(&id)).ok_or(Code::UnknownVoiceState)?;
    if !guild.state.can_view(me, channel) {
        return Err(Code::UnknownVoiceState.into());
    }
    present(&state)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct VoiceBody {
    channel_id: Option<Id<ChannelMarker>>,
    suppress: Option<Bool>,
    #[serde(deserialize_with = "guildhall_wire::loose::time::patch")]
    request_to_speak_timestamp: Patch<Timestamp>,
}

/// What the asker may do on the stage that somebody is on.
fn stage(cx: &Cx, guild: &Guild, user: Id<UserMarker>, body: &VoiceBody) -> Result<(VoiceState, Permissions)> {
    let state = find(cx, guild, user)?;
    if body.channel_id.is_some() && body.channel_id != state.channel_id {
        return Err(Code::UnknownVoiceState.into());
    }
    let channel = state.channel_id.and_then(|id| guild.state.channels.get(&id)).ok_or(Code::UnknownVoiceState)?;
    if channel.kind != ChannelKind::Stage {
        return Err(Code::WrongChannelType.into());
    }
    Ok((state, guild.state.permissions_in(cx.user()?, channel, cx.now())))
}

fn require(permissions: Permissions, needed: Permissions) -> Result<()> {
    if permissions.contains(needed) { Ok(()) } else { Err(Code::MissingPermissions.into()) }
}

async fn update_self_voice_state(cx: Cx, guild: Guild, Json(body): Json<VoiceBody>) -> Result<NoContent> {
    let me = cx.user()?;
    let (state, permissions) = stage(&cx, &guild, me, &body)?;
    let suppress = body.suppress.map_or(state.suppress, |suppress| suppress.0);
    if state.suppress && !suppress {
        require(permissions, Permissions::MUTE_MEMBERS)?;
    }
    let mut request = state.request_to_speak_timestamp;
    match body.request_to_speak_timestamp {
        Patch::Absent => {}
        Patch::Null => request = None,
        Patch::Value(moment) => {
            require(permissions, Permissions::REQUEST_TO_SPEAK)?;
            // Clocks differ a little.
            if moment.as_micros() < cx.now() - 60_000_000 {
                let field = "request_to_speak_timestamp";
                return Err(Error::form(field, "DATE_TIME_TYPE_PAST", "Must be now or in the future."));
            }
            request = Some(moment);
        }
    }
    cx.app.bus().change_voice_state(guild.id, me, |state| {
        state.suppress = suppress;
        state.request_to_speak_timestamp = request;
    });
    Ok(NoContent)
}

async fn update_voice_state(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
    Json(body): Json<VoiceBody>,
) -> Result<NoContent> {
    let (state, permissions) = stage(&cx, &guild, user, &body)?;
    require(permissions, Permissions::MUTE_MEMBERS)?;
    let Some(suppress) = body.suppress.map(|suppress| suppress.0) else { return Ok(NoContent) };
    let bot = state.member.as_ref().and_then(|member| member.user.as_ref()).is_some_and(|user| user.bot);
    let now = guildhall_store::timestamp(cx.now());
    cx.app.bus().change_voice_state(guild.id, user, |state| {
        state.suppress = suppress;
        state.request_to_speak_timestamp = (!suppress && !bot).then_some(now);
    });
    Ok(NoContent)
}
