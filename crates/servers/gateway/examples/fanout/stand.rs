//! A gateway with a guild of a thousand, and clients that only count.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guildhall_bus::{Bus, GuildState, MemberState};
use guildhall_gateway::backend::Cause;
use guildhall_gateway::{Account, AuthError, Backend, Gateway, MemberRequest, ReadyParts, Settings, routes};
use guildhall_wire::channel::{Channel, ChannelKind};
use guildhall_wire::guild::Guild;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::message::Message;
use guildhall_wire::role::Role;
use guildhall_wire::thread::ThreadMember;
use guildhall_wire::user::{CurrentUser, User};
use guildhall_wire::{Event, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const GUILD: u64 = 1 << 22;
const CHANNEL: u64 = 5;
const MEMBERS: u64 = 1000;
static NEXT: AtomicU64 = AtomicU64::new(1_200_000_000_000_000_000);
/// A gateway with one guild.
pub(crate) struct Stand {
    bus: Bus,
    pub(crate) gateway: Gateway<Invented>,
    address: SocketAddr,
    message: Message,
}

impl Stand {
    pub(crate) async fn new() -> Self {
        let bus = Bus::new();
        bus.load_guild(guild());
        let gateway = Gateway::new(bus.clone(), Invented, Settings::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = routes(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let message = serde_json::from_value(json!({
            "id": "7000", "channel_id": CHANNEL.to_string(), "guild_id": GUILD.to_string(),
            "author": User::new(Id::new(1), "somebody", false), "member": member(1),
            "content": "", "timestamp": joined(), "edited_timestamp": null, "tts": false,
            "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
            "reactions": [], "pinned": false, "type": 0, "flags": 0, "components": [],
        }));
        Self { bus, gateway, address, message: message.unwrap() }
    }

    pub(crate) fn say(&self, content: &str) {
        let mut message = self.message.clone();
        message.content = content.into();
        message.id = Id::new(NEXT.fetch_add(7919, Ordering::Relaxed));
        self.bus.publish([Event::MessageCreate(message).into()]);
    }

    /// A socket that has identified.
    pub(crate) async fn connect(&self, user: u64, compress: &str, status: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET /?v=10&encoding=json&compress={compress} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        while !seen.windows(4).any(|four| four == b"\r\n\r\n") {
            seen.push(socket.read_u8().await.unwrap());
        }
        let identify = format!(
            r#"{{"op":2,"d":{{"token":"{user}","properties":{{}},"presence":{{"status":"{status}","afk":false}}}}}}"#
        );
        send(&mut socket, &identify).await;
        socket
    }

    /// Many clients that only count what comes; the count after HELLO, READY and the guild is the beginning.
    pub(crate) async fn crowd(&self, receivers: u64, compress: &str) -> Arc<AtomicU64> {
        let frames = Arc::new(AtomicU64::new(0));
        for user in 1..=receivers {
            let mut socket = self.connect(user, compress, "invisible").await;
            let frames = frames.clone();
            tokio::spawn(async move {
                let mut counter = Counter::default();
                let mut space = vec![0; 64 * 1024];
                while let Ok(count) = socket.read(&mut space).await {
                    if count == 0 {
                        break;
                    }
                    frames.fetch_add(counter.count(&space[..count]), Ordering::Relaxed);
                }
            });
        }
        while frames.load(Ordering::Relaxed) < receivers * 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        frames
    }
}

/// Counts frames in a stream that may be cut anywhere.
#[derive(Default)]
struct Counter {
    head: Vec<u8>,
    rest: usize,
}

impl Counter {
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut frames = 0;
        while !bytes.is_empty() {
            if self.rest > 0 {
                let step = self.rest.min(bytes.len());
                self.rest -= step;
                bytes = &bytes[step..];
                if self.rest == 0 {
                    frames += 1;
                }
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            self.rest = match self.head.as_slice() {
                [_, short] if *short < 126 => usize::from(*short),
                [_, 126, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
                [_, 127, length @ ..] if length.len() == 8 => u64::from_be_bytes(length.try_into().unwrap()) as usize,
                _ => continue,
            };
            self.head.clear();
        }
        frames
    }
}

/// Sends a frame.
pub(crate) async fn send(socket: &mut (impl AsyncWriteExt + Unpin), text: &str) {
    let mut frame = vec![0x81];
    if text.len() < 126 {
        frame.push(0x80 | text.len() as u8);
    } else {
        frame.push(0xfe);
        frame.extend_from_slice(&(text.len() as u16).to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    socket.write_all(&frame).await.unwrap();
}

/// Everybody is somebody.
pub(crate) struct Invented;

impl Backend for Invented {
    async fn authenticate(&self, token: &str) -> Result<Account, AuthError> {
        let id: u64 = token.parse().map_err(|_| AuthError::Refused)?;
        Ok(Account {
            user: CurrentUser {
                user: User::new(Id::new(id), format!("user{id}"), false),
                mfa_enabled: false,
                locale: "en-US".into(),
                premium_type: 0,
                email: None,
                verified: true,
                bio: String::new(),
                pronouns: String::new(),
                staff: false,
            },
            application: None,
            login: id,
        })
    }

    async fn ready(&self, _account: &Account) -> Result<ReadyParts, Cause> {
        Ok(ReadyParts::default())
    }

    async fn members(&self, _guild: Id<GuildMarker>, request: MemberRequest) -> Result<Vec<Member>, Cause> {
        Ok(match request {
            MemberRequest::Ids(ids) => ids.into_iter().map(|id| member(id.get())).collect(),
            MemberRequest::All | MemberRequest::Prefix(..) => (1..=MEMBERS).map(member).collect(),
        })
    }

    async fn thread_memberships(
        &self,
        _guild: Id<GuildMarker>,
        _user: Id<UserMarker>,
    ) -> Result<Vec<ThreadMember>, Cause> {
        Ok(Vec::new())
    }
}

fn joined() -> Timestamp {
    Timestamp::from_secs(1_700_000_000).unwrap()
}

fn member(id: u64) -> Member {
    serde_json::from_value(json!({
        "user": User::new(Id::new(id), format!("user{id}"), false),
        "nick": null, "avatar": null, "banner": null, "roles": [], "joined_at": joined(), "premium_since": null,
        "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
        "avatar_decoration_data": null, "collectibles": null,
    }))
    .unwrap()
}

fn guild() -> GuildState {
    let id: Id<GuildMarker> = Id::new(GUILD);
    let everyone: Role = serde_json::from_value(json!({
        "id": GUILD.to_string(), "name": "@everyone", "permissions": "1024", "position": 0, "color": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
    }))
    .unwrap();
    let guild: Guild = serde_json::from_value(json!({
        "id": GUILD.to_string(), "name": "Guild", "icon": null, "description": null, "home_header": null,
        "splash": null, "discovery_splash": null, "banner": null, "features": [], "owner_id": "1",
        "application_id": null, "region": "local", "afk_channel_id": null, "afk_timeout": 300,
        "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
        "verification_level": 0, "roles": [], "default_message_notifications": 0, "mfa_level": 0,
        "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
        "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
        "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
        "incidents_data": null,
    }))
    .unwrap();
    let mut channel = Channel::new(Id::new(CHANNEL), ChannelKind::Text);
    channel.guild_id = Some(id);
    let state =
        MemberState { roles: Box::default(), timeout_until: None, joined_at: joined().as_micros(), limited: false };
    GuildState::new(guild, [everyone], [channel], (1..=MEMBERS).map(|user| (Id::new(user), state.clone())))
}
