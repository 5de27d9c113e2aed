//! What others say in a channel, heard through a node.

#[cfg(feature = "dave")]
mod encrypted;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use guildhall_db::{Config, Db};
use guildhall_lavalink::source::Tones;
use guildhall_lavalink::testing::{Member, VoiceServer, VoiceServerOptions, decode_all};
use guildhall_lavalink::voice::{Discord, DiscordSettings};
use guildhall_lavalink::{Node, Settings, router};
use guildhall_rtp::discord::{Mode, SILENCE};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::hear::{assert_tone, decode, tone};
use crate::town::{Client, PASSWORD};

const GUILD: u64 = 817_327_181_659_111_454;
const USER: &str = "170939974227541168";

/// A node, the voice server to which its one player is connected, and the player's client.
struct Hall {
    node: Arc<Node>,
    address: SocketAddr,
    voice: VoiceServer,
    client: Client,
    _folder: TempDir,
}

impl Hall {
    async fn new(mode: Mode) -> Self {
        Self::with(VoiceServerOptions { modes: vec![mode], beat: 500, ..VoiceServerOptions::default() }, &[]).await
    }

    async fn with(options: VoiceServerOptions, others: &[&VoiceServer]) -> Self {
        let voice = VoiceServer::start(options).await;
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
        let settings = Settings {
            password: PASSWORD.to_owned(),
            workers: 2,
            key: folder.path().join("node.key"),
            update: Duration::from_millis(500),
            ..Settings::default()
        };
        let extra_roots = others.iter().copied().chain([&voice]).map(VoiceServer::authority).collect();
        let discord = Arc::new(Discord::new(&DiscordSettings { extra_roots }).unwrap());
        let node = Node::start(settings, db, Arc::new(Tones), discord).await.unwrap();
        // The system holds little for who does not read, so that it is soon seen.
        let listener = TcpSocket::new_v4().unwrap();
        listener.set_send_buffer_size(16 * 1024).unwrap();
        listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = listener.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(node.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = Client::connect(address, &[]).await.unwrap();
        let hall = Self { node, address, voice, client, _folder: folder };
        hall.join(&hall.voice, "session").await;
        hall
    }

    async fn join(&self, voice: &VoiceServer, session: &str) {
        let before = voice.heard().len();
        let state = json!({"token": "token", "endpoint": voice.endpoint(), "sessionId": session, "channelId": "7"});
        self.client.patch(GUILD, json!({"voice": state})).await;
        assert!(voice.until(|heard| heard.len() > before && heard[before].mode.is_some()).await);
        self.connected().await;
    }

    async fn connected(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.client.player(GUILD).await["state"]["connected"] != true {
            assert!(Instant::now() < deadline, "it does not connect");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn ears(&self, query: &str) -> Ears {
        Ears::open(self.address, &format!("/v4/websocket/voice/{GUILD}{query}"), &[]).await.unwrap()
    }

    /// One of the counters.
    async fn metric(&self, name: &str) -> u64 {
        let text = self.client.get("/metrics").await;
        let line =
            text.as_str().unwrap().lines().find(|line| line.starts_with(&format!("{name} "))).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Somebody whom the node knows.
    fn member(&self, user: u64, ssrc: u32) -> Member {
        let member = Member::new(user, ssrc);
        self.voice.tell(5, &member.speaking());
        member
    }
}

/// A receiver.
struct Ears(WebSocketStream<TcpStream>);

/// What a frame of our own form says.
#[derive(Clone, Debug, PartialEq)]
struct Got {
    op: u8,
    lost: u16,
    user: u64,
    timestamp: u32,
    payload: Vec<u8>,
}

impl Ears {
    async fn open(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        let standard = [("authorization", PASSWORD), ("user-id", USER), ("client-name", "test/1.0")];
        for (name, value) in standard.iter().chain(headers).filter(|(_, value)| !value.is_empty()) {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        for (name, _) in headers.iter().filter(|(_, value)| value.is_empty()) {
            request.headers_mut().remove(*name);
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let (socket, _) = client_async(request, socket.connect(address).await.unwrap()).await?;
        Ok(Self(socket))
    }

    async fn next(&mut self) -> Message {
        loop {
            match tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    async fn bytes(&mut self) -> Vec<u8> {
        match self.next().await {
            Message::Binary(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    async fn got(&mut self) -> Got {
        let bytes = self.bytes().await;
        let (&[op, _, l0, l1], rest) = bytes.split_first_chunk::<4>().unwrap();
        let (user, rest) = rest.split_first_chunk::<8>().unwrap();
        let (_, rest) = rest.split_first_chunk::<4>().unwrap();
        let (timestamp, payload) = rest.split_first_chunk::<4>().unwrap();
        Got {
            op,
            lost: u16::from_be_bytes([l0, l1]),
            user: u64::from_be_bytes(*user),
            timestamp: u32::from_be_bytes(*timestamp),
            payload: payload.to_vec(),
        }
    }

    async fn json(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.unwrap().code.into();
            }
        }
    }

    /// Everything until somebody ends.
    async fn until_end_of(&mut self, user: u64) -> Vec<Got> {
        let mut all = Vec::new();
        loop {
            let got = self.got().await;
            let last = got.op == 2 && got.user == user;
            all.push(got);
            if last {
                return all;
            }
        }
    }
}

fn refused(opened: Result<Ears, Error>) -> u16 {
    match opened {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("let in"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_are_heard_whatever_the_way_does_to_their_packets() {
    for mode in Mode::ALL {
        let hall = Hall::new(mode).await;
        let mut ears = hall.ears("?form=guildhall").await;
        let (mut anna, mut bert) = (hall.member(501, 9_001), hall.member(502, 9_002));
        let (low, high) = (tone(600.0, 60), tone(1_500.0, 60));
        let (mut late, mut first) = (None, None);
        for (number, (low, high)) in low.iter().zip(&high).enumerate() {
            let packet = hall.voice.sealed(&mut anna, low);
            match number {
                // Lost on the way.
                30 => {}
                // Overtaken by the next.
                10 | 40 => late = Some(packet),
                _ => {
                    hall.voice.send(&packet);
                    first.get_or_insert(packet);
                }
            }
            if let Some(packet) = late.take_if(|_| matches!(number, 11 | 41)) {
                hall.voice.send(&packet);
            }
            let mut packet = hall.voice.sealed(&mut bert, high);
            hall.voice.send(&packet);
            // Once more, and once with another tag, and reports, and rubbish.
            hall.voice.send(&packet);
            *packet.last_mut().unwrap() ^= 1;
            hall.voice.send(&packet);
            hall.voice.send(&[0x81, 201, 0, 1, 0, 0, 0, 9]);
            hall.voice.send(&[0x90; 40]);
            hall.voice.send(&[]);
        }
        // What was recorded by somebody is not heard again.
        hall.voice.send(&first.unwrap());
        for _ in 0..5 {
            hall.voice.speak(&mut anna, &SILENCE);
        }
        let stopped = Instant::now();
        let mut all = ears.until_end_of(501).await;
        if !all.iter().any(|got| got.op == 2 && got.user == 502) {
            all.extend(ears.until_end_of(502).await);
        }
        assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
        let mut by: BTreeMap<u64, Vec<Got>> = BTreeMap::new();
        all.into_iter().for_each(|got| by.entry(got.user).or_default().push(got));
        for (user, frequency, other, count) in [(501, 600.0, 1_500.0, 59 + 5), (502, 1_500.0, 600.0, 60)] {
            let said = &by[&user];
            let ops: Vec<u8> = said.iter().map(|got| got.op).collect();
            let expected: Vec<u8> = [1].into_iter().chain(std::iter::repeat_n(3, count)).chain([2]).collect();
            assert_eq!(ops, expected, "{user}");
            let data = &said[1..=count];
            let lost: Vec<usize> = (0..count).filter(|number| data[*number].lost > 0).collect();
            assert_eq!(lost, if user == 501 { vec![30] } else { vec![] });
            for pair in data.windows(2) {
                let apart = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
                assert_eq!(apart, 960 * (1 + u32::from(pair[1].lost)));
            }
            let frames: Vec<_> = data.iter().map(|got| (Instant::now(), got.payload.clone())).collect();
            let samples = decode(&frames);
            assert_tone(&samples[9_600..28_800], frequency, other);
        }
        assert_eq!(hall.metric("lavalink_voice_packets_lost_total").await, 1);
        // The doubles and the forged of one, and the one that was recorded.
        assert_eq!(hall.metric("lavalink_voice_packets_dropped_total").await, 121);
        assert_eq!(hall.metric("lavalink_voice_packets_received_total").await, 59 + 60 + 5);
        assert_eq!(hall.metric("lavalink_voice_receivers").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_receive_in_forms_of_their_own() {
    let hall = Hall::new(Mode::Aes256Gcm).await;
    let mut opus = hall.ears("").await;
    let mut samples = hall.ears("?format=pcm_s16le").await;
    let mut whole = hall.ears("?form=json").await;
    let guild = GUILD.to_string();
    let mut older =
        Ears::open(hall.address, "/connection/data?format=pcm_s16le", &[("guild-id", &guild)]).await.unwrap();
    // Nobody has said yet whose stream it is: it waits.
    let mut anna = Member::new(501, 9_001);
    let tone = tone(600.0, 30);
    hall.voice.speak(&mut anna, &tone[0]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    hall.voice.tell(12, &json!({"user_id": "501", "audio_ssrc": 9_001, "video_ssrc": 0, "rtx_ssrc": 0}));
    for packet in &tone[1..] {
        hall.voice.speak(&mut anna, packet);
    }
    let head = [&[1, 0, 18][..], guild.as_bytes(), &[3], b"501", &9_001_u32.to_be_bytes()].concat();
    let begins = opus.bytes().await;
    assert_eq!((&begins[..head.len()], begins.len()), (&head[..], head.len() + 4));
    for packet in &tone {
        let data = opus.bytes().await;
        assert_eq!((data[0], &data[head.len() + 4..]), (3, &packet[..]));
    }
    // Who leaves has stopped.
    hall.voice.tell(13, &json!({"user_id": "501"}));
    assert_eq!(opus.bytes().await[..2], [2, 0]);
    assert_eq!(samples.bytes().await[..2], [1, 2]);
    let mut pcm = Vec::new();
    for _ in &tone {
        let data = samples.bytes().await;
        assert_eq!(data[..2], [3, 2]);
        pcm.extend_from_slice(&data[head.len() + 4..]);
    }
    assert_eq!(samples.bytes().await[..2], [2, 2]);
    let left: Vec<f32> =
        pcm.as_chunks::<4>().0.iter().map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0).collect();
    assert_tone(&left[9_600..], 600.0, 1_500.0);
    for (ears, kind) in [(&mut whole, "ogg/opus"), (&mut older, "pcm")] {
        let begins = json!({"op": "speak", "type": "startSpeakingEvent", "data": {"userId": "501", "guildId": guild}});
        assert_eq!(ears.json().await, begins);
        let ends = ears.json().await;
        assert_eq!((&ends["type"], &ends["data"]["type"]), (&json!("endSpeakingEvent"), &json!(kind)));
        let file = BASE64_STANDARD.decode(ends["data"]["data"].as_str().unwrap()).unwrap();
        if kind == "pcm" {
            assert_eq!(file, pcm);
        } else {
            assert_eq!(decode_all(file, 0, 1 << 40), Ok(2 * 30 * 960));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_bot_of_the_player_hears() {
    let hall = Hall::new(Mode::Aes256Gcm).await;
    let path = format!("/v4/websocket/voice/{GUILD}");
    for (path, header, expected) in [
        (path.as_str(), ("authorization", ""), 401),
        (&path, ("authorization", "wrong"), 401),
        (&path, ("user-id", ""), 400),
        (&path, ("user-id", "nobody"), 400),
        (&path, ("user-id", "170939974227541169"), 404),
        ("/v4/websocket/voice/5", ("client-name", ""), 404),
        ("/v4/websocket/voice/guild", ("client-name", ""), 400),
        (&format!("{path}?form=loud"), ("client-name", ""), 400),
        (&format!("{path}?format=mp3"), ("client-name", ""), 400),
        ("/connection/data", ("client-name", ""), 400),
        ("/connection/data", ("guild-id", "5"), 404),
        ("/connection/data", ("authorization", "wrong"), 401),
    ] {
        assert_eq!(refused(Ears::open(hall.address, path, &[header]).await), expected, "{path} {header:?}");
    }
    assert_eq!(hall.client.request("GET", &path, None).await.0, 400);
    let mut all = Vec::new();
    for _ in 0..16 {
        all.push(Ears::open(hall.address, &path, &[("client-name", "")]).await.unwrap());
    }
    assert_eq!(refused(Ears::open(hall.address, &path, &[]).await), 429);
    drop(all.pop());
    let deadline = Instant::now() + Duration::from_secs(10);
    while Ears::open(hall.address, &path, &[]).await.is_err() {
        assert!(Instant::now() < deadline, "nobody else gets the place");
    }
    hall.client.request("DELETE", &hall.client.player_path(GUILD), None).await;
    assert_eq!(all[0].closed().await, 4000);
    assert_eq!(refused(Ears::open(hall.address, &path, &[]).await), 404);
}

/// Waits until the client is told that the voice server hung up.
async fn closed(client: &mut Client) {
    while client.message().await["type"] != "WebSocketClosedEvent" {}
}

/// Says something that was never said before, and sees that it is heard.
async fn heard(voice: &VoiceServer, member: &mut Member, ears: &mut Ears) {
    static SAID: AtomicU64 = AtomicU64::new(1);
    let said = [&[0xfc][..], &SAID.fetch_add(1, Ordering::Relaxed).to_be_bytes()].concat();
    // Until the node has its socket open and knows whose stream it is.
    for _ in 0..40 {
        voice.tell(5, &member.speaking());
        voice.speak(member, &said);
        let until = tokio::time::Instant::now() + Duration::from_millis(300);
        while let Ok(got) = tokio::time::timeout_at(until, ears.got()).await {
            if got.op == 3 && got.payload == said {
                return;
            }
        }
    }
    panic!("nothing is heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_stay_through_everything_but_the_end() {
    let options = VoiceServerOptions { beat: 500, ..VoiceServerOptions::default() };
    let other = VoiceServer::start(options.clone()).await;
    let mut hall = Hall::with(options, &[&other]).await;
    let mut ears = hall.ears("?form=guildhall").await;
    let mut anna = hall.member(501, 9_001);
    heard(&hall.voice, &mut anna, &mut ears).await;
    // Another worker makes what the player plays: nothing to do with what it hears.
    hall.client.play(GUILD, "tone:440:60000").await;
    let status = hall.client.get("/v4/guildhall/status").await;
    for worker in status["workers"].as_array().unwrap() {
        let path = format!("/v4/guildhall/workers/{}", worker["id"]);
        hall.client.request("DELETE", &path, None).await;
        heard(&hall.voice, &mut anna, &mut ears).await;
    }
    // The line is cut and resumed; meanwhile the sound goes on.
    hall.voice.cut_all();
    heard(&hall.voice, &mut anna, &mut ears).await;
    // The session is forgotten and made anew: another socket and another key.
    hall.voice.forget_all();
    hall.voice.cut_all();
    assert!(hall.voice.until(|heard| heard.len() == 2 && heard[1].mode.is_some()).await);
    heard(&hall.voice, &mut anna, &mut ears).await;
    // The channel moves to another server.
    hall.voice.close_all(4014);
    closed(&mut hall.client).await;
    hall.join(&other, "another").await;
    let mut bert = Member::new(502, 9_001);
    heard(&other, &mut bert, &mut ears).await;
    // A second one comes and the first goes: it is still heard.
    let mut second = hall.ears("?form=guildhall").await;
    drop(ears);
    heard(&other, &mut bert, &mut second).await;
    hall.node.stop().await;
    assert_eq!(second.closed().await, 1001);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_go_by_the_voice_server_for_good_hears_no_more() {
    let mut hall = Hall::new(Mode::Aes256Gcm).await;
    let mut ears = hall.ears("?form=json").await;
    let mut anna = hall.member(501, 9_001);
    tone(600.0, 3).iter().for_each(|packet| hall.voice.speak(&mut anna, packet));
    assert_eq!(ears.json().await["type"], "startSpeakingEvent");
    hall.voice.close_all(4014);
    closed(&mut hall.client).await;
    let ends = ears.json().await;
    assert_eq!((&ends["type"], &ends["data"]["userId"]), (&json!("endSpeakingEvent"), &json!("501")));
    // The client has some seconds to give another.
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(ears.closed().await, 4001);
    assert!(began.elapsed() > Duration::from_secs(14), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_while_nobody_listens() {
    let hall = Hall::new(Mode::Aes256Gcm).await;
    let mut anna = hall.member(501, 9_001);
    for _ in 0..500 {
        hall.voice.speak(&mut anna, &[0xfc; 400]);
    }
    assert_eq!(hall.metric("lavalink_voice_packets_received_total").await, 0);
    let kept = kept(hall.voice.listener().unwrap().port());
    assert!(kept <= 8 * 1024, "the system keeps {kept} bytes");
    // What is old is not heard by who comes now.
    let mut ears = hall.ears("?form=guildhall").await;
    heard(&hall.voice, &mut anna, &mut ears).await;
    let received = hall.metric("lavalink_voice_packets_received_total").await;
    assert!(received < 100, "{received}");
    drop(ears);
    let deadline = Instant::now() + Duration::from_secs(10);
    while hall.metric("lavalink_voice_receivers").await > 0 {
        assert!(Instant::now() < deadline, "it is still there");
    }
    // Nobody listens any more.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let received = hall.metric("lavalink_voice_packets_received_total").await;
    for _ in 0..500 {
        hall.voice.speak(&mut anna, &[0xfc; 400]);
    }
    assert_eq!(hall.metric("lavalink_voice_packets_received_total").await, received);
    assert!(self::kept(hall.voice.listener().unwrap().port()) <= 8 * 1024);
}

/// Bytes that wait in a UDP socket, as Linux tells it.
fn kept(port: u16) -> u64 {
    let Ok(table) = std::fs::read_to_string("/proc/net/udp") else { return 0 };
    let wanted = format!(":{port:04X}");
    let line = table.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&wanted)));
    let queues = line.and_then(|line| line.split_whitespace().nth(4)).unwrap();
    u64::from_str_radix(queues.split_once(':').unwrap().1, 16).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_too_slowly_loses_the_oldest_and_is_told() {
    let hall = Hall::new(Mode::Aes256Gcm).await;
    let mut slow = hall.ears("?form=guildhall").await;
    let mut quick = hall.ears("?form=guildhall").await;
    let mut anna = hall.member(501, 9_001);
    heard(&hall.voice, &mut anna, &mut quick).await;
    let mut sent = 0;
    while hall.metric("lavalink_voice_packets_unread_total").await == 0 {
        for _ in 0..100 {
            hall.voice.speak(&mut anna, &[0xfc; 1_400]);
            let got = quick.got().await;
            sent += u64::from(got.op == 3);
        }
        assert!(sent < 50_000, "nobody is slow");
    }
    let unread = hall.metric("lavalink_voice_packets_unread_total").await;
    let (mut told, mut last) = (0, None);
    while told == 0 {
        let got = slow.got().await;
        match got.op {
            3 => last = Some(got.timestamp),
            4 => told = u64::from(u32::from_be_bytes(*got.payload.first_chunk().unwrap())),
            _ => {}
        }
    }
    assert!(told >= unread && last.is_some(), "{told} of {unread}");
    // What comes behind it is so much later.
    let next = loop {
        let got = slow.got().await;
        if got.op == 3 {
            break got;
        }
    };
    assert!(u64::from(next.timestamp.wrapping_sub(last.unwrap())) / 960 > told);
}
