//! Where voice is served: one place, this one.

use guildhall_wire::voice::VoiceRegion;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/voice/regions", list_voice_regions, Need::Account).get(
        "/guilds/{guild_id}/regions",
        list_guild_voice_regions,
        Need::Member,
    )
}

fn regions() -> Vec<VoiceRegion> {
    vec![VoiceRegion {
        id: "guildhall".into(),
        name: "Guildhall".into(),
        optimal: true,
        deprecated: false,
        custom: false,
    }]
}

async fn list_voice_regions() -> Json<Vec<VoiceRegion>> {
    Json(regions())
}

async fn list_guild_voice_regions(_: Guild) -> Json<Vec<VoiceRegion>> {
    Json(regions())
}
