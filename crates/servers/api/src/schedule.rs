//! What is to happen later: one durable schedule for all nouns.
//!
//! A timer is a row, set in the transaction that asks for it and taken away in the one that does it: it happens once, or again
//! when it failed. What is due is read from the database by the wall clock, so it survives restarts and clocks that jump.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use guildhall_store as store;
use guildhall_store::timer::TimerRow;
use tokio::sync::Notify;

use crate::App;
use crate::kernel::error::{Error, Result};
use crate::kernel::work::Work;
use crate::prelude::Id;

/// Most timers that are looked at in one go.
const BATCH: u32 = 100;
/// So many at once: one that takes its time does not hold up the others.
const AT_ONCE: usize = 4;
/// Longest that one may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest time without a look at the clock, which may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// Longest time until one that failed is tried again, in microseconds.
const LONGEST_BACK_OFF: i64 = 3_600 * 1_000_000;

macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $name:literal => $act:path;)*) => {
        /// What a timer does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$meta])* $kind,)* }

        impl Kind {
            /// As the row has it.
            const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }

        /// Does what is due, in the transaction that takes the timer away.
        async fn act(app: &App, work: &mut Work, timer: &TimerRow) -> Result<()> {
            match timer.kind.as_str() {
                $($name => $act(app, work, subject(timer)?).await,)*
                other => Err(Error::Internal(format!("failed to know what {other} is"))),
            }
        }
    };
}

// Each is `async fn(&App, &mut Work, subject) -> Result<()>`. The world may have moved on since the timer was set: it looks again
// whether the time has really come, and may set the timer anew.
kinds! {
    /// Subject: the thread.
    ThreadArchive = "thread_archive" => crate::thread::archive_when_idle;
    /// Subject: the channel and the message.
    PollEnd = "poll_end" => crate::poll::end_on_time;
    /// Subject: the channel.
    Stage = "stage" => crate::stage::on_time;
    /// Subject: always 1.
    SearchBuild = "search_build" => crate::search::build_on;
    /// Subject: the event.
    ScheduledEvent = "scheduled_event" => crate::scheduled_event::on_time;
    /// Subject: the path of the file.
    FileEnd = "file_end" => crate::activity::forget;
    /// Subject: the guild and the member.
    LinkedRoles = "linked_roles" => crate::linked_role::on_time;
    /// Subject: whose it is.
    CustomStatusEnd = "custom_status_end" => crate::user::end_custom_status;
    /// Subject: the subscription.
    SubscriptionEnd = "subscription_end" => crate::entitlement::end_subscription;
}

fn subject<T: std::str::FromStr>(timer: &TimerRow) -> Result<T> {
    let parsed = timer.subject.parse();
    parsed.map_err(|_| Error::Internal(format!("failed to read the subject {} of a timer", timer.subject)))
}

/// Lets something happen at a time, in microseconds, where the work is; instead of when it was to happen before.
pub(crate) async fn at(work: &mut Work, kind: Kind, subject: impl ToString, due: i64) -> Result<()> {
    let place = work.place();
    set(work, kind, place, subject, due).await
}

/// The same in another place than where the work is.
pub(crate) async fn at_place<T>(
    work: &mut Work,
    kind: Kind,
    place: Id<T>,
    subject: impl ToString,
    due: i64,
) -> Result<()> {
    set(work, kind, place.get(), subject, due).await
}

async fn set(work: &mut Work, kind: Kind, place: u64, subject: impl ToString, due: i64) -> Result<()> {
    let row = TimerRow {
        kind: kind.name().to_owned(),
        subject: subject.to_string(),
        place,
        due_at: due,
        run_at: due,
        failures: 0,
    };
    store::timer::set(work, &row).await?;
    work.wake_at(due);
    Ok(())
}

/// Lets something not happen.
pub(crate) async fn cancel(work: &mut Work, kind: Kind, subject: impl ToString) -> Result<()> {
    store::timer::cancel(work, kind.name(), &subject.to_string()).await?;
    Ok(())
}

/// Wakes the schedule when something is to happen before what it waits for.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    shared: Arc<(AtomicI64, Notify)>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { shared: Arc::new((AtomicI64::new(i64::MAX), Notify::new())) }
    }
}

impl Alarm {
    /// Something is due then.
    pub(crate) fn ring(&self, due: i64) {
        if due < self.shared.0.load(Ordering::SeqCst) {
            self.shared.1.notify_one();
        }
    }

    fn expect(&self, due: i64) {
        self.shared.0.store(due, Ordering::SeqCst);
    }

    async fn rung(&self) {
        self.shared.1.notified().await;
    }
}

/// Does all that is due; gives how many were done. What fails is put off, and the others go on.
pub async fn run_due(app: &App) -> Result<usize> {
    let mut count = 0;
    loop {
        let due = store::timer::due(&mut app.db(), app.clock().micros(), BATCH).await?;
        if due.is_empty() {
            return Ok(count);
        }
        let mut outcomes = pin!(stream::iter(due).map(|timer| run(app, timer)).buffer_unordered(AT_ONCE));
        while let Some(outcome) = outcomes.next().await {
            count += usize::from(outcome?);
        }
    }
}

/// Does one thing, on a task of its own: even a panic is no more than a failure of this one. Says whether it was done.
async fn run(app: &App, timer: TimerRow) -> Result<bool> {
    let one = tokio::time::timeout(PATIENCE, take(app.clone(), timer.clone()));
    let problem = match tokio::spawn(one).await {
        Ok(Ok(Ok(done))) => return Ok(done),
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(_)) => "it took too long".to_owned(),
        Err(error) => error.to_string(),
    };
    let later = back_off(timer.failures);
    tracing::error!(kind = timer.kind, subject = timer.subject, problem, later, "failed to do what is due");
    let mut work = app.begin().await?;
    store::timer::put_off(&mut work, &timer, app.clock().micros().saturating_add(later)).await?;
    work.commit().await?;
    Ok(false)
}

async fn take(app: App, timer: TimerRow) -> Result<bool> {
    let mut work = app.begin().await?.at_number(timer.place);
    if !store::timer::take(&mut work, &timer).await? {
        return Ok(false);
    }
    act(&app, &mut work, &timer).await?;
    work.commit().await?;
    Ok(true)
}

/// One second, twice as long after each failure, an hour at most; in microseconds.
fn back_off(failures: u32) -> i64 {
    1_000_000_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX).min(LONGEST_BACK_OFF)
}

/// Does what is due for as long as the program runs.
pub async fn keep_time(app: App) {
    loop {
        // Until it is known what comes next, everything that is set wakes.
        app.alarm().expect(i64::MAX);
        let pause = match round(&app).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "failed to see what is due");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.alarm().rung() => {}
            () = app.clock().moved() => {}
        }
    }
}

/// Does what is due; gives how long nothing will be.
async fn round(app: &App) -> Result<Duration> {
    run_due(app).await?;
    let next = store::timer::next(&mut app.db()).await?.unwrap_or(i64::MAX);
    app.alarm().expect(next);
    let left = next.saturating_sub(app.clock().micros());
    Ok(Duration::from_micros(u64::try_from(left).unwrap_or_default()).min(LONGEST_SLEEP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_back_off() {
        assert_eq!(back_off(0), 1_000_000);
        assert_eq!(back_off(3), 8_000_000);
        assert_eq!(back_off(12), LONGEST_BACK_OFF);
        assert_eq!(back_off(u32::MAX), LONGEST_BACK_OFF);
    }
}
