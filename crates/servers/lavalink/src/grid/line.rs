//! How a node and its workers speak, whatever carries it: values as lines of JSON, one after the other.

use std::io::{self, BufRead, BufWriter, Read as _, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::WorkerId;
use super::alarm::Alarm;
use crate::engine::{Order, Sink};

/// Longest line that is read.
pub(super) const MOST_LINE: u64 = 1 << 20;
/// Who has nothing to say for so long says an empty line.
const PAUSE: Duration = Duration::from_secs(1);

/// Both ways of a connection, and the connection itself to hang up with.
pub(super) type Ends<R, W> = (R, W, TcpStream);

/// The node's end of what is spoken with a worker.
pub(super) struct Line {
    orders: Sender<Order>,
    gone: Arc<AtomicBool>,
}

impl Line {
    /// Connects, on a thread of its own, and speaks for as long as the worker does; then it raises the alarm.
    pub(super) fn start<R, W>(
        id: WorkerId,
        sink: Sink,
        alarm: Arc<Alarm>,
        connect: impl FnOnce() -> io::Result<Ends<R, W>> + Send + 'static,
    ) -> io::Result<Self>
    where
        R: BufRead,
        W: Write + Send + 'static,
    {
        let (orders, queue) = unbounded();
        let gone = Arc::new(AtomicBool::new(false));
        let ended = gone.clone();
        std::thread::Builder::new().name(format!("worker-{id}")).spawn(move || {
            let spoken = connect().and_then(|(mut reader, writer, stream)| {
                write_on(writer, queue, stream)?;
                let mut line = Vec::new();
                while let Some(report) = hear(&mut reader, &mut line, MOST_LINE)? {
                    sink(report);
                }
                Ok(())
            });
            if let Err(error) = spoken {
                tracing::warn!(worker = id, %error, "lost a worker");
            }
            ended.store(true, Ordering::Release);
            alarm.raise();
        })?;
        Ok(Self { orders, gone })
    }

    pub(super) fn tell(&self, order: Order) -> bool {
        !self.is_gone() && self.orders.send(order).is_ok()
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}

/// Writes values on a thread of their own, for as long as they come; then hangs up.
pub(super) fn write_on<T: Serialize + Send + 'static>(
    writer: impl Write + Send + 'static,
    values: Receiver<T>,
    stream: TcpStream,
) -> io::Result<()> {
    std::thread::Builder::new().name("says".into()).spawn(move || {
        let _ = write(writer, &values);
        let _ = stream.shutdown(Shutdown::Both);
    })?;
    Ok(())
}

fn write<T: Serialize>(writer: impl Write, values: &Receiver<T>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(64 * 1024, writer);
    loop {
        let mut value = match values.recv_timeout(PAUSE) {
            Ok(value) => Some(value),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                writer.write_all(b"\n")?;
                None
            }
        };
        while let Some(next) = value {
            put(&mut writer, &next)?;
            value = values.try_recv().ok();
        }
        writer.flush()?;
    }
}

fn put(writer: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, value)?;
    writer.write_all(b"\n")
}

/// Says one thing.
pub(super) fn say(writer: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut writer = BufWriter::new(writer);
    put(&mut writer, value)?;
    writer.flush()
}

/// Hears one thing, of so many bytes at most; nothing when the other has hung up.
pub(super) fn hear<T: DeserializeOwned>(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    most: u64,
) -> io::Result<Option<T>> {
    if next_line(reader, line, most)? { Ok(Some(serde_json::from_slice(line)?)) } else { Ok(None) }
}

/// As [`hear`]; a whole line that cannot be understood is left out. It says nothing of those that follow.
pub(super) fn hear_on<T: DeserializeOwned>(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    most: u64,
) -> io::Result<Option<T>> {
    while next_line(reader, line, most)? {
        match serde_json::from_slice(line) {
            Ok(value) => return Ok(Some(value)),
            Err(error) if line.ends_with(b"\n") => tracing::error!(%error, "an order cannot be read and is left out"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Reads a line that is not empty; false when the other has hung up.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, most: u64) -> io::Result<bool> {
    loop {
        line.clear();
        if reader.by_ref().take(most).read_until(b'\n', line)? == 0 {
            return Ok(false);
        }
        if line.as_slice() != b"\n" {
            return Ok(true);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Instant;

    use super::*;

    fn heard(mut said: &[u8]) -> Vec<String> {
        let mut line = Vec::new();
        std::iter::from_fn(|| hear::<u64>(&mut said, &mut line, 8).transpose())
            .map(|heard| heard.map_or_else(|error| error.kind().to_string(), |value| value.to_string()))
            .take(5)
            .collect()
    }

    #[test]
    fn who_hangs_up_is_looked_at_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let here = listener.accept().unwrap().0;
        let alarm = Arc::<Alarm>::default();
        let ends = (io::BufReader::new(here.try_clone().unwrap()), here.try_clone().unwrap(), here);
        let line = Line::start(1, Arc::new(|_| ()), alarm.clone(), move || Ok(ends)).unwrap();
        assert!(!line.is_gone());
        drop(there);
        assert!(alarm.wait(Instant::now() + Duration::from_secs(20)) && line.is_gone());
    }

    #[test]
    fn lines_are_heard_one_after_the_other_and_empty_ones_are_not() {
        assert_eq!(heard(b"1\n\n\n22\n333"), ["1", "22", "333"]);
        assert_eq!(heard(b""), [""; 0]);
        let mut said = Vec::new();
        say(&mut said, &"a\nb").unwrap();
        assert_eq!(said, b"\"a\\nb\"\n");
    }

    #[test]
    fn a_line_that_is_too_long_is_no_value() {
        assert_eq!(heard(b"1\n[[[[[[[[[[[[[[[[\n").get(1).unwrap(), "invalid data");
        assert_eq!(heard(b"x\n"), ["invalid data"]);
    }

    #[test]
    fn an_order_that_cannot_be_read_does_not_end_a_worker() {
        let heard = |mut said: &[u8]| hear_on::<u64>(&mut said, &mut Vec::new(), 8).map_err(|error| error.kind());
        assert_eq!(heard(b"null\n{}\n\n7\n"), Ok(Some(7)));
        assert_eq!(heard(b"null\n"), Ok(None));
        // Where it is not known any more where a line begins, nothing more is understood.
        assert_eq!(heard(b"[[[[[[[[[[\n7\n"), Err(io::ErrorKind::InvalidData));
    }
}
