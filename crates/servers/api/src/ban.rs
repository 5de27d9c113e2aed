//! Bans: `/guilds/{guild_id}/bans`.

use guildhall_store as store;
use guildhall_store::ban::BanRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::ban::{Ban, BanBody, BulkBan, BulkBanBody};
use guildhall_wire::event::GuildUser;
use guildhall_wire::message::MessageDeleteBulk;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/bans", list_guild_bans, Permissions::BAN_MEMBERS)
        .get("/guilds/{guild_id}/bans/{user_id}", get_guild_ban, Permissions::BAN_MEMBERS)
        .put("/guilds/{guild_id}/bans/{user_id}", ban_user_from_guild, Permissions::BAN_MEMBERS)
        .delete("/guilds/{guild_id}/bans/{user_id}", unban_user_from_guild, Permissions::BAN_MEMBERS)
        .post(
            "/guilds/{guild_id}/bulk-ban",
            bulk_ban_users_from_guild,
            Permissions::BAN_MEMBERS | Permissions::MANAGE_GUILD,
        )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BanPage {
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn list_guild_bans(cx: Cx, guild: Guild, Query(page): Query<BanPage>) -> Result<Json<Vec<Ban>>> {
    let limit = page.limit.unwrap_or(1000);
    if !(1..=1000).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000."));
    }
    // Of the two only `before` counts.
    let down = page.before.is_some();
    let after = page.after.filter(|_| !down).unwrap_or(0);
    let range = (after, page.before.unwrap_or(i64::MAX.cast_unsigned()));
    let mut rows = store::ban::page(&mut cx.db(), guild.id, range, down, limit).await?;
    rows.sort_by_key(|row| row.user_id);
    let ids: Vec<_> = rows.iter().map(|row| row.user_id).collect();
    let users = store::user::get_many(&mut cx.db(), &ids).await?;
    let find = |id| users.iter().find(|user| user.id == id).map(UserRow::user);
    Ok(Json(rows.into_iter().filter_map(|row| Some(Ban { user: find(row.user_id)?, reason: row.reason })).collect()))
}

async fn get_guild_ban(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
) -> Result<Json<Ban>> {
    let row = store::ban::get(&mut cx.db(), guild.id, user).await?.ok_or(Code::UnknownBan)?;
    let user = store::user::get(&mut cx.db(), user).await?.ok_or(Code::UnknownUser)?;
    Ok(Json(Ban { user: user.user(), reason: row.reason }))
}

/// A week, the longest that messages are deleted back for.
const WEEK: u32 = 604_800;

async fn ban_user_from_guild(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
    Query(query): Query<BanBody>,
    Json(body): Json<BanBody>,
) -> Result<NoContent> {
    let pick = |body: &BanBody| {
        body.delete_message_seconds
            .map(|seconds| seconds.0)
            .or(body.delete_message_days.map(|days| days.0.saturating_mul(86_400)))
    };
    let seconds = pick(&body).or(pick(&query)).unwrap_or(0);
    if seconds > WEEK {
        let message = "int value should be less than or equal to 604800.";
        return Err(Error::form("delete_message_seconds", "NUMBER_TYPE_MAX", message));
    }
    let account = store::user::get(&mut cx.db(), user).await?.ok_or(Code::UnknownUser)?;
    ban(&cx, &guild, &account, seconds).await?;
    Ok(NoContent)
}

/// Bans somebody, member or not, and deletes what they wrote in the last seconds. Banning twice is no error.
async fn ban(cx: &Cx, guild: &Guild, user: &UserRow, seconds: u32) -> Result<()> {
    if guild.state.guild.owner_id == user.id {
        return Err(Code::MissingPermissions.into());
    }
    if guild.state.is_member(user.id) {
        guild.require_above(cx.user()?, user.id)?;
    }
    let mut work = cx.begin().await?.at(guild.id);
    let row = BanRow { guild_id: guild.id, user_id: user.id, reason: cx.reason.clone() };
    let new = store::ban::insert(&mut work, &row).await?;
    // Asked where nothing comes in between: they may have joined meanwhile.
    if store::member::get(&mut work, guild.id, user.id).await?.is_some() {
        crate::member::remove(&mut work, guild.id, user).await?;
    }
    if seconds > 0 {
        let since = floor(cx.app.clock().millis().saturating_sub(u64::from(seconds) * 1000));
        let gone = store::message::delete_of_author(&mut work, guild.id, user.id, since, cx.now()).await?;
        for (channel_id, rows) in gone {
            rows.iter().for_each(|row| work.remove_files(row));
            let ids = rows.iter().map(|row| row.id).collect();
            work.emit(Event::MessageDeleteBulk(MessageDeleteBulk { ids, channel_id, guild_id: Some(guild.id) }));
        }
    }
    if new {
        work.emit(Event::GuildBanAdd(GuildUser { guild_id: guild.id, user: user.user() }));
        work.audit(guild.id, cx.entry(AuditAction::MemberBanAdd, user.id, Vec::new())).await?;
    }
    work.commit().await
}

async fn unban_user_from_guild(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    let account = store::user::get(&mut work, user).await?.ok_or(Code::UnknownUser)?;
    if !store::ban::delete(&mut work, guild.id, user).await? {
        return Err(Code::UnknownBan.into());
    }
    work.emit(Event::GuildBanRemove(GuildUser { guild_id: guild.id, user: account.user() }));
    work.audit(guild.id, cx.entry(AuditAction::MemberBanRemove, user, Vec::new())).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn bulk_ban_users_from_guild(cx: Cx, guild: Guild, Json(body): Json<BulkBanBody>) -> Result<Json<BulkBan>> {
    if body.user_ids.is_empty() || body.user_ids.len() > 200 {
        return Err(Error::form("user_ids", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 200 in length."));
    }
    let seconds = body.delete_message_seconds.map_or(0, |seconds| seconds.0);
    let mut errors = FormErrors::new();
    errors.range("delete_message_seconds", seconds, 0, WEEK);
    errors.finish()?;
    let mut answer = BulkBan::default();
    for id in body.user_ids {
        let known = store::ban::get(&mut cx.db(), guild.id, id).await?.is_some();
        let account = store::user::get(&mut cx.db(), id).await?;
        let banned = match account {
            Some(account) if !known => ban(&cx, &guild, &account, seconds).await.is_ok(),
            _ => false,
        };
        if banned {
            answer.banned_users.push(id);
        } else {
            answer.failed_users.push(id);
        }
    }
    if answer.banned_users.is_empty() {
        return Err(Code::FailedToBan.into());
    }
    Ok(Json(answer))
}
