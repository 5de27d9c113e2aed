//! A gateway on port 0 with one guild.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guildhall_bus::{Bus, GuildState, MemberState};
use guildhall_gateway::backend::Cause;
use guildhall_gateway::{
    Account, Application, AuthError, Backend, Gateway, MemberRequest, ReadyParts, Settings, routes,
};
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite, OverwriteKind};
use guildhall_wire::gateway::Intents;
use guildhall_wire::gateway::server::ReadyApplication;
use guildhall_wire::guild::Guild;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::message::Message;
use guildhall_wire::role::{Role, RoleColors};
use guildhall_wire::thread::ThreadMember;
use guildhall_wire::user::{CurrentUser, User};
use guildhall_wire::{Event, Patch, Permissions, Timestamp};

use crate::client::Client;

/// The guild that everybody is in.
pub(crate) const GUILD: u64 = 4 << 22;
/// Its text channel.
pub(crate) const TEXT: u64 = 100;
/// A channel that only the owner sees.
pub(crate) const SECRET: u64 = 101;
/// Its voice channel, for two.
pub(crate) const VOICE: u64 = 102;
/// Its owner, a person.
pub(crate) const OWNER: u64 = 1;
/// Users below are people, others bots.
pub(crate) const BOTS: u64 = 500;

pub(crate) struct Rig {
    pub(crate) bus: Bus,
    pub(crate) gateway: Gateway<Invented>,
    pub(crate) address: SocketAddr,
    /// Most members that were looked up at once.
    pub(crate) most: Arc<AtomicUsize>,
}

impl Rig {
    /// With members 1 … 10 and 501 … 510.
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default(), 10).await
    }

    pub(crate) async fn with(settings: Settings, members: u64) -> Self {
        Self::over(Bus::new(), settings, members).await
    }

    pub(crate) async fn over(bus: Bus, settings: Settings, members: u64) -> Self {
        bus.load_guild(guild(members));
        let most = Arc::new(AtomicUsize::new(0));
        let gateway = Gateway::new(bus.clone(), Invented { members, most: most.clone() }, settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = routes(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { bus, gateway, address, most }
    }

    pub(crate) async fn connect(&self, query: &str) -> Client {
        Client::connect(&format!("ws://{}/?{query}", self.address)).await
    }

    /// A person who is through with READY and its guild.
    pub(crate) async fn person(&self, user: u64) -> Client {
        let mut client = self.connect("v=10&encoding=json").await;
        client.identify(&token(user), "").await;
        client
    }

    /// A bot that is through with READY and its guild.
    pub(crate) async fn bot(&self, user: u64, intents: Intents) -> Client {
        let mut client = self.connect("v=10&encoding=json").await;
        client.identify(&token(user), &format!(r#","intents":{}"#, intents.bits())).await;
        client
    }

    /// Somebody writes into a channel.
    pub(crate) fn say(&self, channel: u64, author: u64, content: &str) {
        self.bus.publish([Event::MessageCreate(message(channel, author, content)).into()]);
    }
}

/// `base64(id).x.y`, as clients check; here only the first part means something.
pub(crate) fn token(user: u64) -> String {
    format!("{user}.x.y")
}

/// The token of another login of the same user.
pub(crate) fn other_token(user: u64) -> String {
    format!("{user}.x.z")
}

/// Whose token it is, and of which login.
fn login_of(token: &str) -> Option<(u64, u64)> {
    let (user, login) = match token.strip_suffix(".x.y") {
        Some(user) => (user, 0),
        None => (token.strip_suffix(".x.z")?, 1),
    };
    let user: u64 = user.parse().ok()?;
    Some((user, user * 10 + login))
}

pub(crate) struct Invented {
    members: u64,
    /// Most members that were asked for at once.
    most: Arc<AtomicUsize>,
}

impl Backend for Invented {
    async fn authenticate(&self, token: &str) -> Result<Account, AuthError> {
        let (id, login) = login_of(token).ok_or(AuthError::Refused)?;
        let bot = id > BOTS;
        Ok(Account {
            user: CurrentUser {
                user: User::new(Id::new(id), format!("user{id}"), bot),
                mfa_enabled: false,
                locale: "en-US".into(),
                premium_type: 0,
                email: None,
                verified: true,
                bio: String::new(),
                pronouns: String::new(),
                staff: false,
            },
            application: bot.then(|| Application {
                ready: ReadyApplication { id: Id::new(id), flags: 0 },
                privileged: if id == BOTS + 1 { Intents::empty() } else { Intents::all() },
                max_concurrency: 1,
            }),
            login,
        })
    }

    async fn ready(&self, account: &Account) -> Result<ReadyParts, Cause> {
        let mut parts = ReadyParts::default();
        if account.application.is_none() {
            let mut dm = Channel::new(Id::new(900), ChannelKind::Dm);
            dm.recipients = Some(vec![User::new(Id::new(2), "user2", false)]);
            dm.last_message_id = Patch::Null;
            parts.private_channels.push(dm);
        }
        Ok(parts)
    }

    async fn members(&self, _guild: Id<GuildMarker>, request: MemberRequest) -> Result<Vec<Member>, Cause> {
        let all = ids(self.members).map(member);
        let found: Vec<Member> = match request {
            MemberRequest::All => all.collect(),
            MemberRequest::Ids(ids) => all.filter(|member| ids.contains(&member.user.as_ref().unwrap().id)).collect(),
            MemberRequest::Prefix(prefix, limit) => all
                .filter(|member| member.user.as_ref().unwrap().username.starts_with(&prefix.to_lowercase()))
                .take(limit)
                .collect(),
        };
        self.most.fetch_max(found.len(), Ordering::Relaxed);
        Ok(found)
    }

    async fn thread_memberships(
        &self,
        _guild: Id<GuildMarker>,
        _user: Id<UserMarker>,
    ) -> Result<Vec<ThreadMember>, Cause> {
        Ok(Vec::new())
    }
}

fn ids(members: u64) -> impl Iterator<Item = u64> {
    let bots = BOTS + 1..=BOTS + 10;
    let people = (1..=members).filter({
        let bots = bots.clone();
        move |id| !bots.contains(id)
    });
    people.chain(bots)
}

fn member(id: u64) -> Member {
    Member {
        user: Some(User::new(Id::new(id), format!("user{id}"), id > BOTS)),
        nick: None,
        avatar: None,
        banner: None,
        roles: vec![],
        joined_at: joined(),
        premium_since: None,
        deaf: false,
        mute: false,
        flags: 0,
        pending: false,
        communication_disabled_until: None,
        avatar_decoration_data: None,
        collectibles: None,
        permissions: None,
    }
}

fn joined() -> Timestamp {
    Timestamp::from_secs(1_700_000_000).unwrap()
}

fn guild(members: u64) -> GuildState {
    let id: Id<GuildMarker> = Id::new(GUILD);
    let everyone = Role {
        id: id.cast(),
        name: "@everyone".into(),
        permissions: Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::CONNECT,
        position: 0,
        color: 0,
        colors: RoleColors::default(),
        hoist: false,
        managed: false,
        mentionable: false,
        icon: None,
        unicode_emoji: None,
        tags: None,
        flags: 0,
    };
    let channel = |number: u64, kind: ChannelKind, name: &str| {
        let mut channel = Channel::new(Id::new(number), kind);
        channel.guild_id = Some(id);
        channel.name = Patch::Value(name.into());
        channel.position = Some(i32::try_from(number).unwrap());
        channel.permission_overwrites = Some(vec![]);
        channel.parent_id = Patch::Null;
        channel.nsfw = Some(false);
        channel
    };
    let mut secret = channel(SECRET, ChannelKind::Text, "secret");
    secret.permission_overwrites = Some(vec![Overwrite {
        id: id.cast(),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::VIEW_CHANNEL,
    }]);
    let mut voice = channel(VOICE, ChannelKind::Voice, "voice");
    voice.bitrate = Some(64_000);
    voice.user_limit = Some(2);
    let state =
        MemberState { roles: Box::default(), timeout_until: None, joined_at: joined().as_micros(), limited: false };
    GuildState::new(
        bare_guild(id),
        [everyone],
        [channel(TEXT, ChannelKind::Text, "general"), secret, voice],
        ids(members).map(|user| (Id::new(user), state.clone())),
    )
}

pub(crate) fn bare_guild(id: Id<GuildMarker>) -> Guild {
    Guild {
        id,
        name: "Guild".into(),
        icon: None,
        description: None,
        home_header: None,
        splash: None,
        discovery_splash: None,
        banner: None,
        features: vec![],
        owner_id: Id::new(OWNER),
        application_id: None,
        region: "local".into(),
        afk_channel_id: None,
        afk_timeout: 300,
        system_channel_id: None,
        system_channel_flags: 0,
        widget_enabled: false,
        widget_channel_id: None,
        verification_level: 0,
        roles: vec![],
        default_message_notifications: 0,
        mfa_level: 0,
        explicit_content_filter: 0,
        max_presences: None,
        max_members: 500_000,
        max_stage_video_channel_users: 50,
        max_video_channel_users: 25,
        vanity_url_code: None,
        premium_tier: 0,
        premium_subscription_count: 0,
        preferred_locale: "en-US".into(),
        rules_channel_id: None,
        safety_alerts_channel_id: None,
        public_updates_channel_id: None,
        premium_progress_bar_enabled: false,
        nsfw: false,
        nsfw_level: 0,
        emojis: vec![],
        stickers: vec![],
        incidents_data: None,
        approximate_member_count: None,
        approximate_presence_count: None,
    }
}

pub(crate) fn message(channel: u64, author: u64, content: &str) -> Message {
    serde_json::from_value(serde_json::json!({
        "id": "7000", "channel_id": channel.to_string(), "guild_id": GUILD.to_string(),
        "author": User::new(Id::new(author), format!("user{author}"), false),
        "content": content, "timestamp": joined(), "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "reactions": [], "pinned": false, "type": 0, "flags": 0, "components": [],
    }))
    .expect("a message")
}
