//! What a body says, written into a message: text, cards, components, files, pings. The same for people, webhooks and answers.

use guildhall_rules::mention::{self, Mentions, Reach};
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_wire::attachment::Attachment;
use guildhall_wire::component::{self, Media};
use guildhall_wire::embed::{self, Embed};
use guildhall_wire::message::{AllowedMentions, AttachmentBody, MessageBody, MessageKind, MessagePatch, flags};
use serde_json::Value;

use crate::App;
use crate::kernel::access::Place;
use crate::kernel::form::Uploads;
use crate::prelude::*;

/// Leaves out what only applications and webhooks write: cards and components.
pub(crate) fn plain(body: &mut MessageBody) {
    (body.embeds, body.embed, body.components) = (None, None, None);
    if let Some(bits) = &mut body.flags {
        bits.0 &= !flags::IS_COMPONENTS_V2;
    }
}

/// The same of a change.
pub(super) fn plain_change(body: &mut MessagePatch) {
    (body.embeds, body.embed, body.components) = (Patch::Absent, Patch::Absent, Patch::Absent);
    if let Patch::Value(bits) = &mut body.flags {
        bits.0 &= !flags::IS_COMPONENTS_V2;
    }
}

/// Fills a new message. `answered` is the author of what it replies to.
pub(crate) fn fill(
    app: &App,
    channel: &Channel,
    row: &mut MessageRow,
    body: &MessageBody,
    uploads: &Uploads,
    answered: Option<Id<UserMarker>>,
) -> Result<()> {
    row.content = body.content.as_deref().unwrap_or_default().trim().to_owned();
    row.flags |= body.flags.map_or(0, |bits| bits.0) & flags::SENDABLE;
    row.extras.0.tts =
        body.tts.is_some_and(|tts| tts.0) && channel.permissions.contains(Permissions::SEND_TTS_MESSAGES);
    row.extras.0.attachments = uploads.attachments(body.attachments.as_deref().unwrap_or_default())?;
    let embeds = body.embeds.clone().unwrap_or_else(|| body.embed.clone().into_iter().collect());
    set_embeds(channel, row, embeds)?;
    set_components(app, row, body.components.clone().unwrap_or_default())?;
    crate::poll::fill(app, channel, row, body.poll.as_ref())?;
    check(app, row)?;
    if row.flags & flags::IS_VOICE_MESSAGE != 0 {
        require_recording(channel, row)?;
    }
    let answered = answered.filter(|_| row.kind() == MessageKind::Reply);
    let mentions = mentions(channel, row, body.allowed_mentions.as_ref(), answered)?;
    row.mention_everyone = mentions.everyone;
    row.mention_roles.0 = mentions.roles;
    row.mentions.0 = mentions.users;
    Ok(())
}

/// A voice message is one recording and nothing else.
fn require_recording(channel: &Channel, row: &MessageRow) -> Result<()> {
    channel.require(Permissions::SEND_VOICE_MESSAGES)?;
    let extras = &row.extras.0;
    if !row.content.is_empty() || !extras.embeds.is_empty() || !extras.components.is_empty() {
        return Err(Code::VoiceMessageContent.into());
    }
    let audio = |file: &&Attachment| file.content_type.as_deref().is_some_and(|kind| kind.starts_with("audio/"));
    let [file] = extras.attachments.as_slice() else { return Err(Code::VoiceMessageFile.into()) };
    let file = Some(file).filter(audio).ok_or(Code::VoiceMessageFile)?;
    if file.waveform.is_some() && file.duration_secs.is_some() {
        Ok(())
    } else {
        Err(Code::VoiceMessageMetadata.into())
    }
}

/// Whom a message pings, by what its author allows and may. Where nothing is said about it, webhooks and answers to interactions
/// ping people only.
fn mentions(
    channel: &Channel,
    row: &MessageRow,
    allowed: Option<&AllowedMentions>,
    answered: Option<Id<UserMarker>>,
) -> Result<Mentions> {
    let people =
        AllowedMentions { parse: Some(vec!["users".into()]), replied_user: Some(true), ..AllowedMentions::default() };
    let allowed = allowed.or_else(|| row.webhook_id.is_some().then_some(&people));
    let found = match &channel.place {
        Place::Private(private) => {
            mention::resolve(&spoken(row), allowed, answered, Reach::People(&private.recipients))
        }
        Place::Guild(state) => {
            let everyone = channel.permissions.contains(Permissions::MENTION_EVERYONE);
            let role = |id| state.roles.get(&id).map(|role| role.mentionable);
            mention::resolve(&spoken(row), allowed, answered, Reach::Guild { everyone, role: &role })
        }
    };
    Ok(found?)
}

/// Writes its author's changes into a message. "Thinking…" ends with the first one, which does not count as an edit.
pub(crate) async fn change(
    app: &App,
    work: &mut Work,
    channel: &Channel,
    row: &mut MessageRow,
    body: MessagePatch,
    uploads: &Uploads,
) -> Result<()> {
    if row.flags & flags::IS_VOICE_MESSAGE != 0 && body.changes_content() {
        return Err(Code::VoiceMessageEdit.into());
    }
    if row.extras.0.poll.is_some() {
        return Err(Code::PollEdit.into());
    }
    if let Patch::Value(poll) = &body.poll {
        // Only what was promised may still become a question.
        if row.flags & flags::LOADING == 0 {
            return Err(Code::PollEdit.into());
        }
        crate::poll::fill(app, channel, row, Some(poll))?;
    }
    let previews = crate::unfurl::take_previews(row);
    let changes_text = !body.content.is_absent() || !body.components.is_absent();
    body.content.apply_or_default(&mut row.content);
    row.content = row.content.trim().to_owned();
    if let Patch::Value(bits) = body.flags {
        row.flags =
            (row.flags & !flags::SUPPRESS_EMBEDS) | (bits.0 & (flags::SUPPRESS_EMBEDS | flags::IS_COMPONENTS_V2));
    }
    attach(work, row, &body.attachments, uploads)?;
    match (body.embeds, body.embed) {
        (Patch::Value(embeds), _) => set_embeds(channel, row, embeds)?,
        (Patch::Absent, Patch::Value(embed)) => set_embeds(channel, row, vec![embed])?,
        (Patch::Null, _) | (Patch::Absent, Patch::Null) => row.extras.0.embeds.clear(),
        (Patch::Absent, Patch::Absent) => {}
    }
    match body.components {
        Patch::Value(components) => set_components(app, row, components)?,
        Patch::Null => row.extras.0.components.clear(),
        Patch::Absent => {}
    }
    check(app, row)?;
    if changes_text {
        let allowed = body.allowed_mentions.value();
        // As if it were sent anew: without a word about it, a reply pings whom it answers.
        let answered = answered(work, row).await?;
        let mentions = mentions(channel, row, allowed.as_ref(), answered)?;
        let known = store::user::get_many(work, &mentions.users).await?;
        row.mentions.0 = known.iter().map(|user| user.id).collect();
        row.mention_roles.0 = mentions.roles;
        row.mention_everyone = mentions.everyone;
    }
    crate::unfurl::settle(row, previews);
    if row.flags & flags::LOADING == 0 {
        row.edited_at = Some(app.clock().micros());
    }
    row.flags &= !flags::LOADING;
    Ok(())
}

/// Who wrote what a reply answers.
async fn answered(work: &mut Work, row: &MessageRow) -> Result<Option<Id<UserMarker>>> {
    let reference = row.extras.0.reference.as_ref().filter(|_| row.kind() == MessageKind::Reply);
    let Some((channel, id)) = reference.and_then(|to| Some((to.channel_id, to.message_id?))) else { return Ok(None) };
    let found = store::message::get(work, channel, id).await?;
    Ok(found.filter(|found| found.webhook_id.is_none()).map(|found| found.author_id))
}

/// The files that stay, and those that came with the change.
fn attach(work: &mut Work, row: &mut MessageRow, about: &Patch<Vec<AttachmentBody>>, uploads: &Uploads) -> Result<()> {
    let attachments = &mut row.extras.0.attachments;
    let mut new = Vec::new();
    if let Patch::Value(about) = about {
        let stays = |wish: &AttachmentBody, id| wish.existing() == Some(id);
        new = about
            .iter()
            .filter(|wish| !attachments.iter().any(|attachment| stays(wish, attachment.id)))
            .cloned()
            .collect();
        for attachment in attachments.iter_mut() {
            if let Some(wish) = about.iter().find(|wish| stays(wish, attachment.id)) {
                describe(attachment, wish);
            }
        }
        let goes = |attachment: &mut Attachment| !about.iter().any(|wish| stays(wish, attachment.id));
        attachments.extract_if(.., goes).for_each(|attachment| work.remove_file(&attachment));
    } else if matches!(about, Patch::Null) {
        attachments.drain(..).for_each(|attachment| work.remove_file(&attachment));
    }
    // A name of a file that the message no longer has asks for nothing.
    new.retain(|wish| wish.number().is_some_and(|number| number < 1 << 22));
    attachments.extend(uploads.attachments(&new)?);
    if attachments.len() > crate::kernel::form::MOST {
        return Err(Code::TooManyAttachments.into());
    }
    Ok(())
}

/// What is said anew about a file that stays.
fn describe(attachment: &mut Attachment, wish: &AttachmentBody) {
    /// Covered until it is clicked.
    const SPOILER: u32 = 8;
    if let Some(text) = &wish.description {
        attachment.description = Some(text.chars().take(1024).collect()).filter(|text: &String| !text.is_empty());
    }
    if let Some(covered) = wish.is_spoiler {
        let bits = attachment.flags.unwrap_or(0) & !SPOILER;
        let bits = if covered { bits | SPOILER } else { bits };
        attachment.flags = (bits != 0).then_some(bits);
    }
}

fn nested(errors: FormErrors, field: &str) -> Error {
    let mut all = FormErrors::new();
    all.nest(field, errors);
    all.into()
}

fn names(row: &MessageRow) -> Vec<String> {
    row.extras.0.attachments.iter().map(|attachment| attachment.filename.clone()).collect()
}

fn set_embeds(channel: &Channel, row: &mut MessageRow, mut embeds: Vec<Embed>) -> Result<()> {
    let names = names(row);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    embed::validate(&mut embeds, &names).map_err(|errors| nested(errors, "embeds"))?;
    if !channel.permissions.contains(Permissions::EMBED_LINKS) {
        embeds.clear();
    }
    row.extras.0.embeds = embeds;
    Ok(())
}

fn set_components(app: &App, row: &mut MessageRow, components: Vec<Value>) -> Result<()> {
    let names = names(row);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let v2 = row.flags & flags::IS_COMPONENTS_V2 != 0;
    let mut components = component::validate(components, v2, &names).map_err(|errors| nested(errors, "components"))?;
    // What lies elsewhere stays there; files of the message are resolved for each reader.
    component::resolve_media(&mut components, |url| {
        (!url.starts_with("attachment://")).then(|| Media {
            id: app.next_id(),
            url: url.to_owned(),
            proxy_url: url.to_owned(),
            width: None,
            height: None,
            content_type: None,
            attachment_id: None,
            name: None,
            size: None,
        })
    });
    row.extras.0.components = components;
    Ok(())
}

/// The text of a message, that of its components too.
pub(crate) fn spoken(row: &MessageRow) -> String {
    if row.extras.0.components.is_empty() {
        return row.content.clone();
    }
    format!("{}\n{}", row.content, component::text(&row.extras.0.components))
}

/// Refuses what is too long, empty, or mixes components with what they replace.
fn check(app: &App, row: &MessageRow) -> Result<()> {
    let most = app.config().message_length;
    if row.content.chars().count() > most {
        let message = format!("Must be {most} or fewer in length.");
        return Err(Error::form("content", "BASE_TYPE_MAX_LENGTH", message));
    }
    let extras = &row.extras.0;
    if row.flags & flags::IS_COMPONENTS_V2 != 0 {
        let code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
        let mut errors = FormErrors::new();
        for (field, used) in [
            ("content", !row.content.is_empty()),
            ("embeds", !extras.embeds.is_empty()),
            ("poll", extras.poll.is_some()),
            ("sticker_ids", !extras.stickers.is_empty()),
        ] {
            if used {
                let text = format!("The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
                errors.at(field).push(code, text);
            }
        }
        errors.finish()?;
    }
    let empty = row.content.is_empty()
        && extras.embeds.is_empty()
        && extras.attachments.is_empty()
        && extras.components.is_empty()
        && extras.stickers.is_empty()
        && extras.snapshots.is_empty()
        && extras.poll.is_none();
    if empty { Err(Code::EmptyMessage.into()) } else { Ok(()) }
}
