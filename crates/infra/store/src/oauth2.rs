//! What people let third parties do: authorizations, codes and bearer tokens. Of secrets there are hashes only.

use std::sync::LazyLock;

use guildhall_db::{Record, Records, Result, Run, record, values};
use guildhall_wire::id::{ApplicationMarker, GenericMarker, GuildMarker, Id, UserMarker, WebhookMarker};

use crate::select;
use crate::user::UserRow;

record! {
    /// What somebody lets an application do.
    #[derive(Clone, Debug)]
    pub struct AuthorizationRow {
        /// The authorization.
        pub id: Id<GenericMarker>,
        /// Who may.
        pub application_id: Id<ApplicationMarker>,
        /// Who lets it.
        pub user_id: Id<UserMarker>,
        /// With spaces between them.
        pub scopes: String,
        /// Whether its commands are wherever the person is.
        pub installed: bool,
    }
}

record! {
    /// A code that waits to be exchanged, or was.
    #[derive(Clone, Debug)]
    pub struct CodeRow {
        /// The code.
        pub id: Id<GenericMarker>,
        /// Of what.
        pub authorization_id: Id<GenericMarker>,
        /// SHA-256 of it.
        pub code_hash: Vec<u8>,
        /// With spaces between them.
        pub scopes: String,
        /// Where it was sent.
        pub redirect_uri: Option<String>,
        /// RFC 7636, S256.
        pub challenge: Option<String>,
        /// For the ID token.
        pub nonce: Option<String>,
        /// Where a bot was added on the way.
        pub guild_id: Option<Id<GuildMarker>>,
        /// The webhook that was made on the way.
        pub webhook_id: Option<Id<WebhookMarker>>,
        /// Microseconds.
        pub expires_at: i64,
        /// The token that it was exchanged for.
        pub token_id: Option<Id<GenericMarker>>,
    }
}

record! {
    /// A bearer token.
    #[derive(Clone, Debug)]
    pub struct TokenRow {
        /// The token.
        pub id: Id<GenericMarker>,
        /// Of what; none of those that an application got for itself.
        pub authorization_id: Option<Id<GenericMarker>>,
        /// Who may use it.
        pub application_id: Id<ApplicationMarker>,
        /// For whom it stands.
        pub user_id: Id<UserMarker>,
        /// With spaces between them.
        pub scopes: String,
        /// SHA-256 of it.
        pub token_hash: Vec<u8>,
        /// SHA-256 of what gives another one.
        pub refresh_hash: Option<Vec<u8>>,
        /// Microseconds.
        pub expires_at: i64,
    }
}

/// An authorization by its id.
pub async fn get(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<Option<AuthorizationRow>> {
    run.maybe(&select::<AuthorizationRow>("authorizations", "WHERE id = $1"), values![id]).await
}

/// What somebody lets an application do.
pub async fn of_pair(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    user: Id<UserMarker>,
) -> Result<Option<AuthorizationRow>> {
    let rest = "WHERE application_id = $1 AND user_id = $2";
    run.maybe(&select::<AuthorizationRow>("authorizations", rest), values![application, user]).await
}

/// All that somebody lets others do, oldest first.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<AuthorizationRow>> {
    run.all(&select::<AuthorizationRow>("authorizations", "WHERE user_id = $1 ORDER BY id"), values![user]).await
}

/// How many people let an application do something, and for how many it is installed.
pub async fn counts(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<(i64, i64)> {
    let all = "SELECT COUNT(*) FROM authorizations WHERE application_id = $1";
    let installed = "SELECT COUNT(*) FROM authorizations WHERE application_id = $1 AND installed = 1";
    let all: Option<i64> = run.scalar(all, values![application]).await?;
    let installed: Option<i64> = run.scalar(installed, values![application]).await?;
    Ok((all.unwrap_or(0), installed.unwrap_or(0)))
}

/// Writes an authorization: what was let before stays.
pub async fn insert(run: &mut dyn Run, row: &AuthorizationRow) -> Result<()> {
    crate::insert(run, "authorizations", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &AuthorizationRow) -> Result<()> {
    crate::update(run, "authorizations", "id = $1", row).await
}

/// Takes an authorization back, with its codes and tokens; says whether it was there.
pub async fn delete(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM authorizations WHERE id = $1", values![id]).await? > 0)
}

/// Adds a code.
pub async fn insert_code(run: &mut dyn Run, row: &CodeRow) -> Result<()> {
    crate::insert(run, "authorization_codes", row).await
}

/// The code that was shown.
pub async fn by_code(run: &mut dyn Run, code_hash: &[u8]) -> Result<Option<CodeRow>> {
    run.maybe(&select::<CodeRow>("authorization_codes", "WHERE code_hash = $1"), values![code_hash]).await
}

/// Uses a code up; says whether nobody was faster.
pub async fn use_code(run: &mut dyn Run, id: Id<GenericMarker>, token: Id<GenericMarker>) -> Result<bool> {
    let sql = "UPDATE authorization_codes SET token_id = $2 WHERE id = $1 AND token_id IS NULL";
    Ok(run.execute(sql, values![id, token]).await? > 0)
}

/// Adds a token.
pub async fn insert_token(run: &mut dyn Run, row: &TokenRow) -> Result<()> {
    crate::insert(run, "bearer_tokens", row).await
}

/// The token that was shown, with whom it stands for.
pub async fn by_token(run: &mut dyn Run, token_hash: &[u8]) -> Result<Option<(TokenRow, UserRow)>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let of = |table: &str, columns: &str| {
            columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        };
        let (token, user) = (of("t", TokenRow::COLUMNS), of("u", UserRow::COLUMNS));
        format!(
            "SELECT {token}, {user} FROM bearer_tokens t JOIN users u ON u.id = t.user_id \
             WHERE t.token_hash = $1 AND u.deleted_at IS NULL"
        )
    });
    let Some(row) = run.query(&SQL, values![token_hash]).await?.into_iter().next() else { return Ok(None) };
    let (token, user) = row.cut(TokenRow::COLUMNS.split(", ").count());
    Ok(Some((TokenRow::from_row(token)?, UserRow::from_row(user)?)))
}

/// The token that either secret belongs to.
pub async fn by_either(run: &mut dyn Run, hash: &[u8]) -> Result<Option<TokenRow>> {
    let rest = "WHERE token_hash = $1 OR refresh_hash = $1";
    run.maybe(&select::<TokenRow>("bearer_tokens", rest), values![hash]).await
}

/// Gives a token other secrets and another end, if nobody was faster; says whether it did.
pub async fn rotate(run: &mut dyn Run, row: &TokenRow, refresh_hash: &[u8]) -> Result<bool> {
    let sql = "UPDATE bearer_tokens SET token_hash = $2, refresh_hash = $3, scopes = $4, expires_at = $5 \
               WHERE id = $1 AND refresh_hash = $6";
    let values = values![row.id, row.token_hash, row.refresh_hash, row.scopes, row.expires_at, refresh_hash];
    Ok(run.execute(sql, values).await? > 0)
}

/// Removes one token.
pub async fn delete_token(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<()> {
    run.execute("DELETE FROM bearer_tokens WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Forgets codes that are over and tokens that ended and cannot be had again.
pub async fn sweep(run: &mut dyn Run, now_micros: i64) -> Result<()> {
    run.execute("DELETE FROM authorization_codes WHERE expires_at < $1", values![now_micros]).await?;
    let sql = "DELETE FROM bearer_tokens WHERE expires_at < $1 AND refresh_hash IS NULL";
    run.execute(sql, values![now_micros]).await?;
    Ok(())
}
