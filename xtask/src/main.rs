//! Tasks of the workspace: `cargo xtask ci` is the whole gate.

mod bench;
mod edges;
mod heard;
mod order;
mod parity;
mod setup;
mod tidy;
mod web;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

/// Tasks of the workspace.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Put in place what the tests need.
    Setup,
    /// Run every suite.
    Test {
        /// Hunt with strange requests for twenty minutes each instead of less than one.
        #[arg(long)]
        long: bool,
    },
    /// Say which operations and events no test of the last run saw, heard or was refused.
    Heard,
    /// Format, lints, tidy, parity, tests: what must pass before anything lands.
    Ci,
    /// Check the rules that no compiler knows.
    Tidy,
    /// Compare the route table with Discord's OpenAPI; writes docs/parity.md.
    Parity,
    /// Build the web client.
    Web,
    /// Measure a release build beside named references; see docs/performance.md.
    Bench {
        /// What the measuring program is told: --quick, --runs N, --only TEXT, --alone, --markdown.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build the program that leaves the house: optimised, its functions in order.
    Dist,
    /// Learn anew which functions come first in the program: what it runs idle and at work.
    Order,
}

fn main() -> Result<()> {
    let root = root();
    match Cli::parse().task {
        Task::Setup => setup::setup(&root),
        Task::Test { long } => test(&root, long),
        Task::Heard => heard::heard(&root),
        Task::Ci => ci(&root),
        Task::Tidy => tidy::tidy(&root),
        Task::Parity => parity::parity(&root, false),
        Task::Web => web::build(&root),
        Task::Bench { arguments } => bench::bench(&root, &arguments),
        Task::Dist => order::build(&root).map(|program| println!("{}", program.display())),
        Task::Order => order::learn(&root),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn ci(root: &Path) -> Result<()> {
    setup::setup(root)?;
    cargo(root, &["fmt", "--all", "--check"])?;
    tidy::tidy(root)?;
    parity::parity(root, true)?;
    cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    // The same with Opus in C; what links and sounds is tested below.
    cargo(
        root,
        &["clippy", "--workspace", "--all-targets", "--features", "guildhall/libopus", "--", "-D", "warnings"],
    )?;
    // Their own workspace: what nobody compiles falls behind.
    cargo(root, &["check", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz"])?;
    licences(root)?;
    test(root, false)
}

/// Licences, sources and bans, which need no network; advisories do. Where cargo-deny is not installed it says so.
fn licences(root: &Path) -> Result<()> {
    let deny = Command::new("cargo").args(["deny", "--version"]).output().is_ok_and(|out| out.status.success());
    if deny {
        return cargo(root, &["deny", "--offline", "check", "licenses", "bans", "sources"]);
    }
    println!("cargo-deny is not installed: licences and sources of dependencies are not checked");
    Ok(())
}

fn test(root: &Path, long: bool) -> Result<()> {
    setup::setup(root)?;
    web::test(root)?;
    let nextest = has_nextest();
    if !nextest {
        println!(
            "cargo-nextest is not installed: cargo test runs the suites, without times, groups and second tries (docs/testing.md)"
        );
    }
    let mut arguments =
        if nextest { vec!["nextest", "run", "--workspace", "--no-fail-fast"] } else { vec!["test", "--workspace"] };
    if long && nextest {
        arguments.extend(["--profile", "long"]);
    }
    // What was seen and heard: only what was noted in this run counts.
    let heard = root.join(heard::FOLDER);
    if heard.exists() {
        std::fs::remove_dir_all(&heard).context("failed to forget what was heard before")?;
    }
    std::fs::create_dir_all(&heard).context("failed to make target/heard")?;
    let mut variables = vec![("EVENTS_HEARD", heard.as_os_str())];
    if long {
        variables.push(("LONG_TESTS", OsStr::new("1")));
    }
    run_with(root.to_path_buf(), "cargo", &arguments, &variables)?;
    heard::heard(root)?;
    let runner: &[&str] = if nextest { &["nextest", "run"] } else { &["test"] };
    cargo(root, &[runner, &["--package", "guildhall-audio", "--features", "libopus"]].concat())
}

fn has_nextest() -> bool {
    Command::new("cargo").args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success())
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    run(root.to_path_buf(), "cargo", arguments)
}

/// Runs a program and passes its failure on.
pub(crate) fn run(folder: PathBuf, program: &str, arguments: &[&str]) -> Result<()> {
    run_with(folder, program, arguments, &[])
}

/// The same with variables in its environment.
fn run_with(folder: PathBuf, program: &str, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Result<()> {
    println!("$ {program} {}", arguments.join(" "));
    let mut command = Command::new(program);
    // What cargo tells this program of itself is not for another cargo: build scripts that look at it would run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let status = command
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(folder)
        .status()
        .with_context(|| format!("failed to start {program}"))?;
    if !status.success() {
        bail!("{program} {} failed", arguments.join(" "));
    }
    Ok(())
}
