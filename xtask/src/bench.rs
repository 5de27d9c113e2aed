//! Builds the server and the measuring program in release and runs the one on the other.

use std::path::Path;

use anyhow::Result;

use crate::{cargo, run};

/// A reference's Debian package, and its program.
const REFERENCES: &[(&str, &str)] = &[("ngircd", "/usr/sbin/ngircd"), ("prosody", "/usr/bin/prosody")];

/// Measures; `arguments` are the measuring program's. With `audio` first, what sound costs and nothing else.
pub(crate) fn bench(root: &Path, arguments: &[String]) -> Result<()> {
    if arguments.first().is_some_and(|first| first == "audio") {
        // Apart from each other: the program is measured as it is, without what the other one needs of its crates.
        cargo(root, &["build", "--release", "--package", "guildhall"])?;
        cargo(root, &["build", "--release", "--package", "guildhall-bench"])?;
        let built = root.join("target/release");
        let (program, server) = (built.join("guildhall-bench"), built.join("guildhall"));
        let (program, server) = (program.display().to_string(), server.display().to_string());
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.extend(["--server", &server]);
        return run(root.to_path_buf(), &program, &all);
    }
    for (package, program) in REFERENCES {
        if !Path::new(program).exists() {
            println!("{package} is not installed: its figures are left out (cargo xtask setup installs it)");
        }
    }
    cargo(root, &["build", "--release", "--package", "guildhall", "--package", "guildhall-bench"])?;
    let built = root.join("target/release");
    let (program, server, folder) = (built.join("guildhall-bench"), built.join("guildhall"), root.join("target/bench"));
    let (program, server, folder) =
        (program.display().to_string(), server.display().to_string(), folder.display().to_string());
    let mut all = vec!["--server", &server, "--folder", &folder];
    all.extend(arguments.iter().map(String::as_str));
    run(root.to_path_buf(), &program, &all)
}
