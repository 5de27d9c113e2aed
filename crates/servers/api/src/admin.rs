//! Staff of the instance: people, figures, and the log of what staff did.

mod account;
mod guild;
mod meter;
mod session;
mod user;

use guildhall_store as store;
use guildhall_store::admin_log::AdminLogRow;
use guildhall_wire::admin::{AdminLogEntry, AdminStats};
use serde::Deserialize;
use serde_json::Value;

use crate::prelude::*;

pub(crate) use account::remove_all;
pub(crate) use meter::Meter;
pub(crate) use user::close_all;
pub use user::{Suspension, close_suspended, suspend};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/admin/stats", get_stats, Need::Staff)
        .get("/admin/audit", list_deeds, Need::Staff)
        .get("/admin/guilds", guild::list_guilds, Need::Staff)
        .patch("/admin/guilds/{guild_id}", guild::update_guild, Need::Staff)
        .delete("/admin/guilds/{guild_id}", guild::delete_guild, Need::Staff)
        .get("/admin/users", user::list_users, Need::Staff)
        .post("/admin/users", user::create_user, Need::Staff)
        .patch("/admin/users/{user_id}", user::update_user, Need::Staff)
        .delete("/admin/users/{user_id}", user::delete_user, Need::Staff)
        .post("/admin/users/{user_id}/password-link", user::create_password_link, Need::Staff)
        .delete("/admin/users/{user_id}/mfa", user::reset_mfa, Need::Staff)
        .get("/admin/users/{user_id}/sessions", session::list_user_sessions, Need::Staff)
        .delete("/admin/users/{user_id}/sessions", session::end_user_sessions, Need::Staff)
        .delete("/admin/users/{user_id}/sessions/{session_id}", session::end_user_session, Need::Staff)
        .post("/admin/users/remove-others", user::remove_others, Need::Staff)
        .limit(5, 60)
}

/// A deed for the log of staff: by an account, or by somebody at the command line.
pub(crate) fn deed(
    app: &crate::App,
    actor: Option<&store::user::UserRow>,
    action: &str,
    target: impl ToString,
    metadata: Value,
) -> AdminLogRow {
    AdminLogRow {
        id: app.next_id(),
        actor_id: actor.map(|row| row.id),
        actor_name: actor.map(|row| row.username.clone()),
        action: action.to_owned(),
        target: Some(target.to_string()).filter(|target| !target.is_empty()),
        metadata: guildhall_db::Json(metadata),
    }
}

async fn get_stats(cx: Cx) -> Result<Json<AdminStats>> {
    let app = &cx.app;
    let hour_ago = floor(app.clock().millis().saturating_sub(3_600_000));
    let counts = store::stats::counts(&mut cx.db(), hour_ago).await?;
    let reading = app.meter().read(cx.now());
    Ok(Json(AdminStats {
        uptime_seconds: u64::try_from((cx.now() - app.started()) / 1_000_000).unwrap_or_default(),
        memory_bytes: reading.memory_bytes,
        cpu_percent: reading.cpu_percent,
        users: counts.users,
        bots: counts.bots,
        guilds: counts.guilds,
        channels: counts.channels,
        messages: counts.messages,
        messages_last_hour: counts.recent_messages,
        sessions: u64::try_from(app.bus().connected()).unwrap_or_default(),
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DeedPage {
    before: Option<u64>,
    limit: Option<u32>,
}

async fn list_deeds(cx: Cx, Query(page): Query<DeedPage>) -> Result<Json<Vec<AdminLogEntry>>> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 200."));
    }
    let before = page.before.unwrap_or(u64::MAX).min(i64::MAX.cast_unsigned());
    let rows = store::admin_log::page(&mut cx.db(), before, limit).await?;
    Ok(Json(rows.into_iter().map(AdminLogRow::entry).collect()))
}
