//! Recovery records: what sessions and players need after a restart, written each second, apart from everything else: a slow
//! disk holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Node;
use crate::lock;
use crate::session::Session;
use crate::store::{Changes, EventRow, PlayerRow, QueueRow, SessionRow};
use crate::wire::Events;

/// How often.
const SAVE: Duration = Duration::from_secs(1);

/// What a record is sealed for.
pub(super) fn about(session: &str, guild_id: u64) -> String {
    format!("{session}/{guild_id}")
}

/// And a queue.
pub(super) fn about_queue(session: &str, guild_id: u64) -> String {
    format!("{session}/{guild_id}/queue")
}

/// And what waits for a client.
pub(super) fn about_events(session: &str) -> String {
    format!("{session}/events")
}

impl Node {
    /// Writes what has changed, again and again.
    pub(super) fn keep_saving(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut due = tokio::time::interval_at(tokio::time::Instant::now() + SAVE, SAVE);
            due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                due.tick().await;
                let Some(node) = weak.upgrade() else { return };
                if let Err(error) = node.save().await {
                    tracing::error!(%error, "failed to write recovery records");
                }
            }
        });
    }

    /// Writes what has changed, of sessions that may be resumed. What was not written is written next time.
    pub(super) async fn save(&self) -> guildhall_db::Result<()> {
        let _turn = self.saving.lock().await;
        let changes = self.changes();
        if changes.is_empty() {
            return Ok(());
        }
        let written = changes.write(&self.db).await;
        if written.is_err() {
            self.put_back(changes);
        }
        written
    }

    /// What has changed since it was last asked for.
    fn changes(&self) -> Changes {
        let mut changes = Changes { loudness: lock(&self.loudness).take_unsaved(), ..Changes::default() };
        for session in self.sessions() {
            let changed = session.take_unsaved();
            if !session.settings().resuming {
                if changed {
                    changes.ended.push(session.id.clone());
                }
                continue;
            }
            let players = session.players();
            if changed {
                players.iter().for_each(|player| player.keep_unsaved());
            }
            let before = changes.players.len();
            for player in players {
                let Some((record, queue)) = player.take_record() else { continue };
                let (session_id, guild_id) = (session.id.clone(), player.guild_id.cast_signed());
                let record = self.sealed(&record, &about(&session.id, player.guild_id));
                let Some(record) = record else { continue };
                changes.players.push(PlayerRow { session_id: session_id.clone(), guild_id, record });
                let queue = queue.and_then(|queue| self.sealed(&queue, &about_queue(&session.id, player.guild_id)));
                changes.queues.extend(queue.map(|queue| QueueRow { session_id, guild_id, queue }));
            }
            let events =
                session.take_waiting().map(|events| events.iter().map(ToString::to_string).collect::<Vec<_>>());
            let events = events.and_then(|events| self.sealed(&events, &about_events(&session.id)));
            let waits = events.is_some();
            changes.events.extend(events.map(|events| EventRow { session_id: session.id.clone(), events }));
            // Where there are players, or events, there is a session.
            if changed || waits || changes.players.len() > before {
                changes.sessions.push(row(&session));
            }
        }
        // Who went meanwhile is not written any more, unless another is there by now.
        let gone = std::mem::take(&mut *lock(&self.ended));
        let stays = |id: &str, guild: i64| {
            let session = self.session(id);
            session.is_some_and(|session| session.player(guild.cast_unsigned()).is_some())
        };
        changes.sessions.retain(|row| !gone.ended.contains(&row.id));
        changes.events.retain(|row| !gone.ended.contains(&row.session_id));
        changes.players.retain(|row| stays(&row.session_id, row.guild_id));
        changes.queues.retain(|row| stays(&row.session_id, row.guild_id));
        changes.ended.extend(gone.ended);
        changes.left = gone.left.into_iter().filter(|(id, guild)| !stays(id, guild.cast_signed())).collect();
        changes
    }

    /// Nothing of that was written: it has changed still.
    fn put_back(&self, changes: Changes) {
        lock(&self.loudness).keep_unsaved(changes.loudness);
        {
            let mut gone = lock(&self.ended);
            // Sessions that may not be resumed any more are there, and say so again.
            gone.ended.extend(changes.ended.iter().filter(|id| self.session(id).is_none()).cloned());
            gone.left.extend(changes.left);
        }
        let ids = changes.sessions.iter().map(|row| &row.id).chain(&changes.ended);
        ids.filter_map(|id| self.session(id)).for_each(|session| session.keep_unsaved());
        let waiting = changes.events.iter().filter_map(|row| self.session(&row.session_id));
        waiting.for_each(|session| session.keep_unkept());
        for row in changes.players {
            let player = self.session(&row.session_id).and_then(|session| session.player(row.guild_id.cast_unsigned()));
            if let Some(player) = player {
                player.keep_unsaved();
            }
        }
    }

    fn sealed<T: Serialize>(&self, said: &T, about: &str) -> Option<Vec<u8>> {
        serde_json::to_vec(said).ok().and_then(|said| self.seal.close(&said, about))
    }

    pub(super) fn opened<T: DeserializeOwned>(&self, sealed: &[u8], about: &str) -> Option<T> {
        serde_json::from_slice(&self.seal.open(sealed, about)?).ok()
    }
}

fn row(session: &Session) -> SessionRow {
    let settings = session.settings();
    SessionRow {
        id: session.id.clone(),
        user_id: session.user_id.cast_signed(),
        client: session.client.clone(),
        timeout: i64::try_from(settings.timeout).unwrap_or(i64::MAX),
        all_events: settings.events == Events::All,
    }
}
