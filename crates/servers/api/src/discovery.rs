//! Guilds that anybody finds and comes into without an invite: `/discoverable-guilds`, `/guilds/{guild_id}/discovery-metadata`
//! and `PUT /guilds/{guild_id}/members/@me`.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use guildhall_db::fold;
use guildhall_store as store;
use guildhall_store::discovery::DiscoveryRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::discovery::{
    DISCOVERABLE, DiscoverableGuild, DiscoverableGuilds, DiscoveryMetadata, DiscoveryMetadataBody, limits,
};
use guildhall_wire::guild::Guild as WireGuild;
use serde::Deserialize;
use serde_json::json;

use crate::App;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const METADATA: &str = "/guilds/{guild_id}/discovery-metadata";
    Routes::new()
        .get("/discoverable-guilds", get_discoverable_guilds, Need::Person)
        .limit(20, 10)
        .get("/discoverable-guilds/search", search_discoverable_guilds, Need::Person)
        .limit(20, 10)
        .get(METADATA, get_guild_discovery_metadata, Permissions::MANAGE_GUILD)
        .patch(METADATA, update_guild_discovery_metadata, Permissions::MANAGE_GUILD)
        .put("/guilds/{guild_id}/members/@me", join_guild, Need::Person)
        .limit(10, 60)
}

/// Whether anybody looks at a guild and comes in: it is public, and the instance has a list of such.
pub(crate) async fn is_open(cx: &Cx, guild: &WireGuild) -> Result<bool> {
    Ok(is_public(guild) && crate::instance::settings(cx).await?.discovery)
}

fn is_public(guild: &WireGuild) -> bool {
    guild.features.iter().any(|feature| feature == DISCOVERABLE)
}

/// The public guilds as they were looked at last, those with the most members first. However many people look for guilds, the
/// database is asked once in a while, and then only for those that are public.
#[derive(Debug, Default)]
pub(crate) struct Listing(RwLock<Option<(i64, Arc<[Entry]>)>>);

#[derive(Debug)]
struct Entry {
    id: Id<GuildMarker>,
    members: u32,
    online: u32,
    keywords: Vec<String>,
    /// All that it is found by, folded.
    text: String,
}

/// How long the list is believed: other nodes change it too, and people come and go.
const BELIEVED_MICROS: i64 = 1_000_000;

impl Listing {
    /// Lets the next one who asks read it anew.
    pub(crate) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The list, while it is believed. Who finds it too old has to read it; others go on with the old one meanwhile.
    fn believed(&self, now: i64) -> Option<Arc<[Entry]>> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (at, entries) = known.as_mut()?;
        if (*at..=*at + BELIEVED_MICROS).contains(&now) {
            return Some(entries.clone());
        }
        *at = now;
        None
    }

    async fn read(&self, app: &App) -> Result<Arc<[Entry]>> {
        let now = app.clock().micros();
        if let Some(entries) = self.believed(now) {
            return Ok(entries);
        }
        let rows = store::discovery::all(&mut app.db()).await?;
        let mut online: HashMap<Id<GuildMarker>, u32> = rows.iter().map(|row| (row.id, 0)).collect();
        for user in app.bus().online() {
            for guild in app.bus().guilds_of(user) {
                if let Some(count) = online.get_mut(&guild) {
                    *count += 1;
                }
            }
        }
        let entry = |row: DiscoveryRow| {
            let members = app.bus().guild(row.id)?.members.len();
            let mut text = fold(&row.name);
            for more in row.description.iter().chain(&row.keywords.0) {
                text.push('\n');
                text.push_str(&fold(more));
            }
            Some(Entry {
                id: row.id,
                members: u32::try_from(members).unwrap_or(u32::MAX),
                online: online.get(&row.id).copied().unwrap_or_default(),
                keywords: row.keywords.0,
                text,
            })
        };
        let mut entries: Vec<_> = rows.into_iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| (std::cmp::Reverse(entry.members), entry.id));
        let entries: Arc<[Entry]> = entries.into();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((now, entries.clone()));
        Ok(entries)
    }
}

/// What is asked for: a list of ids may come as `guild_ids=1&guild_ids=2` or `guild_ids=1,2`.
#[derive(Debug, Default)]
struct Asked {
    guild_ids: Option<Vec<Id<GuildMarker>>>,
    limit: usize,
    offset: usize,
    /// Folded.
    words: Vec<String>,
}

type Pairs = Query<Vec<(String, String)>>;

/// A whole number of a query, within bounds.
fn number(errors: &mut FormErrors, key: &str, value: &str, min: usize, max: usize) -> usize {
    let Ok(number) = value.parse() else {
        errors.at(key).push("NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not int."));
        return min;
    };
    errors.range(key, number, min, max);
    number
}

async fn get_discoverable_guilds(cx: Cx, Query(pairs): Pairs) -> Result<Json<DiscoverableGuilds>> {
    let mut asked = Asked { limit: limits::PAGE, ..Asked::default() };
    let mut errors = FormErrors::new();
    for (key, value) in &pairs {
        match key.as_str() {
            "guild_ids" => {
                let ids = asked.guild_ids.get_or_insert_default();
                for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    match part.parse() {
                        Ok(id) => ids.push(id),
                        Err(_) => errors.at(key).push("NUMBER_TYPE_COERCE", "Value is not snowflake."),
                    }
                }
                errors.count(key, ids.len(), 0, limits::PAGE);
            }
            "limit" => asked.limit = number(&mut errors, key, value, 1, limits::PAGE),
            // Whoever pages comes to the end, however far that is.
            "offset" => asked.offset = number(&mut errors, key, value, 0, usize::MAX),
            _ => {}
        }
    }
    errors.finish()?;
    page(&cx, asked).await
}

async fn search_discoverable_guilds(cx: Cx, Query(pairs): Pairs) -> Result<Json<DiscoverableGuilds>> {
    let mut asked = Asked { limit: limits::SEARCH_PAGE, ..Asked::default() };
    let mut errors = FormErrors::new();
    for (key, value) in &pairs {
        match key.as_str() {
            "query" => {
                errors.length(key, value, 0, limits::QUERY);
                asked.words = fold(value).split_whitespace().map(str::to_owned).collect();
            }
            "limit" => asked.limit = number(&mut errors, key, value, 1, limits::PAGE),
            "offset" => asked.offset = number(&mut errors, key, value, 0, limits::OFFSET),
            _ => {}
        }
    }
    errors.finish()?;
    page(&cx, asked).await
}

/// Who asks for certain guilds gets all of them on one page.
async fn page(cx: &Cx, asked: Asked) -> Result<Json<DiscoverableGuilds>> {
    let (limit, offset) = if asked.guild_ids.is_some() { (limits::PAGE, 0) } else { (asked.limit, asked.offset) };
    let mut answer = DiscoverableGuilds { guilds: Vec::new(), total: 0, limit, offset };
    if !crate::instance::settings(cx).await?.discovery {
        return Ok(Json(answer));
    }
    let entries = cx.app.listing().read(&cx.app).await?;
    let wanted = |entry: &&Entry| {
        asked.guild_ids.as_ref().is_none_or(|ids| ids.contains(&entry.id))
            && asked.words.iter().all(|word| entry.text.contains(word.as_str()))
    };
    for entry in entries.iter().filter(wanted) {
        // The list may be older than a guild's wish to be found no more.
        let Some(state) = cx.app.bus().guild(entry.id).filter(|state| is_public(&state.guild)) else { continue };
        if answer.total >= offset && answer.guilds.len() < limit {
            answer.guilds.push(present(&state.guild, entry));
        }
        answer.total += 1;
    }
    Ok(Json(answer))
}

fn present(guild: &WireGuild, entry: &Entry) -> DiscoverableGuild {
    DiscoverableGuild {
        id: guild.id,
        name: guild.name.clone(),
        icon: guild.icon.clone(),
        description: guild.description.clone(),
        banner: guild.banner.clone(),
        splash: guild.splash.clone(),
        discovery_splash: guild.discovery_splash.clone(),
        features: guild.features.clone(),
        vanity_url_code: guild.vanity_url_code.clone(),
        preferred_locale: guild.preferred_locale.clone(),
        premium_subscription_count: guild.premium_subscription_count,
        approximate_member_count: entry.members,
        approximate_presence_count: entry.online,
        auto_removed: false,
        keywords: entry.keywords.clone(),
    }
}

async fn get_guild_discovery_metadata(cx: Cx, guild: Guild) -> Result<Json<DiscoveryMetadata>> {
    let row = store::guild::get(&mut cx.db(), guild.id).await?.ok_or(Code::UnknownGuild)?;
    Ok(Json(DiscoveryMetadata { guild_id: guild.id, keywords: row.keywords.0 }))
}

async fn update_guild_discovery_metadata(
    cx: Cx,
    guild: Guild,
    Json(body): Json<DiscoveryMetadataBody>,
) -> Result<Json<DiscoveryMetadata>> {
    let keywords = body.keywords(fold)?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let logged = |keywords: &[String]| json!({ "keywords": keywords });
    let changed = changes(Some(&logged(&row.keywords.0)), Some(&logged(&keywords)), &[]);
    if !changed.is_empty() {
        row.keywords.0.clone_from(&keywords);
        store::guild::update(&mut work, &row).await?;
        work.audit(guild.id, cx.entry(AuditAction::GuildUpdate, guild.id, changed)).await?;
        work.commit().await?;
        cx.app.listing().forget();
    }
    Ok(Json(DiscoveryMetadata { guild_id: guild.id, keywords }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JoinQuery {
    lurker: guildhall_wire::loose::Bool,
}

/// Comes in by oneself; who is in already is told no other thing. Nobody looks around without being a member.
async fn join_guild(
    cx: Cx,
    Path((id,)): Path<(Id<GuildMarker>,)>,
    Query(query): Query<JoinQuery>,
) -> Result<Json<WireGuild>> {
    if query.lurker.0 {
        return Err(Error::form("lurker", "BASE_TYPE_CHOICES", "Value must be one of (false)."));
    }
    let me = cx.account()?.row.clone();
    let mut work = cx.begin().await?.at(id);
    if crate::member::enter(&cx, &mut work, &me, id, None).await? {
        work.commit().await?;
    }
    let state = cx.app.bus().guild(id).ok_or(Code::UnknownGuild)?;
    Ok(Json(state.whole()))
}
