//! Reactions: `/channels/{channel_id}/messages/{message_id}/reactions`.

use guildhall_store as store;
use guildhall_wire::emoji::PartialEmoji;
use guildhall_wire::reaction::{ReactionClear, ReactionEvent};
use guildhall_wire::relationship::RelationshipKind;
use guildhall_wire::user::User;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/channels/{channel_id}/messages/{message_id}/reactions";
    const ONE: &str = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}";
    const OWN: &str = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me";
    const USER: &str = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}";
    Routes::new()
        .get(ONE, list_message_reactions_by_emoji, Permissions::READ_MESSAGE_HISTORY)
        .put(OWN, add_my_message_reaction, Permissions::READ_MESSAGE_HISTORY)
        .limit(80, 60)
        .delete(OWN, delete_my_message_reaction, Need::Member)
        .limit(80, 60)
        .delete(USER, delete_user_message_reaction, Permissions::MANAGE_MESSAGES)
        .delete(ONE, delete_all_message_reactions_by_emoji, Permissions::MANAGE_MESSAGES)
        .delete(ALL, delete_all_message_reactions, Permissions::MANAGE_MESSAGES)
}

/// Most different emoji on one message.
const MOST: usize = 20;

/// Whether it may be an emoji of Unicode: pictures, and what joins and changes them; of digits only those in keycaps.
pub(crate) fn is_standard(text: &str) -> bool {
    let keycap = text.contains('\u{20e3}');
    let picture = |character: char| {
        matches!(
            u32::from(character),
            0xa9 | 0xae | 0x203c | 0x2049 | 0x20e3 | 0x2122 | 0x2139 | 0x2190..=0x21ff | 0x2300..=0x23ff
                | 0x2460..=0x24ff | 0x25a0..=0x27bf | 0x2900..=0x297f | 0x2b00..=0x2bff | 0x3030 | 0x303d | 0x3297
                | 0x3299 | 0x1f000..=0x1faff
        )
    };
    let joins = |character: char| {
        matches!(character, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
            || (keycap && matches!(character, '0'..='9' | '#' | '*'))
    };
    text.chars().count() <= 32
        && text.chars().any(picture)
        && text.chars().all(|character| picture(character) || joins(character))
}

/// Reads `name:id`, `a:name:id` or the characters of a standard emoji.
fn parse(text: &str) -> Result<PartialEmoji> {
    let unknown = || Error::Code(Code::UnknownEmoji);
    let parts: Vec<&str> = text.split(':').collect();
    let (animated, parts) = match parts.as_slice() {
        ["a", rest @ ..] if rest.len() == 2 => (true, rest),
        rest => (false, rest),
    };
    match parts {
        [name, id] => {
            let id = id.parse().map_err(|_| unknown())?;
            Ok(PartialEmoji { id: Some(id), name: Some((*name).to_owned()), animated })
        }
        [characters] if is_standard(characters) => {
            Ok(PartialEmoji { id: None, name: Some((*characters).to_owned()), animated: false })
        }
        _ => Err(unknown()),
    }
}

/// The emoji of a path with its own name, where it is still known.
async fn resolve(run: &mut dyn Run, text: &str) -> Result<PartialEmoji> {
    let emoji = parse(text)?;
    let Some(id) = emoji.id else { return Ok(emoji) };
    let row = store::emoji::get(run, id).await?;
    Ok(row.map_or(emoji, |row| PartialEmoji { id: Some(id), name: Some(row.name), animated: row.animated }))
}

type Ids = Path<(Id<ChannelMarker>, Id<MessageMarker>, String)>;

async fn add_my_message_reaction(cx: Cx, channel: Channel, Path((_, id, text)): Ids) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    crate::channel::require_writable(&cx, &channel).await?;
    if !channel.takes_part(me.id, cx.now()) {
        return Err(Code::MissingPermissions.into());
    }
    crate::channel::require_verified(&cx, &channel)?;
    crate::thread::require_active(&channel)?;
    let mut work = cx.begin().await?.at(channel.id);
    let emoji = resolve(&mut work, &text).await?;
    let message = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    // Whoever was blocked does not come near by a reaction either.
    let theirs = store::relationship::get(&mut work, message.author_id, me.id).await?.map(|row| row.kind.0);
    if message.webhook_id.is_none() && theirs == Some(RelationshipKind::Blocked) {
        return Err(Code::ReactionBlocked.into());
    }
    let (kinds, known) = store::reaction::kinds(&mut work, id, &emoji).await?;
    if !known {
        channel.require(Permissions::ADD_REACTIONS)?;
        if let Some(custom) = emoji.id {
            crate::emoji::require_usable(&cx, &mut work, &channel, custom).await?;
        }
        if kinds >= MOST {
            return Err(Code::TooManyReactions.into());
        }
    }
    if !store::reaction::insert(&mut work, id, me.id, &emoji, cx.now()).await? {
        return Ok(NoContent);
    }
    let member = match channel.guild_id() {
        Some(guild) => store::member::get(&mut work, guild, me.id).await?.map(|row| row.member(Some(me.user()))),
        None => None,
    };
    let mut event = event(&channel, id, me.id, emoji);
    event.member = member;
    event.message_author_id = message.webhook_id.is_none().then_some(message.author_id);
    work.emit(Event::MessageReactionAdd(event));
    work.commit().await?;
    Ok(NoContent)
}

fn event(channel: &Channel, id: Id<MessageMarker>, user: Id<UserMarker>, emoji: PartialEmoji) -> ReactionEvent {
    ReactionEvent {
        user_id: user,
        channel_id: channel.id,
        message_id: id,
        guild_id: channel.guild_id(),
        member: None,
        emoji,
        message_author_id: None,
        burst: false,
        kind: 0,
    }
}

async fn remove(
    cx: &Cx,
    channel: &Channel,
    id: Id<MessageMarker>,
    text: &str,
    user: Id<UserMarker>,
) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(channel.id);
    let emoji = resolve(&mut work, text).await?;
    store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if store::reaction::delete(&mut work, id, user, &emoji).await? {
        work.emit(Event::MessageReactionRemove(event(channel, id, user, emoji)));
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_my_message_reaction(cx: Cx, channel: Channel, Path((_, id, text)): Ids) -> Result<NoContent> {
    remove(&cx, &channel, id, &text, cx.user()?).await
}

async fn delete_user_message_reaction(
    cx: Cx,
    channel: Channel,
    Path((_, id, text, user)): Path<(Id<ChannelMarker>, Id<MessageMarker>, String, Id<UserMarker>)>,
) -> Result<NoContent> {
    remove(&cx, &channel, id, &text, user).await
}

async fn clear(cx: &Cx, channel: &Channel, id: Id<MessageMarker>, text: Option<&str>) -> Result<NoContent> {
    channel.guild()?;
    let mut work = cx.begin().await?.at(channel.id);
    let emoji = match text {
        Some(text) => Some(resolve(&mut work, text).await?),
        None => None,
    };
    store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if store::reaction::clear(&mut work, id, emoji.as_ref()).await? {
        let one = emoji.is_some();
        let clear = ReactionClear { channel_id: channel.id, message_id: id, guild_id: channel.guild_id(), emoji };
        work.emit(if one { Event::MessageReactionRemoveEmoji(clear) } else { Event::MessageReactionRemoveAll(clear) });
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_all_message_reactions(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<NoContent> {
    clear(&cx, &channel, id, None).await
}

async fn delete_all_message_reactions_by_emoji(
    cx: Cx,
    channel: Channel,
    Path((_, id, text)): Ids,
) -> Result<NoContent> {
    clear(&cx, &channel, id, Some(&text)).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReactionPage {
    after: Option<u64>,
    limit: Option<u32>,
    /// 0 usual, 1 burst.
    #[serde(rename = "type")]
    kind: Option<u8>,
}

async fn list_message_reactions_by_emoji(
    cx: Cx,
    channel: Channel,
    Path((_, id, text)): Ids,
    Query(page): Query<ReactionPage>,
) -> Result<Json<Vec<User>>> {
    let limit = page.limit.unwrap_or(25);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    store::message::get(&mut cx.db(), channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    match page.kind {
        None | Some(0) => {}
        // Nobody pays for reactions here.
        Some(1) => return Ok(Json(Vec::new())),
        Some(_) => return Err(Error::form("type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1).")),
    }
    let ids = store::reaction::users(&mut cx.db(), id, &parse(&text)?, page.after.unwrap_or(0), limit).await?;
    let mut users = store::user::get_many(&mut cx.db(), &ids).await?;
    users.sort_by_key(|user| user.id);
    Ok(Json(users.iter().map(store::user::UserRow::user).collect()))
}

#[cfg(test)]
mod tests {
    use super::is_standard;

    #[test]
    fn emoji_are_pictures() {
        for emoji in ["👍", "👍🏽", "❤️", "1️⃣", "#️⃣", "🇩🇪", "👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ℹ️", "©️", "Ⓜ️"]
        {
            assert!(is_standard(emoji), "{emoji}");
        }
        for text in ["", "a", "é", "12", "漢", "👍a", "\u{200d}", "#", "‎", &"👍".repeat(33)] {
            assert!(!is_standard(text), "{text}");
        }
    }
}
