//! Invites.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};

use crate::select;

record! {
    /// An invite; fields are those of [`guildhall_wire::invite::Invite`], times in microseconds.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct InviteRow {
        pub code: String,
        pub guild_id: Id<GuildMarker>,
        pub channel_id: Id<ChannelMarker>,
        pub inviter_id: Option<Id<UserMarker>>,
        pub max_age: u32,
        pub max_uses: u32,
        pub uses: u32,
        pub temporary: bool,
        pub flags: u32,
        /// Whether it is for those only who are named, be it nobody any more.
        pub targeted: bool,
        pub role_ids: Json<Vec<Id<RoleMarker>>>,
        pub created_at: i64,
        pub expires_at: Option<i64>,
        pub revoked_at: Option<i64>,
    }
}

impl InviteRow {
    /// Whether it still lets somebody in at that moment.
    pub fn is_valid(&self, now_micros: i64) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|end| end > now_micros)
            && (self.max_uses == 0 || self.uses < self.max_uses)
    }
}

/// The invite with that code, ended ones too.
pub async fn get(run: &mut dyn Run, code: &str) -> Result<Option<InviteRow>> {
    run.maybe(&select::<InviteRow>("invites", "WHERE code = $1"), values![code]).await
}

/// A guild's invites, oldest first, revoked ones left out.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<InviteRow>> {
    let rest = "WHERE guild_id = $1 AND revoked_at IS NULL ORDER BY created_at";
    run.all(&select::<InviteRow>("invites", rest), values![guild]).await
}

/// A channel's invites, oldest first, revoked ones left out.
pub async fn of_channel(run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<Vec<InviteRow>> {
    let rest = "WHERE channel_id = $1 AND revoked_at IS NULL ORDER BY created_at";
    run.all(&select::<InviteRow>("invites", rest), values![channel]).await
}

/// Adds an invite. A code that is taken gives [`guildhall_db::Error::Unique`].
pub async fn insert(run: &mut dyn Run, row: &InviteRow) -> Result<()> {
    crate::insert(run, "invites", row).await
}

/// Uses it once; says whether that was still allowed.
pub async fn take(run: &mut dyn Run, code: &str, now_micros: i64) -> Result<bool> {
    let sql = "UPDATE invites SET uses = uses + 1 WHERE code = $1 AND revoked_at IS NULL \
               AND (expires_at IS NULL OR expires_at > $2) AND (max_uses = 0 OR uses < max_uses)";
    Ok(run.execute(sql, values![code, now_micros]).await? > 0)
}

/// Ends it; says whether it was there.
pub async fn revoke(run: &mut dyn Run, code: &str, now_micros: i64) -> Result<bool> {
    let sql = "UPDATE invites SET revoked_at = $2 WHERE code = $1 AND revoked_at IS NULL";
    Ok(run.execute(sql, values![code, now_micros]).await? > 0)
}

/// Removes it altogether, so that its code is free again.
pub async fn delete(run: &mut dyn Run, code: &str) -> Result<()> {
    run.execute("DELETE FROM invites WHERE code = $1", values![code]).await?;
    Ok(())
}

/// For whom an invite is, where it is [for somebody](InviteRow::targeted).
pub async fn targets(run: &mut dyn Run, code: &str) -> Result<Vec<Id<UserMarker>>> {
    run.column("SELECT user_id FROM invite_targets WHERE code = $1 ORDER BY user_id", values![code]).await
}

/// When those for whom an invite is were last said.
pub async fn targeted_at(run: &mut dyn Run, code: &str) -> Result<Option<i64>> {
    let rows = run.query("SELECT MAX(created_at) FROM invite_targets WHERE code = $1", values![code]).await?;
    Ok(match rows.first() {
        Some(row) => row.get(0)?,
        None => None,
    })
}

/// Adds those for whom an invite is: from now on it is for nobody else.
pub async fn add_targets(run: &mut dyn Run, code: &str, users: &[Id<UserMarker>], now_micros: i64) -> Result<()> {
    let sql = "INSERT INTO invite_targets (code, user_id, created_at) VALUES ($1, $2, $3) \
               ON CONFLICT (code, user_id) DO NOTHING";
    for user in users {
        run.execute(sql, values![code, user, now_micros]).await?;
    }
    if !users.is_empty() {
        run.execute("UPDATE invites SET targeted = 1 WHERE code = $1", values![code]).await?;
    }
    Ok(())
}

/// Takes some of those for whom an invite is away, or all of them: then it is for nobody.
pub async fn remove_targets(run: &mut dyn Run, code: &str, users: Option<&[Id<UserMarker>]>) -> Result<()> {
    let Some(users) = users else {
        run.execute("DELETE FROM invite_targets WHERE code = $1", values![code]).await?;
        return Ok(());
    };
    for user in users {
        run.execute("DELETE FROM invite_targets WHERE code = $1 AND user_id = $2", values![code, user]).await?;
    }
    Ok(())
}
