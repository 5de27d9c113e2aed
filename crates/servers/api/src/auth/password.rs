//! Passwords: hashed, checked with patience that ends, changed, and given anew by a link of the staff.

use std::num::NonZero;
use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use guildhall_bus::CloseReason;
use guildhall_store as store;
use guildhall_store::user::UserRow;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::App;
use crate::mfa::ticket::Ticket;
use crate::prelude::*;

/// How long a link for a new password is good.
const LINK_MINUTES: i64 = 24 * 60;

/// argon2id with OWASP's parameters: 19 MiB, two passes.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Who waits for a password to be hashed; beyond it one is told to come again.
const WAITING: usize = 256;

/// Hashes passwords, as many at once as there are processors: each takes its memory, and all of one.
#[derive(Debug)]
pub(crate) struct Hashers {
    places: Semaphore,
    turns: Arc<Semaphore>,
}

impl Default for Hashers {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { places: Semaphore::new(WAITING), turns: Arc::new(Semaphore::new(processors)) }
    }
}

impl Hashers {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.places.try_acquire().map_err(|_| Code::Unavailable)?;
        let failed = |cause: String| Error::Internal(format!("failed to look at a password: {cause}"));
        let turn = self.turns.clone().acquire_owned().await.map_err(|error| failed(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            // It goes on when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| failed(error.to_string()))
    }
}

/// Hashes a password on a thread that may take its time.
pub(crate) async fn hash_password(app: &App, password: String) -> Result<String> {
    let salt: [u8; 16] = app.random();
    let work = move || -> Result<String, String> {
        let salt = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
        hasher()
            .hash_password(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| error.to_string())
    };
    let hashed = app.hashers().run(work).await?;
    hashed.map_err(|error| Error::Internal(format!("failed to hash a password: {error}")))
}

/// Complains about a password that is too short or too long.
pub(crate) fn check_length(field: &str, password: &str, errors: &mut FormErrors) {
    if !(8..=72).contains(&password.len()) {
        errors.at(field).push("BASE_TYPE_BAD_LENGTH", "Must be between 8 and 72 in length.");
    }
}

/// Whether a password is the account's. Takes as long for accounts that do not exist, and bears only so many wrong ones
/// (`name` is what was typed, for those).
pub(super) async fn check(cx: &Cx, row: Option<&UserRow>, name: &str, password: String) -> Result<bool> {
    // A hash of nothing anybody knows.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$Z3VpbGRoYWxsLW5vYm9keQ$3yb3wgJ1v1o0xrS3XcLqzSPSbXwVpEtHkFfGQv3nVKo";
    let account = row.map_or_else(|| name.to_lowercase(), |row| row.id.to_string());
    let patience = cx.app.rates().patience(&cx.app, &account, &cx.address);
    if let Err(limited) = patience.here() {
        return Err(Error::RateLimited(limited));
    }
    if let Err(limited) = patience.elsewhere() {
        // Others who guess must not shut the owner out of where they are at home.
        let known = match row {
            Some(row) => store::session::of_user(&mut cx.db(), row.id).await?,
            None => Vec::new(),
        };
        if !known.iter().any(|session| session.address == cx.address) {
            return Err(Error::RateLimited(limited));
        }
    }
    let hash = row.and_then(|row| row.password_hash.clone()).unwrap_or_else(|| NOBODY.to_owned());
    let work = move || {
        password.len() <= 72
            && PasswordHash::new(&hash).is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
    };
    let right = match cx.app.hashers().run(work).await {
        Ok(right) => right,
        Err(error) => {
            // It was not looked at: that was no try.
            patience.restore();
            return Err(error);
        }
    };
    if right {
        patience.restore();
        return Ok(true);
    }
    let tries = patience.tries();
    if !tries.is_empty() {
        let mut work = cx.begin().await?;
        for row in &tries {
            store::password_try::set(&mut work, row).await?;
        }
        work.commit().await?;
    }
    Ok(false)
}

/// Refuses whoever does not know the password of the account that asks.
pub(crate) async fn require_password(cx: &Cx, password: String) -> Result<()> {
    let row = cx.account()?.row.clone();
    if check(cx, Some(&row), "", password).await? {
        Ok(())
    } else {
        Err(Error::form("password", "PASSWORD_DOES_NOT_MATCH", "Password does not match."))
    }
}

/// Gives an account another password: its logins end, and so does what waits for a second step.
async fn replace(work: &mut Work, row: &mut UserRow, hash: String) -> Result<()> {
    row.password_hash = Some(hash);
    store::user::update(work, row).await?;
    store::session::delete_others(work, row.id, None).await?;
    store::ticket::forget(work, row.id).await?;
    Ok(())
}

/// Sets a password, by somebody at the command line.
pub async fn set_password(app: &App, id: Id<UserMarker>, password: String) -> Result<()> {
    let mut errors = FormErrors::new();
    check_length("password", &password, &mut errors);
    errors.finish()?;
    let hash = hash_password(app, password).await?;
    let mut work = app.begin().await?.at(id);
    let mut row = person(&mut work, id).await?;
    replace(&mut work, &mut row, hash).await?;
    let about = json!({ "username": row.username });
    work.note(crate::admin::deed(app, None, "user.password", id, about)).await?;
    work.commit().await?;
    app.bus().close(id, None, CloseReason::AuthenticationFailed);
    Ok(())
}

async fn person(work: &mut Work, id: Id<UserMarker>) -> Result<UserRow> {
    let row = store::user::get_for_update(work, id).await?.filter(|row| row.deleted_at.is_none());
    row.filter(|row| !row.bot).ok_or(Error::Code(Code::UnknownUser))
}

/// An address under which somebody who forgot their password sets another, once and within a day; by somebody at the
/// command line.
pub async fn password_link(app: &App, id: Id<UserMarker>) -> Result<(String, Timestamp)> {
    let mut work = app.begin().await?.at(id);
    let row = person(&mut work, id).await?;
    let link = password_link_by(app, &mut work, None, &row).await?;
    work.commit().await?;
    Ok(link)
}

/// The same by one of the staff. Until it is used the old password stays, and an older link ends.
pub(crate) async fn password_link_by(
    app: &App,
    work: &mut Work,
    by: Option<&UserRow>,
    row: &UserRow,
) -> Result<(String, Timestamp)> {
    let link = link(app, work, row).await?;
    work.note(crate::admin::deed(app, by, "user.password_link", row.id, json!({ "username": row.username }))).await?;
    Ok(link)
}

/// The link alone: what it is made for is written down by who makes it.
pub(crate) async fn link(app: &App, work: &mut Work, row: &UserRow) -> Result<(String, Timestamp)> {
    store::ticket::forget(work, row.id).await?;
    let ticket = Ticket::Password.insert(app, work, Some(row.id), String::new(), LINK_MINUTES).await?;
    let until = store::timestamp(app.clock().micros() + LINK_MINUTES * 60_000_000);
    // Behind the `#` it stands in no log.
    Ok((format!("{}/reset#{ticket}", app.config().public_url), until))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reset {
    token: String,
    password: String,
}

/// Sets another password by a link, and logs in with it.
pub(super) async fn reset_password(cx: Cx, Json(body): Json<Reset>) -> Result<Json<Value>> {
    let mut errors = FormErrors::new();
    check_length("password", &body.password, &mut errors);
    errors.finish()?;
    let over = || Error::form("token", "TOKEN_INVALID", "This link is used up, too old or wrong.");
    let ticket = Ticket::Password.attempt(&cx, &body.token).await.map_err(|_| over())?;
    let hash = hash_password(&cx.app, body.password).await?;
    let user = ticket.user_id.ok_or_else(over)?;
    let mut work = cx.begin().await?.at(user);
    Ticket::Password.take(&mut work, &body.token).await.map_err(|_| over())?;
    let mut row = person(&mut work, user).await?;
    replace(&mut work, &mut row, hash).await?;
    work.commit().await?;
    cx.app.bus().close(user, None, CloseReason::AuthenticationFailed);
    super::admit(&cx, &row).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn so_many_hash_at_once_and_so_many_wait() {
        let hashers = Hashers { places: Semaphore::new(5), turns: Arc::new(Semaphore::new(2)) };
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let one = || {
            let (now, most) = (now.clone(), most.clone());
            hashers.run(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
            })
        };
        let all = futures_util::future::join_all((0..7).map(|_| one())).await;
        assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 5);
        assert!(matches!(all.last(), Some(Err(Error::Code(Code::Unavailable)))));
        assert_eq!((most.load(Ordering::SeqCst), now.load(Ordering::SeqCst)), (2, 0));
        assert!(one().await.is_ok());
    }
}
