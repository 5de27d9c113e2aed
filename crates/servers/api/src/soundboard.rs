//! Sounds: everybody's, those of guilds (`/guilds/{guild_id}/soundboard-sounds`), and playing them.

use std::collections::HashMap;

use guildhall_blob::{Blob, Error as Refused};
use guildhall_store as store;
use guildhall_store::soundboard::SoundRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::emoji::PartialEmoji;
use guildhall_wire::soundboard::{
    SoundCreate, SoundPatch, SoundSend, SoundboardSound, SoundboardSoundDelete, VoiceEffect,
};
use guildhall_wire::user::User;
use serde_json::{Value, json};

use crate::kernel::image::StoredImage;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/guilds/{guild_id}/soundboard-sounds/{sound_id}";
    Routes::new()
        .get("/soundboard-default-sounds", get_soundboard_default_sounds, Need::Account)
        .get("/guilds/{guild_id}/soundboard-sounds", list_guild_soundboard_sounds, Need::Member)
        .post(
            "/guilds/{guild_id}/soundboard-sounds",
            create_guild_soundboard_sound,
            Permissions::CREATE_GUILD_EXPRESSIONS,
        )
        .images()
        .get(ONE, get_guild_soundboard_sound, Need::Member)
        .patch(ONE, update_guild_soundboard_sound, Need::Member)
        .delete(ONE, delete_guild_soundboard_sound, Need::Member)
        .post(
            "/channels/{channel_id}/send-soundboard-sound",
            send_soundboard_sound,
            Permissions::SPEAK | Permissions::USE_SOUNDBOARD,
        )
        .limit(10, 10)
}

/// Most of one guild.
const MOST: usize = 48;

/// One of the two, for what one has made oneself.
const EXPRESSIONS: Permissions = Permissions::CREATE_GUILD_EXPRESSIONS.union(Permissions::MANAGE_GUILD_EXPRESSIONS);

type Ids = Path<(Id<GuildMarker>, Id<GenericMarker>)>;

/// A sound that everybody has.
fn default(number: u64, name: &str, emoji: &str) -> Option<SoundboardSound> {
    Some(SoundboardSound {
        name: name.to_owned(),
        sound_id: Id::new_checked(number)?,
        volume: 1.0,
        emoji_id: None,
        emoji_name: Some(emoji.to_owned()),
        guild_id: None,
        available: true,
        user: None,
    })
}

fn defaults() -> Vec<SoundboardSound> {
    guildhall_blob::default_sounds().filter_map(|(number, name, emoji)| default(number, name, emoji)).collect()
}

async fn get_soundboard_default_sounds() -> Json<Vec<SoundboardSound>> {
    Json(defaults())
}

/// Sounds as a member sees them: who uploaded them is told to those who may upload themselves.
async fn shown(run: &mut dyn Run, guild: &Guild, rows: &[SoundRow]) -> Result<Vec<SoundboardSound>> {
    let mut users: HashMap<_, User> = HashMap::new();
    if guild.permissions.intersects(EXPRESSIONS) {
        let mut ids: Vec<_> = rows.iter().filter_map(|row| row.user_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let known = store::user::get_many(run, &ids).await?;
        users = known.iter().map(UserRow::user).map(|user| (user.id, user)).collect();
    }
    Ok(rows.iter().map(|row| row.sound(row.user_id.and_then(|id| users.get(&id).cloned()))).collect())
}

async fn list_guild_soundboard_sounds(cx: Cx, guild: Guild) -> Result<Json<Value>> {
    let rows = store::soundboard::of_guild(&mut cx.db(), guild.id).await?;
    Ok(Json(json!({ "items": shown(&mut cx.db(), &guild, &rows).await? })))
}

/// A sound of that guild.
async fn find(run: &mut dyn Run, guild: Id<GuildMarker>, id: Id<GenericMarker>) -> Result<SoundRow> {
    let row = store::soundboard::get(run, id).await?.filter(|row| row.guild_id == guild);
    row.ok_or(Code::UnknownSound.into())
}

async fn get_guild_soundboard_sound(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<Json<SoundboardSound>> {
    let row = find(&mut cx.db(), guild.id, id).await?;
    Ok(Json(shown(&mut cx.db(), &guild, &[row]).await?.pop().ok_or(Code::UnknownSound)?))
}

/// Refuses what is too short, too long or no emoji of the guild.
fn check(guild: &Guild, row: &SoundRow) -> Result<()> {
    let mut errors = FormErrors::new();
    errors.length("name", &row.name, 2, 32);
    if let Some(name) = &row.emoji_name {
        errors.length("emoji_name", name, 1, 32);
    }
    if row.emoji_id.is_some_and(|id| !guild.state.emojis.iter().any(|emoji| emoji.id == id)) {
        errors.at("emoji_id").push("BASE_TYPE_INVALID", "Not an emoji of this guild.");
    }
    Ok(errors.finish()?)
}

/// Thousandths of what a body says from 0 to 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000, checked before")]
fn volume(wanted: f64) -> Result<u32> {
    if (0.0..=1.0).contains(&wanted) {
        Ok((wanted * 1000.0).round() as u32)
    } else {
        Err(Error::form("volume", "NUMBER_TYPE_MAX", "float value should be between 0 and 1."))
    }
}

/// What the audit log says of a sound.
fn logged(row: &SoundRow) -> Value {
    let sound = row.sound(None);
    json!({ "name": sound.name, "volume": sound.volume, "emoji_id": sound.emoji_id, "emoji_name": sound.emoji_name })
}

fn complaint(error: Refused) -> Error {
    match error {
        Refused::TooLarge => Error::form("sound", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 512.0 kb."),
        Refused::TypeMismatch => Error::form("sound", "SOUND_INVALID", "A sound lasts 5.2 seconds at most."),
        Refused::Storage(_) => error.into(),
        _ => Error::form("sound", "SOUND_INVALID", "Not a sound in MP3 or Ogg format."),
    }
}

async fn create_guild_soundboard_sound(
    cx: Cx,
    guild: Guild,
    Json(body): Json<SoundCreate>,
) -> Result<Created<SoundboardSound>> {
    let row = SoundRow {
        id: cx.next_id(),
        guild_id: guild.id,
        name: body.name.trim().to_owned(),
        volume: volume(body.volume.unwrap_or(1.0))?,
        emoji_id: body.emoji_id,
        emoji_name: body.emoji_name.filter(|_| body.emoji_id.is_none()),
        user_id: Some(cx.user()?),
    };
    check(&guild, &row)?;
    if body.sound.is_empty() {
        return Err(Error::form("sound", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    let (_, data) = Blob::parse_data_url(&body.sound).map_err(complaint)?;
    cx.app.blob().put_sound(row.id.get(), data).await.map_err(complaint)?;
    let stored = StoredImage::named(cx.app.blob(), ImageKind::Sound, row.id);
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    if store::soundboard::of_guild(&mut work, guild.id).await?.len() >= MOST {
        return Err(Code::TooManySounds.into());
    }
    store::soundboard::insert(&mut work, &row).await?;
    work.keep_image(stored);
    let sound = row.sound(Some(cx.account()?.row.user()));
    work.emit(Event::SoundCreate(sound.clone()));
    let changed = changes(None, Some(&logged(&row)), &[]);
    work.audit(guild.id, cx.entry(AuditAction::SoundCreate, row.id, changed)).await?;
    work.commit().await?;
    Ok(Created(sound))
}

/// Refuses who may not change that sound: one's own takes either permission, others' the greater one.
fn require_control(guild: &Guild, me: Id<UserMarker>, row: &SoundRow) -> Result<()> {
    let own = row.user_id == Some(me) && guild.permissions.intersects(EXPRESSIONS);
    if own { Ok(()) } else { guild.require(Permissions::MANAGE_GUILD_EXPRESSIONS) }
}

async fn update_guild_soundboard_sound(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Json(body): Json<SoundPatch>,
) -> Result<Json<SoundboardSound>> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    let before = row.clone();
    body.name.map(|name| name.trim().to_owned()).apply_value(&mut row.name);
    match body.volume {
        Patch::Absent => {}
        Patch::Null => row.volume = 1000,
        Patch::Value(wanted) => row.volume = volume(wanted)?,
    }
    // Each takes the place of the other.
    if matches!(body.emoji_id, Patch::Value(_)) {
        row.emoji_name = None;
    }
    if matches!(body.emoji_name, Patch::Value(_)) {
        row.emoji_id = None;
    }
    body.emoji_id.apply(&mut row.emoji_id);
    body.emoji_name.apply(&mut row.emoji_name);
    check(&guild, &row)?;
    let sound = shown(&mut work, &guild, std::slice::from_ref(&row)).await?.pop().ok_or(Code::UnknownSound)?;
    let changed = changes(Some(&logged(&before)), Some(&logged(&row)), &[]);
    if !changed.is_empty() {
        store::soundboard::update(&mut work, &row).await?;
        work.emit(Event::SoundUpdate(sound.clone()));
        work.audit(guild.id, cx.entry(AuditAction::SoundUpdate, id, changed)).await?;
        work.commit().await?;
    }
    Ok(Json(sound))
}

async fn delete_guild_soundboard_sound(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<NoContent> {
    if !guild.permissions.intersects(EXPRESSIONS) {
        return Err(Code::MissingPermissions.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    let row = find(&mut work, guild.id, id).await?;
    require_control(&guild, cx.user()?, &row)?;
    store::soundboard::delete(&mut work, id).await?;
    work.remove_image(ImageKind::Sound, id, Some(String::new()));
    work.emit(Event::SoundDelete(SoundboardSoundDelete { sound_id: id, guild_id: guild.id }));
    let changed = changes(Some(&logged(&row)), None, &[]);
    work.audit(guild.id, cx.entry(AuditAction::SoundDelete, id, changed)).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// The sound that somebody wants to play, when they may play it there.
async fn playable(cx: &Cx, channel: &Channel, body: SoundSend) -> Result<SoundboardSound> {
    let Some(id) = body.sound_id else {
        return Err(Error::form("sound_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    if let Some(sound) = defaults().into_iter().find(|sound| sound.sound_id == id) {
        return Ok(sound);
    }
    let row = store::soundboard::get(&mut cx.db(), id).await?.ok_or(Code::UnknownSound)?;
    if channel.guild_id() != Some(row.guild_id) {
        let state = cx.app.bus().guild(row.guild_id).ok_or(Code::UnknownSound)?;
        if body.source_guild_id != Some(row.guild_id) || !state.is_member(cx.user()?) {
            return Err(Code::UnknownSound.into());
        }
        channel.require(Permissions::USE_EXTERNAL_SOUNDS)?;
    }
    Ok(row.sound(None))
}

async fn send_soundboard_sound(cx: Cx, channel: Channel, Json(body): Json<SoundSend>) -> Result<NoContent> {
    let state = channel.guild()?;
    if !channel.kind().is_voice() {
        return Err(Code::WrongChannelType.into());
    }
    let me = cx.user()?;
    let seat = cx.app.bus().voice_state(state.id(), me).filter(|seat| seat.channel_id == Some(channel.id));
    let seat = seat.ok_or(Code::NotInVoice)?;
    if seat.deaf || seat.self_deaf || seat.mute || seat.suppress {
        return Err(Code::MissingPermissions.into());
    }
    let sound = playable(&cx, &channel, body).await?;
    let animated = |id| state.emojis.iter().any(|emoji| emoji.id == id && emoji.animated);
    let emoji = (sound.emoji_id.is_some() || sound.emoji_name.is_some()).then(|| PartialEmoji {
        id: sound.emoji_id,
        name: sound.emoji_name.clone(),
        animated: sound.emoji_id.is_some_and(animated),
    });
    cx.app.bus().publish([Event::VoiceEffect(VoiceEffect {
        channel_id: channel.id,
        guild_id: state.id(),
        user_id: me,
        emoji,
        sound_id: sound.sound_id,
        sound_volume: sound.volume,
    })
    .into()]);
    Ok(NoContent)
}
