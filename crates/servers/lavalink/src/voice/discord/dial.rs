//! Getting through: the WebSocket's TLS, and finding out one's own address over UDP.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use guildhall_rtp::discord::{DISCOVERY, Discovery};
use rustls::ClientConfig;
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// For a connection, its TLS and its handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the answer to one question after one's address; it is asked a few times.
const ANSWER: Duration = Duration::from_millis(800);
const QUESTIONS: usize = 5;
/// Longest message of a server.
const MOST_MESSAGE: usize = 1024 * 1024;

/// Opens the WebSocket of an endpoint such as `host:port`.
pub(super) async fn websocket(tls: &Arc<ClientConfig>, endpoint: &str) -> Result<Socket, Error> {
    // Discord has written a port that is none of TLS for years.
    let endpoint = endpoint.trim_start_matches("wss://").trim_end_matches('/').trim_end_matches(":80");
    let address = format!("wss://{endpoint}/?v=8");
    let parsed = url::Url::parse(&address).map_err(|cause| invalid(&cause))?;
    let host = parsed.host_str().ok_or_else(|| invalid(&"there is no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = parsed.port().unwrap_or(443);
    let dialing = async {
        let addresses: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
        let stream = TcpStream::connect(addresses.as_slice()).await?;
        stream.set_nodelay(true)?;
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MOST_MESSAGE);
        config.max_frame_size = Some(MOST_MESSAGE);
        config.read_buffer_size = 8 * 1024;
        config.write_buffer_size = 0;
        let connector = Connector::Rustls(tls.clone());
        client_async_tls_with_config(address.as_str(), stream, Some(config), Some(connector)).await
    };
    let (socket, _) = timeout(PATIENCE, dialing).await.map_err(|_| Error::Io(io::ErrorKind::TimedOut.into()))??;
    Ok(socket)
}

fn invalid(cause: &dyn std::fmt::Display) -> Error {
    Error::Io(io::Error::new(io::ErrorKind::InvalidInput, cause.to_string()))
}

/// A socket towards a voice server, and the address under which the server sees it.
pub(super) async fn udp(server: SocketAddr, ssrc: u32) -> io::Result<(std::net::UdpSocket, IpAddr, u16)> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    let question = Discovery::Request { ssrc }.bytes();
    let mut answer = [0; DISCOVERY + 1];
    for _ in 0..QUESTIONS {
        socket.send(&question).await?;
        if let Ok(read) = timeout(ANSWER, socket.recv(&mut answer)).await {
            let known = answer.get(..read?).and_then(|bytes| Discovery::parse(bytes).ok());
            if let Some(Discovery::Response { address, port, .. }) = known {
                return Ok((socket.into_std()?, address, port));
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}
