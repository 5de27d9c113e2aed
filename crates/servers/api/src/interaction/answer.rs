//! What an application may do with the token of an interaction: write messages, look at them, change and remove them.

use guildhall_db::Json as Stored;
use guildhall_rules::permissions;
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::interaction::InteractionRow;
use guildhall_store::message::MessageRow;
use guildhall_wire::interaction::{CALLBACK_FLAGS, CallbackKind, InteractionKind};
use guildhall_wire::message::{
    Message, MessageBody, MessageDelete, MessageKind, MessagePatch, MessageReference, flags,
};
use serde_json::{Value, json};

use crate::kernel::access::{Place, channel_by_secret};
use crate::kernel::form::Uploads;
use crate::kernel::token;
use crate::message::{change, emit, fill, post, repost};
use crate::prelude::*;

/// The right to answer an interaction: its token was shown, and is still good.
pub(crate) struct Right {
    pub(super) row: InteractionRow,
    pub(super) application: ApplicationRow,
    /// With what the application may do there.
    pub(crate) channel: Channel,
}

impl Right {
    /// By the application's id and the token; nothing where that is no application.
    pub(crate) async fn find(cx: &Cx, application: Id<ApplicationMarker>, secret: &str) -> Result<Option<Self>> {
        let hash = token::hash(secret);
        let found = store::interaction::by_token(&mut cx.db(), application, &hash).await?;
        match found.filter(|row| row.expires_at > cx.now()) {
            Some(row) if row.answered != 0 => Ok(Some(Self::of(cx, row).await?)),
            // First it is answered, then followed up.
            Some(_) => Err(Code::UnknownWebhook.into()),
            None if store::application::get(&mut cx.db(), application).await?.is_some() => {
                Err(Code::InvalidWebhookToken.into())
            }
            None => Ok(None),
        }
    }

    pub(super) async fn of(cx: &Cx, row: InteractionRow) -> Result<Self> {
        let application =
            store::application::get(&mut cx.db(), row.application_id).await?.ok_or(Code::UnknownApplication)?;
        let mut channel = channel_by_secret(&cx.app, row.channel_id, permissions::private()).await?;
        if let Place::Guild(state) = &channel.place {
            // An answer needs no right to see the channel, and may always show cards and files.
            channel.permissions = state.permissions_in(application.bot_id, &channel.channel, cx.now())
                | Permissions::SEND_MESSAGES
                | Permissions::EMBED_LINKS
                | Permissions::ATTACH_FILES
                | Permissions::USE_EXTERNAL_EMOJIS
                | Permissions::SEND_POLLS;
        }
        Ok(Self { row, application, channel })
    }

    /// A message of the application's that answers the interaction, seen by all or by one.
    pub(super) fn new_message(&self, cx: &Cx, ephemeral: bool, follows: Option<&MessageRow>) -> MessageRow {
        let row = &self.row;
        let mut message = MessageRow::new(cx.next_id(), row.channel_id, self.application.bot_id, String::new());
        let mut metadata = row.metadata.0.clone();
        message.application_id = Some(self.application.id);
        message.webhook_id = Some(self.application.id.cast());
        if ephemeral {
            message.visible_to = Some(row.user_id);
            message.flags |= flags::EPHEMERAL;
        }
        let answers = |id| Some(MessageReference::to(0, row.channel_id, row.guild_id, id));
        let target = metadata.get("target_message_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let is_command = row.kind == InteractionKind::Command.number();
        if let Some(first) = follows {
            if let Some(fields) = metadata.as_object_mut() {
                fields.insert("original_response_message_id".into(), json!(first.id));
            }
            if first.visible_to.is_none() && !ephemeral {
                message.kind = MessageKind::Reply.number();
                message.extras.0.reference = answers(first.id);
            }
        } else if is_command {
            let on_something = metadata.get("target_user").is_some() || target.is_some();
            let kind = if on_something { MessageKind::ContextMenuCommand } else { MessageKind::ChatInputCommand };
            message.kind = kind.number();
            message.extras.0.reference = target.and_then(answers);
        }
        if is_command && follows.is_none() {
            let user = metadata.get("user");
            message.extras.0.interaction =
                Some(json!({ "id": row.id, "type": row.kind, "name": row.name, "user": user }));
        }
        message.extras.0.interaction_metadata = Some(metadata);
        message
    }

    /// Fills a message and writes it.
    pub(super) async fn send(
        &self,
        cx: &Cx,
        work: &mut Work,
        mut message: MessageRow,
        body: &MessageBody,
        uploads: &Uploads,
    ) -> Result<Message> {
        fill(&cx.app, &self.channel, &mut message, body, uploads, None)?;
        self.write(cx, work, message).await
    }

    /// Writes a message as it is.
    pub(super) async fn write(&self, cx: &Cx, work: &mut Work, mut message: MessageRow) -> Result<Message> {
        work.wait_turn().await?;
        message.id = cx.next_id();
        if message.visible_to.is_none() {
            message.position = crate::thread::posted(cx, work, &self.channel, None).await?;
        }
        post(&cx.app, work, &self.channel, message, None).await
    }

    /// A further message. The first one after "thinking…" takes its place.
    pub(crate) async fn follow_up(&self, cx: &Cx, body: MessageBody, uploads: Uploads) -> Result<Message> {
        crate::channel::require_writable(cx, &self.channel).await?;
        let ephemeral = wants_one(&body);
        let first = self.original(cx).await?;
        let mut work = cx.begin().await?.at(self.channel.id);
        let message = match first {
            Some(mut first) if first.flags & flags::LOADING != 0 => {
                let (only_for, id) = (first.visible_to, first.id);
                first.flags &= !flags::LOADING;
                fill(&cx.app, &self.channel, &mut first, &body, &uploads, None)?;
                (first.visible_to, first.id) = (only_for, id);
                repost(&cx.app, &mut work, &self.channel, first).await?
            }
            first => {
                let message = self.new_message(cx, ephemeral, first.as_ref());
                self.send(cx, &mut work, message, &body, &uploads).await?
            }
        };
        work.commit().await?;
        uploads.keep();
        Ok(message)
    }

    /// The message that answered first: the application's, or the one that holds the component.
    async fn original(&self, cx: &Cx) -> Result<Option<MessageRow>> {
        match self.row.response_id {
            Some(id) => self.get(&mut cx.db(), id).await,
            None => Ok(None),
        }
    }

    async fn get(&self, run: &mut dyn Run, id: Id<MessageMarker>) -> Result<Option<MessageRow>> {
        if let Some(row) = store::message::get(run, self.channel.id, id).await? {
            return Ok(Some(row));
        }
        let alone = store::message::ephemeral(run, self.channel.id, id).await?;
        Ok(alone.filter(|row| row.visible_to == Some(self.row.user_id)))
    }

    /// The message that a path means: the first answer where none is named.
    async fn find_message(&self, run: &mut dyn Run, id: Option<Id<MessageMarker>>) -> Result<MessageRow> {
        let wanted = id.or(self.row.response_id).ok_or(Code::UnknownMessage)?;
        let row = self.get(run, wanted).await?.ok_or(Code::UnknownMessage)?;
        let of = row.extras.0.interaction_metadata.as_ref().and_then(|metadata| metadata.get("id"));
        let ours = Some(wanted) == self.row.response_id || of == Some(&json!(self.row.id));
        if ours { Ok(row) } else { Err(Code::UnknownMessage.into()) }
    }

    /// One of its messages.
    pub(crate) async fn message(&self, cx: &Cx, id: Option<Id<MessageMarker>>) -> Result<Message> {
        let row = self.find_message(&mut cx.db(), id).await?;
        Ok(crate::message::assemble_one(&cx.app, &mut cx.db(), row, None).await?)
    }

    /// Changes one of its messages.
    pub(crate) async fn edit(
        &self,
        cx: &Cx,
        id: Option<Id<MessageMarker>>,
        body: MessagePatch,
        uploads: Uploads,
    ) -> Result<Message> {
        crate::channel::require_writable(cx, &self.channel).await?;
        let mut work = cx.begin().await?.at(self.channel.id);
        let message = self.change(cx, &mut work, id, body, &uploads).await?;
        work.commit().await?;
        uploads.keep();
        Ok(message)
    }

    pub(super) async fn change(
        &self,
        cx: &Cx,
        work: &mut Work,
        id: Option<Id<MessageMarker>>,
        body: MessagePatch,
        uploads: &Uploads,
    ) -> Result<Message> {
        let mut row = self.find_message(work, id).await?;
        change(&cx.app, work, &self.channel, &mut row, body, uploads).await?;
        repost(&cx.app, work, &self.channel, row).await
    }

    /// Removes one of its messages.
    pub(crate) async fn delete(&self, cx: &Cx, id: Option<Id<MessageMarker>>) -> Result<()> {
        let mut work = cx.begin().await?.at(self.channel.id);
        let row = self.find_message(&mut work, id).await?;
        match row.visible_to {
            None => {
                store::message::delete(&mut work, self.channel.id, row.id, cx.now()).await?;
            }
            Some(_) => {
                store::message::delete_ephemeral(&mut work, row.id).await?;
            }
        }
        work.remove_files(&row);
        let gone = MessageDelete { id: row.id, channel_id: self.channel.id, guild_id: self.channel.guild_id() };
        emit(&mut work, Event::MessageDelete(gone), row.visible_to);
        work.commit().await
    }

    /// Notes how it was answered for the first time.
    pub(super) async fn note(
        &mut self,
        work: &mut Work,
        how: CallbackKind,
        response: Option<Id<MessageMarker>>,
        modal: Option<Value>,
    ) -> Result<()> {
        self.row.answered = how.number();
        self.row.response_id = response;
        self.row.modal = modal.map(Stored);
        let first = store::interaction::answer(work, &self.row).await?;
        if first { Ok(()) } else { Err(Code::InteractionAcknowledged.into()) }
    }
}

/// Whether an answer is for one person only. Takes no other flags than [`CALLBACK_FLAGS`].
pub(super) fn wants_one(body: &MessageBody) -> bool {
    body.flags.is_some_and(|bits| bits.0 & CALLBACK_FLAGS & flags::EPHEMERAL != 0)
}
