//! Whom and what options, choices and fields name: looked up, checked against what the person may see.

use guildhall_store as store;
use guildhall_wire::attachment::Attachment;
use guildhall_wire::command::{CommandOption, OptionKind};
use guildhall_wire::component::{Component, ComponentKind, Select};
use guildhall_wire::interaction::{DataOption, Resolved, partial_channel};
use guildhall_wire::user::User;
use serde_json::{Value, json};

use crate::kernel::access::Place;
use crate::kernel::form::Uploads;
use crate::prelude::*;

/// Looks up what is named, and collects it.
pub(super) struct Seeker<'a> {
    cx: &'a Cx,
    channel: &'a Channel,
    /// The application that is told, as a member.
    bot: Id<UserMarker>,
    uploads: Option<&'a Uploads>,
    resolved: Resolved,
}

/// Kinds of what an id may stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    User,
    Role,
    UserOrRole,
    Channel,
}

impl<'a> Seeker<'a> {
    pub(super) fn new(cx: &'a Cx, channel: &'a Channel, bot: Id<UserMarker>, uploads: Option<&'a Uploads>) -> Self {
        Self { cx, channel, bot, uploads, resolved: Resolved::default() }
    }

    pub(super) fn into_resolved(self) -> Resolved {
        self.resolved
    }

    /// The values of a command's options. While somebody types, what is not found is left alone.
    pub(super) async fn options(
        &mut self,
        wanted: &[CommandOption],
        given: &mut [DataOption],
        typing: bool,
    ) -> Result<()> {
        let mut leaves = Vec::new();
        pairs(wanted, given, &mut leaves);
        for (wanted, option) in leaves {
            let Some(id) = option.value.as_ref().and_then(Value::as_str).filter(|_| !option.focused) else { continue };
            let named = match option.kind {
                OptionKind::User => Named::User,
                OptionKind::Role => Named::Role,
                OptionKind::Mentionable => Named::UserOrRole,
                OptionKind::Channel => Named::Channel,
                OptionKind::Attachment => {
                    match id.parse().ok().and_then(|number| self.file(number)) {
                        Some(file) => option.value = Some(json!(file)),
                        None if typing => {}
                        None => return Err(missing("data.options", &option.name)),
                    }
                    continue;
                }
                _ => continue,
            };
            let id = id.to_owned();
            if !self.find(named, &id, &wanted.channel_types).await? && !typing {
                return Err(missing("data.options", &option.name));
            }
        }
        Ok(())
    }

    /// The values chosen from a menu.
    pub(super) async fn choices(&mut self, select: &Select, values: &[String]) -> Result<()> {
        let named = match select.kind {
            ComponentKind::UserSelect => Named::User,
            ComponentKind::RoleSelect => Named::Role,
            ComponentKind::MentionableSelect => Named::UserOrRole,
            ComponentKind::ChannelSelect => Named::Channel,
            _ => return Ok(()),
        };
        for value in values {
            if !self.find(named, value, &select.channel_types).await? {
                return Err(missing("data.values", &select.custom_id));
            }
        }
        Ok(())
    }

    /// The fields of a modal that name somebody or something.
    pub(super) async fn fields(&mut self, modal: &Value, answers: &mut [Value]) -> Result<()> {
        let layout = modal.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
        for answer in answers.iter_mut().filter_map(|answer| answer.get_mut("component")) {
            let custom_id = answer.get("custom_id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let list = answer.get("values").and_then(Value::as_array).into_iter().flatten();
            let values: Vec<String> = list.filter_map(Value::as_str).map(str::to_owned).collect();
            match guildhall_wire::component::find(&layout, &custom_id) {
                Some(Component::Select(select)) => self.choices(&select, &values).await?,
                Some(Component::FileUpload(_)) => {
                    let mut files = Vec::with_capacity(values.len());
                    for value in &values {
                        let file = value.parse().ok().and_then(|number| self.file(number));
                        files.push(json!(file.ok_or_else(|| missing("data.components", &custom_id))?));
                    }
                    if let Some(fields) = answer.as_object_mut() {
                        fields.insert("values".into(), files.into());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A file that came with it, by its place.
    fn file(&mut self, number: u64) -> Option<Id<AttachmentMarker>> {
        let mut file: Attachment = self.uploads?.numbered(number)?.clone();
        crate::message::address(&self.cx.app, &mut file);
        file.ephemeral = true;
        let id = file.id;
        self.resolved.attachments.insert(id, file);
        Some(id)
    }

    async fn find(&mut self, named: Named, id: &str, channel_types: &[u8]) -> Result<bool> {
        let Ok(id) = id.parse::<Id<GenericMarker>>() else { return Ok(false) };
        Ok(match named {
            Named::User => self.user(id.cast()).await?.is_some(),
            Named::Role => self.role(id.cast()),
            Named::UserOrRole => self.role(id.cast()) || self.user(id.cast()).await?.is_some(),
            Named::Channel => self.channel(id.cast(), channel_types),
        })
    }

    /// A user, as a member where it is one.
    pub(super) async fn user(&mut self, id: Id<UserMarker>) -> Result<Option<User>> {
        let Some(row) = store::user::get(&mut self.cx.db(), id).await? else { return Ok(None) };
        let member = match &self.channel.place {
            Place::Private(_) => None,
            Place::Guild(state) => {
                let found = store::member::get(&mut self.cx.db(), state.id(), id).await?;
                let may = state.permissions_in(id, &self.channel.channel, self.cx.now());
                found.map(|row| (row.member(None), may))
            }
        };
        self.resolved.add_user(row.user(), member);
        Ok(Some(row.user()))
    }

    fn role(&mut self, id: Id<RoleMarker>) -> bool {
        let Place::Guild(state) = &self.channel.place else { return false };
        let Some(role) = state.roles.get(&id) else { return false };
        self.resolved.roles.insert(id, role.as_ref().clone());
        true
    }

    fn channel(&mut self, id: Id<ChannelMarker>, kinds: &[u8]) -> bool {
        let (Place::Guild(state), Ok(me)) = (&self.channel.place, self.cx.user()) else { return false };
        let Some(channel) = state.channel(id).filter(|channel| state.can_view(me, channel)) else { return false };
        if !kinds.is_empty() && !kinds.contains(&(channel.kind as u8)) {
            return false;
        }
        let permissions = state.permissions_in(me, channel, self.cx.now());
        let mut partial = partial_channel(channel.as_ref().clone(), permissions);
        if state.is_member(self.bot) {
            partial.app_permissions = Some(state.permissions_in(self.bot, channel, self.cx.now()));
        }
        self.resolved.channels.insert(id, partial);
        true
    }

    /// A message of the channel.
    pub(super) async fn message(&mut self, id: Id<MessageMarker>) -> Result<()> {
        let db = &mut self.cx.db();
        let row = store::message::get(db, self.channel.id, id).await?.ok_or(Code::UnknownMessage)?;
        let message = crate::message::assemble_one(&self.cx.app, db, row, None).await?;
        self.resolved.messages.insert(id, message);
        Ok(())
    }
}

/// The options that have values beside what was wanted of them, wherever they are nested.
fn pairs<'w, 'g>(
    wanted: &'w [CommandOption],
    given: &'g mut [DataOption],
    found: &mut Vec<(&'w CommandOption, &'g mut DataOption)>,
) {
    for option in given {
        let Some(want) = wanted.iter().find(|want| want.name == option.name) else { continue };
        if option.kind.is_nest() {
            pairs(&want.options, &mut option.options, found);
        } else {
            found.push((want, option));
        }
    }
}

fn missing(path: &str, name: &str) -> Error {
    Error::form(path, "APPLICATION_COMMAND_INVALID_OPTION", format!("{name} names nothing that is there"))
}
