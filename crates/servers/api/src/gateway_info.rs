//! Where the gateway is: `/gateway`, `/gateway/bot`.

use serde_json::{Value, json};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/gateway", get_gateway, Need::Nobody).get("/gateway/bot", get_bot_gateway, Need::Bot)
}

/// The gateway's address without path and query: clients add their own.
pub(crate) fn url(cx: &Cx) -> String {
    cx.app.config().public_url.replacen("http", "ws", 1)
}

async fn get_gateway(cx: Cx) -> Json<Value> {
    Json(json!({ "url": url(&cx) }))
}

async fn get_bot_gateway(cx: Cx) -> Result<Json<Value>> {
    let guilds = cx.app.bus().guilds_of(cx.user()?).len();
    // One shard serves a thousand guilds, as Discord recommends.
    let limit = json!({ "total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 16 });
    Ok(Json(json!({ "url": url(&cx), "shards": guilds / 1000 + 1, "session_start_limit": limit })))
}
