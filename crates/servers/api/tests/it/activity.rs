//! Files of applications, and who plays.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn an_application_keeps_a_file_for_a_day() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}/attachment", bot.id);
        let made = bot.upload(&path, &[("file", "a.txt", b"text")], &json!({}), false).await.ok(200);
        let file = &made["attachment"];
        assert_eq!((&file["filename"], &file["size"], &file["ephemeral"]), (&json!("a.txt"), &json!(4), &json!(true)));
        let url = file["url"].as_str().unwrap();
        assert_eq!(bot.fetch(url).await, (200, b"text".to_vec()));
        bot.upload(&path, &[], &json!({}), false).await.refused(400, 50_035);
        let two: [(&str, &str, &[u8]); 2] = [("file", "a.txt", b"a"), ("other", "b.txt", b"b")];
        bot.upload(&path, &two, &json!({}), false).await.refused(400, 50_035);
        town.member.upload(&path, &[("file", "a.txt", b"text")], &json!({}), false).await.refused(403, 50_001);
        bot.upload("/applications/1/attachment", &[("file", "a.txt", b"x")], &json!({}), false)
            .await
            .refused(404, 10_002);
        town.server.app.clock().advance(Duration::from_secs(86_401));
        guildhall_api::run_due(&town.server.app).await.unwrap();
        for _ in 0..200 {
            if town.server.files().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(town.server.files(), Vec::<std::path::PathBuf>::new());
    })
    .await;
}

#[tokio::test]
async fn nobody_plays() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}/activity-instances/i-1-gc-2-3", bot.id);
        bot.get(&path).await.refused(404, 0);
        town.member.get(&path).await.refused(403, 50_001);
    })
    .await;
}
