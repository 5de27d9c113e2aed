//! Hostile input: whatever anybody sends, memory stays bounded and everybody else is served.

mod bodies;
mod bombs;
mod frames;
mod heads;
mod many;

use std::time::{Duration, Instant};

use guildhall_harness::Client;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::stage::Stage;

const MIB: u64 = 1024 * 1024;

/// How long honest people wait at most, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server without rate limits: it must stand by itself.
async fn stage() -> Stage {
    Stage::new(&[("GUILDHALL_RATE_LIMITS", "false"), ("GUILDHALL_LOG", "error")]).await
}

/// Somebody honest who writes and listens all the while.
struct Neighbour {
    stop: oneshot::Sender<()>,
    task: JoinHandle<usize>,
}

impl Neighbour {
    async fn new(stage: &Stage) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let (member, channel, address) = (stage.member.clone(), stage.channel.clone(), stage.process.address);
        let mut socket = member.connect(1 << 9).await;
        let task = tokio::spawn(async move {
            let (mut served, mut beat) = (0, Instant::now());
            loop {
                if beat.elapsed() > Duration::from_secs(20) {
                    socket.send(json!({ "op": 1, "d": socket.sequence })).await;
                    beat = Instant::now();
                }
                let began = Instant::now();
                // A connection of its own each time: new people must come in too.
                let somebody = Client::at(address).with(member.token.as_deref().unwrap(), &member.id);
                let text = format!("still here {served}");
                let path = format!("/channels/{channel}/messages");
                let said = somebody.post(&path, json!({ "content": text })).await.ok(200);
                while socket.event("MESSAGE_CREATE").await["id"] != said["id"] {}
                assert!(began.elapsed() < PATIENCE, "somebody honest waited for {:?}", began.elapsed());
                served += 1;
                if stopped.try_recv() != Err(oneshot::error::TryRecvError::Empty) {
                    return served;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self { stop, task }
    }

    /// Asks whether all went well.
    async fn was_served(self) {
        // Gone already, if it failed.
        let _ = self.stop.send(());
        assert!(self.task.await.expect("somebody honest was served") > 0);
    }
}

/// What is written to a connection of one's own, until it is answered and ended, or reset.
async fn shout(stage: &Stage, pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Heard {
    let stream = TcpStream::connect(stage.process.address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let (ended, mut end) = oneshot::channel();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut piece).await {
            heard.extend_from_slice(&piece[..count]);
            assert!(heard.len() < 1 << 20, "a flood for an answer");
        }
        let _ = ended.send(());
        String::from_utf8_lossy(&heard).into_owned()
    });
    let mut sent = 0;
    for piece in pieces {
        tokio::select! {
            written = writer.write_all(piece.as_ref()) => if written.is_err() { break },
            _ = &mut end => break,
        }
        sent += piece.as_ref().len() as u64;
    }
    let answer = tokio::time::timeout(Duration::from_secs(40), heard).await;
    Heard { sent, answer: answer.unwrap_or_else(|_| panic!("open after {sent} bytes")).unwrap() }
}

/// What came of it.
#[derive(Debug)]
struct Heard {
    /// Bytes that were taken.
    sent: u64,
    /// The answer, if it was not lost in a reset.
    answer: String,
}

impl Heard {
    /// Refused with one of these, or cut off.
    fn refused(&self, statuses: &[u16]) {
        let status = self.answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        assert!(status.is_none_or(|status| statuses.contains(&status)), "{self:?}");
    }
}
