//! The command line: what it says, by which codes it ends, and that a running server does what it asks for.

use std::path::Path;
use std::time::Duration;

use guildhall_harness::PASSWORD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Process, repository};

/// How a call ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Its answer, when it went well.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("one document of JSON")
    }
}

pub(crate) async fn call(arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(arguments).envs(settings.iter().copied()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(1), command.output()).await.expect("it ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A call over a folder of data, that answers in JSON.
pub(crate) async fn on(data: &Path, arguments: &[&str]) -> Ended {
    let data = data.to_str().unwrap();
    call(&[arguments, &["--data", data, "--json"]].concat(), &[]).await
}

#[tokio::test]
async fn every_help_shows_an_example() {
    let (mut commands, mut count) = (vec![String::new()], 0);
    while let Some(words) = commands.pop() {
        let arguments: Vec<_> = words.split_whitespace().chain(["--help"]).collect();
        let ended = call(&arguments, &[]).await;
        let example = ended.out.lines().find(|line| line.starts_with("Example: ")).unwrap_or_default();
        assert!(ended.code == 0 && example.contains(&format!("guildhall{words}")), "{words}: {}", ended.out);
        count += 1;
        // What it names as its commands is asked too.
        let named =
            ended.out.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let named = named.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let named = named.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        commands.extend(named.map(|name| format!("{words} {name}")));
    }
    assert!(count >= 33, "{count}");
    assert_eq!(call(&["admin", "user", "dance"], &[]).await.code, 2);
}

#[tokio::test]
async fn a_configuration_is_checked() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("hall.toml");
    let check = ["config", "check", "--config", file.to_str().unwrap()];
    let example = call(&["config", "example"], &[]).await.out;
    for (text, environment, code, says) in [
        (example.as_str(), None, 0, "in order"),
        ("listen = \"127.0.0.1:1\"", Some(("GUILDHALL_NODE", "7")), 0, "in order"),
        ("lisen = \"127.0.0.1:1\"", None, 2, "unknown setting `lisen`: did you mean `listen`?"),
        ("", Some(("GUILDHALL_MESSAGE_LENGHT", "7")), 2, "did you mean `message_length`?"),
        ("", Some(("GUILDHALL_S3_BUCKET", "files")), 2, "needs s3_key and s3_secret"),
        ("s3_bucket = \"files\"\ns3_secret = \"x\"", Some(("GUILDHALL_S3_KEY", "12345")), 0, "in order"),
        ("node = 5000", None, 2, "between 0 and 1023"),
        ("listen = 5", None, 2, "listen"),
        ("node = ", None, 2, "is not TOML"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = call(&check, environment.as_slice()).await;
        assert_eq!(ended.code, code, "{text}: {}{}", ended.out, ended.err);
        assert!(format!("{}{}", ended.out, ended.err).contains(says), "{text}: {}{}", ended.out, ended.err);
    }
    let kept = std::fs::read_to_string(repository("docs/config.example.toml")).unwrap();
    assert_eq!(kept, example, "run `guildhall config example > docs/config.example.toml`");
}

#[tokio::test]
async fn people_guilds_and_bots_are_made_with_and_without_a_server() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let create =
        ["admin", "user", "create", "--name", "ada", "--email", "ada@example.org", "--password", PASSWORD, "--owner"];
    let ada = on(data, &create).await.json();
    assert_eq!(on(data, &create).await.code, 1, "the name is taken");
    assert_eq!(on(data, &["admin", "user", "list"]).await.json()[0]["rank"], 2);
    let early = on(data, &["admin", "guild", "create", "--name", "Early", "--owner", "ada"]).await.json();

    let process = Process::start(data, &[]).await;
    assert_eq!(process.setup_token, None, "it has an owner");
    let login = json!({ "login": "ada", "password": PASSWORD });
    let token = process.client().post("/auth/login", login).await.ok(200)["token"].clone();
    let client = process.client().with(token.as_str().unwrap(), ada["id"].as_str().unwrap());
    let mut socket = client.connect(0).await;
    assert_eq!(socket.guilds[0]["id"], early["id"]);
    let late = on(data, &["admin", "guild", "create", "--name", "Late", "--owner", "ada"]).await.json();
    assert_eq!(socket.event("GUILD_CREATE").await["id"], late["id"], "made by the server itself");
    let guilds = on(data, &["admin", "guild", "list"]).await.json();
    assert_eq!(guilds.as_array().unwrap().len(), 2);
    let bot = on(data, &["admin", "bot", "create", "--owner", "ada", "--name", "helper"]).await.json();
    let id = bot["application_id"].as_str().unwrap();
    let guild = late["id"].as_str().unwrap();
    let add = ["admin", "bot", "add", "--bot", id, "--guild", guild, "--permissions", "8"];
    assert_eq!(on(data, &add).await.json()["new"], true);
    assert_eq!(socket.event("GUILD_MEMBER_ADD").await["user"]["id"], bot["application_id"]);
    let helper = process.client().with(&format!("Bot {}", bot["token"].as_str().unwrap()), id);
    helper.get(&format!("/guilds/{guild}/members/{id}")).await.ok(200);
    let missing = on(data, &["admin", "bot", "add", "--bot", id, "--guild", "1"]).await;
    assert!(missing.code == 1 && missing.out.contains("there is no guild 1"), "{}", missing.out);

    let bob = on(data, &["admin", "user", "create", "--name", "bob", "--email", "bob@example.org"]).await.json();
    let link = bob["url"].as_str().unwrap();
    assert!(link.starts_with(&format!("http://{}/reset#", process.address)), "{link}");
    let reset = json!({ "token": link.split_once('#').unwrap().1, "password": PASSWORD });
    process.client().post("/auth/reset", reset).await.ok(200);
    on(data, &["admin", "user", "password", "ada", "--password", "another long one"]).await.json();
    assert_eq!(socket.closed().await, 4004, "every login ends");
    client.get("/users/@me").await.refused(401, 0);
    let until = on(data, &["admin", "user", "suspend", "bob", "--hours", "1", "--reason", "spam"]).await.json();
    assert!(until["suspended_until"].is_string());
    let login = json!({ "login": "bob", "password": PASSWORD });
    process.client().post("/auth/login", login).await.refused(403, 7_000_002);

    // Each of them is one entry in the staff's log, by nobody: also what was done before the server ran.
    let login = json!({ "login": "ada", "password": "another long one" });
    let token = process.client().post("/auth/login", login).await.ok(200)["token"].clone();
    let staff = process.client().with(token.as_str().unwrap(), ada["id"].as_str().unwrap());
    let log = staff.own("GET", "/admin/audit", json!({})).await.ok(200);
    let deeds = log.as_array().unwrap().iter().rev();
    let deeds: Vec<_> =
        deeds.map(|deed| (deed["action"].as_str().unwrap(), deed["target"].as_str().unwrap())).collect();
    let (ada, bob) = (ada["id"].as_str().unwrap(), bob["id"].as_str().unwrap());
    assert_eq!(
        deeds,
        [
            ("user.create", ada),
            ("guild.create", early["id"].as_str().unwrap()),
            ("guild.create", guild),
            ("bot.create", id),
            ("bot.add", id),
            ("user.create", bob),
            ("user.password", ada),
            ("user.update", bob),
        ]
    );
    assert!(log.as_array().unwrap().iter().all(|deed| deed["actor"].is_null()), "{log}");

    // One folder, one server; what needs it stopped says so.
    let port = ["serve", "--listen", "127.0.0.1:0"];
    for arguments in [&port[..], &["db", "migrate"], &["db", "restore", "nothing.db"]] {
        let ended = on(data, arguments).await;
        assert!(ended.code == 1 && ended.err.contains("a server runs on"), "{arguments:?}: {}", ended.err);
    }
}

#[tokio::test]
async fn the_search_index_is_built_anew() {
    let stage = crate::stage::Stage::new(&[]).await;
    let path = format!("/guilds/{}/messages/search?content=lantern", stage.guild);
    stage.say(&stage.owner, "a lantern, see https://a.example/").await;
    stage.say(&stage.owner, "another lantern").await;
    assert_eq!(stage.owner.get(&path).await.ok(200)["total_results"], 2);
    let stage = stage.stopped().await;
    // What was lost without a trace.
    let db = guildhall_db::Db::open(&guildhall_db::Config::sqlite(&stage.data().join("guildhall.db"))).await.unwrap();
    for sql in ["INSERT INTO message_texts (message_texts) VALUES ('delete-all')", "DELETE FROM message_links"] {
        guildhall_db::Run::execute(&mut &db, sql, vec![]).await.unwrap();
    }
    db.close().await.unwrap();
    let stage = stage.started(&[]).await;
    assert_eq!(stage.owner.get(&path).await.ok(200)["total_results"], 0);
    let said = on(stage.data(), &["admin", "search", "rebuild"]).await.json();
    assert!(said["messages"].as_u64().unwrap() >= 2, "{said}");
    while on(stage.data(), &["admin", "search", "status"]).await.json()["building"] == true {}
    assert_eq!(stage.owner.get(&path).await.ok(200)["total_results"], 2);
    let linked = format!("/guilds/{}/messages/search?has=link", stage.guild);
    assert_eq!(stage.owner.get(&linked).await.ok(200)["total_results"], 1);
}

#[tokio::test]
async fn a_database_is_backed_up_restored_and_measured() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    let applied = on(&data, &["db", "migrate"]).await.json();
    let status = on(&data, &["db", "status"]).await.json();
    assert_eq!((&status["applied"], &status["pending"]), (&applied["applied"], &json!([])));
    let create = |name: &'static str| {
        let data = data.clone();
        async move {
            let email = format!("{name}@example.org");
            let arguments = ["admin", "user", "create", "--name", name, "--email", &email, "--password", PASSWORD];
            on(&data, &arguments).await.json()
        }
    };
    create("before").await;
    on(&data, &["db", "backup", copy]).await.json();
    assert_eq!(on(&data, &["db", "backup", copy]).await.code, 1, "nothing is overwritten");
    create("after").await;
    let restored = on(&data, &["db", "restore", copy]).await.json();
    assert!(Path::new(restored["kept"].as_str().unwrap()).exists());
    let users = on(&data, &["admin", "user", "list"]).await.json();
    assert_eq!(users.as_array().unwrap().iter().map(|user| &user["username"]).collect::<Vec<_>>(), ["before"]);
    assert_eq!(on(&data, &["db", "restore", "/nowhere.db"]).await.code, 1);

    let listen = ["doctor", "--listen", "127.0.0.1:0"];
    let findings = on(&data, &listen).await.json();
    let names: Vec<_> = findings.as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["port", "address", "profile", "data folder", "clock", "database", "key"]);
    std::fs::remove_file(data.join("secret.key")).unwrap();
    let ended = on(&data, &listen).await;
    assert!(ended.code == 4 && ended.out.contains("secret.key is not in the data folder"), "{}", ended.out);

    // A database of a newer program.
    let db = guildhall_db::Db::open(&guildhall_db::Config::sqlite(&data.join("guildhall.db"))).await.unwrap();
    let newer = "INSERT INTO migrations (version, name, checksum) VALUES (9999, 'future', '')";
    guildhall_db::Run::execute(&mut &db, newer, vec![]).await.unwrap();
    db.close().await.unwrap();
    assert_eq!(on(&data, &["db", "status"]).await.code, 3);
    let ended = on(&data, &["serve", "--listen", "127.0.0.1:0"]).await;
    assert!(ended.code == 3 && ended.err.contains("newer than this program"), "{}", ended.err);
    let ended = on(&data, &listen).await;
    assert!(ended.code == 4 && ended.out.contains("newer than this program"), "{}", ended.out);
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_drains() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let create = ["admin", "user", "create", "--name", "ada", "--email", "ada@example.org", "--password", PASSWORD];
    on(data, &create).await.json();
    let mut process = Process::start(data, &[]).await;
    let login = json!({ "login": "ada", "password": PASSWORD });
    let answer = process.client().post("/auth/login", login).await.ok(200);
    let client = process.client().with(answer["token"].as_str().unwrap(), answer["user_id"].as_str().unwrap());
    let text = |path: &str| {
        let url = format!("http://{}{path}", process.address);
        let client = client.clone();
        async move {
            let (status, body) = client.fetch(&url).await;
            (status, String::from_utf8(body).unwrap())
        }
    };
    assert_eq!(text("/healthz").await, (200, "ok".into()));
    let (status, ready) = text("/readyz").await;
    assert_eq!(
        (status, serde_json::from_str(&ready).unwrap()),
        (200, json!({ "database": true, "bus": true, "blob": true, "stopping": false }))
    );
    let (_, metrics) = text("/metrics").await;
    assert!(metrics.contains("guildhall_http_requests_total{operation=\"login\",status=\"2xx\"} 1"), "{metrics}");
    let me = client.get("/users/@me").await;
    assert_eq!(me.headers["x-request-id"].len(), 16);
    let mut socket = client.connect(0).await;
    process.terminate();
    while socket.frame().await["op"] != 7 {}
    assert_eq!(process.ended().await, Some(0));
    // Nothing is in the way of the next start.
    Process::start(data, &[]).await;
}
