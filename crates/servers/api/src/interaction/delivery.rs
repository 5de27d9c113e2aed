//! Interactions of applications that are told over HTTP: one request, whose answer is the answer.

use axum::extract::Request;
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::interaction::InteractionRow;
use http::{StatusCode, header};
use serde_json::Value;

use super::callback;
use crate::App;
use crate::kernel::fetch::Opened;
use crate::kernel::form;
use crate::prelude::*;

/// Tells an application, beside the request of the person. Whoever does not answer in time is not asked again.
pub(super) fn send(app: &App, application: ApplicationRow, row: InteractionRow, url: String, told: Value) {
    let app = app.clone();
    tokio::spawn(async move {
        let id = application.id;
        let most = form::most_bytes(app.config().attachment_bytes);
        match crate::endpoint::open(&app, &application, &url, &told, most).await {
            Ok(answer) => {
                if let Err(error) = Box::pin(take(&app, row, answer)).await {
                    tracing::debug!(%error, application = %id, "an endpoint's answer does not fit");
                }
            }
            Err(failure) => tracing::debug!(application = %id, "failed to {failure}"),
        }
    });
}

async fn take(app: &App, row: InteractionRow, answer: Opened) -> Result<()> {
    // It was heard, and the answer comes as a request of its own.
    let status = answer.status();
    if status == StatusCode::ACCEPTED || status == StatusCode::NO_CONTENT {
        return Ok(());
    }
    if status != StatusCode::OK {
        return Err(Error::Internal(format!("failed to get an answer: {status}")));
    }
    let row = store::interaction::get(&mut app.db(), row.id).await?.ok_or(Code::UnknownInteraction)?;
    if row.answered != 0 || super::is_late(&row, app.clock().micros()) {
        return Err(Code::UnknownInteraction.into());
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
    // Files in it go to the store as they come, and what is none is small: nothing is kept in memory that is large.
    let mut request = Request::new(answer.into_body());
    if let Some(kind) = kind {
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Box::pin(callback::take(&Cx::beside(app), row, request)).await?;
    Ok(())
}
