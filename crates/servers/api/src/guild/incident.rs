//! Pauses for when a guild is raided: `/guilds/{guild_id}/incident-actions`.

use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_wire::guild::{Guild as WireGuild, Incidents, IncidentsBody};

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new().put("/guilds/{guild_id}/incident-actions", update_guild_incident_actions, Permissions::MANAGE_GUILD)
}

/// Longest pause: a day.
const MOST_MICROS: i64 = 86_400_000_000;

async fn update_guild_incident_actions(
    cx: Cx,
    guild: Guild,
    Json(body): Json<IncidentsBody>,
) -> Result<Json<Incidents>> {
    let mut errors = FormErrors::new();
    for (field, until) in
        [("invites_disabled_until", &body.invites_disabled_until), ("dms_disabled_until", &body.dms_disabled_until)]
    {
        if let Patch::Value(until) = until
            && until.as_micros() > cx.now() + MOST_MICROS + 60_000_000
        {
            errors.at(field).push("INCIDENT_ACTIONS_TOO_LONG", "Must be within a day.");
        }
    }
    errors.finish()?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let before = row.guild(Vec::new(), Vec::new());
    let mut incidents = row.incidents.take().map(|Stored(incidents)| incidents).unwrap_or_default();
    body.invites_disabled_until.apply(&mut incidents.invites_disabled_until);
    body.dms_disabled_until.apply(&mut incidents.dms_disabled_until);
    let over = |until: &Timestamp| until.as_micros() <= cx.now();
    incidents.invites_disabled_until = incidents.invites_disabled_until.filter(|until| !over(until));
    incidents.dms_disabled_until = incidents.dms_disabled_until.filter(|until| !over(until));
    row.incidents = Some(Stored(incidents.clone()));
    super::save(&cx, &mut work, &before, &row).await?;
    work.commit().await?;
    Ok(Json(incidents))
}

fn lasts(until: Option<Timestamp>, now: i64) -> bool {
    until.is_some_and(|until| until.as_micros() > now)
}

/// Whether nobody comes in by an invite at the moment: for a while, or until it is switched on again.
pub(crate) fn invites_paused(guild: &WireGuild, now: i64) -> bool {
    let incidents = guild.incidents_data.as_ref();
    guild.features.iter().any(|feature| feature == super::feature::INVITES_DISABLED)
        || lasts(incidents.and_then(|incidents| incidents.invites_disabled_until), now)
}

/// Whether a shared guild is no reason for a direct message at the moment.
pub(crate) fn dms_paused(guild: &WireGuild, now: i64) -> bool {
    lasts(guild.incidents_data.as_ref().and_then(|incidents| incidents.dms_disabled_until), now)
}
