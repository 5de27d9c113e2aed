//! Threads: starting, joining, archiving, lists.

mod bring;
mod list;
mod post;
mod search;
mod update;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::channel::{ChannelRow, Turn};
use guildhall_store::thread::ThreadMemberRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use guildhall_wire::loose::Int;
use guildhall_wire::message::{MessageKind, flags};
use guildhall_wire::thread::{ThreadBody, ThreadMember, ThreadMembersUpdate};
use serde_json::json;

use crate::kernel::access::Place;
use crate::kernel::form;
use crate::prelude::*;
use crate::schedule;

pub(crate) use bring::bring;
pub(crate) use post::by_webhook as post_by_webhook;
pub(crate) use update::{archive_when_idle, unarchive, update};

pub(crate) fn routes() -> Routes {
    const MEMBER: &str = "/channels/{channel_id}/thread-members/{user_id}";
    const OWN: &str = "/channels/{channel_id}/thread-members/@me";
    let read = Permissions::READ_MESSAGE_HISTORY;
    Routes::new()
        .post("/channels/{channel_id}/messages/{message_id}/threads", create_thread_from_message, Need::Member)
        .post("/channels/{channel_id}/threads", create_thread, Need::Member)
        .files()
        .get("/channels/{channel_id}/threads/search", search::thread_search, read)
        .put(OWN, join_thread, Need::Member)
        .delete(OWN, leave_thread, Need::Member)
        .put(MEMBER, add_thread_member, Need::Member)
        .delete(MEMBER, delete_thread_member, Need::Member)
        .merge(list::routes())
}

/// Most active threads of a guild, and most people in one thread.
const MOST: usize = 1000;

/// Checks what a new thread is to be and fills a row with it.
fn prepare(cx: &Cx, channel: &Channel, body: &ThreadBody, kind: ChannelKind) -> Result<ChannelRow> {
    let state = channel.guild()?;
    let mut errors = FormErrors::new();
    let name = body.name.trim();
    errors.length("name", name, 1, 100);
    let fallback = channel.channel.default_auto_archive_duration.unwrap_or(4320);
    let duration = body.auto_archive_duration.map_or(fallback, |minutes| minutes.0);
    if !guildhall_rules::thread::DURATIONS.contains(&duration) {
        errors.choice("auto_archive_duration", "(60, 1440, 4320, 10080)");
    }
    let slow = body.rate_limit_per_user.or(channel.channel.default_thread_rate_limit_per_user.map(Int));
    let slow = slow.map_or(0, |seconds| seconds.0);
    errors.range("rate_limit_per_user", slow, 0, 21_600);
    errors.finish()?;
    if state.threads.len() >= MOST {
        return Err(Code::TooManyActiveThreads.into());
    }
    let mut row = ChannelRow::new(cx.next_id(), kind);
    row.guild_id = Some(state.id());
    row.parent_id = Some(channel.id);
    row.name = Some(name.to_owned());
    row.auto_archive_duration = Some(duration);
    row.rate_limit_per_user = slow;
    // Everybody brings others to a thread that everybody sees.
    row.invitable = (kind == ChannelKind::PrivateThread).then(|| body.invitable.unwrap_or(true));
    Ok(row)
}

/// Writes a new thread with its maker in it, and tells.
async fn open(
    cx: &Cx,
    work: &mut Work,
    state: &GuildState,
    row: &mut ChannelRow,
    maker: Option<Id<UserMarker>>,
) -> Result<WireChannel> {
    store::channel::insert(work, row).await?;
    let member =
        maker.map(|maker| ThreadMemberRow { channel_id: row.id, user_id: maker, joined_at: cx.now(), flags: 1 });
    if let Some(member) = &member {
        store::thread::join(work, member).await?;
        row.member_count = 1;
    }
    if let Some(due) = update::idle_at(row) {
        schedule::at_place(work, schedule::Kind::ThreadArchive, row.id, row.id, due).await?;
    }
    let mut thread = row.channel();
    thread.newly_created = Some(true);
    work.emit(Event::ThreadCreate(thread.clone()));
    if let Some(member) = &member {
        tell_members(&cx.app, work, state.id(), row, vec![member.clone()], Vec::new()).await?;
    }
    work.audit(state.id(), cx.entry(AuditAction::ThreadCreate, row.id, changes(None, Some(&logged(row)), &[]))).await?;
    thread.newly_created = None;
    thread.member = member.map(|member| member.member());
    Ok(thread)
}

/// What the audit log says of a thread: what is in its metadata stands beside the rest.
pub(crate) fn logged(row: &ChannelRow) -> serde_json::Value {
    let private = row.kind() == ChannelKind::PrivateThread;
    json!({
        "name": row.name,
        "type": row.kind,
        "archived": row.archived,
        "locked": row.locked,
        "auto_archive_duration": row.auto_archive_duration,
        "rate_limit_per_user": row.rate_limit_per_user,
        "invitable": row.invitable.filter(|_| private),
        "flags": row.flags,
        "applied_tags": row.applied_tags.as_ref().map(|tags| &tags.0),
    })
}

/// Tells who came to and went from a thread; each of them hears of their own membership too.
async fn tell_members(
    app: &crate::App,
    work: &mut Work,
    guild: Id<GuildMarker>,
    row: &ChannelRow,
    added: Vec<ThreadMemberRow>,
    removed: Vec<Id<UserMarker>>,
) -> Result<()> {
    let mut members = Vec::new();
    for one in &added {
        let mut member = one.member();
        work.emit(Event::ThreadMemberUpdate(ThreadMember { guild_id: Some(guild), ..member.clone() }).to(one.user_id));
        if let Some((row, user)) = store::member::with_user(work, guild, one.user_id).await? {
            member.member = Some(row.member(Some(user.user())));
            member.presence = Some(app.bus().presence(one.user_id, Some(guild)));
        }
        members.push(member);
    }
    work.emit(Event::ThreadMembersUpdate(ThreadMembersUpdate {
        id: row.id,
        guild_id: guild,
        member_count: row.member_count.min(50),
        added_members: members,
        removed_member_ids: removed,
    }));
    Ok(())
}

async fn create_thread_from_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
    Json(body): Json<ThreadBody>,
) -> Result<Created<WireChannel>> {
    channel.require(Permissions::CREATE_PUBLIC_THREADS)?;
    let kind = match channel.kind() {
        ChannelKind::Text => ChannelKind::PublicThread,
        ChannelKind::Announcement => ChannelKind::AnnouncementThread,
        _ => return Err(Code::WrongChannelType.into()),
    };
    let state = channel.guild()?.clone();
    crate::channel::require_open(&cx, &channel).await?;
    let mut row = prepare(&cx, &channel, &body, kind)?;
    crate::automod::guard_title(&cx, &channel, body.name.trim()).await?;
    // The thread of a message has the message's id.
    row.id = id.cast();
    row.owner_id = Some(cx.user()?);
    let pause = crate::message::pause(&cx, &channel, &cx.account()?.row).await?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut message = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if message.flags & flags::HAS_THREAD != 0 || store::channel::get(&mut work, row.id).await?.is_some() {
        return Err(Code::ThreadExists.into());
    }
    crate::message::take_turn(&cx, &channel, &mut work, cx.user()?, pause, Turn::Thread).await?;
    let thread = open(&cx, &mut work, &state, &mut row, Some(cx.user()?)).await?;
    message.flags |= flags::HAS_THREAD;
    store::message::update(&mut work, &message).await?;
    let mut told = crate::message::assemble_one(&cx.app, &mut work, message, None).await?;
    told.guild_id = Some(state.id());
    told.thread = Some(Box::new(row.channel()));
    work.emit(Event::MessageUpdate(told));
    starter(&cx, &mut work, &channel, row.id, id).await?;
    work.commit().await?;
    Ok(Created(thread))
}

/// The first message of a thread that was made from a message points back at it.
async fn starter(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    thread: Id<ChannelMarker>,
    message: Id<MessageMarker>,
) -> Result<()> {
    let me = cx.account()?.row.clone();
    let mut row = store::message::MessageRow::new(cx.next_id(), thread, me.id, String::new());
    row.kind = MessageKind::ThreadStarterMessage.number();
    row.position = Some(0);
    row.extras.0.reference = Some(guildhall_wire::message::MessageReference {
        kind: 0,
        message_id: Some(message),
        channel_id: channel.id,
        guild_id: channel.guild_id(),
    });
    store::message::insert(work, &row).await?;
    Ok(())
}

async fn create_thread(cx: Cx, channel: Channel, request: Request) -> Result<Response> {
    if channel.kind().is_forum() {
        return Ok(Created(Box::pin(post::create(&cx, &channel, request)).await?).into_response());
    }
    // No files come with a thread that begins with nothing: what was sent is removed again.
    let (body, _) = form::read::<ThreadBody>(&cx.app, channel.id, request).await?;
    let wanted = body.kind.map_or(12, |kind| kind.0);
    let kind = ChannelKind::from_number(wanted).filter(|kind| kind.is_thread());
    let fits = match (channel.kind(), kind) {
        (ChannelKind::Text, Some(ChannelKind::PublicThread | ChannelKind::PrivateThread))
        | (ChannelKind::Announcement, Some(ChannelKind::AnnouncementThread)) => kind,
        (ChannelKind::Text | ChannelKind::Announcement, _) => {
            return Err(Error::form("type", "BASE_TYPE_CHOICES", "Value must be one of (10, 11, 12)."));
        }
        _ => None,
    };
    let kind = fits.ok_or(Code::WrongChannelType)?;
    channel.require(if kind == ChannelKind::PrivateThread {
        Permissions::CREATE_PRIVATE_THREADS
    } else {
        Permissions::CREATE_PUBLIC_THREADS
    })?;
    let state = channel.guild()?.clone();
    crate::channel::require_open(&cx, &channel).await?;
    let mut row = prepare(&cx, &channel, &body, kind)?;
    crate::automod::guard_title(&cx, &channel, body.name.trim()).await?;
    row.owner_id = Some(cx.user()?);
    let pause = crate::message::pause(&cx, &channel, &cx.account()?.row).await?;
    let mut work = cx.begin().await?.at(channel.id);
    crate::message::take_turn(&cx, &channel, &mut work, cx.user()?, pause, Turn::Thread).await?;
    let thread = open(&cx, &mut work, &state, &mut row, Some(cx.user()?)).await?;
    if kind != ChannelKind::PrivateThread {
        let me = cx.account()?.row.clone();
        let name = row.name.clone().unwrap_or_default();
        crate::message::system_thread(&cx, &mut work, &channel, &me, &name, row.id).await?;
    }
    work.commit().await?;
    Ok(Created(thread).into_response())
}

/// Refuses what has no threads below it.
fn require_parent(channel: &Channel) -> Result<()> {
    let kinds = [ChannelKind::Text, ChannelKind::Announcement, ChannelKind::Forum, ChannelKind::Media];
    if kinds.contains(&channel.kind()) { Ok(()) } else { Err(Code::WrongChannelType.into()) }
}

fn require_thread(channel: &Channel) -> Result<&GuildState> {
    if !channel.kind().is_thread() {
        return Err(Code::WrongChannelType.into());
    }
    Ok(channel.guild()?)
}

/// Refuses an archived thread: nobody joins or leaves it then, nor reacts.
pub(crate) fn require_active(channel: &Channel) -> Result<()> {
    let archived = channel.channel.thread_metadata.as_ref().is_some_and(|metadata| metadata.archived);
    if archived { Err(Code::ThreadArchived.into()) } else { Ok(()) }
}

async fn add(cx: &Cx, channel: &Channel, user: Id<UserMarker>) -> Result<NoContent> {
    let guild = require_thread(channel)?.id();
    require_active(channel)?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    if row.member_count as usize >= MOST {
        return Err(Code::TooManyThreadMembers.into());
    }
    let member = ThreadMemberRow { channel_id: row.id, user_id: user, joined_at: cx.now(), flags: 1 };
    if store::thread::join(&mut work, &member).await? {
        row.member_count += 1;
        // Of a private one they know only now.
        let mut thread = row.channel();
        thread.member = Some(member.member());
        work.emit(Event::ThreadCreate(thread).to(user));
        tell_members(&cx.app, &mut work, guild, &row, vec![member], Vec::new()).await?;
        work.commit().await?;
    }
    Ok(NoContent)
}

async fn remove(cx: &Cx, channel: &Channel, user: Id<UserMarker>) -> Result<NoContent> {
    let guild = require_thread(channel)?.id();
    require_active(channel)?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    if store::thread::leave(&mut work, row.id, user).await? {
        row.member_count = row.member_count.saturating_sub(1);
        tell_members(&cx.app, &mut work, guild, &row, Vec::new(), vec![user]).await?;
        work.commit().await?;
    }
    Ok(NoContent)
}

/// Takes somebody who leaves a guild out of its threads.
pub(crate) async fn leave_all(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<()> {
    for thread in store::thread::leave_guild(work, guild, user).await? {
        let row = store::channel::get(work, thread).await?.ok_or(Code::UnknownChannel)?;
        work.emit(Event::ThreadMembersUpdate(ThreadMembersUpdate {
            id: thread,
            guild_id: guild,
            member_count: row.member_count.min(50),
            added_members: Vec::new(),
            removed_member_ids: vec![user],
        }));
    }
    Ok(())
}

async fn join_thread(cx: Cx, channel: Channel) -> Result<NoContent> {
    crate::channel::require_verified(&cx, &channel)?;
    add(&cx, &channel, cx.user()?).await
}

async fn leave_thread(cx: Cx, channel: Channel) -> Result<NoContent> {
    remove(&cx, &channel, cx.user()?).await
}

type Member = Path<(Id<ChannelMarker>, Id<UserMarker>)>;

async fn add_thread_member(cx: Cx, channel: Channel, Path((_, user)): Member) -> Result<NoContent> {
    let state = require_thread(&channel)?;
    channel.require(Permissions::SEND_MESSAGES_IN_THREADS)?;
    if !state.is_member(user) {
        return Err(Code::UnknownMember.into());
    }
    let invitable = channel.channel.thread_metadata.as_ref().and_then(|metadata| metadata.invitable).unwrap_or(true);
    let owner = channel.channel.owner_id == Some(cx.user()?);
    if !invitable && !owner {
        channel.require(Permissions::MANAGE_THREADS)?;
    }
    // Nobody is brought to a channel that they may not see.
    let parent = channel.channel.parent().and_then(|parent| state.channels.get(&parent)).ok_or(Code::UnknownChannel)?;
    if !state.can_view(user, parent) {
        return Err(Code::MissingAccess.into());
    }
    add(&cx, &channel, user).await
}

async fn delete_thread_member(cx: Cx, channel: Channel, Path((_, user)): Member) -> Result<NoContent> {
    require_thread(&channel)?;
    let owner = channel.channel.owner_id == Some(cx.user()?) && channel.kind() == ChannelKind::PrivateThread;
    if !owner {
        channel.require(Permissions::MANAGE_THREADS)?;
    }
    remove(&cx, &channel, user).await
}

/// What posting in a thread does before the message: it opens an archived thread and joins the author. Gives the message's place.
pub(crate) async fn posted(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    author: Option<Id<UserMarker>>,
) -> Result<Option<u32>> {
    let Place::Guild(state) = &channel.place else { return Ok(None) };
    if !channel.kind().is_thread() {
        return Ok(None);
    }
    let mut row = store::channel::get(work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    if row.locked && !channel.permissions.contains(Permissions::MANAGE_THREADS) {
        return Err(Code::ThreadLocked.into());
    }
    if row.archived {
        unarchive(cx, work, &mut row).await?;
    }
    let position = row.total_message_sent;
    let Some(author) = author else { return Ok(Some(position)) };
    let member = ThreadMemberRow { channel_id: row.id, user_id: author, joined_at: cx.now(), flags: 1 };
    if store::thread::join(work, &member).await? {
        row.member_count += 1;
        tell_members(&cx.app, work, state.id(), &row, vec![member], Vec::new()).await?;
    }
    Ok(Some(position))
}
