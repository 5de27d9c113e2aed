//! What is going on in a voice channel: `/channels/{channel_id}/voice-status`.

use guildhall_store as store;
use guildhall_wire::audit_log::{AuditAction, AuditChange};
use guildhall_wire::channel::{ChannelKind, VoiceStatusBody, VoiceStatusUpdate};
use serde_json::json;

use crate::App;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const PATH: &str = "/channels/{channel_id}/voice-status";
    Routes::new().put(PATH, update_voice_channel_status, Permissions::SET_VOICE_CHANNEL_STATUS)
}

/// Who is in the channel and may, says what goes on in it; from outside only who manages it too.
async fn update_voice_channel_status(cx: Cx, channel: Channel, Json(body): Json<VoiceStatusBody>) -> Result<NoContent> {
    let guild = channel.guild()?.id();
    if channel.kind() != ChannelKind::Voice {
        return Err(Code::WrongChannelType.into());
    }
    crate::channel::require_writable(&cx, &channel).await?;
    let here = cx.app.bus().voice_state(guild, cx.user()?).and_then(|state| state.channel_id);
    if here != Some(channel.id) {
        channel.require(Permissions::MANAGE_CHANNELS)?;
    }
    let status = body.status.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut errors = FormErrors::new();
    errors.length("status", status.as_deref().unwrap_or_default(), 0, 500);
    errors.finish()?;
    if let Some(status) = &status {
        crate::automod::guard_title(&cx, &channel, status).await?;
    }
    let mut work = cx.begin().await?.at(guild);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    if row.voice_status == status {
        return Ok(NoContent);
    }
    row.voice_status.clone_from(&status);
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::VoiceChannelStatusUpdate(VoiceStatusUpdate {
        id: row.id,
        guild_id: guild,
        status: status.clone(),
    }));
    let (action, change) = match &status {
        Some(status) => {
            let change = AuditChange { key: "status".into(), old_value: None, new_value: Some(json!(status)) };
            (AuditAction::VoiceStatusUpdate, vec![change])
        }
        None => (AuditAction::VoiceStatusDelete, Vec::new()),
    };
    let mut entry = cx.entry(action, channel.id, change);
    entry.options = status.map(|status| json!({ "status": status }));
    work.audit(guild, entry).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Clears the statuses of voice channels in which nobody is: where the last one left, or of those that had one before the
/// program started. Nobody did that, so no log has it.
pub(crate) async fn clear(app: &App, guild: Id<GuildMarker>, id: Id<ChannelMarker>) -> Result<()> {
    let mut work = app.begin().await?.at(guild);
    let Some(mut row) = store::channel::get(&mut work, id).await? else { return Ok(()) };
    if row.voice_status.is_none() || app.bus().is_voice_used(guild, id) {
        return Ok(());
    }
    row.voice_status = None;
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::VoiceChannelStatusUpdate(VoiceStatusUpdate { id, guild_id: guild, status: None }));
    work.commit().await
}

/// The voice channels that have a status.
pub(crate) fn with_status(app: &App) -> Vec<(Id<GuildMarker>, Id<ChannelMarker>)> {
    let guilds = app.bus().directory().guilds();
    let all = guilds.iter().flat_map(|state| state.channels.values().map(|channel| (state.id(), channel)));
    all.filter(|(_, channel)| channel.status.is_some()).map(|(guild, channel)| (guild, channel.id)).collect()
}
