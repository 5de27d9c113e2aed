//! Lists: of those who take part, of archived and of active threads.

use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_store::thread::ThreadMemberRow;
use guildhall_wire::channel::Channel as WireChannel;
use guildhall_wire::loose::Bool;
use guildhall_wire::thread::{ThreadList, ThreadMember};
use serde::Deserialize;

use super::{Member, require_parent, require_thread};
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    let read = Permissions::READ_MESSAGE_HISTORY;
    Routes::new()
        .get("/channels/{channel_id}/thread-members", list_thread_members, Need::Member)
        .get("/channels/{channel_id}/thread-members/{user_id}", get_thread_member, Need::Member)
        .get("/channels/{channel_id}/threads/archived/public", list_public_archived_threads, read)
        .get(
            "/channels/{channel_id}/threads/archived/private",
            list_private_archived_threads,
            read | Permissions::MANAGE_THREADS,
        )
        .get("/channels/{channel_id}/users/@me/threads/archived/private", list_my_private_archived_threads, read)
        .get("/guilds/{guild_id}/threads/active", get_active_guild_threads, Need::Member)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MemberPage {
    with_member: Bool,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn with_member(cx: &Cx, guild: Id<GuildMarker>, row: &ThreadMemberRow, wanted: bool) -> Result<ThreadMember> {
    let mut member = row.member();
    if wanted && let Some((row, user)) = store::member::with_user(&mut cx.db(), guild, row.user_id).await? {
        member.member = Some(row.member(Some(user.user())));
    }
    Ok(member)
}

async fn list_thread_members(
    cx: Cx,
    channel: Channel,
    Query(page): Query<MemberPage>,
) -> Result<Json<Vec<ThreadMember>>> {
    let guild = require_thread(&channel)?.id();
    crate::member::require_members_intent(&cx).await?;
    let limit = page.limit.unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    // Only who asks for members with it gets pages.
    let all = u32::try_from(super::MOST).unwrap_or(u32::MAX);
    let (after, limit) = if page.with_member.0 { (page.after.unwrap_or(0), limit) } else { (0, all) };
    let rows = store::thread::members(&mut cx.db(), channel.id, after, limit).await?;
    let mut list = Vec::with_capacity(rows.len());
    for row in &rows {
        list.push(with_member(&cx, guild, row, page.with_member.0).await?);
    }
    Ok(Json(list))
}

async fn get_thread_member(
    cx: Cx,
    channel: Channel,
    Path((_, user)): Member,
    Query(page): Query<MemberPage>,
) -> Result<Json<ThreadMember>> {
    let guild = require_thread(&channel)?.id();
    let row = store::thread::get(&mut cx.db(), channel.id, user).await?.ok_or(Code::UnknownMember)?;
    Ok(Json(with_member(&cx, guild, &row, page.with_member.0).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ArchivePage {
    before: Option<String>,
    limit: Option<u32>,
}

fn limit(page: &ArchivePage) -> Result<u32> {
    let limit = page.limit.unwrap_or(50);
    if (2..=100).contains(&limit) {
        Ok(limit)
    } else {
        Err(Error::form("limit", "NUMBER_TYPE_MIN", "int value should be between 2 and 100."))
    }
}

/// So many of the rows, with one's own part in them; whether there were more is told.
async fn page(cx: &Cx, mut rows: Vec<ChannelRow>, limit: u32) -> Result<Json<ThreadList>> {
    let (me, has_more) = (cx.user()?, rows.len() > limit as usize);
    rows.truncate(limit as usize);
    let mut list = ThreadList { has_more, ..ThreadList::default() };
    for row in rows {
        if let Some(member) = store::thread::get(&mut cx.db(), row.id, me).await? {
            list.members.push(member.member());
        }
        list.threads.push(row.channel());
    }
    Ok(Json(list))
}

/// Those of a channel, latest archived first.
async fn archived(cx: &Cx, channel: &Channel, query: &ArchivePage, private: bool) -> Result<Json<ThreadList>> {
    require_parent(channel)?;
    let limit = limit(query)?;
    let before = match query.before.as_deref().map(guildhall_wire::loose::time::parse) {
        None => i64::MAX,
        Some(Some(moment)) => moment.as_micros(),
        Some(None) => {
            return Err(Error::form("before", "BASE_TYPE_INVALID", "Not a well formed ISO8601 timestamp."));
        }
    };
    let rows = store::thread::archived(&mut cx.db(), channel.id, private, before, limit + 1).await?;
    page(cx, rows, limit).await
}

async fn list_public_archived_threads(
    cx: Cx,
    channel: Channel,
    Query(page): Query<ArchivePage>,
) -> Result<Json<ThreadList>> {
    archived(&cx, &channel, &page, false).await
}

async fn list_private_archived_threads(
    cx: Cx,
    channel: Channel,
    Query(page): Query<ArchivePage>,
) -> Result<Json<ThreadList>> {
    archived(&cx, &channel, &page, true).await
}

/// Those that one takes part in, newest first.
async fn list_my_private_archived_threads(
    cx: Cx,
    channel: Channel,
    Query(query): Query<ArchivePage>,
) -> Result<Json<ThreadList>> {
    require_parent(&channel)?;
    let limit = limit(&query)?;
    let before = match query.before.as_deref().map(str::parse::<Id<ChannelMarker>>) {
        None => i64::MAX.cast_unsigned(),
        Some(Ok(id)) => id.get(),
        Some(Err(_)) => return Err(Error::form("before", "NUMBER_TYPE_COERCE", "Value is not snowflake.")),
    };
    let rows = store::thread::joined_archived(&mut cx.db(), channel.id, cx.user()?, before, limit + 1).await?;
    page(&cx, rows, limit).await
}

async fn get_active_guild_threads(cx: Cx, guild: Guild) -> Result<Json<ThreadList>> {
    let me = cx.user()?;
    let visible = guild.state.threads.values().filter(|thread| guild.state.can_view(me, &thread.channel));
    let mut threads: Vec<_> = visible.map(|thread| WireChannel::clone(&thread.channel)).collect();
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.id));
    let members = store::thread::of_user(&mut cx.db(), guild.id, me).await?;
    let listed = |member: &&ThreadMemberRow| threads.iter().any(|thread| thread.id == member.channel_id);
    let members = members.iter().filter(listed).map(ThreadMemberRow::member).collect();
    Ok(Json(ThreadList { threads, members, has_more: false }))
}
