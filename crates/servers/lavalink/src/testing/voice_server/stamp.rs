//! Datagrams and when they came, for who looks now and then and is not woken up.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

/// Reads what waits, with the kernel's word for when it came.
#[cfg(target_os = "linux")]
pub(super) struct Stamps {
    room: Vec<u8>,
}

#[cfg(target_os = "linux")]
impl Stamps {
    pub(super) fn of(udp: &UdpSocket) -> Self {
        nix::sys::socket::setsockopt(udp, nix::sys::socket::sockopt::ReceiveTimestampns, &true).unwrap();
        Self { room: nix::cmsg_space!(nix::sys::time::TimeSpec) }
    }

    /// The next of those that wait; nothing where none does.
    pub(super) fn receive(&mut self, udp: &UdpSocket, buffer: &mut [u8]) -> Option<(Instant, usize, SocketAddr)> {
        use std::io::IoSliceMut;
        use std::os::fd::AsRawFd as _;
        use std::time::Duration;

        use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg};

        let mut parts = [IoSliceMut::new(buffer)];
        let room = Some(self.room.as_mut_slice());
        let letter = recvmsg::<SockaddrIn>(udp.as_raw_fd(), &mut parts, room, MsgFlags::MSG_DONTWAIT).ok()?;
        let (now, clock) = (Instant::now(), rustix::time::clock_gettime(rustix::time::ClockId::Realtime));
        let stamp = letter.cmsgs().unwrap().find_map(|message| match message {
            ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
            _ => None,
        });
        // It is of the clock that is set, but for no longer than it waited here.
        let clock = Duration::new(clock.tv_sec.try_into().unwrap(), clock.tv_nsec.try_into().unwrap());
        let ago = stamp.and_then(|stamp| clock.checked_sub(stamp)).unwrap_or_default();
        Some((now.checked_sub(ago).unwrap_or(now), letter.bytes, letter.address?.into()))
    }
}

/// Reads what waits; when it came is when it was seen.
#[cfg(not(target_os = "linux"))]
pub(super) struct Stamps;

#[cfg(not(target_os = "linux"))]
impl Stamps {
    pub(super) fn of(udp: &UdpSocket) -> Self {
        udp.set_nonblocking(true).unwrap();
        Self
    }

    /// The next of those that wait; nothing where none does.
    #[expect(clippy::unused_self, reason = "other systems have something to hold")]
    pub(super) fn receive(&mut self, udp: &UdpSocket, buffer: &mut [u8]) -> Option<(Instant, usize, SocketAddr)> {
        let (length, from) = udp.recv_from(buffer).ok()?;
        Some((Instant::now(), length, from))
    }
}
