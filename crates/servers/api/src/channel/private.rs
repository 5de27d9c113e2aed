//! Direct messages: of two, and of groups.

use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_store::user::UserRow;
use guildhall_wire::channel::{Channel as WireChannel, ChannelBody, ChannelKind};
use guildhall_wire::event::ChannelRecipient;
use guildhall_wire::message::MessageKind;
use guildhall_wire::relationship::RelationshipKind;
use serde::Deserialize;

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/users/@me/channels", list_my_channels, Need::Person)
        .post("/users/@me/channels", create_dm, Need::Account)
        .limit(20, 60)
        .put("/channels/{channel_id}/recipients/{user_id}", add_group_dm_user, Need::Member)
        .delete("/channels/{channel_id}/recipients/{user_id}", delete_group_dm_user, Need::Member)
}

/// Most people in a group.
const MOST: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DmBody {
    recipient_id: Option<Id<UserMarker>>,
    recipients: Option<Vec<Id<UserMarker>>>,
}

/// The same by a channel that was resolved.
pub(crate) async fn seen_by_id(
    run: &mut dyn Run,
    channel: &Channel,
    reader: Id<UserMarker>,
) -> Result<WireChannel, guildhall_db::Error> {
    let row = store::channel::get(run, channel.id).await?.ok_or(guildhall_db::Error::NotFound)?;
    store::channel::seen_by(run, &row, channel.recipients(), reader).await
}

async fn list_my_channels(cx: Cx) -> Result<Json<Vec<WireChannel>>> {
    Ok(Json(store::channel::private_of(&mut cx.db(), cx.user()?).await?))
}

async fn create_dm(cx: Cx, Json(body): Json<DmBody>) -> Result<Json<WireChannel>> {
    let me = cx.account()?.clone();
    let mut others = body.recipients.unwrap_or_default();
    others.extend(body.recipient_id);
    others.sort_unstable();
    others.dedup();
    others.retain(|id| *id != me.id());
    match others.as_slice() {
        [] => Err(Code::InvalidRecipients.into()),
        [other] => open(&cx, &me.row, *other).await.map(Json),
        _ if me.is_bot() => Err(Code::UsersOnly.into()),
        _ => create_group(&cx, &me.row, others).await.map(Json),
    }
}

/// The direct message with somebody, made when it is not there.
pub(crate) async fn open(cx: &Cx, me: &UserRow, other: Id<UserMarker>) -> Result<WireChannel> {
    let account = store::user::get(&mut cx.db(), other).await?.ok_or(Code::UnknownUser)?;
    if let Some(row) = store::channel::by_pair(&mut cx.db(), me.id, other).await? {
        let mut work = cx.begin().await?.at(row.id);
        store::channel::add_recipient(&mut work, row.id, me.id, false).await?;
        let channel = store::channel::seen_by(&mut work, &row, &[other], me.id).await?;
        work.emit(Event::ChannelCreate(channel.clone()).to(me.id));
        work.commit().await?;
        return Ok(channel);
    }
    require_contact(cx, me, &account).await?;
    let mut row = ChannelRow::new(cx.next_id(), ChannelKind::Dm);
    row.pair_key = Some(store::channel::pair_key(me.id, other));
    let mut work = cx.begin().await?.at(row.id);
    match store::channel::insert(&mut work, &row).await {
        // The other was faster.
        Err(guildhall_db::Error::Unique(_)) => {
            drop(work);
            let row = store::channel::by_pair(&mut cx.db(), me.id, other).await?.ok_or(Code::UnknownChannel)?;
            return Ok(store::channel::seen_by(&mut cx.db(), &row, &[other], me.id).await?);
        }
        result => result?,
    }
    store::channel::add_recipient(&mut work, row.id, me.id, false).await?;
    // The other sees it when something is written.
    store::channel::add_recipient(&mut work, row.id, other, true).await?;
    let channel = WireChannel { recipients: Some(vec![account.user()]), ..row.channel() };
    work.load_private(row.channel(), vec![me.id, other]);
    work.emit(Event::ChannelCreate(channel.clone()).to(me.id));
    work.commit().await?;
    Ok(channel)
}

/// Refuses to write to strangers, to those who blocked one, and, where the instance says so, to all but friends.
pub(crate) async fn require_contact(cx: &Cx, me: &UserRow, other: &UserRow) -> Result<()> {
    if other.deleted_at.is_some() {
        return Err(Code::CannotMessageUser.into());
    }
    let theirs = store::relationship::get(&mut cx.db(), other.id, me.id).await?.map(|row| row.kind.0);
    let mine = store::relationship::get(&mut cx.db(), me.id, other.id).await?.map(|row| row.kind.0);
    if theirs == Some(RelationshipKind::Blocked) || mine == Some(RelationshipKind::Blocked) {
        return Err(Code::CannotMessageUser.into());
    }
    if mine == Some(RelationshipKind::Friend) {
        return Ok(());
    }
    let settings = crate::instance::settings(cx).await?;
    if settings.dm_policy == "friends" && !me.bot && !other.bot {
        return Err(Code::FriendshipNeeded.into());
    }
    let theirs = cx.app.bus().guilds_of(other.id);
    // A guild that is raided is no reason at the moment, but for its own bots.
    let counts = |guild: &Id<GuildMarker>| {
        let state = cx.app.bus().guild(*guild);
        me.bot || other.bot || state.is_some_and(|state| !crate::guild::dms_paused(&state.guild, cx.now()))
    };
    if cx.app.bus().guilds_of(me.id).iter().any(|guild| theirs.contains(guild) && counts(guild)) {
        Ok(())
    } else {
        Err(Code::CannotMessageUser.into())
    }
}

async fn create_group(cx: &Cx, me: &UserRow, others: Vec<Id<UserMarker>>) -> Result<WireChannel> {
    if others.len() >= MOST {
        return Err(Code::TooManyRecipients.into());
    }
    for other in &others {
        require_friend(cx, me.id, *other).await?;
    }
    let mut row = ChannelRow::new(cx.next_id(), ChannelKind::GroupDm);
    row.owner_id = Some(me.id);
    let mut everybody = others;
    everybody.push(me.id);
    everybody.sort_unstable();
    let mut work = cx.begin().await?.at(row.id);
    store::channel::insert(&mut work, &row).await?;
    work.load_private(row.channel(), everybody.clone());
    for user in &everybody {
        store::channel::add_recipient(&mut work, row.id, *user, false).await?;
        let channel = store::channel::seen_by(&mut work, &row, &everybody, *user).await?;
        work.emit(Event::ChannelCreate(channel).to(*user));
    }
    let channel = store::channel::seen_by(&mut work, &row, &everybody, me.id).await?;
    work.commit().await?;
    Ok(channel)
}

async fn require_friend(cx: &Cx, me: Id<UserMarker>, other: Id<UserMarker>) -> Result<()> {
    let row = store::relationship::get(&mut cx.db(), me, other).await?;
    if row.is_some_and(|row| row.kind.0 == RelationshipKind::Friend) {
        Ok(())
    } else {
        Err(Code::InvalidRecipients.into())
    }
}

/// Renames a group, gives it a picture or hands it over.
pub(super) async fn update(cx: &Cx, channel: &Channel, mut body: ChannelBody) -> Result<Json<WireChannel>> {
    if channel.kind() != ChannelKind::GroupDm {
        return Err(Code::CannotExecuteOnDm.into());
    }
    let me = cx.user()?;
    crate::instance::require_writable(cx).await?;
    let icon = std::mem::take(&mut body.icon);
    let icon = NewImage::read(&cx.app, ImageKind::GroupIcon, channel.id, "icon", icon).await?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    if let Patch::Value(name) = &body.name {
        let mut errors = FormErrors::new();
        errors.length("name", name, 0, 100);
        errors.finish()?;
    }
    let renamed = !body.name.is_absent();
    body.name.map(|name| name.trim().to_owned()).apply(&mut row.name);
    row.name = row.name.take().filter(|name| !name.is_empty());
    if let Patch::Value(owner) = body.owner {
        if row.owner_id != Some(me) || !channel.recipients().contains(&owner) {
            return Err(Code::MissingPermissions.into());
        }
        row.owner_id = Some(owner);
    }
    let pictured = !icon.is_absent();
    icon.apply(&mut work, &mut row.icon);
    store::channel::update(&mut work, &row).await?;
    let wire = store::channel::seen_by(&mut work, &row, channel.recipients(), me).await?;
    for user in channel.recipients() {
        let seen = store::channel::seen_by(&mut work, &row, channel.recipients(), *user).await?;
        work.emit(Event::ChannelUpdate(seen).to(*user));
    }
    if renamed {
        let text = row.name.clone().unwrap_or_default();
        crate::message::system(cx, &mut work, channel, MessageKind::ChannelNameChange, &text, None).await?;
    }
    if pictured {
        crate::message::system(cx, &mut work, channel, MessageKind::ChannelIconChange, "", None).await?;
    }
    work.commit().await?;
    Ok(Json(wire))
}

/// Closes a direct message for oneself, or leaves a group.
pub(super) async fn close(cx: &Cx, channel: &Channel) -> Result<Json<WireChannel>> {
    let me = cx.account()?.row.clone();
    let row = store::channel::get(&mut cx.db(), channel.id).await?.ok_or(Code::UnknownChannel)?;
    let wire = store::channel::seen_by(&mut cx.db(), &row, channel.recipients(), me.id).await?;
    let mut work = cx.begin().await?.at(channel.id);
    if channel.kind() == ChannelKind::GroupDm {
        leave(cx, &mut work, channel, row, &me).await?;
    } else {
        store::channel::add_recipient(&mut work, channel.id, me.id, true).await?;
        work.emit(Event::ChannelDelete(wire.clone()).to(me.id));
    }
    work.commit().await?;
    Ok(Json(wire))
}

/// Takes somebody out of a group; the next eldest becomes owner when the owner goes.
async fn leave(cx: &Cx, work: &mut Work, channel: &Channel, mut row: ChannelRow, user: &UserRow) -> Result<()> {
    if !store::channel::remove_recipient(work, row.id, user.id).await? {
        return Err(Code::UnknownUser.into());
    }
    if super::is_writable(cx, work, channel).await? {
        crate::message::system(cx, work, channel, MessageKind::RecipientRemove, "", Some(user)).await?;
    }
    work.emit(Event::ChannelDelete(row.channel()).to(user.id));
    work.emit(Event::ChannelRecipientRemove(ChannelRecipient { channel_id: row.id, user: user.user() }));
    if row.owner_id == Some(user.id) {
        row.owner_id = channel.recipients().iter().copied().find(|id| *id != user.id);
        store::channel::update(work, &row).await?;
        work.emit(Event::ChannelUpdate(row.channel()));
    }
    Ok(())
}

async fn add_group_dm_user(
    cx: Cx,
    channel: Channel,
    Path((_, user)): Path<(Id<ChannelMarker>, Id<UserMarker>)>,
) -> Result<NoContent> {
    if channel.kind() != ChannelKind::GroupDm {
        return Err(Code::WrongChannelType.into());
    }
    if channel.recipients().contains(&user) {
        return Ok(NoContent);
    }
    if channel.recipients().len() >= MOST {
        return Err(Code::TooManyRecipients.into());
    }
    crate::instance::require_writable(&cx).await?;
    require_friend(&cx, cx.user()?, user).await?;
    let account = store::user::get(&mut cx.db(), user).await?.ok_or(Code::UnknownUser)?;
    let row = store::channel::get(&mut cx.db(), channel.id).await?.ok_or(Code::UnknownChannel)?;
    let mut work = cx.begin().await?.at(channel.id);
    store::channel::add_recipient(&mut work, channel.id, user, false).await?;
    let mut everybody = channel.recipients().to_vec();
    everybody.push(user);
    work.emit(Event::ChannelRecipientAdd(ChannelRecipient { channel_id: channel.id, user: account.user() }));
    let seen = store::channel::seen_by(&mut work, &row, &everybody, user).await?;
    work.emit(Event::ChannelCreate(seen).to(user));
    crate::message::system(&cx, &mut work, &channel, MessageKind::RecipientAdd, "", Some(&account)).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_group_dm_user(
    cx: Cx,
    channel: Channel,
    Path((_, user)): Path<(Id<ChannelMarker>, Id<UserMarker>)>,
) -> Result<NoContent> {
    if channel.kind() != ChannelKind::GroupDm {
        return Err(Code::WrongChannelType.into());
    }
    let me = cx.user()?;
    if user != me && channel.channel.owner_id != Some(me) {
        return Err(Code::MissingPermissions.into());
    }
    let account = store::user::get(&mut cx.db(), user).await?.ok_or(Code::UnknownUser)?;
    let row = store::channel::get(&mut cx.db(), channel.id).await?.ok_or(Code::UnknownChannel)?;
    let mut work = cx.begin().await?.at(channel.id);
    leave(&cx, &mut work, &channel, row, &account).await?;
    work.commit().await?;
    Ok(NoContent)
}
