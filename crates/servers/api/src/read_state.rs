//! How far people have read, and receipts of it.

use guildhall_store as store;
use guildhall_wire::loose::Int;
use guildhall_wire::read_state::{MessageAck, Receipt};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kernel::access::{Place, resolve_channel};
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().post("/channels/{channel_id}/messages/{message_id}/ack", ack_message, Need::Member).post(
        "/read-states/ack-bulk",
        ack_bulk,
        Need::Person,
    )
}

pub(crate) fn own_routes() -> Routes {
    Routes::new().get("/channels/{channel_id}/receipts", list_receipts, Permissions::READ_MESSAGE_HISTORY)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ack {
    manual: bool,
    mention_count: Option<Int<u32>>,
}

async fn ack_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
    Json(body): Json<Ack>,
) -> Result<Json<Value>> {
    if cx.account()?.is_bot() {
        return Err(Code::UsersOnly.into());
    }
    let mentions = body.mention_count.map_or(0, |count| count.0);
    ack(&cx, &channel, id, mentions, body.manual).await?;
    Ok(Json(json!({ "token": null })))
}

/// Most members of a guild that are told how far one of them has read: in a crowd, everybody reading would tell everybody.
const CROWD: usize = 500;

/// Tells those who see the channel, unless one keeps it to oneself.
fn tell(cx: &Cx, work: &mut Work, channel: &Channel, receipt: Receipt) -> Result<()> {
    let crowd = matches!(&channel.place, Place::Guild(state) if state.members.len() > CROWD);
    if !crowd && cx.account()?.row.settings.0.read_receipts {
        work.emit(Event::ReceiptUpdate(receipt));
    }
    Ok(())
}

/// Marks read, tells one's own sessions and, with a receipt, the others. A manual one may go back.
async fn ack(cx: &Cx, channel: &Channel, id: Id<MessageMarker>, mentions: u32, manual: bool) -> Result<()> {
    // Nobody reads ahead.
    let Some(newest) = channel.channel.last_message_id.value() else { return Ok(()) };
    let (me, channel_id, id) = (cx.user()?, channel.id, id.min(newest));
    let mut work = cx.begin().await?.at(channel_id);
    store::read_state::ack(&mut work, me, channel_id, id, mentions, manual).await?;
    work.emit(Event::MessageAck(MessageAck { channel_id, message_id: id, mention_count: mentions }).to(me));
    if !manual {
        let receipt = Receipt { channel_id, user_id: me, delivered_id: Some(id), read_id: Some(id) };
        tell(cx, &mut work, channel, receipt)?;
    }
    work.commit().await
}

/// Notes that messages reached somebody, and tells those who see the channel.
pub(crate) async fn delivered(cx: &Cx, channel: &Channel, id: Id<MessageMarker>) -> Result<()> {
    let me = cx.user()?;
    if store::read_state::is_delivered(&mut cx.db(), me, channel.id, id).await? {
        return Ok(());
    }
    let mut work = cx.begin().await?.at(channel.id);
    if store::read_state::deliver(&mut work, me, channel.id, id).await? {
        let receipt = Receipt { channel_id: channel.id, user_id: me, delivered_id: Some(id), read_id: None };
        tell(cx, &mut work, channel, receipt)?;
        work.commit().await?;
    }
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AckBulk {
    read_states: Vec<AckOne>,
}

#[derive(Debug, Deserialize)]
struct AckOne {
    channel_id: Id<ChannelMarker>,
    message_id: Id<MessageMarker>,
}

async fn ack_bulk(cx: Cx, Json(body): Json<AckBulk>) -> Result<NoContent> {
    if body.read_states.len() > 100 {
        return Err(Error::form("read_states", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length."));
    }
    for one in body.read_states {
        let channel = resolve_channel(&cx.app, cx.user()?, one.channel_id).await?;
        ack(&cx, &channel, one.message_id, 0, false).await?;
    }
    Ok(NoContent)
}

async fn list_receipts(cx: Cx, channel: Channel) -> Result<Json<Vec<Value>>> {
    let receipts = store::read_state::of_channel(&mut cx.db(), channel.id, 100).await?;
    let ids: Vec<_> = receipts.iter().map(|receipt| receipt.user_id).collect();
    let users = store::user::get_many(&mut cx.db(), &ids).await?;
    let open = |id| users.iter().any(|user| user.id == id && user.settings.0.read_receipts);
    let list = receipts.into_iter().filter(|receipt| open(receipt.user_id)).map(|receipt| {
        json!({ "user_id": receipt.user_id, "delivered_id": receipt.delivered_id, "read_id": receipt.read_id })
    });
    Ok(Json(list.collect()))
}
