//! The link between nodes: one stream of NATS JetStream that every node writes to and reads from its beginning there.
//!
//! The stream gives all that is told one order and keeps it while a node or NATS itself is away. What is told is sent again
//! until NATS says that it has it, and NATS drops what it has already. A node that missed something in spite of that reads its
//! directory afresh, and its sessions begin anew.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Event;
use async_nats::connection::State;
use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::stream::{Config, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use futures_util::StreamExt as _;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id};
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::Bus;
use crate::audience::gone;
use crate::peer::{Cause, Origin, Reader, Untold, Word};

/// What is told is kept for so long: a node that was away for longer reads everything afresh.
const KEPT: Duration = Duration::from_mins(10);
/// How long NATS remembers what it has: for so long nothing is heard twice that was sent twice.
const REMEMBERED: Duration = Duration::from_mins(2);
/// How long an answer of NATS is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a node says that it is there.
const PULSE: Duration = Duration::from_secs(5);
/// A node that is silent for so long is gone, and its sessions with it.
const SILENCE: Duration = Duration::from_secs(20);
/// Most bytes of words that are sent together: NATS takes 1 MiB.
const TOGETHER: usize = 256 * 1024;
/// More than the headers of a packet take.
const HEADERS: usize = 1024;
/// Most words that are sent together.
const WORDS: usize = 512;
/// How often a guild is read that is changed meanwhile.
const READS: usize = 10;

/// How to reach NATS.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `nats://host:4222`, or several with commas between them.
    pub url: String,
    /// Name of the stream: the same for all nodes of one database, and for nobody else.
    pub stream: String,
    /// Number of this node.
    pub node: u16,
    /// Unlike that of any earlier start.
    pub start: u64,
}

/// What is sent at once. It is written by [`pack`], of words that are written already.
#[derive(Deserialize)]
struct Packet {
    node: u16,
    start: u64,
    words: Vec<Word>,
}

/// A connection to NATS with the stream in place.
#[derive(Clone, Debug)]
pub struct Link {
    settings: Settings,
    client: async_nats::Client,
    context: Context,
    /// Rung whenever there is a connection again.
    connected: Arc<Notify>,
    /// What comes after this is heard.
    heard: u64,
}

impl Link {
    /// Connects. What others tell from here on is heard when [`Link::run`] runs: load the directory in between.
    ///
    /// # Errors
    /// When NATS cannot be reached, or has no JetStream.
    pub async fn connect(settings: Settings) -> Result<Self, Cause> {
        let connected = Arc::new(Notify::new());
        let options = async_nats::ConnectOptions::new()
            .name(format!("guildhall node {}", settings.node))
            .connection_timeout(PATIENCE)
            .max_reconnects(None)
            .reconnect_delay_callback(|tries| {
                Duration::from_millis(u64::try_from(tries).unwrap_or(u64::MAX).saturating_mul(100).min(2000))
            })
            .event_callback({
                let connected = connected.clone();
                move |event| {
                    tracing::info!(%event, "the link to other nodes");
                    if matches!(event, Event::Connected) {
                        connected.notify_one();
                    }
                    std::future::ready(())
                }
            });
        let addresses: Vec<_> = settings.url.split(',').map(str::trim).map(str::to_owned).collect();
        let client = options.connect(addresses).await?;
        let context = jetstream::new(client.clone());
        let mut link = Self { settings, client, context, connected, heard: 0 };
        link.heard = link.stream().await?.cached_info().state.last_sequence;
        Ok(link)
    }

    async fn stream(&self) -> Result<Stream, Cause> {
        let config = Config {
            name: self.settings.stream.clone(),
            subjects: vec![self.subject()],
            max_age: KEPT,
            storage: StorageType::File,
            duplicate_window: REMEMBERED,
            ..Config::default()
        };
        Ok(timeout(PATIENCE, self.context.get_or_create_stream(config)).await??)
    }

    fn subject(&self) -> String {
        format!("{}.words", self.settings.stream)
    }

    /// Whether NATS answers and has the stream.
    pub async fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
            && timeout(PATIENCE, self.context.get_stream(&self.settings.stream)).await.is_ok_and(|found| found.is_ok())
    }

    /// Tells and hears for as long as the program runs.
    ///
    /// What happens from this call on is told.
    pub fn run<R: Reader>(self, bus: Bus, reader: R) -> impl Future<Output = ()> + Send {
        let words = bus.link(self.settings.node);
        async move {
            let teller = tell(self.clone(), words);
            let hearer =
                Hearer { heard: self.heard, link: self, bus, reader, nodes: HashMap::new(), again: Vec::new() };
            tokio::join!(teller, hearer.run());
        }
    }
}

/// Sends words, many together, each packet until NATS has it.
async fn tell(link: Link, mut words: Untold) {
    let mut number = 0_u64;
    // What they are as JSON, and their weight for whoever counts what waits.
    let mut waiting: VecDeque<(String, usize)> = VecDeque::new();
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    waiting.extend(written(&Word::Hello, 0));
    loop {
        if waiting.is_empty() {
            tokio::select! {
                word = words.next() => match word {
                    Some((word, weight)) => waiting.extend(written(&word, weight)),
                    None => return,
                },
                _ = pulse.tick() => waiting.extend(written(&Word::Here, 0)),
            }
        }
        while waiting.len() < WORDS
            && let Some((word, weight)) = words.next_now()
        {
            waiting.extend(written(&word, weight));
        }
        let room = match link.client.server_info().max_payload {
            0 => TOGETHER,
            most => TOGETHER.min(most / 2),
        };
        let (packed, weight) = pack(&link.settings, &mut waiting, room);
        number += 1;
        send(&link, number, packed.into()).await;
        words.told(weight);
    }
}

/// A word as JSON. One that cannot be written is told by saying so: its readers read everything.
fn written(word: &Word, weight: usize) -> Option<(String, usize)> {
    let json = serde_json::to_string(word).or_else(|error| {
        tracing::error!(%error, "failed to write what other nodes are to know");
        serde_json::to_string(&Word::Anew)
    });
    json.ok().map(|json| (json, weight))
}

/// Takes as many words as have room, one at least; gives a [`Packet`] and their weight.
fn pack(settings: &Settings, waiting: &mut VecDeque<(String, usize)>, room: usize) -> (String, usize) {
    let mut packet = format!(r#"{{"node":{},"start":{},"words":["#, settings.node, settings.start);
    let (mut weight, mut first) = (0, true);
    while let Some((word, _)) = waiting.front()
        && (first || packet.len() + word.len() < room)
        && let Some((word, its)) = waiting.pop_front()
    {
        if !first {
            packet.push(',');
        }
        packet.push_str(&word);
        weight += its;
        first = false;
    }
    packet.push_str("]}");
    (packet, weight)
}

async fn send(link: &Link, number: u64, bytes: bytes::Bytes) {
    let most = link.client.server_info().max_payload;
    // Headers count as well.
    if most > 0 && bytes.len() + HEADERS > most {
        tracing::error!(
            bytes = bytes.len(),
            most,
            "other nodes do not hear of something: NATS takes no packets of that size"
        );
        return;
    }
    let id = format!("{}-{:x}-{number}", link.settings.node, link.settings.start);
    let mut tries = 0_u32;
    loop {
        // What is published without a connection is kept by the client, once for every try.
        let sent = timeout(PATIENCE, async {
            if link.client.connection_state() != State::Connected {
                return Err("there is no connection".into());
            }
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, id.as_str());
            link.context.publish_with_headers(link.subject(), headers, bytes.clone()).await?.await?;
            Ok::<(), Cause>(())
        });
        let problem = match sent.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        if tries == 0 {
            tracing::warn!(problem, "other nodes hear later what happens here");
        }
        tries += 1;
        if tries.is_multiple_of(20) {
            // A NATS that lost its files has no stream any more.
            let _ = link.stream().await;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Another node, as far as it is known.
struct Node {
    start: u64,
    heard: Instant,
}

struct Hearer<R> {
    link: Link,
    bus: Bus,
    reader: R,
    /// The last of the stream that was heard.
    heard: u64,
    nodes: HashMap<u16, Node>,
    /// What could not be read when it was heard of.
    again: Vec<Word>,
}

impl<R: Reader> Hearer<R> {
    async fn run(mut self) {
        let mut last = String::new();
        loop {
            match self.listen().await {
                Ok(()) => last.clear(),
                Err(error) => {
                    let error = error.to_string();
                    if error != last {
                        tracing::warn!(error, "does not hear other nodes");
                    }
                    last = error;
                }
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// The stream from where it was left.
    async fn open(&mut self) -> Result<Ordered, Cause> {
        let stream = self.link.stream().await?;
        let state = &stream.cached_info().state;
        if state.last_sequence < self.heard || state.first_sequence > self.heard + 1 {
            // It is another stream, or what came next is not kept any more.
            let last = state.last_sequence;
            self.begin_anew().await?;
            self.heard = last;
        }
        let config = OrderedConfig {
            filter_subject: self.link.subject(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.heard + 1 },
            ..OrderedConfig::default()
        };
        let consumer = timeout(PATIENCE, stream.create_consumer(config)).await??;
        Ok(timeout(PATIENCE, consumer.messages()).await??)
    }

    async fn listen(&mut self) -> Result<(), Cause> {
        let mut messages = self.open().await?;
        // Who was silent while this node could not hear may only not have been heard.
        let now = Instant::now();
        self.nodes.values_mut().for_each(|node| node.heard = now);
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                message = messages.next() => message.ok_or("the stream ended")??,
                // What was asked for over the connection of before is not answered any more.
                () = self.link.connected.notified() => return Ok(()),
                _ = second.tick() => {
                    self.look_around().await;
                    continue;
                }
            };
            let sequence = message.info()?.stream_sequence;
            if sequence <= self.heard {
                continue;
            }
            if sequence != self.heard + 1 {
                self.begin_anew().await?;
            }
            self.heard = sequence;
            match serde_json::from_slice::<Packet>(&message.payload) {
                Ok(packet) => self.hear(packet).await,
                Err(error) => tracing::error!(%error, "failed to read what another node tells"),
            }
        }
    }

    async fn hear(&mut self, packet: Packet) {
        if packet.node == self.link.settings.node {
            if packet.start != self.link.settings.start {
                tracing::error!(node = packet.node, "another node has the number of this one: give each its own");
            }
            return;
        }
        let known = self.nodes.insert(packet.node, Node { start: packet.start, heard: Instant::now() });
        match known {
            Some(known) if known.start == packet.start => {}
            // It began anew: its sessions of before are gone.
            Some(_) => self.bus.forget_node(packet.node),
            None => self.bus.tell_peers(Word::Hello),
        }
        for word in packet.words {
            match word {
                Word::Hello => {
                    self.bus
                        .everybody_here(self.link.settings.node)
                        .into_iter()
                        .for_each(|word| self.bus.tell_peers(word));
                }
                Word::Guild(_) | Word::Private(_) | Word::Thread(_) | Word::Anew => self.read(word).await,
                word => self.bus.hear(word),
            }
        }
    }

    /// Reads what a word is about; once more in a second where that fails.
    async fn read(&mut self, word: Word) {
        let done = match word {
            Word::Guild(id) => self.read_guild(id).await,
            Word::Private(id) | Word::Thread(id) => self.read_channel(id).await,
            Word::Anew => self.begin_anew().await,
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::error!(%error, ?word, "failed to read what another node changed");
            self.again.push(word);
        }
    }

    /// What is looked after now and then: nodes that are gone, guilds that two nodes changed at once.
    async fn look_around(&mut self) {
        let now = Instant::now();
        let gone: Vec<_> = self.nodes.iter().filter(|(_, node)| now.duration_since(node.heard) > SILENCE).collect();
        let gone: Vec<u16> = gone.into_iter().map(|(number, _)| *number).collect();
        for number in gone {
            tracing::warn!(node = number, "a node is gone");
            self.nodes.remove(&number);
            self.bus.forget_node(number);
        }
        for word in std::mem::take(&mut self.again) {
            self.read(word).await;
        }
        for guild in self.bus.take_unsettled() {
            self.bus.tell_peers(Word::Guild(guild));
            self.read(Word::Guild(guild)).await;
        }
    }

    async fn read_guild(&self, id: Id<GuildMarker>) -> Result<(), Cause> {
        for _ in 0..READS {
            let since = self.bus.changes_of(id);
            let Some(state) = self.reader.guild(id).await? else { return Ok(()) };
            if self.bus.reload_guild(state, since) {
                return Ok(());
            }
        }
        Err("it is changed all the time".into())
    }

    async fn read_channel(&self, id: Id<ChannelMarker>) -> Result<(), Cause> {
        if let Some((channel, members)) = self.reader.channel(id).await? {
            if channel.guild_id.is_some() {
                self.bus.load_thread_here(channel, members);
            } else {
                self.bus.load_private_here(channel, members);
            }
        }
        Ok(())
    }

    /// Something was missed: the directory is read afresh, and sessions begin anew.
    async fn begin_anew(&mut self) -> Result<(), Cause> {
        tracing::warn!("what other nodes told was missed: everything is read afresh");
        // Who is with the others is nowhere to be read.
        self.nodes.drain().for_each(|(node, _)| self.bus.forget_node(node));
        self.bus.tell_peers(Word::Hello);
        let there = self.reader.guilds().await?;
        for known in self.bus.directory().guilds().iter().map(|state| state.id()).filter(|id| !there.contains(id)) {
            self.bus.publish_of(Origin::There, [gone(known).into()]);
        }
        for id in there {
            self.read_guild(id).await?;
        }
        for (channel, members) in self.reader.privates().await? {
            self.bus.load_private_here(channel, members);
        }
        self.bus.close_all();
        Ok(())
    }
}
