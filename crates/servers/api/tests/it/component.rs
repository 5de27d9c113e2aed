//! Components in messages: complaints stand where the component stands, whichever way it came.

use guildhall_harness::{Answer, Town, on_both};
use serde_json::{Value, json};

const ADMINISTRATOR: u64 = 8;
const V2: u32 = 1 << 15;

fn of_components(components: &Value) -> Value {
    json!({ "flags": V2, "components": components })
}

fn refused(answer: Answer, path: &str, code: &str) {
    let found = answer.body["errors"].pointer(&format!("{path}/_errors/0/code"));
    assert_eq!(found, Some(&json!(code)), "{}", answer.body);
    answer.refused(400, 50_035);
}

#[tokio::test]
async fn complaints_lead_to_the_component() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(ADMINISTRATOR).await;
        let path = format!("/channels/{}/messages", town.channel);
        let button = json!({ "type": 2, "style": 1, "label": "x".repeat(81), "custom_id": "c" });
        let row = json!({ "type": 1, "components": [button] });
        let bad = json!([{ "type": 17, "components": [{ "type": 10, "content": "t" }, row] }]);
        let place = "/components/0/components/1/components/0/label";
        refused(bot.post(&path, of_components(&bad)).await, place, "BASE_TYPE_MAX_LENGTH");
        let good = json!([{ "type": 10, "content": "t" }]);
        let sent = bot.post(&path, of_components(&good)).await.ok(200);
        let one = format!("{path}/{}", sent["id"].as_str().unwrap());
        refused(bot.patch(&one, json!({ "components": bad })).await, place, "BASE_TYPE_MAX_LENGTH");
        let hook = json!({ "name": "hook" });
        let hook = bot.post(&format!("/channels/{}/webhooks", town.channel), hook).await.ok(200);
        let hook = format!("/webhooks/{}/{}?wait=true", hook["id"].as_str().unwrap(), hook["token"].as_str().unwrap());
        refused(bot.post(&hook, of_components(&bad)).await, place, "BASE_TYPE_MAX_LENGTH");
        bot.post(&hook, of_components(&good)).await.ok(200);
        // What components alone replace.
        let legacy = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
        for (field, value) in [("content", json!("x")), ("embeds", json!([{ "title": "x" }]))] {
            let mut body = of_components(&good);
            body[field] = value;
            refused(bot.post(&path, body).await, &format!("/{field}"), legacy);
        }
        refused(bot.patch(&one, json!({ "content": "x" })).await, "/content", legacy);
        // Forty components and 4,000 characters in all, at the list itself.
        let many = json!([{ "type": 17, "components": vec![json!({ "type": 10, "content": "t" }); 40] }]);
        let code = "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED";
        refused(bot.post(&path, of_components(&many)).await, "/components", code);
        let long = json!(vec![json!({ "type": 10, "content": "t".repeat(2001) }); 2]);
        let code = "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED";
        refused(bot.post(&path, of_components(&long)).await, "/components", code);
        // Nothing of all that was sent, and the flag stays.
        let listed = town.owner.get(&path).await.ok(200);
        let kept: Vec<_> = listed.as_array().unwrap().iter().filter(|message| message["flags"] == V2).collect();
        assert_eq!(kept.len(), 2, "{listed}");
        let changed = bot.patch(&one, json!({ "flags": 0 })).await.ok(200);
        assert_eq!(changed["flags"], V2);
    })
    .await;
}
