//! The application: what all requests share.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use guildhall_blob::Blob;
use guildhall_bus::Bus;
use guildhall_store::Db;
use guildhall_wire::gateway_info::SessionStartLimit;
use guildhall_wire::id::{Id, UserMarker, snowflake};
use tokio::sync::{Notify, OnceCell};
use webauthn_rs::Webauthn;

use super::error::Result;
use super::fetch::{Fetch, Reach};
use super::figures::{Figure, Figures};
use super::rate::RateLimits;
use super::seal::Key;
use super::work::Work;
use crate::admin::Meter;
use crate::auth::Hashers;
use crate::automod::Memory;
use crate::discovery::Listing;
use crate::external::Elsewhere;
use crate::gateway_info::Starts;
use crate::instance::Settings;
use crate::oauth2::openid::IdKey;
use crate::schedule::Alarm;
use crate::unfurl::Unfurls;

/// What the binary decides for the API.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address under which people and bots reach it, without a slash at the end.
    pub public_url: String,
    /// Number of this node, 0–1023: part of every id it makes.
    pub node: u16,
    /// Switched off for benchmarks only.
    pub rate_limits: bool,
    /// Other limits than those of the table, as requests in seconds: by `METHOD /path`, and by `*` of all routes together.
    pub limits: BTreeMap<String, (u32, u32)>,
    /// Whether the address of a proxy's `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
    /// Largest file, in bytes.
    pub attachment_bytes: u64,
    /// Bytes of files that one account may keep in its messages; 0 for as many as it likes.
    pub user_bytes: u64,
    /// Longest message, in characters.
    pub message_length: usize,
    /// Whether addresses of the own network may be reached where people name one: of bots that answer over HTTP, for one.
    pub private_fetches: bool,
    /// Whether anything beyond this machine is fetched: not where a server is only tried out.
    pub outside: bool,
    /// Whether what messages link to is looked at for a preview.
    pub link_previews: bool,
    /// Version of the program.
    pub version: &'static str,
    /// Seals secrets; kept beside the database, not in it. Whatever was sealed with another key cannot be read.
    pub key: Key,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            node: 0,
            rate_limits: true,
            limits: BTreeMap::new(),
            trust_proxy: false,
            attachment_bytes: 25 * 1024 * 1024,
            user_bytes: 0,
            message_length: 2000,
            private_fetches: false,
            outside: true,
            link_previews: false,
            version: env!("CARGO_PKG_VERSION"),
            key: Key::random(),
        }
    }
}

/// What all requests share. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct App {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Db,
    bus: Bus,
    blob: Blob,
    config: Config,
    clock: Clock,
    last_id: AtomicU64,
    rates: RateLimits,
    started: i64,
    meter: Meter,
    figures: Figures,
    passkeys: Option<Webauthn>,
    fetch: Fetch,
    elsewhere: Elsewhere,
    unfurls: Unfurls,
    automod: Memory,
    id_key: OnceCell<Arc<IdKey>>,
    hashers: Hashers,
    /// The instance's settings and when they were read.
    settings: RwLock<Option<(i64, Arc<Settings>)>>,
    alarm: Alarm,
    starts: Starts,
    listing: Listing,
}

/// The time, which tests may move.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    skew_micros: Arc<AtomicI64>,
    moved: Arc<Notify>,
}

impl Clock {
    /// Microseconds since 1970.
    pub fn micros(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are told to use")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_micros()).unwrap_or(i64::MAX).saturating_add(self.skew_micros.load(Ordering::Relaxed))
    }

    /// Milliseconds since 1970.
    pub fn millis(&self) -> u64 {
        u64::try_from(self.micros() / 1000).unwrap_or_default()
    }

    /// Moves the time forward, for tests.
    pub fn advance(&self, by: std::time::Duration) {
        self.skew_micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.moved.notify_one();
    }

    /// Moves the time back, for tests.
    pub fn set_back(&self, by: std::time::Duration) {
        self.skew_micros.fetch_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.moved.notify_one();
    }

    /// Returns when a test moved the time: only one waits for it.
    pub(crate) async fn moved(&self) {
        self.moved.notified().await;
    }
}

impl App {
    /// An application over its infrastructure.
    pub fn new(db: Db, bus: Bus, blob: Blob, config: Config, clock: Clock) -> Self {
        let rates = RateLimits::new(config.rate_limits, config.limits.get("*").copied());
        let started = clock.micros();
        let time = clock.clone();
        bus.keep_time(move || time.micros());
        let (last_id, meter, figures) = (AtomicU64::new(0), Meter::default(), Figures::default());
        let passkeys = crate::passkey::party(&config.public_url);
        let (settings, alarm, automod) = (RwLock::default(), Alarm::default(), Memory::default());
        let reach = match (config.outside, config.private_fetches) {
            (false, _) => Reach::Machine,
            (true, false) => Reach::Public,
            (true, true) => Reach::Everything,
        };
        let (fetch, id_key) = (Fetch::new(reach, config.version), OnceCell::new());
        let unfurls = Unfurls::new(config.link_previews);
        let shared = Shared {
            db,
            bus,
            blob,
            config,
            clock,
            last_id,
            rates,
            started,
            meter,
            figures,
            passkeys,
            fetch,
            elsewhere: Elsewhere::default(),
            unfurls,
            automod,
            id_key,
            hashers: Hashers::default(),
            settings,
            alarm,
            starts: Starts::default(),
            listing: Listing::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.shared.db
    }

    /// The bus.
    pub fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    /// Files.
    pub fn blob(&self) -> &Blob {
        &self.shared.blob
    }

    /// What the binary decided.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Takes the count of the sessions that bots begin, which is the gateway's; the first one stays.
    pub fn count_starts(&self, count: impl Fn(Id<UserMarker>) -> SessionStartLimit + Send + Sync + 'static) {
        self.shared.starts.keep(count);
    }

    /// The sessions that bots begin.
    pub(crate) fn starts(&self) -> &Starts {
        &self.shared.starts
    }

    /// The guilds that anybody finds, as they were looked at last.
    pub(crate) fn listing(&self) -> &Listing {
        &self.shared.listing
    }

    /// What wakes the schedule.
    pub(crate) fn alarm(&self) -> &Alarm {
        &self.shared.alarm
    }

    /// The rate limits.
    pub(crate) fn rates(&self) -> &RateLimits {
        &self.shared.rates
    }

    /// Who asks devices for passkeys; none where browsers would not trust the address.
    pub(crate) fn passkeys(&self) -> Option<&Webauthn> {
        self.shared.passkeys.as_ref()
    }

    /// The key of ID tokens, once it was asked for.
    pub(crate) fn id_key(&self) -> &OnceCell<Arc<IdKey>> {
        &self.shared.id_key
    }

    /// Hashes passwords.
    pub(crate) fn hashers(&self) -> &Hashers {
        &self.shared.hashers
    }

    /// Reaches other servers.
    pub(crate) fn fetch(&self) -> &Fetch {
        &self.shared.fetch
    }

    /// What is known of pictures that lie elsewhere.
    pub(crate) fn elsewhere(&self) -> &Elsewhere {
        &self.shared.elsewhere
    }

    /// What is known of pages that messages link to.
    pub(crate) fn unfurls(&self) -> &Unfurls {
        &self.shared.unfurls
    }

    /// What was written lately, for rules that ask for it.
    pub(crate) fn automod(&self) -> &Memory {
        &self.shared.automod
    }

    /// What was asked for, how it ended and how long it took, in Prometheus' text form.
    pub fn figures(&self) -> String {
        self.shared.figures.text()
    }

    /// The figure of an operation that is about to be served.
    pub(crate) fn figure(&self, operation: &'static str) -> Arc<Figure> {
        self.shared.figures.of(operation)
    }

    /// What the process uses.
    pub(crate) fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    /// When it started, in microseconds.
    pub fn started(&self) -> i64 {
        self.shared.started
    }

    /// The instance's settings, if they were read in that time.
    pub(crate) fn believed_settings(&self, within: RangeInclusive<i64>) -> Option<Arc<Settings>> {
        let known = self.shared.settings.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| within.contains(at)).map(|(_, settings)| settings.clone())
    }

    /// Remembers the instance's settings, or forgets them.
    pub(crate) fn believe_settings(&self, settings: Option<(i64, Arc<Settings>)>) {
        *self.shared.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Runs a unit of work where its statements cost least; see [`Db::unit`]. Everybody else who writes waits for it.
    pub(crate) async fn unit<T, F>(&self, work: impl FnOnce(Work) -> F + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let app = self.clone();
        self.db().unit(move |tx| work(Work::new(tx, &app))).await?
    }

    /// Begins a unit of work.
    pub async fn begin(&self) -> Result<Work> {
        Ok(Work::new(self.db().begin().await?, self))
    }

    /// A new id, above all that this node has given.
    pub fn next_id<T>(&self) -> Id<T> {
        let base = snowflake(self.shared.clock.millis(), self.shared.config.node, 0);
        let next = |last: u64| Some(base.max(last + 1));
        let last = self.shared.last_id.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or(base);
        // At least `base`, which is never zero.
        Id::new_checked(base.max(last + 1)).unwrap_or_else(|| Id::new(1))
    }

    /// A secret of so many random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        #[expect(clippy::expect_used, reason = "without the system's randomness no secret is safe: nothing can go on")]
        getrandom::fill(&mut bytes).expect("the system has randomness");
        bytes
    }
}
