//! Integrations of a guild, which are applications that were added to it: `/guilds/{guild_id}/integrations`.

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::integration::IntegrationRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::event::GuildOnly;
use guildhall_wire::integration::{Integration, IntegrationAccount, IntegrationApplication, IntegrationDelete};
use guildhall_wire::user::User;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/guilds/{guild_id}/integrations", list_guild_integrations, Permissions::MANAGE_GUILD).delete(
        "/guilds/{guild_id}/integrations/{integration_id}",
        delete_guild_integration,
        Permissions::MANAGE_GUILD,
    )
}

/// Most that are listed.
const MOST: usize = 50;

/// An application seen as an integration. Of bots that were added before it was written down, what is usual is told.
pub(crate) fn of(
    row: &ApplicationRow,
    bot: &UserRow,
    kept: Option<&IntegrationRow>,
    by: Option<User>,
    guild: Option<Id<GuildMarker>>,
) -> Integration {
    let scopes = kept.map_or("applications.commands bot", |kept| kept.scopes.as_str());
    Integration {
        id: row.id.cast(),
        kind: "discord".into(),
        name: row.name.clone(),
        account: IntegrationAccount { id: row.id.to_string(), name: row.name.clone() },
        enabled: true,
        application: IntegrationApplication {
            id: row.id,
            name: row.name.clone(),
            icon: row.icon.clone(),
            description: row.description.clone(),
            r#type: (),
            bot: Some(bot.user()),
        },
        scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        user: by,
        guild_id: guild,
    }
}

/// Writes down that an application was added, and tells it.
pub(crate) async fn note(
    work: &mut Work,
    guild: Id<GuildMarker>,
    row: &ApplicationRow,
    by: Option<Id<UserMarker>>,
    scopes: &[&str],
) -> Result<()> {
    let kept = IntegrationRow { guild_id: guild, application_id: row.id, user_id: by, scopes: scopes.join(" ") };
    let known = store::integration::get(work, guild, row.id).await?.is_some();
    store::integration::set(work, &kept).await?;
    let bot = store::user::get(work, row.bot_id).await?.ok_or(Code::UnknownUser)?;
    let told = of(row, &bot, Some(&kept), who(work, &kept).await?, Some(guild));
    work.emit(if known { Event::IntegrationUpdate(told) } else { Event::IntegrationCreate(told) });
    work.emit(Event::GuildIntegrationsUpdate(GuildOnly { guild_id: guild }));
    Ok(())
}

/// Adds an application's commands to a guild, without its bot; says whether they are new there.
pub(crate) async fn install(
    work: &mut Work,
    guild: Id<GuildMarker>,
    row: &ApplicationRow,
    by: Id<UserMarker>,
) -> Result<bool> {
    let here = store::member::get(work, guild, row.bot_id).await?.is_some()
        || store::integration::get(work, guild, row.id).await?.is_some();
    if here {
        return Ok(false);
    }
    note(work, guild, row, Some(by), &["applications.commands"]).await?;
    Ok(true)
}

async fn who(run: &mut dyn Run, kept: &IntegrationRow) -> Result<Option<User>> {
    match kept.user_id {
        Some(id) => Ok(store::user::get(run, id).await?.map(|user| user.user())),
        None => Ok(None),
    }
}

/// What goes with a bot that leaves a guild: its role, and what it was there as an integration.
pub(crate) async fn dismiss(work: &mut Work, guild: Id<GuildMarker>, bot: Id<UserMarker>) -> Result<()> {
    for role in store::role::of_guild(work, guild).await?.into_iter().filter(|role| role.bot_id == Some(bot)) {
        crate::role::remove(work, &role).await?;
    }
    if let Some(row) = store::application::get(work, bot.cast()).await? {
        forget(work, guild, row.id).await?;
    }
    Ok(())
}

async fn forget(work: &mut Work, guild: Id<GuildMarker>, id: Id<ApplicationMarker>) -> Result<()> {
    store::integration::delete(work, guild, id).await?;
    work.emit(Event::IntegrationDelete(IntegrationDelete { id: id.cast(), guild_id: guild, application_id: id }));
    work.emit(Event::GuildIntegrationsUpdate(GuildOnly { guild_id: guild }));
    Ok(())
}

async fn list_guild_integrations(cx: Cx, guild: Guild) -> Result<Json<Vec<Integration>>> {
    let kept = store::integration::of_guild(&mut cx.db(), guild.id).await?;
    let mut list = Vec::new();
    for row in store::application::of_guild(&mut cx.db(), guild.id).await?.into_iter().take(MOST) {
        if let Some(bot) = store::user::get(&mut cx.db(), row.bot_id).await? {
            let kept = kept.iter().find(|kept| kept.application_id == row.id);
            let by = match kept {
                Some(kept) => who(&mut cx.db(), kept).await?,
                None => None,
            };
            list.push(of(&row, &bot, kept, by, None));
        }
    }
    Ok(Json(list))
}

async fn delete_guild_integration(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<IntegrationMarker>)>,
) -> Result<NoContent> {
    let row = store::application::get(&mut cx.db(), id.cast()).await?.ok_or(Code::UnknownIntegration)?;
    let member = guild.state.is_member(row.bot_id);
    if member {
        guild.require_above(cx.user()?, row.bot_id)?;
    } else if store::integration::get(&mut cx.db(), guild.id, row.id).await?.is_none() {
        return Err(Code::UnknownIntegration.into());
    }
    let user = store::user::get(&mut cx.db(), row.bot_id).await?.ok_or(Code::UnknownUser)?;
    let mut work = cx.begin().await?.at(guild.id);
    for webhook in store::webhook::of_guild(&mut work, guild.id).await? {
        if webhook.application_id == Some(row.id) {
            crate::webhook::withdraw(&cx, &mut work, &webhook).await?;
        }
    }
    let gone = of(&row, &user, None, None, None);
    let logged = serde_json::json!({ "name": gone.name, "type": gone.kind });
    if member {
        crate::member::remove(&mut work, guild.id, &user).await?;
    } else {
        forget(&mut work, guild.id, row.id).await?;
    }
    work.audit(guild.id, cx.entry(AuditAction::IntegrationDelete, id, changes(Some(&logged), None, &[]))).await?;
    work.commit().await?;
    Ok(NoContent)
}
