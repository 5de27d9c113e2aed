//! Votes in polls.

use std::collections::HashMap;

use guildhall_db::{Records, Result, Run, values};
use guildhall_wire::id::{Id, MessageMarker, UserMarker};
use guildhall_wire::poll::AnswerCount;

/// What somebody answered.
pub async fn of_user(run: &mut dyn Run, message: Id<MessageMarker>, user: Id<UserMarker>) -> Result<Vec<u8>> {
    let sql = "SELECT answer_id FROM poll_votes WHERE message_id = $1 AND user_id = $2 ORDER BY answer_id";
    run.column(sql, values![message, user]).await
}

/// Adds a vote; says whether it is new.
pub async fn insert(
    run: &mut dyn Run,
    message: Id<MessageMarker>,
    answer: u8,
    user: Id<UserMarker>,
    now_micros: i64,
) -> Result<bool> {
    let sql = "INSERT INTO poll_votes (message_id, answer_id, user_id, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (message_id, answer_id, user_id) DO NOTHING";
    Ok(run.execute(sql, values![message, answer, user, now_micros]).await? > 0)
}

/// Takes a vote back; says whether it was there.
pub async fn delete(run: &mut dyn Run, message: Id<MessageMarker>, answer: u8, user: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM poll_votes WHERE message_id = $1 AND answer_id = $2 AND user_id = $3";
    Ok(run.execute(sql, values![message, answer, user]).await? > 0)
}

/// Who gave an answer, by id above one.
pub async fn voters(
    run: &mut dyn Run,
    message: Id<MessageMarker>,
    answer: u8,
    after: u64,
    limit: u32,
) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT user_id FROM poll_votes WHERE message_id = $1 AND answer_id = $2 AND user_id > $3 \
               ORDER BY user_id LIMIT $4";
    run.column(sql, values![message, answer, after, limit]).await
}

/// How many gave which answer to each of these polls, as one reader sees it.
pub async fn counts(
    run: &mut dyn Run,
    messages: &[Id<MessageMarker>],
    reader: Option<Id<UserMarker>>,
) -> Result<HashMap<Id<MessageMarker>, Vec<AnswerCount>>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    if messages.is_empty() {
        return Ok(found);
    }
    let sql = format!(
        "SELECT message_id, answer_id, COUNT(*), MAX(CASE WHEN user_id = $1 THEN 1 ELSE 0 END) FROM poll_votes \
         WHERE message_id IN ({}) GROUP BY message_id, answer_id ORDER BY message_id, answer_id",
        crate::placeholders(2, messages.len())
    );
    let mut parameters = values![reader.map_or(0, Id::get)];
    parameters.extend(crate::ids(messages));
    for row in run.query(&sql, parameters).await? {
        let count = AnswerCount { id: row.get(1)?, count: row.get(2)?, me_voted: row.get(3)? };
        found.entry(row.get(0)?).or_default().push(count);
    }
    Ok(found)
}
