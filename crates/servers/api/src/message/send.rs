//! Sending: `POST /channels/{channel_id}/messages`.

use guildhall_store as store;
use guildhall_store::channel::Turn;
use guildhall_store::message::MessageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::message::{
    Message, MessageBody, MessageKind, MessageReference, MessageSnapshot, ReferenceBody, SnapshotMessage, flags,
};

use axum::extract::Request;

use super::deliver::post;
use super::{assemble_one, compose};
use crate::kernel::access::resolve_channel;
use crate::kernel::form::{self, Uploads};
use crate::prelude::*;

pub(super) async fn create_message(cx: Cx, channel: Channel, request: Request) -> Result<Json<Message>> {
    let me = cx.account()?.row.clone();
    channel.require(guildhall_rules::permissions::to_send(channel.kind()))?;
    require_open(&cx, &channel, &me).await?;
    let (mut body, mut uploads) = form::read::<MessageBody>(&cx.app, channel.id, request).await?;
    if !uploads.is_empty() {
        channel.require(Permissions::ATTACH_FILES)?;
    }
    if !me.bot {
        compose::plain(&mut body);
    }
    let mut row = MessageRow::new(cx.next_id(), channel.id, me.id, body.content.clone().unwrap_or_default());
    let nonce = read_nonce(&body)?;
    let once = body.enforce_nonce == Some(true);
    if let Some(nonce) = nonce.as_ref().filter(|_| once)
        && let Some(known) = sent_before(&cx, &mut cx.db(), channel.id, me.id, nonce).await?
    {
        return Ok(Json(assemble_one(&cx.app, &mut cx.db(), known, Some(me.id)).await?));
    }
    row.nonce = nonce;
    if let Some(text) = &mut body.content {
        *text = crate::emoji::permitted(&cx, &channel, std::mem::take(text)).await?;
    }
    let answered = match &body.message_reference {
        Some(reference) => refer(&cx, &channel, &mut row, *reference, &mut uploads).await?,
        None => None,
    };
    crate::attachment::require_room(&cx, &uploads).await?;
    let stickers = body.sticker_ids.as_deref().unwrap_or_default();
    row.extras.0.stickers = crate::sticker::sent(&cx, &channel, stickers).await?;
    compose::fill(&cx.app, &channel, &mut row, &body, &uploads, answered)?;
    let verdict = crate::automod::guard_message(&cx, &channel, &me, &crate::poll::spoken(&row)).await?;
    let pause = pause(&cx, &channel, &me).await?;
    let (asked, guild) = (cx.clone(), channel.guild_id());
    let sent = asked.app.unit(move |work| async move {
        let mut work = work.at(channel.id);
        work.wait_turn().await?;
        // Asked again where nothing comes in between: the same may have been sent twice at once.
        if let Some(nonce) = row.nonce.as_ref().filter(|_| once)
            && let Some(known) = sent_before(&cx, &mut work, channel.id, me.id, nonce).await?
        {
            return assemble_one(&cx.app, &mut work, known, Some(me.id)).await.map_err(Error::from);
        }
        take_turn(&cx, &channel, &mut work, me.id, pause, Turn::Message).await?;
        // Taken again inside the transaction, so that ids rise in the order of the commits.
        row.id = cx.next_id();
        row.position = crate::thread::posted(&cx, &mut work, &channel, Some(me.id)).await?;
        let message = post(&cx.app, &mut work, &channel, row, body.nonce).await?;
        work.commit().await?;
        uploads.keep();
        Ok(message)
    });
    let mut message = sent.await?;
    // One's own words are one's own; what they answer or repeat may not be.
    if !message.referenced_message.is_absent() || !message.message_snapshots.is_empty() {
        if let Patch::Value(answered) = &mut message.referenced_message {
            super::conceal(&asked, guild, [answered.as_mut()]).await?;
        }
        super::conceal(&asked, guild, [&mut message]).await?;
    }
    verdict.follow(&asked, message.id).await;
    Ok(Json(message))
}

/// Whether something may be written now: instance and channel take messages, and the people of a direct message still talk
/// to each other.
async fn require_open(cx: &Cx, channel: &Channel, me: &UserRow) -> Result<()> {
    if channel.kind().is_forum() {
        return Err(Code::SendInForum.into());
    }
    if !channel.kind().has_messages() {
        return Err(Code::NotTextChannel.into());
    }
    crate::channel::require_open(cx, channel).await?;
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

async fn sent_before(
    cx: &Cx,
    run: &mut dyn Run,
    channel: Id<ChannelMarker>,
    me: Id<UserMarker>,
    nonce: &str,
) -> Result<Option<MessageRow>> {
    let since = floor(cx.app.clock().millis().saturating_sub(NONCE_MS));
    Ok(store::message::by_nonce(run, channel, me, nonce, since).await?)
}

/// Makes the message a reply or a forward; gives the author of what a reply answers.
async fn refer(
    cx: &Cx,
    channel: &Channel,
    row: &mut MessageRow,
    body: ReferenceBody,
    uploads: &mut Uploads,
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
            row.extras.0.reference = Some(MessageReference::to(0, channel.id, channel.guild_id(), id));
            Ok(answered.webhook_id.is_none().then_some(answered.author_id))
        }
        1 => forward(cx, row, from, id, uploads).await.map(|()| None),
        _ => Err(Error::form("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1).")),
    }
}

async fn forward(
    cx: &Cx,
    row: &mut MessageRow,
    from: Id<ChannelMarker>,
    id: Id<MessageMarker>,
    uploads: &mut Uploads,
) -> Result<()> {
    let source = resolve_channel(&cx.app, cx.user()?, from).await?;
    source.require(Permissions::READ_MESSAGE_HISTORY)?;
    let found = store::message::get(&mut cx.db(), from, id).await?.ok_or(Code::UnknownMessage)?;
    if found.kind().is_system() || found.extras.0.poll.is_some() || !row.content.trim().is_empty() {
        return Err(Code::CannotForward.into());
    }
    let mut seen = assemble_one(&cx.app, &mut cx.db(), found.clone(), None).await?;
    let (whole, me) = (seen.clone(), cx.user()?);
    super::conceal(cx, source.guild_id(), [&mut seen]).await?;
    if seen != whole && !whole.is_meant_for(me) {
        return Err(Code::CannotForwardUnread.into());
    }
    let raw = found.extras.0.clone();
    // A forward of a forward carries the first message.
    let mut snapshots = raw.snapshots;
    if snapshots.is_empty() {
        let original = whole;
        snapshots.push(MessageSnapshot {
            message: SnapshotMessage {
                kind: original.kind,
                content: original.content,
                mentions: original.mentions,
                mention_roles: original.mention_roles,
                // As they are kept: addresses are made for each reader.
                attachments: raw.attachments,
                embeds: raw.embeds,
                timestamp: original.timestamp,
                edited_timestamp: original.edited_timestamp,
                flags: original.flags,
                components: raw.components,
                sticker_items: original.sticker_items,
            },
        });
    }
    // The copy outlives the original, its files too.
    for file in snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.message.attachments) {
        uploads.copy(&cx.app, file).await?;
    }
    row.extras.0.snapshots = snapshots;
    row.flags |= flags::HAS_SNAPSHOT;
    row.extras.0.reference = Some(MessageReference::to(1, source.id, source.guild_id(), id));
    Ok(())
}

/// Seconds that must pass between two messages of somebody, by the channel and the instance.
pub(crate) async fn pause(cx: &Cx, channel: &Channel, me: &UserRow) -> Result<u32> {
    if channel.guild_id().is_none() {
        return Ok(0);
    }
    let own = channel.channel.rate_limit_per_user.unwrap_or(0);
    let instance = crate::instance::settings(cx).await?.slow_mode_seconds;
    Ok(guildhall_rules::slow_mode::pause(own, instance, channel.permissions, me.bot, me.rank > 0))
}

/// Longest that slow mode may let somebody wait, in microseconds: six hours.
const LONGEST_PAUSE: i64 = 21_600 * 1_000_000;

/// Forgets the turns that nobody waits for any more.
pub async fn sweep_turns(app: &crate::App) -> Result<()> {
    store::channel::forget_turns(&mut app.db(), app.clock().micros() - LONGEST_PAUSE).await?;
    Ok(())
}

/// Refuses who sends faster than that; remembers when they sent.
pub(crate) async fn take_turn(
    cx: &Cx,
    channel: &Channel,
    work: &mut Work,
    me: Id<UserMarker>,
    pause: u32,
    turn: Turn,
) -> Result<()> {
    if pause == 0 {
        return Ok(());
    }
    let wait = i64::from(pause) * 1_000_000;
    match store::channel::take_turn(work, turn, channel.id, me, cx.now(), wait).await? {
        None => Ok(()),
        #[expect(clippy::cast_precision_loss, reason = "seconds with a fraction")]
        Some(left) => Err(Error::SlowMode(left as f64 / 1e6)),
    }
}
