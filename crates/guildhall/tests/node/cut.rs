//! A way between a client and the program that can be cut: WebSockets break, as they do in real networks, and the program lives on.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    cut: broadcast::Sender<()>,
}

impl Way {
    pub(crate) async fn to(program: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, _) = broadcast::channel(1);
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut cut = cuts.subscribe();
                tokio::spawn(async move {
                    let Ok(mut program) = TcpStream::connect(program).await else { return };
                    let mut first = [0; 17];
                    let _ = client.peek(&mut first).await;
                    let all = tokio::io::copy_bidirectional(&mut client, &mut program);
                    if first == *b"GET /v4/websocket" {
                        tokio::select! { _ = all => (), _ = cut.recv() => () }
                    } else {
                        let _ = all.await;
                    }
                });
            }
        });
        Self { address, cut }
    }

    /// Breaks all WebSockets; gives how many there were.
    pub(crate) fn cut(&self) -> usize {
        // Requests that are under way listen as well, and do not mind.
        self.cut.send(()).unwrap_or_default()
    }
}
