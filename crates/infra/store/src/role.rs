//! Roles.

use guildhall_db::{Bits, Json, Records, Result, Run, record, values};
use guildhall_wire::Permissions;
use guildhall_wire::id::{ApplicationMarker, GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::linked_role::Ways;
use guildhall_wire::role::{Role, RoleColors, RoleTags};

use crate::select;

record! {
    /// A role.
    #[derive(Clone, Debug)]
    pub struct RoleRow {
        /// The role; the guild's own id for `@everyone`.
        pub id: Id<RoleMarker>,
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Its name.
        pub name: String,
        /// What its holders may do.
        pub permissions: Bits<Permissions>,
        /// Its rank.
        pub position: i32,
        /// 24-bit RGB.
        pub color: u32,
        /// Second stop of a gradient.
        pub secondary_color: Option<u32>,
        /// Third stop of a gradient.
        pub tertiary_color: Option<u32>,
        /// Own group in the member list.
        pub hoist: bool,
        /// Belongs to an integration.
        pub managed: bool,
        /// Anybody may mention it.
        pub mentionable: bool,
        /// Image hash.
        pub icon: Option<String>,
        /// Standard emoji.
        pub unicode_emoji: Option<String>,
        /// Whose own role it is.
        pub bot_id: Option<Id<UserMarker>>,
        /// Discord's role flags.
        pub flags: u32,
        /// What it asks of those who are to have it; nothing for roles that are given by hand.
        pub links: Json<Ways>,
    }
}

impl RoleRow {
    /// A role with nothing but its name.
    pub fn new(id: Id<RoleMarker>, guild_id: Id<GuildMarker>, name: &str, permissions: Permissions) -> Self {
        Self {
            id,
            guild_id,
            name: name.to_owned(),
            permissions: Bits(permissions),
            position: 0,
            color: 0,
            secondary_color: None,
            tertiary_color: None,
            hoist: false,
            managed: false,
            mentionable: false,
            icon: None,
            unicode_emoji: None,
            bot_id: None,
            flags: 0,
            links: Json(Ways::new()),
        }
    }

    /// As clients see it.
    pub fn role(&self) -> Role {
        Role {
            id: self.id,
            name: self.name.clone(),
            permissions: self.permissions.0,
            position: self.position,
            color: self.color,
            colors: RoleColors {
                primary_color: self.color,
                secondary_color: self.secondary_color,
                tertiary_color: self.tertiary_color,
            },
            hoist: self.hoist,
            managed: self.managed,
            mentionable: self.mentionable,
            icon: self.icon.clone(),
            unicode_emoji: self.unicode_emoji.clone(),
            tags: self.tags(),
            flags: self.flags,
        }
    }

    fn tags(&self) -> Option<RoleTags> {
        let linked = || RoleTags { guild_connections: true, ..RoleTags::default() };
        let of_bot = self.bot_id.map(|bot| RoleTags::of_bot(bot.cast()));
        of_bot.or_else(|| self.is_linked().then(linked))
    }

    /// Whether it comes and goes with what applications say of people.
    pub fn is_linked(&self) -> bool {
        !self.links.0.is_empty()
    }
}

/// All roles, of every guild: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<RoleRow>> {
    run.all(&select::<RoleRow>("roles", "ORDER BY id"), vec![]).await
}

/// A guild's roles, oldest first.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<RoleRow>> {
    run.all(&select::<RoleRow>("roles", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// A role of a guild.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<RoleMarker>) -> Result<Option<RoleRow>> {
    run.maybe(&select::<RoleRow>("roles", "WHERE id = $1 AND guild_id = $2"), values![id, guild]).await
}

/// The linked roles of a guild.
pub async fn linked(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<RoleRow>> {
    let rest = "WHERE guild_id = $1 AND links <> '[]' ORDER BY id";
    run.all(&select::<RoleRow>("roles", rest), values![guild]).await
}

/// The linked roles that go by the word of an application, of every guild.
pub async fn linked_to(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<Vec<RoleRow>> {
    // Ids stand between quotation marks: none is part of another.
    let pattern = format!("%\"{application}\"%");
    run.all(&select::<RoleRow>("roles", "WHERE links <> '[]' AND links LIKE $1 ORDER BY id"), values![pattern]).await
}

/// The guilds with linked roles that somebody is in.
pub async fn linked_guilds(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<Id<GuildMarker>>> {
    let sql = "SELECT DISTINCT r.guild_id FROM roles r JOIN members m ON m.guild_id = r.guild_id \
               WHERE m.user_id = $1 AND r.links <> '[]' ORDER BY r.guild_id";
    run.column(sql, values![user]).await
}

/// Adds a role.
pub async fn insert(run: &mut dyn Run, row: &RoleRow) -> Result<()> {
    crate::insert(run, "roles", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &RoleRow) -> Result<()> {
    crate::update(run, "roles", "id = $1", row).await
}

/// Removes a role; says whether it was there.
pub async fn delete(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<RoleMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM roles WHERE id = $1 AND guild_id = $2", values![id, guild]).await? > 0)
}
