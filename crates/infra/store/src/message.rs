//! Messages.

use std::collections::BTreeMap;

use guildhall_db::{Json, Records, Result, Run, ToValue, record, values};
use guildhall_wire::attachment::Attachment;
use guildhall_wire::embed::Embed;
use guildhall_wire::id::{
    ApplicationMarker, ChannelMarker, Id, MessageMarker, RoleMarker, UserMarker, WebhookMarker, created_ms,
};
use guildhall_wire::message::{Message, MessageKind, MessageReference, MessageSnapshot};
use guildhall_wire::poll::Poll;
use guildhall_wire::sticker::StickerItem;
use guildhall_wire::user::User;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{select, timestamp};

record! {
    /// A message.
    #[derive(Clone, Debug)]
    pub struct MessageRow {
        /// The message; its time is the time of sending.
        pub id: Id<MessageMarker>,
        /// Where.
        pub channel_id: Id<ChannelMarker>,
        /// Who; the webhook's id for webhooks.
        pub author_id: Id<UserMarker>,
        /// Number of a [`MessageKind`].
        pub kind: u8,
        /// Markdown; empty once deleted.
        pub content: String,
        /// Microseconds.
        pub edited_at: Option<i64>,
        /// Microseconds.
        pub pinned_at: Option<i64>,
        /// See [`guildhall_wire::message::flags`].
        pub flags: u32,
        /// Pings everybody.
        pub mention_everyone: bool,
        /// Whom it pings.
        pub mentions: Json<Vec<Id<UserMarker>>>,
        /// Which roles it pings.
        pub mention_roles: Json<Vec<Id<RoleMarker>>>,
        /// By which webhook.
        pub webhook_id: Option<Id<WebhookMarker>>,
        /// By which application.
        pub application_id: Option<Id<ApplicationMarker>>,
        /// Place in a thread.
        pub position: Option<u32>,
        /// As the sender chose it.
        pub nonce: Option<String>,
        /// The rest.
        pub extras: Json<Extras>,
        /// When it was deleted, in microseconds: the row stays as a tombstone without content.
        pub deleted_at: Option<i64>,
        /// Of ephemeral messages: who sees them.
        pub visible_to: Option<Id<UserMarker>>,
    }
}

/// What no query looks into.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "documented at the wire type")]
pub struct Extras {
    /// Name and avatar of a webhook's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<User>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tts: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stickers: Vec<StickerItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<MessageReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<MessageSnapshot>,
    /// Its results are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// Whether it has ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub poll_ended: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_metadata: Option<Value>,
}

impl MessageRow {
    /// An ordinary message with nothing but its text.
    pub fn new(
        id: Id<MessageMarker>,
        channel_id: Id<ChannelMarker>,
        author_id: Id<UserMarker>,
        content: String,
    ) -> Self {
        Self {
            id,
            channel_id,
            author_id,
            kind: MessageKind::Default.number(),
            content,
            edited_at: None,
            pinned_at: None,
            flags: 0,
            mention_everyone: false,
            mentions: Json(Vec::new()),
            mention_roles: Json(Vec::new()),
            webhook_id: None,
            application_id: None,
            position: None,
            nonce: None,
            extras: Json(Extras::default()),
            deleted_at: None,
            visible_to: None,
        }
    }

    /// What it is.
    pub fn kind(&self) -> MessageKind {
        MessageKind::from_number(self.kind)
    }

    /// As clients see it, without reactions, the message it answers, its thread and a nonce.
    pub fn message(&self, author: User, mentions: Vec<User>) -> Message {
        let sent = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
        let extras = &self.extras.0;
        Message {
            author: extras.author.clone().unwrap_or(author),
            edited_timestamp: self.edited_at.map(timestamp),
            tts: extras.tts,
            mention_everyone: self.mention_everyone,
            mentions,
            mention_roles: self.mention_roles.0.clone(),
            attachments: extras.attachments.clone(),
            embeds: extras.embeds.clone(),
            flags: self.flags,
            pinned: self.pinned_at.is_some(),
            webhook_id: self.webhook_id,
            kind: self.kind(),
            application_id: self.application_id,
            message_reference: extras.reference.clone(),
            message_snapshots: extras.snapshots.clone(),
            interaction_metadata: extras.interaction_metadata.clone(),
            interaction: extras.interaction.clone(),
            components: extras.components.clone(),
            sticker_items: extras.stickers.clone(),
            position: self.position,
            poll: extras.poll.clone(),
            ..Message::new(
                self.id,
                self.channel_id,
                User::new(self.author_id, "", false),
                self.content.clone(),
                timestamp(sent),
            )
        }
    }
}

/// A message of a channel that only one person sees.
pub async fn ephemeral(
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    id: Id<MessageMarker>,
) -> Result<Option<MessageRow>> {
    let rest = "WHERE id = $1 AND channel_id = $2 AND deleted_at IS NULL AND visible_to IS NOT NULL";
    run.maybe(&select::<MessageRow>("messages", rest), values![id, channel]).await
}

/// Removes a message that only one person saw; says whether it was there.
pub async fn delete_ephemeral(run: &mut dyn Run, id: Id<MessageMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM messages WHERE id = $1 AND visible_to IS NOT NULL", values![id]).await? > 0)
}

/// A message of a channel, unless it was deleted.
pub async fn get(run: &mut dyn Run, channel: Id<ChannelMarker>, id: Id<MessageMarker>) -> Result<Option<MessageRow>> {
    let rest = "WHERE id = $1 AND channel_id = $2 AND deleted_at IS NULL AND visible_to IS NULL";
    run.maybe(&select::<MessageRow>("messages", rest), values![id, channel]).await
}

/// The messages of a channel with those ids, without deleted ones.
pub async fn get_many(
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    ids: &[Id<MessageMarker>],
) -> Result<Vec<MessageRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = crate::placeholders(2, ids.len());
    let rest = format!("WHERE channel_id = $1 AND id IN ({list}) AND deleted_at IS NULL AND visible_to IS NULL");
    let mut parameters = values![channel];
    parameters.extend(crate::ids(ids));
    run.all(&select::<MessageRow>("messages", &rest), parameters).await
}

/// Messages with ids below one, newest first.
pub async fn before(run: &mut dyn Run, channel: Id<ChannelMarker>, below: u64, limit: u32) -> Result<Vec<MessageRow>> {
    let rest =
        "WHERE channel_id = $1 AND id < $2 AND deleted_at IS NULL AND visible_to IS NULL ORDER BY id DESC LIMIT $3";
    run.all(&select::<MessageRow>("messages", rest), values![channel, below, limit]).await
}

/// Messages with ids above one, oldest first.
pub async fn after(run: &mut dyn Run, channel: Id<ChannelMarker>, above: u64, limit: u32) -> Result<Vec<MessageRow>> {
    let rest = "WHERE channel_id = $1 AND id > $2 AND deleted_at IS NULL AND visible_to IS NULL ORDER BY id LIMIT $3";
    run.all(&select::<MessageRow>("messages", rest), values![channel, above, limit]).await
}

/// What an author sent with that nonce since an id.
pub async fn by_nonce(
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    author: Id<UserMarker>,
    nonce: &str,
    since: u64,
) -> Result<Option<MessageRow>> {
    let rest = "WHERE author_id = $1 AND nonce = $2 AND channel_id = $3 AND id > $4 AND deleted_at IS NULL AND visible_to IS NULL ORDER BY id LIMIT 1";
    run.maybe(&select::<MessageRow>("messages", rest), values![author, nonce, channel, since]).await
}

/// The bytes of a message's files, for counting them.
fn file_bytes(row: &MessageRow) -> crate::Derived {
    let extras = &row.extras.0;
    let copies = extras.snapshots.iter().flat_map(|snapshot| &snapshot.message.attachments);
    let bytes: u64 = extras.attachments.iter().chain(copies).map(|file| file.size).sum();
    ("file_bytes", bytes.to_value())
}

/// How many bytes of files somebody's messages carry. What webhooks say is nobody's.
pub async fn stored_bytes(run: &mut dyn Run, author: Id<UserMarker>) -> Result<u64> {
    let sql = "SELECT CAST(COALESCE(SUM(file_bytes), 0) AS BIGINT) FROM messages \
               WHERE author_id = $1 AND file_bytes > 0 AND webhook_id IS NULL";
    let sum: Option<i64> = run.scalar(sql, values![author]).await?;
    Ok(sum.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
}

/// Adds a message.
pub async fn insert(run: &mut dyn Run, row: &MessageRow) -> Result<()> {
    crate::insert_with(run, "messages", row, Some(file_bytes(row))).await?;
    crate::search::index(run, row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &MessageRow) -> Result<()> {
    crate::update_with(run, "messages", "id = $1", row, Some(file_bytes(row))).await?;
    crate::search::reindex(run, row).await
}

/// Blanks a message and leaves a tombstone; says whether it was there.
pub async fn delete(
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    id: Id<MessageMarker>,
    now_micros: i64,
) -> Result<bool> {
    let sql = "UPDATE messages SET content = '', extras = '{}', file_bytes = 0, pinned_at = NULL, nonce = NULL, deleted_at = $3 \
               WHERE id = $1 AND channel_id = $2 AND deleted_at IS NULL AND visible_to IS NULL";
    let gone = run.execute(sql, values![id, channel, now_micros]).await? > 0;
    if gone {
        run.execute("DELETE FROM reactions WHERE message_id = $1", values![id]).await?;
        run.execute("DELETE FROM poll_votes WHERE message_id = $1", values![id]).await?;
        crate::search::forget(run, id).await?;
        if id.get() != channel.get() {
            // Counted in threads only, and not what they begin with.
            let sql = "UPDATE channels SET message_count = message_count - 1 \
                       WHERE id = $1 AND kind IN (10, 11, 12) AND message_count > 0";
            run.execute(sql, values![channel]).await?;
        }
    }
    Ok(gone)
}

/// Blanks what an author wrote in a guild since an id; gives the messages as they were, by channel.
pub async fn delete_of_author(
    run: &mut dyn Run,
    guild: Id<guildhall_wire::id::GuildMarker>,
    author: Id<UserMarker>,
    since: u64,
    now_micros: i64,
) -> Result<BTreeMap<Id<ChannelMarker>, Vec<MessageRow>>> {
    let rest = "WHERE author_id = $1 AND id > $2 AND deleted_at IS NULL AND visible_to IS NULL \
                AND channel_id IN (SELECT id FROM channels WHERE guild_id = $3) ORDER BY id";
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let rows: Vec<MessageRow> = run.all(&select::<MessageRow>("messages", rest), values![author, since, guild]).await?;
    for row in rows {
        delete(run, row.channel_id, row.id, now_micros).await?;
        found.entry(row.channel_id).or_default().push(row);
    }
    Ok(found)
}

/// Ephemeral messages older than an id.
pub async fn ephemeral_before(run: &mut dyn Run, below: u64) -> Result<Vec<MessageRow>> {
    run.all(&select::<MessageRow>("messages", "WHERE visible_to IS NOT NULL AND id < $1"), values![below]).await
}

/// Pinned messages, latest pin first.
pub async fn pinned(
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    before_micros: i64,
    limit: u32,
) -> Result<Vec<MessageRow>> {
    let rest =
        "WHERE channel_id = $1 AND pinned_at IS NOT NULL AND pinned_at < $2 ORDER BY pinned_at DESC, id DESC LIMIT $3";
    run.all(&select::<MessageRow>("messages", rest), values![channel, before_micros, limit]).await
}

/// How many messages a channel has for everybody, those of its threads and posts among them.
pub async fn count(run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM messages WHERE deleted_at IS NULL AND visible_to IS NULL AND channel_id IN \
               (SELECT id FROM channels WHERE id = $1 UNION ALL \
                SELECT id FROM channels WHERE parent_id = $1 AND kind IN (10, 11, 12))";
    Ok(run.scalar(sql, values![channel]).await?.unwrap_or(0))
}

/// How many messages are pinned.
pub async fn count_pinned(run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM messages WHERE channel_id = $1 AND pinned_at IS NOT NULL";
    Ok(run.scalar(sql, values![channel]).await?.unwrap_or(0))
}
