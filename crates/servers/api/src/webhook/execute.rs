//! Using a webhook, or the token of an interaction in its place: messages by its secret.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use guildhall_rules::permissions;
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::webhook::WebhookRow;
use guildhall_wire::interaction::message_path;
use guildhall_wire::loose::Bool;
use guildhall_wire::message::{Message, MessageBody, MessageDelete, MessagePatch};
use serde::Deserialize;

use super::{by_secret, check_name};
use crate::interaction::Right;
use crate::kernel::access::channel_by_secret;
use crate::kernel::form::{self, Uploads};
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const SECRET: &str = "/webhooks/{webhook_id}/{webhook_token}";
    const FIRST: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
    const MESSAGE: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
    Routes::new()
        .post(SECRET, execute_webhook, Need::Nobody)
        .limit(30, 10)
        .files()
        .get(FIRST, get_original_webhook_message, Need::Nobody)
        .patch(FIRST, update_original_webhook_message, Need::Nobody)
        .files()
        .delete(FIRST, delete_original_webhook_message, Need::Nobody)
        .get(MESSAGE, get_webhook_message, Need::Nobody)
        .patch(MESSAGE, update_webhook_message, Need::Nobody)
        .files()
        .delete(MESSAGE, delete_webhook_message, Need::Nobody)
}

/// What an address with a secret in it stands for.
enum Target {
    /// A webhook, and the channel or thread that it writes to.
    Webhook(Box<WebhookRow>, Box<Channel>),
    /// The right to answer an interaction.
    Interaction(Box<Right>),
}

impl Target {
    async fn find(cx: &Cx, id: Id<WebhookMarker>, secret: &str, thread: Option<Id<ChannelMarker>>) -> Result<Self> {
        if let Some(right) = Right::find(cx, id.cast(), secret).await? {
            return Ok(Self::Interaction(Box::new(right)));
        }
        let row = by_secret(&cx.app, &mut cx.db(), id, secret).await?;
        let channel = place(cx, &row, thread).await?;
        Ok(Self::Webhook(Box::new(row), Box::new(channel)))
    }

    fn channel(&self) -> &Channel {
        match self {
            Self::Webhook(_, channel) => channel,
            Self::Interaction(right) => &right.channel,
        }
    }
}

/// The channel of a webhook, or a thread of it.
pub(super) async fn place(cx: &Cx, row: &WebhookRow, thread: Option<Id<ChannelMarker>>) -> Result<Channel> {
    let home = row.channel_id.ok_or(Code::UnknownWebhook)?;
    let may = permissions::private() | Permissions::MENTION_EVERYONE | Permissions::SEND_TTS_MESSAGES;
    let Some(thread) = thread.filter(|thread| *thread != home) else {
        return channel_by_secret(&cx.app, home, may).await;
    };
    let channel = channel_by_secret(&cx.app, thread, may).await.map_err(|_| Code::UnknownChannel)?;
    if channel.kind().is_thread() && channel.channel.parent() == Some(home) {
        Ok(channel)
    } else {
        Err(Code::UnknownChannel.into())
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExecuteQuery {
    pub(super) wait: Bool,
    pub(super) thread_id: Option<Id<ChannelMarker>>,
    with_components: Bool,
}

type Secret = Path<(Id<WebhookMarker>, String)>;

async fn execute_webhook(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<ExecuteQuery>,
    request: Request,
) -> Result<Response> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    let channel = target.channel();
    // A forum has no messages of its own: what comes to it is a new thread.
    let place = if channel.kind().is_forum() { cx.next_id() } else { channel.id };
    let (mut body, uploads) = form::read::<MessageBody>(&cx.app, place, request).await?;
    let (message, wait) = match target {
        Target::Interaction(right) => (Box::pin(right.follow_up(&cx, body, uploads)).await?, true),
        Target::Webhook(row, channel) => {
            // A webhook of no application shows components only where that was asked for.
            if row.application_id.is_none() && !query.with_components.0 {
                body.components = None;
            }
            (Box::pin(send(&cx, &row, &channel, body, uploads)).await?, query.wait.0)
        }
    };
    Ok(if wait { Json(message).into_response() } else { NoContent.into_response() })
}

/// Writes a message by a webhook. Into a forum it comes as a post of its own.
pub(super) async fn send(
    cx: &Cx,
    webhook: &WebhookRow,
    channel: &Channel,
    body: MessageBody,
    uploads: Uploads,
) -> Result<Message> {
    crate::channel::require_open_to_webhooks(cx, channel).await?;
    match (channel.kind(), body.thread_name.as_deref().filter(|name| !name.is_empty())) {
        (kind, None) if kind.is_forum() => return Err(Code::WebhookThreadNeeded.into()),
        (kind, Some(_)) if kind.is_thread() => return Err(Code::WebhookThreadTwice.into()),
        (kind, Some(_)) if !kind.is_forum() => return Err(Code::WebhookNotInForum.into()),
        (kind, None) if !kind.has_messages() => return Err(Code::NotTextChannel.into()),
        _ => {}
    }
    let mut row = MessageRow::new(cx.next_id(), channel.id, webhook.id.cast(), String::new());
    let mut author = webhook.author();
    if let Some(name) = body.username.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        let mut errors = FormErrors::new();
        check_name(name, "username", &mut errors);
        errors.finish()?;
        name.clone_into(&mut author.username);
    }
    if let Some(url) = body.avatar_url.as_deref().map(str::trim).filter(|url| !url.is_empty())
        && let Some(avatar) = super::avatar::at(cx, webhook, url).await?
    {
        author.avatar = Some(avatar);
    }
    row.webhook_id = Some(webhook.id);
    row.application_id = webhook.application_id;
    row.extras.0.author = Some(author);
    if channel.kind().is_forum() {
        return Box::pin(crate::thread::post_by_webhook(cx, channel, row, body, uploads)).await;
    }
    crate::message::fill(&cx.app, channel, &mut row, &body, &uploads, None)?;
    let mut work = cx.begin().await?.at(channel.id);
    work.wait_turn().await?;
    row.id = cx.next_id();
    row.position = crate::thread::posted(cx, &mut work, channel, None).await?;
    let message = crate::message::post(&cx.app, &mut work, channel, row, None).await?;
    work.commit().await?;
    uploads.keep();
    Ok(message)
}

/// A message that a webhook wrote.
async fn own(run: &mut dyn Run, webhook: &WebhookRow, channel: &Channel, id: Id<MessageMarker>) -> Result<MessageRow> {
    let row = store::message::get(run, channel.id, id).await?;
    Ok(row.filter(|row| row.webhook_id == Some(webhook.id)).ok_or(Code::UnknownMessage)?)
}

/// The message of a path; `@original` is of interactions only.
fn named(id: Option<Id<MessageMarker>>) -> Result<Id<MessageMarker>> {
    Ok(id.ok_or(Code::UnknownMessage)?)
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct MessageQuery {
    thread_id: Option<Id<ChannelMarker>>,
}

async fn get(cx: Cx, target: Target, id: Option<Id<MessageMarker>>) -> Result<Json<Message>> {
    Ok(Json(match target {
        Target::Interaction(right) => right.message(&cx, id).await?,
        Target::Webhook(webhook, channel) => {
            let row = own(&mut cx.db(), &webhook, &channel, named(id)?).await?;
            crate::message::assemble_one(&cx.app, &mut cx.db(), row, None).await?
        }
    }))
}

async fn update(cx: Cx, target: Target, id: Option<Id<MessageMarker>>, request: Request) -> Result<Json<Message>> {
    let (body, uploads) = form::read::<MessagePatch>(&cx.app, target.channel().id, request).await?;
    Ok(Json(match target {
        Target::Interaction(right) => right.edit(&cx, id, body, uploads).await?,
        Target::Webhook(webhook, channel) => {
            crate::channel::require_writable(&cx, &channel).await?;
            let mut work = cx.begin().await?.at(channel.id);
            let mut row = own(&mut work, &webhook, &channel, named(id)?).await?;
            crate::message::change(&cx.app, &mut work, &channel, &mut row, body, &uploads).await?;
            let message = crate::message::repost(&cx.app, &mut work, &channel, row).await?;
            work.commit().await?;
            uploads.keep();
            message
        }
    }))
}

async fn delete(cx: Cx, target: Target, id: Option<Id<MessageMarker>>) -> Result<NoContent> {
    match target {
        Target::Interaction(right) => right.delete(&cx, id).await?,
        Target::Webhook(webhook, channel) => {
            let mut work = cx.begin().await?.at(channel.id);
            let row = own(&mut work, &webhook, &channel, named(id)?).await?;
            store::message::delete(&mut work, channel.id, row.id, cx.now()).await?;
            work.remove_files(&row);
            let gone = MessageDelete { id: row.id, channel_id: channel.id, guild_id: channel.guild_id() };
            work.emit(Event::MessageDelete(gone));
            work.commit().await?;
        }
    }
    Ok(NoContent)
}

async fn get_original_webhook_message(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<MessageQuery>,
) -> Result<Json<Message>> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    get(cx, target, None).await
}

async fn update_original_webhook_message(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<MessageQuery>,
    request: Request,
) -> Result<Json<Message>> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    Box::pin(update(cx, target, None, request)).await
}

async fn delete_original_webhook_message(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<MessageQuery>,
) -> Result<NoContent> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    delete(cx, target, None).await
}

type Written = Path<(Id<WebhookMarker>, String, String)>;

fn wanted(text: &str) -> Result<Option<Id<MessageMarker>>> {
    Ok(message_path(text).ok_or(Code::UnknownMessage)?)
}

async fn get_webhook_message(
    cx: Cx,
    Path((id, secret, message)): Written,
    Query(query): Query<MessageQuery>,
) -> Result<Json<Message>> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    get(cx, target, wanted(&message)?).await
}

async fn update_webhook_message(
    cx: Cx,
    Path((id, secret, message)): Written,
    Query(query): Query<MessageQuery>,
    request: Request,
) -> Result<Json<Message>> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    Box::pin(update(cx, target, wanted(&message)?, request)).await
}

async fn delete_webhook_message(
    cx: Cx,
    Path((id, secret, message)): Written,
    Query(query): Query<MessageQuery>,
) -> Result<NoContent> {
    let target = Target::find(&cx, id, &secret, query.thread_id).await?;
    delete(cx, target, wanted(&message)?).await
}
