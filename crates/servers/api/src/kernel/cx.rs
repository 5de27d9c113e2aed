//! The context of a request: who asks, why, and the application.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use guildhall_db::Db;
use guildhall_wire::Code;
use guildhall_wire::FormErrors;
use guildhall_wire::audit_log::{AuditAction, AuditChange, AuditLogEntry};
use guildhall_wire::id::{Id, UserMarker};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::access::Account;
use super::app::App;
use super::error::{Error, Result};
use super::work::Work;

/// The context of a request.
#[derive(Clone, Debug)]
pub(crate) struct Cx {
    /// The application.
    pub app: App,
    /// Who asks; none where the route lets anybody in.
    account: Option<Account>,
    /// `X-Audit-Log-Reason`.
    pub reason: Option<String>,
    /// Where it came from.
    pub address: String,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Cx {
    /// For what nobody asked for over HTTP: an application that answers there where it was told.
    pub(crate) fn beside(app: &App) -> Self {
        let (address, user_agent) = (String::new(), String::new());
        Self { app: app.clone(), account: None, reason: None, address, user_agent }
    }

    /// Who asks. Present wherever the route table asks for an account.
    pub(crate) fn account(&self) -> Result<&Account> {
        self.account.as_ref().ok_or(Error::Code(Code::Unauthorized))
    }

    /// The id of who asks.
    pub(crate) fn user(&self) -> Result<Id<UserMarker>> {
        Ok(self.account()?.id())
    }

    /// For reading.
    pub(crate) fn db(&self) -> &Db {
        self.app.db()
    }

    /// Begins a unit of work.
    pub(crate) async fn begin(&self) -> Result<Work> {
        self.app.begin().await
    }

    /// Microseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.app.clock().micros()
    }

    /// A new id.
    pub(crate) fn next_id<T>(&self) -> Id<T> {
        self.app.next_id()
    }

    /// An audit entry by who asks, with the reason of the request.
    pub(crate) fn entry(&self, action: AuditAction, target: impl ToString, changes: Vec<AuditChange>) -> AuditLogEntry {
        AuditLogEntry {
            id: self.next_id(),
            user_id: self.account.as_ref().map(Account::id),
            target_id: Some(target.to_string()).filter(|target| !target.is_empty()),
            action_type: action,
            changes,
            options: None,
            reason: self.reason.clone(),
            guild_id: None,
        }
    }
}

impl FromRequestParts<App> for Cx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Self {
            app: app.clone(),
            account: parts.extensions.get::<Account>().cloned(),
            reason: reason(parts)?,
            address: address(parts, app.config().trust_proxy),
            user_agent: header(parts, "user-agent").unwrap_or_default().chars().take(200).collect(),
        })
    }
}

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The reason as UTF-8, percent-decoded, at most 512 characters.
fn reason(parts: &Parts) -> Result<Option<String>> {
    let Some(raw) = parts.headers.get("x-audit-log-reason") else { return Ok(None) };
    let raw = String::from_utf8_lossy(raw.as_bytes());
    let text = percent_decode_str(&raw).decode_utf8_lossy().replace('\0', "").trim().to_owned();
    if text.chars().count() > 512 {
        let errors = FormErrors::one("X-Audit-Log-Reason", "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.");
        return Err(errors.into());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Where a request came from: the peer, or what a trusted proxy says.
pub(crate) fn address(parts: &Parts, trust_proxy: bool) -> String {
    let forwarded = trust_proxy
        .then(|| parts.headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default()))
        .and_then(guildhall_rules::address::forwarded);
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    forwarded.or(peer).map(|address| address.to_string()).unwrap_or_default()
}
