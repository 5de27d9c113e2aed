//! GitHub's webhook events as cards.

use guildhall_wire::embed::{Embed, EmbedAuthor};
use serde_json::Value;

const GREEN: u32 = 0x00_98_00;
const RED: u32 = 0xfc_29_29;
const BLUE: u32 = 0x72_89_da;
const GREY: u32 = 0x4e_50_58;
/// Commits that a push shows.
const COMMITS: usize = 20;

/// The card of an event; nothing for events that are not shown.
pub(super) fn embed(event: &str, told: &Value) -> Option<Embed> {
    let text = |path: &str| told.pointer(path).and_then(Value::as_str);
    let action = text("/action").unwrap_or_default();
    let repository = text("/repository/full_name")?;
    let (title, url, description, color) = match event {
        "push" => push(told)?,
        "issues" if matches!(action, "opened" | "closed" | "reopened") => {
            let body = (action == "opened").then(|| text("/issue/body")).flatten();
            (about("Issue", action, told, "/issue")?, text("/issue/html_url"), own(body), colour(action))
        }
        "pull_request" if matches!(action, "opened" | "closed" | "reopened") => {
            let merged = told.pointer("/pull_request/merged") == Some(&Value::Bool(true));
            let done = if action == "closed" && merged { "merged" } else { action };
            let body = (action == "opened").then(|| text("/pull_request/body")).flatten();
            let title = about("Pull request", done, told, "/pull_request")?;
            (title, text("/pull_request/html_url"), own(body), colour(done))
        }
        "issue_comment" if action == "created" => {
            let pull = told.pointer("/issue/pull_request").is_some();
            let title =
                about(if pull { "New comment on pull request" } else { "New comment on issue" }, "", told, "/issue")?;
            (title, text("/comment/html_url"), own(text("/comment/body")), BLUE)
        }
        "pull_request_review" if action == "submitted" => {
            let title = about("Pull request review submitted", "", told, "/pull_request")?;
            (title, text("/review/html_url"), own(text("/review/body")), BLUE)
        }
        "pull_request_review_comment" if action == "created" => {
            let title = about("New review comment on pull request", "", told, "/pull_request")?;
            (title, text("/comment/html_url"), own(text("/comment/body")), BLUE)
        }
        "discussion" if matches!(action, "created" | "answered" | "closed") => {
            let title = about("Discussion", action, told, "/discussion")?;
            (title, text("/discussion/html_url"), own(text("/discussion/body")), colour(action))
        }
        "discussion_comment" if action == "created" => {
            let title = about("New comment on discussion", "", told, "/discussion")?;
            (title, text("/comment/html_url"), own(text("/comment/body")), BLUE)
        }
        "commit_comment" => {
            let commit = short(text("/comment/commit_id")?);
            let title = format!("New comment on commit `{commit}`");
            (title, text("/comment/html_url"), own(text("/comment/body")), BLUE)
        }
        "create" | "delete" => {
            let kind = match text("/ref_type")? {
                "tag" => "tag",
                _ => "branch",
            };
            let name = text("/ref")?;
            let title = if event == "create" {
                format!("New {kind} created: {name}")
            } else if kind == "tag" {
                format!("Tag deleted: {name}")
            } else {
                format!("Branch deleted: {name}")
            };
            (title, text("/repository/html_url"), None, GREY)
        }
        "fork" => (format!("Fork created: {}", text("/forkee/full_name")?), text("/forkee/html_url"), None, GREY),
        "watch" => ("New star added".to_owned(), text("/repository/html_url"), None, GREY),
        "public" => ("Now open source".to_owned(), text("/repository/html_url"), None, GREEN),
        "member" if action == "added" => {
            (format!("New collaborator added: {}", text("/member/login")?), text("/member/html_url"), None, GREY)
        }
        "release" if action == "published" => {
            let name = text("/release/name").filter(|name| !name.is_empty()).or(text("/release/tag_name"))?;
            let title = format!("New release published: {name}");
            (title, text("/release/html_url"), own(text("/release/body")), GREEN)
        }
        "check_run" | "check_suite" if action == "completed" => check(event, told)?,
        _ => return None,
    };
    let place = match event {
        "push" => format!("[{repository}:{}]", branch(text("/ref")?)),
        _ => format!("[{repository}]"),
    };
    let author = text("/sender/login").map(|login| EmbedAuthor {
        name: login.to_owned(),
        url: text("/sender/html_url").map(str::to_owned),
        icon_url: text("/sender/avatar_url").map(str::to_owned),
        ..EmbedAuthor::default()
    });
    Some(Embed {
        title: Some(cut(&format!("{place} {title}"), 256)),
        url: url.map(str::to_owned),
        description: description.map(|text| cut(&text, 2000)),
        color: Some(color),
        author,
        ..Embed::default()
    })
}

type Card<'a> = (String, Option<&'a str>, Option<String>, u32);

fn push(told: &Value) -> Option<Card<'_>> {
    let commits = told.get("commits")?.as_array()?;
    if commits.is_empty() {
        return None;
    }
    let lines: Vec<String> = commits
        .iter()
        .take(COMMITS)
        .filter_map(|commit| {
            let text = |path: &str| commit.pointer(path).and_then(Value::as_str);
            let first = text("/message")?.lines().next().unwrap_or_default();
            let who = text("/author/username").or(text("/author/name")).unwrap_or("somebody");
            Some(format!("[`{}`]({}) {} - {who}", short(text("/id")?), text("/url")?, cut(first, 80)))
        })
        .collect();
    let count = commits.len();
    let forced = told.get("forced") == Some(&Value::Bool(true));
    let title = match (count, forced) {
        (_, true) => format!("{count} commits force-pushed"),
        (1, false) => "1 new commit".to_owned(),
        _ => format!("{count} new commits"),
    };
    Some((title, told.get("compare").and_then(Value::as_str), Some(lines.join("\n")), BLUE))
}

fn check<'a>(event: &str, told: &'a Value) -> Option<Card<'a>> {
    let text = |field: &str| told.pointer(&format!("/{event}/{field}")).and_then(Value::as_str);
    let (outcome, color) = match text("conclusion")? {
        "success" => ("succeeded", GREEN),
        "failure" | "timed_out" => ("failed", RED),
        // Cancelled, neutral and skipped checks are no news.
        _ => return None,
    };
    let name = text("name").or(text("app/name")).unwrap_or("Checks");
    let on = text("head_branch").or(text("check_suite/head_branch")).unwrap_or("a branch");
    let url = told.pointer(&format!("/{event}/html_url")).and_then(Value::as_str);
    Some((format!("{name} {outcome} on {on}"), url, None, color))
}

/// `Issue opened: #5 Title`.
fn about(what: &str, action: &str, told: &Value, path: &str) -> Option<String> {
    let subject = told.pointer(path)?;
    let number = subject.get("number")?.as_u64()?;
    let title = subject.get("title")?.as_str()?;
    let gap = if action.is_empty() { "" } else { " " };
    Some(format!("{what}{gap}{action}: #{number} {title}"))
}

fn colour(action: &str) -> u32 {
    match action {
        "opened" | "reopened" | "created" => GREEN,
        "merged" => 0x6e_54_94,
        "closed" => RED,
        _ => BLUE,
    }
}

fn own(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn branch(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/tags/")).unwrap_or(reference)
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_push_lists_its_commits() {
        let told = json!({
            "ref": "refs/heads/main", "compare": "https://example.org/compare",
            "repository": { "full_name": "house/hall" }, "sender": { "login": "ada" },
            "commits": [{ "id": "0123456789", "message": "Fix it\n\nlong", "url": "https://example.org/c",
                          "author": { "username": "ada" } }],
        });
        let card = embed("push", &told).unwrap();
        assert_eq!(card.title.unwrap(), "[house/hall:main] 1 new commit");
        assert_eq!(card.description.unwrap(), "[`0123456`](https://example.org/c) Fix it - ada");
        assert_eq!(card.author.unwrap().name, "ada");
    }

    #[test]
    fn a_merged_request_is_not_just_closed() {
        let told = json!({
            "action": "closed", "repository": { "full_name": "house/hall" },
            "pull_request": { "number": 7, "title": "Doors", "merged": true, "html_url": "https://example.org/7" },
        });
        assert_eq!(embed("pull_request", &told).unwrap().title.unwrap(), "[house/hall] Pull request merged: #7 Doors");
    }

    #[test]
    fn what_is_unknown_or_broken_is_not_shown() {
        assert!(embed("ping", &json!({ "repository": { "full_name": "a/b" } })).is_none());
        assert!(embed("push", &json!({ "commits": 5 })).is_none());
        assert!(embed("issues", &json!([])).is_none());
    }
}
