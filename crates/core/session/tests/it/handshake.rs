//! Who may say what, and when.

use guildhall_session::{Control, Grant, Input, Limits, Output, Session};
use guildhall_wire::gateway::{CloseCode, Intents, Shard};

use crate::{ACK, Driver, Item, bot, item, live};

/// Frames before anybody is known, and the last answer.
#[test]
fn before_identify() {
    for (frames, want) in [
        (vec![r#"{"op":1,"d":null}"#], ACK),
        (vec![r#"{"op":1,"d":5}"#], ACK),
        (vec![r#"{"op":3,"d":{}}"#], Output::Close(CloseCode::NotAuthenticated)),
        (vec![r#"{"op":4,"d":{}}"#], Output::Close(CloseCode::NotAuthenticated)),
        (vec![r#"{"op":8,"d":{"guild_id":1}}"#], Output::Close(CloseCode::NotAuthenticated)),
        (vec![r#"{"op":31,"d":{"guild_ids":[]}}"#], Output::Close(CloseCode::NotAuthenticated)),
        (vec![r#"{"op":99}"#], Output::Close(CloseCode::UnknownOpcode)),
        (vec!["{"], Output::Close(CloseCode::DecodeError)),
        (
            vec![r#"{"op":2,"d":{"token":"t"}}"#, r#"{"op":2,"d":{"token":"t"}}"#],
            Output::Close(CloseCode::AlreadyAuthenticated),
        ),
    ] {
        let mut driver = Driver::new(Limits::default());
        driver.out.clear();
        let mut last = None;
        for frame in &frames {
            last = driver.frame(frame).pop();
        }
        assert_eq!(last, Some(want), "{frames:?}");
    }
}

#[test]
fn after_identify() {
    let large = format!(r#"{{"op":1,"d":null{}}}"#, " ".repeat(Limits::default().bot_frame_bytes));
    for (frame, want) in [
        (r#"{"op":2,"d":{"token":"t"}}"#, CloseCode::AlreadyAuthenticated),
        (r#"{"op":6,"d":{"token":"t","session_id":"s","seq":1}}"#, CloseCode::AlreadyAuthenticated),
        (&large, CloseCode::DecodeError),
        (r#"{"op":5}"#, CloseCode::UnknownOpcode),
    ] {
        let mut driver = live(Limits::default());
        assert_eq!(driver.frame(frame), [Output::Close(want)], "{frame:.60}");
    }
    let mut driver = live(Limits::default());
    for (frame, fits) in [
        (r#"{"op":3,"d":{"status":"idle"}}"#, (|output| matches!(output, Output::Presence(_))) as fn(&Output) -> bool),
        (r#"{"op":4,"d":{"guild_id":1,"channel_id":null}}"#, |output| matches!(output, Output::VoiceState(_))),
        (r#"{"op":8,"d":{"guild_id":1,"query":""}}"#, |output| matches!(output, Output::RequestMembers(_))),
        (
            r#"{"op":31,"d":{"guild_ids":[1]}}"#,
            |output| matches!(output, Output::SoundboardSounds(guilds) if guilds.len() == 1),
        ),
    ] {
        let out = driver.frame(frame);
        assert!(out.len() == 1 && out.iter().all(fits), "{frame}: {out:?}");
    }
}

#[test]
fn people_may_send_larger_frames() {
    let mut driver = Driver::new(Limits::default());
    driver.frame(r#"{"op":2,"d":{"token":"t"}}"#);
    driver.input(Input::Accept(Grant { bot: false, ..bot() }));
    let pad = |size: usize| format!(r#"{{"op":1,"d":null{}}}"#, " ".repeat(size));
    assert_eq!(driver.frame(&pad(8000)), [ACK]);
    assert_eq!(driver.frame(&pad(17_000)), [Output::Close(CloseCode::DecodeError)]);
}

/// IDENTIFY of an account, and the code or the intents that follow.
#[test]
fn intents_and_shards() {
    let all = Intents::all();
    let guilds = Intents::GUILDS;
    for (body, grant, want) in [
        (r#""intents":1"#, bot(), Ok(guilds)),
        (r#""intents":"1","shard":[1,2]"#, bot(), Ok(guilds)),
        (r#""shard":null"#, bot(), Err(CloseCode::InvalidIntents)),
        (r#""intents":-1"#, bot(), Err(CloseCode::InvalidIntents)),
        (r#""intents":1073741824"#, bot(), Err(CloseCode::InvalidIntents)),
        (r#""intents":[1]"#, bot(), Err(CloseCode::InvalidIntents)),
        (r#""intents":2"#, bot(), Err(CloseCode::DisallowedIntents)),
        (r#""intents":32769"#, bot(), Err(CloseCode::DisallowedIntents)),
        (r#""intents":2"#, Grant { privileged: all, ..bot() }, Ok(Intents::GUILD_MEMBERS)),
        (r#""intents":1,"shard":[2,2]"#, bot(), Err(CloseCode::InvalidShard)),
        (r#""intents":1,"shard":[0]"#, bot(), Err(CloseCode::InvalidShard)),
        (r#""intents":1"#, Grant { guilds: 11, ..bot() }, Err(CloseCode::ShardingRequired)),
        (r#""intents":1,"shard":[0,2]"#, Grant { guilds: 11, ..bot() }, Ok(guilds)),
        (r#""properties":{}"#, Grant { bot: false, ..bot() }, Ok(all)),
    ] {
        let mut driver = Driver::new(Limits { guilds_per_shard: Some(10), ..Limits::default() });
        driver.frame(&format!(r#"{{"op":2,"d":{{"token":"secret",{body}}}}}"#));
        let out = driver.input(Input::Accept(grant));
        let got = match out.as_slice() {
            [Output::Start(start)] => {
                assert_eq!(start.identify.token, "");
                Ok(start.intents)
            }
            [Output::Close(code)] => Err(*code),
            other => panic!("{other:?}"),
        };
        assert_eq!(got, want, "{body}");
        assert_eq!(driver.session.is_over(), want.is_err());
    }
}

#[test]
fn a_token_that_is_wrong_closes() {
    let mut driver = Driver::new(Limits::default());
    driver.frame(r#"{"op":2,"d":{"token":"t","intents":1}}"#);
    assert_eq!(
        driver.input(Input::Refuse(CloseCode::AuthenticationFailed)),
        [Output::Close(CloseCode::AuthenticationFailed)]
    );
    assert!(driver.session.is_over());
}

#[test]
fn after_an_invalid_session_the_socket_may_identify() {
    let mut driver = Driver::new(Limits::default());
    driver.frame(r#"{"op":6,"d":{"token":"t","session_id":"x","seq":3}}"#);
    assert_eq!(driver.input(Input::Invalid), [Output::Send(Control::InvalidSession(false))]);
    let out = driver.frame(r#"{"op":2,"d":{"token":"t","intents":1}}"#);
    assert!(matches!(out.as_slice(), [Output::Identify(_)]), "{out:?}");
}

#[test]
fn frames_are_counted_by_the_minute() {
    let mut driver = live(Limits::default());
    // IDENTIFY was the first.
    for _ in 0..119 {
        assert_eq!(driver.frame(r#"{"op":1,"d":null}"#), [ACK]);
    }
    driver.now = 60_000;
    for _ in 0..120 {
        assert_eq!(driver.frame(r#"{"op":1,"d":null}"#), [ACK]);
    }
    assert_eq!(driver.frame(r#"{"op":1,"d":null}"#), [Output::Close(CloseCode::RateLimited)]);
}

#[test]
fn silence_closes_and_later_ends() {
    let mut driver = live(Limits::default());
    let limits = Limits::default();
    driver.now = limits.heartbeat_timeout_ms - 1;
    assert_eq!(driver.input(Input::Tick), []);
    assert_eq!(driver.frame(r#"{"op":1,"d":null}"#), [ACK]);
    driver.now += limits.heartbeat_timeout_ms;
    assert_eq!(driver.session.deadline(), Some(driver.now));
    assert_eq!(driver.input(Input::Tick), [Output::Close(CloseCode::SessionTimedOut)]);
    assert!(driver.session.is_live());
    driver.now += limits.resume_window_ms;
    assert_eq!(driver.session.deadline(), Some(driver.now));
    assert_eq!(driver.input(Input::Tick), [Output::End]);
    assert!(driver.session.is_over());
}

#[test]
fn who_never_identifies_is_closed() {
    let mut driver = Driver::new(Limits::default());
    driver.out.clear();
    for minute in 0..4 {
        driver.now = minute * 30_000;
        assert_eq!(driver.frame(r#"{"op":1,"d":null}"#), [ACK]);
    }
    driver.now = 120_000;
    assert_eq!(driver.input(Input::Tick), [Output::Close(CloseCode::SessionTimedOut)]);
    assert!(driver.session.is_over());
}

#[test]
fn who_says_goodbye_is_gone() {
    for (code, over) in
        [(Some(1000), true), (Some(1001), true), (Some(4000), false), (Some(1006), false), (None, false)]
    {
        let mut driver = live(Limits::default());
        let out = driver.input(Input::Detach(code));
        assert_eq!(out.contains(&Output::End), over, "{code:?}");
        assert_eq!(driver.session.is_over(), over, "{code:?}");
    }
}

#[test]
fn a_session_can_be_ended_from_outside() {
    let mut driver = live(Limits::default());
    assert_eq!(
        driver.input(Input::End(CloseCode::AuthenticationFailed)),
        [Output::Close(CloseCode::AuthenticationFailed), Output::End]
    );
    let mut driver = live(Limits::default());
    driver.input(Input::Detach(None));
    assert_eq!(driver.input(Input::End(CloseCode::AuthenticationFailed)), [Output::End]);
}

#[test]
fn who_reads_too_slowly_is_cut_and_may_resume() {
    let limits = Limits { unsent_events: 5, replay_events: 3, ..Limits::default() };
    let mut driver = live(limits);
    for number in 1..=5 {
        assert_eq!(driver.input(Input::Deliver(item(number))), []);
    }
    assert_eq!(driver.input(Input::Deliver(item(6))), [Output::Close(CloseCode::UnknownError)]);
    assert_eq!(driver.input(Input::Attach { sequence: 3 }), []);
    let numbers: Vec<_> = driver.pull().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [4, 5, 6, 6]);
}

#[test]
fn the_shard_of_a_person_does_not_count() {
    let mut out = Vec::new();
    let mut session = Session::<Item>::new(0, Limits::default(), &mut out);
    let frame = br#"{"op":2,"d":{"token":"t","shard":[5,2]}}"#;
    session.input(0, Input::Frame(frame), &mut out);
    out.clear();
    let grant = Grant { bot: false, ..bot() };
    session.input(0, Input::Accept(grant), &mut out);
    let shards: Vec<Option<Shard>> = out
        .iter()
        .filter_map(|output| match output {
            Output::Start(start) => Some(start.shard),
            _ => None,
        })
        .collect();
    assert_eq!(shards, [None]);
}
