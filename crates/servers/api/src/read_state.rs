//! How far people have read, and receipts of it.

use guildhall_store as store;
use guildhall_wire::loose::Int;
use guildhall_wire::read_state::{MessageAck, Receipt};
use serde::Deserialize;
use serde_json::{Value, json};

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
    ack(&cx, channel.id, id, mentions, body.manual).await?;
    Ok(Json(json!({ "token": null })))
}

/// Marks read, tells one's own sessions and, with a receipt, the others. A manual one may go back.
async fn ack(cx: &Cx, channel: Id<ChannelMarker>, id: Id<MessageMarker>, mentions: u32, manual: bool) -> Result<()> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(channel);
    store::read_state::ack(&mut work, me, channel, id, mentions, manual).await?;
    work.emit(Event::MessageAck(MessageAck { channel_id: channel, message_id: id, mention_count: mentions }).to(me));
    if !manual {
        let receipt = Receipt { channel_id: channel, user_id: me, delivered_id: Some(id), read_id: Some(id) };
        work.emit(Event::ReceiptUpdate(receipt));
    }
    work.commit().await
}

/// Notes that messages reached somebody, and tells those who see the channel.
pub(crate) async fn delivered(cx: &Cx, channel: &Channel, id: Id<MessageMarker>) -> Result<()> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(channel.id);
    if store::read_state::deliver(&mut work, me, channel.id, id).await? {
        let receipt = Receipt { channel_id: channel.id, user_id: me, delivered_id: Some(id), read_id: None };
        work.emit(Event::ReceiptUpdate(receipt));
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
        crate::kernel::access::resolve_channel(&cx.app, cx.user()?, one.channel_id).await?;
        ack(&cx, one.channel_id, one.message_id, 0, false).await?;
    }
    Ok(NoContent)
}

async fn list_receipts(cx: Cx, channel: Channel) -> Result<Json<Vec<Value>>> {
    let receipts = store::read_state::of_channel(&mut cx.db(), channel.id, 100).await?;
    let list = receipts.into_iter().map(|receipt| {
        json!({ "user_id": receipt.user_id, "delivered_id": receipt.delivered_id, "read_id": receipt.read_id })
    });
    Ok(Json(list.collect()))
}
