//! What the gateway needs from outside: accounts, what READY says of them, members by name.

use std::error::Error;
use std::future::Future;

use guildhall_wire::channel::Channel;
use guildhall_wire::gateway::Intents;
use guildhall_wire::gateway::server::ReadyApplication;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::read_state::ReadState;
use guildhall_wire::relationship::Relationship;
use guildhall_wire::settings::{UserGuildSettings, UserSettings};
use guildhall_wire::thread::ThreadMember;
use guildhall_wire::user::CurrentUser;

/// Why something could not be looked up: for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Whose token it is.
#[derive(Clone, Debug)]
pub struct Account {
    /// Oneself.
    pub user: CurrentUser,
    /// Of bots: the application.
    pub application: Option<Application>,
    /// The login that the token belongs to: ending it ends the session.
    pub login: u64,
}

impl Account {
    /// The account's id.
    pub const fn id(&self) -> Id<UserMarker> {
        self.user.user.id
    }
}

/// The application behind a bot.
#[derive(Clone, Copy, Debug)]
pub struct Application {
    /// As READY names it.
    pub ready: ReadyApplication,
    /// The privileged intents that it was given.
    pub privileged: Intents,
    /// How many shards may identify at once.
    pub max_concurrency: u32,
}

/// Why nobody is authenticated.
#[derive(Debug)]
pub enum AuthError {
    /// No such token, or its account is suspended: 4004.
    Refused,
    /// It could not be looked up: the client may try again.
    Unavailable(Cause),
}

/// What READY says of an account. Bots have empty lists.
#[derive(Clone, Debug, Default)]
pub struct ReadyParts {
    /// Direct messages, with `recipients`.
    pub private_channels: Vec<Channel>,
    /// Friends, requests and blocks.
    pub relationships: Vec<Relationship>,
    /// How far everything was read.
    pub read_state: Vec<ReadState>,
    /// Notifications.
    pub user_guild_settings: Vec<UserGuildSettings>,
    /// Settings that follow the account.
    pub user_settings: UserSettings,
}

/// Which members are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberRequest {
    /// These, as far as they are members.
    Ids(Vec<Id<UserMarker>>),
    /// Those whose user name or nickname begins so, without regard to case.
    Prefix(String, usize),
    /// All.
    All,
}

/// Everything that is not in the bus.
pub trait Backend: Send + Sync + 'static {
    /// Finds out whose token it is; it comes without `Bot `.
    fn authenticate(&self, token: &str) -> impl Future<Output = Result<Account, AuthError>> + Send;

    /// What READY says of an account.
    fn ready(&self, account: &Account) -> impl Future<Output = Result<ReadyParts, Cause>> + Send;

    /// Members of a guild, each with `user`, in any order.
    fn members(
        &self,
        guild: Id<GuildMarker>,
        request: MemberRequest,
    ) -> impl Future<Output = Result<Vec<Member>, Cause>> + Send;

    /// A user's memberships of active threads of a guild: asked only for those who have some.
    fn thread_memberships(
        &self,
        guild: Id<GuildMarker>,
        user: Id<UserMarker>,
    ) -> impl Future<Output = Result<Vec<ThreadMember>, Cause>> + Send;
}
