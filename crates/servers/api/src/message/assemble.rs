//! Rows of messages as clients see them: with authors, mentions, reactions and what they answer.

use std::collections::HashMap;

use guildhall_db::{Error, Run};
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_wire::Patch;
use guildhall_wire::attachment::Attachment;
use guildhall_wire::component::Media;
use guildhall_wire::embed::Embed;
use guildhall_wire::id::{ChannelMarker, Id, MessageMarker, UserMarker};
use guildhall_wire::message::{Message, MessageSnapshot};
use guildhall_wire::poll::PollResults;
use guildhall_wire::user::User;
use serde_json::Value;

use crate::App;

/// One message as a reader sees it.
pub(crate) async fn assemble_one(
    app: &App,
    run: &mut dyn Run,
    row: MessageRow,
    reader: Option<Id<UserMarker>>,
) -> Result<Message, Error> {
    assemble(app, run, vec![row], reader).await?.pop().ok_or(Error::NotFound)
}

/// Messages as a reader sees them, in the order of the rows.
pub(crate) async fn assemble(
    app: &App,
    run: &mut dyn Run,
    rows: Vec<MessageRow>,
    reader: Option<Id<UserMarker>>,
) -> Result<Vec<Message>, Error> {
    let answered = answered(run, &rows).await?;
    let everybody = rows.iter().chain(answered.values());
    let mut ids: Vec<_> =
        everybody.clone().flat_map(|row| row.mentions.0.iter().copied().chain([row.author_id])).collect();
    ids.sort_unstable();
    ids.dedup();
    let users: HashMap<_, _> =
        store::user::get_many(run, &ids).await?.into_iter().map(|row| (row.id, row.user())).collect();
    let ids: Vec<_> = everybody.map(|row| row.id).collect();
    let reactions = store::reaction::of_messages(run, &ids, reader).await?;
    let polls: Vec<_> = everybody_with_polls(&rows, &answered);
    let votes = store::poll::counts(run, &polls, reader).await?;
    let build = |row: &MessageRow| {
        let author = users.get(&row.author_id).cloned().unwrap_or_else(|| deleted(row.author_id));
        let mentions = row.mentions.0.iter().filter_map(|id| users.get(id).cloned()).collect();
        let mut message = row.message(author, mentions);
        message.reactions = reactions.get(&row.id).cloned().unwrap_or_default();
        if let Some(poll) = &mut message.poll {
            let answer_counts = votes.get(&row.id).cloned().unwrap_or_default();
            poll.results = Some(PollResults { answer_counts, is_finalized: row.extras.0.poll_ended });
        }
        show_files(app, &mut message.attachments, &mut message.embeds, &mut message.components);
        for MessageSnapshot { message } in &mut message.message_snapshots {
            show_files(app, &mut message.attachments, &mut message.embeds, &mut message.components);
        }
        message
    };
    let mut messages = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut message = build(row);
        if let Some(key) = reference(row) {
            message.referenced_message =
                answered.get(&key).map_or(Patch::Null, |row| Patch::Value(Box::new(build(row))));
        }
        messages.push(message);
    }
    Ok(messages)
}

/// The messages that ask something.
fn everybody_with_polls(
    rows: &[MessageRow],
    answered: &HashMap<(Id<ChannelMarker>, Id<MessageMarker>), MessageRow>,
) -> Vec<Id<MessageMarker>> {
    let all = rows.iter().chain(answered.values());
    all.filter(|row| row.extras.0.poll.is_some()).map(|row| row.id).collect()
}

/// What a reply answers, or what a thread began with.
fn reference(row: &MessageRow) -> Option<(Id<ChannelMarker>, Id<MessageMarker>)> {
    use guildhall_wire::message::MessageKind::{ContextMenuCommand, Reply, ThreadStarterMessage};
    let reference = row.extras.0.reference.as_ref()?;
    let shown = reference.kind == 0 && matches!(row.kind(), Reply | ThreadStarterMessage | ContextMenuCommand);
    shown.then_some((reference.channel_id, reference.message_id?))
}

async fn answered(
    run: &mut dyn Run,
    rows: &[MessageRow],
) -> Result<HashMap<(Id<ChannelMarker>, Id<MessageMarker>), MessageRow>, Error> {
    let mut wanted: HashMap<Id<ChannelMarker>, Vec<Id<MessageMarker>>> = HashMap::new();
    for (channel, message) in rows.iter().filter_map(reference) {
        wanted.entry(channel).or_default().push(message);
    }
    let mut found = HashMap::new();
    for (channel, mut ids) in wanted {
        ids.sort_unstable();
        ids.dedup();
        for row in store::message::get_many(run, channel, &ids).await? {
            found.insert((channel, row.id), row);
        }
    }
    Ok(found)
}

/// Who wrote something and is no longer known.
fn deleted(id: Id<UserMarker>) -> User {
    User::new(id, "deleted_user", false)
}

/// Gives a file the address under which whoever may read the message may read it, for a day. Rows keep only its path.
pub(crate) fn address(app: &App, attachment: &mut Attachment) {
    attachment.url = signed(app, &attachment.url);
    attachment.proxy_url.clone_from(&attachment.url);
}

/// The address of a file by its path.
pub(crate) fn signed(app: &App, path: &str) -> String {
    let signed = app.blob().sign(path, app.clock().millis() / 1000);
    format!("{}/cdn{signed}", app.config().public_url)
}

/// Gives the files of a message their addresses, and puts them in place of `attachment://name` in cards and components. Those
/// that a card shows are not listed a second time.
fn show_files(app: &App, files: &mut Vec<Attachment>, embeds: &mut [Embed], components: &mut [Value]) {
    files.iter_mut().for_each(|file| address(app, file));
    let find = |url: &str| {
        let name = url.strip_prefix("attachment://")?;
        files.iter().find(|file| file.filename == name)
    };
    let mut shown = Vec::new();
    for embed in embeds.iter_mut() {
        for media in [&mut embed.image, &mut embed.thumbnail].into_iter().flatten() {
            if let Some(file) = find(&media.url) {
                media.url.clone_from(&file.url);
                media.proxy_url = Some(file.proxy_url.clone());
                (media.width, media.height) = (file.width, file.height);
                shown.push(file.id);
            }
        }
        let footer = embed.footer.as_mut().map(|footer| (&mut footer.icon_url, &mut footer.proxy_icon_url));
        let author = embed.author.as_mut().map(|author| (&mut author.icon_url, &mut author.proxy_icon_url));
        for (icon, proxy) in [footer, author].into_iter().flatten() {
            if let Some(file) = icon.as_deref().and_then(find) {
                *icon = Some(file.url.clone());
                *proxy = Some(file.proxy_url.clone());
                shown.push(file.id);
            }
        }
    }
    guildhall_wire::component::resolve_media(components, |url| {
        find(url).map(|file| Media {
            id: file.id.cast(),
            url: file.url.clone(),
            proxy_url: file.proxy_url.clone(),
            width: file.width,
            height: file.height,
            content_type: file.content_type.clone(),
            attachment_id: Some(file.id),
            name: Some(file.filename.clone()),
            size: Some(file.size),
        })
    });
    files.retain(|file| !shown.contains(&file.id));
    crate::external::show(app, embeds, components);
}
