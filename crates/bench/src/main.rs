//! `cargo xtask bench` runs this.

use clap::Parser;
use guildhall_bench::Options;

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("audio") {
        let quick = std::env::args().any(|argument| argument == "--quick");
        let time = std::time::Duration::from_millis(if quick { 20 } else { 1_000 });
        println!("{}", guildhall_bench::sound::run(time)?);
        return Ok(());
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(guildhall_bench::run(&options, &|line| eprintln!("{line}")))?;
    println!("{report}");
    Ok(())
}
