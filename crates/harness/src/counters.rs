//! Counters of threads as a client keeps them, below channels that stay: no event tells them anew with every message, so it counts
//! what it hears.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is counted of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Messages that are there.
    pub messages: i64,
    /// Messages that were ever sent.
    pub sent: i64,
    /// Who takes part, up to fifty.
    pub members: i64,
}

/// The counters of all threads that are active, by id.
pub type Counters = BTreeMap<String, Counter>;

/// Counts what an event says.
pub(crate) fn count(counters: &mut Counters, name: &str, body: &Value) {
    let id = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let number = |thread: &Value, key: &str| thread[key].as_i64().unwrap_or_default();
    let read = |thread: &Value| Counter {
        messages: number(thread, "message_count"),
        sent: number(thread, "total_message_sent"),
        members: number(thread, "member_count"),
    };
    match name {
        "GUILD_CREATE" | "THREAD_LIST_SYNC" => {
            for thread in body["threads"].as_array().into_iter().flatten() {
                counters.insert(thread["id"].as_str().unwrap_or_default().to_owned(), read(thread));
            }
        }
        "THREAD_CREATE" | "THREAD_UPDATE" if body["thread_metadata"]["archived"] == false => {
            counters.insert(id("id"), read(body));
        }
        "THREAD_UPDATE" | "THREAD_DELETE" => drop(counters.remove(&id("id"))),
        "THREAD_MEMBERS_UPDATE" => {
            if let Some(counter) = counters.get_mut(&id("id")) {
                counter.members = number(body, "member_count");
            }
        }
        // What a thread began with is not in it.
        "MESSAGE_CREATE" if body["id"] != body["channel_id"] => {
            if let Some(counter) = counters.get_mut(&id("channel_id")) {
                counter.messages += 1;
                counter.sent += 1;
            }
        }
        "MESSAGE_DELETE" if body["id"] != body["channel_id"] => {
            if let Some(counter) = counters.get_mut(&id("channel_id")) {
                counter.messages -= 1;
            }
        }
        "MESSAGE_DELETE_BULK" => {
            let gone =
                body["ids"].as_array().map_or(0, |ids| ids.iter().filter(|id| **id != body["channel_id"]).count());
            if let Some(counter) = counters.get_mut(&id("channel_id")) {
                counter.messages -= i64::try_from(gone).unwrap_or_default();
            }
        }
        _ => {}
    }
}
