//! Guilds that anybody finds.

use guildhall_db::{Json, Records, Result, Run, record};
use guildhall_wire::id::{GuildMarker, Id};

use crate::select;

record! {
    /// What such a guild is found by.
    #[derive(Clone, Debug)]
    pub struct DiscoveryRow {
        /// The guild.
        pub id: Id<GuildMarker>,
        /// Its name.
        pub name: String,
        /// What it is about.
        pub description: Option<String>,
        /// What it is found by besides.
        pub keywords: Json<Vec<String>>,
    }
}

/// All of them, by their index.
pub async fn all(run: &mut dyn Run) -> Result<Vec<DiscoveryRow>> {
    run.all(&select::<DiscoveryRow>("guilds", "WHERE discoverable = 1 ORDER BY id"), vec![]).await
}
