//! Who is a member, whatever is told late.

use guildhall_bus::{Bus, GuildState, MemberState};
use guildhall_wire::Event;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use serde_json::json;

use crate::permissions::{GUILD, guild as bare};

#[tokio::test]
async fn whoever_is_gone_does_not_come_back_by_an_update() {
    let (guild, user): (Id<GuildMarker>, Id<UserMarker>) = (Id::new(GUILD), Id::new(7));
    let told = json!({
        "guild_id": GUILD.to_string(), "roles": [], "joined_at": "2020-01-01T00:00:00.000000+00:00", "flags": 0,
        "deaf": false, "mute": false, "pending": false, "user": { "id": "7", "username": "seven", "discriminator": "0" },
    });
    let bus = Bus::new();
    let member = MemberState { roles: Box::new([]), timeout_until: None, joined_at: 0, limited: false };
    bus.load_guild(GuildState::new(bare(), [], [], [(user, member)]));
    let is_known = || (bus.guild(guild).unwrap().is_member(user), bus.guilds_of(user).contains(&guild));
    let publish = |name: &str, body: &serde_json::Value| {
        let event = Event::read(name, body.to_string().as_bytes()).unwrap().unwrap();
        bus.publish([event.into()]);
    };
    publish("GUILD_MEMBER_UPDATE", &told);
    assert_eq!(is_known(), (true, true));
    publish("GUILD_MEMBER_REMOVE", &json!({ "guild_id": GUILD.to_string(), "user": told["user"] }));
    publish("GUILD_MEMBER_UPDATE", &told);
    assert_eq!(is_known(), (false, false));
    publish("GUILD_MEMBER_ADD", &told);
    assert_eq!(is_known(), (true, true));
}
