//! Members: `/guilds/{guild_id}/members`.

mod entrance;
mod join;
mod prune;
pub(crate) mod temporary;
mod voice;

use guildhall_store as store;
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::application::flags;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::event::GuildUser;
use guildhall_wire::guild::UnavailableGuild;
use guildhall_wire::join_request::Status;
use guildhall_wire::member::{Member, MemberBody, OwnMemberBody};
use serde::Deserialize;
use serde_json::json;

use crate::prelude::*;

pub(crate) use entrance::{enter, greet};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/guilds/{guild_id}/members", list_guild_members, Need::Member)
        .get("/guilds/{guild_id}/members/search", search_guild_members, Need::Member)
        .patch("/guilds/{guild_id}/members/@me", update_my_guild_member, Need::Member)
        .images()
        .patch("/guilds/{guild_id}/members/@me/nick", update_my_nick, Need::Can(Permissions::CHANGE_NICKNAME))
        .get("/guilds/{guild_id}/members/{user_id}", get_guild_member, Need::Member)
        .put("/guilds/{guild_id}/members/{user_id}", join::add_guild_member, Permissions::CREATE_INVITE)
        .patch("/guilds/{guild_id}/members/{user_id}", update_guild_member, Need::Member)
        .delete("/guilds/{guild_id}/members/{user_id}", delete_guild_member, Permissions::KICK_MEMBERS)
        .put("/guilds/{guild_id}/members/{user_id}/roles/{role_id}", add_guild_member_role, Permissions::MANAGE_ROLES)
        .delete(
            "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
            delete_guild_member_role,
            Permissions::MANAGE_ROLES,
        )
        .merge(prune::routes())
        .merge(voice::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MemberPage {
    after: Option<u64>,
    limit: Option<u32>,
    query: String,
}

fn limit(limit: Option<u32>) -> Result<u32> {
    let limit = limit.unwrap_or(1);
    if (1..=1000).contains(&limit) {
        Ok(limit)
    } else {
        Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000."))
    }
}

/// Bots read the whole list only where they may have it over the gateway too.
pub(crate) async fn require_members_intent(cx: &Cx) -> Result<()> {
    let either = flags::GATEWAY_GUILD_MEMBERS | flags::GATEWAY_GUILD_MEMBERS_LIMITED;
    if crate::application::has_intent(cx, either).await? { Ok(()) } else { Err(Code::MissingAccess.into()) }
}

async fn list_guild_members(cx: Cx, guild: Guild, Query(page): Query<MemberPage>) -> Result<Json<Vec<Member>>> {
    require_members_intent(&cx).await?;
    let rows = store::member::page(&mut cx.db(), guild.id, page.after.unwrap_or(0), limit(page.limit)?).await?;
    Ok(Json(store::member::present(&mut cx.db(), rows).await?))
}

async fn search_guild_members(cx: Cx, guild: Guild, Query(page): Query<MemberPage>) -> Result<Json<Vec<Member>>> {
    if page.query.is_empty() || page.query.len() > 100 {
        return Err(Error::form("query", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."));
    }
    Ok(Json(store::member::search(&mut cx.db(), guild.id, &page.query, limit(page.limit)?).await?))
}

async fn get_guild_member(
    cx: Cx,
    guild: Guild,
    Path((_, user)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
) -> Result<Json<Member>> {
    let (row, user) = store::member::with_user(&mut cx.db(), guild.id, user).await?.ok_or(Code::UnknownMember)?;
    Ok(Json(row.member(Some(user.user()))))
}

/// Most days of a timeout.
const TIMEOUT_DAYS: i64 = 28;

async fn update_guild_member(
    cx: Cx,
    guild: Guild,
    Path((_, target)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
    Json(body): Json<MemberBody>,
) -> Result<Json<Member>> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(guild.id);
    let (mut row, user) = store::member::with_user(&mut work, guild.id, target).await?.ok_or(Code::UnknownMember)?;
    let before = row.clone();
    let place = voice::change(&cx, &guild, &mut row, &body)?;
    if !body.nick.is_absent() {
        let own = me == target && guild.permissions.contains(Permissions::CHANGE_NICKNAME);
        if !own {
            guild.require(Permissions::MANAGE_NICKNAMES)?;
            if me != target {
                guild.require_above(me, target)?;
            }
        }
        set_nick(&mut row, body.nick)?;
    }
    if !body.roles.is_absent() {
        guild.require(Permissions::MANAGE_ROLES)?;
        set_roles(&guild, me, &mut row, body.roles.value().unwrap_or_default())?;
        require_roles(&mut work, &row, &before).await?;
    }
    if !body.communication_disabled_until.is_absent() {
        guild.require(Permissions::MODERATE_MEMBERS)?;
        guild.require_above(me, target)?;
        let until = body.communication_disabled_until.value().map(guildhall_wire::Timestamp::as_micros);
        if until.is_some_and(|until| until > cx.now() + TIMEOUT_DAYS * 86_400_000_000 + 60_000_000) {
            let field = "communication_disabled_until";
            return Err(Error::form(field, "GUILD_MEMBER_TIMEOUT_TOO_LONG", "Timeouts end within 28 days."));
        }
        let administrator = guild.state.permissions(target, 0).contains(Permissions::ADMINISTRATOR);
        if until.is_some() && administrator {
            return Err(Code::MissingPermissions.into());
        }
        row.timeout_until = until.filter(|until| *until > cx.now());
    }
    if let Patch::Value(flags) = body.flags {
        let moderates = Permissions::MODERATE_MEMBERS | Permissions::KICK_MEMBERS | Permissions::BAN_MEMBERS;
        if !guild.permissions.intersects(Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES) {
            guild.require(moderates)?;
        }
        // Only "bypasses verification" may be changed by hand.
        row.flags = (row.flags & !4) | (flags.0 & 4);
    }
    save(&cx, &mut work, &before, &mut row, &user).await?;
    voice::log(&cx, &mut work, guild.id, place).await?;
    work.commit().await?;
    let member = row.member(Some(user.user()));
    voice::tell(&cx, &guild, target, place);
    Ok(Json(member))
}

fn set_nick(row: &mut MemberRow, nick: Patch<String>) -> Result<()> {
    let nick = nick.value().map(|nick| nick.trim().to_owned()).filter(|nick| !nick.is_empty());
    if nick.as_ref().is_some_and(|nick| nick.chars().count() > 32) {
        return Err(Error::form("nick", "BASE_TYPE_MAX_LENGTH", "Must be 32 or fewer in length."));
    }
    row.nick = nick;
    Ok(())
}

/// Replaces the roles of a member; only roles below the actor may come or go, managed ones stay.
fn set_roles(guild: &Guild, me: Id<UserMarker>, row: &mut MemberRow, mut roles: Vec<Id<RoleMarker>>) -> Result<()> {
    roles.sort_unstable();
    roles.dedup();
    let changed =
        roles.iter().filter(|id| !row.roles.0.contains(id)).chain(row.roles.0.iter().filter(|id| !roles.contains(id)));
    for id in changed {
        check_role(guild, me, *id)?;
    }
    row.roles.0 = roles;
    Ok(())
}

fn check_role(guild: &Guild, me: Id<UserMarker>, id: Id<RoleMarker>) -> Result<()> {
    let role = guild.state.roles.get(&id).ok_or(Code::UnknownRole)?;
    if !role.is_given_by_hand() || id == guild.id.cast() {
        return Err(Code::InvalidRole.into());
    }
    crate::role::require_below(&guild.state, me, role.position)
}

/// Roles that somebody is given are there, and go by no rules: that may have changed since the guild was looked at.
async fn require_roles(work: &mut Work, row: &MemberRow, before: &MemberRow) -> Result<()> {
    for id in row.roles.0.iter().filter(|id| !before.roles.0.contains(id)) {
        if store::role::get(work, row.guild_id, *id).await?.ok_or(Code::UnknownRole)?.is_linked() {
            return Err(Code::InvalidRole.into());
        }
    }
    Ok(())
}

/// Writes a member and tells of it; nothing when nothing changed.
pub(crate) async fn save(
    cx: &Cx,
    work: &mut Work,
    before: &MemberRow,
    row: &mut MemberRow,
    user: &UserRow,
) -> Result<()> {
    if before.nick != row.nick {
        crate::automod::review(cx, work, row, user).await?;
    }
    let (old, new) = (before.member(None), row.member(None));
    if old == new && before.bio == row.bio {
        return Ok(());
    }
    // With a role one stays.
    let row = &MemberRow { temporary: row.temporary && row.roles.0.is_empty(), ..row.clone() };
    store::member::update(work, row).await?;
    work.emit(Event::GuildMemberUpdate(row.guild_member(user.user())));
    let changed = changes(Some(&old), Some(&new), &["roles", "avatar", "banner"]);
    if !changed.is_empty() {
        work.audit(row.guild_id, cx.entry(AuditAction::MemberUpdate, row.user_id, changed)).await?;
    }
    if old.roles != new.roles {
        let names = |ids: Vec<&Id<RoleMarker>>| {
            let state = cx.app.bus().guild(row.guild_id);
            let name = |id| state.as_ref().and_then(|state| Some(state.roles.get(id)?.name.clone()));
            json!(ids.into_iter().map(|id| json!({ "id": id, "name": name(id) })).collect::<Vec<_>>())
        };
        let added: Vec<_> = new.roles.iter().filter(|id| !old.roles.contains(id)).collect();
        let removed: Vec<_> = old.roles.iter().filter(|id| !new.roles.contains(id)).collect();
        let change = |key: &str, value| guildhall_wire::audit_log::AuditChange {
            key: key.into(),
            old_value: None,
            new_value: Some(value),
        };
        let mut list = Vec::new();
        if !added.is_empty() {
            list.push(change("$add", names(added)));
        }
        if !removed.is_empty() {
            list.push(change("$remove", names(removed)));
        }
        work.audit(row.guild_id, cx.entry(AuditAction::MemberRoleUpdate, row.user_id, list)).await?;
    }
    Ok(())
}

async fn update_my_guild_member(cx: Cx, guild: Guild, Json(body): Json<OwnMemberBody>) -> Result<Json<Member>> {
    let me = cx.user()?;
    let avatar = NewImage::read(&cx.app, ImageKind::MemberAvatar, me, "avatar", body.avatar).await?;
    let banner = NewImage::read(&cx.app, ImageKind::MemberBanner, me, "banner", body.banner).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let found = store::member::with_user(&mut work, guild.id, me).await?;
    let (mut row, user) = found.ok_or(Code::UnknownMember)?;
    let before = row.clone();
    if !body.nick.is_absent() {
        guild.require(Permissions::CHANGE_NICKNAME)?;
        set_nick(&mut row, body.nick)?;
    }
    if let Patch::Value(bio) = &body.bio
        && bio.chars().count() > 190
    {
        return Err(Error::form("bio", "BASE_TYPE_MAX_LENGTH", "Must be 190 or fewer in length."));
    }
    body.bio.apply(&mut row.bio);
    avatar.apply(&mut work, &mut row.avatar);
    banner.apply(&mut work, &mut row.banner);
    save(&cx, &mut work, &before, &mut row, &user).await?;
    work.commit().await?;
    Ok(Json(row.member(Some(user.user()))))
}

/// An old form of changing oneself, for a name alone.
async fn update_my_nick(cx: Cx, guild: Guild, Json(body): Json<OwnMemberBody>) -> Result<Json<serde_json::Value>> {
    let nick = OwnMemberBody { nick: body.nick, ..OwnMemberBody::default() };
    let Json(member) = update_my_guild_member(cx, guild, Json(nick)).await?;
    Ok(Json(json!({ "nick": member.nick })))
}

async fn change_role(
    cx: &Cx,
    guild: &Guild,
    target: Id<UserMarker>,
    role: Id<RoleMarker>,
    give: bool,
) -> Result<NoContent> {
    check_role(guild, cx.user()?, role)?;
    let mut work = cx.begin().await?.at(guild.id);
    let (mut row, user) = store::member::with_user(&mut work, guild.id, target).await?.ok_or(Code::UnknownMember)?;
    let before = row.clone();
    row.roles.0.retain(|held| *held != role);
    if give {
        row.roles.0.push(role);
        row.roles.0.sort_unstable();
        require_roles(&mut work, &row, &before).await?;
    }
    save(cx, &mut work, &before, &mut row, &user).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn add_guild_member_role(
    cx: Cx,
    guild: Guild,
    Path((_, user, role)): Path<(Id<GuildMarker>, Id<UserMarker>, Id<RoleMarker>)>,
) -> Result<NoContent> {
    change_role(&cx, &guild, user, role, true).await
}

async fn delete_guild_member_role(
    cx: Cx,
    guild: Guild,
    Path((_, user, role)): Path<(Id<GuildMarker>, Id<UserMarker>, Id<RoleMarker>)>,
) -> Result<NoContent> {
    change_role(&cx, &guild, user, role, false).await
}

/// Removes a member and tells the guild and them.
pub(crate) async fn remove(work: &mut Work, guild: Id<GuildMarker>, user: &UserRow) -> Result<()> {
    let member = store::member::get(work, guild, user.id).await?.ok_or(Code::UnknownMember)?;
    crate::thread::leave_all(work, guild, user.id).await?;
    crate::scheduled_event::leave_all(work, guild, user.id).await?;
    if member.pending {
        forget_request(work, guild, user.id).await?;
    }
    store::member::delete(work, guild, user.id).await?;
    work.remove_image(ImageKind::MemberAvatar, user.id, member.avatar);
    work.remove_image(ImageKind::MemberBanner, user.id, member.banner);
    work.emit(Event::GuildMemberRemove(GuildUser { guild_id: guild, user: user.user() }));
    work.emit(Event::GuildDelete(UnavailableGuild { id: guild, unavailable: false }).to(user.id));
    if user.bot {
        crate::integration::dismiss(work, guild, user.id).await?;
    }
    Ok(())
}

/// Who goes before anybody decided asks for nothing any more; a refusal is kept.
async fn forget_request(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<()> {
    let row = store::join_request::of_user(work, guild, user).await?;
    if row.is_some_and(|row| row.status.0 == Status::Submitted) {
        crate::join_request::withdraw(work, guild, user).await?;
    }
    Ok(())
}

async fn delete_guild_member(
    cx: Cx,
    guild: Guild,
    Path((_, target)): Path<(Id<GuildMarker>, Id<UserMarker>)>,
) -> Result<NoContent> {
    let user = store::user::get(&mut cx.db(), target).await?.ok_or(Code::UnknownUser)?;
    if !guild.state.is_member(target) {
        return Err(Code::UnknownMember.into());
    }
    guild.require_above(cx.user()?, target)?;
    let mut work = cx.begin().await?.at(guild.id);
    remove(&mut work, guild.id, &user).await?;
    work.audit(guild.id, cx.entry(AuditAction::MemberKick, target, Vec::new())).await?;
    work.commit().await?;
    Ok(NoContent)
}
