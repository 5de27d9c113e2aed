//! An event on its way out: serialised once, shared by everybody who receives it.

use bytes::Bytes;
use serde::Serialize;

use crate::event::Event;
use crate::id::{Id, UserMarker};

/// An event's name and its body as JSON.
///
/// Sessions hold it behind an `Arc` and write only the few bytes around the body themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Discord's name (`t`).
    pub name: &'static str,
    /// JSON of the body (`d`).
    pub body: Bytes,
    /// The body for bots without the message content intent, where it differs.
    pub redacted: Option<Bytes>,
    /// Bots that see the content all the same: the author, whoever is mentioned.
    pub open_to: Vec<Id<UserMarker>>,
}

impl Dispatch {
    /// A body that is the same for everybody.
    pub fn new<T: Serialize + ?Sized>(
        name: &'static str,
        body: &T,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::from_json(name, serde_json::to_vec(body)?))
    }

    /// A body that is JSON already.
    pub fn from_json(name: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            name,
            body: body.into(),
            redacted: None,
            open_to: Vec::new(),
        }
    }

    /// An event, without a redacted form.
    pub fn of(event: &Event) -> Result<Self, serde_json::Error> {
        Self::new(event.name(), event)
    }

    /// The body for one receiver.
    pub fn body_for(&self, user: Id<UserMarker>, message_content: bool) -> &Bytes {
        match &self.redacted {
            Some(redacted) if !message_content && !self.open_to.contains(&user) => redacted,
            _ => &self.body,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn content_is_for_those_who_may_see_it() {
        let mut dispatch = Dispatch::new("MESSAGE_CREATE", "full").unwrap();
        dispatch.redacted = Some(Bytes::from_static(b"\"\""));
        dispatch.open_to = vec![Id::new(7)];
        for (user, intent, want) in [
            (7, false, "\"full\""),
            (8, false, "\"\""),
            (8, true, "\"full\""),
        ] {
            assert_eq!(dispatch.body_for(Id::new(user), intent), want, "{user}");
        }
    }
}
