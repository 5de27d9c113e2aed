//! Configuration: one documented struct, read once, from a TOML file and the environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Deserialize;

use crate::settings::Part;
use crate::{limits, logging, node, profile, say, settings};

/// What `guildhall config` does.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Print an example with every setting, its meaning and its default.
    #[command(after_help = "Example: guildhall config example > guildhall.toml")]
    Example,
    /// Check the configuration that would be used.
    #[command(after_help = "Example: guildhall config check --config guildhall.toml")]
    Check,
}

/// A configuration that makes no sense.
#[derive(Debug)]
pub(crate) struct Problem(String);

impl Problem {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

/// A secret that does not print.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $example:literal;)*) => {
        /// Everything that can be configured.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(default)]
        pub(crate) struct Config { $($(#[doc = $doc])+ pub(crate) $name: $type,)* }

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// The example file.
        pub(crate) const EXAMPLE: &str = concat!(
            "# Guildhall's settings. Every line is optional; what is shown is the default.\n",
            "# Each can be given by the environment too: GUILDHALL_ and the name in capitals, e.g. GUILDHALL_LISTEN.\n",
            $("\n", $("#", $doc, "\n",)+ "# ", stringify!($name), " = ", $example, "\n",)*
        );
    };
}

settings! {
    /// Address to listen on. Port 0 takes a free one.
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)), "\"127.0.0.1:8080\"";
    /// What it runs for. "production" starts only with settings that others can be let in with, and says what is missing; "test" fetches
    /// nothing from beyond this machine; "local" asks for nothing.
    profile: String = String::from("local"), "\"local\"";
    /// Folder for everything that is kept: database, files.
    data: PathBuf = PathBuf::from("data"), "\"data\"";
    /// Address under which people and bots reach the server, without a slash at the end. Empty: http:// and the address
    /// that it listens on, for 0.0.0.0 and [::] this machine's own. Behind a proxy with TLS: "https://chat.example.org".
    public_url: String = String::new(), "\"\"";
    /// Database: empty for SQLite in the data folder, or postgres://user:password@host/database. With ?sslmode=verify-full (or verify-ca, require,
    /// disable) at its end it says how the connection is encrypted; &sslrootcert=FILE names the authorities instead of the system's.
    database: Secret = Secret::default(), "\"\"";
    /// Key that seals second factors and the secrets of webhooks: 64 hexadecimal digits. Empty: `secret.key` in the data folder, made at the first start.
    /// Several nodes of one database need the same.
    secret_key: Secret = Secret::default(), "\"\"";
    /// Threads that read from SQLite, or all connections to PostgreSQL. 0: 4 threads, 16 connections.
    database_connections: usize = 0, "0";
    /// Whether the last address in a proxy's X-Forwarded-For is believed. Only behind a proxy that adds it.
    trust_proxy: bool = false, "false";
    /// Whether requests are limited. Switch it off for benchmarks only.
    rate_limits: bool = true, "true";
    /// Other limits of requests than those of the routes, e.g. { "POST /channels/{channel_id}/messages" = "30/60s", "*" = "100/1s" }: so many in so many
    /// seconds (s), minutes (m) or hours (h), by account and channel or guild, * by account over all routes. `guildhall routes --json` has them.
    rate_limit_overrides: BTreeMap<String, String> = BTreeMap::new(), "{}";
    /// Whether addresses of the own network may be reached where people name one, e.g. of a bot that is told over HTTP.
    private_fetches: bool = false, "false";
    /// Whether what messages link to is looked at for a preview, and pictures that bots show for their size. Pictures of elsewhere are shown either way,
    /// by this server: it fetches them when somebody looks.
    link_previews: bool = true, "true";
    /// Longest message, in characters: at most 4000.
    message_length: usize = 2000, "2000";
    /// Largest file, in bytes.
    attachment_bytes: u64 = 26_214_400, "26214400";
    /// Bytes of files that one account may keep in its messages, e.g. 5368709120 for 5 GiB. 0: as many as it likes.
    user_bytes: u64 = 0, "0";
    /// Bucket for files, of Amazon S3 or what speaks like it. Empty: the data folder. Files are not moved when this changes.
    s3_bucket: String = String::new(), "\"\"";
    /// Address of the bucket's service, e.g. "https://s3.example.org". Empty: Amazon's own.
    s3_endpoint: String = String::new(), "\"\"";
    /// Region of the bucket; most services other than Amazon's take any.
    s3_region: String = String::new(), "\"\"";
    /// What every name in the bucket begins with, e.g. "guildhall".
    s3_prefix: String = String::new(), "\"\"";
    /// Access key of the bucket.
    s3_key: Secret = Secret::default(), "\"\"";
    /// Secret of the access key.
    s3_secret: Secret = Secret::default(), "\"\"";
    /// Number of this node, 0 to 1023: each of several nodes needs its own.
    node: u16 = 0, "0";
    /// Address of NATS with JetStream, e.g. "nats://user:password@10.0.0.5:4222", or several with commas between them. Only several nodes of one
    /// PostgreSQL need it: it tells each what happens at the others.
    nats: Secret = Secret::default(), "\"\"";
    /// Name of the stream in NATS: the same for all nodes of one database.
    nats_stream: String = String::from("guildhall"), "\"guildhall\"";
    /// What is logged, e.g. "info" or "guildhall_api=debug,info".
    log: String = String::from("info"), "\"info\"";
    /// How logs look: "text" or "json".
    log_format: String = String::from("text"), "\"text\"";
}

/// The hall's settings, beside those of an audio node.
pub(crate) const HALL: Part = Part {
    name: "the hall",
    example: EXAMPLE,
    commands: ["guildhall config example", "guildhall config check"],
    prefix: "GUILDHALL_",
};

impl Config {
    /// Reads the file, if one is named, and the environment.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        // What an audio node is told is not for the hall.
        let skip = |name: &str| ["config", "skip_web"].contains(&name) || name.starts_with("node_");
        let config: Self = settings::parsed(settings::read(&HALL, &node::NODE, file, skip)?)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Problem> {
        logging::check(&self.log, &self.log_format)?;
        profile::check(self)?;
        limits::read(&self.rate_limit_overrides)?;
        if !self.secret_key.0.is_empty() {
            crate::key::find(self).map_err(|error| Problem(format!("{error:#}")))?;
        }
        let problem = if !(1..=4000).contains(&self.message_length) {
            "message_length must be between 1 and 4000"
        } else if self.attachment_bytes == 0 {
            "attachment_bytes must be 1 or more"
        } else if self.node > 1023 {
            "node must be between 0 and 1023"
        } else if !self.database.0.is_empty()
            && !["postgres://", "postgresql://"].iter().any(|scheme| self.database.0.starts_with(scheme))
        {
            "database must begin with postgres:// (empty: SQLite in the data folder)"
        } else if !self.nats.0.is_empty() && self.database.0.is_empty() {
            "nats needs a database that several nodes share: set database to PostgreSQL's address"
        } else if self.nats_stream.is_empty()
            || self.nats_stream.len() > 64
            || !self.nats_stream.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            "nats_stream must be up to 64 of A-Z, a-z, 0-9, - and _"
        } else if !self.public_url.is_empty() && !is_address(&self.public_url) {
            "public_url must begin with http:// or https://, and name a host"
        } else if !self.s3_bucket.is_empty() && (self.s3_key.0.is_empty() || self.s3_secret.0.is_empty()) {
            "s3_bucket needs s3_key and s3_secret"
        } else if !self.s3_endpoint.is_empty() && !is_address(&self.s3_endpoint) {
            "s3_endpoint must begin with http:// or https://, and name a host"
        } else if self.public_url.ends_with('/') {
            "public_url must not end with a slash"
        } else {
            return Ok(());
        };
        Err(Problem(problem.into()))
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> guildhall_db::Config {
        if self.database.0.is_empty() {
            let mut config = guildhall_db::Config::sqlite(&self.data.join("guildhall.db"));
            config.readers = if self.database_connections == 0 { 4 } else { self.database_connections };
            config
        } else {
            let readers = if self.database_connections == 0 { 16 } else { self.database_connections };
            guildhall_db::Config { url: self.database.0.clone(), readers }
        }
    }
}

/// Whether web pages could be there.
fn is_address(text: &str) -> bool {
    let address = text.parse::<http::Uri>().ok();
    address.is_some_and(|address| {
        ["http", "https"].map(Some).contains(&address.scheme_str())
            && address.host().is_some_and(|host| !host.is_empty())
    })
}

/// Prints an example.
pub(crate) fn show(example: &str, json: bool) -> anyhow::Result<()> {
    if json { say::line(serde_json::json!({ "example": example })) } else { say::text(example) }
}

/// Runs `guildhall config check`: whoever got here has a configuration without a fault.
pub(crate) fn act(action: &Action, config: &Config, json: bool) -> anyhow::Result<()> {
    let Action::Check = action else { return Ok(()) };
    let (listen, data, profile) = (config.listen, config.data.display(), &config.profile);
    if json {
        return say::line(serde_json::json!({ "ok": true, "profile": profile, "listen": listen, "data": config.data }));
    }
    say::line(format_args!(
        "The configuration is in order ({profile}): the hall listens on {listen} and keeps everything in {data}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_is_the_default() {
        let table = settings::shapes(EXAMPLE);
        let fields = format!("{:#?}", Config::default());
        let fields = fields.lines().filter_map(|line| Some(line.strip_prefix("    ")?.split_once(": ")?.0));
        let fields: Vec<_> = fields.filter(|name| !name.starts_with(' ')).collect();
        assert!(fields.len() > 20 && fields.iter().all(|name| table.contains_key(*name)), "{fields:?}");
        assert_eq!(table.len(), fields.len(), "every setting stands in the example");
        let read: Config = table.try_into().unwrap_or_default();
        assert_eq!(format!("{read:?}"), format!("{:?}", Config::default()));
    }
}
