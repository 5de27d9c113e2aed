//! The web client: building it, its checks, its tests, and all of it in a browser against the real binary.

use std::path::Path;

use anyhow::Result;

use crate::{run, run_with, setup};

/// Puts the client in `web/dist`, which the server embeds.
pub(crate) fn build(root: &Path) -> Result<()> {
    setup::npm(root, "web")?;
    run(root.join("web"), "npm", &["run", "build"])
}

/// Types, lints, decisions, and two people with a bot in Chromium.
pub(crate) fn test(root: &Path) -> Result<()> {
    let web = root.join("web");
    build(root)?;
    run(web.clone(), "npm", &["run", "check"])?;
    run(web.clone(), "npm", &["test"])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    // The client was built a moment ago; the build script need not do it again.
    run_with(
        root.to_path_buf(),
        "cargo",
        &["build", "--package", "guildhall"],
        &[("GUILDHALL_SKIP_WEB", "1".as_ref())],
    )?;
    let binary = root.join(target).join("debug/guildhall");
    run_with(web, "npm", &["run", "e2e"], &[("E2E_BINARY", binary.as_os_str())])
}
