//! Members by an invite that lets somebody in for as long as they are connected.
//!
//! Who has no role when their last session has been over for a while is removed. Who never connected, and everybody after a
//! start of the program, has longer to come.

use std::collections::HashMap;

use guildhall_store as store;

use crate::App;
use crate::prelude::*;

/// How long somebody may be away: pages are loaded anew, and phones change networks.
const AWAY_MICROS: i64 = 60 * 1_000_000;
/// How long somebody has to connect who was not seen to leave.
const ABSENT_MICROS: i64 = 5 * 60 * 1_000_000;

/// Who is away, and until when that is borne.
#[derive(Debug, Default)]
pub(crate) struct Absences(HashMap<Id<UserMarker>, i64>);

impl Absences {
    /// Notes that somebody's last session ended.
    pub(crate) async fn left(&mut self, app: &App, user: Id<UserMarker>) -> Result<()> {
        if !store::member::temporary_of(&mut app.db(), user).await?.is_empty() {
            self.0.insert(user, app.clock().micros() + AWAY_MICROS);
        }
        Ok(())
    }

    /// Looks for those who are not connected and of whom nobody noted that they left.
    pub(crate) async fn look(&mut self, app: &App) -> Result<()> {
        let until = app.clock().micros() + ABSENT_MICROS;
        for row in store::member::temporary(&mut app.db()).await? {
            if !app.bus().is_connected(row.user_id) {
                self.0.entry(row.user_id).or_insert(until);
            }
        }
        Ok(())
    }

    /// Removes who did not come back in time.
    pub(crate) async fn end(&mut self, app: &App) -> Result<()> {
        let now = app.clock().micros();
        let over: Vec<_> = self.0.extract_if(|_, until| *until <= now).map(|(user, _)| user).collect();
        for user in over {
            if !app.bus().is_connected(user) {
                remove(app, user).await?;
            }
        }
        Ok(())
    }
}

async fn remove(app: &App, user: Id<UserMarker>) -> Result<()> {
    for row in store::member::temporary_of(&mut app.db(), user).await? {
        let mut work = app.begin().await?.at(row.guild_id);
        let Some((row, user)) = store::member::with_user(&mut work, row.guild_id, user).await? else { continue };
        if row.temporary && row.roles.0.is_empty() && !app.bus().is_connected(user.id) {
            super::remove(&mut work, row.guild_id, &user).await?;
            work.commit().await?;
        }
    }
    Ok(())
}
