//! Direct messages of groups.

use guildhall_harness::{Client, Town, on_both};
use serde_json::json;

async fn befriend(one: &Client, other: &Client) {
    one.put(&format!("/users/@me/relationships/{}", other.id), json!({})).await.ok(204);
    other.put(&format!("/users/@me/relationships/{}", one.id), json!({})).await.ok(204);
}

#[tokio::test]
async fn a_group_is_for_those_who_are_in_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (ada, bob, cleo) = (&town.owner, &town.member, &town.stranger);
        let both = json!({ "recipients": [bob.id, cleo.id] });
        ada.post("/users/@me/channels", both.clone()).await.refused(400, 50_033);
        befriend(ada, bob).await;
        befriend(ada, cleo).await;
        let (mut socket, mut beside) = (cleo.connect(0).await, bob.connect(0).await);
        let group = ada.post("/users/@me/channels", both).await.ok(200);
        let id = group["id"].as_str().unwrap();
        let (channel, messages) = (format!("/channels/{id}"), format!("/channels/{id}/messages"));
        assert_eq!((&group["type"], &group["owner_id"]), (&json!(3), &json!(ada.id)));
        assert_eq!(socket.event("CHANNEL_CREATE").await["recipients"].as_array().unwrap().len(), 2);
        bob.post(&messages, json!({ "content": "to all three" })).await.ok(200);
        assert_eq!(socket.event("MESSAGE_CREATE").await["content"], "to all three");
        let calls = async || {
            let ready = cleo.connect(0).await.ready;
            let states = ready["read_state"]["entries"].as_array().unwrap().clone();
            states.iter().find(|state| state["id"] == id).unwrap()["mention_count"].clone()
        };
        assert_eq!(calls().await, 1);
        bob.patch(&channel, json!({ "name": "Picnic" })).await.ok(200);
        assert_eq!(calls().await, 1, "what is said calls, a new name does not");
        assert_eq!(socket.event("CHANNEL_UPDATE").await["name"], "Picnic");
        assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 4, "a new name is told");
        // Only its owner takes somebody out, or one leaves.
        bob.delete(&format!("{channel}/recipients/{}", cleo.id)).await.refused(403, 50_013);
        ada.delete(&format!("{channel}/recipients/{}", cleo.id)).await.ok(204);
        assert_eq!(socket.event("CHANNEL_DELETE").await["id"], id);
        assert_eq!(beside.event("CHANNEL_RECIPIENT_REMOVE").await["user"]["id"], json!(cleo.id));
        cleo.get(&messages).await.refused(403, 50_001);
        // Who is in it adds friends of theirs.
        bob.put(&format!("{channel}/recipients/{}", cleo.id), json!({})).await.refused(400, 50_033);
        ada.put(&format!("{channel}/recipients/{}", cleo.id), json!({})).await.ok(204);
        assert_eq!(beside.event("CHANNEL_RECIPIENT_ADD").await["user"]["id"], json!(cleo.id));
        assert_eq!(cleo.get(&messages).await.ok(200).as_array().unwrap().len(), 4);
        // The owner's place is taken by another.
        ada.delete(&channel).await.ok(200);
        ada.get(&messages).await.refused(403, 50_001);
        let left = bob.get(&channel).await.ok(200);
        assert!([&bob.id, &cleo.id].contains(&&left["owner_id"].as_str().unwrap().to_owned()));
    })
    .await;
}
