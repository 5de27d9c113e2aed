//! The law of parity: the route table against Discord's OpenAPI, written to docs/parity.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Writes the report, or checks that it is up to date.
pub(crate) fn parity(root: &Path, check: bool) -> Result<()> {
    let report = report(root)?;
    let path = root.join("docs/parity.md");
    if !check {
        return std::fs::write(&path, report).context("failed to write docs/parity.md");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    if known != report {
        bail!(
            "docs/parity.md is out of date, or a route was lost: look at `cargo xtask parity && git diff docs/parity.md`"
        );
    }
    Ok(())
}

/// An operation of Discord's.
pub(crate) struct Operation {
    method: String,
    path: String,
    pub(crate) id: String,
    /// Whether there is a route for it.
    pub(crate) there: bool,
}

/// All of Discord's operations.
pub(crate) fn operations(root: &Path) -> Result<Vec<Operation>> {
    let text = std::fs::read_to_string(root.join("crates/harness/spec/discord-openapi.json"))
        .context("failed to read Discord's OpenAPI")?;
    let spec: Value = serde_json::from_str(&text)?;
    let ours: BTreeSet<(String, String)> = guildhall_api::routes()
        .table()
        .into_iter()
        .map(|route| (route.method.to_owned(), anonymous(route.path)))
        .collect();
    let mut all = Vec::new();
    for (path, operations) in spec.get("paths").and_then(Value::as_object).context("paths")? {
        for (method, operation) in operations.as_object().context("operations")? {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let method = method.to_uppercase();
            let there = ours.contains(&(method.clone(), anonymous(path)));
            all.push(Operation { method, path: path.clone(), id: id.to_owned(), there });
        }
    }
    Ok(all)
}

fn report(root: &Path) -> Result<String> {
    let operations = operations(root)?;
    let (done, all) = (operations.iter().filter(|operation| operation.there).count(), operations.len());
    let mut families: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in operations {
        let family = operation.path.split('/').nth(1).unwrap_or_default().to_owned();
        families.entry(family).or_default().push(operation);
    }
    let mut report = format!(
        "# Parity with Discord's API\n\nWritten by `cargo xtask parity` from the route table and Discord's OpenAPI document.\n\n\
         **{done} of {all}** operations.\n"
    );
    for (family, mut operations) in families {
        operations.sort_by(|one, other| (&one.method, &one.path).cmp(&(&other.method, &other.path)));
        let there = operations.iter().filter(|operation| operation.there).count();
        write!(report, "\n## {family}: {there} of {}\n\n| | operation | route |\n|---|---|---|\n", operations.len())?;
        for Operation { method, path, id, there } in operations {
            writeln!(report, "| {} | {id} | `{method} {path}` |", if there { "✓" } else { "" })?;
        }
    }
    Ok(report)
}

/// The path with its parameters' names left out.
fn anonymous(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}
