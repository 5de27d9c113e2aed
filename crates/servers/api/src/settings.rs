//! Notification settings: `/users/@me/guilds/{guild_id}/settings`.

use std::collections::{BTreeMap, HashMap, HashSet};

use guildhall_bus::GuildState;
use guildhall_rules::notification::{Reached, counts};
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_wire::settings::{
    ChannelOverride, ChannelOverridePatch, OPT_IN_CHANNELS, OPT_IN_ENABLED, UserGuildSettings, UserGuildSettingsBulk,
    UserGuildSettingsPatch,
};

use crate::kernel::access::resolve_channel;
use crate::prelude::*;

/// Guilds in one request.
const GUILDS: usize = 100;
/// Channels with settings of their own, in one guild.
const OVERRIDES: usize = 1000;

pub(crate) fn routes() -> Routes {
    Routes::new().patch("/users/@me/guilds/settings", update_my_guilds_settings, Need::Person).patch(
        "/users/@me/guilds/{guild_id}/settings",
        update_my_guild_settings,
        Need::Person,
    )
}

/// The guild of a name; none for direct messages. Only members have settings for it.
fn place(cx: &Cx, name: &str) -> Result<Option<Id<GuildMarker>>> {
    if ["@me", "null"].contains(&name) {
        return Ok(None);
    }
    Ok(Some(crate::kernel::access::guild(&cx.app, cx.account()?, name)?.id))
}

async fn update_my_guild_settings(
    cx: Cx,
    Path((name,)): Path<(String,)>,
    Json(body): Json<UserGuildSettingsPatch>,
) -> Result<Json<UserGuildSettings>> {
    let guild = place(&cx, &name)?;
    let known = resolve(&cx, guild, &body).await?;
    let mut work = cx.begin().await?.at(cx.user()?);
    let settings = change(&cx, &mut work, guild, body, &known).await?;
    work.commit().await?;
    Ok(Json(settings))
}

async fn update_my_guilds_settings(
    cx: Cx,
    Json(body): Json<UserGuildSettingsBulk>,
) -> Result<Json<Vec<UserGuildSettings>>> {
    let mut errors = FormErrors::new();
    errors.count("guilds", body.guilds.len(), 0, GUILDS);
    let named = body.guilds.values().map(|patch| patch.channel_overrides.as_ref().value().map_or(0, BTreeMap::len));
    errors.count("guilds", named.sum(), 0, OVERRIDES);
    errors.finish()?;
    let mut changes = Vec::with_capacity(body.guilds.len());
    for (name, patch) in body.guilds {
        let guild = place(&cx, &name)?;
        let known = resolve(&cx, guild, &patch).await?;
        changes.push((guild, patch, known));
    }
    let mut work = cx.begin().await?.at(cx.user()?);
    let mut all = Vec::with_capacity(changes.len());
    for (guild, patch, known) in changes {
        all.push(change(&cx, &mut work, guild, patch, &known).await?);
    }
    work.commit().await?;
    Ok(Json(all))
}

/// Which of the channels of a patch its sender sees in that guild, of those that the directory keeps. Looked up before the
/// work begins: everybody who writes would wait for it.
async fn resolve(
    cx: &Cx,
    guild: Option<Id<GuildMarker>>,
    body: &UserGuildSettingsPatch,
) -> Result<HashSet<Id<ChannelMarker>>> {
    let mut seen = HashSet::new();
    let names = body.channel_overrides.as_ref().value().into_iter().flat_map(BTreeMap::keys).take(OVERRIDES);
    for id in names.filter_map(|name| name.parse().ok()) {
        if cx.app.bus().channel(id).is_none() {
            continue;
        }
        match resolve_channel(&cx.app, cx.user()?, id).await {
            Ok(channel) if channel.guild_id() == guild => {
                seen.insert(id);
            }
            Ok(_) | Err(Error::Code(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(seen)
}

/// Changes what somebody chose for one guild and tells all of their sessions.
async fn change(
    cx: &Cx,
    work: &mut Work,
    guild: Option<Id<GuildMarker>>,
    body: UserGuildSettingsPatch,
    known: &HashSet<Id<ChannelMarker>>,
) -> Result<UserGuildSettings> {
    let me = cx.user()?;
    let mut settings = store::settings::get(work, me, guild).await?;
    let mut errors = FormErrors::new();
    body.muted.apply_value(&mut settings.muted);
    body.mute_config.apply(&mut settings.mute_config);
    level(&mut errors, body.message_notifications.map(|level| level.0), &mut settings.message_notifications);
    body.suppress_everyone.apply_value(&mut settings.suppress_everyone);
    body.suppress_roles.apply_value(&mut settings.suppress_roles);
    body.mobile_push.apply_value(&mut settings.mobile_push);
    body.hide_muted_channels.apply_value(&mut settings.hide_muted_channels);
    body.mute_scheduled_events.apply_value(&mut settings.mute_scheduled_events);
    body.flags.map(|flags| flags.0 & OPT_IN_CHANNELS).apply_value(&mut settings.flags);
    match body.channel_overrides {
        Patch::Absent => {}
        Patch::Null => settings.channel_overrides.clear(),
        Patch::Value(patches) => overrides(&mut errors, &mut settings, patches, known),
    }
    errors.finish()?;
    store::settings::set(work, me, &settings).await?;
    work.emit(Event::UserGuildSettingsUpdate(settings.clone()).to(me));
    Ok(settings)
}

fn level(errors: &mut FormErrors, patch: Patch<u8>, level: &mut u8) {
    if let Patch::Value(wanted) = patch {
        errors.range("message_notifications", wanted, 0, 3);
        *level = wanted;
    }
}

/// Changes settings of channels and threads. Those that the reader does not see there are passed over: clients keep settings
/// of channels that are gone.
fn overrides(
    errors: &mut FormErrors,
    settings: &mut UserGuildSettings,
    patches: BTreeMap<String, ChannelOverridePatch>,
    seen: &HashSet<Id<ChannelMarker>>,
) {
    errors.count("channel_overrides", patches.len(), 0, OVERRIDES);
    if !errors.is_empty() {
        return;
    }
    for (name, patch) in patches {
        let Ok(id) = name.parse::<Id<ChannelMarker>>() else { continue };
        if !seen.contains(&id) {
            continue;
        }
        let known = settings.channel_overrides.iter().find(|known| known.channel_id == id);
        let mut one = known.cloned().unwrap_or_else(|| ChannelOverride::new(id));
        patch.muted.apply_value(&mut one.muted);
        patch.mute_config.apply(&mut one.mute_config);
        patch.flags.map(|flags| flags.0 & OPT_IN_ENABLED).apply_value(&mut one.flags);
        let mut own = FormErrors::new();
        level(&mut own, patch.message_notifications.map(|level| level.0), &mut one.message_notifications);
        errors.at("channel_overrides").nest(id, own);
        settings.channel_overrides.retain(|known| known.channel_id != id);
        if !one.is_plain() {
            settings.channel_overrides.push(one);
        }
    }
    errors.count("channel_overrides", settings.channel_overrides.len(), 0, OVERRIDES);
}

/// Lists these channels of a guild for somebody, and leaves out others that nobody picked.
pub(crate) async fn pick_channels(
    work: &mut Work,
    user: Id<UserMarker>,
    guild: Id<GuildMarker>,
    channels: &[Id<ChannelMarker>],
) -> Result<()> {
    let mut settings = store::settings::get(work, user, Some(guild)).await?;
    settings.flags |= OPT_IN_CHANNELS;
    for one in &mut settings.channel_overrides {
        one.flags &= !OPT_IN_ENABLED;
    }
    for id in channels {
        match settings.channel_overrides.iter_mut().find(|one| one.channel_id == *id) {
            Some(one) => one.flags |= OPT_IN_ENABLED,
            None => {
                settings.channel_overrides.push(ChannelOverride { flags: OPT_IN_ENABLED, ..ChannelOverride::new(*id) });
            }
        }
    }
    settings.channel_overrides.retain(|one| !one.is_plain());
    settings.channel_overrides.truncate(OVERRIDES);
    store::settings::set(work, user, &settings).await?;
    work.emit(Event::UserGuildSettingsUpdate(settings).to(user));
    Ok(())
}

/// Those of the people whom a message reaches by `@everyone` or by a role who let it count as a mention.
pub(crate) async fn mentioned(
    work: &mut Work,
    state: &GuildState,
    row: &MessageRow,
    reached: Vec<Id<UserMarker>>,
) -> Result<Vec<Id<UserMarker>>> {
    if reached.is_empty() {
        return Ok(reached);
    }
    let settings: HashMap<_, _> = store::settings::of_guild(work, state.id()).await?.into_iter().collect();
    let roles = &row.mention_roles.0;
    let counted = reached.into_iter().filter(|user| {
        let role = state.members.get(user).is_some_and(|member| member.roles.iter().any(|role| roles.contains(role)));
        counts(Reached { everyone: row.mention_everyone, role }, settings.get(user))
    });
    Ok(counted.collect())
}
