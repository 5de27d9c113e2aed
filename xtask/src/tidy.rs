//! Rules that no compiler knows: edges between crates, sizes of files, marks that must not land.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::edges;

/// Longest source file, in lines.
const LONGEST: usize = 600;

/// Checks all rules and tells every break.
pub(crate) fn tidy(root: &Path) -> Result<()> {
    let mut problems = Vec::new();
    edges::edges(root, &tracked(root)?, &mut problems)?;
    files(root, &mut problems)?;
    features(root, &mut problems)?;
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    bail!("{} rules are broken", problems.len())
}

/// Marks that must not land. They are put together here so that this file does not hold them.
fn marks() -> Vec<(String, &'static str)> {
    let mark = |halves: [&str; 2]| halves.concat();
    vec![
        (mark(["TO", "DO"]), "unfinished work"),
        (mark(["FIX", "ME"]), "unfinished work"),
        (mark(["to", "do!("]), "unfinished work"),
        (mark(["#[allo", "w("]), "use #[expect] with a reason"),
        (mark(["#[igno", "re"]), "a test that does not run"),
        (mark(["/wo", "rk/"]), "a path of one machine"),
        (mark(["/ro", "ot/"]), "a path of one machine"),
    ]
}

fn files(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let marks = marks();
    for path in tracked(root)? {
        let name = path.display().to_string();
        let source = ["rs", "ts", "tsx", "css", "py", "mjs"].iter().any(|end| name.ends_with(&format!(".{end}")));
        if !source || name.contains("/spec/") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        let lines = text.lines().count();
        if lines > LONGEST {
            problems.push(format!("{name} has {lines} lines: past 400 a file becomes a folder"));
        }
        if name.ends_with("/mod.rs") {
            problems.push(format!("{name}: use a file beside the folder"));
        }
        for (mark, why) in &marks {
            if text.contains(mark.as_str()) {
                problems.push(format!("{name} has `{mark}`: {why}"));
            }
        }
    }
    Ok(())
}

/// Each feature in docs/features.md names tests that exist: functions as `file::name`, tests of the web client by their title.
fn features(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let text = std::fs::read_to_string(root.join("docs/features.md")).context("failed to read docs/features.md")?;
    let sources: Vec<String> = tracked(root)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs" || end == "ts"))
        .filter_map(|path| std::fs::read_to_string(root.join(path)).ok())
        .collect();
    for row in text.lines().filter(|line| line.starts_with("| C-")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (id, tests) = (cells.get(1).copied().unwrap_or_default(), cells.get(3).copied().unwrap_or_default());
        // Every second piece stands between two backticks.
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            problems.push(format!("docs/features.md: no test for {id}"));
        }
        for name in names {
            let code = match name.rsplit_once("::") {
                Some((_, function)) => vec![format!("fn {function}()")],
                None => vec![format!("test(\"{name}\""), format!("it(\"{name}\"")],
            };
            if !sources.iter().any(|source| code.iter().any(|code| source.contains(code))) {
                problems.push(format!("docs/features.md: no test `{name}` for {id}"));
            }
        }
    }
    Ok(())
}

fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect())
}
