//! What follows when people go: from what the bus notices and from time.

use std::time::Duration;

use guildhall_bus::Notice;

use crate::App;
use crate::kernel::error::Result;
use crate::member::temporary::Absences;

/// How often it is looked who did not come back.
const OFTEN: Duration = Duration::from_secs(1);
/// How many of those moments pass until it is looked who is not there at all.
const SELDOM: u32 = 10;
/// How many pass until old counts are forgotten.
const RARELY: u32 = 600;
/// How many pass after the start until nobody is expected back in voice.
const BACK: u32 = 60;

/// Attends to a server for as long as it runs: members for a time only, statuses of voice channels.
pub async fn attend(app: App) {
    let mut notices = app.bus().notices();
    let mut moments = tokio::time::interval(OFTEN);
    moments.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut absences = Absences::default();
    // Nobody is in voice when the program starts; who comes back in this time keeps what goes on there.
    let mut left_over = crate::channel::status::with_status(&app);
    let mut moment = 0_u32;
    loop {
        let outcome = tokio::select! {
            notice = notices.recv() => match notice {
                Some(notice) => heed(&app, &mut absences, notice).await,
                None => return,
            },
            _ = moments.tick() => {
                moment = moment.wrapping_add(1);
                if moment == BACK {
                    for (guild, channel) in std::mem::take(&mut left_over) {
                        told(crate::channel::status::clear(&app, guild, channel).await);
                    }
                }
                if moment % SELDOM == 1 {
                    told(absences.look(&app).await);
                }
                if moment % RARELY == 1 {
                    told(forget_tries(&app).await);
                }
                absences.end(&app).await
            }
        };
        told(outcome);
    }
}

async fn heed(app: &App, absences: &mut Absences, notice: Notice) -> Result<()> {
    match notice {
        Notice::Left(user) => absences.left(app, user).await,
        Notice::Emptied(guild, channel) => crate::channel::status::clear(app, guild, channel).await,
    }
}

/// Wrong passwords of long ago.
async fn forget_tries(app: &App) -> Result<()> {
    let mut work = app.begin().await?;
    guildhall_store::password_try::sweep(&mut work, app.clock().micros()).await?;
    work.commit().await
}

fn told(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "failed to attend to those who went");
    }
}
