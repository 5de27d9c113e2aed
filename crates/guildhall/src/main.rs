//! Guildhall: one program for a community.

mod admin;
mod config;
mod control;
mod database;
mod doctor;
mod key;
mod limits;
mod listen;
mod lock;
mod logging;
mod node;
mod profile;
mod say;
mod serve;
mod settings;
mod stop;
mod web;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use config::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted community server that speaks Discord's protocols.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Example: guildhall serve --data ./data --listen 127.0.0.1:8080\n\n\
                  Exit codes: 0 done, 1 could not be done, 2 wrong arguments or configuration, 3 the database does not fit \
                  this program, 4 doctor found something wrong."
)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where settings come from; flags win over the environment, the environment over the file.
#[derive(Args, Clone, Default)]
struct Common {
    /// Configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE", env = "GUILDHALL_CONFIG")]
    config: Option<std::path::PathBuf>,
    /// Folder for everything that is kept.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<std::path::PathBuf>,
    /// What it runs for: local, test or production.
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the default).
    #[command(after_help = "Example: guildhall serve --data /var/lib/guildhall --listen 127.0.0.1:8080\n\n\
                      That is for a proxy with TLS on this machine. To be reached from others without one: --listen 0.0.0.0:8080, \
                      and public_url set to where that is, e.g. GUILDHALL_PUBLIC_URL=http://10.0.0.5:8080")]
    Serve {
        /// Address to listen on; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Show an example configuration, or check one.
    #[command(subcommand, after_help = "Example: guildhall config example > guildhall.toml")]
    Config(config::Action),
    /// Migrate, inspect, back up or restore the database.
    #[command(subcommand, after_help = "Example: guildhall db backup --data ./data backup.db")]
    Db(database::Action),
    /// Say in plain words what is wrong.
    #[command(after_help = "Example: guildhall doctor --data ./data")]
    Doctor {
        /// Address that the server is to listen on.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Manage people, guilds, bots and the search index.
    #[command(subcommand, after_help = "Example: guildhall admin user list --json")]
    Admin(admin::Action),
    /// Run an audio node that speaks Lavalink v4, for any bot. It needs no hall.
    #[command(after_help = "Example: guildhall node --config node.toml; see guildhall node example")]
    Node(node::Options),
    /// Print the table of routes.
    #[command(after_help = "Example: guildhall routes --json")]
    Routes,
}

fn main() -> ExitCode {
    // What is kept is nobody else's business: messages, addresses, keys.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody can say what was asked for, but for whom.
            let mut words = std::env::args_os().skip(1).take_while(|word| word != "--");
            if error.use_stderr() && words.any(|word| word == "--json") {
                say::aside(serde_json::json!({ "error": first_words(&error.to_string()) }));
            }
            error.exit();
        }
    };
    let json = cli.common.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if say::is_unread(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // One answer is one document, also when what it says is bad.
            if json && !error.is::<doctor::Wrong>() && !error.is::<database::Told>() {
                say::aside(serde_json::json!({ "error": format!("{error:#}") }));
            }
            say::problem(format_args!("{error:#}"));
            ExitCode::from(code(&error))
        }
    }
}

/// What clap says of wrong arguments, without the usage below it.
fn first_words(text: &str) -> String {
    let said = text.split("\n\n").next().unwrap_or(text);
    let said = said.strip_prefix("error: ").unwrap_or(said);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 1: it could not be done; 2: what was asked for makes no sense (as for wrong arguments); 3: the database does not fit the
/// program; 4: `doctor` found something wrong.
fn code(error: &anyhow::Error) -> u8 {
    match () {
        () if error.is::<config::Problem>() => 2,
        () if error.is::<database::Unfit>() || error.is::<database::Told>() => 3,
        () if error.is::<doctor::Wrong>() => 4,
        () => 1,
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let common = cli.common;
    let command = cli.command.unwrap_or(Command::Serve { listen: None });
    if let Command::Config(config::Action::Example) = command {
        return config::show(config::EXAMPLE, common.json);
    }
    if let Command::Node(options) = command {
        return node::act(options, common.config.as_deref(), common.data, common.json);
    }
    let mut config = Config::load(common.config.as_deref())?;
    if let Some(data) = common.data {
        config.data = data;
    }
    if let Some(profile) = common.profile {
        config.profile = profile;
        profile::check(&config)?;
    }
    if matches!(command, Command::Serve { .. } | Command::Config(_)) {
        profile::require(&config)?;
    }
    let json = common.json;
    // The maps of the directory make themselves known to the kernel once: at once while there is one thread, after some 15 ms
    // when there are more.
    drop(papaya::HashMap::<(), ()>::new());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match command {
        Command::Serve { listen } => {
            config.listen = listen.unwrap_or(config.listen);
            runtime.block_on(serve::serve(config, json))
        }
        Command::Config(action) => config::act(&action, &config, json),
        Command::Db(action) => runtime.block_on(database::act(action, &config, json)),
        Command::Doctor { listen } => {
            config.listen = listen.unwrap_or(config.listen);
            runtime.block_on(doctor::examine(&config, json))
        }
        Command::Admin(action) => runtime.block_on(admin::act(action, &config, json)),
        // It was done above: it has settings of its own.
        Command::Node(_) => Ok(()),
        Command::Routes => {
            let mut table = guildhall_api::routes().table();
            table.extend(guildhall_api::own_routes().table());
            if json {
                return say::line(serde_json::to_string(&table)?);
            }
            table
                .iter()
                .try_for_each(|route| say::line(format_args!("{:6} {}  {}", route.method, route.path, route.operation)))
        }
    }
}
