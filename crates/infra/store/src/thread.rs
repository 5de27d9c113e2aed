//! Who takes part in threads, and lists of archived ones.

use guildhall_db::{Records, Result, Run, Value, record, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, TagMarker, UserMarker};
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
pub async fn all_active(run: &mut dyn Run) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE channel_id IN (SELECT id FROM channels WHERE kind IN (10, 11, 12) AND archived = 0)";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), vec![]).await
}

/// The same of one guild.
pub async fn active_of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE channel_id IN \
                (SELECT id FROM channels WHERE guild_id = $1 AND kind IN (10, 11, 12) AND archived = 0)";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), values![guild]).await
}

/// Everybody in one thread.
pub async fn of_thread(run: &mut dyn Run, thread: Id<ChannelMarker>) -> Result<Vec<Id<UserMarker>>> {
    run.column("SELECT user_id FROM thread_members WHERE channel_id = $1 ORDER BY user_id", values![thread]).await
}

/// Whether somebody takes part.
pub async fn is_member(run: &mut dyn Run, thread: Id<ChannelMarker>, user: Id<UserMarker>) -> Result<bool> {
    Ok(get(run, thread, user).await?.is_some())
}

/// Somebody's part in a thread.
pub async fn get(
    run: &mut dyn Run,
    thread: Id<ChannelMarker>,
    user: Id<UserMarker>,
) -> Result<Option<ThreadMemberRow>> {
    let rest = "WHERE channel_id = $1 AND user_id = $2";
    run.maybe(&select::<ThreadMemberRow>("thread_members", rest), values![thread, user]).await
}

/// Who takes part, by id above one.
pub async fn members(
    run: &mut dyn Run,
    thread: Id<ChannelMarker>,
    after: u64,
    limit: u32,
) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE channel_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), values![thread, after, limit]).await
}

/// A user's parts in the active threads of a guild.
pub async fn of_user(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<Vec<ThreadMemberRow>> {
    let rest = "WHERE user_id = $1 AND channel_id IN (SELECT id FROM channels WHERE guild_id = $2 AND archived = 0)";
    run.all(&select::<ThreadMemberRow>("thread_members", rest), values![user, guild]).await
}

/// Adds somebody; says whether they are new. The thread's count follows.
pub async fn join(run: &mut dyn Run, row: &ThreadMemberRow) -> Result<bool> {
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
pub async fn leave(run: &mut dyn Run, thread: Id<ChannelMarker>, user: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM thread_members WHERE channel_id = $1 AND user_id = $2";
    let gone = run.execute(sql, values![thread, user]).await? > 0;
    if gone {
        run.execute("UPDATE channels SET member_count = member_count - 1 WHERE id = $1", values![thread]).await?;
    }
    Ok(gone)
}

/// Removes somebody from all threads of a guild, as they leave it; gives the active ones.
pub async fn leave_guild(
    run: &mut dyn Run,
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

/// Archived threads of a channel, latest archived first: the private ones, or the others.
pub async fn archived(
    run: &mut dyn Run,
    parent: Id<ChannelMarker>,
    private: bool,
    before_micros: i64,
    limit: u32,
) -> Result<Vec<ChannelRow>> {
    let kinds = if private { "(12)" } else { "(10, 11)" };
    let rest = format!(
        "WHERE parent_id = $1 AND kind IN {kinds} AND archived = 1 AND archived_at < $2 ORDER BY archived_at DESC LIMIT $3"
    );
    run.all(&select::<ChannelRow>("channels", &rest), values![parent, before_micros, limit]).await
}

/// Archived private threads of a channel that somebody takes part in, newest first.
pub async fn joined_archived(
    run: &mut dyn Run,
    parent: Id<ChannelMarker>,
    user: Id<UserMarker>,
    before: u64,
    limit: u32,
) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE parent_id = $1 AND kind = 12 AND archived = 1 AND id < $2 \
                AND id IN (SELECT channel_id FROM thread_members WHERE user_id = $3) ORDER BY id DESC LIMIT $4";
    run.all(&select::<ChannelRow>("channels", rest), values![parent, before, user, limit]).await
}

/// Counts a message that was sent to a thread.
pub async fn count_message(run: &mut dyn Run, thread: Id<ChannelMarker>) -> Result<()> {
    let sql = "UPDATE channels SET message_count = message_count + 1, total_message_sent = total_message_sent + 1 WHERE id = $1";
    run.execute(sql, values![thread]).await?;
    Ok(())
}

/// What a search of threads looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Parts of the name, in lower case: all of them.
    pub words: Vec<String>,
    /// Tags of posts.
    pub tags: Vec<Id<TagMarker>>,
    /// All of them, or one of them.
    pub all_tags: bool,
    /// Above this one.
    pub min_id: Option<u64>,
    /// Below this one.
    pub max_id: Option<u64>,
    /// Only archived ones, or only others.
    pub archived: Option<bool>,
    /// What comes first.
    pub sort: Sort,
    /// The other way round.
    pub ascending: bool,
    /// Most of them.
    pub limit: u64,
    /// So many are left out before.
    pub offset: u64,
}

/// In which order threads are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Names that begin so before others, then by the newest message.
    Relevance,
    /// By the newest message.
    #[default]
    LastMessage,
    /// By when they were made.
    Creation,
    /// By when they were archived.
    Archive,
}

/// The threads of a channel, without private ones, that a search finds, and how many there are in all.
pub async fn search(run: &mut dyn Run, parent: Id<ChannelMarker>, search: &Search) -> Result<(Vec<ChannelRow>, u64)> {
    let mut filter = "WHERE parent_id = $1 AND kind IN (10, 11)".to_owned();
    let mut values = values![parent];
    let add = |values: &mut Vec<Value>, value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    for word in &search.words {
        let pattern = add(&mut values, Value::Text(format!("%{}", crate::like_prefix(word))));
        filter.push_str(&format!(" AND fold(name) LIKE {pattern} ESCAPE '\\'"));
    }
    // A list of ids in JSON: each stands in quotes.
    let tags = search.tags.iter().map(|tag| {
        let pattern = add(&mut values, Value::Text(format!("%\"{tag}\"%")));
        format!("applied_tags LIKE {pattern}")
    });
    let tags: Vec<_> = tags.collect();
    if !tags.is_empty() {
        filter.push_str(&format!(" AND ({})", tags.join(if search.all_tags { " AND " } else { " OR " })));
    }
    for (id, sign) in [(search.min_id, '>'), (search.max_id, '<')] {
        if let Some(id) = id {
            let id = add(&mut values, Value::Int(id.cast_signed()));
            filter.push_str(&format!(" AND id {sign} {id}"));
        }
    }
    if let Some(archived) = search.archived {
        filter.push_str(if archived { " AND archived = 1" } else { " AND archived = 0" });
    }
    let total: Option<u64> = run.scalar(&format!("SELECT COUNT(*) FROM channels {filter}"), values.clone()).await?;
    let direction = if search.ascending { "ASC" } else { "DESC" };
    let last = format!("COALESCE(last_message_id, id) {direction}, id {direction}");
    let order = match search.sort {
        Sort::Relevance => match search.words.first() {
            Some(word) => {
                let pattern = add(&mut values, Value::Text(crate::like_prefix(word)));
                format!("CASE WHEN fold(name) LIKE {pattern} ESCAPE '\\' THEN 0 ELSE 1 END, {last}")
            }
            None => last,
        },
        Sort::LastMessage => last,
        Sort::Creation => format!("id {direction}"),
        Sort::Archive => format!("COALESCE(archived_at, 0) {direction}, id {direction}"),
    };
    let limit = add(&mut values, Value::Int(search.limit.cast_signed()));
    let offset = add(&mut values, Value::Int(search.offset.cast_signed()));
    let rest = format!("{filter} ORDER BY {order} LIMIT {limit} OFFSET {offset}");
    let rows = run.all(&select::<ChannelRow>("channels", &rest), values).await?;
    Ok((rows, total.unwrap_or(0)))
}
