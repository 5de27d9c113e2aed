//! Filling the directory from the database when the program starts.

use std::collections::HashMap;

use guildhall_bus::guild::ThreadState;
use guildhall_bus::peer::{Cause, Peopled, Reader};
use guildhall_bus::{GuildState, MemberState};
use guildhall_db::Run;
use guildhall_rules::automod::Rules;
use guildhall_store as store;
use guildhall_store::automod::AutomodRow;
use guildhall_store::channel::ChannelRow;
use guildhall_store::emoji::EmojiRow;
use guildhall_store::guild::GuildRow;
use guildhall_store::member::MemberRow;
use guildhall_store::role::RoleRow;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_store::soundboard::SoundRow;
use guildhall_store::stage::StageRow;
use guildhall_store::sticker::StickerRow;
use guildhall_store::thread::ThreadMemberRow;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id};

use crate::App;
use crate::kernel::error::{Error, Result};

/// Loads every guild and direct message.
pub async fn load(app: &App) -> Result<()> {
    seal_all(app).await?;
    let mut db = app.db();
    app.rates().recall(store::password_try::all(&mut db, app.clock().micros()).await?);
    let mut parts: HashMap<Id<GuildMarker>, Parts> = HashMap::new();
    for row in store::role::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().roles.push(row);
    }
    for row in store::member::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().members.push(row);
    }
    let mut homes = HashMap::new();
    for row in store::channel::all_of_guilds(&mut db).await? {
        if let Some(guild) = row.guild_id {
            homes.insert(row.id, guild);
            parts.entry(guild).or_default().channels.push(row);
        }
    }
    for row in store::thread::all_active(&mut db).await? {
        if let Some(guild) = homes.get(&row.channel_id) {
            parts.entry(*guild).or_default().participants.push(row);
        }
    }
    for row in store::emoji::all_of_guilds(&mut db).await? {
        if let Some(guild) = row.guild_id {
            parts.entry(guild).or_default().emojis.push(row);
        }
    }
    for row in store::automod::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().automod.push(row);
    }
    for row in store::scheduled_event::all_open(&mut db).await? {
        parts.entry(row.guild_id).or_default().events.push(row);
    }
    for row in store::sticker::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().stickers.push(row);
    }
    for row in store::soundboard::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().sounds.push(row);
    }
    for row in store::stage::all(&mut db).await? {
        parts.entry(row.guild_id).or_default().stages.push(row);
    }
    for row in store::guild::all(&mut db).await? {
        let parts = parts.remove(&row.id).unwrap_or_default();
        app.bus().load_guild(parts.state(&row));
    }
    for row in store::relationship::friends(&mut db).await? {
        app.bus().load_friend(row.user_id, row.other_id);
    }
    let privates = app.privates().await.map_err(|error| Error::Internal(error.to_string()))?;
    for (channel, recipients) in privates {
        app.bus().load_private(channel, recipients);
    }
    Ok(())
}

/// What stands in the database of one guild.
#[derive(Default)]
struct Parts {
    roles: Vec<RoleRow>,
    members: Vec<MemberRow>,
    channels: Vec<ChannelRow>,
    participants: Vec<ThreadMemberRow>,
    emojis: Vec<EmojiRow>,
    automod: Vec<AutomodRow>,
    events: Vec<ScheduledEventRow>,
    stickers: Vec<StickerRow>,
    sounds: Vec<SoundRow>,
    stages: Vec<StageRow>,
}

impl Parts {
    async fn read(run: &mut dyn Run, guild: Id<GuildMarker>) -> guildhall_db::Result<Self> {
        Ok(Self {
            roles: store::role::of_guild(run, guild).await?,
            members: store::member::of_guild(run, guild).await?,
            channels: store::channel::all_of_guild(run, guild).await?,
            participants: store::thread::active_of_guild(run, guild).await?,
            emojis: store::emoji::of_guild(run, guild).await?,
            automod: store::automod::of_guild(run, guild).await?,
            events: store::scheduled_event::open_of_guild(run, guild).await?,
            stickers: store::sticker::of_guild(run, guild).await?,
            sounds: store::soundboard::of_guild(run, guild).await?,
            stages: store::stage::of_guild(run, guild).await?,
        })
    }

    /// As the directory has it.
    fn state(self, row: &GuildRow) -> GuildState {
        let mut state = GuildState::new(
            row.guild(Vec::new(), self.emojis.iter().map(|row| row.emoji(None)).collect()),
            self.roles.iter().map(RoleRow::role),
            self.channels.iter().map(ChannelRow::channel),
            self.members.iter().map(|row| (row.user_id, member_state(row))),
        );
        state.automod = Rules::new(self.automod.into_iter().map(AutomodRow::rule));
        self.events.iter().for_each(|row| state.keep_event(row.event(None)));
        state.stickers = self.stickers.iter().map(|row| row.sticker(None)).collect::<Vec<_>>().into();
        for sound in self.sounds.iter().map(|row| row.sound(None)) {
            state.sounds.insert(sound.sound_id, sound);
        }
        for stage in self.stages.iter().map(StageRow::stage) {
            state.stages.insert(stage.channel_id, stage.into());
        }
        let mut participants: HashMap<_, imbl::HashSet<_>> = HashMap::new();
        for row in &self.participants {
            participants.entry(row.channel_id).or_default().insert(row.user_id);
        }
        for (id, members) in participants {
            if let Some(thread) = state.threads.get(&id).cloned() {
                state.threads.insert(id, ThreadState { members, ..thread });
            }
        }
        state
    }
}

/// For several nodes: what one put into its directory, the others read.
impl Reader for App {
    async fn guild(&self, id: Id<GuildMarker>) -> Result<Option<GuildState>, Cause> {
        // One snapshot of all of it: nobody changes it between two of the questions.
        let mut tx = self.db().begin().await?;
        tx.wait_turn(id.get()).await?;
        let Some(row) = store::guild::get(&mut tx, id).await? else { return Ok(None) };
        Ok(Some(Parts::read(&mut tx, id).await?.state(&row)))
    }

    async fn guilds(&self) -> Result<Vec<Id<GuildMarker>>, Cause> {
        Ok(store::guild::all(&mut self.db()).await?.into_iter().map(|row| row.id).collect())
    }

    async fn channel(&self, id: Id<ChannelMarker>) -> Result<Option<Peopled>, Cause> {
        let mut db = self.db();
        let Some(row) = store::channel::get(&mut db, id).await? else { return Ok(None) };
        let people = match row.guild_id {
            Some(_) => store::thread::of_thread(&mut db, id).await?,
            None => store::channel::recipients(&mut db, id).await?,
        };
        Ok(Some((row.channel(), people)))
    }

    async fn privates(&self) -> Result<Vec<Peopled>, Cause> {
        let mut db = self.db();
        let mut recipients: HashMap<_, Vec<_>> = HashMap::new();
        for (channel, user) in store::channel::all_recipients(&mut db).await? {
            recipients.entry(channel).or_default().push(user);
        }
        let rows = store::channel::all_private(&mut db).await?.into_iter();
        Ok(rows.map(|row| (row.channel(), recipients.remove(&row.id).unwrap_or_default())).collect())
    }
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
