//! Roles: `/guilds/{guild_id}/roles`.

use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::role::RoleRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::event::{GuildRole, GuildRoleDelete};
use guildhall_wire::role::{Role, RoleBody, RolePosition};
use serde_json::{Value, json};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/roles", list_guild_roles, Need::Member)
        .post("/guilds/{guild_id}/roles", create_guild_role, Permissions::MANAGE_ROLES)
        .images()
        .patch("/guilds/{guild_id}/roles", bulk_update_guild_roles, Permissions::MANAGE_ROLES)
        .get("/guilds/{guild_id}/roles/member-counts", guild_role_member_counts, Need::Member)
        .get("/guilds/{guild_id}/roles/{role_id}", get_guild_role, Need::Member)
        .patch("/guilds/{guild_id}/roles/{role_id}", update_guild_role, Permissions::MANAGE_ROLES)
        .images()
        .delete("/guilds/{guild_id}/roles/{role_id}", delete_guild_role, Permissions::MANAGE_ROLES)
}

const MOST: usize = 250;

async fn list_guild_roles(guild: Guild) -> Json<Vec<Role>> {
    Json(guild.state.whole().roles)
}

async fn get_guild_role(guild: Guild, Path((_, id)): Path<(Id<GuildMarker>, Id<RoleMarker>)>) -> Result<Json<Role>> {
    let role = guild.state.roles.get(&id).ok_or(Code::UnknownRole)?;
    Ok(Json(Role::clone(role)))
}

async fn guild_role_member_counts(guild: Guild) -> Json<Value> {
    let mut counts: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for role in guild.state.roles.keys().filter(|role| **role != guild.id.cast()) {
        counts.insert(role.to_string(), 0);
    }
    for member in guild.state.members.values() {
        for role in &member.roles {
            if let Some(count) = counts.get_mut(&role.to_string()) {
                *count += 1;
            }
        }
    }
    Json(json!(counts))
}

/// Refuses to touch a role that does not stand below the actor's highest.
pub(crate) fn require_below(state: &GuildState, actor: Id<UserMarker>, position: i32) -> Result<()> {
    if guildhall_rules::hierarchy::is_above(state.rank(actor), position) {
        Ok(())
    } else {
        Err(Code::MissingPermissions.into())
    }
}

fn apply(row: &mut RoleRow, body: RoleBody, guild: &Guild) -> Result<()> {
    let mut errors = FormErrors::new();
    if let Patch::Value(name) = &body.name {
        errors.length("name", name, 1, 100);
    }
    if let Patch::Value(emoji) = &body.unicode_emoji
        && !crate::reaction::is_standard(emoji)
    {
        errors.at("unicode_emoji").push("INVALID_UNICODE_EMOJI", "Not a standard emoji.");
    }
    if let Patch::Value(permissions) = body.permissions {
        // Nobody gives what they do not have; what the role has already may stay.
        let given = permissions - row.permissions.0;
        if !guild.permissions.contains(given) {
            return Err(Code::MissingPermissions.into());
        }
    }
    errors.finish()?;
    let everyone = row.id == guild.id.cast();
    if !everyone {
        body.name.apply_value(&mut row.name);
        body.hoist.apply_or_default(&mut row.hoist);
        body.mentionable.apply_or_default(&mut row.mentionable);
        body.unicode_emoji.apply(&mut row.unicode_emoji);
        if let Patch::Value(colors) = body.colors {
            row.color = colors.primary_color & 0x00ff_ffff;
            row.secondary_color = colors.secondary_color.map(|color| color & 0x00ff_ffff);
            row.tertiary_color = colors.tertiary_color.map(|color| color & 0x00ff_ffff);
        } else {
            body.color.map(|color| color.0 & 0x00ff_ffff).apply_or_default(&mut row.color);
        }
    }
    body.permissions.apply_value(&mut row.permissions.0);
    Ok(())
}

/// A role shows an image or a standard emoji: a new one of either takes the place of the other.
fn apply_icon(work: &mut Work, row: &mut RoleRow, icon: NewImage, emoji_given: bool) {
    if icon.is_value() {
        row.unicode_emoji = None;
        icon.apply(work, &mut row.icon);
    } else if emoji_given {
        work.remove_image(ImageKind::RoleIcon, row.id, row.icon.take());
    } else {
        icon.apply(work, &mut row.icon);
    }
}

/// Keeps a new role right above `@everyone`; all others move up.
pub(crate) async fn insert_lowest(work: &mut Work, row: &mut RoleRow, others: Vec<RoleRow>) -> Result<()> {
    row.position = 1;
    for mut other in others.into_iter().filter(|role| role.position >= 1) {
        other.position += 1;
        store::role::update(work, &other).await?;
        work.emit(Event::GuildRoleUpdate(GuildRole { guild_id: row.guild_id, role: other.role() }));
    }
    store::role::insert(work, row).await?;
    work.emit(Event::GuildRoleCreate(GuildRole { guild_id: row.guild_id, role: row.role() }));
    Ok(())
}

async fn create_guild_role(cx: Cx, guild: Guild, Json(mut body): Json<RoleBody>) -> Result<Json<Role>> {
    let id = cx.next_id();
    let icon = NewImage::read(&cx.app, ImageKind::RoleIcon, id, "icon", std::mem::take(&mut body.icon)).await?;
    let emoji_given = matches!(body.unicode_emoji, Patch::Value(_));
    let mut work = cx.begin().await?.at(guild.id);
    let roles = store::role::of_guild(&mut work, guild.id).await?;
    if roles.len() >= MOST {
        return Err(Code::TooManyRoles.into());
    }
    let everyone = roles.iter().find(|role| role.id == guild.id.cast()).map(|role| role.permissions.0);
    let permissions = everyone.unwrap_or(Permissions::empty());
    let mut row = RoleRow::new(id, guild.id, "new role", permissions);
    apply(&mut row, body, &guild)?;
    apply_icon(&mut work, &mut row, icon, emoji_given);
    insert_lowest(&mut work, &mut row, roles).await?;
    let role = row.role();
    work.audit(guild.id, cx.entry(AuditAction::RoleCreate, role.id, changes(None, Some(&role), &["id", "colors"])))
        .await?;
    work.commit().await?;
    Ok(Json(role))
}

async fn update_guild_role(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<RoleMarker>)>,
    Json(mut body): Json<RoleBody>,
) -> Result<Json<Role>> {
    let icon = match std::mem::take(&mut body.icon) {
        // Nobody sees the role that everybody has.
        _ if id == guild.id.cast() => Patch::Absent,
        icon => icon,
    };
    let icon = NewImage::read(&cx.app, ImageKind::RoleIcon, id, "icon", icon).await?;
    let emoji_given = matches!(body.unicode_emoji, Patch::Value(_));
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::role::get(&mut work, guild.id, id).await?.ok_or(Code::UnknownRole)?;
    require_below(&guild.state, cx.user()?, row.position)?;
    let before = row.role();
    apply(&mut row, body, &guild)?;
    apply_icon(&mut work, &mut row, icon, emoji_given && id != guild.id.cast());
    let after = row.role();
    if before != after {
        store::role::update(&mut work, &row).await?;
        work.emit(Event::GuildRoleUpdate(GuildRole { guild_id: guild.id, role: after.clone() }));
        let changed = changes(Some(&before), Some(&after), &["id", "colors"]);
        work.audit(guild.id, cx.entry(AuditAction::RoleUpdate, id, changed)).await?;
    }
    work.commit().await?;
    Ok(Json(after))
}

async fn bulk_update_guild_roles(cx: Cx, guild: Guild, Json(body): Json<Vec<RolePosition>>) -> Result<Json<Vec<Role>>> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut rows = store::role::of_guild(&mut work, guild.id).await?;
    let top = guild.state.rank(me);
    for wish in body.iter().take(MOST) {
        let row = rows.iter_mut().find(|role| role.id == wish.id).ok_or(Code::UnknownRole)?;
        let Some(position) = wish.position.map(|position| position.0) else { continue };
        if row.id == guild.id.cast() && position != 0 {
            return Err(Error::form("position", "ROLE_EVERYONE", "@everyone stands below all roles."));
        }
        if row.position == position {
            continue;
        }
        if row.position >= top || position >= top {
            return Err(Code::MissingPermissions.into());
        }
        let before = row.role();
        row.position = position.clamp(i32::from(row.id != guild.id.cast()), 1000);
        store::role::update(&mut work, row).await?;
        let after = row.role();
        work.emit(Event::GuildRoleUpdate(GuildRole { guild_id: guild.id, role: after.clone() }));
        let changed = changes(Some(&before), Some(&after), &[]);
        work.audit(guild.id, cx.entry(AuditAction::RoleUpdate, row.id, changed)).await?;
    }
    work.commit().await?;
    rows.sort_by_key(|role| (role.position, role.id));
    Ok(Json(rows.iter().map(RoleRow::role).collect()))
}

async fn delete_guild_role(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<RoleMarker>)>,
) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    let row = store::role::get(&mut work, guild.id, id).await?.ok_or(Code::UnknownRole)?;
    if id == guild.id.cast() || row.managed {
        return Err(Code::InvalidRole.into());
    }
    require_below(&guild.state, cx.user()?, row.position)?;
    for user in store::member::holders(&mut work, guild.id, id).await? {
        if let Some((mut member, account)) = store::member::with_user(&mut work, guild.id, user).await? {
            member.roles.0.retain(|role| *role != id);
            store::member::update(&mut work, &member).await?;
            work.emit(Event::GuildMemberUpdate(member.guild_member(account.user())));
        }
    }
    remove(&mut work, &row).await?;
    let changed = changes(Some(&row.role()), None, &["id", "colors"]);
    work.audit(guild.id, cx.entry(AuditAction::RoleDelete, id, changed)).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Removes a role that nobody holds any more, with its picture and what was for its holders.
pub(crate) async fn remove(work: &mut Work, row: &RoleRow) -> Result<()> {
    store::role::delete(work, row.guild_id, row.id).await?;
    work.remove_image(ImageKind::RoleIcon, row.id, row.icon.clone());
    crate::emoji::forget_role(work, row.guild_id, row.id).await?;
    crate::channel::role_gone(work, row.guild_id, row.id).await?;
    work.emit(Event::GuildRoleDelete(GuildRoleDelete { guild_id: row.guild_id, role_id: row.id }));
    Ok(())
}
