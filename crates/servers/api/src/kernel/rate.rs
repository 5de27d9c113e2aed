//! Rate limits: one bucket for each route, account and major parameter, and one over all routes.

use std::sync::atomic::{AtomicI64, Ordering};

use guildhall_rules::address as rules;
use guildhall_store::password_try::TryRow;
use http::header::{HeaderMap, HeaderValue};
use http::request::Parts;
use sha2::{Digest, Sha256};

use super::app::App;
use super::cx;
use super::error::{Error, RateLimited, Result};
use super::route::{Need, Route};
use super::token;

/// Requests over all routes, and in how many seconds.
const GLOBAL: (u32, u32) = (50, 1);

/// All buckets. Bounded: idle ones are forgotten.
#[derive(Debug)]
pub(crate) struct RateLimits {
    enabled: bool,
    global: (u32, u32),
    buckets: papaya::HashMap<u64, Window>,
    swept: AtomicI64,
}

/// A fixed window and what was taken from it.
#[derive(Clone, Copy, Debug)]
struct Window {
    ends: i64,
    taken: u32,
}

/// How many buckets are remembered before the ended ones are swept out.
const MOST: usize = 100_000;

impl RateLimits {
    pub(crate) fn new(enabled: bool, global: Option<(u32, u32)>) -> Self {
        Self { enabled, global: global.unwrap_or(GLOBAL), buckets: papaya::HashMap::new(), swept: AtomicI64::new(0) }
    }

    /// Takes one request from its bucket and from the global one; gives the headers that tell of it.
    pub(crate) fn take(&self, app: &App, route: &Route, params: &[(&str, &str)], parts: &Parts) -> Result<Taken> {
        if !self.enabled {
            return Ok(Taken::default());
        }
        let now = app.clock().micros();
        let (from, token) = (whence(app, parts), token_of(parts));
        let who = match token {
            // Where no account is looked for, anything could stand there.
            Some(token) if route.need != Need::Nobody => {
                let who = digest(&[b"token", token.as_bytes()]);
                self.known(who, from, now)?;
                who
            }
            _ => from,
        };
        let asker = Asker { who, from };
        let who = who.to_be_bytes();
        let window = i64::from(route.limit.seconds) * 1_000_000;
        let major = params
            .iter()
            .find(|(name, _)| matches!(*name, "channel_id" | "guild_id" | "webhook_id" | "interaction_id"))
            .filter(|_| !route.limit.together);
        let bucket = digest(&[route.method.as_bytes(), route.path.as_bytes()]);
        let key = digest(&[&bucket.to_be_bytes(), major.map_or(b"", |(_, value)| value.as_bytes()), &who]);
        let (taken, ends) = self.count(key, window, now);
        let retry = |ends: i64| seconds(ends - now).max(0.001);
        let headers = route.limit.shown.then(|| Headers {
            limit: route.limit.requests,
            remaining: route.limit.requests.saturating_sub(taken),
            reset: seconds(ends),
            reset_after: retry(ends),
            bucket,
        });
        if taken > route.limit.requests {
            return Err(Error::RateLimited(RateLimited { bucket: headers, ..exhausted_at(ends, now) }));
        }
        if route.limit.shown {
            let (most, seconds) = self.global;
            let (taken, ends) = self.count(digest(&[b"global", &who]), i64::from(seconds) * 1_000_000, now);
            if taken > most {
                let limited = RateLimited { global: true, scope: "global", ..exhausted_at(ends, now) };
                return Err(Error::RateLimited(limited));
            }
        }
        Ok(Taken { headers, asker: Some(asker).filter(|asker| asker.who != asker.from) })
    }

    /// Remembers whether a token was somebody's: with another one each time nobody would ever come to a limit.
    pub(crate) fn settle(&self, app: &App, taken: &Taken, somebodys: bool) {
        let Some(Asker { who, from }) = taken.asker else { return };
        let now = app.clock().micros();
        if !somebodys {
            self.count(strangers(from), STRANGERS.1 * 1_000_000, now);
        } else if self.buckets.pin().get(&friend(who)).is_none_or(|window| window.ends <= now) {
            self.count(friend(who), FRIENDS * 1_000_000, now);
        }
    }

    /// Takes one request from what everybody at one address has for something that is no route of the table.
    pub(crate) fn take_from(&self, app: &App, parts: &Parts, what: &str, limit: (u32, u32)) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        let (most, seconds) = limit;
        let now = app.clock().micros();
        let key = digest(&[what.as_bytes(), &whence(app, parts).to_be_bytes()]);
        let (taken, ends) = self.count(key, i64::from(seconds) * 1_000_000, now);
        if taken > most { Err(exhausted_at(ends, now).into()) } else { Ok(()) }
    }

    /// Refuses a token that may be nobody's where too many of them came from.
    fn known(&self, who: u64, from: u64, now: i64) -> Result<()> {
        let buckets = self.buckets.pin();
        let running = |key: u64| buckets.get(&key).filter(|window| window.ends > now);
        match running(strangers(from)).filter(|window| window.taken >= STRANGERS.0) {
            Some(window) if running(friend(who)).is_none() => Err(exhausted_at(window.ends, now).into()),
            _ => Ok(()),
        }
    }

    /// Counts a try to log in or to confirm a password, whatever becomes of it.
    pub(crate) fn patience(&self, app: &App, account: &str, address: &str) -> Patience<'_> {
        let now = app.clock().micros();
        let network = network(address);
        let keys = [
            digest(&[b"password", account.as_bytes(), network.as_bytes()]),
            digest(&[b"password", account.as_bytes()]),
            digest(&[b"password from", network.as_bytes()]),
        ];
        let mut left = [None; 3];
        if self.enabled {
            for ((key, (most, seconds)), left) in keys.into_iter().zip([HERE, ANYWHERE, ANYBODY]).zip(&mut left) {
                let (taken, ends) = self.count(key, seconds * 1_000_000, now);
                *left = (taken > most).then_some(ends - now);
            }
        }
        let [here, anywhere, anybody] = left;
        Patience { rates: self, keys, here, elsewhere: anywhere.max(anybody) }
    }

    /// Takes over what was counted before the program started.
    pub(crate) fn recall(&self, tries: Vec<TryRow>) {
        let buckets = self.buckets.pin();
        for known in tries {
            buckets.insert(known.key, Window { ends: known.ends_at, taken: known.taken });
        }
    }

    fn give_back(&self, key: u64) {
        let taken = |known: &Window| Window { taken: known.taken.saturating_sub(1), ..*known };
        self.buckets.pin().update(key, taken);
    }

    fn count(&self, key: u64, window: i64, now: i64) -> (u32, i64) {
        let buckets = self.buckets.pin();
        // Once in a second at most: what is still running stays, however much it is.
        let due = |last: i64| (last < now - 1_000_000).then_some(now);
        if buckets.len() > MOST && self.swept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok() {
            buckets.retain(|_, window| window.ends > now);
        }
        let taken = buckets.update_or_insert_with(
            key,
            |known| {
                if known.ends <= now {
                    Window { ends: now + window, taken: 1 }
                } else {
                    Window { taken: known.taken.saturating_add(1), ..*known }
                }
            },
            || Window { ends: now + window, taken: 1 },
        );
        (taken.taken, taken.ends)
    }
}

/// How many wrong passwords are borne for one account, and for how long the count stands: from one address,
const HERE: (u32, i64) = (10, 5 * 60);
/// from all addresses together,
const ANYWHERE: (u32, i64) = (100, 60 * 60);
/// and from one address for all accounts.
const ANYBODY: (u32, i64) = (100, 60 * 60);

/// How many tokens that are nobody's are borne from one address, and for how many seconds they count.
const STRANGERS: (u32, i64) = (500, 300);

/// The part of an address that one person has.
fn network(address: &str) -> String {
    let whole = address.parse().map(|address| rules::network(address).to_string());
    whole.unwrap_or_else(|_| address.to_owned())
}

/// Where a request came from.
fn whence(app: &App, parts: &Parts) -> u64 {
    digest(&[b"from", network(&cx::address(parts, app.config().trust_proxy)).as_bytes()])
}

/// For how many seconds it is remembered that a token is somebody's.
const FRIENDS: i64 = 3600;

fn friend(who: u64) -> u64 {
    digest(&[b"friend", &who.to_be_bytes()])
}

fn strangers(from: u64) -> u64 {
    digest(&[b"strangers", &from.to_be_bytes()])
}

fn token_of(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(http::header::AUTHORIZATION)?;
    token::of_either(header.to_str().ok()?)
}

/// What a request took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// What the response says of it.
    pub headers: Option<Headers>,
    /// Who showed a token.
    asker: Option<Asker>,
}

/// A token and where it came from.
#[derive(Clone, Copy, Debug)]
struct Asker {
    who: u64,
    from: u64,
}

/// What is left of the patience with one account.
#[derive(Debug)]
pub(crate) struct Patience<'a> {
    rates: &'a RateLimits,
    keys: [u64; 3],
    here: Option<i64>,
    elsewhere: Option<i64>,
}

impl Patience<'_> {
    /// Whether more are borne for this account from this address.
    pub(crate) fn here(&self) -> Result<(), RateLimited> {
        self.here.map_or(Ok(()), exhausted)
    }

    /// Whether more are borne from an address that the account does not know.
    pub(crate) fn elsewhere(&self) -> Result<(), RateLimited> {
        self.elsewhere.map_or(Ok(()), exhausted)
    }

    /// The password was right: that was no try.
    pub(crate) fn restore(self) {
        self.keys.into_iter().for_each(|key| self.rates.give_back(key));
    }

    /// The password was wrong: what is to be remembered, also after a start of the program.
    pub(crate) fn tries(&self) -> Vec<TryRow> {
        let buckets = self.rates.buckets.pin();
        let row = |key| buckets.get(&key).map(|window| TryRow { key, taken: window.taken, ends_at: window.ends });
        self.keys.into_iter().filter_map(row).collect()
    }
}

fn exhausted_at(ends: i64, now: i64) -> RateLimited {
    RateLimited { retry_after: seconds(ends - now).max(0.001), global: false, scope: "user", bucket: None }
}

fn exhausted(left: i64) -> Result<(), RateLimited> {
    Err(exhausted_at(left, 0))
}

/// What a response says of its bucket.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    limit: u32,
    remaining: u32,
    reset: f64,
    reset_after: f64,
    bucket: u64,
}

impl Headers {
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        put("x-ratelimit-limit", self.limit.to_string());
        put("x-ratelimit-remaining", self.remaining.to_string());
        put("x-ratelimit-reset", format!("{:.3}", self.reset));
        put("x-ratelimit-reset-after", format!("{:.3}", self.reset_after));
        put("x-ratelimit-bucket", format!("{:016x}", self.bucket));
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with milliseconds")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn digest(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
