//! A gateway connection as a state machine, without sockets, clocks or tasks.
//!
//! A [`Session`] takes [`Input`] (a frame came, an event is to be delivered, time passed) and answers with [`Output`] (send
//! this, close with that code, ask the database who this is). Events do not leave through outputs: whoever owns the socket
//! pulls them with [`Session::pull`] as fast as the socket takes them, so that what was not sent yet and what may have to
//! be replayed are one buffer. A session outlives its socket; a new socket is attached with the last sequence number that
//! the client saw.

pub mod limits;
pub mod log;
pub mod opening;
pub mod session;
pub mod starts;

pub use limits::Limits;
pub use log::Event;
pub use opening::{Compression, Opening};
pub use session::{Control, Grant, Input, Outgoing, Output, Session, Start};
pub use starts::{Refusal, Starts};
