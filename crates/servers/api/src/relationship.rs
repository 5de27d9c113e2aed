//! Friends, requests and blocks: `/users/@me/relationships`.

use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::relationship::RelationshipRow;
use guildhall_store::user::UserRow;
use guildhall_wire::relationship::{FriendRequest, Relationship, RelationshipBody, RelationshipKind};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/users/@me/relationships", list_relationships, Need::Person)
        .post("/users/@me/relationships", send_friend_request, Need::Person)
        .limit(20, 60)
        .put("/users/@me/relationships/{user_id}", put_relationship, Need::Person)
        .delete("/users/@me/relationships/{user_id}", delete_relationship, Need::Person)
}

/// Most friends of somebody.
const MOST: i64 = 1000;

async fn list_relationships(cx: Cx) -> Result<Json<Vec<Relationship>>> {
    Ok(Json(store::relationship::with_users(&mut cx.db(), cx.user()?).await?))
}

/// Where what is between two people happens, whoever of them does it.
fn between(one: &UserRow, other: &UserRow) -> Id<UserMarker> {
    one.id.min(other.id)
}

async fn send_friend_request(cx: Cx, Json(body): Json<FriendRequest>) -> Result<NoContent> {
    let other =
        store::user::by_username(&mut cx.db(), body.username.trim()).await?.ok_or(Code::FriendRequestUnknown)?;
    befriend(&cx, &other).await
}

async fn put_relationship(
    cx: Cx,
    Path((id,)): Path<(Id<UserMarker>,)>,
    Json(body): Json<RelationshipBody>,
) -> Result<NoContent> {
    let other = store::user::get(&mut cx.db(), id).await?.ok_or(Code::UnknownUser)?;
    match body.kind.map_or(1, |kind| kind.0) {
        1 => befriend(&cx, &other).await,
        2 => block(&cx, &other).await,
        _ => Err(Error::form("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")),
    }
}

/// Asks, or accepts when the other has asked.
async fn befriend(cx: &Cx, other: &UserRow) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    if other.id == me.id {
        return Err(Code::FriendRequestSelf.into());
    }
    if other.bot {
        return Err(Code::FriendRequestUnknown.into());
    }
    let mut work = cx.begin().await?.at(between(&me, other));
    let mine = store::relationship::get(&mut work, me.id, other.id).await?.map(|row| row.kind.0);
    let theirs = store::relationship::get(&mut work, other.id, me.id).await?.map(|row| row.kind.0);
    if theirs == Some(RelationshipKind::Blocked) {
        return Err(Code::FriendRequestBlocked.into());
    }
    match mine {
        Some(RelationshipKind::Friend) => return Err(Code::AlreadyFriends.into()),
        Some(RelationshipKind::Outgoing) => return Ok(NoContent),
        Some(RelationshipKind::Incoming) => {
            for one in [me.id, other.id] {
                require_room(&mut work, one).await?;
            }
            set(cx, &mut work, &me, other, RelationshipKind::Friend).await?;
            set(cx, &mut work, other, &me, RelationshipKind::Friend).await?;
        }
        Some(RelationshipKind::Blocked) | None => {
            require_room(&mut work, me.id).await?;
            set(cx, &mut work, &me, other, RelationshipKind::Outgoing).await?;
            set(cx, &mut work, other, &me, RelationshipKind::Incoming).await?;
        }
    }
    work.commit().await?;
    Ok(NoContent)
}

/// Refuses another friend to who has as many as one can have.
async fn require_room(work: &mut Work, user: Id<UserMarker>) -> Result<()> {
    let known = store::relationship::count_friends(work, user).await?;
    if known < MOST { Ok(()) } else { Err(Code::TooManyFriends.into()) }
}

async fn block(cx: &Cx, other: &UserRow) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    if other.id == me.id {
        return Err(Code::FriendRequestSelf.into());
    }
    let mut work = cx.begin().await?.at(between(&me, other));
    forget(&mut work, other, &me, true).await?;
    set(cx, &mut work, &me, other, RelationshipKind::Blocked).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn set(cx: &Cx, work: &mut Work, user: &UserRow, other: &UserRow, kind: RelationshipKind) -> Result<()> {
    let row = RelationshipRow { user_id: user.id, other_id: other.id, kind: Stored(kind), since: cx.now() };
    store::relationship::set(work, &row).await?;
    work.emit(Event::RelationshipAdd(row.relationship(other.user())).to(user.id));
    Ok(())
}

/// Forgets one side; a block by that side stays where `keep_block`.
async fn forget(work: &mut Work, user: &UserRow, other: &UserRow, keep_block: bool) -> Result<bool> {
    let Some(row) = store::relationship::get(work, user.id, other.id).await? else { return Ok(false) };
    if keep_block && row.kind.0 == RelationshipKind::Blocked {
        return Ok(false);
    }
    store::relationship::delete(work, user.id, other.id).await?;
    work.emit(Event::RelationshipRemove(row.relationship(other.user())).to(user.id));
    Ok(true)
}

async fn delete_relationship(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<NoContent> {
    let me = cx.account()?.row.clone();
    let other = store::user::get(&mut cx.db(), id).await?.ok_or(Code::UnknownUser)?;
    let mut work = cx.begin().await?.at(between(&me, &other));
    let blocked = store::relationship::get(&mut work, me.id, id)
        .await?
        .is_some_and(|row| row.kind.0 == RelationshipKind::Blocked);
    if !forget(&mut work, &me, &other, false).await? {
        return Err(Code::UnknownUser.into());
    }
    // Taking a block back is nothing that the other hears of.
    if !blocked {
        forget(&mut work, &other, &me, true).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}
