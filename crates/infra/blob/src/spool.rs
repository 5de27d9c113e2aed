//! An upload on its way: a nameless file with a size and its first bytes.

use std::fmt::Display;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::error::{Error, Result};
use crate::sniff::HEAD_BYTES;
use crate::store::Store;

/// A complete upload that is not in the store yet; dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Spool {
    pub(crate) contents: Contents,
    pub(crate) path: TempPath,
    pub(crate) head: Vec<u8>,
}

/// The bytes of an upload. Everything here waits for the disk.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) file: File,
    pub(crate) size: u64,
}

impl Spool {
    /// Takes in a stream. `check` sees the first bytes as soon as they are there, so that a file which will be refused
    /// does not have to be sent whole.
    pub(crate) async fn receive<E: Display>(
        store: &Store,
        mut stream: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
        limit: u64,
        check: impl Fn(&[u8]) -> Result<()> + Send,
    ) -> Result<Self> {
        let (file, path) = store.unfinished().await?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let (mut size, mut head, mut checked) = (0_u64, Vec::new(), false);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| Error::Interrupted(error.to_string()))?;
            size = size.saturating_add(chunk.len() as u64);
            if size > limit {
                return Err(Error::TooLarge);
            }
            let missing = HEAD_BYTES.saturating_sub(head.len()).min(chunk.len());
            head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
            if head.len() == HEAD_BYTES && !checked {
                check(&head)?;
                checked = true;
            }
            file.write_all(&chunk).await?;
        }
        if size == 0 {
            return Err(Error::Empty);
        }
        if !checked {
            check(&head)?;
        }
        file.flush().await?;
        Ok(Self { contents: Contents { file: file.into_std().await, size }, path, head })
    }
}

impl Contents {
    /// All of it.
    pub(crate) fn bytes(&mut self) -> Result<Bytes> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        self.file.rewind()?;
        (&self.file).take(self.size).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    /// Puts other bytes in place of the whole.
    pub(crate) fn replace(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.size = bytes.len() as u64;
        Ok(())
    }

    /// Whether these bytes are anywhere in it.
    pub(crate) fn contains(&mut self, needle: &[u8]) -> Result<bool> {
        self.file.seek(SeekFrom::Start(0))?;
        let (mut window, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            let read = self.file.read(&mut chunk)?;
            if read == 0 {
                return Ok(false);
            }
            window.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if window.windows(needle.len()).any(|bytes| bytes == needle) {
                return Ok(true);
            }
            // What could be the beginning of the needle stays.
            window.drain(..window.len().saturating_sub(needle.len().saturating_sub(1)));
        }
    }
}
