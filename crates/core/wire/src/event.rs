//! Dispatch events: what the gateway tells, by Discord's names.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit_log::AuditLogEntry;
use crate::automod::{Execution, Rule};
use crate::channel::{Channel, PinsUpdate, TypingStart, VoiceStatusUpdate};
use crate::emoji::Emoji;
use crate::entitlement::{Entitlement, Subscription};
use crate::guild::{Guild, UnavailableGuild};
use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};
use crate::integration::{Integration, IntegrationDelete};
use crate::invite::{InviteCreate, InviteDelete};
use crate::join_request::{JoinRequestDelete, JoinRequestEvent};
use crate::member::GuildMember;
use crate::message::{Message, MessageDelete, MessageDeleteBulk};
use crate::poll::PollVote;
use crate::presence::Presence;
use crate::reaction::{ReactionClear, ReactionEvent};
use crate::read_state::{MessageAck, Receipt};
use crate::relationship::Relationship;
use crate::role::Role;
use crate::scheduled_event::{EventException, ScheduledEvent, ScheduledEventInterest};
use crate::settings::{NoteUpdate, UserGuildSettings, UserSettings};
use crate::soundboard::{SoundboardSound, SoundboardSoundDelete, VoiceEffect};
use crate::stage::StageInstance;
use crate::sticker::Sticker;
use crate::thread::{ThreadDelete, ThreadListSync, ThreadMember, ThreadMembersUpdate};
use crate::user::{CurrentUser, User};
use crate::voice::VoiceState;
use crate::warning::Warning;
use crate::webhook::WebhooksUpdate;

macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident($body:ty) = $name:literal;)*) => {
        /// An event with its body (`d`). To whom it goes is decided by the bus.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Event { $( $(#[$meta])* #[doc = concat!("`", $name, "`")] $variant($body), )* }

        impl Event {
            /// Every name that can be sent.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// Discord's name (`t`).
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Reads an event back from its name and body: for events that come from another node.
            pub fn read(name: &str, body: &[u8]) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $($name => Some(serde_json::from_slice(body).map(Self::$variant)),)*
                    _ => None,
                }
            }
        }
    };
}

events! {
    /// Addressed to one user: a guild came into reach. The body is made by each gateway session for its own user.
    GuildCreate(GuildJoin) = "GUILD_CREATE";
    GuildUpdate(Guild) = "GUILD_UPDATE";
    /// Addressed to one user when it left or was removed; to everybody there when the guild is gone.
    GuildDelete(UnavailableGuild) = "GUILD_DELETE";
    GuildRoleCreate(GuildRole) = "GUILD_ROLE_CREATE";
    GuildRoleUpdate(GuildRole) = "GUILD_ROLE_UPDATE";
    GuildRoleDelete(GuildRoleDelete) = "GUILD_ROLE_DELETE";
    GuildMemberAdd(GuildMember) = "GUILD_MEMBER_ADD";
    GuildMemberUpdate(GuildMember) = "GUILD_MEMBER_UPDATE";
    GuildMemberRemove(GuildUser) = "GUILD_MEMBER_REMOVE";
    GuildBanAdd(GuildUser) = "GUILD_BAN_ADD";
    GuildBanRemove(GuildUser) = "GUILD_BAN_REMOVE";
    GuildEmojisUpdate(GuildEmojis) = "GUILD_EMOJIS_UPDATE";
    ScheduledEventCreate(ScheduledEvent) = "GUILD_SCHEDULED_EVENT_CREATE";
    ScheduledEventUpdate(ScheduledEvent) = "GUILD_SCHEDULED_EVENT_UPDATE";
    ScheduledEventDelete(ScheduledEvent) = "GUILD_SCHEDULED_EVENT_DELETE";
    ScheduledEventUserAdd(ScheduledEventInterest) = "GUILD_SCHEDULED_EVENT_USER_ADD";
    ScheduledEventUserRemove(ScheduledEventInterest) = "GUILD_SCHEDULED_EVENT_USER_REMOVE";
    EventExceptionCreate(EventException) = "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE";
    EventExceptionUpdate(EventException) = "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE";
    EventExceptionDelete(EventException) = "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE";
    GuildJoinRequestCreate(JoinRequestEvent) = "GUILD_JOIN_REQUEST_CREATE";
    GuildJoinRequestUpdate(JoinRequestEvent) = "GUILD_JOIN_REQUEST_UPDATE";
    GuildJoinRequestDelete(JoinRequestDelete) = "GUILD_JOIN_REQUEST_DELETE";
    GuildStickersUpdate(GuildStickers) = "GUILD_STICKERS_UPDATE";
    SoundCreate(SoundboardSound) = "GUILD_SOUNDBOARD_SOUND_CREATE";
    SoundUpdate(SoundboardSound) = "GUILD_SOUNDBOARD_SOUND_UPDATE";
    SoundDelete(SoundboardSoundDelete) = "GUILD_SOUNDBOARD_SOUND_DELETE";
    VoiceEffect(VoiceEffect) = "VOICE_CHANNEL_EFFECT_SEND";
    StageInstanceCreate(StageInstance) = "STAGE_INSTANCE_CREATE";
    StageInstanceUpdate(StageInstance) = "STAGE_INSTANCE_UPDATE";
    StageInstanceDelete(StageInstance) = "STAGE_INSTANCE_DELETE";
    GuildIntegrationsUpdate(GuildOnly) = "GUILD_INTEGRATIONS_UPDATE";
    GuildAuditLogEntryCreate(AuditLogEntry) = "GUILD_AUDIT_LOG_ENTRY_CREATE";
    AutoModerationRuleCreate(Rule) = "AUTO_MODERATION_RULE_CREATE";
    AutoModerationRuleUpdate(Rule) = "AUTO_MODERATION_RULE_UPDATE";
    AutoModerationRuleDelete(Rule) = "AUTO_MODERATION_RULE_DELETE";
    AutoModerationActionExecution(Execution) = "AUTO_MODERATION_ACTION_EXECUTION";
    IntegrationCreate(Integration) = "INTEGRATION_CREATE";
    IntegrationUpdate(Integration) = "INTEGRATION_UPDATE";
    IntegrationDelete(IntegrationDelete) = "INTEGRATION_DELETE";
    InviteCreate(InviteCreate) = "INVITE_CREATE";
    InviteDelete(InviteDelete) = "INVITE_DELETE";
    ChannelCreate(Channel) = "CHANNEL_CREATE";
    ChannelUpdate(Channel) = "CHANNEL_UPDATE";
    ChannelDelete(Channel) = "CHANNEL_DELETE";
    ChannelPinsUpdate(PinsUpdate) = "CHANNEL_PINS_UPDATE";
    ChannelRecipientAdd(ChannelRecipient) = "CHANNEL_RECIPIENT_ADD";
    ChannelRecipientRemove(ChannelRecipient) = "CHANNEL_RECIPIENT_REMOVE";
    ThreadCreate(Channel) = "THREAD_CREATE";
    ThreadUpdate(Channel) = "THREAD_UPDATE";
    ThreadDelete(ThreadDelete) = "THREAD_DELETE";
    ThreadListSync(ThreadListSync) = "THREAD_LIST_SYNC";
    ThreadMemberUpdate(ThreadMember) = "THREAD_MEMBER_UPDATE";
    ThreadMembersUpdate(ThreadMembersUpdate) = "THREAD_MEMBERS_UPDATE";
    MessageCreate(Message) = "MESSAGE_CREATE";
    MessageUpdate(Message) = "MESSAGE_UPDATE";
    MessageDelete(MessageDelete) = "MESSAGE_DELETE";
    MessageDeleteBulk(MessageDeleteBulk) = "MESSAGE_DELETE_BULK";
    MessageReactionAdd(ReactionEvent) = "MESSAGE_REACTION_ADD";
    MessageReactionRemove(ReactionEvent) = "MESSAGE_REACTION_REMOVE";
    MessageReactionRemoveAll(ReactionClear) = "MESSAGE_REACTION_REMOVE_ALL";
    MessageReactionRemoveEmoji(ReactionClear) = "MESSAGE_REACTION_REMOVE_EMOJI";
    MessagePollVoteAdd(PollVote) = "MESSAGE_POLL_VOTE_ADD";
    MessagePollVoteRemove(PollVote) = "MESSAGE_POLL_VOTE_REMOVE";
    MessageAck(MessageAck) = "MESSAGE_ACK";
    TypingStart(TypingStart) = "TYPING_START";
    PresenceUpdate(Presence) = "PRESENCE_UPDATE";
    VoiceStateUpdate(VoiceState) = "VOICE_STATE_UPDATE";
    VoiceChannelStatusUpdate(VoiceStatusUpdate) = "VOICE_CHANNEL_STATUS_UPDATE";
    EntitlementCreate(Entitlement) = "ENTITLEMENT_CREATE";
    EntitlementUpdate(Entitlement) = "ENTITLEMENT_UPDATE";
    EntitlementDelete(Entitlement) = "ENTITLEMENT_DELETE";
    SubscriptionCreate(Subscription) = "SUBSCRIPTION_CREATE";
    SubscriptionUpdate(Subscription) = "SUBSCRIPTION_UPDATE";
    SubscriptionDelete(Subscription) = "SUBSCRIPTION_DELETE";
    UserUpdate(CurrentUser) = "USER_UPDATE";
    UserSettingsUpdate(UserSettings) = "USER_SETTINGS_UPDATE";
    UserGuildSettingsUpdate(UserGuildSettings) = "USER_GUILD_SETTINGS_UPDATE";
    UserNoteUpdate(NoteUpdate) = "USER_NOTE_UPDATE";
    RelationshipAdd(Relationship) = "RELATIONSHIP_ADD";
    RelationshipUpdate(Relationship) = "RELATIONSHIP_UPDATE";
    RelationshipRemove(Relationship) = "RELATIONSHIP_REMOVE";
    WebhooksUpdate(WebhooksUpdate) = "WEBHOOKS_UPDATE";
    InteractionCreate(Value) = "INTERACTION_CREATE";
    InteractionSuccess(Value) = "INTERACTION_SUCCESS";
    InteractionFailure(Value) = "INTERACTION_FAILURE";
    InteractionModalCreate(Value) = "INTERACTION_MODAL_CREATE";
    AutocompleteResponse(Value) = "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE";
    CommandPermissionsUpdate(CommandPermissions) = "APPLICATION_COMMAND_PERMISSIONS_UPDATE";
    ReceiptUpdate(Receipt) = "GUILDHALL_RECEIPT_UPDATE";
    /// Addressed to who was warned.
    WarningCreate(Warning) = "GUILDHALL_WARNING_CREATE";
    InstanceUpdate(Value) = "GUILDHALL_INSTANCE_UPDATE";
}

/// A guild that came into reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildJoin {
    /// The guild.
    pub id: Id<GuildMarker>,
}

/// A guild's id and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildOnly {
    /// The guild.
    pub guild_id: Id<GuildMarker>,
}

/// A role and its guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuildRole {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Which.
    pub role: Role,
}

/// A role that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildRoleDelete {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Which.
    pub role_id: Id<RoleMarker>,
}

/// A user and a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuildUser {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Who.
    pub user: User,
}

/// All emoji of a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuildEmojis {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// All of them.
    pub emojis: Vec<Emoji>,
}

/// All stickers of a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuildStickers {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// All of them.
    pub stickers: Vec<Sticker>,
}

/// Somebody in a group DM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelRecipient {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Who.
    pub user: User,
}

/// Who may use a command in a guild.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandPermissions {
    /// The command, or the application for all of its commands.
    pub id: Id<twilight_model::id::marker::GenericMarker>,
    /// Whose command.
    pub application_id: Id<ApplicationMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// `{id, type: 1 role, 2 user, 3 channel, permission}`.
    pub permissions: Vec<Value>,
}

/// An event on its way: to its usual audience, or to one user alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Addressed {
    /// Only this user's sessions hear it.
    pub to: Option<Id<UserMarker>>,
    /// What happened.
    pub event: Event,
}

impl Event {
    /// For one user's sessions alone.
    pub fn to(self, user: Id<UserMarker>) -> Addressed {
        Addressed { to: Some(user), event: self }
    }
}

impl From<Event> for Addressed {
    fn from(event: Event) -> Self {
        Self { to: None, event }
    }
}
