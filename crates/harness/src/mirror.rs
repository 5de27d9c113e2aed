//! What a client knows of the guilds that it is in: a picture for comparing clients with each other and with REST.

use serde_json::{Map, Value, json};
use twilight_cache_inmemory::InMemoryCache;
use twilight_model::channel::Channel;
use twilight_model::id::Id;

/// Everything that a client keeps of a guild, by kind and id, in an order of its own.
pub fn picture(cache: &InMemoryCache, guild: &str) -> Value {
    let guild = Id::new(guild.parse().unwrap());
    let mut picture = Map::new();
    let mut put = |kind: &str, id: String, value: Value| {
        let kind = picture.entry(kind).or_insert_with(|| json!({}));
        kind[id] = settled(value);
    };
    if let Some(known) = cache.guild(guild) {
        put("guild", guild.to_string(), serde_json::to_value(known.value()).unwrap());
    }
    // Nobody new is told of threads that are over.
    let lives = |channel: &Channel| !channel.thread_metadata.as_ref().is_some_and(|thread| thread.archived);
    for channel in cache.iter().channels().filter(|channel| channel.guild_id == Some(guild) && lives(channel.value())) {
        put("channels", channel.id.to_string(), serde_json::to_value(channel.value()).unwrap());
    }
    for role in cache.iter().roles().filter(|role| role.guild_id() == guild) {
        put("roles", role.id.to_string(), serde_json::to_value(role.resource()).unwrap());
    }
    for emoji in cache.iter().emojis().filter(|emoji| emoji.guild_id() == guild) {
        put("emojis", emoji.id().to_string(), serde_json::to_value(emoji.resource()).unwrap());
    }
    for member in cache.iter().members().filter(|member| member.key().0 == guild) {
        let user = member.key().1;
        put("members", user.to_string(), serde_json::to_value(member.value()).unwrap());
        if let Some(user) = cache.user(user) {
            put("users", user.id.to_string(), serde_json::to_value(user.value()).unwrap());
        }
    }
    Value::Object(picture)
}

/// Without what clients count for themselves, which no event tells them anew.
fn settled(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        for counted in [
            "last_message_id",
            "max_presences",
            "message_count",
            "member_count",
            "total_message_sent",
            "member",
            "newly_created",
        ] {
            fields.remove(counted);
        }
    }
    value
}
