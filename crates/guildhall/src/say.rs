//! What the program says on standard output: whoever reads it may have gone.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// Says a line.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// Says a text that has its own lines.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

/// Says a line where it makes no difference whether anybody reads it.
pub(crate) fn aside(text: impl Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Says why something could not be done, where people look for that.
pub(crate) fn problem(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "guildhall: {text}");
}

/// Whether nothing is wrong but that nobody reads any more, as behind `head`.
pub(crate) fn is_unread(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
