//! Making a message durable and telling of it: newest message, mention counts, the event; and what the server writes itself.

use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::message::{Message, MessageKind, MessageReference};
use guildhall_wire::presence::Status;

use super::{assemble_one, spoken};
use crate::kernel::access::Place;
use crate::prelude::*;

/// Writes a filled message and tells of it. `nonce` is repeated in the event.
pub(crate) async fn post(
    app: &crate::App,
    work: &mut Work,
    channel: &Channel,
    mut row: MessageRow,
    nonce: Option<serde_json::Value>,
) -> Result<Message> {
    crate::poll::open(app, work, channel, &mut row).await?;
    crate::unfurl::note(app, work, channel, &row);
    let only_for = row.visible_to;
    let brought = match only_for {
        None => crate::thread::bring(app, work, channel, &row).await?,
        Some(_) => None,
    };
    let channel = brought.as_ref().unwrap_or(channel);
    let message = if only_for.is_none() {
        deliver(app, work, channel, row).await?
    } else {
        store::message::insert(work, &row).await?;
        let author = row.author_id;
        assemble_one(app, work, row, Some(author)).await?
    };
    let mut event = told(work, channel, message.clone()).await?;
    event.nonce = nonce;
    emit(work, Event::MessageCreate(event), only_for);
    Ok(message)
}

/// Writes a changed message and tells of it.
pub(crate) async fn repost(
    app: &crate::App,
    work: &mut Work,
    channel: &Channel,
    mut row: MessageRow,
) -> Result<Message> {
    crate::poll::open(app, work, channel, &mut row).await?;
    let previews = crate::unfurl::take_previews(&mut row);
    crate::unfurl::settle(&mut row, previews);
    crate::unfurl::note(app, work, channel, &row);
    retell(app, work, channel, row).await
}

/// The same of one that the server has looked at, as it is.
pub(crate) async fn retell(app: &crate::App, work: &mut Work, channel: &Channel, row: MessageRow) -> Result<Message> {
    store::message::update(work, &row).await?;
    let (only_for, author) = (row.visible_to, row.author_id);
    let message = assemble_one(app, work, row, Some(author)).await?;
    let event = told(work, channel, message.clone()).await?;
    emit(work, Event::MessageUpdate(event), only_for);
    Ok(message)
}

/// Tells everybody who sees the channel, or the only one who sees the message.
pub(crate) fn emit(work: &mut Work, event: Event, only_for: Option<Id<UserMarker>>) {
    match only_for {
        None => work.emit(event),
        Some(user) => work.emit(event.to(user)),
    }
}

/// Writes a message and what follows from it: newest message, reopened direct message, mention counts.
async fn deliver(app: &crate::App, work: &mut Work, channel: &Channel, mut row: MessageRow) -> Result<Message> {
    let author = row.author_id;
    let users = store::user::get_many(work, &row.mentions.0).await?;
    row.mentions.0 = users.iter().map(|user| user.id).collect();
    store::message::insert(work, &row).await?;
    store::channel::set_last_message(work, channel.id, row.id).await?;
    if channel.kind().is_thread() && row.id != channel.id.cast() {
        store::thread::count_message(work, channel.id).await?;
    }
    let mut pinged: Vec<Id<UserMarker>> = users.iter().filter(|user| !user.bot).map(|user| user.id).collect();
    match &channel.place {
        Place::Private(private) => {
            // Everything that is said calls, but not what is told of the conversation: names, comings, calls, pins.
            if !row.kind().tells_of_the_channel() {
                pinged = private.recipients.clone();
            }
            for user in store::channel::reopen(work, channel.id).await? {
                let seen = crate::channel::seen_by_id(work, channel, user).await?;
                work.emit(Event::ChannelCreate(seen).to(user));
            }
        }
        Place::Guild(state) => {
            pinged.retain(|user| state.can_hear(*user, &channel.channel));
            let roles = &row.mention_roles.0;
            if row.mention_everyone || !roles.is_empty() {
                // `@here` calls those who are there.
                let all = row.mention_everyone && guildhall_rules::mention::calls_everyone(&spoken(&row));
                let called = |user| all || (row.mention_everyone && is_there(app, user));
                let held = state
                    .members
                    .iter()
                    .filter(|(user, member)| member.roles.iter().any(|role| roles.contains(role)) || called(**user));
                let reached = state.hearers(&channel.channel, held.map(|(user, _)| *user)).collect();
                pinged.extend(crate::settings::mentioned(work, state, &row, reached).await?);
            }
        }
    }
    pinged.sort_unstable();
    pinged.dedup();
    pinged.retain(|user| *user != author);
    if !pinged.is_empty() && row.webhook_id.is_none() {
        // What somebody writes who was blocked calls nobody who did not want to hear of them.
        let blockers = store::relationship::blockers(work, author).await?;
        pinged.retain(|user| blockers.binary_search(user).is_err());
    }
    store::read_state::mention(work, &pinged, channel.id).await?;
    Ok(assemble_one(app, work, row, Some(author)).await?)
}

/// Whether others see that somebody is there.
fn is_there(app: &crate::App, user: Id<UserMarker>) -> bool {
    app.bus().presence(user, None).status != Status::Offline
}

/// A message as its event tells it: with guild and member.
async fn told(work: &mut Work, channel: &Channel, mut message: Message) -> Result<Message> {
    message.guild_id = channel.guild_id();
    message.channel_type = Some(channel.kind());
    if let Some(guild) = channel.guild_id() {
        let member = store::member::get(work, guild, message.author.id).await?;
        message.member = member.map(|member| member.member(None));
    }
    let votes = message.poll.as_mut().and_then(|poll| poll.results.as_mut());
    votes.into_iter().flat_map(|results| &mut results.answer_counts).for_each(|count| count.me_voted = false);
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
    row.extras.0.reference = refers.map(|id| MessageReference::to(0, channel.id, channel.guild_id(), id));
    post(&cx.app, work, channel, row, None).await?;
    Ok(())
}

/// The same by who asks, pinging everybody.
pub(crate) async fn system_to_everyone(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    kind: MessageKind,
    text: &str,
) -> Result<()> {
    let mut row = MessageRow::new(cx.next_id(), channel.id, cx.user()?, text.to_owned());
    row.kind = kind.number();
    row.mention_everyone = true;
    post(&cx.app, work, channel, row, None).await?;
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
    post(&cx.app, work, channel, row, None).await?;
    Ok(())
}
