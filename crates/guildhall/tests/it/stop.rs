//! How a server ends that is told to.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::Process;

#[tokio::test]
async fn a_signal_is_heard_as_soon_as_it_listens() {
    let folder = TempDir::new().unwrap();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::TERM] {
        let mut process = Process::start(folder.path(), &[]).await;
        process.signal(signal);
        assert_eq!(process.ended().await, Some(0), "{signal:?}: it was not killed by it");
    }
}

#[tokio::test]
async fn who_is_told_twice_ends_at_once() {
    let folder = TempDir::new().unwrap();
    let mut process = Process::start(folder.path(), &[]).await;
    let mut slow = TcpStream::connect(process.address).await.unwrap();
    let head = "POST /api/v10/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    // It has come to the server when the next one is answered.
    process.client().get("/gateway").await.ok(200);
    process.terminate();
    // The same thought may come twice.
    process.signal(Signal::HUP);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(process.runs(), "it waits for who is not done");
    let began = Instant::now();
    process.terminate();
    assert_eq!(process.ended().await, Some(1));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Nothing is in the way of the next start.
    Process::start(folder.path(), &[]).await;
}

#[tokio::test]
async fn a_write_that_is_on_its_way_is_answered_and_kept() {
    let folder = TempDir::new().unwrap();
    let mut process = Process::start(folder.path(), &[]).await;
    let (ada, guild) = process.set_up("ada").await;
    let token = ada.token.as_deref().unwrap();
    let channels = ada.get(&format!("/guilds/{guild}/channels")).await.ok(200);
    let channel = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
    let path = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
    let body = json!({ "content": "on its way" }).to_string();
    let mut slow = TcpStream::connect(process.address).await.unwrap();
    let head = format!(
        "POST /api/v10{path} HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let (first, rest) = body.split_at(5);
    slow.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
    // It has come to the server when the next one is answered.
    ada.get("/users/@me").await.ok(200);
    process.terminate();
    // Nobody else is let in any more.
    let began = Instant::now();
    while TcpStream::connect(process.address).await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10), "it still lets others in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    slow.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("on its way"), "{answer}");
    assert_eq!(process.ended().await, Some(0));
    let again = Process::start(folder.path(), &[]).await;
    let kept = ada.moved(again.address).get(&path).await.ok(200);
    assert_eq!(kept[0]["content"], "on its way", "{kept}");
}
