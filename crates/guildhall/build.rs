//! Builds the web client once, when Node is there; without it the server still builds and says how to get the client. Packs the
//! program's relocations where the C library can read them so, and has its functions lie in an order that is asked for.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=../../web/src");
    println!("cargo::rerun-if-changed=../../web/index.html");
    println!("cargo::rerun-if-changed=../../web/package-lock.json");
    println!("cargo::rerun-if-env-changed=GUILDHALL_SKIP_WEB");
    println!("cargo::rerun-if-env-changed=GUILDHALL_ORDER");
    // What `cargo xtask dist` wants to have first, by names.
    if let Some(order) = std::env::var_os("GUILDHALL_ORDER").map(std::path::PathBuf::from) {
        println!("cargo::rerun-if-changed={}", order.display());
        let order = order.display();
        println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={order},--no-warn-symbol-ordering");
    }
    if packs() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
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

/// Whether this machine's C library, for which the program is made, knows packed relocations: glibc does since 2.36. They take two
/// megabytes otherwise, which are read at each start.
fn packs() -> bool {
    let is = |name: &str, value: &str| std::env::var_os(name).is_some_and(|found| found == value);
    let here = std::env::var_os("HOST") == std::env::var_os("TARGET");
    if !here || !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return false;
    }
    let Ok(output) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    let said = String::from_utf8_lossy(&output.stdout);
    let minor = said.trim().strip_prefix("glibc 2.").and_then(|minor| minor.split('.').next()?.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= 36)
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
