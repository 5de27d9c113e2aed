//! A client that speaks JSON frames and knows the three ways they may be compressed.

use std::io::Read;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use zstd::stream::raw::{InBuffer, Operation, OutBuffer};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

enum Inflate {
    /// Binary frames are zlib by themselves.
    Payload,
    Zlib(flate2::Decompress),
    Zstd(zstd::stream::raw::Decoder<'static>),
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inflate: Inflate,
    /// Last sequence number.
    pub(crate) sequence: u64,
    pub(crate) session_id: String,
    /// Frames that came as binary.
    pub(crate) binary: usize,
}

impl Client {
    /// Connects and takes HELLO.
    pub(crate) async fn connect(url: &str) -> Self {
        let mut client = Self::open(url).await;
        let hello = client.frame().await;
        assert_eq!((&hello["op"], &hello["d"]["heartbeat_interval"]), (&10.into(), &41_250.into()));
        client
    }

    /// Connects.
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, response) = tokio_tungstenite::connect_async(url).await.unwrap();
        assert!(!response.headers().contains_key("sec-websocket-extensions"));
        Self {
            socket,
            inflate: if url.contains("zlib-stream") {
                Inflate::Zlib(flate2::Decompress::new(true))
            } else if url.contains("zstd-stream") {
                Inflate::Zstd(zstd::stream::raw::Decoder::new().unwrap())
            } else {
                Inflate::Payload
            },
            sequence: 0,
            session_id: String::new(),
            binary: 0,
        }
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.unwrap();
    }

    /// The next frame, or the close code.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server is silent");
            let text = match message {
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Binary(bytes))) => {
                    self.binary += 1;
                    self.inflate(&bytes)
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Err(None),
            };
            let frame: Value = serde_json::from_slice(&text).expect("a frame of JSON");
            if let Some(sequence) = frame["s"].as_u64() {
                self.sequence = sequence;
            }
            return Ok(frame);
        }
    }

    fn inflate(&mut self, bytes: &[u8]) -> Vec<u8> {
        match &mut self.inflate {
            Inflate::Payload => {
                let mut text = Vec::new();
                flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut text).unwrap();
                text
            }
            Inflate::Zlib(context) => {
                assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
                let mut text = Vec::with_capacity(1 << 20);
                context.decompress_vec(bytes, &mut text, flate2::FlushDecompress::Sync).unwrap();
                text
            }
            Inflate::Zstd(context) => {
                let mut text = vec![0; 1 << 20];
                let mut input = InBuffer::around(bytes);
                let mut output = OutBuffer::around(text.as_mut_slice());
                while input.pos() < bytes.len() {
                    context.run(&mut input, &mut output).unwrap();
                }
                output.as_slice().to_vec()
            }
        }
    }

    /// The next frame, which must be one.
    pub(crate) async fn frame(&mut self) -> Value {
        self.next().await.unwrap_or_else(|code| panic!("closed with {code:?}"))
    }

    /// The next event of that name; what comes at any time is passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["t"] == name {
                return frame["d"].clone();
            }
            let passing = ["PRESENCE_UPDATE", "SESSIONS_REPLACE"];
            assert!(passing.iter().any(|passing| frame["t"] == *passing), "expected {name}, not {frame}");
        }
    }

    /// The code that the server closes with; frames before it are passed over.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// IDENTIFY with READY and one guild.
    pub(crate) async fn identify(&mut self, token: &str, more: &str) -> (Value, Value) {
        self.send(&format!(
            r#"{{"op":2,"d":{{"token":"{token}","properties":{{"os":"linux","browser":"test","device":"test"}}{more}}}}}"#
        ))
        .await;
        let ready = self.event("READY").await;
        self.session_id = ready["session_id"].as_str().unwrap().into();
        let guild = self.event("GUILD_CREATE").await;
        (ready, guild)
    }

    /// RESUME, without waiting for what comes of it.
    pub(crate) async fn resume(&mut self, token: &str, session: &str, sequence: u64) {
        self.send(&format!(r#"{{"op":6,"d":{{"token":"{token}","session_id":"{session}","seq":{sequence}}}}}"#)).await;
    }

    /// Says goodbye for good.
    pub(crate) async fn leave(&mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        self.socket.close(Some(frame)).await.unwrap();
    }

    /// Drops the connection without a word.
    pub(crate) fn cut(self) -> (String, u64) {
        (self.session_id, self.sequence)
    }

    /// Waits until the session has done everything before this.
    pub(crate) async fn settle(&mut self) {
        self.send(r#"{"op":1,"d":null}"#).await;
        loop {
            if self.frame().await["op"] == 11 {
                return;
            }
        }
    }
}
