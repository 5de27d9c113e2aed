//! Op 8: members in chunks.

use std::sync::Arc;

use guildhall_bus::{Bus, Dispatch, GuildState};
use guildhall_wire::gateway::{Intents, MembersChunk, RequestMembers};
use guildhall_wire::id::{Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::presence::Status;

use crate::backend::{Backend, Cause, MemberRequest};
use crate::guild::Viewer;

/// Most members of one chunk.
const CHUNK: usize = 1000;
/// Most members that a search finds.
const SEARCH_LIMIT: usize = 100;

/// An answer that is sent chunk by chunk.
#[derive(Debug)]
pub(crate) struct Answer {
    request: RequestMembers,
    members: Vec<Member>,
    not_found: Vec<Id<UserMarker>>,
    presences: bool,
    index: usize,
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
        let members = match state {
            Some(state) => look_up(backend, viewer, &state, &request).await?,
            None => Vec::new(),
        };
        let mut not_found = request.user_ids.clone().unwrap_or_default();
        not_found.retain(|id| !members.iter().any(|member| member.user.as_ref().is_some_and(|user| user.id == *id)));
        Ok(Self {
            presences: request.presences && viewer.intents.contains(Intents::GUILD_PRESENCES),
            request,
            members,
            not_found,
            index: 0,
        })
    }

    /// The next chunk. There is always at least one.
    pub(crate) fn next(&mut self, bus: &Bus) -> Option<Result<Dispatch, Cause>> {
        let count = self.members.len().div_ceil(CHUNK).max(1);
        if self.index >= count {
            return None;
        }
        let members = self.members.chunks(CHUNK).nth(self.index).unwrap_or_default();
        let presences = self.presences.then(|| {
            members
                .iter()
                .filter_map(|member| member.user.as_ref())
                .map(|user| bus.presence(user.id, None))
                .filter(|presence| presence.status != Status::Offline)
                .collect()
        });
        let chunk = MembersChunk {
            guild_id: self.request.guild_id,
            members,
            chunk_index: self.index,
            chunk_count: count,
            not_found: if self.index == 0 { &self.not_found } else { &[] },
            presences,
            nonce: self.request.nonce.as_deref(),
        };
        let body = serde_json::to_vec(&chunk).map_err(Into::into);
        self.index += 1;
        Some(body.map(|body| Dispatch::new("GUILD_MEMBERS_CHUNK", body)))
    }
}

async fn look_up<B: Backend>(
    backend: &B,
    viewer: Viewer,
    state: &Arc<GuildState>,
    request: &RequestMembers,
) -> Result<Vec<Member>, Cause> {
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let may_list = !viewer.bot || viewer.intents.contains(Intents::GUILD_MEMBERS);
    let wanted = match &request.user_ids {
        Some(ids) => {
            let mut ids = ids.clone();
            ids.retain(|id| state.is_member(*id));
            ids.sort_unstable();
            ids.dedup();
            MemberRequest::Ids(ids)
        }
        None if request.query.is_empty() && limit == 0 => {
            if !may_list {
                return Ok(Vec::new());
            }
            MemberRequest::All
        }
        None if request.query.is_empty() && may_list => MemberRequest::Prefix(String::new(), limit),
        None => {
            let limit = if limit == 0 { SEARCH_LIMIT } else { limit };
            MemberRequest::Prefix(request.query.clone(), limit.min(SEARCH_LIMIT))
        }
    };
    if matches!(&wanted, MemberRequest::Ids(ids) if ids.is_empty()) {
        return Ok(Vec::new());
    }
    let mut members = backend.members(state.id(), wanted).await?;
    members.sort_by_key(|member| member.user.as_ref().map(|user| user.id));
    Ok(members)
}
