//! An event as it is sent: serialised once, shared by all who hear it.

use std::iter::once;

use bytes::Bytes;
use guildhall_wire::automod::Execution;
use guildhall_wire::id::{Id, UserMarker};
use guildhall_wire::message::Message;
use guildhall_wire::{Event, Patch};

/// A serialised event. A session adds only its sequence number.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Discord's name (`t`).
    pub name: &'static str,
    /// JSON of the body (`d`).
    pub body: Bytes,
    /// The same without content, for bots that may not read it: messages have one, and what moderation did with them.
    pub redacted: Option<Redacted>,
    /// Those that are told with it, in their order: what comes in floods is handed over and kept together.
    pub then: Vec<Self>,
}

/// An event without content, and what those see of it for whom it is meant.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// JSON of the body (`d`).
    pub body: Bytes,
    /// Who wrote it or what it answers, and whom one of the two mentions: each with what they see.
    meant: Vec<(Id<UserMarker>, Bytes)>,
}

impl Dispatch {
    /// An event with that body.
    pub fn new(name: &'static str, body: impl Into<Bytes>) -> Self {
        Self { name, body: body.into(), redacted: None, then: Vec::new() }
    }

    /// Serialises events that are told together; nothing where there is none.
    pub(crate) fn of_all<'a>(events: impl Iterator<Item = &'a Event>) -> Option<Self> {
        let mut made = events.filter_map(Self::of);
        let first = made.next()?;
        Some(Self { then: made.collect(), ..first })
    }

    /// The event and those that are told with it.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        once(self).chain(&self.then)
    }

    /// Serialises an event; with a redacted form when it is a guild's message.
    pub fn of(event: &Event) -> Option<Self> {
        let body = serde_json::to_vec(event)
            .inspect_err(|error| tracing::error!(%error, event = event.name(), "failed to serialise event"))
            .ok()?;
        let body = Bytes::from(body);
        let redacted = match event {
            Event::MessageCreate(message) | Event::MessageUpdate(message) if message.guild_id.is_some() => {
                redact(message, &body)
            }
            Event::AutoModerationActionExecution(execution) => {
                let bare =
                    Execution { content: String::new(), matched_content: Some(String::new()), ..execution.clone() };
                serde_json::to_vec(&bare).ok().map(|body| Redacted { body: body.into(), meant: Vec::new() })
            }
            _ => None,
        };
        Some(Self { name: event.name(), body, redacted, then: Vec::new() })
    }

    /// The body for somebody who does or does not read what is not meant for it.
    pub fn body_for(&self, user: Id<UserMarker>, message_content: bool) -> &Bytes {
        match &self.redacted {
            Some(redacted) if !message_content => {
                let own = redacted.meant.iter().find(|(meant, _)| *meant == user);
                own.map_or(&redacted.body, |(_, body)| body)
            }
            _ => &self.body,
        }
    }
}

/// The message without its content, and that of what it answers. Each of the two is shown to those for whom it is meant.
fn redact(message: &Message, whole: &Bytes) -> Option<Redacted> {
    let answered = message.referenced_message.as_ref().value().map(|answered| &**answered);
    // Serialised once for all who see the same of it.
    let mut forms: [Option<Bytes>; 4] = [None, None, None, Some(whole.clone())];
    let mut form = |own: bool, other: bool| {
        let place = forms.get_mut(usize::from(own) + 2 * usize::from(other))?;
        if place.is_none() {
            let mut bare = message.clone();
            if !own {
                bare.conceal();
            }
            if let Patch::Value(answered) = &mut bare.referenced_message
                && !other
            {
                answered.conceal();
            }
            *place = Some(serde_json::to_vec(&bare).ok()?.into());
        }
        place.clone()
    };
    let mut concerned: Vec<Id<UserMarker>> = [Some(message), answered]
        .into_iter()
        .flatten()
        .flat_map(|one| {
            let application = one.application_id.map(Id::cast);
            one.mentions.iter().map(|user| user.id).chain([one.author.id]).chain(application)
        })
        .collect();
    concerned.sort_unstable();
    concerned.dedup();
    let body = form(false, false)?;
    let meant = concerned.into_iter().filter_map(|user| {
        let own = message.is_meant_for(user);
        let other = answered.map_or(own, |answered| answered.is_meant_for(user));
        if own || other { Some((user, form(own, other)?)) } else { None }
    });
    Some(Redacted { meant: meant.collect(), body })
}
