//! What TLS trusts: the system's certificates (or those that `SSL_CERT_FILE` names), and what the settings add.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// A configuration for clients. The one without extra certificates is made once.
pub(crate) fn client(extra: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, rustls::Error> {
    static USUAL: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if !extra.is_empty() {
        return make(extra).map(Arc::new);
    }
    if let Some(usual) = USUAL.get() {
        return Ok(usual.clone());
    }
    let made = Arc::new(make(extra)?);
    Ok(USUAL.get_or_init(|| made).clone())
}

fn make(extra: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let (_, unread) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if unread > 0 {
        tracing::debug!(unread, "certificates of the system cannot be read");
    }
    roots.add_parsable_certificates(extra.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
