//! What only forums have: tags, the reaction at a touch, how posts are listed. And the flags of all channels.

use guildhall_db::Json as Stored;
use guildhall_store::channel::ChannelRow;
use guildhall_wire::channel::{ChannelBody, ChannelKind};
use guildhall_wire::forum::flags;
use guildhall_wire::loose::Int;

use crate::prelude::*;

/// Takes what is about forums out of a body and writes it into a row. Of other channels it says nothing.
pub(super) fn apply(app: &crate::App, row: &mut ChannelRow, body: &mut ChannelBody) -> Result<()> {
    let (forum, bits) = (body.take_forum(), std::mem::take(&mut body.flags));
    spoiler(row, body.nsfw.as_ref().value().copied(), bits.as_ref().value().map(|Int(bits)| *bits))?;
    if !row.kind().is_forum() {
        return Ok(());
    }
    let mut settings = row.forum.take().map(|Stored(settings)| settings).unwrap_or_default();
    let mut errors = FormErrors::new();
    forum.apply(&mut settings, &mut errors, || app.next_id());
    errors.finish()?;
    let names = settings.available_tags.iter().map(|tag| tag.name.to_lowercase());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < settings.available_tags.len() {
        return Err(Code::TagNames.into());
    }
    if let Patch::Value(Int(bits)) = bits {
        let media = if row.kind() == ChannelKind::Media { flags::HIDE_MEDIA_DOWNLOAD_OPTIONS } else { 0 };
        let settable = flags::REQUIRE_TAG | media;
        row.flags = (row.flags & !settable) | (bits & settable);
    }
    if row.flags & flags::REQUIRE_TAG != 0 && settings.available_tags.iter().all(|tag| tag.moderated) {
        return Err(Code::NoTagsForMembers.into());
    }
    row.forum = Some(Stored(settings));
    Ok(())
}

/// Makes a channel one whose content people ask for before they see it; one for adults is not such a channel too.
fn spoiler(row: &mut ChannelRow, nsfw: Option<bool>, bits: Option<u32>) -> Result<()> {
    let kind = row.kind();
    let nsfw = nsfw.unwrap_or(row.nsfw);
    let wanted = bits.map_or(row.flags, |bits| bits) & flags::IS_SPOILER_CHANNEL;
    let takes_it = kind.is_forum() || (kind.has_messages() && kind != ChannelKind::Stage);
    if wanted != 0 && bits.is_some() && (nsfw || !takes_it) {
        let message = "Only channels with messages, and none that are age-restricted, are spoiler channels.";
        return Err(Error::form("flags", "CHANNEL_FLAGS_INVALID", message));
    }
    let kept = if nsfw { 0 } else { wanted };
    row.flags = (row.flags & !flags::IS_SPOILER_CHANNEL) | kept;
    Ok(())
}
