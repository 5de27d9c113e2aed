//! TLS to PostgreSQL, asked for in its address as libpq has it: `sslmode` and `sslrootcert`.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

use crate::{Error, Result};

/// What is to be known of the server before it is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Nothing: what is sent is hidden from those who only listen.
    Anybody,
    /// That a trusted authority vouches for it.
    Authority,
    /// That it does so for this name.
    Name,
}

/// What an address asks for, and the address without it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) url: String,
    pub(super) mode: SslMode,
    trust: Trust,
    roots: Option<PathBuf>,
}

impl Wish {
    /// Reads `?sslmode=…&sslrootcert=…`. Without a word, TLS is used where the server offers it.
    pub(super) fn read(url: &str) -> Result<Self> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots) = ("prefer", None);
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => roots = Some(unescape(value)?),
                _ => rest.push(pair),
            }
        }
        let roots = roots.filter(|path| path != "system").map(PathBuf::from);
        let (mode, trust) = match mode {
            "disable" => (SslMode::Disable, Trust::Anybody),
            "allow" | "prefer" => (SslMode::Prefer, Trust::Anybody),
            // As libpq has it: with roots to look at, they are looked at.
            "require" if roots.is_some() => (SslMode::Require, Trust::Authority),
            "require" => (SslMode::Require, Trust::Anybody),
            "verify-ca" => (SslMode::Require, Trust::Authority),
            "verify-full" => (SslMode::Require, Trust::Name),
            _ => {
                let modes = "sslmode must be one of disable, prefer, require, verify-ca, verify-full";
                return Err(Error::Engine(modes.into()));
            }
        };
        let url = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        Ok(Self { url, mode, trust, roots })
    }

    /// What makes connections of that kind.
    pub(super) fn connector(&self) -> Result<Connector> {
        let provider = Arc::new(ring::default_provider());
        let failed = |error: rustls::Error| Error::Engine(format!("failed to prepare TLS: {error}"));
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let config = match self.trust {
            Trust::Name => builder.with_root_certificates(self.roots()?),
            Trust::Authority | Trust::Anybody => {
                let chain = if self.trust == Trust::Authority { Some(self.chain(&provider)?) } else { None };
                let lenient = Lenient { chain, algorithms: provider.signature_verification_algorithms };
                builder.dangerous().with_custom_certificate_verifier(Arc::new(lenient))
            }
        };
        Ok(Connector(TlsConnector::from(Arc::new(config.with_no_client_auth()))))
    }

    fn chain(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>> {
        WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()?), provider.clone())
            .build()
            .map_err(|error| Error::Engine(format!("failed to prepare TLS: {error}")))
    }

    /// The authorities in the named file, or those that the system trusts.
    fn roots(&self) -> Result<RootCertStore> {
        let mut store = RootCertStore::empty();
        let certificates = match &self.roots {
            Some(path) => read_roots(path)?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let (good, _) = store.add_parsable_certificates(certificates);
        if good == 0 {
            let what = self.roots.as_ref().map_or("the system".into(), |path| path.display().to_string());
            return Err(Error::Engine(format!("{what} names no authority for TLS: see sslrootcert")));
        }
        Ok(store)
    }
}

fn read_roots(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = |error| Error::Engine(format!("failed to read {}: {error}", path.display()));
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(failed)
}

/// Takes `%2F` and the like out of a value.
fn unescape(value: &str) -> Result<String> {
    let wrong = || Error::Engine("the address of the database cannot be read".into());
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let byte = match byte {
            b'%' => {
                let (high, low) = (digit(rest.next()).ok_or_else(wrong)?, digit(rest.next()).ok_or_else(wrong)?);
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            byte => byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// Trusts a server whatever it is called, or whoever it is.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The name is looked at last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Makes TLS connections to one server.
#[derive(Clone)]
pub(super) struct Connector(TlsConnector);

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, Self::Error> {
        Ok(Handshake { connector: self.0.clone(), name: ServerName::try_from(domain.to_owned())? })
    }
}

/// A connection about to be made.
pub(super) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move { Ok(Stream(Box::new(self.connector.connect(self.name, socket).await?))) })
    }
}

/// A connection.
pub(super) struct Stream(Box<tokio_rustls::client::TlsStream<Socket>>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_wants() {
        for (query, mode, trust, left) in [
            ("", SslMode::Prefer, Trust::Anybody, ""),
            ("?sslmode=disable", SslMode::Disable, Trust::Anybody, ""),
            ("?sslmode=require&application_name=x", SslMode::Require, Trust::Anybody, "?application_name=x"),
            ("?sslmode=require&sslrootcert=%2Fca.pem", SslMode::Require, Trust::Authority, ""),
            ("?sslmode=verify-ca", SslMode::Require, Trust::Authority, ""),
            ("?a=b&sslmode=verify-full&sslrootcert=system", SslMode::Require, Trust::Name, "?a=b"),
        ] {
            let wish = Wish::read(&format!("postgres://me@host/db{query}")).unwrap();
            assert_eq!((wish.mode, wish.trust), (mode, trust), "{query}");
            assert_eq!(wish.url, format!("postgres://me@host/db{left}"));
            let path = query.contains("pem").then(|| PathBuf::from("/ca.pem"));
            assert_eq!(wish.roots, path, "{query}");
        }
        for wrong in ["?sslmode=always", "?sslrootcert=%2", "?sslrootcert=%zz"] {
            Wish::read(&format!("postgres://host/db{wrong}")).unwrap_err();
        }
    }
}
