//! Webhooks for senders that speak another dialect: Slack's, and GitHub's.

use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use guildhall_wire::embed::{Embed, EmbedAuthor, EmbedField, EmbedFooter, EmbedMedia};
use guildhall_wire::message::MessageBody;
use serde::Deserialize;
use serde_json::Value;

use super::execute::{ExecuteQuery, send};
use super::{by_secret, execute, github};
use crate::kernel::body;
use crate::kernel::form::Uploads;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const GITHUB: &str = "/webhooks/{webhook_id}/{webhook_token}/github";
    const SLACK: &str = "/webhooks/{webhook_id}/{webhook_token}/slack";
    Routes::new()
        .post(GITHUB, execute_github_compatible_webhook, Need::Nobody)
        .limit(30, 10)
        .post(SLACK, execute_slack_compatible_webhook, Need::Nobody)
        .limit(30, 10)
}

type Secret = Path<(Id<WebhookMarker>, String)>;

/// The JSON of a body, or of the field `payload` of a form.
async fn payload<T: serde::de::DeserializeOwned>(request: Request) -> Result<T> {
    #[derive(Deserialize)]
    struct Form {
        payload: String,
    }
    let kind = request.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let bytes: Bytes =
        axum::body::to_bytes(request.into_body(), 1024 * 1024).await.map_err(|_| Code::RequestTooLarge)?;
    if !is_form {
        return body::read(&bytes);
    }
    let form: Form = serde_urlencoded::from_bytes(&bytes).map_err(|_| Code::InvalidJson)?;
    body::read(form.payload.as_bytes())
}

async fn execute_github_compatible_webhook(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<ExecuteQuery>,
    request: Request,
) -> Result<NoContent> {
    let webhook = by_secret(&cx.app, &mut cx.db(), id, &secret).await?;
    let channel = execute::place(&cx, &webhook, query.thread_id).await?;
    if channel.kind().is_forum() {
        return Err(Code::WebhookServiceInForum.into());
    }
    let event = request.headers().get("x-github-event").and_then(|event| event.to_str().ok()).map(str::to_owned);
    let event = event.ok_or_else(|| Error::form("x-github-event", "BASE_TYPE_REQUIRED", "This header is required"))?;
    let told: Value = payload(request).await?;
    // What has no picture here is let go, as the sender cannot do anything about it.
    if let Some(embed) = github::embed(&event, &told) {
        let body = MessageBody { embeds: Some(vec![embed]), username: Some("GitHub".into()), ..MessageBody::default() };
        Box::pin(send(&cx, &webhook, &channel, body, Uploads::none(&cx.app, channel.id))).await?;
    }
    Ok(NoContent)
}

/// A message in Slack's dialect.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SlackBody {
    text: Option<String>,
    username: Option<String>,
    icon_url: Option<String>,
    attachments: Vec<SlackAttachment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SlackAttachment {
    fallback: Option<String>,
    color: Option<String>,
    pretext: Option<String>,
    author_name: Option<String>,
    author_link: Option<String>,
    author_icon: Option<String>,
    title: Option<String>,
    title_link: Option<String>,
    text: Option<String>,
    fields: Vec<SlackField>,
    image_url: Option<String>,
    thumb_url: Option<String>,
    footer: Option<String>,
    footer_icon: Option<String>,
    ts: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SlackField {
    title: String,
    value: String,
    short: bool,
}

async fn execute_slack_compatible_webhook(
    cx: Cx,
    Path((id, secret)): Secret,
    Query(query): Query<ExecuteQuery>,
    request: Request,
) -> Result<Response> {
    let webhook = by_secret(&cx.app, &mut cx.db(), id, &secret).await?;
    let channel = execute::place(&cx, &webhook, query.thread_id).await?;
    if channel.kind().is_forum() {
        return Err(Code::WebhookServiceInForum.into());
    }
    let slack: SlackBody = payload(request).await?;
    let body = MessageBody {
        content: slack.text.as_deref().map(markdown),
        username: slack.username,
        avatar_url: slack.icon_url,
        embeds: Some(slack.attachments.into_iter().map(card).collect()),
        ..MessageBody::default()
    };
    let message = Box::pin(send(&cx, &webhook, &channel, body, Uploads::none(&cx.app, channel.id))).await?;
    Ok(if query.wait.0 { Json(message).into_response() } else { Json("ok").into_response() })
}

fn card(attachment: SlackAttachment) -> Embed {
    let media = |url: Option<String>| url.map(|url| EmbedMedia { url, ..EmbedMedia::default() });
    let seconds = attachment.ts.as_ref().and_then(|ts| ts.as_i64().or_else(|| ts.as_str()?.parse().ok()));
    let text = [attachment.pretext, attachment.text].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let text =
        if text.is_empty() && attachment.title.is_none() { attachment.fallback.unwrap_or_default() } else { text };
    Embed {
        title: attachment.title,
        url: attachment.title_link,
        description: Some(markdown(&text)).filter(|text| !text.is_empty()),
        color: attachment.color.as_deref().and_then(colour),
        timestamp: seconds.and_then(|seconds| Timestamp::from_secs(seconds).ok()),
        author: attachment.author_name.map(|name| EmbedAuthor {
            name,
            url: attachment.author_link,
            icon_url: attachment.author_icon,
            ..EmbedAuthor::default()
        }),
        footer: attachment.footer.map(|text| EmbedFooter {
            text,
            icon_url: attachment.footer_icon,
            ..EmbedFooter::default()
        }),
        image: media(attachment.image_url),
        thumbnail: media(attachment.thumb_url),
        fields: attachment
            .fields
            .into_iter()
            .map(|field| EmbedField { name: field.title, value: markdown(&field.value), inline: field.short })
            .collect(),
        ..Embed::default()
    }
}

/// `good`, `warning`, `danger` or `#rrggbb`.
fn colour(name: &str) -> Option<u32> {
    match name {
        "good" => Some(0x2e_b8_86),
        "warning" => Some(0xda_a0_38),
        "danger" => Some(0xa3_02_00),
        hex => u32::from_str_radix(hex.trim_start_matches('#'), 16).ok().filter(|colour| *colour <= 0x00ff_ffff),
    }
}

/// Slack's `<address|text>` and `&amp;` in Markdown.
fn markdown(text: &str) -> String {
    let mut answer = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        answer.push_str(before);
        match after.split_once('>') {
            Some((link, tail)) if link.starts_with("http") || link.starts_with("mailto:") => {
                match link.split_once('|') {
                    Some((url, name)) => answer.push_str(&format!("[{name}]({url})")),
                    None => answer.push_str(link),
                }
                rest = tail;
            }
            _ => {
                answer.push('<');
                rest = after;
            }
        }
    }
    answer.push_str(rest);
    answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_entities_become_markdown() {
        let check = |slack: &str, expected: &str| assert_eq!(markdown(slack), expected);
        check("see <https://example.org/a|the page> now", "see [the page](https://example.org/a) now");
        check("<https://example.org>", "https://example.org");
        check("a &lt;b&gt; &amp; c < d", "a <b> & c < d");
        check("<@5> <https://open", "<@5> <https://open");
    }

    #[test]
    fn colours_are_names_or_hex() {
        assert_eq!(colour("good"), Some(0x2e_b8_86));
        assert_eq!(colour("#36a64f"), Some(0x36_a6_4f));
        assert_eq!(colour("#zzz"), None);
    }
}
