//! `cargo xtask bench` runs this.

use clap::Parser;
use guildhall_bench::Options;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(guildhall_bench::run(&options, &|line| eprintln!("{line}")))?;
    println!("{report}");
    Ok(())
}
