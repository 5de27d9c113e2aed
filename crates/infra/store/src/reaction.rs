//! Reactions.

use std::collections::HashMap;

use guildhall_db::{Records, Result, Run, values};
use guildhall_wire::emoji::PartialEmoji;
use guildhall_wire::id::{Id, MessageMarker, UserMarker};
use guildhall_wire::reaction::Reaction;

/// What tells emoji apart: the id of a custom one, else the characters.
pub fn key(emoji: &PartialEmoji) -> String {
    emoji.id.map_or_else(|| emoji.name.clone().unwrap_or_default(), |id| id.to_string())
}

/// Adds a reaction; says whether it is new.
pub async fn insert(
    run: &mut dyn Run,
    message: Id<MessageMarker>,
    user: Id<UserMarker>,
    emoji: &PartialEmoji,
    now_micros: i64,
) -> Result<bool> {
    let sql = "INSERT INTO reactions (message_id, emoji_key, user_id, emoji_id, emoji_name, animated, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (message_id, emoji_key, user_id) DO NOTHING";
    let parameters = values![message, key(emoji), user, emoji.id, emoji.name, emoji.animated, now_micros];
    Ok(run.execute(sql, parameters).await? > 0)
}

/// Removes somebody's reaction; says whether it was there.
pub async fn delete(
    run: &mut dyn Run,
    message: Id<MessageMarker>,
    user: Id<UserMarker>,
    emoji: &PartialEmoji,
) -> Result<bool> {
    let sql = "DELETE FROM reactions WHERE message_id = $1 AND emoji_key = $2 AND user_id = $3";
    Ok(run.execute(sql, values![message, key(emoji), user]).await? > 0)
}

/// Removes all reactions, or all with one emoji; says whether there were any.
pub async fn clear(run: &mut dyn Run, message: Id<MessageMarker>, emoji: Option<&PartialEmoji>) -> Result<bool> {
    let gone = match emoji {
        Some(emoji) => {
            let sql = "DELETE FROM reactions WHERE message_id = $1 AND emoji_key = $2";
            run.execute(sql, values![message, key(emoji)]).await?
        }
        None => run.execute("DELETE FROM reactions WHERE message_id = $1", values![message]).await?,
    };
    Ok(gone > 0)
}

/// How many different emoji a message has, and whether this one is among them.
pub async fn kinds(run: &mut dyn Run, message: Id<MessageMarker>, emoji: &PartialEmoji) -> Result<(usize, bool)> {
    let keys: Vec<String> =
        run.column("SELECT DISTINCT emoji_key FROM reactions WHERE message_id = $1", values![message]).await?;
    Ok((keys.len(), keys.contains(&key(emoji))))
}

/// Who reacted with an emoji, by id above one.
pub async fn users(
    run: &mut dyn Run,
    message: Id<MessageMarker>,
    emoji: &PartialEmoji,
    after: u64,
    limit: u32,
) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT user_id FROM reactions WHERE message_id = $1 AND emoji_key = $2 AND user_id > $3 ORDER BY user_id LIMIT $4";
    run.column(sql, values![message, key(emoji), after, limit]).await
}

/// The reactions of messages as one reader sees them, each message's in the order of their first.
pub async fn of_messages(
    run: &mut dyn Run,
    messages: &[Id<MessageMarker>],
    reader: Option<Id<UserMarker>>,
) -> Result<HashMap<Id<MessageMarker>, Vec<Reaction>>> {
    let mut found: HashMap<_, Vec<Reaction>> = HashMap::new();
    if messages.is_empty() {
        return Ok(found);
    }
    let sql = format!(
        "SELECT message_id, MAX(emoji_id), MAX(emoji_name), MAX(animated), COUNT(*), \
         MAX(CASE WHEN user_id = $1 THEN 1 ELSE 0 END) FROM reactions WHERE message_id IN ({}) \
         GROUP BY message_id, emoji_key ORDER BY message_id, MIN(created_at), emoji_key",
        crate::placeholders(2, messages.len())
    );
    let mut parameters = values![reader.map_or(0, Id::get)];
    parameters.extend(crate::ids(messages));
    for row in run.query(&sql, parameters).await? {
        let emoji = PartialEmoji { id: row.get(1)?, name: row.get(2)?, animated: row.get(3)? };
        let reaction = Reaction::new(emoji, row.get(4)?, row.get(5)?);
        found.entry(row.get(0)?).or_default().push(reaction);
    }
    Ok(found)
}
