//! What of a message is content: applications without the intent for it read only what is meant for them.

use super::{Message, MessagePatch};
use crate::id::{Id, UserMarker};
use crate::patch::Patch;

impl Message {
    /// Whether an application reads it without the intent: it wrote it or is mentioned in it. What is forwarded was meant for
    /// others, whoever forwards it.
    pub fn is_meant_for(&self, user: Id<UserMarker>) -> bool {
        self.message_snapshots.is_empty()
            && (self.author.id == user
                || self.application_id == Some(user.cast())
                || self.mentions.iter().any(|mentioned| mentioned.id == user))
    }

    /// Takes text, cards, files, components and poll away, of what was forwarded too; what it answers stays.
    pub fn conceal(&mut self) {
        self.content.clear();
        self.embeds.clear();
        self.attachments.clear();
        self.components.clear();
        self.poll = None;
        for snapshot in &mut self.message_snapshots {
            let copy = &mut snapshot.message;
            copy.content.clear();
            copy.embeds.clear();
            copy.attachments.clear();
            copy.components.clear();
        }
    }

    /// The same of a message that is not meant for somebody. What it answers is a message of its own: to be mentioned in the
    /// answer is not to be mentioned there, and one's own words stay one's own.
    pub fn conceal_from(&mut self, user: Id<UserMarker>) {
        if !self.is_meant_for(user) {
            self.conceal();
        }
        if let Patch::Value(answered) = &mut self.referenced_message {
            answered.conceal_from(user);
        }
    }
}

impl MessagePatch {
    /// Whether it changes more than flags and pings.
    pub fn changes_content(&self) -> bool {
        !(self.content.is_absent()
            && self.embeds.is_absent()
            && self.embed.is_absent()
            && self.components.is_absent()
            && self.attachments.is_absent())
    }
}
