//! Who hears of what in a guild where not everybody sees everything.

use std::collections::BTreeSet;

use guildhall_bus::{Bus, Delivery, GuildState, MemberState, Subscriber};
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite, OverwriteKind, TypingStart};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::{Event, Patch, Permissions};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::permissions::{GUILD, guild, role};

const GUILD_ID: Id<GuildMarker> = Id::new(GUILD);
/// Everybody sees it.
const OPEN: Id<ChannelMarker> = Id::new(20);
const CATEGORY: Id<ChannelMarker> = Id::new(30);
const CHILD: Id<ChannelMarker> = Id::new(31);
/// The one that the owner has.
const OWNER: Id<UserMarker> = Id::new(1);
const ADA: Id<UserMarker> = Id::new(2);
const GRACE: Id<UserMarker> = Id::new(3);
const ROLE: Id<RoleMarker> = Id::new(10);

fn channel(id: Id<ChannelMarker>, kind: ChannelKind, overwrites: Vec<Overwrite>) -> Channel {
    let mut channel = Channel::new(id, kind);
    channel.guild_id = Some(GUILD_ID);
    channel.name = Patch::Value("channel".into());
    channel.permission_overwrites = Some(overwrites);
    channel
}

fn hidden() -> Overwrite {
    let deny = Permissions::VIEW_CHANNEL;
    Overwrite { id: GUILD_ID.cast(), kind: OverwriteKind::Role, allow: Permissions::empty(), deny }
}

fn shown_to<T>(id: Id<T>, kind: OverwriteKind) -> Overwrite {
    Overwrite { id: id.cast(), kind, allow: Permissions::VIEW_CHANNEL, deny: Permissions::empty() }
}

/// The channel in the category, with these overwrites.
fn child(overwrites: Vec<Overwrite>) -> Channel {
    let mut child = channel(CHILD, ChannelKind::Text, overwrites);
    child.parent_id = Patch::Value(CATEGORY);
    child
}

fn member(roles: &[Id<RoleMarker>]) -> MemberState {
    MemberState { roles: roles.into(), timeout_until: None, joined_at: 0, limited: false }
}

/// A guild with two more roles: 10 manages channels, 11 the guild. Ada has the first, Grace the second.
fn bus(channels: Vec<Channel>) -> Bus {
    let bus = Bus::new();
    let roles = [
        role(GUILD, Permissions::VIEW_CHANNEL),
        role(10, Permissions::MANAGE_CHANNELS),
        role(11, Permissions::MANAGE_GUILD),
    ];
    let members =
        [(OWNER, member(&[])), (ADA, member(&[ROLE])), (GRACE, member(&[Id::new(11)])), (Id::new(4), member(&[]))];
    bus.load_guild(GuildState::new(guild(), roles, channels, members));
    bus
}

fn connect(bus: &Bus, user: Id<UserMarker>) -> UnboundedReceiver<Delivery> {
    let subscriber =
        Subscriber { user, bot: false, intents: u64::MAX, shard: (0, 1), message_content: true, login: user.get() };
    bus.connect(subscriber).1
}

/// Tells of an event, and then of something that everybody hears.
fn publish(bus: &Bus, event: Event) {
    let typing = TypingStart { channel_id: OPEN, guild_id: Some(GUILD_ID), user_id: OWNER, timestamp: 1, member: None };
    bus.publish([event.into(), Event::TypingStart(typing).into()]);
}

/// Everything that was told with the last event, by name.
async fn heard(ear: &mut UnboundedReceiver<Delivery>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    loop {
        let Delivery::Event(events) = ear.recv().await.unwrap() else { continue };
        for event in events.all() {
            if event.name == "TYPING_START" {
                return all;
            }
            all.push((event.name.to_owned(), serde_json::from_slice(&event.body).unwrap()));
        }
    }
}

#[tokio::test]
async fn invites_are_told_to_those_who_manage_their_channel() {
    let mut managed = hidden();
    (managed.id, managed.kind) = (Id::new(4), OverwriteKind::Member);
    (managed.allow, managed.deny) = (Permissions::MANAGE_CHANNELS, Permissions::empty());
    let secret = channel(CHILD, ChannelKind::Text, vec![hidden()]);
    let bus = bus(vec![channel(OPEN, ChannelKind::Text, vec![managed]), secret]);
    let mut ears: Vec<_> = (1..=4).map(|user| connect(&bus, Id::new(user))).collect();
    for (place, expected) in [(OPEN, vec![1, 2, 4]), (CHILD, vec![1])] {
        for name in ["INVITE_CREATE", "INVITE_DELETE"] {
            let invite = json!({
                "channel_id": place, "guild_id": GUILD_ID, "code": "code", "created_at": "2020-01-01T00:00:00.000000+00:00",
                "max_age": 0, "max_uses": 0, "temporary": false, "uses": 0, "expires_at": null,
            });
            publish(&bus, Event::read(name, invite.to_string().as_bytes()).unwrap().unwrap());
            let mut told = Vec::new();
            for (ear, user) in ears.iter_mut().zip(1..) {
                if heard(ear).await.iter().any(|(told, _)| told == name) {
                    told.push(user);
                }
            }
            assert_eq!(told, expected, "{name} {place}");
        }
    }
}

/// What somebody knows of by what they were told is what they see, after every step.
#[tokio::test]
async fn a_category_is_seen_by_those_who_see_something_in_it() {
    let bus = bus(vec![
        channel(OPEN, ChannelKind::Text, vec![]),
        channel(CATEGORY, ChannelKind::Category, vec![hidden()]),
        child(vec![hidden()]),
    ]);
    let mut ear = connect(&bus, ADA);
    let by_role = || vec![hidden(), shown_to(ROLE, OverwriteKind::Role)];
    let by_name = || vec![hidden(), shown_to(ADA, OverwriteKind::Member)];
    let with_roles = |roles: &[&str]| {
        let update = json!({
            "guild_id": GUILD_ID, "roles": roles, "joined_at": "2020-01-01T00:00:00.000000+00:00", "flags": 0,
            "deaf": false, "mute": false, "pending": false, "user": { "id": ADA, "username": "ada", "discriminator": "0" },
        });
        Event::read("GUILD_MEMBER_UPDATE", update.to_string().as_bytes()).unwrap().unwrap()
    };
    let with_permissions = |permissions| {
        let update = json!({ "guild_id": GUILD_ID, "role": role(10, permissions) });
        Event::read("GUILD_ROLE_UPDATE", update.to_string().as_bytes()).unwrap().unwrap()
    };
    let alone = || {
        let mut child = child(by_role());
        child.parent_id = Patch::Null;
        child
    };
    let all = &[OPEN, CATEGORY, CHILD][..];
    let mut known: BTreeSet<_> = [OPEN].into();
    let steps = [
        ("the channel is shown to a role", Box::new(Event::ChannelUpdate(child(by_role()))), all),
        ("it is moved out", Box::new(Event::ChannelUpdate(alone())), &[OPEN, CHILD]),
        ("it is moved back", Box::new(Event::ChannelUpdate(child(by_role()))), all),
        ("the role is taken", Box::new(with_roles(&[])), &[OPEN]),
        ("the role is given", Box::new(with_roles(&["10"])), all),
        ("the channel is shown to nobody", Box::new(Event::ChannelUpdate(child(vec![hidden()]))), &[OPEN]),
        ("the role sees everything", Box::new(with_permissions(Permissions::ADMINISTRATOR)), all),
        ("it does not", Box::new(with_permissions(Permissions::empty())), &[OPEN]),
        ("the channel is shown to her", Box::new(Event::ChannelUpdate(child(by_name()))), all),
        ("the role says nothing about it", Box::new(with_roles(&[])), all),
        ("the channel is gone", Box::new(Event::ChannelDelete(child(by_name()))), &[OPEN]),
        ("there is another", Box::new(Event::ChannelCreate(child(by_name()))), all),
        (
            "the category is gone",
            Box::new(Event::ChannelDelete(channel(CATEGORY, ChannelKind::Category, vec![]))),
            &[OPEN, CHILD],
        ),
    ];
    for (step, event, expected) in steps {
        publish(&bus, *event);
        let told = heard(&mut ear).await;
        for (name, body) in &told {
            let id: Id<ChannelMarker> = serde_json::from_value(body["id"].clone()).unwrap_or(Id::new(1));
            match name.as_str() {
                "CHANNEL_CREATE" => assert!(known.insert(id), "{step}: told twice of {id}"),
                "CHANNEL_DELETE" => assert!(known.remove(&id), "{step}: {id} was not there"),
                _ => {}
            }
        }
        let state = bus.guild(GUILD_ID).unwrap();
        let sees: BTreeSet<_> =
            state.channels.values().filter(|channel| state.can_view(ADA, channel)).map(|channel| channel.id).collect();
        assert_eq!((&known, &sees), (&expected.iter().copied().collect(), &known), "{step}: {told:?}");
    }
}
