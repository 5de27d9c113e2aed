//! The law of permissions: in guilds of any roles, overwrites and members, snapshots answer as an independent computation does
//! (twilight's), and who is said to see a channel is who has the permission to.

use guildhall_bus::guild::ThreadState;
use guildhall_bus::{GuildState, MemberState};
use guildhall_wire::Permissions;
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite, OverwriteKind};
use guildhall_wire::guild::Guild;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::role::Role;
use guildhall_wire::{Patch, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use twilight_model::channel::ChannelType;
use twilight_model::channel::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType};
use twilight_util::permission_calculator::PermissionCalculator;

pub(crate) const GUILD: u64 = 1000;
const OWNER: u64 = 1;
const NOW: i64 = 1_000_000;

/// A guild as numbers: roles 10, 11 …; members 1 (who owns it), 2 …; each with a set of roles and perhaps a timeout.
#[derive(Clone, Debug)]
struct Plan {
    everyone: Permissions,
    roles: Vec<Permissions>,
    members: Vec<(Vec<prop::sample::Index>, bool)>,
    kind: ChannelKind,
    overwrites: Vec<(Target, Permissions, Permissions)>,
    participants: Vec<prop::sample::Index>,
}

#[derive(Clone, Debug)]
enum Target {
    Everyone,
    Role(prop::sample::Index),
    Member(prop::sample::Index),
}

/// Any permissions; rarely those of an administrator, which end every computation.
fn permissions() -> impl Strategy<Value = Permissions> {
    let some = any::<u64>().prop_map(|bits| Permissions::from_bits_truncate(bits) - Permissions::ADMINISTRATOR);
    let few = (any::<u64>(), any::<u64>()).prop_map(|(a, b)| {
        (Permissions::from_bits_truncate(a & b) | Permissions::VIEW_CHANNEL) - Permissions::ADMINISTRATOR
    });
    prop_oneof![
        5 => some,
        5 => few,
        2 => Just(Permissions::empty()),
        1 => Just(Permissions::ADMINISTRATOR),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let index = any::<prop::sample::Index>;
    let target = prop_oneof![
        Just(Target::Everyone),
        index().prop_map(Target::Role),
        index().prop_map(Target::Role),
        index().prop_map(Target::Member),
    ];
    let kind = prop_oneof![
        Just(ChannelKind::Text),
        Just(ChannelKind::Announcement),
        Just(ChannelKind::Voice),
        Just(ChannelKind::Stage),
    ];
    (
        permissions(),
        prop::collection::vec(permissions(), 1..6),
        prop::collection::vec((prop::collection::vec(index(), 0..4), prop::bool::weighted(0.1)), 1..8),
        kind,
        prop::collection::vec((target, permissions(), permissions()), 0..8),
        prop::collection::vec(index(), 0..4),
    )
        .prop_map(|(everyone, roles, members, kind, overwrites, participants)| Plan {
            everyone,
            roles,
            members,
            kind,
            overwrites,
            participants,
        })
}

pub(crate) fn role(id: u64, permissions: Permissions) -> Role {
    let colors = json!({ "primary_color": 0, "secondary_color": null, "tertiary_color": null });
    let role = json!({
        "id": id.to_string(), "name": "role", "permissions": permissions.bits().to_string(), "position": id, "color": 0,
        "colors": colors, "hoist": false, "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null,
        "flags": 0,
    });
    serde_json::from_value(role).unwrap()
}

pub(crate) fn guild() -> Guild {
    let guild = json!({
        "id": GUILD.to_string(), "name": "Guild", "icon": null, "description": null, "home_header": null, "splash": null,
        "discovery_splash": null, "banner": null, "features": [], "owner_id": OWNER.to_string(), "application_id": null,
        "region": "local", "afk_channel_id": null, "afk_timeout": 300, "system_channel_id": null,
        "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null, "verification_level": 0,
        "roles": [], "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0,
        "max_presences": null, "max_members": 500_000, "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25, "vanity_url_code": null, "premium_tier": 0, "premium_subscription_count": 0,
        "preferred_locale": "en-US", "rules_channel_id": null, "safety_alerts_channel_id": null,
        "public_updates_channel_id": null, "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
        "emojis": [], "stickers": [], "incidents_data": null,
    });
    serde_json::from_value(guild).unwrap()
}

/// The guild, its channel, and the overwrites in both worlds' types.
struct World {
    state: GuildState,
    channel: Channel,
    theirs: Vec<PermissionOverwrite>,
}

impl Plan {
    fn member(&self, index: prop::sample::Index) -> Id<UserMarker> {
        Id::new(index.index(self.members.len()) as u64 + 1)
    }

    fn role(&self, index: prop::sample::Index) -> Id<RoleMarker> {
        Id::new(index.index(self.roles.len()) as u64 + 10)
    }

    fn held(&self, roles: &[prop::sample::Index]) -> Vec<Id<RoleMarker>> {
        let mut held: Vec<_> = roles.iter().map(|index| self.role(*index)).collect();
        held.sort_unstable();
        held.dedup();
        held
    }

    fn build(&self) -> World {
        let mut ours: Vec<Overwrite> = Vec::new();
        for (target, allow, deny) in &self.overwrites {
            let (id, kind) = match target {
                Target::Everyone => (Id::new(GUILD), OverwriteKind::Role),
                Target::Role(index) => (self.role(*index).cast(), OverwriteKind::Role),
                // Members and roles never share an id.
                Target::Member(index) => (self.member(*index).cast(), OverwriteKind::Member),
            };
            // As the API keeps them: one for each id, which does not allow what it denies.
            if ours.iter().all(|known| known.id != id) {
                ours.push(Overwrite { id, kind, allow: *allow - *deny, deny: *deny });
            }
        }
        let theirs = ours.iter().map(|one| PermissionOverwrite {
            id: one.id.cast(),
            kind: match one.kind {
                OverwriteKind::Role => PermissionOverwriteType::Role,
                OverwriteKind::Member => PermissionOverwriteType::Member,
            },
            allow: to_twilight(one.allow),
            deny: to_twilight(one.deny),
        });
        let theirs = theirs.collect();
        let mut channel = Channel::new(Id::new(500), self.kind);
        channel.guild_id = Some(Id::new(GUILD));
        channel.permission_overwrites = Some(ours);
        let roles = (10..).zip(&self.roles).map(|(id, permissions)| role(id, *permissions));
        let members = (1..).map(Id::new).zip(&self.members).map(|(id, (roles, timeout))| {
            let timeout_until = timeout.then_some(NOW + 1);
            (id, MemberState { roles: self.held(roles).into(), timeout_until, joined_at: 0, limited: false })
        });
        let all = roles.chain([role(GUILD, self.everyone)]);
        let mut state = GuildState::new(guild(), all, [channel.clone()], members);
        for (id, kind) in [(600, ChannelKind::PublicThread), (601, ChannelKind::PrivateThread)] {
            let thread = thread(id, kind);
            let members = self.participants.iter().map(|index| self.member(*index)).collect();
            state.threads.insert(thread.id, ThreadState { channel: thread.into(), members });
        }
        World { state, channel, theirs }
    }
}

fn thread(id: u64, kind: ChannelKind) -> Channel {
    let mut thread = Channel::new(Id::<ChannelMarker>::new(id), kind);
    thread.guild_id = Some(Id::new(GUILD));
    thread.parent_id = Patch::Value(Id::new(500));
    thread
}

const MESSAGING: Permissions = Permissions::ATTACH_FILES
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::MENTION_EVERYONE)
    .union(Permissions::SEND_TTS_MESSAGES);
const SPEAKING: Permissions = Permissions::SPEAK
    .union(Permissions::STREAM)
    .union(Permissions::USE_VAD)
    .union(Permissions::PRIORITY_SPEAKER)
    .union(Permissions::MANAGE_CHANNELS);
/// What is done with messages, in a voice channel.
const WRITING: Permissions = Permissions::READ_MESSAGE_HISTORY
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::SEND_VOICE_MESSAGES)
    .union(Permissions::SEND_POLLS)
    .union(Permissions::MANAGE_MESSAGES)
    .union(Permissions::PIN_MESSAGES)
    .union(Permissions::ADD_REACTIONS);

/// Permissions of Discord's list that do not stand beside a kind of channel. Overwrites may name them; twilight lets them.
const GUILD_ONLY: Permissions = Permissions::ADMINISTRATOR
    .union(Permissions::KICK_MEMBERS)
    .union(Permissions::BAN_MEMBERS)
    .union(Permissions::MODERATE_MEMBERS)
    .union(Permissions::MANAGE_GUILD)
    .union(Permissions::VIEW_AUDIT_LOG)
    .union(Permissions::VIEW_GUILD_INSIGHTS)
    .union(Permissions::CHANGE_NICKNAME)
    .union(Permissions::MANAGE_NICKNAMES)
    .union(Permissions::MANAGE_GUILD_EXPRESSIONS)
    .union(Permissions::CREATE_GUILD_EXPRESSIONS);

/// What twilight computes for that kind of channel: it leaves out what means nothing there, so only what it would keep for
/// somebody who has everything is compared.
fn oracle(plan: &Plan, user: u64, kind: ChannelType, overwrites: &[PermissionOverwrite]) -> (Permissions, Permissions) {
    let guild = Id::<GuildMarker>::new(GUILD);
    let index = usize::try_from(user - 1).unwrap();
    let held: Vec<_> = plan.held(&plan.members[index].0);
    let held: Vec<_> =
        held.into_iter().map(|id| (id, to_twilight(plan.roles[usize::try_from(id.get() - 10).unwrap()]))).collect();
    let everyone = to_twilight(plan.everyone);
    let calculator = PermissionCalculator::new(guild, Id::new(user), everyone, &held).owner_id(Id::new(OWNER));
    let all = to_twilight(Permissions::all() - Permissions::ADMINISTRATOR);
    let meaningful = PermissionCalculator::new(guild, Id::new(user), all, &[]).in_channel(kind, &[]);
    (of_twilight(calculator.in_channel(kind, overwrites)), of_twilight(meaningful) - GUILD_ONLY)
}

/// As twilight has them: one that it does not know yet is left out.
fn to_twilight(permissions: Permissions) -> twilight_model::guild::Permissions {
    twilight_model::guild::Permissions::from_bits_truncate(permissions.bits())
}

fn of_twilight(permissions: twilight_model::guild::Permissions) -> Permissions {
    let all = permissions == twilight_model::guild::Permissions::all();
    if all { Permissions::all() } else { permissions.bits().into() }
}

fn kind_of(kind: ChannelKind) -> ChannelType {
    match kind {
        ChannelKind::Announcement => ChannelType::GuildAnnouncement,
        ChannelKind::Voice => ChannelType::GuildVoice,
        ChannelKind::Stage => ChannelType::GuildStageVoice,
        _ => ChannelType::GuildText,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_members_may_is_what_twilight_says(plan in plan()) {
        let World { state, channel, theirs } = plan.build();
        for user in 1..=plan.members.len() as u64 {
            let id = Id::new(user);
            let (expected, meaningful) = oracle(&plan, user, kind_of(plan.kind), &theirs);
            // A moment after all timeouts.
            let ours = state.permissions_in(id, &channel, NOW + 2);
            if state.permissions(id, NOW + 2).contains(Permissions::ADMINISTRATOR) {
                prop_assert_eq!(ours, Permissions::all());
                prop_assert_eq!(expected, Permissions::all());
                continue;
            }
            prop_assert_eq!(
                ours.contains(Permissions::VIEW_CHANNEL), expected.contains(Permissions::VIEW_CHANNEL), "{} sees", user
            );
            if !ours.contains(Permissions::VIEW_CHANNEL) {
                prop_assert_eq!(ours, Permissions::empty(), "who does not see may nothing");
                continue;
            }
            prop_assert_eq!(ours & GUILD_ONLY, state.permissions(id, NOW + 2) & GUILD_ONLY, "{} beyond channels", user);
            let mut compared = meaningful;
            // Discord takes these away with what they need; twilight only in some of the cases.
            if !ours.contains(Permissions::SEND_MESSAGES) {
                prop_assert!(!ours.intersects(MESSAGING));
                compared -= MESSAGING;
            }
            if plan.kind.is_voice() && !ours.contains(Permissions::CONNECT) {
                prop_assert!(!ours.intersects(SPEAKING | WRITING | MESSAGING));
                compared -= SPEAKING | WRITING | MESSAGING;
            }
            prop_assert_eq!(ours & compared, expected & compared, "{}", user);
        }
    }

    #[test]
    fn a_thread_is_as_its_channel(plan in plan()) {
        let World { state, theirs, .. } = plan.build();
        for user in 1..=plan.members.len() as u64 {
            let id = Id::new(user);
            for thread in state.threads.values() {
                let (expected, meaningful) = oracle(&plan, user, kind_of(plan.kind), &theirs);
                let ours = state.permissions_in(id, &thread.channel, NOW + 2);
                prop_assert_eq!(
                    ours.contains(Permissions::VIEW_CHANNEL), expected.contains(Permissions::VIEW_CHANNEL)
                );
                let private = thread.channel.kind == ChannelKind::PrivateThread;
                let takes_part = thread.members.contains(&id) || ours.contains(Permissions::MANAGE_THREADS);
                let sees = ours.contains(Permissions::VIEW_CHANNEL) && (!private || takes_part);
                prop_assert_eq!(state.can_view(id, &thread.channel), sees, "{} {:?}", user, thread.channel.kind);
                if !ours.contains(Permissions::VIEW_CHANNEL) || ours.contains(Permissions::ADMINISTRATOR) {
                    continue;
                }
                let (send, in_threads) = (Permissions::SEND_MESSAGES, Permissions::SEND_MESSAGES_IN_THREADS);
                let mut compared = meaningful;
                if !ours.contains(in_threads) {
                    prop_assert!(!ours.intersects(MESSAGING), "in threads it is the permission for threads that counts");
                }
                if !ours.contains(in_threads | send) {
                    compared -= MESSAGING;
                }
                if plan.kind.is_voice() {
                    compared -= SPEAKING;
                }
                prop_assert_eq!(ours & compared, expected & compared, "{}", user);
            }
        }
    }

    #[test]
    fn an_audience_is_who_may_see(plan in plan()) {
        let World { state, channel, .. } = plan.build();
        let threads: Vec<Channel> = state.threads.values().map(|thread| Channel::clone(&thread.channel)).collect();
        // A stranger and a thread without a channel are seen by nobody.
        let strangers = [Id::new(77)];
        for channel in threads.iter().chain([&channel]) {
            let candidates: Vec<Id<UserMarker>> = state.members.keys().copied().chain(strangers).collect();
            let mut viewers: Vec<_> = state.viewers(channel, candidates.iter().copied()).collect();
            viewers.sort_unstable();
            let mut expected: Vec<_> = candidates.into_iter().filter(|user| state.can_view(*user, channel)).collect();
            expected.sort_unstable();
            prop_assert_eq!(viewers, expected);
        }
        let mut orphan = thread(602, ChannelKind::PublicThread);
        orphan.parent_id = Patch::Value(Id::new(501));
        let viewers = state.viewers(&orphan, state.members.keys().copied()).filter(|user| user.get() != OWNER);
        let administrators = viewers.filter(|user| !state.permissions(*user, 0).contains(Permissions::ADMINISTRATOR));
        prop_assert_eq!(administrators.count(), 0);
    }

    #[test]
    fn a_timeout_leaves_looking_and_reading(plan in plan()) {
        let World { state, channel, .. } = plan.build();
        let left = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
        for (user, (_, timeout)) in (1..).zip(&plan.members) {
            let id = Id::new(user);
            let (during, after) = (state.permissions_in(id, &channel, NOW), state.permissions_in(id, &channel, NOW + 1));
            if *timeout && user != OWNER && !after.contains(Permissions::ADMINISTRATOR) {
                prop_assert_eq!(during, after & left);
            } else {
                prop_assert_eq!(during, after);
            }
        }
        prop_assert_eq!(state.permissions_in(Id::new(77), &channel, NOW), Permissions::empty());
    }
}

/// Direct messages have no roles: nobody moderates, everybody talks.
#[test]
fn in_direct_messages_nobody_moderates() {
    let may = guildhall_rules::permissions::private();
    assert!(may.contains(Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::READ_MESSAGE_HISTORY));
    let moderating = Permissions::MANAGE_MESSAGES
        | Permissions::MANAGE_CHANNELS
        | Permissions::MANAGE_THREADS
        | Permissions::MANAGE_WEBHOOKS
        | Permissions::MENTION_EVERYONE
        | Permissions::ADMINISTRATOR
        | Permissions::PIN_MESSAGES;
    assert!(!may.intersects(moderating));
}

/// The moment that snapshots keep is the one that clients see.
#[test]
fn moments_are_microseconds() {
    let moment = Timestamp::from_micros(1_700_000_000_123_456).unwrap();
    assert_eq!(guildhall_bus::guild::micros(moment), 1_700_000_000_123_456);
}
