//! Edges between crates that must not be: against the table in ARCHITECTURE.md, from the core to anything that does I/O, and from
//! anywhere but `db` to a driver of SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

/// What waits for the outside world, and so must not be reached from the core.
const WAITS: &[&str] = &["async-std", "hyper", "mio", "reqwest", "smol", "socket2", "tokio"];

/// What speaks SQL with a database.
const DRIVERS: &[&str] =
    &["deadpool-postgres", "diesel", "libsqlite3-sys", "postgres", "rusqlite", "sea-orm", "sqlx", "tokio-postgres"];

/// A crate of the workspace: where it is, and its manifest.
pub(crate) type Manifest = (PathBuf, Table);

/// Reads everything and tells every edge that must not be.
pub(crate) fn edges(root: &Path, tracked: &[PathBuf], problems: &mut Vec<String>) -> Result<()> {
    let read = |path: &Path| -> Result<Table> {
        let text = std::fs::read_to_string(root.join(path));
        text.with_context(|| format!("failed to read {}", path.display()))?.parse().context("no TOML")
    };
    let architecture =
        std::fs::read_to_string(root.join("ARCHITECTURE.md")).context("failed to read ARCHITECTURE.md")?;
    let manifests = tracked.iter().filter(|path| path.ends_with("Cargo.toml"));
    let manifests = manifests.filter(|path| path.starts_with("crates") || path.starts_with("xtask"));
    let manifests = manifests.map(|path| Ok((path.clone(), read(path)?))).collect::<Result<Vec<Manifest>>>()?;
    problems.extend(table(&architecture, &manifests));
    problems.extend(waits(&manifests, &read(Path::new("Cargo.lock"))?));
    problems.extend(drivers(&manifests, &read(Path::new("Cargo.toml"))?));
    Ok(())
}

/// The table of allowed edges against the manifests.
fn table(architecture: &str, manifests: &[Manifest]) -> Vec<String> {
    let mut allowed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rows = architecture.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    for row in rows.take_while(|line| line.starts_with('|')) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (Some(names), Some(uses)) = (cells.next(), cells.next()) else { continue };
        let uses: Vec<String> = uses.split(',').map(|name| name.trim().to_owned()).collect();
        for name in names.split(',') {
            allowed.insert(name.trim().to_owned(), uses.clone());
        }
    }
    let mut problems = Vec::new();
    for (_, manifest) in manifests.iter().filter(|(path, _)| path.starts_with("crates")) {
        let name = short(manifest);
        let Some(uses) = allowed.get(name) else {
            problems.push(format!("ARCHITECTURE.md does not say what `{name}` may use"));
            continue;
        };
        for (key, _) in dependencies(manifest, &["dependencies", "build-dependencies"]) {
            let Some(dependency) = key.strip_prefix("guildhall-") else { continue };
            if !uses.iter().any(|known| known == dependency || known == "everything") {
                problems.push(format!("`{name}` may not use `{dependency}`: see the table in ARCHITECTURE.md"));
            }
        }
    }
    problems
}

/// What the core reaches, by way of others too. The lock knows of every package what it needs, also for its tests.
fn waits(manifests: &[Manifest], lock: &Table) -> Vec<String> {
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        let all = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        // A version follows where there are several: all of them are looked at as one.
        needs.entry(name).or_default().extend(all.filter_map(|need| need.as_str()?.split(' ').next()));
    }
    let mut problems = Vec::new();
    for (_, manifest) in manifests.iter().filter(|(path, _)| path.starts_with("crates/core")) {
        let name = name(manifest);
        let (mut reached, mut next) = (BTreeSet::new(), vec![name]);
        while let Some(package) = next.pop() {
            if reached.insert(package) {
                next.extend(needs.get(package).into_iter().flatten());
            }
        }
        if !needs.contains_key(name) {
            problems.push(format!("Cargo.lock does not have `{name}`"));
        }
        for waits in WAITS.iter().filter(|waits| reached.contains(*waits)) {
            problems.push(format!("`{}` is of the core and may not reach `{waits}`", short(manifest)));
        }
    }
    problems
}

/// Who speaks with a database beside `db`, in tests too.
fn drivers(manifests: &[Manifest], workspace: &Table) -> Vec<String> {
    let shared = workspace.get("workspace").and_then(|table| table.get("dependencies")?.as_table());
    let mut problems = Vec::new();
    for (_, manifest) in manifests.iter().filter(|(_, manifest)| short(manifest) != "db") {
        for (key, value) in dependencies(manifest, &["dependencies", "dev-dependencies", "build-dependencies"]) {
            let shared = shared.and_then(|shared| shared.get(key));
            // Under another name it is the same.
            let package = [Some(value), shared].into_iter().flatten().find_map(|value| value.get("package")?.as_str());
            let package = package.unwrap_or(key);
            if DRIVERS.contains(&package) {
                problems.push(format!("`{}` may not use `{package}`: only `db` speaks SQL", short(manifest)));
            }
        }
    }
    problems
}

/// Everything of some kinds that a manifest names, for any machine.
fn dependencies<'a>(manifest: &'a Table, kinds: &[&str]) -> Vec<(&'a str, &'a Value)> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(targets.filter_map(Value::as_table));
    let of = |table: &'a Table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()).collect::<Vec<_>>();
    tables.flat_map(of).flatten().map(|(key, value)| (key.as_str(), value)).collect()
}

fn name(manifest: &Table) -> &str {
    manifest.get("package").and_then(|package| package.get("name")?.as_str()).unwrap_or_default()
}

fn short(manifest: &Table) -> &str {
    name(manifest).trim_start_matches("guildhall-")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const TABLE: &str =
        "\n| crate | may use |\n|---|---|\n| wire, db | nothing of ours |\n| rules | wire |\n| tool | everything |\n";

    fn manifest(path: &str, name: &str, rest: &str) -> Manifest {
        let text = format!("[package]\nname = \"guildhall-{name}\"\n{rest}");
        (format!("crates/{path}/Cargo.toml").into(), text.parse().unwrap())
    }

    #[test]
    fn an_edge_that_the_table_does_not_allow_is_told() {
        for (name, rest, told) in [
            ("rules", "[dependencies]\nguildhall-wire.workspace = true", 0),
            ("rules", "[dependencies]\nguildhall-db.workspace = true", 1),
            ("rules", "[target.'cfg(unix)'.dependencies]\nguildhall-db.workspace = true", 1),
            ("rules", "[dev-dependencies]\nguildhall-db.workspace = true", 0),
            ("wire", "[dependencies]\nguildhall-rules.workspace = true", 1),
            ("tool", "[dependencies]\nguildhall-rules.workspace = true", 0),
            ("other", "", 1),
        ] {
            assert_eq!(table(TABLE, &[manifest("core/x", name, rest)]).len(), told, "{name} {rest}");
        }
    }

    #[test]
    fn a_core_that_waits_is_told_however_far_away() {
        let lock = |middle: &str| {
            let text = format!(
                "[[package]]\nname = \"guildhall-wire\"\ndependencies = [\"bytes\", \"middle 1.0.0\"]\n\
                 [[package]]\nname = \"middle\"\nversion = \"1.0.0\"\ndependencies = [{middle}]\n\
                 [[package]]\nname = \"bytes\"\n[[package]]\nname = \"tokio\"\n"
            );
            text.parse::<Table>().unwrap()
        };
        let wire = [manifest("core/wire", "wire", "")];
        assert_eq!(waits(&wire, &lock("\"bytes\"")), [""; 0]);
        assert_eq!(waits(&wire, &lock("\"tokio\"")), ["`wire` is of the core and may not reach `tokio`"]);
        assert_eq!(waits(&[manifest("infra/wire", "wire", "")], &lock("\"tokio\"")), [""; 0]);
        assert_eq!(waits(&[manifest("core/new", "new", "")], &lock("")).len(), 1);
    }

    #[test]
    fn a_driver_of_sql_is_for_db_alone() {
        let workspace = "[workspace.dependencies]\nlite = { package = \"rusqlite\", version = \"1\" }".parse().unwrap();
        for (name, rest, told) in [
            ("db", "[dependencies]\nrusqlite.workspace = true", 0),
            ("store", "[dependencies]\nserde.workspace = true", 0),
            ("store", "[dependencies]\nrusqlite.workspace = true", 1),
            ("store", "[dev-dependencies]\ntokio-postgres = \"0.7\"", 1),
            ("store", "[target.'cfg(unix)'.dependencies]\nrusqlite = \"1\"", 1),
            ("store", "[dependencies]\nsql = { package = \"sqlx\", version = \"1\" }", 1),
            ("store", "[dependencies]\nlite.workspace = true", 1),
        ] {
            assert_eq!(drivers(&[manifest("infra/x", name, rest)], &workspace).len(), told, "{name} {rest}");
        }
    }
}
