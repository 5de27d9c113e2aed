//! Removing accounts: everything that names them goes, what they wrote stays.

use std::collections::HashSet;

use guildhall_bus::{ChannelPlace, GuildState};
use guildhall_store as store;
use guildhall_store::user::UserRow;
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::event::ChannelRecipient;
use guildhall_wire::guild::Guild as WireGuild;

use crate::App;
use crate::prelude::*;

/// Removes accounts with their bots; gives all that are gone. A guild that loses its owner goes to its highest member, the
/// eldest of equals; one without people is deleted.
pub(crate) async fn remove_all(app: &App, work: &mut Work, mut rows: Vec<UserRow>) -> Result<HashSet<Id<UserMarker>>> {
    let mut bots = Vec::new();
    for row in &rows {
        bots.extend(
            store::application::of_owner(work, row.id).await?.into_iter().map(|application| application.bot_id),
        );
    }
    for chunk in bots.chunks(500) {
        rows.extend(store::user::get_many(work, chunk).await?.into_iter().filter(|bot| bot.deleted_at.is_none()));
    }
    let gone: HashSet<_> = rows.iter().map(|row| row.id).collect();
    for row in &mut rows {
        leave_guilds(app, work, row, &gone).await?;
        leave_groups(app, work, row, &gone).await?;
        leave_friends(work, row, &gone).await?;
        store::user::lock_out(work, row.id).await?;
        work.remove_image(ImageKind::Avatar, row.id, row.avatar.take());
        work.remove_image(ImageKind::Banner, row.id, row.banner.take());
        row.erase(app.clock().micros());
        store::user::update(work, row).await?;
    }
    Ok(gone)
}

async fn leave_guilds(app: &App, work: &mut Work, row: &UserRow, gone: &HashSet<Id<UserMarker>>) -> Result<()> {
    for id in app.bus().guilds_of(row.id) {
        let Some(state) = app.bus().guild(id) else { continue };
        if state.guild.owner_id == row.id {
            let Some(heir) = heir(work, &state, gone).await? else {
                crate::guild::remove(work, id).await?;
                continue;
            };
            let mut guild = store::guild::get(work, id).await?.ok_or(Code::UnknownGuild)?;
            guild.owner_id = heir;
            store::guild::update(work, &guild).await?;
            let whole = guild.guild(Vec::new(), Vec::new());
            work.emit(Event::GuildUpdate(WireGuild {
                roles: state.whole().roles,
                emojis: state.emojis.to_vec(),
                ..whole
            }));
        }
        crate::member::remove(work, id, row).await?;
    }
    Ok(())
}

/// The member with the highest role, of equals the eldest; no bot and nobody who goes.
async fn heir(work: &mut Work, state: &GuildState, gone: &HashSet<Id<UserMarker>>) -> Result<Option<Id<UserMarker>>> {
    let mut members: Vec<_> = state.members.iter().filter(|(id, _)| !gone.contains(*id)).collect();
    members.sort_by_key(|(id, member)| (std::cmp::Reverse(state.rank(**id)), member.joined_at));
    let ids: Vec<_> = members.into_iter().map(|(id, _)| *id).collect();
    for chunk in ids.chunks(500) {
        let users = store::user::get_many(work, chunk).await?;
        let person = |id: &&Id<UserMarker>| users.iter().any(|user| user.id == **id && !user.bot);
        if let Some(heir) = chunk.iter().find(person) {
            return Ok(Some(*heir));
        }
    }
    Ok(None)
}

/// Takes somebody out of their group direct messages. Those of two stay with the other.
async fn leave_groups(app: &App, work: &mut Work, row: &UserRow, gone: &HashSet<Id<UserMarker>>) -> Result<()> {
    for mut channel in store::channel::of_user(work, row.id, true).await? {
        if channel.kind() != ChannelKind::GroupDm {
            continue;
        }
        store::channel::remove_recipient(work, channel.id, row.id).await?;
        work.emit(Event::ChannelRecipientRemove(ChannelRecipient { channel_id: channel.id, user: row.user() }));
        if let (true, Some(ChannelPlace::Private(private))) =
            (channel.owner_id == Some(row.id), app.bus().channel(channel.id))
        {
            channel.owner_id = private.recipients.iter().copied().find(|id| !gone.contains(id));
            store::channel::update(work, &channel).await?;
            work.emit(Event::ChannelUpdate(channel.channel()));
        }
    }
    Ok(())
}

async fn leave_friends(work: &mut Work, row: &UserRow, gone: &HashSet<Id<UserMarker>>) -> Result<()> {
    for towards in store::relationship::towards(work, row.id).await? {
        store::relationship::delete(work, towards.user_id, row.id).await?;
        if !gone.contains(&towards.user_id) {
            work.emit(Event::RelationshipRemove(towards.relationship(row.user())).to(towards.user_id));
        }
    }
    for own in store::relationship::of_user(work, row.id).await? {
        store::relationship::delete(work, row.id, own.other_id).await?;
    }
    Ok(())
}
