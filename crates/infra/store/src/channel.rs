//! Channels: of guilds, threads and direct messages.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::Patch;
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite};
use guildhall_wire::forum::ForumSettings;
use guildhall_wire::id::{
    ApplicationMarker, ChannelMarker, GuildMarker, Id, MessageMarker, RoleMarker, TagMarker, UserMarker, created_ms,
};
use guildhall_wire::thread::ThreadMetadata;

use crate::{select, timestamp};

record! {
    /// A channel; fields are those of [`Channel`]. `archived` and `locked` are a thread's or, in other channels, Guildhall's.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct ChannelRow {
        pub id: Id<ChannelMarker>,
        pub kind: u8,
        pub guild_id: Option<Id<GuildMarker>>,
        pub parent_id: Option<Id<ChannelMarker>>,
        pub name: Option<String>,
        pub topic: Option<String>,
        pub position: i32,
        pub overwrites: Json<Vec<Overwrite>>,
        pub nsfw: bool,
        pub flags: u32,
        pub last_message_id: Option<Id<MessageMarker>>,
        pub last_pin_at: Option<i64>,
        pub rate_limit_per_user: u32,
        pub bitrate: Option<u32>,
        pub user_limit: Option<u32>,
        pub rtc_region: Option<String>,
        pub video_quality_mode: Option<u8>,
        pub default_auto_archive_duration: Option<u32>,
        pub default_thread_rate_limit_per_user: Option<u32>,
        pub icon: Option<String>,
        pub owner_id: Option<Id<UserMarker>>,
        pub application_id: Option<Id<ApplicationMarker>>,
        pub locked: bool,
        pub archived: bool,
        pub archived_at: Option<i64>,
        pub auto_archive_duration: Option<u32>,
        pub invitable: Option<bool>,
        pub message_count: u32,
        pub member_count: u32,
        pub total_message_sent: u32,
        pub pair_key: Option<String>,
        pub forum: Option<Json<ForumSettings>>,
        pub applied_tags: Option<Json<Vec<Id<TagMarker>>>>,
        pub voice_status: Option<String>,
        pub lock_role_id: Option<Id<RoleMarker>>,
    }
}

impl ChannelRow {
    /// A channel with nothing but its kind.
    pub fn new(id: Id<ChannelMarker>, kind: ChannelKind) -> Self {
        Self {
            id,
            kind: kind.number(),
            guild_id: None,
            parent_id: None,
            name: None,
            topic: None,
            position: 0,
            overwrites: Json(Vec::new()),
            nsfw: false,
            flags: 0,
            last_message_id: None,
            last_pin_at: None,
            rate_limit_per_user: 0,
            bitrate: kind.is_voice().then_some(64_000),
            user_limit: kind.is_voice().then_some(0),
            rtc_region: None,
            video_quality_mode: None,
            default_auto_archive_duration: None,
            default_thread_rate_limit_per_user: None,
            icon: None,
            owner_id: None,
            application_id: None,
            locked: false,
            archived: false,
            archived_at: None,
            auto_archive_duration: None,
            invitable: None,
            message_count: 0,
            member_count: 0,
            total_message_sent: 0,
            pair_key: None,
            forum: kind.is_forum().then(|| Json(ForumSettings::default())),
            applied_tags: None,
            voice_status: None,
            lock_role_id: None,
        }
    }

    /// What it is; a number that nobody knows reads as text.
    pub fn kind(&self) -> ChannelKind {
        ChannelKind::from_number(self.kind).unwrap_or(ChannelKind::Text)
    }

    /// As clients see it, without recipients and own membership.
    pub fn channel(&self) -> Channel {
        let kind = self.kind();
        let nullable = |value: Option<String>| value.map_or(Patch::Null, Patch::Value);
        let mut channel = Channel {
            flags: self.flags,
            guild_id: self.guild_id,
            last_message_id: if kind == ChannelKind::Category {
                Patch::Absent
            } else {
                self.last_message_id.map_or(Patch::Null, Patch::Value)
            },
            last_pin_timestamp: self.last_pin_at.map_or(Patch::Absent, |at| Patch::Value(timestamp(at))),
            ..Channel::new(self.id, kind)
        };
        match kind {
            ChannelKind::Dm => {}
            ChannelKind::GroupDm => {
                channel.name = nullable(self.name.clone());
                channel.icon = nullable(self.icon.clone());
                channel.owner_id = self.owner_id;
                channel.application_id = self.application_id;
            }
            _ if kind.is_thread() => {
                channel.name = Patch::Value(self.name.clone().unwrap_or_default());
                channel.parent_id = self.parent_id.map_or(Patch::Null, Patch::Value);
                channel.owner_id = self.owner_id;
                channel.rate_limit_per_user = Some(self.rate_limit_per_user);
                channel.message_count = Some(self.message_count);
                channel.member_count = Some(self.member_count.min(50));
                channel.total_message_sent = Some(self.total_message_sent);
                channel.applied_tags = self.applied_tags.as_ref().map(|tags| tags.0.clone());
                let created = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
                channel.thread_metadata = Some(ThreadMetadata {
                    archived: self.archived,
                    archive_timestamp: timestamp(self.archived_at.unwrap_or(created)),
                    auto_archive_duration: self.auto_archive_duration.unwrap_or(4320),
                    locked: self.locked,
                    invitable: (kind == ChannelKind::PrivateThread).then(|| self.invitable.unwrap_or(true)),
                    create_timestamp: Some(timestamp(created)),
                });
            }
            _ => {
                channel.name = Patch::Value(self.name.clone().unwrap_or_default());
                channel.parent_id = self.parent_id.map_or(Patch::Null, Patch::Value);
                channel.position = Some(self.position);
                channel.permission_overwrites = Some(self.overwrites.0.clone());
                channel.nsfw = Some(self.nsfw);
                channel.locked = self.locked;
                channel.lock_role_id = self.lock_role_id;
                channel.archived = self.archived;
                if kind != ChannelKind::Category {
                    channel.topic = nullable(self.topic.clone());
                    channel.rate_limit_per_user = Some(self.rate_limit_per_user);
                    channel.default_auto_archive_duration = self.default_auto_archive_duration;
                    channel.default_thread_rate_limit_per_user = self.default_thread_rate_limit_per_user;
                }
                if let Some(Json(forum)) = self.forum.as_ref().filter(|_| kind.is_forum()) {
                    channel.available_tags = Some(forum.available_tags.clone());
                    channel.default_reaction_emoji =
                        forum.default_reaction_emoji.clone().map_or(Patch::Null, Patch::Value);
                    channel.default_sort_order = forum.default_sort_order.map_or(Patch::Null, Patch::Value);
                    channel.default_forum_layout = Some(forum.default_forum_layout);
                    channel.default_tag_setting = nullable(forum.default_tag_setting.clone());
                }
                if kind.is_voice() {
                    channel.bitrate = self.bitrate;
                    channel.user_limit = self.user_limit;
                    channel.rtc_region = nullable(self.rtc_region.clone());
                    channel.video_quality_mode = self.video_quality_mode;
                    channel.status.clone_from(&self.voice_status);
                }
            }
        }
        channel
    }
}

/// Every channel of every guild, active threads included: for building the directory.
pub async fn all_of_guilds(run: &mut dyn Run) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE guild_id IS NOT NULL AND (kind NOT IN (10, 11, 12) OR archived = 0) ORDER BY id";
    run.all(&select::<ChannelRow>("channels", rest), vec![]).await
}

/// The same of one guild.
pub async fn all_of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE guild_id = $1 AND (kind NOT IN (10, 11, 12) OR archived = 0) ORDER BY id";
    run.all(&select::<ChannelRow>("channels", rest), values![guild]).await
}

/// The channel with that id.
pub async fn get(run: &mut dyn Run, id: Id<ChannelMarker>) -> Result<Option<ChannelRow>> {
    run.maybe(&select::<ChannelRow>("channels", "WHERE id = $1"), values![id]).await
}

/// A guild's channels without threads, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE guild_id = $1 AND kind NOT IN (10, 11, 12) ORDER BY id";
    run.all(&select::<ChannelRow>("channels", rest), values![guild]).await
}

/// The channels of a guild whose lock names a role.
pub async fn locked_at(run: &mut dyn Run, guild: Id<GuildMarker>, role: Id<RoleMarker>) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE guild_id = $1 AND lock_role_id = $2 ORDER BY id";
    run.all(&select::<ChannelRow>("channels", rest), values![guild, role]).await
}

/// The threads of a guild, or of one of its channels, archived ones too.
pub async fn threads(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    parent: Option<Id<ChannelMarker>>,
) -> Result<Vec<Id<ChannelMarker>>> {
    let sql = "SELECT id FROM channels WHERE guild_id = $1 AND kind IN (10, 11, 12) AND (CAST($2 AS BIGINT) = 0 OR parent_id = $2)";
    run.column(sql, values![guild, parent.map_or(0, Id::get)]).await
}

/// Adds a channel. A pair key that is taken gives [`guildhall_db::Error::Unique`].
pub async fn insert(run: &mut dyn Run, row: &ChannelRow) -> Result<()> {
    crate::insert(run, "channels", row).await
}

/// Writes the row, but for its newest message, newest pin and counts.
pub async fn update(run: &mut dyn Run, row: &ChannelRow) -> Result<()> {
    let counted = ["last_message_id", "last_pin_at", "message_count", "total_message_sent", "member_count"];
    crate::update_but(run, "channels", row, &counted).await
}

/// Removes a channel with its messages; threads of it go too.
pub async fn delete(run: &mut dyn Run, id: Id<ChannelMarker>) -> Result<bool> {
    run.execute("DELETE FROM channels WHERE parent_id = $1 AND kind IN (10, 11, 12)", values![id]).await?;
    Ok(run.execute("DELETE FROM channels WHERE id = $1", values![id]).await? > 0)
}

/// Notes the newest message.
pub async fn set_last_message(run: &mut dyn Run, id: Id<ChannelMarker>, message: Id<MessageMarker>) -> Result<()> {
    let sql =
        "UPDATE channels SET last_message_id = $2 WHERE id = $1 AND (last_message_id IS NULL OR last_message_id < $2)";
    run.execute(sql, values![id, message]).await?;
    Ok(())
}

/// The direct message of two people.
pub async fn by_pair(run: &mut dyn Run, one: Id<UserMarker>, other: Id<UserMarker>) -> Result<Option<ChannelRow>> {
    run.maybe(&select::<ChannelRow>("channels", "WHERE pair_key = $1"), values![pair_key(one, other)]).await
}

/// The same for both orders.
pub fn pair_key(one: Id<UserMarker>, other: Id<UserMarker>) -> String {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    format!("{low}:{high}")
}

/// Who is in a direct message.
pub async fn recipients(run: &mut dyn Run, id: Id<ChannelMarker>) -> Result<Vec<Id<UserMarker>>> {
    run.column("SELECT user_id FROM recipients WHERE channel_id = $1 ORDER BY user_id", values![id]).await
}

/// Everybody in every direct message: for building the directory.
pub async fn all_recipients(run: &mut dyn Run) -> Result<Vec<(Id<ChannelMarker>, Id<UserMarker>)>> {
    let rows = run.query("SELECT channel_id, user_id FROM recipients ORDER BY channel_id, user_id", vec![]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// A person's direct messages: all, or only those that they have not closed.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>, closed_too: bool) -> Result<Vec<ChannelRow>> {
    let rest = "WHERE id IN (SELECT channel_id FROM recipients WHERE user_id = $1 AND closed <= $2) ORDER BY id";
    run.all(&select::<ChannelRow>("channels", rest), values![user, closed_too]).await
}

/// Adds somebody, or opens it again for them.
pub async fn add_recipient(run: &mut dyn Run, id: Id<ChannelMarker>, user: Id<UserMarker>, closed: bool) -> Result<()> {
    let sql = "INSERT INTO recipients (channel_id, user_id, closed) VALUES ($1, $2, $3) \
               ON CONFLICT (channel_id, user_id) DO UPDATE SET closed = excluded.closed";
    run.execute(sql, values![id, user, closed]).await?;
    Ok(())
}

/// Opens a direct message again for all who had closed it; gives them.
pub async fn reopen(run: &mut dyn Run, id: Id<ChannelMarker>) -> Result<Vec<Id<UserMarker>>> {
    let closed = run.column("SELECT user_id FROM recipients WHERE channel_id = $1 AND closed = 1", values![id]).await?;
    if !closed.is_empty() {
        run.execute("UPDATE recipients SET closed = 0 WHERE channel_id = $1", values![id]).await?;
    }
    Ok(closed)
}

/// Removes somebody from a group; says whether they were there.
pub async fn remove_recipient(run: &mut dyn Run, id: Id<ChannelMarker>, user: Id<UserMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM recipients WHERE channel_id = $1 AND user_id = $2", values![id, user]).await? > 0)
}

/// Every direct message: for building the directory.
pub async fn all_private(run: &mut dyn Run) -> Result<Vec<ChannelRow>> {
    run.all(&select::<ChannelRow>("channels", "WHERE guild_id IS NULL ORDER BY id"), vec![]).await
}

/// What slow mode makes wait for: each has its own turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To write.
    Message,
    /// To begin a thread.
    Thread,
}

/// Takes somebody's turn in slow mode: nothing when it is their turn, else microseconds that are left to wait.
pub async fn take_turn(
    run: &mut dyn Run,
    turn: Turn,
    channel: Id<ChannelMarker>,
    user: Id<UserMarker>,
    now_micros: i64,
    wait_micros: i64,
) -> Result<Option<i64>> {
    let sql = match turn {
        Turn::Message => "SELECT sent_at FROM slow_mode WHERE channel_id = $1 AND user_id = $2",
        Turn::Thread => "SELECT sent_at FROM thread_turns WHERE channel_id = $1 AND user_id = $2",
    };
    let last: Option<i64> = run.scalar(sql, values![channel, user]).await?;
    let left = last.map_or(0, |last| last + wait_micros - now_micros);
    if left > 0 {
        return Ok(Some(left));
    }
    let sql = match turn {
        Turn::Message => {
            "INSERT INTO slow_mode (channel_id, user_id, sent_at) VALUES ($1, $2, $3) \
             ON CONFLICT (channel_id, user_id) DO UPDATE SET sent_at = excluded.sent_at"
        }
        Turn::Thread => {
            "INSERT INTO thread_turns (channel_id, user_id, sent_at) VALUES ($1, $2, $3) \
             ON CONFLICT (channel_id, user_id) DO UPDATE SET sent_at = excluded.sent_at"
        }
    };
    run.execute(sql, values![channel, user, now_micros]).await?;
    Ok(None)
}

/// Forgets turns that were taken before a moment.
pub async fn forget_turns(run: &mut dyn Run, before_micros: i64) -> Result<u64> {
    let mut gone = 0;
    for sql in ["DELETE FROM slow_mode WHERE sent_at < $1", "DELETE FROM thread_turns WHERE sent_at < $1"] {
        gone += run.execute(sql, values![before_micros]).await?;
    }
    Ok(gone)
}

/// Notes when a message was last pinned.
pub async fn set_last_pin(run: &mut dyn Run, id: Id<ChannelMarker>, micros: Option<i64>) -> Result<()> {
    run.execute("UPDATE channels SET last_pin_at = $2 WHERE id = $1", values![id, micros]).await?;
    Ok(())
}

/// A direct message as one of its people sees it: recipients are the others.
pub async fn seen_by(
    run: &mut dyn Run,
    row: &ChannelRow,
    recipients: &[Id<UserMarker>],
    reader: Id<UserMarker>,
) -> Result<Channel> {
    let others: Vec<_> = recipients.iter().copied().filter(|id| *id != reader).collect();
    let users = crate::user::get_many(run, &others).await?;
    Ok(Channel { recipients: Some(users.iter().map(crate::user::UserRow::user).collect()), ..row.channel() })
}

/// A person's direct messages as they see them, without those that they closed.
pub async fn private_of(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<Channel>> {
    let mut list = Vec::new();
    for row in of_user(run, user, false).await? {
        let recipients = recipients(run, row.id).await?;
        list.push(seen_by(run, &row, &recipients, user).await?);
    }
    Ok(list)
}
