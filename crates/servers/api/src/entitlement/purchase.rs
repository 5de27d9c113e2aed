//! What somebody has of all applications: `/users/@me/purchases` of Guildhall's own API.

use std::collections::{BTreeSet, HashMap};

use guildhall_store as store;
use guildhall_store::entitlement::{SkuRow, SubscriptionRow};
use serde::Deserialize;
use serde_json::{Value, json};

use super::PAGE;
use crate::prelude::*;

pub(super) fn own_routes() -> Routes {
    Routes::new().get("/users/@me/purchases", list_purchases, Need::Person)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub before: Option<u64>,
    limit: Option<u32>,
}

impl Page {
    /// How many are asked for.
    pub(super) fn limit(&self) -> Result<u32> {
        let limit = self.limit.unwrap_or(PAGE);
        if (1..=PAGE).contains(&limit) {
            Ok(limit)
        } else {
            Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."))
        }
    }
}

/// Each with what it is, whose it is, and the subscription that it came of.
async fn list_purchases(cx: Cx, Query(page): Query<Page>) -> Result<Json<Vec<Value>>> {
    let (me, limit) = (cx.user()?, page.limit()?);
    let db = &mut cx.db();
    let rows = store::entitlement::of_user(db, me, page.before.unwrap_or(u64::MAX), limit).await?;
    let skus: BTreeSet<_> = rows.iter().map(|row| row.sku_id).collect();
    let skus: Vec<_> = skus.into_iter().collect();
    let skus: HashMap<_, SkuRow> =
        store::entitlement::skus_with(db, &skus).await?.into_iter().map(|row| (row.id, row)).collect();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let behind = store::entitlement::subscriptions_behind(db, me, &ids).await?;
    let behind: HashMap<_, SubscriptionRow> = behind.into_iter().map(|row| (row.entitlement_id, row)).collect();
    let mut applications = HashMap::new();
    for id in rows.iter().map(|row| row.application_id).collect::<BTreeSet<_>>() {
        if let Some(row) = store::application::get(db, id).await? {
            let about = json!({ "id": row.id, "name": row.name, "icon": row.icon, "description": row.description });
            applications.insert(id, about);
        }
    }
    let purchases = rows.iter().filter_map(|row| {
        Some(json!({
            "entitlement": row.entitlement(),
            "sku": skus.get(&row.sku_id)?.sku(),
            "application": applications.get(&row.application_id)?,
            "subscription": behind.get(&row.id).map(SubscriptionRow::subscription),
        }))
    });
    Ok(Json(purchases.collect()))
}
