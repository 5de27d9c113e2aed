//! Membership screening: forms of guilds, and requests to be let in.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{GenericMarker, GuildMarker, Id, UserMarker, created_ms};
use guildhall_wire::join_request::{FormField, JoinRequest, MemberVerification, Status};
use guildhall_wire::user::User;

use crate::{select, timestamp};

record! {
    /// A guild's form.
    #[derive(Clone, Debug, PartialEq)]
    pub struct VerificationRow {
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Whether newcomers fill it in.
        pub enabled: bool,
        /// Microseconds: its version.
        pub changed_at: i64,
        /// What the guild says of itself.
        pub description: Option<String>,
        /// What is asked.
        pub fields: Json<Vec<FormField>>,
    }
}

impl VerificationRow {
    /// As clients see it.
    pub fn form(&self) -> MemberVerification {
        MemberVerification {
            version: Some(timestamp(self.changed_at)),
            form_fields: self.fields.0.clone(),
            description: self.description.clone(),
        }
    }
}

record! {
    /// A request to be let in; one for each newcomer.
    #[derive(Clone, Debug)]
    pub struct JoinRequestRow {
        /// The request; its time is the time of asking.
        pub id: Id<GenericMarker>,
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Whose.
        pub user_id: Id<UserMarker>,
        /// What became of it.
        pub status: Json<Status>,
        /// The form with the answers.
        pub responses: Json<Vec<FormField>>,
        /// Microseconds.
        pub reviewed_at: Option<i64>,
        /// Who decided.
        pub reviewer_id: Option<Id<UserMarker>>,
        /// Why its author was turned away.
        pub reason: Option<String>,
    }
}

impl JoinRequestRow {
    /// As clients see it.
    pub fn request(&self, user: Option<User>, reviewer: Option<User>) -> JoinRequest {
        let asked = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
        JoinRequest {
            id: self.id,
            created_at: timestamp(asked),
            reviewed_at: self.reviewed_at.map(timestamp),
            application_status: Some(self.status.0),
            rejection_reason: self.reason.clone(),
            guild_id: self.guild_id,
            user_id: self.user_id,
            user,
            form_responses: Some(self.responses.0.clone()),
            actioned_by_user: reviewer,
        }
    }
}

/// A guild's form.
pub async fn form(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Option<VerificationRow>> {
    run.maybe(&select::<VerificationRow>("member_verifications", "WHERE guild_id = $1"), values![guild]).await
}

/// Writes a form, new or not.
pub async fn set_form(run: &mut dyn Run, row: &VerificationRow) -> Result<()> {
    let sql = "INSERT INTO member_verifications (guild_id, enabled, changed_at, description, fields) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (guild_id) DO UPDATE SET enabled = excluded.enabled, \
               changed_at = excluded.changed_at, description = excluded.description, fields = excluded.fields";
    run.execute(sql, values![row.guild_id, row.enabled, row.changed_at, row.description, row.fields]).await?;
    Ok(())
}

/// A request of a guild.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<GenericMarker>) -> Result<Option<JoinRequestRow>> {
    run.maybe(&select::<JoinRequestRow>("join_requests", "WHERE guild_id = $1 AND id = $2"), values![guild, id]).await
}

/// Somebody's request.
pub async fn of_user(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
) -> Result<Option<JoinRequestRow>> {
    let rest = "WHERE guild_id = $1 AND user_id = $2";
    run.maybe(&select::<JoinRequestRow>("join_requests", rest), values![guild, user]).await
}

/// Requests between two ids, newest first, or oldest first after an id; of one kind where one is named.
pub async fn page(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    status: Option<Status>,
    (after, before): (Option<u64>, u64),
    limit: u32,
) -> Result<Vec<JoinRequestRow>> {
    let order = if after.is_some() { "id" } else { "id DESC" };
    let rest =
        format!("WHERE guild_id = $1 AND id > $2 AND id < $3 AND ($4 = '' OR status = $4) ORDER BY {order} LIMIT $5");
    let parameters = values![guild, after.unwrap_or(0), before, named(status), limit];
    run.all(&select::<JoinRequestRow>("join_requests", &rest), parameters).await
}

/// How many there are, of one kind where one is named.
pub async fn count(run: &mut dyn Run, guild: Id<GuildMarker>, status: Option<Status>) -> Result<u32> {
    let sql = "SELECT COUNT(*) FROM join_requests WHERE guild_id = $1 AND ($2 = '' OR status = $2)";
    Ok(run.scalar(sql, values![guild, named(status)]).await?.unwrap_or(0))
}

/// A kind as it is kept; empty for all.
fn named(status: Option<Status>) -> String {
    status.and_then(|status| serde_json::to_string(&status).ok()).unwrap_or_default()
}

/// Writes a request in the place of an earlier one of the same person.
pub async fn set(run: &mut dyn Run, row: &JoinRequestRow) -> Result<()> {
    delete(run, row.guild_id, row.user_id).await?;
    crate::insert(run, "join_requests", row).await
}

/// Removes somebody's request; says whether there was one.
pub async fn delete(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM join_requests WHERE guild_id = $1 AND user_id = $2";
    Ok(run.execute(sql, values![guild, user]).await? > 0)
}
