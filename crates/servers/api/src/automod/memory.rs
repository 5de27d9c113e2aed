//! What members wrote in the last minute, for the rules that ask for it: in memory, of this node.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use guildhall_rules::automod::{MEMORY_MICROS, NEWCOMER_MICROS, Recent};
use guildhall_wire::id::{GuildMarker, Id, UserMarker};

/// Most messages of a guild that are remembered.
const MOST: usize = 2000;
/// How far back "at all" goes, in microseconds.
const SHORT_MICROS: i64 = 10_000_000;

/// What was written lately, by guild.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    hasher: RandomState,
    guilds: Mutex<HashMap<Id<GuildMarker>, VecDeque<Said>>>,
}

#[derive(Debug)]
struct Said {
    at: i64,
    author: Id<UserMarker>,
    /// Of the text without its case and spaces.
    hash: u64,
    mentions: usize,
    newcomer: bool,
}

impl Memory {
    /// Notes a message; gives what came before it.
    pub(crate) fn note(
        &self,
        guild: Id<GuildMarker>,
        author: Id<UserMarker>,
        joined_at: i64,
        text: &str,
        now: i64,
    ) -> Recent {
        let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let said = Said {
            at: now,
            author,
            hash: self.hasher.hash_one(plain.to_lowercase()),
            mentions: guildhall_rules::mention::count(text),
            newcomer: joined_at > now - NEWCOMER_MICROS,
        };
        let mut guilds = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        if guilds.len() > 10_000 {
            guilds.retain(|_, list| list.back().is_some_and(|last| last.at > now - MEMORY_MICROS));
        }
        let list = guilds.entry(guild).or_default();
        while list.front().is_some_and(|first| first.at <= now - MEMORY_MICROS) || list.len() >= MOST {
            list.pop_front();
        }
        let own = || list.iter().filter(|other| other.author == author);
        let raid = || list.iter().filter(|other| other.newcomer && other.mentions > 0);
        let mut raiders: Vec<_> = raid().map(|other| other.author).collect();
        raiders.sort_unstable();
        raiders.dedup();
        let recent = Recent {
            same: own().filter(|other| other.hash == said.hash).count(),
            messages: own().filter(|other| other.at > now - SHORT_MICROS).count(),
            newcomer: said.newcomer,
            raiders: raiders.len(),
            raid_mentions: raid().map(|other| other.mentions).sum(),
        };
        list.push_back(said);
        recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_remembered() {
        let memory = Memory::default();
        let (guild, me, day) = (Id::new(1), Id::new(2), NEWCOMER_MICROS);
        let note = |author, joined, text: &str, now| memory.note(guild, author, joined, text, now);
        assert_eq!(note(me, 0, "Buy  now", 2 * day), Recent::default());
        let again = note(me, 0, "buy NOW", 2 * day + 1);
        assert_eq!((again.same, again.messages), (1, 1));
        assert_eq!(note(Id::new(3), 0, "buy now", 2 * day + 2).same, 0);
        let later = note(me, 0, "buy now", 2 * day + SHORT_MICROS + 2);
        assert_eq!((later.same, later.messages), (2, 0));
        assert_eq!(note(me, 0, "buy now", 3 * day).same, 0);
        for number in 10..14 {
            note(Id::new(number), 3 * day, "<@1> <@2> <@3> <@4> <@5>", 3 * day + 5);
        }
        let raid = note(Id::new(20), 3 * day, "<@1>", 3 * day + 6);
        assert!(raid.newcomer && raid.is_raid(), "{raid:?}");
        assert!(!note(me, 0, "hello", 3 * day + 7).newcomer);
    }
}
