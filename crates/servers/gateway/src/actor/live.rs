//! What a session has once it is somebody's.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use guildhall_bus::presence::Device;
use guildhall_bus::{ConnectionId, Delivery, Dispatch};
use guildhall_session::Input;
use guildhall_wire::gateway::server::SoundboardSounds;
use guildhall_wire::gateway::{CloseCode, Intents, PresenceBody, RequestMembers, Shard, VoiceStateBody, shard_of};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id};
use tokio::sync::mpsc;

use super::{Actor, Woken};
use crate::backend::Backend;
use crate::guild::{Viewer, guild_create, thread_list_sync};
use crate::item::Item;
use crate::members::Answer;
use crate::presence::Person;
use crate::registry::{Command, Owner, SessionId};
use crate::{Shared, clock, presence, voice};

/// How often it is looked at how many events wait for the guilds of READY.
const LOOK: Duration = Duration::from_secs(1);
/// Requests for members that may wait.
const REQUESTS: usize = 120;

/// A session of somebody.
pub(super) struct Live {
    pub(super) id: SessionId,
    pub(super) viewer: Viewer,
    pub(super) message_content: bool,
    pub(super) shard: Shard,
    pub(super) device: Device,
    /// Of people, once their settings are read.
    pub(super) person: Option<Box<Person>>,
    /// Large payloads may be compressed by themselves.
    pub(super) compress: bool,
    pub(super) connection: ConnectionId,
    pub(super) deliveries: mpsc::UnboundedReceiver<Delivery>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    /// Guilds of READY that are still to come. Events wait for them.
    pub(super) guilds: VecDeque<Id<GuildMarker>>,
    /// Requests for members that are still to be answered, and the one that is being answered.
    pub(super) requests: VecDeque<RequestMembers>,
    pub(super) answer: Option<Box<Answer>>,
    /// Guilds in which it sat down in voice and has not been told of the voice server.
    pub(super) voice_servers: Vec<Id<GuildMarker>>,
}

impl Live {
    /// What comes from others than the client.
    pub(super) async fn next(&mut self) -> Woken {
        let deliveries = async {
            if self.guilds.is_empty() {
                return self.deliveries.recv().await.map_or(Woken::Orphaned, Woken::Delivery);
            }
            // They wait for the guilds, and must not wait for ever: see [`Live::is_behind`].
            tokio::time::sleep(LOOK).await;
            Woken::Look
        };
        tokio::select! {
            biased;
            Some(command) = self.commands.recv() => Woken::Command(command),
            woken = deliveries => woken,
        }
    }

    /// Whether more events wait for the guilds of READY than may wait for a socket.
    pub(super) fn is_behind(&self, limit: usize) -> bool {
        !self.guilds.is_empty() && self.deliveries.len() > limit
    }

    pub(super) fn try_next(&mut self) -> Option<Delivery> {
        self.deliveries.try_recv().ok()
    }

    /// For the registry.
    pub(super) const fn owner(&self) -> Owner {
        (self.viewer.user, self.shard)
    }

    fn has(&self, guild: Id<GuildMarker>) -> bool {
        shard_of(guild, self.shard.count) == self.shard.index
    }

    /// Leaves the bus and the registry. Sockets that were on their way to it are told that it is gone.
    pub(super) fn end<B: Backend>(&mut self, shared: &Arc<Shared<B>>) {
        shared.bus.disconnect(self.connection);
        shared.registry.remove(self.id, self.owner());
        shared.metrics.sessions.fetch_sub(1, Ordering::Relaxed);
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Attach(attach) = command {
                tokio::spawn(attach.socket.close_with(CloseCode::UnknownError));
            }
        }
    }
}

impl<B: Backend> Actor<B> {
    /// Makes the next thing that is made only when the socket has room: a guild, a chunk of members.
    ///
    /// Says whether there was one.
    pub(super) async fn prepare(&mut self) -> bool {
        let room = self.socket.as_ref().is_some_and(|socket| !socket.is_full()) && self.session.is_drained();
        let Some(live) = self.live.as_mut().filter(|_| room) else {
            return false;
        };
        if let Some(guild) = live.guilds.pop_front() {
            let shared = self.shared.clone();
            // Until it is on its way: an error would mean that the semaphore was closed, which nobody does.
            let _turn = shared.builders.acquire().await;
            Box::pin(self.guild(guild, true)).await;
            self.fill();
        } else if live.answer.is_some() {
            Box::pin(self.chunk()).await;
        } else if let Some(request) = live.requests.pop_front() {
            Box::pin(self.answer(request)).await;
        } else {
            return false;
        }
        self.react().await;
        true
    }

    /// Delivers an event that was made for this session.
    pub(super) fn deliver(&mut self, dispatch: Dispatch) {
        self.patient = None;
        self.input(Input::Deliver(Item::new(dispatch)));
    }

    /// A guild of READY, or one that came into reach later.
    pub(super) async fn guild(&mut self, guild: Id<GuildMarker>, initial: bool) {
        let Some(live) = &self.live else { return };
        let Shared { bus, backend, .. } = self.shared.as_ref();
        if !live.viewer.intents.contains(Intents::GUILDS) {
            return;
        }
        match guild_create(bus, backend, live.viewer, guild, initial).await {
            Ok(Some(dispatch)) => self.deliver(dispatch),
            Ok(None) => {}
            Err(error) => {
                // Without the guild the client's picture is wrong: let it come again.
                tracing::error!(error, guild = guild.get(), "failed to build GUILD_CREATE");
                self.input(Input::End(CloseCode::UnknownError));
            }
        }
    }

    /// The threads of a channel that came into view.
    pub(super) async fn threads(&mut self, channel: Id<ChannelMarker>) {
        let Some(live) = self.live.as_ref().filter(|live| live.viewer.intents.contains(Intents::GUILDS)) else {
            return;
        };
        let Shared { bus, backend, .. } = self.shared.as_ref();
        match thread_list_sync(bus, backend, live.viewer, channel).await {
            Ok(Some(dispatch)) => self.deliver(dispatch),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error, channel = channel.get(), "failed to build THREAD_LIST_SYNC");
                self.input(Input::End(CloseCode::UnknownError));
            }
        }
    }

    /// The next chunk of the request that is being answered. As with guilds, only so many are built at once.
    async fn chunk(&mut self) {
        let Some(mut answer) = self.live.as_mut().and_then(|live| live.answer.take()) else { return };
        let shared = self.shared.clone();
        let _turn = shared.builders.acquire().await;
        match answer.next(&shared.bus, &shared.backend).await {
            Ok(Some(chunk)) => {
                self.deliver(chunk);
                self.fill();
                if let Some(live) = &mut self.live {
                    live.answer = Some(answer);
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error, "failed to look members up");
                self.input(Input::Refuse(CloseCode::UnknownError));
            }
        }
    }

    pub(super) fn request_members(&mut self, request: RequestMembers) {
        if let Some(live) = self.live.as_mut().filter(|live| live.requests.len() < REQUESTS) {
            live.requests.push_back(request);
        }
    }

    async fn answer(&mut self, request: RequestMembers) {
        let Some(live) = &self.live else { return };
        let Shared { bus, backend, .. } = self.shared.as_ref();
        let in_shard = live.has(request.guild_id);
        match Answer::find(bus, backend, live.viewer, in_shard, request).await {
            Ok(answer) => {
                if let Some(live) = &mut self.live {
                    live.answer = Some(Box::new(answer));
                }
            }
            Err(error) => {
                tracing::error!(error, "failed to look members up");
                self.input(Input::Refuse(CloseCode::UnknownError));
            }
        }
    }

    /// Answers for each guild once, however often it was named.
    pub(super) fn soundboard_sounds(&mut self, mut guilds: Vec<Id<GuildMarker>>) {
        guilds.sort_unstable();
        guilds.dedup();
        for guild_id in guilds {
            let Some(live) = &self.live else { return };
            let guild = self.shared.bus.guild(guild_id).filter(|guild| guild.is_member(live.viewer.user));
            let Some(guild) = guild.filter(|_| live.has(guild_id)) else { continue };
            let sounds = SoundboardSounds { soundboard_sounds: guild.sounds.values().collect(), guild_id };
            if let Ok(body) = serde_json::to_vec(&sounds) {
                self.deliver(Dispatch::new("SOUNDBOARD_SOUNDS", body));
            }
        }
    }

    pub(super) fn show(&mut self, body: &PresenceBody) {
        let Some(live) = &mut self.live else { return };
        let mut shown = presence::shown(body, live.device, clock::unix_ms());
        if let Some(person) = &mut live.person {
            person.say(shown);
            shown = person.shown();
            let info = presence::info(live.id, &shown, &person.os);
            self.shared.registry.note(live.id, live.viewer.user, Some(info));
        }
        self.shared.bus.set_presence(live.viewer.user, live.connection, shown);
    }

    /// The account's settings are others: what was chosen is what this session shows from now on.
    pub(super) fn adopt(&mut self, settings: &[u8]) {
        let Some(live) = &mut self.live else { return };
        let Some(person) = &mut live.person else { return };
        let chosen = match serde_json::from_slice(settings) {
            Ok(settings) => person.choose(&settings, clock::unix_ms()),
            Err(error) => return tracing::error!(%error, "failed to read settings"),
        };
        if !chosen {
            return;
        }
        let shown = person.shown();
        let info = presence::info(live.id, &shown, &person.os);
        let sessions = self.shared.registry.note(live.id, live.viewer.user, Some(info));
        self.shared.bus.set_presence(live.viewer.user, live.connection, shown);
        if let Ok(body) = serde_json::to_vec(&sessions) {
            self.deliver(Dispatch::new("SESSIONS_REPLACE", body));
        }
    }

    /// Says where the voice servers are of guilds where somebody sat down, behind their own voice state: clients wait for both, and
    /// the documents name them in this order.
    pub(super) fn tell_voice_servers(&mut self, told: Option<&Dispatch>) {
        let Some(live) = self.live.as_mut().filter(|live| !live.voice_servers.is_empty()) else { return };
        let (user, hears) = (live.viewer.user, live.viewer.hears_voice());
        let due: Vec<_> = live
            .voice_servers
            .extract_if(.., |guild| !hears || told.is_some_and(|told| voice::is_seat(told, *guild, user)))
            .collect();
        for server in due.into_iter().filter_map(voice::server) {
            self.deliver(server);
        }
    }

    pub(super) async fn voice(&mut self, body: VoiceStateBody) {
        let Some(live) = &self.live else { return };
        let Shared { bus, backend, .. } = self.shared.as_ref();
        let id = live.id.to_string();
        let updated = voice::update(bus, backend, live.viewer, live.connection, id, body).await;
        match updated {
            Ok(true) => {
                if let Some((live, guild)) = self.live.as_mut().zip(body.guild_id) {
                    live.voice_servers.retain(|other| *other != guild);
                    live.voice_servers.push(guild);
                    self.tell_voice_servers(None);
                }
            }
            Ok(false) => {}
            Err(error) => tracing::error!(error, "failed to update a voice state"),
        }
    }
}
