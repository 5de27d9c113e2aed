//! `guildhall node`: an audio node that any bot may use that speaks Lavalink. It needs nothing of the hall.

mod config;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use guildhall_lavalink::voice::{Discord, DiscordSettings};
use guildhall_lavalink::{ADDRESS, Join, MIGRATIONS, Node, Settings, TOKEN, Target, join, router, work};

use crate::config::{Problem, Secret};
use crate::stop::Stop;
use crate::{listen, lock, logging, say};
pub(crate) use config::NODE;
use config::{Config, EXAMPLE};

/// Threads for what waits: requests, sockets, the bytes of tracks on their way. Sound is made by threads of its own. One for every
/// four processors is enough: others would be woken up for each bit of work, and find out that it is done.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| (processors.get() / 4).clamp(1, 4))
}

/// What `guildhall node` is told; flags win over the environment, the environment over the file.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// What clients must say. Better given by the file or by GUILDHALL_NODE_PASSWORD: others see the arguments of a program.
    #[arg(long, value_name = "PASSWORD", env = "GUILDHALL_NODE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// What workers of other hosts and their node know. Better given by the file or by GUILDHALL_NODE_WORKER_KEY.
    #[arg(long, value_name = "KEY", env = "GUILDHALL_NODE_WORKER_KEY", hide_env_values = true)]
    worker_key: Option<String>,
}

/// What else it does.
#[derive(Subcommand)]
enum Action {
    /// Print an example with every setting, its meaning and its default.
    #[command(after_help = "Example: guildhall node example > node.toml")]
    Example,
    /// Check the settings that a node would start with.
    #[command(after_help = "Example: guildhall node check --config node.toml")]
    Check,
    /// Work for a node on another host: make the sound of some of its players, for as long as this runs.
    #[command(
        after_help = "Example: GUILDHALL_NODE_WORKER_KEY=… guildhall node worker --join 10.0.0.1:2334 --config worker.toml"
    )]
    Worker {
        /// Where its workers_listen is. Nodes start processes of their own without that.
        #[arg(long, value_name = "HOST:PORT")]
        join: Option<String>,
    },
}

/// Does what was asked for.
pub(crate) fn act(options: Options, file: Option<&Path>, data: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    if matches!(options.action, Some(Action::Example)) {
        return crate::config::show(EXAMPLE, json);
    }
    let mut config = Config::load(file)?;
    config.listen = options.listen.unwrap_or(config.listen);
    config.data = data.unwrap_or(config.data);
    if let Some(password) = options.password {
        config.password = Secret(password);
    }
    if let Some(key) = options.worker_key {
        config.worker_key = Secret(key);
    }
    if matches!(options.action, Some(Action::Check)) {
        config.check()?;
        let (listen, data) = (config.listen, config.data);
        if json {
            return say::line(serde_json::json!({ "ok": true, "listen": listen, "data": data }));
        }
        return say::line(format_args!(
            "The settings are in order: the audio node listens on {listen} and keeps what it has to in {}.",
            data.display()
        ));
    }
    logging::start(&config.log, &config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads())
        .thread_keep_alive(Duration::from_secs(2))
        .enable_all()
        .build()?;
    match options.action {
        Some(Action::Worker { join: Some(node) }) => return runtime.block_on(worker_elsewhere(config, node)),
        Some(Action::Worker { join: None }) => return worker(&config, &runtime),
        Some(Action::Example | Action::Check) | None => {}
    }
    config.require_password()?;
    runtime.block_on(run(config, file, json))
}

#[expect(clippy::disallowed_methods, reason = "a worker is told by its environment where its node is")]
fn worker(config: &Config, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let (address, token) = std::env::var(ADDRESS)
        .and_then(|address| Ok((address, std::env::var(TOKEN)?)))
        .map_err(|_| Problem::new("a worker without --join is started by its node, not by hand".to_owned()))?;
    let _within = runtime.enter();
    // Who looks for tracks in the library needs its index. The node itself keeps that up to date.
    let db = database(config);
    let db = config.searches_by_itself().then(|| runtime.block_on(guildhall_db::Db::open(&db))).transpose()?;
    work(&address, &token, config.sources(db, false)?, runtime.handle().clone()).context("lost the node")
}

/// Works for a node on another host until it is told to stop.
async fn worker_elsewhere(mut config: Config, node: String) -> anyhow::Result<()> {
    let key = config.worker_key()?;
    let key = key.ok_or_else(|| Problem::new("a worker needs the worker_key of its node".to_owned()))?;
    // The node's files are not here.
    config.without_files();
    let workers = config.workers.clamp(1, 64);
    let sources = config.sources(None, false)?;
    let stop = Stop::listen().context("failed to listen to signals")?;
    join(Join { node, key, workers }, sources, stop.told()).await.context("failed to work")
}

/// Where a node keeps what it has to. It is seldom asked.
fn database(config: &Config) -> guildhall_db::Config {
    guildhall_db::Config { readers: 1, ..guildhall_db::Config::sqlite(&config.data.join("node.db")) }
}

/// How this program starts a worker: with the same settings.
fn worker_command(file: Option<&Path>, config: &Config) -> anyhow::Result<Vec<OsString>> {
    let mut command = vec![std::env::current_exe()?.into_os_string(), "node".into(), "worker".into()];
    if let Some(file) = file {
        command.extend(["--config".into(), file.as_os_str().to_owned()]);
    }
    command.extend(["--data".into(), config.data.as_os_str().to_owned()]);
    Ok(command)
}

async fn run(config: Config, file: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let stop = Stop::listen().context("failed to listen to signals")?;
    std::fs::create_dir_all(&config.data).with_context(|| format!("failed to make {}", config.data.display()))?;
    let _held = lock::hold(&config.data, lock::NODE).await?;
    let db = guildhall_db::Db::open(&database(&config)).await?;
    let settings = Settings {
        password: config.password.0.clone(),
        crossfade_ms: config.crossfade_ms.min(30_000),
        loudness: config.loudness.map(|loudness| Target {
            loudness: loudness.clamp(-40.0, -5.0),
            max_boost: config.loudness_max_boost.clamp(0.0, 30.0),
        }),
        workers: config.workers.clamp(1, 64),
        worker_command: if config.worker_processes { worker_command(file, &config)? } else { Vec::new() },
        door: config.door()?,
        clocks: config.clocks.clamp(1, 64),
        key: config.data.join("node.key"),
        update: Duration::from_secs(config.player_update_seconds.clamp(1, 60)),
    };
    let voice = Arc::new(Discord::new(&DiscordSettings::default())?);
    let listener = listen::bind(config.listen).with_context(|| format!("failed to listen on {}", config.listen))?;
    let address = listen::reachable(listener.local_addr()?);
    db.migrate(MIGRATIONS).await?;
    let sources = config.sources(Some(db.clone()), true)?;
    let node = Node::start(settings, db, sources, voice).await?;
    if json {
        say::aside(serde_json::json!({ "url": format!("http://{address}"), "workers": node.door() }));
    } else {
        say::aside(format_args!(
            "The audio node listens on http://{address} (status page) for clients of Lavalink v4."
        ));
        if let Some(door) = node.door() {
            say::aside(format_args!("Workers on other hosts join it at {door}."));
        }
    }
    let serving = listen::serve(listener, router(node.clone()), stop.clone().told());
    tokio::select! {
        () = serving => {}
        // WebSockets stay open until their clients go: nobody waits for that.
        () = stop.told_for(Duration::from_secs(1)) => {}
    }
    node.stop().await;
    Ok(())
}
