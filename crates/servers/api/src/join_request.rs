//! Membership screening: `/guilds/{guild_id}/member-verification` and `/guilds/{guild_id}/requests`.
//!
//! Where a guild asks for it, who joins is pending: looks and reads only. A form that is nothing but terms lets in whoever
//! agrees; with questions in it somebody reads the answers, and decides.

use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::join_request::{JoinRequestRow, VerificationRow};
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::join_request::{
    JoinRequest, JoinRequestAction, JoinRequestBody, JoinRequestDelete, JoinRequestEvent, JoinRequestList,
    MemberVerification, MemberVerificationPatch, Status, limits, read_fields,
};
use serde::Deserialize;
use serde_json::json;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const FORM: &str = "/guilds/{guild_id}/member-verification";
    const OWN: &str = "/guilds/{guild_id}/requests/@me";
    Routes::new()
        .get(FORM, get_guild_member_verification, Need::Account)
        .patch(FORM, update_guild_member_verification, Permissions::MANAGE_GUILD)
        .get("/guilds/{guild_id}/requests", get_guild_join_requests, Permissions::KICK_MEMBERS)
        .get(OWN, get_my_join_request, Need::Member)
        .put(OWN, create_my_join_request, Need::Member)
        .delete(OWN, delete_my_join_request, Need::Member)
        .patch("/guilds/{guild_id}/requests/{request_id}", action_guild_join_request, Permissions::KICK_MEMBERS)
}

/// The feature of guilds whose newcomers fill in a form.
const FEATURE: &str = "MEMBER_VERIFICATION_GATE_ENABLED";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FormQuery {
    invite_code: Option<String>,
}

/// The form, for members, for who holds an invite, and for everybody where no invite is needed.
async fn get_guild_member_verification(
    cx: Cx,
    Path((guild,)): Path<(Id<GuildMarker>,)>,
    Query(query): Query<FormQuery>,
) -> Result<Json<MemberVerification>> {
    let state = cx.app.bus().guild(guild).ok_or(Code::UnknownGuild)?;
    if !state.is_member(cx.user()?) && !crate::discovery::is_open(&cx, &state.guild).await? {
        let invite = match &query.invite_code {
            Some(code) => store::invite::get(&mut cx.db(), code).await?,
            None => None,
        };
        invite.filter(|row| row.guild_id == guild && row.is_valid(cx.now())).ok_or(Code::MissingAccess)?;
    }
    match store::join_request::form(&mut cx.db(), guild).await? {
        Some(row) => Ok(Json(row.form())),
        // Who would make one sees that it is empty.
        None if state.permissions(cx.user()?, cx.now()).contains(Permissions::MANAGE_GUILD) => {
            Ok(Json(MemberVerification { version: None, form_fields: Vec::new(), description: None }))
        }
        None => Err(Code::UnknownVerificationForm.into()),
    }
}

fn logged(row: &VerificationRow) -> serde_json::Value {
    json!({ "enabled": row.enabled, "description": row.description, "form_fields": row.fields.0 })
}

async fn update_guild_member_verification(
    cx: Cx,
    guild: Guild,
    Json(body): Json<MemberVerificationPatch>,
) -> Result<Json<MemberVerification>> {
    let fields = match body.form_fields {
        Patch::Value(fields) => Patch::Value(read_fields(fields)?),
        Patch::Null => Patch::Null,
        Patch::Absent => Patch::Absent,
    };
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let known = store::join_request::form(&mut work, guild.id).await?;
    let before = known.unwrap_or_else(|| VerificationRow {
        guild_id: guild.id,
        enabled: false,
        changed_at: cx.now(),
        description: None,
        fields: Stored(Vec::new()),
    });
    let mut row = before.clone();
    body.enabled.map(|enabled| enabled.0).apply_or_default(&mut row.enabled);
    body.description.apply(&mut row.description);
    fields.apply_or_default(&mut row.fields.0);
    let mut errors = FormErrors::new();
    errors.length("description", row.description.as_deref().unwrap_or_default(), 0, limits::DESCRIPTION);
    errors.finish()?;
    if row != before {
        row.changed_at = cx.now();
    }
    store::join_request::set_form(&mut work, &row).await?;
    let mut hall = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let old = hall.guild(Vec::new(), Vec::new());
    crate::guild::set_feature(&mut hall, FEATURE, row.enabled);
    let more = changes(Some(&logged(&before)), Some(&logged(&row)), &[]);
    crate::guild::save_with(&cx, &mut work, &old, &hall, more).await?;
    if before.enabled && !row.enabled {
        // Nothing is asked any more: whoever waits is let in.
        for user in store::member::pending(&mut work, guild.id).await? {
            if let Some((member, user)) = store::member::with_user(&mut work, guild.id, user).await? {
                withdraw(&mut work, guild.id, user.id).await?;
                let_in(&cx, &mut work, member, &user).await?;
            }
        }
    }
    work.commit().await?;
    Ok(Json(row.form()))
}

/// Whether who comes to a guild has a form to fill in first.
pub(crate) fn is_asked(cx: &Cx, guild: Id<GuildMarker>, user: &UserRow) -> bool {
    let state = cx.app.bus().guild(guild);
    !user.bot && state.is_some_and(|state| state.guild.features.iter().any(|feature| feature == FEATURE))
}

/// Makes a member of somebody who waited.
async fn let_in(cx: &Cx, work: &mut Work, mut member: MemberRow, user: &UserRow) -> Result<()> {
    if !member.pending {
        return Ok(());
    }
    member.pending = false;
    store::member::update(work, &member).await?;
    work.emit(Event::GuildMemberUpdate(member.guild_member(user.user())));
    crate::member::greet(cx, work, member.guild_id, user).await
}

async fn present(run: &mut dyn Run, row: &JoinRequestRow) -> Result<JoinRequest> {
    let user = store::user::get(run, row.user_id).await?.map(|user| user.user());
    let reviewer = match row.reviewer_id {
        Some(id) => store::user::get(run, id).await?.map(|user| user.user()),
        None => None,
    };
    Ok(row.request(user, reviewer))
}

/// Tells those who decide, and whose request it is.
async fn tell(work: &mut Work, row: &JoinRequestRow, new: bool) -> Result<JoinRequest> {
    let request = present(work, row).await?;
    let told = JoinRequestEvent { guild_id: row.guild_id, status: row.status.0, request: request.clone() };
    let event = if new { Event::GuildJoinRequestCreate } else { Event::GuildJoinRequestUpdate };
    work.emit(event(told.clone()));
    work.emit(event(told).to(row.user_id));
    Ok(request)
}

/// Takes somebody's request away, and tells of it.
pub(crate) async fn withdraw(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<bool> {
    let Some(row) = store::join_request::of_user(work, guild, user).await? else { return Ok(false) };
    store::join_request::delete(work, guild, user).await?;
    let gone = JoinRequestDelete { id: row.id, user_id: user, guild_id: guild };
    work.emit(Event::GuildJoinRequestDelete(gone));
    work.emit(Event::GuildJoinRequestDelete(gone).to(user));
    Ok(true)
}

async fn get_my_join_request(cx: Cx, guild: Guild) -> Result<Json<JoinRequest>> {
    let row = store::join_request::of_user(&mut cx.db(), guild.id, cx.user()?).await?;
    let row = row.ok_or(Code::UnknownJoinRequest)?;
    Ok(Json(present(&mut cx.db(), &row).await?))
}

async fn create_my_join_request(cx: Cx, guild: Guild, Json(body): Json<JoinRequestBody>) -> Result<Json<JoinRequest>> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(guild.id);
    let form = store::join_request::form(&mut work, guild.id).await?.filter(|row| row.enabled);
    let form = form.ok_or(Code::UnknownVerificationForm)?.form();
    let found = store::member::with_user(&mut work, guild.id, me).await?;
    let (member, user) = found.ok_or(Code::UnknownMember)?;
    if !member.pending {
        return Err(Error::form("form_fields", "GUILD_MEMBER_NOT_PENDING", "You are let in already."));
    }
    let read = body.version.as_deref().and_then(guildhall_wire::loose::time::parse);
    if body.version.is_some() && read.map(Timestamp::as_micros) != form.version.map(Timestamp::as_micros) {
        return Err(Error::form("version", "GUILD_MEMBER_VERIFICATION_OUTDATED", "The form has changed since."));
    }
    let responses = form.answered(&body.form_fields)?;
    let known = store::join_request::of_user(&mut work, guild.id, me).await?;
    let reviewed = form.is_reviewed();
    let row = JoinRequestRow {
        id: cx.next_id(),
        guild_id: guild.id,
        user_id: me,
        status: Stored(if reviewed { Status::Submitted } else { Status::Approved }),
        responses: Stored(responses),
        reviewed_at: (!reviewed).then(|| cx.now()),
        reviewer_id: None,
        reason: None,
    };
    store::join_request::set(&mut work, &row).await?;
    let request = tell(&mut work, &row, known.is_none()).await?;
    if !reviewed {
        let_in(&cx, &mut work, member, &user).await?;
    }
    work.commit().await?;
    Ok(Json(request))
}

async fn delete_my_join_request(cx: Cx, guild: Guild) -> Result<NoContent> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(guild.id);
    if !withdraw(&mut work, guild.id, me).await? {
        return Err(Code::UnknownJoinRequest.into());
    }
    work.commit().await?;
    Ok(NoContent)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RequestPage {
    status: Option<Status>,
    limit: Option<u32>,
    before: Option<u64>,
    after: Option<u64>,
}

async fn get_guild_join_requests(
    cx: Cx,
    guild: Guild,
    Query(page): Query<RequestPage>,
) -> Result<Json<JoinRequestList>> {
    let limit = page.limit.unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    let most = i64::MAX.cast_unsigned();
    let between = (page.after.map(|after| after.min(most)), page.before.unwrap_or(most).min(most));
    let db = &mut cx.db();
    let mut list = Vec::new();
    for row in store::join_request::page(db, guild.id, page.status, between, limit).await? {
        list.push(present(db, &row).await?);
    }
    let total = store::join_request::count(db, guild.id, page.status).await?;
    Ok(Json(JoinRequestList { total, guild_join_requests: list }))
}

/// Lets somebody in, or turns them away: then they are no member any more.
async fn action_guild_join_request(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<GenericMarker>)>,
    Json(body): Json<JoinRequestAction>,
) -> Result<Json<JoinRequest>> {
    let mut errors = FormErrors::new();
    errors.length("rejection_reason", body.rejection_reason.as_deref().unwrap_or_default(), 0, limits::REASON);
    if !matches!(body.action, Status::Approved | Status::Rejected) {
        errors.choice("action", "('APPROVED', 'REJECTED')");
    }
    errors.finish()?;
    let mut work = cx.begin().await?.at(guild.id);
    let found = store::join_request::get(&mut work, guild.id, id).await?;
    let mut row = found.ok_or(Code::UnknownJoinRequest)?;
    if row.status.0 != Status::Submitted {
        return Err(Error::form("action", "GUILD_JOIN_REQUEST_REVIEWED", "Somebody has decided already."));
    }
    row.status.0 = body.action;
    row.reviewed_at = Some(cx.now());
    row.reviewer_id = Some(cx.user()?);
    row.reason = body.rejection_reason.filter(|_| body.action == Status::Rejected);
    store::join_request::set(&mut work, &row).await?;
    let request = tell(&mut work, &row, false).await?;
    let found = store::member::with_user(&mut work, guild.id, row.user_id).await?;
    if let Some((member, user)) = found.filter(|(member, _)| member.pending) {
        if body.action == Status::Approved {
            let_in(&cx, &mut work, member, &user).await?;
        } else {
            crate::member::remove(&mut work, guild.id, &user).await?;
            work.audit(guild.id, cx.entry(AuditAction::MemberKick, user.id, Vec::new())).await?;
        }
    }
    work.commit().await?;
    Ok(Json(request))
}
