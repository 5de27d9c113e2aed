//! Requests to addresses that somebody else chose: nothing private is reached, nothing large or slow is borne.
//!
//! Names are looked up here and only what may be reached of them is used, so that no name that changes meanwhile, and no
//! redirect, leads anywhere else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;
use url::{Host, Url};

/// Reaches other servers. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    /// Made when something is asked for the first time: no start waits for the machine's certificates to be read.
    client: Arc<OnceCell<reqwest::Client>>,
    reach: Reach,
    version: &'static str,
}

/// How far one gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To what is public.
    Public,
    /// To the own network too.
    Everything,
    /// Not beyond this machine, nor to who says where a name is.
    Machine,
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Everything => true,
            Self::Machine => address.to_canonical().is_loopback(),
        }
    }
}

/// What is asked for, and how much of an answer is borne.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// HTTP method.
    pub method: Method,
    /// `http` or `https`.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: Bytes,
    /// Until the last byte of the answer.
    pub time: Duration,
    /// Most bytes of the answer.
    pub bytes: usize,
    /// Most redirects, of a `GET`.
    pub redirects: usize,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// HTTP status.
    pub status: StatusCode,
    /// Body.
    pub body: Bytes,
}

/// An answer of which only the head has come.
#[derive(Debug)]
pub(crate) struct Opened {
    response: reqwest::Response,
    /// Where it comes from in the end.
    url: Url,
    /// Bytes that may still come.
    left: usize,
    until: tokio::time::Instant,
}

impl Opened {
    /// HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Where it comes from in the end.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Refuses at once what says itself that it is too large.
    fn require_fit(self) -> Result<Self, Failure> {
        let most = u64::try_from(self.left).unwrap_or(u64::MAX);
        if self.response.content_length().is_some_and(|length| length > most) {
            return Err(Failure::TooLarge);
        }
        Ok(self)
    }

    /// The next piece of the body.
    async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        let piece = tokio::time::timeout_at(self.until, self.response.chunk()).await;
        piece.map_err(|_| Failure::Slow)?.map_err(unreachable)
    }

    /// The whole of it.
    async fn whole(mut self) -> Result<Fetched, Failure> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            if body.len().saturating_add(piece.len()) > self.left {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Fetched { status: self.status(), body: body.freeze() })
    }

    /// The body as far as the bytes that were asked for go; what comes after them, or not in time, is left.
    pub(crate) async fn beginning(mut self) -> Result<Bytes, Failure> {
        let mut body = BytesMut::new();
        loop {
            match self.piece().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                Err(Failure::Slow) if !body.is_empty() => break,
                Err(failure) => return Err(failure),
            }
            if body.len() >= self.left {
                body.truncate(self.left);
                break;
            }
        }
        Ok(body.freeze())
    }

    /// The body, within the bytes and the time that were asked for.
    pub(crate) fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, |mut opened| async move {
            let Some(piece) = opened.piece().await? else { return Ok(None) };
            opened.left = opened.left.checked_sub(piece.len()).ok_or(Failure::TooLarge)?;
            Ok::<_, Failure>(Some((piece, opened)))
        }))
    }
}

/// Why nothing came back.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Not an address of the web, or one that may not be reached.
    Forbidden,
    /// Not within the time.
    Slow,
    /// More bytes than are borne.
    TooLarge,
    /// More redirects than are borne.
    Redirects,
    /// Anything else.
    Unreachable(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Forbidden => f.write_str("reach an address that is not allowed"),
            Self::Slow => f.write_str("get an answer in time"),
            Self::TooLarge => f.write_str("read an answer of that size"),
            Self::Redirects => f.write_str("follow so many redirects"),
            Self::Unreachable(cause) => write!(f, "reach it: {cause}"),
        }
    }
}

impl std::error::Error for Failure {}

impl Ask {
    /// A `GET` that follows a few redirects.
    pub(crate) fn get(url: Url, time: Duration, bytes: usize) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new(), time, bytes, redirects: 4 }
    }

    /// A `POST` that follows no redirects.
    pub(crate) fn post(url: Url, headers: HeaderMap, body: Bytes, time: Duration, bytes: usize) -> Self {
        Self { method: Method::POST, url, headers, body, time, bytes, redirects: 0 }
    }
}

impl Fetch {
    /// Reaches so far.
    pub(crate) fn new(reach: Reach, version: &'static str) -> Self {
        Self { client: Arc::default(), reach, version }
    }

    async fn client(&self) -> Result<&reqwest::Client, Failure> {
        let made = self.client.get_or_try_init(|| async {
            let (reach, version) = (self.reach, self.version);
            let made = tokio::task::spawn_blocking(move || client(reach, version)).await;
            made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
        });
        made.await.map_err(|error| {
            tracing::error!(%error, "failed to prepare for requests to others");
            Failure::Unreachable("nothing is reached from here".into())
        })
    }

    /// Asks.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Fetched, Failure> {
        self.open(ask).await?.whole().await
    }

    /// Asks, and gives what comes back as it comes.
    pub(crate) async fn open(&self, ask: Ask) -> Result<Opened, Failure> {
        self.begin(ask).await?.require_fit()
    }

    /// The same, however much it says that it is.
    pub(crate) async fn begin(&self, ask: Ask) -> Result<Opened, Failure> {
        let until = tokio::time::Instant::now() + ask.time;
        let (response, url) = tokio::time::timeout_at(until, self.follow(&ask)).await.unwrap_or(Err(Failure::Slow))?;
        Ok(Opened { response, url, left: ask.bytes, until })
    }

    async fn follow(&self, ask: &Ask) -> Result<(reqwest::Response, Url), Failure> {
        let mut url = ask.url.clone();
        for _ in 0..=ask.redirects {
            let response = self.reach(ask, &url).await?;
            let target = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            match target {
                Some(target)
                    if response.status().is_redirection() && ask.method == Method::GET && ask.redirects > 0 =>
                {
                    url = url.join(target).map_err(|_| Failure::Forbidden)?;
                }
                _ => return Ok((response, url)),
            }
        }
        Err(Failure::Redirects)
    }

    async fn reach(&self, ask: &Ask, url: &Url) -> Result<reqwest::Response, Failure> {
        self.check(url)?;
        let request = self.client().await?.request(ask.method.clone(), url.clone());
        let request = request.headers(ask.headers.clone()).body(ask.body.clone());
        request.send().await.map_err(unreachable)
    }

    /// Refuses what is not of the web, has a password in it, or is an address that may not be reached.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Failure> {
        let web = ["http", "https"].contains(&url.scheme()) && url.username().is_empty() && url.password().is_none();
        let allowed = match url.host() {
            None => false,
            // Whatever it resolves to is checked then.
            Some(Host::Domain(name)) => self.reach != Reach::Machine || name == "localhost",
            Some(Host::Ipv4(address)) => self.reach.allows(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.reach.allows(IpAddr::V6(address)),
        };
        if web && allowed { Ok(()) } else { Err(Failure::Forbidden) }
    }
}

fn client(reach: Reach, version: &str) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(format!("Guildhall/{version}"))
        .connect_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(2)
        .dns_resolver(Arc::new(Guard { reach }))
        .build()
}

fn unreachable(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Slow;
    }
    // The address may hold a secret.
    Failure::Unreachable(error.without_url().to_string())
}

/// Looks names up and leaves out what may not be reached.
#[derive(Debug)]
struct Guard {
    reach: Reach,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|address| reach.allows(address.ip())).collect();
            if good.is_empty() {
                return Err("the name stands for nothing that may be reached".into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| embedded(address)) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || first == 0
        // Shared between a provider and its customers, protocols' own, benchmarks, multicast and what is reserved.
        || (first == 100 && (64..128).contains(&second))
        || (first, second, third) == (192, 0, 0)
        || (first, second, third) == (192, 88, 99)
        || (first == 198 && (18..20).contains(&second))
        || first >= 224;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only what is given out to the internet, without tunnels and examples.
    (first & 0xe000) == 0x2000 && (first, second) != (0x2001, 0x0db8) && !(first == 0x2001 && second < 0x0200)
}

/// The address inside of one that is translated: NAT64 and 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    #[test]
    fn only_public_addresses_are_reached() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
        let fetch = Fetch::new(Reach::Public, "0");
        for (url, good) in [
            ("https://example.org/x", true),
            ("http://127.0.0.1/", false),
            ("http://[::1]/", false),
            ("http://2130706433/", false),
            ("ftp://example.org/", false),
            ("file:///etc/passwd", false),
            ("https://me:secret@example.org/", false),
        ] {
            assert_eq!(fetch.check(&url.parse().unwrap()).is_ok(), good, "{url}");
        }
    }

    #[tokio::test]
    async fn what_is_large_slow_or_leads_in_circles_is_given_up() {
        let router = Router::new()
            .route("/good", get(|| async { "good" }))
            .route("/large", get(|| async { "x".repeat(10_000) }))
            .route(
                "/endless",
                get(|| async {
                    Body::from_stream(stream::repeat_with(|| Ok::<_, Failure>(Bytes::from_static(&[7; 100]))))
                }),
            )
            .route("/round", get(|| async { Redirect::temporary("/round") }))
            .route("/away", get(|| async { Redirect::temporary("file:///etc/passwd") }))
            .route("/moved", get(|| async { Redirect::temporary("/good") }))
            .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(30)).await }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let fetch = Fetch::new(Reach::Everything, "0");
        let ask = |host: &str, path: &str| {
            let url = format!("http://{host}:{}{path}", address.port()).parse().unwrap();
            Ask::get(url, Duration::from_millis(500), 1000)
        };
        let fetched = fetch.ask(ask("127.0.0.1", "/moved")).await.unwrap();
        assert_eq!((fetched.status.as_u16(), &fetched.body[..]), (200, &b"good"[..]));
        assert_eq!(fetch.begin(ask("127.0.0.1", "/moved")).await.unwrap().url().path(), "/good");
        for path in ["/large", "/endless"] {
            let begun = fetch.begin(ask("127.0.0.1", path)).await.unwrap().beginning().await.unwrap();
            assert_eq!(begun.len(), 1000, "{path}");
        }
        // Where it is led to is looked at as what was asked for.
        assert!(matches!(fetch.begin(ask("127.0.0.1", "/away")).await, Err(Failure::Forbidden)));
        assert!(matches!(fetch.ask(ask("127.0.0.1", "/large")).await, Err(Failure::TooLarge)));
        assert!(matches!(fetch.ask(ask("127.0.0.1", "/slow")).await, Err(Failure::Slow)));
        assert!(matches!(fetch.ask(ask("127.0.0.1", "/round")).await, Err(Failure::Redirects)));
        let get = ask("127.0.0.1", "/good");
        let post = Ask::post(get.url, get.headers, Bytes::new(), get.time, get.bytes);
        assert_eq!(fetch.ask(post).await.unwrap().status, 405);
        let whole = |path: &'static str| {
            let (fetch, ask) = (fetch.clone(), ask("127.0.0.1", path));
            async move {
                axum::body::to_bytes(fetch.open(ask).await?.into_body(), usize::MAX)
                    .await
                    .map_err(|_| Failure::TooLarge)
            }
        };
        assert_eq!(&whole("/good").await.unwrap()[..], b"good");
        assert!(matches!(whole("/large").await, Err(Failure::TooLarge)));
        assert!(matches!(whole("/endless").await, Err(Failure::TooLarge)));
        assert!(matches!(whole("/slow").await, Err(Failure::Slow)));
        let guarded = Fetch::new(Reach::Public, "0");
        assert!(matches!(guarded.ask(ask("127.0.0.1", "/good")).await, Err(Failure::Forbidden)));
        match guarded.ask(ask("localhost", "/good")).await {
            Err(Failure::Unreachable(_)) => {}
            other => panic!("a name for a private address: {other:?}"),
        }
    }

    #[test]
    fn what_is_tried_out_stays_on_this_machine() {
        let fetch = Fetch::new(Reach::Machine, "0");
        for (url, reached) in [
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://10.0.0.1/", false),
            ("http://93.184.216.34/", false),
            ("https://example.org/", false),
        ] {
            assert_eq!(fetch.check(&url.parse().unwrap()).is_ok(), reached, "{url}");
        }
    }
}
