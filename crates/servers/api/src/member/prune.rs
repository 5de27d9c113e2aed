//! Removing members who have not been seen for long: `/guilds/{guild_id}/prune`.
//!
//! Somebody was seen when they used a login (kept to five minutes) or wrote a message, anywhere on the instance; who is
//! connected is seen now, and who joined since then was there. Only people are pruned, and only those below the actor.

use guildhall_store as store;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::loose::{Bool, Int};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const NEEDED: Permissions = Permissions::KICK_MEMBERS.union(Permissions::MANAGE_GUILD);
    Routes::new()
        .get("/guilds/{guild_id}/prune", preview_prune_guild, NEEDED)
        .post("/guilds/{guild_id}/prune", prune_guild, NEEDED)
        .limit(10, 60)
}

const DAY_MICROS: i64 = 86_400_000_000;
/// Most roles that a prune includes.
const MOST: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    days: Option<Int<i64>>,
    compute_prune_count: Option<Bool>,
    /// A list, or ids with commas between them.
    include_roles: Value,
    /// Old form of the header.
    reason: Option<String>,
}

/// Ids in a list or with commas between them.
fn ids(value: &Value) -> Result<Vec<Id<RoleMarker>>> {
    let texts: Vec<String> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect(),
        Value::Array(list) => list.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect(),
        other => vec![other.to_string()],
    };
    if texts.len() > MOST {
        return Err(Error::form("include_roles", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length."));
    }
    let parsed = texts.iter().enumerate().map(|(index, text)| {
        let path = format!("include_roles.{index}");
        text.parse().map_err(|_| Error::form(&path, "NUMBER_TYPE_COERCE", "Value is not snowflake."))
    });
    parsed.collect()
}

/// Whom a prune would remove.
async fn idle(cx: &Cx, guild: &Guild, days: i64, roles: &[Id<RoleMarker>]) -> Result<Vec<Id<UserMarker>>> {
    let mut errors = FormErrors::new();
    errors.range("days", days, 1, 30);
    errors.finish()?;
    if !roles.iter().all(|role| guild.state.roles.contains_key(role)) {
        return Err(Code::UnknownRole.into());
    }
    let me = cx.user()?;
    let since = cx.now() - days * DAY_MICROS;
    let oldest = floor(u64::try_from(since / 1000).unwrap_or_default());
    let mut idle = store::member::idle_since(&mut cx.db(), guild.id, since, oldest).await?;
    idle.retain(|user| {
        let member = guild.state.members.get(user);
        let few = member.is_some_and(|member| member.roles.iter().all(|role| roles.contains(role)));
        few && *user != me && guild.require_above(me, *user).is_ok() && !cx.app.bus().is_connected(*user)
    });
    Ok(idle)
}

async fn preview_prune_guild(cx: Cx, guild: Guild, Query(query): Query<Vec<(String, String)>>) -> Result<Json<Value>> {
    let days = match query.iter().find(|(name, _)| name == "days") {
        Some((_, days)) => days.parse().map_err(|_| {
            Error::form(
                "days",
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not int.", days.chars().take(20).collect::<String>()),
            )
        })?,
        None => 7,
    };
    let listed = query.iter().filter(|(name, _)| name == "include_roles").map(|(_, ids)| ids.as_str());
    let roles = ids(&Value::from(listed.collect::<Vec<_>>().join(",")))?;
    let pruned = idle(&cx, &guild, days, &roles).await?.len();
    Ok(Json(json!({ "pruned": pruned })))
}

async fn prune_guild(cx: Cx, guild: Guild, Json(body): Json<Body>) -> Result<Json<Value>> {
    let days = body.days.map_or(7, |days| days.0);
    let roles = ids(&body.include_roles)?;
    let idle = idle(&cx, &guild, days, &roles).await?;
    let mut pruned = 0_usize;
    let mut work = cx.begin().await?.at(guild.id);
    for id in idle {
        let Some((_, user)) = store::member::with_user(&mut work, guild.id, id).await? else { continue };
        super::remove(&mut work, guild.id, &user).await?;
        pruned += 1;
    }
    if pruned > 0 {
        let mut entry = cx.entry(AuditAction::MemberPrune, "", Vec::new());
        let options = json!({ "delete_member_days": days.to_string(), "members_removed": pruned.to_string() });
        entry.options = Some(options);
        let said = body.reason.map(|reason| reason.trim().chars().take(512).collect::<String>());
        entry.reason = entry.reason.or(said.filter(|reason| !reason.is_empty()));
        work.audit(guild.id, entry).await?;
    }
    work.commit().await?;
    let told = body.compute_prune_count.is_none_or(|count| count.0);
    Ok(Json(json!({ "pruned": told.then_some(pruned) })))
}
