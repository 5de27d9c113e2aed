//! Applications in the hands of who made them: another name, and the end.

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_wire::event::GuildOnly;
use serde_json::Value;

use super::{ApplicationBody, describe};
use crate::prelude::*;

/// The application, for its maker alone: its bot does not rename or remove itself.
async fn made(cx: &Cx, run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<ApplicationRow> {
    let row = store::application::get(run, id).await?.ok_or(Code::UnknownApplication)?;
    if row.owner_id == cx.user()? { Ok(row) } else { Err(Code::MissingAccess.into()) }
}

/// Another name. A bot that was called like its application is renamed with it.
pub(super) async fn rename_own_application(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<ApplicationBody>,
) -> Result<Json<Value>> {
    let name = body.name.trim();
    let mut errors = FormErrors::new();
    errors.length("name", name, 2, 32);
    errors.finish()?;
    let mut work = cx.begin().await?.at(id);
    let mut row = made(&cx, &mut work, id).await?;
    let before = std::mem::replace(&mut row.name, name.to_owned());
    store::application::update(&mut work, &row).await?;
    let mut renamed_bot = None;
    if let Some(mut bot) = store::user::get_for_update(&mut work, row.bot_id).await? {
        if bot.username == before && before != row.name {
            let renamed = store::user::UserRow::new(bot.id, name, true);
            bot.username = renamed.username;
            bot.username_key = renamed.username_key;
            store::user::update(&mut work, &bot).await?;
            work.emit(Event::UserUpdate(bot.current()).to(bot.id));
            crate::user::tell(&cx, &mut work, &bot).await?;
            renamed_bot = Some(bot.id);
        }
        for guild in cx.app.bus().guilds_of(row.bot_id) {
            let kept = store::integration::get(&mut work, guild, row.id).await?;
            let told = crate::integration::of(&row, &bot, kept.as_ref(), None, Some(guild));
            work.emit(Event::IntegrationUpdate(told));
            work.emit(Event::GuildIntegrationsUpdate(GuildOnly { guild_id: guild }));
        }
    }
    work.commit().await?;
    if let Some(bot) = renamed_bot {
        crate::user::tell_guilds(&cx, bot, true).await;
    }
    Ok(Json(describe(&cx, &row, true).await?))
}

/// The end of an application: its bot leaves every guild, what it wrote stays under nobody's name.
pub(super) async fn delete_own_application(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(id);
    let mut row = made(&cx, &mut work, id).await?;
    work.remove_image(ImageKind::AppIcon, id, row.icon.take());
    work.remove_image(ImageKind::AppIcon, id, row.settings.0.cover_image.take());
    let bots = store::user::get(&mut work, row.bot_id).await?.into_iter().collect();
    let gone = crate::admin::remove_all(&cx.app, &mut work, bots).await?;
    crate::linked_role::forget(&cx, &mut work, id).await?;
    store::application::delete(&mut work, id).await?;
    work.commit().await?;
    crate::admin::close_all(&cx.app, &gone);
    Ok(NoContent)
}
