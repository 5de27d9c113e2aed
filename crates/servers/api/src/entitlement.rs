//! What applications sell and who has it: `/applications/{application_id}/entitlements`. What there is to have is in [`sku`], what
//! is renewed in [`subscription`], what somebody has of all of them in [`purchase`]. Nobody pays here: who was paid says so by Guildhall's own API.

mod purchase;
mod sku;
mod subscription;

use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::entitlement::{EntitlementRow, Filter};
use guildhall_wire::entitlement::{Entitlement, EntitlementBody, kind};
use guildhall_wire::loose::Bool;
use serde::Deserialize;
use serde_json::json;

use crate::application::controlled;
use crate::prelude::*;

pub(crate) use subscription::end as end_subscription;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/applications/{application_id}/entitlements";
    const ONE: &str = "/applications/{application_id}/entitlements/{entitlement_id}";
    const SCOPE: &[&str] = &["applications.entitlements"];
    Routes::new()
        .get(ALL, get_entitlements, Need::Account)
        .scopes(SCOPE)
        .post(ALL, create_entitlement, Need::Account)
        .get(ONE, get_entitlement, Need::Account)
        .scopes(SCOPE)
        .delete(ONE, delete_entitlement, Need::Account)
        .scopes(SCOPE)
        .post(
            "/applications/{application_id}/entitlements/{entitlement_id}/consume",
            consume_entitlement,
            Need::Account,
        )
        .scopes(SCOPE)
        .get(
            "/users/@me/applications/{application_id}/entitlements",
            get_current_user_application_entitlements,
            Need::Person,
        )
        .scopes(&["*"])
        .merge(sku::routes())
        .merge(subscription::routes())
}

pub(crate) fn own_routes() -> Routes {
    purchase::own_routes().merge(sku::own_routes()).merge(subscription::own_routes())
}

/// Always that of an application.
const KIND: u8 = 8;
/// Most of a page.
const PAGE: u32 = 100;

/// What happened to an entitlement.
#[derive(Clone, Copy)]
enum Change {
    Create,
    Update,
    Delete,
}

/// Tells the application, over the gateway and over HTTP.
async fn tell(
    cx: &crate::App,
    work: &mut Work,
    application: &ApplicationRow,
    row: &EntitlementRow,
    change: Change,
) -> Result<()> {
    let told = row.entitlement();
    let data = json!(told);
    let event = match change {
        Change::Create => Event::EntitlementCreate(told),
        Change::Update => Event::EntitlementUpdate(told),
        Change::Delete => Event::EntitlementDelete(told),
    };
    crate::webhook_event::queue(cx, work, application, event.name(), data).await?;
    work.emit(event.to(application.bot_id));
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    user_id: Option<Id<UserMarker>>,
    guild_id: Option<Id<GuildMarker>>,
    sku_ids: String,
    before: Option<Id<EntitlementMarker>>,
    after: Option<Id<EntitlementMarker>>,
    limit: Option<u32>,
    exclude_ended: Bool,
    exclude_deleted: Option<Bool>,
    exclude_consumed: Option<Bool>,
    only_active: Bool,
}

impl ListQuery {
    fn filter(&self, now: i64) -> Result<Filter> {
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE).contains(&limit) {
            return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
        }
        let wanted = self.sku_ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        let sku_ids: std::result::Result<Vec<Id<SkuMarker>>, _> = wanted.take(101).map(str::parse).collect();
        let sku_ids = sku_ids.ok().filter(|ids| ids.len() <= 100);
        let sku_ids = sku_ids
            .ok_or_else(|| Error::form("sku_ids", "BASE_TYPE_INVALID", "Up to 100 ids with commas between them."))?;
        Ok(Filter {
            own_of: None,
            user_id: self.user_id,
            guild_id: self.guild_id,
            sku_ids,
            before: self.before,
            after: self.after,
            exclude_deleted: self.exclude_deleted.is_none_or(|exclude| exclude.0) || self.only_active.0,
            exclude_consumed: self.only_active.0,
            exclude_ended: (self.exclude_ended.0 || self.only_active.0).then_some(now),
            limit,
        })
    }
}

async fn get_entitlements(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<Entitlement>>> {
    controlled(&cx, id).await?;
    let rows = store::entitlement::list(&mut cx.db(), id, &query.filter(cx.now())?).await?;
    Ok(Json(rows.iter().map(EntitlementRow::entitlement).collect()))
}

/// What one has of an application oneself.
async fn get_current_user_application_entitlements(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<Entitlement>>> {
    store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    let filter = Filter {
        own_of: Some(cx.user()?),
        user_id: None,
        guild_id: None,
        exclude_deleted: true,
        exclude_consumed: query.exclude_consumed.is_none_or(|exclude| exclude.0),
        exclude_ended: Some(cx.now()),
        ..query.filter(cx.now())?
    };
    let rows = store::entitlement::list(&mut cx.db(), id, &filter).await?;
    Ok(Json(rows.iter().map(EntitlementRow::entitlement).collect()))
}

/// Gives something, so that an application can be tried without anybody paying.
async fn create_entitlement(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<EntitlementBody>,
) -> Result<Json<Entitlement>> {
    let application = controlled(&cx, id).await?;
    let sku = store::entitlement::sku(&mut cx.db(), body.sku_id).await?;
    sku.filter(|sku| sku.application_id == id).ok_or(Code::UnknownSku)?;
    let (user_id, guild_id) = match body.owner_type.0 {
        1 => {
            let guild = cx.app.bus().guild(body.owner_id.cast()).ok_or(Code::UnknownGuild)?;
            (cx.user()?, Some(guild.id()))
        }
        2 => (store::user::get(&mut cx.db(), body.owner_id.cast()).await?.ok_or(Code::UnknownUser)?.id, None),
        _ => return Err(Error::form("owner_type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")),
    };
    let row = EntitlementRow {
        id: cx.next_id(),
        sku_id: body.sku_id,
        application_id: id,
        user_id,
        guild_id,
        kind: KIND,
        deleted: false,
        consumed: false,
        starts_at: None,
        ends_at: None,
    };
    let mut work = cx.begin().await?.at(id);
    store::entitlement::insert(&mut work, &row).await?;
    tell(&cx.app, &mut work, &application, &row, Change::Create).await?;
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(Json(row.entitlement()))
}

type One = Path<(Id<ApplicationMarker>, Id<EntitlementMarker>)>;

async fn get_entitlement(cx: Cx, Path((application, id)): One) -> Result<Json<Entitlement>> {
    controlled(&cx, application).await?;
    let row = store::entitlement::get(&mut cx.db(), application, id).await?.ok_or(Code::UnknownEntitlement)?;
    Ok(Json(row.entitlement()))
}

async fn delete_entitlement(cx: Cx, Path((id, entitlement)): One) -> Result<NoContent> {
    let application = controlled(&cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let found = store::entitlement::get(&mut work, id, entitlement).await?;
    let mut row = found.filter(|row| !row.deleted).ok_or(Code::UnknownEntitlement)?;
    row.deleted = true;
    store::entitlement::update(&mut work, &row).await?;
    tell(&cx.app, &mut work, &application, &row, Change::Delete).await?;
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(NoContent)
}

/// Uses something up; what is used up already stays so, and is not told again.
async fn consume_entitlement(cx: Cx, Path((id, entitlement)): One) -> Result<NoContent> {
    let application = controlled(&cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let found = store::entitlement::get(&mut work, id, entitlement).await?;
    let mut row = found.filter(|row| !row.deleted).ok_or(Code::UnknownEntitlement)?;
    let sku = store::entitlement::sku(&mut work, row.sku_id).await?.ok_or(Code::UnknownSku)?;
    if sku.kind != kind::CONSUMABLE {
        return Err(Error::Message(Code::BadRequest, "This is not a thing that is used up".into()));
    }
    if !row.consumed {
        row.consumed = true;
        store::entitlement::update(&mut work, &row).await?;
        tell(&cx.app, &mut work, &application, &row, Change::Update).await?;
    }
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(NoContent)
}
