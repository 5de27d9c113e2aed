//! The law of resuming: a socket cut at any number, then RESUME, equals the uninterrupted stream; cut for longer than the
//! buffer holds, it is told so.

use guildhall_session::{Control, Input, Limits, Output};
use guildhall_wire::gateway::CloseCode;
use proptest::prelude::*;

use crate::{Item, item, live};

#[derive(Clone, Debug)]
enum Step {
    /// So many events are delivered.
    Deliver(u8, bool),
    /// The client receives what was sent, but for the last few.
    Receive(u8),
    /// The client says how far it is.
    Heartbeat,
    /// The socket is cut, some events come, and the client is back after so many seconds.
    Cut(u8, u8),
    /// A new socket comes although the old one is still there.
    Takeover,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..12, any::<bool>()).prop_map(|(count, private)| Step::Deliver(count, private)),
        4 => (0_u8..6).prop_map(Step::Receive),
        1 => Just(Step::Heartbeat),
        2 => (0_u8..40, 0_u8..200).prop_map(|(count, seconds)| Step::Cut(count, seconds)),
        1 => Just(Step::Takeover),
    ]
}

const LIMITS: Limits = Limits {
    heartbeat_timeout_ms: u64::MAX / 4,
    identify_timeout_ms: 1000,
    resume_window_ms: 180_000,
    frames_per_minute: u32::MAX,
    bot_frame_bytes: 4096,
    person_frame_bytes: 4096,
    replay_events: 30,
    replay_bytes: 280,
    unsent_events: 10_000,
    unsent_bytes: 1_000_000,
    guilds_per_shard: None,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_resumed_stream_is_the_uninterrupted_stream(steps in prop::collection::vec(step(), 1..40)) {
        let mut driver = live(LIMITS);
        let mut delivered: Vec<Item> = Vec::new();
        // What is on its way to the client, and what it has.
        let mut wire: Vec<(u64, Option<Item>)> = Vec::new();
        let mut client: Vec<Item> = Vec::new();
        for step in steps {
            match step {
                Step::Deliver(count, private) => {
                    for _ in 0..count {
                        let next = Item { private, ..item(u32::try_from(delivered.len()).unwrap_or(0)) };
                        delivered.push(next.clone());
                        prop_assert_eq!(driver.input(Input::Deliver(next)), []);
                    }
                }
                Step::Receive(lost) => {
                    wire.extend(driver.pull());
                    let arrived = wire.len().saturating_sub(usize::from(lost));
                    receive(&mut client, wire.drain(..arrived))?;
                }
                Step::Heartbeat => {
                    driver.frame(&format!(r#"{{"op":1,"d":{}}}"#, client.len()));
                }
                Step::Cut(count, seconds) => {
                    // What was on its way is lost.
                    wire.clear();
                    prop_assert_eq!(driver.input(Input::Detach(None)), []);
                    for _ in 0..count {
                        let next = item(u32::try_from(delivered.len()).unwrap_or(0));
                        delivered.push(next.clone());
                        driver.input(Input::Deliver(next));
                    }
                    driver.now += u64::from(seconds) * 1000;
                    let out = driver.input(Input::Tick);
                    prop_assert_eq!(out.contains(&Output::End), seconds >= 180);
                    if seconds >= 180 {
                        return Ok(());
                    }
                }
                Step::Takeover => wire.clear(),
            }
            if matches!(step, Step::Cut(..) | Step::Takeover) {
                let missed = delivered.len() - client.len();
                let out = driver.input(Input::Attach { sequence: client.len() as u64 });
                if out.is_empty() {
                    let replayed = driver.pull();
                    prop_assert_eq!(replayed.last().map(|last| &last.1), Some(&None), "RESUMED comes last");
                    receive(&mut client, replayed.into_iter())?;
                    prop_assert_eq!(&client, &delivered);
                } else {
                    // Only what is beyond the bounds may be lost.
                    prop_assert_eq!(out, [Output::End, Output::Send(Control::InvalidSession(false))]);
                    prop_assert!(missed > 28, "{missed}");
                    return Ok(());
                }
            }
        }
        wire.extend(driver.pull());
        receive(&mut client, wire.into_iter())?;
        prop_assert_eq!(client, delivered);
    }
}

/// Numbers must come without gaps and never twice.
fn receive(client: &mut Vec<Item>, frames: impl Iterator<Item = (u64, Option<Item>)>) -> Result<(), TestCaseError> {
    for (number, event) in frames {
        client.extend(event);
        prop_assert_eq!(number, client.len() as u64);
    }
    Ok(())
}

#[test]
fn a_number_that_was_never_sent_is_refused() {
    let mut driver = live(Limits::default());
    driver.input(Input::Deliver(item(1)));
    driver.input(Input::Detach(None));
    assert_eq!(driver.input(Input::Attach { sequence: 2 }), [Output::Close(CloseCode::InvalidSequence), Output::End]);
}

#[test]
fn longer_than_the_buffer_is_an_invalid_session_and_the_socket_stays() {
    let mut driver = live(Limits { replay_events: 2, ..Limits::default() });
    driver.input(Input::Deliver(item(1)));
    driver.pull();
    driver.input(Input::Detach(None));
    for number in 2..6 {
        driver.input(Input::Deliver(item(number)));
    }
    assert_eq!(
        driver.input(Input::Attach { sequence: 1 }),
        [Output::End, Output::Send(Control::InvalidSession(false))]
    );
    let out = driver.frame(r#"{"op":2,"d":{"token":"t","intents":1}}"#);
    assert!(matches!(out.as_slice(), [Output::Identify(_)]), "{out:?}");
}
