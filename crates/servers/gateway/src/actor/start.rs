//! IDENTIFY and RESUME.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use guildhall_bus::{Dispatch, Subscriber};
use guildhall_session::{Grant, Input, Start, starts};
use guildhall_wire::gateway::client::bare;
use guildhall_wire::gateway::server::{Empty, Entries, ReadySettings, SessionInfo};
use guildhall_wire::gateway::{CloseCode, Identify, Intents, Ready, Resume, Shard, shard_of};
use guildhall_wire::guild::UnavailableGuild;
use tokio::sync::mpsc;

use super::Actor;
use super::live::Live;
use crate::backend::{Account, AuthError, Backend, Cause, ReadyParts};
use crate::guild::Viewer;
use crate::metrics::add;
use crate::presence::Person;
use crate::registry::{Attach, SessionId};
use crate::{clock, presence};

/// How long a client waits at most to hear that it identifies too often.
const REFUSAL_DELAY_MS: u64 = 5000;
/// How long it may take to look an account up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose token it is, or the code to close with.
async fn authenticate<B: Backend>(backend: &B, token: &str) -> Result<Account, CloseCode> {
    match tokio::time::timeout(PATIENCE, backend.authenticate(token)).await {
        Ok(Ok(account)) => Ok(account),
        Ok(Err(AuthError::Refused)) => Err(CloseCode::AuthenticationFailed),
        Ok(Err(AuthError::Unavailable(error))) => {
            tracing::error!(error, "failed to authenticate");
            Err(CloseCode::UnknownError)
        }
        Err(_) => {
            tracing::error!("failed to authenticate in time");
            Err(CloseCode::UnknownError)
        }
    }
}

impl<B: Backend> Actor<B> {
    pub(super) async fn identify(&mut self, identify: Identify) {
        let account = match authenticate(&self.shared.backend, identify.bare_token()).await {
            Ok(account) => account,
            Err(code) => return self.input(Input::Refuse(code)),
        };
        let shard = identify.shard.unwrap_or(Shard::WHOLE).index;
        let key = account
            .application
            .filter(|_| self.shared.settings.space_identifies)
            .map(|application| starts::key(shard, application.max_concurrency));
        let now = self.shared.clock.now();
        if let Err(refusal) = self.shared.registry.start(account.id(), now, key) {
            let delay = refusal.wait_ms().min(REFUSAL_DELAY_MS);
            tokio::time::sleep(Duration::from_millis(delay)).await;
            return self.input(Input::Invalid);
        }
        let grant = Grant {
            bot: account.application.is_some(),
            privileged: account.application.map_or(Intents::all(), |application| application.privileged),
            guilds: self.shared.bus.guilds_of(account.id()).len(),
        };
        self.account = Some(Box::new((identify.token, account)));
        self.input(Input::Accept(grant));
    }

    pub(super) async fn resume(&mut self, resume: Resume) {
        let account = match authenticate(&self.shared.backend, resume.bare_token()).await {
            Ok(account) => account,
            Err(code) => return self.input(Input::Refuse(code)),
        };
        let Some(socket) = self.socket.take() else {
            return;
        };
        let attach = Box::new(Attach { socket, sequence: resume.seq });
        let handed = match SessionId::read(&resume.session_id) {
            Some(id) => self.shared.registry.attach(id, account.id(), account.login, attach),
            None => Err(attach),
        };
        if let Err(attach) = handed {
            self.socket = Some(attach.socket);
            self.input(Input::Invalid);
        }
        // Otherwise the socket is another session's now, and this task ends.
    }

    pub(super) async fn start(&mut self, start: Start) {
        let Some((token, account)) = self.account.take().map(|known| *known) else {
            return;
        };
        if let Err(error) = self.begin(&account, start).await {
            tracing::error!(error, "failed to start a session");
            return self.input(Input::End(CloseCode::UnknownError));
        }
        // Had the login ended before the session listened, nobody would have told it.
        if let Err(code) = authenticate(&self.shared.backend, bare(&token)).await {
            self.input(Input::End(code));
        }
    }

    async fn begin(&mut self, account: &Account, start: Start) -> Result<(), Cause> {
        let shared = self.shared.clone();
        let bot = account.application.is_some();
        let shard = start.shard.unwrap_or(Shard::WHOLE);
        let viewer = Viewer {
            user: account.id(),
            bot,
            intents: start.intents,
            large_threshold: usize::try_from(start.identify.large_threshold)?,
        };
        let message_content = start.intents.contains(Intents::MESSAGE_CONTENT);
        let id = SessionId::random().map_err(|error| error.to_string())?;
        let device = presence::device(&start.identify.properties);
        // From here on nothing is missed: what happens before all is read arrives twice at worst.
        let (connection, deliveries) = shared.bus.connect(Subscriber {
            user: viewer.user,
            bot,
            intents: if bot { start.intents.bits() } else { u64::MAX },
            shard: (shard.index, shard.count),
            message_content,
            login: account.login,
        });
        let (sender, commands) = mpsc::unbounded_channel();
        shared.registry.insert(id, viewer.user, account.login, sender);
        shared.metrics.sessions.fetch_add(1, Ordering::Relaxed);
        add(&shared.metrics.identifies, 1);
        let mut guilds = shared.bus.guilds_of(viewer.user);
        guilds.retain(|guild| shard_of(*guild, shard.count) == shard.index);
        self.live = Some(Box::new(Live {
            id,
            viewer,
            message_content,
            shard,
            device,
            person: None,
            compress: start.identify.compress,
            connection,
            deliveries,
            commands,
            guilds: guilds.iter().copied().collect(),
            requests: VecDeque::new(),
            answer: None,
            voice_servers: Vec::new(),
        }));
        self.known();
        if let Some(socket) = &mut self.socket {
            socket.compress_payloads(start.identify.compress);
        }
        let parts = shared.backend.ready(account).await?;
        let now = clock::unix_ms();
        let asked = start.identify.presence.as_ref();
        let mut shown = asked.map_or_else(|| presence::initial(device), |body| presence::shown(body, device, now));
        let mut sessions = Vec::new();
        if !bot {
            let person = Person::new(&start.identify.properties.os, &parts.user_settings, shown, now);
            shown = person.shown();
            let info = presence::info(id, &shown, &person.os);
            sessions = shared.registry.note(id, viewer.user, Some(info));
            if let Some(live) = &mut self.live {
                live.person = Some(Box::new(person));
            }
        }
        shared.bus.set_presence(viewer.user, connection, shown);
        let unavailable = guilds.into_iter().map(|id| UnavailableGuild { id, unavailable: true }).collect();
        let ready = self.ready(account, &start, &parts, (id, &sessions), unavailable)?;
        self.deliver(ready);
        Ok(())
    }

    fn ready(
        &self,
        account: &Account,
        start: &Start,
        parts: &ReadyParts,
        (id, sessions): (SessionId, &[SessionInfo]),
        guilds: Vec<UnavailableGuild>,
    ) -> Result<Dispatch, Cause> {
        let person = account.application.is_none();
        let session_id = id.to_string();
        let url = self.shared.settings.url.as_deref();
        let presences = if person { self.shared.bus.presences_of_friends(account.id()) } else { Vec::new() };
        let ready = Ready {
            v: self.opening.version,
            user: &account.user,
            guilds,
            session_id: &session_id,
            resume_gateway_url: url.unwrap_or(&self.address),
            session_type: "normal",
            shard: start.shard,
            application: account.application.map(|application| application.ready),
            private_channels: &parts.private_channels,
            relationships: &parts.relationships,
            presences: &presences,
            user_settings: if person {
                ReadySettings::Person(&parts.user_settings)
            } else {
                ReadySettings::Bot(Empty {})
            },
            read_state: person.then(|| Entries::new(&parts.read_state)),
            user_guild_settings: person.then(|| Entries::new(&parts.user_guild_settings)),
            sessions: person.then_some(sessions),
            game_relationships: [],
            guild_join_requests: [],
            geo_ordered_rtc_regions: [],
            auth: Empty {},
            trace: ["guildhall"],
        };
        Ok(Dispatch::new("READY", serde_json::to_vec(&ready)?))
    }
}
