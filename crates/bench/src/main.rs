//! `cargo xtask bench` runs this.

use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use guildhall_bench::{Options, node, sound};

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if std::env::args().nth(1).as_deref() == Some("audio") {
        let quick = std::env::args().any(|argument| argument == "--quick");
        let path = |name: &str| std::env::args().skip_while(|argument| argument != name).nth(1);
        let server = path("--server").context("--server is missing")?.into();
        let plan = node::Plan { server, songbird: path("--songbird").map(Into::into), only: path("--only"), quick };
        println!("{}", runtime.block_on(node::run(&plan))?);
        if plan.only.is_some() {
            return Ok(());
        }
        println!("{}", sound::run(Duration::from_millis(if quick { 20 } else { 1_000 }))?);
        return Ok(());
    }
    let options = Options::parse();
    let report = runtime.block_on(guildhall_bench::run(&options, &|line| eprintln!("{line}")))?;
    println!("{report}");
    Ok(())
}
