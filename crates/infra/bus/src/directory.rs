//! Guilds, channels and memberships as they are now, kept up to date by events alone.

use std::collections::HashMap;
use std::sync::Arc;

use guildhall_wire::Event;
use guildhall_wire::channel::{Channel, ChannelKind};
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, MessageMarker, UserMarker};
use guildhall_wire::scheduled_event::{EventException, ScheduledEvent};
use guildhall_wire::soundboard::SoundboardSound;

use crate::guild::{GuildState, MemberState, ThreadState};

/// Where a channel is, as it is now.
#[derive(Clone, Debug)]
pub enum ChannelPlace {
    /// In a guild: a channel or an active thread.
    Guild(Arc<GuildState>, Arc<Channel>),
    /// A direct message and who is in it.
    Private(Arc<Private>),
}

/// A direct message.
#[derive(Debug)]
pub struct Private {
    /// The channel, without recipients.
    pub channel: Channel,
    /// Everybody in it.
    pub recipients: Vec<Id<UserMarker>>,
}

/// Which guild has which channel: for finding a channel by its id alone.
#[derive(Clone, Debug)]
enum Place {
    Guild(Id<GuildMarker>),
    Private(Arc<Private>),
}

/// All snapshots of this node.
#[derive(Debug, Default)]
pub struct Directory {
    guilds: papaya::HashMap<Id<GuildMarker>, Arc<GuildState>>,
    places: papaya::HashMap<Id<ChannelMarker>, Place>,
    /// In order. Most people are in few guilds, and there are many people.
    memberships: papaya::HashMap<Id<UserMarker>, Box<[Id<GuildMarker>]>>,
}

impl Directory {
    /// The guild as it is now.
    pub fn guild(&self, id: Id<GuildMarker>) -> Option<Arc<GuildState>> {
        self.guilds.pin().get(&id).cloned()
    }

    /// All guilds, in no order.
    pub fn guilds(&self) -> Vec<Arc<GuildState>> {
        self.guilds.pin().values().cloned().collect()
    }

    /// The guilds that a user is a member of, oldest first.
    pub fn guilds_of(&self, user: Id<UserMarker>) -> Vec<Id<GuildMarker>> {
        self.memberships.pin().get(&user).map(|guilds| guilds.to_vec()).unwrap_or_default()
    }

    /// Where a channel is.
    pub fn channel(&self, id: Id<ChannelMarker>) -> Option<ChannelPlace> {
        match self.places.pin().get(&id)? {
            Place::Private(private) => Some(ChannelPlace::Private(private.clone())),
            Place::Guild(guild) => {
                let guild = self.guild(*guild)?;
                let channel = guild.channel(id)?.clone();
                Some(ChannelPlace::Guild(guild, channel))
            }
        }
    }

    pub(crate) fn load_guild(&self, state: GuildState) {
        let places = self.places.pin();
        for id in state.channels.keys().chain(state.threads.keys()) {
            places.insert(*id, Place::Guild(state.id()));
        }
        for user in state.members.keys() {
            self.join(*user, state.id());
        }
        self.guilds.pin().insert(state.id(), Arc::new(state));
    }

    /// Puts a guild in the place of what was known of it. Called under the bus's order lock.
    pub(crate) fn replace_guild(&self, state: GuildState) {
        if let Some(before) = self.guild(state.id()) {
            let places = self.places.pin();
            let gone = before.channels.keys().chain(before.threads.keys()).filter(|id| state.channel(**id).is_none());
            gone.for_each(|id| drop(places.remove(id).cloned()));
            for user in before.members.keys().filter(|user| !state.is_member(**user)) {
                self.leave(*user, state.id());
            }
        }
        self.load_guild(state);
    }

    /// Called under the bus's order lock.
    pub(crate) fn load_thread(&self, thread: Channel, members: Vec<Id<UserMarker>>) {
        let Some(state) = thread.guild_id.and_then(|guild| self.guild(guild)) else { return };
        let mut state = GuildState::clone(&state);
        self.places.pin().insert(thread.id, Place::Guild(state.id()));
        let members = members.into_iter().filter(|user| state.is_member(*user)).collect();
        state.threads.insert(thread.id, ThreadState { channel: Arc::new(thread), members });
        self.guilds.pin().insert(state.id(), Arc::new(state));
    }

    pub(crate) fn load_private(&self, channel: Channel, recipients: Vec<Id<UserMarker>>) {
        self.places.pin().insert(channel.id, Place::Private(Arc::new(Private { channel, recipients })));
    }

    fn join(&self, user: Id<UserMarker>, guild: Id<GuildMarker>) {
        let memberships = self.memberships.pin();
        if memberships.get(&user).is_some_and(|guilds| guilds.binary_search(&guild).is_ok()) {
            return;
        }
        let with = |guilds: &[Id<GuildMarker>]| {
            let place = guilds.partition_point(|other| *other < guild);
            let (before, after) = guilds.split_at(place);
            [before, &[guild], after].concat().into_boxed_slice()
        };
        memberships.update_or_insert_with(user, |guilds| with(guilds), || Box::new([guild]));
    }

    fn leave(&self, user: Id<UserMarker>, guild: Id<GuildMarker>) {
        let memberships = self.memberships.pin();
        memberships.update(user, |guilds| guilds.iter().copied().filter(|other| *other != guild).collect());
    }

    /// Applies an event; gives the guild it is about as it was before and as it is after.
    ///
    /// Called under the bus's order lock: nobody else changes the directory meanwhile.
    pub(crate) fn apply(&self, addressed: &Addressed) -> (Option<Arc<GuildState>>, Option<Arc<GuildState>>) {
        let event = &addressed.event;
        let Some(id) = self.guild_of(event) else {
            self.apply_private(event);
            return (None, None);
        };
        let Some(before) = self.guild(id) else { return (None, None) };
        let mut after = GuildState::clone(&before);
        // What one user alone hears is no news about the guild.
        if addressed.to.is_some() || !self.change(&mut after, event) {
            return (Some(before.clone()), Some(before));
        }
        if matches!(event, Event::GuildDelete(_)) {
            self.guilds.pin().remove(&id);
            for channel in before.channels.keys().chain(before.threads.keys()) {
                self.places.pin().remove(channel);
            }
            for user in before.members.keys() {
                self.leave(*user, id);
            }
            return (Some(before), None);
        }
        let after = Arc::new(after);
        self.guilds.pin().insert(id, after.clone());
        (Some(before), Some(after))
    }

    /// The guild that an event is about.
    pub(crate) fn guild_of(&self, event: &Event) -> Option<Id<GuildMarker>> {
        match event {
            Event::GuildCreate(join) => Some(join.id),
            Event::GuildUpdate(guild) => Some(guild.id),
            Event::GuildDelete(guild) => Some(guild.id),
            Event::GuildRoleCreate(role) | Event::GuildRoleUpdate(role) => Some(role.guild_id),
            Event::GuildRoleDelete(role) => Some(role.guild_id),
            Event::GuildMemberAdd(member) | Event::GuildMemberUpdate(member) => Some(member.guild_id),
            Event::GuildMemberRemove(user) | Event::GuildBanAdd(user) | Event::GuildBanRemove(user) => {
                Some(user.guild_id)
            }
            Event::GuildJoinRequestCreate(told) | Event::GuildJoinRequestUpdate(told) => Some(told.guild_id),
            Event::GuildJoinRequestDelete(gone) => Some(gone.guild_id),
            Event::GuildEmojisUpdate(emojis) => Some(emojis.guild_id),
            Event::ScheduledEventCreate(event)
            | Event::ScheduledEventUpdate(event)
            | Event::ScheduledEventDelete(event) => Some(event.guild_id),
            Event::GuildStickersUpdate(stickers) => Some(stickers.guild_id),
            Event::SoundCreate(sound) | Event::SoundUpdate(sound) => sound.guild_id,
            Event::SoundDelete(sound) => Some(sound.guild_id),
            Event::VoiceEffect(effect) => Some(effect.guild_id),
            Event::StageInstanceCreate(stage)
            | Event::StageInstanceUpdate(stage)
            | Event::StageInstanceDelete(stage) => Some(stage.guild_id),
            Event::ScheduledEventUserAdd(interest) | Event::ScheduledEventUserRemove(interest) => {
                Some(interest.guild_id)
            }
            Event::EventExceptionCreate(exception)
            | Event::EventExceptionUpdate(exception)
            | Event::EventExceptionDelete(exception) => exception.guild_id,
            Event::GuildIntegrationsUpdate(guild) => Some(guild.guild_id),
            Event::GuildAuditLogEntryCreate(entry) => entry.guild_id,
            Event::AutoModerationRuleCreate(rule)
            | Event::AutoModerationRuleUpdate(rule)
            | Event::AutoModerationRuleDelete(rule) => Some(rule.guild_id),
            Event::AutoModerationActionExecution(execution) => Some(execution.guild_id),
            Event::IntegrationCreate(integration) | Event::IntegrationUpdate(integration) => integration.guild_id,
            Event::IntegrationDelete(gone) => Some(gone.guild_id),
            Event::InviteCreate(invite) => invite.guild_id,
            Event::InviteDelete(invite) => invite.guild_id,
            Event::ChannelCreate(channel)
            | Event::ChannelUpdate(channel)
            | Event::ChannelDelete(channel)
            | Event::ThreadCreate(channel)
            | Event::ThreadUpdate(channel) => channel.guild_id,
            Event::ChannelPinsUpdate(pins) => pins.guild_id,
            Event::InteractionCreate(interaction) => {
                interaction.get("guild_id").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok())
            }
            Event::ThreadDelete(thread) => Some(thread.guild_id),
            Event::ThreadListSync(sync) => Some(sync.guild_id),
            Event::ThreadMemberUpdate(member) => member.guild_id,
            Event::ThreadMembersUpdate(update) => Some(update.guild_id),
            Event::MessageCreate(message) | Event::MessageUpdate(message) => message.guild_id,
            Event::MessageDelete(message) => message.guild_id,
            Event::MessageDeleteBulk(messages) => messages.guild_id,
            Event::MessageReactionAdd(reaction) | Event::MessageReactionRemove(reaction) => reaction.guild_id,
            Event::MessageReactionRemoveAll(clear) | Event::MessageReactionRemoveEmoji(clear) => clear.guild_id,
            Event::MessagePollVoteAdd(vote) | Event::MessagePollVoteRemove(vote) => vote.guild_id,
            Event::TypingStart(typing) => typing.guild_id,
            Event::PresenceUpdate(presence) => presence.guild_id,
            Event::VoiceStateUpdate(state) => state.guild_id,
            Event::VoiceChannelStatusUpdate(update) => Some(update.guild_id),
            Event::WebhooksUpdate(update) => Some(update.guild_id),
            Event::CommandPermissionsUpdate(permissions) => Some(permissions.guild_id),
            Event::ReceiptUpdate(receipt) => match self.places.pin().get(&receipt.channel_id)? {
                Place::Guild(guild) => Some(*guild),
                Place::Private(_) => None,
            },
            Event::ChannelRecipientAdd(_)
            | Event::ChannelRecipientRemove(_)
            | Event::MessageAck(_)
            | Event::EntitlementCreate(_)
            | Event::EntitlementUpdate(_)
            | Event::EntitlementDelete(_)
            | Event::SubscriptionCreate(_)
            | Event::SubscriptionUpdate(_)
            | Event::SubscriptionDelete(_)
            | Event::UserUpdate(_)
            | Event::UserSettingsUpdate(_)
            | Event::UserGuildSettingsUpdate(_)
            | Event::UserNoteUpdate(_)
            | Event::RelationshipAdd(_)
            | Event::RelationshipUpdate(_)
            | Event::RelationshipRemove(_)
            | Event::InteractionSuccess(_)
            | Event::InteractionFailure(_)
            | Event::InteractionModalCreate(_)
            | Event::AutocompleteResponse(_)
            | Event::WarningCreate(_)
            | Event::InstanceUpdate(_) => None,
        }
    }

    /// Changes a snapshot by an event; says whether there was anything to change.
    fn change(&self, state: &mut GuildState, told: &Event) -> bool {
        match told {
            Event::GuildUpdate(guild) => {
                let mut guild = guild.clone();
                guild.roles = Vec::new();
                guild.emojis = Vec::new();
                guild.stickers = Vec::new();
                state.guild = Arc::new(guild);
            }
            Event::GuildDelete(_) => {}
            Event::GuildRoleCreate(role) | Event::GuildRoleUpdate(role) => {
                Arc::make_mut(&mut state.roles).insert(role.role.id, Arc::new(role.role.clone()));
            }
            Event::GuildRoleDelete(role) => {
                Arc::make_mut(&mut state.roles).remove(&role.role_id);
            }
            Event::GuildMemberAdd(member) | Event::GuildMemberUpdate(member) => {
                let Some(user) = member.user_id() else { return false };
                let entry = MemberState {
                    roles: member.member.roles.clone().into(),
                    timeout_until: member.member.communication_disabled_until.map(crate::guild::micros),
                    joined_at: crate::guild::micros(member.member.joined_at),
                    limited: member.member.is_limited(),
                };
                // Whoever is gone does not come back by what was read of them before.
                if matches!(told, Event::GuildMemberUpdate(_)) && !state.members.contains_key(&user) {
                    return false;
                }
                self.join(user, state.id());
                if state.members.get(&user).is_some_and(|known| **known == entry) {
                    return false;
                }
                state.members.insert(user, Arc::new(entry));
            }
            Event::GuildMemberRemove(gone) => {
                self.leave(gone.user.id, state.id());
                state.members.remove(&gone.user.id);
                let threads = state.threads.iter().filter(|(_, thread)| thread.members.contains(&gone.user.id));
                for id in threads.map(|(id, _)| *id).collect::<Vec<_>>() {
                    if let Some(thread) = state.threads.get_mut(&id) {
                        thread.members.remove(&gone.user.id);
                    }
                }
            }
            Event::AutoModerationRuleCreate(rule) | Event::AutoModerationRuleUpdate(rule) => {
                state.automod.put(rule.clone());
            }
            Event::AutoModerationRuleDelete(rule) => state.automod.remove(rule.id),
            Event::GuildEmojisUpdate(emojis) => state.emojis = Arc::new(emojis.emojis.clone()),
            Event::ScheduledEventCreate(event) | Event::ScheduledEventUpdate(event) => {
                // Who made it is looked up for those who ask.
                state.keep_event(ScheduledEvent { creator: None, user_count: None, ..event.clone() });
            }
            Event::GuildStickersUpdate(stickers) => state.stickers = Arc::new(stickers.stickers.clone()),
            Event::SoundCreate(sound) | Event::SoundUpdate(sound) => {
                state.sounds.insert(sound.sound_id, SoundboardSound { user: None, ..sound.clone() });
            }
            Event::SoundDelete(sound) => {
                state.sounds.remove(&sound.sound_id);
            }
            Event::StageInstanceCreate(stage) | Event::StageInstanceUpdate(stage) => {
                state.stages.insert(stage.channel_id, Arc::new(stage.clone()));
            }
            Event::StageInstanceDelete(stage) => {
                state.stages.remove(&stage.channel_id);
            }
            Event::ScheduledEventDelete(event) => {
                state.events.remove(&event.id);
            }
            Event::EventExceptionCreate(exception)
            | Event::EventExceptionUpdate(exception)
            | Event::EventExceptionDelete(exception) => {
                let Some(known) = state.events.get(&exception.event_id) else { return false };
                let mut event = ScheduledEvent::clone(known);
                let exceptions = &mut event.guild_scheduled_event_exceptions;
                exceptions.retain(|other| other.event_exception_id != exception.event_exception_id);
                if !matches!(told, Event::EventExceptionDelete(_)) {
                    exceptions.push(EventException { guild_id: None, ..exception.clone() });
                    exceptions.sort_unstable_by_key(|exception| exception.event_exception_id);
                }
                state.events.insert(event.id, Arc::new(event));
            }
            // Whatever tells of it, a thread is none of the guild's channels.
            Event::ChannelUpdate(thread) if thread.kind.is_thread() => return self.change_thread(state, thread),
            Event::ChannelCreate(channel) | Event::ChannelUpdate(channel) => {
                self.places.pin().insert(channel.id, Place::Guild(state.id()));
                state.channels.insert(channel.id, Arc::new(channel.clone()));
            }
            Event::ChannelDelete(channel) => {
                self.places.pin().remove(&channel.id);
                state.channels.remove(&channel.id);
                let orphans: Vec<_> = state
                    .threads
                    .iter()
                    .filter(|(_, thread)| thread.channel.parent() == Some(channel.id))
                    .map(|(id, _)| *id)
                    .collect();
                for id in orphans {
                    self.places.pin().remove(&id);
                    state.threads.remove(&id);
                }
            }
            Event::ThreadCreate(thread) | Event::ThreadUpdate(thread) => return self.change_thread(state, thread),
            Event::ThreadDelete(thread) => {
                self.places.pin().remove(&thread.id);
                state.threads.remove(&thread.id);
            }
            Event::ThreadMembersUpdate(update) => {
                let Some(thread) = state.threads.get_mut(&update.id) else { return false };
                Arc::make_mut(&mut thread.channel).member_count = Some(update.member_count);
                for member in &update.added_members {
                    thread.members.insert(member.user_id);
                }
                for user in &update.removed_member_ids {
                    thread.members.remove(user);
                }
            }
            Event::ChannelPinsUpdate(pins) => {
                return Self::change_channel(state, pins.channel_id, |channel| {
                    channel.last_pin_timestamp =
                        pins.last_pin_timestamp.map_or(guildhall_wire::Patch::Null, guildhall_wire::Patch::Value);
                });
            }
            Event::MessageCreate(message) => {
                return Self::change_channel(state, message.channel_id, |channel| {
                    channel.last_message_id = guildhall_wire::Patch::Value(message.id);
                    // What a thread begins with is not counted.
                    if message.id != channel.id.cast() {
                        channel.message_count = channel.message_count.map(|count| count + 1);
                        channel.total_message_sent = channel.total_message_sent.map(|count| count + 1);
                    }
                });
            }
            Event::VoiceChannelStatusUpdate(update) => {
                return Self::change_channel(state, update.id, |channel| channel.status.clone_from(&update.status));
            }
            Event::MessageDelete(message) => return Self::uncount(state, message.channel_id, &[message.id]),
            Event::MessageDeleteBulk(messages) => return Self::uncount(state, messages.channel_id, &messages.ids),
            _ => return false,
        }
        true
    }

    /// An archived thread leaves the snapshot; one that is opened again comes back.
    fn change_thread(&self, state: &mut GuildState, thread: &Channel) -> bool {
        let archived = thread.thread_metadata.as_ref().is_some_and(|metadata| metadata.archived);
        if archived {
            self.places.pin().remove(&thread.id);
            return state.threads.remove(&thread.id).is_some();
        }
        self.places.pin().insert(thread.id, Place::Guild(state.id()));
        if let (Some(true), Some(forum)) = (thread.newly_created, thread.parent()) {
            // The newest post of a forum is its newest message.
            if state.channels.get(&forum).is_some_and(|forum| forum.kind.is_forum()) {
                Self::change_channel(state, forum, |forum| {
                    forum.last_message_id = guildhall_wire::Patch::Value(thread.id.cast());
                });
            }
        }
        let mut channel = thread.clone();
        channel.newly_created = None;
        channel.member = None;
        let members = state.threads.get(&thread.id).map(|known| known.members.clone()).unwrap_or_default();
        state.threads.insert(thread.id, ThreadState { channel: Arc::new(channel), members });
        true
    }

    /// Counts messages out of a thread that are gone from it.
    fn uncount(state: &mut GuildState, thread: Id<ChannelMarker>, gone: &[Id<MessageMarker>]) -> bool {
        let Some(known) = state.threads.get_mut(&thread) else { return false };
        let gone = gone.iter().filter(|id| id.cast() != thread).count();
        let channel = Arc::make_mut(&mut known.channel);
        channel.message_count =
            channel.message_count.map(|count| count.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX)));
        true
    }

    fn change_channel(state: &mut GuildState, id: Id<ChannelMarker>, change: impl FnOnce(&mut Channel)) -> bool {
        if let Some(thread) = state.threads.get_mut(&id) {
            change(Arc::make_mut(&mut thread.channel));
            return true;
        }
        let Some(channel) = state.channels.get(&id) else { return false };
        let mut channel = Channel::clone(channel);
        change(&mut channel);
        state.channels.insert(id, Arc::new(channel));
        true
    }

    fn apply_private(&self, event: &Event) {
        let places = self.places.pin();
        let private = |id: Id<ChannelMarker>| match places.get(&id) {
            Some(Place::Private(private)) => Some(private.clone()),
            _ => None,
        };
        match event {
            Event::ChannelUpdate(channel) if channel.kind == ChannelKind::GroupDm => {
                if let Some(known) = private(channel.id) {
                    let mut bare = channel.clone();
                    bare.recipients = None;
                    self.load_private(bare, known.recipients.clone());
                }
            }
            Event::ChannelRecipientAdd(recipient) => {
                if let Some(known) = private(recipient.channel_id) {
                    let mut recipients = known.recipients.clone();
                    recipients.push(recipient.user.id);
                    recipients.sort_unstable();
                    recipients.dedup();
                    self.load_private(known.channel.clone(), recipients);
                }
            }
            Event::ChannelRecipientRemove(recipient) => {
                if let Some(known) = private(recipient.channel_id) {
                    let recipients = known.recipients.iter().copied().filter(|id| *id != recipient.user.id).collect();
                    self.load_private(known.channel.clone(), recipients);
                }
            }
            Event::MessageCreate(message) => {
                if let Some(known) = private(message.channel_id) {
                    let mut channel = known.channel.clone();
                    channel.last_message_id = guildhall_wire::Patch::Value(message.id);
                    self.load_private(channel, known.recipients.clone());
                }
            }
            _ => {}
        }
    }

    /// Everybody in a direct message.
    pub(crate) fn recipients(&self, id: Id<ChannelMarker>) -> Vec<Id<UserMarker>> {
        match self.places.pin().get(&id) {
            Some(Place::Private(private)) => private.recipients.clone(),
            _ => Vec::new(),
        }
    }

    /// Sizes, for metrics: guilds and channels.
    pub fn sizes(&self) -> HashMap<&'static str, usize> {
        HashMap::from([("guilds", self.guilds.len()), ("channels", self.places.len())])
    }
}
