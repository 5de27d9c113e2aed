//! Interactions while they can be answered.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{
    ApplicationMarker, ChannelMarker, GuildMarker, Id, InteractionMarker, MessageMarker, UserMarker,
};
use serde_json::Value;

use crate::select;

record! {
    /// An interaction.
    #[derive(Clone, Debug)]
    pub struct InteractionRow {
        /// The interaction.
        pub id: Id<InteractionMarker>,
        /// Whom it is for.
        pub application_id: Id<ApplicationMarker>,
        /// Hash of the right to answer.
        pub token_hash: Vec<u8>,
        /// Number of an [`guildhall_wire::interaction::InteractionKind`].
        pub kind: u8,
        /// Where.
        pub channel_id: Id<ChannelMarker>,
        /// Where.
        pub guild_id: Option<Id<GuildMarker>>,
        /// Who.
        pub user_id: Id<UserMarker>,
        /// What holds the component.
        pub message_id: Option<Id<MessageMarker>>,
        /// 0, or how it was answered.
        pub answered: u8,
        /// The first answer.
        pub response_id: Option<Id<MessageMarker>>,
        /// As the client chose it.
        pub nonce: Option<String>,
        /// Name of the command, with subcommands.
        pub name: String,
        /// What the messages that answer it say of it.
        pub metadata: Json<Value>,
        /// Kind of the option that is typed into.
        pub focused: Option<u8>,
        /// The modal that it was answered with.
        pub modal: Option<Json<Value>>,
        /// Microseconds.
        pub expires_at: i64,
    }
}

/// An interaction by its id.
pub async fn get(run: &mut dyn Run, id: Id<InteractionMarker>) -> Result<Option<InteractionRow>> {
    run.maybe(&select::<InteractionRow>("interactions", "WHERE id = $1"), values![id]).await
}

/// An application's interaction by the hash of its token.
pub async fn by_token(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    token_hash: &[u8],
) -> Result<Option<InteractionRow>> {
    let rest = "WHERE token_hash = $1 AND application_id = $2";
    run.maybe(&select::<InteractionRow>("interactions", rest), values![token_hash, application]).await
}

/// Adds an interaction.
pub async fn insert(run: &mut dyn Run, row: &InteractionRow) -> Result<()> {
    crate::insert(run, "interactions", row).await
}

/// Notes the first answer; says whether it was the first.
pub async fn answer(run: &mut dyn Run, row: &InteractionRow) -> Result<bool> {
    let sql = "UPDATE interactions SET answered = $2, response_id = $3, modal = $4 WHERE id = $1 AND answered = 0";
    Ok(run.execute(sql, values![row.id, row.answered, row.response_id, row.modal]).await? > 0)
}

/// Forgets interactions that can no longer be answered.
pub async fn sweep(run: &mut dyn Run, now_micros: i64) -> Result<()> {
    run.execute("DELETE FROM interactions WHERE expires_at < $1", values![now_micros]).await?;
    Ok(())
}
