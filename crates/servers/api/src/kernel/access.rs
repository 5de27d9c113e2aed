//! Who asks, and what they may: values that only this file can make.
//!
//! A handler that takes a [`Guild`] or a [`Channel`] runs only when the asker is a member who holds what the route table says.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use guildhall_bus::directory::Private;
use guildhall_bus::{ChannelPlace, GuildState};
use guildhall_rules::{hierarchy, permissions};
use guildhall_store::oauth2::TokenRow;
use guildhall_store::session::SessionRow;
use guildhall_store::user::UserRow;
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use guildhall_wire::id::{ChannelMarker, GenericMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::{Code, Permissions};
use http::request::Parts;

use super::app::App;
use super::error::{Error, Result};
use super::route::{Need, Route};
use super::token;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// The account's row, as it was when the request came.
    pub row: Arc<UserRow>,
    /// By which login, or bearer token.
    pub session: Id<GenericMarker>,
    /// What a bearer token is good for; none of logins and bots.
    pub bearer: Option<Arc<Bearer>>,
}

/// What somebody lets an application do, as its token says.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    /// The token.
    pub row: TokenRow,
    /// Its scopes.
    pub scopes: Vec<String>,
}

impl Bearer {
    /// Whether it may do that; anything for `*`.
    pub(crate) fn may(&self, scope: &str) -> bool {
        scope == "*" || self.scopes.iter().any(|held| held == scope)
    }
}

impl Account {
    /// The account.
    pub(crate) fn id(&self) -> Id<UserMarker> {
        self.row.id
    }

    /// Whether it is an application's.
    pub(crate) fn is_bot(&self) -> bool {
        self.row.bot
    }

    /// Whether it may be told what that scope is for: everybody may who is no third party.
    pub(crate) fn reaches(&self, scope: &str) -> bool {
        self.bearer.as_ref().is_none_or(|bearer| bearer.may(scope))
    }

    /// Whether it runs the instance: 1 admin, 2 owner.
    pub(crate) fn is_staff(&self) -> bool {
        self.row.rank >= 1
    }
}

/// A guild whose member asks, with what the route asks for.
#[derive(Clone, Debug)]
pub(crate) struct Guild {
    /// The guild as it was when the request came.
    pub state: Arc<GuildState>,
    /// The guild's id.
    pub id: Id<GuildMarker>,
    /// What the asker may do in the guild as a whole.
    pub permissions: Permissions,
}

/// A channel that the asker sees, with what the route asks for.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// The channel's id.
    pub id: Id<ChannelMarker>,
    /// The channel, without recipients.
    pub channel: Arc<WireChannel>,
    /// What the asker may do in it.
    pub permissions: Permissions,
    /// Its guild, or who is in the direct message.
    pub place: Place,
}

/// Where a channel is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a guild.
    Guild(Arc<GuildState>),
    /// A direct message.
    Private(Arc<Private>),
}

impl Channel {
    /// The guild's id; none in direct messages.
    pub(crate) fn guild_id(&self) -> Option<Id<GuildMarker>> {
        match &self.place {
            Place::Guild(state) => Some(state.id()),
            Place::Private(_) => None,
        }
    }

    /// The guild; refused in direct messages.
    pub(crate) fn guild(&self) -> Result<&Arc<GuildState>> {
        match &self.place {
            Place::Guild(state) => Ok(state),
            Place::Private(_) => Err(Code::CannotExecuteOnDm.into()),
        }
    }

    /// What the channel is.
    pub(crate) fn kind(&self) -> ChannelKind {
        self.channel.kind
    }

    /// Refuses who lacks a permission. What is written in a voice channel is out of reach for who could not come in.
    pub(crate) fn require(&self, needed: Permissions) -> Result<()> {
        if self.permissions.contains(needed) {
            return Ok(());
        }
        let outside = needed.intersects(permissions::WRITTEN) && !permissions::hears(self.permissions, self.kind());
        Err(if outside { Code::MissingAccess } else { Code::MissingPermissions }.into())
    }

    /// Whether somebody takes part there: is let in, and not silenced.
    pub(crate) fn takes_part(&self, user: Id<UserMarker>, now: i64) -> bool {
        let Place::Guild(state) = &self.place else { return true };
        let silenced = |until: Option<i64>| until.is_some_and(|until| until > now);
        state.members.get(&user).is_some_and(|member| !member.limited && !silenced(member.timeout_until))
            || state.permissions(user, now).contains(Permissions::ADMINISTRATOR)
    }

    /// Everybody in the direct message; nobody in guilds.
    pub(crate) fn recipients(&self) -> &[Id<UserMarker>] {
        match &self.place {
            Place::Guild(_) => &[],
            Place::Private(private) => &private.recipients,
        }
    }
}

impl Guild {
    /// Refuses who lacks a permission.
    pub(crate) fn require(&self, needed: Permissions) -> Result<()> {
        if self.permissions.contains(needed) { Ok(()) } else { Err(Code::MissingPermissions.into()) }
    }

    /// Refuses to act on oneself's equals and betters, and on the owner.
    pub(crate) fn require_above(&self, actor: Id<UserMarker>, target: Id<UserMarker>) -> Result<()> {
        let (actor, target) = (self.state.rank(actor), self.state.rank(target));
        if hierarchy::is_above(actor, target) { Ok(()) } else { Err(Code::MissingPermissions.into()) }
    }
}

/// Finds the account of a request, if it names one.
pub(crate) async fn authenticate(app: &App, parts: &Parts) -> Result<Option<Account>> {
    let Some(header) = parts.headers.get(http::header::AUTHORIZATION) else { return Ok(None) };
    let header = header.to_str().map_err(|_| Code::Unauthorized)?;
    if let Some(token) = token::of_bearer(header) {
        return Ok(Some(bearer(app, token).await?));
    }
    let token = token::of_header(header).ok_or(Code::Unauthorized)?;
    let (session, row) = by_token(app, token).await?.ok_or(Code::Unauthorized)?;
    if row.is_suspended(app.clock().micros()) {
        return Err(Error::Suspended(row.suspended_until.map(guildhall_store::timestamp)));
    }
    Ok(Some(Account { row: Arc::new(row), session: session.id, bearer: None }))
}

/// For whom a bearer token stands.
pub(crate) async fn bearer(app: &App, token: &str) -> Result<Account> {
    let now = app.clock().micros();
    let found = guildhall_store::oauth2::by_token(&mut app.db(), &token::hash(token)).await?;
    let (token, row) = found.filter(|(token, _)| token.expires_at > now).ok_or(Code::Unauthorized)?;
    if row.is_suspended(now) {
        return Err(Error::Suspended(row.suspended_until.map(guildhall_store::timestamp)));
    }
    let scopes = token.scopes.split_ascii_whitespace().map(str::to_owned).collect();
    Ok(Account { row: Arc::new(row), session: token.id, bearer: Some(Arc::new(Bearer { row: token, scopes })) })
}

/// Refuses a third party what nobody let it do.
fn require_scope(route: &Route, params: &[(&str, &str)], bearer: &Bearer) -> Result<()> {
    if route.scopes.is_empty() {
        return Err(Code::Unauthorized.into());
    }
    if !route.scopes.iter().any(|scope| bearer.may(scope)) {
        return Err(Code::MissingScope.into());
    }
    // Of other applications it sees nothing.
    let of = params.iter().find(|(name, _)| *name == "application_id").map(|(_, value)| *value);
    if of.is_some_and(|id| id != bearer.row.application_id.to_string()) {
        return Err(Code::MissingAccess.into());
    }
    Ok(())
}

/// The login and account of a token, suspended ones too.
pub async fn by_token(app: &App, token: &str) -> Result<Option<(SessionRow, UserRow)>> {
    let found = guildhall_store::session::by_token(&mut app.db(), &token::hash(token)).await?;
    if let Some((session, _)) = &found {
        touch(app, session);
    }
    Ok(found)
}

/// Notes that a login was used, at most once in five minutes and beside the request.
fn touch(app: &App, session: &SessionRow) {
    const EVERY_MICROS: i64 = 5 * 60 * 1_000_000;
    let now = app.clock().micros();
    if now - session.last_used_at < EVERY_MICROS {
        return;
    }
    let (app, id) = (app.clone(), session.id);
    tokio::spawn(async move {
        if let Err(error) = guildhall_store::session::touch(&mut app.db(), id, now).await {
            tracing::warn!(%error, "failed to note the use of a login");
        }
    });
}

/// The guild of a path, for a member.
pub(crate) fn guild(app: &App, account: &Account, id: &str) -> Result<Guild> {
    let id: Id<GuildMarker> = id.parse().map_err(|_| Code::UnknownGuild)?;
    let state = app.bus().guild(id).ok_or(Code::UnknownGuild)?;
    if !state.is_member(account.id()) {
        return Err(Code::MissingAccess.into());
    }
    let permissions = state.permissions(account.id(), app.clock().micros());
    Ok(Guild { state, id, permissions })
}

/// The channel of a path, for somebody who sees it.
pub(crate) async fn channel(app: &App, account: &Account, id: &str) -> Result<Channel> {
    let id: Id<ChannelMarker> = id.parse().map_err(|_| Code::UnknownChannel)?;
    resolve_channel(app, account.id(), id).await
}

/// The channel with that id as a user sees it; also of archived threads, which the directory does not keep.
pub(crate) async fn resolve_channel(app: &App, user: Id<UserMarker>, id: Id<ChannelMarker>) -> Result<Channel> {
    let (place, channel) = find_channel(app, id).await?;
    let state = match place {
        Place::Private(private) => {
            if !private.recipients.contains(&user) {
                return Err(Code::MissingAccess.into());
            }
            let permissions = permissions::private();
            return Ok(Channel { id, channel, permissions, place: Place::Private(private) });
        }
        Place::Guild(state) => state,
    };
    let permissions = state.permissions_in(user, &channel, app.clock().micros());
    let sees = if channel.kind == ChannelKind::PrivateThread && state.channel(id).is_none() {
        // An archived private thread is seen by those who took part and by moderators of threads.
        let member = guildhall_store::thread::is_member(&mut app.db(), id, user).await?;
        permissions.contains(Permissions::VIEW_CHANNEL) && (member || permissions.contains(Permissions::MANAGE_THREADS))
    } else {
        state.sees(user, permissions, &channel)
    };
    if sees {
        Ok(Channel { id, channel, permissions, place: Place::Guild(state) })
    } else {
        Err(Code::MissingAccess.into())
    }
}

/// The channel with that id for the bearer of a secret that was made for it, who may do there what is said.
pub(crate) async fn channel_by_secret(app: &App, id: Id<ChannelMarker>, permissions: Permissions) -> Result<Channel> {
    let (place, channel) = find_channel(app, id).await?;
    Ok(Channel { id, channel, permissions, place })
}

async fn find_channel(app: &App, id: Id<ChannelMarker>) -> Result<(Place, Arc<WireChannel>)> {
    match app.bus().channel(id) {
        Some(ChannelPlace::Guild(state, channel)) => Ok((Place::Guild(state), channel)),
        Some(ChannelPlace::Private(private)) => {
            let channel = Arc::new(private.channel.clone());
            Ok((Place::Private(private), channel))
        }
        None => {
            let row = guildhall_store::channel::get(&mut app.db(), id).await?.ok_or(Code::UnknownChannel)?;
            let guild = row.guild_id.and_then(|guild| app.bus().guild(guild)).ok_or(Code::UnknownChannel)?;
            Ok((Place::Guild(guild), Arc::new(row.channel())))
        }
    }
}

/// Lets a request in or refuses it; what it may use stands in its extensions afterwards.
pub(crate) async fn authorise(app: &App, route: &Route, params: &[(&str, &str)], parts: &mut Parts) -> Result<()> {
    let need = route.need;
    let account = if need == Need::Nobody { None } else { authenticate(app, parts).await? };
    if let Some(bearer) = account.as_ref().and_then(|account| account.bearer.as_ref()) {
        require_scope(route, params, bearer)?;
    }
    if need == Need::Nobody || need == Need::Anybody {
        if let Some(account) = account {
            parts.extensions.insert(account);
        }
        return Ok(());
    }
    let account = account.ok_or(Code::Unauthorized)?;
    match need {
        Need::Person if account.is_bot() => return Err(Code::UsersOnly.into()),
        Need::Bot if !account.is_bot() => return Err(Code::BotsOnly.into()),
        Need::Staff if !account.is_staff() => return Err(Code::MissingPermissions.into()),
        _ => {}
    }
    let param = |name: &str| params.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let can = match need {
        Need::Can(permissions) => Some(permissions),
        Need::Member => Some(Permissions::empty()),
        _ => None,
    };
    if let Some(needed) = can {
        if let Some(id) = param("channel_id") {
            let channel = channel(app, &account, id).await?;
            channel.require(needed)?;
            parts.extensions.insert(channel);
        } else if let Some(id) = param("guild_id") {
            let guild = guild(app, &account, id)?;
            guild.require(needed)?;
            parts.extensions.insert(guild);
        }
    }
    parts.extensions.insert(account);
    Ok(())
}

macro_rules! extracted {
    ($($name:ident)*) => { $(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
                // Missing only where the route table does not ask for it: a mistake of ours.
                parts.extensions.get::<Self>().cloned().ok_or_else(|| {
                    Error::Internal(format!("failed to authorise: the route gives no {}", stringify!($name)))
                })
            }
        }
    )* };
}

extracted! { Account Guild Channel }
