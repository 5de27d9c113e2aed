//! One task for each session: it owns the session, its socket while there is one, and its ear at the bus.

mod live;
mod start;

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use guildhall_bus::{CloseReason, Delivery};
use guildhall_session::{Input, Opening, Outgoing, Output, Session};
use guildhall_wire::gateway::CloseCode;
use guildhall_wire::gateway::server::RESUMED_BODY;
use guildhall_wire::id::Id;
use tokio::sync::mpsc;

use crate::Shared;
use crate::backend::{Account, Backend};
use crate::crowd::Place;
use crate::item::Item;
use crate::metrics::add;
use crate::registry::{Attach, Command};
use crate::socket::{Io, Socket};
use crate::websocket::{Message, Violation};
use live::Live;

/// Milliseconds that events may wait for others which nobody watches in that detail: presences and receipts come in floods,
/// and a packet for each would cost more than all the rest.
const PATIENT_MS: u64 = 20;
/// Deliveries taken at once before the socket is looked at again.
const BATCH: usize = 512;

/// A connection: a socket that says who it is, then a session that outlives sockets.
pub(crate) struct Actor<B: Backend> {
    shared: Arc<Shared<B>>,
    opening: Opening,
    /// Where the client thinks the gateway is: for `resume_gateway_url`.
    address: Box<str>,
    session: Session<Item>,
    outputs: Vec<Output>,
    socket: Option<Socket>,
    live: Option<Box<Live>>,
    /// Between IDENTIFY and the start: the token and whose it is.
    account: Option<Box<(String, Account)>>,
    /// Whether it counts among those that have not said who they are.
    anonymous: bool,
    /// Its place among those of its address, as long as it counts.
    place: Option<Place>,
    /// Dropped when everything is out.
    draining: Option<mpsc::Sender<()>>,
    /// When what waits is to be sent; `None` for at once.
    patient: Option<u64>,
}

/// What wakes the task.
enum Woken {
    Io(Io),
    Delivery(Delivery),
    Command(Command),
    Time,
    /// Nothing: how much waits is to be looked at.
    Look,
    /// The bus is gone.
    Orphaned,
}

impl<B: Backend> Actor<B> {
    pub(crate) fn new(
        shared: Arc<Shared<B>>,
        opening: Opening,
        address: Box<str>,
        socket: Socket,
        place: Option<Place>,
    ) -> Self {
        let mut outputs = Vec::new();
        let session = Session::new(shared.clock.now(), shared.settings.limits, &mut outputs);
        shared.metrics.anonymous.fetch_add(1, Ordering::Relaxed);
        Self {
            shared,
            opening,
            address,
            session,
            outputs,
            socket: Some(socket),
            live: None,
            account: None,
            anonymous: true,
            place,
            draining: None,
            patient: None,
        }
    }

    /// Runs until the session is over, or until its socket went to another session.
    pub(crate) async fn run(mut self) {
        let clock = self.shared.clock;
        let first = self.session.deadline().unwrap_or_else(|| clock.now());
        let mut timer = pin!(tokio::time::sleep_until(clock.at(first)));
        self.react().await;
        while !self.session.is_over() && (self.socket.is_some() || self.session.is_live()) {
            if self.patient.is_none_or(|due| due <= clock.now()) {
                self.patient = None;
                self.fill();
                if self.prepare().await {
                    continue;
                }
            }
            // The timer is only ever made earlier before it fires: a heartbeat does not touch it.
            let Some(deadline) = self.session.deadline() else {
                break;
            };
            let deadline = clock.at(deadline.min(self.patient.unwrap_or(u64::MAX)));
            if timer.is_elapsed() || deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            let io = async {
                match &mut self.socket {
                    Some(socket) => socket.io().await,
                    None => pending().await,
                }
            };
            let outside = async {
                match &mut self.live {
                    Some(live) => live.next().await,
                    None => pending().await,
                }
            };
            let woken = tokio::select! {
                biased;
                io = io => Woken::Io(io),
                woken = outside => woken,
                () = timer.as_mut() => Woken::Time,
            };
            match woken {
                Woken::Io(Io::Read) => self.read().await,
                Woken::Io(Io::Wrote) => {}
                Woken::Io(Io::Gone) => self.lose(None),
                Woken::Delivery(first) => self.hear(first).await,
                Woken::Command(command) => self.obey(command),
                Woken::Time => self.input(Input::Tick),
                Woken::Look => {}
                Woken::Orphaned => self.input(Input::End(CloseCode::UnknownError)),
            }
            // Each turn: whoever sends something every now and then would put the look off for ever.
            self.keep_up();
            self.react().await;
        }
    }

    fn input(&mut self, input: Input<'_, Item>) {
        let now = self.shared.clock.now();
        self.session.input(now, input, &mut self.outputs);
    }

    /// Ends a session that takes its guilds so slowly that too much else waits behind them.
    fn keep_up(&mut self) {
        let limit = self.shared.settings.limits.unsent_events;
        if self.live.as_ref().is_some_and(|live| live.is_behind(limit)) {
            self.input(Input::End(CloseCode::UnknownError));
        }
    }

    /// Moves events from the session's log to the socket, as many as fit.
    pub(super) fn fill(&mut self) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        // Only somebody has events.
        let (user, message_content) =
            self.live.as_ref().map_or((Id::new(1), false), |live| (live.viewer.user, live.message_content));
        let mut count = 0;
        let mut broken = false;
        while !socket.is_full() && !broken {
            match self.session.pull() {
                Some(Outgoing::Event(number, item, part)) => {
                    count += 1;
                    broken = item
                        .body(part, user, message_content)
                        .and_then(|body| socket.event(item.name(), number, &body))
                        .is_err();
                    if let Some(packed) = item.pack() {
                        self.session.replace(packed);
                    }
                }
                Some(Outgoing::Resumed(number)) => {
                    broken = socket.event("RESUMED", number, RESUMED_BODY.as_bytes()).is_err();
                }
                None => break,
            }
        }
        if count > 0 {
            add(&self.shared.metrics.events, count);
        }
        if broken {
            self.lose(None);
        } else if socket.is_flushed() && self.session.is_drained() {
            self.draining = None;
        }
    }

    /// What arrived at the socket.
    async fn read(&mut self) {
        while let Some(socket) = &mut self.socket {
            match socket.message() {
                Ok(None) => return,
                Ok(Some(Message::Data(text))) => {
                    add(&self.shared.metrics.frames, 1);
                    self.input(Input::Frame(&text));
                    self.react().await;
                }
                Ok(Some(Message::Ping(payload))) => {
                    socket.pong(&payload);
                    self.noise().await;
                }
                Ok(Some(Message::Pong | Message::Piece)) => self.noise().await,
                Ok(Some(Message::Close(code))) => {
                    if let Some(socket) = self.socket.take() {
                        tokio::spawn(socket.goodbye(code));
                    }
                    return self.lose(code);
                }
                Err(Violation::TooLarge) => {
                    return self.input(Input::Refuse(CloseCode::DecodeError));
                }
                Err(Violation::Protocol) => {
                    if let Some(socket) = self.socket.take() {
                        tokio::spawn(socket.close(1002, "protocol error"));
                    }
                    return self.lose(None);
                }
            }
        }
    }

    /// Something that is no frame: it counts all the same, or a flood of it would keep everything else from its turn.
    async fn noise(&mut self) {
        self.input(Input::Noise);
        self.react().await;
    }

    /// What the bus has, up to [`BATCH`].
    async fn hear(&mut self, first: Delivery) {
        self.take(first).await;
        for _ in 1..BATCH {
            let Some(next) = self.live.as_mut().and_then(|live| live.try_next()) else {
                return;
            };
            self.take(next).await;
        }
    }

    async fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Event(dispatch) => {
                let item = Item(dispatch);
                if !item.is_patient() {
                    self.patient = None;
                } else if self.socket.is_some() && self.session.is_drained() {
                    self.patient = Some(self.shared.clock.now() + PATIENT_MS);
                }
                let told = item.0.clone();
                self.input(Input::Deliver(item));
                if told.name == "USER_SETTINGS_UPDATE" {
                    self.adopt(&told.body);
                }
                self.tell_voice_servers(Some(&told));
            }
            Delivery::Joined(guild) => Box::pin(self.guild(guild, false)).await,
            Delivery::Threads(channel) => Box::pin(self.threads(channel)).await,
            Delivery::Reconnect => self.input(Input::Reconnect),
            Delivery::Close(CloseReason::AuthenticationFailed) => {
                self.input(Input::End(CloseCode::AuthenticationFailed));
            }
            Delivery::Close(CloseReason::TooSlow) => {
                self.input(Input::Refuse(CloseCode::UnknownError));
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Attach(attach) => self.attach(*attach),
            Command::Forget => self.input(Input::End(CloseCode::UnknownError)),
            Command::Tell(dispatch) => {
                self.patient = None;
                self.input(Input::Deliver(Item(dispatch)));
            }
            Command::Drain(done) => {
                self.patient = None;
                self.input(Input::Reconnect);
                self.draining = self.socket.is_some().then_some(done);
            }
        }
    }

    fn attach(&mut self, attach: Attach) {
        let Attach { mut socket, sequence } = attach;
        if let Some(live) = &self.live {
            self.shared.registry.attached(live.id, live.owner());
            self.shared.bus.keep_voice(live.viewer.user, live.connection);
            socket.compress_payloads(live.compress);
        }
        if let Some(old) = self.socket.replace(socket) {
            tokio::spawn(old.close_with(CloseCode::UnknownError));
        }
        add(&self.shared.metrics.resumes, 1);
        self.patient = None;
        self.input(Input::Attach { sequence });
    }

    /// The socket is gone.
    fn lose(&mut self, code: Option<u16>) {
        self.socket = None;
        self.draining = None;
        self.input(Input::Detach(code));
        self.wait();
    }

    /// Notes that a session without a socket waits for one.
    fn wait(&mut self) {
        if let Some(live) = self.live.as_ref().filter(|_| self.session.is_live()) {
            let limit = self.shared.settings.detached_per_user;
            self.shared.registry.detached(live.id, live.owner(), limit);
            self.shared.bus.lose_voice(live.viewer.user, live.connection);
        }
    }

    /// Does what the session wants done.
    async fn react(&mut self) {
        while !self.outputs.is_empty() {
            for output in std::mem::take(&mut self.outputs) {
                match output {
                    Output::Send(control) => {
                        if let Some(socket) = &mut self.socket
                            && socket.text(&control.json()).is_err()
                        {
                            self.lose(None);
                        }
                    }
                    Output::Close(code) => self.close(code),
                    Output::Identify(identify) => Box::pin(self.identify(*identify)).await,
                    Output::Resume(resume) => Box::pin(self.resume(resume)).await,
                    Output::Start(start) => Box::pin(self.start(*start)).await,
                    Output::Presence(presence) => self.show(&presence),
                    Output::VoiceState(state) => Box::pin(self.voice(state)).await,
                    Output::RequestMembers(request) => self.request_members(request),
                    Output::SoundboardSounds(guilds) => self.soundboard_sounds(guilds),
                    Output::End => self.forget(),
                }
            }
        }
    }

    fn close(&mut self, code: CloseCode) {
        if code == CloseCode::UnknownError {
            add(&self.shared.metrics.slow, 1);
        }
        if let Some(socket) = self.socket.take() {
            tokio::spawn(socket.close_with(code));
        }
        self.draining = None;
        self.wait();
    }

    /// The session cannot be resumed any more.
    fn forget(&mut self) {
        if let Some(mut live) = self.live.take() {
            live.end(&self.shared);
        }
    }

    /// Counts as somebody from now on.
    fn known(&mut self) {
        self.place = None;
        if std::mem::take(&mut self.anonymous) {
            self.shared.metrics.anonymous.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<B: Backend> Drop for Actor<B> {
    fn drop(&mut self) {
        self.known();
        self.forget();
    }
}
