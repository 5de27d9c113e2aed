//! Builds the web client once, when Node is there; without it the server still builds and says how to get the client.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=../../web/src");
    println!("cargo::rerun-if-changed=../../web/index.html");
    println!("cargo::rerun-if-changed=../../web/package-lock.json");
    println!("cargo::rerun-if-env-changed=GUILDHALL_SKIP_WEB");
    let web = Path::new("../../web");
    let dist = web.join("dist");
    // The folder must exist to be embedded.
    let _ = std::fs::create_dir_all(&dist);
    if std::env::var_os("GUILDHALL_SKIP_WEB").is_some() || !web.join("package.json").exists() {
        return;
    }
    if let Err(problem) = build(web) {
        println!("cargo::warning=the web client was not built ({problem}); the server will say how to get it");
    }
}

fn build(web: &Path) -> Result<(), String> {
    run(web, &["ci", "--no-audit", "--no-fund"])?;
    run(web, &["run", "build"])
}

fn run(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let output =
        Command::new("npm").args(arguments).current_dir(web).output().map_err(|error| format!("npm: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!("npm {} failed: {}", arguments.join(" "), text.lines().last().unwrap_or_default()))
}
