//! The node: sessions, players, workers and clocks, and what falls due with time.

mod save;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use guildhall_audio::loudness::Target;
use guildhall_db::Db;

use crate::engine::Key;
use crate::grid::{Door, Grid};
use crate::load::Load;
use crate::loudness::Known;
use crate::pace::Shard;
use crate::player::{Player, Queued, Record};
use crate::seal::Seal;
use crate::session::Session;
use crate::source::Sources;
use crate::store::Changes;
use crate::voice::Voice;
use crate::wire::Events;
use crate::{lock, store};
use save::{about, about_events, about_queue};

/// Most looks are for workers that are gone. All else is looked at when so much time has passed.
const WHOLE: Duration = Duration::from_millis(150);
/// How often players tell where they are.
const UPDATE: Duration = Duration::from_secs(5);

/// What a node is told by its configuration.
#[derive(Clone)]
pub struct Settings {
    /// What clients must say.
    pub password: String,
    /// Milliseconds by which a track that is known to follow is faded into; 0 for gapless.
    pub crossfade_ms: u32,
    /// How loud all tracks are to come out where a client says nothing; none for as they are.
    pub loudness: Option<Target>,
    /// Workers.
    pub workers: usize,
    /// The command that starts a worker's process; empty for threads.
    pub worker_command: Vec<std::ffi::OsString>,
    /// Where workers of other hosts may come, if they may.
    pub door: Option<Door>,
    /// Threads that keep the time; without one, time stands still.
    pub clocks: usize,
    /// Where the key of the recovery records lies.
    pub key: PathBuf,
    /// Milliseconds between two updates of a player's position.
    pub update: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            password: String::new(),
            crossfade_ms: 0,
            loudness: None,
            workers: std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4),
            worker_command: Vec::new(),
            door: None,
            clocks: 1,
            key: PathBuf::from("node.key"),
            update: UPDATE,
        }
    }
}

/// A node.
pub struct Node {
    pub(crate) settings: Settings,
    pub(crate) sources: Arc<dyn Sources>,
    pub(crate) voice: Arc<dyn Voice>,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) grid: Grid,
    pub(crate) started: Instant,
    pub(crate) load: Mutex<Load>,
    pub(crate) loudness: Mutex<Known>,
    pub(crate) received: Arc<crate::receive::Counts>,
    db: Db,
    seal: Seal,
    sessions: RwLock<HashMap<String, Arc<Session>>>,
    players: RwLock<HashMap<Key, Arc<Player>>>,
    shards: Mutex<Vec<Arc<Shard>>>,
    keys: AtomicU64,
    ended: Mutex<Changes>,
    minute: Mutex<HashMap<Key, crate::player::Counts>>,
    /// One writes at a time, so that what is newer comes later.
    saving: tokio::sync::Mutex<()>,
}

impl Node {
    /// Starts a node: its workers, its clocks, and the players of sessions that may still be resumed. Within a tokio runtime.
    pub async fn start(
        settings: Settings,
        db: Db,
        sources: Arc<dyn Sources>,
        voice: Arc<dyn Voice>,
    ) -> Result<Arc<Self>, StartError> {
        db.migrate(store::MIGRATIONS).await?;
        let node = Arc::new(Self {
            sources,
            voice,
            runtime: tokio::runtime::Handle::current(),
            grid: Grid::new(settings.workers, !settings.worker_command.is_empty()),
            started: Instant::now(),
            load: Mutex::default(),
            loudness: Mutex::default(),
            received: Arc::default(),
            db,
            seal: Seal::ready(&settings.key)?,
            sessions: RwLock::default(),
            players: RwLock::default(),
            shards: Mutex::default(),
            keys: AtomicU64::new(1),
            ended: Mutex::default(),
            minute: Mutex::default(),
            saving: tokio::sync::Mutex::default(),
            settings,
        });
        for number in 0..node.settings.clocks {
            let shard = Shard::start(number, Arc::downgrade(&node))?;
            lock(&node.shards).push(shard);
        }
        node.grid.fill(&node);
        if let Some(door) = &node.settings.door {
            node.grid.open(&node, door)?;
        }
        node.restore().await?;
        node.keep_looking()?;
        node.keep_saving();
        Ok(node)
    }

    /// Looks after workers, sessions and players from time to time, on a thread that does nothing else: what else there is to be done
    /// delays nobody's rescue, and timers of the runtime would wake it up twice as often.
    fn keep_looking(self: &Arc<Self>) -> std::io::Result<()> {
        let (node, alarm, runtime) = (Arc::downgrade(self), self.grid.alarm.clone(), self.runtime.clone());
        std::thread::Builder::new().name("watch".into()).spawn(move || {
            let _within = runtime.enter();
            let (mut due, mut updated, mut counted) = (Instant::now(), Instant::now(), Instant::now());
            let mut whole = due;
            loop {
                // An alarm is of a worker that is gone.
                let alarmed = alarm.wait(due);
                let (Some(node), now) = (node.upgrade(), Instant::now()) else { return };
                if !alarmed {
                    due = now + node.grid.pause();
                }
                let wholly = !alarmed && now >= whole;
                if wholly {
                    whole = now + WHOLE;
                }
                node.look(wholly);
                if updated.elapsed() >= node.settings.update {
                    updated = Instant::now();
                    node.players().iter().filter(|player| player.has_track()).for_each(|player| player.update());
                }
                if counted.elapsed() >= Duration::from_mins(1) {
                    counted = Instant::now();
                    node.tell_stats();
                }
            }
        })?;
        Ok(())
    }

    /// Replaces workers that are to be, shares players out anew, and ends sessions nobody came back to.
    fn look(self: &Arc<Self>, whole: bool) {
        let dead = self.grid.look(self, whole);
        if !dead.is_empty() || self.grid.is_wanting() {
            self.grid.replace(self, &dead);
        }
        if !whole {
            return;
        }
        if self.settings.clocks > 0 {
            self.grid.balance(self, Instant::now());
        }
        self.end_sessions();
    }

    /// Ends it. Players of sessions that may be resumed are written down and go on after the next start.
    pub async fn stop(&self) {
        if let Err(error) = self.save().await {
            tracing::error!(%error, "failed to write recovery records");
        }
        lock(&self.shards).iter().for_each(|shard| shard.stop());
        self.players().iter().for_each(|player| player.leave());
        self.grid.stop();
        if let Err(error) = self.db.close().await {
            tracing::error!(%error, "failed to close the database");
        }
    }

    /// Where workers of other hosts come, if they may.
    pub fn door(&self) -> Option<std::net::SocketAddr> {
        self.grid.door()
    }

    pub(crate) fn next_key(&self) -> Key {
        self.keys.fetch_add(1, Ordering::Relaxed)
    }

    /// A number that was given out before the node was restarted.
    pub(crate) fn skip_key(&self, key: Key) {
        self.keys.fetch_max(key.saturating_add(1), Ordering::Relaxed);
    }

    pub(crate) fn player(&self, key: Key) -> Option<Arc<Player>> {
        crate::read(&self.players).get(&key).cloned()
    }

    pub(crate) fn players(&self) -> Vec<Arc<Player>> {
        crate::read(&self.players).values().cloned().collect()
    }

    pub(crate) fn add(&self, player: &Arc<Player>) {
        crate::write(&self.players).insert(player.key, player.clone());
        if let Some(shard) = self.shard(player.key) {
            shard.add(player);
        }
    }

    /// The clock of a player.
    fn shard(&self, key: Key) -> Option<Arc<Shard>> {
        let shards = lock(&self.shards);
        let at = usize::try_from(key).ok()?.checked_rem(shards.len())?;
        shards.get(at).cloned()
    }

    /// Has a player that begins to be heard not wait for its time to come round.
    pub(crate) fn hasten(&self, key: Key) {
        if let Some(shard) = self.shard(key) {
            shard.hasten(key);
        }
    }

    pub(crate) fn remove(&self, key: Key) {
        let player = crate::write(&self.players).remove(&key);
        if let Some(shard) = self.shard(key) {
            shard.remove(key);
        }
        lock(&self.minute).remove(&key);
        if let Some(player) = player
            && let Some(session) = player.session.upgrade()
        {
            lock(&self.ended).left.push((session.id.clone(), player.guild_id));
        }
    }

    /// Encoders follow the processor time that there is.
    pub(crate) fn retune(&self) {
        self.players().iter().for_each(|player| player.retune());
    }

    pub(crate) fn session(&self, id: &str) -> Option<Arc<Session>> {
        crate::read(&self.sessions).get(id).cloned()
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        crate::read(&self.sessions).values().cloned().collect()
    }

    pub(crate) fn open_session(&self, user_id: u64, client: String) -> Arc<Session> {
        let session = Session::new(crate::random_name(), user_id, client);
        crate::write(&self.sessions).insert(session.id.clone(), session.clone());
        session
    }

    /// Ends a session and its players.
    pub(crate) fn end_session(&self, id: &str) {
        let session = crate::write(&self.sessions).remove(id);
        if let Some(session) = session {
            session.end();
            lock(&self.ended).ended.push(session.id.clone());
        }
    }

    fn end_sessions(&self) {
        let now = Instant::now();
        for session in self.sessions() {
            if session.is_over(now) {
                tracing::info!(session = session.id, "nobody came back to it");
                self.end_session(&session.id);
            }
        }
    }

    async fn restore(self: &Arc<Self>) -> Result<(), StartError> {
        for row in store::loudness(&self.db).await? {
            let (name, loudness) = row.known();
            lock(&self.loudness).remember(name, loudness);
        }
        for row in store::sessions(&self.db).await? {
            let session = Session::new(row.id, row.user_id.cast_unsigned(), row.client);
            let events = if row.all_events { Events::All } else { Events::Standard };
            session.configure(Some(true), u64::try_from(row.timeout).ok(), Some(events));
            crate::write(&self.sessions).insert(session.id.clone(), session);
        }
        for row in store::events(&self.db).await? {
            let events = self.opened(&row.events, &about_events(&row.session_id));
            if let (Some(session), Some(events)) = (self.session(&row.session_id), events) {
                session.restore_waiting(events);
            }
        }
        let mut queues: HashMap<_, _> =
            store::queues(&self.db).await?.into_iter().map(|row| ((row.session_id, row.guild_id), row.queue)).collect();
        for row in store::players(&self.db).await? {
            let guild_id = row.guild_id.cast_unsigned();
            let record = self.opened::<Record>(&row.record, &about(&row.session_id, guild_id));
            let Some(session) = self.session(&row.session_id) else { continue };
            let Some(mut record) = record else {
                tracing::error!(session = row.session_id, guild = guild_id, "a recovery record cannot be read");
                continue;
            };
            if let Some(sealed) = queues.remove(&(row.session_id.clone(), row.guild_id))
                && let Some(Queued(queue)) = self.opened(&sealed, &about_queue(&row.session_id, guild_id))
            {
                record.queue = queue;
            }
            if let Ok(player) = session.player_or_new(self, guild_id) {
                player.restore(record);
            }
        }
        Ok(())
    }

    pub(crate) fn tell_stats(&self) {
        for session in self.sessions() {
            let stats = self.stats(Some(&session));
            session.emit(&crate::wire::Message::Stats(stats));
        }
        let mut minute = lock(&self.minute);
        for player in self.players() {
            minute.insert(player.key, player.with(|state| state.counts));
        }
    }

    /// Frames of a player since the last `stats`.
    pub(crate) fn since_minute(&self, player: &Player) -> crate::player::Counts {
        let before = lock(&self.minute).get(&player.key).copied().unwrap_or_default();
        let now = player.with(|state| state.counts);
        crate::player::Counts {
            sent: now.sent - before.sent,
            nulled: now.nulled - before.nulled,
            due: now.due - before.due,
        }
    }

    /// Microseconds of processor time that clocks took in all, which seal and send.
    pub(crate) fn clocks(&self) -> u64 {
        lock(&self.shards).iter().map(|shard| shard.busy.load(Ordering::Relaxed)).sum()
    }

    /// The worst delay of a clock since the last look, in microseconds.
    pub(crate) fn take_late(&self) -> u64 {
        lock(&self.shards).iter().map(|shard| shard.take_late()).max().unwrap_or_default()
    }
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its database.
    #[error("the database of the node: {0}")]
    Database(#[from] guildhall_db::Error),
    /// Threads, or the file of its key.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
