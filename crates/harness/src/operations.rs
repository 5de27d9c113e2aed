//! The law of operations: tests see each of Discord's operations succeed and refuse, and hear the events that it causes.
//!
//! It is noted here what was seen; `cargo xtask test` measures that against the list of operations and `spec/operations.txt`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Names a folder in which it is noted what tests saw and heard, one empty file for each.
const HEARD: &str = "EVENTS_HEARD";

/// Suites that ask for everything, whatever the answer: what they see proves nothing of one operation.
const WHOLESALE: [&str; 3] = ["strangers::", "hostile::", "schemathesis::"];

/// Which events an operation causes.
static CAUSES: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("../spec/operations.txt").lines().filter(|line| !line.starts_with('#'));
    let causes = lines.filter_map(|line| line.split_once("  ")).filter(|(_, told)| !told.starts_with("never "));
    causes.map(|(operation, told)| (operation, told.split(", ").collect())).collect()
});

thread_local! {
    /// What this test did with success, the newest last.
    static DONE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Notes one thing, where it is asked for.
pub(crate) fn note(what: &str) {
    if let Some(folder) = std::env::var_os(HEARD) {
        std::fs::write(std::path::Path::new(&folder).join(what), "").expect("what was heard can be noted");
    }
}

/// Notes how an operation answered, with the code of a refusal.
pub(crate) fn answered(operation: &'static str, status: u16, code: Option<i64>) {
    if std::thread::current().name().is_none_or(|test| WHOLESALE.iter().any(|suite| test.starts_with(suite))) {
        return;
    }
    match status {
        200..400 => {
            note(&format!("{operation}.done"));
            DONE.with_borrow_mut(|done| done.push(operation));
        }
        // Without a login nothing is told of the operation, and a 404 without a code is that of a route.
        400 | 403 | 409 if code.is_some() => note(&format!("{operation}.refused")),
        401 | 404 if code.is_some_and(|code| code != 0) => note(&format!("{operation}.refused")),
        _ => {}
    }
}

/// Notes an event with the newest operation that is said to cause it.
pub(crate) fn told(event: &str) {
    note(event);
    DONE.with_borrow(|done| {
        let causes = |operation: &&&str| CAUSES.get(**operation).is_some_and(|told| told.contains(&event));
        if let Some(operation) = done.iter().rev().find(causes) {
            note(&format!("{operation}.{event}"));
        }
    });
}
