//! Names of members: looked at when somebody joins and when a name changes.

use guildhall_bus::GuildState;
use guildhall_rules::automod::{Event as Watched, Hit, Recent, Rules, Subject};
use guildhall_store as store;
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::automod::action;
use guildhall_wire::member::flags::AUTOMOD_QUARANTINED;

use super::act::Breach;
use crate::prelude::*;

/// The first of a member's names that breaks rules, and which.
fn judge(rules: &Rules, member: &MemberRow, user: &UserRow) -> Option<(String, Vec<Hit>)> {
    let names = [member.nick.as_deref(), user.global_name.as_deref(), Some(user.username.as_str())];
    names.into_iter().flatten().find_map(|text| {
        let event = Watched::Profile;
        let recent = Recent::default();
        let hits = rules.judge(&Subject { event, text, roles: &member.roles.0, places: &[], recent });
        (!hits.is_empty()).then(|| (text.to_owned(), hits))
    })
}

fn manages(state: &GuildState, user: Id<UserMarker>, now: i64) -> bool {
    state.guild.owner_id == user || state.permissions(user, now).contains(Permissions::MANAGE_GUILD)
}

/// Looks at a member's names, which are new, and does what rules say about them. The row is not written here.
pub(crate) async fn review(cx: &Cx, work: &mut Work, member: &mut MemberRow, user: &UserRow) -> Result<()> {
    let Some(state) = cx.app.bus().guild(member.guild_id) else { return Ok(()) };
    if (state.automod.is_empty() && member.flags & AUTOMOD_QUARANTINED == 0) || user.bot {
        return Ok(());
    }
    let found = judge(&state.automod, member, user).filter(|_| !manages(&state, user.id, cx.now()));
    member.flags &= !AUTOMOD_QUARANTINED;
    let Some((text, hits)) = found else { return Ok(()) };
    let breach = Breach { state, author: user.clone(), channel: None, text, hits };
    for (hit, action) in breach.actions() {
        match action.kind {
            action::BLOCK_INTERACTION => {
                member.flags |= AUTOMOD_QUARANTINED;
                breach.quarantine(cx, work, hit, action).await?;
            }
            action::SEND_ALERT => breach.tell(cx, work, hit, action, None).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Lets those take part again whose names break none of the rules as they are to be.
pub(super) async fn review_flagged(work: &mut Work, guild: &Guild, rules: &Rules) -> Result<()> {
    for user in store::member::flagged(work, guild.id, AUTOMOD_QUARANTINED).await? {
        let Some((mut member, user)) = store::member::with_user(work, guild.id, user).await? else { continue };
        let found = judge(rules, &member, &user);
        let stays = found.is_some_and(|(_, hits)| {
            hits.iter().flat_map(Hit::actions).any(|action| action.kind == action::BLOCK_INTERACTION)
        });
        if !stays {
            member.flags &= !AUTOMOD_QUARANTINED;
            store::member::update(work, &member).await?;
            work.emit(Event::GuildMemberUpdate(member.guild_member(user.user())));
        }
    }
    Ok(())
}
