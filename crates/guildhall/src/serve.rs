//! `guildhall serve`: puts everything together and runs it until it is told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use guildhall_api::{App, Clock, Key};
use guildhall_blob::{Blob, Location, S3};
use guildhall_bus::Bus;
use guildhall_bus::nats::Link;
use guildhall_gateway::{Gateway, Settings, Stored, is_upgrade};
use http::StatusCode;
use serde_json::json;
use tower_http::cors::CorsLayer;

use crate::config::Config;
use crate::profile::TEST;
use crate::stop::Stop;
use crate::{control, database, listen, lock, logging, say, web};

/// Size that the database's write-ahead log has from the start: what it grows to under load.
const LOG_BYTES: u64 = 64 << 20;
/// What the log grows by at once.
const ROOM_STEP: u64 = 2 << 20;

/// Runs the server.
pub(crate) async fn serve(mut config: Config, json: bool) -> anyhow::Result<()> {
    logging::start(&config.log, &config.log_format)?;
    let stop = Stop::listen().context("failed to listen to signals")?;
    let Some(held) = stop.unless_told(lock::hold(&config.data, lock::HALL)).await else { return Ok(()) };
    let _held = held?;
    let Some(db) = stop.unless_told(database::ready(&config)).await else { return Ok(()) };
    let db = db?;
    tokio::spawn(make_room(db.clone()));
    let listener = listen::bind(config.listen)
        .with_context(|| format!("failed to listen on {} (try `guildhall doctor`)", config.listen))?;
    let address = listener.local_addr()?;
    if config.public_url.is_empty() {
        config.public_url = format!("http://{}", listen::reachable(address));
        if address.ip().is_unspecified() {
            let url = &config.public_url;
            tracing::warn!(
                "it listens on every address, but links lead to {url}: set public_url to where people reach it"
            );
        }
    }
    database::keep_public_url(&db, &config.public_url).await?;
    // Before the guilds are loaded: what other nodes tell meanwhile is heard after it.
    let Some(link) = stop.unless_told(link(&config)).await else { return Ok(()) };
    let link = link?;
    let Some(app) = stop.unless_told(app(&config, db.clone())).await else { return Ok(()) };
    let app = app?;
    if let Some(link) = &link {
        tokio::spawn(link.clone().run(app.bus().clone(), app.clone()));
    }
    let clock = app.clock().clone();
    let url = Some(config.public_url.replacen("http", "ws", 1));
    let settings = Settings { url, trust_proxy: config.trust_proxy, ..Settings::default() };
    let gateway = Gateway::new(app.bus().clone(), Stored::new(db.clone(), move || clock.micros()), settings);
    let counted = gateway.clone();
    app.count_starts(move |bot| counted.session_starts(bot));
    if let Err(error) = control::listen(&config, &app) {
        tracing::warn!("`guildhall admin` will not reach this server: {error:#}");
    }
    if let Err(error) = note_address(&config, address) {
        tracing::warn!("`guildhall doctor` will not know where this server listens: {error}");
    }
    let setup = guildhall_api::setup_token(&app).await?;
    announce(address, &config.public_url, setup.as_deref(), json);
    tokio::spawn(keep_house(app.clone()));
    tokio::spawn(keep_time(app.clone()));
    tokio::spawn(guildhall_api::attend(app.clone()));
    tokio::spawn(guildhall_api::unfurl(app.clone()));
    tokio::spawn(tell_applications(app.clone()));
    tokio::spawn(note_words(app.clone()));
    let router = router(&app, gateway.clone(), link, stop.clone());
    let stopping = {
        let (gateway, stop) = (gateway.clone(), stop.clone());
        async move {
            stop.told().await;
            tracing::info!("stopping: sessions are told to come back");
            gateway.drain().await;
        }
    };
    tokio::select! {
        () = listen::serve(listener, router, stopping) => {}
        // Whoever keeps a request open for longer does not keep the server.
        () = stop.told_for(Duration::from_secs(15)) => {}
    }
    if !app.bus().flushed(Duration::from_secs(5)).await {
        tracing::warn!("other nodes do not hear of the last things that happened here");
    }
    db.close().await.context("failed to close the database")
}

/// Gives the log its size: one that grows under load costs a journal's commit with every message. In steps, so that who writes
/// meanwhile waits for no more than one of them.
async fn make_room(db: guildhall_db::Db) {
    for bytes in (1..=LOG_BYTES / ROOM_STEP).map(|step| step * ROOM_STEP) {
        if let Err(error) = db.make_room(bytes).await {
            tracing::warn!(%error, "messages take longer for now");
            return;
        }
    }
}

/// Where the server that runs on a folder listens, for `guildhall doctor`.
pub(crate) fn noted_address(config: &Config) -> Option<SocketAddr> {
    std::fs::read_to_string(address_file(config)).ok()?.trim().parse().ok()
}

fn note_address(config: &Config, address: SocketAddr) -> std::io::Result<()> {
    let path = address_file(config);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, format!("{address}\n"))
}

fn address_file(config: &Config) -> std::path::PathBuf {
    config.data.join("run").join("address")
}

/// The link to other nodes, if there may be any.
pub(crate) async fn link(config: &Config) -> anyhow::Result<Option<Link>> {
    if config.nats.0.is_empty() {
        return Ok(None);
    }
    let settings = guildhall_bus::nats::Settings {
        url: config.nats.0.clone(),
        stream: config.nats_stream.clone(),
        node: config.node,
        start: Clock::default().micros().cast_unsigned(),
    };
    let link = Link::connect(settings).await.map_err(|error| anyhow::anyhow!(error));
    Ok(Some(link.context("failed to reach NATS")?))
}

/// The application over its database, with its directory filled.
pub(crate) async fn app(config: &Config, db: guildhall_db::Db) -> anyhow::Result<App> {
    let settings = guildhall_api::Config {
        public_url: config.public_url.clone(),
        node: config.node,
        rate_limits: config.rate_limits,
        limits: crate::limits::read(&config.rate_limit_overrides)?,
        private_fetches: config.private_fetches,
        outside: config.profile != TEST,
        link_previews: config.link_previews && config.profile != TEST,
        trust_proxy: config.trust_proxy,
        attachment_bytes: config.attachment_bytes,
        user_bytes: config.user_bytes,
        message_length: config.message_length,
        version: env!("CARGO_PKG_VERSION"),
        key: crate::key::ready(config, &db).await?,
    };
    let blob = blob(config, &settings.key).await?;
    let app = App::new(db, Bus::new(), blob, settings, Clock::default());
    guildhall_api::boot::load(&app).await.context("failed to load the guilds")?;
    Ok(app)
}

/// The files, in the data folder or a bucket. What signs their addresses comes from the key, which all nodes of a database
/// share.
pub(crate) async fn blob(config: &Config, key: &Key) -> anyhow::Result<Blob> {
    let secret = key.derive("addresses of files");
    let mut settings = guildhall_blob::Config::folder(config.data.join("files"), secret);
    settings.max_attachment_bytes = config.attachment_bytes;
    if !config.s3_bucket.is_empty() {
        settings.location = Location::S3(S3 {
            bucket: config.s3_bucket.clone(),
            endpoint: config.s3_endpoint.clone(),
            region: config.s3_region.clone(),
            key: config.s3_key.0.clone(),
            secret: config.s3_secret.0.clone(),
            allow_http: config.s3_endpoint.starts_with("http://"),
            prefix: config.s3_prefix.clone(),
            scratch: Some(config.data.join("incoming")),
        });
    }
    Blob::open(settings).await.context("failed to open the place of the files")
}

/// The API, the gateway at `/` and `/gateway`, health, metrics, and the web client for the rest.
fn router(app: &App, gateway: Gateway<Stored>, link: Option<Link>, stop: Stop) -> Router {
    let health = {
        let app = app.clone();
        get(move || ready(app.clone(), link.clone(), stop.is_told()))
    };
    let metrics = {
        let (app, gateway) = (app.clone(), gateway.clone());
        get(move || async move { metrics(&app, &gateway) })
    };
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", health)
        .route("/metrics", metrics)
        .merge(guildhall_api::router(app))
        .fallback(move |request: Request| {
            let gateway = gateway.clone();
            async move {
                let path = request.uri().path();
                let socket = path.trim_matches('/').is_empty() || path.trim_matches('/') == "gateway";
                if socket && is_upgrade(request.method(), request.headers()) {
                    return gateway.upgrade(request).await;
                }
                web::serve(&request)
            }
        })
        // Web pages elsewhere may use the API with a token; there are no cookies to misuse.
        .layer(CorsLayer::permissive().max_age(Duration::from_hours(24)))
}

/// What is due at its own time. Should it ever fall over, it gets up again: nothing is lost, all of it stands in the database.
async fn keep_time(app: App) {
    while let Err(error) = tokio::spawn(guildhall_api::keep_time(app.clone())).await {
        tracing::error!(%error, "the schedule broke off and begins anew");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// What is cleaned up with time: every minute, from what stands in the database.
async fn keep_house(app: App) {
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    for minutes in (0..60).cycle() {
        minute.tick().await;
        if minutes == 0
            && let Err(error) = guildhall_api::sweep_turns(&app).await
        {
            tracing::error!(%error, "failed to forget turns of slow mode that are over");
        }
        if let Err(error) = guildhall_api::sweep_interactions(&app).await {
            tracing::error!(%error, "failed to forget interactions that are over");
        }
        if let Err(error) = guildhall_api::sweep_tokens(&app).await {
            tracing::error!(%error, "failed to forget tokens that are over");
        }
        if let Err(error) = guildhall_api::close_suspended(&app).await {
            tracing::error!(%error, "failed to end sessions of suspended accounts");
        }
    }
}

/// Tells applications what happened, again and again where they do not hear.
async fn tell_applications(app: App) {
    let mut soon = tokio::time::interval(Duration::from_secs(5));
    soon.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        soon.tick().await;
        if let Err(error) = guildhall_api::deliver_events(&app).await {
            tracing::error!(%error, "failed to tell applications of events");
        }
    }
}

/// What was said becomes what can be found: soon, and before anybody who searches is answered. Who writes meanwhile
/// has the database in between.
async fn note_words(app: App) {
    loop {
        let pause = match guildhall_api::note_words(&app).await {
            Ok(true) => Duration::from_millis(2),
            Ok(false) => Duration::from_millis(200),
            Err(error) => {
                tracing::error!(%error, "failed to note the words of messages");
                Duration::from_secs(1)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn ready(app: App, link: Option<Link>, stopping: bool) -> Response {
    // What does not answer in time is as bad as what does not answer.
    let patience = Duration::from_secs(5);
    let database = tokio::time::timeout(patience, app.db().ping()).await.is_ok_and(|answer| answer.is_ok());
    let blob = tokio::time::timeout(patience, app.blob().ping()).await.is_ok_and(|answer| answer.is_ok());
    let bus = match link {
        Some(link) => tokio::time::timeout(patience, link.is_up()).await.unwrap_or(false),
        None => true,
    };
    // While it stops it takes no new sessions: a balancer is to send people elsewhere.
    let status = if database && blob && bus && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(json!({ "database": database, "bus": bus, "blob": blob, "stopping": stopping })))
        .into_response()
}

/// Figures in Prometheus' text form.
fn metrics(app: &App, gateway: &Gateway<Stored>) -> String {
    let reading = gateway.metrics();
    let sizes = app.bus().directory().sizes();
    let mut text = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: u64| {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
    };
    let size = |name: &str| sizes.get(name).map_or(0, |size| *size as u64);
    put("guildhall_guilds", "gauge", "Guilds.", size("guilds"));
    put("guildhall_channels", "gauge", "Channels and active threads.", size("channels"));
    put("guildhall_sessions_connected", "gauge", "Gateway sessions that hear events.", app.bus().connected() as u64);
    let uptime = u64::try_from((app.clock().micros() - app.started()) / 1_000_000).unwrap_or_default();
    put("guildhall_uptime_seconds", "counter", "Seconds since the start.", uptime);
    put("guildhall_gateway_sockets", "gauge", "Open gateway sockets.", reading.sockets as u64);
    put("guildhall_gateway_sessions", "gauge", "Gateway sessions, waiting ones too.", reading.sessions as u64);
    put("guildhall_gateway_events_total", "counter", "Events sent.", reading.events);
    put("guildhall_gateway_bytes_total", "counter", "Bytes sent.", reading.bytes);
    put("guildhall_gateway_identifies_total", "counter", "Sessions begun.", reading.identifies);
    put("guildhall_gateway_resumes_total", "counter", "Sessions resumed.", reading.resumes);
    put("guildhall_gateway_slow_total", "counter", "Sessions cut because they could not keep up.", reading.slow);
    text + &app.figures()
}

/// Says where the server is: for people, or as one line of JSON for programs.
fn announce(address: SocketAddr, public_url: &str, setup: Option<&str>, json: bool) {
    let setup = setup.map(|token| format!("{public_url}/setup#{token}"));
    if json {
        say::aside(
            json!({ "event": "listening", "url": format!("http://{}", listen::reachable(address)), "public_url": public_url, "setup_url": setup }),
        );
        return;
    }
    say::aside(format_args!("Guildhall {} listens on {public_url}", env!("CARGO_PKG_VERSION")));
    if let Some(setup) = setup {
        say::aside(format_args!(
            "Nobody owns this server yet. Open this link once to make your account and your first guild:\n  {setup}"
        ));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn who_stops_or_has_no_database_is_not_ready() {
        let folder = tempfile::TempDir::new().unwrap();
        let config = Config { data: folder.path().to_path_buf(), ..Config::default() };
        let db = database::ready(&config).await.unwrap();
        let app = app(&config, db.clone()).await.unwrap();
        let clock = app.clock().clone();
        let gateway =
            Gateway::new(app.bus().clone(), Stored::new(db.clone(), move || clock.micros()), Settings::default());
        let (tell, stop) = Stop::by_hand();
        let router = router(&app, gateway, None, stop);
        let ask = |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let router = router.clone();
            async move { router.oneshot(request).await.unwrap().status().as_u16() }
        };
        assert_eq!((ask("/healthz").await, ask("/readyz").await), (200, 200));
        tell.send(true).unwrap();
        assert_eq!((ask("/healthz").await, ask("/readyz").await), (200, 503), "it stops");
        tell.send(false).unwrap();
        assert_eq!(ask("/readyz").await, 200);
        db.close().await.unwrap();
        assert_eq!((ask("/healthz").await, ask("/readyz").await), (200, 503));
    }
}
