//! The server's tables: one file a noun, all of the server's SQL.
//!
//! A function here does one statement or a few that belong together, on anything that [`Run`]s: the database for reads, a
//! transaction for writes. Nothing here decides, emits or knows a clock. Rows become wire types in the noun's file.

pub mod admin_log;
pub mod application;
pub mod audit_log;
pub mod automod;
pub mod ban;
pub mod channel;
pub mod command;
pub mod discovery;
pub mod emoji;
pub mod entitlement;
pub mod guild;
pub mod instance;
pub mod integration;
pub mod interaction;
pub mod invite;
pub mod join_request;
pub mod member;
pub mod message;
pub mod mfa;
pub mod note;
pub mod oauth2;
pub mod onboarding;
pub mod passkey;
pub mod password_try;
pub mod poll;
pub mod reaction;
pub mod read_state;
pub mod relationship;
pub mod role;
pub mod role_connection;
pub mod scheduled_event;
pub mod search;
pub mod session;
pub mod settings;
pub mod soundboard;
pub mod stage;
pub mod stats;
pub mod sticker;
pub mod template;
pub mod thread;
pub mod ticket;
pub mod timer;
pub mod user;
pub mod warning;
pub mod webhook;
pub mod webhook_avatar;
pub mod webhook_event;
pub mod welcome_screen;

pub use guildhall_db::{Db, Error, Json, Records, Result, Run, Tx};

use guildhall_db::{Migration, Record, Value, fold};
use guildhall_wire::{Id, Timestamp};

/// The migrations of the server's own tables, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "hall", sql: include_str!("../migrations/0001_hall.sql") },
    Migration { version: 2, name: "interactions", sql: include_str!("../migrations/0002_interactions.sql") },
    Migration { version: 3, name: "search", sql: include_str!("../migrations/0003_search.sql") },
    Migration { version: 4, name: "notes", sql: include_str!("../migrations/0004_notes.sql") },
    Migration { version: 5, name: "search_places", sql: include_str!("../migrations/0005_search_places.sql") },
    Migration { version: 6, name: "account", sql: include_str!("../migrations/0006_account.sql") },
    Migration { version: 7, name: "forums", sql: include_str!("../migrations/0007_forums.sql") },
    Migration { version: 8, name: "voice_status", sql: include_str!("../migrations/0008_voice_status.sql") },
    Migration { version: 9, name: "temporary_members", sql: include_str!("../migrations/0009_temporary_members.sql") },
    Migration { version: 10, name: "command_creates", sql: include_str!("../migrations/0010_command_creates.sql") },
    Migration { version: 11, name: "tries", sql: include_str!("../migrations/0011_tries.sql") },
    Migration { version: 12, name: "automod", sql: include_str!("../migrations/0012_automod.sql") },
    Migration { version: 13, name: "polls", sql: include_str!("../migrations/0013_polls.sql") },
    Migration { version: 14, name: "join_requests", sql: include_str!("../migrations/0014_join_requests.sql") },
    Migration { version: 15, name: "search_builds", sql: include_str!("../migrations/0015_search_builds.sql") },
    Migration { version: 20, name: "timers", sql: include_str!("../migrations/0020_timers.sql") },
    Migration { version: 21, name: "scheduled_events", sql: include_str!("../migrations/0021_scheduled_events.sql") },
    Migration { version: 22, name: "stage_instances", sql: include_str!("../migrations/0022_stage_instances.sql") },
    Migration { version: 23, name: "stickers", sql: include_str!("../migrations/0023_stickers.sql") },
    Migration { version: 24, name: "sounds", sql: include_str!("../migrations/0024_sounds.sql") },
    Migration { version: 25, name: "templates", sql: include_str!("../migrations/0025_templates.sql") },
    Migration { version: 30, name: "oauth2", sql: include_str!("../migrations/0030_oauth2.sql") },
    Migration { version: 31, name: "webhook_events", sql: include_str!("../migrations/0031_webhook_events.sql") },
    Migration { version: 32, name: "entitlements", sql: include_str!("../migrations/0032_entitlements.sql") },
    Migration { version: 33, name: "search_lag", sql: include_str!("../migrations/0033_search_lag.sql") },
    Migration { version: 40, name: "permission_splits", sql: include_str!("../migrations/0040_permission_splits.sql") },
    Migration { version: 41, name: "thread_turns", sql: include_str!("../migrations/0041_thread_turns.sql") },
    Migration { version: 45, name: "linked_roles", sql: include_str!("../migrations/0045_linked_roles.sql") },
    Migration { version: 50, name: "member_names", sql: include_str!("../migrations/0050_member_names.sql") },
    Migration { version: 55, name: "purchases", sql: include_str!("../migrations/0055_purchases.sql") },
    Migration { version: 64, name: "folded_names", sql: include_str!("../migrations/0064_folded_names.sql") },
    Migration { version: 70, name: "accents", sql: include_str!("../migrations/0070_accents.sql") },
    Migration { version: 71, name: "used_codes", sql: include_str!("../migrations/0071_used_codes.sql") },
    Migration { version: 72, name: "targeted_invites", sql: include_str!("../migrations/0072_targeted_invites.sql") },
    Migration { version: 73, name: "chosen", sql: include_str!("../migrations/0073_chosen.sql") },
    Migration { version: 74, name: "counted", sql: include_str!("../migrations/0074_counted.sql") },
    Migration { version: 76, name: "merges", sql: include_str!("../migrations/0076_merges.sql") },
    Migration { version: 77, name: "discovery", sql: include_str!("../migrations/0077_discovery.sql") },
    Migration { version: 78, name: "locks", sql: include_str!("../migrations/0078_locks.sql") },
];

/// The moment of so many microseconds since 1970; the epoch where that is no date.
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap_or_else(|_| epoch())
}

fn epoch() -> Timestamp {
    // Zero microseconds is always a date.
    #[expect(clippy::unwrap_used, reason = "constant input")]
    Timestamp::from_secs(0).unwrap()
}

/// Adds a row.
pub(crate) async fn insert<T: Record + Sync>(run: &mut dyn Run, table: &str, row: &T) -> Result<()> {
    insert_with(run, table, row, None).await
}

/// A column that follows from a row and is not part of it, with its value.
pub(crate) type Derived = (&'static str, Value);

/// Adds a row with a column that follows from it.
pub(crate) async fn insert_with<T: Record + Sync>(
    run: &mut dyn Run,
    table: &str,
    row: &T,
    derived: Option<Derived>,
) -> Result<()> {
    let (columns, places, values) = written(row, derived);
    run.execute(&format!("INSERT INTO {table} ({columns}) VALUES ({places})"), values).await?;
    Ok(())
}

/// The columns of a row, their placeholders and values.
fn written<T: Record>(row: &T, derived: Option<Derived>) -> (String, String, Vec<Value>) {
    let (mut columns, mut places, mut values) = (T::COLUMNS.to_owned(), T::PLACEHOLDERS.to_owned(), row.values());
    if let Some((column, value)) = derived {
        values.push(value);
        columns.push_str(&format!(", {column}"));
        places.push_str(&format!(", ${}", values.len()));
    }
    (columns, places, values)
}

/// Writes a whole row. `key` finds it by the parameters of the row itself, e.g. `id = $1`.
pub(crate) async fn update<T: Record + Sync>(run: &mut dyn Run, table: &str, key: &str, row: &T) -> Result<()> {
    update_with(run, table, key, row, None).await
}

/// Writes a whole row with a column that follows from it.
pub(crate) async fn update_with<T: Record + Sync>(
    run: &mut dyn Run,
    table: &str,
    key: &str,
    row: &T,
    derived: Option<Derived>,
) -> Result<()> {
    let (columns, places, values) = written(row, derived);
    run.execute(&format!("UPDATE {table} SET ({columns}) = ({places}) WHERE {key}"), values).await?;
    Ok(())
}

/// The same for a row with an `id`, but for columns that have statements of their own: others may write them meanwhile.
pub(crate) async fn update_but<T: Record + Sync>(run: &mut dyn Run, table: &str, row: &T, but: &[&str]) -> Result<()> {
    let written = T::COLUMNS.split(", ").zip(row.values()).filter(|(column, _)| !but.contains(column));
    let (columns, values): (Vec<_>, Vec<_>) = written.unzip();
    let places = placeholders(1, columns.len());
    run.execute(&format!("UPDATE {table} SET ({}) = ({places}) WHERE id = $1", columns.join(", ")), values).await?;
    Ok(())
}

/// `SELECT` of a record's columns with what follows the table's name.
pub(crate) fn select<T: Record>(table: &str, rest: &str) -> String {
    format!("SELECT {} FROM {table} {rest}", T::COLUMNS)
}

/// `$first, $first+1, …`: so many placeholders.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let list: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    list.join(", ")
}

/// Ids as parameters.
pub(crate) fn ids<T>(ids: &[Id<T>]) -> Vec<Value> {
    ids.iter().map(|id| Value::Int(id.get().cast_signed())).collect()
}

/// A `LIKE` pattern (escape `\`) for folded texts that begin so.
pub(crate) fn like_prefix(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in fold(prefix).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
