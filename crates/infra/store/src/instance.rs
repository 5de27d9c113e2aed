//! Settings of the instance that change while it runs, and the hash of the one-time setup token.

use guildhall_db::{Records, Result, Run, values};

/// The stored text of a setting.
pub async fn get(run: &mut dyn Run, name: &str) -> Result<Option<String>> {
    run.scalar("SELECT value FROM instance WHERE name = $1", values![name]).await
}

/// Writes a setting.
pub async fn set(run: &mut dyn Run, name: &str, value: &str) -> Result<()> {
    run.execute(
        "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        values![name, value],
    )
    .await?;
    Ok(())
}

/// Writes a setting that nobody wrote yet.
pub async fn set_once(run: &mut dyn Run, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    run.execute(sql, values![name, value]).await?;
    Ok(())
}

/// Forgets a setting; says whether it was there.
pub async fn remove(run: &mut dyn Run, name: &str) -> Result<bool> {
    Ok(run.execute("DELETE FROM instance WHERE name = $1", values![name]).await? > 0)
}
