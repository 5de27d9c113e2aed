//! Posts in forums: threads that begin with a message of the same id.

use std::sync::Arc;

use axum::extract::Request;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_store::channel::Turn;
use guildhall_store::message::MessageRow;
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use guildhall_wire::forum::{APPLIED, flags};
use guildhall_wire::message::{Message, MessageBody};
use guildhall_wire::thread::{Post, ThreadBody};

use super::{open, prepare};
use crate::kernel::form::{self, Uploads};
use crate::prelude::*;

type Tags = Vec<Id<TagMarker>>;

/// The tags of a post as they may become: some of its forum, and those of moderators only by moderators.
pub(super) fn tags(forum: &WireChannel, moderates: bool, before: &[Id<TagMarker>], wanted: Tags) -> Result<Tags> {
    let mut tags: Tags = Vec::new();
    for id in wanted {
        if !tags.contains(&id) {
            tags.push(id);
        }
    }
    if tags.len() > APPLIED {
        let message = format!("Must be {APPLIED} or fewer in length.");
        return Err(Error::form("applied_tags", "BASE_TYPE_MAX_LENGTH", message));
    }
    let known = forum.available_tags.as_deref().unwrap_or_default();
    if tags.iter().any(|id| !known.iter().any(|tag| tag.id == *id)) {
        return Err(Code::UnknownTag.into());
    }
    let moved = known.iter().filter(|tag| before.contains(&tag.id) != tags.contains(&tag.id));
    if !moderates && moved.into_iter().any(|tag| tag.moderated) {
        return Err(Code::MissingPermissions.into());
    }
    if tags.is_empty() && !moderates && forum.flags & flags::REQUIRE_TAG != 0 {
        return Err(Code::TagRequired.into());
    }
    Ok(tags)
}

/// `POST /channels/{channel_id}/threads` of a forum: by a member, with files or without.
pub(super) async fn create(cx: &Cx, forum: &Channel, request: Request) -> Result<Post> {
    let me = cx.account()?.row.clone();
    forum.require(Permissions::SEND_MESSAGES)?;
    crate::channel::require_open(cx, forum).await?;
    let (mut body, uploads) = form::read::<ThreadBody>(&cx.app, cx.next_id(), request).await?;
    let Some(mut message) = body.message.take() else {
        return Err(Error::form("message", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    if !uploads.is_empty() {
        forum.require(Permissions::ATTACH_FILES)?;
    }
    crate::attachment::require_room(cx, &uploads).await?;
    if !me.bot {
        crate::message::plain(&mut message);
    }
    if let Some(text) = &mut message.content {
        *text = crate::emoji::permitted(cx, forum, std::mem::take(text)).await?;
    }
    let mut thread = prepare(cx, forum, &body, ChannelKind::PublicThread)?;
    thread.owner_id = Some(me.id);
    let moderates = forum.permissions.contains(Permissions::MANAGE_THREADS);
    thread.applied_tags = Some(Stored(tags(&forum.channel, moderates, &[], body.applied_tags.unwrap_or_default())?));
    crate::automod::guard_title(cx, forum, body.name.trim()).await?;
    let asked = message.poll.as_ref().and_then(|poll| poll.read(0, |_| true).ok()).map(|poll| poll.text());
    let text = message.content.iter().chain(&asked).map(|text| text.trim()).collect::<Vec<_>>().join("\n");
    let verdict = crate::automod::guard_message(cx, forum, &me, &text).await?;
    let mut row = MessageRow::new(cx.next_id(), thread.id, me.id, String::new());
    let stickers = message.sticker_ids.as_deref().unwrap_or_default();
    row.extras.0.stickers = crate::sticker::sent(cx, forum, stickers).await?;
    let post = Box::pin(write(cx, forum, Draft { thread, row, message, uploads, author: Some(&me) })).await?;
    verdict.follow(cx, post.message.id).await;
    Ok(post)
}

/// The same by a webhook, which is its author.
pub(crate) async fn by_webhook(
    cx: &Cx,
    forum: &Channel,
    row: MessageRow,
    message: MessageBody,
    uploads: Uploads,
) -> Result<Message> {
    let body = ThreadBody { name: message.thread_name.clone().unwrap_or_default(), ..ThreadBody::default() };
    let mut thread = prepare(cx, forum, &body, ChannelKind::PublicThread).map_err(|error| match error {
        Error::Form(mut errors) => {
            let names = std::mem::take(errors.at("name"));
            errors.nest("thread_name", names);
            Error::Form(errors)
        }
        error => error,
    })?;
    thread.owner_id = Some(row.author_id);
    let wanted = message.applied_tags.clone().unwrap_or_default();
    thread.applied_tags = Some(Stored(tags(&forum.channel, true, &[], wanted)?));
    Ok(Box::pin(write(cx, forum, Draft { thread, row, message, uploads, author: None })).await?.message)
}

/// A post that is not written yet.
struct Draft<'a> {
    thread: ChannelRow,
    row: MessageRow,
    message: MessageBody,
    uploads: Uploads,
    /// Who joins it, and waits for their turn.
    author: Option<&'a store::user::UserRow>,
}

async fn write(cx: &Cx, forum: &Channel, draft: Draft<'_>) -> Result<Post> {
    let Draft { mut thread, mut row, message, uploads, author } = draft;
    // Its files are under its id already.
    thread.id = uploads.channel();
    thread.last_message_id = Some(thread.id.cast());
    row.id = thread.id.cast();
    row.channel_id = thread.id;
    row.position = Some(0);
    let place = Channel {
        id: thread.id,
        channel: Arc::new(thread.channel()),
        permissions: forum.permissions,
        place: forum.place.clone(),
    };
    crate::message::fill(&cx.app, &place, &mut row, &message, &uploads, None)?;
    let state = forum.guild()?.clone();
    let pause = match author {
        Some(author) => crate::message::pause(cx, forum, author).await?,
        None => 0,
    };
    let mut work = cx.begin().await?.at(forum.id);
    if let Some(author) = author {
        crate::message::take_turn(cx, forum, &mut work, author.id, pause, Turn::Message).await?;
    }
    let thread = open(cx, &mut work, &state, &mut thread, author.map(|author| author.id)).await?;
    store::channel::set_last_message(&mut work, forum.id, thread.id.cast()).await?;
    let message = crate::message::post(&cx.app, &mut work, &place, row, message.nonce).await?;
    work.commit().await?;
    uploads.keep();
    Ok(Post { thread, message })
}
