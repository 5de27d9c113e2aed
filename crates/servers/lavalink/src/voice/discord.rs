//! Discord's voice, version 8 of its gateway: a WebSocket for agreements, UDP for the sound.

mod beats;
#[cfg(feature = "dave")]
mod dave;
#[cfg(not(feature = "dave"))]
#[path = "discord/dave/none.rs"]
mod dave;
mod dial;
mod frames;
mod hear;
mod link;
mod session;
mod streams;

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use self::link::DiscordLink;
use super::{Ear, Link, Voice, VoiceServer};

/// How connections are made.
#[derive(Clone, Debug, Default)]
pub struct DiscordSettings {
    /// Certificates that are trusted beside the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

/// Connects to Discord, or to a hall that speaks like it.
pub struct Discord {
    tls: Arc<rustls::ClientConfig>,
}

impl Discord {
    /// A client that trusts what the settings say.
    pub fn new(settings: &DiscordSettings) -> Result<Self, rustls::Error> {
        Ok(Self { tls: crate::tls::client(&settings.extra_roots)? })
    }
}

impl Voice for Discord {
    fn connect(&self, server: VoiceServer, ear: Ear) -> Arc<dyn Link> {
        let (link, orders) = DiscordLink::new();
        let link = Arc::new(link);
        // The session must not keep alive whom nobody holds any more.
        tokio::spawn(session::run(self.tls.clone(), server, ear, link.shared(), orders));
        link
    }
}
