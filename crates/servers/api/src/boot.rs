//! Filling the directory from the database when the program starts.

use std::collections::HashMap;

use guildhall_bus::guild::ThreadState;
use guildhall_bus::{GuildState, MemberState};
use guildhall_rules::automod::Rules;
use guildhall_store as store;
use guildhall_store::member::MemberRow;

use crate::App;
use crate::kernel::error::Result;

/// Loads every guild and direct message.
pub async fn load(app: &App) -> Result<()> {
    seal_all(app).await?;
    let mut db = app.db();
    app.rates().recall(store::password_try::all(&mut db, app.clock().micros()).await?);
    let mut roles: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::role::all(&mut db).await? {
        roles.entry(row.guild_id).or_default().push(row.role());
    }
    let mut members: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::member::all(&mut db).await? {
        members.entry(row.guild_id).or_default().push((row.user_id, member_state(&row)));
    }
    let mut channels: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::channel::all_of_guilds(&mut db).await? {
        if let Some(guild) = row.guild_id {
            channels.entry(guild).or_default().push(row.channel());
        }
    }
    let mut participants: HashMap<_, imbl::HashSet<_>> = HashMap::new();
    for row in store::thread::all_active(&mut db).await? {
        participants.entry(row.channel_id).or_default().insert(row.user_id);
    }
    let mut emojis: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::emoji::all_of_guilds(&mut db).await? {
        if let Some(guild) = row.guild_id {
            emojis.entry(guild).or_default().push(row.emoji(None));
        }
    }
    let mut automod: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::automod::all(&mut db).await? {
        automod.entry(row.guild_id).or_default().push(row.rule());
    }
    let mut events: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::scheduled_event::all_open(&mut db).await? {
        events.entry(row.guild_id).or_default().push(row.event(None));
    }
    let mut stickers: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::sticker::all(&mut db).await? {
        stickers.entry(row.guild_id).or_default().push(row.sticker(None));
    }
    let mut sounds: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::soundboard::all(&mut db).await? {
        sounds.entry(row.guild_id).or_default().push(row.sound(None));
    }
    let mut stages: HashMap<_, Vec<_>> = HashMap::new();
    for row in store::stage::all(&mut db).await? {
        stages.entry(row.guild_id).or_default().push(row.stage());
    }
    for row in store::guild::all(&mut db).await? {
        let mut state = GuildState::new(
            row.guild(Vec::new(), emojis.remove(&row.id).unwrap_or_default()),
            roles.remove(&row.id).unwrap_or_default(),
            channels.remove(&row.id).unwrap_or_default(),
            members.remove(&row.id).unwrap_or_default(),
        );
        state.automod = Rules::new(automod.remove(&row.id).unwrap_or_default());
        events.remove(&row.id).unwrap_or_default().into_iter().for_each(|event| state.keep_event(event));
        state.stickers = stickers.remove(&row.id).unwrap_or_default().into();
        for sound in sounds.remove(&row.id).unwrap_or_default() {
            state.sounds.insert(sound.sound_id, sound);
        }
        for stage in stages.remove(&row.id).unwrap_or_default() {
            state.stages.insert(stage.channel_id, stage.into());
        }
        let threads: Vec<_> = state.threads.keys().copied().collect();
        for id in threads {
            if let (Some(thread), Some(members)) = (state.threads.get(&id).cloned(), participants.remove(&id)) {
                state.threads.insert(id, ThreadState { members, ..thread });
            }
        }
        app.bus().load_guild(state);
    }
    for row in store::relationship::friends(&mut db).await? {
        app.bus().load_friend(row.user_id, row.other_id);
    }
    let mut recipients: HashMap<_, Vec<_>> = HashMap::new();
    for (channel, user) in store::channel::all_recipients(&mut db).await? {
        recipients.entry(channel).or_default().push(user);
    }
    for row in store::channel::all_private(&mut db).await? {
        let recipients = recipients.remove(&row.id).unwrap_or_default();
        app.bus().load_private(row.channel(), recipients);
    }
    Ok(())
}

/// Seals what older versions kept as it was.
async fn seal_all(app: &App) -> Result<()> {
    let mut work = app.begin().await?;
    crate::webhook::seal_all(app, &mut work).await?;
    crate::application::seal_all(app, &mut work).await?;
    work.commit().await
}

/// What the directory keeps of a member.
pub(crate) fn member_state(row: &MemberRow) -> MemberState {
    MemberState {
        roles: row.roles.0.clone().into(),
        timeout_until: row.timeout_until,
        joined_at: row.joined_at,
        limited: row.member(None).is_limited(),
    }
}
