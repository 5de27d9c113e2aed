//! What newcomers of guilds are asked.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id};
use guildhall_wire::onboarding::{Onboarding, Prompt};

use crate::select;

record! {
    /// A guild's onboarding; fields are those of [`Onboarding`].
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct OnboardingRow {
        pub guild_id: Id<GuildMarker>,
        pub enabled: bool,
        pub mode: u8,
        pub default_channel_ids: Json<Vec<Id<ChannelMarker>>>,
        pub prompts: Json<Vec<Prompt>>,
    }
}

/// A guild's onboarding; an empty one that is switched off where none was made.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Onboarding> {
    let row: Option<OnboardingRow> =
        run.maybe(&select::<OnboardingRow>("onboardings", "WHERE guild_id = $1"), values![guild]).await?;
    let empty =
        Onboarding { guild_id: guild, prompts: Vec::new(), default_channel_ids: Vec::new(), enabled: false, mode: 0 };
    Ok(row.map_or(empty, |row| Onboarding {
        guild_id: row.guild_id,
        prompts: row.prompts.0,
        default_channel_ids: row.default_channel_ids.0,
        enabled: row.enabled,
        mode: row.mode,
    }))
}

/// Writes it, new or not.
pub async fn set(run: &mut dyn Run, onboarding: &Onboarding) -> Result<()> {
    let sql = "INSERT INTO onboardings (guild_id, enabled, mode, default_channel_ids, prompts) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (guild_id) DO UPDATE SET enabled = excluded.enabled, \
               mode = excluded.mode, default_channel_ids = excluded.default_channel_ids, prompts = excluded.prompts";
    let channels = Json(onboarding.default_channel_ids.clone());
    let prompts = Json(onboarding.prompts.clone());
    run.execute(sql, values![onboarding.guild_id, onboarding.enabled, onboarding.mode, channels, prompts]).await?;
    Ok(())
}
