//! Puts in place what the tests need on a Debian or Ubuntu machine with Rust and Node.js.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A Debian package, and places of which one is there once it is installed.
const PACKAGES: &[(&str, &[&str])] = &[
    ("postgresql", &["/usr/lib/postgresql"]),
    ("nats-server", &["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"]),
    ("chromium", &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium", "/usr/bin/google-chrome"]),
    ("ngircd", &["/usr/sbin/ngircd"]),
    ("prosody", &["/usr/bin/prosody"]),
    ("ffmpeg", &["/usr/bin/ffmpeg"]),
    // For the feature of the same name alone: what everybody builds does not need it.
    ("libopus-dev", &["/usr/include/opus/opus.h"]),
];

/// Folders whose npm packages the tests need.
const NPM: &[&str] = &["tests/clients/node", "web"];

/// Whole bots, which run with nothing newer than Python 3.11.
const BOTS: &[&str] = &["red", "spellbot"];

/// Oldest Node.js that runs them.
const NODE: u32 = 20;

/// Installs what is missing, with one line for each.
pub(crate) fn setup(root: &Path) -> Result<()> {
    packages()?;
    python(root)?;
    BOTS.iter().try_for_each(|bot| whole_bot(root, bot))?;
    NPM.iter().try_for_each(|folder| npm(root, folder))
}

fn packages() -> Result<()> {
    let mut missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, places)| !places.iter().any(|place| Path::new(place).exists()))
        .map(|(package, _)| *package)
        .collect();
    // Any Python will do that can make environments.
    let python = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    if !python.is_ok_and(|output| output.status.success()) {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("setup: installing {} with apt-get", missing.join(", "));
    apt(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    let mut command = Command::new("env");
    if !root {
        command = Command::new("sudo");
        command.arg("env");
    }
    // The tests start servers of their own: those of the packages stay off.
    let status = command.args(["DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"]).args(arguments).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => bail!("apt-get {} failed: install the packages by hand", arguments.join(" ")),
    }
}

/// Python's packages, in an environment of their own under target/.
fn python(root: &Path) -> Result<()> {
    let wanted = root.join("tests/clients/python/requirements.txt");
    let folder = root.join("target/python");
    if same(&wanted, &folder.join("requirements.txt")) {
        return Ok(());
    }
    println!("setup: making a Python environment in target/python");
    environment(Path::new("python3"), &wanted, &folder)
}

/// A bot of others, in an environment of its own under target/bots: it pins what it needs.
fn whole_bot(root: &Path, bot: &str) -> Result<()> {
    let wanted = root.join("tests/clients/bots").join(bot).join("requirements.txt");
    let folder = root.join("target/bots").join(bot);
    if same(&wanted, &folder.join("requirements.txt")) {
        return Ok(());
    }
    println!("setup: installing {bot} in target/bots/{bot}");
    environment(&old_python(root)?, &wanted, &folder)
}

/// An environment with those packages, and a note of them.
fn environment(python: &Path, wanted: &Path, folder: &Path) -> Result<()> {
    quiet(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    quiet(Command::new(folder.join("bin/python")).args(pip).arg(wanted))?;
    std::fs::copy(wanted, folder.join("requirements.txt")).context("failed to note what is installed")?;
    Ok(())
}

/// A Python that whole bots run with: the machine's, or one that its distribution has beside its own, or else one that uv brings.
fn old_python(root: &Path) -> Result<PathBuf> {
    let good = "import ensurepip, sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 12))";
    let fits = |name: &&str| {
        let output = Command::new(name).args(["-c", good]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if let Some(name) = ["python3", "python3.11", "python3.10"].into_iter().find(fits) {
        return Ok(PathBuf::from(name));
    }
    for name in ["python3.11", "python3.10"] {
        let package = format!("{name}-venv");
        let known = Command::new("apt-cache").args(["show", &package]).output();
        if known.is_ok_and(|output| output.status.success() && !output.stdout.is_empty()) {
            println!("setup: installing {package} with apt-get");
            apt(&["install", "-y", "-qq", "--no-install-recommends", &package])?;
            if fits(&name) {
                return Ok(PathBuf::from(name));
            }
        }
    }
    let uv = root.join("target/python/bin/uv");
    quiet(Command::new(&uv).args(["python", "install", "3.11"])).context(
        "whole bots run with Python 3.10 or 3.11, and neither the machine nor its distribution has one: put `python3.11` in \
         PATH, or let uv reach its downloads (UV_PYTHON_INSTALL_MIRROR names another place for them)",
    )?;
    let found = Command::new(&uv).args(["python", "find", "3.11"]).output().context("failed to start uv")?;
    Ok(PathBuf::from(String::from_utf8_lossy(&found.stdout).trim()))
}

/// npm's packages, in the folder that uses them.
pub(crate) fn npm(root: &Path, folder: &str) -> Result<()> {
    let folder = root.join(folder);
    let (wanted, there) = (folder.join("package-lock.json"), folder.join("node_modules/.installed"));
    if same(&wanted, &there) {
        return Ok(());
    }
    let version = Command::new("node").arg("--version").output().context("Node.js is missing: install it first")?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        bail!("Node.js is {version}: the tests need {NODE} or newer");
    }
    println!("setup: installing npm packages in {}", folder.strip_prefix(root).unwrap_or(&folder).display());
    quiet(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))?;
    std::fs::copy(&wanted, &there).context("failed to note what is installed")?;
    Ok(())
}

fn same(one: &Path, other: &Path) -> bool {
    let texts = (std::fs::read(one), std::fs::read(other));
    matches!(texts, (Ok(one), Ok(other)) if one == other)
}

/// Runs a program; what it says is shown when it fails.
fn quiet(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("failed to start {}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&said))
}
