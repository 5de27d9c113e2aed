//! Where somebody is logged in, as staff sees and ends it.

use guildhall_bus::CloseReason;
use guildhall_store as store;
use serde_json::{Value, json};

use super::deed;
use super::user::target;
use crate::prelude::*;

pub(super) async fn list_user_sessions(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<Json<Vec<Value>>> {
    target(&cx, &mut cx.db(), id).await?;
    let rows = store::session::of_user(&mut cx.db(), id).await?;
    Ok(Json(rows.iter().map(|row| crate::auth::session_of(row, None)).collect()))
}

pub(super) async fn end_user_session(
    cx: Cx,
    Path((id, session)): Path<(Id<UserMarker>, Id<GenericMarker>)>,
) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = target(&cx, &mut work, id).await?;
    if !store::session::delete(&mut work, id, session).await? {
        return Err(Code::UnknownSession.into());
    }
    let about = json!({ "username": row.username, "ended": 1 });
    work.note(deed(&cx.app, Some(&me), "user.end_sessions", id, about)).await?;
    work.commit().await?;
    cx.app.bus().close(id, Some(session.get()), CloseReason::AuthenticationFailed);
    Ok(NoContent)
}

pub(super) async fn end_user_sessions(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    let row = target(&cx, &mut work, id).await?;
    if row.bot {
        // A bot's login is its token: its owner makes another.
        return Err(Code::UnknownSession.into());
    }
    let gone = store::session::delete_others(&mut work, id, None).await?;
    let about = json!({ "username": row.username, "ended": gone.len() });
    work.note(deed(&cx.app, Some(&me), "user.end_sessions", id, about)).await?;
    work.commit().await?;
    crate::auth::close_logins(&cx.app, id, gone);
    Ok(NoContent)
}
