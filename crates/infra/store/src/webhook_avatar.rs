//! Pictures that webhooks named for single messages, by the address where they lie.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{Id, WebhookMarker};

use crate::select;

record! {
    /// A picture that was fetched, or could not be.
    #[derive(Clone, Debug)]
    pub struct WebhookAvatarRow {
        /// For which webhook.
        pub webhook_id: Id<WebhookMarker>,
        /// SHA-256 of its address.
        pub address: Vec<u8>,
        /// SHA-256 of what was there.
        pub content: Option<Vec<u8>>,
        /// Image hash under which it is kept; none where there was no picture.
        pub avatar: Option<String>,
        /// When, in microseconds.
        pub fetched_at: i64,
    }
}

/// Most addresses that are remembered for a webhook.
const MOST: u32 = 500;

/// What is known of an address.
pub async fn get(run: &mut dyn Run, webhook: Id<WebhookMarker>, address: &[u8]) -> Result<Option<WebhookAvatarRow>> {
    let rest = "WHERE webhook_id = $1 AND address = $2";
    run.maybe(&select::<WebhookAvatarRow>("webhook_avatars", rest), values![webhook, address]).await
}

/// Remembers it, and forgets the oldest beyond [`MOST`].
pub async fn set(run: &mut dyn Run, row: &WebhookAvatarRow) -> Result<()> {
    let sql = "INSERT INTO webhook_avatars (webhook_id, address, content, avatar, fetched_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (webhook_id, address) DO UPDATE SET \
               content = excluded.content, avatar = excluded.avatar, fetched_at = excluded.fetched_at";
    run.execute(sql, values![row.webhook_id, row.address, row.content, row.avatar, row.fetched_at]).await?;
    let sql = "DELETE FROM webhook_avatars WHERE webhook_id = $1 AND fetched_at < \
               (SELECT MIN(fetched_at) FROM (SELECT fetched_at FROM webhook_avatars WHERE webhook_id = $1 \
               ORDER BY fetched_at DESC LIMIT $2) AS newest)";
    run.execute(sql, values![row.webhook_id, MOST]).await?;
    Ok(())
}
