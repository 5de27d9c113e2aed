//! An event in a session's log: one pointer, because a log may hold a thousand of them.

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use guildhall_bus::Dispatch;
use guildhall_session::Event;
use guildhall_wire::id::{Id, UserMarker};

use crate::compress::zlib_payload;

/// Smaller bodies are not worth packing.
const WORTH_PACKING: usize = 1024;
/// Largest body that is unpacked: what was packed here was smaller.
const UNPACKED_LIMIT: u64 = 256 * 1024 * 1024;

/// An event, shared with whoever else hears it.
///
/// Bodies that were made for one session alone (READY, guilds, members) are kept packed once they are sent, until the client
/// confirms them: then nothing but a replay would need them. JSON begins with a brace, zlib does not.
#[derive(Clone, Debug)]
pub(crate) struct Item(pub(crate) Arc<Dispatch>);

impl Event for Item {
    fn size(&self) -> usize {
        self.0.all().map(|dispatch| dispatch.body.len() + size_of::<Dispatch>()).sum()
    }

    fn count(&self) -> usize {
        1 + self.0.then.len()
    }

    fn is_private(&self) -> bool {
        matches!(self.0.name, "READY" | "GUILD_CREATE" | "GUILD_MEMBERS_CHUNK")
    }
}

impl Item {
    pub(crate) fn new(dispatch: Dispatch) -> Self {
        Self(Arc::new(dispatch))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name
    }

    /// Whether it may wait a moment for others.
    pub(crate) fn is_patient(&self) -> bool {
        matches!(self.0.name, "PRESENCE_UPDATE" | "GUILDHALL_RECEIPT_UPDATE")
    }

    /// The body of one of its events, for one receiver.
    pub(crate) fn body(&self, part: usize, user: Id<UserMarker>, message_content: bool) -> io::Result<Cow<'_, [u8]>> {
        if self.is_packed() {
            let mut body = Vec::new();
            ZlibDecoder::new(self.0.body.as_ref()).take(UNPACKED_LIMIT).read_to_end(&mut body)?;
            return Ok(body.into());
        }
        let dispatch = self.0.all().nth(part).unwrap_or(&self.0);
        Ok(dispatch.body_for(user, message_content).as_ref().into())
    }

    /// A smaller form, where there is one that is worth it.
    pub(crate) fn pack(&self) -> Option<Self> {
        if !self.is_private() || self.is_packed() || self.0.body.len() < WORTH_PACKING {
            return None;
        }
        let mut packed = Vec::new();
        zlib_payload(&[&self.0.body], &mut packed).ok()?;
        packed.shrink_to_fit();
        Some(Self::new(Dispatch::new(self.0.name, packed)))
    }

    fn is_packed(&self) -> bool {
        self.is_private() && self.0.body.first() == Some(&0x78)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_packed_body_is_small_and_comes_back() {
        let body = format!("[{}1]", "1,".repeat(10_000));
        let item = Item::new(Dispatch::new("GUILD_CREATE", body.clone()));
        let packed = item.pack().unwrap();
        assert!(packed.size() * 10 < item.size());
        assert_eq!(packed.body(0, Id::new(1), true).unwrap(), body.as_bytes());
        assert!(packed.pack().is_none());
        assert_eq!(size_of::<Item>(), 8);
    }

    #[test]
    fn what_is_told_together_has_a_body_each() {
        let [first, second, third] = ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"];
        let then = vec![Dispatch::new("PRESENCE_UPDATE", second), Dispatch::new("PRESENCE_UPDATE", third)];
        let item = Item::new(Dispatch { then, ..Dispatch::new("PRESENCE_UPDATE", first) });
        let bodies: Vec<_> = (0..3).map(|part| item.body(part, Id::new(1), true).unwrap().into_owned()).collect();
        assert_eq!(bodies, [first, second, third].map(|body| body.as_bytes().to_vec()));
        assert_eq!((item.count(), item.size()), (3, 3 * (first.len() + size_of::<Dispatch>())));
    }

    #[test]
    fn shared_and_small_bodies_stay_as_they_are() {
        for (name, size) in [("MESSAGE_CREATE", 10_000), ("READY", 100)] {
            let item = Item::new(Dispatch::new(name, vec![b' '; size]));
            assert!(item.pack().is_none(), "{name}");
        }
    }
}
