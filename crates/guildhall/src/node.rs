//! `guildhall node`: an audio node that any bot may use that speaks Lavalink. It needs nothing of the hall.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, LocalSettings, SourceSettings, Sources, WithTones};
use guildhall_lavalink::voice::{Discord, DiscordSettings};
use guildhall_lavalink::{ADDRESS, MIGRATIONS, Node, Settings, TOKEN, Target, router, work};
use serde::Deserialize;

use crate::config::{Problem, Secret};
use crate::{listen, serve};

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
}

/// What else it does.
#[derive(Subcommand)]
enum Action {
    /// Print an example with every setting, its meaning and its default.
    Example,
    /// Work for the node that started this process.
    #[command(hide = true)]
    Worker,
}

/// The settings of a node.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    listen: SocketAddr,
    password: Secret,
    data: PathBuf,
    workers: usize,
    worker_processes: bool,
    clocks: usize,
    crossfade_ms: u32,
    loudness: Option<f32>,
    loudness_max_boost: f32,
    player_update_seconds: u64,
    http: bool,
    library: Vec<PathBuf>,
    tones: bool,
    allowed_networks: Vec<String>,
    log: String,
    log_format: String,
}

impl Default for Config {
    fn default() -> Self {
        let node = Settings::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 2333)),
            password: Secret::default(),
            data: PathBuf::from("data"),
            workers: node.workers,
            worker_processes: false,
            clocks: node.clocks,
            crossfade_ms: node.crossfade_ms,
            loudness: None,
            loudness_max_boost: Target::default().max_boost,
            player_update_seconds: node.update.as_secs(),
            http: true,
            library: Vec::new(),
            tones: false,
            allowed_networks: Vec::new(),
            log: "info".to_owned(),
            log_format: "text".to_owned(),
        }
    }
}

const EXAMPLE: &str = r#"# Settings of `guildhall node`. Every line but the password is optional; what is shown is the default.

# Address to listen on. Port 0 takes a free one.
# listen = "127.0.0.1:2333"

# What clients must say. There is no default. Also: GUILDHALL_NODE_PASSWORD.
# password = ""

# Folder for node.db (sessions and players that go on after a restart) and node.key (which seals them).
# data = "data"

# Workers that decode and encode. Default: one for each processor, at most 4.
# workers = 4

# Whether each worker is a process of its own: one that crashes is replaced and its players go on.
# worker_processes = false

# Threads that keep the time of players. One is enough for hundreds.
# clocks = 1

# Milliseconds by which tracks whose successor is known fade into each other. 0: gapless.
# crossfade_ms = 0

# How loud tracks come out, in LUFS (-14 is usual), and by how many decibels soft ones become louder at most. Each track is read once
# more to be measured. Not set: as they are. Players may say otherwise: pluginFilters.loudness.
# loudness = -14.0
# loudness_max_boost = 8.0

# Seconds between two updates of a player's position.
# player_update_seconds = 5

# Whether addresses (http, https) are played.
# http = true

# Folders whose files are played and found by their tags (lcsearch:words). Relative to where the node is started.
# library = []

# Whether test tones are played: tone:440:10 is ten seconds of 440 Hz.
# tones = false

# Networks that may be fetched from although they are not public, e.g. ["192.168.1.0/24"].
# allowed_networks = []

# What is logged, and how: "text" or "json".
# log = "info"
# log_format = "text"
"#;

impl Config {
    fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = file else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::new(format!("failed to read {}: {error}", path.display())))?;
        toml::from_str(&text).map_err(|error| Problem::new(format!("{}: {error}", path.display())).into())
    }

    /// The sources. Without a database, the library is played from but not searched.
    fn sources(&self, db: Option<guildhall_db::Db>) -> anyhow::Result<Arc<dyn Sources>> {
        let allowed_networks = self
            .allowed_networks
            .iter()
            .map(|network| network.parse().map_err(|error| Problem::new(format!("allowed_networks: {error}"))))
            .collect::<Result<Vec<_>, _>>()?;
        let fetch = FetchSettings { allowed_networks, ..FetchSettings::default() };
        let local = (!self.library.is_empty())
            .then(|| LocalSettings { folders: self.library.clone(), ..LocalSettings::default() });
        let catalog = Catalog::new(SourceSettings { fetch, http: self.http, local }, db)?;
        Ok(if self.tones { Arc::new(WithTones(catalog)) } else { Arc::new(catalog) })
    }
}

/// Does what was asked for.
pub(crate) fn act(options: Options, file: Option<&Path>, data: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    if matches!(options.action, Some(Action::Example)) {
        print!("{EXAMPLE}");
        return Ok(());
    }
    let mut config = Config::load(file)?;
    config.listen = options.listen.unwrap_or(config.listen);
    config.data = data.unwrap_or(config.data);
    if let Some(password) = options.password {
        config.password = Secret(password);
    }
    serve::start_logging(&config.log, &config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if matches!(options.action, Some(Action::Worker)) {
        return worker(&config, &runtime);
    }
    if config.password.0.is_empty() {
        return Err(
            Problem::new("a node needs a password: password = \"…\" or GUILDHALL_NODE_PASSWORD".to_owned()).into()
        );
    }
    runtime.block_on(run(config, file, json))
}

#[expect(clippy::disallowed_methods, reason = "a worker is told by its environment where its node is")]
fn worker(config: &Config, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let (address, token) = std::env::var(ADDRESS)
        .and_then(|address| Ok((address, std::env::var(TOKEN)?)))
        .map_err(|_| Problem::new("a worker is started by its node, not by hand".to_owned()))?;
    let _within = runtime.enter();
    work(&address, &token, config.sources(None)?, runtime.handle().clone()).context("lost the node")
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
    std::fs::create_dir_all(&config.data).with_context(|| format!("failed to make {}", config.data.display()))?;
    let db = guildhall_db::Db::open(&guildhall_db::Config::sqlite(&config.data.join("node.db"))).await?;
    let settings = Settings {
        password: config.password.0.clone(),
        crossfade_ms: config.crossfade_ms.min(30_000),
        loudness: config.loudness.map(|loudness| Target {
            loudness: loudness.clamp(-40.0, -5.0),
            max_boost: config.loudness_max_boost.clamp(0.0, 30.0),
        }),
        workers: config.workers.clamp(1, 64),
        worker_command: if config.worker_processes { worker_command(file, &config)? } else { Vec::new() },
        clocks: config.clocks.clamp(1, 64),
        key: config.data.join("node.key"),
        update: Duration::from_secs(config.player_update_seconds.clamp(1, 60)),
    };
    let voice = Arc::new(Discord::new(&DiscordSettings::default())?);
    let listener = listen::bind(config.listen).with_context(|| format!("failed to listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    db.migrate(MIGRATIONS).await?;
    let sources = config.sources(Some(db.clone()))?;
    let node = Node::start(settings, db, sources, voice).await?;
    if json {
        println!("{}", serde_json::json!({ "url": format!("http://{address}") }));
    } else {
        println!("The audio node listens on http://{address} (status page) for clients of Lavalink v4.");
    }
    let serving = listen::serve(listener, router(node.clone()), serve::stop_signal());
    tokio::select! {
        () = serving => {}
        // WebSockets stay open until their clients go: nobody waits for that.
        () = async { serve::stop_signal().await; tokio::time::sleep(Duration::from_secs(1)).await } => {}
    }
    node.stop().await;
    Ok(())
}
