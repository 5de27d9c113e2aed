//! Sending: `POST /channels/{channel_id}/messages`, and messages that the server writes itself.

use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::message::{
    Message, MessageBody, MessageKind, MessageReference, MessageSnapshot, ReferenceBody, SnapshotMessage, flags,
};

use axum::extract::Request;

use super::{assemble_one, content};
use crate::kernel::access::{Place, resolve_channel};
use crate::kernel::form;
use crate::prelude::*;

pub(super) async fn create_message(cx: Cx, channel: Channel, request: Request) -> Result<Json<Message>> {
    let me = cx.account()?.row.clone();
    channel.require(guildhall_rules::permissions::to_send(channel.kind()))?;
    require_open(&cx, &channel, &me).await?;
    let (body, uploads) = form::read::<MessageBody>(&cx.app, channel.id, request).await?;
    if !uploads.is_empty() {
        channel.require(Permissions::ATTACH_FILES)?;
    }
    let mut row = MessageRow::new(cx.next_id(), channel.id, me.id, body.content.clone().unwrap_or_default());
    let nonce = read_nonce(&body)?;
    if let (Some(nonce), Some(true)) = (&nonce, body.enforce_nonce)
        && let Some(known) = sent_before(&cx, &channel, me.id, nonce).await?
    {
        return Ok(Json(assemble_one(&cx.app, &mut cx.db(), known, Some(me.id)).await?));
    }
    row.nonce = nonce;
    fill(&cx, &channel, &mut row, &body)?;
    row.content = crate::emoji::permitted(&cx, &channel, row.content).await?;
    row.extras.0.attachments = uploads.attachments(body.attachments.as_deref().unwrap_or_default())?;
    let answered = match &body.message_reference {
        Some(reference) => refer(&cx, &channel, &mut row, *reference).await?,
        None => None,
    };
    require_content(&row)?;
    let mentions = content::mentions(&channel, &row.content, body.allowed_mentions.as_ref(), row.kind(), answered)?;
    row.mention_everyone = mentions.everyone;
    row.mention_roles.0 = mentions.roles;
    row.mentions.0 = mentions.users;
    let mut work = cx.begin().await?.at(channel.id);
    slow_mode(&cx, &channel, &mut work, &me).await?;
    // Taken again inside the transaction, so that ids rise in the order of the commits.
    row.id = cx.next_id();
    row.position = crate::thread::posted(&cx, &mut work, &channel, me.id).await?;
    let mut message = deliver(&cx.app, &mut work, &channel, row, &me).await?;
    message.nonce = body.nonce;
    let event = told(&mut work, &channel, message.clone()).await?;
    work.emit(Event::MessageCreate(event));
    work.commit().await?;
    uploads.keep();
    message.nonce = None;
    Ok(Json(message))
}

/// Whether something may be written now: the instance is not read-only, the channel neither locked nor archived, and the
/// people of a direct message still talk to each other.
async fn require_open(cx: &Cx, channel: &Channel, me: &UserRow) -> Result<()> {
    if !channel.kind().has_messages() {
        return Err(Code::NotTextChannel.into());
    }
    if me.rank == 0 && crate::instance::settings(cx).await?.read_only {
        return Err(Code::ReadOnly.into());
    }
    let moderates = channel.permissions.contains(Permissions::MANAGE_CHANNELS);
    let thread = channel.kind().is_thread();
    if !thread && (channel.channel.archived || (channel.channel.locked && !moderates)) {
        return Err(Code::ChannelLocked.into());
    }
    if channel.kind() == guildhall_wire::channel::ChannelKind::Dm {
        for other in channel.recipients().iter().filter(|id| **id != me.id) {
            let account = store::user::get(&mut cx.db(), *other).await?.ok_or(Code::CannotMessageUser)?;
            crate::channel::require_contact(cx, me, &account).await?;
        }
    }
    Ok(())
}

fn read_nonce(body: &MessageBody) -> Result<Option<String>> {
    let nonce = match &body.nonce {
        None | Some(serde_json::Value::Null) => return Ok(None),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Error::form("nonce", "NONCE_TYPE_INVALID", "Must be a string or an integer.")),
    };
    if nonce.chars().count() > 25 {
        return Err(Error::form("nonce", "NONCE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
    }
    Ok(Some(nonce))
}

/// How long a nonce stands for one message.
const NONCE_MS: u64 = 5 * 60 * 1000;

async fn sent_before(cx: &Cx, channel: &Channel, me: Id<UserMarker>, nonce: &str) -> Result<Option<MessageRow>> {
    let since = floor(cx.app.clock().millis().saturating_sub(NONCE_MS));
    Ok(store::message::by_nonce(&mut cx.db(), channel.id, me, nonce, since).await?)
}

fn fill(cx: &Cx, channel: &Channel, row: &mut MessageRow, body: &MessageBody) -> Result<()> {
    row.content = row.content.trim().to_owned();
    content::check_length(cx, &row.content)?;
    let embeds = body.embeds.clone().unwrap_or_else(|| body.embed.clone().into_iter().collect());
    row.extras.0.embeds = content::embeds(embeds)?;
    row.extras.0.components = body.components.clone().unwrap_or_default();
    row.extras.0.tts =
        body.tts.is_some_and(|tts| tts.0) && channel.permissions.contains(Permissions::SEND_TTS_MESSAGES);
    row.flags = body.flags.map_or(0, |bits| bits.0) & flags::SENDABLE;
    if !channel.permissions.contains(Permissions::EMBED_LINKS) && !row.extras.0.embeds.is_empty() {
        row.extras.0.embeds.clear();
    }
    Ok(())
}

fn require_content(row: &MessageRow) -> Result<()> {
    let extras = &row.extras.0;
    let empty = row.content.is_empty()
        && extras.embeds.is_empty()
        && extras.attachments.is_empty()
        && extras.components.is_empty()
        && extras.stickers.is_empty()
        && extras.snapshots.is_empty();
    if empty { Err(Code::EmptyMessage.into()) } else { Ok(()) }
}

/// Makes the message a reply or a forward; gives the author of what a reply answers.
async fn refer(
    cx: &Cx,
    channel: &Channel,
    row: &mut MessageRow,
    body: ReferenceBody,
) -> Result<Option<Id<UserMarker>>> {
    let Some(id) = body.message_id else {
        return Err(Error::form("message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let from = body.channel_id.unwrap_or(channel.id);
    match body.kind.map_or(0, |kind| kind.0) {
        0 if from != channel.id => {
            let message = "Cannot reply to a message in another channel";
            Err(Error::form("message_reference", "REPLIES_CANNOT_CROSS_CHANNELS", message))
        }
        0 => {
            if !channel.permissions.contains(Permissions::READ_MESSAGE_HISTORY) {
                return Err(Code::ReplyNoHistory.into());
            }
            let found = store::message::get(&mut cx.db(), channel.id, id).await?;
            let Some(answered) = found else {
                if body.fail_if_not_exists == Some(false) {
                    return Ok(None);
                }
                return Err(Error::form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
            };
            if answered.kind().is_system() {
                let message = "Cannot reply to a system message";
                return Err(Error::form("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", message));
            }
            row.kind = MessageKind::Reply.number();
            row.extras.0.reference = Some(reference(0, channel, id));
            Ok(answered.webhook_id.is_none().then_some(answered.author_id))
        }
        1 => forward(cx, row, from, id).await.map(|()| None),
        _ => Err(Error::form("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1).")),
    }
}

fn reference(kind: u8, channel: &Channel, id: Id<MessageMarker>) -> MessageReference {
    MessageReference { kind, message_id: Some(id), channel_id: channel.id, guild_id: channel.guild_id() }
}

async fn forward(cx: &Cx, row: &mut MessageRow, from: Id<ChannelMarker>, id: Id<MessageMarker>) -> Result<()> {
    let source = resolve_channel(&cx.app, cx.user()?, from).await?;
    source.require(Permissions::READ_MESSAGE_HISTORY)?;
    let found = store::message::get(&mut cx.db(), from, id).await?.ok_or(Code::UnknownMessage)?;
    if found.kind().is_system() || !row.content.is_empty() {
        return Err(Code::CannotForward.into());
    }
    let original = assemble_one(&cx.app, &mut cx.db(), found, None).await?;
    // A forward of a forward carries the first message.
    row.extras.0.snapshots = if original.message_snapshots.is_empty() {
        vec![MessageSnapshot {
            message: SnapshotMessage {
                kind: original.kind,
                content: original.content,
                mentions: original.mentions,
                mention_roles: original.mention_roles,
                attachments: original.attachments,
                embeds: original.embeds,
                timestamp: original.timestamp,
                edited_timestamp: original.edited_timestamp,
                flags: original.flags,
                components: original.components,
                sticker_items: original.sticker_items,
            },
        }]
    } else {
        original.message_snapshots
    };
    row.flags |= flags::HAS_SNAPSHOT;
    row.extras.0.reference = Some(reference(1, &source, id));
    Ok(())
}

/// Refuses who sends faster than the channel or the instance allows; remembers when they sent.
async fn slow_mode(cx: &Cx, channel: &Channel, work: &mut Work, me: &UserRow) -> Result<()> {
    if channel.guild_id().is_none() || me.bot || me.rank > 0 {
        return Ok(());
    }
    let own = channel.channel.rate_limit_per_user.unwrap_or(0);
    let seconds = own.max(crate::instance::settings(cx).await?.slow_mode_seconds);
    if seconds == 0 || channel.permissions.intersects(Permissions::MANAGE_MESSAGES | Permissions::MANAGE_CHANNELS) {
        return Ok(());
    }
    let wait = i64::from(seconds) * 1_000_000;
    match store::channel::take_turn(work, channel.id, me.id, cx.now(), wait).await? {
        None => Ok(()),
        #[expect(clippy::cast_precision_loss, reason = "seconds with a fraction")]
        Some(left) => Err(Error::SlowMode(left as f64 / 1e6)),
    }
}

/// Writes a message and what follows from it: newest message, reopened direct message, mention counts.
async fn deliver(
    app: &crate::App,
    work: &mut Work,
    channel: &Channel,
    mut row: MessageRow,
    author: &UserRow,
) -> Result<Message> {
    let users = store::user::get_many(work, &row.mentions.0).await?;
    row.mentions.0 = users.iter().map(|user| user.id).collect();
    store::message::insert(work, &row).await?;
    store::channel::set_last_message(work, channel.id, row.id).await?;
    let mut pinged: Vec<Id<UserMarker>> = users.iter().filter(|user| !user.bot).map(|user| user.id).collect();
    match &channel.place {
        Place::Private(private) => {
            pinged = private.recipients.clone();
            for user in store::channel::reopen(work, channel.id).await? {
                let seen = crate::channel::seen_by_id(work, channel, user).await?;
                work.emit(Event::ChannelCreate(seen).to(user));
            }
        }
        Place::Guild(state) => {
            pinged.retain(|user| state.can_view(*user, &channel.channel));
            let roles = &row.mention_roles.0;
            if row.mention_everyone || !roles.is_empty() {
                let held = state
                    .members
                    .iter()
                    .filter(|(_, member)| row.mention_everyone || member.roles.iter().any(|role| roles.contains(role)));
                pinged.extend(state.viewers(&channel.channel, held.map(|(user, _)| *user)));
            }
        }
    }
    pinged.sort_unstable();
    pinged.dedup();
    pinged.retain(|user| *user != author.id);
    store::read_state::mention(work, &pinged, channel.id).await?;
    Ok(assemble_one(app, work, row, Some(author.id)).await?)
}

/// A message as its event tells it: with guild and member.
pub(super) async fn told(work: &mut Work, channel: &Channel, mut message: Message) -> Result<Message> {
    message.guild_id = channel.guild_id();
    message.channel_type = Some(channel.kind());
    if let (Some(guild), None) = (channel.guild_id(), message.webhook_id) {
        let member = store::member::get(work, guild, message.author.id).await?;
        message.member = member.map(|member| member.member(None));
    }
    // Everybody hears the same event: nobody's own reactions.
    for reaction in &mut message.reactions {
        reaction.me = false;
    }
    Ok(message)
}

/// A message that the server writes: by who asks, about somebody.
pub(crate) async fn system(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    kind: MessageKind,
    text: &str,
    about: Option<&UserRow>,
) -> Result<()> {
    let me = cx.account()?.row.clone();
    system_by(cx, work, channel, &me, kind, text, about.map(|user| user.id), None).await
}

/// The same by somebody else, and with a reference.
#[expect(clippy::too_many_arguments, reason = "a message has that many parts")]
pub(crate) async fn system_by(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    author: &UserRow,
    kind: MessageKind,
    text: &str,
    about: Option<Id<UserMarker>>,
    refers: Option<Id<MessageMarker>>,
) -> Result<()> {
    let mut row = MessageRow::new(cx.next_id(), channel.id, author.id, text.to_owned());
    row.kind = kind.number();
    row.mentions.0 = about.into_iter().collect();
    row.extras.0.reference = refers.map(|id| reference(0, channel, id));
    let message = deliver(&cx.app, work, channel, row, author).await?;
    let event = told(work, channel, message).await?;
    work.emit(Event::MessageCreate(event));
    Ok(())
}

/// The message that tells of a thread which was not made from one: its reference is the thread.
pub(crate) async fn system_thread(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    author: &UserRow,
    name: &str,
    thread: Id<ChannelMarker>,
) -> Result<()> {
    let mut row = MessageRow::new(cx.next_id(), channel.id, author.id, name.to_owned());
    row.kind = MessageKind::ThreadCreated.number();
    row.extras.0.reference =
        Some(MessageReference { kind: 0, message_id: None, channel_id: thread, guild_id: channel.guild_id() });
    let message = deliver(&cx.app, work, channel, row, author).await?;
    let event = told(work, channel, message).await?;
    work.emit(Event::MessageCreate(event));
    Ok(())
}
