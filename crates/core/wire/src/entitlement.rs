//! What applications sell, who has it, and for how long.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::error::FormErrors;
use crate::id::{ApplicationMarker, EntitlementMarker, GenericMarker, GuildMarker, Id, SkuMarker, UserMarker};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

/// Bits of [`Sku::flags`].
pub mod flags {
    /// It can be had.
    pub const AVAILABLE: u32 = 1 << 2;
    /// A guild subscribes to it.
    pub const GUILD_SUBSCRIPTION: u32 = 1 << 7;
    /// A user subscribes to it.
    pub const USER_SUBSCRIPTION: u32 = 1 << 8;
}

/// Numbers of [`Sku::kind`].
pub mod kind {
    /// Had once and for good.
    pub const DURABLE: u8 = 2;
    /// Had until it is used up.
    pub const CONSUMABLE: u8 = 3;
    /// Had for as long as it is renewed.
    pub const SUBSCRIPTION: u8 = 5;
}

/// Something that an application sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sku {
    /// The thing.
    pub id: Id<SkuMarker>,
    /// See [`kind`].
    #[serde(rename = "type")]
    pub kind: u8,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
    /// Its name.
    pub name: String,
    /// The same for addresses.
    pub slug: String,
    /// See [`flags`].
    pub flags: u32,
}

/// Body of making something to sell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SkuBody {
    /// 1–80 characters.
    pub name: String,
    /// See [`kind`].
    #[serde(rename = "type")]
    pub kind: Option<Int<u8>>,
    /// Whether a guild subscribes to it, instead of a user.
    pub guild: Bool,
}

/// Body of changing it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SkuPatch {
    /// 1–80 characters.
    pub name: Patch<String>,
    /// Whether it can be had.
    pub available: Patch<Bool>,
}

impl SkuBody {
    /// Checks it; gives kind and flags.
    pub fn validate(&self) -> Result<(u8, u32), FormErrors> {
        let mut errors = FormErrors::new();
        errors.length("name", self.name.trim(), 1, 80);
        let number = self.kind.map_or(0, |kind| kind.0);
        if ![kind::DURABLE, kind::CONSUMABLE, kind::SUBSCRIPTION].contains(&number) {
            errors.choice("type", "(2, 3, 5)");
        }
        errors.finish()?;
        let owner = match (number == kind::SUBSCRIPTION, self.guild.0) {
            (false, _) => 0,
            (true, true) => flags::GUILD_SUBSCRIPTION,
            (true, false) => flags::USER_SUBSCRIPTION,
        };
        Ok((number, flags::AVAILABLE | owner))
    }
}

/// That somebody, or a guild, has something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// The entitlement.
    pub id: Id<EntitlementMarker>,
    /// To what.
    pub sku_id: Id<SkuMarker>,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
    /// Who has it, or who got it for the guild.
    pub user_id: Id<UserMarker>,
    /// Which guild has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Always 8: of an application.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Taken away.
    pub deleted: bool,
    /// Since when; none where it has always been.
    pub starts_at: Option<Timestamp>,
    /// Until when; none for good.
    pub ends_at: Option<Timestamp>,
    /// Used up.
    pub consumed: bool,
}

/// Body of giving something, without anybody paying.
#[derive(Clone, Debug, Deserialize)]
pub struct EntitlementBody {
    /// What.
    pub sku_id: Id<SkuMarker>,
    /// To whom.
    pub owner_id: Id<GenericMarker>,
    /// 1 to a guild, 2 to a user.
    pub owner_type: Int<u8>,
}

/// That something is had for as long as it is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The subscription.
    pub id: Id<GenericMarker>,
    /// Whose.
    pub user_id: Id<UserMarker>,
    /// To what.
    pub sku_ids: Vec<Id<SkuMarker>>,
    /// To what from the next period on; none where nothing changes.
    pub renewal_sku_ids: Option<Vec<Id<SkuMarker>>>,
    /// What comes of it.
    pub entitlement_ids: Vec<Id<EntitlementMarker>>,
    /// Since when.
    pub current_period_start: Timestamp,
    /// Until when.
    pub current_period_end: Timestamp,
    /// 0 active, 1 inactive, 2 ending.
    pub status: u8,
    /// When it was cancelled.
    pub canceled_at: Option<Timestamp>,
}

/// Body of a subscription that somebody paid for elsewhere.
#[derive(Clone, Debug, Deserialize)]
pub struct SubscriptionBody {
    /// To what.
    pub sku_id: Id<SkuMarker>,
    /// Who pays.
    pub user_id: Id<UserMarker>,
    /// For which guild.
    #[serde(default)]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Days of the first period, 1–366.
    pub days: Int<u16>,
}

/// Body of what becomes of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubscriptionPatch {
    /// Whether it ends with its period.
    pub cancelled: Patch<Bool>,
    /// Days that were paid for beyond its period, 1–366.
    pub days: Patch<Int<u16>>,
}

/// Checks a count of days.
pub fn check_days(days: u16) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    errors.range("days", days, 1, 366);
    errors.finish()
}
