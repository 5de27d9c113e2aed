//! Events that applications hear over HTTP: kept with what caused them, told until they were heard or it has become too late.

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::webhook_event::WebhookEventRow;
use serde_json::{Value, json};

use crate::App;
use crate::prelude::*;

/// Seconds until the next try: over ten minutes in all.
const PAUSES: [i64; 7] = [2, 5, 15, 40, 90, 180, 270];
/// After so many events in a row that nobody heard, no more are told.
const MOST_LOST: u32 = 5;
/// Most events that wait for one application.
const MOST_WAITING: i64 = 1000;
/// Nobody else tries what is being tried.
const CLAIM_SECONDS: i64 = 30;
/// Most that one round tells.
const ROUND: u32 = 50;

/// Numbers of `event_webhooks_status`.
pub(crate) mod status {
    /// Switched off by the owner.
    pub(crate) const OFF: u8 = 1;
    /// On.
    pub(crate) const ON: u8 = 2;
    /// Switched off here, because nobody heard.
    pub(crate) const GIVEN_UP: u8 = 3;
}

/// Has an application told of an event, if it wants to know; call [`hurry`] after the commit.
pub(crate) async fn queue(
    app: &App,
    work: &mut Work,
    application: &ApplicationRow,
    kind: &str,
    data: Value,
) -> Result<()> {
    let settings = &application.settings.0;
    let wanted = settings.event_webhooks_status == status::ON
        && settings.event_webhooks_url.is_some()
        && settings.event_webhooks_types.iter().any(|wanted| wanted == kind);
    if !wanted || store::webhook_event::count(work, application.id).await? >= MOST_WAITING {
        return Ok(());
    }
    let now = app.clock().micros();
    let body = json!({
        "version": 1,
        "application_id": application.id,
        "type": 1,
        "event": { "type": kind, "timestamp": store::timestamp(now), "data": data },
    });
    let row = WebhookEventRow {
        id: app.next_id(),
        application_id: application.id,
        body: body.to_string(),
        attempts: 0,
        due_at: now,
    };
    store::webhook_event::insert(work, &row).await?;
    Ok(())
}

/// Tells what is due now, beside the request that caused it.
pub(crate) fn hurry(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = deliver(&app).await {
            tracing::warn!(%error, "failed to tell applications of events");
        }
    });
}

/// Tells what is due. Also what was due while nobody ran.
pub async fn deliver(app: &App) -> Result<()> {
    let now = app.clock().micros();
    let due = store::webhook_event::due(&mut app.db(), now, ROUND).await?;
    let mut told = Vec::with_capacity(due.len());
    for row in due {
        if store::webhook_event::claim(&mut app.db(), &row, now + CLAIM_SECONDS * 1_000_000).await? {
            let app = app.clone();
            told.push(tokio::spawn(async move { tell(&app, row).await }));
        }
    }
    for one in told {
        match one.await {
            Ok(outcome) => outcome?,
            Err(error) => tracing::error!(%error, "failed to tell an application of an event"),
        }
    }
    Ok(())
}

async fn tell(app: &App, row: WebhookEventRow) -> Result<()> {
    let application = store::application::get(&mut app.db(), row.application_id).await?;
    let target = application.as_ref().and_then(|application| {
        let settings = &application.settings.0;
        let url = settings.event_webhooks_url.clone()?;
        (settings.event_webhooks_status == status::ON).then_some((application, url))
    });
    let Some((application, url)) = target else {
        store::webhook_event::delete(&mut app.db(), row.id).await?;
        return Ok(());
    };
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let answer = crate::endpoint::post(app, application, &url, &body, 16 * 1024).await;
    let heard = answer.as_ref().is_ok_and(|answer| answer.status.is_success());
    let pause = usize::try_from(row.attempts).ok().and_then(|tried| PAUSES.get(tried));
    if let (false, Some(pause)) = (heard, pause) {
        let due = app.clock().micros() + pause * 1_000_000;
        store::webhook_event::postpone(&mut app.db(), row.id, row.attempts + 1, due).await?;
        return Ok(());
    }
    let mut work = app.begin().await?.at(row.application_id);
    store::webhook_event::delete(&mut work, row.id).await?;
    store::application::lock(&mut work, row.application_id).await?;
    if let Some(mut application) = store::application::get(&mut work, row.application_id).await? {
        let settings = &mut application.settings.0;
        let lost = if heard { 0 } else { settings.lost_events.saturating_add(1) };
        if lost != settings.lost_events {
            settings.lost_events = lost;
            if lost >= MOST_LOST {
                settings.event_webhooks_status = status::GIVEN_UP;
                store::webhook_event::clear(&mut work, row.application_id).await?;
                tracing::warn!(application = %row.application_id, "an application hears no events: it is told none any more");
            }
            store::application::update(&mut work, &application).await?;
        }
    }
    work.commit().await
}
