//! Settings: what could not start is refused by name, and nothing that was given is repeated. What programs read is one
//! document.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Ended, call, on};
use crate::process::Process;

/// Whether it ended by that code with those words, and said no secret.
fn check(ended: &Ended, code: i32, says: &str, what: &str) {
    let said = format!("{}{}", ended.out, ended.err);
    assert_eq!(ended.code, code, "{what}: {said}");
    assert!(said.contains(says), "{what}: {said}");
    assert!(!said.contains("hunter2") && !said.contains("123456789"), "{what}: {said}");
}

#[tokio::test]
async fn what_could_not_start_is_refused() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("hall.toml");
    for (text, says) in [
        ("secret_key = \"zz\"", "it needs 64 hexadecimal digits"),
        ("database = \"mysql://u:hunter2@h/d\"", "database must begin with postgres://"),
        ("database = postgres://u:hunter2@h/d", "is not TOML: line 1"),
        ("s3_secret = 123456789", "s3_secret must be text in quotes"),
        ("trust_proxy = \"hunter2\"", "trust_proxy must be true or false"),
        ("listen = 5", "listen must be text in quotes"),
        ("listen = \"here\"", "listen"),
        ("node = 70000", "node"),
        ("rate_limit_overrides = 5", "rate_limit_overrides must be a section"),
        ("[rate_limit_overrides]\n\"POST /setup\" = 5", "must be text in quotes"),
        ("[rate_limit_overrides]\n\"POST /setup\" = \"often\"", "must be as in \"30/60s\""),
        ("[rate_limit_overrides]\n\"POST /setpu\" = \"5/60s\"", "did you mean `POST /setup`?"),
        ("profile = \"prod\"", "profile must be local, test or production"),
        (
            "profile = \"production\"\nrate_limits = false",
            "public_url must begin with https:// (a proxy before it speaks TLS); rate_limits must be true",
        ),
        (
            "profile = \"production\"\npublic_url = \"https://a.b\"\ndatabase = \"postgres://u:hunter2@h/d\"",
            "database needs a password of 16",
        ),
        ("log = \"a=b=c,==\"", "log cannot be read"),
        ("log_format = \"jsn\"", "log_format must be text or json"),
        ("public_url = \"httpx\"", "public_url must begin with http:// or https://"),
        ("public_url = \"https://\"", "public_url must begin with http:// or https://"),
        ("public_url = \"https://chat.example.org/\"", "must not end with a slash"),
        ("s3_endpoint = \"httpx://a\"", "s3_endpoint must begin with http:// or https://"),
        ("attachment_bytes = 0", "attachment_bytes must be 1 or more"),
        ("server = 1", "unknown setting `server`: see `guildhall config example`"),
        ("workers = 1", "`workers` is a setting of an audio node"),
    ] {
        std::fs::write(&file, text).unwrap();
        let settings = ["--config", file.to_str().unwrap(), "--data", data.to_str().unwrap()];
        let checked = call(&[&["config", "check"], &settings[..]].concat(), &[]).await;
        check(&checked, 2, says, text);
        let served = call(&[&["serve", "--listen", "127.0.0.1:0"], &settings[..]].concat(), &[]).await;
        check(&served, 2, says, text);
        assert!(!data.exists(), "{text}: nothing is made");
    }
}

#[tokio::test]
async fn a_node_is_told_as_the_hall_is() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("node.toml");
    let named = ["--config", file.to_str().unwrap()];
    let example = call(&["node", "example"], &[]).await.out;
    std::fs::write(&file, &example).unwrap();
    let ended = call(&[&["config", "check"], &named[..]].concat(), &[]).await;
    check(&ended, 2, "is for an audio node: see `guildhall node check`", "an example of the other one");
    let with = [("GUILDHALL_NODE_PASSWORD", "hunter2")];
    check(&call(&[&["node", "check"], &named[..]].concat(), &with).await, 0, "in order", "its own example");
    std::fs::write(&file, call(&["config", "example"], &[]).await.out).unwrap();
    let ended = call(&[&["node", "check"], &named[..]].concat(), &with).await;
    check(&ended, 2, "is for the hall: see `guildhall config check`", "the hall's example");
    for (text, variable, code, says) in [
        ("", ("PASSWORD", ""), 2, "a node needs a password"),
        ("worker_key = \"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\"", ("LISTEN", "127.0.0.1:1"), 0, "in order"),
        ("password = \"x\"", ("LISTEN", "127.0.0.1:4321"), 0, "127.0.0.1:4321"),
        ("password = \"x\"", ("LISTEN", "here"), 2, "listen"),
        ("password = \"x\"", ("SPOTIFY_CLIENT_SECRET", "123456789"), 0, "in order"),
        ("password = \"x\"\n[spotify]\nclientSecret = 123456789", ("TONES", "true"), 2, "spotify.clientSecret must be"),
        ("password = \"x\"", ("TONES", "hunter2"), 2, "GUILDHALL_NODE_TONES must be true or false"),
        ("password = \"x\"", ("LOUDNESS", "-14"), 0, "in order"),
        ("password = \"x\"", ("ALLOWED_NETWORKS", "[\"everywhere\"]"), 2, "allowed_networks"),
        ("password = \"x\"", ("ALLOWED_NETWORKS", "[\"10.0.0.0/8\"]"), 0, "in order"),
        ("password = \"x\"", ("PASWORD", "hunter2"), 2, "did you mean `password`?"),
        ("password = \"x\"", ("SERVICE_HOST", "10.0.0.1"), 0, "in order"),
        ("password = hunter2", ("TONES", "true"), 2, "is not TOML: line 1"),
        ("password = 123456789", ("TONES", "true"), 2, "password must be text in quotes"),
        ("log_format = \"jsn\"", ("PASSWORD", "x"), 2, "log_format must be text or json"),
        ("log = \"a=b=c,==\"", ("PASSWORD", "x"), 2, "log cannot be read"),
        ("public_url = \"nowhere\"", ("PASSWORD", "x"), 2, "public_url: `nowhere` is no address"),
        ("workers_listen = \"127.0.0.1:0\"", ("PASSWORD", "x"), 2, "workers_listen needs a key"),
    ] {
        std::fs::write(&file, text).unwrap();
        let variable = (format!("GUILDHALL_NODE_{}", variable.0), variable.1);
        let ended = call(&[&["node", "check"], &named[..]].concat(), &[(&variable.0, variable.1)]).await;
        check(&ended, code, says, &format!("{text} {variable:?}"));
    }
    // It is the same when it starts.
    std::fs::write(&file, "password = \"x\"\nlog_format = \"jsn\"").unwrap();
    check(&call(&[&["node"], &named[..]].concat(), &[]).await, 2, "log_format must be text or json", "a start");
}

#[tokio::test]
async fn what_others_put_into_the_environment_is_left_alone() {
    let check_it = ["config", "check"];
    for (name, value, code, says) in [
        ("GUILDHALL_PORT", "tcp://10.0.0.1:8080", 0, "in order"),
        ("GUILDHALL_PORT_8080_TCP_ADDR", "10.0.0.1", 0, "in order"),
        ("GUILDHALL_SERVICE_HOST", "10.0.0.1", 0, "in order"),
        ("GUILDHALL_SERVICE_PORT_HTTP", "8080", 0, "in order"),
        ("GUILDHALL_PORT", "8080", 2, "unknown setting `port`"),
    ] {
        check(&call(&check_it, &[(name, value)]).await, code, says, name);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_variable_that_is_no_text_is_refused_where_it_is_ours() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    for (name, code, says) in [
        ("SOMETHING", 0, "in order"),
        ("GUILDHALL_S3_SECRET", 2, "GUILDHALL_S3_SECRET in the environment is not UTF-8"),
    ] {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_guildhall"));
        let output =
            command.args(["config", "check"]).env(name, OsStr::from_bytes(b"hunter2\xFF")).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ended =
            Ended { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) };
        check(&ended, code, says, name);
    }
}

/// What is on standard output: one document.
fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err))
}

#[tokio::test]
async fn every_answer_for_programs_is_one_document() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, settings, code, key) in [
        (&["config", "check"][..], &[][..], 0, "ok"),
        (&["config", "example"], &[], 0, "example"),
        (&["config", "check"], &[("GUILDHALL_LISEN", "")], 2, "error"),
        (&["node", "example"], &[], 0, "example"),
        (&["node", "check"], &[("GUILDHALL_NODE_PASSWORD", "x")], 0, "ok"),
        (&["node", "check"], &[], 2, "error"),
        (&["db", "version"], &[], 1, "error"),
        (&["db", "migrate"], &[], 0, "applied"),
        (&["db", "version"], &[], 0, "program"),
        (&["db", "status"], &[], 0, "program"),
        (&["db", "backup"], &[], 2, "error"),
        (&["admin", "user", "dance"], &[], 2, "error"),
        (&["admin", "user", "password", "nobody"], &[], 1, "error"),
        (&["serve", "--listen", &taken], &[], 1, "error"),
        (&["serve", "--listen", "here"], &[], 2, "error"),
        (&["dance"], &[], 2, "error"),
    ] {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--json", "--data", data.to_str().unwrap()]);
        let ended = call(&arguments, settings).await;
        assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.out, ended.err);
        assert!(document(&ended).get(key).is_some(), "{arguments:?}: {}", ended.out);
    }
    let ended = on(data, &["doctor", "--listen", &taken]).await;
    assert_eq!(ended.code, 4);
    assert!(document(&ended).as_array().unwrap().iter().any(|finding| finding["ok"] == false), "{}", ended.out);
    assert!(ended.err.contains("one thing is wrong"), "{}", ended.err);

    // A database of a newer program.
    let db = guildhall_db::Db::open(&guildhall_db::Config::sqlite(&data.join("guildhall.db"))).await.unwrap();
    let newer = "INSERT INTO migrations (version, name, checksum) VALUES (9999, 'future', '')";
    guildhall_db::Run::execute(&mut &db, newer, vec![]).await.unwrap();
    db.close().await.unwrap();
    let ended = on(data, &["db", "status"]).await;
    assert_eq!(ended.code, 3);
    assert!(document(&ended)["problem"].as_str().unwrap().contains("newer than this program"), "{}", ended.out);
    let ended = on(data, &["db", "migrate"]).await;
    assert_eq!((ended.code, document(&ended).get("error").is_some()), (3, true));
}

#[tokio::test]
async fn who_listens_everywhere_is_reached_somewhere() {
    let folder = TempDir::new().unwrap();
    let process = Process::start_at(folder.path(), "0.0.0.0:0", &[]).await;
    assert!(process.address.ip().is_loopback(), "{}", process.address);
    let token = process.setup_token.clone().unwrap();
    assert_eq!(process.setup_url.as_deref(), Some(format!("http://{}/setup#{token}", process.address).as_str()));
    let gateway = process.client().get("/gateway").await.ok(200);
    assert_eq!(gateway["url"], format!("ws://{}", process.address));
    let examine = async |listen: &str, settings: &[(&str, &str)]| {
        let data: &Path = folder.path();
        let ended = call(&["doctor", "--json", "--listen", listen, "--data", data.to_str().unwrap()], settings).await;
        let findings = document(&ended);
        let wrong = findings.as_array().unwrap().iter().filter(|finding| finding["ok"] == false);
        wrong.map(|finding| format!("{}: {}", finding["check"], finding["says"])).collect::<Vec<_>>()
    };
    let port = process.address.port();
    let wrong = examine(&format!("0.0.0.0:{port}"), &[]).await;
    assert!(wrong.len() == 1 && wrong[0].contains("set public_url to where people reach it"), "{wrong:?}");
    let public = [("GUILDHALL_PUBLIC_URL", "https://chat.example.org")];
    assert_eq!(examine(&format!("0.0.0.0:{port}"), &public).await, [""; 0]);
    assert_eq!(examine(&process.address.to_string(), &[]).await, [""; 0], "taken by the server itself");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let wrong = examine(&other.local_addr().unwrap().to_string(), &[]).await;
    assert!(wrong.len() == 1 && wrong[0].contains("is taken by another program"), "{wrong:?}");
}

#[tokio::test]
async fn doctor_asks_everybody_the_server_needs() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (database, endpoint) = (format!("postgres://u:hunter2@{closed}/d"), format!("http://{closed}"));
    let settings = [
        ("GUILDHALL_DATABASE", database.as_str()),
        ("GUILDHALL_NATS", &format!("nats://u:hunter2@{closed}")),
        ("GUILDHALL_S3_BUCKET", "files"),
        ("GUILDHALL_S3_ENDPOINT", &endpoint),
        ("GUILDHALL_S3_KEY", "key"),
        ("GUILDHALL_S3_SECRET", "123456789"),
    ];
    let ended = call(&["doctor", "--json", "--listen", "127.0.0.1:0", "--data", data], &settings).await;
    check(&ended, 4, "", "all at once");
    let findings = document(&ended);
    let says = |name: &str| {
        let finding = findings.as_array().unwrap().iter().find(|finding| finding["check"] == name).unwrap();
        assert_eq!(finding["ok"], false, "{findings}");
        finding["says"].as_str().unwrap().to_owned()
    };
    assert!(says("database").contains("Connection refused"), "{findings}");
    assert!(says("nats").contains("failed to reach NATS"), "{findings}");
    assert!(
        says("bucket").contains("files cannot be used") || says("bucket").contains("does not answer"),
        "{findings}"
    );
}

#[tokio::test]
async fn a_profile_is_chosen_and_says_what_it_needs() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_str().unwrap().to_owned();
    let address = ("GUILDHALL_PUBLIC_URL", "https://chat.example.org");
    let checks: [(&[&str], &[(&str, &str)], i32, &str); 8] = [
        (&["config", "check"], &[], 0, "in order (local)"),
        (&["config", "check"], &[("GUILDHALL_PROFILE", "test")], 0, "in order (test)"),
        (&["config", "check"], &[("GUILDHALL_RATE_LIMIT_OVERRIDES", "{ \"POST /setup\" = \"5/1m\" }")], 0, "in order"),
        (
            &["config", "check"],
            &[("GUILDHALL_RATE_LIMIT_OVERRIDES", "{ \"POST /setups\" = \"5/1m\" }")],
            2,
            "did you mean `POST /setup`",
        ),
        (&["config", "check"], &[("GUILDHALL_PROFILE", "production")], 2, "public_url must begin with https://"),
        (&["config", "check"], &[("GUILDHALL_PROFILE", "production"), address], 0, "in order (production)"),
        (&["config", "check", "--profile", "local"], &[("GUILDHALL_PROFILE", "production")], 0, "in order (local)"),
        (&["--profile", "hunter", "config", "check"], &[], 2, "profile must be local, test or production"),
    ];
    for (arguments, with, code, says) in checks {
        check(&call(arguments, with).await, code, says, &format!("{arguments:?} {with:?}"));
    }
    // Nothing is made by a start that is refused; what is wrong can still be looked into.
    let serve = ["serve", "--listen", "127.0.0.1:0", "--profile", "production", "--data", &data];
    check(&call(&serve, &[]).await, 2, "the profile is production, for which public_url", "a start");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    let doctor = call(&["doctor", "--profile", "production", "--listen", "127.0.0.1:0", "--data", &data], &[]).await;
    check(&doctor, 4, "BAD  profile: it will not start for production: public_url", "doctor");
    let list = call(&["admin", "user", "list", "--profile", "production", "--data", &data], &[]).await;
    check(&list, 0, "", "what does not serve");
}
