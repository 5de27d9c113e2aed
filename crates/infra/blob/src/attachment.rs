//! Files of messages.

use std::fmt::Display;

use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest, Sha256};

use crate::asset::step;
use crate::blob::Blob;
use crate::error::{Error, Result};
use crate::filename;
use crate::format::{Format, Target};
use crate::metadata;
use crate::probe::{self, Probed};
use crate::render::Source;
use crate::served::{ByteRange, Disposition, Served};
use crate::sniff::{self, HEAD_BYTES, Type};
use crate::spool::{Contents, Spool};

/// Largest file of which a placeholder or a preview is made, and out of which the place where it was taken is removed.
const MAX_PICTURE_BYTES: u64 = 48 * 1024 * 1024;

/// An attachment that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its name in the store.
    pub key: String,
    /// Its name for people, cleaned. [`Blob::attachment`] and the others take this one.
    pub filename: String,
    /// Bytes.
    pub size: u64,
    /// Media type, by its content.
    pub content_type: String,
    /// Pixels, of pictures and films.
    pub width: Option<u32>,
    /// Pixels, of pictures and films.
    pub height: Option<u32>,
    /// Of sound and films.
    pub duration_secs: Option<f64>,
    /// ThumbHash of a picture, base64.
    pub placeholder: Option<String>,
    /// Which kind of placeholder it is.
    pub placeholder_version: Option<u32>,
}

/// A smaller picture than the one that was sent. Sides are taken up to the next power of two from 16 to 4096.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preview<'a> {
    /// Most pixels wide.
    pub width: Option<u32>,
    /// Most pixels high.
    pub height: Option<u32>,
    /// `png`, `jpg`, `webp` or `gif`; as it was sent, if `None`.
    pub format: Option<&'a str>,
}

/// The path of an attachment's address, after whatever the API puts before it.
pub fn attachment_path(channel: u64, attachment: u64, filename: &str) -> String {
    format!("/attachments/{channel}/{attachment}/{}", filename::encode(filename))
}

/// What such a path is made of: channel, attachment, name.
pub fn attachment_of(path: &str) -> Option<(u64, u64, String)> {
    let mut parts = path.strip_prefix("/attachments/")?.splitn(3, '/');
    let channel = parts.next()?.parse().ok()?;
    let attachment = parts.next()?.parse().ok()?;
    let name = percent_encoding::percent_decode_str(parts.next()?).decode_utf8().ok()?;
    Some((channel, attachment, name.into_owned()))
}

impl Blob {
    /// Streams an upload to disk, looks at it, and puts it in place. When this fails, for whatever reason, or is dropped
    /// before it returns, nothing is kept. When it returns, the file survives a crash.
    pub async fn put_attachment<E: Display>(
        &self,
        channel: u64,
        attachment: u64,
        filename: &str,
        declared: Option<&str>,
        stream: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
        limit: u64,
    ) -> Result<Stored> {
        let filename = filename::clean(filename);
        let limit = limit.min(self.max_attachment_bytes());
        let check = |head: &[u8]| sniff::check(head, &filename, declared).map(drop);
        let spool = Spool::receive(self.store(), stream, limit, check).await?;
        let kind = sniff::check(&spool.head, &filename, declared)?;
        let mut spool = without_macros(spool, kind).await?;
        let (file, size) = (spool.contents.file.try_clone()?, spool.contents.size);
        // A file on which the probe fails, or panics, is one of which nothing is known.
        let mut probed = tokio::task::spawn_blocking(move || probe::probe(file, size, kind)).await.unwrap_or_default();
        let mut placeholder = None;
        if let Some(picture) = self.look(&mut spool, kind, probed).await? {
            (probed.width, probed.height) = (Some(picture.width), Some(picture.height));
            placeholder = picture.placeholder;
        }
        let (key, size) = (key(channel, attachment, &filename), spool.contents.size);
        self.store().keep(spool.contents.file, spool.path, &key).await?;
        Ok(Stored {
            key,
            filename,
            size,
            content_type: kind.mime.into(),
            width: probed.width,
            height: probed.height,
            duration_secs: probed.duration_secs,
            placeholder_version: placeholder.is_some().then_some(1),
            placeholder,
        })
    }

    /// An attachment, or a part of it, or a smaller picture of it. The name must be the one under which it was kept.
    pub async fn attachment(
        &self,
        channel: u64,
        attachment: u64,
        filename: &str,
        range: Option<ByteRange>,
        preview: Option<Preview<'_>>,
    ) -> Result<Served> {
        let key = key(channel, attachment, filename);
        let known = self.known(&key, filename).await?;
        let etag = format!("{attachment:x}-{:x}", known.size);
        let preview = preview.filter(|preview| *preview != Preview::default());
        let mut served = if let Some(preview) = preview {
            self.preview(key, filename, known, preview, &etag).await?
        } else {
            let range = range.map(|range| range.within(known.size)).transpose()?;
            let wanted = range.clone().unwrap_or(0..known.size);
            let (content_type, shown) = sniff::serving(known.kind);
            let filename = filename.to_owned();
            Served {
                content_type,
                length: wanted.end.saturating_sub(wanted.start),
                total: known.size,
                range,
                etag: format!("\"{etag}\""),
                disposition: if shown {
                    Disposition::Inline { filename }
                } else {
                    Disposition::Attachment { filename }
                },
                cache_control: "",
                body: self.store().stream(&key, wanted).await?,
            }
        };
        // Whoever may read it has an address of their own that expires; caches between must not know better.
        served.cache_control = "private, max-age=86400, immutable";
        Ok(served)
    }

    /// Copies an attachment into another channel, under another id and the same name.
    pub async fn copy_attachment(&self, from: (u64, u64), to: (u64, u64), filename: &str) -> Result<()> {
        self.store().copy(&key(from.0, from.1, filename), &key(to.0, to.1, filename)).await
    }

    /// Removes an attachment; one that is not there is removed already.
    pub async fn delete_attachment(&self, channel: u64, attachment: u64, filename: &str) -> Result<()> {
        let key = key(channel, attachment, filename);
        self.store().delete(&key).await?;
        self.known_files().remove(&key);
        self.forget(&key);
        Ok(())
    }

    /// Removes all attachments of a channel, and says how many there were.
    pub async fn delete_channel(&self, channel: u64) -> Result<u64> {
        let folder = folder(channel);
        let count = self.store().delete_all(&folder).await?;
        let under = format!("{folder}/");
        self.known_files().retain(|key, _| !key.starts_with(&under));
        self.cache().retain(|(key, _), _| !key.starts_with(&under));
        Ok(count)
    }

    async fn known(&self, key: &str, filename: &str) -> Result<Known> {
        let look = async {
            let (head, size) = self.store().head(key, HEAD_BYTES as u64).await?;
            Ok(Known { kind: sniff::sniff(&head, filename), size })
        };
        self.known_files().get_or_insert_async(key, look).await
    }

    async fn preview(
        &self,
        key: String,
        filename: &str,
        known: Known,
        preview: Preview<'_>,
        etag: &str,
    ) -> Result<Served> {
        Format::from_mime(known.kind.mime).ok_or(Error::Unsupported)?;
        let format = preview.format.map(Format::parse).transpose()?;
        let side = |side: Option<u32>| step(side.unwrap_or(u32::MAX));
        let (width, height) = (side(preview.width), side(preview.height));
        let fit = (preview.width.is_some() || preview.height.is_some()).then_some((width, height));
        let target = Target { format, fit, animated: matches!(format, None | Some(Format::Gif)) };
        let rendered = self.rendered(key, target, MAX_PICTURE_BYTES).await?;
        let (format, bytes) = rendered.as_ref();
        let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
        let filename = format!("{stem}.{}", format.extension());
        let etag = format!("\"{etag}-{width}-{height}-{}\"", format.extension());
        Ok(Served::whole(format.mime(), bytes.clone(), etag, Disposition::Inline { filename }))
    }

    /// Takes out of a picture what it says of its maker, and makes a placeholder.
    async fn look(&self, spool: &mut Spool, kind: Type, probed: Probed) -> Result<Option<Picture>> {
        let Some(format) = Format::from_mime(kind.mime).filter(|_| spool.contents.size <= MAX_PICTURE_BYTES) else {
            return Ok(None);
        };
        let pixels = u64::from(probed.width.unwrap_or(0)) * u64::from(probed.height.unwrap_or(0));
        let weight = pixels.saturating_mul(8).saturating_add(spool.contents.size.saturating_mul(2));
        let mut other = Contents { file: spool.contents.file.try_clone()?, size: spool.contents.size };
        let looked = self.renderer().run(weight, move || {
            let bytes = other.bytes()?;
            let clean = metadata::strip(&bytes, format.image());
            let source = Source::inspect(clean.clone().unwrap_or(bytes));
            let picture = source.ok().map(|source| {
                let (width, height) = source.shown();
                Picture { width, height, placeholder: source.placeholder().ok() }
            });
            if let Some(clean) = clean {
                other.replace(&clean)?;
            }
            Ok((other.size, picture))
        });
        match looked.await {
            Ok((size, picture)) => {
                spool.contents.size = size;
                Ok(picture)
            }
            // A decoder that panicked, before anything was written.
            Err(Error::NotAnImage) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What is remembered of a file, which never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    kind: Type,
    size: u64,
}

/// A picture as people see it.
struct Picture {
    width: u32,
    height: u32,
    placeholder: Option<String>,
}

/// Refuses a document that has macros, wherever in it they are.
async fn without_macros(mut spool: Spool, kind: Type) -> Result<Spool> {
    let markers = sniff::macro_markers(&spool.head, kind);
    if markers.is_empty() {
        return Ok(spool);
    }
    let search = move || {
        for marker in markers {
            if spool.contents.contains(marker)? {
                return Err(Error::ForbiddenType);
            }
        }
        Ok(spool)
    };
    tokio::task::spawn_blocking(search).await.map_err(|error| Error::Storage(error.to_string()))?
}

fn folder(channel: u64) -> String {
    format!("attachments/{channel}")
}

/// A file is found by its name too, but the name is not in the store: file systems and buckets take fewer letters than
/// people use. One folder a channel, so that a channel is deleted at once.
fn key(channel: u64, attachment: u64, filename: &str) -> String {
    let digest = Sha256::digest(filename);
    let mut short = [0; 8];
    short.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    format!("{}/{attachment}-{:016x}", folder(channel), u64::from_be_bytes(short))
}
