//! Stickers of guilds: `/guilds/{guild_id}/stickers`; and packs, of which there are none.

use std::collections::HashMap;

use axum::extract::Request;
use guildhall_blob::Error as Refused;
use guildhall_store as store;
use guildhall_store::sticker::StickerRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::event::GuildStickers;
use guildhall_wire::sticker::{Sticker, StickerItem, StickerPatch};
use guildhall_wire::user::User;
use serde_json::{Value, json};

use crate::kernel::form::Parts;
use crate::kernel::image::StoredImage;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/stickers", list_guild_stickers, Need::Member)
        .post("/guilds/{guild_id}/stickers", create_guild_sticker, Permissions::CREATE_GUILD_EXPRESSIONS)
        .images()
        .get("/guilds/{guild_id}/stickers/{sticker_id}", get_guild_sticker, Need::Member)
        .patch("/guilds/{guild_id}/stickers/{sticker_id}", update_guild_sticker, Need::Member)
        .delete("/guilds/{guild_id}/stickers/{sticker_id}", delete_guild_sticker, Need::Member)
        .get("/stickers/{sticker_id}", get_sticker, Need::Account)
        .get("/sticker-packs", list_sticker_packs, Need::Nobody)
        .get("/sticker-packs/{pack_id}", get_sticker_pack, Need::Account)
}

/// Most of one guild.
const MOST: usize = 60;
/// Most on one message.
const MOST_SENT: usize = 3;
/// Bytes of the largest body: a sticker and what is said of it.
const BODY_BYTES: usize = 1024 * 1024;

/// One of the two, for what one has made oneself.
const EXPRESSIONS: Permissions = Permissions::CREATE_GUILD_EXPRESSIONS.union(Permissions::MANAGE_GUILD_EXPRESSIONS);

type Ids = Path<(Id<GuildMarker>, Id<StickerMarker>)>;

/// Stickers with who uploaded them.
async fn present(run: &mut dyn Run, rows: &[StickerRow]) -> Result<Vec<Sticker>> {
    let mut ids: Vec<_> = rows.iter().filter_map(|row| row.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let users: HashMap<_, User> =
        store::user::get_many(run, &ids).await?.iter().map(UserRow::user).map(|user| (user.id, user)).collect();
    Ok(rows.iter().map(|row| row.sticker(row.user_id.and_then(|id| users.get(&id).cloned()))).collect())
}

/// The same as a member sees it: who uploaded them is told to those who may upload themselves.
async fn shown(cx: &Cx, guild: &Guild, rows: &[StickerRow]) -> Result<Vec<Sticker>> {
    if guild.permissions.intersects(EXPRESSIONS) {
        present(&mut cx.db(), rows).await
    } else {
        Ok(rows.iter().map(|row| row.sticker(None)).collect())
    }
}

async fn list_guild_stickers(cx: Cx, guild: Guild) -> Result<Json<Vec<Sticker>>> {
    let rows = store::sticker::of_guild(&mut cx.db(), guild.id).await?;
    Ok(Json(shown(&cx, &guild, &rows).await?))
}

/// A sticker of that guild.
async fn find(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<StickerMarker>) -> Result<StickerRow> {
    let row = store::sticker::get(run, id).await?.filter(|row| row.guild_id == guild);
    row.ok_or(Code::UnknownSticker.into())
}

async fn get_guild_sticker(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<Json<Sticker>> {
    let row = find(&mut cx.db(), guild.id, id).await?;
    let sticker = shown(&cx, &guild, &[row]).await?.pop().ok_or(Code::UnknownSticker)?;
    Ok(Json(sticker))
}

async fn get_sticker(cx: Cx, Path((id,)): Path<(Id<StickerMarker>,)>) -> Result<Json<Sticker>> {
    let row = store::sticker::get(&mut cx.db(), id).await?.ok_or(Code::UnknownSticker)?;
    Ok(Json(row.sticker(None)))
}

async fn list_sticker_packs() -> Json<Value> {
    Json(json!({ "sticker_packs": [] }))
}

async fn get_sticker_pack(Path(_): Path<(Id<GenericMarker>,)>) -> Result<Json<Value>> {
    Err(Code::UnknownStickerPack.into())
}

/// Refuses what is too short or too long.
fn check(row: &StickerRow) -> Result<()> {
    let mut errors = FormErrors::new();
    errors.length("name", &row.name, 2, 30);
    errors.length("tags", &row.tags, 1, 200);
    if let Some(text) = &row.description {
        errors.length("description", text, 2, 100);
    }
    Ok(errors.finish()?)
}

/// Tells a guild of all its stickers.
async fn tell(work: &mut Work, guild: Id<GuildMarker>) -> Result<()> {
    let rows = store::sticker::of_guild(work, guild).await?;
    let stickers = rows.iter().map(|row| row.sticker(None)).collect();
    work.emit(Event::GuildStickersUpdate(GuildStickers { guild_id: guild, stickers }));
    Ok(())
}

/// What the audit log says of a sticker.
fn logged(row: &StickerRow) -> Value {
    json!({
        "name": row.name,
        "description": row.description,
        "tags": row.tags,
        "format_type": row.format,
        "guild_id": row.guild_id,
    })
}

fn complaint(error: Refused) -> Error {
    match error {
        Refused::TooLarge => Error::form("file", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 512.0 kb."),
        Refused::TooManyPixels => Error::form("file", "IMAGE_INVALID", "A sticker has 320 by 320 pixels at most."),
        Refused::Storage(_) => error.into(),
        _ => Code::InvalidFile.into(),
    }
}

async fn create_guild_sticker(cx: Cx, guild: Guild, request: Request) -> Result<Created<Sticker>> {
    let mut parts = Parts::of(request, BODY_BYTES)?;
    let (mut fields, mut file) = (HashMap::new(), None);
    while let Some(head) = parts.part().await? {
        let bytes = parts.bounded().await?;
        if head.name == "file" {
            file = Some(bytes);
        } else if ["name", "tags", "description"].contains(&head.name.as_str()) {
            fields.insert(head.name, String::from_utf8_lossy(&bytes).replace('\0', "").trim().to_owned());
        }
    }
    let row = StickerRow {
        id: cx.next_id(),
        guild_id: guild.id,
        name: fields.remove("name").unwrap_or_default(),
        description: fields.remove("description").filter(|text| !text.is_empty()),
        tags: fields.remove("tags").unwrap_or_default(),
        format: 0,
        user_id: Some(cx.user()?),
    };
    check(&row)?;
    let Some(file) = file else {
        return Err(Error::form("file", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let format = cx.app.blob().put_sticker(row.id.get(), file.into()).await.map_err(complaint)?;
    let stored = StoredImage::named(cx.app.blob(), ImageKind::Sticker, row.id);
    let row = StickerRow { format: format.number(), ..row };
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    if store::sticker::of_guild(&mut work, guild.id).await?.len() >= MOST {
        return Err(Code::TooManyStickers.into());
    }
    store::sticker::insert(&mut work, &row).await?;
    work.keep_image(stored);
    tell(&mut work, guild.id).await?;
    let changed = changes(None, Some(&logged(&row)), &[]);
    work.audit(guild.id, cx.entry(AuditAction::StickerCreate, row.id, changed)).await?;
    work.commit().await?;
    Ok(Created(row.sticker(Some(cx.account()?.row.user()))))
}

/// Refuses who may not change that sticker: one's own takes either permission, others' the greater one.
fn require_control(guild: &Guild, me: Id<UserMarker>, row: &StickerRow) -> Result<()> {
    let own = row.user_id == Some(me) && guild.permissions.intersects(EXPRESSIONS);
    if own { Ok(()) } else { guild.require(Permissions::MANAGE_GUILD_EXPRESSIONS) }
}

async fn update_guild_sticker(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Json(body): Json<StickerPatch>,
) -> Result<Json<Sticker>> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    let before = row.clone();
    body.name.map(|text| text.trim().to_owned()).apply_value(&mut row.name);
    body.tags.map(|text| text.trim().to_owned()).apply_value(&mut row.tags);
    body.description.map(|text| text.trim().to_owned()).apply(&mut row.description);
    row.description.take_if(|text| text.is_empty());
    check(&row)?;
    let changed = changes(Some(&logged(&before)), Some(&logged(&row)), &[]);
    if !changed.is_empty() {
        store::sticker::update(&mut work, &row).await?;
        tell(&mut work, guild.id).await?;
        work.audit(guild.id, cx.entry(AuditAction::StickerUpdate, id, changed)).await?;
    }
    let sticker = present(&mut work, &[row]).await?.pop().ok_or(Code::UnknownSticker)?;
    work.commit().await?;
    Ok(Json(sticker))
}

async fn delete_guild_sticker(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<NoContent> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    let row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    store::sticker::delete(&mut work, id).await?;
    work.remove_image(ImageKind::Sticker, id, Some(String::new()));
    tell(&mut work, guild.id).await?;
    let changed = changes(Some(&logged(&row)), None, &[]);
    work.audit(guild.id, cx.entry(AuditAction::StickerDelete, id, changed)).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// The stickers that a message is to carry: of guilds that its author is in, and of others than the channel's where that is
/// allowed.
pub(crate) async fn sent(cx: &Cx, channel: &Channel, ids: &[Id<StickerMarker>]) -> Result<Vec<StickerItem>> {
    if ids.len() > MOST_SENT {
        return Err(Error::form("sticker_ids", "BASE_TYPE_MAX_LENGTH", "Must be 3 or fewer in length."));
    }
    let me = cx.user()?;
    let mut items: Vec<StickerItem> = Vec::with_capacity(ids.len());
    for id in ids {
        if items.iter().any(|item| item.id == *id) {
            continue;
        }
        let row = store::sticker::get(&mut cx.db(), *id).await?.ok_or(Code::InvalidSticker)?;
        if channel.guild_id() != Some(row.guild_id) {
            let member = cx.app.bus().guild(row.guild_id).is_some_and(|guild| guild.is_member(me));
            if !member {
                return Err(Code::InvalidSticker.into());
            }
            if channel.guild_id().is_some() {
                let may = channel.permissions.contains(Permissions::USE_EXTERNAL_STICKERS);
                may.then_some(()).ok_or(Code::StickerNotPermitted)?;
            }
        }
        items.push(row.item());
    }
    Ok(items)
}
