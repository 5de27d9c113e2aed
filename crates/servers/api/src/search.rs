//! Looking for messages: `/guilds/{guild_id}/messages/search` and `/channels/{channel_id}/messages/search`.

use guildhall_store as store;
use guildhall_store::search::Reach;
use guildhall_wire::application::flags;
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::search::{Search, SearchHit, SearchResult};
use serde_json::json;

use crate::prelude::*;
use crate::{App, schedule};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/messages/search", guild_search, Need::Member)
        .limit(20, 10)
        .get("/channels/{channel_id}/messages/search", channel_search, Permissions::READ_MESSAGE_HISTORY)
        .limit(20, 10)
}

type Pairs = Query<Vec<(String, String)>>;

fn read(pairs: &[(String, String)]) -> Result<Search> {
    Ok(Search::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))?)
}

async fn guild_search(cx: Cx, guild: Guild, Query(pairs): Pairs) -> Result<Json<SearchResult>> {
    let search = read(&pairs)?;
    let (me, now) = (cx.user()?, cx.now());
    // Who asks for channels by name wants what is in them, whatever it is.
    let restricted = search.include_nsfw || !search.channel_id.is_empty();
    let (mut readable, mut moderated) = (Vec::new(), Vec::new());
    for channel in guild.state.channels.values() {
        if channel.kind == ChannelKind::Category || (channel.nsfw == Some(true) && !restricted) {
            continue;
        }
        let permissions = guild.state.permissions_in(me, channel, now);
        if permissions.contains(Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY) {
            readable.push(channel.id);
            if permissions.contains(Permissions::MANAGE_THREADS) {
                moderated.push(channel.id);
            }
        }
    }
    readable.sort_unstable();
    moderated.sort_unstable();
    answer(&cx, Some(guild.id), &Reach::Guild { guild: guild.id, user: me, readable, moderated }, &search).await
}

async fn channel_search(cx: Cx, channel: Channel, Query(pairs): Pairs) -> Result<Json<SearchResult>> {
    answer(&cx, channel.guild_id(), &Reach::Channel(channel.id), &read(&pairs)?).await
}

/// Messages that are looked at in one go.
const STEP: u32 = 500;

/// Goes on building what messages are found by.
pub(crate) async fn build_on(app: &App, work: &mut Work, subject: u8) -> Result<()> {
    if store::search::build::step(work, STEP).await? {
        schedule::at(work, schedule::Kind::SearchBuild, subject, app.clock().micros()).await?;
    }
    Ok(())
}

/// Builds all of it anew, for when it is thought to be wrong: searches ask to come again later meanwhile. Gives how many messages
/// there are.
pub async fn rebuild(app: &App) -> Result<u64> {
    let mut work = app.begin().await?;
    let messages = store::search::build::from_nothing(&mut work).await?;
    schedule::at(&mut work, schedule::Kind::SearchBuild, 1, app.clock().micros()).await?;
    let about = json!({ "messages": messages });
    work.note(crate::admin::deed(app, None, "search.rebuild", "", about)).await?;
    work.commit().await?;
    Ok(messages)
}

/// Messages whose words are put into the index in one go: few, because everybody who writes waits meanwhile.
const WORDS: u32 = 32;
/// Pages of the index that are merged after that. Thirty-two messages of a hundred letters make one or two new ones, and each is merged
/// once for every level that the index has.
const PAGES: u32 = 16;

/// Puts words of messages into the index that were sent since the last time. Whether there are more.
pub async fn note_words(app: &App) -> Result<bool> {
    if !store::search::is_behind(&mut app.db()).await? {
        return Ok(false);
    }
    let more = app
        .unit(|mut work| async move {
            let more = store::search::catch_up(&mut work, WORDS).await?;
            work.commit().await?;
            Ok(more)
        })
        .await?;
    app.unit(|mut work| async move {
        store::search::merge(&mut work, PAGES).await?;
        work.commit().await
    })
    .await?;
    Ok(more)
}

/// Refuses to look while what messages are found by is being built.
async fn require_index(cx: &Cx) -> Result<()> {
    let Some(build) = store::search::build::state(&mut cx.db()).await? else { return Ok(()) };
    let code = Code::SearchIndexing;
    let body = json!({
        "message": code.message(),
        "code": code.number(),
        "documents_indexed": build.indexed,
        "retry_after": 2,
    });
    Err(Error::Body(code, body))
}

async fn answer(cx: &Cx, guild: Option<Id<GuildMarker>>, reach: &Reach, search: &Search) -> Result<Json<SearchResult>> {
    // What cannot be read cannot be guessed at either.
    let either = flags::GATEWAY_MESSAGE_CONTENT | flags::GATEWAY_MESSAGE_CONTENT_LIMITED;
    if guild.is_some() && !crate::application::has_intent(cx, either).await? {
        return Err(Code::MissingAccess.into());
    }
    require_index(cx).await?;
    while note_words(&cx.app).await? {}
    let (me, db) = (cx.user()?, &mut cx.db());
    let found = store::search::find(&mut cx.app.db().aside(), reach, search).await?;
    let mut channels: Vec<_> = found.rows.iter().map(|row| row.channel_id).collect();
    channels.sort_unstable();
    channels.dedup();
    let (mut threads, mut members) = (Vec::new(), Vec::new());
    for id in channels {
        if let Some(thread) = store::channel::get(db, id).await?.filter(|row| row.kind().is_thread()) {
            threads.push(thread.channel());
            members.extend(store::thread::get(db, id, me).await?.map(|row| row.member()));
        }
    }
    let mut messages = crate::message::assemble(&cx.app, db, found.rows, Some(me)).await?;
    messages.iter_mut().for_each(|message| message.reactions.clear());
    Ok(Json(SearchResult {
        doing_deep_historical_index: false,
        total_results: found.total,
        messages: messages.into_iter().map(|message| [SearchHit { message, hit: true }]).collect(),
        threads,
        members,
    }))
}
