//! A unit of work: a transaction, the events it causes and its audit entries.

use guildhall_bus::{Bus, GuildState};
use guildhall_db::{Engine, Result as DbResult, Row, Run, Tx, Value};
use guildhall_store::admin_log::{self, AdminLogRow};
use guildhall_store::audit_log;
use guildhall_wire::Event;
use guildhall_wire::audit_log::AuditLogEntry;
use guildhall_wire::channel::Channel;
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};

use super::error::Result;

/// A transaction that knows what is to be told when it is durable. Dropping it is a rollback and silence.
pub struct Work {
    tx: Tx,
    bus: Bus,
    guilds: Vec<GuildState>,
    privates: Vec<(Channel, Vec<Id<UserMarker>>)>,
    events: Vec<Addressed>,
    order: u64,
}

impl Work {
    pub(crate) fn new(tx: Tx, bus: Bus) -> Self {
        Self { tx, bus, guilds: Vec::new(), privates: Vec::new(), events: Vec::new(), order: 0 }
    }

    /// Says where this happens: works of one place are told in the order of their commits.
    pub fn at<T>(mut self, place: Id<T>) -> Self {
        self.order = place.get();
        self
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

    /// Makes it durable, then tells. When it returns, permissions and lists show what was done.
    pub async fn commit(self) -> Result<()> {
        let Self { tx, bus, guilds, privates, events, order } = self;
        let publish = move || {
            guilds.into_iter().for_each(|guild| bus.load_guild(guild));
            privates.into_iter().for_each(|(channel, recipients)| bus.load_private(channel, recipients));
            bus.publish(events);
        };
        tx.commit_then(order, publish).await?;
        Ok(())
    }
}

impl Run for Work {
    async fn query(&mut self, sql: &str, values: Vec<Value>) -> DbResult<Vec<Row>> {
        self.tx.query(sql, values).await
    }

    async fn execute(&mut self, sql: &str, values: Vec<Value>) -> DbResult<u64> {
        self.tx.execute(sql, values).await
    }

    fn engine(&self) -> Engine {
        self.tx.engine()
    }
}
