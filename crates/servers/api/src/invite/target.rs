//! Invites for some only: `/invites/{code}/target-users`.

use axum::extract::{FromRequest as _, Request};
use axum::response::{IntoResponse, Response};
use guildhall_store as store;
use guildhall_store::invite::InviteRow;
use guildhall_wire::invite::{InviteBody, TargetUsers, TargetUsersJob};
use http::header;
use serde_json::{Value, json};

use super::valid;
use crate::kernel::body;
use crate::kernel::form::{self, Parts};
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/invites/{code}/target-users";
    const ONE: &str = "/invites/{code}/target-users/{user_id}";
    Routes::new()
        .get(ALL, get_invite_target_users, Need::Account)
        .put(ALL, update_invite_target_users, Need::Account)
        .get("/invites/{code}/target-users/job-status", get_invite_target_users_job_status, Need::Account)
        .post("/invites/{code}/target-users/bulk-add", bulk_add_invite_target_users, Need::Account)
        .post("/invites/{code}/target-users/bulk-delete", bulk_delete_invite_target_users, Need::Account)
        .put(ONE, add_invite_target_user, Need::Account)
        .delete(ONE, delete_invite_target_user, Need::Account)
}

/// Most people that one invite is for.
const MOST: usize = 10_000;
/// Largest file of ids, with what is around it.
const FILE_BYTES: usize = 1024 * 1024;
/// Most people in one list.
const MOST_AT_ONCE: usize = 1000;

/// The invite, for who made it and for who holds one of these.
async fn managed(cx: &Cx, code: &str, either: Permissions) -> Result<InviteRow> {
    let row = valid(cx, code).await?;
    let state = cx.app.bus().guild(row.guild_id).ok_or(Code::UnknownInvite)?;
    let me = cx.user()?;
    let may = (row.inviter_id == Some(me) && state.is_member(me)) || state.permissions(me, cx.now()).intersects(either);
    if may { Ok(row) } else { Err(Code::MissingPermissions.into()) }
}

const READ: Permissions = Permissions::MANAGE_GUILD.union(Permissions::VIEW_AUDIT_LOG);

async fn get_invite_target_users(cx: Cx, Path((code,)): Path<(String,)>) -> Result<Response> {
    managed(&cx, &code, READ).await?;
    let users = store::invite::targets(&mut cx.db(), &code).await?;
    if users.is_empty() {
        return Err(Code::UnknownInviteTargets.into());
    }
    let lines: String = users.iter().map(|user| format!("{user}\n")).collect();
    Ok(([(header::CONTENT_TYPE, "text/csv")], format!("user_id\n{lines}")).into_response())
}

async fn get_invite_target_users_job_status(cx: Cx, Path((code,)): Path<(String,)>) -> Result<Json<TargetUsersJob>> {
    managed(&cx, &code, READ).await?;
    let at = store::invite::targeted_at(&mut cx.db(), &code).await?.ok_or(Code::UnknownInviteTargetsJob)?;
    let count = u32::try_from(store::invite::targets(&mut cx.db(), &code).await?.len()).unwrap_or(u32::MAX);
    // A list is taken over before its sender hears of it: whoever asks finds it done.
    Ok(Json(TargetUsersJob {
        status: 2,
        total_users: count,
        processed_users: count,
        created_at: Some(store::timestamp(at)),
        completed_at: Some(store::timestamp(at)),
        error_message: None,
    }))
}

/// Reads a column of ids, with or without a heading; complains with the numbers of the lines.
fn read(text: &str) -> Result<Vec<Id<UserMarker>>> {
    let (mut users, mut wrong) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim().trim_matches('"');
        if line.is_empty() || (index == 0 && line.eq_ignore_ascii_case("user_id")) {
            continue;
        }
        match line.parse() {
            Ok(id) => users.push(id),
            Err(_) if wrong.len() < 50 => wrong.push(format!("Line {}: invalid user ID format", index + 1)),
            Err(_) => {}
        }
    }
    if !wrong.is_empty() {
        let code = Code::InvalidForm;
        let body = json!({ "code": code.number(), "message": code.message(), "target_users_file": wrong });
        return Err(Error::Body(code, body));
    }
    users.sort_unstable();
    users.dedup();
    if users.is_empty() || users.len() > MOST {
        let message = format!("Must be between 1 and {MOST} in length.");
        return Err(Error::form("target_users_file", "BASE_TYPE_BAD_LENGTH", message));
    }
    Ok(users)
}

/// A new invite's body: JSON, or a form with the file and the rest beside it.
pub(super) async fn read_body(request: Request) -> Result<(InviteBody, Vec<Id<UserMarker>>)> {
    if !form::is_multipart(&request) {
        let Json(body) = Json::<InviteBody>::from_request(request, &()).await?;
        return Ok((body, Vec::new()));
    }
    let mut parts = Parts::of(request, FILE_BYTES)?;
    let (mut payload, mut users) = (None, Vec::new());
    let (mut fields, mut roles) = (serde_json::Map::new(), Vec::new());
    while let Some(part) = parts.part().await? {
        let text = String::from_utf8(parts.bounded().await?).map_err(|_| Code::BadRequest)?;
        match part.name.as_str() {
            "target_users_file" => users = read(&text)?,
            "payload_json" => payload = Some(body::read(text.as_bytes())?),
            // One field a role, or a list in one field.
            "role_ids" | "role_ids[]" => match serde_json::from_str(&text) {
                Ok(Value::Array(more)) => roles.extend(more),
                _ => roles.push(text.trim().into()),
            },
            "max_age" | "max_uses" | "temporary" | "unique" | "target_type" | "target_user_id" => {
                let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                fields.insert(part.name, value);
            }
            _ => {}
        }
    }
    if !roles.is_empty() {
        fields.insert("role_ids".to_owned(), roles.into());
    }
    let body = match payload {
        Some(body) => body,
        None => body::read(Value::Object(fields).to_string().as_bytes())?,
    };
    Ok((body, users))
}

async fn update_invite_target_users(cx: Cx, Path((code,)): Path<(String,)>, request: Request) -> Result<NoContent> {
    managed(&cx, &code, Permissions::MANAGE_GUILD).await?;
    let mut parts = Parts::of(request, FILE_BYTES)?;
    let mut text = None;
    while let Some(part) = parts.part().await? {
        if part.name == "target_users_file" {
            text = Some(String::from_utf8(parts.bounded().await?).map_err(|_| Code::BadRequest)?);
        }
    }
    let text = text.ok_or_else(|| Error::form("target_users_file", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let users = read(&text)?;
    let mut work = cx.begin().await?;
    store::invite::remove_targets(&mut work, &code, None).await?;
    store::invite::add_targets(&mut work, &code, &users, cx.now()).await?;
    work.commit().await?;
    Ok(NoContent)
}

fn check(list: &TargetUsers) -> Result<()> {
    let mut errors = FormErrors::new();
    errors.count("user_ids", list.user_ids.len(), 1, MOST_AT_ONCE);
    Ok(errors.finish()?)
}

async fn add(cx: &Cx, code: &str, users: &[Id<UserMarker>]) -> Result<NoContent> {
    managed(cx, code, Permissions::MANAGE_GUILD).await?;
    let mut work = cx.begin().await?;
    store::invite::add_targets(&mut work, code, users, cx.now()).await?;
    if store::invite::targets(&mut work, code).await?.len() > MOST {
        let message = format!("Must be {MOST} or fewer in length.");
        return Err(Error::form("user_ids", "BASE_TYPE_MAX_LENGTH", message));
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn remove(cx: &Cx, code: &str, users: &[Id<UserMarker>]) -> Result<NoContent> {
    managed(cx, code, Permissions::MANAGE_GUILD).await?;
    let mut work = cx.begin().await?;
    store::invite::remove_targets(&mut work, code, Some(users)).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn bulk_add_invite_target_users(
    cx: Cx,
    Path((code,)): Path<(String,)>,
    Json(list): Json<TargetUsers>,
) -> Result<NoContent> {
    check(&list)?;
    add(&cx, &code, &list.user_ids).await
}

async fn bulk_delete_invite_target_users(
    cx: Cx,
    Path((code,)): Path<(String,)>,
    Json(list): Json<TargetUsers>,
) -> Result<NoContent> {
    check(&list)?;
    remove(&cx, &code, &list.user_ids).await
}

async fn add_invite_target_user(cx: Cx, Path((code, user)): Path<(String, Id<UserMarker>)>) -> Result<NoContent> {
    add(&cx, &code, &[user]).await
}

async fn delete_invite_target_user(cx: Cx, Path((code, user)): Path<(String, Id<UserMarker>)>) -> Result<NoContent> {
    remove(&cx, &code, &[user]).await
}

/// Whether an invite is for that person: for everybody where nobody was ever named.
pub(crate) async fn includes(run: &mut dyn Run, invite: &InviteRow, user: Id<UserMarker>) -> Result<bool> {
    Ok(!invite.targeted || store::invite::targets(run, &invite.code).await?.contains(&user))
}
