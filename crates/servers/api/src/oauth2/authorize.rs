//! Asking somebody: `GET /oauth2/authorize` for the page that asks, `POST` for the answer.

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::oauth2::{CodeRow, TokenRow};
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::oauth2::{AuthorizeBody, AuthorizeQuery, CODE_SECONDS, ResponseKind, TOKEN_SECONDS, is_install};
use serde_json::{Value, json};

use super::{grant, join};
use crate::kernel::access::{guild, resolve_channel};
use crate::kernel::token;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/oauth2/authorize", get_authorization_question, Need::Person)
        .post("/oauth2/authorize", authorize, Need::Person)
        .limit(10, 10)
}

/// A question that may be asked.
struct Question {
    application: ApplicationRow,
    scopes: Vec<String>,
    kind: ResponseKind,
    /// Where the answer goes.
    redirect: Option<String>,
}

impl Question {
    fn asks(&self, scope: &str) -> bool {
        self.scopes.iter().any(|asked| asked == scope)
    }

    fn installs(&self) -> bool {
        self.scopes.iter().any(|scope| is_install(scope))
    }

    /// In guilds or for people: what was asked for, or what the application is made for.
    fn integration_type(&self, asked: Option<u8>) -> Result<u8> {
        let config = self.application.settings.0.integration_types_config.clone();
        let config = config.unwrap_or_else(guildhall_wire::application::IntegrationTypesConfig::guilds);
        let kind = asked.unwrap_or(u8::from(config.guild.is_none() && config.user.is_some()));
        let offered = if kind == 1 { config.user.is_some() && !self.asks("bot") } else { config.guild.is_some() };
        if self.installs() && !offered {
            let message = "The application cannot be installed there.";
            return Err(Error::form("integration_type", "OAUTH2_INVALID_INTEGRATION_TYPE", message));
        }
        Ok(kind)
    }
}

async fn question(cx: &Cx, query: &AuthorizeQuery) -> Result<Question> {
    let (scopes, kind) = query.validate()?;
    let id = query.client_id.ok_or_else(|| Error::form("client_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let application = store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    let known = &application.settings.0.redirect_uris;
    let redirect = match &query.redirect_uri {
        Some(uri) if known.contains(uri) => Some(uri.clone()),
        None if kind == ResponseKind::None => None,
        None if known.len() == 1 => known.first().cloned(),
        _ => {
            return Err(Error::form("redirect_uri", "OAUTH2_INVALID_REDIRECT_URI", "Invalid OAuth2 redirect_uri"));
        }
    };
    let question = Question { application, scopes, kind, redirect };
    if question.asks("applications.commands.update") {
        // An application gets it for itself.
        let message = "The requested scope is invalid, unknown, or malformed.";
        return Err(Error::form("scope", "OAUTH2_INVALID_SCOPE", message));
    }
    if question.installs()
        && question.application.settings.0.bot_private
        && question.application.owner_id != cx.user()?
    {
        return Err(Code::BotNotPublic.into());
    }
    Ok(question)
}

/// What the page that asks shows: who asks, for what, and where it could be added.
async fn get_authorization_question(cx: Cx, Query(query): Query<AuthorizeQuery>) -> Result<Json<Value>> {
    let question = question(&cx, &query).await?;
    let kind = question.integration_type(query.integration_type)?;
    let me = cx.account()?;
    let known = store::oauth2::of_pair(&mut cx.db(), question.application.id, me.id()).await?;
    let held = known.map(|row| super::split(&row.scopes)).unwrap_or_default();
    let application = crate::application::describe(&cx, &question.application, false).await?;
    let mut value = json!({
        "authorized": question.scopes.iter().all(|scope| held.contains(scope)),
        "application": application,
        "bot": application.get("bot"),
        "user": me.row.user(),
        "scopes": question.scopes,
        "redirect_uri": question.redirect,
        "integration_type": kind,
    });
    let places = question.asks("webhook.incoming") || (question.installs() && kind == 0);
    if let (true, Some(fields)) = (places, value.as_object_mut()) {
        let needed = if question.asks("webhook.incoming") { Permissions::empty() } else { Permissions::MANAGE_GUILD };
        let guilds = cx.app.bus().guilds_of(me.id()).into_iter().filter_map(|id| cx.app.bus().guild(id));
        let shown = guilds.filter_map(|state| {
            let permissions = state.permissions(me.id(), cx.now());
            permissions.contains(needed).then(|| {
                json!({
                    "id": state.id(),
                    "name": state.guild.name,
                    "icon": state.guild.icon,
                    "mfa_level": state.guild.mfa_level,
                    "permissions": permissions,
                    "is_member": state.is_member(question.application.bot_id),
                })
            })
        });
        fields.insert("guilds".into(), shown.collect::<Vec<_>>().into());
    }
    Ok(Json(value))
}

/// Adds what goes back to an address, behind `?` or `#`.
fn location(redirect: &str, mark: char, fields: &[(&str, Option<String>)]) -> Result<String> {
    let given: Vec<(&str, &str)> = fields.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let text =
        serde_urlencoded::to_string(given).map_err(|error| Error::Internal(format!("failed to answer: {error}")))?;
    let mark = if mark == '?' && redirect.contains('?') { '&' } else { mark };
    Ok(format!("{redirect}{mark}{text}"))
}

async fn authorize(
    cx: Cx,
    Query(query): Query<AuthorizeQuery>,
    Json(body): Json<AuthorizeBody>,
) -> Result<Json<Value>> {
    let question = question(&cx, &query).await?;
    let home = format!("{}/", cx.app.config().public_url);
    let redirect = question.redirect.clone();
    if !body.authorize.0 {
        let mark = if question.kind == ResponseKind::Token { '#' } else { '?' };
        let fields = [
            ("error", Some("access_denied".to_owned())),
            ("error_description", Some("The resource owner or authorization server denied the request".to_owned())),
            ("state", query.state.clone()),
        ];
        let to = match redirect {
            Some(redirect) => location(&redirect, mark, &fields)?,
            None => home,
        };
        return Ok(Json(json!({ "location": to })));
    }
    let kind = question.integration_type(body.integration_type.map(|kind| kind.0).or(query.integration_type))?;
    let place = if question.installs() && kind == 0 { Some(target(&cx, &body)?) } else { None };
    let webhook = if question.asks("webhook.incoming") { Some(webhook_channel(&cx, &body).await?) } else { None };
    let order: Id<GenericMarker> = match (&place, &webhook) {
        (Some(guild), _) => guild.id.cast(),
        (None, Some(channel)) => channel.id.cast(),
        (None, None) => cx.user()?.cast(),
    };
    let mut work = cx.begin().await?.at(order);
    if let Some(guild) = &place {
        install(&cx, &mut work, guild, &question, &body).await?;
    }
    let webhook = match &webhook {
        Some(channel) => Some(crate::webhook::create_for(&cx, &mut work, channel, &question.application).await?.id),
        None => None,
    };
    let installed = kind == 1 && question.installs();
    let asked: Vec<String> = question.scopes.clone();
    let fields = match question.kind {
        ResponseKind::None => {
            if installed {
                grant(&cx, &mut work, question.application.id, &asked, true).await?;
            }
            Vec::new()
        }
        ResponseKind::Code => {
            let authorization = grant(&cx, &mut work, question.application.id, &asked, installed).await?;
            let code = token::text(&cx.app.random::<24>());
            let row = CodeRow {
                id: cx.next_id(),
                authorization_id: authorization.id,
                code_hash: token::hash(&code),
                scopes: join(&asked),
                redirect_uri: query.redirect_uri.clone(),
                challenge: query.code_challenge.clone(),
                nonce: query.nonce.clone(),
                guild_id: place.as_ref().map(|guild| guild.id),
                webhook_id: webhook,
                expires_at: cx.now().saturating_add(super::token::seconds(CODE_SECONDS)),
                token_id: None,
            };
            store::oauth2::insert_code(&mut work, &row).await?;
            vec![("code", Some(code))]
        }
        ResponseKind::Token => {
            let authorization = grant(&cx, &mut work, question.application.id, &asked, installed).await?;
            let secret = token::text(&cx.app.random::<24>());
            let row = TokenRow {
                id: cx.next_id(),
                authorization_id: Some(authorization.id),
                application_id: question.application.id,
                user_id: cx.user()?,
                scopes: join(&asked),
                token_hash: token::hash(&secret),
                refresh_hash: None,
                expires_at: cx.now().saturating_add(super::token::seconds(TOKEN_SECONDS)),
            };
            store::oauth2::insert_token(&mut work, &row).await?;
            vec![
                ("token_type", Some("Bearer".to_owned())),
                ("access_token", Some(secret)),
                ("expires_in", Some(TOKEN_SECONDS.to_string())),
                ("scope", Some(row.scopes)),
            ]
        }
    };
    let mut data = json!({ "user": cx.account()?.row.user(), "scopes": question.scopes });
    if let (true, Some(told)) = (question.installs(), data.as_object_mut()) {
        told.insert("integration_type".into(), kind.into());
        if let Some(guild) = &place {
            told.insert("guild".into(), json!(guild.state.guild));
        }
    }
    crate::webhook_event::queue(&cx.app, &mut work, &question.application, "APPLICATION_AUTHORIZED", data).await?;
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    let Some(redirect) = redirect else { return Ok(Json(json!({ "location": home }))) };
    let mut fields = fields;
    fields.push(("state", query.state.clone()));
    if let Some(guild) = &place {
        fields.push(("guild_id", Some(guild.id.to_string())));
        fields.push(("permissions", Some(body.permissions.unwrap_or(Permissions::empty()).bits().to_string())));
    }
    let mark = if question.kind == ResponseKind::Token { '#' } else { '?' };
    Ok(Json(json!({ "location": location(&redirect, mark, &fields)? })))
}

/// The guild that something is added to, by somebody who may.
fn target(cx: &Cx, body: &AuthorizeBody) -> Result<Guild> {
    let id = body.guild_id.ok_or_else(|| Error::form("guild_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let guild = guild(&cx.app, cx.account()?, &id.to_string())?;
    guild.require(Permissions::MANAGE_GUILD)?;
    // Nobody gives what they do not have.
    guild.require(body.permissions.unwrap_or(Permissions::empty()))?;
    Ok(guild)
}

async fn webhook_channel(cx: &Cx, body: &AuthorizeBody) -> Result<Channel> {
    let id = body
        .webhook_channel_id
        .ok_or_else(|| Error::form("webhook_channel_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let channel = resolve_channel(&cx.app, cx.user()?, id).await?;
    channel.require(Permissions::MANAGE_WEBHOOKS)?;
    channel.guild()?;
    Ok(channel)
}

/// Adds the application to a guild: with its bot, or its commands alone.
async fn install(cx: &Cx, work: &mut Work, guild: &Guild, question: &Question, body: &AuthorizeBody) -> Result<()> {
    let (row, me) = (&question.application, cx.user()?);
    if question.asks("bot") {
        let permissions = body.permissions.unwrap_or(Permissions::empty());
        if crate::application::admit_bot(&cx.app, work, guild.id, row, permissions, Some(me)).await? {
            work.audit(guild.id, cx.entry(AuditAction::BotAdd, row.bot_id, Vec::new())).await?;
        }
    } else if crate::integration::install(work, guild.id, row, me).await? {
        work.audit(guild.id, cx.entry(AuditAction::IntegrationCreate, row.id, Vec::new())).await?;
    }
    Ok(())
}
