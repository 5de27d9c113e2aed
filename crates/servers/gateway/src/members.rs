//! Op 8: members in chunks.

use std::collections::HashSet;
use std::sync::Arc;

use guildhall_bus::{Bus, Dispatch, GuildState};
use guildhall_wire::gateway::{Intents, MembersChunk, RequestMembers};
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::presence::Status;

use crate::backend::{Backend, Cause, MemberRequest};
use crate::guild::Viewer;

/// Most members of one chunk.
const CHUNK: usize = 1000;
/// Most members that a search finds.
const SEARCH_LIMIT: usize = 100;

/// An answer that is sent chunk by chunk. Of a large guild only the ids are kept: its members are looked up when they are due.
#[derive(Debug)]
pub(crate) struct Answer {
    request: RequestMembers,
    whom: Whom,
    not_found: Vec<String>,
    presences: bool,
    index: usize,
    count: usize,
}

/// Whom an answer is about.
#[derive(Debug)]
enum Whom {
    /// Few, in one chunk.
    Found(Vec<Member>),
    /// As many as there are.
    Listed(Vec<Id<UserMarker>>),
}

impl Answer {
    /// Looks the members up. Whoever may not ask gets an empty answer: clients wait for one.
    pub(crate) async fn find<B: Backend>(
        bus: &Bus,
        backend: &B,
        viewer: Viewer,
        in_shard: bool,
        request: RequestMembers,
    ) -> Result<Self, Cause> {
        let state = bus.guild(request.guild_id).filter(|state| in_shard && state.is_member(viewer.user));
        let whom = match state {
            Some(state) => look_up(backend, viewer, &state, &request).await?,
            None => Whom::Found(Vec::new()),
        };
        let (found, count) = match &whom {
            Whom::Found(members) => (members.iter().filter_map(id_of).collect(), 1),
            Whom::Listed(ids) => (HashSet::new(), ids.len().div_ceil(CHUNK).max(1)),
        };
        let asked = request.user_ids.iter().flatten();
        let missing = asked.filter(|id| !found.contains(id)).map(Id::to_string);
        let not_found = missing.chain(request.not_ids.iter().cloned()).collect();
        let presences = request.presences && viewer.intents.contains(Intents::GUILD_PRESENCES);
        Ok(Self { request, whom, not_found, presences, index: 0, count })
    }

    /// The next chunk. There is always at least one.
    pub(crate) async fn next<B: Backend>(&mut self, bus: &Bus, backend: &B) -> Result<Option<Dispatch>, Cause> {
        if self.index >= self.count {
            return Ok(None);
        }
        let looked_up;
        let members = match &self.whom {
            Whom::Found(members) => members.as_slice(),
            Whom::Listed(ids) => {
                let ids = ids.chunks(CHUNK).nth(self.index).unwrap_or_default();
                looked_up = by_ids(backend, self.request.guild_id, ids.to_vec()).await?;
                &looked_up
            }
        };
        let presences = self.presences.then(|| {
            members
                .iter()
                .filter_map(id_of)
                .map(|user| bus.presence(user, None))
                .filter(|presence| presence.status != Status::Offline)
                .collect()
        });
        let chunk = MembersChunk {
            guild_id: self.request.guild_id,
            members,
            chunk_index: self.index,
            chunk_count: self.count,
            not_found: if self.index == 0 { &self.not_found } else { &[] },
            presences,
            nonce: self.request.nonce.as_deref(),
        };
        let body = serde_json::to_vec(&chunk)?;
        self.index += 1;
        Ok(Some(Dispatch::new("GUILD_MEMBERS_CHUNK", body)))
    }
}

fn id_of(member: &Member) -> Option<Id<UserMarker>> {
    member.user.as_ref().map(|user| user.id)
}

async fn by_ids<B: Backend>(
    backend: &B,
    guild: Id<GuildMarker>,
    ids: Vec<Id<UserMarker>>,
) -> Result<Vec<Member>, Cause> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut members = backend.members(guild, MemberRequest::Ids(ids)).await?;
    members.sort_by_key(id_of);
    Ok(members)
}

async fn look_up<B: Backend>(
    backend: &B,
    viewer: Viewer,
    state: &Arc<GuildState>,
    request: &RequestMembers,
) -> Result<Whom, Cause> {
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0);
    if let Some(ids) = &request.user_ids {
        let mut ids = ids.clone();
        ids.retain(|id| state.is_member(*id));
        ids.sort_unstable();
        ids.dedup();
        return Ok(Whom::Found(by_ids(backend, state.id(), ids).await?));
    }
    if request.query.is_empty() {
        // With any limit: so many of all are a part of the list.
        if viewer.bot && !viewer.intents.contains(Intents::GUILD_MEMBERS) {
            return Ok(Whom::Found(Vec::new()));
        }
        let mut ids: Vec<_> = state.members.keys().copied().collect();
        ids.sort_unstable();
        ids.truncate(limit.unwrap_or(usize::MAX));
        return Ok(Whom::Listed(ids));
    }
    let limit = limit.unwrap_or(SEARCH_LIMIT).min(SEARCH_LIMIT);
    let mut members = backend.members(state.id(), MemberRequest::Prefix(request.query.clone(), limit)).await?;
    members.sort_by_key(id_of);
    Ok(Whom::Found(members))
}
