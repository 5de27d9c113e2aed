//! What was done in a guild, and whatever it was done to: `/guilds/{guild_id}/audit-logs`.

use std::collections::BTreeSet;

use guildhall_store as store;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, AuditLogEntry};
use guildhall_wire::user::User;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new().get("/guilds/{guild_id}/audit-logs", list_guild_audit_log_entries, Permissions::VIEW_AUDIT_LOG)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AuditQuery {
    user_id: Option<Id<UserMarker>>,
    target_id: Option<Id<GenericMarker>>,
    action_type: Option<u16>,
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn list_guild_audit_log_entries(cx: Cx, guild: Guild, Query(query): Query<AuditQuery>) -> Result<Json<Value>> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    let action = match query.action_type {
        Some(number) => match serde_json::from_value(number.into()) {
            Ok(action) => Some(action),
            // Nothing of a kind that is not known was ever done.
            Err(_) => return Ok(Json(answer(&[], Vec::new(), Mentioned::default()))),
        },
        None => None,
    };
    let filter = store::audit_log::Filter {
        user: query.user_id,
        action,
        target: query.target_id.map(Id::get),
        before: query.before,
        after: query.after,
        limit,
    };
    let rows = store::audit_log::page(&mut cx.db(), guild.id, filter).await?;
    let entries: Vec<_> = rows.into_iter().map(store::audit_log::AuditRow::entry).collect();
    let mut ids: Vec<Id<UserMarker>> = entries.iter().filter_map(|entry| entry.user_id).collect();
    ids.extend(entries.iter().filter_map(|entry| entry.target_id.as_ref()?.parse::<Id<UserMarker>>().ok()));
    ids.sort_unstable();
    ids.dedup();
    let users = store::user::get_many(&mut cx.db(), &ids).await?;
    let mentioned = mentioned(&cx, guild.id, &entries).await?;
    Ok(Json(answer(&entries, users.iter().map(UserRow::user).collect(), mentioned)))
}

/// What the entries are about, as far as it is there still.
#[derive(Default)]
struct Mentioned {
    integrations: Vec<Value>,
    webhooks: Vec<Value>,
    threads: Vec<Value>,
    commands: Vec<Value>,
    rules: Vec<Value>,
    events: Vec<Value>,
}

/// The targets of entries of some kinds, each once.
fn targets<T: Ord + std::str::FromStr>(entries: &[AuditLogEntry], kinds: &[AuditAction]) -> BTreeSet<T> {
    let about = entries.iter().filter(|entry| kinds.contains(&entry.action_type));
    about.filter_map(|entry| entry.target_id.as_ref()?.parse().ok()).collect()
}

fn value(thing: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(thing).map_err(|error| Error::Internal(error.to_string()))
}

async fn mentioned(cx: &Cx, guild: Id<GuildMarker>, entries: &[AuditLogEntry]) -> Result<Mentioned> {
    use AuditAction as Action;
    let mut found = Mentioned::default();
    let db = &mut cx.db();
    let webhooks: BTreeSet<Id<WebhookMarker>> =
        targets(entries, &[Action::WebhookCreate, Action::WebhookUpdate, Action::WebhookDelete]);
    for id in webhooks {
        if let Some(row) = store::webhook::get(db, id).await?.filter(|row| row.guild_id == Some(guild)) {
            // The secret is for those who manage webhooks, not for who reads the log.
            found.webhooks.push(value(&row.webhook(None))?);
        }
    }
    let threads: BTreeSet<Id<ChannelMarker>> = targets(entries, &[Action::ThreadCreate, Action::ThreadUpdate]);
    for id in threads {
        if let Some(row) = store::channel::get(db, id).await?.filter(|row| row.guild_id == Some(guild)) {
            found.threads.push(value(&row.channel())?);
        }
    }
    let commands: BTreeSet<Id<CommandMarker>> = targets(entries, &[Action::CommandPermissionUpdate]);
    for id in commands {
        if let Some(row) = store::command::get(db, id).await? {
            found.commands.push(value(&row.command().without_localizations())?);
        }
    }
    let rules: BTreeSet<Id<AutoModerationRuleMarker>> =
        targets(entries, &[Action::AutomodRuleCreate, Action::AutomodRuleUpdate]);
    for id in rules {
        if let Some(row) = store::automod::get(db, guild, id).await? {
            found.rules.push(value(&row.rule())?);
        }
    }
    let events: BTreeSet<Id<ScheduledEventMarker>> = targets(
        entries,
        &[
            Action::ScheduledEventCreate,
            Action::ScheduledEventUpdate,
            Action::EventExceptionCreate,
            Action::EventExceptionUpdate,
            Action::EventExceptionDelete,
        ],
    );
    for id in events {
        if let Some(row) = store::scheduled_event::get(db, id).await?.filter(|row| row.guild_id == guild) {
            found.events.push(value(&row.event(None))?);
        }
    }
    let integrations: BTreeSet<Id<IntegrationMarker>> = targets(entries, &[Action::IntegrationUpdate]);
    for id in integrations {
        if let Some(row) = store::application::get(db, id.cast()).await? {
            let account = json!({ "id": row.id, "name": row.name });
            let one =
                json!({ "id": id, "type": "discord", "name": row.name, "account": account, "application_id": row.id });
            found.integrations.push(one);
        }
    }
    Ok(found)
}

fn answer(entries: &[AuditLogEntry], users: Vec<User>, mentioned: Mentioned) -> Value {
    json!({
        "audit_log_entries": entries,
        "users": users,
        "integrations": mentioned.integrations,
        "webhooks": mentioned.webhooks,
        "threads": mentioned.threads,
        "application_commands": mentioned.commands,
        "guild_scheduled_events": mentioned.events,
        "auto_moderation_rules": mentioned.rules,
    })
}
