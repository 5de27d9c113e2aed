//! The order in which the program's functions lie in its file: what a start runs lies together, then what a busy server runs, then the
//! rest. The kernel maps sixteen pages around each that is touched, so functions that are strewn over the file cost memory that nobody
//! uses (docs/adr/0121-functions-in-order.md).

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{run, run_with};

/// Hashes of the functions that are to come first, in order, one in a line: `cargo xtask order` writes it.
const LIST: &str = "crates/guildhall/order.txt";
/// The same as names of this build, for the linker.
const NAMES: &str = "target/order/names.txt";
/// Runs each program and notes which of its functions ran first, in a folder of its own for each purpose.
const TRACER: &str = "qemu-x86_64";
/// How long an idle program is watched.
const IDLE: Duration = Duration::from_secs(8);

/// Builds the program in release with its functions in order; where the program is then. The linker is told names, which are only known
/// from a build: so it links a second time where they changed.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    let program = root.join("target/release/guildhall");
    let names = root.join(NAMES);
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        run(root.to_path_buf(), "cargo", &["build", "--release", "--package", "guildhall"])?;
        return Ok(program);
    }
    if !names.exists() {
        write(&names, "")?;
    }
    link(root, &names)?;
    let list = std::fs::read_to_string(root.join(LIST)).context("failed to read the order of functions")?;
    let (order, known) = in_order(&list, &symbols(&program)?);
    println!("the program has {known} of the {} functions that are to come first", list.lines().count());
    if std::fs::read_to_string(&names).is_ok_and(|before| before == order) {
        return Ok(program);
    }
    write(&names, &order)?;
    link(root, &names)?;
    Ok(program)
}

fn link(root: &Path, names: &Path) -> Result<()> {
    let arguments = ["build", "--release", "--package", "guildhall"];
    run_with(root.to_path_buf(), "cargo", &arguments, &[("GUILDHALL_ORDER", names.as_os_str())])
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).context("failed to write an order")
}

/// All functions of a program.
fn symbols(program: &Path) -> Result<Vec<String>> {
    let output = Command::new("nm").arg("--defined-only").arg(program).output();
    let output = output.context("failed to start nm, which is part of binutils")?;
    ensure!(output.status.success(), "nm failed");
    let text = String::from_utf8_lossy(&output.stdout);
    let function = |line: &str| {
        let mut fields = line.splitn(3, ' ').skip(1);
        let kind = fields.next()?;
        matches!(kind, "t" | "T" | "w" | "W").then(|| fields.next().map(str::to_owned)).flatten()
    };
    Ok(text.lines().filter_map(function).collect())
}

/// The functions that the list has, as it has them, and how many of its lines found any.
fn in_order(list: &str, symbols: &[String]) -> (String, usize) {
    let mut found: HashMap<String, Vec<&str>> = HashMap::new();
    for symbol in symbols {
        found.entry(hash(&lasting(symbol))).or_default().push(symbol);
    }
    let known: Vec<_> = list.lines().filter_map(|line| found.get(line)).collect();
    let order = known.iter().copied().flatten().flat_map(|name| [name, "\n"]).collect();
    (order, known.len())
}

/// A function's name without what another build of the same function calls otherwise: the hashes of crates, which change with each
/// version of what they need, places in the name that these push to and fro, and what the optimiser appends.
fn lasting(symbol: &str) -> String {
    let name = symbol.split_once(".llvm.").map_or(symbol, |(name, _)| name);
    if !name.starts_with("_R") {
        return name.to_owned();
    }
    let mut short = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let (mark, digits) = if rest.starts_with("Cs") { ("C", 8..=11) } else { ("B", 0..=4) };
        let tail = rest.strip_prefix(if mark == "C" { "Cs" } else { "B" });
        let after = tail.and_then(|tail| {
            let length = tail.bytes().take_while(u8::is_ascii_alphanumeric).count();
            digits.contains(&length).then(|| tail.get(length..)?.strip_prefix('_')).flatten()
        });
        if let Some(after) = after {
            short.push_str(mark);
            rest = after;
        } else {
            short.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    short
}

/// FNV-1a, of which 48 bits are enough for some hundred thousand names.
fn hash(name: &str) -> String {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{:012x}", hash >> 16)
}

/// Has the program run under an emulator that tells which functions it comes by, idle and at work, and writes the list.
pub(crate) fn learn(root: &Path) -> Result<()> {
    let installed = Command::new(TRACER).arg("--version").output().is_ok_and(|output| output.status.success());
    ensure!(installed, "{TRACER} is missing: it is in Debian's package qemu-user");
    let program = build(root)?;
    run(root.to_path_buf(), "cargo", &["build", "--release", "--package", "guildhall-bench"])?;
    let folder = root.join("target/order");
    let bench = root.join("target/release/guildhall-bench").display().to_string();
    let node: &[&str] = &["node", "--password", "order", "--data"];
    let serve: &[&str] = &["serve", "--data"];
    let idle = |purpose: &str, arguments: &[&str]| -> Result<Vec<String>> {
        let tracer = Tracer::new(&folder, purpose, &program)?;
        tracer.idle(arguments)?;
        tracer.functions()
    };
    let work = |purpose: &str, runs: &[&[&str]]| -> Result<Vec<String>> {
        let tracer = Tracer::new(&folder, purpose, &program)?;
        let script = tracer.script.display().to_string();
        for arguments in runs {
            run(root.to_path_buf(), &bench, &[arguments, &["--quick", "--alone", "--server", &script][..]].concat())?;
        }
        tracer.functions()
    };
    let starts = [idle("idle-node", node)?, idle("idle-hall", serve)?];
    let data = folder.join("data").display().to_string();
    let hall = ["idle memory", "durable", "fan-out"].map(|only| ["--runs", "1", "--folder", &data, "--only", only]);
    let works = [work("node", &[&["audio"]])?, work("hall", &hall.each_ref().map(|arguments| &arguments[..]))?];
    // What both programs run lies between what one of them does.
    let ([node_start, hall_start], [node_work, hall_work]) = (&starts, &works);
    let shared: HashSet<&String> = node_start.iter().collect();
    let own = hall_start.iter().filter(|function| !shared.contains(function));
    let shared = hall_start.iter().filter(|function| shared.contains(function));
    let (mut seen, mut list) = (HashSet::new(), String::new());
    for function in own.chain(shared).chain(node_start).chain(node_work).chain(hall_work) {
        let hash = hash(&lasting(function));
        if seen.insert(hash.clone()) {
            writeln!(list, "{hash}")?;
        }
    }
    println!("{} functions run at a start and {} in all", starts.iter().map(Vec::len).sum::<usize>(), seen.len());
    write(&root.join(LIST), &list)
}

/// A program that notes of each process of the server in which order functions ran first.
struct Tracer {
    folder: PathBuf,
    script: PathBuf,
}

impl Tracer {
    fn new(folder: &Path, purpose: &str, program: &Path) -> Result<Self> {
        let folder = folder.join(purpose);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let script = folder.join("trace.sh");
        // Translated code is noted once, when it is first come by.
        let text = format!(
            "#!/bin/sh\nexec {TRACER} -cpu max -d in_asm -D '{}/%d.log' '{}' \"$@\"\n",
            folder.display(),
            program.display()
        );
        write(&script, &text)?;
        run(folder.clone(), "chmod", &["+x", "trace.sh"])?;
        Ok(Self { folder, script })
    }

    /// Starts the program and lets it be.
    fn idle(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.script);
        command.args(arguments).arg(self.folder.join("data")).args(["--json", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        std::thread::sleep(IDLE);
        ensure!(child.try_wait()?.is_none(), "the program does not stay up");
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// The functions that ran, of all processes, in the order in which they did first.
    fn functions(&self) -> Result<Vec<String>> {
        let mut logs: Vec<PathBuf> = std::fs::read_dir(&self.folder)?.flatten().map(|entry| entry.path()).collect();
        logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.sort();
        let (mut seen, mut functions) = (HashSet::new(), Vec::new());
        for log in &logs {
            let text = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
            for name in text.lines().filter_map(|line| line.strip_prefix("IN: ")).map(str::trim) {
                if !name.is_empty() && seen.insert(name.to_owned()) {
                    functions.push(name.to_owned());
                }
            }
        }
        ensure!(!functions.is_empty(), "{} has no function that ran", self.folder.display());
        Ok(functions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_lasts_where_only_its_crates_are_of_another_build() {
        let one = "_RNvMs0_NtNtCs4EDq6eH7Gmz_5tokio7runtime4taskINtB5_4TaskNtCsjrHSEGnQ3l9_3std3sysE3new";
        let two = "_RNvMs0_NtNtCsaBcDeFgHiJ_5tokio7runtime4taskINtB4_4TaskNtCsjrHSEGnQ3l8_3std3sysE3new.llvm.123";
        assert_eq!(lasting(one), lasting(two));
        assert_eq!(lasting(one), "_RNvMs0_NtNtC5tokio7runtime4taskINtB4TaskNtC3std3sysE3new");
        assert_ne!(lasting(one), lasting(&one.replace("Task", "Work")));
        assert_eq!(lasting("sqlite3VdbeExec"), "sqlite3VdbeExec");
    }

    #[test]
    fn functions_come_as_the_list_has_them() {
        let list = ["two", "gone", "_RNvC3abc3one"].map(|name| hash(&lasting(name))).join("\n");
        let symbols = ["_RNvCs12345678901_3abc3one", "three", "two"].map(str::to_owned);
        assert_eq!(in_order(&list, &symbols), ("two\n_RNvCs12345678901_3abc3one\n".to_owned(), 2));
    }
}
