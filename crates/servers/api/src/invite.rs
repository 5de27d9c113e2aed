//! Invites: `/invites/{code}`, and those of channels and guilds.

mod target;

use axum::extract::Request;
use guildhall_store as store;
use guildhall_store::invite::InviteRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::invite::{Invite, InviteChannel, InviteCreate, InviteDelete, InviteGuild, InviteRole};
use guildhall_wire::role::Role;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) use target::includes;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/invites/{code}", invite_resolve, Need::Anybody)
        .post("/invites/{code}", invite_accept, Need::Person)
        .limit(10, 60)
        .delete("/invites/{code}", invite_revoke, Need::Account)
        .get("/channels/{channel_id}/invites", list_channel_invites, Permissions::MANAGE_CHANNELS)
        .post("/channels/{channel_id}/invites", create_channel_invite, Permissions::CREATE_INVITE)
        .get("/guilds/{guild_id}/invites", list_guild_invites, Need::Member)
        .merge(target::routes())
}

/// A week, the longest that an invite lasts when it ends at all.
const MOST_AGE: u32 = 604_800;

/// An invite as its reader sees it: with its bookkeeping only for those who manage it.
async fn present(cx: &Cx, row: &InviteRow, whole: bool, counts: bool) -> Result<Invite> {
    let state = cx.app.bus().guild(row.guild_id).ok_or(Code::UnknownInvite)?;
    let channel = state.channels.get(&row.channel_id).ok_or(Code::UnknownInvite)?;
    let inviter = match row.inviter_id {
        Some(id) => store::user::get(&mut cx.db(), id).await?.map(|user| user.user()),
        None => None,
    };
    let (members, online) = if counts { crate::guild::counts(cx, &state) } else { (0, 0) };
    let guild = &state.guild;
    Ok(Invite {
        kind: 0,
        code: row.code.clone(),
        inviter,
        expires_at: row.expires_at.map(store::timestamp),
        guild: Some(InviteGuild {
            id: guild.id,
            name: guild.name.clone(),
            splash: guild.splash.clone(),
            banner: guild.banner.clone(),
            description: guild.description.clone(),
            icon: guild.icon.clone(),
            features: guild.features.clone(),
            verification_level: guild.verification_level,
            vanity_url_code: guild.vanity_url_code.clone(),
            nsfw_level: guild.nsfw_level,
            nsfw: guild.nsfw,
            premium_subscription_count: 0,
        }),
        guild_id: Some(guild.id),
        channel: Some(InviteChannel { id: channel.id, kind: channel.kind, name: Some(channel.name().to_owned()) }),
        approximate_member_count: counts.then_some(members),
        approximate_presence_count: counts.then_some(online),
        uses: whole.then_some(row.uses),
        max_uses: whole.then_some(row.max_uses),
        max_age: whole.then_some(row.max_age),
        temporary: whole.then_some(row.temporary),
        created_at: whole.then(|| store::timestamp(row.created_at)),
        flags: Some(row.flags),
        roles: row.role_ids.0.iter().filter_map(|id| state.roles.get(id)).map(|role| given(role)).collect(),
        new_member: None,
        guild_scheduled_event: None,
    })
}

fn given(role: &Role) -> InviteRole {
    InviteRole {
        id: role.id,
        name: role.name.clone(),
        position: role.position,
        color: role.color,
        colors: role.colors,
        icon: role.icon.clone(),
        unicode_emoji: role.unicode_emoji.clone(),
    }
}

/// The invite with that code, while it lets people in.
async fn valid(cx: &Cx, code: &str) -> Result<InviteRow> {
    let row = store::invite::get(&mut cx.db(), code).await?;
    Ok(row.filter(|row| row.is_valid(cx.now())).ok_or(Code::UnknownInvite)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WithCounts {
    with_counts: guildhall_wire::loose::Bool,
    guild_scheduled_event_id: Option<Id<ScheduledEventMarker>>,
}

async fn invite_resolve(
    cx: Cx,
    Path((code,)): Path<(String,)>,
    Query(query): Query<WithCounts>,
) -> Result<Json<Invite>> {
    let row = valid(&cx, &code).await?;
    // Only those for whom it is see it, and who manages it.
    match cx.user() {
        Ok(me) if !target::includes(&mut cx.db(), &row, me).await? => {
            let state = cx.app.bus().guild(row.guild_id).ok_or(Code::UnknownInvite)?;
            if row.inviter_id != Some(me) && !state.permissions(me, cx.now()).contains(Permissions::MANAGE_GUILD) {
                return Err(Code::UnknownInvite.into());
            }
        }
        Ok(_) => {}
        Err(_) if row.targeted => return Err(Code::UnknownInvite.into()),
        Err(_) => {}
    }
    let mut invite = present(&cx, &row, false, query.with_counts.0).await?;
    if let Some(event) = query.guild_scheduled_event_id {
        invite.guild_scheduled_event = crate::scheduled_event::of_invite(&cx, row.guild_id, event).await?;
    }
    Ok(Json(invite))
}

async fn invite_accept(cx: Cx, Path((code,)): Path<(String,)>) -> Result<Json<Invite>> {
    let me = cx.account()?.row.clone();
    let row = valid(&cx, &code).await?;
    let mut work = cx.begin().await?.at(row.guild_id);
    let new = crate::member::enter(&cx, &mut work, &me, row.guild_id, Some(&row)).await?;
    work.commit().await?;
    let mut invite = present(&cx, &row, false, true).await?;
    invite.new_member = Some(new);
    Ok(Json(invite))
}

/// What the audit log says of an invite: some libraries need its code there.
fn logged(row: &InviteRow) -> serde_json::Value {
    serde_json::json!({
        "code": row.code,
        "channel_id": row.channel_id,
        "inviter_id": row.inviter_id,
        "max_age": row.max_age,
        "max_uses": row.max_uses,
        "temporary": row.temporary,
        "uses": row.uses,
    })
}

async fn invite_revoke(cx: Cx, Path((code,)): Path<(String,)>) -> Result<Json<Invite>> {
    let row = valid(&cx, &code).await?;
    let me = cx.user()?;
    let state = cx.app.bus().guild(row.guild_id).ok_or(Code::UnknownInvite)?;
    let channel = state.channels.get(&row.channel_id).ok_or(Code::UnknownInvite)?;
    let may = state.permissions(me, cx.now()).contains(Permissions::MANAGE_GUILD)
        || state.permissions_in(me, channel, cx.now()).contains(Permissions::MANAGE_CHANNELS)
        || (row.inviter_id == Some(me) && state.is_member(me));
    if !may {
        return Err(Code::MissingPermissions.into());
    }
    let invite = present(&cx, &row, false, false).await?;
    let mut work = cx.begin().await?.at(row.guild_id);
    store::invite::revoke(&mut work, &code, cx.now()).await?;
    work.emit(Event::InviteDelete(InviteDelete { channel_id: row.channel_id, guild_id: Some(row.guild_id), code }));
    let changed = changes(Some(&logged(&row)), None, &[]);
    work.audit(row.guild_id, cx.entry(AuditAction::InviteDelete, "", changed)).await?;
    work.commit().await?;
    Ok(Json(invite))
}

/// Invites that let somebody in; the one by a name of the guild's choice stands apart.
async fn list(cx: &Cx, rows: Vec<InviteRow>, whole: bool) -> Result<Json<Vec<Invite>>> {
    let mut invites = Vec::new();
    for row in rows.into_iter().filter(|row| row.is_valid(cx.now())) {
        let state = cx.app.bus().guild(row.guild_id);
        if state.is_some_and(|state| state.guild.vanity_url_code.as_deref() == Some(&row.code)) {
            continue;
        }
        invites.push(present(cx, &row, whole, false).await?);
    }
    Ok(Json(invites))
}

async fn list_channel_invites(cx: Cx, channel: Channel) -> Result<Json<Vec<Invite>>> {
    let rows = store::invite::of_channel(&mut cx.db(), channel.id).await?;
    list(&cx, rows, true).await
}

/// All of a guild's; their bookkeeping only for those who manage it.
async fn list_guild_invites(cx: Cx, guild: Guild) -> Result<Json<Vec<Invite>>> {
    let manages = guild.permissions.contains(Permissions::MANAGE_GUILD);
    if !manages {
        guild.require(Permissions::VIEW_AUDIT_LOG)?;
    }
    let rows = store::invite::of_guild(&mut cx.db(), guild.id).await?;
    list(&cx, rows, manages).await
}

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

fn new_code(cx: &Cx) -> String {
    let bytes: [u8; 8] = cx.app.random();
    bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()))
        .map(|byte| char::from(*byte))
        .collect()
}

async fn create_channel_invite(cx: Cx, channel: Channel, request: Request) -> Result<Json<Invite>> {
    let guild = channel.guild()?.id();
    if channel.kind().is_thread() || channel.kind() == ChannelKind::Category {
        return Err(Code::WrongChannelType.into());
    }
    let (body, targets) = target::read_body(request).await?;
    let max_age = body.max_age.map_or(86_400, |age| age.0);
    let max_uses = body.max_uses.map_or(0, |uses| uses.0);
    let mut errors = FormErrors::new();
    errors.range("max_age", max_age, 0, MOST_AGE);
    errors.range("max_uses", max_uses, 0, 100);
    if body.target_type.is_some_and(|kind| kind.0 != 0) {
        errors.at("target_type").push("BASE_TYPE_CHOICES", "Streams and activities cannot be invited to.");
    }
    errors.finish()?;
    let role_ids = roles(&cx, &channel, body.role_ids.clone().unwrap_or_default())?;
    let me = cx.user()?;
    let temporary = body.temporary.unwrap_or(false);
    let mut work = cx.begin().await?.at(guild);
    let known = store::invite::of_channel(&mut work, channel.id).await?;
    let alike = known.iter().find(|row| {
        row.inviter_id == Some(me)
            && (row.max_age, row.max_uses, row.temporary) == (max_age, max_uses, temporary)
            && row.role_ids.0 == role_ids
            && !row.targeted
            && row.is_valid(cx.now())
    });
    if let (Some(alike), false) = (alike, body.unique.unwrap_or(false) || !targets.is_empty()) {
        return Ok(Json(present(&cx, alike, true, false).await?));
    }
    if store::invite::of_guild(&mut work, guild).await?.iter().filter(|row| row.is_valid(cx.now())).count() >= 1000 {
        return Err(Code::TooManyInvites.into());
    }
    let now = cx.now();
    let row = InviteRow {
        code: new_code(&cx),
        guild_id: guild,
        channel_id: channel.id,
        inviter_id: Some(me),
        max_age,
        max_uses,
        uses: 0,
        temporary,
        flags: 0,
        targeted: !targets.is_empty(),
        role_ids: guildhall_db::Json(role_ids),
        created_at: now,
        expires_at: (max_age > 0).then(|| now + i64::from(max_age) * 1_000_000),
        revoked_at: None,
    };
    add(&cx, &mut work, &row).await?;
    store::invite::add_targets(&mut work, &row.code, &targets, now).await?;
    let invite = present(&cx, &row, true, false).await?;
    work.commit().await?;
    Ok(Json(invite))
}

/// The roles that an invite is to give: such as its maker could give themselves.
fn roles(cx: &Cx, channel: &Channel, mut ids: Vec<Id<RoleMarker>>) -> Result<Vec<Id<RoleMarker>>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(ids);
    }
    let (state, me) = (channel.guild()?, cx.user()?);
    if !state.permissions(me, cx.now()).contains(Permissions::MANAGE_ROLES) {
        return Err(Code::MissingPermissions.into());
    }
    for id in &ids {
        let role = state.roles.get(id).ok_or(Code::UnknownRole)?;
        if !role.is_given_by_hand() || *id == state.id().cast() {
            return Err(Code::InvalidRole.into());
        }
        crate::role::require_below(state, me, role.position)?;
    }
    Ok(ids)
}

/// Writes a new invite, tells of it and logs it.
async fn add(cx: &Cx, work: &mut Work, row: &InviteRow) -> Result<()> {
    store::invite::insert(work, row).await?;
    let inviter = match row.inviter_id {
        Some(id) => store::user::get(work, id).await?.map(|user| user.user()),
        None => None,
    };
    work.emit(Event::InviteCreate(InviteCreate {
        channel_id: row.channel_id,
        code: row.code.clone(),
        created_at: store::timestamp(row.created_at),
        guild_id: Some(row.guild_id),
        inviter,
        max_age: row.max_age,
        max_uses: row.max_uses,
        temporary: row.temporary,
        uses: 0,
        expires_at: row.expires_at.map(store::timestamp),
    }));
    let changed = changes(None, Some(&logged(row)), &[]);
    work.audit(row.guild_id, cx.entry(AuditAction::InviteCreate, "", changed)).await
}

/// The invite that a guild's widget shows: of nobody, to that channel, without an end.
pub(crate) async fn of_widget(cx: &Cx, run: &mut dyn Run, channel: Id<ChannelMarker>) -> Result<Option<String>> {
    let rows = store::invite::of_channel(run, channel).await?;
    let named = |row: &InviteRow| {
        let state = cx.app.bus().guild(row.guild_id);
        state.is_some_and(|state| state.guild.vanity_url_code.as_deref() == Some(&row.code))
    };
    let endless =
        |row: &&InviteRow| row.inviter_id.is_none() && row.max_uses == 0 && row.expires_at.is_none() && !named(row);
    Ok(rows.iter().find(|row| endless(row) && row.is_valid(cx.now())).map(|row| row.code.clone()))
}

/// Makes sure that the widget has its invite.
pub(crate) async fn open_widget(
    cx: &Cx,
    work: &mut Work,
    guild: Id<GuildMarker>,
    channel: Id<ChannelMarker>,
) -> Result<()> {
    if of_widget(cx, work, channel).await?.is_some() {
        return Ok(());
    }
    let row = InviteRow {
        code: new_code(cx),
        guild_id: guild,
        channel_id: channel,
        inviter_id: None,
        max_age: 0,
        max_uses: 0,
        uses: 0,
        temporary: false,
        flags: 0,
        targeted: false,
        role_ids: guildhall_db::Json(Vec::new()),
        created_at: cx.now(),
        expires_at: None,
        revoked_at: None,
    };
    add(cx, work, &row).await
}
