//! Whom a message pings.

use guildhall_wire::message::{AllowedMentions, MessageKind};

use crate::kernel::access::Place;
use crate::prelude::*;

/// Whom a message pings.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) users: Vec<Id<UserMarker>>,
    pub(super) roles: Vec<Id<RoleMarker>>,
    pub(super) everyone: bool,
}

/// Whom a text pings, by what the sender allows and may. `answered` is the author of what a reply answers.
pub(super) fn resolve(
    channel: &Channel,
    text: &str,
    allowed: Option<&AllowedMentions>,
    kind: MessageKind,
    answered: Option<Id<UserMarker>>,
) -> Result<Mentions> {
    let mut found = scan(text);
    if let Some(allowed) = allowed {
        restrict(&mut found, allowed)?;
    }
    let replied = allowed.and_then(|allowed| allowed.replied_user).unwrap_or(allowed.is_none());
    if let Some(author) = answered.filter(|_| kind == MessageKind::Reply && replied) {
        found.users.push(author);
    }
    found.users.sort_unstable();
    found.users.dedup();
    found.users.truncate(100);
    let everyone = channel.permissions.contains(Permissions::MENTION_EVERYONE);
    match &channel.place {
        Place::Private(private) => {
            found.roles.clear();
            found.everyone = false;
            found.users.retain(|user| private.recipients.contains(user));
        }
        Place::Guild(state) => {
            found.everyone &= everyone;
            found.roles.retain(|id| state.roles.get(id).is_some_and(|role| everyone || role.mentionable));
        }
    }
    Ok(found)
}

fn restrict(found: &mut Mentions, allowed: &AllowedMentions) -> Result<()> {
    let parse = allowed.parse.as_deref().unwrap_or_default();
    let parses = |name: &str| parse.iter().any(|given| given == name);
    let mut errors = FormErrors::new();
    for (index, name) in parse.iter().enumerate() {
        if !["roles", "users", "everyone"].contains(&name.as_str()) {
            errors
                .at("allowed_mentions")
                .at("parse")
                .at(index)
                .push("BASE_TYPE_CHOICES", "Value must be one of ('everyone', 'users', 'roles').");
        }
    }
    let exclusive = |name: &str, ids: usize, errors: &mut FormErrors| {
        if parses(name) && ids > 0 {
            let text = format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive.");
            errors.at("allowed_mentions").push("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text);
        }
        if ids > 100 {
            errors.at("allowed_mentions").at(name).push("BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.");
        }
    };
    exclusive("users", allowed.users.as_ref().map_or(0, Vec::len), &mut errors);
    exclusive("roles", allowed.roles.as_ref().map_or(0, Vec::len), &mut errors);
    errors.finish()?;
    if !parses("users") {
        let only = allowed.users.as_deref().unwrap_or_default();
        found.users.retain(|user| only.contains(user));
    }
    if !parses("roles") {
        let only = allowed.roles.as_deref().unwrap_or_default();
        found.roles.retain(|role| only.contains(role));
    }
    found.everyone &= parses("everyone");
    Ok(())
}

/// Finds `<@1>`, `<@!1>`, `<@&1>`, `@everyone` and `@here` outside of code.
fn scan(text: &str) -> Mentions {
    let mut found = Mentions::default();
    for (index, part) in text.split('`').enumerate() {
        // Every second part stands between backticks; an unclosed one at the end is text.
        let code = index % 2 == 1 && text.split('`').count() > index + 1;
        if code {
            continue;
        }
        found.everyone |= part.contains("@everyone") || part.contains("@here");
        let mut rest = part;
        while let Some(start) = rest.find("<@") {
            rest = rest.get(start + 2..).unwrap_or_default();
            let Some(end) = rest.find('>') else { break };
            let inner = rest.get(..end).unwrap_or_default();
            if let Some(role) = inner.strip_prefix('&') {
                found.roles.extend(role.parse::<Id<RoleMarker>>().ok());
            } else {
                found.users.extend(inner.trim_start_matches('!').parse::<Id<UserMarker>>().ok());
            }
        }
    }
    found.roles.sort_unstable();
    found.roles.dedup();
    found.roles.truncate(100);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, users: &[u64], roles: &[u64], everyone: bool) {
        let found = scan(text);
        let ids: Vec<_> = found.users.iter().map(|id| id.get()).collect();
        let role_ids: Vec<_> = found.roles.iter().map(|id| id.get()).collect();
        assert_eq!((ids.as_slice(), role_ids.as_slice(), found.everyone), (users, roles, everyone), "{text}");
    }

    #[test]
    fn finds_mentions_outside_of_code() {
        check("hello <@5> and <@!6>", &[5, 6], &[], false);
        check("<@&7> @here", &[], &[7], true);
        check("`<@5>` @everyone", &[], &[], true);
        check("```\n<@5> @everyone\n```", &[], &[], false);
        check("<@x> <@> <@0> <@", &[], &[], false);
        check("it`s <@5>", &[5], &[], false);
    }
}
