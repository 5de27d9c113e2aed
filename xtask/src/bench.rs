//! Builds the server and the measuring program in release and runs the one on the other.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{cargo, order, run, run_with};

/// A reference's Debian package, and its program.
const REFERENCES: &[(&str, &str)] = &[("ngircd", "/usr/sbin/ngircd"), ("prosody", "/usr/bin/prosody")];

/// Measures; `arguments` are the measuring program's. With `audio` first, what sound costs and nothing else.
pub(crate) fn bench(root: &Path, arguments: &[String]) -> Result<()> {
    if arguments.first().is_some_and(|first| first == "audio") {
        // Apart from each other: the program is measured as it is, without what the other one needs of its crates.
        let server = order::build(root)?.display().to_string();
        cargo(root, &["build", "--release", "--package", "guildhall-bench"])?;
        let program = root.join("target/release/guildhall-bench").display().to_string();
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.extend(["--server", &server]);
        let songbird;
        if !arguments.iter().any(|argument| argument == "--alone") {
            songbird = self::songbird(root)?.display().to_string();
            all.extend(["--songbird", &songbird]);
        }
        return run(root.to_path_buf(), &program, &all);
    }
    for (package, program) in REFERENCES {
        if !Path::new(program).exists() {
            println!("{package} is not installed: its figures are left out (cargo xtask setup installs it)");
        }
    }
    let server = order::build(root)?.display().to_string();
    cargo(root, &["build", "--release", "--package", "guildhall-bench"])?;
    let (program, folder) = (root.join("target/release/guildhall-bench"), root.join("target/bench"));
    let (program, folder) = (program.display().to_string(), folder.display().to_string());
    let mut all = vec!["--server", &server, "--folder", &folder];
    all.extend(arguments.iter().map(String::as_str));
    run(root.to_path_buf(), &program, &all)
}

/// Builds the program that plays with songbird. It wants libopus, of which ffmpeg brought what runs, but not what links.
fn songbird(root: &Path) -> Result<PathBuf> {
    let target = root.join("target/songbird");
    let opus = target.join("opus");
    let installed = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let library = installed.chain(["/usr/lib64".into()]).map(|folder| folder.join("libopus.so.0"));
    if let Some(library) = library.into_iter().find(|library| library.exists()) {
        let link = opus.join("lib/libopus.so");
        std::fs::create_dir_all(opus.join("lib")).context("failed to make a folder for libopus")?;
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(library, link).context("failed to link libopus")?;
    }
    let manifest = ["--manifest-path", "tests/references/songbird/Cargo.toml", "--target-dir", "target/songbird"];
    let arguments = [&["build", "--release", "--locked"][..], &manifest].concat();
    run_with(root.to_path_buf(), "cargo", &arguments, &[("OPUS_LIB_DIR", OsStr::new(&opus))])?;
    Ok(target.join("release/songbird-reference"))
}
