//! Two buses that hear each other's words, without anything in between.

use guildhall_bus::peer::{Untold, Word};
use guildhall_bus::presence::{Device, SessionPresence};
use guildhall_bus::{Bus, CloseReason, ConnectionId, Delivery, GuildState, MemberState, Subscriber};
use guildhall_wire::Event;
use guildhall_wire::Permissions;
use guildhall_wire::channel::{Channel, ChannelKind, TypingStart};
use guildhall_wire::event::GuildRole;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::presence::Status;
use guildhall_wire::voice::VoiceState;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::permissions::{GUILD, guild, role};

const GUILD_ID: Id<GuildMarker> = Id::new(GUILD);
const ROOM: Id<ChannelMarker> = Id::new(20);
const ADA: Id<UserMarker> = Id::new(1);
const GRACE: Id<UserMarker> = Id::new(2);

/// A node with the guild, a session of somebody's, and what it tells.
struct Node {
    bus: Bus,
    words: Untold,
    connection: ConnectionId,
    heard: UnboundedReceiver<Delivery>,
}

impl Node {
    fn new(number: u16, user: Id<UserMarker>) -> Self {
        let bus = Bus::new();
        let mut room = Channel::new(ROOM, ChannelKind::Voice);
        room.guild_id = Some(GUILD_ID);
        let member = || MemberState { roles: Box::new([]), timeout_until: None, joined_at: 0, limited: false };
        let everyone = role(GUILD, Permissions::all());
        bus.load_guild(GuildState::new(guild(), [everyone], [room], [(ADA, member()), (GRACE, member())]));
        let words = bus.link(number);
        let subscriber =
            Subscriber { user, bot: false, intents: u64::MAX, shard: (0, 1), message_content: true, login: 7 };
        let (connection, heard) = bus.connect(subscriber);
        Self { bus, words, connection, heard }
    }

    /// What it told since it was last asked, as it goes over the wire.
    fn told(&mut self) -> Vec<Word> {
        let words = std::iter::from_fn(|| {
            let (word, weight) = self.words.next_now()?;
            self.words.told(weight);
            Some(word)
        });
        words.map(|word| serde_json::from_str(&serde_json::to_string(&word).unwrap()).unwrap()).collect()
    }

    async fn hears(&mut self, name: &str) -> Value {
        loop {
            let Some(Delivery::Event(events)) = self.heard.recv().await else { continue };
            if let Some(event) = events.all().find(|event| event.name == name) {
                return serde_json::from_slice(&event.body).unwrap();
            }
        }
    }
}

/// Everything that was told reaches the other, until nobody has anything to tell.
fn exchange(one: &mut Node, other: &mut Node) -> usize {
    let mut count = 0;
    loop {
        let (from_one, from_other) = (one.told(), other.told());
        if from_one.is_empty() && from_other.is_empty() {
            return count;
        }
        count += from_one.len() + from_other.len();
        assert!(count < 100, "they tell each other the same again and again");
        from_one.into_iter().for_each(|word| other.bus.hear(word));
        from_other.into_iter().for_each(|word| one.bus.hear(word));
    }
}

fn pair() -> (Node, Node) {
    (Node::new(1, ADA), Node::new(2, GRACE))
}

fn shows(status: Status) -> SessionPresence {
    SessionPresence { status, activities: vec![json!({ "name": "chess", "type": 0 })], device: Device::Mobile }
}

fn seat(user: Id<UserMarker>) -> VoiceState {
    let state = json!({
        "guild_id": GUILD_ID, "channel_id": ROOM, "user_id": user, "session_id": "s", "deaf": false, "mute": false,
        "self_deaf": false, "self_mute": true, "self_video": false, "suppress": false,
        "request_to_speak_timestamp": null,
    });
    serde_json::from_value(state).unwrap()
}

#[tokio::test]
async fn events_are_applied_and_heard_there_and_told_once() {
    let (mut here, mut there) = pair();
    let typing = TypingStart { channel_id: ROOM, guild_id: Some(GUILD_ID), user_id: ADA, timestamp: 1, member: None };
    here.bus.publish([Event::TypingStart(typing).into()]);
    let mut guest = role(30, Permissions::empty());
    guest.name = "Guest".into();
    here.bus.publish([Event::GuildRoleCreate(GuildRole { guild_id: GUILD_ID, role: guest }).into()]);
    assert_eq!(exchange(&mut here, &mut there), 2, "what one heard it does not tell again");
    assert_eq!(there.hears("TYPING_START").await["user_id"], json!(ADA));
    assert_eq!(there.hears("GUILD_ROLE_CREATE").await["role"]["name"], "Guest");
    assert_eq!(there.bus.guild(GUILD_ID).unwrap().roles[&Id::new(30)].name, "Guest");
}

#[tokio::test]
async fn presences_are_those_of_all_nodes_and_go_with_theirs() {
    let (mut here, mut there) = pair();
    here.bus.set_presence(ADA, here.connection, shows(Status::Dnd));
    exchange(&mut here, &mut there);
    let told = there.hears("PRESENCE_UPDATE").await;
    assert_eq!((&told["status"], &told["client_status"]["mobile"]), (&json!("dnd"), &json!("dnd")));
    assert!(there.bus.is_connected(ADA));
    // A node that comes later asks who is there.
    let mut late = Node::new(3, GRACE);
    here.bus.everybody_here(1).into_iter().for_each(|word| late.bus.hear(word));
    there.bus.everybody_here(2).into_iter().for_each(|word| late.bus.hear(word));
    assert_eq!(late.bus.presence(ADA, None).status, Status::Dnd);
    assert_eq!(late.told().len(), 0);
    here.bus.disconnect(here.connection);
    exchange(&mut here, &mut there);
    assert_eq!(there.bus.presence(ADA, None).status, Status::Offline);
    assert!(!there.bus.is_connected(ADA));
    late.bus.forget_node(1);
    assert_eq!(late.bus.presence(ADA, None).status, Status::Offline);
}

#[tokio::test]
async fn seats_are_taken_changed_and_left_across_nodes() {
    let (mut here, mut there) = pair();
    assert!(here.bus.join_voice(here.connection, seat(ADA), Some(1)));
    exchange(&mut here, &mut there);
    assert_eq!(there.hears("VOICE_STATE_UPDATE").await["channel_id"], json!(ROOM));
    assert!(!there.bus.join_voice(there.connection, seat(GRACE), Some(1)), "there is room for one");
    // A moderator who is elsewhere mutes.
    assert!(there.bus.change_voice_state(GUILD_ID, ADA, |state| state.mute = true));
    exchange(&mut here, &mut there);
    assert!(here.bus.voice_state(GUILD_ID, ADA).unwrap().mute);
    assert!(here.bus.leave_voice(GUILD_ID, ADA));
    exchange(&mut here, &mut there);
    assert!(there.bus.voice_state(GUILD_ID, ADA).is_none());
    here.bus.join_voice(here.connection, seat(ADA), None);
    exchange(&mut here, &mut there);
    there.bus.forget_node(1);
    assert!(there.bus.voice_states(GUILD_ID).is_empty());
}

#[tokio::test]
async fn a_login_that_ends_ends_everywhere() {
    let (mut here, mut there) = pair();
    here.bus.close(GRACE, Some(8), CloseReason::AuthenticationFailed);
    here.bus.close(GRACE, Some(7), CloseReason::AuthenticationFailed);
    exchange(&mut here, &mut there);
    assert!(matches!(there.heard.recv().await, Some(Delivery::Close(CloseReason::AuthenticationFailed))));
    assert!(there.heard.try_recv().is_err(), "another login is another's");
}

#[tokio::test]
async fn a_guild_that_two_change_at_once_is_read_again_unless_it_changed_since() {
    let (mut here, mut there) = pair();
    let named = |name: &str| {
        let mut changed = guild();
        changed.name = name.into();
        Event::GuildUpdate(changed)
    };
    here.bus.publish([named("One").into()]);
    exchange(&mut here, &mut there);
    assert!(here.bus.take_unsettled().is_empty() && there.bus.take_unsettled().is_empty());
    // Both at once: each hears the other's after its own, and they differ.
    here.bus.publish([named("Two").into()]);
    there.bus.publish([named("Three").into()]);
    exchange(&mut here, &mut there);
    let name = |node: &Node| node.bus.guild(GUILD_ID).unwrap().guild.name.clone();
    assert_ne!(name(&here), name(&there));
    assert_eq!(here.bus.take_unsettled().into_iter().collect::<Vec<_>>(), [GUILD_ID]);
    assert!(here.bus.take_unsettled().is_empty());
    let mut kept = guild();
    kept.name = "Three".into();
    let read = GuildState::new(
        kept,
        [],
        [],
        [(ADA, MemberState { roles: Box::new([]), timeout_until: None, joined_at: 0, limited: false })],
    );
    let since = here.bus.changes_of(GUILD_ID);
    assert!(here.bus.reload_guild(read.clone(), since));
    assert_eq!(name(&here), "Three");
    assert!(here.bus.guilds_of(GRACE).is_empty(), "who is no member any more");
    assert!(here.bus.channel(ROOM).is_none(), "and what is no channel any more");
    here.bus.publish([named("Four").into()]);
    assert!(!here.bus.reload_guild(read, since), "it was changed since it was read");
    assert_eq!(name(&here), "Four");
}
