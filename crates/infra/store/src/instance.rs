//! Settings of the instance that change while it runs, secrets that it made, and the one-time setup token.

use guildhall_db::{Result, Run, values};

/// The stored text of a setting.
pub async fn get(run: &mut impl Run, name: &str) -> Result<Option<String>> {
    run.scalar("SELECT value FROM instance WHERE name = $1", values![name]).await
}

/// Writes a setting.
pub async fn set(run: &mut impl Run, name: &str, value: &str) -> Result<()> {
    run.execute(
        "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        values![name, value],
    )
    .await?;
    Ok(())
}

/// Writes a setting unless it is there; gives what is there afterwards.
pub async fn get_or_set(run: &mut impl Run, name: &str, value: &str) -> Result<String> {
    run.execute(
        "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        values![name, value],
    )
    .await?;
    Ok(get(run, name).await?.unwrap_or_default())
}

/// Forgets a setting; says whether it was there.
pub async fn remove(run: &mut impl Run, name: &str) -> Result<bool> {
    Ok(run.execute("DELETE FROM instance WHERE name = $1", values![name]).await? > 0)
}
