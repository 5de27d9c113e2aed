//! Guilds.

use guildhall_db::{Json, Records, Result, Run, Value, record, values};
use guildhall_wire::discovery::DISCOVERABLE;
use guildhall_wire::emoji::Emoji;
use guildhall_wire::guild::{Guild, Incidents};
use guildhall_wire::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::role::Role;

use crate::{Derived, select};

record! {
    /// A guild; fields are those of [`Guild`], of its discovery, and whether staff took it off the public list.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct GuildRow {
        pub id: Id<GuildMarker>,
        pub owner_id: Id<UserMarker>,
        pub application_id: Option<Id<ApplicationMarker>>,
        pub name: String,
        pub description: Option<String>,
        pub icon: Option<String>,
        pub splash: Option<String>,
        pub discovery_splash: Option<String>,
        pub banner: Option<String>,
        pub features: Json<Vec<String>>,
        pub afk_channel_id: Option<Id<ChannelMarker>>,
        pub afk_timeout: u32,
        pub system_channel_id: Option<Id<ChannelMarker>>,
        pub system_channel_flags: u32,
        pub widget_enabled: bool,
        pub widget_channel_id: Option<Id<ChannelMarker>>,
        pub verification_level: u8,
        pub default_message_notifications: u8,
        pub mfa_level: u8,
        pub explicit_content_filter: u8,
        pub vanity_url_code: Option<String>,
        pub preferred_locale: String,
        pub rules_channel_id: Option<Id<ChannelMarker>>,
        pub safety_alerts_channel_id: Option<Id<ChannelMarker>>,
        pub public_updates_channel_id: Option<Id<ChannelMarker>>,
        pub nsfw_level: u8,
        pub incidents: Option<Json<Incidents>>,
        pub keywords: Json<Vec<String>>,
        pub discovery_disabled: bool,
    }
}

impl GuildRow {
    /// A guild with nothing but a name.
    pub fn new(id: Id<GuildMarker>, owner_id: Id<UserMarker>, name: &str) -> Self {
        Self {
            id,
            owner_id,
            application_id: None,
            name: name.to_owned(),
            description: None,
            icon: None,
            splash: None,
            discovery_splash: None,
            banner: None,
            features: Json(Vec::new()),
            afk_channel_id: None,
            afk_timeout: 300,
            system_channel_id: None,
            system_channel_flags: 0,
            widget_enabled: false,
            widget_channel_id: None,
            verification_level: 0,
            default_message_notifications: 0,
            mfa_level: 0,
            explicit_content_filter: 0,
            vanity_url_code: None,
            preferred_locale: "en-US".into(),
            rules_channel_id: None,
            safety_alerts_channel_id: None,
            public_updates_channel_id: None,
            nsfw_level: 0,
            incidents: None,
            keywords: Json(Vec::new()),
            discovery_disabled: false,
        }
    }

    /// Whether it has one of Discord's features.
    pub fn has(&self, feature: &str) -> bool {
        self.features.0.iter().any(|known| known == feature)
    }

    /// What the index of public guilds has of it.
    fn discoverable(&self) -> Derived {
        ("discoverable", Value::Int(self.has(DISCOVERABLE).into()))
    }

    /// As clients see it.
    pub fn guild(&self, roles: Vec<Role>, emojis: Vec<Emoji>) -> Guild {
        Guild {
            id: self.id,
            name: self.name.clone(),
            icon: self.icon.clone(),
            description: self.description.clone(),
            home_header: None,
            splash: self.splash.clone(),
            discovery_splash: self.discovery_splash.clone(),
            banner: self.banner.clone(),
            features: self.features.0.clone(),
            owner_id: self.owner_id,
            application_id: self.application_id,
            region: "guildhall".into(),
            afk_channel_id: self.afk_channel_id,
            afk_timeout: self.afk_timeout,
            system_channel_id: self.system_channel_id,
            system_channel_flags: self.system_channel_flags,
            widget_enabled: self.widget_enabled,
            widget_channel_id: self.widget_channel_id,
            verification_level: self.verification_level,
            roles,
            default_message_notifications: self.default_message_notifications,
            mfa_level: self.mfa_level,
            explicit_content_filter: self.explicit_content_filter,
            max_presences: None,
            max_members: 500_000,
            max_stage_video_channel_users: 50,
            max_video_channel_users: 25,
            vanity_url_code: self.vanity_url_code.clone(),
            premium_tier: 0,
            premium_subscription_count: 0,
            preferred_locale: self.preferred_locale.clone(),
            rules_channel_id: self.rules_channel_id,
            safety_alerts_channel_id: self.safety_alerts_channel_id,
            public_updates_channel_id: self.public_updates_channel_id,
            premium_progress_bar_enabled: false,
            nsfw: self.nsfw_level == 1 || self.nsfw_level == 3,
            nsfw_level: self.nsfw_level,
            emojis,
            stickers: Vec::new(),
            incidents_data: self.incidents.as_ref().map(|incidents| incidents.0.clone()),
            approximate_member_count: None,
            approximate_presence_count: None,
        }
    }
}

/// Every guild: for building the directory.
pub async fn all(run: &mut dyn Run) -> Result<Vec<GuildRow>> {
    run.all(&select::<GuildRow>("guilds", "ORDER BY id"), vec![]).await
}

/// A pattern for names that hold a text, in any case.
fn holding(text: &str) -> String {
    format!("%{}", crate::like_prefix(text))
}

/// Guilds with ids above one whose name holds a text.
pub async fn search(run: &mut dyn Run, text: &str, after: u64, limit: u32) -> Result<Vec<GuildRow>> {
    let rest = "WHERE id > $1 AND fold(name) LIKE $2 ESCAPE '\\' ORDER BY id LIMIT $3";
    run.all(&select::<GuildRow>("guilds", rest), values![after, holding(text), limit]).await
}

/// How many [`search`] finds on all pages.
pub async fn count_found(run: &mut dyn Run, text: &str) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM guilds WHERE fold(name) LIKE $1 ESCAPE '\\'";
    Ok(run.scalar::<i64>(sql, values![holding(text)]).await?.unwrap_or(0).unsigned_abs())
}

/// The guild with that id.
pub async fn get(run: &mut dyn Run, id: Id<GuildMarker>) -> Result<Option<GuildRow>> {
    run.maybe(&select::<GuildRow>("guilds", "WHERE id = $1"), values![id]).await
}

/// Holds a guild until the transaction ends: what counts rows of it and then adds one, does that alone.
pub async fn lock(run: &mut dyn Run, id: Id<GuildMarker>) -> Result<()> {
    run.execute("UPDATE guilds SET id = id WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Adds a guild.
pub async fn insert(run: &mut dyn Run, row: &GuildRow) -> Result<()> {
    crate::insert_with(run, "guilds", row, Some(row.discoverable())).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &GuildRow) -> Result<()> {
    crate::update_with(run, "guilds", "id = $1", row, Some(row.discoverable())).await
}

/// Removes a guild with everything in it.
pub async fn delete(run: &mut dyn Run, id: Id<GuildMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM guilds WHERE id = $1", values![id]).await? > 0)
}
