//! Warnings: what moderators tell somebody and keep. In the audit log they are changes of the member, as Discord knows
//! nothing like them.

use guildhall_store as store;
use guildhall_store::warning::WarningRow;
use guildhall_wire::audit_log::{AuditAction, AuditChange};
use guildhall_wire::warning::{Warning, WarningBody};
use serde_json::json;

use crate::prelude::*;

/// How many are shown.
const SHOWN: u32 = 200;

pub(crate) fn own_routes() -> Routes {
    const LIST: &str = "/guilds/{guild_id}/members/{user_id}/warnings";
    Routes::new()
        .post("/guilds/{guild_id}/members/{user_id}/warn", warn_member, Permissions::MODERATE_MEMBERS)
        .limit(30, 60)
        .get(LIST, list_warnings, Permissions::MODERATE_MEMBERS)
        .delete(
            "/guilds/{guild_id}/members/{user_id}/warnings/{warning_id}",
            delete_warning,
            Permissions::MODERATE_MEMBERS,
        )
}

type Member = Path<(Id<GuildMarker>, Id<UserMarker>)>;

async fn warn_member(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Member,
    Json(body): Json<WarningBody>,
) -> Result<Created<Warning>> {
    let me = cx.user()?;
    if !guild.state.is_member(user) {
        return Err(Code::UnknownMember.into());
    }
    guild.require_above(me, user)?;
    let reason = body.reason.or_else(|| cx.reason.clone()).unwrap_or_default().trim().to_owned();
    let mut errors = FormErrors::new();
    errors.length("reason", &reason, 1, 512);
    errors.finish()?;
    let mut work = cx.begin().await?.at(guild.id);
    let row = WarningRow { id: cx.next_id(), guild_id: guild.id, user_id: user, moderator_id: me, reason };
    store::warning::insert(&mut work, &row).await?;
    note(&cx, &mut work, &guild, user, 1, &row.reason).await?;
    let warning = row.warning();
    work.emit(Event::WarningCreate(warning.clone()).to(user));
    work.commit().await?;
    Ok(Created(warning))
}

/// The audit entry: how many warnings there were and are, and why.
async fn note(cx: &Cx, work: &mut Work, guild: &Guild, user: Id<UserMarker>, by: i64, reason: &str) -> Result<()> {
    let now = store::warning::count(work, guild.id, user).await?;
    let change = AuditChange { key: "warnings".into(), old_value: Some(json!(now - by)), new_value: Some(json!(now)) };
    let mut entry = cx.entry(AuditAction::MemberUpdate, user, vec![change]);
    entry.reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    work.audit(guild.id, entry).await
}

async fn list_warnings(cx: Cx, guild: Guild, Path((_, user)): Member) -> Result<Json<Vec<Warning>>> {
    let rows = store::warning::of_member(&mut cx.db(), guild.id, user, SHOWN).await?;
    Ok(Json(rows.into_iter().map(WarningRow::warning).collect()))
}

async fn delete_warning(
    cx: Cx,
    guild: Guild,
    Path((_, user, id)): Path<(Id<GuildMarker>, Id<UserMarker>, Id<GenericMarker>)>,
) -> Result<NoContent> {
    guild.require_above(cx.user()?, user)?;
    let mut work = cx.begin().await?.at(guild.id);
    if !store::warning::delete(&mut work, guild.id, user, id).await? {
        return Err(Code::NotFound.into());
    }
    let reason = cx.reason.clone().unwrap_or_default();
    note(&cx, &mut work, &guild, user, -1, &reason).await?;
    work.commit().await?;
    Ok(NoContent)
}
