//! The UDP side: what comes is opened, counted, and passed on to the others of a channel.

use std::net::UdpSocket;
use std::sync::Weak;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use guildhall_rtp::discord::Discovery;
use guildhall_rtp::{Header, Nonce, open, seal};

use super::stamp::Stamps;
use super::{Ear, Inner, Packet, State};

/// Room for what comes while the listener does not get a processor: as much as is wished for where this may be done, and else what
/// the system's limit allows.
pub(super) fn make_room(udp: &UdpSocket) {
    const ROOM: usize = 8 << 20;
    #[cfg(target_os = "linux")]
    if rustix::net::sockopt::set_socket_recv_buffer_size_force(udp, ROOM).is_ok() {
        return;
    }
    rustix::net::sockopt::set_socket_recv_buffer_size(udp, ROOM).unwrap();
}

/// A datagram, and when it came.
pub(super) type Letter = (Instant, Vec<u8>);

/// How often one looks who is not woken up.
const LOOK: Duration = Duration::from_millis(1);

/// The UDP side: takes what comes and puts it aside, so that nothing is lost while somebody looks at what was heard.
pub(super) fn hear(inner: &Weak<Inner>, udp: &UdpSocket, letters: &Sender<Letter>) {
    let Some(ear) = inner.upgrade().map(|inner| inner.options.ear) else { return };
    // Where that is allowed: what is measured is when a datagram came, and not when somebody had the time to look.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(-10);
    let mut buffer = vec![0; 2048];
    match ear {
        Ear::Sleeps => {
            udp.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            while inner.strong_count() > 0 {
                if let Ok((length, from)) = udp.recv_from(&mut buffer) {
                    take(inner, udp, letters, Instant::now(), &buffer[..length], from);
                }
            }
        }
        Ear::Looks => {
            let mut stamps = Stamps::of(udp);
            while inner.strong_count() > 0 {
                while let Some((at, length, from)) = stamps.receive(udp, &mut buffer) {
                    take(inner, udp, letters, at, &buffer[..length], from);
                }
                std::thread::sleep(LOOK);
            }
        }
    }
}

/// Takes one datagram.
fn take(
    inner: &Weak<Inner>,
    udp: &UdpSocket,
    letters: &Sender<Letter>,
    at: Instant,
    bytes: &[u8],
    from: std::net::SocketAddr,
) {
    let Ok(Discovery::Request { ssrc }) = Discovery::parse(bytes) else {
        let _ = letters.send((at, bytes.to_vec()));
        return;
    };
    if let Some(inner) = inner.upgrade()
        && let Some(session) = inner.lock().sessions.get_mut(&ssrc)
    {
        session.address = Some(from);
    }
    let answer = Discovery::Response { ssrc, address: from.ip(), port: from.port() };
    let _ = udp.send_to(&answer.bytes(), from);
}

/// Opens what came, in the order in which it did.
pub(super) fn read(inner: &Weak<Inner>, udp: &UdpSocket, post: &Receiver<Letter>) {
    while let Ok((at, mut bytes)) = post.recv() {
        let Some(inner) = inner.upgrade() else { return };
        if bytes.len() < 12 {
            // Nothing in it says whose it is: the oldest session's, in a test of one.
            if let Some(session) = inner.lock().sessions.values_mut().next() {
                session.heard.alive += 1;
            }
            continue;
        }
        let ssrc = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let mut state = inner.lock();
        let Some(session) = state.sessions.get_mut(&ssrc) else { continue };
        let Some(opened) = session.sealed.as_ref().and_then(|key| open(&mut bytes, key, Nonce::Counter(0)).ok()) else {
            session.heard.forged += 1;
            continue;
        };
        let header = opened.packet.header;
        let heard = &mut session.heard;
        heard.count += 1;
        heard.gaps += u64::from(session.next.is_some_and(|next| next != header.sequence));
        session.next = Some(header.sequence.wrapping_add(1));
        if let Some(last) = heard.last {
            heard.longest = heard.longest.max(u64::try_from((at - last).as_micros()).unwrap_or(u64::MAX));
        }
        heard.first.get_or_insert(at);
        heard.last = Some(at);
        if inner.options.keep {
            heard.packets.push(Packet {
                at,
                sequence: header.sequence,
                timestamp: header.timestamp,
                opus: opened.payload.into(),
            });
        }
        if inner.options.group.is_some() {
            pass_on(&mut state, udp, header, opened.payload);
        }
    }
}

/// Sends a packet to the others of the channel, each under a key of its own.
fn pass_on(state: &mut State, udp: &UdpSocket, header: Header, payload: &[u8]) {
    let mut packet = Vec::new();
    for session in state.sessions.values_mut().filter(|one| one.heard.ssrc != header.ssrc && one.line.is_some()) {
        let (Some(key), Some(address)) = (&session.sealed, session.address) else { continue };
        seal(&mut packet, header, payload, key, Nonce::Counter(session.passed)).unwrap();
        session.passed += 1;
        let _ = udp.send_to(&packet, address);
    }
}
