//! Friends, requests and blocks: one row for each side.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{Id, UserMarker};
use guildhall_wire::relationship::{Relationship, RelationshipKind};
use guildhall_wire::user::User;

use crate::{select, timestamp};

record! {
    /// What somebody is to a user.
    #[derive(Clone, Debug)]
    pub struct RelationshipRow {
        /// Whose side.
        pub user_id: Id<UserMarker>,
        /// The other.
        pub other_id: Id<UserMarker>,
        /// What they are.
        pub kind: Json<RelationshipKind>,
        /// Microseconds.
        pub since: i64,
    }
}

impl RelationshipRow {
    /// As the user sees it.
    pub fn relationship(&self, other: User) -> Relationship {
        Relationship { id: self.other_id, kind: self.kind.0, user: other, nickname: None, since: timestamp(self.since) }
    }
}

/// All of a user's.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<RelationshipRow>> {
    run.all(&select::<RelationshipRow>("relationships", "WHERE user_id = $1 ORDER BY other_id"), values![user]).await
}

/// Everybody's friends.
pub async fn friends(run: &mut dyn Run) -> Result<Vec<RelationshipRow>> {
    let friend = Json(RelationshipKind::Friend);
    run.all(&select::<RelationshipRow>("relationships", "WHERE kind = $1 ORDER BY user_id"), values![friend]).await
}

/// How many friends somebody has.
pub async fn count_friends(run: &mut dyn Run, user: Id<UserMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM relationships WHERE user_id = $1 AND kind = $2";
    Ok(run.scalar(sql, values![user, Json(RelationshipKind::Friend)]).await?.unwrap_or(0))
}

/// Who blocked somebody.
pub async fn blockers(run: &mut dyn Run, of: Id<UserMarker>) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT user_id FROM relationships WHERE other_id = $1 AND kind = $2 ORDER BY user_id";
    run.column(sql, values![of, Json(RelationshipKind::Blocked)]).await
}

/// What somebody is to a user.
pub async fn get(run: &mut dyn Run, user: Id<UserMarker>, other: Id<UserMarker>) -> Result<Option<RelationshipRow>> {
    let rest = "WHERE user_id = $1 AND other_id = $2";
    run.maybe(&select::<RelationshipRow>("relationships", rest), values![user, other]).await
}

/// Sets what somebody is to a user.
pub async fn set(run: &mut dyn Run, row: &RelationshipRow) -> Result<()> {
    let sql = "INSERT INTO relationships (user_id, other_id, kind, since) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (user_id, other_id) DO UPDATE SET kind = excluded.kind, since = excluded.since";
    run.execute(sql, values![row.user_id, row.other_id, row.kind, row.since]).await?;
    Ok(())
}

/// Forgets what somebody is to a user; says whether there was anything.
pub async fn delete(run: &mut dyn Run, user: Id<UserMarker>, other: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM relationships WHERE user_id = $1 AND other_id = $2";
    Ok(run.execute(sql, values![user, other]).await? > 0)
}

/// How many friends two people share.
pub async fn mutual_friends(run: &mut dyn Run, one: Id<UserMarker>, other: Id<UserMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM relationships a JOIN relationships b ON b.other_id = a.other_id \
               WHERE a.user_id = $1 AND b.user_id = $2 AND a.kind = $3 AND b.kind = $3";
    let friend = Json(RelationshipKind::Friend);
    Ok(run.scalar(sql, values![one, other, friend]).await?.unwrap_or(0))
}

/// All of a user's, with the users they are about.
pub async fn with_users(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<Relationship>> {
    let rows = of_user(run, user).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.other_id).collect();
    let users = crate::user::get_many(run, &ids).await?;
    let find = |id| users.iter().find(|user| user.id == id);
    Ok(rows.iter().filter_map(|row| Some(row.relationship(find(row.other_id)?.user()))).collect())
}

/// What a user is to all others.
pub async fn towards(run: &mut dyn Run, other: Id<UserMarker>) -> Result<Vec<RelationshipRow>> {
    run.all(&select::<RelationshipRow>("relationships", "WHERE other_id = $1 ORDER BY user_id"), values![other]).await
}
