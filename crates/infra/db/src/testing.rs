//! Throw-away databases: a SQLite file or a database of a PostgreSQL server that lives as long as the test process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Config, Db, Engine};

/// A database of its own for one test.
#[derive(Debug)]
pub struct Scratch {
    /// How to open it.
    pub config: Config,
    _folder: TempDir,
}

impl Scratch {
    /// An empty database.
    ///
    /// # Panics
    /// When the engine cannot be started: a test must not pass by not running.
    #[expect(clippy::expect_used, reason = "a test must fail when its database cannot be made")]
    pub fn new(engine: Engine) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let config = match engine {
            Engine::Sqlite => Config::sqlite(&folder.path().join("test.db")),
            Engine::Postgres => {
                static NUMBER: AtomicU32 = AtomicU32::new(0);
                let server = server();
                let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                server.create(&name);
                Config { url: server.url(&name), readers: 8 }
            }
        };
        Self { config, _folder: folder }
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[expect(clippy::expect_used, reason = "a test must fail when its database cannot be opened")]
    pub async fn open(&self) -> Db {
        Db::open(&self.config).await.expect("the test database can be opened")
    }
}

/// A PostgreSQL server of this process.
struct Server {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

#[expect(clippy::expect_used, reason = "a test must fail when its database cannot be started")]
impl Server {
    fn start() -> Self {
        let bin = find().expect("PostgreSQL's programs are installed (cargo xtask setup)");
        // Kept until the process ends: its watcher removes it.
        let folder = TempDir::with_prefix("guildhall-pg-").expect("a temporary folder can be made").keep();
        let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
        if root {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let data = folder.join("data");
        run(as_postgres(root, &bin.join("initdb")).args(["-A", "trust", "-U", "postgres", "-N", "-D"]).arg(&data));
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let mut server = as_postgres(root, &bin.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-F"]);
        server.args(["-c", "max_connections=400", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        #[expect(clippy::zombie_processes, reason = "it is ended by its watcher, after this process")]
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        watch(&child, &folder);
        let started = Self { bin, folder, port };
        let began = Instant::now();
        while !started.psql("postgres", "SELECT 1") {
            assert!(began.elapsed() < Duration::from_secs(30), "PostgreSQL did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        started
    }

    fn psql(&self, database: &str, sql: &str) -> bool {
        Command::new(self.bin.join("psql"))
            .args(["-q", "-U", "postgres", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-d", database, "-c", sql])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn create(&self, name: &str) {
        assert!(self.psql("postgres", &format!("CREATE DATABASE {name}")), "failed to create a test database");
    }

    fn url(&self, name: &str) -> String {
        let _ = &self.folder;
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

/// Newest installed server.
fn find() -> Option<PathBuf> {
    let mut versions: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path()).collect();
    versions.sort();
    versions.into_iter().rev().map(|version| version.join("bin")).find(|bin| bin.join("postgres").exists())
}

/// The server refuses to run as root.
fn as_postgres(root: bool, program: &Path) -> Command {
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

#[expect(clippy::panic, reason = "a test must fail when its database cannot be started")]
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => {}
        other => panic!("failed to run {command:?}: {other:?}"),
    }
}

/// Ends the server and removes its folder when this process ends, however it ends. The child may be `runuser`: the server's own
/// number stands in its folder.
fn watch(child: &Child, folder: &Path) {
    let script = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.5; done; \
         server=$(head -n 1 {folder}/data/postmaster.pid 2>/dev/null); \
         kill -QUIT ${{server:-{}}} 2>/dev/null; sleep 1; rm -rf {folder}; sleep 1; rm -rf {folder}",
        std::process::id(),
        child.id(),
        folder = folder.display(),
    );
    let _ = Command::new("setsid")
        .args(["sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}
