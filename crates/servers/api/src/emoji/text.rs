//! Where emoji are used: who may, and what becomes of those in a text that its author may not use.

use std::collections::HashMap;

use guildhall_store as store;
use guildhall_store::emoji::EmojiRow;

use crate::App;
use crate::prelude::*;

/// What stands between somebody and an emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Allowed,
    /// It is of another guild, and that takes a permission.
    External,
    /// It is not for them.
    Foreign,
}

fn usable(app: &App, me: Id<UserMarker>, channel: &Channel, row: &EmojiRow) -> Use {
    let Some(home) = row.guild_id else {
        let own = row.application_id == Some(me.cast());
        return if own { Use::Allowed } else { Use::Foreign };
    };
    let state = app.bus().guild(home);
    let Some(member) = state.as_ref().and_then(|state| state.members.get(&me)) else { return Use::Foreign };
    if !row.roles.0.is_empty() && !row.roles.0.iter().any(|role| member.roles.contains(role)) {
        return Use::Foreign;
    }
    if channel.guild_id() == Some(home) || channel.permissions.contains(Permissions::USE_EXTERNAL_EMOJIS) {
        Use::Allowed
    } else {
        Use::External
    }
}

/// Refuses a custom emoji that is not known, or that whoever asks may not use in the channel.
pub(crate) async fn require_usable(cx: &Cx, run: &mut dyn Run, channel: &Channel, id: Id<EmojiMarker>) -> Result<()> {
    let row = store::emoji::get(run, id).await?.ok_or(Code::UnknownEmoji)?;
    match usable(&cx.app, cx.user()?, channel, &row) {
        Use::Allowed => Ok(()),
        Use::External => Err(Code::MissingPermissions.into()),
        Use::Foreign => Err(Code::UnknownEmoji.into()),
    }
}

/// A custom emoji, where somebody may use it in the channel.
pub(crate) async fn find_usable(
    app: &App,
    run: &mut dyn Run,
    channel: &Channel,
    who: Id<UserMarker>,
    id: Id<EmojiMarker>,
) -> Result<Option<EmojiRow>> {
    let row = store::emoji::get(run, id).await?;
    Ok(row.filter(|row| usable(app, who, channel, row) == Use::Allowed))
}

/// A text as it is kept: of emoji that its author may not use, only the names stay.
pub(crate) async fn permitted(cx: &Cx, channel: &Channel, text: String) -> Result<String> {
    let mut ids: Vec<_> = outside_of_code(&text).flat_map(|(_, part)| mentions(part)).map(|found| found.id).collect();
    if ids.is_empty() {
        return Ok(text);
    }
    ids.sort_unstable();
    ids.dedup();
    let me = cx.user()?;
    let rows = store::emoji::get_many(&mut cx.db(), &ids).await?;
    let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let allowed =
        |id: Id<EmojiMarker>| rows.get(&id).is_some_and(|row| usable(&cx.app, me, channel, row) == Use::Allowed);
    Ok(without(&text, allowed))
}

/// The text with `:name:` for every emoji that is not allowed.
fn without(text: &str, allowed: impl Fn(Id<EmojiMarker>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, part) in outside_of_code(text) {
        for found in mentions(part).filter(|found| !allowed(found.id)) {
            out.push_str(text.get(end..at + found.start).unwrap_or_default());
            out.push(':');
            out.push_str(found.name);
            out.push(':');
            end = at + found.end;
        }
    }
    out.push_str(text.get(end..).unwrap_or_default());
    out
}

/// The parts of a text that do not stand between backticks, and where they begin. What is not closed is no code.
fn outside_of_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ticks = text.matches('`').count();
    let mut at = 0;
    text.split('`').enumerate().filter_map(move |(index, part)| {
        let start = at;
        at += part.len() + 1;
        let code = index % 2 == 1 && index < ticks;
        (!code).then_some((start, part))
    })
}

/// A custom emoji in a text.
struct Mention<'a> {
    start: usize,
    end: usize,
    name: &'a str,
    id: Id<EmojiMarker>,
}

/// Every `<:name:id>` and `<a:name:id>`.
fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    text.match_indices('<').filter_map(|(start, _)| {
        let inside = text.get(start + 1..)?;
        let inside = inside.get(..inside.find('>')?)?;
        let (name, id) = inside.strip_prefix("a:").or(inside.strip_prefix(':'))?.split_once(':')?;
        let named =
            (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let end = start + 1 + inside.len() + 1;
        (named && digits).then_some(Mention { start, end, name, id: id.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_stay_of_emoji_that_are_not_allowed() {
        for (text, expected) in [
            ("no emoji", "no emoji"),
            ("<:good:1> <:bad:2>!", "<:good:1> :bad:!"),
            ("<a:bad:2><a:bad:2>", ":bad::bad:"),
            ("`<:bad:2>` <:bad:2> `<:bad:2>", "`<:bad:2>` :bad: `:bad:"),
            ("```\n<:bad:2>\n```<:bad:3>", "```\n<:bad:2>\n```:bad:"),
            ("<:bad:2", "<:bad:2"),
            (
                "<:bad:x> <::2> <:b-d:2> <:bad:0> <:bad:99999999999999999999999>",
                "<:bad:x> <::2> <:b-d:2> <:bad:0> <:bad:99999999999999999999999>",
            ),
            ("<<:bad:2>>", "<:bad:>"),
            ("ü<:bad:2>ü", "ü:bad:ü"),
        ] {
            assert_eq!(without(text, |id| id.get() == 1), expected, "{text}");
        }
    }
}
