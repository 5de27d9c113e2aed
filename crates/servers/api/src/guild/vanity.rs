//! The invite that a guild has by a name of its own choice: `/guilds/{guild_id}/vanity-url`.

use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::invite::InviteRow;
use guildhall_wire::guild::{VanityBody, VanityUrl};

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const PATH: &str = "/guilds/{guild_id}/vanity-url";
    Routes::new().get(PATH, get_guild_vanity_url, Permissions::MANAGE_GUILD).patch(
        PATH,
        update_guild_vanity_url,
        Permissions::MANAGE_GUILD,
    )
}

const FEATURE: &str = "VANITY_URL";

async fn get_guild_vanity_url(cx: Cx, guild: Guild) -> Result<Json<VanityUrl>> {
    let Some(code) = guild.state.guild.vanity_url_code.clone() else { return Ok(Json(VanityUrl::default())) };
    let uses = store::invite::get(&mut cx.db(), &code).await?.map_or(0, |row| row.uses);
    Ok(Json(VanityUrl { code: Some(code), uses }))
}

/// Where it leads: to the rules, to where joins are told, or to the first channel that everybody sees.
fn entrance(state: &GuildState) -> Option<Id<ChannelMarker>> {
    let known = [state.guild.rules_channel_id, state.guild.system_channel_id];
    let named = known.into_iter().flatten().find(|id| state.channels.contains_key(id));
    let mut open: Vec<_> =
        state.channels.values().filter(|channel| channel.kind.has_messages() && state.is_public(channel)).collect();
    open.sort_by_key(|channel| (channel.position, channel.id));
    named.or(open.first().map(|channel| channel.id))
}

/// Sets it or, without a code, removes it. Clients do it, bots have no use for it.
async fn update_guild_vanity_url(cx: Cx, guild: Guild, Json(body): Json<VanityBody>) -> Result<Json<VanityUrl>> {
    let code = body.code.map(|code| code.trim().to_lowercase()).filter(|code| !code.is_empty());
    if let Some(code) = &code {
        let plain = code.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '-'));
        if !(2..=25).contains(&code.len()) || !plain || code.starts_with('-') || code.ends_with('-') {
            return Err(Code::InviteCodeTaken.into());
        }
    }
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let mut row = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let before = row.guild(Vec::new(), Vec::new());
    if row.vanity_url_code == code {
        drop(work);
        return get_guild_vanity_url(cx, guild).await;
    }
    if let Some(old) = row.vanity_url_code.take() {
        store::invite::delete(&mut work, &old).await?;
    }
    if let Some(code) = &code {
        let invite = InviteRow {
            code: code.clone(),
            guild_id: guild.id,
            channel_id: entrance(&guild.state).ok_or(Code::UnknownChannel)?,
            inviter_id: None,
            max_age: 0,
            max_uses: 0,
            uses: 0,
            temporary: false,
            flags: 0,
            targeted: false,
            role_ids: guildhall_db::Json(Vec::new()),
            created_at: cx.now(),
            expires_at: None,
            revoked_at: None,
        };
        store::invite::insert(&mut work, &invite).await.map_err(|error| match error {
            guildhall_db::Error::Unique(_) => Error::Code(Code::InviteCodeTaken),
            error => error.into(),
        })?;
    }
    super::feature::set(&mut row, FEATURE, code.is_some());
    row.vanity_url_code.clone_from(&code);
    super::save(&cx, &mut work, &before, &row).await?;
    work.commit().await?;
    Ok(Json(VanityUrl { code, uses: 0 }))
}
