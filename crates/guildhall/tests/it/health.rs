//! What a server and its doctor say when something that they stand on is gone.

use std::time::Duration;

use guildhall_db::testing::Alone;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::command::on;
use crate::process::Process;

/// Asks until the answer has that status.
async fn becomes(process: &Process, path: &str, status: u16) -> Value {
    let (client, url) = (process.client(), format!("http://{}{path}", process.address));
    let ask = async {
        loop {
            let (now, body) = client.fetch(&url).await;
            if now == status {
                return serde_json::from_slice(&body).unwrap_or(Value::Null);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ask).await.unwrap_or_else(|_| panic!("{path} becomes {status}"))
}

/// Asks who one is, and may be told that the server failed: the status, and the number of the request.
async fn me(process: &Process, token: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let head = "GET /api/v10/users/@me HTTP/1.1\r\nhost: a\r\nconnection: close";
    stream.write_all(format!("{head}\r\nauthorization: {token}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split_whitespace().nth(1).unwrap().parse().unwrap();
    let number = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    (status, number.to_owned())
}

#[tokio::test]
async fn a_server_without_its_database_lives_and_is_not_ready() {
    let folder = TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut postgres = Alone::start();
    let url = postgres.url();
    let settings = [("GUILDHALL_DATABASE", url.as_str()), ("GUILDHALL_LOG", "guildhall_api=debug,info")];
    let settings = [&settings[..], &[("GUILDHALL_LOG_FORMAT", "json")]].concat();
    let process = Process::start_logged(&data, &settings, &log).await;
    let (ada, _) = process.set_up("ada").await;
    let live = format!("http://{}/healthz", process.address);
    assert_eq!(becomes(&process, "/readyz", 200).await["database"], true);
    let token = ada.token.as_deref().unwrap();
    let good = me(&process, token).await;
    assert_eq!(good.0, 200);

    postgres.stop();
    let unready = becomes(&process, "/readyz", 503).await;
    assert_eq!((&unready["database"], &unready["stopping"]), (&json!(false), &json!(false)));
    assert_eq!(ada.fetch(&live).await.0, 200, "it lives: to start it anew would help nobody");
    let failed = me(&process, token).await;
    assert_eq!(failed.0, 500);

    postgres.start_again();
    becomes(&process, "/readyz", 200).await;
    assert_eq!(ada.get("/users/@me").await.status, 200, "nobody had to start the server again");

    // What somebody reports with the number from their answer is found in the log.
    let lines: Vec<Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is one of JSON"))
        .collect();
    for (answer, message) in [(&good, "answered"), (&failed, "failed to answer"), (&failed, "answered")] {
        let (status, number) = answer;
        let of_it: Vec<_> = lines.iter().filter(|line| line["span"]["id"] == number.as_str()).collect();
        let line = of_it.iter().find(|line| line["fields"]["message"] == message);
        let line = line.unwrap_or_else(|| panic!("{message} of {number}: {of_it:?}"));
        assert_eq!(line["span"]["operation"], "get_my_user");
        if message == "answered" {
            assert_eq!(line["fields"]["status"], *status);
        } else {
            assert!(line["fields"]["cause"].is_string(), "{line}");
        }
    }
}

#[tokio::test]
async fn doctor_sees_that_a_disk_is_full() {
    let folder = TempDir::new().unwrap();
    // What is written there meets a full disk, as the kernel says it.
    std::os::unix::fs::symlink("/dev/full", folder.path().join(".doctor")).unwrap();
    let ended = on(folder.path(), &["doctor", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(ended.code, 4, "{}", ended.out);
    let findings: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let found = findings.iter().find(|finding| finding["check"] == "data folder").unwrap();
    let says = format!("the disk under {} is full: make room", folder.path().display());
    assert_eq!((&found["ok"], &found["says"]), (&json!(false), &json!(says)));
    // With room it is in order, and leaves nothing behind.
    let ended = on(folder.path(), &["doctor", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(!folder.path().join(".doctor").exists());
}
