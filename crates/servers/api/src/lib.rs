//! REST v10 and Guildhall's own REST: one file a noun.
//!
//! A route is data first ([`kernel::route`]): method, path, what it takes to be let in, handler. From that table come the
//! router, the authorisation, the rate-limit buckets, the metric labels and the parity report. A handler is four beats:
//! resolve, require, write, emit; its name is Discord's `operationId`.

mod activity;
mod admin;
mod application;
mod attachment;
mod attend;
mod auth;
mod automod;
mod ban;
pub mod boot;
mod cdn;
mod channel;
mod command;
mod crosspost;
mod discovery;
mod emoji;
mod endpoint;
mod entitlement;
mod external;
mod gateway_info;
mod guild;
mod instance;
mod integration;
mod interaction;
mod invite;
mod join_request;
mod kernel;
mod key;
mod linked_role;
mod member;
mod message;
mod mfa;
mod note;
mod oauth2;
mod onboarding;
mod openapi;
mod passkey;
mod pin;
mod poll;
mod prelude;
mod reaction;
mod read_state;
mod relationship;
mod role;
mod role_connection;
mod schedule;
mod scheduled_event;
mod search;
mod settings;
mod soundboard;
mod stage;
mod sticker;
mod template;
mod thread;
mod unfurl;
mod user;
mod voice_region;
mod warning;
mod webhook;
mod webhook_event;
mod welcome_screen;
mod widget;

use axum::Router;
use axum::response::IntoResponse;

pub use admin::{Suspension, close_suspended, suspend};
pub use application::{add as add_bot, create_for as create_application};
pub use attend::attend;
pub use auth::{create_user, invite_user, password_link, set_password};
pub use guild::create_for as create_guild;
pub use instance::setup_token;
pub use interaction::sweep as sweep_interactions;
pub use kernel::access::by_token;
pub use kernel::app::{App, Clock, Config};
pub use kernel::error::Error;
pub use kernel::route::{Need, Route, Routes};
pub use kernel::seal::Key;
pub use kernel::token;
pub use key::{accept_key, is_its_key, needs_its_key, note_key};
pub use message::sweep_turns;
pub use mfa::reset as reset_mfa;
pub use oauth2::sweep as sweep_tokens;
pub use openapi::openapi;
pub use schedule::{keep_time, run_due};
pub use search::{note_words, rebuild as rebuild_search};
pub use unfurl::unfurl;
pub use webhook_event::deliver as deliver_events;

/// Discord's routes, below `/api/v10`.
pub fn routes() -> Routes {
    Routes::new()
        .merge(activity::routes())
        .merge(application::routes())
        .merge(attachment::routes())
        .merge(auth::routes())
        .merge(automod::routes())
        .merge(ban::routes())
        .merge(channel::routes())
        .merge(command::routes())
        .merge(emoji::routes())
        .merge(entitlement::routes())
        .merge(crosspost::routes())
        .merge(discovery::routes())
        .merge(gateway_info::routes())
        .merge(guild::routes())
        .merge(integration::routes())
        .merge(interaction::routes())
        .merge(invite::routes())
        .merge(join_request::routes())
        .merge(member::routes())
        .merge(message::routes())
        .merge(note::routes())
        .merge(mfa::routes())
        .merge(oauth2::routes())
        .merge(onboarding::routes())
        .merge(pin::routes())
        .merge(poll::routes())
        .merge(reaction::routes())
        .merge(read_state::routes())
        .merge(relationship::routes())
        .merge(linked_role::routes())
        .merge(role::routes())
        .merge(role_connection::routes())
        .merge(scheduled_event::routes())
        .merge(search::routes())
        .merge(settings::routes())
        .merge(soundboard::routes())
        .merge(stage::routes())
        .merge(sticker::routes())
        .merge(template::routes())
        .merge(thread::routes())
        .merge(user::routes())
        .merge(voice_region::routes())
        .merge(webhook::routes())
        .merge(welcome_screen::routes())
        .merge(widget::routes())
}

/// Guildhall's own routes, below `/api/guildhall/v1`.
pub fn own_routes() -> Routes {
    Routes::new()
        .merge(instance::routes())
        .merge(linked_role::own_routes())
        .merge(admin::routes())
        .merge(application::own_routes())
        .merge(auth::own_routes())
        .merge(entitlement::own_routes())
        .merge(mfa::own_routes())
        .merge(oauth2::own_routes())
        .merge(openapi::own_routes())
        .merge(passkey::own_routes())
        .merge(read_state::own_routes())
        .merge(channel::own_routes())
        .merge(warning::own_routes())
}

/// Both APIs, under every version that clients ask for.
pub fn router(app: &App) -> Router {
    let unknown = || async { Error::from(guildhall_wire::Code::NotFound).into_response() };
    let discord = routes().router(app).fallback(unknown);
    Router::new()
        .nest("/api/v10", discord.clone())
        .nest("/api/v9", discord.clone())
        .nest("/api/guildhall/v1", own_routes().router(app).fallback(unknown))
        .nest("/api", discord)
        .nest("/cdn", cdn::router(app))
        .route("/.well-known/openid-configuration", axum::routing::get(oauth2::openid::discovery))
        .with_state(app.clone())
}
