//! Adding somebody who let the application do that: `PUT /guilds/{guild_id}/members/{user_id}`.

use axum::response::{IntoResponse, Response};
use guildhall_store as store;
use guildhall_store::member::MemberRow;
use serde::Deserialize;

use super::{set_nick, set_roles};
use crate::kernel::access;
use crate::prelude::*;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JoinBody {
    access_token: String,
    nick: Patch<String>,
    #[serde(deserialize_with = "guildhall_wire::loose::nullable")]
    roles: Vec<Id<RoleMarker>>,
    #[serde(deserialize_with = "guildhall_wire::loose::nullable")]
    mute: bool,
    #[serde(deserialize_with = "guildhall_wire::loose::nullable")]
    deaf: bool,
}

/// 201 with the member, or 204 where it is one already.
pub(super) async fn add_guild_member(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
    Json(body): Json<JoinBody>,
) -> Result<Response> {
    let me = cx.account()?;
    if !me.is_bot() {
        return Err(Code::BotsOnly.into());
    }
    let let_in = access::bearer(&cx.app, &body.access_token).await.map_err(|error| match error {
        Error::Code(Code::Unauthorized) => Error::Code(Code::InvalidOauth2Token),
        other => other,
    })?;
    let bearer = let_in.bearer.as_ref().ok_or(Code::InvalidOauth2Token)?;
    if bearer.row.application_id != me.id().cast() || let_in.id() != user {
        return Err(Code::InvalidOauth2Token.into());
    }
    if !bearer.may("guilds.join") {
        return Err(Code::MissingScope.into());
    }
    for (asked, needed) in [
        (!body.nick.is_absent(), Permissions::MANAGE_NICKNAMES),
        (!body.roles.is_empty(), Permissions::MANAGE_ROLES),
        (body.mute, Permissions::MUTE_MEMBERS),
        (body.deaf, Permissions::DEAFEN_MEMBERS),
    ] {
        if asked {
            guild.require(needed)?;
        }
    }
    let mut work = cx.begin().await?.at(guild.id);
    if store::member::get(&mut work, guild.id, user).await?.is_some() {
        return Ok(NoContent.into_response());
    }
    super::entrance::refuse_banned(&mut work, guild.id, user).await?;
    super::entrance::require_room(&cx, &guild.state, user)?;
    let mut row = MemberRow::new(guild.id, user, cx.now());
    set_nick(&mut row, body.nick)?;
    set_roles(&guild, me.id(), &mut row, body.roles)?;
    for id in &row.roles.0 {
        store::role::get(&mut work, guild.id, *id).await?.ok_or(Code::UnknownRole)?;
    }
    (row.mute, row.deaf) = (body.mute, body.deaf);
    super::entrance::admit(&cx, &mut work, &let_in.row, row.clone()).await?;
    work.commit().await?;
    Ok(Created(row.member(Some(let_in.row.user()))).into_response())
}
