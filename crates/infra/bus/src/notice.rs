//! What the server itself has to do something about: not for clients.

use std::sync::{Mutex, PoisonError};

use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use tokio::sync::mpsc;

use crate::Bus;

/// Something that came to an end among those who are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The last session of somebody ended.
    Left(Id<UserMarker>),
    /// The last one left a voice channel.
    Emptied(Id<GuildMarker>, Id<ChannelMarker>),
}

/// Where notices go: nowhere while nobody asked for them.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Option<mpsc::UnboundedSender<Notice>>>);

impl Notices {
    pub(crate) fn send(&self, notice: Notice) {
        let mut reader = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.as_ref().is_some_and(|reader| reader.send(notice).is_err()) {
            *reader = None;
        }
    }
}

impl Bus {
    /// Gives the notices from now on. There is one reader: who asks later takes them over.
    pub fn notices(&self) -> mpsc::UnboundedReceiver<Notice> {
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.shared.notices.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }
}
