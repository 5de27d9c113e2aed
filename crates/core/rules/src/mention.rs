//! Whom a message pings: what stands in its text, cut down to what its sender allows and may.

use std::collections::HashMap;

use guildhall_wire::FormErrors;
use guildhall_wire::id::{Id, RoleMarker, UserMarker};
use guildhall_wire::message::AllowedMentions;

/// Most people and most roles that one message pings.
const MOST: usize = 100;

/// Whom a message pings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// People, by id.
    pub users: Vec<Id<UserMarker>>,
    /// Roles, by id.
    pub roles: Vec<Id<RoleMarker>>,
    /// `@everyone` or `@here`.
    pub everyone: bool,
}

/// Whom a message can reach where it is sent.
#[derive(Clone, Copy)]
pub enum Reach<'a> {
    /// The people of a direct message and nobody else.
    People(&'a [Id<UserMarker>]),
    /// Anybody in a guild; `@everyone` and all roles with the permission for it, otherwise roles that are open to it.
    Guild {
        /// Whether the sender has MENTION_EVERYONE.
        everyone: bool,
        /// Whether there is such a role and whether all may mention it.
        role: &'a dyn Fn(Id<RoleMarker>) -> Option<bool>,
    },
}

/// Whom a text pings. `answered` is the author of what a reply answers.
///
/// What is allowed must make sense by itself: naming people while allowing all of them does not.
pub fn resolve(
    text: &str,
    allowed: Option<&AllowedMentions>,
    answered: Option<Id<UserMarker>>,
    reach: Reach<'_>,
) -> Result<Mentions, FormErrors> {
    let mut found = scan(text);
    if let Some(allowed) = allowed {
        check(allowed)?;
        restrict(&mut found, allowed);
    }
    let replied = allowed.is_none_or(|allowed| allowed.replied_user.unwrap_or(false));
    found.users.extend(answered.filter(|_| replied));
    found.users.sort_unstable();
    found.users.dedup();
    found.users.truncate(MOST);
    match reach {
        Reach::People(people) => {
            found.roles.clear();
            found.everyone = false;
            found.users.retain(|user| people.contains(user));
        }
        Reach::Guild { everyone, role } => {
            found.everyone &= everyone;
            found.roles.retain(|id| role(*id).is_some_and(|open| everyone || open));
        }
    }
    Ok(found)
}

/// Whether a text calls everybody, and not only those who are there as `@here` does.
pub fn calls_everyone(text: &str) -> bool {
    outside_code(text).iter().any(|part| part.contains("@everyone"))
}

/// How many different people and roles a text mentions, whether they are pinged or not.
pub fn count(text: &str) -> usize {
    let mut found = scan(text);
    found.users.sort_unstable();
    found.users.dedup();
    found.users.len() + found.roles.len()
}

fn check(allowed: &AllowedMentions) -> Result<(), FormErrors> {
    let parse = allowed.parse.as_deref().unwrap_or_default();
    let mut errors = FormErrors::new();
    for (index, name) in parse.iter().enumerate() {
        if !["roles", "users", "everyone"].contains(&name.as_str()) {
            let text = "Value must be one of ('everyone', 'users', 'roles').";
            errors.at("allowed_mentions").at("parse").at(index).push("BASE_TYPE_CHOICES", text);
        }
    }
    let users = allowed.users.as_ref().map_or(0, Vec::len);
    let roles = allowed.roles.as_ref().map_or(0, Vec::len);
    for (name, ids) in [("users", users), ("roles", roles)] {
        if parse.iter().any(|given| given == name) && ids > 0 {
            let text = format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive.");
            errors.at("allowed_mentions").push("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text);
        }
        if ids > MOST {
            errors.at("allowed_mentions").at(name).push("BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.");
        }
    }
    errors.finish()
}

fn restrict(found: &mut Mentions, allowed: &AllowedMentions) {
    let parses = |name: &str| allowed.parse.iter().flatten().any(|given| given == name);
    if !parses("users") {
        let only = allowed.users.as_deref().unwrap_or_default();
        found.users.retain(|user| only.contains(user));
    }
    if !parses("roles") {
        let only = allowed.roles.as_deref().unwrap_or_default();
        found.roles.retain(|role| only.contains(role));
    }
    found.everyone &= parses("everyone");
}

/// Finds `<@1>`, `<@!1>`, `<@&1>`, `@everyone` and `@here` outside of code.
fn scan(text: &str) -> Mentions {
    let mut found = Mentions::default();
    for part in outside_code(text) {
        found.everyone |= part.contains("@everyone") || part.contains("@here");
        let mut rest = part;
        while let Some((_, after)) = rest.split_once("<@") {
            let Some((inner, _)) = after.split_once('>') else { break };
            if let Some(role) = inner.strip_prefix('&') {
                found.roles.extend(role.parse::<Id<RoleMarker>>().ok());
            } else {
                found.users.extend(inner.trim_start_matches('!').parse::<Id<UserMarker>>().ok());
            }
            rest = after;
        }
    }
    found.roles.sort_unstable();
    found.roles.dedup();
    found.roles.truncate(MOST);
    found
}

/// The parts of a text that are no code. As in Markdown, so many backticks in a row open code that the next run of as many closes;
/// a run that nothing closes is text.
fn outside_code(text: &str) -> Vec<&str> {
    // Where each run of backticks begins, and how long it is.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in text.match_indices('`') {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == at => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    // By length, the runs that are still to come, the last one first.
    let mut places: HashMap<usize, Vec<usize>> = HashMap::new();
    for &(at, length) in runs.iter().rev() {
        places.entry(length).or_default().push(at);
    }
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, length) in runs {
        // One that stands in code opens none.
        if at < from {
            continue;
        }
        let Some(closing) = places.get_mut(&length) else { continue };
        while closing.last().is_some_and(|place| *place <= at) {
            closing.pop();
        }
        if let Some(close) = closing.last() {
            parts.extend(text.get(from..at));
            from = close + length;
        }
    }
    parts.extend(text.get(from..));
    parts
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn ids<T>(list: &[Id<T>]) -> Vec<u64> {
        list.iter().map(|id| id.get()).collect()
    }

    #[test]
    fn mentions_are_found_outside_of_code() {
        let check = |text: &str, users: &[u64], roles: &[u64], everyone: bool| {
            let mut found = scan(text);
            found.users.sort_unstable();
            let (named, held) = (ids(&found.users), ids(&found.roles));
            assert_eq!((named.as_slice(), held.as_slice(), found.everyone), (users, roles, everyone), "{text}");
        };
        check("hello <@5> and <@!6>", &[5, 6], &[], false);
        check("<@&7> @here", &[], &[7], true);
        check("`<@5>` @everyone", &[], &[], true);
        check("```\n<@5> @everyone\n```", &[], &[], false);
        check("<@x> <@> <@0> <@", &[], &[], false);
        check("it`s <@5>", &[5], &[], false);
        // A run of backticks is closed by the next one of its length.
        check("``a ` <@5> b`` <@6>", &[6], &[], false);
        check("```\n`<@5>` @here\n``` `<@6>` <@7>", &[7], &[], false);
        check("``<@5>` <@6>` <@7>", &[5, 7], &[], false);
        check("`a``<@5>`` <@6>` <@8>", &[8], &[], false);
        check("``<@5>``<@6>```<@7>``", &[6, 7], &[], false);
        check("`` <@5> ```", &[5], &[], false);
        check("<@<@5>", &[5], &[], false);
    }

    #[test]
    fn here_is_not_everyone() {
        for (text, everyone) in
            [("@everyone", true), ("@here", false), ("@here @everyone", true), ("`@everyone` @here", false)]
        {
            assert_eq!((calls_everyone(text), scan(text).everyone), (everyone, true), "{text}");
        }
    }

    /// A text that pings everybody, roles 7 (open to all), 8 (not) and 9 (gone), people 1 and 2, in answer to 3.
    fn resolved(allowed: &str, everyone: bool) -> (Vec<u64>, Vec<u64>, bool) {
        let allowed: Option<AllowedMentions> = serde_json::from_str(allowed).unwrap();
        let role = |id: Id<RoleMarker>| (id.get() < 9).then_some(id.get() == 7);
        let reach = Reach::Guild { everyone, role: &role };
        let text = "@everyone <@&7> <@&8> <@&9> <@1> <@2> <@1>";
        let found = resolve(text, allowed.as_ref(), Some(Id::new(3)), reach).unwrap();
        (ids(&found.users), ids(&found.roles), found.everyone)
    }

    #[test]
    fn a_sender_pings_whom_they_may_and_allow() {
        for (allowed, everyone, expected) in [
            ("null", true, (vec![1, 2, 3], vec![7, 8], true)),
            ("null", false, (vec![1, 2, 3], vec![7], false)),
            ("{}", true, (vec![], vec![], false)),
            (r#"{"replied_user": true}"#, true, (vec![3], vec![], false)),
            (r#"{"parse": ["users"]}"#, true, (vec![1, 2], vec![], false)),
            (r#"{"parse": ["roles", "everyone"]}"#, true, (vec![], vec![7, 8], true)),
            (r#"{"parse": ["everyone"], "users": ["2", "5"], "roles": ["8"]}"#, false, (vec![2], vec![], false)),
        ] {
            assert_eq!(resolved(allowed, everyone), expected, "{allowed} {everyone}");
        }
    }

    #[test]
    fn in_direct_messages_only_those_there_are_pinged() {
        let people = [Id::new(1), Id::new(4)];
        let found = resolve("@everyone <@&7> <@1> <@2>", None, Some(Id::new(4)), Reach::People(&people)).unwrap();
        assert_eq!((ids(&found.users), ids(&found.roles), found.everyone), (vec![1, 4], vec![], false));
    }

    #[test]
    fn allowing_must_make_sense() {
        for allowed in [r#"{"parse": ["all"]}"#, r#"{"parse": ["users"], "users": ["1"]}"#] {
            let allowed: AllowedMentions = serde_json::from_str(allowed).unwrap();
            assert!(resolve("", Some(&allowed), None, Reach::People(&[])).is_err());
        }
        let many = AllowedMentions { roles: Some((1..=101).map(Id::new).collect()), ..AllowedMentions::default() };
        assert!(resolve("", Some(&many), None, Reach::People(&[])).is_err());
    }
}
