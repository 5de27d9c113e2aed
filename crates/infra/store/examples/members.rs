//! How long it takes to look members up by name in a large guild, while somebody writes now and then:
//! `cargo run -p guildhall-store --example members -- sqlite|postgres [members]`.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "a measurement")]

use std::time::Instant;

use guildhall_db::testing::Scratch;
use guildhall_db::{Db, Engine, Run};
use guildhall_store::guild::GuildRow;
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::id::{GuildMarker, Id};

const NAMES: [&str; 14] =
    ["ada", "bo", "chris", "dana", "eli", "fay", "gus", "hana", "ivo", "june", "kim", "lou", "max", "noa"];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let engine = if arguments.next().as_deref() == Some("postgres") { Engine::Postgres } else { Engine::Sqlite };
    let members: usize = arguments.next().map_or(100_000, |number| number.parse().unwrap());
    let scratch = Scratch::new(engine);
    let db = scratch.open().await;
    db.migrate(guildhall_store::MIGRATIONS).await.unwrap();
    let guild = Id::new(1);
    fill(&db, guild, members).await;
    db.close().await.unwrap();
    for (about, writes) in [("nobody writes", false), ("somebody writes before each", true)] {
        let db = scratch.open().await;
        let mut times = Vec::new();
        for number in 0..400 {
            if writes {
                (&mut &db).execute("UPDATE users SET locale = locale WHERE id = 2", vec![]).await.unwrap();
            }
            let name = NAMES[number % NAMES.len()];
            let prefix = match number % 3 {
                0 => name[..1].to_owned(),
                1 => name.to_owned(),
                _ => format!("{name}{}", number * 37 % 1000),
            };
            let began = Instant::now();
            let found = guildhall_store::member::search(&mut &db, guild, &prefix, 100).await.unwrap();
            times.push(began.elapsed());
            assert!(number % 3 == 2 || !found.is_empty());
        }
        times.sort();
        for (name, place) in [("p50", 200), ("p95", 380), ("p99", 396)] {
            println!("{about}: {name} {:.2?} in all", times[place]);
        }
        db.close().await.unwrap();
    }
}

async fn fill(db: &Db, guild: Id<GuildMarker>, members: usize) {
    let mut tx = db.begin().await.unwrap();
    for number in 0..=members {
        let name = NAMES[number % NAMES.len()];
        let id = Id::new((number as u64 + 1) << 22);
        let mut user = UserRow::new(id, &format!("{name}{number}"), false);
        user.global_name = (number % 2 == 0).then(|| format!("{name} the {number}th"));
        guildhall_store::user::insert(&mut tx, &user).await.unwrap();
        if number == 0 {
            guildhall_store::guild::insert(&mut tx, &GuildRow::new(guild, id, "Bench")).await.unwrap();
        }
        let mut member = MemberRow::new(guild, id, 1);
        member.nick = (number % 5 == 0).then(|| format!("Nick {name} {number}"));
        guildhall_store::member::insert(&mut tx, &member).await.unwrap();
    }
    tx.commit().await.unwrap();
}
