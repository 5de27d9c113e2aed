//! The generator: connections, crowds that count what arrives, senders that keep time. The same for every protocol.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How long anything may take before the measurement fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// Messages that may be on their way to the crowd at once.
const WINDOW: u64 = 128;

/// A connection and what was read of it too early.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("failed to connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads until a text has come, and gives everything up to its end.
    pub(crate) async fn until(&mut self, text: &str) -> Result<Vec<u8>> {
        let finder = memchr::memmem::Finder::new(text);
        let mut seen = 0;
        loop {
            let from = seen.min(self.buffer.len());
            if let Some(at) = self.buffer.get(from..).and_then(|rest| finder.find(rest)) {
                let rest = self.buffer.split_off(from + at + text.len());
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            seen = self.buffer.len().saturating_sub(text.len());
            self.more().await.with_context(|| format!("failed to wait for {text}"))?;
        }
    }

    /// Reads so many bytes.
    pub(crate) async fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < count {
            self.more().await?;
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    async fn more(&mut self) -> Result<()> {
        self.buffer.reserve(4096);
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
        if read.context("nothing came in time")?? == 0 {
            bail!("the connection was closed after {:?}", String::from_utf8_lossy(&self.buffer));
        }
        Ok(())
    }
}

/// Counts messages in a stream that may be cut anywhere.
pub(crate) trait Count: Send + 'static {
    fn count(&mut self, bytes: &[u8]) -> u64;
}

/// Somebody who sends: done when the server has acknowledged as much as its protocol acknowledges.
pub(crate) trait Speak: Send + 'static {
    fn say(&mut self, text: &str) -> impl Future<Output = Result<()>> + Send;
}

/// What a crowd has heard, and when it had heard all that was waited for.
#[derive(Debug, Default)]
struct Tally {
    heard: AtomicU64,
    goal: AtomicU64,
    reached: Notify,
    at: Mutex<Option<Instant>>,
}

impl Tally {
    fn add(&self, count: u64) {
        let before = self.heard.fetch_add(count, Ordering::SeqCst);
        let goal = self.goal.load(Ordering::SeqCst);
        if before < goal && before + count >= goal {
            *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            self.reached.notify_one();
        }
    }
}

/// Many receivers that only count.
#[derive(Debug)]
pub(crate) struct Crowd {
    tally: Arc<Tally>,
    tasks: JoinSet<()>,
    writers: Vec<OwnedWriteHalf>,
}

impl Crowd {
    pub(crate) fn new() -> Self {
        Self { tally: Arc::default(), tasks: JoinSet::new(), writers: Vec::new() }
    }

    /// Lets a connection count from now on.
    pub(crate) fn add(&mut self, line: Line, mut counter: impl Count) {
        let (reader, writer) = line.stream.into_split();
        self.writers.push(writer);
        let tally = self.tally.clone();
        let early = line.buffer;
        self.tasks.spawn(async move {
            tally.add(counter.count(&early));
            drop(early);
            loop {
                // Nothing is kept while nothing comes: a thousand buffers would cost the machine more than the server.
                if reader.readable().await.is_err() {
                    return;
                }
                let count = {
                    let mut space = [0; 16 * 1024];
                    match reader.try_read(&mut space) {
                        Ok(0) => return,
                        Ok(count) => counter.count(space.get(..count).unwrap_or_default()),
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                        Err(_) => return,
                    }
                };
                if count > 0 {
                    tally.add(count);
                }
            }
        });
    }

    pub(crate) fn len(&self) -> u64 {
        self.writers.len() as u64
    }

    fn heard(&self) -> u64 {
        self.tally.heard.load(Ordering::SeqCst)
    }

    /// Sends the same from every connection.
    pub(crate) async fn send_all(&mut self, bytes: &[u8]) -> Result<()> {
        for writer in &mut self.writers {
            writer.write_all(bytes).await?;
        }
        Ok(())
    }

    /// Waits until nothing has come for a while.
    pub(crate) async fn quiet(&self, silence: Duration) {
        let mut seen = self.heard();
        let mut since = Instant::now();
        let began = Instant::now();
        while since.elapsed() < silence && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = self.heard();
            if now != seen {
                seen = now;
                since = Instant::now();
            }
        }
    }

    /// Waits until so many were heard; gives when that was.
    async fn reach(&mut self, goal: u64) -> Result<Instant> {
        *self.tally.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.tally.goal.store(goal, Ordering::SeqCst);
        let began = Instant::now();
        loop {
            if let Some(at) = *self.tally.at.lock().unwrap_or_else(PoisonError::into_inner) {
                return Ok(at);
            }
            if self.heard() >= goal {
                return Ok(Instant::now());
            }
            if began.elapsed() > PATIENCE {
                let gone = self.tasks.try_join_next().is_some();
                bail!("only {} of {goal} deliveries came; connections lost: {gone}", self.heard());
            }
            let _ = tokio::time::timeout(Duration::from_millis(500), self.tally.reached.notified()).await;
        }
    }

    /// Deliveries in a second when these send as fast as they may, for so long.
    pub(crate) async fn deliveries<S: Speak>(&mut self, speakers: Vec<S>, text: &str, time: Duration) -> Result<f64> {
        let before = self.heard();
        let receivers = self.len();
        let published = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let mut sending = JoinSet::new();
        for mut speaker in speakers {
            let (tally, published, text) = (self.tally.clone(), published.clone(), text.to_owned());
            sending.spawn(async move {
                while start.elapsed() < time {
                    let waiting = (published.load(Ordering::SeqCst) * receivers)
                        .saturating_sub(tally.heard.load(Ordering::SeqCst) - before);
                    if waiting > WINDOW * receivers {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        continue;
                    }
                    published.fetch_add(1, Ordering::SeqCst);
                    speaker.say(&text).await?;
                }
                anyhow::Ok(speaker)
            });
        }
        // They stay connected until everything has arrived.
        let mut kept = Vec::new();
        while let Some(done) = sending.join_next().await {
            kept.push(done??);
        }
        let all = published.load(Ordering::SeqCst) * receivers;
        let at = self.reach(before + all).await?;
        Ok(all as f64 / (at - start).as_secs_f64())
    }

    /// How long the last of the crowd waits for a message, sent every `pause`: one time in milliseconds for each message.
    pub(crate) async fn last_waits(
        &mut self,
        speaker: &mut impl Speak,
        text: &str,
        times: u32,
        pause: Duration,
    ) -> Result<Times> {
        let mut waits = Vec::new();
        let mut due = tokio::time::Instant::now();
        for _ in 0..times {
            due += pause;
            tokio::time::sleep_until(due).await;
            let goal = self.heard() + self.len();
            *self.tally.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.tally.goal.store(goal, Ordering::SeqCst);
            let start = Instant::now();
            speaker.say(text).await?;
            let at = self.reach(goal).await?;
            waits.push((at - start).as_secs_f64() * 1000.0);
        }
        Ok(Times::new(waits))
    }
}

/// Times in milliseconds, shortest first.
#[derive(Clone, Debug)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    pub(crate) fn at(&self, percent: usize) -> f64 {
        self.0.get((self.0.len() * percent / 100).min(self.0.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

/// Sends in a second when each speaker sends the next as soon as the last is acknowledged.
pub(crate) async fn as_fast_as_acknowledged<S: Speak>(
    speakers: Vec<S>,
    text: &str,
    time: Duration,
) -> Result<(f64, Vec<S>)> {
    let start = Instant::now();
    let mut sending = JoinSet::new();
    for mut speaker in speakers {
        let text = text.to_owned();
        sending.spawn(async move {
            let mut count = 0_u64;
            while start.elapsed() < time {
                speaker.say(&text).await?;
                count += 1;
            }
            anyhow::Ok((count, speaker))
        });
    }
    let (mut count, mut kept) = (0, Vec::new());
    while let Some(done) = sending.join_next().await {
        let (sent, speaker) = done??;
        count += sent;
        kept.push(speaker);
    }
    Ok((count as f64 / start.elapsed().as_secs_f64(), kept))
}

/// Acknowledgement times when all speakers together send at a rate. A send that is late because the one before it was slow
/// counts from when it was due.
pub(crate) async fn at_rate<S: Speak>(speakers: Vec<S>, text: &str, rate: f64, time: Duration) -> Result<Times> {
    let start = tokio::time::Instant::now();
    let each = Duration::from_secs_f64(speakers.len() as f64 / rate);
    let mut sending = JoinSet::new();
    for (index, mut speaker) in speakers.into_iter().enumerate() {
        let text = text.to_owned();
        let mut due = start + Duration::from_secs_f64(index as f64 / rate);
        sending.spawn(async move {
            let mut times = Vec::new();
            while due < start + time {
                tokio::time::sleep_until(due).await;
                // The timer is a millisecond coarse, which is not the server's; what comes later than that is.
                let now = tokio::time::Instant::now();
                let from = if now - due > Duration::from_millis(2) { due } else { now };
                speaker.say(&text).await?;
                times.push(from.elapsed().as_secs_f64() * 1000.0);
                due += each;
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = sending.join_next().await {
        times.extend(done??);
    }
    Ok(Times::new(times))
}
