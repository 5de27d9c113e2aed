//! Announcements: channels that follow one, and messages that are published to them.

use guildhall_rules::permissions;
use guildhall_store as store;
use guildhall_store::message::{Extras, MessageRow};
use guildhall_store::webhook::WebhookRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::message::{Message, MessageKind, MessageReference, flags};
use guildhall_wire::webhook::{FollowBody, Follower};

use crate::kernel::access::{channel_by_secret, resolve_channel};
use crate::prelude::*;
use crate::webhook::{MOST, tell};

/// What stands in the place of a message whose original is gone.
const GONE: &str = "[Original Message Deleted]";

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/channels/{channel_id}/followers", follow_channel, Need::Member)
        .post("/channels/{channel_id}/messages/{message_id}/crosspost", crosspost_message, Permissions::SEND_MESSAGES)
        .limit(10, 3600)
}

fn require_announcements(channel: &Channel) -> Result<()> {
    if channel.kind() == ChannelKind::Announcement { Ok(()) } else { Err(Code::WrongChannelType.into()) }
}

/// Following twice is following once.
async fn follow_channel(cx: Cx, source: Channel, Json(body): Json<FollowBody>) -> Result<Json<Follower>> {
    require_announcements(&source)?;
    let me = cx.account()?.row.clone();
    let target = resolve_channel(&cx.app, me.id, body.webhook_channel_id).await?;
    let guild = target.guild()?.id();
    target.require(Permissions::MANAGE_WEBHOOKS)?;
    if !matches!(target.kind(), ChannelKind::Text | ChannelKind::Announcement) || target.id == source.id {
        return Err(Code::WrongChannelType.into());
    }
    crate::channel::require_open(&cx, &target).await?;
    let mut work = cx.begin().await?.at(target.id);
    let known = store::webhook::of_channel(&mut work, target.id).await?;
    if let Some(known) = known.iter().find(|known| known.source_channel_id == Some(source.id)) {
        return Ok(Json(Follower { channel_id: source.id, webhook_id: known.id }));
    }
    if known.len() >= MOST {
        return Err(Code::TooManyWebhooks.into());
    }
    let name = source.channel.name.as_ref().value().cloned().unwrap_or_default();
    let name: String = format!("{} #{name}", source.guild()?.guild.name).chars().take(80).collect();
    let row = WebhookRow {
        id: cx.next_id(),
        kind: 2,
        guild_id: Some(guild),
        channel_id: Some(target.id),
        user_id: Some(me.id),
        name: Some(name.clone()),
        avatar: None,
        token: None,
        application_id: None,
        source_channel_id: Some(source.id),
    };
    store::webhook::insert(&mut work, &row).await?;
    tell(&cx, &mut work, AuditAction::WebhookCreate, None, Some(&row)).await?;
    let mut message = MessageRow::new(cx.next_id(), target.id, me.id, name);
    message.kind = MessageKind::ChannelFollowAdd.number();
    message.extras.0.reference =
        Some(MessageReference { kind: 0, message_id: None, channel_id: source.id, guild_id: source.guild_id() });
    crate::message::post(&cx.app, &mut work, &target, message, None).await?;
    work.commit().await?;
    Ok(Json(Follower { channel_id: source.id, webhook_id: row.id }))
}

async fn crosspost_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<Json<Message>> {
    require_announcements(&channel)?;
    crate::channel::require_writable(&cx, &channel).await?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if row.author_id != cx.user()? {
        channel.require(Permissions::MANAGE_MESSAGES)?;
    }
    if row.kind().is_system() || row.flags & flags::IS_CROSSPOST != 0 {
        return Err(Code::SystemMessage.into());
    }
    if row.flags & flags::CROSSPOSTED != 0 {
        return Err(Code::AlreadyCrossposted.into());
    }
    row.flags |= flags::CROSSPOSTED;
    let mut message = crate::message::repost(&cx.app, &mut work, &channel, row.clone()).await?;
    let followers = store::webhook::followers(&mut work, channel.id).await?;
    work.commit().await?;
    for follower in followers {
        // One follower's trouble is not the others'.
        if let Err(error) = copy(&cx, &channel, &row, &follower).await {
            tracing::warn!(%error, webhook = follower.id.get(), "failed to bring a published message");
        }
    }
    crate::message::conceal(&cx, channel.guild_id(), [&mut message]).await?;
    Ok(Json(message))
}

/// What a copy has of its original. It pings nobody: who follows did not ask for that.
fn repeat(original: &MessageRow, copy: &mut MessageRow) {
    let extras = &original.extras.0;
    copy.content.clone_from(&original.content);
    copy.edited_at = original.edited_at;
    let kept = flags::SUPPRESS_EMBEDS | flags::IS_COMPONENTS_V2 | flags::IS_VOICE_MESSAGE | flags::HAS_SNAPSHOT;
    copy.flags = flags::IS_CROSSPOST | (original.flags & kept);
    copy.extras.0 = Extras {
        author: copy.extras.0.author.take(),
        reference: copy.extras.0.reference.take(),
        attachments: extras.attachments.clone(),
        embeds: extras.embeds.clone(),
        components: extras.components.clone(),
        stickers: extras.stickers.clone(),
        snapshots: extras.snapshots.clone(),
        ..Extras::default()
    };
}

async fn copy(cx: &Cx, source: &Channel, original: &MessageRow, follower: &WebhookRow) -> Result<()> {
    let Some(target) = follower.channel_id else { return Ok(()) };
    let target = channel_by_secret(&cx.app, target, permissions::private()).await?;
    // What comes by a webhook stays out of a channel that is locked or archived; following goes on when it is open again.
    if !crate::channel::takes_webhooks(&target) {
        return Ok(());
    }
    let mut work = cx.begin().await?.at(target.id);
    work.wait_turn().await?;
    let mut row = MessageRow::new(cx.next_id(), target.id, follower.id.cast(), String::new());
    row.webhook_id = Some(follower.id);
    row.extras.0.author = Some(follower.author());
    row.extras.0.reference = Some(MessageReference::to(0, source.id, source.guild_id(), original.id));
    repeat(original, &mut row);
    crate::message::post(&cx.app, &mut work, &target, row, None).await?;
    work.commit().await
}

/// Brings a change of a published message to its copies. The change itself is done: what fails here is logged.
pub(crate) async fn follow_edit(cx: &Cx, channel: Id<ChannelMarker>, id: Id<MessageMarker>) {
    let outcome = async {
        let Some(original) = store::message::get(&mut cx.db(), channel, id).await? else { return Ok(()) };
        change_copies(cx, id, false, |copy| repeat(&original, copy)).await
    };
    log(outcome.await, id);
}

/// Says at the copies of a published message that it is gone, and takes away what it said.
pub(crate) async fn follow_deletion(cx: &Cx, id: Id<MessageMarker>) {
    let outcome = change_copies(cx, id, true, |copy| {
        repeat(&MessageRow::new(id, copy.channel_id, copy.author_id, GONE.into()), copy);
        copy.flags |= flags::SOURCE_MESSAGE_DELETED;
    });
    log(outcome.await, id);
}

/// In an archived channel a copy stays as it is, unless its original was taken back.
async fn change_copies(
    cx: &Cx,
    id: Id<MessageMarker>,
    taken_back: bool,
    change: impl Fn(&mut MessageRow),
) -> Result<()> {
    for known in store::search::copies(&mut cx.db(), id).await? {
        let channel = channel_by_secret(&cx.app, known.channel_id, permissions::private()).await?;
        if !taken_back && crate::channel::is_archived(&channel) {
            continue;
        }
        let mut work = cx.begin().await?.at(channel.id);
        let Some(mut copy) = store::message::get(&mut work, channel.id, known.id).await? else { continue };
        change(&mut copy);
        crate::message::repost(&cx.app, &mut work, &channel, copy).await?;
        work.commit().await?;
    }
    Ok(())
}

fn log(outcome: Result<()>, id: Id<MessageMarker>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, message = id.get(), "failed to change the copies of a published message");
    }
}
