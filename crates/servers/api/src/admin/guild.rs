//! Guilds as staff sees them: list, take off the public list, remove.

use guildhall_store as store;
use guildhall_store::guild::GuildRow;
use guildhall_wire::admin::{AdminActor, AdminGuild, AdminGuildPatch, AdminGuilds};
use guildhall_wire::discovery::DISCOVERABLE;
use serde::Deserialize;
use serde_json::json;

use super::deed;
use crate::prelude::*;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GuildPage {
    query: String,
    after: Option<u64>,
    limit: Option<u32>,
}

pub(super) async fn list_guilds(cx: Cx, Query(page): Query<GuildPage>) -> Result<Json<AdminGuilds>> {
    let mut errors = FormErrors::new();
    errors.length("query", &page.query, 0, 100);
    errors.range("limit", page.limit.unwrap_or(50), 1, 200);
    errors.finish()?;
    let after = page.after.unwrap_or(0).min(i64::MAX.cast_unsigned());
    let query = page.query.trim();
    let rows = store::guild::search(&mut cx.db(), query, after, page.limit.unwrap_or(50)).await?;
    let total = store::guild::count_found(&mut cx.db(), query).await?;
    let owners: Vec<_> = rows.iter().map(|row| row.owner_id).collect();
    let owners = store::user::get_many(&mut cx.db(), &owners).await?;
    let guilds = rows.into_iter().map(|row| {
        let owner = owners.iter().find(|user| user.id == row.owner_id).map(|user| user.username.clone());
        present(&cx, row, owner.unwrap_or_default())
    });
    Ok(Json(AdminGuilds { guilds: guilds.collect(), total }))
}

fn present(cx: &Cx, row: GuildRow, owner: String) -> AdminGuild {
    let state = cx.app.bus().guild(row.id);
    AdminGuild {
        id: row.id,
        discoverable: row.has(DISCOVERABLE),
        discovery_disabled: row.discovery_disabled,
        name: row.name,
        icon: row.icon,
        owner: AdminActor { id: row.owner_id, username: owner },
        members: state.as_ref().map_or(0, |state| state.members.len() as u64),
        channels: state.as_ref().map_or(0, |state| state.channels.len() as u64),
        created_at: store::timestamp(i64::try_from(created_ms(row.id)).unwrap_or_default().saturating_mul(1000)),
    }
}

/// Takes a guild off the public list, or lets it back there: then its administrators open it again when they like.
pub(super) async fn update_guild(
    cx: Cx,
    Path((id,)): Path<(Id<GuildMarker>,)>,
    Json(body): Json<AdminGuildPatch>,
) -> Result<Json<AdminGuild>> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let mut row = store::guild::get(&mut work, id).await?.ok_or(Code::UnknownGuild)?;
    let before = row.guild(Vec::new(), Vec::new());
    let was = row.discovery_disabled;
    let disabled = body.discovery_disabled.unwrap_or(was);
    if disabled == was {
        return Err(Error::Message(Code::InvalidForm, "Nothing to change".into()));
    }
    row.discovery_disabled = disabled;
    if disabled {
        crate::guild::set_feature(&mut row, DISCOVERABLE, false);
    }
    crate::guild::save(&cx, &mut work, &before, &row).await?;
    let about = json!({
        "name": row.name, "changes": { "discovery_disabled": { "old": was, "new": disabled } },
    });
    work.note(deed(&cx.app, Some(&me), "guild.update", id, about)).await?;
    let owner = store::user::get(&mut work, row.owner_id).await?.map(|user| user.username);
    work.commit().await?;
    cx.app.listing().forget();
    Ok(Json(present(&cx, row, owner.unwrap_or_default())))
}

/// Removes a guild with everything in it, whoever owns it.
pub(super) async fn delete_guild(cx: Cx, Path((id,)): Path<(Id<GuildMarker>,)>) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = store::guild::get(&mut work, id).await?.ok_or(Code::UnknownGuild)?;
    crate::guild::remove(&mut work, id).await?;
    let about = json!({ "name": row.name, "owner_id": row.owner_id });
    work.note(deed(&cx.app, Some(&me), "guild.delete", id, about)).await?;
    work.commit().await?;
    Ok(NoContent)
}
