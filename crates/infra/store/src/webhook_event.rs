//! What applications are told over HTTP, kept until they have heard it.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{ApplicationMarker, GenericMarker, Id};

use crate::select;

record! {
    /// Something to be told.
    #[derive(Clone, Debug)]
    pub struct WebhookEventRow {
        /// The telling.
        pub id: Id<GenericMarker>,
        /// To whom.
        pub application_id: Id<ApplicationMarker>,
        /// JSON, as it is sent.
        pub body: String,
        /// How often it was tried.
        pub attempts: i64,
        /// When to try next, in microseconds.
        pub due_at: i64,
    }
}

/// Adds something.
pub async fn insert(run: &mut dyn Run, row: &WebhookEventRow) -> Result<()> {
    crate::insert(run, "webhook_events", row).await
}

/// What is due, oldest first.
pub async fn due(run: &mut dyn Run, now_micros: i64, limit: u32) -> Result<Vec<WebhookEventRow>> {
    let rest = "WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2";
    run.all(&select::<WebhookEventRow>("webhook_events", rest), values![now_micros, limit]).await
}

/// Takes it for one try: nobody else tries before that time. Says whether nobody was faster.
pub async fn claim(run: &mut dyn Run, row: &WebhookEventRow, until_micros: i64) -> Result<bool> {
    let sql = "UPDATE webhook_events SET due_at = $3 WHERE id = $1 AND due_at = $2";
    Ok(run.execute(sql, values![row.id, row.due_at, until_micros]).await? > 0)
}

/// Notes another try, and when to try next.
pub async fn postpone(run: &mut dyn Run, id: Id<GenericMarker>, attempts: i64, due_at: i64) -> Result<()> {
    let sql = "UPDATE webhook_events SET attempts = $2, due_at = $3 WHERE id = $1";
    run.execute(sql, values![id, attempts, due_at]).await?;
    Ok(())
}

/// It was heard, or is given up.
pub async fn delete(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<()> {
    run.execute("DELETE FROM webhook_events WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Gives up all that an application has not heard.
pub async fn clear(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<()> {
    run.execute("DELETE FROM webhook_events WHERE application_id = $1", values![application]).await?;
    Ok(())
}

/// How many wait for an application.
pub async fn count(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM webhook_events WHERE application_id = $1";
    Ok(run.scalar(sql, values![application]).await?.unwrap_or(0))
}
