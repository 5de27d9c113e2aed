//! Templates: a guild as others are made like it. `/guilds/{guild_id}/templates` and `/guilds/templates/{code}`.

use std::collections::HashMap;

use guildhall_bus::GuildState;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_store::guild::GuildRow;
use guildhall_store::member::MemberRow;
use guildhall_store::role::RoleRow;
use guildhall_store::template::TemplateRow;
use guildhall_wire::channel::{ChannelKind, Overwrite, OverwriteKind};
use guildhall_wire::event::GuildJoin;
use guildhall_wire::forum::{ForumSettings, ForumTag};
use guildhall_wire::guild::{Guild as WireGuild, GuildCreateBody};
use guildhall_wire::template::{
    GuildTemplate, TemplateBody, TemplateChannel, TemplateGuild, TemplateOverwrite, TemplateRole, TemplateTag,
};

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/guilds/{guild_id}/templates/{code}";
    Routes::new()
        .get("/guilds/templates/{code}", get_guild_template, Need::Anybody)
        .post("/guilds/templates/{code}", create_guild_from_template, Need::Account)
        .limit(10, 60)
        .images()
        .get("/guilds/{guild_id}/templates", list_guild_templates, Permissions::MANAGE_GUILD)
        .post("/guilds/{guild_id}/templates", create_guild_template, Permissions::MANAGE_GUILD)
        .put(ONE, sync_guild_template, Permissions::MANAGE_GUILD)
        .patch(ONE, update_guild_template, Permissions::MANAGE_GUILD)
        .delete(ONE, delete_guild_template, Permissions::MANAGE_GUILD)
}

type Ids = Path<(Id<GuildMarker>, String)>;

/// A guild as a template keeps it: without people, bots and what is of this instance alone.
async fn take(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<TemplateGuild> {
    let row = store::guild::get(run, guild).await?.ok_or(Code::UnknownGuild)?;
    let mut roles = store::role::of_guild(run, guild).await?;
    roles.retain(|role| !role.managed);
    // `@everyone` is the first.
    roles.sort_by_key(|role| (role.id != guild.cast(), role.position, role.id));
    let role_numbers: HashMap<Id<RoleMarker>, u32> = roles.iter().map(|role| role.id).zip(0..).collect();
    let mut channels = store::channel::of_guild(run, guild).await?;
    channels.sort_by_key(|channel| (channel.kind() != ChannelKind::Category, channel.position, channel.id));
    let numbers: HashMap<Id<ChannelMarker>, u32> = channels.iter().map(|channel| channel.id).zip(1..).collect();
    let number = |id: Option<Id<ChannelMarker>>| id.and_then(|id| numbers.get(&id)).map(u32::to_string);
    Ok(TemplateGuild {
        name: row.name.clone(),
        description: row.description.clone(),
        region: Some("automatic".into()),
        verification_level: row.verification_level,
        default_message_notifications: row.default_message_notifications,
        explicit_content_filter: row.explicit_content_filter,
        preferred_locale: row.preferred_locale.clone(),
        afk_timeout: row.afk_timeout,
        afk_channel_id: number(row.afk_channel_id),
        system_channel_id: number(row.system_channel_id),
        system_channel_flags: row.system_channel_flags,
        roles: roles.iter().zip(0..).map(|(role, id)| take_role(role, id)).collect(),
        channels: channels
            .iter()
            .zip(1..)
            .map(|(channel, id)| take_channel(channel, id, number(channel.parent_id), &role_numbers))
            .collect(),
    })
}

fn take_role(row: &RoleRow, id: u32) -> TemplateRole {
    let role = row.role();
    TemplateRole {
        id,
        name: role.name,
        permissions: role.permissions,
        color: role.color,
        colors: Some(role.colors),
        hoist: role.hoist,
        mentionable: role.mentionable,
        icon: None,
        unicode_emoji: role.unicode_emoji,
    }
}

fn take_channel(
    row: &ChannelRow,
    id: u32,
    parent_id: Option<String>,
    roles: &HashMap<Id<RoleMarker>, u32>,
) -> TemplateChannel {
    // Kinds that not every guild may have become the plain ones.
    let kind = match row.kind() {
        ChannelKind::Voice | ChannelKind::Stage => ChannelKind::Voice,
        ChannelKind::Category => ChannelKind::Category,
        ChannelKind::Forum | ChannelKind::Media => ChannelKind::Forum,
        _ => ChannelKind::Text,
    };
    let forum = row.forum.as_ref().map(|forum| &forum.0).filter(|_| kind == ChannelKind::Forum);
    let overwrites = row.overwrites.0.iter().filter(|overwrite| overwrite.kind == OverwriteKind::Role);
    let overwrites = overwrites.filter_map(|overwrite| {
        let id = roles.get(&overwrite.id.cast())?.to_string();
        Some(TemplateOverwrite { id, kind: overwrite.kind, allow: overwrite.allow, deny: overwrite.deny })
    });
    let tags = forum.map(|forum| {
        let tags = forum.available_tags.iter().zip(1..).map(|(tag, id)| TemplateTag {
            id: Some(id),
            name: tag.name.clone(),
            emoji_id: None,
            emoji_name: tag.emoji_name.clone(),
            moderated: Some(tag.moderated),
        });
        tags.collect()
    });
    TemplateChannel {
        id: Some(id),
        kind: kind.number(),
        name: row.name.clone(),
        position: Some(row.position),
        topic: row.topic.clone(),
        bitrate: row.bitrate.unwrap_or(64_000),
        user_limit: row.user_limit.unwrap_or(0),
        nsfw: row.nsfw,
        rate_limit_per_user: row.rate_limit_per_user,
        parent_id,
        default_auto_archive_duration: row.default_auto_archive_duration,
        permission_overwrites: overwrites.collect(),
        available_tags: tags,
        template: String::new(),
        default_reaction_emoji: forum
            .and_then(|forum| forum.default_reaction_emoji.clone())
            .filter(|reaction| reaction.emoji_id.is_none()),
        default_thread_rate_limit_per_user: row.default_thread_rate_limit_per_user,
        default_sort_order: forum.and_then(|forum| forum.default_sort_order),
        default_forum_layout: forum.map(|forum| forum.default_forum_layout),
        default_tag_setting: forum.and_then(|forum| forum.default_tag_setting.clone()),
        icon_emoji: None,
        theme_color: None,
    }
}

/// A template as its reader sees it.
async fn present(run: &mut dyn Run, row: &TemplateRow) -> Result<Json<GuildTemplate>> {
    let creator = store::user::get(run, row.creator_id).await?.map(|user| user.user());
    let is_dirty = take(run, row.guild_id).await? != row.source.0;
    Ok(Json(row.template(creator, is_dirty.then_some(true))))
}

/// The template with that code, of that guild.
async fn find(run: &mut dyn Run, guild: &Guild, code: &str) -> Result<TemplateRow> {
    let row = store::template::get(run, code).await?.filter(|row| row.guild_id == guild.id);
    row.ok_or(Code::UnknownTemplate.into())
}

async fn get_guild_template(cx: Cx, Path((code,)): Path<(String,)>) -> Result<Json<GuildTemplate>> {
    let row = store::template::get(&mut cx.db(), &code).await?.ok_or(Code::UnknownTemplate)?;
    present(&mut cx.db(), &row).await
}

async fn list_guild_templates(cx: Cx, guild: Guild) -> Result<Json<Vec<GuildTemplate>>> {
    let mut list = Vec::new();
    if let Some(row) = store::template::of_guild(&mut cx.db(), guild.id).await? {
        list.push(present(&mut cx.db(), &row).await?.0);
    }
    Ok(Json(list))
}

/// Takes what the body says; refuses what is too long.
fn fill(row: &mut TemplateRow, body: TemplateBody) -> Result<()> {
    body.name.map(|name| name.trim().to_owned()).apply_value(&mut row.name);
    body.description.map(|text| text.trim().to_owned()).apply(&mut row.description);
    row.description.take_if(|text| text.is_empty());
    let mut errors = FormErrors::new();
    errors.length("name", &row.name, 1, 100);
    errors.length("description", row.description.as_deref().unwrap_or_default(), 0, 120);
    Ok(errors.finish()?)
}

async fn create_guild_template(cx: Cx, guild: Guild, Json(body): Json<TemplateBody>) -> Result<Json<GuildTemplate>> {
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    let mut row = TemplateRow {
        code: crate::kernel::token::text(&cx.app.random::<9>()),
        guild_id: guild.id,
        name: String::new(),
        description: None,
        usage_count: 0,
        creator_id: cx.user()?,
        created_at: cx.now(),
        updated_at: cx.now(),
        source: Stored(take(&mut work, guild.id).await?),
    };
    fill(&mut row, body)?;
    if store::template::of_guild(&mut work, guild.id).await?.is_some() {
        return Err(Code::TemplateExists.into());
    }
    store::template::insert(&mut work, &row).await?;
    let template = present(&mut work, &row).await?;
    work.commit().await?;
    Ok(template)
}

async fn sync_guild_template(cx: Cx, guild: Guild, Path((_, code)): Ids) -> Result<Json<GuildTemplate>> {
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = find(&mut work, &guild, &code).await?;
    row.source.0 = take(&mut work, guild.id).await?;
    row.updated_at = cx.now();
    store::template::update(&mut work, &row).await?;
    let template = present(&mut work, &row).await?;
    work.commit().await?;
    Ok(template)
}

async fn update_guild_template(
    cx: Cx,
    guild: Guild,
    Path((_, code)): Ids,
    Json(body): Json<TemplateBody>,
) -> Result<Json<GuildTemplate>> {
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = find(&mut work, &guild, &code).await?;
    fill(&mut row, body)?;
    store::template::update(&mut work, &row).await?;
    let template = present(&mut work, &row).await?;
    work.commit().await?;
    Ok(template)
}

async fn delete_guild_template(cx: Cx, guild: Guild, Path((_, code)): Ids) -> Result<Json<GuildTemplate>> {
    let mut work = cx.begin().await?.at(guild.id);
    let row = find(&mut work, &guild, &code).await?;
    let template = present(&mut work, &row).await?;
    store::template::delete(&mut work, &code).await?;
    work.commit().await?;
    Ok(template)
}

async fn create_guild_from_template(
    cx: Cx,
    Path((code,)): Path<(String,)>,
    Json(body): Json<GuildCreateBody>,
) -> Result<Created<WireGuild>> {
    crate::guild::validate_name(&body.name)?;
    let owner = cx.account()?.row.clone();
    if cx.app.bus().guilds_of(owner.id).len() >= crate::guild::MOST {
        return Err(Code::TooManyGuilds.into());
    }
    let template = store::template::get(&mut cx.db(), &code).await?.ok_or(Code::UnknownTemplate)?;
    let id: Id<GuildMarker> = cx.next_id();
    let icon = body.icon.map_or(Patch::Absent, Patch::Value);
    let icon = NewImage::read(&cx.app, ImageKind::GuildIcon, id, "icon", icon).await?;
    let mut guild = GuildRow::new(id, owner.id, body.name.trim());
    let (roles, channels) = make(&cx, &mut guild, &template.source.0);
    let mut work = cx.begin().await?.at(owner.id);
    icon.apply(&mut work, &mut guild.icon);
    let member = MemberRow::new(id, owner.id, cx.now());
    store::guild::insert(&mut work, &guild).await?;
    for role in &roles {
        store::role::insert(&mut work, role).await?;
    }
    store::member::insert(&mut work, &member).await?;
    for channel in &channels {
        store::channel::insert(&mut work, channel).await?;
    }
    store::template::count_use(&mut work, &code).await?;
    work.emit(Event::GuildCreate(GuildJoin { id }).to(owner.id));
    let state = GuildState::new(
        guild.guild(Vec::new(), Vec::new()),
        roles.iter().map(RoleRow::role),
        channels.iter().map(ChannelRow::channel),
        [(owner.id, crate::boot::member_state(&member))],
    );
    let whole = state.whole();
    work.load_guild(state);
    work.commit().await?;
    Ok(Created(whole))
}

/// The roles and channels of a guild that is made like a template; what the guild itself takes of it is written into its row.
fn make(cx: &Cx, guild: &mut GuildRow, source: &TemplateGuild) -> (Vec<RoleRow>, Vec<ChannelRow>) {
    guild.description.clone_from(&source.description);
    guild.verification_level = source.verification_level;
    guild.default_message_notifications = source.default_message_notifications;
    guild.explicit_content_filter = source.explicit_content_filter;
    guild.preferred_locale.clone_from(&source.preferred_locale);
    guild.afk_timeout = source.afk_timeout;
    guild.system_channel_flags = source.system_channel_flags;
    let mut roles: Vec<RoleRow> = Vec::with_capacity(source.roles.len());
    let mut role_ids: HashMap<String, Id<RoleMarker>> = HashMap::new();
    for (role, position) in source.roles.iter().zip(0..) {
        let role_id = if position == 0 { guild.id.cast() } else { cx.next_id() };
        role_ids.insert(role.id.to_string(), role_id);
        let mut row = RoleRow::new(role_id, guild.id, &role.name, role.permissions);
        row.position = position;
        row.color = role.color;
        row.secondary_color = role.colors.and_then(|colors| colors.secondary_color);
        row.tertiary_color = role.colors.and_then(|colors| colors.tertiary_color);
        row.hoist = role.hoist;
        row.mentionable = role.mentionable;
        row.unicode_emoji.clone_from(&role.unicode_emoji);
        roles.push(row);
    }
    let ids: HashMap<String, Id<ChannelMarker>> =
        source.channels.iter().filter_map(|channel| Some((channel.id?.to_string(), cx.next_id()))).collect();
    let id_of = |number: &Option<String>| number.as_ref().and_then(|number| ids.get(number)).copied();
    guild.afk_channel_id = id_of(&source.afk_channel_id);
    guild.system_channel_id = id_of(&source.system_channel_id);
    let channels = source.channels.iter().filter_map(|channel| {
        let kind = ChannelKind::from_number(channel.kind)?;
        let mut row = ChannelRow::new(id_of(&channel.id.map(|id| id.to_string()))?, kind);
        row.guild_id = Some(guild.id);
        row.parent_id = id_of(&channel.parent_id);
        row.name.clone_from(&channel.name);
        row.topic.clone_from(&channel.topic);
        row.position = channel.position.unwrap_or_default();
        row.nsfw = channel.nsfw;
        row.rate_limit_per_user = channel.rate_limit_per_user;
        if kind.is_voice() {
            row.bitrate = Some(channel.bitrate);
            row.user_limit = Some(channel.user_limit);
        }
        row.default_auto_archive_duration = channel.default_auto_archive_duration;
        row.default_thread_rate_limit_per_user = channel.default_thread_rate_limit_per_user;
        row.overwrites.0 = channel
            .permission_overwrites
            .iter()
            .filter_map(|overwrite| {
                let id = role_ids.get(&overwrite.id)?.cast();
                Some(Overwrite { id, kind: OverwriteKind::Role, allow: overwrite.allow, deny: overwrite.deny })
            })
            .collect();
        if kind.is_forum() {
            let tags = channel.available_tags.iter().flatten().map(|tag| ForumTag {
                id: cx.next_id(),
                name: tag.name.clone(),
                moderated: tag.moderated.unwrap_or_default(),
                emoji_id: None,
                emoji_name: tag.emoji_name.clone(),
            });
            row.forum = Some(Stored(ForumSettings {
                available_tags: tags.collect(),
                default_reaction_emoji: channel.default_reaction_emoji.clone(),
                default_sort_order: channel.default_sort_order,
                default_forum_layout: channel.default_forum_layout.unwrap_or_default(),
                default_tag_setting: channel.default_tag_setting.clone(),
            }));
        }
        Some(row)
    });
    let channels = channels.collect();
    (roles, channels)
}
