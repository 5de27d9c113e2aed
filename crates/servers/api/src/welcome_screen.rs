//! The screen that greets whoever comes: `/guilds/{guild_id}/welcome-screen`.

use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::welcome_screen::WelcomeScreenRow;
use guildhall_wire::audit_log::changes;
use guildhall_wire::welcome_screen::{WelcomeScreen, WelcomeScreenPatch};
use serde_json::json;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const PATH: &str = "/guilds/{guild_id}/welcome-screen";
    Routes::new().get(PATH, get_guild_welcome_screen, Need::Member).patch(
        PATH,
        update_guild_welcome_screen,
        Permissions::MANAGE_GUILD,
    )
}

/// The feature of guilds that show it.
const FEATURE: &str = "WELCOME_SCREEN_ENABLED";

async fn get_guild_welcome_screen(cx: Cx, guild: Guild) -> Result<Json<WelcomeScreen>> {
    let Some(row) = store::welcome_screen::get(&mut cx.db(), guild.id).await? else {
        // Who would make one sees that it is empty.
        guild.require(Permissions::MANAGE_GUILD).map_err(|_| Code::UnknownWelcomeScreen)?;
        return Ok(Json(WelcomeScreen::default()));
    };
    if !row.enabled {
        // It is being made: not for everybody yet.
        guild.require(Permissions::MANAGE_GUILD)?;
    }
    let mut screen = row.screen();
    screen.welcome_channels.retain(|channel| guild.state.channels.contains_key(&channel.channel_id));
    Ok(Json(screen))
}

fn logged(row: &WelcomeScreenRow) -> serde_json::Value {
    json!({ "enabled": row.enabled, "description": row.description, "welcome_channels": row.channels.0 })
}

async fn update_guild_welcome_screen(
    cx: Cx,
    guild: Guild,
    Json(body): Json<WelcomeScreenPatch>,
) -> Result<Json<WelcomeScreen>> {
    body.validate(|id| guild.state.channels.contains_key(&id))?;
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let known = store::welcome_screen::get(&mut work, guild.id).await?;
    let before = known.unwrap_or_else(|| WelcomeScreenRow {
        guild_id: guild.id,
        enabled: false,
        description: None,
        channels: Stored(Vec::new()),
    });
    let mut row = before.clone();
    body.enabled.map(|enabled| enabled.0).apply_or_default(&mut row.enabled);
    body.description.apply(&mut row.description);
    body.welcome_channels.apply_or_default(&mut row.channels.0);
    store::welcome_screen::set(&mut work, &row).await?;
    let mut hall = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let old = hall.guild(Vec::new(), Vec::new());
    crate::guild::set_feature(&mut hall, FEATURE, row.enabled);
    let more = changes(Some(&logged(&before)), Some(&logged(&row)), &[]);
    crate::guild::save_with(&cx, &mut work, &old, &hall, more).await?;
    work.commit().await?;
    Ok(Json(row.screen()))
}
