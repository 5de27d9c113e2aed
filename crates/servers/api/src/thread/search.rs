//! Searching the threads of a channel: `/channels/{channel_id}/threads/search`.

use guildhall_store as store;
use guildhall_store::thread::{Search, Sort};
use guildhall_wire::thread::FoundThreads;

use crate::message::assemble_one;
use crate::prelude::*;

/// Most words of a name that are looked for.
const WORDS: usize = 10;
/// Most tags that are looked for.
const TAGS: usize = 20;
/// The highest id.
const IDS: u64 = i64::MAX.cast_unsigned();

/// Reads the query; some of its fields may come more than once.
fn read(pairs: Vec<(String, String)>) -> Result<Search> {
    let mut errors = FormErrors::new();
    let mut search = Search { limit: 25, ..Search::default() };
    for (key, value) in pairs {
        let mut number = |least: u64, most: u64| {
            let number = value.parse::<u64>().ok();
            match number {
                Some(number) => errors.range(&key, number, least, most),
                None => errors.at(&key).push("NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not int.")),
            }
            number.unwrap_or_default()
        };
        match key.as_str() {
            "limit" => search.limit = number(1, 25),
            "offset" => search.offset = number(0, 9975),
            "min_id" => search.min_id = Some(number(0, IDS)),
            "max_id" => search.max_id = Some(number(0, IDS)),
            "slop" => {
                number(0, 100);
            }
            "tag" => {
                let ids = value.split(',').filter(|id| !id.is_empty());
                match ids.map(str::parse).collect::<Result<Vec<Id<TagMarker>>, _>>() {
                    Ok(ids) => search.tags.extend(ids),
                    Err(_) => errors.at("tag").push("NUMBER_TYPE_COERCE", "Value is not snowflake."),
                }
            }
            "name" => {
                errors.length("name", &value, 0, 100);
                search.words = value.split_whitespace().take(WORDS).map(str::to_lowercase).collect();
            }
            "tag_setting" => match value.as_str() {
                "match_all" => search.all_tags = true,
                "match_some" => search.all_tags = false,
                _ => errors.choice("tag_setting", "('match_all', 'match_some')"),
            },
            "archived" => search.archived = Some(matches!(value.as_str(), "true" | "True" | "1")),
            "sort_by" => match value.as_str() {
                "relevance" => search.sort = Sort::Relevance,
                "creation_time" => search.sort = Sort::Creation,
                "last_message_time" => search.sort = Sort::LastMessage,
                "archive_time" => search.sort = Sort::Archive,
                _ => errors.choice("sort_by", "('relevance', 'creation_time', 'last_message_time', 'archive_time')"),
            },
            "sort_order" => match value.as_str() {
                "asc" => search.ascending = true,
                "desc" => search.ascending = false,
                _ => errors.choice("sort_order", "('asc', 'desc')"),
            },
            _ => {}
        }
    }
    errors.count("tag", search.tags.len(), 0, TAGS);
    errors.finish()?;
    Ok(search)
}

pub(super) async fn thread_search(
    cx: Cx,
    channel: Channel,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<FoundThreads>> {
    super::require_parent(&channel)?;
    let search = read(pairs)?;
    let (rows, total) = store::thread::search(&mut cx.db(), channel.id, &search).await?;
    let me = cx.user()?;
    let mut found = FoundThreads {
        has_more: search.offset + u64::try_from(rows.len()).unwrap_or(0) < total,
        total_results: total,
        ..FoundThreads::default()
    };
    for row in rows {
        if let Some(member) = store::thread::get(&mut cx.db(), row.id, me).await? {
            found.members.push(member.member());
        }
        // What a post begins with has its id.
        if let Some(first) = store::message::get(&mut cx.db(), row.id, row.id.cast()).await? {
            found.first_messages.push(assemble_one(&cx.app, &mut cx.db(), first, Some(me)).await?);
        }
        found.threads.push(row.channel());
    }
    crate::message::conceal(&cx, channel.guild_id(), &mut found.first_messages).await?;
    Ok(Json(found))
}
