//! The control socket: how `guildhall admin` reaches a server that runs on the same data folder, so that everybody who is
//! connected hears of what is done. Whoever may open the folder may use it.

use std::path::PathBuf;

use serde_json::Value;

use crate::admin::Action;
use crate::config::Config;

/// Longest request or answer, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

fn path(config: &Config) -> PathBuf {
    config.data.join("run").join("control.sock")
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::DirBuilderExt;
    use std::time::Duration;

    use anyhow::Context;
    use guildhall_api::App;
    use serde_json::json;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{UnixListener, UnixStream};

    use super::{Action, Config, MOST, Value, path};

    /// Does what the command line asks for, until the program ends.
    pub(crate) fn listen(config: &Config, app: &App) -> anyhow::Result<()> {
        let path = path(config);
        if let Some(folder) = path.parent()
            && !folder.exists()
        {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Nobody listens there any more: who has the lock of the folder is alone.
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).with_context(|| format!("failed to listen on {}", path.display()))?;
        let app = app.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = app.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(&app, stream).await {
                        tracing::warn!("failed to answer the command line: {error:#}");
                    }
                });
            }
        });
        Ok(())
    }

    async fn answer(app: &App, stream: UnixStream) -> anyhow::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut line = String::new();
        let mut reader = BufReader::new(read.take(MOST));
        tokio::time::timeout(Duration::from_secs(10), reader.read_line(&mut line)).await??;
        if line.is_empty() {
            // Somebody looked whether anybody is here.
            return Ok(());
        }
        let done = match serde_json::from_str::<Action>(&line) {
            Ok(action) => crate::admin::run(app, action).await,
            Err(error) => Err(error).context("the program is of another version than the server"),
        };
        let said = match done {
            Ok(value) => json!({ "done": value }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        write.write_all(format!("{said}\n").as_bytes()).await?;
        Ok(())
    }

    /// Asks the server that runs on the folder; nothing where none listens.
    pub(crate) async fn ask(config: &Config, action: &Action) -> anyhow::Result<Option<Value>> {
        let Ok(stream) = UnixStream::connect(path(config)).await else { return Ok(None) };
        let (read, mut write) = stream.into_split();
        write.write_all(format!("{}\n", serde_json::to_string(action)?).as_bytes()).await?;
        let mut line = String::new();
        BufReader::new(read.take(MOST)).read_line(&mut line).await.context("the server did not answer")?;
        let mut said: Value = serde_json::from_str(&line).context("the server did not answer")?;
        if let Some(error) = said.get("error").and_then(Value::as_str) {
            anyhow::bail!("{error}");
        }
        Ok(said.get_mut("done").map(Value::take))
    }
}

#[cfg(not(unix))]
mod none {
    use guildhall_api::App;

    use super::{Action, Config, Value};

    /// There is no such socket here.
    pub(crate) fn listen(_: &Config, _: &App) -> anyhow::Result<()> {
        Ok(())
    }

    /// There is no such socket here.
    pub(crate) async fn ask(_: &Config, _: &Action) -> anyhow::Result<Option<Value>> {
        Ok(None)
    }
}

#[cfg(not(unix))]
pub(crate) use none::{ask, listen};
#[cfg(unix)]
pub(crate) use unix::{ask, listen};
