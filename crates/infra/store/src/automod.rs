//! Rules of automatic moderation.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::automod::{Action, Metadata, Rule, Trigger};
use guildhall_wire::id::{AutoModerationRuleMarker, ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};

use crate::select;

record! {
    /// A rule; fields are those of [`Rule`].
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct AutomodRow {
        pub id: Id<AutoModerationRuleMarker>,
        pub guild_id: Id<GuildMarker>,
        pub name: String,
        pub creator_id: Id<UserMarker>,
        pub trigger_type: u8,
        pub trigger_metadata: Json<Metadata>,
        pub actions: Json<Vec<Action>>,
        pub enabled: bool,
        pub exempt_roles: Json<Vec<Id<RoleMarker>>>,
        pub exempt_channels: Json<Vec<Id<ChannelMarker>>>,
    }
}

impl AutomodRow {
    /// The row of a rule.
    pub fn of(rule: Rule) -> Self {
        Self {
            id: rule.id,
            guild_id: rule.guild_id,
            name: rule.name,
            creator_id: rule.creator_id,
            trigger_type: rule.trigger_type.number(),
            trigger_metadata: Json(rule.trigger_metadata),
            actions: Json(rule.actions),
            enabled: rule.enabled,
            exempt_roles: Json(rule.exempt_roles),
            exempt_channels: Json(rule.exempt_channels),
        }
    }

    /// What it looks for.
    pub fn trigger(&self) -> Trigger {
        // Only numbers of triggers are written.
        Trigger::from_number(self.trigger_type).unwrap_or(Trigger::Keyword)
    }

    /// As clients see it.
    pub fn rule(self) -> Rule {
        let trigger = self.trigger();
        Rule {
            id: self.id,
            guild_id: self.guild_id,
            name: self.name,
            creator_id: self.creator_id,
            event_type: trigger.event_type(),
            trigger_type: trigger,
            trigger_metadata: self.trigger_metadata.0,
            actions: self.actions.0,
            enabled: self.enabled,
            exempt_roles: self.exempt_roles.0,
            exempt_channels: self.exempt_channels.0,
        }
    }
}

/// All rules, of every guild: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<AutomodRow>> {
    run.all(&select::<AutomodRow>("automod_rules", "ORDER BY id"), vec![]).await
}

/// The rules of a guild, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<AutomodRow>> {
    run.all(&select::<AutomodRow>("automod_rules", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// A rule of a guild.
pub async fn get(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    id: Id<AutoModerationRuleMarker>,
) -> Result<Option<AutomodRow>> {
    run.maybe(&select::<AutomodRow>("automod_rules", "WHERE guild_id = $1 AND id = $2"), values![guild, id]).await
}

/// Adds a rule.
pub async fn insert(run: &mut dyn Run, row: &AutomodRow) -> Result<()> {
    crate::insert(run, "automod_rules", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &AutomodRow) -> Result<()> {
    crate::update(run, "automod_rules", "id = $1", row).await
}

/// Removes a rule; says whether it was there.
pub async fn delete(run: &mut dyn Run, id: Id<AutoModerationRuleMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM automod_rules WHERE id = $1", values![id]).await? > 0)
}
