//! How long searches take among a million messages: `cargo run -p guildhall-store --example search -- sqlite|postgres [messages]`.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "a measurement")]

use std::time::Instant;

use guildhall_db::testing::Scratch;
use guildhall_db::{Db, Engine, Run};
use guildhall_store::channel::ChannelRow;
use guildhall_store::guild::GuildRow;
use guildhall_store::message::MessageRow;
use guildhall_store::search::{Reach, find};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::search::Search;

/// Channels, of which the last ten cannot be read.
const CHANNELS: u64 = 50;
const HIDDEN: u64 = 10;
const USERS: u64 = 200;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let engine = if arguments.next().as_deref() == Some("postgres") { Engine::Postgres } else { Engine::Sqlite };
    let messages: u64 = arguments.next().map_or(1_000_000, |number| number.parse().unwrap());
    let scratch = Scratch::new(engine);
    let db = scratch.open().await;
    db.migrate(guildhall_store::MIGRATIONS).await.unwrap();
    let began = Instant::now();
    fill(&db, messages).await;
    println!("{messages} messages written in {:.0?}", began.elapsed());
    if engine == Engine::Postgres {
        (&mut &db).execute("ANALYZE", vec![]).await.unwrap();
    }
    let readable: Vec<Id<ChannelMarker>> = (1..=CHANNELS - HIDDEN).map(|id| Id::new(100 + id)).collect();
    let reach = Reach::Guild { guild: Id::new(1), user: Id::new(1), readable, moderated: vec![] };
    for query in [
        "content=common",
        "content=common&sort_by=relevance",
        "content=common&sort_order=asc&offset=9000",
        "content=frequent words",
        "content=\"word7 word8\"",
        "content=word1234",
        "content=secret",
        "content=rare",
        "content=nowhere",
        "content=com",
        "author_id=7",
        "author_id=7&content=common",
        "mentions=9",
        "has=link",
        "has=link&has=-link",
        "has=sticker",
        "channel_id=105",
        "channel_id=150",
        "pinned=true",
        "author_type=bot",
        "",
    ] {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let search = Search::read(pairs).unwrap();
        let mut times = Vec::new();
        let mut total = 0;
        for _ in 0..5 {
            let began = Instant::now();
            total = find(&mut &db, &reach, &search).await.unwrap().total;
            times.push(began.elapsed());
        }
        times.sort();
        println!("{query:45} {total:>6} hits, median {:>8.2?}, slowest {:>8.2?}", times[2], times[4]);
    }
}

/// Each word's frequency falls with its number; `common` is in half of all messages, `secret` only where nobody reads.
async fn fill(db: &Db, messages: u64) {
    let mut work = db.begin().await.unwrap();
    for id in 1..=USERS {
        let row = guildhall_store::user::UserRow::new(Id::new(id), &format!("user{id}"), id <= 5);
        guildhall_store::user::insert(&mut work, &row).await.unwrap();
    }
    let guild: Id<GuildMarker> = Id::new(1);
    guildhall_store::guild::insert(&mut work, &GuildRow::new(guild, Id::new(1), "Town")).await.unwrap();
    for id in 1..=CHANNELS {
        let row = ChannelRow { guild_id: Some(guild), ..ChannelRow::new(Id::new(100 + id), ChannelKind::Text) };
        guildhall_store::channel::insert(&mut work, &row).await.unwrap();
    }
    work.commit().await.unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut work = db.begin().await.unwrap();
    for number in 0..messages {
        let channel = 1 + random(CHANNELS);
        let mut text = String::new();
        for _ in 0..12 {
            let rank = random(5000) * random(5000) / 5000;
            text.push_str(&format!("word{rank} "));
        }
        if random(2) == 0 {
            text.push_str("common ");
        }
        if random(10) == 0 {
            text.push_str("frequent words ");
        }
        if channel > CHANNELS - HIDDEN {
            text.push_str("secret ");
        }
        if number % 100_000 == 0 {
            text.push_str("rare ");
        }
        if random(10) == 0 {
            text.push_str("https://example.org/x ");
        }
        let author: Id<UserMarker> = Id::new(1 + random(USERS));
        let mut row = MessageRow::new(Id::new(1000 + number), Id::new(100 + channel), author, text);
        if random(20) == 0 {
            row.mentions.0 = vec![Id::new(1 + random(USERS))];
        }
        if random(50_000) == 0 {
            row.pinned_at = Some(1);
        }
        guildhall_store::message::insert(&mut work, &row).await.unwrap();
        if number % 5000 == 4999 {
            work.commit().await.unwrap();
            work = db.begin().await.unwrap();
        }
    }
    work.commit().await.unwrap();
}
