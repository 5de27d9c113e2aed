//! `guildhall admin`: people, guilds and bots from the command line.
//!
//! A server that runs on the same data folder does it, so that it and everybody who is connected knows; else it is done on
//! the database itself.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Subcommand;
use guildhall_api::App;
use guildhall_store as store;
use guildhall_wire::Permissions;
use guildhall_wire::id::{ApplicationMarker, GuildMarker, Id};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::Config;
use crate::{lock, say};

/// How long to wait for a server that is starting or ending, or for another command.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// Accounts that are read at once.
const PAGE: u32 = 1000;

/// What `guildhall admin` does.
#[derive(Subcommand, Serialize, Deserialize)]
pub(crate) enum Action {
    /// People.
    #[command(subcommand, after_help = "Example: guildhall admin user password ada")]
    User(User),
    /// Guilds.
    #[command(subcommand, after_help = "Example: guildhall admin guild create --name Lighthouse --owner ada")]
    Guild(Guild),
    /// Bots.
    #[command(subcommand, after_help = "Example: guildhall admin bot create --owner ada --name helper")]
    Bot(Bot),
    /// What messages are found by.
    #[command(subcommand, after_help = "Example: guildhall admin search rebuild")]
    Search(Search),
}

/// What is done to people.
#[derive(Subcommand, Serialize, Deserialize)]
pub(crate) enum User {
    /// Make an account.
    #[command(after_help = "Example: guildhall admin user create --name ada --email ada@example.org")]
    Create {
        /// Account name.
        #[arg(long)]
        name: String,
        /// E-mail address.
        #[arg(long)]
        email: String,
        /// Password, 8 to 72 bytes. Without it a link is printed, good once and for a day, under which they set one.
        #[arg(long)]
        password: Option<String>,
        /// Make it an owner of the instance.
        #[arg(long)]
        owner: bool,
    },
    /// List accounts.
    #[command(after_help = "Example: guildhall admin user list --json")]
    List,
    /// Suspend an account, or lift that.
    #[command(after_help = "Example: guildhall admin user suspend ada --hours 24 --reason spam")]
    Suspend {
        /// Account name.
        name: String,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// For so many hours; without it for good.
        #[arg(long)]
        hours: Option<u32>,
        /// Lift it.
        #[arg(long)]
        lift: bool,
    },
    /// Switch the second factor of somebody off who lost it.
    #[command(after_help = "Example: guildhall admin user reset-mfa ada")]
    ResetMfa {
        /// Account name.
        name: String,
    },
    /// Print a link, good once and for a day, under which somebody sets a new password; or set it.
    #[command(after_help = "Example: guildhall admin user password ada")]
    Password {
        /// Account name.
        name: String,
        /// Set this one, 8 to 72 bytes; every login ends.
        #[arg(long)]
        password: Option<String>,
    },
}

/// What is done to guilds.
#[derive(Subcommand, Serialize, Deserialize)]
pub(crate) enum Guild {
    /// Make a guild for somebody.
    #[command(after_help = "Example: guildhall admin guild create --name Lighthouse --owner ada")]
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Account name of its owner.
        #[arg(long)]
        owner: String,
    },
    /// List guilds.
    #[command(after_help = "Example: guildhall admin guild list --json")]
    List,
}

/// What is done to bots.
#[derive(Subcommand, Serialize, Deserialize)]
pub(crate) enum Bot {
    /// Make an application with a bot; prints its id and its token.
    #[command(after_help = "Example: guildhall admin bot create --owner ada --name helper")]
    Create {
        /// Account name of its owner.
        #[arg(long)]
        owner: String,
        /// Its name.
        #[arg(long)]
        name: String,
    },
    /// Add a bot to a guild.
    #[command(after_help = "Example: guildhall admin bot add --bot 123 --guild 456 --permissions 8")]
    Add {
        /// Application id.
        #[arg(long)]
        bot: Id<ApplicationMarker>,
        /// Guild id.
        #[arg(long)]
        guild: Id<GuildMarker>,
        /// What it may do, as Discord's number.
        #[arg(long, default_value_t = 0)]
        permissions: u64,
    },
}

/// What is done to the index that messages are found by.
#[derive(Clone, Copy, Subcommand, Serialize, Deserialize)]
pub(crate) enum Search {
    /// Build it anew; until that is done, searches ask to come again later.
    #[command(after_help = "Example: guildhall admin search rebuild")]
    Rebuild,
    /// Say whether it is being built, and how far that is.
    #[command(after_help = "Example: guildhall admin search status --json")]
    Status,
}

/// Runs a `guildhall admin` command.
pub(crate) async fn act(action: Action, config: &Config, json: bool) -> anyhow::Result<()> {
    let value = done(config, action).await?;
    if json { say::line(value) } else { print(&value) }
}

/// Has it done by the server that runs on the folder, or does it where none runs. A server that is starting has the folder
/// before it listens.
async fn done(config: &Config, action: Action) -> anyhow::Result<Value> {
    let began = Instant::now();
    loop {
        if let Some(value) = crate::control::ask(config, &action).await? {
            return Ok(value);
        }
        if let Some(held) = lock::try_hold(&config.data, lock::HALL)? {
            let done = alone(config, action).await;
            drop(held);
            return done;
        }
        if began.elapsed() >= PATIENCE {
            bail!(
                "a server runs on {} and does not answer there; its log may say why. It can be done while it is stopped",
                config.data.display()
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Does it on the database, where no server runs.
async fn alone(config: &Config, action: Action) -> anyhow::Result<Value> {
    let db = crate::database::ready(config).await?;
    let mut config = config.clone();
    if config.public_url.is_empty() {
        // Where people reached it last.
        let last = crate::database::public_url(&db).await?;
        config.public_url = last.unwrap_or_else(|| format!("http://{}", crate::listen::reachable(config.listen)));
    }
    let app = crate::serve::app(&config, db.clone()).await?;
    let done = run(&app, action).await;
    db.close().await.context("failed to close the database")?;
    done
}

/// Does it.
pub(crate) async fn run(app: &App, action: Action) -> anyhow::Result<Value> {
    match action {
        Action::User(action) => user(app, action).await,
        Action::Guild(action) => guild(app, action).await,
        Action::Bot(action) => bot(app, action).await,
        Action::Search(action) => search(app, action).await,
    }
}

/// For people: one line for each thing, its fields by their names.
fn print(value: &Value) -> anyhow::Result<()> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(rows) => rows.iter().try_for_each(print),
        Value::Object(fields) => {
            let line: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
            say::line(line.join("  "))
        }
        other => say::line(text(other)),
    }
}

async fn by_name(app: &App, name: &str) -> anyhow::Result<store::user::UserRow> {
    store::user::by_username(&mut app.db(), name).await?.with_context(|| format!("there is no account {name}"))
}

async fn user(app: &App, action: User) -> anyhow::Result<Value> {
    match action {
        User::Create { name, email, password, owner } => {
            let rank = if owner { 2 } else { 0 };
            let Some(password) = password else {
                let (row, url, expires_at) =
                    guildhall_api::invite_user(app, &name, &email, rank).await.map_err(plain)?;
                return Ok(json!({ "id": row.id, "username": row.username, "url": url, "expires_at": expires_at }));
            };
            let row = guildhall_api::create_user(app, &name, &email, password, rank).await.map_err(plain)?;
            Ok(json!({ "id": row.id, "username": row.username }))
        }
        User::List => {
            let mut list = Vec::new();
            let mut last = 0;
            loop {
                let rows = store::user::page(&mut app.db(), last, PAGE).await?;
                let Some(row) = rows.last() else { return Ok(list.into()) };
                last = row.id.get();
                list.extend(rows.iter().map(|row| json!({ "id": row.id, "username": row.username, "rank": row.rank, "suspended": row.suspended })));
            }
        }
        User::Suspend { name, reason, hours, lift } => {
            let row = by_name(app, &name).await?;
            let until = hours.map(|hours| app.clock().micros() + i64::from(hours) * 3_600_000_000);
            let suspension = guildhall_api::Suspension { suspended: !lift, until, reason };
            let user = guildhall_api::suspend(app, row.id, suspension).await.map_err(plain)?;
            Ok(json!({ "id": user.id, "suspended": user.suspended, "suspended_until": user.suspended_until }))
        }
        User::ResetMfa { name } => {
            let row = by_name(app, &name).await?;
            guildhall_api::reset_mfa(app, row.id).await.map_err(plain)?;
            Ok(json!({ "id": row.id, "mfa_enabled": false }))
        }
        User::Password { name, password } => {
            let row = by_name(app, &name).await?;
            let Some(password) = password else {
                let (url, expires_at) = guildhall_api::password_link(app, row.id).await.map_err(plain)?;
                return Ok(json!({ "id": row.id, "url": url, "expires_at": expires_at }));
            };
            guildhall_api::set_password(app, row.id, password).await.map_err(plain)?;
            Ok(json!({ "id": row.id }))
        }
    }
}

async fn guild(app: &App, action: Guild) -> anyhow::Result<Value> {
    match action {
        Guild::Create { name, owner } => {
            let owner = by_name(app, &owner).await?;
            let id = guildhall_api::create_guild(app, &owner, &name).await.map_err(plain)?;
            Ok(json!({ "id": id, "name": name }))
        }
        Guild::List => {
            let rows = store::guild::all(&mut app.db()).await?;
            Ok(rows.iter().map(|row| json!({ "id": row.id, "name": row.name, "owner_id": row.owner_id })).collect())
        }
    }
}

async fn bot(app: &App, action: Bot) -> anyhow::Result<Value> {
    match action {
        Bot::Create { owner, name } => {
            let owner = by_name(app, &owner).await?;
            let (row, token) = guildhall_api::create_application(app, &owner, &name).await.map_err(plain)?;
            Ok(json!({ "application_id": row.id, "token": token }))
        }
        Bot::Add { bot, guild, permissions } => {
            if app.bus().guild(guild).is_none() {
                bail!("there is no guild {guild}");
            }
            let permissions = Permissions::from_bits_truncate(permissions);
            let new = guildhall_api::add_bot(app, guild, bot, permissions).await.map_err(plain)?;
            Ok(json!({ "application_id": bot, "guild_id": guild, "new": new }))
        }
    }
}

async fn search(app: &App, action: Search) -> anyhow::Result<Value> {
    let messages = match action {
        Search::Rebuild => Some(guildhall_api::rebuild_search(app).await.map_err(plain)?),
        Search::Status => None,
    };
    let build = store::search::build::state(&mut app.db()).await?;
    let mut said = json!({ "building": build.is_some(), "indexed": build.map(|build| build.indexed) });
    if let (Some(messages), Some(said)) = (messages, said.as_object_mut()) {
        said.insert("messages".to_owned(), json!(messages));
    }
    Ok(said)
}

/// The API's refusals in words for a terminal.
fn plain(error: guildhall_api::Error) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}
