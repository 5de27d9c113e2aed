//! A unit of work: a transaction, the events it causes, its audit entries and its images.

use futures_util::future::BoxFuture;
use guildhall_blob::{Blob, ImageKind, attachment_of};
use guildhall_bus::{Bus, GuildState};
use guildhall_db::{Engine, Error as DbError, Result as DbResult, Row, Run, Tx, Value};
use guildhall_store::admin_log::{self, AdminLogRow};
use guildhall_store::audit_log;
use guildhall_store::message::MessageRow;
use guildhall_wire::Event;
use guildhall_wire::attachment::Attachment;
use guildhall_wire::audit_log::AuditLogEntry;
use guildhall_wire::channel::Channel;
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};

use super::app::App;
use super::error::Result;
use super::form;
use super::image::StoredImage;
use crate::schedule::Alarm;
use crate::unfurl::{Look, Queue};

/// A transaction that knows what is to be told when it is durable. Dropping it is a rollback and silence.
pub struct Work {
    tx: Tx,
    bus: Bus,
    guilds: Vec<GuildState>,
    privates: Vec<(Channel, Vec<Id<UserMarker>>)>,
    threads: Vec<(Channel, Vec<Id<UserMarker>>)>,
    events: Vec<Addressed>,
    blob: Blob,
    images: Vec<StoredImage>,
    gone: Vec<(ImageKind, u64, String)>,
    files: Vec<String>,
    channels: Vec<u64>,
    order: u64,
    waited: bool,
    alarm: Alarm,
    /// The first of what it lets happen later.
    due: Option<i64>,
    unfurls: Queue,
    looks: Vec<Look>,
}

impl Work {
    pub(crate) fn new(tx: Tx, app: &App) -> Self {
        Self {
            tx,
            bus: app.bus().clone(),
            guilds: Vec::new(),
            privates: Vec::new(),
            threads: Vec::new(),
            events: Vec::new(),
            blob: app.blob().clone(),
            images: Vec::new(),
            gone: Vec::new(),
            files: Vec::new(),
            channels: Vec::new(),
            order: 0,
            waited: false,
            alarm: app.alarm().clone(),
            due: None,
            unfurls: app.unfurls().queue(),
            looks: Vec::new(),
        }
    }

    /// Says where this happens: works of one place follow each other, and are told in the order of their commits.
    pub fn at<T>(self, place: Id<T>) -> Self {
        self.at_number(place.get())
    }

    /// The same; 0 is nowhere.
    pub(crate) fn at_number(mut self, place: u64) -> Self {
        self.order = place;
        self
    }

    /// Where this happens; 0 is nowhere.
    pub(crate) fn place(&self) -> u64 {
        self.order
    }

    /// Wakes the schedule after the commit, if it sleeps for longer than until then.
    pub(crate) fn wake_at(&mut self, due: i64) {
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }

    /// Waits until all earlier works of the place have ended. The first statement does it by itself; who takes ids that are to
    /// rise with the commits does it before.
    pub(crate) async fn wait_turn(&mut self) -> DbResult<()> {
        if self.order != 0 && !std::mem::replace(&mut self.waited, true) {
            self.tx.wait_turn(self.order).await?;
        }
        Ok(())
    }

    /// Lets a message be looked at after the commit, for what it links to.
    pub(crate) fn look_at(&mut self, look: Look) {
        self.looks.push(look);
    }

    /// Adds an event, told after the commit.
    pub fn emit(&mut self, event: impl Into<Addressed>) {
        self.events.push(event.into());
    }

    /// Adds a new guild, put into the directory after the commit and before the events.
    pub fn load_guild(&mut self, guild: GuildState) {
        self.guilds.push(guild);
    }

    /// Adds a new direct message, put into the directory after the commit and before the events.
    pub fn load_private(&mut self, channel: Channel, recipients: Vec<Id<UserMarker>>) {
        self.privates.push((channel, recipients));
    }

    /// Adds a thread that is opened again, put into the directory after the commit and before the events.
    pub(crate) fn load_thread(&mut self, thread: Channel, members: Vec<Id<UserMarker>>) {
        self.threads.push((thread, members));
    }

    /// Takes over a stored image: it stays when this commits, and is removed again when it does not.
    pub(crate) fn keep_image(&mut self, image: StoredImage) {
        self.images.push(image);
    }

    /// Removes an image after the commit, when nothing refers to it any more.
    pub(crate) fn remove_image<T>(&mut self, kind: ImageKind, owner: Id<T>, hash: Option<String>) {
        self.gone.extend(hash.map(|hash| (kind, owner.get(), hash)));
    }

    /// Removes the files of a message after the commit, when it is gone. What a published copy shows is its original's.
    pub(crate) fn remove_files(&mut self, row: &MessageRow) {
        let extras = &row.extras.0;
        let snapshots = extras.snapshots.iter().flat_map(|snapshot| &snapshot.message.attachments);
        let here = |file: &&Attachment| {
            attachment_of(&file.url).is_some_and(|(channel, _, _)| channel == row.channel_id.get())
        };
        self.files.extend(extras.attachments.iter().chain(snapshots).filter(here).map(|file| file.url.clone()));
    }

    /// Removes one file after the commit.
    pub(crate) fn remove_file(&mut self, file: &Attachment) {
        self.files.push(file.url.clone());
    }

    /// Removes all files of a channel after the commit, when it is gone.
    pub(crate) fn remove_channel(&mut self, channel: Id<ChannelMarker>) {
        self.channels.push(channel.get());
    }

    /// Writes an audit entry of a guild and tells those who may see it.
    pub async fn audit(&mut self, guild: Id<GuildMarker>, mut entry: AuditLogEntry) -> Result<()> {
        entry.guild_id = Some(guild);
        audit_log::insert(self, guild, &entry).await?;
        self.emit(Event::GuildAuditLogEntryCreate(entry));
        Ok(())
    }

    /// Writes what staff did to the instance.
    pub async fn note(&mut self, deed: AdminLogRow) -> Result<()> {
        admin_log::insert(self, &deed).await?;
        Ok(())
    }

    /// Makes it durable, then tells. When it returns, permissions and lists show what was done. What belongs to it is done even
    /// when the client hangs up meanwhile.
    pub async fn commit(self) -> Result<()> {
        if self.tx.is_whole() {
            return self.finish().await;
        }
        tokio::spawn(self.finish()).await.map_err(|_| DbError::Busy)?
    }

    async fn finish(self) -> Result<()> {
        let Self {
            tx,
            bus,
            guilds,
            privates,
            threads,
            events,
            blob,
            images,
            gone,
            files,
            channels,
            order,
            alarm,
            due,
            unfurls,
            looks,
            ..
        } = self;
        let publish = move || {
            guilds.into_iter().for_each(|guild| bus.load_guild(guild));
            privates.into_iter().for_each(|(channel, recipients)| bus.load_private(channel, recipients));
            threads.into_iter().for_each(|(thread, members)| bus.load_thread(thread, members));
            bus.publish(events);
        };
        tx.commit_then(order, publish).await?;
        if let Some(due) = due {
            alarm.ring(due);
        }
        looks.into_iter().for_each(|look| unfurls.push(look));
        images.into_iter().for_each(StoredImage::keep);
        form::remove(&blob, files);
        for (kind, owner, hash) in gone {
            if let Err(error) = blob.delete_image(kind, owner, &hash).await {
                tracing::warn!(%error, "failed to remove an image that nothing refers to");
            }
        }
        if !channels.is_empty() {
            tokio::spawn(clean(blob, channels));
        }
        Ok(())
    }
}

/// Removes the files of whole channels.
async fn clean(blob: Blob, channels: Vec<u64>) {
    for channel in channels {
        if let Err(error) = blob.delete_channel(channel).await {
            tracing::warn!(%error, "failed to remove the files of a channel that is gone");
        }
    }
}

impl Run for Work {
    fn query<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, DbResult<Vec<Row>>> {
        Box::pin(async move {
            self.wait_turn().await?;
            self.tx.query(sql, values).await
        })
    }

    fn execute<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, DbResult<u64>> {
        Box::pin(async move {
            self.wait_turn().await?;
            self.tx.execute(sql, values).await
        })
    }

    fn engine(&self) -> Engine {
        self.tx.engine()
    }
}
