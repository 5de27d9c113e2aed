//! Who is mentioned in a thread takes part in it from then on.

use std::collections::BTreeSet;
use std::sync::Arc;

use guildhall_bus::GuildState;
use guildhall_bus::guild::ThreadState;
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::thread::ThreadMemberRow;

use super::{MOST, tell_members};
use crate::kernel::access::Place;
use crate::prelude::*;

/// Most members of a role whom one mention of it brings.
const ROLE: usize = 100;

/// Adds the people and the members of roles that a message mentions to its thread, as far as they see what the thread is in
/// and its author may. Gives the channel with them in it, when somebody came.
pub(crate) async fn bring(
    app: &crate::App,
    work: &mut Work,
    channel: &Channel,
    row: &MessageRow,
) -> Result<Option<Channel>> {
    let Place::Guild(state) = &channel.place else { return Ok(None) };
    if !channel.kind().is_thread() || row.kind().is_system() || !may_bring(channel, row) {
        return Ok(None);
    }
    let wanted = mentioned(state, channel, row);
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut thread = store::channel::get(work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let mut added = Vec::new();
    for user in wanted {
        if thread.member_count as usize >= MOST {
            break;
        }
        let member =
            ThreadMemberRow { channel_id: thread.id, user_id: user, joined_at: app.clock().micros(), flags: 1 };
        if store::thread::join(work, &member).await? {
            thread.member_count += 1;
            added.push(member);
        }
    }
    if added.is_empty() {
        return Ok(None);
    }
    for member in &added {
        let mut told = thread.channel();
        told.member = Some(member.member());
        work.emit(Event::ThreadCreate(told).to(member.user_id));
    }
    let mut state = GuildState::clone(state);
    let mut known = if let Some(known) = state.threads.get(&thread.id) {
        known.clone()
    } else {
        let members = store::thread::of_thread(work, thread.id).await?;
        ThreadState { channel: channel.channel.clone(), members: members.into_iter().collect() }
    };
    known.members.extend(added.iter().map(|member| member.user_id));
    state.threads.insert(thread.id, known);
    tell_members(app, work, state.id(), &thread, added, Vec::new()).await?;
    Ok(Some(Channel { place: Place::Guild(Arc::new(state)), ..channel.clone() }))
}

/// To a private thread that is closed to invitations only its maker and moderators bring others.
fn may_bring(channel: &Channel, row: &MessageRow) -> bool {
    let invitable = channel.channel.thread_metadata.as_ref().and_then(|metadata| metadata.invitable).unwrap_or(true);
    invitable
        || channel.channel.owner_id == Some(row.author_id)
        || channel.permissions.contains(Permissions::MANAGE_THREADS)
}

/// Whom a message mentions who is not in its thread yet and sees what it is in. Roles of many members bring nobody.
fn mentioned(state: &GuildState, channel: &Channel, row: &MessageRow) -> BTreeSet<Id<UserMarker>> {
    let Some(parent) = channel.channel.parent().and_then(|parent| state.channels.get(&parent)) else {
        return BTreeSet::new();
    };
    let mut wanted: BTreeSet<_> = row.mentions.0.iter().copied().collect();
    for role in &row.mention_roles.0 {
        let held = state.members.iter().filter(|(_, member)| member.roles.contains(role)).map(|(user, _)| *user);
        let held: Vec<_> = held.take(ROLE + 1).collect();
        if held.len() <= ROLE {
            wanted.extend(held);
        }
    }
    wanted.remove(&row.author_id);
    let there = state.threads.get(&channel.id).map(|thread| &thread.members);
    wanted.retain(|user| there.is_none_or(|there| !there.contains(user)));
    state.viewers(parent, wanted.into_iter()).collect()
}
