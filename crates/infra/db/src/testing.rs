//! Throw-away databases: a SQLite file, or a database of a PostgreSQL server that all tests of this machine share while any
//! of them runs.

use std::fs::File;
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
    /// Name of the database on the server.
    name: Option<String>,
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
        let (config, name) = match engine {
            Engine::Sqlite => (Config::sqlite(&folder.path().join("test.db")), None),
            Engine::Postgres => {
                static NUMBER: AtomicU32 = AtomicU32::new(0);
                let server = server();
                let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
                server.create(&name);
                (Config { url: server.url(&name), readers: 8 }, Some(name))
            }
        };
        Self { config, name, _folder: folder }
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

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            server().psql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The PostgreSQL server of the tests.
#[derive(Debug)]
struct Server {
    bin: PathBuf,
    port: u16,
    /// Locked by every process that uses the server.
    _users: Option<File>,
}

/// A PostgreSQL server of one test alone, which can be stopped and started again. It ends with the test, however that ends.
#[derive(Debug)]
pub struct Alone {
    server: Server,
    folder: TempDir,
    root: bool,
    running: Option<Child>,
}

#[expect(clippy::expect_used, reason = "a test must fail when its database cannot be started")]
impl Alone {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = TempDir::new().expect("a temporary folder can be made");
        // Another user keeps its data in there.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).expect("the temporary folder is ours");
        let bin = find().expect("PostgreSQL's programs are installed (cargo xtask setup)");
        let server = Server { bin, port: free_port(), _users: None };
        let root = is_root();
        server.make(&folder.path().join("data"), root);
        let mut alone = Self { server, folder, root, running: None };
        alone.start_again();
        alone
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        self.server.url("postgres")
    }

    /// Starts it after it was stopped, where it was.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_again(&mut self) {
        let data = self.folder.path().join("data");
        let server = self.server.command(&data, self.root);
        // It goes when nobody holds the other end of the shell's input any more.
        let script = r#"data=$1; shift; "$@" & read -r _; kill -INT "$(head -n 1 "$data/postmaster.pid")"; wait"#;
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "alone"]).arg(&data).arg(server.get_program()).args(server.get_args());
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(shell.spawn().expect("the server starts"));
        self.server.wait();
    }

    /// Stops it, and waits until it is gone. Who is connected is cut off.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.stdin.take());
            running.wait().expect("the server ends");
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.stop();
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::find_or_start)
}

#[expect(clippy::expect_used, reason = "a test must fail when its database cannot be started")]
impl Server {
    fn find_or_start() -> Self {
        let bin = find().expect("PostgreSQL's programs are installed (cargo xtask setup)");
        let user = user();
        let folder = std::env::temp_dir().join(format!("guildhall-postgres-{user}"));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        let open = |name: &str| File::create(folder.join(name)).expect("the temporary folder is ours");
        let (start, users) = (open("start.lock"), open("users.lock"));
        // One at a time looks whether the server runs, and starts it.
        start.lock().expect("files can be locked");
        users.lock_shared().expect("files can be locked");
        let known = std::fs::read_to_string(folder.join("port")).ok().and_then(|port| port.trim().parse().ok());
        let mut server = Self { bin, port: known.unwrap_or(0), _users: Some(users) };
        if known.is_none() || !server.psql("postgres", "SELECT 1") {
            server.start(&folder, is_root());
        }
        start.unlock().expect("files can be unlocked");
        server
    }

    fn start(&mut self, folder: &Path, root: bool) {
        let data = folder.join("data");
        let _ = std::fs::remove_dir_all(&data);
        self.make(&data, root);
        self.port = free_port();
        let server = self.command(&data, root);
        // It outlives this process.
        let mut apart = Command::new("setsid");
        apart.arg(server.get_program()).args(server.get_args());
        #[expect(clippy::zombie_processes, reason = "it is ended by its watcher, after this process")]
        apart.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        self.wait();
        std::fs::write(folder.join("port"), self.port.to_string()).expect("the temporary folder is ours");
        watch(folder);
    }

    /// Makes its data.
    fn make(&self, data: &Path, root: bool) {
        std::fs::create_dir(data).expect("the temporary folder is ours");
        if root {
            run(Command::new("chown").arg("postgres").arg(data));
        }
        run(as_postgres(root, &self.bin.join("initdb")).args(["-A", "trust", "-U", "postgres", "-N", "-D"]).arg(data));
    }

    /// What runs it.
    fn command(&self, data: &Path, root: bool) -> Command {
        let mut server = as_postgres(root, &self.bin.join("postgres"));
        server.arg("-D").arg(data).args(["-c", "unix_socket_directories="]);
        server.args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-F"]);
        server.args(["-c", "max_connections=400", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        server
    }

    /// Waits until it answers.
    fn wait(&self) {
        let began = Instant::now();
        while !self.psql("postgres", "SELECT 1") {
            assert!(began.elapsed() < Duration::from_secs(30), "PostgreSQL did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
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
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

#[expect(clippy::expect_used, reason = "a test must fail when its database cannot be started")]
fn user() -> String {
    let user = Command::new("id").arg("-u").output().expect("there is a user").stdout;
    String::from_utf8_lossy(&user).trim().to_owned()
}

fn is_root() -> bool {
    user() == "0"
}

#[expect(clippy::expect_used, reason = "a test must fail when its database cannot be started")]
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.expect("a port is free").port()
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

/// Ends the server and removes its data when no process uses it any more, however they ended.
fn watch(folder: &Path) {
    let script = r#"
        cd "$1" || exit
        while sleep 5; do
            flock -x start.lock sh -c '
                flock -x -n users.lock true || exit 1
                kill -INT "$(head -n 1 data/postmaster.pid)"; rm -rf data port
            ' && break
        done"#;
    let _ = Command::new("setsid")
        .args(["sh", "-c", script, "watch"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}
