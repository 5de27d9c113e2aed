//! Members of guilds.

use std::sync::LazyLock;

use guildhall_db::{Engine, Json, Record, Records, Result, Row, Run, ToValue, fold, record, values};
use guildhall_wire::id::{GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::member::{GuildMember, Member};
use guildhall_wire::user::User;

use crate::user::{Face, UserRow};
use crate::{select, timestamp};

record! {
    /// A membership.
    #[derive(Clone, Debug)]
    pub struct MemberRow {
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Who.
        pub user_id: Id<UserMarker>,
        /// Name there.
        pub nick: Option<String>,
        /// Image hash.
        pub avatar: Option<String>,
        /// Image hash.
        pub banner: Option<String>,
        /// About me, there.
        pub bio: Option<String>,
        /// Roles held, without `@everyone`.
        pub roles: Json<Vec<Id<RoleMarker>>>,
        /// Microseconds.
        pub joined_at: i64,
        /// By a moderator.
        pub deaf: bool,
        /// By a moderator.
        pub mute: bool,
        /// Discord's member flags.
        pub flags: u32,
        /// Not through screening yet.
        pub pending: bool,
        /// End of a timeout, in microseconds.
        pub timeout_until: Option<i64>,
        /// By which invite it came.
        pub invite_code: Option<String>,
        /// Gone again when the last session ends, unless somebody gives it a role before.
        pub temporary: bool,
    }
}

impl MemberRow {
    /// Somebody who has just joined.
    pub fn new(guild_id: Id<GuildMarker>, user_id: Id<UserMarker>, now_micros: i64) -> Self {
        Self {
            guild_id,
            user_id,
            nick: None,
            avatar: None,
            banner: None,
            bio: None,
            roles: Json(Vec::new()),
            joined_at: now_micros,
            deaf: false,
            mute: false,
            flags: 0,
            pending: false,
            timeout_until: None,
            invite_code: None,
            temporary: false,
        }
    }

    /// As clients see it; without a user where the user stands beside it.
    pub fn member(&self, user: Option<User>) -> Member {
        Member {
            user,
            nick: self.nick.clone(),
            avatar: self.avatar.clone(),
            banner: self.banner.clone(),
            roles: self.roles.0.clone(),
            joined_at: timestamp(self.joined_at),
            premium_since: None,
            deaf: self.deaf,
            mute: self.mute,
            flags: self.flags,
            pending: self.pending,
            communication_disabled_until: self.timeout_until.map(timestamp),
            avatar_decoration_data: None,
            collectibles: None,
            permissions: None,
        }
    }

    /// As events tell it.
    pub fn guild_member(&self, user: User) -> GuildMember {
        GuildMember { guild_id: self.guild_id, member: self.member(Some(user)) }
    }
}

/// All memberships, of every guild: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<MemberRow>> {
    run.all(&select::<MemberRow>("members", "ORDER BY guild_id, user_id"), vec![]).await
}

/// All memberships of a guild: for building the directory.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<MemberRow>> {
    run.all(&select::<MemberRow>("members", "WHERE guild_id = $1 ORDER BY user_id"), values![guild]).await
}

/// A membership.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<Option<MemberRow>> {
    run.maybe(&select::<MemberRow>("members", "WHERE guild_id = $1 AND user_id = $2"), values![guild, user]).await
}

/// The members of a guild who have a flag.
pub async fn flagged(run: &mut dyn Run, guild: Id<GuildMarker>, flag: u32) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT user_id FROM members WHERE guild_id = $1 AND (flags & $2) <> 0 ORDER BY user_id";
    run.column(sql, values![guild, flag]).await
}

/// The members of a guild who are not let in yet.
pub async fn pending(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<Id<UserMarker>>> {
    run.column("SELECT user_id FROM members WHERE guild_id = $1 AND pending = 1 ORDER BY user_id", values![guild]).await
}

/// Who holds a role.
pub async fn holders(run: &mut dyn Run, guild: Id<GuildMarker>, role: Id<RoleMarker>) -> Result<Vec<Id<UserMarker>>> {
    // Ids stand between quotation marks: none is part of another.
    let pattern = format!("%\"{role}\"%");
    run.column("SELECT user_id FROM members WHERE guild_id = $1 AND roles LIKE $2", values![guild, pattern]).await
}

/// A membership with its account.
pub async fn with_user(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
) -> Result<Option<(MemberRow, UserRow)>> {
    let Some(row) = get(run, guild, user).await? else { return Ok(None) };
    Ok(crate::user::get(run, user).await?.map(|user| (row, user)))
}

/// Members after an id, in order of their ids.
pub async fn page(run: &mut dyn Run, guild: Id<GuildMarker>, after: u64, limit: u32) -> Result<Vec<MemberRow>> {
    let rest = "WHERE guild_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    run.all(&select::<MemberRow>("members", rest), values![guild, after, limit]).await
}

/// The members with those ids.
pub async fn get_many(run: &mut dyn Run, guild: Id<GuildMarker>, users: &[Id<UserMarker>]) -> Result<Vec<MemberRow>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE guild_id = $1 AND user_id IN ({})", crate::placeholders(2, users.len()));
    let mut parameters = values![guild];
    parameters.extend(crate::ids(users));
    run.all(&select::<MemberRow>("members", &rest), parameters).await
}

/// The members who have a picture of their own there.
pub async fn with_images(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<MemberRow>> {
    let rest = "WHERE guild_id = $1 AND (avatar IS NOT NULL OR banner IS NOT NULL)";
    run.all(&select::<MemberRow>("members", rest), values![guild]).await
}

/// The memberships that end with the last session.
pub async fn temporary(run: &mut dyn Run) -> Result<Vec<MemberRow>> {
    run.all(&select::<MemberRow>("members", "WHERE temporary = 1 ORDER BY user_id, guild_id"), vec![]).await
}

/// Those of one person.
pub async fn temporary_of(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<MemberRow>> {
    let rest = "WHERE temporary = 1 AND user_id = $1 ORDER BY guild_id";
    run.all(&select::<MemberRow>("members", rest), values![user]).await
}

/// The people (not bots) among the members who have been there since before a moment and not been seen from then on:
/// they have neither used a login nor written anything. `floor` is the id of that moment.
pub async fn idle_since(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    micros: i64,
    floor: u64,
) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT m.user_id FROM members m JOIN users u ON u.id = m.user_id \
               WHERE m.guild_id = $1 AND u.bot = 0 AND m.joined_at < $2 \
               AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = m.user_id AND s.last_used_at >= $2) \
               AND NOT EXISTS (SELECT 1 FROM messages t WHERE t.author_id = m.user_id AND t.id >= $3) \
               ORDER BY m.user_id";
    run.column(sql, values![guild, micros, floor]).await
}

/// Members whose name or nick begins so, in any case, in the order of these names, as clients see them.
///
/// Each kind of name has an index that gives no more than are asked for: it matters not how many members there are. One statement
/// tells all, so that it costs one turn.
pub async fn search(run: &mut dyn Run, guild: Id<GuildMarker>, prefix: &str, limit: u32) -> Result<Vec<Member>> {
    static SQL: [LazyLock<String>; 2] = [LazyLock::new(|| search_sql("BINARY")), LazyLock::new(|| search_sql("\"C\""))];
    if prefix.is_empty() {
        let rows = page(run, guild, 0, limit).await?;
        return present(run, rows).await;
    }
    let [sqlite, postgres] = &SQL;
    let sql = match run.engine() {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    };
    let from = fold(prefix);
    let to = format!("{from}{}", char::MAX);
    let read = |row: Row| {
        let (member, face) = row.cut(MemberRow::COLUMNS.split(", ").count());
        Ok(MemberRow::from_row(member)?.member(Some(Face::from_row(face)?.into())))
    };
    run.query(sql, values![guild, from, to, limit]).await?.into_iter().map(read).collect()
}

fn search_sql(bytewise: &str) -> String {
    let part = |key: &str, from: &str, there: &str| {
        let key = format!("{key} COLLATE {bytewise}");
        format!(
            "SELECT * FROM (SELECT m.user_id AS user_id, {key} AS name FROM {from} \
             WHERE m.guild_id = $1 AND {there} AND {key} >= $2 AND {key} < $3 ORDER BY {key} LIMIT $4) AS part"
        )
    };
    // From the names to the members, never the other way.
    let people = "users u CROSS JOIN members m";
    let parts = [
        part("u.username_key", people, "m.user_id = u.id"),
        part("u.global_name_key", people, "m.user_id = u.id AND u.global_name_key IS NOT NULL"),
        part("m.nick_key", "members m", "m.nick_key IS NOT NULL"),
    ];
    let of = |table: &str, columns: &str| {
        columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
    };
    format!(
        "SELECT {}, {} FROM (SELECT user_id, MIN(name) AS name FROM ({}) AS names \
         GROUP BY user_id ORDER BY MIN(name), user_id LIMIT $4) AS found CROSS JOIN members m CROSS JOIN users u \
         WHERE m.guild_id = $1 AND m.user_id = found.user_id AND u.id = found.user_id ORDER BY found.name, m.user_id",
        of("m", MemberRow::COLUMNS),
        of("u", Face::COLUMNS),
        parts.join(" UNION ALL ")
    )
}

/// What a name of its own there is found by.
fn named(row: &MemberRow) -> crate::Derived {
    ("nick_key", row.nick.as_deref().map(fold).to_value())
}

/// Adds a member.
pub async fn insert(run: &mut dyn Run, row: &MemberRow) -> Result<()> {
    crate::insert_with(run, "members", row, Some(named(row))).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &MemberRow) -> Result<()> {
    crate::update_with(run, "members", "guild_id = $1 AND user_id = $2", row, Some(named(row))).await
}

/// Removes a member; says whether it was there.
pub async fn delete(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM members WHERE guild_id = $1 AND user_id = $2", values![guild, user]).await? > 0)
}

/// Rows as clients see them, with their users.
pub async fn present(run: &mut dyn Run, rows: Vec<MemberRow>) -> Result<Vec<Member>> {
    let ids: Vec<_> = rows.iter().map(|row| row.user_id).collect();
    let mut users = std::collections::HashMap::new();
    for chunk in ids.chunks(500) {
        users.extend(crate::user::faces(run, chunk).await?.into_iter().map(|face| (face.id, User::from(face))));
    }
    Ok(rows.iter().filter_map(|row| Some(row.member(Some(users.remove(&row.user_id)?)))).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use guildhall_db::testing::Scratch;

    use super::*;

    #[tokio::test]
    async fn a_search_by_name_does_not_look_at_everybody() {
        let scratch = Scratch::new(Engine::Sqlite);
        let db = scratch.open().await;
        db.migrate(crate::MIGRATIONS).await.unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", search_sql("BINARY"));
        let rows = (&mut &db).query(&sql, values![1_i64, "a", "b", 100_i64]).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get(3).unwrap()).collect();
        let tables = steps.iter().filter(|step| step.contains(" m ") || step.contains(" u "));
        for step in tables {
            let few = ["user_id=?", "rowid=?", "username_key>?", "global_name_key>?", "nick_key>?"];
            assert!(few.iter().any(|by| step.contains(by)), "{step} among {steps:?}");
        }
    }

    #[tokio::test]
    async fn names_that_were_there_before_are_found_too() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let scratch = Scratch::new(engine);
            let db = scratch.open().await;
            let earlier: Vec<_> = crate::MIGRATIONS.iter().copied().filter(|step| step.version < 64).collect();
            db.migrate(&earlier).await.unwrap();
            let (guild, user) = (Id::new(1), Id::new(2));
            let run = &mut &db;
            let account = "INSERT INTO users (id, username, username_key, bot, rank, global_name, bio, pronouns, locale, \
                           public_flags, suspended, settings) \
                           VALUES (2, 'ada', 'ada', 0, 0, 'École', '', '', 'en-US', 0, 0, '{}')";
            run.execute(account, vec![]).await.unwrap();
            let town = "INSERT INTO guilds (id, owner_id, name, features, afk_timeout, system_channel_flags, \
                        widget_enabled, verification_level, default_message_notifications, mfa_level, \
                        explicit_content_filter, preferred_locale, nsfw_level) \
                        VALUES (1, 2, 'Town', '[]', 300, 0, 0, 0, 0, 0, 0, 'en-US', 0)";
            run.execute(town, vec![]).await.unwrap();
            let columns = format!("INSERT INTO members ({}) VALUES ({})", MemberRow::COLUMNS, MemberRow::PLACEHOLDERS);
            let row = MemberRow { nick: Some("Ωμέγα".into()), ..MemberRow::new(guild, user, 0) };
            run.execute(&columns, row.values()).await.unwrap();
            db.migrate(crate::MIGRATIONS).await.unwrap();
            for (prefix, found) in [("éC", 1), ("ΩΜΈ", 1), ("ad", 1), ("", 1), ("e", 1), ("omegA", 0), ("x", 0)] {
                assert_eq!(search(run, guild, prefix, 9).await.unwrap().len(), found, "{prefix} on {engine:?}");
            }
            let again = MemberRow { nick: None, ..row };
            update(run, &again).await.unwrap();
            assert!(search(run, guild, "ω", 9).await.unwrap().is_empty());
        }
    }
}
