//! How far people have received and read.

use guildhall_db::{Result, Run, values};
use guildhall_wire::id::{ChannelMarker, Id, MessageMarker, UserMarker};
use guildhall_wire::read_state::{ReadState, Receipt};

/// A person's read states.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<ReadState>> {
    let sql = "SELECT channel_id, last_message_id, mention_count FROM read_states WHERE user_id = $1";
    let rows = run.query(sql, values![user]).await?;
    rows.iter()
        .map(|row| Ok(ReadState { id: row.get(0)?, last_message_id: row.get(1)?, mention_count: row.get(2)? }))
        .collect()
}

/// Marks a channel read up to a message and sets what is still unread of mentions. It goes back only where `back`.
pub async fn ack(
    run: &mut dyn Run,
    user: Id<UserMarker>,
    channel: Id<ChannelMarker>,
    message: Id<MessageMarker>,
    mentions: u32,
    back: bool,
) -> Result<()> {
    let sql = "INSERT INTO read_states (user_id, channel_id, last_message_id, delivered_id, mention_count) \
               VALUES ($1, $2, $3, $3, $4) ON CONFLICT (user_id, channel_id) DO UPDATE SET \
               mention_count = CASE WHEN $5 = 1 OR read_states.last_message_id IS NULL OR read_states.last_message_id <= $3 \
                                    THEN $4 ELSE read_states.mention_count END, \
               last_message_id = CASE WHEN $5 = 1 OR read_states.last_message_id IS NULL OR read_states.last_message_id < $3 \
                                      THEN $3 ELSE read_states.last_message_id END, \
               delivered_id = CASE WHEN read_states.delivered_id IS NULL OR read_states.delivered_id < $3 \
                                   THEN $3 ELSE read_states.delivered_id END";
    run.execute(sql, values![user, channel, message, i64::from(mentions), i64::from(back)]).await?;
    Ok(())
}

/// Whether messages up to one are known to have arrived.
pub async fn is_delivered(
    run: &mut dyn Run,
    user: Id<UserMarker>,
    channel: Id<ChannelMarker>,
    message: Id<MessageMarker>,
) -> Result<bool> {
    let sql = "SELECT 1 FROM read_states WHERE user_id = $1 AND channel_id = $2 AND delivered_id >= $3";
    Ok(!run.query(sql, values![user, channel, message]).await?.is_empty())
}

/// Notes that messages up to one arrived; says whether that is news.
pub async fn deliver(
    run: &mut dyn Run,
    user: Id<UserMarker>,
    channel: Id<ChannelMarker>,
    message: Id<MessageMarker>,
) -> Result<bool> {
    let sql = "INSERT INTO read_states (user_id, channel_id, last_message_id, delivered_id, mention_count) \
               VALUES ($1, $2, NULL, $3, 0) ON CONFLICT (user_id, channel_id) DO UPDATE SET delivered_id = $3 \
               WHERE read_states.delivered_id IS NULL OR read_states.delivered_id < $3";
    Ok(run.execute(sql, values![user, channel, message]).await? > 0)
}

/// Counts a mention for each of these people, of whom none stands there twice.
pub async fn mention(run: &mut dyn Run, users: &[Id<UserMarker>], channel: Id<ChannelMarker>) -> Result<()> {
    for some in users.chunks(500) {
        let rows: Vec<_> = (2..some.len() + 2).map(|place| format!("(${place}, $1, NULL, NULL, 1)")).collect();
        let sql = format!(
            "INSERT INTO read_states (user_id, channel_id, last_message_id, delivered_id, mention_count) VALUES {} \
             ON CONFLICT (user_id, channel_id) DO UPDATE SET mention_count = read_states.mention_count + 1",
            rows.join(", ")
        );
        let mut parameters = values![channel];
        parameters.extend(crate::ids(some));
        run.execute(&sql, parameters).await?;
    }
    Ok(())
}

/// How far everybody is in a channel, at most so many people.
pub async fn of_channel(run: &mut dyn Run, channel: Id<ChannelMarker>, limit: u32) -> Result<Vec<Receipt>> {
    let sql = "SELECT user_id, delivered_id, last_message_id FROM read_states WHERE channel_id = $1 ORDER BY user_id LIMIT $2";
    let rows = run.query(sql, values![channel, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Receipt { channel_id: channel, user_id: row.get(0)?, delivered_id: row.get(1)?, read_id: row.get(2)? })
        })
        .collect()
}
