//! The one schedule: what is due happens once, after restarts, jumps of the clock and failures too.

use std::time::Duration;

use guildhall_db::Records as _;
use guildhall_harness::{Town, on_both};
use guildhall_store::timer::{self, TimerRow};
use serde_json::json;

async fn open(town: &Town, name: &str, minutes: u32) -> String {
    let path = format!("/channels/{}/threads", town.channel);
    let body = json!({ "name": name, "type": 11, "auto_archive_duration": minutes });
    town.owner.post(&path, body).await.ok(201)["id"].as_str().unwrap().to_owned()
}

async fn is_archived(town: &Town, thread: &str) -> bool {
    let seen = town.owner.get(&format!("/channels/{thread}")).await.ok(200);
    seen["thread_metadata"]["archived"] == true
}

#[tokio::test]
async fn what_is_due_happens_once_and_what_was_put_off_later() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let run = async || guildhall_api::run_due(app).await.unwrap();
        let (short, long) = (open(&town, "short", 60).await, open(&town, "long", 1440).await);
        app.clock().advance(Duration::from_mins(50));
        assert_eq!(run().await, 0);
        // Somebody writes, so it lasts longer; back in time it lasts longer still.
        town.owner.post(&format!("/channels/{short}/messages"), json!({ "content": "here" })).await.ok(200);
        app.clock().set_back(Duration::from_mins(40));
        assert_eq!(run().await, 0);
        app.clock().advance(Duration::from_mins(51));
        assert_eq!(run().await, 1, "it is looked at");
        assert!(!is_archived(&town, &short).await);
        app.clock().advance(Duration::from_mins(50));
        assert_eq!((run().await, run().await), (1, 0));
        assert!(is_archived(&town, &short).await && !is_archived(&town, &long).await);
        // Archived by hand, there is nothing left to do.
        town.owner.patch(&format!("/channels/{long}"), json!({ "archived": true })).await.ok(200);
        app.clock().advance(Duration::from_hours(48));
        assert_eq!(run().await, 0);
        // Opened again, the time begins anew.
        town.owner.patch(&format!("/channels/{long}"), json!({ "archived": false })).await.ok(200);
        app.clock().advance(Duration::from_hours(25));
        assert_eq!(run().await, 1);
        assert!(is_archived(&town, &long).await);
    })
    .await;
}

#[tokio::test]
async fn what_fails_backs_off_and_holds_up_nobody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let mut work = app.begin().await.unwrap();
        for number in 0..150 {
            let (kind, subject) = ("nobody_knows".to_owned(), number.to_string());
            let row = TimerRow { kind, subject, place: 0, due_at: number, run_at: number, failures: 0 };
            timer::set(&mut work, &row).await.unwrap();
        }
        work.commit().await.unwrap();
        let thread = open(&town, "behind", 60).await;
        app.clock().advance(Duration::from_mins(61));
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 1);
        assert!(is_archived(&town, &thread).await);
        let tries = async || {
            let sql = "SELECT CAST(SUM(failures) AS BIGINT) FROM timers";
            (&mut app.db()).scalar::<i64>(sql, vec![]).await.unwrap().unwrap()
        };
        assert_eq!(tries().await, 150);
        app.clock().advance(Duration::from_millis(1500));
        guildhall_api::run_due(app).await.unwrap();
        assert_eq!(tries().await, 300);
        app.clock().advance(Duration::from_millis(1500));
        guildhall_api::run_due(app).await.unwrap();
        assert_eq!(tries().await, 300, "each time for longer");
        // Nobody takes what was set anew, or what is gone.
        let mut work = app.begin().await.unwrap();
        let row = timer::due(&mut work, i64::MAX, 1).await.unwrap().remove(0);
        timer::set(&mut work, &TimerRow { due_at: 5, run_at: 5, failures: 0, ..row.clone() }).await.unwrap();
        assert!(!timer::take(&mut work, &row).await.unwrap());
        assert_eq!(timer::next(&mut work).await.unwrap(), Some(5));
        assert!(timer::cancel(&mut work, &row.kind, &row.subject).await.unwrap());
        assert!(!timer::cancel(&mut work, &row.kind, &row.subject).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_schedule_wakes_for_what_comes_earlier() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let mut socket = town.member.connect(0).await;
        let thread = open(&town, "sleeper", 10_080).await;
        let task = tokio::spawn(guildhall_api::keep_time(app.clone()));
        // Set while it sleeps, due at once: it does not sleep on.
        let mut work = app.begin().await.unwrap();
        let row = timer::due(&mut work, i64::MAX, 10).await.unwrap().remove(0);
        assert_eq!(row.subject, thread);
        drop(work);
        let earlier = open(&town, "earlier", 60).await;
        app.clock().advance(Duration::from_mins(61));
        let told = socket.event("THREAD_UPDATE").await;
        assert_eq!((&told["id"], &told["thread_metadata"]["archived"]), (&json!(earlier), &json!(true)));
        // The clock jumps while nobody looks: what was due meanwhile is done by whoever comes next.
        task.abort();
        app.clock().advance(Duration::from_hours(24 * 8));
        let task = tokio::spawn(guildhall_api::keep_time(app.clone()));
        assert_eq!(socket.event("THREAD_UPDATE").await["id"], json!(thread));
        task.abort();
    })
    .await;
}

#[tokio::test]
async fn turns_of_slow_mode_that_are_over_are_forgotten() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        town.owner.patch(&channel, json!({ "rate_limit_per_user": 21_600 })).await.ok(200);
        town.say(&town.member, "slowly").await;
        let thread = json!({ "name": "slow too", "type": 11 });
        town.member.post(&format!("{channel}/threads"), thread).await.ok(201);
        let app = &town.server.app;
        let count = async || {
            let sql = "SELECT (SELECT COUNT(*) FROM slow_mode) + (SELECT COUNT(*) FROM thread_turns)";
            let mut db = app.db();
            db.scalar::<i64>(sql, vec![]).await.unwrap().unwrap()
        };
        guildhall_api::sweep_turns(app).await.unwrap();
        assert_eq!(count().await, 2, "they are waited for");
        let words = || json!({ "content": "again" });
        town.member.post(&format!("{channel}/messages"), words()).await.refused(429, 20_016);
        app.clock().advance(Duration::from_secs(21_601));
        guildhall_api::sweep_turns(app).await.unwrap();
        assert_eq!(count().await, 0);
        town.member.post(&format!("{channel}/messages"), words()).await.ok(200);
    })
    .await;
}
