//! Events that come in floods are told together, and are still each heard once, in their order, by who may.

use guildhall_bus::{Bus, Delivery, Dispatch, GuildState, MemberState, Subscriber};
use guildhall_wire::channel::{Channel, ChannelKind, TypingStart};
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::message::Message;
use guildhall_wire::user::User;
use guildhall_wire::{Event, Permissions, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::permissions::{GUILD, guild, role};

const GUILD_ID: Id<GuildMarker> = Id::new(GUILD);
const ONE: Id<ChannelMarker> = Id::new(20);
const OTHER: Id<ChannelMarker> = Id::new(21);
const ADA: Id<UserMarker> = Id::new(1);
const BOT: Id<UserMarker> = Id::new(2);

fn said(channel: Id<ChannelMarker>, number: u64) -> Addressed {
    let author = User::new(Id::new(9), "grace", false);
    let mut message =
        Message::new(Id::new(number), channel, author, number.to_string(), Timestamp::from_micros(0).unwrap());
    message.guild_id = Some(GUILD_ID);
    Event::MessageCreate(message).into()
}

/// What was heard until an event of that name, with how many deliveries it took.
async fn heard(ear: &mut UnboundedReceiver<Delivery>, last: &str, content: bool) -> (Vec<(String, Value)>, usize) {
    let (mut all, mut deliveries) = (Vec::new(), 0);
    loop {
        deliveries += 1;
        let Delivery::Event(events) = ear.recv().await.unwrap() else { continue };
        let of = |event: &Dispatch| serde_json::from_slice(event.body_for(BOT, content)).unwrap();
        all.extend(events.all().map(|event| (event.name.to_owned(), of(event))));
        if all.last().is_some_and(|(name, _)| name == last) {
            return (all, deliveries);
        }
    }
}

#[tokio::test]
async fn messages_are_heard_in_their_order() {
    let bus = Bus::new();
    let room = |id| {
        let mut room = Channel::new(id, ChannelKind::Text);
        room.guild_id = Some(GUILD_ID);
        room
    };
    let member = || MemberState { roles: Box::new([]), timeout_until: None, joined_at: 0, limited: false };
    let members = [(ADA, member()), (BOT, member())];
    bus.load_guild(GuildState::new(guild(), [role(GUILD, Permissions::all())], [room(ONE), room(OTHER)], members));
    let session = |user, bot, message_content| Subscriber {
        user,
        bot,
        intents: u64::MAX,
        shard: (0, 1),
        message_content,
        login: 7,
    };
    let (_, mut person) = bus.connect(session(ADA, false, true));
    let (_, mut machine) = bus.connect(session(BOT, true, false));
    let typing =
        TypingStart { channel_id: ONE, guild_id: Some(GUILD_ID), user_id: Id::new(9), timestamp: 1, member: None };
    let flood = (1..=50).map(|number| said(ONE, number)).chain([said(OTHER, 51), said(ONE, 52)]);
    bus.publish(flood.chain([Event::TypingStart(typing).into()]));
    let (all, deliveries) = heard(&mut person, "TYPING_START", true).await;
    assert_eq!(all.len(), 53);
    for (number, (name, message)) in (1..=52).zip(&all) {
        assert_eq!((name.as_str(), message["content"].as_str()), ("MESSAGE_CREATE", Some(number.to_string().as_str())));
    }
    assert_eq!(all[50].1["channel_id"], OTHER.to_string());
    assert!(deliveries < 10, "{deliveries}");
    let (all, _) = heard(&mut machine, "TYPING_START", false).await;
    assert_eq!(all.len(), 53);
    assert!(all[..52].iter().all(|(_, message)| message["content"] == ""), "it may not read them");
}
