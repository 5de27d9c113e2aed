//! Emoji of guilds: `/guilds/{guild_id}/emojis`.

mod application;
mod text;

use std::collections::HashMap;

use guildhall_store as store;
use guildhall_store::emoji::EmojiRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::emoji::{Emoji, EmojiCreate, EmojiPatch};
use guildhall_wire::event::GuildEmojis;
use guildhall_wire::user::User;
use serde_json::json;

use crate::prelude::*;

pub(crate) use text::{find_usable, permitted, require_usable};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/emojis", list_guild_emojis, Need::Member)
        .post("/guilds/{guild_id}/emojis", create_guild_emoji, Permissions::CREATE_GUILD_EXPRESSIONS)
        .images()
        .get("/guilds/{guild_id}/emojis/{emoji_id}", get_guild_emoji, Need::Member)
        .patch("/guilds/{guild_id}/emojis/{emoji_id}", update_guild_emoji, Need::Member)
        .delete("/guilds/{guild_id}/emojis/{emoji_id}", delete_guild_emoji, Need::Member)
        .merge(application::routes())
}

/// Most that stand still, and most that move, of one guild.
const MOST: usize = 50;

/// One of the two, for what one has made oneself.
const EXPRESSIONS: Permissions = Permissions::CREATE_GUILD_EXPRESSIONS.union(Permissions::MANAGE_GUILD_EXPRESSIONS);

type Ids = Path<(Id<GuildMarker>, Id<EmojiMarker>)>;

/// Emoji with who uploaded them.
async fn present(run: &mut dyn Run, rows: &[EmojiRow]) -> Result<Vec<Emoji>> {
    let mut ids: Vec<_> = rows.iter().filter_map(|row| row.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let users: HashMap<_, User> =
        store::user::get_many(run, &ids).await?.iter().map(UserRow::user).map(|user| (user.id, user)).collect();
    Ok(rows.iter().map(|row| row.emoji(row.user_id.and_then(|id| users.get(&id).cloned()))).collect())
}

/// The same as a member sees it: who uploaded them is told to those who may upload themselves.
async fn shown(cx: &Cx, guild: &Guild, rows: &[EmojiRow]) -> Result<Vec<Emoji>> {
    if guild.permissions.intersects(EXPRESSIONS) {
        present(&mut cx.db(), rows).await
    } else {
        Ok(rows.iter().map(|row| row.emoji(None)).collect())
    }
}

async fn list_guild_emojis(cx: Cx, guild: Guild) -> Result<Json<Vec<Emoji>>> {
    let rows = store::emoji::of_guild(&mut cx.db(), guild.id).await?;
    Ok(Json(shown(&cx, &guild, &rows).await?))
}

/// An emoji of that guild.
async fn find(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<EmojiMarker>) -> Result<EmojiRow> {
    let row = store::emoji::get(run, id).await?.filter(|row| row.guild_id == Some(guild));
    row.ok_or(Code::UnknownEmoji.into())
}

async fn get_guild_emoji(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<Json<Emoji>> {
    let row = find(&mut cx.db(), guild.id, id).await?;
    let emoji = shown(&cx, &guild, &[row]).await?.pop().ok_or(Code::UnknownEmoji)?;
    Ok(Json(emoji))
}

/// Refuses a name that is not 2–32 letters, digits and underscores.
fn check_name(name: &str) -> Result<()> {
    let mut errors = FormErrors::new();
    if name.is_empty() {
        errors.required("name");
    } else if !(2..=32).contains(&name.chars().count()) {
        errors.at("name").push("BASE_TYPE_BAD_LENGTH", "Must be between 2 and 32 in length.");
    } else if !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        errors.at("name").push("STRING_TYPE_REGEX", "String value did not match validation regex.");
    }
    Ok(errors.finish()?)
}

/// The roles that an emoji is for: some that the guild has.
fn check_roles(guild: &Guild, mut roles: Vec<Id<RoleMarker>>) -> Result<Vec<Id<RoleMarker>>> {
    roles.sort_unstable();
    roles.dedup();
    // For everybody is for nobody in particular.
    roles.retain(|role| *role != guild.id.cast());
    if roles.iter().all(|role| guild.state.roles.contains_key(role)) {
        Ok(roles)
    } else {
        Err(Code::UnknownRole.into())
    }
}

/// Reads and stores the picture of a new emoji; gives its row.
async fn draw(cx: &Cx, name: String, image: String) -> Result<(EmojiRow, NewImage)> {
    check_name(&name)?;
    let id = cx.next_id();
    if image.is_empty() {
        return Err(Error::form("image", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    let image = NewImage::read(&cx.app, ImageKind::Emoji, id, "image", Patch::Value(image)).await?;
    let hash = image.hash().unwrap_or_default().to_owned();
    let row = EmojiRow {
        id,
        guild_id: None,
        application_id: None,
        name,
        roles: guildhall_db::Json(Vec::new()),
        user_id: Some(cx.user()?),
        animated: hash.starts_with("a_"),
        image: hash,
    };
    Ok((row, image))
}

/// Tells a guild of all its emoji.
async fn tell(work: &mut Work, guild: Id<GuildMarker>) -> Result<()> {
    let rows = store::emoji::of_guild(work, guild).await?;
    let emojis = rows.iter().map(|row| row.emoji(None)).collect();
    work.emit(Event::GuildEmojisUpdate(GuildEmojis { guild_id: guild, emojis }));
    Ok(())
}

async fn create_guild_emoji(cx: Cx, guild: Guild, Json(body): Json<EmojiCreate>) -> Result<Created<Emoji>> {
    let roles = check_roles(&guild, body.roles)?;
    let (mut row, image) = draw(&cx, body.name, body.image).await?;
    row.guild_id = Some(guild.id);
    row.roles.0 = roles;
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let known = store::emoji::of_guild(&mut work, guild.id).await?;
    if known.iter().filter(|other| other.animated == row.animated).count() >= MOST {
        let code = if row.animated { Code::TooManyAnimatedEmojis } else { Code::TooManyEmojis };
        return Err(code.into());
    }
    store::emoji::insert(&mut work, &row).await?;
    image.keep(&mut work);
    tell(&mut work, guild.id).await?;
    let changed = changes(None, Some(&json!({ "name": row.name })), &[]);
    work.audit(guild.id, cx.entry(AuditAction::EmojiCreate, row.id, changed)).await?;
    work.commit().await?;
    Ok(Created(row.emoji(Some(cx.account()?.row.user()))))
}

/// Refuses who may not change that emoji: one's own takes either permission, others' the greater one.
fn require_control(guild: &Guild, me: Id<UserMarker>, row: &EmojiRow) -> Result<()> {
    let own = row.user_id == Some(me) && guild.permissions.intersects(EXPRESSIONS);
    if own { Ok(()) } else { guild.require(Permissions::MANAGE_GUILD_EXPRESSIONS) }
}

async fn update_guild_emoji(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Json(body): Json<EmojiPatch>,
) -> Result<Json<Emoji>> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let mut row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    let before = json!({ "name": row.name, "roles": row.roles.0 });
    if let Patch::Value(name) = body.name {
        check_name(&name)?;
        row.name = name;
    }
    match body.roles {
        Patch::Absent => {}
        Patch::Null => row.roles.0 = Vec::new(),
        Patch::Value(roles) => row.roles.0 = check_roles(&guild, roles)?,
    }
    let after = json!({ "name": row.name, "roles": row.roles.0 });
    if before != after {
        store::emoji::update(&mut work, &row).await?;
        tell(&mut work, guild.id).await?;
        let changed = changes(Some(&before), Some(&after), &[]);
        work.audit(guild.id, cx.entry(AuditAction::EmojiUpdate, id, changed)).await?;
    }
    let emoji = present(&mut work, &[row]).await?.pop().ok_or(Code::UnknownEmoji)?;
    work.commit().await?;
    Ok(Json(emoji))
}

async fn delete_guild_emoji(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<NoContent> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    store::emoji::delete(&mut work, id).await?;
    work.remove_image(ImageKind::Emoji, id, Some(row.image));
    tell(&mut work, guild.id).await?;
    let changed = changes(Some(&json!({ "name": row.name })), None, &[]);
    work.audit(guild.id, cx.entry(AuditAction::EmojiDelete, id, changed)).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Takes a role that is gone from the emoji that were for its holders.
pub(crate) async fn forget_role(work: &mut Work, guild: Id<GuildMarker>, role: Id<RoleMarker>) -> Result<()> {
    let mut changed = false;
    for mut row in store::emoji::of_guild(work, guild).await? {
        if row.roles.0.contains(&role) {
            row.roles.0.retain(|id| *id != role);
            store::emoji::update(work, &row).await?;
            changed = true;
        }
    }
    if changed { tell(work, guild).await } else { Ok(()) }
}
