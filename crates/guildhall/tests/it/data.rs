//! The data folder: one server works on it, nobody else reads it, and what is in it is not lost by mistake.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use guildhall_db::{Config, Db};
use guildhall_harness::PASSWORD;
use guildhall_store::MIGRATIONS;
use guildhall_wire::id::Id;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::command::{Ended, call, on};
use crate::process::Process;

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
const NODE: [&str; 5] = ["node", "--listen", "127.0.0.1:0", "--password", "none"];
const LIST: [&str; 3] = ["admin", "user", "list"];

/// Makes an account.
async fn create(data: &Path, name: &str) -> Ended {
    let email = format!("{name}@example.org");
    on(data, &["admin", "user", "create", "--name", name, "--email", &email, "--password", PASSWORD]).await
}

/// The names of all accounts.
async fn names(data: &Path) -> Vec<String> {
    let list = on(data, &LIST).await.json();
    list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

/// Everything below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// Starts it; what it says first, when it says something before it ends.
async fn first_line(arguments: &[&str], data: &Path) -> (Child, Option<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(arguments).arg("--data").arg(data).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line =
        tokio::time::timeout(Duration::from_mins(1), lines.next_line()).await.expect("it says something or ends");
    (child, line.unwrap())
}

/// Of three that are started at once one runs, and it can be used.
async fn one_of_three_runs(arguments: &[&str], data: &Path) -> Child {
    let three = [first_line(arguments, data), first_line(arguments, data), first_line(arguments, data)];
    let (run, ended): (Vec<_>, Vec<_>) =
        futures_util::future::join_all(three).await.into_iter().partition(|(_, line)| line.is_some());
    assert_eq!(run.len(), 1, "{arguments:?}: {run:?}");
    for (mut child, _) in ended {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
        assert!(said.contains("a server runs on"), "{said}");
        assert_eq!(child.wait().await.unwrap().code(), Some(1));
    }
    run.into_iter().next().unwrap().0
}

#[tokio::test]
async fn one_server_works_on_a_folder() {
    let folder = TempDir::new().unwrap();
    // A socket has no room for the longer name: nobody hears of this server that way.
    for data in [folder.path().join("short"), folder.path().join("long".repeat(40))] {
        let mut server = one_of_three_runs(&SERVE, &data).await;
        // An audio node may have the folder too, but only one.
        let mut node = one_of_three_runs(&NODE, &data).await;
        let ended = on(&data, &["db", "migrate"]).await;
        assert!(ended.code == 1 && ended.err.contains("a server runs on"), "{}", ended.err);
        let ended = on(&data, &LIST).await;
        if data.ends_with("short") {
            assert_eq!(ended.json(), json!([]));
        } else {
            assert!(ended.code == 1 && ended.err.contains("does not answer"), "{}", ended.err);
        }
        server.kill().await.unwrap();
        node.kill().await.unwrap();
        assert_eq!(on(&data, &LIST).await.json(), json!([]), "the lock went with it");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let process = Process::start(&data, &[]).await;
    let copy = folder.path().join("copy.db");
    on(&data, &["db", "backup", copy.to_str().unwrap()]).await.json();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(process);
    on(&data, &["db", "restore", copy.to_str().unwrap()]).await.json();
    on(&data, &["db", "backup", folder.path().join("again.db").to_str().unwrap()]).await.json();
    let found = below(folder.path());
    assert!(found.iter().any(|path| path.ends_with("guildhall.db")), "{found:?}");
    for path in found.iter().filter(|path| **path != copy) {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
    }
}

#[tokio::test]
async fn a_restore_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let (data, copies) = (folder.path().join("data"), folder.path().join("copies"));
    std::fs::create_dir(&copies).unwrap();
    let (copy, database) = (copies.join("copy.db"), data.join("guildhall.db"));
    let restore = |from: PathBuf| {
        let data = data.clone();
        async move { on(&data, &["db", "restore", from.to_str().unwrap()]).await }
    };
    let kept = |ended: &Ended| PathBuf::from(ended.json()["kept"].as_str().unwrap());
    create(&data, "before").await.json();
    on(&data, &["db", "backup", copy.to_str().unwrap()]).await.json();
    let whole = std::fs::read(&copy).unwrap();
    create(&data, "after").await.json();

    // Copies that are none, and the database itself: it stays where it is.
    std::fs::write(copies.join("half.db"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(copies.join("none.db"), "no database").unwrap();
    std::fs::write(copies.join("empty.db"), "").unwrap();
    let there = below(&copies);
    for from in ["half.db", "none.db", "empty.db", "missing.db", "../data/guildhall.db"] {
        for _ in 0..2 {
            let ended = restore(copies.join(from)).await;
            assert_eq!(ended.code, 1, "{from}: {}", ended.out);
        }
        assert_eq!(names(&data).await, ["before", "after"], "{from}");
    }
    let left = below(&data).into_iter().filter(|path| path.to_string_lossy().contains("restor")).collect::<Vec<_>>();
    assert_eq!(left, Vec::<PathBuf>::new());

    // Each time what was there is kept.
    let first = kept(&restore(copy.clone()).await);
    assert_eq!(names(&data).await, ["before"]);
    create(&data, "later").await.json();
    let second = kept(&restore(copy.clone()).await);
    assert_ne!(first, second);
    for (kept, then) in [(second, ["before", "later"]), (first, ["before", "after"])] {
        restore(kept).await.json();
        assert_eq!(names(&data).await, then);
    }

    // A database that cannot be read is what somebody restores for.
    std::fs::write(&database, vec![7; 50_000]).unwrap();
    let damaged = kept(&restore(copy.clone()).await);
    assert_eq!(std::fs::read(damaged).unwrap(), vec![7; 50_000]);
    assert_eq!(names(&data).await, ["before"]);

    // Into an empty folder nothing is kept; the key comes from the backup too.
    let (key, new) = (data.join("secret.key"), folder.path().join("new"));
    assert_eq!(on(&new, &["db", "restore", copy.to_str().unwrap()]).await.json()["kept"], Value::Null);
    let ended = on(&new, &LIST).await;
    assert!(ended.code == 1 && ended.err.contains("secret.key is not in the data folder"), "{}", ended.err);
    std::fs::copy(key, new.join("secret.key")).unwrap();
    assert_eq!(names(&new).await, ["before"]);
    assert_eq!((below(&copies), std::fs::read(&copy).unwrap()), (there, whole), "copies are only read");

    // Cut off between its last two steps: no new database is made in the gap.
    std::fs::rename(&database, data.join("guildhall.db.restoring")).unwrap();
    let ended = on(&data, &LIST).await;
    assert!(ended.code == 1 && ended.err.contains("did not come to its end"), "{}", ended.err);
    restore(copy).await.json();
    assert_eq!(names(&data).await, ["before"]);
}

#[tokio::test]
async fn a_folder_named_by_mistake_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let (data, copy) = (folder.path().join("wrong"), folder.path().join("copy.db"));
    let copy = copy.to_str().unwrap();
    for arguments in [&["db", "status"][..], &["db", "version"], &["db", "backup", copy], &["db", "accept-key"]] {
        let ended = on(&data, arguments).await;
        assert!(ended.code == 1 && ended.err.contains("there is no database"), "{arguments:?}: {}", ended.err);
        assert!(!data.join("guildhall.db").exists() && !Path::new(copy).exists(), "{arguments:?}");
    }
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("guildhall.db"), "").unwrap();
    let ended = on(&data, &["db", "backup", copy]).await;
    assert!(ended.code == 1 && ended.err.contains("is empty"), "{}", ended.err);
    assert!(!Path::new(copy).exists());
}

#[tokio::test]
async fn a_lost_or_wrong_key_is_said_and_not_replaced() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let key = data.join("secret.key");
    let refused = |says: &'static str| async move {
        for arguments in [&LIST[..], &SERVE] {
            let ended = on(data, arguments).await;
            assert!(ended.code == 1 && ended.err.contains(says), "{arguments:?}: {}", ended.err);
        }
        let ended = on(data, &["doctor", "--listen", "127.0.0.1:0"]).await;
        assert!(ended.code == 4 && ended.out.contains(says), "{}", ended.out);
    };
    create(data, "ada").await.json();
    let own = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    refused("secret.key is not in the data folder").await;
    assert!(!key.exists());
    std::fs::write(&key, "0a".repeat(32)).unwrap();
    refused("the key is not the one that this database was used with").await;
    std::fs::write(&key, own).unwrap();
    assert_eq!(names(data).await, ["ada"]);
    let accept = || async { on(data, &["db", "accept-key"]).await.json()["accepted"].clone() };
    assert_eq!(accept().await, false);
    std::fs::remove_file(&key).unwrap();
    assert_eq!(accept().await, true);
    assert!(key.exists());
    assert_eq!(names(data).await, ["ada"]);

    // A database of a program that noted no key yet.
    let db = Db::open(&Config::sqlite(&data.join("guildhall.db"))).await.unwrap();
    guildhall_db::Run::execute(&mut &db, "DELETE FROM instance WHERE name = 'key_check'", vec![]).await.unwrap();
    db.close().await.unwrap();
    let own = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    refused("secret.key is not in the data folder").await;
    std::fs::write(&key, own).unwrap();
    assert_eq!(names(data).await, ["ada"]);
}

#[tokio::test]
async fn links_of_a_stopped_server_have_its_address() {
    let folder = TempDir::new().unwrap();
    create(folder.path(), "ada").await.json();
    let password = ["admin", "user", "password", "ada"];
    let url = |answer: Value| answer["url"].as_str().unwrap().to_owned();
    let never = url(on(folder.path(), &password).await.json());
    assert!(never.starts_with("http://127.0.0.1:8080/reset#"), "{never}");
    drop(Process::start(folder.path(), &[("GUILDHALL_PUBLIC_URL", "https://hall.example.org")]).await);
    let last = url(on(folder.path(), &password).await.json());
    assert!(last.starts_with("https://hall.example.org/reset#"), "{last}");
}

#[tokio::test]
async fn an_old_database_is_refused_until_it_is_migrated() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let (newest, older) = MIGRATIONS.split_last().unwrap();
    let db = Db::open(&Config::sqlite(&data.join("guildhall.db"))).await.unwrap();
    db.migrate(older).await.unwrap();
    db.close().await.unwrap();
    for (arguments, code) in
        [(&SERVE[..], 3), (&LIST, 3), (&["db", "status"], 3), (&["doctor", "--listen", "127.0.0.1:0"], 4)]
    {
        let ended = on(data, arguments).await;
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.err);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains("back it up, then run `guildhall db migrate`"), "{said}");
    }
    assert_eq!(on(data, &["db", "migrate"]).await.json()["applied"], json!([newest.version]));
    on(data, &["db", "status"]).await.json();
    Process::start(data, &[]).await;
}

#[tokio::test]
async fn every_account_is_listed() {
    let folder = TempDir::new().unwrap();
    assert_eq!(names(folder.path()).await, Vec::<String>::new());
    let db = Db::open(&Config::sqlite(&folder.path().join("guildhall.db"))).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for number in 1..=10_001_u64 {
        let row = guildhall_store::user::UserRow::new(Id::new(number), &format!("user{number}"), false);
        guildhall_store::user::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    let names = names(folder.path()).await;
    assert_eq!((names.len(), names.last().map(String::as_str)), (10_001, Some("user10001")));
}

#[tokio::test]
async fn whoever_reads_no_further_hears_no_complaint() {
    let folder = TempDir::new().unwrap();
    create(folder.path(), "ada").await.json();
    let data = folder.path().to_str().unwrap();
    for arguments in [
        &["routes"][..],
        &["routes", "--json"],
        &["config", "example"],
        &["node", "example"],
        &["admin", "user", "list", "--data", data],
        &["db", "version", "--data", data],
        &["doctor", "--listen", "127.0.0.1:0", "--data", data],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
        let child = command.args(arguments).stdout(writer).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        drop(command);
        let output = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
        let output = output.expect("it ends").unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[tokio::test]
async fn all_routes_are_shown_in_both_forms() {
    let text = call(&["routes"], &[]).await.out;
    let json = call(&["routes", "--json"], &[]).await.json();
    let shown: Vec<_> =
        text.lines().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ")).collect();
    let listed = json.as_array().unwrap().iter();
    let part = |route: &Value, name: &str| route[name].as_str().unwrap().to_owned();
    let listed: Vec<_> =
        listed.map(|route| [part(route, "method"), part(route, "path"), part(route, "operation")].join(" ")).collect();
    assert_eq!(shown, listed);
    assert!(shown.iter().any(|route| route.starts_with("POST /setup ")));
}
