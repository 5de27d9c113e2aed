//! How many pins a channel has.

use guildhall_harness::{Town, on_both};
use guildhall_store::message::{MessageRow, insert};
use serde_json::json;

#[tokio::test]
async fn a_channel_has_so_many_pins_and_no_more() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let mut work = app.begin().await.unwrap();
        let (channel, author) = (town.channel.parse().unwrap(), town.owner.id.parse().unwrap());
        for number in 0..249 {
            let mut row = MessageRow::new(app.next_id(), channel, author, "kept".into());
            row.pinned_at = Some(number + 1);
            insert(&mut work, &row).await.unwrap();
        }
        work.commit().await.unwrap();
        let pins = format!("/channels/{}/messages/pins", town.channel);
        let (one, other) = (town.say(&town.owner, "the last").await, town.say(&town.owner, "one too many").await);
        let pin = |message: &serde_json::Value| format!("{pins}/{}", message["id"].as_str().unwrap());
        town.owner.put(&pin(&one), json!({})).await.ok(204);
        town.owner.put(&pin(&other), json!({})).await.refused(400, 30_003);
        // What is pinned already is no more than before.
        town.owner.put(&pin(&one), json!({})).await.ok(204);
        town.owner.delete(&pin(&one)).await.ok(204);
        town.owner.put(&pin(&other), json!({})).await.ok(204);
    })
    .await;
}
