//! What programs inside of the client ask for: files of an application, and who plays. Nobody plays here yet, and that is said.

use axum::extract::Request;
use guildhall_store as store;
use serde_json::{Value, json};

use crate::App;
use crate::application::controlled;
use crate::kernel::form;
use crate::prelude::*;
use crate::schedule;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/applications/{application_id}/activity-instances/{instance_id}",
            applications_get_activity_instance,
            Need::Account,
        )
        .post("/applications/{application_id}/attachment", upload_application_attachment, Need::Account)
        .scopes(&["*"])
        .limit(10, 60)
        .files()
}

/// How long a file that belongs to no message stays, in microseconds.
const STAYS: i64 = 24 * 60 * 60 * 1_000_000;

/// There are no instances: nothing is played here.
async fn applications_get_activity_instance(
    cx: Cx,
    Path((id, _)): Path<(Id<ApplicationMarker>, String)>,
) -> Result<Json<Value>> {
    controlled(&cx, id).await?;
    Err(Code::NotFound.into())
}

/// Takes one file, for a day.
async fn upload_application_attachment(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    request: Request,
) -> Result<Json<Value>> {
    store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    if cx.account()?.bearer.is_none() {
        controlled(&cx, id).await?;
    }
    let (_, uploads) = form::read::<Value>(&cx.app, id.cast(), request).await?;
    let mut files = uploads.attachments(&[])?;
    let (Some(mut file), true) = (files.pop(), files.is_empty()) else {
        return Err(Error::form("file", "BASE_TYPE_REQUIRED", "One file is required"));
    };
    let mut work = cx.begin().await?.at(id);
    schedule::at(&mut work, schedule::Kind::FileEnd, &file.url, cx.now().saturating_add(STAYS)).await?;
    work.commit().await?;
    uploads.keep();
    crate::message::address(&cx.app, &mut file);
    file.ephemeral = true;
    Ok(Json(json!({ "attachment": file })))
}

/// Removes a file whose time is over.
pub(crate) async fn forget(app: &App, _: &mut Work, path: String) -> Result<()> {
    form::remove(app.blob(), vec![path]);
    Ok(())
}
