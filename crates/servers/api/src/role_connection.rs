//! Linked roles: the fields of an application, and what it says of oneself.

use guildhall_store as store;
use guildhall_wire::role_connection::{
    RoleConnection, RoleConnectionBody, RoleConnectionField, RoleConnectionFieldBody, validate,
};

use crate::application::controlled;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const FIELDS: &str = "/applications/{application_id}/role-connections/metadata";
    const OWN: &str = "/users/@me/applications/{application_id}/role-connection";
    Routes::new()
        .get(FIELDS, get_application_role_connections_metadata, Need::Account)
        .put(FIELDS, update_application_role_connections_metadata, Need::Account)
        .get(OWN, get_application_user_role_connection, Need::Person)
        .scopes(&["role_connections.write"])
        .put(OWN, update_application_user_role_connection, Need::Person)
        .scopes(&["role_connections.write"])
        .delete(OWN, delete_application_user_role_connection, Need::Person)
        .scopes(&["role_connections.write"])
}

type Of = Path<(Id<ApplicationMarker>,)>;

async fn get_application_role_connections_metadata(cx: Cx, Path((id,)): Of) -> Result<Json<Vec<RoleConnectionField>>> {
    Ok(Json(controlled(&cx, id).await?.settings.0.role_connections))
}

async fn update_application_role_connections_metadata(
    cx: Cx,
    Path((id,)): Of,
    Json(body): Json<Option<Vec<RoleConnectionFieldBody>>>,
) -> Result<Json<Vec<RoleConnectionField>>> {
    controlled(&cx, id).await?;
    let fields = validate(body.unwrap_or_default())?;
    let mut work = cx.begin().await?.at(id);
    store::application::lock(&mut work, id).await?;
    let mut row = store::application::get(&mut work, id).await?.ok_or(Code::UnknownApplication)?;
    row.settings.0.role_connections.clone_from(&fields);
    store::application::update(&mut work, &row).await?;
    work.commit().await?;
    Ok(Json(fields))
}

/// The fields of an application that is there.
async fn fields(run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<Vec<RoleConnectionField>> {
    Ok(store::application::get(run, id).await?.ok_or(Code::UnknownApplication)?.settings.0.role_connections)
}

async fn get_application_user_role_connection(cx: Cx, Path((id,)): Of) -> Result<Json<RoleConnection>> {
    fields(&mut cx.db(), id).await?;
    let row = store::role_connection::get(&mut cx.db(), id, cx.user()?).await?;
    Ok(Json(row.map(store::role_connection::RoleConnectionRow::connection).unwrap_or_default()))
}

async fn update_application_user_role_connection(
    cx: Cx,
    Path((id,)): Of,
    Json(body): Json<RoleConnectionBody>,
) -> Result<Json<RoleConnection>> {
    // Only the application itself says what it knows of somebody.
    if cx.account()?.bearer.is_none() {
        return Err(Code::InvalidOauth2Token.into());
    }
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(me);
    let fields = fields(&mut work, id).await?;
    let row = store::role_connection::get(&mut work, id, me).await?;
    let mut connection = row.map(store::role_connection::RoleConnectionRow::connection).unwrap_or_default();
    body.apply(&mut connection, &fields)?;
    store::role_connection::set(&mut work, id, me, &connection).await?;
    crate::linked_role::follow(&cx, &mut work, me).await?;
    work.commit().await?;
    Ok(Json(connection))
}

async fn delete_application_user_role_connection(cx: Cx, Path((id,)): Of) -> Result<NoContent> {
    fields(&mut cx.db(), id).await?;
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(me);
    if store::role_connection::delete(&mut work, id, me).await? {
        crate::linked_role::follow(&cx, &mut work, me).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}
