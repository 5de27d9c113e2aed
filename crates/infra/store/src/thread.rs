//! Who takes part in threads, and lists of archived ones.

use guildhall_db::{Result, Run, record, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::thread::ThreadMember;

use crate::channel::ChannelRow;
use crate::{select, timestamp};

record! {
    /// Somebody's part in a thread.
    #[derive(Clone, Debug)]
    pub struct ThreadMemberRow {
        /// The thread.
        pub channel_id: Id<ChannelMarker>,
        /// Who.
        pub user_id: Id<UserMarker>,
        /// Microseconds.
        pub joined_at: i64,
        /// Notification settings.
        pub flags: u32,
    }
}

impl ThreadMemberRow {
    /// As clients see it.
    pub fn member(&self) -> ThreadMember {
        ThreadMember {
            id: self.channel_id,
            user_id: self.user_id,
            join_timestamp: timestamp(self.joined_at),
            flags: self.flags,
            member: None,
            presence: None,
            guild_id: None,
        }
    }
}

/// Everybody in every active thread: for building the directory.
pub async fn all_active(run: &mut impl Run) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE channel_id IN (SELECT id FROM channels WHERE kind IN (10, 11, 12) AND archived = 0)";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), vec![]).await
}

/// Whether somebody takes part.
pub async fn is_member(run: &mut impl Run, thread: Id<ChannelMarker>, user: Id<UserMarker>) -> Result<bool> {
    Ok(get(run, thread, user).await?.is_some())
}

/// Somebody's part in a thread.
pub async fn get(
    run: &mut impl Run,
    thread: Id<ChannelMarker>,
    user: Id<UserMarker>,
) -> Result<Option<ThreadMemberRow>> {
    let rest = "WHERE channel_id = $1 AND user_id = $2";
    run.maybe(&select::<ThreadMemberRow>("thread_members", rest), values![thread, user]).await
}

/// Who takes part, by id above one.
pub async fn members(
    run: &mut impl Run,
    thread: Id<ChannelMarker>,
    after: u64,
    limit: u32,
) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE channel_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), values![thread, after, limit]).await
}

/// A user's parts in the active threads of a guild.
pub async fn of_user(run: &mut impl Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE user_id = $1 AND channel_id IN (SELECT id FROM channels WHERE guild_id = $2 AND archived = 0)";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), values![user, guild]).await
}

/// Adds somebody; says whether they are new. The thread's count follows.
pub async fn join(run: &mut impl Run, row: &ThreadMemberRow) -> Result<bool> {
    let sql = "INSERT INTO thread_members (channel_id, user_id, joined_at, flags) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (channel_id, user_id) DO NOTHING";
    let new = run.execute(sql, values![row.channel_id, row.user_id, row.joined_at, row.flags]).await? > 0;
    if new {
        run.execute("UPDATE channels SET member_count = member_count + 1 WHERE id = $1", values![row.channel_id])
            .await?;
    }
    Ok(new)
}

/// Removes somebody; says whether they took part. The thread's count follows.
pub async fn leave(run: &mut impl Run, thread: Id<ChannelMarker>, user: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM thread_members WHERE channel_id = $1 AND user_id = $2";
    let gone = run.execute(sql, values![thread, user]).await? > 0;
    if gone {
        run.execute("UPDATE channels SET member_count = member_count - 1 WHERE id = $1", values![thread]).await?;
    }
    Ok(gone)
}

/// Removes somebody from all threads of a guild, as they leave it; gives the active ones.
pub async fn leave_guild(
    run: &mut impl Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
) -> Result<Vec<Id<ChannelMarker>>> {
    let active = of_user(run, guild, user).await?;
    let own = "(SELECT channel_id FROM thread_members WHERE user_id = $1)";
    let sql = format!("UPDATE channels SET member_count = member_count - 1 WHERE guild_id = $2 AND id IN {own}");
    run.execute(&sql, values![user, guild]).await?;
    let sql = "DELETE FROM thread_members WHERE user_id = $1 \
               AND channel_id IN (SELECT id FROM channels WHERE guild_id = $2)";
    run.execute(sql, values![user, guild]).await?;
    Ok(active.into_iter().map(|row| row.channel_id).collect())
}

/// Archived threads of a channel, latest archived first: those of one kind, or only those that a user takes part in.
pub async fn archived(
    run: &mut impl Run,
    parent: Id<ChannelMarker>,
    private: bool,
    user: Option<Id<UserMarker>>,
    before_micros: i64,
    limit: u32,
) -> Result<Vec<ChannelRow>> {
    let kinds = if private { "(12)" } else { "(10, 11)" };
    let rest = format!(
        "WHERE parent_id = $1 AND kind IN {kinds} AND archived = 1 AND archived_at < $2 \
         AND (CAST($3 AS BIGINT) = 0 OR id IN (SELECT channel_id FROM thread_members WHERE user_id = $3)) ORDER BY archived_at DESC LIMIT $4"
    );
    let user = user.map_or(0, Id::get);
    run.all(&select::<ChannelRow>("channels", &rest), values![parent, before_micros, user, limit]).await
}

/// Counts a message that was sent to a thread.
pub async fn count_message(run: &mut impl Run, thread: Id<ChannelMarker>) -> Result<()> {
    let sql = "UPDATE channels SET message_count = message_count + 1, total_message_sent = total_message_sent + 1 WHERE id = $1";
    run.execute(sql, values![thread]).await?;
    Ok(())
}
