//! Interactions: people use commands, components and modals; applications answer within three seconds, and again for a
//! quarter of an hour.

mod answer;
mod callback;
mod delivery;
mod resolve;

use std::time::Duration;

use axum::extract::Request;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::interaction::InteractionRow;
use guildhall_store::message::MessageRow;
use guildhall_wire::command::{CommandSpec, OptionKind};
use guildhall_wire::component::{self, Component};
use guildhall_wire::interaction::{
    CommandData, ComponentData, FIRST_ANSWER_SECONDS, Interaction, InteractionBody, InteractionData, InteractionGuild,
    InteractionKind, InteractionOutcome, ModalData, TOKEN_SECONDS, check_options, full_name, integration_owners,
    leaves, partial_channel,
};
use serde_json::{Value, json};

use crate::kernel::access::{Place, resolve_channel};
use crate::kernel::form::{self, Uploads};
use crate::kernel::token;
use crate::prelude::*;
use resolve::Seeker;

pub(crate) use answer::Right;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/interactions", create_interaction, Need::Person)
        .limit(30, 10)
        .files()
        .merge(callback::routes())
}

/// What somebody did, ready to be told to the application.
struct Deed {
    data: InteractionData,
    /// Name of the command, with subcommands.
    name: String,
    /// Kind of the option that is typed into.
    focused: Option<OptionKind>,
    /// What holds the component.
    message: Option<MessageRow>,
    /// What the answers say of it beside who did it.
    metadata: Vec<(&'static str, Value)>,
}

async fn create_interaction(cx: Cx, request: Request) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    // The files' folder must be known before the body is read: that of the person, not of the channel.
    let (body, uploads) = form::read::<InteractionBody>(&cx.app, me.id.cast(), request).await?;
    let kind = body.kind()?;
    let channel = resolve_channel(&cx.app, me.id, body.channel_id).await?;
    crate::channel::require_open(&cx, &channel).await?;
    let application =
        store::application::get(&mut cx.db(), body.application_id).await?.ok_or(Code::UnknownApplication)?;
    let deed = match kind {
        InteractionKind::Component => component(&cx, &channel, &application, &body).await?,
        InteractionKind::Modal => modal(&cx, &channel, &application, &body, &uploads).await?,
        _ => command(&cx, &channel, &application, &body, kind, &uploads).await?,
    };
    let secret = token::text(&cx.app.random::<32>());
    let id = cx.next_id();
    let mut metadata = json!({
        "id": id,
        "type": kind.number(),
        "user": me.user(),
        "authorizing_integration_owners": integration_owners(channel.guild_id()),
    });
    if let Value::Object(fields) = &mut metadata {
        fields.extend(deed.metadata.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    let row = InteractionRow {
        id,
        application_id: application.id,
        token_hash: token::hash(&secret),
        kind: kind.number(),
        channel_id: channel.id,
        guild_id: channel.guild_id(),
        user_id: me.id,
        message_id: deed.message.as_ref().map(|message| message.id),
        answered: 0,
        response_id: None,
        nonce: body.nonce(),
        name: deed.name.clone(),
        metadata: Stored(metadata),
        focused: deed.focused.map(|kind| kind as u8),
        modal: None,
        expires_at: cx.now().saturating_add(seconds(TOKEN_SECONDS)),
    };
    let interaction = tell(&cx, &channel, &application, &row, deed, secret).await?;
    let told =
        serde_json::to_value(&interaction).map_err(|error| Error::Internal(format!("failed to tell: {error}")))?;
    let mut work = cx.begin().await?.at(channel.id);
    store::interaction::insert(&mut work, &row).await?;
    let endpoint = application.settings.0.interactions_endpoint_url.clone();
    if endpoint.is_none() {
        work.emit(Event::InteractionCreate(told.clone()).to(application.bot_id));
    }
    work.commit().await?;
    uploads.keep();
    if let Some(url) = endpoint {
        delivery::send(&cx.app, application, row.clone(), url, told);
    }
    if kind != InteractionKind::Autocomplete {
        watch(&cx, &row);
    }
    Ok(NoContent)
}

const fn seconds(count: u64) -> i64 {
    count.cast_signed().saturating_mul(1_000_000)
}

/// Whether the time for a first answer is over.
fn is_late(row: &InteractionRow, now_micros: i64) -> bool {
    row.answered == 0 && now_micros > row.expires_at.saturating_sub(seconds(TOKEN_SECONDS - FIRST_ANSWER_SECONDS))
}

/// Tells the person when nobody answers in time.
fn watch(cx: &Cx, row: &InteractionRow) {
    let (app, row) = (cx.app.clone(), row.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(FIRST_ANSWER_SECONDS)).await;
        match store::interaction::get(&mut app.db(), row.id).await {
            Ok(Some(now)) if now.answered == 0 => {
                app.bus().publish([Event::InteractionFailure(outcome(&row)).to(row.user_id)]);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "failed to look whether an interaction was answered"),
        }
    });
}

fn outcome(row: &InteractionRow) -> Value {
    serde_json::to_value(InteractionOutcome { id: row.id, nonce: row.nonce.clone() }).unwrap_or_default()
}

/// Puts complaints about a part of the body in their place.
fn nested(path: &'static str) -> impl Fn(FormErrors) -> Error {
    move |errors| {
        let wrap = |inner, key| {
            let mut outer = FormErrors::new();
            outer.nest(key, inner);
            outer
        };
        path.rsplit('.').fold(errors, wrap).into()
    }
}

/// A command, used or being typed.
async fn command(
    cx: &Cx,
    channel: &Channel,
    application: &ApplicationRow,
    body: &InteractionBody,
    kind: InteractionKind,
    uploads: &Uploads,
) -> Result<Deed> {
    let used = body.command()?;
    let row = store::command::get(&mut cx.db(), used.id).await?.ok_or(Code::UnknownCommand)?;
    let here = row.guild_id == 0 || channel.guild_id().is_some_and(|guild| guild.get() == row.guild_id);
    if row.application_id != application.id || !here {
        return Err(Code::UnknownCommand.into());
    }
    if used.version.is_some_and(|version| version.get() != row.version.get()) {
        let message = "This command is outdated, please try again in a few minutes";
        return Err(Error::form("data.version", "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION", message));
    }
    let spec: &CommandSpec = &row.body.0;
    require_use(cx, channel, application, &row).await?;
    let typing = kind == InteractionKind::Autocomplete;
    let mut options = check_options(spec, &used.options, typing).map_err(nested("data.options"))?;
    let mut seeker = Seeker::new(cx, channel, application.bot_id, Some(uploads));
    seeker.options(&spec.options, &mut options, typing).await?;
    let mut metadata = Vec::new();
    if row.kind != 1 {
        let target = used
            .target_id
            .ok_or_else(|| Error::form("data.target_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
        if row.kind == 2 {
            let user = seeker.user(target.cast()).await?.ok_or(Code::UnknownUser)?;
            metadata.push(("target_user", json!(user)));
        } else {
            channel.require(Permissions::READ_MESSAGE_HISTORY)?;
            seeker.message(target.cast()).await?;
            metadata.push(("target_message_id", json!(target)));
        }
    }
    let focused = leaves(&options).iter().find(|option| option.focused).map(|option| option.kind);
    Ok(Deed {
        name: full_name(&row.name, &options),
        focused,
        message: None,
        metadata,
        data: InteractionData::Command(CommandData {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind,
            resolved: seeker.into_resolved().into_option(),
            options,
            guild_id: Id::new_checked(row.guild_id),
            target_id: used.target_id.filter(|_| row.kind != 1),
        }),
    })
}

/// Refuses commands of applications that are not here, and commands that the person may not use.
async fn require_use(
    cx: &Cx,
    channel: &Channel,
    application: &ApplicationRow,
    row: &store::command::CommandRow,
) -> Result<()> {
    match &channel.place {
        Place::Guild(state) => {
            let here = state.is_member(application.bot_id)
                || store::integration::get(&mut cx.db(), state.id(), application.id).await?.is_some();
            if !here || !row.body.0.usable_in(0) {
                return Err(Code::UnknownIntegration.into());
            }
            let exceptions = store::command::permissions(&mut cx.db(), application.id, state.id()).await?;
            let may =
                crate::command::may_use(row, &exceptions, state, cx.user()?, &channel.channel, channel.permissions);
            if may { Ok(()) } else { Err(Code::MissingPermissions.into()) }
        }
        Place::Private(private) => {
            let context = if private.recipients.contains(&application.bot_id) { 1 } else { 2 };
            // In conversations of others a bot has no say.
            if context == 1 && row.body.0.usable_in(context) { Ok(()) } else { Err(Code::UnknownIntegration.into()) }
        }
    }
}

/// A click on a button, or a choice from a menu.
async fn component(cx: &Cx, channel: &Channel, application: &ApplicationRow, body: &InteractionBody) -> Result<Deed> {
    let used = body.component()?;
    let id =
        body.message_id.ok_or_else(|| Error::form("message_id", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let message = visible(cx, channel, id).await?.ok_or(Code::UnknownMessage)?;
    let theirs = message.author_id == application.bot_id || message.application_id == Some(application.id);
    let found = component::find(&message.extras.0.components, &used.custom_id).filter(|_| theirs);
    let Some(found) = found else {
        let text = "Component validation failed";
        return Err(Error::form("data.custom_id", "COMPONENT_VALIDATION_FAILED", text));
    };
    component::check_submission(&found, &used.values).map_err(nested("data.values"))?;
    let mut seeker = Seeker::new(cx, channel, application.bot_id, None);
    let (number, kind, values) = match &found {
        Component::Select(select) => {
            seeker.choices(select, &used.values).await?;
            (select.id, select.kind as u8, Some(used.values.clone()))
        }
        Component::Button(button) => (button.id, 2, None),
        _ => (0, 0, None),
    };
    Ok(Deed {
        name: String::new(),
        focused: None,
        metadata: vec![("interacted_message_id", json!(message.id))],
        message: Some(message),
        data: InteractionData::Component(ComponentData {
            custom_id: used.custom_id,
            component_type: kind,
            id: number,
            values,
            resolved: seeker.into_resolved().into_option(),
        }),
    })
}

/// A modal that was filled in.
async fn modal(
    cx: &Cx,
    channel: &Channel,
    application: &ApplicationRow,
    body: &InteractionBody,
    uploads: &Uploads,
) -> Result<Deed> {
    let used = body.modal()?;
    let asked = store::interaction::get(&mut cx.db(), used.id).await?.filter(|row| {
        row.user_id.get() == cx.user().map_or(0, Id::get)
            && row.application_id == body.application_id
            && row.channel_id == channel.id
            && row.expires_at > cx.now()
    });
    let asked = asked.ok_or(Code::UnknownInteraction)?;
    let modal = asked.modal.as_ref().map(|modal| &modal.0).ok_or(Code::UnknownInteraction)?;
    if modal.get("custom_id").and_then(Value::as_str) != Some(used.custom_id.as_str()) {
        return Err(Error::form("data.custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed"));
    }
    let mut components =
        component::check_modal_submission(modal, &used.components).map_err(nested("data.components"))?;
    let mut seeker = Seeker::new(cx, channel, application.bot_id, Some(uploads));
    seeker.fields(modal, &mut components).await?;
    let message = match asked.message_id {
        Some(id) => visible(cx, channel, id).await?,
        None => None,
    };
    Ok(Deed {
        name: String::new(),
        focused: None,
        metadata: vec![("triggering_interaction_metadata", asked.metadata.0.clone())],
        message,
        data: InteractionData::Modal(ModalData {
            custom_id: used.custom_id,
            components,
            resolved: seeker.into_resolved().into_option(),
        }),
    })
}

/// A message that the person sees: everybody's, or one for them alone.
async fn visible(cx: &Cx, channel: &Channel, id: Id<MessageMarker>) -> Result<Option<MessageRow>> {
    if let Some(row) = store::message::get(&mut cx.db(), channel.id, id).await? {
        return Ok(Some(row));
    }
    let me = cx.user()?;
    Ok(store::message::ephemeral(&mut cx.db(), channel.id, id).await?.filter(|row| row.visible_to == Some(me)))
}

/// What the application is told.
async fn tell(
    cx: &Cx,
    channel: &Channel,
    application: &ApplicationRow,
    row: &InteractionRow,
    deed: Deed,
    token: String,
) -> Result<Interaction> {
    let me = cx.account()?.row.clone();
    let message = match deed.message {
        Some(message) => Some(Box::new(crate::message::assemble_one(&cx.app, &mut cx.db(), message, None).await?)),
        None => None,
    };
    let (now, guild) = (cx.now(), channel.guild_id());
    let entitlements = store::entitlement::active(&mut cx.db(), application.id, me.id, guild, now).await?;
    let mut interaction = Interaction {
        id: row.id,
        application_id: application.id,
        kind: InteractionKind::from_number(row.kind).unwrap_or(InteractionKind::Ping),
        data: Some(deed.data),
        guild: None,
        guild_id: channel.guild_id(),
        channel: Some(Box::new(partial_channel(channel.channel.as_ref().clone(), channel.permissions))),
        channel_id: Some(channel.id),
        member: None,
        user: None,
        token,
        version: 1,
        message,
        app_permissions: channel.permissions,
        locale: Some(me.locale.clone()),
        guild_locale: None,
        entitlements: entitlements.iter().map(|row| json!(row.entitlement())).collect(),
        entitlement_sku_ids: entitlements.iter().map(|row| json!(row.sku_id)).collect(),
        authorizing_integration_owners: integration_owners(channel.guild_id()),
        context: Some(1),
        attachment_size_limit: cx.app.config().attachment_bytes,
    };
    match &channel.place {
        Place::Private(_) => interaction.user = Some(me.user()),
        Place::Guild(state) => {
            let found = store::member::get(&mut cx.db(), state.id(), me.id).await?.ok_or(Code::UnknownMember)?;
            let mut member = found.member(Some(me.user()));
            member.permissions = Some(channel.permissions);
            interaction.member = Some(Box::new(member));
            interaction.context = Some(0);
            interaction.app_permissions = state.permissions_in(application.bot_id, &channel.channel, cx.now());
            interaction.guild_locale = Some(state.guild.preferred_locale.clone());
            interaction.guild = Some(InteractionGuild {
                id: state.id(),
                locale: state.guild.preferred_locale.clone(),
                features: state.guild.features.clone(),
            });
        }
    }
    Ok(interaction)
}

/// Forgets what can no longer be answered, and what only one person saw of it.
pub async fn sweep(app: &crate::App) -> Result<()> {
    let oldest = floor(app.clock().millis().saturating_sub(TOKEN_SECONDS * 1000));
    let mut work = app.begin().await?;
    store::interaction::sweep(&mut work, app.clock().micros()).await?;
    for row in store::message::ephemeral_before(&mut work, oldest).await? {
        store::message::delete_ephemeral(&mut work, row.id).await?;
        work.remove_files(&row);
    }
    work.commit().await
}
