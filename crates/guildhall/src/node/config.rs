//! The settings of an audio node, and the example that shows them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{
    ArtworkSettings, Catalog, LocalSettings, SourceSettings, Sources, SpotifySettings, UploadSettings, WithTones,
    YtdlpSettings,
};
use guildhall_lavalink::{Door, Settings, Target, WorkerKey, artwork_key};
use serde::Deserialize;

use crate::config::{HALL, Problem, Secret};
use crate::settings::Part;
use crate::{logging, settings};

/// The settings of a node.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Config {
    pub(super) listen: SocketAddr,
    pub(super) password: Secret,
    pub(super) data: PathBuf,
    pub(super) workers: usize,
    pub(super) worker_processes: bool,
    workers_listen: Option<SocketAddr>,
    pub(super) worker_key: Secret,
    pub(super) clocks: usize,
    pub(super) crossfade_ms: u32,
    pub(super) loudness: Option<f32>,
    pub(super) loudness_max_boost: f32,
    pub(super) player_update_seconds: u64,
    pub(super) http: bool,
    pub(super) library: Vec<PathBuf>,
    pub(super) tones: bool,
    pub(super) allowed_networks: Vec<String>,
    public_url: String,
    uploads: Uploads,
    providers: Vec<String>,
    spotify: Spotify,
    sponsorblock: SponsorBlock,
    lrclib: Lrclib,
    ytdlp: Ytdlp,
    pub(super) log: String,
    pub(super) log_format: String,
}

impl Default for Config {
    fn default() -> Self {
        let node = Settings::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 2333)),
            password: Secret::default(),
            data: PathBuf::from("data"),
            workers: node.workers,
            worker_processes: false,
            workers_listen: None,
            worker_key: Secret::default(),
            clocks: node.clocks,
            crossfade_ms: node.crossfade_ms,
            loudness: None,
            loudness_max_boost: Target::default().max_boost,
            player_update_seconds: node.update.as_secs(),
            http: true,
            library: Vec::new(),
            tones: false,
            allowed_networks: Vec::new(),
            public_url: String::new(),
            uploads: Uploads::default(),
            providers: PROVIDERS.map(str::to_owned).to_vec(),
            spotify: Spotify::default(),
            sponsorblock: SponsorBlock::default(),
            lrclib: Lrclib::default(),
            ytdlp: Ytdlp::default(),
            log: "info".to_owned(),
            log_format: "text".to_owned(),
        }
    }
}

/// The section `uploads`: files that clients bring.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Uploads {
    enabled: bool,
    most_file_mib: u64,
    quota_mib: u64,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { enabled: false, most_file_mib: 100, quota_mib: 2_048 }
    }
}

impl Uploads {
    fn settings(&self, data: &Path) -> Option<UploadSettings> {
        self.enabled.then(|| UploadSettings {
            folder: data.join("uploads"),
            file: self.most_file_mib.saturating_mul(1 << 20),
            quota: self.quota_mib.saturating_mul(1 << 20),
        })
    }
}

/// Where tracks that are only known by name are looked for.
const PROVIDERS: [&str; 4] = ["lcsearch:\"%ISRC%\"", "lcsearch:%QUERY%", "ytsearch:\"%ISRC%\"", "ytsearch:%QUERY%"];

/// The section `sponsorblock`: who knows which parts of videos listeners would rather skip.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SponsorBlock {
    enabled: bool,
    url: String,
}

impl Default for SponsorBlock {
    fn default() -> Self {
        Self { enabled: false, url: "https://sponsor.ajay.app/".to_owned() }
    }
}

/// The section `lrclib`: who knows words of songs.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lrclib {
    enabled: bool,
    url: String,
}

impl Default for Lrclib {
    fn default() -> Self {
        Self { enabled: false, url: "https://lrclib.net/".to_owned() }
    }
}

/// The section `spotify`: an API in the shape of Spotify's.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Spotify {
    enabled: bool,
    #[serde(alias = "clientId")]
    client_id: String,
    #[serde(alias = "clientSecret")]
    client_secret: Secret,
    #[serde(alias = "countryCode")]
    country_code: String,
    #[serde(alias = "playlistLoadLimit")]
    playlist_load_limit: u32,
    #[serde(alias = "albumLoadLimit")]
    album_load_limit: u32,
    search_limit: u32,
    #[serde(alias = "resolveArtistsInSearch")]
    resolve_artists_in_search: bool,
    previews: bool,
    api_url: String,
    token_url: String,
    hosts: Vec<String>,
}

impl Default for Spotify {
    fn default() -> Self {
        Self {
            enabled: false,
            client_id: String::new(),
            client_secret: Secret::default(),
            country_code: "US".to_owned(),
            playlist_load_limit: 6,
            album_load_limit: 6,
            search_limit: 10,
            resolve_artists_in_search: true,
            previews: true,
            api_url: "https://api.spotify.com/v1/".to_owned(),
            token_url: "https://accounts.spotify.com/api/token".to_owned(),
            hosts: vec!["open.spotify.com".to_owned()],
        }
    }
}

impl Spotify {
    fn settings(&self) -> anyhow::Result<Option<SpotifySettings>> {
        if !self.enabled {
            return Ok(None);
        }
        let wrong = |name: &str, text: &str| Problem::new(format!("spotify.{name}: `{text}` is no address"));
        Ok(Some(SpotifySettings {
            api: self.api_url.parse().map_err(|_| wrong("api_url", &self.api_url))?,
            token: self.token_url.parse().map_err(|_| wrong("token_url", &self.token_url))?,
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.0.clone(),
            country: self.country_code.clone(),
            playlist_pages: self.playlist_load_limit.clamp(1, 100),
            album_pages: self.album_load_limit.clamp(1, 100),
            search_limit: self.search_limit.clamp(1, 50),
            resolve_artists: self.resolve_artists_in_search,
            previews: self.previews,
            hosts: self.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }))
    }
}

/// The section `ytdlp`: a program that knows how to get at the sound of sites.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Ytdlp {
    enabled: bool,
    path: PathBuf,
    hosts: Vec<String>,
    searches: Vec<String>,
    search_limit: u32,
    playlist_load_limit: u32,
    custom_load_args: Vec<String>,
    custom_playback_args: Vec<String>,
    timeout_seconds: u64,
    most_output_kib: usize,
    most_memory_mib: u64,
    most_processes: usize,
}

impl Default for Ytdlp {
    fn default() -> Self {
        let settings = YtdlpSettings::default();
        Self {
            enabled: false,
            path: settings.path,
            hosts: settings.hosts,
            searches: settings.searches,
            search_limit: settings.search_limit,
            playlist_load_limit: settings.playlist_limit,
            custom_load_args: settings.load_arguments,
            custom_playback_args: settings.play_arguments,
            timeout_seconds: settings.time.as_secs(),
            most_output_kib: settings.output / 1_024,
            most_memory_mib: settings.memory / (1_024 * 1_024),
            most_processes: settings.processes,
        }
    }
}

impl Ytdlp {
    fn settings(&self) -> Option<YtdlpSettings> {
        self.enabled.then(|| YtdlpSettings {
            path: self.path.clone(),
            hosts: self.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            searches: self.searches.clone(),
            search_limit: self.search_limit.clamp(1, 100),
            playlist_limit: self.playlist_load_limit.clamp(1, 10_000),
            load_arguments: self.custom_load_args.clone(),
            play_arguments: self.custom_playback_args.clone(),
            time: Duration::from_secs(self.timeout_seconds.clamp(1, 30)),
            output: self.most_output_kib.clamp(16, 64 * 1_024) * 1_024,
            memory: self.most_memory_mib.clamp(64, 64 * 1_024) * 1_024 * 1_024,
            processes: self.most_processes.clamp(1, 64),
        })
    }
}

/// A node's settings, beside those of the hall.
pub(crate) const NODE: Part = Part {
    name: "an audio node",
    example: EXAMPLE,
    commands: ["guildhall node example", "guildhall node check"],
    prefix: "GUILDHALL_NODE_",
};

pub(super) const EXAMPLE: &str = r#"# Settings of `guildhall node`. Every line but the password is optional; what is shown is the default.
# Each can be given by the environment too: GUILDHALL_NODE_ and the name in capitals, e.g. GUILDHALL_NODE_LISTEN, behind that of its section, e.g.
# GUILDHALL_NODE_YTDLP_ENABLED; a list as it is written here.

# Address to listen on. Port 0 takes a free one.
# listen = "127.0.0.1:2333"

# What clients must say. There is no default. Also: GUILDHALL_NODE_PASSWORD.
# password = ""

# Folder for node.db (sessions and players that go on after a restart) and node.key (which seals them).
# data = "data"

# Workers that decode and encode. Default: one for each processor, at most 4.
# workers = 4

# Whether each worker is a process of its own: one that crashes is replaced and its players go on.
# worker_processes = false

# Where workers on other hosts join this node (`guildhall node worker --join HOST:2334` there), and the secret that both know, at least 32 characters (`openssl
# rand -hex 32`). Not set: nobody joins. The key also: GUILDHALL_NODE_WORKER_KEY.
# workers_listen = "0.0.0.0:2334"
# worker_key = ""

# Threads that keep the time of players. One is enough for hundreds.
# clocks = 1

# Milliseconds by which tracks whose successor is known fade into each other. 0: gapless.
# crossfade_ms = 0

# How loud tracks come out, in LUFS (-14 is usual), and by how many decibels soft ones become louder at most. Each track is read once
# more to be measured. Not set: as they are. Players may say otherwise: pluginFilters.loudness.
# loudness = -14.0
# loudness_max_boost = 8.0

# Seconds between two updates of a player's position.
# player_update_seconds = 5

# Whether addresses (http, https) are played.
# http = true

# Folders whose files are played and found by their tags (lcsearch:words). Relative to where the node is started.
# library = []

# Whether test tones are played: tone:440:10 is ten seconds of 440 Hz.
# tones = false

# Networks that may be fetched from although they are not public, e.g. ["192.168.1.0/24"].
# allowed_networks = []

# What is logged, and how: "text" or "json".
# log = "info"
# log_format = "text"

# Where tracks that are only known by name (those of [spotify]) are looked for when they are to be played, in order. %ISRC% is the number of the
# recording, %QUERY% title and artist; %TITLE% and %AUTHOR% are one of these. Sources that are switched off find nothing.
# providers = ["lcsearch:\"%ISRC%\"", "lcsearch:%QUERY%", "ytsearch:\"%ISRC%\"", "ytsearch:%QUERY%"]

# Where people reach this node, e.g. "https://node.example.org/": then files of the library and uploads that have a picture say its address (signed, without a
# password, below artwork/).
# public_url = ""

# Files that clients bring (POST /v4/guildhall/uploads), kept in uploads/ of the data folder and played as upload:ID.
# [uploads]
# enabled = false
# most_file_mib = 100
# quota_mib = 2048

# Metadata from an API in the shape of Spotify's: links to tracks, albums, playlists and artists, and searches (spsearch:words). The keys are LavaSrc's.
# [spotify]
# enabled = false
# client_id = ""
# client_secret = ""
# Whose most popular tracks are asked for.
# country_code = "US"
# Pages of 100 tracks of a playlist, of 50 tracks of an album.
# playlist_load_limit = 6
# album_load_limit = 6
# search_limit = 10
# Whether pictures of artists are asked for.
# resolve_artists_in_search = true
# Whether spprev: before a link or a search gives previews of half a minute, where the API knows some.
# previews = true
# api_url = "https://api.spotify.com/v1/"
# token_url = "https://accounts.spotify.com/api/token"
# Hosts whose links are understood.
# hosts = ["open.spotify.com"]

# Parts of videos (YouTube) that listeners would rather skip, by an API in the shape of SponsorBlock's, for players that ask for it. It is told only the
# first letters of a video's hashed name.
# [sponsorblock]
# enabled = false
# url = "https://sponsor.ajay.app/"

# Words of songs whose files have none (/v4/lyrics and the other routes of LavaLyrics), by an API in the shape of LRCLIB's. It is told title, artist and length of
# what is asked for.
# [lrclib]
# enabled = false
# url = "https://lrclib.net/"

# A program that knows how to get at the sound of sites, with the contract of yt-dlp: run without a shell, with an empty environment, and ended with
# all it started when it takes too long or says too much. What it says of where the sound is may be good for some hours only: it is asked again then. The sound itself is fetched by the node.
# [ytdlp]
# enabled = false
# path = "yt-dlp"
# Sites whose addresses it is asked about (and what lies below these hosts).
# hosts = ["youtube.com", "youtu.be", "soundcloud.com"]
# Searches that it makes: ytsearch:, ytmsearch:, scsearch:.
# searches = ["ytsearch", "ytmsearch"]
# search_limit = 10
# playlist_load_limit = 1000
# custom_load_args = ["--ignore-config", "--no-cache-dir", "-q", "--no-warnings", "--skip-download", "-J", "--flat-playlist"]
# custom_playback_args = ["--ignore-config", "--no-cache-dir", "-q", "--no-warnings", "--skip-download", "-J", "-f", "bestaudio[acodec=opus]/bestaudio[acodec=mp4a.40.2]/bestaudio/best", "--no-playlist"]
# timeout_seconds = 20
# most_output_kib = 8192
# Memory that each of its processes may have (Linux).
# most_memory_mib = 1024
# most_processes = 4
"#;

impl Config {
    /// Reads the file, if one is named, and the environment.
    pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let config: Self = settings::parsed(settings::read(&NODE, &HALL, file, |_| false)?)?;
        logging::check(&config.log, &config.log_format)?;
        Ok(config)
    }

    /// Whether tracks are looked for when they are to be played, and in the library too.
    pub(super) fn searches_by_itself(&self) -> bool {
        self.spotify.enabled && !self.library.is_empty()
    }

    /// What workers on other hosts and their node know, if anything.
    pub(super) fn worker_key(&self) -> anyhow::Result<Option<WorkerKey>> {
        let secret = &self.worker_key.0;
        if secret.is_empty() {
            return Ok(None);
        }
        let short = || Problem::new(format!("worker_key is too short: it needs {} characters", WorkerKey::LEAST));
        Ok(Some(WorkerKey::new(secret).ok_or_else(short)?))
    }

    /// Where workers on other hosts come, if they may.
    pub(super) fn door(&self) -> anyhow::Result<Option<Door>> {
        let key = self.worker_key()?;
        let Some(listen) = self.workers_listen else { return Ok(None) };
        let missing = || {
            let text = "workers_listen needs a key: worker_key = \"…\" or GUILDHALL_NODE_WORKER_KEY";
            Problem::new(text.to_owned())
        };
        Ok(Some(Door { listen, key: key.ok_or_else(missing)? }))
    }

    /// Leaves out the sources that are files of a node.
    pub(super) fn without_files(&mut self) {
        self.library.clear();
        self.uploads.enabled = false;
    }

    /// Where pictures of files are found, if people reach this node.
    fn artwork(&self, key: impl FnOnce() -> anyhow::Result<[u8; 32]>) -> anyhow::Result<Option<ArtworkSettings>> {
        if self.public_url.is_empty() {
            return Ok(None);
        }
        let wrong = |_| Problem::new(format!("public_url: `{}` is no address", self.public_url));
        let url = self.public_url.parse().map_err(wrong)?;
        Ok(Some(ArtworkSettings { url, key: key()? }))
    }

    /// Whether a node could start with it, or a worker of one on another host, which needs no password.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let works_elsewhere = self.workers_listen.is_none() && !self.worker_key.0.is_empty();
        if !works_elsewhere {
            self.require_password()?;
        }
        self.door()?;
        self.artwork(|| Ok([0; 32]))?;
        self.source_settings()?;
        Ok(())
    }

    /// Nobody is let in without one.
    pub(super) fn require_password(&self) -> Result<(), Problem> {
        if self.password.0.is_empty() {
            let text = "a node needs a password: password = \"…\" or GUILDHALL_NODE_PASSWORD";
            return Err(Problem::new(text.to_owned()));
        }
        Ok(())
    }

    /// The sources. Without a database, the library is played from but not searched.
    pub(super) fn sources(&self, db: Option<guildhall_db::Db>, watch: bool) -> anyhow::Result<Arc<dyn Sources>> {
        let mut settings = self.source_settings()?;
        if watch {
            settings.artwork = self.artwork(|| Ok(artwork_key(&self.data.join("node.key"))?))?;
        } else if let Some(local) = &mut settings.local {
            local.watch = false;
        }
        let catalog = Catalog::new(settings, db)?;
        Ok(if self.tones { Arc::new(WithTones(catalog)) } else { Arc::new(catalog) })
    }

    /// What the sources are told, but for where pictures are found.
    fn source_settings(&self) -> anyhow::Result<SourceSettings> {
        let allowed_networks = self
            .allowed_networks
            .iter()
            .map(|network| network.parse().map_err(|error| Problem::new(format!("allowed_networks: {error}"))))
            .collect::<Result<Vec<_>, _>>()?;
        let fetch = FetchSettings { allowed_networks, ..FetchSettings::default() };
        let local = (!self.library.is_empty()).then(|| LocalSettings {
            folders: self.library.clone(),
            watch: true,
            ..LocalSettings::default()
        });
        let wrong = || Problem::new(format!("sponsorblock.url: `{}` is no address", self.sponsorblock.url));
        let sponsorblock = self.sponsorblock.enabled.then(|| self.sponsorblock.url.parse().map_err(|_| wrong()));
        let wrong = || Problem::new(format!("lrclib.url: `{}` is no address", self.lrclib.url));
        let lrclib = self.lrclib.enabled.then(|| self.lrclib.url.parse().map_err(|_| wrong()));
        Ok(SourceSettings {
            fetch,
            http: self.http,
            local,
            ytdlp: self.ytdlp.settings(),
            uploads: self.uploads.settings(&self.data),
            spotify: self.spotify.settings()?,
            providers: self.providers.clone(),
            sponsorblock: sponsorblock.transpose()?,
            lrclib: lrclib.transpose()?,
            artwork: None,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_example_shows_every_setting_with_its_default() {
        let mut shown: Config = settings::parsed(settings::shapes(EXAMPLE)).unwrap();
        // Shown as it may be, and not as it is.
        assert_eq!(shown.loudness.take(), Some(-14.0));
        assert_eq!(shown.workers_listen.take(), Some(SocketAddr::from(([0, 0, 0, 0], 2334))));
        shown.workers = Config::default().workers;
        assert_eq!(format!("{shown:?}"), format!("{:?}", Config::default()));
        let known = toml::from_str::<Config>("nonsense = 1").unwrap_err().to_string();
        let names = known.split("expected one of ").nth(1).unwrap_or_default();
        for name in names.split('`').skip(1).step_by(2) {
            let section = format!("# [{name}");
            assert!(EXAMPLE.contains(&format!("# {name} = ")) || EXAMPLE.contains(&section), "{name}");
        }
    }

    #[test]
    fn workers_on_other_hosts_need_a_key_that_nobody_guesses() {
        let door = |text: &str| {
            let config: Config = toml::from_str(text).unwrap();
            config.door().map(|door| door.is_some()).map_err(|error| error.to_string())
        };
        let listen = "workers_listen = \"127.0.0.1:0\"";
        assert_eq!(door(""), Ok(false));
        assert!(door(listen).unwrap_err().starts_with("workers_listen needs a key"));
        let key = |count| format!("{listen}\nworker_key = \"{}\"", "k".repeat(count));
        assert_eq!(door(&key(31)).unwrap_err(), "worker_key is too short: it needs 32 characters");
        assert_eq!(door(&key(32)), Ok(true));
        let config: Config = toml::from_str(&key(32)).unwrap();
        assert!(!format!("{config:?}").contains("kkk"));
    }
}
