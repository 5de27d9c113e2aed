//! Users: oneself and others.

use guildhall_store as store;
use guildhall_wire::member::Member;
use guildhall_wire::relationship::RelationshipKind;
use guildhall_wire::user::User;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;
use crate::schedule;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/users/@me", get_my_user, Need::Account)
        .scopes(&["identify"])
        .patch("/users/@me", update_my_user, Need::Account)
        .images()
        .post("/users/@me/delete", delete_my_user, Need::Person)
        .limit(5, 60)
        .get("/users/{user_id}", get_user, Need::Account)
        .get("/users/{user_id}/profile", get_user_profile, Need::Person)
        .get("/users/@me/connections", list_my_connections, Need::Account)
        .scopes(&["connections"])
        .get("/users/@me/guilds/{guild_id}/member", get_my_guild_member, Need::Member)
        .scopes(&["guilds.members.read"])
        .get("/users/@me/settings", get_my_settings, Need::Person)
        .patch("/users/@me/settings", update_my_settings, Need::Person)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UserPatch {
    username: Patch<String>,
    global_name: Patch<String>,
    bio: Patch<String>,
    pronouns: Patch<String>,
    accent_color: Patch<guildhall_wire::loose::Int<u32>>,
    avatar: Patch<String>,
    banner: Patch<String>,
    email: Patch<String>,
    password: Option<String>,
    new_password: Option<String>,
}

/// A display name of 1–32 characters, or none.
pub(crate) fn display_name(name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
    let mut errors = FormErrors::new();
    errors.length("global_name", name, 1, 32);
    errors.finish()?;
    Ok(Some(name.to_owned()))
}

async fn get_my_user(cx: Cx) -> Result<Json<Value>> {
    let account = cx.account()?;
    let mut value = json!(account.row.current());
    if let (false, Some(fields)) = (account.reaches("email"), value.as_object_mut()) {
        fields.remove("email");
        fields.remove("verified");
    }
    Ok(Json(value))
}

async fn update_my_user(cx: Cx, Json(mut body): Json<UserPatch>) -> Result<Json<Value>> {
    let account = cx.account()?.clone();
    let sensitive =
        body.new_password.is_some() || !body.email.is_absent() || (!body.username.is_absent() && !account.is_bot());
    if sensitive {
        let given = body.password.clone().unwrap_or_default();
        crate::auth::require_password(&cx, given).await?;
    }
    let new_hash = match &body.new_password {
        Some(new) => {
            let mut errors = FormErrors::new();
            crate::auth::check_length("new_password", new, &mut errors);
            errors.finish()?;
            Some(crate::auth::hash_password(&cx.app, new.clone()).await?)
        }
        None => None,
    };
    let me = account.id();
    let avatar = NewImage::read(&cx.app, ImageKind::Avatar, me, "avatar", std::mem::take(&mut body.avatar)).await?;
    let banner = NewImage::read(&cx.app, ImageKind::Banner, me, "banner", std::mem::take(&mut body.banner)).await?;
    let mut work = cx.begin().await?.at(me);
    let mut row = store::user::get_for_update(&mut work, me).await?.ok_or(Code::UnknownUser)?;
    let before = row.user();
    apply(&mut row, body)?;
    avatar.apply(&mut work, &mut row.avatar);
    banner.apply(&mut work, &mut row.banner);
    let mut token = None;
    let mut ended = Vec::new();
    if let Some(hash) = new_hash {
        row.password_hash = Some(hash);
        ended = store::session::delete_others(&mut work, row.id, None).await?;
        store::ticket::forget(&mut work, row.id).await?;
        token = Some(crate::auth::open_session(&cx, &mut work, row.id).await?);
    }
    store::user::update(&mut work, &row).await.map_err(crate::auth::taken)?;
    work.emit(Event::UserUpdate(row.current()).to(row.id));
    let renamed = before.username != row.username || before.global_name != row.global_name;
    if row.user() != before {
        tell(&cx, &mut work, &row).await?;
    }
    work.commit().await?;
    if row.user() != before {
        tell_guilds(&cx, row.id, renamed).await;
    }
    crate::auth::close_logins(&cx.app, row.id, ended);
    let mut answer = serde_json::to_value(row.current()).map_err(|error| Error::Internal(error.to_string()))?;
    if let (Some(token), Some(fields)) = (token, answer.as_object_mut()) {
        fields.insert("token".into(), token.into());
    }
    Ok(Json(answer))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Leave {
    password: String,
}

/// Removes the account that asks, with its bots: what it wrote stays under nobody's name. Guilds are given to somebody or
/// deleted before, and so is the instance.
async fn delete_my_user(cx: Cx, Json(body): Json<Leave>) -> Result<NoContent> {
    crate::auth::require_password(&cx, body.password).await?;
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(me);
    let row = store::user::get_for_update(&mut work, me).await?.ok_or(Code::UnknownUser)?;
    let guilds = cx.app.bus().guilds_of(me).into_iter().filter_map(|guild| cx.app.bus().guild(guild));
    if guilds.into_iter().any(|state| state.guild.owner_id == me) {
        return Err(Code::OwnsGuilds.into());
    }
    if row.rank >= guildhall_rules::staff::rank::OWNER && store::user::owners(&mut work).await? <= 1 {
        return Err(Code::LastOwner.into());
    }
    let name = json!({ "username": row.username });
    work.note(crate::admin::deed(&cx.app, Some(&row), "user.leave", me, name)).await?;
    let gone = crate::admin::remove_all(&cx.app, &mut work, vec![row]).await?;
    work.commit().await?;
    crate::admin::close_all(&cx.app, &gone);
    Ok(NoContent)
}

fn apply(row: &mut store::user::UserRow, body: UserPatch) -> Result<()> {
    let mut errors = FormErrors::new();
    if let Patch::Value(name) = body.username {
        let fits = if row.bot { 2..=32 } else { 3..=24 };
        let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        if !fits.contains(&name.chars().count()) || (!row.bot && !plain) || name.chars().any(char::is_control) {
            errors.at("username").push("USERNAME_INVALID", "Only letters, digits and underscores, 3 to 24 of them.");
        }
        let renamed = store::user::UserRow::new(row.id, &name, row.bot);
        row.username = renamed.username;
        row.username_key = renamed.username_key;
    }
    match body.global_name {
        Patch::Absent => {}
        Patch::Null => row.global_name = None,
        Patch::Value(name) => row.global_name = display_name(Some(&name))?,
    }
    if let Patch::Value(bio) = &body.bio {
        errors.length("bio", bio, 0, 190);
    }
    if let Patch::Value(pronouns) = &body.pronouns {
        errors.length("pronouns", pronouns, 0, 40);
    }
    body.bio.apply_or_default(&mut row.bio);
    body.pronouns.apply_or_default(&mut row.pronouns);
    body.accent_color.map(|color| color.0 & 0x00ff_ffff).apply(&mut row.accent_color);
    if let Patch::Value(email) = body.email {
        let email = email.trim().to_owned();
        if !crate::auth::is_email(&email) {
            errors.at("email").push("EMAIL_TYPE_INVALID_EMAIL", "Not a well formed email address.");
        }
        row.email_key = Some(email.to_lowercase());
        row.email = Some(email);
    }
    Ok(errors.finish()?)
}

/// Tells the guilds of a user that its name or picture changed, once that is durable. Each has a work of its own: in one at
/// another place what is read of a member could be told after its roles, or the member, are gone.
pub(crate) async fn tell_guilds(cx: &Cx, user: Id<UserMarker>, renamed: bool) {
    for guild in cx.app.bus().guilds_of(user) {
        if let Err(error) = tell_guild(cx, guild, user, renamed).await {
            tracing::error!(%error, %guild, "failed to tell a guild of a member's new name");
        }
    }
}

async fn tell_guild(cx: &Cx, guild: Id<GuildMarker>, user: Id<UserMarker>, renamed: bool) -> Result<()> {
    let mut work = cx.begin().await?.at(guild);
    let Some((mut member, row)) = store::member::with_user(&mut work, guild, user).await? else { return Ok(()) };
    let before = member.flags;
    if renamed {
        crate::automod::review(cx, &mut work, &mut member, &row).await?;
    }
    if member.flags != before {
        store::member::update(&mut work, &member).await?;
    }
    work.emit(Event::GuildMemberUpdate(member.guild_member(row.user())));
    work.commit().await
}

/// Tells those who see a user outside of guilds that its name or picture changed: those it has a relationship with, and
/// those who share nothing with it but a conversation.
pub(crate) async fn tell(cx: &Cx, work: &mut Work, row: &store::user::UserRow) -> Result<()> {
    let guilds = cx.app.bus().guilds_of(row.id);
    let guilds: Vec<_> = guilds.into_iter().filter_map(|guild| cx.app.bus().guild(guild)).collect();
    let mut told = vec![row.id];
    for mine in store::relationship::of_user(work, row.id).await? {
        let theirs = store::relationship::get(work, mine.other_id, row.id).await?;
        if let Some(theirs) = theirs.filter(|theirs| theirs.kind.0 != RelationshipKind::Blocked) {
            work.emit(Event::RelationshipUpdate(theirs.relationship(row.user())).to(mine.other_id));
            told.push(mine.other_id);
        }
    }
    for channel in store::channel::of_user(work, row.id, true).await? {
        let recipients = store::channel::recipients(work, channel.id).await?;
        for other in &recipients {
            if told.contains(other) || guilds.iter().any(|guild| guild.is_member(*other)) {
                continue;
            }
            let shown = store::channel::of_user(work, *other, false).await?;
            if shown.iter().any(|open| open.id == channel.id) {
                let seen = store::channel::seen_by(work, &channel, &recipients, *other).await?;
                work.emit(Event::ChannelUpdate(seen).to(*other));
            }
        }
    }
    Ok(())
}

async fn get_user(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<Json<User>> {
    let row = store::user::get(&mut cx.db(), id).await?.ok_or(Code::UnknownUser)?;
    Ok(Json(row.user()))
}

async fn get_user_profile(cx: Cx, Path((id,)): Path<(Id<UserMarker>,)>) -> Result<Json<Value>> {
    let me = cx.user()?;
    let row = store::user::get(&mut cx.db(), id).await?.ok_or(Code::UnknownUser)?;
    let mine = cx.app.bus().guilds_of(me);
    let shared: Vec<_> = cx.app.bus().guilds_of(id).into_iter().filter(|guild| mine.contains(guild)).collect();
    let relationship = store::relationship::get(&mut cx.db(), me, id).await?.map(|row| row.kind.0);
    if shared.is_empty() && relationship.is_none() && me != id {
        return Err(Code::MissingAccess.into());
    }
    let mut mutual = Vec::new();
    for guild in shared {
        let member = store::member::get(&mut cx.db(), guild, id).await?;
        mutual.push(json!({ "id": guild, "nick": member.and_then(|member| member.nick) }));
    }
    let friends = store::relationship::mutual_friends(&mut cx.db(), me, id).await?;
    Ok(Json(json!({
        "user": row.user(),
        "user_profile": { "bio": row.bio, "pronouns": row.pronouns, "accent_color": row.accent_color },
        "mutual_guilds": mutual,
        "mutual_friends_count": friends,
        "relationship": relationship,
    })))
}

/// Nothing is connected from outside yet: an account's connections are none.
async fn list_my_connections() -> Json<Vec<Value>> {
    Json(Vec::new())
}

async fn get_my_guild_member(cx: Cx, guild: Guild) -> Result<Json<Member>> {
    let row = store::member::get(&mut cx.db(), guild.id, cx.user()?).await?.ok_or(Code::UnknownMember)?;
    Ok(Json(row.member(Some(cx.account()?.row.user()))))
}

async fn get_my_settings(cx: Cx) -> Result<Json<guildhall_wire::settings::UserSettings>> {
    Ok(Json(cx.account()?.row.settings.0.clone()))
}

async fn update_my_settings(
    cx: Cx,
    Json(body): Json<guildhall_wire::settings::UserSettingsPatch>,
) -> Result<Json<guildhall_wire::settings::UserSettings>> {
    let mut errors = FormErrors::new();
    if let Patch::Value(theme) = &body.theme
        && !["dark", "light", "system"].contains(&theme.as_str())
    {
        errors.choice("theme", "('dark', 'light', 'system')");
    }
    if let Patch::Value(status) = &body.custom_status
        && let Some(text) = &status.text
    {
        errors.at("custom_status").length("text", text, 0, 128);
    }
    if let Patch::Value(client) = &body.client
        && serde_json::to_string(client).is_ok_and(|text| text.len() > 16 * 1024)
    {
        errors.at("client").push("BASE_TYPE_MAX_LENGTH", "Must be 16384 or fewer in length.");
    }
    errors.finish()?;
    let user = cx.user()?;
    let mut work = cx.begin().await?.at(user);
    let mut row = store::user::get_for_update(&mut work, user).await?.ok_or(Code::UnknownUser)?;
    let settings = &mut row.settings.0;
    body.status.apply_value(&mut settings.status);
    if !body.custom_status.is_absent() {
        body.custom_status.apply(&mut settings.custom_status);
        if let Some(custom) = &mut settings.custom_status {
            custom.created_at = Some(store::timestamp(cx.now()));
        }
        let end = settings.custom_status.as_ref().and_then(|custom| custom.expires_at);
        match end {
            Some(end) => schedule::at(&mut work, schedule::Kind::CustomStatusEnd, user, end.as_micros()).await?,
            None => schedule::cancel(&mut work, schedule::Kind::CustomStatusEnd, user).await?,
        }
    }
    body.theme.apply_value(&mut settings.theme);
    body.locale.apply_value(&mut settings.locale);
    body.message_display_compact.apply_value(&mut settings.message_display_compact);
    body.read_receipts.apply_value(&mut settings.read_receipts);
    body.client.apply_or_default(&mut settings.client);
    let settings = settings.clone();
    store::user::update(&mut work, &row).await?;
    work.emit(Event::UserSettingsUpdate(settings.clone()).to(user));
    work.commit().await?;
    Ok(Json(settings))
}

/// Takes away a custom status whose time has come.
pub(crate) async fn end_custom_status(app: &crate::App, work: &mut Work, user: Id<UserMarker>) -> Result<()> {
    let Some(mut row) = store::user::get_for_update(work, user).await? else { return Ok(()) };
    let now = u64::try_from(app.clock().micros() / 1000).unwrap_or_default();
    let settings = &mut row.settings.0;
    match settings.custom_status.as_ref().and_then(|custom| Some((custom.expires_at?, custom.is_over(now)))) {
        None => return Ok(()),
        Some((end, false)) => {
            return schedule::at(work, schedule::Kind::CustomStatusEnd, user, end.as_micros()).await;
        }
        Some((_, true)) => settings.custom_status = None,
    }
    let settings = settings.clone();
    store::user::update(work, &row).await?;
    work.emit(Event::UserSettingsUpdate(settings).to(user));
    Ok(())
}
