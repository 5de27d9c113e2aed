//! Units that come whole: a future that runs on the writer's thread, where a statement costs no change of thread.
//!
//! Once it asks for its commit, the rest of it belongs to the runtime that it came from: the writer waits for nobody's
//! answer.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::core::Core;
use super::{Ack, Publish};
use crate::{Error, Result, Row, Value};

type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A unit on its way to the writer.
pub(crate) struct Whole {
    begin: Option<Begin>,
    runtime: Handle,
}

type Begin = Box<dyn FnOnce(Inline) -> Rest + Send>;

impl Whole {
    pub(crate) fn new(begin: impl FnOnce(Inline) -> Rest + Send + 'static) -> Self {
        Self { begin: Some(Box::new(begin)), runtime: Handle::current() }
    }
}

impl Drop for Whole {
    /// What a unit holds may need its runtime when it goes, and the writer has none.
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        drop(self.begin.take());
    }
}

/// How far a unit has come.
enum State {
    Open,
    /// It has done its part.
    Committing(Publish, Ack),
    /// It was rolled back, or is the writer's business now.
    Over,
}

/// The transaction of such a unit. Dropping it is a rollback.
pub(crate) struct Inline {
    core: Arc<Mutex<Core>>,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inline")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inline {
    pub(crate) fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        self.with(|core| core.query(sql, values))
    }

    pub(crate) fn execute(&self, sql: &str, values: &[Value]) -> Result<u64> {
        self.with(|core| core.execute(sql, values))
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<()> {
        self.with(|core| core.batch(sql))
    }

    /// The state is held meanwhile: whoever was rolled back must not write into somebody else's unit.
    fn with<T>(&self, work: impl FnOnce(&mut Core) -> Result<T>) -> Result<T> {
        match &*lock(&self.state) {
            State::Open => work(&mut lock(&self.core)),
            State::Committing(..) | State::Over => Err(Error::Busy),
        }
    }

    pub(crate) async fn commit(self, publish: Publish) -> Result<()> {
        let (ack, done) = oneshot::channel();
        match &mut *lock(&self.state) {
            state @ State::Open => *state = State::Committing(publish, ack),
            State::Committing(..) | State::Over => return Err(Error::Busy),
        }
        done.await.map_err(|_| Error::Busy)?
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Open) {
            *state = State::Over;
        }
    }
}

/// Wakes a thread that is parked.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a unit until it asks for its commit, which is what it gives; nothing when it is to be rolled back. It has so long.
pub(super) fn run(core: &Arc<Mutex<Core>>, mut whole: Whole, patience: Duration) -> Option<(Publish, Ack)> {
    let begin = whole.begin.take()?;
    let runtime = whole.runtime.clone();
    let _entered = runtime.enter();
    let state = Arc::new(Mutex::new(State::Open));
    let inline = Inline { core: core.clone(), state: state.clone() };
    let waker = Waker::from(Arc::new(Parked(thread::current())));
    let mut context = Context::from_waker(&waker);
    let began = Instant::now();
    let mut rest = begin(inline);
    loop {
        let polled = catch_unwind(AssertUnwindSafe(|| rest.as_mut().poll(&mut context)));
        let over = {
            let mut state = lock(&state);
            let late = began.elapsed() >= patience;
            match std::mem::replace(&mut *state, State::Over) {
                State::Open if matches!(polled, Ok(Poll::Pending)) && !late => {
                    *state = State::Open;
                    None
                }
                State::Committing(publish, ack) => Some(Some((publish, ack))),
                State::Open | State::Over => Some(None),
            }
        };
        match polled {
            Err(_) => {
                // The panic was reported when it happened; whoever waits for an answer hears that there is none.
                return over.flatten();
            }
            Ok(Poll::Ready(())) => return over.flatten(),
            Ok(Poll::Pending) => {}
        }
        if let Some(commit) = over {
            runtime.spawn(rest);
            return commit;
        }
        thread::park_timeout(patience.saturating_sub(began.elapsed()));
    }
}
