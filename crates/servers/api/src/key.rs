//! The instance's key and its database: which key a database was used with, so that another one is noticed before it is used.

use guildhall_db::{Db, Result};
use guildhall_store as store;

use crate::kernel::seal::Key;

/// What the key is recognised by. It says nothing of the key.
const CHECK: &str = "key_check";

fn check(key: &Key) -> String {
    key.derive("recognised by").iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether there may be something in the database that was sealed with a key: then a new one would not do.
pub async fn needs_its_key(db: &Db) -> Result<bool> {
    let noted = store::instance::get(&mut &*db, CHECK).await?.is_some();
    Ok(noted || store::stats::newest(&mut &*db).await?.is_some())
}

/// Whether it is the key that the database was used with, where that is known.
pub async fn is_its_key(db: &Db, key: &Key) -> Result<Option<bool>> {
    Ok(store::instance::get(&mut &*db, CHECK).await?.map(|noted| noted == check(key)))
}

/// Whether it is the key that the database was used with; the first one is noted. Of two programs that start at once the
/// first one's counts.
pub async fn note_key(db: &Db, key: &Key) -> Result<bool> {
    if let Some(known) = is_its_key(db, key).await? {
        return Ok(known);
    }
    let mut tx = db.begin().await?;
    store::instance::set_once(&mut tx, CHECK, &check(key)).await?;
    tx.commit().await?;
    Ok(is_its_key(db, key).await? == Some(true))
}

/// Goes on with another key. What the one before sealed cannot be read any more; the key of ID tokens is made anew.
pub async fn accept_key(db: &Db, key: &Key) -> Result<()> {
    let mut tx = db.begin().await?;
    store::instance::set(&mut tx, CHECK, &check(key)).await?;
    store::instance::remove(&mut tx, crate::oauth2::openid::NAME).await?;
    tx.commit().await
}
