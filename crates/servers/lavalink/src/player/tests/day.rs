//! A day of random changes, of which nothing is left in the end.

use std::process::Command;

use super::*;
use crate::queue::{Loop, Queue};
use crate::source::{Catalog, LocalSettings, SourceSettings};
use crate::wire::Filters;

/// Ticks.
const DAY: u32 = 24 * 60 * 60 * 50;
/// Players whose Opus goes through as it came, all day long.
const PASSING: usize = 3;
/// A fourth is silent but for some seconds each half an hour: files of all kinds, decoded, resampled, filtered and mixed.
const CONCERT: u32 = 30 * 60 * 50;
const SECONDS: u32 = 15;
/// Workers that live for so long did not come to nothing.
const LIVED: Duration = Duration::from_millis(1_200);
/// Rates and channels are not those that are sent.
const FILES: [(&str, &[&str]); 5] = [
    ("one.wav", &["-ar", "44100", "-ac", "1"]),
    ("two.mp3", &["-ar", "44100", "-c:a", "libmp3lame"]),
    ("three.flac", &["-ar", "32000", "-c:a", "flac"]),
    ("four.ogg", &["-ar", "44100", "-c:a", "libvorbis"]),
    ("five.opus", &["-ar", "48000", "-c:a", "libopus"]),
];

/// Tracks that pass through, and files.
struct Both(Catalog);

#[async_trait]
impl Sources for Both {
    async fn load(&self, identifier: &str) -> LoadResult {
        self.0.load(identifier).await
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if track.source_name == "shelf" {
            Shelf.open(track, position).await
        } else {
            self.0.open(track, position).await
        }
    }

    fn names(&self) -> Vec<String> {
        [Shelf.names(), self.0.names()].concat()
    }
}

/// Chance that comes again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn ticks(&mut self, most: u64) -> u32 {
        u32::try_from(self.below(most)).unwrap() + 1
    }
}

/// What this process holds.
#[derive(Debug)]
struct Holdings {
    files: usize,
    render: usize,
    pulse: usize,
    decode: usize,
    /// Bytes that are nobody else's.
    memory: u64,
}

impl Holdings {
    fn now() -> Self {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        let names: Vec<_> = names.collect();
        let threads = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")).unwrap();
        Self {
            files: std::fs::read_dir("/proc/self/fd").unwrap().count(),
            render: threads("render-"),
            pulse: threads("pulse"),
            decode: threads("decode"),
            memory: memory.trim().parse::<u64>().unwrap() * 1_024,
        }
    }
}

/// All players, at the same time.
struct Day {
    still: Still,
    players: Vec<Arc<Player>>,
    files: Vec<Track>,
    chance: Chance,
    begun: u32,
    ended: u32,
    drained: u32,
    killed: u32,
    /// When a worker was last taken away.
    gone: Instant,
    _library: tempfile::TempDir,
}

impl Day {
    async fn new() -> Self {
        let library = tempfile::tempdir().unwrap();
        let folder = library.path().join("library");
        std::fs::create_dir(&folder).unwrap();
        for (name, arguments) in FILES {
            let made = Command::new("ffmpeg")
                .args(["-v", "error", "-f", "lavfi", "-i", &format!("sine=frequency=440:duration={SECONDS}")])
                .args(arguments)
                .arg(folder.join(name))
                .status();
            assert!(made.is_ok_and(|status| status.success()), "ffmpeg makes files");
        }
        let local = LocalSettings { folders: vec![folder], watch: false, ..LocalSettings::default() };
        let settings = SourceSettings { local: Some(local), ..SourceSettings::default() };
        let sources = Both(Catalog::new(settings, None).unwrap());
        let mut files = Vec::new();
        for (name, _) in FILES {
            let LoadResult::Track(track) = sources.load(&format!("local:library/{name}")).await else {
                unreachable!("{name} is not found")
            };
            files.push(*track);
        }
        let still = Still::with(2, Arc::new(sources)).await;
        let players = (1..=4).map(|guild| still.player(guild)).collect();
        Self {
            still,
            players,
            files,
            chance: Chance(11),
            begun: 0,
            ended: 0,
            drained: 0,
            killed: 0,
            gone: Instant::now(),
            _library: library,
        }
    }

    /// Something happens to one whose tracks pass through; when the next thing does, in ticks.
    fn change(&mut self, player: &Arc<Player>) -> u32 {
        let next = self.chance.ticks(90 * 50);
        let mut below = |most| self.chance.below(most);
        match below(20) {
            0..=3 => play(player, "fine", 1_000 + below(600_000)),
            4 => {
                let tracks = (0..3).map(|_| track("fine", 1_000 + below(60_000))).collect();
                player.with(|state| state.queue = Some(Queue { mode: Loop::Queue, tracks, ..Queue::default() }));
                player.settle();
            }
            5..=8 => player.apply(Change { position: Some(below(700_000)), ..Change::default() }),
            9 => {
                player.apply(Change { paused: Some(true), ..Change::default() });
                return self.chance.ticks(45 * 60 * 50);
            }
            10..=12 => player.apply(Change { paused: Some(false), ..Change::default() }),
            13 => {
                player.with(|state| state.queue = None);
                player.apply(Change { track: Patch::Null, ..Change::default() });
            }
            14 => player.follow(Some(track("fine", 1_000 + below(60_000)))),
            15 => play(player, "broken", 1_000),
            16 => player.apply(Change { end: Patch::Value(1 + below(600_000)), ..Change::default() }),
            17 => self.still.open.store(below(3) > 0, Ordering::Relaxed),
            18 => {
                if let Some(worker) = player.with(|state| state.worker()).filter(|_| below(4) == 0) {
                    assert!(self.still.node.grid.drain(&self.still.node, worker));
                    self.drained += 1;
                    self.gone = Instant::now();
                }
            }
            _ => {
                // Its heart beats no more; who looks after it finds that out, in its own time, and believes that those are no good of
                // whom one after the other dies at once.
                let lived = self.gone.elapsed() > LIVED;
                if let Some(worker) = player.with(|state| state.worker()).filter(|_| lived) {
                    self.killed += u32::from(self.still.node.grid.kill(worker));
                    self.gone = Instant::now();
                }
            }
        }
        next
    }

    /// Three files that fade into each other, with something over the first, each filtered in another way.
    fn concert(&mut self) {
        let player = &self.players[PASSING];
        let mut file = || self.files[usize::try_from(self.chance.below(5)).unwrap()].clone();
        let filters = [
            serde_json::json!({ "timescale": { "speed": 1.25, "pitch": 0.9 } }),
            serde_json::json!({ "equalizer": [{ "band": 2, "gain": 0.3 }], "karaoke": {}, "volume": 0.7 }),
            serde_json::json!({ "lowPass": { "smoothing": 20 }, "tremolo": {}, "rotation": { "rotationHz": 0.2 } }),
        ];
        let over = file();
        let (track, tracks) = (file(), [file(), file()].into());
        let filters = filters[usize::try_from(self.chance.below(3)).unwrap()].clone();
        player.with(|state| state.queue = Some(Queue { tracks, ..Queue::default() }));
        player.apply(Change {
            track: Patch::Value(Start { track, position: 0 }),
            filters: Some(serde_json::from_value::<Filters>(filters).unwrap()),
            crossfade: Patch::Value(3_000),
            volume: Some(80),
            ..Change::default()
        });
        assert!(player.add_layer(over, 0.5).is_ok());
    }

    /// One tick for all, after what each needs has been made.
    fn tick(&mut self, tick: u32) {
        let now = {
            let mut now = lock(&self.still.now);
            *now += TICK;
            *now
        };
        for player in &self.players {
            let waits = |state: &mut State| {
                state.track.is_some() && !state.paused && state.frames.is_empty() && state.ending.is_none()
            };
            let began = Instant::now();
            while player.with(waits) && self.still.open.load(Ordering::Relaxed) {
                assert!(
                    began.elapsed() < Duration::from_secs(20),
                    "guild {} is stuck after {tick} ticks",
                    player.guild_id
                );
                std::thread::sleep(Duration::from_micros(20));
            }
            if let Some((worker, told)) = player.tick(now, Duration::ZERO, u64::from(tick)) {
                self.still.node.grid.taken(worker, &[told]);
            }
        }
    }

    fn listen(&mut self, tick: u32) {
        for event in self.still.events() {
            self.ended += u32::from(event.starts_with("TrackEnd"));
            self.begun += u32::from(event == "TrackStart");
            assert!(event != "TrackStuck", "after {tick} ticks");
        }
    }

    /// Nobody plays anything, and who went has gone.
    async fn rest(&mut self) -> Holdings {
        self.still.open.store(true, Ordering::Relaxed);
        for player in &self.players {
            player.with(|state| state.queue = None);
            player.apply(Change { track: Patch::Null, ..Change::default() });
        }
        let began = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = Holdings::now();
            // Threads that decode go when they have had nothing to do for a while.
            if now.render == 2 && now.pulse == 1 && now.decode <= 4 || began.elapsed() > Duration::from_secs(30) {
                return now;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_changes_leaves_nothing_behind() {
    let mut day = Day::new().await;
    let mut next = [0; PASSING];
    let mut rests = Vec::new();
    for tick in 0..DAY {
        for (at, next) in next.iter_mut().enumerate().filter(|(_, next)| **next == tick) {
            let player = day.players[at].clone();
            *next = tick + day.change(&player);
        }
        if tick % CONCERT == 100 {
            day.still.open.store(true, Ordering::Relaxed);
            day.concert();
        }
        if tick % 5_000 == 0 {
            day.still.open.store(true, Ordering::Relaxed);
        }
        day.tick(tick);
        if tick % 50 == 0 {
            day.listen(tick);
        }
        if tick > 0 && tick % (DAY / 4) == 0 {
            rests.push(day.rest().await);
        }
    }
    rests.push(day.rest().await);
    day.listen(DAY);
    let [once, _, before, now] = &rests[..] else { unreachable!("a day has four quarters") };
    println!("{} tracks, {} drained, {} killed: {rests:#?}", day.begun, day.drained, day.killed);
    assert_eq!(day.begun, day.ended, "every track that begins ends once");
    assert!(day.drained > 15 && day.killed > 5 && day.begun > 1_000);
    assert_eq!((day.still.node.players().len(), day.still.node.grid.view().len()), (PASSING + 1, 2));
    assert_eq!((now.render, now.pulse), (2, 1));
    // The database opens one more now and then, and each thread that decodes has two by which its work is measured.
    let files = |held: &Holdings| held.files.saturating_sub(2 * held.decode);
    assert!(files(now) <= files(once) + 2 && now.decode <= 4, "{rests:#?}");
    // What threads that come and go leave in the allocator's hands differs from rest to rest.
    assert!(now.memory <= once.memory + (8 << 20) && now.memory <= before.memory + (4 << 20), "{rests:#?}");
}
