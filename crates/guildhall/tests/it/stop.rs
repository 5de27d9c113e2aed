//! How a server ends that is told to.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
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
