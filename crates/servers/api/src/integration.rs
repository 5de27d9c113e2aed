//! Integrations of a guild, which are its bots: `/guilds/{guild_id}/integrations`.

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::event::GuildOnly;
use guildhall_wire::integration::{Integration, IntegrationAccount, IntegrationApplication, IntegrationDelete};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/guilds/{guild_id}/integrations", list_guild_integrations, Permissions::MANAGE_GUILD).delete(
        "/guilds/{guild_id}/integrations/{integration_id}",
        delete_guild_integration,
        Permissions::MANAGE_GUILD,
    )
}

/// A bot seen as an integration.
pub(crate) fn of(row: &ApplicationRow, bot: &UserRow, guild: Option<Id<GuildMarker>>) -> Integration {
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
        scopes: vec!["bot".into(), "applications.commands".into()],
        user: None,
        guild_id: guild,
    }
}

/// What goes with a bot that leaves a guild: its role, and what it was there as an integration.
pub(crate) async fn dismiss(work: &mut Work, guild: Id<GuildMarker>, bot: Id<UserMarker>) -> Result<()> {
    for role in store::role::of_guild(work, guild).await?.into_iter().filter(|role| role.bot_id == Some(bot)) {
        crate::role::remove(work, &role).await?;
    }
    if let Some(row) = store::application::get(work, bot.cast()).await? {
        let gone = IntegrationDelete { id: row.id.cast(), guild_id: guild, application_id: row.id };
        work.emit(Event::IntegrationDelete(gone));
        work.emit(Event::GuildIntegrationsUpdate(GuildOnly { guild_id: guild }));
    }
    Ok(())
}

async fn list_guild_integrations(cx: Cx, guild: Guild) -> Result<Json<Vec<Integration>>> {
    let mut list = Vec::new();
    for user in guild.state.members.keys() {
        if let Some(row) = store::application::get(&mut cx.db(), user.cast()).await?
            && let Some(bot) = store::user::get(&mut cx.db(), *user).await?
        {
            list.push(of(&row, &bot, None));
        }
    }
    list.sort_by_key(|integration| integration.id);
    Ok(Json(list))
}

async fn delete_guild_integration(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<IntegrationMarker>)>,
) -> Result<NoContent> {
    let row = store::application::get(&mut cx.db(), id.cast()).await?.ok_or(Code::UnknownIntegration)?;
    if !guild.state.is_member(row.bot_id) {
        return Err(Code::UnknownIntegration.into());
    }
    guild.require_above(cx.user()?, row.bot_id)?;
    let user = store::user::get(&mut cx.db(), row.bot_id).await?.ok_or(Code::UnknownUser)?;
    let mut work = cx.begin().await?.at(guild.id);
    crate::member::remove(&mut work, guild.id, &user).await?;
    work.audit(guild.id, cx.entry(AuditAction::IntegrationDelete, id, Vec::new())).await?;
    work.commit().await?;
    Ok(NoContent)
}
