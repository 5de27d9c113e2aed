//! The first answer: `POST /interactions/{interaction_id}/{interaction_token}/callback`.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use guildhall_store as store;
use guildhall_store::interaction::InteractionRow;
use guildhall_wire::command::OptionKind;
use guildhall_wire::entitlement::flags::AVAILABLE;
use guildhall_wire::interaction::{
    Callback, CallbackAnswer, CallbackBody, CallbackInteraction, CallbackKind, CallbackResource, InteractionKind,
    ModalOpen, Suggestions,
};
use guildhall_wire::loose::Bool;
use guildhall_wire::message::{Message, MessageBody, flags};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Right, wants_one};
use crate::kernel::form::{self, Uploads};
use crate::kernel::token;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const PATH: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
    Routes::new().post(PATH, create_interaction_response, Need::Nobody).hidden_limit().files()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CallbackQuery {
    with_response: Bool,
}

async fn create_interaction_response(
    cx: Cx,
    Path((id, secret)): Path<(Id<InteractionMarker>, String)>,
    Query(query): Query<CallbackQuery>,
    request: Request,
) -> Result<Response> {
    let row = unanswered(&cx, id, &secret).await?;
    let kind = InteractionKind::from_number(row.kind).unwrap_or(InteractionKind::Ping);
    let (right, how, message) = Box::pin(take(&cx, row, request)).await?;
    if !query.with_response.0 {
        return Ok(NoContent.into_response());
    }
    let row = &right.row;
    let shown = message.as_ref().filter(|_| how != CallbackKind::DeferredUpdate);
    let interaction = CallbackInteraction {
        id: row.id,
        kind,
        response_message_id: row.response_id,
        response_message_loading: shown.map(|message| message.flags & flags::LOADING != 0),
        response_message_ephemeral: shown.map(|message| message.flags & flags::EPHEMERAL != 0),
        channel_id: Some(row.channel_id),
        guild_id: row.guild_id,
    };
    // What is deferred counts as a message of its kind already.
    let resource = message.map(|message| CallbackResource {
        kind: if how == CallbackKind::Update { how } else { CallbackKind::Message },
        message: Box::new(message),
    });
    Ok(Json(CallbackAnswer { interaction, resource }).into_response())
}

/// Takes an answer, wherever it came: in a request, or in the answer to one of ours.
pub(super) async fn take(
    cx: &Cx,
    row: InteractionRow,
    request: Request,
) -> Result<(Right, CallbackKind, Option<Message>)> {
    let (body, uploads) = form::read::<CallbackBody>(&cx.app, row.channel_id, request).await?;
    let kind = InteractionKind::from_number(row.kind).unwrap_or(InteractionKind::Ping);
    let focused = row.focused.and_then(|number| serde_json::from_value::<OptionKind>(json!(number)).ok());
    let callback = body.read(kind, row.message_id.is_some(), focused)?;
    let mut right = Right::of(cx, row).await?;
    let (how, message) = Box::pin(answer(cx, &mut right, callback, uploads)).await?;
    Ok((right, how, message))
}

/// The interaction of an address, if it may still be answered for the first time.
async fn unanswered(cx: &Cx, id: Id<InteractionMarker>, secret: &str) -> Result<InteractionRow> {
    let found = store::interaction::get(&mut cx.db(), id).await?;
    let found = found.filter(|row| row.token_hash == token::hash(secret) && row.expires_at > cx.now());
    let row = found.ok_or(Code::UnknownInteraction)?;
    if row.answered != 0 {
        return Err(Code::InteractionAcknowledged.into());
    }
    if super::is_late(&row, cx.now()) {
        return Err(Code::UnknownInteraction.into());
    }
    Ok(row)
}

async fn answer(
    cx: &Cx,
    right: &mut Right,
    callback: Callback,
    uploads: Uploads,
) -> Result<(CallbackKind, Option<Message>)> {
    let how = callback.kind();
    let writes = matches!(
        how,
        CallbackKind::Message | CallbackKind::DeferredMessage | CallbackKind::Update | CallbackKind::PremiumRequired
    );
    if writes {
        crate::channel::require_writable(cx, &right.channel).await?;
    }
    let mut work = cx.begin().await?.at(right.channel.id);
    let user = right.row.user_id;
    let mut modal = None;
    let mut message = None;
    match callback {
        Callback::Pong | Callback::DeferredUpdate => {}
        Callback::Message(body) => {
            let row = right.new_message(cx, wants_one(&body), None);
            message = Some(right.send(cx, &mut work, row, &body, &uploads).await?);
        }
        Callback::DeferredMessage(ephemeral) => {
            let mut row = right.new_message(cx, ephemeral, None);
            row.flags |= flags::LOADING;
            message = Some(right.write(cx, &mut work, row).await?);
        }
        Callback::Update(body) => {
            right.row.response_id = right.row.message_id;
            message = Some(right.change(cx, &mut work, right.row.message_id, *body, &uploads).await?);
        }
        Callback::Autocomplete(choices) => {
            let nonce = right.row.nonce.clone();
            let told = Suggestions { choices, nonce, application_id: right.application.id };
            work.emit(Event::AutocompleteResponse(value(&told)?).to(user));
        }
        Callback::PremiumRequired => {
            let body = upsell(&mut work, right.application.id).await?;
            let row = right.new_message(cx, true, None);
            message = Some(right.send(cx, &mut work, row, &body, &uploads).await?);
        }
        Callback::Modal(form) => {
            work.emit(Event::InteractionModalCreate(value(&open(right, &form))?).to(user));
            modal = Some(form);
        }
    }
    let response = match how {
        CallbackKind::DeferredUpdate => right.row.message_id,
        _ => message.as_ref().map(|message| message.id),
    };
    right.note(&mut work, how, response, modal).await?;
    if !matches!(how, CallbackKind::Autocomplete | CallbackKind::Modal) {
        work.emit(Event::InteractionSuccess(super::outcome(&right.row)).to(user));
    }
    work.commit().await?;
    uploads.keep();
    Ok((how, message))
}

/// What there is to have of an application, as buttons.
async fn upsell(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<MessageBody> {
    let skus = store::entitlement::skus(run, application).await?;
    let buttons = skus.iter().filter(|sku| sku.flags & AVAILABLE != 0).take(5);
    let buttons: Vec<_> = buttons.map(|sku| json!({ "type": 2, "style": 6, "sku_id": sku.id })).collect();
    if buttons.is_empty() {
        return Err(Error::form("type", "BASE_TYPE_CHOICES", "The application sells nothing."));
    }
    let body = json!({
        "content": "This takes something that you do not have.",
        "flags": flags::EPHEMERAL,
        "components": [{ "type": 1, "components": buttons }],
    });
    serde_json::from_value(body).map_err(|error| Error::Internal(format!("failed to write a message: {error}")))
}

fn open(right: &Right, form: &Value) -> ModalOpen {
    let text = |field: &str| form.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let application = &right.application;
    ModalOpen {
        id: right.row.id,
        nonce: right.row.nonce.clone(),
        application: json!({ "id": application.id, "name": application.name, "icon": application.icon }),
        channel_id: right.row.channel_id,
        custom_id: text("custom_id"),
        title: text("title"),
        components: form.get("components").and_then(Value::as_array).cloned().unwrap_or_default(),
    }
}

fn value(told: &impl Serialize) -> Result<Value> {
    serde_json::to_value(told).map_err(|error| Error::Internal(format!("failed to tell: {error}")))
}
