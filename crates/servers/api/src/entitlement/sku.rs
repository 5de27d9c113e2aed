//! What there is to have: `/applications/{application_id}/skus`.

use guildhall_store as store;
use guildhall_store::entitlement::SkuRow;
use guildhall_wire::entitlement::{Sku, SkuBody, SkuPatch, flags};

use crate::application::controlled;
use crate::prelude::*;

/// Most things that an application sells.
const MOST: usize = 100;

pub(super) fn routes() -> Routes {
    Routes::new().get("/applications/{application_id}/skus", list_skus, Need::Account)
}

pub(super) fn own_routes() -> Routes {
    Routes::new().post("/applications/{application_id}/skus", create_sku, Need::Person).patch(
        "/applications/{application_id}/skus/{sku_id}",
        update_sku,
        Need::Person,
    )
}

async fn list_skus(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<Json<Vec<Sku>>> {
    controlled(&cx, id).await?;
    let rows = store::entitlement::skus(&mut cx.db(), id).await?;
    Ok(Json(rows.iter().map(SkuRow::sku).collect()))
}

async fn create_sku(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<SkuBody>,
) -> Result<Created<Sku>> {
    controlled(&cx, id).await?;
    let (kind, flags) = body.validate()?;
    let row = SkuRow { id: cx.next_id(), application_id: id, kind, name: body.name.trim().to_owned(), flags };
    let mut work = cx.begin().await?.at(id);
    store::application::lock(&mut work, id).await?;
    if store::entitlement::skus(&mut work, id).await?.len() >= MOST {
        return Err(Error::Message(Code::InvalidForm, format!("Maximum number of SKUs reached ({MOST})")));
    }
    store::entitlement::insert_sku(&mut work, &row).await?;
    work.commit().await?;
    Ok(Created(row.sku()))
}

async fn update_sku(
    cx: Cx,
    Path((id, sku)): Path<(Id<ApplicationMarker>, Id<SkuMarker>)>,
    Json(body): Json<SkuPatch>,
) -> Result<Json<Sku>> {
    controlled(&cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let found = store::entitlement::sku(&mut work, sku).await?;
    let mut row = found.filter(|row| row.application_id == id).ok_or(Code::UnknownSku)?;
    if let Patch::Value(name) = body.name {
        let mut errors = FormErrors::new();
        errors.length("name", name.trim(), 1, 80);
        errors.finish()?;
        name.trim().clone_into(&mut row.name);
    }
    if let Patch::Value(available) = body.available {
        row.flags = if available.0 { row.flags | flags::AVAILABLE } else { row.flags & !flags::AVAILABLE };
    }
    store::entitlement::update_sku(&mut work, &row).await?;
    work.commit().await?;
    Ok(Json(row.sku()))
}
