//! The gateway: the WebSocket shell around [`guildhall_session`].
//!
//! Each session is one task that owns the state machine, its socket and its ear at the bus. Events arrive serialised and
//! shared; a session writes a few bytes around each and gives the network everything that is due in one piece.

mod actor;
pub mod backend;
mod clock;
mod compress;
mod crowd;
mod guild;
mod item;
mod members;
mod metrics;
mod presence;
mod registry;
mod settings;
mod socket;
mod stored;
mod upgrade;
mod voice;
mod websocket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use guildhall_bus::Bus;
use guildhall_wire::gateway_info::SessionStartLimit;
use guildhall_wire::id::{Id, UserMarker};
use tokio::sync::{Semaphore, mpsc};

pub use backend::{Account, Application, AuthError, Backend, MemberRequest, ReadyParts};
pub use metrics::{Metrics, Reading};
pub use settings::Settings;
pub use stored::Stored;
pub use upgrade::is_upgrade;

use clock::Clock;
use crowd::Crowd;
use registry::Registry;

/// How long sockets have to take what is queued before the server goes.
const DRAIN: Duration = Duration::from_secs(5);
/// Guilds that are built at once.
const BUILDERS: usize = 8;

/// The gateway. Clones are the same gateway.
pub struct Gateway<B: Backend> {
    shared: Arc<Shared<B>>,
}

impl<B: Backend> Clone for Gateway<B> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

struct Shared<B: Backend> {
    bus: Bus,
    backend: B,
    settings: Settings,
    clock: Clock,
    registry: Registry,
    crowd: Arc<Crowd>,
    metrics: Arc<Metrics>,
    closing: AtomicBool,
    /// Who may build a guild now. A crowd that built at once would need the memory of all its guilds at once, and leave the heap
    /// full of holes.
    builders: Semaphore,
}

impl<B: Backend> Shared<B> {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

impl<B: Backend> Gateway<B> {
    /// A gateway for the guilds of a bus.
    pub fn new(bus: Bus, backend: B, settings: Settings) -> Self {
        Self {
            shared: Arc::new(Shared {
                bus,
                backend,
                settings,
                clock: Clock::start(),
                registry: Registry::default(),
                crowd: Arc::default(),
                metrics: Arc::default(),
                closing: AtomicBool::new(false),
                builders: Semaphore::new(BUILDERS),
            }),
        }
    }

    /// Answers a request for a WebSocket: for callers that have something else at `/` for browsers, see [`is_upgrade`].
    pub async fn upgrade(&self, request: Request) -> Response {
        upgrade::upgrade(State(self.clone()), request).await
    }

    /// What happened so far.
    pub fn metrics(&self) -> Reading {
        self.shared.metrics.read()
    }

    /// How many sessions a bot may still begin: for `GET /gateway/bot`.
    pub fn session_starts(&self, bot: Id<UserMarker>) -> SessionStartLimit {
        let (remaining, reset_after) = self.shared.registry.remaining(bot, self.shared.clock.now());
        SessionStartLimit::new(remaining, u32::try_from(reset_after).unwrap_or(u32::MAX))
    }

    /// Tells every client to come back (op 7), takes no new ones, and waits until everything queued is out.
    pub async fn drain(&self) {
        self.shared.closing.store(true, Ordering::Relaxed);
        let (sender, mut receiver) = mpsc::channel(1);
        self.shared.registry.drain(&sender);
        drop(sender);
        // Nothing is ever sent: it ends when the last sender is dropped.
        let _ = tokio::time::timeout(DRAIN, receiver.recv()).await;
    }
}

/// Routes that answer a WebSocket at `/` and `/gateway`.
pub fn routes<B: Backend>(gateway: Gateway<B>) -> Router {
    Router::new()
        .route("/", any(upgrade::upgrade::<B>))
        .route("/gateway", any(upgrade::upgrade::<B>))
        .with_state(gateway)
}
