//! People as staff manages them: list, rank, suspend, remove.

use std::collections::HashSet;

use guildhall_bus::CloseReason;
use guildhall_rules::staff;
use guildhall_store as store;
use guildhall_store::user::UserRow;
use guildhall_wire::admin::{AdminUser, AdminUserPatch, AdminUsers, Rank};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{account, deed};
use crate::App;
use crate::prelude::*;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserPage {
    query: String,
    after: Option<u64>,
    limit: Option<u32>,
}

pub(super) async fn list_users(cx: Cx, Query(page): Query<UserPage>) -> Result<Json<AdminUsers>> {
    let mut errors = FormErrors::new();
    errors.length("query", &page.query, 0, 100);
    errors.range("limit", page.limit.unwrap_or(50), 1, 200);
    errors.finish()?;
    let after = page.after.unwrap_or(0).min(i64::MAX.cast_unsigned());
    let query = page.query.trim();
    let rows = store::user::search(&mut cx.db(), query, after, page.limit.unwrap_or(50)).await?;
    let total = store::user::count_found(&mut cx.db(), query).await?;
    let mut users = Vec::with_capacity(rows.len());
    for row in rows {
        let stored = store::message::stored_bytes(&mut cx.db(), row.id).await?;
        users.push(AdminUser { stored_bytes: Some(stored), ..row.admin_user(cx.now()) });
    }
    Ok(Json(AdminUsers { users, total }))
}

/// The account of a path, as somebody may touch who has a rank: not oneself, nobody above.
pub(super) async fn target(cx: &Cx, run: &mut dyn Run, id: Id<UserMarker>) -> Result<UserRow> {
    let me = cx.account()?;
    let row =
        store::user::get_for_update(run, id).await?.filter(|row| row.deleted_at.is_none()).ok_or(Code::UnknownUser)?;
    if row.id == me.id() || !staff::may_touch(me.row.rank, row.rank) {
        return Err(Code::MissingPermissions.into());
    }
    Ok(row)
}

/// Whether and until when an account is shut out, and why.
#[derive(Clone, Debug, Default)]
pub struct Suspension {
    /// Shut out, or let in again.
    pub suspended: bool,
    /// Until when, in microseconds; none for good.
    pub until: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

impl Suspension {
    fn apply(self, row: &mut UserRow) {
        row.suspended = self.suspended;
        row.suspended_until = self.until.filter(|_| self.suspended);
        row.suspended_reason = self.reason.filter(|_| self.suspended);
    }
}

/// Suspends an account or lifts that, by somebody at the command line. Its sessions in this process end at once.
pub async fn suspend(app: &App, id: Id<UserMarker>, suspension: Suspension) -> Result<AdminUser> {
    let now = app.clock().micros();
    let mut work = app.begin().await?.at(id);
    let mut row = store::user::get_for_update(&mut work, id).await?.ok_or(Code::UnknownUser)?;
    let before = row.clone();
    suspension.apply(&mut row);
    store::user::update(&mut work, &row).await?;
    let changed = changed(&before, &row);
    work.note(deed(app, None, "user.update", row.id, about(&row, changed))).await?;
    work.commit().await?;
    if row.is_suspended(now) {
        app.bus().close(row.id, None, CloseReason::AuthenticationFailed);
    }
    Ok(row.admin_user(now))
}

/// Ends the sessions of those whom another process, such as the command line, suspended.
pub async fn close_suspended(app: &App) -> Result<()> {
    for id in store::user::suspended(&mut app.db(), app.clock().micros()).await? {
        app.bus().close(id, None, CloseReason::AuthenticationFailed);
    }
    Ok(())
}

/// What is different between two states of an account, for the log.
fn changed(before: &UserRow, after: &UserRow) -> Map<String, Value> {
    let mut changes = Map::new();
    let mut put = |key: &str, old: Value, new: Value| {
        if old != new {
            changes.insert(key.into(), json!({ "old": old, "new": new }));
        }
    };
    put("rank", json!(Rank::from_number(before.rank)), json!(Rank::from_number(after.rank)));
    put("suspended", json!(before.suspended), json!(after.suspended));
    let until = |row: &UserRow| json!(row.suspended_until.map(store::timestamp));
    put("suspended_until", until(before), until(after));
    put("suspended_reason", json!(before.suspended_reason), json!(after.suspended_reason));
    changes
}

/// Metadata of a deed to an account.
fn about(row: &UserRow, changes: Map<String, Value>) -> Value {
    json!({ "username": row.username, "changes": changes })
}

pub(super) async fn update_user(
    cx: Cx,
    Path((id,)): Path<(Id<UserMarker>,)>,
    Json(body): Json<AdminUserPatch>,
) -> Result<Json<AdminUser>> {
    let me = cx.account()?.row.clone();
    let now = cx.now();
    let mut work = cx.begin().await?.at(id);
    let mut row = target(&cx, &mut work, id).await?;
    let before = row.clone();
    if let Some(rank) = body.rank {
        if !staff::may_give(me.rank, rank.number()) && row.rank != rank.number() {
            return Err(Code::MissingPermissions.into());
        }
        if row.bot && rank != Rank::Member {
            return Err(Error::form("rank", "BASE_TYPE_CHOICES", "Bots have no rank."));
        }
        row.rank = rank.number();
    }
    if let Some(suspension) = suspension(body, &row, now)? {
        suspension.apply(&mut row);
    }
    let changes = changed(&before, &row);
    if changes.is_empty() {
        return Err(Error::Message(Code::InvalidForm, "Nothing to change".into()));
    }
    store::user::update(&mut work, &row).await?;
    if row.rank != before.rank {
        work.emit(Event::UserUpdate(row.current()).to(row.id));
    }
    work.note(deed(&cx.app, Some(&me), "user.update", row.id, about(&row, changes))).await?;
    work.commit().await?;
    if row.is_suspended(now) {
        cx.app.bus().close(row.id, None, CloseReason::AuthenticationFailed);
    }
    Ok(Json(row.admin_user(now)))
}

/// What a body says of suspension, if anything.
fn suspension(body: AdminUserPatch, row: &UserRow, now: i64) -> Result<Option<Suspension>> {
    let mut errors = FormErrors::new();
    if let Some(reason) = &body.reason {
        errors.length("reason", reason, 0, 512);
    }
    if let Patch::Value(until) = body.suspended_until
        && until.as_micros() <= now
    {
        errors.at("suspended_until").push("DATE_TIME_TYPE_PAST", "Must be in the future.");
    }
    errors.finish()?;
    if body.suspended.is_none() && body.suspended_until.is_absent() && body.reason.is_none() {
        return Ok(None);
    }
    let suspended = body.suspended.unwrap_or(row.is_suspended(now) || !body.suspended_until.is_absent());
    let until = match body.suspended_until {
        Patch::Absent if body.suspended.is_none() => row.suspended_until,
        Patch::Absent | Patch::Null => None,
        Patch::Value(until) => Some(until.as_micros()),
    };
    let reason = body.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let reason = reason.or_else(|| row.suspended_reason.clone().filter(|_| row.is_suspended(now)));
    Ok(Some(Suspension { suspended, until, reason }))
}

/// A link for somebody who forgot their password.
pub(super) async fn create_password_link(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<Created<Value>> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = target(&cx, &mut work, id).await?;
    if row.bot {
        return Err(Code::UnknownUser.into());
    }
    let (url, expires_at) = crate::auth::password_link_by(&cx.app, &mut work, Some(&me), &row).await?;
    work.commit().await?;
    Ok(Created(json!({ "url": url, "expires_at": expires_at })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewUser {
    username: String,
    email: String,
}

/// Makes an account for somebody, also where nobody registers, and a link under which they choose their password.
pub(super) async fn create_user(cx: Cx, Json(body): Json<NewUser>) -> Result<Created<Value>> {
    let me = cx.account()?.row.clone();
    let email = body.email.trim();
    // Nobody knows it, and nobody has to: the link replaces it.
    let unknown: String = cx.app.random::<24>().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut row = crate::auth::new_user(&cx.app, body.username.trim(), email, unknown).await?;
    row.rank = Rank::Member.number();
    let mut work = cx.begin().await?.at(row.id);
    store::user::insert(&mut work, &row).await.map_err(crate::auth::taken)?;
    work.note(deed(&cx.app, Some(&me), "user.create", row.id, json!({ "username": row.username }))).await?;
    let (url, expires_at) = crate::auth::link(&cx.app, &mut work, &row).await?;
    work.commit().await?;
    Ok(Created(json!({ "user": row.admin_user(cx.now()), "url": url, "expires_at": expires_at })))
}

/// Switches the second factor of somebody off who lost it.
pub(super) async fn reset_mfa(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = target(&cx, &mut work, id).await?;
    if !row.has_second_factor() {
        return Err(Code::MfaNotEnabled.into());
    }
    crate::mfa::reset_by(&cx.app, &mut work, Some(&me), row).await?;
    work.commit().await?;
    Ok(NoContent)
}

pub(super) async fn delete_user(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = target(&cx, &mut work, id).await?;
    let name = json!({ "username": row.username });
    let gone = account::remove_all(&cx.app, &mut work, vec![row]).await?;
    work.note(deed(&cx.app, Some(&me), "user.delete", id, name)).await?;
    work.commit().await?;
    close_all(&cx.app, &gone);
    Ok(NoContent)
}

/// Ends every session of accounts that are gone.
pub(crate) fn close_all(app: &App, gone: &HashSet<Id<UserMarker>>) {
    for id in gone {
        app.bus().close(*id, None, CloseReason::AuthenticationFailed);
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirmation {
    password: String,
}

/// Removes everybody but who asks, and their bots.
pub(super) async fn remove_others(cx: Cx, Json(body): Json<Confirmation>) -> Result<Json<Value>> {
    let me = cx.account()?.row.clone();
    if me.rank < staff::rank::OWNER {
        return Err(Code::MissingPermissions.into());
    }
    crate::auth::require_password(&cx, body.password).await?;
    let mut work = cx.begin().await?.at(me.id);
    let mut rows = store::user::page(&mut work, 0, u32::MAX / 2).await?;
    rows.retain(|row| row.id != me.id);
    let removed = rows.len();
    let gone = account::remove_all(&cx.app, &mut work, rows).await?;
    work.note(deed(&cx.app, Some(&me), "user.remove_others", "", json!({ "removed": removed }))).await?;
    work.commit().await?;
    close_all(&cx.app, &gone);
    Ok(Json(json!({ "removed": removed })))
}
