//! Doing what rules say: telling a channel, silencing an author, and noting all of it.

use std::sync::Arc;

use guildhall_bus::GuildState;
use guildhall_rules::automod::Hit;
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::automod::{Action, Execution, action};
use guildhall_wire::embed::{Embed, EmbedField};
use guildhall_wire::message::MessageKind;
use serde_json::json;

use crate::kernel::access::Place;
use crate::prelude::*;

/// Rules that a text broke.
#[derive(Debug)]
pub(super) struct Breach {
    /// Where the rules count.
    pub(super) state: Arc<GuildState>,
    /// Who wrote it.
    pub(super) author: UserRow,
    /// Where; nowhere for names.
    pub(super) channel: Option<Id<ChannelMarker>>,
    /// What was written.
    pub(super) text: String,
    /// What of it broke which rule.
    pub(super) hits: Vec<Hit>,
}

impl Breach {
    fn guild(&self) -> Id<GuildMarker> {
        self.state.id()
    }

    /// What is to be done, in order.
    pub(super) fn actions(&self) -> Vec<(&Hit, &Action)> {
        let of = |hit| Hit::actions(hit).iter().map(move |action| (hit, action));
        self.hits.iter().flat_map(of).collect()
    }

    fn execution(&self, hit: &Hit, action: &Action, message: Option<Id<MessageMarker>>) -> Execution {
        Execution {
            guild_id: self.guild(),
            action: action.clone(),
            rule_id: hit.rule.rule.id,
            rule_trigger_type: hit.rule.rule.trigger_type,
            user_id: self.author.id,
            channel_id: self.channel,
            message_id: message,
            alert_system_message_id: None,
            content: self.text.clone(),
            matched_keyword: hit.keyword.clone(),
            matched_content: hit.content.clone(),
        }
    }

    /// Tells of an action and logs it: by whoever broke the rule, to themselves.
    async fn note(&self, cx: &Cx, work: &mut Work, hit: &Hit, kind: AuditAction, execution: Execution) -> Result<()> {
        let mut entry = cx.entry(kind, self.author.id, Vec::new());
        entry.user_id = Some(self.author.id);
        // What the request gives as a reason is its sender's, not the rule's.
        entry.reason = None;
        entry.options = Some(json!({
            "auto_moderation_rule_name": hit.rule.rule.name,
            "auto_moderation_rule_trigger_type": hit.rule.rule.trigger_type.number().to_string(),
            "channel_id": self.channel,
        }));
        if let (None, Some(options)) =
            (self.channel, entry.options.as_mut().and_then(|options| options.as_object_mut()))
        {
            options.remove("channel_id");
        }
        work.audit(self.guild(), entry).await?;
        work.emit(Event::AutoModerationActionExecution(execution));
        Ok(())
    }

    /// The message that tells the channel of an alert what happened.
    fn alert(&self, cx: &Cx, hit: &Hit, message: Option<Id<MessageMarker>>, channel: Id<ChannelMarker>) -> MessageRow {
        let actions = &hit.rule.rule.actions;
        let of_kind = |kind| actions.iter().find(|action| action.kind == kind);
        let mut fields = vec![("rule_name", hit.rule.rule.name.clone())];
        if let Some(channel) = self.channel {
            fields.push(("channel_id", channel.to_string()));
        }
        fields.push(("decision_id", decision(cx.app.random())));
        if let Some(keyword) = &hit.keyword {
            fields.push(("keyword", keyword.clone()));
            fields.push(("keyword_matched_content", hit.content.clone().unwrap_or_default()));
        }
        if let Some(message) = message {
            fields.push(("flagged_message_id", message.to_string()));
        } else if of_kind(action::BLOCK_MESSAGE).is_some() {
            fields.push(("decision_outcome", "blocked".to_owned()));
        }
        if let Some(seconds) = of_kind(action::TIMEOUT).and_then(|action| action.metadata.duration_seconds) {
            fields.push(("timeout_duration", seconds.to_string()));
        }
        if of_kind(action::BLOCK_INTERACTION).is_some() {
            fields.push(("quarantine_user", "username".to_owned()));
            fields.push(("quarantine_user_action", "quarantine_user".to_owned()));
        }
        let field = |(name, value): (&str, String)| EmbedField { name: name.to_owned(), value, inline: false };
        let mut row = MessageRow::new(cx.next_id(), channel, self.author.id, String::new());
        row.kind = MessageKind::AutoModerationAction.number();
        row.extras.0.embeds.push(Embed {
            kind: "auto_moderation_message".into(),
            description: Some(self.text.clone()),
            fields: fields.into_iter().map(field).collect(),
            ..Embed::default()
        });
        row
    }

    /// Writes the alert of a hit, where its channel is there still.
    pub(super) async fn tell(
        &self,
        cx: &Cx,
        work: &mut Work,
        hit: &Hit,
        action: &Action,
        message: Option<Id<MessageMarker>>,
    ) -> Result<()> {
        let Some(channel) = self.alerted(action) else { return Ok(()) };
        work.wait_turn().await?;
        let row = self.alert(cx, hit, message, channel.id);
        let mut execution = self.execution(hit, action, message);
        execution.alert_system_message_id = Some(row.id);
        crate::message::post(&cx.app, work, &channel, row, None).await?;
        self.note(cx, work, hit, AuditAction::AutomodFlagToChannel, execution).await
    }

    /// The channel of an alert, as the server itself uses it.
    fn alerted(&self, action: &Action) -> Option<Channel> {
        let id = action.metadata.channel_id?;
        let channel = self.state.channel(id).filter(|channel| channel.kind.has_messages())?.clone();
        let place = Place::Guild(self.state.clone());
        let channel = Channel { id, channel, permissions: Permissions::all(), place };
        Some(channel).filter(|channel| !crate::channel::is_archived(channel))
    }

    /// Notes that a member only looks and reads from now on.
    pub(super) async fn quarantine(&self, cx: &Cx, work: &mut Work, hit: &Hit, action: &Action) -> Result<()> {
        self.note(cx, work, hit, AuditAction::AutomodQuarantine, self.execution(hit, action, None)).await
    }
}

/// Does what the rules say, each thing where it belongs. `message` is none where it was blocked.
pub(super) async fn carry_out(cx: &Cx, breach: &Breach, message: Option<Id<MessageMarker>>) -> Result<()> {
    let mut work = cx.begin().await?.at(breach.guild());
    for (hit, action) in breach.actions() {
        match action.kind {
            action::BLOCK_MESSAGE if message.is_none() => {
                let execution = breach.execution(hit, action, None);
                breach.note(cx, &mut work, hit, AuditAction::AutomodBlockMessage, execution).await?;
            }
            action::TIMEOUT => silence(cx, &mut work, breach, hit, action, message).await?,
            _ => {}
        }
    }
    work.commit().await?;
    for (hit, action) in breach.actions() {
        let channel = action.metadata.channel_id.filter(|_| action.kind == action::SEND_ALERT);
        let Some(channel) = channel else { continue };
        let mut work = cx.begin().await?.at(channel);
        breach.tell(cx, &mut work, hit, action, message).await?;
        work.commit().await?;
    }
    Ok(())
}

/// A timeout; a longer one stays.
async fn silence(
    cx: &Cx,
    work: &mut Work,
    breach: &Breach,
    hit: &Hit,
    action: &Action,
    message: Option<Id<MessageMarker>>,
) -> Result<()> {
    let seconds = i64::from(action.metadata.duration_seconds.unwrap_or_default());
    let until = cx.now() + seconds * 1_000_000;
    let found = store::member::with_user(work, breach.guild(), breach.author.id).await?;
    let Some((mut row, user)) = found.filter(|_| seconds > 0) else { return Ok(()) };
    if row.timeout_until.is_none_or(|known| known < until) {
        row.timeout_until = Some(until);
        store::member::update(work, &row).await?;
        work.emit(Event::GuildMemberUpdate(row.guild_member(user.user())));
    }
    breach.note(cx, work, hit, AuditAction::AutomodTimeout, breach.execution(hit, action, message)).await
}

/// A random UUID.
fn decision(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| text.get(part).unwrap_or_default().to_owned()).join("-")
}
