//! Where the gateway is: `/gateway`, `/gateway/bot`.

use std::fmt;
use std::sync::OnceLock;

use guildhall_wire::gateway_info::{BotGatewayInfo, GatewayInfo, SessionStartLimit};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/gateway", get_gateway, Need::Nobody).get("/gateway/bot", get_bot_gateway, Need::Bot)
}

/// Who counts how many sessions a bot begins: the gateway, which is given once.
#[derive(Default)]
pub(crate) struct Starts(OnceLock<Box<dyn Fn(Id<UserMarker>) -> SessionStartLimit + Send + Sync>>);

impl Starts {
    pub(crate) fn keep(&self, count: impl Fn(Id<UserMarker>) -> SessionStartLimit + Send + Sync + 'static) {
        drop(self.0.set(Box::new(count)));
    }

    /// All of them where nobody counts.
    fn left(&self, bot: Id<UserMarker>) -> SessionStartLimit {
        self.0.get().map_or(SessionStartLimit::new(SessionStartLimit::PER_DAY, 0), |count| count(bot))
    }
}

impl fmt::Debug for Starts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Starts").finish_non_exhaustive()
    }
}

/// The gateway's address without path and query: clients add their own.
pub(crate) fn url(cx: &Cx) -> String {
    cx.app.config().public_url.replacen("http", "ws", 1)
}

async fn get_gateway(cx: Cx) -> Json<GatewayInfo> {
    Json(GatewayInfo { url: url(&cx) })
}

async fn get_bot_gateway(cx: Cx) -> Result<Json<BotGatewayInfo>> {
    let me = cx.user()?;
    let guilds = cx.app.bus().guilds_of(me).len();
    Ok(Json(BotGatewayInfo::new(url(&cx), guilds, cx.app.starts().left(me))))
}
