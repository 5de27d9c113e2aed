//! Codes: those of an app, which change with the time, and backup codes, which work once.

use guildhall_store::user::UserRow;
use totp_rs::{Builder, Secret, Totp};

use crate::App;
use crate::prelude::*;

/// How many backup codes there are at a time.
pub(super) const BACKUP_CODES: usize = 10;

/// Without letters that look like others.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

fn about(user: Id<UserMarker>) -> String {
    format!("totp {user}")
}

/// Six digits every thirty seconds, as all apps have them; the code before and the one after are right too.
pub(super) fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp> {
    let issuer = issuer.replace(':', " ");
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(account)
        .with_issuer(Some(issuer))
        .build()
        .map_err(|error| Error::Internal(format!("failed to make a second factor: {error}")))
}

/// The bytes of a secret in base 32, spaces and case aside.
pub(super) fn read_secret(text: &str) -> Result<Vec<u8>> {
    let text: String = text.chars().filter(char::is_ascii_alphanumeric).take(200).collect();
    let secret = Secret::try_from_base32(text.to_ascii_uppercase()).ok().map(|secret| secret.as_bytes().to_vec());
    secret
        .filter(|secret| (16..=64).contains(&secret.len()))
        .ok_or_else(|| Error::form("secret", "TOTP_SECRET_INVALID", "Must be 16 to 64 bytes in base 32."))
}

/// The time-step of which this is the code, if it is one of now.
pub(super) fn check(secret: &[u8], code: &str, now_micros: i64) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(|character| !character.is_whitespace()).take(7).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now_micros / 1_000_000).unwrap_or_default();
    let step = totp(secret, "", "")?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The same with an account's own secret.
pub(super) fn step(app: &App, row: &UserRow, code: &str) -> Result<Option<i64>> {
    let Some(sealed) = &row.totp_secret else { return Ok(None) };
    let secret = app.config().key.open(&about(row.id), sealed)?;
    check(&secret, code, app.clock().micros())
}

/// A secret as it is kept.
pub(super) fn seal(app: &App, user: Id<UserMarker>, secret: &[u8]) -> Result<String> {
    app.config().key.seal(app.random(), &about(user), secret)
}

/// A new backup code.
pub(super) fn backup(app: &App) -> String {
    let letter = |byte: &u8| char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0'));
    let text: String = app.random::<10>().iter().map(letter).collect();
    let (left, right) = text.split_at(5);
    format!("{left}-{right}")
}

/// What is kept of a backup code, however it was typed.
pub(super) fn backup_hash(app: &App, user: Id<UserMarker>, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    app.config().key.digest(&format!("backup code {user}"), &plain.to_ascii_lowercase())
}
