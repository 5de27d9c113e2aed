//! An event as it is sent: serialised once, shared by all who hear it.

use bytes::Bytes;
use guildhall_wire::Event;
use guildhall_wire::automod::Execution;
use guildhall_wire::id::{Id, UserMarker};
use guildhall_wire::message::Message;

/// A serialised event. A session adds only its sequence number.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Discord's name (`t`).
    pub name: &'static str,
    /// JSON of the body (`d`).
    pub body: Bytes,
    /// The same without content, for bots that may not read it: messages have one, and what moderation did with them.
    pub redacted: Option<Redacted>,
}

/// An event without content, and who sees it whole all the same.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// JSON of the body (`d`).
    pub body: Bytes,
    /// Who wrote it, and whom it mentions.
    meant: Vec<Id<UserMarker>>,
}

impl Dispatch {
    /// An event with that body.
    pub fn new(name: &'static str, body: impl Into<Bytes>) -> Self {
        Self { name, body: body.into(), redacted: None }
    }

    /// Serialises an event; with a redacted form when it is a guild's message.
    pub fn of(event: &Event) -> Option<Self> {
        let body = serde_json::to_vec(event)
            .inspect_err(|error| tracing::error!(%error, event = event.name(), "failed to serialise event"))
            .ok()?;
        let redacted = match event {
            Event::MessageCreate(message) | Event::MessageUpdate(message) if message.guild_id.is_some() => {
                redact(message)
            }
            Event::AutoModerationActionExecution(execution) => {
                let bare =
                    Execution { content: String::new(), matched_content: Some(String::new()), ..execution.clone() };
                serde_json::to_vec(&bare).ok().map(|body| Redacted { body: body.into(), meant: Vec::new() })
            }
            _ => None,
        };
        Some(Self { name: event.name(), body: body.into(), redacted })
    }

    /// The body for somebody who does or does not read what is not meant for it.
    pub fn body_for(&self, user: Id<UserMarker>, message_content: bool) -> &Bytes {
        match &self.redacted {
            Some(redacted) if !message_content && !redacted.meant.contains(&user) => &redacted.body,
            _ => &self.body,
        }
    }
}

/// The message without its content, and that of what it answers.
fn redact(message: &Message) -> Option<Redacted> {
    let mut bare = message.clone();
    bare.conceal();
    if let guildhall_wire::Patch::Value(answered) = &mut bare.referenced_message {
        answered.conceal();
    }
    let concerned = message.mentions.iter().map(|user| user.id).chain([message.author.id]);
    Some(Redacted {
        body: serde_json::to_vec(&bare).ok()?.into(),
        meant: concerned.filter(|user| message.is_meant_for(*user)).collect(),
    })
}
