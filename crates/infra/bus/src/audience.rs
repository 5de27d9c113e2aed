//! Who hears what.

use std::collections::BTreeSet;
use std::sync::Arc;

use guildhall_wire::channel::Channel;
use guildhall_wire::guild::UnavailableGuild;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, ScheduledEventMarker, UserMarker};
use guildhall_wire::scheduled_event::ScheduledEvent;
use guildhall_wire::{Event, Permissions};

use crate::connection::{Connection, Delivery};
use crate::dispatch::Dispatch;
use crate::guild::GuildState;
use crate::voice::Passage;
use crate::{Job, Shared, view};

/// Bits of Discord's gateway intents.
pub mod intents {
    /// Guilds, roles, channels, threads.
    pub const GUILDS: u64 = 1;
    /// Members; privileged.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Bans and the audit log.
    pub const GUILD_MODERATION: u64 = 1 << 2;
    /// Emoji, stickers, sounds.
    pub const GUILD_EXPRESSIONS: u64 = 1 << 3;
    /// Integrations.
    pub const GUILD_INTEGRATIONS: u64 = 1 << 4;
    /// Webhooks.
    pub const GUILD_WEBHOOKS: u64 = 1 << 5;
    /// Invites.
    pub const GUILD_INVITES: u64 = 1 << 6;
    /// Voice states.
    pub const GUILD_VOICE_STATES: u64 = 1 << 7;
    /// Presences; privileged.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// Messages in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// Reactions in guilds.
    pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
    /// Typing in guilds.
    pub const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
    /// Direct messages.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// Reactions in direct messages.
    pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
    /// Typing in direct messages.
    pub const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
    /// Scheduled events.
    pub const GUILD_SCHEDULED_EVENTS: u64 = 1 << 16;
    /// Content of messages that are not meant for the bot; privileged.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    /// Rules of automatic moderation.
    pub const AUTO_MODERATION_CONFIGURATION: u64 = 1 << 20;
    /// What those rules did.
    pub const AUTO_MODERATION_EXECUTION: u64 = 1 << 21;
    /// Votes in polls of guilds.
    pub const GUILD_MESSAGE_POLLS: u64 = 1 << 24;
    /// Votes in polls of direct messages.
    pub const DIRECT_MESSAGE_POLLS: u64 = 1 << 25;
    /// Everything: what people's sessions have.
    pub const ALL: u64 = u64::MAX;
}

/// To whom an event goes.
enum Audience {
    /// All members, or those with one of these permissions in the guild.
    Guild(Permissions),
    /// The members who see a channel.
    Channel(Id<ChannelMarker>),
    /// Those of them who hear what is written there.
    Hearers(Id<ChannelMarker>),
    /// The members who manage a channel.
    Managers(Id<ChannelMarker>),
    /// Everybody who sits in a voice channel.
    Voice(Id<ChannelMarker>),
    /// Everybody in a direct message.
    Private(Id<ChannelMarker>),
    /// Everybody who is connected.
    Everybody,
    /// Only those whom it is addressed to.
    Nobody,
}

/// Whether an event goes to the very audience of the one before it: what comes in floods is then told together, and who hears
/// it is asked once.
pub(crate) fn is_alike(first: &Job, next: &Job) -> bool {
    first.to.is_none()
        && next.to.is_none()
        && match (&first.event, &next.event) {
            (Event::MessageCreate(one), Event::MessageCreate(other)) => one.channel_id == other.channel_id,
            (Event::PresenceUpdate(one), Event::PresenceUpdate(other)) => one.guild_id == other.guild_id,
            _ => false,
        }
}

/// Hands events that are [alike](is_alike) to their audience.
pub(crate) fn deliver(shared: &Shared, jobs: &[Job]) {
    let [job, ..] = jobs else { return };
    if let Event::GuildCreate(join) = &job.event {
        if let Some(user) = job.to {
            to_user(shared, user, Some(join.id), &Delivery::Joined(join.id));
        }
        return;
    }
    let guild = shared.directory.guild_of(&job.event);
    let hears = filter(&job.event, guild.is_some());
    // Made for the first who hears it.
    let mut made: Option<Option<Arc<Dispatch>>> = None;
    let mut hand_over = |connections: &[Arc<Connection>]| {
        for connection in connections {
            let subscriber = &connection.subscriber;
            if !hears(subscriber.user, subscriber.intents) || !in_shard(connection, guild) {
                continue;
            }
            let make = || Dispatch::of_all(jobs.iter().map(|job| &job.event)).map(Arc::new);
            if let Some(dispatch) = made.get_or_insert_with(make) {
                connection.send(Delivery::Event(dispatch.clone()));
            }
        }
    };
    if let Some(user) = job.to {
        hand_over(&shared.connections.of_user(user));
        return;
    }
    if let (Some(passage), Event::VoiceStateUpdate(voice), Some(state)) = (job.passage, &job.event, &job.after) {
        for user in passengers(shared, state, passage, voice.user_id) {
            hand_over(&shared.connections.of_user(user));
        }
        return;
    }
    // A guild or member that is gone hears it from the snapshot before.
    let leaving = matches!(job.event, Event::GuildDelete(_) | Event::GuildMemberRemove(_));
    let state = if leaving { job.before.as_ref() } else { job.after.as_ref() };
    let audience = audience(job, guild.is_some());
    match audience {
        Audience::Nobody => {}
        Audience::Everybody => hand_over(&shared.connections.all()),
        Audience::Voice(id) => {
            let Some(channel) = state.and_then(|state| state.channels.get(&id)) else { return };
            for seat in shared.voice.in_channel(channel) {
                hand_over(&shared.connections.of_user(seat.user_id));
            }
        }
        Audience::Private(channel) => {
            for user in shared.directory.recipients(channel) {
                hand_over(&shared.connections.of_user(user));
            }
        }
        Audience::Guild(needed) => {
            let Some(state) = state else { return };
            let now = shared.time.micros();
            for user in connected_members(shared, state) {
                if needed.is_empty() || state.permissions(user, now).intersects(needed) {
                    hand_over(&shared.connections.of_user(user));
                }
            }
        }
        Audience::Managers(id) => {
            let Some((state, channel)) = place(job, id) else { return };
            let now = shared.time.micros();
            let needed = Permissions::VIEW_CHANNEL | Permissions::MANAGE_CHANNELS;
            for user in connected_members(shared, state) {
                if state.permissions_in(user, channel, now).contains(needed) {
                    hand_over(&shared.connections.of_user(user));
                }
            }
        }
        Audience::Channel(id) | Audience::Hearers(id) => {
            let found = place(job, id);
            let gone = gone_thread(&job.event);
            let given = channel_of(&job.event).or(gone.as_ref());
            let (Some(state), Some(channel)) =
                (found.map(|(state, _)| state).or(state), found.map(|(_, channel)| channel.as_ref()).or(given))
            else {
                return;
            };
            let connected = connected_members(shared, state);
            let mut tell = |user| hand_over(&shared.connections.of_user(user));
            if matches!(audience, Audience::Hearers(_)) {
                state.hearers(channel, connected).for_each(&mut tell);
            } else {
                state.viewers(channel, connected).for_each(&mut tell);
            }
            // Who was taken out of a private thread does not see it any more, and hears it all the same.
            if let (Event::ThreadMembersUpdate(update), Some(before)) = (&job.event, &job.before) {
                let saw = |user: &Id<UserMarker>| before.can_view(*user, channel) && !state.can_view(*user, channel);
                for user in update.removed_member_ids.iter().copied().filter(saw) {
                    hand_over(&shared.connections.of_user(user));
                }
            }
        }
    }
    for job in jobs {
        if let (Some(before), Some(after)) = (&job.before, &job.after)
            && !Arc::ptr_eq(before, after)
        {
            view::change(shared, &job.event, before, after);
        }
    }
}

/// A channel, where it is: what was just deleted is only in the snapshot before.
fn place(job: &Job, id: Id<ChannelMarker>) -> Option<(&Arc<GuildState>, &Arc<Channel>)> {
    let states = [job.after.as_ref(), job.before.as_ref()];
    states.into_iter().flatten().find_map(|state| state.channel(id).map(|channel| (state, channel)))
}

/// Who hears that somebody came into a voice channel or left it. Oneself hears everything but a leave that is a move.
fn passengers(shared: &Shared, state: &GuildState, passage: Passage, who: Id<UserMarker>) -> BTreeSet<Id<UserMarker>> {
    let see = |id: Id<ChannelMarker>| -> BTreeSet<Id<UserMarker>> {
        let channel = state.channels.get(&id);
        channel.map(|channel| state.viewers(channel, connected_members(shared, state)).collect()).unwrap_or_default()
    };
    match passage {
        Passage::Into(to) => see(to).into_iter().chain([who]).collect(),
        Passage::OutOf(from, None) => see(from).into_iter().chain([who]).collect(),
        Passage::OutOf(from, Some(to)) => {
            let mut left: BTreeSet<_> = see(from).difference(&see(to)).copied().collect();
            left.remove(&who);
            left
        }
    }
}

/// The members of a guild who are connected.
pub(crate) fn connected_members<'a>(
    shared: &'a Shared,
    state: &'a GuildState,
) -> impl Iterator<Item = Id<UserMarker>> + use<'a> {
    let users: Vec<_> = if state.members.len() <= shared.connections.users() {
        state.members.keys().copied().filter(|user| shared.connections.is_connected(*user)).collect()
    } else {
        shared.connections.connected().into_iter().filter(|user| state.is_member(*user)).collect()
    };
    users.into_iter()
}

pub(crate) fn in_shard(connection: &Connection, guild: Option<Id<GuildMarker>>) -> bool {
    let subscriber = &connection.subscriber;
    guild.map_or(subscriber.shard.0 == 0, |guild| subscriber.shard_has(guild))
}

pub(crate) fn to_user(shared: &Shared, user: Id<UserMarker>, guild: Option<Id<GuildMarker>>, delivery: &Delivery) {
    for connection in shared.connections.of_user(user).iter() {
        if in_shard(connection, guild) {
            connection.send(delivery.clone());
        }
    }
}

fn channel_of(event: &Event) -> Option<&Channel> {
    match event {
        Event::ChannelCreate(channel)
        | Event::ChannelUpdate(channel)
        | Event::ChannelDelete(channel)
        | Event::ThreadCreate(channel)
        | Event::ThreadUpdate(channel) => Some(channel),
        _ => None,
    }
}

/// An archived thread that was deleted: no snapshot has it.
fn gone_thread(event: &Event) -> Option<Channel> {
    let Event::ThreadDelete(gone) = event else { return None };
    let mut thread = Channel::new(gone.id, gone.kind);
    thread.parent_id = gone.parent_id.map_or(guildhall_wire::Patch::Null, guildhall_wire::Patch::Value);
    Some(thread)
}

/// The members who see a scheduled event.
fn event_audience(job: &Job, id: Id<ScheduledEventMarker>) -> Audience {
    let states = [job.after.as_ref(), job.before.as_ref()];
    match states.into_iter().flatten().find_map(|state| state.events.get(&id)) {
        Some(event) => place_of(event),
        // One that is over: nobody waits for it.
        None => Audience::Nobody,
    }
}

fn place_of(event: &ScheduledEvent) -> Audience {
    event.channel_id.map_or(Audience::Guild(Permissions::empty()), Audience::Channel)
}

fn audience(job: &Job, in_guild: bool) -> Audience {
    let event = &job.event;
    let channel = |id: Id<ChannelMarker>| if in_guild { Audience::Channel(id) } else { Audience::Private(id) };
    let written = |id: Id<ChannelMarker>| if in_guild { Audience::Hearers(id) } else { Audience::Private(id) };
    match event {
        Event::GuildUpdate(_)
        | Event::GuildDelete(_)
        | Event::GuildRoleCreate(_)
        | Event::GuildRoleUpdate(_)
        | Event::GuildRoleDelete(_)
        | Event::GuildMemberAdd(_)
        | Event::GuildMemberUpdate(_)
        | Event::GuildMemberRemove(_)
        | Event::GuildEmojisUpdate(_)
        | Event::GuildStickersUpdate(_)
        | Event::SoundCreate(_)
        | Event::SoundUpdate(_)
        | Event::SoundDelete(_)
        | Event::GuildIntegrationsUpdate(_)
        | Event::IntegrationCreate(_)
        | Event::IntegrationUpdate(_)
        | Event::IntegrationDelete(_)
        | Event::CommandPermissionsUpdate(_) => Audience::Guild(Permissions::empty()),
        Event::PresenceUpdate(presence) if presence.guild_id.is_some() => Audience::Guild(Permissions::empty()),
        Event::GuildBanAdd(_) | Event::GuildBanRemove(_) => {
            Audience::Guild(Permissions::BAN_MEMBERS | Permissions::VIEW_AUDIT_LOG)
        }
        Event::GuildAuditLogEntryCreate(_) => Audience::Guild(Permissions::VIEW_AUDIT_LOG),
        Event::GuildJoinRequestCreate(_) | Event::GuildJoinRequestUpdate(_) | Event::GuildJoinRequestDelete(_) => {
            Audience::Guild(Permissions::KICK_MEMBERS)
        }
        Event::AutoModerationRuleCreate(_)
        | Event::AutoModerationRuleUpdate(_)
        | Event::AutoModerationRuleDelete(_)
        | Event::AutoModerationActionExecution(_) => Audience::Guild(Permissions::MANAGE_GUILD),
        // The documents: with MANAGE_CHANNELS on the channel.
        Event::InviteCreate(invite) => Audience::Managers(invite.channel_id),
        Event::InviteDelete(invite) => Audience::Managers(invite.channel_id),
        Event::ScheduledEventCreate(event)
        | Event::ScheduledEventUpdate(event)
        | Event::ScheduledEventDelete(event) => place_of(event),
        Event::ScheduledEventUserAdd(interest) | Event::ScheduledEventUserRemove(interest) => {
            event_audience(job, interest.guild_scheduled_event_id)
        }
        Event::EventExceptionCreate(exception)
        | Event::EventExceptionUpdate(exception)
        | Event::EventExceptionDelete(exception) => event_audience(job, exception.event_id),
        Event::StageInstanceCreate(stage) | Event::StageInstanceUpdate(stage) | Event::StageInstanceDelete(stage) => {
            Audience::Channel(stage.channel_id)
        }
        Event::VoiceEffect(effect) => Audience::Voice(effect.channel_id),
        Event::WebhooksUpdate(update) => channel(update.channel_id),
        Event::ChannelCreate(created) | Event::ChannelUpdate(created) | Event::ChannelDelete(created) => {
            channel(created.id)
        }
        Event::ThreadCreate(thread) | Event::ThreadUpdate(thread) => Audience::Channel(thread.id),
        Event::ThreadDelete(thread) => Audience::Channel(thread.id),
        Event::ThreadMembersUpdate(update) => Audience::Channel(update.id),
        Event::ChannelPinsUpdate(pins) => written(pins.channel_id),
        Event::ChannelRecipientAdd(recipient) | Event::ChannelRecipientRemove(recipient) => {
            Audience::Private(recipient.channel_id)
        }
        Event::MessageCreate(message) | Event::MessageUpdate(message) => written(message.channel_id),
        Event::MessageDelete(message) => written(message.channel_id),
        Event::MessageDeleteBulk(messages) => written(messages.channel_id),
        Event::MessageReactionAdd(reaction) | Event::MessageReactionRemove(reaction) => written(reaction.channel_id),
        Event::MessageReactionRemoveAll(clear) | Event::MessageReactionRemoveEmoji(clear) => written(clear.channel_id),
        Event::MessagePollVoteAdd(vote) | Event::MessagePollVoteRemove(vote) => written(vote.channel_id),
        Event::TypingStart(typing) => written(typing.channel_id),
        Event::VoiceChannelStatusUpdate(update) => channel(update.id),
        Event::VoiceStateUpdate(_) => Audience::Guild(Permissions::empty()),
        Event::ReceiptUpdate(receipt) => written(receipt.channel_id),
        Event::InstanceUpdate(_) => Audience::Everybody,
        Event::GuildCreate(_)
        | Event::PresenceUpdate(_)
        | Event::ThreadListSync(_)
        | Event::ThreadMemberUpdate(_)
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
        | Event::InteractionCreate(_)
        | Event::InteractionSuccess(_)
        | Event::InteractionFailure(_)
        | Event::InteractionModalCreate(_)
        | Event::WarningCreate(_)
        | Event::AutocompleteResponse(_) => Audience::Nobody,
    }
}

/// Which sessions hear it, by user and intents.
fn filter(event: &Event, in_guild: bool) -> impl Fn(Id<UserMarker>, u64) -> bool {
    let either = |guild: u64, private: u64| if in_guild { guild } else { private };
    let needed = match event {
        Event::GuildCreate(_)
        | Event::GuildUpdate(_)
        | Event::GuildDelete(_)
        | Event::GuildRoleCreate(_)
        | Event::GuildRoleUpdate(_)
        | Event::GuildRoleDelete(_)
        | Event::ThreadCreate(_)
        | Event::ThreadUpdate(_)
        | Event::ThreadDelete(_)
        | Event::ThreadListSync(_)
        | Event::ThreadMemberUpdate(_)
        | Event::StageInstanceCreate(_)
        | Event::StageInstanceUpdate(_)
        | Event::StageInstanceDelete(_)
        | Event::VoiceChannelStatusUpdate(_) => intents::GUILDS,
        Event::ChannelCreate(_) | Event::ChannelUpdate(_) | Event::ChannelDelete(_) => either(intents::GUILDS, 0),
        Event::ChannelPinsUpdate(_) => either(intents::GUILDS, intents::DIRECT_MESSAGES),
        Event::ThreadMembersUpdate(_) => intents::GUILDS | intents::GUILD_MEMBERS,
        Event::GuildMemberAdd(_)
        | Event::GuildMemberUpdate(_)
        | Event::GuildMemberRemove(_)
        | Event::GuildJoinRequestCreate(_)
        | Event::GuildJoinRequestUpdate(_)
        | Event::GuildJoinRequestDelete(_) => intents::GUILD_MEMBERS,
        Event::GuildBanAdd(_) | Event::GuildBanRemove(_) | Event::GuildAuditLogEntryCreate(_) => {
            intents::GUILD_MODERATION
        }
        Event::AutoModerationRuleCreate(_)
        | Event::AutoModerationRuleUpdate(_)
        | Event::AutoModerationRuleDelete(_) => intents::AUTO_MODERATION_CONFIGURATION,
        Event::AutoModerationActionExecution(_) => intents::AUTO_MODERATION_EXECUTION,
        Event::GuildEmojisUpdate(_)
        | Event::GuildStickersUpdate(_)
        | Event::SoundCreate(_)
        | Event::SoundUpdate(_)
        | Event::SoundDelete(_) => intents::GUILD_EXPRESSIONS,
        Event::ScheduledEventCreate(_)
        | Event::ScheduledEventUpdate(_)
        | Event::ScheduledEventDelete(_)
        | Event::ScheduledEventUserAdd(_)
        | Event::ScheduledEventUserRemove(_)
        | Event::EventExceptionCreate(_)
        | Event::EventExceptionUpdate(_)
        | Event::EventExceptionDelete(_) => intents::GUILD_SCHEDULED_EVENTS,
        Event::GuildIntegrationsUpdate(_)
        | Event::IntegrationCreate(_)
        | Event::IntegrationUpdate(_)
        | Event::IntegrationDelete(_) => intents::GUILD_INTEGRATIONS,
        Event::WebhooksUpdate(_) => intents::GUILD_WEBHOOKS,
        Event::InviteCreate(_) | Event::InviteDelete(_) => intents::GUILD_INVITES,
        Event::VoiceStateUpdate(_) | Event::VoiceEffect(_) => intents::GUILD_VOICE_STATES,
        Event::PresenceUpdate(_) => intents::GUILD_PRESENCES,
        Event::MessageCreate(_) | Event::MessageUpdate(_) | Event::MessageDelete(_) => {
            either(intents::GUILD_MESSAGES, intents::DIRECT_MESSAGES)
        }
        Event::MessageDeleteBulk(_) => intents::GUILD_MESSAGES,
        Event::MessageReactionAdd(_)
        | Event::MessageReactionRemove(_)
        | Event::MessageReactionRemoveAll(_)
        | Event::MessageReactionRemoveEmoji(_) => {
            either(intents::GUILD_MESSAGE_REACTIONS, intents::DIRECT_MESSAGE_REACTIONS)
        }
        Event::MessagePollVoteAdd(_) | Event::MessagePollVoteRemove(_) => {
            either(intents::GUILD_MESSAGE_POLLS, intents::DIRECT_MESSAGE_POLLS)
        }
        Event::TypingStart(_) => either(intents::GUILD_MESSAGE_TYPING, intents::DIRECT_MESSAGE_TYPING),
        _ => 0,
    };
    // What is about a bot itself, it hears without the intent for members.
    let own: Vec<Id<UserMarker>> = match event {
        Event::GuildMemberUpdate(member) => member.user_id().into_iter().collect(),
        Event::ThreadMembersUpdate(update) => update
            .added_members
            .iter()
            .map(|member| member.user_id)
            .chain(update.removed_member_ids.iter().copied())
            .collect(),
        _ => Vec::new(),
    };
    // Guildhall's own events and read state mean nothing to bots, whose intents end where people's do not.
    let people_only = matches!(event, Event::ReceiptUpdate(_) | Event::WarningCreate(_) | Event::InstanceUpdate(_));
    move |user, session| {
        if people_only && session != intents::ALL {
            return false;
        }
        session & needed == needed || (own.contains(&user) && session & intents::GUILDS != 0)
    }
}

/// `GUILD_DELETE` for somebody who is no longer a member.
pub fn gone(guild: Id<GuildMarker>) -> Event {
    Event::GuildDelete(UnavailableGuild { id: guild, unavailable: false })
}
