//! Guilds: `/guilds/{guild_id}` and one's own list of them.

mod audit_log;
mod feature;
mod incident;
mod vanity;

use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_store::guild::GuildRow;
use guildhall_store::member::MemberRow;
use guildhall_store::role::RoleRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, AuditChange, changes};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::event::GuildJoin;
use guildhall_wire::guild::{Guild as WireGuild, GuildCreateBody, GuildPatch, OwnGuild, UnavailableGuild};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;

pub(crate) use feature::set as set_feature;
pub(crate) use incident::{dms_paused, invites_paused};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/guilds", create_guild, Need::Account)
        .limit(20, 60)
        .images()
        .get("/guilds/{guild_id}", get_guild, Need::Member)
        .patch("/guilds/{guild_id}", update_guild, Permissions::MANAGE_GUILD)
        .images()
        .delete("/guilds/{guild_id}", delete_guild, Need::Member)
        .post("/guilds/{guild_id}/delete", delete_guild_by_post, Need::Member)
        .get("/guilds/{guild_id}/preview", get_guild_preview, Need::Account)
        .get("/users/@me/guilds", list_my_guilds, Need::Account)
        .scopes(&["guilds"])
        .delete("/users/@me/guilds/{guild_id}", leave_guild, Need::Member)
        .merge(audit_log::routes())
        .merge(incident::routes())
        .merge(vanity::routes())
}

/// Most guilds that one account is a member of.
pub(crate) const MOST: usize = 200;

/// What everybody may do in a new guild: Discord's default.
pub(crate) fn default_permissions() -> Permissions {
    Permissions::VIEW_CHANNEL
        | Permissions::CREATE_INVITE
        | Permissions::CHANGE_NICKNAME
        | Permissions::SEND_MESSAGES
        | Permissions::SEND_MESSAGES_IN_THREADS
        | Permissions::CREATE_PUBLIC_THREADS
        | Permissions::CREATE_PRIVATE_THREADS
        | Permissions::EMBED_LINKS
        | Permissions::ATTACH_FILES
        | Permissions::ADD_REACTIONS
        | Permissions::USE_EXTERNAL_EMOJIS
        | Permissions::USE_EXTERNAL_STICKERS
        | Permissions::READ_MESSAGE_HISTORY
        | Permissions::USE_SLASH_COMMANDS
        | Permissions::CONNECT
        | Permissions::SPEAK
        | Permissions::STREAM
        | Permissions::USE_VAD
        | Permissions::REQUEST_TO_SPEAK
        | Permissions::USE_SOUNDBOARD
        | Permissions::USE_EXTERNAL_SOUNDS
        | Permissions::SEND_POLLS
        | Permissions::SEND_VOICE_MESSAGES
        | Permissions::SET_VOICE_CHANNEL_STATUS
}

pub(crate) fn validate_name(name: &str) -> Result<()> {
    let mut errors = FormErrors::new();
    let trimmed = name.trim();
    if !(2..=100).contains(&trimmed.chars().count()) {
        errors.at("name").push("BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.");
    }
    Ok(errors.finish()?)
}

/// A new guild with its owner, `general` for text and for voice. The caller loads it and tells the owner.
pub(crate) async fn create(
    app: &crate::App,
    work: &mut Work,
    owner: &UserRow,
    name: &str,
    icon: Option<NewImage>,
) -> Result<GuildState> {
    let id: Id<GuildMarker> = icon.as_ref().and_then(NewImage::owner).unwrap_or_else(|| app.next_id());
    let mut guild = GuildRow::new(id, owner.id, name);
    if let Some(icon) = icon {
        icon.apply(work, &mut guild.icon);
    }
    let everyone = RoleRow::new(id.cast(), id, "@everyone", default_permissions());
    let member = MemberRow::new(id, owner.id, app.clock().micros());
    let mut channels = Vec::new();
    for (kind, heading, position) in
        [(ChannelKind::Text, "Text channels", 0), (ChannelKind::Voice, "Voice channels", 1)]
    {
        let mut category = ChannelRow::new(app.next_id(), ChannelKind::Category);
        category.guild_id = Some(id);
        category.name = Some(heading.into());
        category.position = position;
        let mut channel = ChannelRow::new(app.next_id(), kind);
        channel.guild_id = Some(id);
        channel.parent_id = Some(category.id);
        channel.name = Some(if kind == ChannelKind::Text { "general".into() } else { "General".into() });
        if kind == ChannelKind::Text {
            guild.system_channel_id = Some(channel.id);
        }
        channels.extend([category, channel]);
    }
    store::guild::insert(work, &guild).await?;
    store::role::insert(work, &everyone).await?;
    store::member::insert(work, &member).await?;
    for channel in &channels {
        store::channel::insert(work, channel).await?;
    }
    work.emit(Event::GuildCreate(GuildJoin { id }).to(owner.id));
    Ok(GuildState::new(
        guild.guild(Vec::new(), Vec::new()),
        [everyone.role()],
        channels.iter().map(ChannelRow::channel),
        [(owner.id, crate::boot::member_state(&member))],
    ))
}

/// Makes a guild outside of a request: for the command line.
pub async fn create_for(app: &crate::App, owner: &UserRow, name: &str) -> Result<Id<GuildMarker>> {
    validate_name(name)?;
    let mut work = app.begin().await?;
    let state = create(app, &mut work, owner, name.trim(), None).await?;
    let id = state.id();
    work.load_guild(state);
    let about = json!({ "name": name.trim(), "owner_id": owner.id, "username": owner.username });
    work.note(crate::admin::deed(app, None, "guild.create", id, about)).await?;
    work.commit().await?;
    Ok(id)
}

async fn create_guild(cx: Cx, Json(body): Json<GuildCreateBody>) -> Result<Created<WireGuild>> {
    validate_name(&body.name)?;
    let owner = cx.account()?.row.clone();
    if cx.app.bus().guilds_of(owner.id).len() >= MOST {
        return Err(Code::TooManyGuilds.into());
    }
    let id: Id<GuildMarker> = cx.next_id();
    let icon = body.icon.map_or(Patch::Absent, Patch::Value);
    let icon = NewImage::read(&cx.app, ImageKind::GuildIcon, id, "icon", icon).await?;
    let mut work = cx.begin().await?.at(owner.id);
    let state = create(&cx.app, &mut work, &owner, body.name.trim(), Some(icon)).await?;
    let whole = state.whole();
    work.load_guild(state);
    work.commit().await?;
    Ok(Created(whole))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WithCounts {
    with_counts: guildhall_wire::loose::Bool,
}

async fn get_guild(cx: Cx, guild: Guild, Query(query): Query<WithCounts>) -> Result<Json<WireGuild>> {
    let mut whole = guild.state.whole();
    if query.with_counts.0 {
        let (members, online) = counts(&cx, &guild.state);
        whole.approximate_member_count = Some(members);
        whole.approximate_presence_count = Some(online);
    }
    Ok(Json(whole))
}

/// Members, and how many of them are there.
pub(crate) fn counts(cx: &Cx, state: &GuildState) -> (u32, u32) {
    let online = cx.app.bus().presences(state.id()).len();
    (u32::try_from(state.members.len()).unwrap_or(u32::MAX), u32::try_from(online).unwrap_or(u32::MAX))
}

async fn update_guild(cx: Cx, guild: Guild, Json(mut body): Json<GuildPatch>) -> Result<Json<WireGuild>> {
    let me = cx.user()?;
    let images = read_images(&cx, guild.id, &mut body).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = store::guild::get(&mut work, guild.id).await?.ok_or(Code::UnknownGuild)?;
    let before = row.guild(Vec::new(), Vec::new());
    if let Patch::Value(owner) = body.owner_id
        && owner != row.owner_id
    {
        if row.owner_id != me {
            return Err(Code::MissingPermissions.into());
        }
        let new = store::user::get(&mut work, owner).await?.filter(|_| guild.state.is_member(owner));
        let new = new.ok_or(Code::UnknownMember)?;
        if new.bot {
            return Err(Code::OwnershipToBot.into());
        }
        row.owner_id = owner;
    }
    let features = std::mem::take(&mut body.features);
    apply(&mut row, body, &guild.state)?;
    if let Patch::Value(features) = features {
        feature::apply(&mut row, &features, guild.permissions)?;
    }
    let [icon, banner, splash, discovery_splash] = images;
    icon.apply(&mut work, &mut row.icon);
    banner.apply(&mut work, &mut row.banner);
    splash.apply(&mut work, &mut row.splash);
    discovery_splash.apply(&mut work, &mut row.discovery_splash);
    let whole = save(&cx, &mut work, &before, &row).await?;
    work.commit().await?;
    cx.app.listing().forget();
    Ok(Json(whole))
}

/// Writes a guild, tells of it and logs it, where anything changed; gives it whole.
pub(crate) async fn save(cx: &Cx, work: &mut Work, before: &WireGuild, row: &GuildRow) -> Result<WireGuild> {
    save_with(cx, work, before, row, Vec::new()).await
}

/// The same where something else of it changed too.
pub(crate) async fn save_with(
    cx: &Cx,
    work: &mut Work,
    before: &WireGuild,
    row: &GuildRow,
    more: Vec<AuditChange>,
) -> Result<WireGuild> {
    store::guild::update(work, row).await?;
    let mut changed = changes(Some(before), Some(&row.guild(Vec::new(), Vec::new())), &[]);
    changed.extend(more);
    let whole = whole(work, row).await?;
    if !changed.is_empty() {
        work.emit(Event::GuildUpdate(whole.clone()));
        work.audit(row.id, cx.entry(AuditAction::GuildUpdate, row.id, changed)).await?;
    }
    Ok(whole)
}

/// A guild with its roles, emoji and stickers.
async fn whole(work: &mut Work, row: &GuildRow) -> Result<WireGuild> {
    // As they are now: the guild that was looked at may be older than what others did meanwhile.
    let mut roles: Vec<_> = store::role::of_guild(work, row.id).await?.iter().map(RoleRow::role).collect();
    roles.sort_by_key(|role| (role.position, role.id));
    let emojis = store::emoji::of_guild(work, row.id).await?.iter().map(|emoji| emoji.emoji(None)).collect();
    let stickers = store::sticker::of_guild(work, row.id).await?.iter().map(|row| row.sticker(None)).collect();
    Ok(WireGuild { stickers, ..row.guild(roles, emojis) })
}

/// Shows a feature that follows from what the guild has, or hides it.
pub(crate) async fn show_feature(work: &mut Work, guild: Id<GuildMarker>, feature: &str, on: bool) -> Result<()> {
    let mut row = store::guild::get(work, guild).await?.ok_or(Code::UnknownGuild)?;
    set_feature(&mut row, feature, on);
    store::guild::update(work, &row).await?;
    let whole = whole(work, &row).await?;
    work.emit(Event::GuildUpdate(whole));
    Ok(())
}

/// A channel that is gone is nothing to a guild any more: neither where joins are told nor what its widget invites to.
pub(crate) async fn forget_channel(work: &mut Work, guild: Id<GuildMarker>, channel: Id<ChannelMarker>) -> Result<()> {
    let mut row = store::guild::get(work, guild).await?.ok_or(Code::UnknownGuild)?;
    let places = [
        &mut row.afk_channel_id,
        &mut row.system_channel_id,
        &mut row.widget_channel_id,
        &mut row.rules_channel_id,
        &mut row.safety_alerts_channel_id,
        &mut row.public_updates_channel_id,
    ];
    let mut known = false;
    for place in places {
        known |= place.take_if(|id| *id == channel).is_some();
    }
    if known {
        store::guild::update(work, &row).await?;
        let whole = whole(work, &row).await?;
        work.emit(Event::GuildUpdate(whole));
    }
    Ok(())
}

async fn read_images(cx: &Cx, id: Id<GuildMarker>, body: &mut GuildPatch) -> Result<[NewImage; 4]> {
    let read = async |kind, field, patch: &mut Patch<String>| {
        NewImage::read(&cx.app, kind, id, field, std::mem::take(patch)).await
    };
    Ok([
        read(ImageKind::GuildIcon, "icon", &mut body.icon).await?,
        read(ImageKind::GuildBanner, "banner", &mut body.banner).await?,
        read(ImageKind::GuildSplash, "splash", &mut body.splash).await?,
        read(ImageKind::GuildSplash, "discovery_splash", &mut body.discovery_splash).await?,
    ])
}

fn apply(row: &mut GuildRow, body: GuildPatch, state: &GuildState) -> Result<()> {
    let mut errors = FormErrors::new();
    if let Patch::Value(name) = body.name {
        validate_name(&name)?;
        name.trim().clone_into(&mut row.name);
    }
    if let Patch::Value(description) = &body.description {
        errors.length("description", description, 0, 300);
    }
    body.description.apply(&mut row.description);
    let mut channel = |field: &str, patch: Patch<Id<ChannelMarker>>, place: &mut Option<Id<ChannelMarker>>| {
        if let Patch::Value(id) = patch
            && !state.channels.get(&id).is_some_and(|channel| match field {
                "afk_channel_id" => channel.kind == ChannelKind::Voice,
                _ => matches!(channel.kind, ChannelKind::Text | ChannelKind::Announcement),
            })
        {
            errors.at(field).push("CHANNEL_INVALID", "Not a channel of this guild.");
        }
        patch.apply(place);
    };
    channel("afk_channel_id", body.afk_channel_id, &mut row.afk_channel_id);
    channel("system_channel_id", body.system_channel_id, &mut row.system_channel_id);
    channel("rules_channel_id", body.rules_channel_id, &mut row.rules_channel_id);
    channel("public_updates_channel_id", body.public_updates_channel_id, &mut row.public_updates_channel_id);
    channel("safety_alerts_channel_id", body.safety_alerts_channel_id, &mut row.safety_alerts_channel_id);
    let mut level = |field: &str, patch: Patch<guildhall_wire::loose::Int<u8>>, most: u8, place: &mut u8| {
        if let Patch::Value(value) = patch {
            errors.range(field, value.0, 0, most);
        }
        patch.map(|value| value.0).apply_or_default(place);
    };
    level("verification_level", body.verification_level, 4, &mut row.verification_level);
    level(
        "default_message_notifications",
        body.default_message_notifications,
        1,
        &mut row.default_message_notifications,
    );
    level("explicit_content_filter", body.explicit_content_filter, 2, &mut row.explicit_content_filter);
    if let Patch::Value(timeout) = body.afk_timeout {
        if ![60, 300, 900, 1800, 3600].contains(&timeout.0) {
            errors.choice("afk_timeout", "(60, 300, 900, 1800, 3600)");
        }
        row.afk_timeout = timeout.0;
    }
    body.system_channel_flags.map(|flags| flags.0 & 0x3f).apply_or_default(&mut row.system_channel_flags);
    if let Patch::Value(locale) = &body.preferred_locale
        && !(2..=6).contains(&locale.len())
    {
        errors.at("preferred_locale").push("BASE_TYPE_CHOICES", "Not a locale.");
    }
    body.preferred_locale.apply_value(&mut row.preferred_locale);
    Ok(errors.finish()?)
}

async fn delete_guild(cx: Cx, guild: Guild) -> Result<NoContent> {
    if guild.state.guild.owner_id != cx.user()? {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    remove(&mut work, guild.id).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Removes a guild with everything in it and tells its members.
pub(crate) async fn remove(work: &mut Work, id: Id<GuildMarker>) -> Result<()> {
    remove_images(work, id).await?;
    if !store::guild::delete(work, id).await? {
        return Err(Code::UnknownGuild.into());
    }
    work.emit(Event::GuildDelete(UnavailableGuild { id, unavailable: false }));
    Ok(())
}

/// With a guild go all pictures and files in it.
async fn remove_images(work: &mut Work, id: Id<GuildMarker>) -> Result<()> {
    if let Some(row) = store::guild::get(work, id).await? {
        work.remove_image(ImageKind::GuildIcon, id, row.icon);
        work.remove_image(ImageKind::GuildBanner, id, row.banner);
        work.remove_image(ImageKind::GuildSplash, id, row.splash);
        work.remove_image(ImageKind::GuildSplash, id, row.discovery_splash);
    }
    for webhook in store::webhook::of_guild(work, id).await? {
        work.remove_image(ImageKind::WebhookAvatar, webhook.id, webhook.avatar);
    }
    for channel in store::channel::of_guild(work, id).await? {
        work.remove_channel(channel.id);
    }
    for thread in store::channel::threads(work, id, None).await? {
        work.remove_channel(thread);
    }
    for role in store::role::of_guild(work, id).await? {
        work.remove_image(ImageKind::RoleIcon, role.id, role.icon);
    }
    for emoji in store::emoji::of_guild(work, id).await? {
        work.remove_image(ImageKind::Emoji, emoji.id, Some(emoji.image));
    }
    for sticker in store::sticker::of_guild(work, id).await? {
        work.remove_image(ImageKind::Sticker, sticker.id, Some(String::new()));
    }
    for sound in store::soundboard::of_guild(work, id).await? {
        work.remove_image(ImageKind::Sound, sound.id, Some(String::new()));
    }
    crate::scheduled_event::forget_images(work, id).await?;
    for member in store::member::with_images(work, id).await? {
        work.remove_image(ImageKind::MemberAvatar, member.user_id, member.avatar);
        work.remove_image(ImageKind::MemberBanner, member.user_id, member.banner);
    }
    Ok(())
}

async fn delete_guild_by_post(cx: Cx, guild: Guild) -> Result<NoContent> {
    delete_guild(cx, guild).await
}

/// What a guild is, for members and, where it can be discovered, for everybody.
async fn get_guild_preview(cx: Cx, Path((id,)): Path<(Id<GuildMarker>,)>) -> Result<Json<Value>> {
    let whole = cx.app.bus().guild(id).ok_or(Code::UnknownGuild)?;
    let state = &whole.guild;
    if !whole.is_member(cx.user()?) && !crate::discovery::is_open(&cx, state).await? {
        return Err(Code::UnknownGuild.into());
    }
    let (members, online) = counts(&cx, &whole);
    Ok(Json(json!({
        "id": state.id,
        "name": state.name,
        "icon": state.icon,
        "description": state.description,
        "home_header": null,
        "splash": state.splash,
        "discovery_splash": state.discovery_splash,
        "features": state.features,
        "approximate_member_count": members,
        "approximate_presence_count": online,
        "emojis": *whole.emojis,
        "stickers": *whole.stickers,
    })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GuildPage {
    before: Option<Id<GuildMarker>>,
    after: Option<Id<GuildMarker>>,
    limit: Option<usize>,
    with_counts: guildhall_wire::loose::Bool,
}

async fn list_my_guilds(cx: Cx, Query(page): Query<GuildPage>) -> Result<Json<Vec<OwnGuild>>> {
    let me = cx.user()?;
    let limit = page.limit.unwrap_or(200);
    if !(1..=200).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 200."));
    }
    let mut ids = cx.app.bus().guilds_of(me);
    ids.retain(|id| page.after.is_none_or(|after| *id > after) && page.before.is_none_or(|before| *id < before));
    if page.before.is_some() && page.after.is_none() {
        ids = ids.split_off(ids.len().saturating_sub(limit));
    }
    ids.truncate(limit);
    let list = ids.into_iter().filter_map(|id| cx.app.bus().guild(id)).map(|state| {
        let (members, online) = if page.with_counts.0 { counts(&cx, &state) } else { (0, 0) };
        OwnGuild {
            id: state.id(),
            name: state.guild.name.clone(),
            icon: state.guild.icon.clone(),
            banner: state.guild.banner.clone(),
            owner: state.guild.owner_id == me,
            permissions: state.permissions(me, cx.now()),
            features: state.guild.features.clone(),
            approximate_member_count: page.with_counts.0.then_some(members),
            approximate_presence_count: page.with_counts.0.then_some(online),
        }
    });
    Ok(Json(list.collect()))
}

async fn leave_guild(cx: Cx, guild: Guild) -> Result<NoContent> {
    let me = cx.account()?;
    if guild.state.guild.owner_id == me.id() {
        return Err(Error::Message(Code::InvalidGuild, "The owner cannot leave: hand the guild over first".into()));
    }
    let mut work = cx.begin().await?.at(guild.id);
    crate::member::remove(&mut work, guild.id, &me.row).await?;
    work.commit().await?;
    Ok(NoContent)
}
