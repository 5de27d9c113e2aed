//! Automatic moderation: `/guilds/{guild_id}/auto-moderation/rules`, and what the rules do.

mod act;
mod memory;
mod profile;

use guildhall_bus::GuildState;
use guildhall_rules::automod::{self as rules, Event as Watched, Subject};
use guildhall_store as store;
use guildhall_store::automod::AutomodRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::automod::{Known, Metadata, Rule, RuleBody, Trigger, action};

use crate::kernel::access::Place;
use crate::prelude::*;

pub(crate) use memory::Memory;
pub(crate) use profile::review;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/guilds/{guild_id}/auto-moderation/rules";
    const ONE: &str = "/guilds/{guild_id}/auto-moderation/rules/{rule_id}";
    let manage = Permissions::MANAGE_GUILD;
    Routes::new()
        .get(ALL, list_auto_moderation_rules, manage)
        .post(ALL, create_auto_moderation_rule, manage)
        .get(ONE, get_auto_moderation_rule, manage)
        .patch(ONE, update_auto_moderation_rule, manage)
        .delete(ONE, delete_auto_moderation_rule, manage)
}

/// What a guild with rules shows.
const FEATURE: &str = "AUTO_MODERATION";

async fn list_auto_moderation_rules(cx: Cx, guild: Guild) -> Result<Json<Vec<Rule>>> {
    let rows = store::automod::of_guild(&mut cx.db(), guild.id).await?;
    Ok(Json(rows.into_iter().map(AutomodRow::rule).collect()))
}

type One = Path<(Id<GuildMarker>, Id<AutoModerationRuleMarker>)>;

async fn find(run: &mut dyn Run, guild: &Guild, id: Id<AutoModerationRuleMarker>) -> Result<Rule> {
    Ok(store::automod::get(run, guild.id, id).await?.ok_or(Code::NotFound)?.rule())
}

async fn get_auto_moderation_rule(cx: Cx, guild: Guild, Path((_, id)): One) -> Result<Json<Rule>> {
    Ok(Json(find(&mut cx.db(), &guild, id).await?))
}

struct Here<'a>(&'a GuildState);

impl Known for Here<'_> {
    fn can_alert(&self, channel: Id<ChannelMarker>) -> bool {
        self.0.channel(channel).is_some_and(|channel| channel.kind.has_messages())
    }
}

/// Writes what was sent into a rule, as far as it makes sense and its sender may have it.
fn apply(guild: &Guild, rule: &mut Rule, body: RuleBody) -> Result<()> {
    body.apply(rule, &Here(&guild.state))?;
    rules::check(rule)?;
    if rule.actions.iter().any(|action| action.kind == action::TIMEOUT) {
        guild.require(Permissions::MODERATE_MEMBERS)?;
    }
    Ok(())
}

async fn create_auto_moderation_rule(cx: Cx, guild: Guild, Json(body): Json<RuleBody>) -> Result<Json<Rule>> {
    let trigger = body.trigger()?;
    let mut rule = Rule {
        id: cx.next_id(),
        guild_id: guild.id,
        name: String::new(),
        creator_id: cx.user()?,
        event_type: trigger.event_type(),
        trigger_type: trigger,
        trigger_metadata: Metadata::default(),
        actions: Vec::new(),
        enabled: false,
        exempt_roles: Vec::new(),
        exempt_channels: Vec::new(),
    };
    apply(&guild, &mut rule, body)?;
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let known = store::automod::of_guild(&mut work, guild.id).await?;
    if known.iter().filter(|known| known.trigger() == trigger).count() >= trigger.most() {
        let text = "Maximum number of auto moderation rules of this type reached";
        return Err(Error::form("trigger_type", "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED", text));
    }
    store::automod::insert(&mut work, &AutomodRow::of(rule.clone())).await?;
    work.emit(Event::AutoModerationRuleCreate(rule.clone()));
    let changed = changes(None, Some(&rule), &["id", "guild_id", "creator_id"]);
    work.audit(guild.id, cx.entry(AuditAction::AutomodRuleCreate, rule.id, changed)).await?;
    if known.is_empty() {
        crate::guild::show_feature(&mut work, guild.id, FEATURE, true).await?;
    }
    work.commit().await?;
    Ok(Json(rule))
}

async fn update_auto_moderation_rule(
    cx: Cx,
    guild: Guild,
    Path((_, id)): One,
    Json(body): Json<RuleBody>,
) -> Result<Json<Rule>> {
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let before = find(&mut work, &guild, id).await?;
    let mut rule = before.clone();
    apply(&guild, &mut rule, body)?;
    if rule != before {
        store::automod::update(&mut work, &AutomodRow::of(rule.clone())).await?;
        work.emit(Event::AutoModerationRuleUpdate(rule.clone()));
        let changed = changes(Some(&before), Some(&rule), &[]);
        work.audit(guild.id, cx.entry(AuditAction::AutomodRuleUpdate, id, changed)).await?;
        if rule.trigger_type == Trigger::MemberProfile {
            let mut rules = guild.state.automod.clone();
            rules.put(rule.clone());
            profile::review_flagged(&mut work, &guild, &rules).await?;
        }
    }
    work.commit().await?;
    Ok(Json(rule))
}

async fn delete_auto_moderation_rule(cx: Cx, guild: Guild, Path((_, id)): One) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let rule = find(&mut work, &guild, id).await?;
    store::automod::delete(&mut work, id).await?;
    let changed = changes(Some(&rule), None, &["id", "guild_id", "creator_id"]);
    work.audit(guild.id, cx.entry(AuditAction::AutomodRuleDelete, id, changed)).await?;
    if rule.trigger_type == Trigger::MemberProfile {
        let mut rules = guild.state.automod.clone();
        rules.remove(id);
        profile::review_flagged(&mut work, &guild, &rules).await?;
    }
    work.emit(Event::AutoModerationRuleDelete(rule));
    if store::automod::of_guild(&mut work, guild.id).await?.is_empty() {
        crate::guild::show_feature(&mut work, guild.id, FEATURE, false).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}

/// What the rules say to a text that is about to be seen. Nothing for most.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    breach: Option<act::Breach>,
}

impl Verdict {
    /// Does what is to be done about a message that is seen all the same. It was sent, whatever comes of this.
    pub(crate) async fn follow(self, cx: &Cx, message: Id<MessageMarker>) {
        let Some(breach) = self.breach else { return };
        if let Err(error) = act::carry_out(cx, &breach, Some(message)).await {
            tracing::error!(%error, "failed to do what rules say about a message");
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// A new message.
    Message,
    /// A message that is there already.
    Edit,
    /// The title of a thread.
    Title,
}

/// The rules that a text breaks where somebody writes it. Applications, webhooks and who manages the guild break none.
fn judge(cx: &Cx, channel: &Channel, author: &UserRow, text: &str, of: Of) -> Option<act::Breach> {
    let Place::Guild(state) = &channel.place else { return None };
    if state.automod.is_empty() || author.bot || text.is_empty() {
        return None;
    }
    let member = state.members.get(&author.id)?;
    if state.permissions(author.id, cx.now()).contains(Permissions::MANAGE_GUILD) {
        return None;
    }
    let parent = channel.channel.parent();
    let above = parent.and_then(|parent| state.channels.get(&parent)).and_then(|parent| parent.parent());
    let places: Vec<_> = [Some(channel.id), parent, above].into_iter().flatten().collect();
    let recent = if of == Of::Message && state.automod.remember() {
        cx.app.automod().note(state.id(), author.id, member.joined_at, text, cx.now())
    } else {
        rules::Recent::default()
    };
    let event = Watched::Message;
    let hits = state.automod.judge(&Subject { event, text, roles: &member.roles, places: &places, recent });
    (!hits.is_empty()).then(|| act::Breach {
        state: state.clone(),
        author: author.clone(),
        channel: Some(channel.id),
        text: text.to_owned(),
        hits,
    })
}

async fn guard(cx: &Cx, channel: &Channel, author: &UserRow, text: &str, of: Of) -> Result<Verdict> {
    let Some(breach) = judge(cx, channel, author, text, of) else { return Ok(Verdict::default()) };
    let block = breach.hits.iter().find_map(rules::Hit::block).cloned();
    let Some(block) = block else { return Ok(Verdict { breach: Some(breach) }) };
    act::carry_out(cx, &breach, None).await?;
    let code = if of == Of::Title { Code::AutomodBlockedTitle } else { Code::AutomodBlockedMessage };
    Err(block.metadata.custom_message.map_or(Error::Code(code), |text| Error::Message(code, text)))
}

/// Whether there are rules where a channel is.
pub(crate) fn watches(channel: &Channel) -> bool {
    matches!(&channel.place, Place::Guild(state) if !state.automod.is_empty())
}

/// Looks at a message that is about to be sent: refuses it where a rule blocks it.
pub(crate) async fn guard_message(cx: &Cx, channel: &Channel, author: &UserRow, text: &str) -> Result<Verdict> {
    guard(cx, channel, author, text, Of::Message).await
}

/// The same of a message that is about to be changed.
pub(crate) async fn guard_edit(cx: &Cx, channel: &Channel, author: &UserRow, text: &str) -> Result<Verdict> {
    guard(cx, channel, author, text, Of::Edit).await
}

/// The same of the title of a thread, or of what goes on in a voice channel. What is not blocked has no message to point at.
pub(crate) async fn guard_title(cx: &Cx, channel: &Channel, text: &str) -> Result<()> {
    let author = cx.account()?.row.clone();
    let verdict = guard(cx, channel, &author, text, Of::Title).await?;
    match verdict.breach {
        Some(breach) => act::carry_out(cx, &breach, None).await,
        None => Ok(()),
    }
}
