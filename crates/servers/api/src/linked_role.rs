//! Linked roles: `/guilds/{guild_id}/roles/{role_id}/connections`, as Discord's own client uses it.
//!
//! A role with rules is given and taken by them alone: when an application says something new of somebody, when somebody
//! joins, when the rules change, and when time alone makes a difference. What follows is a timer of the same transaction, so
//! it happens even if the program ends right after the answer.

use std::collections::HashMap;
use std::str::FromStr;

use guildhall_rules::linked_role::{deserves, is_met, turns_at};
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::member::MemberRow;
use guildhall_store::role::RoleRow;
use guildhall_wire::audit_log::{AuditAction, AuditChange};
use guildhall_wire::event::GuildRole;
use guildhall_wire::linked_role::{GuildConnection, LinkCheck, LinkRule, LinkRuleBody, Ways, applications, validate};
use guildhall_wire::role_connection::{RoleConnection, RoleConnectionField};
use serde_json::json;

use crate::App;
use crate::prelude::*;
use crate::role::require_below;
use crate::schedule::{self, Kind};

pub(crate) fn routes() -> Routes {
    const RULES: &str = "/guilds/{guild_id}/roles/{role_id}/connections/configuration";
    const CHECKS: &str = "/guilds/{guild_id}/roles/{role_id}/connections/eligibility";
    Routes::new()
        .get(RULES, get_guild_role_connections_configuration, Permissions::MANAGE_ROLES)
        .put(RULES, update_guild_role_connections_configuration, Permissions::MANAGE_ROLES)
        .get(CHECKS, get_guild_role_connections_eligibility, Need::Member)
}

pub(crate) fn own_routes() -> Routes {
    Routes::new().get("/guilds/{guild_id}/connections", list_guild_connections, Need::Member)
}

type Of = Path<(Id<GuildMarker>, Id<RoleMarker>)>;

/// Discord keeps these for people.
fn require_person(cx: &Cx) -> Result<()> {
    if cx.account()?.is_bot() { Err(Code::UsersOnly.into()) } else { Ok(()) }
}

async fn get_guild_role_connections_configuration(cx: Cx, guild: Guild, Path((_, id)): Of) -> Result<Json<Ways>> {
    require_person(&cx)?;
    let row = store::role::get(&mut cx.db(), guild.id, id).await?.ok_or(Code::UnknownRole)?;
    Ok(Json(row.links.0))
}

async fn update_guild_role_connections_configuration(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Of,
    Json(body): Json<Vec<Vec<LinkRuleBody>>>,
) -> Result<Json<Ways>> {
    require_person(&cx)?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::role::get(&mut work, guild.id, id).await?.ok_or(Code::UnknownRole)?;
    if row.managed || id == guild.id.cast() {
        return Err(Code::InvalidRole.into());
    }
    require_below(&guild.state, cx.user()?, row.position)?;
    let fields = fields(&mut work, guild.id, &applications(&body)).await?;
    let ways = validate(body, |id| fields.get(&id).map(Vec::as_slice))?;
    let before = std::mem::replace(&mut row.links.0, ways.clone());
    if before == ways {
        return Ok(Json(ways));
    }
    store::role::update(&mut work, &row).await?;
    work.emit(Event::GuildRoleUpdate(GuildRole { guild_id: guild.id, role: row.role() }));
    let said = |ways: &Ways| (!ways.is_empty()).then(|| json!(ways));
    let change = AuditChange { key: "connections".into(), old_value: said(&before), new_value: said(&ways) };
    work.audit(guild.id, cx.entry(AuditAction::RoleUpdate, id, vec![change])).await?;
    // With no rules any more, it is a role like others: who has it keeps it.
    if row.is_linked() {
        for user in concerned(&mut work, &row).await? {
            review(&cx, &mut work, guild.id, user).await?;
        }
    }
    work.commit().await?;
    Ok(Json(ways))
}

/// The fields of the applications that a guild may ask: those that were added to it.
async fn fields(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    ids: &[Id<ApplicationMarker>],
) -> Result<HashMap<Id<ApplicationMarker>, Vec<RoleConnectionField>>> {
    let mut known = HashMap::new();
    for id in ids {
        let Some(row) = store::application::get(run, *id).await? else { continue };
        let here = store::member::get(run, guild, row.bot_id).await?.is_some()
            || store::integration::get(run, guild, *id).await?.is_some();
        if here {
            known.insert(*id, row.settings.0.role_connections);
        }
    }
    Ok(known)
}

/// Whom the rules of a role may give something or take it away.
async fn concerned(run: &mut dyn Run, row: &RoleRow) -> Result<Vec<Id<UserMarker>>> {
    let mut users = store::member::holders(run, row.guild_id, row.id).await?;
    let mut asked: Vec<_> = row.links.0.iter().flatten().map(|rule| rule.application_id).collect();
    asked.sort_unstable();
    asked.dedup();
    for application in asked {
        users.extend(store::role_connection::members(run, application, row.guild_id).await?);
    }
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

/// What oneself meets of what a role asks.
async fn get_guild_role_connections_eligibility(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Of,
) -> Result<Json<Vec<Vec<LinkCheck>>>> {
    require_person(&cx)?;
    let row = store::role::get(&mut cx.db(), guild.id, id).await?.ok_or(Code::UnknownRole)?;
    let said = said(&mut cx.db(), cx.user()?).await?;
    let ids: Vec<_> = row.links.0.iter().flatten().map(|rule| rule.application_id).collect();
    let fields = fields(&mut cx.db(), guild.id, &ids).await?;
    let now = cx.now();
    let check = |rule: LinkRule| {
        let of = |key| fields.get(&rule.application_id)?.iter().find(|field| field.key == key);
        let field = rule.connection_metadata_field.as_deref().and_then(of);
        LinkCheck {
            name: field.map(|field| field.name.clone()),
            description: field.map(|field| field.description.clone()),
            result: is_met(&rule, said.get(&rule.application_id), now),
            rule,
        }
    };
    Ok(Json(row.links.0.into_iter().map(|rules| rules.into_iter().map(check).collect()).collect()))
}

/// What roles of a guild can ask: the applications in it that have fields, and what each says of oneself.
async fn list_guild_connections(cx: Cx, guild: Guild) -> Result<Json<Vec<GuildConnection>>> {
    require_person(&cx)?;
    let mut said = said(&mut cx.db(), cx.user()?).await?;
    let rows = store::application::of_guild(&mut cx.db(), guild.id).await?;
    let rows = rows.into_iter().filter(|row| {
        let settings = &row.settings.0;
        !settings.role_connections.is_empty() || settings.role_connections_verification_url.is_some()
    });
    let connection = |row: ApplicationRow| GuildConnection {
        id: row.id,
        name: row.name,
        icon: row.icon,
        description: row.description,
        connected: said.remove(&row.id),
        fields: row.settings.0.role_connections,
        role_connections_verification_url: row.settings.0.role_connections_verification_url,
    };
    Ok(Json(rows.map(connection).collect()))
}

async fn said(run: &mut dyn Run, user: Id<UserMarker>) -> Result<HashMap<Id<ApplicationMarker>, RoleConnection>> {
    let rows = store::role_connection::of_user(run, user).await?;
    Ok(rows.into_iter().map(|row| (row.application_id, row.connection())).collect())
}

/// Whose roles a timer looks at, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.guild, self.user)
    }
}

impl FromStr for Subject {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (guild, user) = text.split_once('/').ok_or(())?;
        Ok(Self { guild: guild.parse().map_err(|_| ())?, user: user.parse().map_err(|_| ())? })
    }
}

/// Gives and takes what the rules say now.
pub(crate) async fn on_time(app: &App, work: &mut Work, subject: Subject) -> Result<()> {
    let mut cx = Cx::beside(app);
    cx.reason = Some("linked role".into());
    review(&cx, work, subject.guild, subject.user).await
}

/// An application says something else of somebody: their roles follow, everywhere.
pub(crate) async fn follow(cx: &Cx, work: &mut Work, user: Id<UserMarker>) -> Result<()> {
    for guild in store::role::linked_guilds(work, user).await? {
        later(work, guild, user, cx.now()).await?;
    }
    Ok(())
}

/// An application is about to go: nobody has its word any more.
pub(crate) async fn forget(cx: &Cx, work: &mut Work, application: Id<ApplicationMarker>) -> Result<()> {
    for role in store::role::linked_to(work, application).await? {
        for user in store::member::holders(work, role.guild_id, role.id).await? {
            later(work, role.guild_id, user, cx.now()).await?;
        }
    }
    Ok(())
}

/// Somebody joins: no linked role comes by an invite, and those that are theirs follow.
pub(crate) async fn welcome(cx: &Cx, work: &mut Work, row: &mut MemberRow) -> Result<()> {
    let linked = store::role::linked(work, row.guild_id).await?;
    if !linked.is_empty() {
        row.roles.0.retain(|id| !linked.iter().any(|role| role.id == *id));
        later(work, row.guild_id, row.user_id, cx.now()).await?;
    }
    Ok(())
}

async fn later(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>, due: i64) -> Result<()> {
    schedule::at_place(work, Kind::LinkedRoles, guild, Subject { guild, user }, due).await
}

/// Gives a member the linked roles that they deserve, takes the others, and comes back when time makes a difference.
async fn review(cx: &Cx, work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<()> {
    let Some((mut row, account)) = store::member::with_user(work, guild, user).await? else { return Ok(()) };
    let (before, said, now) = (row.clone(), said(work, user).await?, cx.now());
    let mut next: Option<i64> = None;
    for role in store::role::linked(work, guild).await? {
        row.roles.0.retain(|id| *id != role.id);
        if deserves(&role.links.0, &said, now) {
            row.roles.0.push(role.id);
        }
        next = [next, turns_at(&role.links.0, &said, now)].into_iter().flatten().min();
    }
    row.roles.0.sort_unstable();
    crate::member::save(cx, work, &before, &mut row, &account).await?;
    match next {
        Some(due) => later(work, guild, user, due).await,
        None => Ok(()),
    }
}
