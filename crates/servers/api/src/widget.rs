//! The widget: `/guilds/{guild_id}/widget`, and what it shows to everybody, as JSON and as a picture.

use std::collections::HashMap;
use std::sync::Arc;

use axum::response::IntoResponse;
use guildhall_blob::WidgetStyle;
use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::user::UserRow;
use guildhall_wire::presence::Presence;
use guildhall_wire::widget::{
    Widget, WidgetActivity, WidgetChannel, WidgetMember, WidgetPatch, WidgetSettings, WidgetVoice,
};
use http::header;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/widget", get_guild_widget_settings, Permissions::MANAGE_GUILD)
        .patch("/guilds/{guild_id}/widget", update_guild_widget_settings, Permissions::MANAGE_GUILD)
        .get("/guilds/{guild_id}/widget.json", get_guild_widget, Need::Nobody)
        .get("/guilds/{guild_id}/widget.png", get_guild_widget_png, Need::Nobody)
}

/// Most members that it names.
const MOST: usize = 100;

async fn get_guild_widget_settings(guild: Guild) -> Json<WidgetSettings> {
    let guild = &guild.state.guild;
    Json(WidgetSettings { enabled: guild.widget_enabled, channel_id: guild.widget_channel_id })
}

async fn update_guild_widget_settings(
    cx: Cx,
    guild: Guild,
    Json(body): Json<WidgetPatch>,
) -> Result<Json<WidgetSettings>> {
    if let Patch::Value(id) = body.channel_id {
        let channel = guild.state.channels.get(&id);
        if channel.is_none_or(|channel| !channel.kind.has_messages()) {
            return Err(Error::form(
                "channel_id",
                "CHANNEL_INVALID",
                "Not a channel of this guild that can be joined.",
            ));
        }
    }
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let before = row.guild(Vec::new(), Vec::new());
    body.enabled.map(|enabled| enabled.0).apply_value(&mut row.widget_enabled);
    body.channel_id.apply(&mut row.widget_channel_id);
    crate::guild::save(&cx, &mut work, &before, &row).await?;
    if let (true, Some(channel)) = (row.widget_enabled, row.widget_channel_id) {
        crate::invite::open_widget(&cx, &mut work, guild.id, channel).await?;
    }
    work.commit().await?;
    Ok(Json(WidgetSettings { enabled: row.widget_enabled, channel_id: row.widget_channel_id }))
}

/// A guild that shows itself.
fn shown(cx: &Cx, id: Id<GuildMarker>) -> Result<Arc<GuildState>> {
    let state = cx.app.bus().guild(id).ok_or(Code::UnknownGuild)?;
    if state.guild.widget_enabled { Ok(state) } else { Err(Code::WidgetDisabled.into()) }
}

async fn get_guild_widget(cx: Cx, Path((id,)): Path<(Id<GuildMarker>,)>) -> Result<Json<Widget>> {
    let state = shown(&cx, id)?;
    let code = match state.guild.widget_channel_id {
        Some(channel) => crate::invite::of_widget(&cx, &mut cx.db(), channel).await?,
        None => None,
    };
    let mut channels: Vec<_> = state
        .channels
        .values()
        .filter(|channel| channel.kind.is_voice() && state.is_public(channel))
        .map(|channel| WidgetChannel {
            id: channel.id,
            name: channel.name().to_owned(),
            position: channel.position.unwrap_or(0),
        })
        .collect();
    channels.sort_by_key(|channel| (channel.position, channel.id));
    let mut presences = cx.app.bus().presences(id);
    let presence_count = presences.len();
    presences.sort_by_key(|presence| presence.user.id);
    presences.truncate(MOST);
    let members = members(&cx, id, &presences, &channels).await?;
    Ok(Json(Widget {
        id,
        name: state.guild.name.clone(),
        instant_invite: code.map(|code| format!("{}/invite/{code}", cx.app.config().public_url)),
        channels,
        members,
        presence_count,
    }))
}

async fn members(
    cx: &Cx,
    guild: Id<GuildMarker>,
    presences: &[Presence],
    channels: &[WidgetChannel],
) -> Result<Vec<WidgetMember>> {
    let ids: Vec<_> = presences.iter().map(|presence| presence.user.id).collect();
    let users = store::user::get_many(&mut cx.db(), &ids).await?;
    let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let rows = store::member::get_many(&mut cx.db(), guild, &ids).await?;
    let nicks: HashMap<_, _> = rows.into_iter().filter_map(|row| Some((row.user_id, row.nick?))).collect();
    let voice: HashMap<_, _> = cx
        .app
        .bus()
        .voice_states(guild)
        .into_iter()
        .filter_map(|state| {
            let channel_id = state.channel_id.filter(|id| channels.iter().any(|channel| channel.id == *id))?;
            let voice = WidgetVoice {
                channel_id,
                deaf: state.deaf,
                mute: state.mute,
                self_deaf: state.self_deaf,
                self_mute: state.self_mute,
                suppress: state.suppress,
            };
            Some((state.user_id, voice))
        })
        .collect();
    let there = presences.iter().filter_map(|presence| Some((presence, users.get(&presence.user.id)?)));
    Ok(there
        .enumerate()
        .map(|(place, (presence, user))| WidgetMember {
            id: place.to_string(),
            username: nicks.get(&user.id).cloned().unwrap_or_else(|| user.user().display_name().to_owned()),
            discriminator: "0000".into(),
            avatar: None,
            status: presence.status,
            avatar_url: avatar(cx, user),
            activity: game(presence),
            voice: voice.get(&user.id).copied(),
        })
        .collect())
}

/// The address of somebody's picture, which does not tell their id.
fn avatar(cx: &Cx, user: &UserRow) -> String {
    let public = &cx.app.config().public_url;
    match &user.avatar {
        Some(hash) => {
            let masked = cx.app.blob().mask(hash, user.id.get());
            format!("{public}/cdn/widget-avatars/{masked}/{hash}.png?size=64")
        }
        None => format!("{public}/cdn/embed/avatars/{}.png", (user.id.get() >> 22) % 6),
    }
}

/// What somebody plays: their custom status is for those who know them.
fn game(presence: &Presence) -> Option<WidgetActivity> {
    let games = presence.activities.iter().filter(|activity| activity["type"] == 0);
    games.filter_map(|activity| activity["name"].as_str()).map(|name| WidgetActivity { name: name.to_owned() }).next()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PictureQuery {
    style: Option<String>,
}

async fn get_guild_widget_png(
    cx: Cx,
    Path((id,)): Path<(Id<GuildMarker>,)>,
    Query(query): Query<PictureQuery>,
) -> Result<axum::response::Response> {
    let style = WidgetStyle::parse(query.style.as_deref().unwrap_or("shield")).ok_or_else(|| {
        let message = "Value must be one of ('shield', 'banner1', 'banner2', 'banner3', 'banner4').";
        Error::form("style", "BASE_TYPE_CHOICES", message)
    })?;
    let state = shown(&cx, id)?;
    let icon = state.guild.icon.as_deref().map(|hash| (id.get(), hash));
    let online = cx.app.bus().presences(id).len();
    let picture = cx.app.blob().widget(style, &state.guild.name, online, icon).await?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "public, max-age=60")];
    Ok((headers, picture).into_response())
}
