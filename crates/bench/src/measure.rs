//! What is measured, in which order.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::hall::{self, Hall, Prepared, SETTLE};
use crate::irc::{self, Irc};
use crate::large::{self, Large, Size};
use crate::machine::{Late, Stolen};
use crate::micro::Pair;
use crate::muc::{self, Muc};
use crate::report::{Report, Row, Target};
use crate::traffic::{as_fast_as_acknowledged, at_rate};
use crate::{Options, machine, micro};

/// What is said, every time: 120 characters.
const TEXT: &str = "The quick brown fox jumps over the lazy dog, and then it jumps back again, because nobody was there to see it jump once.";

/// How much of everything.
struct Sizes {
    /// People in the guild, and receivers of the largest crowd.
    many: usize,
    few: usize,
    senders: usize,
    /// Senders of a fan-out, each with one message under way.
    crowd_senders: usize,
    time: Duration,
    micro: Duration,
    messages: u32,
    settle: Duration,
    runs: u32,
    large: Size,
}

impl Sizes {
    fn of(options: &Options) -> Self {
        if options.quick {
            Self {
                many: 24,
                few: 8,
                senders: 4,
                crowd_senders: 4,
                time: Duration::from_millis(200),
                micro: Duration::from_millis(20),
                messages: 3,
                settle: Duration::from_millis(50),
                runs: 1,
                large: Size { members: 500, channels: 20, connected: 50 },
            }
        } else {
            Self {
                many: 1000,
                few: 100,
                senders: 32,
                crowd_senders: 128,
                time: Duration::from_secs(4),
                micro: Duration::from_millis(500),
                messages: 50,
                settle: Duration::from_secs(3),
                runs: options.runs.max(1),
                large: Size { members: 100_000, channels: 500, connected: 1000 },
            }
        }
    }
}

/// Which figure of several runs is the best.
#[derive(Clone, Copy)]
enum Better {
    More,
    Less,
}

struct Bench<'a> {
    options: &'a Options,
    sizes: Sizes,
    folder: PathBuf,
    prepared: Prepared,
    say: &'a dyn Fn(&str),
    rows: Vec<Row>,
}

/// Measures everything; `say` hears of the progress.
pub async fn run(options: &Options, say: &dyn Fn(&str)) -> Result<Report> {
    let sizes = Sizes::of(options);
    machine::allow_connections(2 * sizes.many as u64 + 200)?;
    std::fs::create_dir_all(&options.folder)?;
    let data = tempfile::tempdir_in(&options.folder)?;
    let mut notes = vec![machine::describe()];
    notes.push(format!("load average before: {}; best of {}", machine::load(), sizes.runs));
    say(&format!("setting up a guild of {}", sizes.many));
    let prepared = Prepared::new(&options.server, data.path(), sizes.many).await.context("failed to set up a guild")?;
    let folder = data.path().to_owned();
    let mut bench = Bench { options, sizes, folder, prepared, say, rows: Vec::new() };
    let stolen = Stolen::watch();
    bench.all().await?;
    let rows = bench.rows;
    notes.push(format!(
        "load average after: {}; the host took {:.1} % of the cores' time meanwhile",
        machine::load(),
        stolen.percent()
    ));
    Ok(Report { notes, rows, markdown: options.markdown })
}

impl Bench<'_> {
    async fn all(&mut self) -> Result<()> {
        self.disk()?;
        self.start().await?;
        self.idle().await?;
        self.sends().await?;
        self.fan_out().await?;
        self.crowd().await?;
        self.memory().await?;
        self.large().await?;
        self.small()
    }

    fn wanted(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only))
    }

    fn irc(&self) -> bool {
        !self.options.alone && irc::is_there()
    }

    fn muc(&self) -> bool {
        !self.options.alone && muc::is_there()
    }

    /// Measures several times and keeps the best.
    async fn best<F: Future<Output = Result<f64>>>(
        &self,
        name: &str,
        better: Better,
        measure: impl Fn() -> F,
    ) -> Result<f64> {
        let mut best: Option<f64> = None;
        for _ in 0..self.sizes.runs {
            let value = measure().await.with_context(|| format!("failed to measure {name}"))?;
            (self.say)(&format!("{name}: {value:.3}"));
            best = Some(match (best, better) {
                (None, _) => value,
                (Some(best), Better::More) => best.max(value),
                (Some(best), Better::Less) => best.min(value),
            });
        }
        best.context("nothing was measured")
    }

    async fn maybe<F: Future<Output = Result<f64>>>(
        &self,
        there: bool,
        name: &str,
        better: Better,
        measure: impl Fn() -> F,
    ) -> Result<Option<(String, f64)>> {
        if !there {
            return Ok(None);
        }
        Ok(Some((name.to_owned(), self.best(name, better, measure).await?)))
    }

    fn row(&mut self, name: &str, value: f64, unit: &'static str, target: Target, reference: Option<(String, f64)>) {
        self.rows.push(Row { name: name.to_owned(), unit, value, target, reference });
    }

    fn disk(&mut self) -> Result<()> {
        if self.wanted("fsync") {
            let syncs = machine::syncs(&self.folder, self.sizes.time.min(Duration::from_secs(1)))?;
            let each = 1000.0 / syncs.at(50);
            self.row("the disk: 4 kB overwritten and fsynced, at the median's rate", each, "/s", Target::None, None);
            self.row("the disk: p99 of that fsync", syncs.at(99), "ms", Target::None, None);
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<()> {
        let name = "start to first answer";
        if !self.wanted(name) {
            return Ok(());
        }
        let value = self
            .best(name, Better::Less, || async {
                let hall = self.prepared.start()?;
                hall::first_answer(hall.address).await?;
                Ok(hall.started.elapsed().as_secs_f64())
            })
            .await?;
        let reference = self
            .maybe(self.muc(), "prosody", Better::Less, || async {
                let muc = Muc::start(&self.folder).await?;
                Ok(muc.started.elapsed().as_secs_f64())
            })
            .await?;
        self.row(name, value, "s", Target::AtMost(0.2), reference);
        Ok(())
    }

    async fn idle(&mut self) -> Result<()> {
        let name = "idle memory, the web client served";
        if !self.wanted(name) {
            return Ok(());
        }
        let value = self
            .best(name, Better::Less, || async {
                let hall = self.prepared.start()?;
                hall.visit().await?;
                tokio::time::sleep(self.sizes.settle).await;
                Ok(hall.server.resident()? as f64 / 1e6)
            })
            .await?;
        let reference = self
            .maybe(self.muc(), "prosody", Better::Less, || async {
                let muc = Muc::start(&self.folder).await?;
                tokio::time::sleep(self.sizes.settle).await;
                Ok(muc.server.resident()? as f64 / 1e6)
            })
            .await?;
        self.row(name, value, "MB", Target::AtMost(50.0), reference);
        Ok(())
    }

    async fn sends(&mut self) -> Result<()> {
        if !self.wanted("durable sends") {
            return Ok(());
        }
        let time = self.sizes.time;
        let mut rate = 0.0;
        for (senders, least) in [(1, 700.0), (self.sizes.senders, 4000.0)] {
            let name = format!("durable sends, {senders} at a time");
            let value = self
                .best(&name, Better::More, || async {
                    let hall = self.prepared.start()?;
                    let speakers = hall.speakers(senders).await?;
                    Ok(as_fast_as_acknowledged(speakers, TEXT, time).await?.0)
                })
                .await?;
            let reference = self
                .maybe(self.muc(), "prosody MUC, archived without fsync", Better::More, || async {
                    let muc = Muc::start(&self.folder).await?;
                    let speakers = muc.speakers(senders).await?;
                    Ok(as_fast_as_acknowledged(speakers, TEXT, time).await?.0)
                })
                .await?;
            self.row(&name, value, "/s", Target::AtLeast(least), reference.clone());
            rate = value;
        }
        let half = rate / 2.0;
        let name = format!("acknowledgement p99 at {half:.0} sends/s");
        let late = Late::watch();
        let value = self
            .best(&name, Better::Less, || async {
                let hall = self.prepared.start()?;
                let speakers = hall.speakers(self.sizes.senders).await?;
                Ok(at_rate(speakers, TEXT, half, time).await?.at(99))
            })
            .await?;
        let late = late.times();
        let reference = self
            .maybe(self.muc(), "prosody at the same rate", Better::Less, || async {
                let muc = Muc::start(&self.folder).await?;
                let speakers = muc.speakers(self.sizes.senders).await?;
                Ok(at_rate(speakers, TEXT, half, time).await?.at(99))
            })
            .await?;
        self.row(&name, value, "ms", Target::AtMost(5.0), reference);
        self.row("the machine: p99 by which a thread woke late meanwhile", late.at(99), "ms", Target::None, None);
        Ok(())
    }

    async fn fan_out(&mut self) -> Result<()> {
        if !self.wanted("fan-out") {
            return Ok(());
        }
        let (few, time) = (self.sizes.few, self.sizes.time);
        for senders in [self.sizes.senders, self.sizes.crowd_senders] {
            let reference = self
                .maybe(self.irc(), "ngIRCd, nothing stored", Better::More, || async {
                    let irc = Irc::start(&self.folder).await?;
                    let mut crowd = irc.crowd(few).await?;
                    let speakers = irc.speakers(senders).await?;
                    crowd.quiet(SETTLE).await;
                    crowd.deliveries(speakers, TEXT, time).await
                })
                .await?;
            for (compress, part) in [(false, 0.5), (true, 0.2)] {
                let how = if compress { "zlib-stream" } else { "uncompressed" };
                let name = format!("fan-out from {senders} to {few}, stored, {how}");
                let value = self
                    .best(&name, Better::More, || async {
                        let hall = self.prepared.start()?;
                        let mut crowd = hall.crowd(few, compress).await?;
                        let speakers = hall.speakers(senders).await?;
                        crowd.quiet(SETTLE).await;
                        crowd.deliveries(speakers, TEXT, time).await
                    })
                    .await?;
                self.row(&name, value, "deliveries/s", Target::OfReference(part), reference.clone());
            }
        }
        Ok(())
    }

    async fn crowd(&mut self) -> Result<()> {
        let (many, messages) = (self.sizes.many, self.sizes.messages);
        let pause = Duration::from_millis(200);
        let name = format!("last of {many} receivers at 5 messages/s, p95");
        if self.wanted(&name) {
            let value = self
                .best(&name, Better::Less, || async {
                    let hall = self.prepared.start()?;
                    let mut crowd = hall.crowd(many, false).await?;
                    let mut speakers = hall.speakers(1).await?;
                    crowd.quiet(SETTLE).await;
                    let speaker = speakers.first_mut().context("nobody speaks")?;
                    Ok(crowd.last_waits(speaker, TEXT, messages, pause).await?.at(95))
                })
                .await?;
            let reference = self
                .maybe(self.irc(), "ngIRCd", Better::Less, || async {
                    let irc = Irc::start(&self.folder).await?;
                    let mut crowd = irc.crowd(many).await?;
                    let mut speakers = irc.speakers(1).await?;
                    crowd.quiet(SETTLE).await;
                    let speaker = speakers.first_mut().context("nobody speaks")?;
                    Ok(crowd.last_waits(speaker, TEXT, messages, pause).await?.at(95))
                })
                .await?;
            self.row(&name, value, "ms", Target::AtMost(20.0), reference);
        }
        let name = format!("{many} sessions connect, identify, READY");
        if self.wanted(&name) {
            let value = self
                .best(&name, Better::Less, || async {
                    let hall = self.prepared.start()?;
                    hall::first_answer(hall.address).await?;
                    let start = std::time::Instant::now();
                    let _crowd = hall.crowd(many, false).await?;
                    Ok(start.elapsed().as_secs_f64())
                })
                .await?;
            let reference = self
                .maybe(self.irc(), "ngIRCd, registered and joined", Better::Less, || async {
                    let irc = Irc::start(&self.folder).await?;
                    let start = std::time::Instant::now();
                    let _crowd = irc.crowd(many).await?;
                    Ok(start.elapsed().as_secs_f64())
                })
                .await?;
            self.row(&name, value, "s", Target::AtMost(2.0), reference);
        }
        Ok(())
    }

    async fn memory(&mut self) -> Result<()> {
        if !self.wanted("memory of an idle session") {
            return Ok(());
        }
        let many = self.sizes.many;
        let reference = self
            .maybe(self.irc(), "ngIRCd", Better::Less, || async {
                let irc = Irc::start(&self.folder).await?;
                let before = irc.server.resident()?;
                let crowd = irc.crowd(many).await?;
                crowd.quiet(SETTLE).await;
                Ok(irc.server.resident()?.saturating_sub(before) as f64 / many as f64 / 1000.0)
            })
            .await?;
        for (compress, most) in [(false, 30.0), (true, 300.0)] {
            let name = format!("memory of an idle session, {}", if compress { "zlib-stream" } else { "uncompressed" });
            let value = self
                .best(&name, Better::Less, || async {
                    let hall = self.prepared.start()?;
                    self.session_memory(&hall, many, compress).await
                })
                .await?;
            self.row(&name, value, "kB", Target::AtMost(most), reference.clone());
        }
        Ok(())
    }

    /// What a server that has some sessions grows by, for each further one that has heartbeaten once.
    async fn session_memory(&self, hall: &Hall, sessions: usize, compress: bool) -> Result<f64> {
        hall.visit().await?;
        let _first = hall.crowd(self.sizes.senders, compress).await?;
        tokio::time::sleep(self.sizes.settle).await;
        let before = hall.server.resident()?;
        let mut crowd = hall.crowd(sessions, compress).await?;
        crowd.quiet(SETTLE).await;
        crowd.send_all(&hall::heartbeat()?).await?;
        crowd.quiet(SETTLE).await;
        tokio::time::sleep(self.sizes.settle).await;
        Ok(hall.server.resident()?.saturating_sub(before) as f64 / sessions as f64 / 1000.0)
    }

    async fn large(&mut self) -> Result<()> {
        let (size, count) = (self.sizes.large, if self.options.quick { 3 } else { 50 });
        let of = format!("guild of {} members and {} channels", size.members, size.channels);
        let name =
            format!("{of}: a role of one in ten of {} sessions shows and hides all channels, p95", size.connected);
        if self.wanted(&name) {
            let value =
                self.best(&name, Better::Less, || async { Ok(large::role_changes(size, count).await?.at(95)) }).await?;
            self.row(&name, value, "ms", Target::AtMost(20.0), None);
        }
        let names =
            ["READY and GUILD_CREATE, p95", "member search, p95", "start to first answer", "idle memory of a member"];
        let names = names.map(|name| format!("{of}: {name}"));
        if !names.iter().any(|name| self.wanted(name)) {
            return Ok(());
        }
        (self.say)(&format!("setting up a {of}"));
        let large =
            Large::new(&self.options.server, &self.folder, size).await.context("failed to set up a large guild")?;
        let [arrival, search, start, memory] = names;
        if self.wanted(&arrival) {
            let value = self
                .best(&arrival, Better::Less, || async {
                    let hall = large.full.start()?;
                    Ok(large.arrivals(&hall, count).await?.at(95))
                })
                .await?;
            self.row(&arrival, value, "ms", Target::AtMost(150.0), None);
        }
        if self.wanted(&search) {
            let value = self
                .best(&search, Better::Less, || async {
                    let hall = large.full.start()?;
                    Ok(large.searches(&hall, 4 * count).await?.at(95))
                })
                .await?;
            self.row(&search, value, "ms", Target::AtMost(10.0), None);
        }
        if self.wanted(&start) {
            let value = self
                .best(&start, Better::Less, || async {
                    let hall = large.full.start()?;
                    hall::first_answer(hall.address).await?;
                    Ok(hall.started.elapsed().as_secs_f64())
                })
                .await?;
            self.row(&start, value, "s", Target::None, None);
        }
        if self.wanted(&memory) {
            let value = self
                .best(&memory, Better::Less, || async {
                    let idle = async |prepared: &Prepared| {
                        let hall = prepared.start()?;
                        hall.visit().await?;
                        tokio::time::sleep(self.sizes.settle).await;
                        hall.server.resident()
                    };
                    let (full, empty) = (idle(&large.full).await?, idle(&large.empty).await?);
                    Ok(full.saturating_sub(empty) as f64 / size.members as f64 / 1000.0)
                })
                .await?;
            self.row(&memory, value, "kB", Target::None, None);
        }
        Ok(())
    }

    fn small(&mut self) -> Result<()> {
        let time = self.sizes.micro;
        let mut measured = Vec::new();
        if self.wanted("permission check") {
            measured.push(("permission check", micro::permissions(time)?, "twilight-util's PermissionCalculator"));
        }
        if self.wanted("directory look-up") {
            measured.push(("directory look-up", micro::directory(time)?, "std's HashMap"));
        }
        for (name, Pair { ours, reference }, of) in measured {
            let reference = Some((of.to_owned(), reference / 1000.0));
            self.row(name, ours / 1000.0, "µs", Target::AtMost(1.0), reference);
        }
        Ok(())
    }
}
