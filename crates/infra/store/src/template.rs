//! Templates of guilds.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::template::{GuildTemplate, TemplateGuild};
use guildhall_wire::user::User;

use crate::{select, timestamp};

record! {
    /// A template; fields are those of [`GuildTemplate`].
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct TemplateRow {
        pub code: String,
        pub guild_id: Id<GuildMarker>,
        pub name: String,
        pub description: Option<String>,
        pub usage_count: u32,
        pub creator_id: Id<UserMarker>,
        pub created_at: i64,
        pub updated_at: i64,
        pub source: Json<TemplateGuild>,
    }
}

impl TemplateRow {
    /// As clients see it.
    pub fn template(&self, creator: Option<User>, is_dirty: Option<bool>) -> GuildTemplate {
        GuildTemplate {
            code: self.code.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            usage_count: self.usage_count,
            creator_id: self.creator_id,
            creator,
            created_at: timestamp(self.created_at),
            updated_at: timestamp(self.updated_at),
            source_guild_id: self.guild_id,
            serialized_source_guild: self.source.0.clone(),
            is_dirty,
        }
    }
}

/// The template with that code.
pub async fn get(run: &mut dyn Run, code: &str) -> Result<Option<TemplateRow>> {
    run.maybe(&select::<TemplateRow>("guild_templates", "WHERE code = $1"), values![code]).await
}

/// The template of a guild.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Option<TemplateRow>> {
    run.maybe(&select::<TemplateRow>("guild_templates", "WHERE guild_id = $1"), values![guild]).await
}

/// Adds a template.
pub async fn insert(run: &mut dyn Run, row: &TemplateRow) -> Result<()> {
    crate::insert(run, "guild_templates", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &TemplateRow) -> Result<()> {
    crate::update(run, "guild_templates", "code = $1", row).await
}

/// Counts a guild that was made like it.
pub async fn count_use(run: &mut dyn Run, code: &str) -> Result<()> {
    run.execute("UPDATE guild_templates SET usage_count = usage_count + 1 WHERE code = $1", values![code]).await?;
    Ok(())
}

/// Removes a template.
pub async fn delete(run: &mut dyn Run, code: &str) -> Result<()> {
    run.execute("DELETE FROM guild_templates WHERE code = $1", values![code]).await?;
    Ok(())
}
