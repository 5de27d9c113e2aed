//! What happens on every request and for every receiver: a permission check and a look-up in the directory, beside
//! twilight's calculator and a plain hash map.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use guildhall_bus::{Bus, ChannelPlace, GuildState, MemberState};
use guildhall_wire::Permissions;
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite};
use guildhall_wire::guild::Guild;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, RoleMarker};
use serde_json::{Value, json};
use twilight_model::channel::ChannelType;
use twilight_model::channel::permission_overwrite::{PermissionOverwrite, PermissionOverwriteType};
use twilight_util::permission_calculator::PermissionCalculator;

/// Nanoseconds: of ours and of the reference.
pub(crate) struct Pair {
    pub(crate) ours: f64,
    pub(crate) reference: f64,
}

pub(crate) const GUILD: u64 = 1 << 22;
const MEMBERS: u64 = 1000;
const CHANNELS: u64 = 200;
const ROLES: u64 = 50;
/// Roles that the member holds.
const HELD: u64 = 8;
/// Overwrites of a channel.
const OVERWRITES: u64 = 12;

/// Nanoseconds of one call: the best of many batches.
fn nanoseconds(time: Duration, mut work: impl FnMut()) -> f64 {
    const BATCH: u32 = 2000;
    let began = Instant::now();
    let mut best = f64::INFINITY;
    while began.elapsed() < time {
        let start = Instant::now();
        for _ in 0..BATCH {
            work();
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
    }
    best
}

/// Permissions of a member with eight roles in a channel with twelve overwrites.
pub(crate) fn permissions(time: Duration) -> Result<Pair> {
    let state = guild()?;
    let user = Id::new(7);
    let channel = state.channel(Id::new(channel_id(3))).context("the channel is there")?.clone();
    let ours = nanoseconds(time, || {
        black_box(state.permissions_in(black_box(user), black_box(&channel), 0));
    });
    let twilight = |ours: Permissions| twilight_model::guild::Permissions::from_bits_truncate(ours.bits());
    let roles: Vec<_> =
        (1..=HELD).map(|role| (Id::<RoleMarker>::new(role_id(role)), twilight(allowed(role)))).collect();
    let overwrites: Vec<PermissionOverwrite> = channel
        .overwrites()
        .iter()
        .map(|overwrite| PermissionOverwrite {
            allow: twilight(overwrite.allow),
            deny: twilight(overwrite.deny),
            id: overwrite.id,
            kind: PermissionOverwriteType::Role,
        })
        .collect();
    let reference = nanoseconds(time, || {
        let everyone = twilight(Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES);
        let calculator = PermissionCalculator::new(Id::new(GUILD), black_box(user), everyone, black_box(&roles));
        black_box(calculator.in_channel(ChannelType::GuildText, black_box(&overwrites)));
    });
    Ok(Pair { ours, reference })
}

/// A channel with its guild's snapshot, by the channel's id; the reference is one look-up in a hash map.
pub(crate) fn directory(time: Duration) -> Result<Pair> {
    let bus = Bus::new();
    bus.load_guild(guild()?);
    let mut next = 0;
    let mut turn = move || {
        next = (next + 7) % CHANNELS;
        Id::<ChannelMarker>::new(channel_id(next))
    };
    anyhow::ensure!(matches!(bus.channel(turn()), Some(ChannelPlace::Guild(..))), "the channel is there");
    let ours = nanoseconds(time, || {
        black_box(bus.channel(black_box(turn())));
    });
    let state = guild()?;
    let map: HashMap<Id<ChannelMarker>, std::sync::Arc<Channel>> =
        state.channels.iter().map(|(id, channel)| (*id, channel.clone())).collect();
    let reference = nanoseconds(time, || {
        black_box(map.get(&black_box(turn())).cloned());
    });
    Ok(Pair { ours, reference })
}

pub(crate) const fn channel_id(number: u64) -> u64 {
    (5000 + number) << 22
}

pub(crate) const fn role_id(number: u64) -> u64 {
    (9000 + number) << 22
}

fn allowed(role: u64) -> Permissions {
    if role.is_multiple_of(2) {
        Permissions::ATTACH_FILES
    } else {
        Permissions::EMBED_LINKS | Permissions::ADD_REACTIONS
    }
}

pub(crate) fn role(id: u64, permissions: Permissions) -> Value {
    json!({
        "id": id.to_string(), "name": "role", "permissions": permissions.bits().to_string(), "position": 1, "color": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
    })
}

/// A guild with nothing in it.
pub(crate) fn bare() -> Result<Guild> {
    let guild = json!({
        "id": GUILD.to_string(), "name": "Guild", "icon": null, "description": null, "home_header": null,
        "splash": null, "discovery_splash": null, "banner": null, "features": [], "owner_id": "1",
        "application_id": null, "region": "local", "afk_channel_id": null, "afk_timeout": 300,
        "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
        "verification_level": 0, "roles": [], "default_message_notifications": 0, "mfa_level": 0,
        "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
        "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
        "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
        "incidents_data": null,
    });
    Ok(serde_json::from_value(guild)?)
}

fn guild() -> Result<GuildState> {
    let id: Id<GuildMarker> = Id::new(GUILD);
    let everyone = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES;
    let mut roles = vec![serde_json::from_value(role(GUILD, everyone))?];
    for number in 1..=ROLES {
        roles.push(serde_json::from_value(role(role_id(number), allowed(number)))?);
    }
    let guild = bare()?;
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        let mut channel = Channel::new(Id::new(channel_id(number)), ChannelKind::Text);
        channel.guild_id = Some(id);
        let mut overwrites = vec![json!({ "id": GUILD.to_string(), "type": 0, "allow": "0", "deny": "64" })];
        for role in 1..OVERWRITES {
            let overwrite = json!({ "id": role_id(role * 4).to_string(), "type": 0, "allow": "64", "deny": "32768" });
            overwrites.push(overwrite);
        }
        let overwrites: Vec<Overwrite> = serde_json::from_value(Value::Array(overwrites))?;
        channel.permission_overwrites = Some(overwrites);
        channels.push(channel);
    }
    let held: Box<[Id<RoleMarker>]> = (1..=HELD).map(|number| Id::new(role_id(number))).collect();
    let member = MemberState { roles: held, timeout_until: None, joined_at: 0, limited: false };
    Ok(GuildState::new(guild, roles, channels, (1..=MEMBERS).map(|user| (Id::new(user), member.clone()))))
}
