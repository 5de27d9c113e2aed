//! Applications that are told over HTTP instead of the gateway: what is sent is signed with the application's key, and an
//! address is used only after it has shown that it looks at signatures.

use std::time::Duration;

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use guildhall_store::application::ApplicationRow;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use crate::App;
use crate::kernel::fetch::{Ask, Failure, Fetched, Opened};
use crate::kernel::token;
use crate::prelude::*;

/// How long an application has.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// Most bytes of an answer that says nothing but that it was heard.
const ANSWER_BYTES: usize = 16 * 1024;

/// Sends something, signed. Nothing is tried again here.
pub(crate) async fn post(
    app: &App,
    application: &ApplicationRow,
    url: &str,
    body: &Value,
    most: usize,
) -> Result<Fetched, Failure> {
    app.fetch().ask(signed(app, application, url, body, most, true)?).await
}

/// The same, for an answer that may be large: it is read as it comes.
pub(crate) async fn open(
    app: &App,
    application: &ApplicationRow,
    url: &str,
    body: &Value,
    most: usize,
) -> Result<Opened, Failure> {
    app.fetch().open(signed(app, application, url, body, most, true)?).await
}

fn signed(
    app: &App,
    application: &ApplicationRow,
    url: &str,
    body: &Value,
    most: usize,
    good: bool,
) -> Result<Ask, Failure> {
    let url = Url::parse(url).map_err(|_| Failure::Forbidden)?;
    let body = Bytes::from(body.to_string());
    let headers = sign(app, application, &body, good).map_err(|error| Failure::Unreachable(error.to_string()))?;
    Ok(Ask::post(url, headers, body, PATIENCE, most))
}

/// The headers of a body: the time, and a signature over both. One that is not good is of another key.
fn sign(app: &App, application: &ApplicationRow, body: &[u8], good: bool) -> Result<HeaderMap> {
    let secret = app.config().key.open(&format!("application {}", application.id), &application.signing_key)?;
    let secret: [u8; 32] =
        secret.try_into().map_err(|_| Error::Internal("failed to read the key of an application".into()))?;
    let key = SigningKey::from_bytes(&if good { secret } else { app.random() });
    let time = (app.clock().millis() / 1000).to_string();
    let signature = key.sign(&[time.as_bytes(), body].concat()).to_bytes();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let value = |text: &str| HeaderValue::try_from(text).map_err(|error| Error::Internal(error.to_string()));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-signature-ed25519", value(&hex)?);
    headers.insert("x-signature-timestamp", value(&time)?);
    Ok(headers)
}

/// Asks an address twice, in no order that it could know: it must answer what is signed well, and refuse what is not.
async fn probe(app: &App, application: &ApplicationRow, url: &str, ping: &Value, heard: fn(&Fetched) -> bool) -> bool {
    let [first] = app.random::<1>();
    for good in [first % 2 == 0, first % 2 == 1] {
        let answer = match signed(app, application, url, ping, ANSWER_BYTES, good) {
            Ok(ask) => app.fetch().ask(ask).await,
            Err(failure) => Err(failure),
        };
        let fits = match &answer {
            Ok(answer) if good => heard(answer),
            Ok(answer) => answer.status == StatusCode::UNAUTHORIZED,
            Err(_) => false,
        };
        if !fits {
            tracing::debug!(application = %application.id, good, ?answer, "an endpoint did not pass its test");
            return false;
        }
    }
    true
}

/// Refuses an address for interactions that does not answer a ping, or answers anybody.
pub(crate) async fn verify_interactions(app: &App, application: &ApplicationRow, url: &str) -> Result<()> {
    let ping = json!({
        "id": app.next_id::<InteractionMarker>(),
        "application_id": application.id,
        "type": 1,
        "token": token::text(&app.random::<32>()),
        "version": 1,
        "entitlements": [],
        "authorizing_integration_owners": {},
    });
    let pong = |answer: &Fetched| {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        answer.status == StatusCode::OK && body.get("type").and_then(Value::as_u64) == Some(1)
    };
    if probe(app, application, url, &ping, pong).await {
        return Ok(());
    }
    let message = "The specified interactions endpoint url could not be verified.";
    Err(Error::form("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_INVALID", message))
}

/// The same of an address for events.
pub(crate) async fn verify_events(app: &App, application: &ApplicationRow, url: &str) -> Result<()> {
    let ping = json!({ "version": 1, "application_id": application.id, "type": 0 });
    if probe(app, application, url, &ping, |answer| answer.status == StatusCode::NO_CONTENT).await {
        return Ok(());
    }
    let message = "The specified event webhooks url could not be verified.";
    Err(Error::form("event_webhooks_url", "APPLICATION_EVENT_WEBHOOKS_URL_INVALID", message))
}
