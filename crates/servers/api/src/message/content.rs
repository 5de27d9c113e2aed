//! Who reads what is written in guilds: applications need the intent for it, over REST as over the gateway.

use guildhall_wire::application::flags;
use guildhall_wire::message::Message;

use crate::prelude::*;

/// Takes the content of messages of a guild away from an application that may not read it. In direct messages it reads all.
pub(crate) async fn conceal<'a>(
    cx: &Cx,
    guild: Option<Id<GuildMarker>>,
    messages: impl IntoIterator<Item = &'a mut Message>,
) -> Result<()> {
    let either = flags::GATEWAY_MESSAGE_CONTENT | flags::GATEWAY_MESSAGE_CONTENT_LIMITED;
    if guild.is_none() || crate::application::has_intent(cx, either).await? {
        return Ok(());
    }
    let me = cx.user()?;
    messages.into_iter().for_each(|message| message.conceal_from(me));
    Ok(())
}
