//! RTP, the two AEAD modes of Discord's voice, SRTP: packets in, packets out.
//!
//! No sockets, no clock, no randomness: counters, first sequence numbers and roll-over counters are arguments or fields.
//!
//! * [`Header`] writes, [`Packet`] reads an RTP packet.
//! * [`seal`] and [`open`] are the one way in which a packet becomes secret and plain again. Discord's modes and SRTP
//!   differ in two points only, and [`Nonce`] names both: where the twelve or twenty-four bytes come from, and how much of
//!   the header is authenticated.
//! * [`discord`] has the names of the modes, the discovery of one's address and an outgoing stream.
//! * [`reorder`] puts the packets of an incoming stream of Discord's in order, each once.
//! * [`srtp`] derives session keys and keeps the roll-over counter and the replay window of a stream.

mod aead;
pub mod discord;
mod header;
pub mod reorder;
pub mod srtp;

pub use aead::{Key, Nonce, Opened, TAG, open, seal};
pub use header::{Extensions, HEADER, Header, Packet};

/// Why bytes are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer bytes than the fields need.
    #[error("packet is too short")]
    Short,
    /// Not version 2 of RTP.
    #[error("packet is of no RTP version that is known")]
    Version,
    /// More bytes than a datagram may have.
    #[error("packet is too long")]
    Long,
    /// The tag does not fit the bytes: another key, or somebody has changed them.
    #[error("packet is not authentic")]
    Forged,
    /// Its sequence number was seen before, or is too old to tell.
    #[error("packet was seen before")]
    Replayed,
    /// A key or salt of another length than the cipher has.
    #[error("key has the wrong length")]
    KeyLength,
    /// A counter has come to its end; the key must be changed.
    #[error("key has been used up")]
    Exhausted,
    /// No answer to a question for one's address.
    #[error("packet is no address discovery")]
    Discovery,
}

/// The result of reading or opening a packet.
pub type Result<T, E = Error> = std::result::Result<T, E>;
