//! One guild as it is at one moment: never changed, only replaced.

use std::collections::HashMap;
use std::sync::Arc;

use guildhall_rules::automod::Rules;
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite};
use guildhall_wire::emoji::Emoji;
use guildhall_wire::guild::Guild;
use guildhall_wire::id::{ChannelMarker, GenericMarker, GuildMarker, Id, RoleMarker, ScheduledEventMarker, UserMarker};
use guildhall_wire::role::Role;
use guildhall_wire::scheduled_event::{ScheduledEvent, status};
use guildhall_wire::soundboard::SoundboardSound;
use guildhall_wire::stage::StageInstance;
use guildhall_wire::sticker::Sticker;
use guildhall_wire::{Permissions, Timestamp};

/// A guild's snapshot. Cloning is cheap: members and channels are persistent maps, everything else is shared.
#[derive(Clone, Debug)]
pub struct GuildState {
    /// The guild; its `roles`, `emojis` and `stickers` are empty, they stand below.
    pub guild: Arc<Guild>,
    /// All roles, `@everyone` under the guild's own id.
    pub roles: Arc<HashMap<Id<RoleMarker>, Arc<Role>>>,
    /// All channels but threads.
    pub channels: imbl::HashMap<Id<ChannelMarker>, Arc<Channel>>,
    /// Active threads.
    pub threads: imbl::HashMap<Id<ChannelMarker>, ThreadState>,
    /// All members.
    pub members: imbl::HashMap<Id<UserMarker>, Arc<MemberState>>,
    /// All emoji.
    pub emojis: Arc<Vec<Emoji>>,
    /// What is moderated by itself.
    pub automod: Rules,
    /// All stickers.
    pub stickers: Arc<Vec<Sticker>>,
    /// All sounds.
    pub sounds: imbl::OrdMap<Id<GenericMarker>, SoundboardSound>,
    /// What goes on on stages, by channel.
    pub stages: imbl::OrdMap<Id<ChannelMarker>, Arc<StageInstance>>,
    /// Scheduled events that are to come or go on.
    pub events: imbl::OrdMap<Id<ScheduledEventMarker>, Arc<ScheduledEvent>>,
}

/// What permissions and lists need of a member; its name is in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// Roles held, without `@everyone`.
    pub roles: Box<[Id<RoleMarker>]>,
    /// End of a timeout, in microseconds.
    pub timeout_until: Option<i64>,
    /// Microseconds.
    pub joined_at: i64,
    /// Looks and reads only: has not been let in yet, or is kept from taking part.
    pub limited: bool,
}

/// An active thread and who takes part.
#[derive(Clone, Debug)]
pub struct ThreadState {
    /// The thread.
    pub channel: Arc<Channel>,
    /// Who takes part.
    pub members: imbl::HashSet<Id<UserMarker>>,
}

/// See [`GuildState::standing`].
pub(crate) type Standing<'a> = (Permissions, &'a [Id<RoleMarker>]);

impl GuildState {
    /// A guild out of its parts.
    pub fn new(
        guild: Guild,
        roles: impl IntoIterator<Item = Role>,
        channels: impl IntoIterator<Item = Channel>,
        members: impl IntoIterator<Item = (Id<UserMarker>, MemberState)>,
    ) -> Self {
        let mut guild = guild;
        let emojis = std::mem::take(&mut guild.emojis);
        let stickers = std::mem::take(&mut guild.stickers);
        let mut roles: HashMap<_, _> = roles.into_iter().map(|role| (role.id, Arc::new(role))).collect();
        roles.extend(std::mem::take(&mut guild.roles).into_iter().map(|role| (role.id, Arc::new(role))));
        let (threads, channels): (Vec<_>, Vec<_>) = channels.into_iter().partition(|channel| channel.kind.is_thread());
        Self {
            guild: Arc::new(guild),
            roles: Arc::new(roles),
            channels: channels.into_iter().map(|channel| (channel.id, Arc::new(channel))).collect(),
            threads: threads
                .into_iter()
                .map(|thread| (thread.id, ThreadState { channel: Arc::new(thread), members: imbl::HashSet::new() }))
                .collect(),
            members: members.into_iter().map(|(id, member)| (id, Arc::new(member))).collect(),
            emojis: Arc::new(emojis),
            automod: Rules::default(),
            stickers: Arc::new(stickers),
            sounds: imbl::OrdMap::new(),
            stages: imbl::OrdMap::new(),
            events: imbl::OrdMap::new(),
        }
    }

    /// The guild's id.
    pub fn id(&self) -> Id<GuildMarker> {
        self.guild.id
    }

    /// The guild as REST gives it, roles and emoji in it.
    pub fn whole(&self) -> Guild {
        let mut roles: Vec<Role> = self.roles.values().map(|role| Role::clone(role)).collect();
        roles.sort_by_key(|role| (role.position, role.id));
        Guild { roles, emojis: self.emojis.to_vec(), stickers: self.stickers.to_vec(), ..Guild::clone(&self.guild) }
    }

    /// A channel or an active thread.
    pub fn channel(&self, id: Id<ChannelMarker>) -> Option<&Arc<Channel>> {
        self.channels.get(&id).or_else(|| self.threads.get(&id).map(|thread| &thread.channel))
    }

    /// Whether somebody is a member.
    pub fn is_member(&self, user: Id<UserMarker>) -> bool {
        self.members.contains_key(&user)
    }

    /// What a member may do in the guild as a whole; nothing for strangers. `now` in microseconds, for timeouts.
    pub fn permissions(&self, user: Id<UserMarker>, now: i64) -> Permissions {
        let Some(member) = self.members.get(&user) else { return Permissions::empty() };
        if self.guild.owner_id == user {
            return Permissions::all();
        }
        let permissions = guildhall_rules::permissions::limited(self.base(member), member.limited);
        guildhall_rules::permissions::timed_out(permissions, member.timeout_until, now)
    }

    /// What a member may do in a channel or thread; nothing for strangers.
    pub fn permissions_in(&self, user: Id<UserMarker>, channel: &Channel, now: i64) -> Permissions {
        let Some(member) = self.members.get(&user) else { return Permissions::empty() };
        if self.guild.owner_id == user {
            return Permissions::all();
        }
        let permissions = self.in_channel(self.base(member), &member.roles, Some(user), channel);
        let permissions = guildhall_rules::permissions::limited(permissions, member.limited);
        guildhall_rules::permissions::timed_out(permissions, member.timeout_until, now)
    }

    /// Whether a member sees a channel. Private threads are seen by those who take part and by moderators of threads, a category by
    /// whoever sees something in it.
    pub fn can_view(&self, user: Id<UserMarker>, channel: &Channel) -> bool {
        let Some(member) = self.members.get(&user) else { return false };
        if self.guild.owner_id == user {
            return true;
        }
        let permissions = self.in_channel(self.base(member), &member.roles, Some(user), channel);
        self.sees(user, permissions, channel)
    }

    /// Whether a member sees a channel who holds no role.
    pub fn is_public(&self, channel: &Channel) -> bool {
        let permissions = self.public_permissions(channel);
        permissions.contains(Permissions::VIEW_CHANNEL) && channel.kind != ChannelKind::PrivateThread
    }

    /// What a member may do in a channel who holds no role.
    pub fn public_permissions(&self, channel: &Channel) -> Permissions {
        let everyone = self.roles.get(&self.guild.id.cast()).map_or(Permissions::empty(), |role| role.permissions);
        self.in_channel(everyone, &[], None, channel)
    }

    /// Whether permissions that somebody has in a channel let them see it, or what is in it where it is a category.
    pub fn sees(&self, user: Id<UserMarker>, permissions: Permissions, channel: &Channel) -> bool {
        self.sees_itself(user, permissions, channel) || self.children(channel).any(|child| self.can_view(user, child))
    }

    /// What is in a category.
    fn children(&self, channel: &Channel) -> impl Iterator<Item = &Channel> {
        let category = (channel.kind == ChannelKind::Category).then_some(channel.id);
        let all = category
            .into_iter()
            .flat_map(|category| self.channels.values().filter(move |child| child.parent() == Some(category)));
        all.map(Arc::as_ref).filter(|child| child.kind != ChannelKind::Category)
    }

    fn sees_itself(&self, user: Id<UserMarker>, permissions: Permissions, channel: &Channel) -> bool {
        permissions.contains(Permissions::VIEW_CHANNEL)
            && (channel.kind != ChannelKind::PrivateThread
                || permissions.contains(Permissions::MANAGE_THREADS)
                || self.threads.get(&channel.id).is_some_and(|thread| thread.members.contains(&user)))
    }

    /// Keeps a scheduled event as it is now; one that is over is let go.
    pub fn keep_event(&mut self, event: ScheduledEvent) {
        if matches!(event.status, status::SCHEDULED | status::ACTIVE) {
            self.events.insert(event.id, Arc::new(event));
        } else {
            self.events.remove(&event.id);
        }
    }

    /// Whether somebody sees a scheduled event: every member, or whoever sees its channel.
    pub fn sees_event(&self, user: Id<UserMarker>, event: &ScheduledEvent) -> bool {
        match event.channel_id {
            None => self.is_member(user),
            Some(channel) => self.channels.get(&channel).is_some_and(|channel| self.can_view(user, channel)),
        }
    }

    /// Where somebody stands by their roles.
    pub fn rank(&self, user: Id<UserMarker>) -> i32 {
        let held = self.members.get(&user).into_iter().flat_map(|member| &member.roles);
        let places = held.filter_map(|id| self.roles.get(id)).map(|role| role.position);
        guildhall_rules::hierarchy::rank(self.guild.owner_id == user, places)
    }

    /// Whether a member hears what is written in a channel that they see: in a voice channel, who could come in.
    pub fn can_hear(&self, user: Id<UserMarker>, channel: &Channel) -> bool {
        self.hearers(channel, std::iter::once(user)).next().is_some()
    }

    /// The members who see a channel, computed once for each set of roles.
    pub fn viewers<'a>(
        &'a self,
        channel: &'a Channel,
        candidates: impl Iterator<Item = Id<UserMarker>> + 'a,
    ) -> impl Iterator<Item = Id<UserMarker>> + 'a {
        self.those(channel, candidates, |_| true)
    }

    /// The members who see a channel and hear what is written there.
    pub fn hearers<'a>(
        &'a self,
        channel: &'a Channel,
        candidates: impl Iterator<Item = Id<UserMarker>> + 'a,
    ) -> impl Iterator<Item = Id<UserMarker>> + 'a {
        self.those(channel, candidates, |permissions| guildhall_rules::permissions::hears(permissions, channel.kind))
    }

    fn those<'a>(
        &'a self,
        channel: &'a Channel,
        candidates: impl Iterator<Item = Id<UserMarker>> + 'a,
        may: impl Fn(Permissions) -> bool + 'a,
    ) -> impl Iterator<Item = Id<UserMarker>> + 'a {
        let mut looks: Vec<_> =
            std::iter::once(channel).chain(self.children(channel)).map(|channel| Look::new(self, channel)).collect();
        candidates.filter(move |&user| {
            let Some(member) = self.members.get(&user) else { return false };
            self.guild.owner_id == user
                || looks.iter_mut().any(|look| {
                    let permissions = look.permissions(user, member);
                    may(permissions) && self.sees_itself(user, permissions, look.channel)
                })
        })
    }

    /// What a member's view of channels hangs on, beside their overwrites: what they may do in the guild, and their roles.
    pub(crate) fn standing(&self, user: Id<UserMarker>) -> Option<Standing<'_>> {
        let member = self.members.get(&user)?;
        if self.guild.owner_id == user {
            return Some((Permissions::all(), &[]));
        }
        Some((self.base(member), &member.roles))
    }

    /// Where a channel's overwrites stand: a thread's are its parent's.
    fn place<'a>(&'a self, channel: &'a Channel) -> &'a Channel {
        if channel.kind.is_thread() {
            channel.parent().and_then(|parent| self.channels.get(&parent)).map_or(channel, |parent| parent.as_ref())
        } else {
            channel
        }
    }

    fn base(&self, member: &MemberState) -> Permissions {
        let everyone = self.roles.get(&self.guild.id.cast()).map_or(Permissions::empty(), |role| role.permissions);
        guildhall_rules::permissions::base(
            everyone,
            member.roles.iter().filter_map(|id| self.roles.get(id)).map(|role| role.permissions),
        )
    }

    fn in_channel(
        &self,
        base: Permissions,
        roles: &[Id<RoleMarker>],
        user: Option<Id<UserMarker>>,
        channel: &Channel,
    ) -> Permissions {
        let place = self.place(channel);
        if channel.kind.is_thread() && std::ptr::eq(place, channel) {
            // The parent is gone: so is the thread, soon.
            return Permissions::empty();
        }
        guildhall_rules::permissions::in_channel(base, place.overwrites(), self.guild.id, roles, user, channel.kind)
    }
}

/// What members may do in a channel, computed once for each set of roles.
struct Look<'a> {
    state: &'a GuildState,
    channel: &'a Channel,
    overwrites: &'a [Overwrite],
    known: HashMap<&'a [Id<RoleMarker>], Permissions>,
}

impl<'a> Look<'a> {
    fn new(state: &'a GuildState, channel: &'a Channel) -> Self {
        Self { state, channel, overwrites: state.place(channel).overwrites(), known: HashMap::new() }
    }

    fn permissions(&mut self, user: Id<UserMarker>, member: &'a MemberState) -> Permissions {
        let compute = |who| self.state.in_channel(self.state.base(member), &member.roles, who, self.channel);
        if self.overwrites.iter().any(|overwrite| overwrite.id == user.cast()) {
            compute(Some(user))
        } else {
            *self.known.entry(&member.roles).or_insert_with(|| compute(None))
        }
    }
}

/// Microseconds of a moment, as snapshots keep it.
pub fn micros(timestamp: Timestamp) -> i64 {
    timestamp.as_micros()
}
