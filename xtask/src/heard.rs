//! The laws of events and of operations: what the tests of the last run saw and heard, against what they must.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::parity;

/// Where the suites note it.
pub(crate) const FOLDER: &str = "target/heard";

/// Tells everything that no test saw or heard, and everything that one did against the lists.
pub(crate) fn heard(root: &Path) -> Result<()> {
    let folder = root.join(FOLDER);
    let noted = |what: &str| folder.join(what).exists();
    let mut problems = Vec::new();
    for line in lines(root, "crates/harness/spec/heard.txt")? {
        let (name, never) = line.split_once("  never: ").map_or((&*line, false), |(name, _)| (name, true));
        if noted(name) == never {
            let wrong = if never { "was heard, and is said never to be sent" } else { "was heard by no test" };
            problems.push(format!("{name} {wrong}"));
        }
    }
    let list = lines(root, "crates/harness/spec/operations.txt")?;
    let mut said: BTreeMap<&str, &str> = list.iter().filter_map(|line| line.split_once("  ")).collect();
    for operation in parity::operations(root)?.into_iter().filter(|operation| operation.there) {
        let id = &operation.id;
        let said = said.remove(id.as_str()).unwrap_or_default();
        for (what, never) in [("done", "never done: "), ("refused", "never refused: ")] {
            let never = said.starts_with(never);
            if noted(&format!("{id}.{what}")) == never {
                let wrong = if never { "was seen, and is said never to be" } else { "was seen in no test" };
                problems.push(format!("{id} {what} {wrong}"));
            }
        }
        let events = Some(said).filter(|said| !said.is_empty() && !said.starts_with("never "));
        for event in events.into_iter().flat_map(|events| events.split(", ")) {
            if !noted(&format!("{id}.{event}")) {
                problems.push(format!("{id} was followed by {event} in no test"));
            }
        }
    }
    problems.extend(said.keys().map(|id| format!("crates/harness/spec/operations.txt: {id} is no operation of ours")));
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        eprintln!("heard: {problem}");
    }
    bail!("{} things were not seen or heard as they are listed", problems.len())
}

fn lines(root: &Path, list: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join(list)).with_context(|| format!("failed to read {list}"))?;
    Ok(text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect())
}
