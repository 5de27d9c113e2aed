//! Metadata of an API in the shape of Spotify's: tracks, albums, playlists, artists, searches. What it knows of is not played
//! from there: the mirror looks for the same recording in sources that play.

mod shape;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::fetch::{Ask, Fetch, FetchError};
use super::http::Http;
use super::patience::{Patience, Turn};
use super::{SourceError, Stream};
use crate::lock;
use crate::wire::{LoadResult, SearchResult, Track};
use shape::{Album, Artist, Artists, Entry, Found, List, Many, Page, Song, Token, recommended};

/// Under this name its tracks go.
pub(crate) const NAME: &str = "spotify";
/// What goes before words to be searched for.
const SEARCH: &str = "spsearch:";
/// What goes before what tracks are to be like, as the API's query says it.
const LIKE: &str = "sprec:";
/// What goes before a link or a search whose tracks are to be their previews; before the id of a track, what is played then.
pub(crate) const PREVIEW: &str = "spprev:";
/// Longest text that is searched for.
const MOST_WORDS: usize = 500;
/// What recommended tracks may have to be.
const MOST_WISHES: usize = 50;
/// What is searched for.
const KINDS: [&str; 4] = ["track", "album", "artist", "playlist"];
/// Tracks of a page of an album, and things that are asked for by their ids at once.
const ALBUM_PAGE: usize = 50;
/// Tracks of a page of a playlist.
const PLAYLIST_PAGE: usize = 100;
/// A key is renewed so long before it ends.
const EARLY: Duration = Duration::from_secs(30);

/// Whose API it is.
#[derive(Clone)]
pub struct SpotifySettings {
    /// Where the API is.
    pub api: Url,
    /// Where keys are given out.
    pub token: Url,
    /// The application.
    pub client_id: String,
    /// And what it says to prove that.
    pub client_secret: String,
    /// Whose most popular tracks are asked for.
    pub country: String,
    /// Pages of a playlist, of 100 tracks each.
    pub playlist_pages: u32,
    /// Pages of an album, of 50 tracks each.
    pub album_pages: u32,
    /// Tracks that a search gives.
    pub search_limit: u32,
    /// Whether pictures of artists are asked for.
    pub resolve_artists: bool,
    /// Whether previews of tracks are played.
    pub previews: bool,
    /// Hosts whose links are understood.
    pub hosts: Vec<String>,
}

impl std::fmt::Debug for SpotifySettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SpotifySettings").field("api", &self.api.as_str()).finish_non_exhaustive()
    }
}

/// The source `spotify`.
pub(super) struct Spotify {
    settings: SpotifySettings,
    fetch: Fetch,
    login: Mutex<Login>,
    patience: Patience,
}

struct Login {
    id: String,
    secret: String,
    key: Option<(HeaderValue, Instant)>,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Track,
    Album,
    Playlist,
    Artist,
}

/// A change of settings while it runs, in the shape of LavaSrc.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Spotify {
    pub(super) fn new(settings: SpotifySettings, fetch: Fetch) -> Self {
        let login = Login { id: settings.client_id.clone(), secret: settings.client_secret.clone(), key: None };
        Self { settings, fetch, login: Mutex::new(login), patience: Patience::default() }
    }

    /// Whether an identifier is for this source.
    pub(super) fn wants(&self, identifier: &str) -> bool {
        let identifier = match identifier.strip_prefix(PREVIEW) {
            Some(_) if !self.settings.previews => return false,
            Some(rest) => rest.trim(),
            None => identifier,
        };
        identifier.starts_with(SEARCH) || identifier.starts_with(LIKE) || self.link(identifier).is_some()
    }

    /// Other credentials from now on.
    pub(super) fn configure(&self, settings: &serde_json::Value) -> Result<(), String> {
        let change = Change::deserialize(settings).map_err(|error| format!("spotify: {error}"))?;
        let texts = [&change.client_id, &change.client_secret];
        if texts.into_iter().flatten().any(|text| text.is_empty() || text.len() > 256) {
            return Err("spotify: clientId and clientSecret have 1 to 256 characters".to_owned());
        }
        let mut login = lock(&self.login);
        login.id = change.client_id.unwrap_or_else(|| login.id.clone());
        login.secret = change.client_secret.unwrap_or_else(|| login.secret.clone());
        login.key = None;
        Ok(())
    }

    /// The kind and the id of a link.
    fn link(&self, identifier: &str) -> Option<(Kind, String)> {
        let parts: Vec<String> = if let Some(rest) = identifier.strip_prefix("spotify:") {
            rest.split(':').map(str::to_owned).collect()
        } else {
            let url = Http::address(identifier)?;
            let host = url.host_str()?.to_ascii_lowercase();
            if !self.settings.hosts.contains(&host) {
                return None;
            }
            url.path_segments()?.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        // What comes before is a language or an owner.
        let (kind, id) = parts.iter().zip(parts.iter().skip(1)).find_map(|(kind, id)| {
            let kind = match kind.as_str() {
                "track" => Kind::Track,
                "album" => Kind::Album,
                "playlist" => Kind::Playlist,
                "artist" => Kind::Artist,
                _ => return None,
            };
            Some((kind, id))
        })?;
        plain(id).then(|| (kind, id.clone()))
    }

    /// What an identifier leads to.
    pub(super) async fn load(&self, identifier: &str) -> LoadResult {
        let (preview, identifier) = match identifier.strip_prefix(PREVIEW) {
            Some(rest) => (true, rest.trim()),
            None => (false, identifier),
        };
        if let Some(like) = identifier.strip_prefix(LIKE) {
            return answer(self.recommend(like.trim(), preview).await);
        }
        let result = match (identifier.strip_prefix(SEARCH), self.link(identifier)) {
            (Some(words), _) => self.find_tracks(words.trim(), preview).await,
            (None, Some((Kind::Track, id))) => self.track(&id, preview).await,
            (None, Some((Kind::Album, id))) => self.album(&id, preview).await,
            (None, Some((Kind::Playlist, id))) => self.playlist(&id, preview).await,
            (None, Some((Kind::Artist, id))) => self.artist(&id, preview).await,
            (None, None) => return LoadResult::Empty,
        };
        answer(result)
    }

    async fn track(&self, id: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let song: Song = self.get(&["tracks", id], &[("market", &self.settings.country)]).await?;
        let mut songs = vec![song];
        self.add_artists(&mut songs).await;
        let track = songs.into_iter().find_map(|song| song.track(preview));
        Ok(track.map_or(LoadResult::Empty, |track| LoadResult::Track(Box::new(track))))
    }

    async fn album(&self, id: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let album: Album = self.get(&["albums", id], &[]).await?;
        let mut tracks = Vec::new();
        for number in 0..self.settings.album_pages {
            let page: Page<Song> = self.page(&["albums", id, "tracks"], number, ALBUM_PAGE).await?;
            // Tracks of an album lack the number of the recording.
            let ids: Vec<String> =
                page.items.into_iter().flatten().filter_map(|song| song.id).take(ALBUM_PAGE).collect();
            if !ids.is_empty() {
                let many: Many = self.get(&["tracks"], &[("ids", &ids.join(","))]).await?;
                let mut songs: Vec<Song> = many.tracks.into_iter().flatten().take(ALBUM_PAGE).collect();
                songs.iter_mut().for_each(|song| song.album = song.album.take().or_else(|| Some(album.clone())));
                self.add_artists(&mut songs).await;
                tracks.extend(songs.into_iter().filter_map(|song| song.track(preview)));
            }
            if page.next.is_none() {
                break;
            }
        }
        Ok(list(album.playlist(tracks)))
    }

    async fn playlist(&self, id: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let about: List = self.get(&["playlists", id], &[("market", &self.settings.country)]).await?;
        let mut tracks: Vec<Track> = Vec::new();
        for number in 0..self.settings.playlist_pages {
            let page: Page<Entry> = self.page(&["playlists", id, "tracks"], number, PLAYLIST_PAGE).await?;
            let songs = page.items.into_iter().flatten().take(PLAYLIST_PAGE).filter_map(|entry| entry.track);
            tracks.extend(songs.filter_map(|song| song.track(preview)));
            if page.next.is_none() {
                break;
            }
        }
        Ok(list(about.playlist(tracks)))
    }

    async fn artist(&self, id: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let artist: Artist = self.get(&["artists", id], &[]).await?;
        let top: Many = self.get(&["artists", id, "top-tracks"], &[("market", &self.settings.country)]).await?;
        let mut songs: Vec<Song> = top.tracks.into_iter().flatten().take(100).collect();
        for first in songs.iter_mut().filter_map(Song::first_artist) {
            if first.id == artist.id {
                first.images.clone_from(&artist.images);
            }
        }
        let tracks = songs.into_iter().filter_map(|song| song.track(preview)).collect();
        Ok(list(artist.playlist(tracks)))
    }

    /// Tracks that are like others, by `seed_tracks`, `seed_artists`, `seed_genres` and what else the API asks for.
    async fn recommend(&self, query: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let known = |name: &str| {
            matches!(name, "seed_tracks" | "seed_artists" | "seed_genres" | "limit")
                || ["min_", "max_", "target_"].iter().any(|prefix| name.starts_with(prefix))
        };
        let all = url::form_urlencoded::parse(query.as_bytes()).take(MOST_WISHES);
        let wishes: Vec<_> = all.filter(|(name, _)| known(name)).collect();
        if query.len() > MOST_WORDS || !wishes.iter().any(|(name, _)| name.starts_with("seed_")) {
            return Ok(LoadResult::Empty);
        }
        let mut query: Vec<(&str, &str)> = wishes.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        query.push(("market", &self.settings.country));
        let found: Many = self.get(&["recommendations"], &query).await?;
        let mut songs: Vec<Song> = found.tracks.into_iter().flatten().take(100).collect();
        self.add_artists(&mut songs).await;
        let tracks = songs.into_iter().filter_map(|song| song.track(preview)).collect();
        Ok(list(recommended(tracks)))
    }

    async fn find_tracks(&self, words: &str, preview: bool) -> Result<LoadResult, FetchError> {
        let tracks = self.find(words, "track", preview).await?.map(|found| found.tracks).unwrap_or_default();
        Ok(if tracks.is_empty() { LoadResult::Empty } else { LoadResult::Search(tracks) })
    }

    /// What a search finds, of some kinds; nothing where it is not for this source.
    pub(super) async fn search(&self, query: &str, kinds: &[String]) -> Option<Result<SearchResult, SourceError>> {
        let words = query.strip_prefix(SEARCH)?.trim();
        let wanted = KINDS.into_iter().filter(|kind| kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind));
        let wanted = wanted.collect::<Vec<_>>().join(",");
        if wanted.is_empty() {
            return Some(Ok(SearchResult::default()));
        }
        let found = self.find(words, &wanted, false).await;
        Some(found.map(Option::unwrap_or_default).map_err(|error| refusal(&error)))
    }

    async fn find(&self, words: &str, kinds: &str, preview: bool) -> Result<Option<SearchResult>, FetchError> {
        if words.is_empty() || words.len() > MOST_WORDS {
            return Ok(None);
        }
        let limit = self.settings.search_limit.to_string();
        let query = [("q", words), ("type", kinds), ("limit", &limit), ("market", &self.settings.country)];
        let found: Found = self.get(&["search"], &query).await?;
        let mut songs: Vec<Song> = items(found.tracks).collect();
        self.add_artists(&mut songs).await;
        Ok(Some(SearchResult {
            tracks: songs.into_iter().filter_map(|song| song.track(preview)).collect(),
            albums: items(found.albums).map(|album| album.playlist(Vec::new())).collect(),
            artists: items(found.artists).map(|artist| artist.playlist(Vec::new())).collect(),
            playlists: items(found.playlists).map(|list| list.playlist(Vec::new())).collect(),
            ..SearchResult::default()
        }))
    }

    /// Opens the preview of a track, by its identifier as workers are told it. Where that is, is asked anew: tracks come from
    /// clients, and are not believed.
    pub(super) async fn open_preview(&self, identifier: &str, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if !self.settings.previews {
            return Err(SourceError::common("Previews are switched off.", "they are by this node's settings"));
        }
        let missing = |cause: &str| SourceError::common("There is no preview of this track.", cause);
        let id = identifier.strip_prefix(PREVIEW).filter(|id| plain(id)).ok_or_else(|| missing("no id of a track"))?;
        let song: Result<Song, _> = self.get(&["tracks", id], &[("market", &self.settings.country)]).await;
        let song = song.map_err(|error| match error {
            FetchError::Status(404) => missing("the service does not know the track"),
            error => refusal(&error),
        })?;
        let url = song.preview().ok_or_else(|| missing("the service names no address"))?;
        Http::new(self.fetch.clone()).open(&url, position).await
    }

    /// Pictures of artists, which tracks lack. Without them it goes as well.
    async fn add_artists(&self, songs: &mut [Song]) {
        if !self.settings.resolve_artists {
            return;
        }
        let mut ids: Vec<String> = songs.iter_mut().filter_map(|song| song.first_artist()?.id.clone()).collect();
        ids.sort();
        ids.dedup();
        ids.truncate(ALBUM_PAGE);
        if ids.is_empty() {
            return;
        }
        let Ok(found) = self.get::<Artists>(&["artists"], &[("ids", &ids.join(","))]).await else { return };
        let artists = found.artists.into_iter().flatten();
        let pictures: HashMap<_, _> = artists.filter_map(|artist| Some((artist.id?, artist.images?))).collect();
        for artist in songs.iter_mut().filter_map(Song::first_artist) {
            artist.images = artist.id.as_ref().and_then(|id| pictures.get(id)).cloned().or(artist.images.take());
        }
    }

    /// A page of a list. The address of the next page, as the API says it, is not followed: it could be anywhere.
    async fn page<T: DeserializeOwned>(&self, path: &[&str], number: u32, size: usize) -> Result<Page<T>, FetchError> {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let (limit, offset) = (size.to_string(), (size * number).to_string());
        let query = [("limit", limit.as_str()), ("offset", &offset), ("market", &self.settings.country)];
        self.get(path, &query).await
    }

    /// Asks the API; with a fresh key, where the old one is not good any more, and later, where it says so.
    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, FetchError> {
        let mut url = self.settings.api.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let (turn, mut fresh) = (Turn::new(), false);
        loop {
            self.patience.wait(&turn).await?;
            match self.once(&url, fresh).await {
                Err(FetchError::Status(401)) if !fresh => fresh = true,
                Err(error) if self.patience.note(&error) => {}
                Err(error) => return Err(error),
                Ok(bytes) => return read(&bytes),
            }
        }
    }

    async fn once(&self, url: &Url, fresh: bool) -> Result<Vec<u8>, FetchError> {
        let mut ask = Ask::get(url.clone());
        ask.headers.push((AUTHORIZATION, self.key(fresh).await?));
        Ok(self.fetch.document(ask).await?.1)
    }

    async fn key(&self, fresh: bool) -> Result<HeaderValue, FetchError> {
        let (id, secret) = {
            let login = lock(&self.login);
            if let Some((key, until)) = login.key.as_ref().filter(|_| !fresh)
                && Instant::now() < *until
            {
                return Ok(key.clone());
            }
            (login.id.clone(), login.secret.clone())
        };
        let mut ask = Ask::get(self.settings.token.clone());
        ask.form = Some("grant_type=client_credentials".to_owned());
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        ask.headers.push((AUTHORIZATION, header(&basic)?));
        let (_, bytes) = self.fetch.document(ask).await?;
        let token: Token = read(&bytes)?;
        let key = header(&format!("Bearer {}", token.access_token))?;
        let lasts = Duration::from_secs(token.expires_in.min(86_400)).saturating_sub(EARLY);
        let mut login = lock(&self.login);
        if login.id == id && login.secret == secret {
            login.key = Some((key.clone(), Instant::now() + lasts));
        }
        Ok(key)
    }
}

/// Whether a text may be the id of something.
fn plain(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn items<T>(page: Option<Page<T>>) -> impl Iterator<Item = T> {
    page.map(|page| page.items).unwrap_or_default().into_iter().flatten().take(ALBUM_PAGE)
}

fn header(text: &str) -> Result<HeaderValue, FetchError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| FetchError::Content("the key is not text".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FetchError> {
    serde_json::from_slice(bytes).map_err(|error| FetchError::Content(error.to_string()))
}

fn list(playlist: crate::wire::Playlist) -> LoadResult {
    if playlist.tracks.is_empty() { LoadResult::Empty } else { LoadResult::Playlist(Box::new(playlist)) }
}

fn answer(result: Result<LoadResult, FetchError>) -> LoadResult {
    match result {
        Ok(result) => result,
        Err(FetchError::Status(404)) => LoadResult::Empty,
        Err(error) => LoadResult::Error(refusal(&error).into()),
    }
}

fn refusal(error: &FetchError) -> SourceError {
    match error {
        FetchError::Status(400 | 401 | 403) => {
            SourceError::fault("The service does not accept this node's credentials.", error)
        }
        FetchError::Status(429) | FetchError::Later(..) => {
            SourceError::suspicious("The service is asked too often.", error)
        }
        other => SourceError::suspicious("The service does not answer as it should.", other),
    }
}
