//! Webhooks: addresses with a secret, under which messages come into a channel.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, UserMarker, WebhookMarker};
use guildhall_wire::user::User;
use guildhall_wire::webhook::Webhook;

use crate::select;

record! {
    /// A webhook.
    #[derive(Clone, Debug)]
    pub struct WebhookRow {
        /// The webhook.
        pub id: Id<WebhookMarker>,
        /// 1 incoming, 2 follows a channel.
        pub kind: u8,
        /// Where.
        pub guild_id: Option<Id<GuildMarker>>,
        /// Where.
        pub channel_id: Option<Id<ChannelMarker>>,
        /// Who made it.
        pub user_id: Option<Id<UserMarker>>,
        /// Default name of its messages.
        pub name: Option<String>,
        /// Image hash.
        pub avatar: Option<String>,
        /// Secret to use it without an account, sealed: its makers are shown it again.
        pub token: Option<String>,
        /// Whose.
        pub application_id: Option<Id<ApplicationMarker>>,
        /// The channel that is followed.
        pub source_channel_id: Option<Id<ChannelMarker>>,
    }
}

impl WebhookRow {
    /// As clients see it, without its secret and its address.
    pub fn webhook(&self, user: Option<User>) -> Webhook {
        Webhook {
            id: self.id,
            kind: self.kind,
            guild_id: self.guild_id,
            channel_id: self.channel_id,
            user,
            name: self.name.clone(),
            avatar: self.avatar.clone(),
            url: None,
            token: None,
            application_id: self.application_id,
            source_guild: None,
            source_channel: None,
        }
    }

    /// As the author of its messages.
    pub fn author(&self) -> User {
        let mut user = User::new(self.id.cast(), self.name.as_deref().unwrap_or_default(), true);
        user.discriminator = "0000".into();
        user.avatar.clone_from(&self.avatar);
        user
    }
}

/// A webhook by its id.
pub async fn get(run: &mut dyn Run, id: Id<WebhookMarker>) -> Result<Option<WebhookRow>> {
    run.maybe(&select::<WebhookRow>("webhooks", "WHERE id = $1"), values![id]).await
}

/// The webhooks of a channel.
pub async fn of_channel(run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<Vec<WebhookRow>> {
    run.all(&select::<WebhookRow>("webhooks", "WHERE channel_id = $1 ORDER BY id"), values![channel]).await
}

/// The webhooks of a guild.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<WebhookRow>> {
    run.all(&select::<WebhookRow>("webhooks", "WHERE guild_id = $1 ORDER BY id"), values![guild]).await
}

/// The webhooks that follow a channel.
pub async fn followers(run: &mut dyn Run, source: Id<ChannelMarker>) -> Result<Vec<WebhookRow>> {
    let rest = "WHERE source_channel_id = $1 AND kind = 2 ORDER BY id";
    run.all(&select::<WebhookRow>("webhooks", rest), values![source]).await
}

/// The webhooks whose secret is not sealed: made before secrets were.
pub async fn unsealed(run: &mut dyn Run) -> Result<Vec<WebhookRow>> {
    run.all(&select::<WebhookRow>("webhooks", "WHERE length(token) = 68 ORDER BY id"), values![]).await
}

/// Adds a webhook.
pub async fn insert(run: &mut dyn Run, row: &WebhookRow) -> Result<()> {
    crate::insert(run, "webhooks", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &WebhookRow) -> Result<()> {
    crate::update(run, "webhooks", "id = $1", row).await
}

/// Removes a webhook; says whether it was there.
pub async fn delete(run: &mut dyn Run, id: Id<WebhookMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM webhooks WHERE id = $1", values![id]).await? > 0)
}
