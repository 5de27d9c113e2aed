//! Frames as real clients send them, and as nobody should.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn identify(body: &str) -> Identify {
    let text = format!(r#"{{"op":2,"d":{body}}}"#);
    match ClientFrame::read(text.as_bytes()).unwrap() {
        ClientFrame::Identify(identify) => *identify,
        other => panic!("{other:?}"),
    }
}

fn members(body: &str) -> RequestMembers {
    let text = format!(r#"{{"op":8,"d":{body}}}"#);
    match ClientFrame::read(text.as_bytes()).unwrap() {
        ClientFrame::RequestMembers(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn identify_as_libraries_send_it() {
    let plain = identify(
        r#"{"token":"t","properties":{"os":"linux","browser":"discord.py","device":"discord.py"},"compress":true,
            "large_threshold":250,"shard":[0,1],"intents":53608447,
            "presence":{"status":"online","game":null,"since":0,"afk":false}}"#,
    );
    assert_eq!((plain.compress, plain.large_threshold, plain.intents), (true, 250, Some(53_608_447)));
    assert_eq!(plain.shard, Some(Shard::WHOLE));
    assert_eq!(plain.presence.unwrap().since, None);

    let prefixed = identify(
        r#"{"token":"Bot t","properties":{"$os":"linux"},"presence":null,"capabilities":0,"v":10,"large_threshold":null}"#,
    );
    assert_eq!((prefixed.bare_token(), prefixed.intents, prefixed.shard), ("t", None, None));
    assert_eq!((prefixed.properties.os.as_str(), prefixed.large_threshold), ("linux", 50));
}

#[test]
fn presences_as_libraries_send_them() {
    for (body, since, names) in [
        (
            r#"{"since":{"secs_since_epoch":5,"nanos_since_epoch":7000000},"activities":[{"name":"a","type":0}],"status":"dnd","afk":false}"#,
            Some(5007),
            vec!["a"],
        ),
        (r#"{"since":0.0,"activities":null,"status":"idle","afk":0}"#, None, vec![]),
        (r#"{"since":12.0,"game":{"name":"b","type":0}}"#, Some(12), vec!["b"]),
        (r#"{"since":null,"activities":[{"type":4}, 5, null],"status":null,"afk":null}"#, None, vec![]),
    ] {
        let body: PresenceBody = serde_json::from_str(body).unwrap();
        let got: Vec<_> = body.activities.iter().filter_map(|activity| activity.get("name")?.as_str()).collect();
        assert_eq!((body.since, got), (since, names));
    }
}

#[test]
fn shards() {
    for (shard, valid) in [
        ("[0,1]", true),
        (r#"["1",2]"#, true),
        ("[1.0,2]", true),
        ("[2,2]", false),
        ("[0,0]", false),
        ("[0]", false),
        ("[-1,2]", false),
        ("\"x\"", false),
        ("[0,99999999]", false),
    ] {
        let identify = identify(&format!(r#"{{"token":"t","shard":{shard}}}"#));
        assert_eq!(identify.shard.unwrap().is_valid(), valid, "{shard}");
    }
}

#[test]
fn requests_for_members() {
    let by_id = members(r#"{"guild_id":5,"user_ids":[1,"2"],"limit":0,"nonce":"n","presences":true}"#);
    assert_eq!(by_id.user_ids, Some(vec![Id::new(1), Id::new(2)]));
    assert_eq!((by_id.nonce.as_deref(), by_id.presences), (Some("n"), true));
    assert_eq!(members(r#"{"guild_id":["5"],"user_ids":7}"#).user_ids, Some(vec![Id::new(7)]));
    let by_name = members(
        r#"{"guild_id":"5","query":"x","limit":10.0,"user_ids":[],"nonce":"123456789012345678901234567890123"}"#,
    );
    assert_eq!((by_name.user_ids, by_name.limit, by_name.nonce), (None, 10, None));
}

#[test]
fn what_is_no_id_is_kept_as_it_was_written() {
    let ids = |ids: &[u64]| Some(ids.iter().copied().map(Id::new).collect::<Vec<_>>());
    for (list, good, others) in [
        ("[0]", ids(&[]), &["0"][..]),
        (r#""0""#, ids(&[]), &["0"]),
        ("[1,99999999999999999999,\"99999999999999999999\",2]", ids(&[1, 2]), &["99999999999999999999"; 2]),
        ("[-1,1.5,\"a\\u00e9\"]", ids(&[]), &["-1", "1.5", "aé"]),
        ("18446744073709551615", ids(&[u64::MAX]), &[]),
        (" [ 3 , \"4\" ] ", ids(&[3, 4]), &[]),
        ("[]", ids(&[]), &[]),
        ("null", None, &[]),
    ] {
        let request = members(&format!(r#"{{"guild_id":5,"user_ids":{list}}}"#));
        assert_eq!(
            (request.user_ids, request.not_ids.as_slice()),
            (good, others.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().as_slice()),
            "{list}"
        );
    }
    // Beside a query it is still these who are asked for.
    assert_eq!(members(r#"{"guild_id":5,"user_ids":["0"],"query":""}"#).user_ids, ids(&[]));
    let many = format!("[{}1]", "0,".repeat(150));
    assert_eq!(members(&format!(r#"{{"guild_id":5,"user_ids":{many}}}"#)).not_ids.len(), IDS_LIMIT);
}

#[test]
fn sounds_are_asked_for_of_what_may_be_guilds() {
    for (list, good) in [("[5,\"6\",0,99999999999999999999,\"x\"]", vec![5, 6]), ("7", vec![7]), ("[]", vec![])] {
        let text = format!(r#"{{"op":31,"d":{{"guild_ids":{list}}}}}"#);
        let want = ClientFrame::SoundboardSounds(good.into_iter().map(Id::new).collect());
        assert_eq!(ClientFrame::read(text.as_bytes()).unwrap(), want, "{list}");
    }
}

#[test]
fn what_cannot_be_read_has_a_code() {
    for (text, code) in [
        ("", CloseCode::DecodeError),
        ("{}", CloseCode::DecodeError),
        ("[1,2]", CloseCode::DecodeError),
        (r#"{"op":"x"}"#, CloseCode::DecodeError),
        (r#"{"op":2}"#, CloseCode::DecodeError),
        (r#"{"op":8,"d":{"guild_id":["1","2"]}}"#, CloseCode::DecodeError),
        (r#"{"op":8,"d":{"guild_id":"1","user_ids":[{}]}}"#, CloseCode::DecodeError),
        (r#"{"op":31,"d":{}}"#, CloseCode::DecodeError),
        (r#"{"op":0,"d":null}"#, CloseCode::UnknownOpcode),
        (r#"{"op":-1}"#, CloseCode::UnknownOpcode),
        (r#"{"op":300}"#, CloseCode::UnknownOpcode),
    ] {
        let error = ClientFrame::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.close_code(), code, "{text}");
    }
    assert_eq!(ClientFrame::read(br#"{"op":1,"d":null}"#).unwrap(), ClientFrame::Heartbeat(None));
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            Just("token".to_owned()),
            Just("guild_id".into()),
            Just("user_ids".into()),
            Just("shard".into()),
            Just("intents".into()),
            Just("presence".into()),
            Just("since".into()),
            Just("activities".into()),
            Just("nonce".into()),
            Just("session_id".into()),
            Just("seq".into()),
            "[a-z]{1,3}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = ClientFrame::read(&bytes);
    }

    #[test]
    fn reading_json_never_panics(op in -2_i64..40, d in json()) {
        let text = serde_json::json!({"op": op, "d": d}).to_string();
        let _ = ClientFrame::read(text.as_bytes());
    }
}
