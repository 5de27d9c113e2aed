//! Puts in place what the tests need on a Debian or Ubuntu machine.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

/// A Debian package, and a file or folder that shows that it is there.
const PACKAGES: &[(&str, &str)] = &[("postgresql", "/usr/lib/postgresql")];

/// Installs what is missing, with one line for each.
pub(crate) fn setup() -> Result<()> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    apt(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    let mut command = Command::new(if root { "apt-get" } else { "sudo" });
    if !root {
        command.arg("apt-get");
    }
    let status = command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => bail!("apt-get {} failed: install the packages by hand", arguments.join(" ")),
    }
}
