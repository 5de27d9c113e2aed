//! The session, in virtual time.

#![expect(clippy::panic, reason = "tests")]

mod handshake;
mod resume;

use guildhall_session::{Control, Event, Input, Limits, Outgoing, Output, Session};

/// An event that is a number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    number: u32,
    size: usize,
    private: bool,
}

impl Event for Item {
    fn size(&self) -> usize {
        self.size
    }

    fn is_private(&self) -> bool {
        self.private
    }
}

const fn item(number: u32) -> Item {
    Item { number, size: 10, private: false }
}

/// A session and what came out of it.
struct Driver {
    session: Session<Item>,
    now: u64,
    out: Vec<Output>,
}

impl Driver {
    fn new(limits: Limits) -> Self {
        let mut out = Vec::new();
        let session = Session::new(0, limits, &mut out);
        Self { session, now: 0, out }
    }

    /// What follows from an input, and from everything before that was not looked at.
    fn input(&mut self, input: Input<'_, Item>) -> Vec<Output> {
        self.session.input(self.now, input, &mut self.out);
        std::mem::take(&mut self.out)
    }

    fn frame(&mut self, text: &str) -> Vec<Output> {
        self.input(Input::Frame(text.as_bytes()))
    }

    /// Everything that the socket could send.
    fn pull(&mut self) -> Vec<(u64, Option<Item>)> {
        let mut all = Vec::new();
        while let Some(outgoing) = self.session.pull() {
            all.push(match outgoing {
                Outgoing::Event(number, item, _) => (number, Some(item.clone())),
                Outgoing::Resumed(number) => (number, None),
            });
        }
        all
    }
}

/// A bot that is through with IDENTIFY.
fn live(limits: Limits) -> Driver {
    let mut driver = Driver::new(limits);
    driver.frame(r#"{"op":2,"d":{"token":"t","intents":513}}"#);
    let out = driver.input(Input::Accept(bot()));
    assert!(matches!(out.as_slice(), [Output::Start(_)]), "{out:?}");
    driver
}

const fn bot() -> guildhall_session::Grant {
    guildhall_session::Grant { bot: true, privileged: guildhall_wire::gateway::Intents::empty(), guilds: 1 }
}

const ACK: Output = Output::Send(Control::HeartbeatAck);
