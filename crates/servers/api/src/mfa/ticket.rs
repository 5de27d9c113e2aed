//! Tickets: what a client shows to go on with a second step.

use guildhall_store as store;
use guildhall_store::ticket::TicketRow;

use crate::kernel::token;
use crate::prelude::*;

/// How often one ticket may be tried.
const MOST: i64 = 5;

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// A login whose password was right.
    Login,
    /// A passkey that is being made.
    PasskeyRegistration,
    /// A login with nothing but a passkey.
    PasskeyLogin,
    /// A new password for somebody who forgot theirs.
    Password,
}

impl Ticket {
    /// As it is kept.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::PasskeyRegistration => "passkey registration",
            Self::PasskeyLogin => "passkey login",
            Self::Password => "password",
        }
    }

    /// A new ticket. Only its hash is kept.
    pub(crate) async fn issue(
        self,
        cx: &Cx,
        user: Option<Id<UserMarker>>,
        state: String,
        minutes: i64,
    ) -> Result<String> {
        let mut work = cx.begin().await?;
        let text = self.insert(&cx.app, &mut work, user, state, minutes).await?;
        work.commit().await?;
        Ok(text)
    }

    /// The same as part of a greater work.
    pub(crate) async fn insert(
        self,
        app: &crate::App,
        work: &mut Work,
        user: Option<Id<UserMarker>>,
        state: String,
        minutes: i64,
    ) -> Result<String> {
        let text = token::text(&app.random::<24>());
        let now = app.clock().micros();
        let row = TicketRow {
            hash: token::hash(&text),
            kind: self.name().to_owned(),
            user_id: user,
            state,
            attempts: 0,
            expires_at: now + minutes * 60_000_000,
        };
        store::ticket::insert(work, &row, now).await?;
        Ok(text)
    }

    /// Counts a try, whatever becomes of it, and gives the ticket.
    pub(crate) async fn attempt(self, cx: &Cx, text: &str) -> Result<TicketRow> {
        let mut work = cx.begin().await?;
        let row = store::ticket::attempt(&mut work, &token::hash(text), self.name(), cx.now(), MOST).await?;
        work.commit().await?;
        row.ok_or(Error::Code(Code::InvalidMfaTicket))
    }

    /// Uses a ticket up: whoever comes second finds none.
    pub(crate) async fn take(self, work: &mut Work, text: &str) -> Result<()> {
        if store::ticket::take(work, &token::hash(text)).await? { Ok(()) } else { Err(Code::InvalidMfaTicket.into()) }
    }
}
