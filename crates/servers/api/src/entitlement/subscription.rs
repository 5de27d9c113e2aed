//! What is had for as long as it is renewed: `/skus/{sku_id}/subscriptions`.

use guildhall_store as store;
use guildhall_store::entitlement::{EntitlementRow, SkuRow, SubscriptionRow};
use guildhall_wire::entitlement::{Subscription, SubscriptionBody, SubscriptionPatch, check_days, flags, kind};
use serde::Deserialize;

use super::purchase::Page;
use super::{Change, KIND, PAGE, tell};
use crate::App;
use crate::application::controlled;
use crate::prelude::*;
use crate::schedule;

const ACTIVE: u8 = 0;
const INACTIVE: u8 = 1;
const ENDING: u8 = 2;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/skus/{sku_id}/subscriptions", get_sku_subscriptions, Need::Account)
        .scopes(&["*"])
        .get("/skus/{sku_id}/subscriptions/{subscription_id}", get_sku_subscription, Need::Account)
        .scopes(&["*"])
}

pub(super) fn own_routes() -> Routes {
    const ONE: &str = "/applications/{application_id}/subscriptions/{subscription_id}";
    Routes::new()
        .get("/applications/{application_id}/subscriptions", list_subscriptions, Need::Person)
        .post("/applications/{application_id}/subscriptions", create_subscription, Need::Person)
        .patch(ONE, update_subscription, Need::Person)
        .delete(ONE, delete_subscription, Need::Person)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    user_id: Option<Id<UserMarker>>,
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<u32>,
}

/// Whose subscriptions are looked at: the application names somebody, everybody else sees their own.
async fn whose(cx: &Cx, sku: &SkuRow, named: Option<Id<UserMarker>>) -> Result<Id<UserMarker>> {
    let account = cx.account()?;
    if let Some(bearer) = &account.bearer {
        let own = bearer.row.application_id == sku.application_id && named.is_none_or(|named| named == account.id());
        return if own { Ok(account.id()) } else { Err(Code::MissingAccess.into()) };
    }
    match named {
        Some(named) if named != account.id() => {
            controlled(cx, sku.application_id).await?;
            Ok(named)
        }
        None if account.is_bot() => Err(Error::form("user_id", "BASE_TYPE_REQUIRED", "This field is required")),
        _ => Ok(account.id()),
    }
}

async fn get_sku_subscriptions(
    cx: Cx,
    Path((id,)): Path<(Id<SkuMarker>,)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<Subscription>>> {
    let sku = store::entitlement::sku(&mut cx.db(), id).await?.ok_or(Code::UnknownSku)?;
    let user = whose(&cx, &sku, query.user_id).await?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=PAGE).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    let (before, after) = (query.before.unwrap_or(u64::MAX), query.after.unwrap_or(0));
    let rows = store::entitlement::subscriptions(&mut cx.db(), id, user, before, after, limit).await?;
    Ok(Json(rows.iter().map(SubscriptionRow::subscription).collect()))
}

async fn get_sku_subscription(
    cx: Cx,
    Path((id, subscription)): Path<(Id<SkuMarker>, Id<GenericMarker>)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Subscription>> {
    let sku = store::entitlement::sku(&mut cx.db(), id).await?.ok_or(Code::UnknownSku)?;
    let row = store::entitlement::subscription(&mut cx.db(), subscription).await?;
    let row = row.filter(|row| row.sku_id == id).ok_or(Code::NotFound)?;
    // Who may look at all may look at any of theirs.
    let account = cx.account()?;
    let named = query.user_id.or((account.is_bot() || row.user_id != account.id()).then_some(row.user_id));
    let user = whose(&cx, &sku, named).await?;
    if user == row.user_id { Ok(Json(row.subscription())) } else { Err(Code::NotFound.into()) }
}

/// Everybody's subscriptions to what an application sells, for whoever keeps its shop.
async fn list_subscriptions(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Subscription>>> {
    controlled(&cx, id).await?;
    let limit = page.limit()?;
    let rows = store::entitlement::subscriptions_of(&mut cx.db(), id, page.before.unwrap_or(u64::MAX), limit).await?;
    Ok(Json(rows.iter().map(SubscriptionRow::subscription).collect()))
}

const fn days(count: u16) -> i64 {
    count as i64 * 86_400_000_000
}

/// Somebody paid for something, wherever that was.
async fn create_subscription(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<SubscriptionBody>,
) -> Result<Created<Subscription>> {
    let application = controlled(&cx, id).await?;
    check_days(body.days.0)?;
    let sku = store::entitlement::sku(&mut cx.db(), body.sku_id).await?;
    let sku = sku.filter(|sku| sku.application_id == id).ok_or(Code::UnknownSku)?;
    let for_guild = sku.flags & flags::GUILD_SUBSCRIPTION != 0;
    if sku.kind != kind::SUBSCRIPTION || sku.flags & flags::AVAILABLE == 0 {
        return Err(Error::form("sku_id", "BASE_TYPE_INVALID", "Nobody can subscribe to that."));
    }
    if for_guild != body.guild_id.is_some() {
        return Err(Error::form("guild_id", "BASE_TYPE_INVALID", "Guilds subscribe to what is for guilds."));
    }
    if let Some(guild) = body.guild_id {
        cx.app.bus().guild(guild).ok_or(Code::UnknownGuild)?;
    }
    store::user::get(&mut cx.db(), body.user_id).await?.ok_or(Code::UnknownUser)?;
    let (starts_at, ends_at) = (cx.now(), cx.now().saturating_add(days(body.days.0)));
    let entitlement = EntitlementRow {
        id: cx.next_id(),
        sku_id: sku.id,
        application_id: id,
        user_id: body.user_id,
        guild_id: body.guild_id,
        kind: KIND,
        deleted: false,
        consumed: false,
        starts_at: Some(starts_at),
        ends_at: Some(ends_at),
    };
    let row = SubscriptionRow {
        id: cx.next_id(),
        application_id: id,
        sku_id: sku.id,
        user_id: body.user_id,
        entitlement_id: entitlement.id,
        starts_at,
        ends_at,
        status: ACTIVE,
        canceled_at: None,
    };
    let mut work = cx.begin().await?.at(id);
    store::entitlement::insert(&mut work, &entitlement).await?;
    store::entitlement::insert_subscription(&mut work, &row).await?;
    schedule::at(&mut work, schedule::Kind::SubscriptionEnd, row.id, ends_at).await?;
    tell(&cx.app, &mut work, &application, &entitlement, Change::Create).await?;
    work.emit(Event::SubscriptionCreate(row.subscription()).to(application.bot_id));
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(Created(row.subscription()))
}

type One = Path<(Id<ApplicationMarker>, Id<GenericMarker>)>;

async fn find(run: &mut dyn Run, application: Id<ApplicationMarker>, id: Id<GenericMarker>) -> Result<SubscriptionRow> {
    let row = store::entitlement::subscription(run, id).await?;
    Ok(row.filter(|row| row.application_id == application).ok_or(Code::NotFound)?)
}

async fn update_subscription(
    cx: Cx,
    Path((id, subscription)): One,
    Json(body): Json<SubscriptionPatch>,
) -> Result<Json<Subscription>> {
    let application = controlled(&cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let mut row = find(&mut work, id, subscription).await?;
    if let Patch::Value(count) = body.days {
        check_days(count.0)?;
        let from = row.ends_at.max(cx.now());
        if row.ends_at < cx.now() {
            row.starts_at = cx.now();
        }
        row.ends_at = from.saturating_add(days(count.0));
        (row.status, row.canceled_at) = (ACTIVE, None);
        schedule::at(&mut work, schedule::Kind::SubscriptionEnd, row.id, row.ends_at).await?;
        let found = store::entitlement::get(&mut work, id, row.entitlement_id).await?;
        if let Some(mut entitlement) = found.filter(|entitlement| !entitlement.deleted) {
            entitlement.ends_at = Some(row.ends_at);
            store::entitlement::update(&mut work, &entitlement).await?;
            tell(&cx.app, &mut work, &application, &entitlement, Change::Update).await?;
        }
    }
    if let Patch::Value(cancelled) = body.cancelled
        && row.status != INACTIVE
    {
        (row.status, row.canceled_at) = if cancelled.0 { (ENDING, Some(cx.now())) } else { (ACTIVE, None) };
    }
    store::entitlement::update_subscription(&mut work, &row).await?;
    work.emit(Event::SubscriptionUpdate(row.subscription()).to(application.bot_id));
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(Json(row.subscription()))
}

/// It was given back: what came of it is gone at once.
async fn delete_subscription(cx: Cx, Path((id, subscription)): One) -> Result<NoContent> {
    let application = controlled(&cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let row = find(&mut work, id, subscription).await?;
    store::entitlement::delete_subscription(&mut work, row.id).await?;
    schedule::cancel(&mut work, schedule::Kind::SubscriptionEnd, row.id).await?;
    let found = store::entitlement::get(&mut work, id, row.entitlement_id).await?;
    if let Some(mut entitlement) = found.filter(|entitlement| !entitlement.deleted) {
        entitlement.deleted = true;
        store::entitlement::update(&mut work, &entitlement).await?;
        tell(&cx.app, &mut work, &application, &entitlement, Change::Delete).await?;
    }
    work.emit(Event::SubscriptionDelete(row.subscription()).to(application.bot_id));
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(NoContent)
}

/// Its period is over, and nobody renewed it.
pub(crate) async fn end(app: &App, work: &mut Work, id: Id<GenericMarker>) -> Result<()> {
    let Some(mut row) = store::entitlement::subscription(work, id).await? else { return Ok(()) };
    if row.status == INACTIVE {
        return Ok(());
    }
    if row.ends_at > app.clock().micros() {
        return schedule::at(work, schedule::Kind::SubscriptionEnd, row.id, row.ends_at).await;
    }
    let Some(application) = store::application::get(work, row.application_id).await? else { return Ok(()) };
    row.status = INACTIVE;
    store::entitlement::update_subscription(work, &row).await?;
    work.emit(Event::SubscriptionUpdate(row.subscription()).to(application.bot_id));
    if let Some(entitlement) = store::entitlement::get(work, row.application_id, row.entitlement_id).await? {
        tell(app, work, &application, &entitlement, Change::Update).await?;
    }
    Ok(())
}
