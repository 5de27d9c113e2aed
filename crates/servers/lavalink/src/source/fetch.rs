//! The guarded fetch: HTTP towards servers that nobody vouches for. Only public addresses, only so many redirects, only so
//! many bytes, only so long, and nothing compressed.

mod connect;
mod error;
mod guard;
mod remote;
mod window;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use url::Url;

pub use connect::{Resolve, SystemResolver};
pub use error::FetchError;
pub use guard::{Guard, Network, NotANetwork};
pub(super) use remote::Renew;
pub use remote::{Remote, RemoteInfo};
pub use window::Reader;
pub(super) use window::{Filler, Gauge, Want, window};

/// Bytes that are read from a socket at once; also what an answer's head may be long.
const READ_SIZE: usize = 16 * 1024;
/// Longest address.
pub(super) const MOST_URL: usize = 4096;

/// How far the guarded fetch goes.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// Networks that may be talked to although they are not public.
    pub allowed_networks: Vec<Network>,
    /// Certificates that are trusted beside the system's.
    pub extra_roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    /// Most redirects in a row.
    pub redirects: u8,
    /// For a connection.
    pub connect: Duration,
    /// From the request to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// For a whole document (a playlist, an answer of an API).
    pub total: Duration,
    /// Longest document, in bytes.
    pub document: u64,
    /// Longest file that is streamed, in bytes. Radio has no end and no such limit.
    pub file: u64,
    /// Bytes a second below which a stream that somebody waits for counts as dead.
    pub slowest: u64,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            allowed_networks: Vec::new(),
            extra_roots: Vec::new(),
            redirects: 5,
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            idle: Duration::from_secs(10),
            total: Duration::from_secs(20),
            document: 4 * 1024 * 1024,
            file: 16 * 1024 * 1024 * 1024,
            slowest: 1024,
        }
    }
}

/// The HTTP client that all sources share.
#[derive(Clone)]
pub struct Fetch {
    client: Client<HttpsConnector<connect::Connector>, Full<Bytes>>,
    settings: Arc<FetchSettings>,
    /// Of each request, instead of the usual ones of the same name.
    headers: HeaderMap,
    /// Who knows where a file is, once its address is good no longer.
    renew: Option<Arc<dyn Renew>>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The address.
    pub url: Url,
    /// The first byte that is wanted, where the answer may be cut.
    pub from: Option<u64>,
    /// Whether titles between the sound are understood.
    pub icy: bool,
    /// More headers. They are not sent to another host.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// A form to post.
    pub form: Option<String>,
}

impl Ask {
    /// A plain GET.
    pub fn get(url: Url) -> Self {
        Self { url, from: None, icy: false, headers: Vec::new(), form: None }
    }
}

/// The head of an answer, and its body yet to come.
pub struct Answer {
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// The status: 200 or 206.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What follows.
    pub body: Body,
}

impl Answer {
    /// A header, where it is text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The body of an answer, piece by piece.
pub struct Body {
    inner: hyper::body::Incoming,
    idle: Duration,
}

impl Body {
    /// The next piece. Dropping the future loses nothing.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            let frame =
                timeout(self.idle, self.inner.frame()).await.map_err(|_| FetchError::Timeout("the next bytes"))?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|cause| error::ground(&cause, FetchError::Broken))?;
            let Ok(data) = frame.into_data() else { continue };
            if !data.is_empty() {
                return Ok(Some(data));
            }
        }
    }
}

impl Fetch {
    /// A client with the system's resolver.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        Self::with_resolver(settings, Arc::new(SystemResolver))
    }

    /// A client with a resolver of one's own.
    pub fn with_resolver(settings: FetchSettings, resolver: Arc<dyn Resolve>) -> Result<Self, FetchError> {
        let guard = Arc::new(Guard::new(settings.allowed_networks.clone()));
        let connector = connect::Connector { guard, resolver, timeout: settings.connect };
        let tls = crate::tls::client(&settings.extra_roots)
            .map_err(|cause| FetchError::Connect(format!("failed to set up TLS: {cause}")))?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .http1_read_buf_exact_size(READ_SIZE)
            .build(HttpsConnector::from((connector, tls)));
        Ok(Self { client, settings: Arc::new(settings), headers: HeaderMap::new(), renew: None })
    }

    /// How far this client goes.
    pub fn settings(&self) -> &FetchSettings {
        &self.settings
    }

    /// The same client, which says more with each request, wherever it is sent: nothing that is secret.
    #[must_use]
    pub fn with_headers(&self, headers: HeaderMap) -> Self {
        Self { headers, ..self.clone() }
    }

    /// The same client, which knows whom to ask when the address of a file is good no longer while it is read.
    #[must_use]
    pub(super) fn renewing(&self, renew: Arc<dyn Renew>) -> Self {
        Self { renew: Some(renew), ..self.clone() }
    }

    /// Asks whoever knows where the file is now: a client for that address, and the address.
    pub(super) async fn renewed(&self) -> Option<(Self, Url)> {
        let (url, headers) = self.renew.as_ref()?.renew().await?;
        Some((self.with_headers(headers), url))
    }

    /// Asks, follows redirects, and gives the first answer that is a success.
    pub async fn ask(&self, mut ask: Ask) -> Result<Answer, FetchError> {
        for _ in 0..=self.settings.redirects {
            let answer = self.once(&ask).await?;
            let status = answer.status;
            if status.is_success() {
                return Ok(answer);
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                // A date says the same, but nobody who is asked here sends one.
                let later = answer.header(header::RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok());
                return Err(match later {
                    Some(seconds) if matches!(status.as_u16(), 429 | 503) => {
                        FetchError::Later(status.as_u16(), seconds)
                    }
                    _ => FetchError::Status(status.as_u16()),
                });
            }
            let to = answer.header(header::LOCATION).ok_or(FetchError::Status(status.as_u16()))?;
            let to = ask.url.join(to).map_err(|_| FetchError::Address(to.chars().take(100).collect()))?;
            if to.origin() != ask.url.origin() {
                ask.headers.clear();
            }
            if matches!(status.as_u16(), 301..=303) {
                ask.form = None;
            }
            ask.url = to;
        }
        Err(FetchError::Redirects)
    }

    /// A whole document, no longer and taking no longer than it may.
    pub async fn document(&self, ask: Ask) -> Result<(Url, Vec<u8>), FetchError> {
        let whole = async {
            let answer = self.ask(ask).await?;
            let url = answer.url.clone();
            let bytes = self.rest(answer).await?;
            Ok((url, bytes))
        };
        timeout(self.settings.total, whole).await.map_err(|_| FetchError::Timeout("the whole answer"))?
    }

    /// The body of an answer that is a document, no longer and taking no longer than it may.
    pub(super) async fn rest(&self, mut answer: Answer) -> Result<Vec<u8>, FetchError> {
        let most = self.settings.document;
        let whole = async {
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.body.chunk().await? {
                if (bytes.len() + chunk.len()) as u64 > most {
                    return Err(FetchError::Large(most));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        timeout(self.settings.total, whole).await.map_err(|_| FetchError::Timeout("the whole answer"))?
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let response = timeout(self.settings.first_byte, self.client.request(request(ask, &self.headers)?))
            .await
            .map_err(|_| FetchError::Timeout("the first byte"))?
            .map_err(|cause| error::ground(&cause, FetchError::Connect))?;
        let (head, inner) = response.into_parts();
        let encoding =
            head.headers.get(header::CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
        if let Some(encoding) = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err(FetchError::Encoding(encoding.chars().take(40).collect()));
        }
        let most = self.settings.file;
        let length =
            head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > most) {
            return Err(FetchError::Large(most));
        }
        let body = Body { inner, idle: self.settings.idle };
        Ok(Answer { url: ask.url.clone(), status: head.status, headers: head.headers, body })
    }
}

fn request(ask: &Ask, always: &HeaderMap) -> Result<Request<Full<Bytes>>, FetchError> {
    let text = ask.url.as_str();
    let wrong = || FetchError::Address(text.chars().take(100).collect());
    if !matches!(ask.url.scheme(), "http" | "https") || !ask.url.has_host() || text.len() > MOST_URL {
        return Err(wrong());
    }
    // Names and passwords travel in a header, and fragments not at all.
    let mut url = ask.url.clone();
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let mut request = Request::builder()
        .method(if ask.form.is_some() { Method::POST } else { Method::GET })
        .uri(url.as_str())
        .header(header::USER_AGENT, concat!("guildhall/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "identity");
    if let Some(from) = ask.from {
        request = request.header(header::RANGE, format!("bytes={from}-"));
    }
    if ask.icy {
        request = request.header("icy-metadata", "1");
    }
    if !ask.url.username().is_empty() {
        let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pair = format!("{}:{}", decode(ask.url.username()), decode(ask.url.password().unwrap_or_default()));
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
    }
    if ask.form.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let mut request = request.body(Full::from(ask.form.clone().unwrap_or_default())).map_err(|_| wrong())?;
    for (name, value) in always {
        request.headers_mut().insert(name, value.clone());
    }
    Ok(request)
}
