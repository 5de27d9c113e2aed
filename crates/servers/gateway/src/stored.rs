//! The [`Backend`] over the server's own tables.

use guildhall_store as store;
use guildhall_store::Db;
use guildhall_wire::gateway::Intents;
use guildhall_wire::gateway::server::ReadyApplication;
use guildhall_wire::gateway_info::SessionStartLimit;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::member::Member;
use guildhall_wire::thread::ThreadMember;

use crate::backend::{Account, Application, AuthError, Backend, Cause, MemberRequest, ReadyParts};

/// Accounts, settings and members out of the database.
pub struct Stored {
    db: Db,
    now_micros: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl Stored {
    /// Over a database, with a clock in microseconds since 1970.
    pub fn new(db: Db, now_micros: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { db, now_micros: Box::new(now_micros) }
    }
}

/// The privileged intents behind an application's flags, full or limited.
fn privileged(flags: u32) -> Intents {
    let pairs =
        [(3 << 12, Intents::GUILD_PRESENCES), (3 << 14, Intents::GUILD_MEMBERS), (3 << 18, Intents::MESSAGE_CONTENT)];
    pairs.into_iter().filter(|(bits, _)| flags & bits != 0).fold(Intents::empty(), |all, (_, intent)| all | intent)
}

impl Backend for Stored {
    async fn authenticate(&self, token: &str) -> Result<Account, AuthError> {
        let unavailable = |error: guildhall_store::Error| AuthError::Unavailable(error.into());
        let hash = store::session::hash(token);
        let found = store::session::by_token(&mut &self.db, &hash).await.map_err(unavailable)?;
        let (session, user) = found.ok_or(AuthError::Refused)?;
        if user.is_suspended((self.now_micros)()) {
            return Err(AuthError::Refused);
        }
        let application = if user.bot {
            let row = store::application::get(&mut &self.db, user.id.cast()).await.map_err(unavailable)?;
            let row = row.ok_or(AuthError::Refused)?;
            Some(Application {
                ready: ReadyApplication { id: row.id, flags: u64::from(row.flags) },
                privileged: privileged(row.flags),
                max_concurrency: SessionStartLimit::AT_ONCE,
            })
        } else {
            None
        };
        Ok(Account { user: user.current(), application, login: session.id.get() })
    }

    async fn ready(&self, account: &Account) -> Result<ReadyParts, Cause> {
        if account.application.is_some() {
            return Ok(ReadyParts::default());
        }
        let (run, id) = (&mut &self.db, account.id());
        let row = store::user::get(run, id).await?;
        Ok(ReadyParts {
            private_channels: store::channel::private_of(run, id).await?,
            relationships: store::relationship::with_users(run, id).await?,
            read_state: store::read_state::of_user(run, id).await?,
            user_guild_settings: store::settings::of_user(run, id).await?,
            user_settings: row.map(|row| row.settings.0).unwrap_or_default(),
        })
    }

    async fn members(&self, guild: Id<GuildMarker>, request: MemberRequest) -> Result<Vec<Member>, Cause> {
        let run = &mut &self.db;
        let rows = match request {
            MemberRequest::Ids(ids) => store::member::get_many(run, guild, &ids).await?,
            MemberRequest::Prefix(prefix, most) => {
                let most = u32::try_from(most).unwrap_or(u32::MAX);
                return Ok(store::member::search(run, guild, &prefix, most).await?);
            }
            MemberRequest::All => store::member::page(run, guild, 0, i32::MAX.cast_unsigned()).await?,
        };
        Ok(store::member::present(run, rows).await?)
    }

    async fn thread_memberships(
        &self,
        guild: Id<GuildMarker>,
        user: Id<UserMarker>,
    ) -> Result<Vec<ThreadMember>, Cause> {
        let rows = store::thread::of_user(&mut &self.db, guild, user).await?;
        Ok(rows.iter().map(store::thread::ThreadMemberRow::member).collect())
    }
}
