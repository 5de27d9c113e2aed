//! OAuth2: people let third parties see and do things, and add applications; third parties let people log in.
//!
//! Asking somebody is in [`authorize`], what a third party does with the answer in [`token`], and who somebody is in [`openid`].

mod authorize;
pub(crate) mod openid;
mod token;

use guildhall_store as store;
use guildhall_store::oauth2::AuthorizationRow;
use serde_json::{Value, json};

use crate::kernel::access::Bearer;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/oauth2/@me", get_my_oauth2_authorization, Need::Account)
        .scopes(&["*"])
        .get("/oauth2/tokens", list_authorizations, Need::Person)
        .delete("/oauth2/tokens/{authorization_id}", delete_authorization, Need::Person)
        .merge(authorize::routes())
        .merge(openid::routes())
        .merge(token::routes())
}

pub(crate) fn own_routes() -> Routes {
    Routes::new().post("/applications/{application_id}/secret/reset", reset_client_secret, Need::Person).limit(10, 60)
}

/// Scopes as they are kept and told.
fn join(scopes: &[String]) -> String {
    scopes.join(" ")
}

fn split(scopes: &str) -> Vec<String> {
    scopes.split_ascii_whitespace().map(str::to_owned).collect()
}

/// What a token is good for: a third party's, or a bot's own.
async fn get_my_oauth2_authorization(cx: Cx) -> Result<Json<Value>> {
    let account = cx.account()?;
    let (application, scopes, expires, user) = match account.bearer.as_deref() {
        Some(Bearer { row, scopes }) => {
            let user = account.reaches("identify").then(|| account.row.user());
            (row.application_id, scopes.clone(), json!(store::timestamp(row.expires_at)), user)
        }
        None if account.is_bot() => {
            let scopes = ["bot", "applications.commands"].map(str::to_owned).to_vec();
            // They do not end by themselves.
            (account.id().cast(), scopes, json!("9999-12-31T23:59:59.000000+00:00"), Some(account.row.user()))
        }
        None => return Err(Code::InvalidOauth2Token.into()),
    };
    let row = store::application::get(&mut cx.db(), application).await?.ok_or(Code::UnknownApplication)?;
    let mut value = json!({
        "application": crate::application::describe(&cx, &row, false).await?,
        "scopes": scopes,
        "expires": expires,
    });
    if let (Some(user), Some(fields)) = (user, value.as_object_mut()) {
        fields.insert("user".into(), json!(user));
    }
    Ok(Json(value))
}

/// What somebody lets third parties do.
async fn list_authorizations(cx: Cx) -> Result<Json<Vec<Value>>> {
    let mut list = Vec::new();
    for row in store::oauth2::of_user(&mut cx.db(), cx.user()?).await? {
        let Some(application) = store::application::get(&mut cx.db(), row.application_id).await? else { continue };
        list.push(json!({
            "id": row.id,
            "scopes": split(&row.scopes),
            "installed": row.installed,
            "application": crate::application::describe(&cx, &application, false).await?,
        }));
    }
    Ok(Json(list))
}

/// Takes it back: no token of it is good any more.
async fn delete_authorization(cx: Cx, Path((id,)): Path<(Id<GenericMarker>,)>) -> Result<NoContent> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(me);
    let row = store::oauth2::get(&mut work, id).await?.filter(|row| row.user_id == me).ok_or(Code::UnknownToken)?;
    deauthorize(&cx.app, &mut work, &row).await?;
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(NoContent)
}

/// Takes an authorization back, and tells the application.
async fn deauthorize(app: &crate::App, work: &mut Work, row: &AuthorizationRow) -> Result<()> {
    store::oauth2::delete(work, row.id).await?;
    let application = store::application::get(work, row.application_id).await?;
    if let (Some(application), Some(user)) = (application, store::user::get(work, row.user_id).await?) {
        let data = json!({ "user": user.user() });
        crate::webhook_event::queue(app, work, &application, "APPLICATION_DEAUTHORIZED", data).await?;
    }
    Ok(())
}

/// Writes that somebody lets an application do more than before.
async fn grant(
    cx: &Cx,
    work: &mut Work,
    application: Id<ApplicationMarker>,
    scopes: &[String],
    installed: bool,
) -> Result<AuthorizationRow> {
    let me = cx.user()?;
    let known = store::oauth2::of_pair(work, application, me).await?;
    let Some(mut row) = known else {
        let row = AuthorizationRow {
            id: cx.next_id(),
            application_id: application,
            user_id: me,
            scopes: join(scopes),
            installed,
        };
        store::oauth2::insert(work, &row).await?;
        return Ok(row);
    };
    let mut all = split(&row.scopes);
    all.extend_from_slice(scopes);
    all.sort_unstable();
    all.dedup();
    row.scopes = join(&all);
    row.installed |= installed;
    store::oauth2::update(work, &row).await?;
    Ok(row)
}

/// Gives an application another secret, told once.
async fn reset_client_secret(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<Json<Value>> {
    let mut work = cx.begin().await?.at(id);
    store::application::lock(&mut work, id).await?;
    let mut row = store::application::get(&mut work, id).await?.ok_or(Code::UnknownApplication)?;
    if row.owner_id != cx.user()? {
        return Err(Code::MissingAccess.into());
    }
    let secret = crate::kernel::token::text(&cx.app.random::<24>());
    row.settings.0.client_secret = Some(token::digest(&secret));
    store::application::update(&mut work, &row).await?;
    work.commit().await?;
    Ok(Json(json!({ "client_secret": secret })))
}

/// Forgets codes and tokens that are over.
pub async fn sweep(app: &crate::App) -> Result<()> {
    let mut work = app.begin().await?;
    store::oauth2::sweep(&mut work, app.clock().micros()).await?;
    work.commit().await
}
