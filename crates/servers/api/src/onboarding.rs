//! What newcomers are asked: `/guilds/{guild_id}/onboarding`, and the guide of a guild.

use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::onboarding::{COMPLETED, Known, Onboarding, OnboardingBody, Responses, STARTED};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const PATH: &str = "/guilds/{guild_id}/onboarding";
    Routes::new()
        .get(PATH, get_guilds_onboarding, Need::Member)
        .put(PATH, put_guilds_onboarding, Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES)
        .post("/guilds/{guild_id}/onboarding-responses", answer_onboarding, Need::Member)
        .limit(10, 60)
        .get("/guilds/{guild_id}/new-member-welcome", get_guild_new_member_welcome, Need::Member)
}

/// Channels to begin with that it takes, and how many of them everybody may write to.
const CHANNELS: (usize, usize) = (7, 5);

async fn get_guilds_onboarding(cx: Cx, guild: Guild) -> Result<Json<Onboarding>> {
    let mut onboarding = store::onboarding::get(&mut cx.db(), guild.id).await?;
    // What is gone since is left out.
    onboarding.default_channel_ids.retain(|id| guild.state.channels.contains_key(id));
    for option in onboarding.prompts.iter_mut().flat_map(|prompt| &mut prompt.options) {
        option.channel_ids.retain(|id| guild.state.channels.contains_key(id));
        option.role_ids.retain(|id| guild.state.roles.contains_key(id));
    }
    Ok(Json(onboarding))
}

struct Here<'a>(&'a Cx, &'a GuildState);

impl Known for Here<'_> {
    fn channel(&self, id: Id<ChannelMarker>) -> bool {
        self.1.channels.contains_key(&id)
    }

    fn role(&self, id: Id<RoleMarker>) -> bool {
        self.1.roles.contains_key(&id)
    }

    fn new_id(&self) -> Id<GenericMarker> {
        self.0.next_id()
    }
}

/// Whether newcomers find enough: channels that everybody sees, some of which everybody may write to.
fn suffices(state: &GuildState, onboarding: &Onboarding) -> bool {
    let mut ids = onboarding.default_channel_ids.clone();
    if onboarding.mode == 1 {
        let options = onboarding.prompts.iter().flat_map(|prompt| &prompt.options);
        ids.extend(options.flat_map(|option| &option.channel_ids));
    }
    ids.sort_unstable();
    ids.dedup();
    let channels: Vec<_> = ids.iter().filter_map(|id| state.channels.get(id)).collect();
    let open = |channel: &&&std::sync::Arc<guildhall_wire::channel::Channel>| {
        state.public_permissions(channel).contains(Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES)
    };
    channels.len() >= CHANNELS.0 && channels.iter().filter(open).count() >= CHANNELS.1
}

async fn put_guilds_onboarding(cx: Cx, guild: Guild, Json(body): Json<OnboardingBody>) -> Result<Json<Onboarding>> {
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let before = store::onboarding::get(&mut work, guild.id).await?;
    let mut after = before.clone();
    body.apply(&mut after, &Here(&cx, &guild.state))?;
    if after.enabled && !suffices(&guild.state, &after) {
        let code = if before.enabled { Code::OnboardingBelow } else { Code::OnboardingNotMet };
        return Err(code.into());
    }
    // Nobody hands out what stands above them.
    let options = after.prompts.iter().flat_map(|prompt| &prompt.options);
    let known = before.prompts.iter().flat_map(|prompt| &prompt.options).flat_map(|option| &option.role_ids);
    let known: Vec<_> = known.collect();
    for id in options.flat_map(|option| &option.role_ids).filter(|id| !known.contains(id)) {
        let role = guild.state.roles.get(id).ok_or(Code::UnknownRole)?;
        if !role.is_given_by_hand() || *id == guild.id.cast() {
            return Err(Code::InvalidRole.into());
        }
        crate::role::require_below(&guild.state, cx.user()?, role.position)?;
    }
    if after != before {
        store::onboarding::set(&mut work, &after).await?;
        let changed = changes(Some(&before), Some(&after), &["guild_id"]);
        work.audit(guild.id, cx.entry(AuditAction::OnboardingUpdate, guild.id, changed)).await?;
    }
    work.commit().await?;
    Ok(Json(after))
}

/// What a newcomer answers, or somebody later: roles and channels follow from it.
async fn answer_onboarding(cx: Cx, guild: Guild, Json(body): Json<Responses>) -> Result<NoContent> {
    let me = cx.account()?;
    if me.is_bot() {
        return Err(Code::UsersOnly.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    let onboarding = store::onboarding::get(&mut work, guild.id).await?;
    if !onboarding.enabled {
        return Err(Code::OnboardingNotMet.into());
    }
    let mut chosen = onboarding.choose(&body.onboarding_responses)?;
    let gives = |id: &Id<RoleMarker>| guild.state.roles.get(id).is_some_and(|role| role.is_given_by_hand());
    chosen.roles.retain(gives);
    chosen.not_roles.retain(gives);
    chosen.channels.retain(|id| guild.state.channels.contains_key(id));
    let (mut row, user) = store::member::with_user(&mut work, guild.id, me.id()).await?.ok_or(Code::UnknownMember)?;
    let before = row.clone();
    row.roles.0.retain(|id| !chosen.not_roles.contains(id));
    row.roles.0.extend(chosen.roles);
    row.roles.0.sort_unstable();
    row.roles.0.dedup();
    row.flags |= STARTED | COMPLETED;
    crate::member::save(&cx, &mut work, &before, &mut row, &user).await?;
    crate::settings::pick_channels(&mut work, me.id(), guild.id, &chosen.channels).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Nobody can make a guide of a guild by Discord's API: there is none to show.
async fn get_guild_new_member_welcome(_: Guild) -> NoContent {
    NoContent
}
