//! What a renderer hears, from whomever.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::measure::Measured;
use super::{Key, Order};
use crate::lock;

/// Everybody puts in what they have to say, and the renderer takes all of it at once. It sleeps until there is something: turning round
/// meanwhile costs more than most of what it does.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    post: Post,
    waits: bool,
    /// Nobody reads it any more.
    gone: bool,
}

/// What came since the last look.
#[derive(Debug, Default)]
pub(super) struct Post {
    pub(super) orders: Vec<Order>,
    /// Players whose readers have sound again.
    pub(super) nudges: Vec<Key>,
    pub(super) measured: Vec<Measured>,
    /// Whether no more orders will come.
    pub(super) closed: bool,
}

impl Post {
    fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.nudges.is_empty() && self.measured.is_empty() && !self.closed
    }
}

impl Inbox {
    /// Puts something in; false where nobody reads it any more.
    fn put(&self, what: impl FnOnce(&mut Post)) -> bool {
        let mut state = lock(&self.state);
        if state.gone {
            return false;
        }
        what(&mut state.post);
        let wakes = std::mem::take(&mut state.waits);
        drop(state);
        if wakes {
            self.came.notify_one();
        }
        true
    }

    /// Gives an order; false where nobody obeys any more.
    pub(super) fn order(&self, order: Order) -> bool {
        self.put(|post| post.orders.push(order))
    }

    /// A player has sound again.
    pub(super) fn nudge(&self, player: Key) {
        self.put(|post| post.nudges.push(player));
    }

    /// A track was measured.
    pub(super) fn measured(&self, measured: Measured) {
        self.put(|post| post.measured.push(measured));
    }

    /// No more orders will come.
    pub(super) fn close(&self) {
        self.put(|post| post.closed = true);
    }

    /// Nobody reads it any more.
    pub(super) fn leave(&self) {
        *lock(&self.state) = State { gone: true, ..State::default() };
    }

    /// Whether orders wait.
    pub(super) fn is_ordered(&self) -> bool {
        !lock(&self.state).post.orders.is_empty()
    }

    /// What came, or comes until then.
    pub(super) fn take(&self, until: Instant) -> Post {
        let mut state = lock(&self.state);
        while state.post.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.waits = true;
            state = self.came.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waits = false;
        std::mem::take(&mut state.post)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn all_that_came_is_taken_at_once_and_in_order() {
        const LONG: Duration = Duration::from_secs(20);
        let inbox = Arc::<Inbox>::default();
        assert!(inbox.take(Instant::now() + Duration::from_millis(1)).is_empty());
        assert!(inbox.order(Order::Stop { player: 1 }) && inbox.order(Order::Quit));
        inbox.nudge(7);
        assert!(inbox.is_ordered());
        let post = inbox.take(Instant::now() + LONG);
        assert!(matches!(*post.orders, [Order::Stop { player: 1 }, Order::Quit]));
        assert!(post.nudges == [7] && !post.closed && !inbox.is_ordered());
        // Who waits is woken up.
        let other = inbox.clone();
        let speaks = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.close();
        });
        let begun = Instant::now();
        assert!(inbox.take(begun + LONG).closed && begun.elapsed() < LONG);
        assert!(speaks.join().is_ok());
        inbox.leave();
        assert!(!inbox.order(Order::Quit) && inbox.take(Instant::now()).is_empty());
    }
}
