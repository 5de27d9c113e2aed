//! What applications sell, who has it, and for how long.

use guildhall_db::{Records, Result, Run, Value, record, values};
use guildhall_wire::entitlement::{Entitlement, Sku, Subscription};
use guildhall_wire::id::{ApplicationMarker, EntitlementMarker, GenericMarker, GuildMarker, Id, SkuMarker, UserMarker};

use crate::{select, timestamp};

record! {
    /// Something that an application sells; fields are those of [`Sku`].
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct SkuRow {
        pub id: Id<SkuMarker>,
        pub application_id: Id<ApplicationMarker>,
        pub kind: u8,
        pub name: String,
        pub flags: u32,
    }
}

impl SkuRow {
    /// As clients see it.
    pub fn sku(&self) -> Sku {
        let mut slug = String::with_capacity(self.name.len());
        for character in self.name.to_lowercase().chars() {
            match character {
                letter if letter.is_alphanumeric() => slug.push(letter),
                _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
                _ => {}
            }
        }
        Sku {
            id: self.id,
            kind: self.kind,
            application_id: self.application_id,
            name: self.name.clone(),
            slug: slug.trim_end_matches('-').to_owned(),
            flags: self.flags,
        }
    }
}

record! {
    /// That somebody, or a guild, has something; fields are those of [`Entitlement`], times in microseconds.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct EntitlementRow {
        pub id: Id<EntitlementMarker>,
        pub sku_id: Id<SkuMarker>,
        pub application_id: Id<ApplicationMarker>,
        pub user_id: Id<UserMarker>,
        pub guild_id: Option<Id<GuildMarker>>,
        pub kind: u8,
        pub deleted: bool,
        pub consumed: bool,
        pub starts_at: Option<i64>,
        pub ends_at: Option<i64>,
    }
}

impl EntitlementRow {
    /// As clients see it.
    pub fn entitlement(&self) -> Entitlement {
        Entitlement {
            id: self.id,
            sku_id: self.sku_id,
            application_id: self.application_id,
            user_id: self.user_id,
            guild_id: self.guild_id,
            kind: self.kind,
            deleted: self.deleted,
            starts_at: self.starts_at.map(timestamp),
            ends_at: self.ends_at.map(timestamp),
            consumed: self.consumed,
        }
    }
}

record! {
    /// That something is had for as long as it is renewed; times in microseconds.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct SubscriptionRow {
        pub id: Id<GenericMarker>,
        pub application_id: Id<ApplicationMarker>,
        pub sku_id: Id<SkuMarker>,
        pub user_id: Id<UserMarker>,
        pub entitlement_id: Id<EntitlementMarker>,
        pub starts_at: i64,
        pub ends_at: i64,
        pub status: u8,
        pub canceled_at: Option<i64>,
    }
}

impl SubscriptionRow {
    /// As clients see it.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            id: self.id,
            user_id: self.user_id,
            sku_ids: vec![self.sku_id],
            renewal_sku_ids: None,
            entitlement_ids: vec![self.entitlement_id],
            current_period_start: timestamp(self.starts_at),
            current_period_end: timestamp(self.ends_at),
            status: self.status,
            canceled_at: self.canceled_at.map(timestamp),
        }
    }
}

/// Something to sell.
pub async fn sku(run: &mut dyn Run, id: Id<SkuMarker>) -> Result<Option<SkuRow>> {
    run.maybe(&select::<SkuRow>("skus", "WHERE id = $1"), values![id]).await
}

/// All that an application sells.
pub async fn skus(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<Vec<SkuRow>> {
    run.all(&select::<SkuRow>("skus", "WHERE application_id = $1 ORDER BY id"), values![application]).await
}

/// Adds something to sell.
pub async fn insert_sku(run: &mut dyn Run, row: &SkuRow) -> Result<()> {
    crate::insert(run, "skus", row).await
}

/// Writes the whole row.
pub async fn update_sku(run: &mut dyn Run, row: &SkuRow) -> Result<()> {
    crate::update(run, "skus", "id = $1", row).await
}

/// An entitlement of an application.
pub async fn get(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    id: Id<EntitlementMarker>,
) -> Result<Option<EntitlementRow>> {
    let rest = "WHERE id = $1 AND application_id = $2";
    run.maybe(&select::<EntitlementRow>("entitlements", rest), values![id, application]).await
}

/// Adds an entitlement.
pub async fn insert(run: &mut dyn Run, row: &EntitlementRow) -> Result<()> {
    crate::insert(run, "entitlements", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &EntitlementRow) -> Result<()> {
    crate::update(run, "entitlements", "id = $1", row).await
}

/// Which entitlements of an application are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Somebody's own, without those of guilds.
    pub own_of: Option<Id<UserMarker>>,
    /// Somebody's, and those that they got for guilds.
    pub user_id: Option<Id<UserMarker>>,
    /// A guild's.
    pub guild_id: Option<Id<GuildMarker>>,
    /// To one of these; to any where there are none.
    pub sku_ids: Vec<Id<SkuMarker>>,
    /// Before this one, newest first.
    pub before: Option<Id<EntitlementMarker>>,
    /// After this one, oldest first.
    pub after: Option<Id<EntitlementMarker>>,
    /// Not those that were taken away.
    pub exclude_deleted: bool,
    /// Not those that are used up.
    pub exclude_consumed: bool,
    /// Not those whose time is over then, in microseconds.
    pub exclude_ended: Option<i64>,
    /// Most of them.
    pub limit: u32,
}

/// Entitlements of an application.
pub async fn list(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    filter: &Filter,
) -> Result<Vec<EntitlementRow>> {
    let mut rest = String::from("WHERE application_id = $1");
    let mut parameters: Vec<Value> = values![application];
    let mut and = |text: &str, value: Vec<Value>| {
        rest.push_str(" AND ");
        let first = parameters.len() + 1;
        rest.push_str(&text.replace('?', &crate::placeholders(first, value.len())));
        parameters.extend(value);
    };
    if let Some(user) = filter.own_of {
        and("guild_id IS NULL AND user_id = ?", values![user]);
    }
    if let Some(user) = filter.user_id {
        and("user_id = ?", values![user]);
    }
    if let Some(guild) = filter.guild_id {
        and("guild_id = ?", values![guild]);
    }
    if !filter.sku_ids.is_empty() {
        and("sku_id IN (?)", crate::ids(&filter.sku_ids));
    }
    if let Some(before) = filter.before {
        and("id < ?", values![before]);
    }
    if let Some(after) = filter.after {
        and("id > ?", values![after]);
    }
    if let Some(now) = filter.exclude_ended {
        and("(ends_at IS NULL OR ends_at > ?)", values![now]);
    }
    let order = if filter.after.is_some() { "ASC" } else { "DESC" };
    let limit = parameters.len() + 1;
    parameters.extend(values![filter.limit]);
    if filter.exclude_deleted {
        rest.push_str(" AND deleted = 0");
    }
    if filter.exclude_consumed {
        rest.push_str(" AND consumed = 0");
    }
    rest.push_str(&format!(" ORDER BY id {order} LIMIT ${limit}"));
    run.all(&select::<EntitlementRow>("entitlements", &rest), parameters).await
}

/// What somebody has in a place at that time, in microseconds: their own, and the guild's.
pub async fn active(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    user: Id<UserMarker>,
    guild: Option<Id<GuildMarker>>,
    now_micros: i64,
) -> Result<Vec<EntitlementRow>> {
    let guild = guild.map_or(0, |guild| guild.get().cast_signed());
    let rest = "WHERE application_id = $1 AND deleted = 0 AND consumed = 0 \
                AND ((guild_id IS NULL AND user_id = $2) OR guild_id = $3) \
                AND (starts_at IS NULL OR starts_at <= $4) AND (ends_at IS NULL OR ends_at > $4) ORDER BY id LIMIT 100";
    run.all(&select::<EntitlementRow>("entitlements", rest), values![application, user, guild, now_micros]).await
}

/// A subscription.
pub async fn subscription(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<Option<SubscriptionRow>> {
    run.maybe(&select::<SubscriptionRow>("subscriptions", "WHERE id = $1"), values![id]).await
}

/// Somebody's subscriptions to something, newest first.
pub async fn subscriptions(
    run: &mut dyn Run,
    sku: Id<SkuMarker>,
    user: Id<UserMarker>,
    before: u64,
    after: u64,
    limit: u32,
) -> Result<Vec<SubscriptionRow>> {
    let (before, after) = (i64::try_from(before).unwrap_or(i64::MAX), i64::try_from(after).unwrap_or(i64::MAX));
    let rest = "WHERE sku_id = $1 AND user_id = $2 AND id < $3 AND id > $4 ORDER BY id DESC LIMIT $5";
    run.all(&select::<SubscriptionRow>("subscriptions", rest), values![sku, user, before, after, limit]).await
}

/// What somebody has, for themselves and got for guilds, newest first; not what was taken away.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>, before: u64, limit: u32) -> Result<Vec<EntitlementRow>> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let rest = "WHERE user_id = $1 AND deleted = 0 AND id < $2 ORDER BY id DESC LIMIT $3";
    run.all(&select::<EntitlementRow>("entitlements", rest), values![user, before, limit]).await
}

/// Things with these ids.
pub async fn skus_with(run: &mut dyn Run, ids: &[Id<SkuMarker>]) -> Result<Vec<SkuRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE id IN ({})", crate::placeholders(1, ids.len()));
    run.all(&select::<SkuRow>("skus", &rest), crate::ids(ids)).await
}

/// Somebody's subscriptions that those entitlements came of.
pub async fn subscriptions_behind(
    run: &mut dyn Run,
    user: Id<UserMarker>,
    entitlements: &[Id<EntitlementMarker>],
) -> Result<Vec<SubscriptionRow>> {
    if entitlements.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE user_id = $1 AND entitlement_id IN ({})", crate::placeholders(2, entitlements.len()));
    let mut parameters = values![user];
    parameters.extend(crate::ids(entitlements));
    run.all(&select::<SubscriptionRow>("subscriptions", &rest), parameters).await
}

/// All subscriptions to what an application sells, newest first.
pub async fn subscriptions_of(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    before: u64,
    limit: u32,
) -> Result<Vec<SubscriptionRow>> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let rest = "WHERE application_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    run.all(&select::<SubscriptionRow>("subscriptions", rest), values![application, before, limit]).await
}

/// Adds a subscription.
pub async fn insert_subscription(run: &mut dyn Run, row: &SubscriptionRow) -> Result<()> {
    crate::insert(run, "subscriptions", row).await
}

/// Writes the whole row.
pub async fn update_subscription(run: &mut dyn Run, row: &SubscriptionRow) -> Result<()> {
    crate::update(run, "subscriptions", "id = $1", row).await
}

/// Removes a subscription.
pub async fn delete_subscription(run: &mut dyn Run, id: Id<GenericMarker>) -> Result<()> {
    run.execute("DELETE FROM subscriptions WHERE id = $1", values![id]).await?;
    Ok(())
}
