//! Bodies with files: `multipart/form-data` with its parts in any order, or plain JSON.

use std::pin::pin;

use axum::body::BodyDataStream;
use axum::extract::Request;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use guildhall_blob::{Blob, attachment_of, attachment_path};
use guildhall_wire::Code;
use guildhall_wire::attachment::Attachment;
use guildhall_wire::id::{AttachmentMarker, ChannelMarker, Id};
use guildhall_wire::message::AttachmentBody;
use guildhall_wire::multipart::{Decoder, Event, Head, Violation};
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::app::App;
use super::body;
use super::error::{Error, Result};

/// Most files beside one message.
pub(crate) const MOST: usize = 10;
/// Largest `payload_json`.
const PAYLOAD_BYTES: usize = 1024 * 1024;

/// Bytes of the largest body with files.
pub(crate) fn most_bytes(attachment_bytes: u64) -> usize {
    usize::try_from(attachment_bytes).unwrap_or(usize::MAX / 16).saturating_mul(MOST).saturating_add(PAYLOAD_BYTES)
}

/// Files that were stored while the body was read. Dropped without [`Uploads::keep`], they are removed again.
#[derive(Debug)]
pub(crate) struct Uploads {
    blob: Blob,
    channel: Id<ChannelMarker>,
    files: Vec<(Option<u64>, Attachment)>,
    copies: Vec<Attachment>,
    kept: bool,
}

impl Uploads {
    /// None.
    pub(crate) fn none(app: &App, channel: Id<ChannelMarker>) -> Self {
        Self { blob: app.blob().clone(), channel, files: Vec::new(), copies: Vec::new(), kept: false }
    }

    /// The channel that they are kept for.
    pub(crate) fn channel(&self) -> Id<ChannelMarker> {
        self.channel
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files as a message carries them, with what the body says about each.
    pub(crate) fn attachments(&self, about: &[AttachmentBody]) -> Result<Vec<Attachment>> {
        for (index, wish) in about.iter().enumerate() {
            if !self.files.iter().any(|(number, _)| number.is_some() && *number == wish.number()) {
                let path = format!("attachments.{index}.id");
                return Err(Error::form(&path, "UNKNOWN_ATTACHMENT", "Uploaded file not found."));
            }
        }
        let mut list = Vec::with_capacity(self.files.len());
        for (number, file) in &self.files {
            let mut attachment = file.clone();
            if let Some(wish) = about.iter().find(|wish| number.is_some() && wish.number() == *number) {
                attachment.description = wish.description.as_ref().map(|text| text.chars().take(1024).collect());
                attachment.title = wish.title.as_ref().map(|text| text.chars().take(256).collect());
                attachment.duration_secs = wish.duration_secs.or(attachment.duration_secs);
                attachment.waveform = wish.waveform.clone().filter(|text| text.len() <= 4096);
                attachment.flags = (wish.is_spoiler == Some(true)).then_some(8);
            }
            list.push(attachment);
        }
        Ok(list)
    }

    /// Bytes of the files and of the copies of others.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, file)| file).chain(&self.copies).map(|file| file.size).sum()
    }

    /// The file that was sent under a number.
    pub(crate) fn numbered(&self, number: u64) -> Option<&Attachment> {
        self.files.iter().find(|(known, _)| *known == Some(number)).map(|(_, file)| file)
    }

    /// Copies a file of another message to this one's channel. What is gone is left as it is.
    pub(crate) async fn copy(&mut self, app: &App, file: &mut Attachment) -> Result<()> {
        let Some((channel, id, name)) = attachment_of(&file.url) else { return Ok(()) };
        let new: Id<AttachmentMarker> = app.next_id();
        match self.blob.copy_attachment((channel, id), (self.channel.get(), new.get()), &name).await {
            Ok(()) => {}
            Err(guildhall_blob::Error::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        file.id = new;
        file.url = attachment_path(self.channel.get(), new.get(), &name);
        file.proxy_url.clone_from(&file.url);
        self.copies.push(file.clone());
        Ok(())
    }

    /// The files belong to something durable now.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let files = std::mem::take(&mut self.files).into_iter().map(|(_, file)| file);
        remove(&self.blob, files.chain(std::mem::take(&mut self.copies)).map(|file| file.url).collect());
    }
}

/// Removes files that nothing refers to, by their paths, beside whatever goes on.
pub(crate) fn remove(blob: &Blob, paths: Vec<String>) {
    if paths.is_empty() {
        return;
    }
    let blob = blob.clone();
    tokio::spawn(async move {
        for (channel, id, name) in paths.iter().filter_map(|path| attachment_of(path)) {
            if let Err(error) = blob.delete_attachment(channel, id, &name).await {
                tracing::warn!(%error, "failed to remove a file that nothing refers to");
            }
        }
    });
}

/// Reads a body with or without files. Files go to the store as they come, before anything else of the body is known.
pub(crate) async fn read<T: DeserializeOwned>(
    app: &App,
    channel: Id<ChannelMarker>,
    request: Request,
) -> Result<(T, Uploads)> {
    let mut uploads = Uploads::none(app, channel);
    if !is_multipart(&request) {
        let bytes =
            axum::body::to_bytes(request.into_body(), PAYLOAD_BYTES).await.map_err(|_| Code::RequestTooLarge)?;
        return Ok((body::read(&bytes)?, uploads));
    }
    let mut parts = Parts::of(request, most_bytes(app.config().attachment_bytes))?;
    let mut payload = None;
    let mut fields = serde_json::Map::new();
    while let Some(head) = parts.part().await? {
        if let Some(filename) = head.filename {
            if uploads.files.len() >= MOST {
                return Err(Code::TooManyAttachments.into());
            }
            let declared = head.content_type.as_deref();
            let id = app.next_id();
            let content = pin!(parts.content());
            let stored = app
                .blob()
                .put_attachment(channel.get(), id.get(), &filename, declared, content, app.config().attachment_bytes)
                .await?;
            let path = attachment_path(channel.get(), id.get(), &stored.filename);
            let attachment = Attachment {
                id,
                filename: stored.filename,
                title: None,
                description: None,
                content_type: Some(stored.content_type),
                size: stored.size,
                url: path.clone(),
                proxy_url: path,
                width: stored.width,
                height: stored.height,
                placeholder: stored.placeholder,
                placeholder_version: stored.placeholder_version,
                ephemeral: false,
                duration_secs: stored.duration_secs,
                waveform: None,
                flags: None,
            };
            uploads.files.push((index_of(&head.name), attachment));
        } else {
            let bytes = parts.bounded().await?;
            if head.name == "payload_json" {
                payload = Some(body::read(&bytes)?);
            } else if ["content", "username", "avatar_url", "tts", "nonce", "thread_name"].contains(&head.name.as_str())
            {
                // Old form: each field a part of its own.
                fields.insert(head.name, String::from_utf8_lossy(&bytes).into_owned().into());
            }
        }
    }
    let body = match payload {
        Some(body) => body,
        None => body::read(serde_json::Value::Object(fields).to_string().as_bytes())?,
    };
    Ok((body, uploads))
}

/// The number in `files[3]`, `file3` or `file`.
fn index_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')).or(name.strip_prefix("file"));
    digits.filter(|digits| !digits.is_empty()).and_then(|digits| digits.parse().ok())
}

/// Whether a body comes in parts.
pub(crate) fn is_multipart(request: &Request) -> bool {
    content_type(request).starts_with("multipart/form-data")
}

fn content_type(request: &Request) -> &str {
    request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The parts of a body, as they come.
pub(crate) struct Parts {
    body: BodyDataStream,
    decoder: Decoder,
    /// Bytes that may still come.
    left: usize,
}

impl Parts {
    /// Of a body with at most so many bytes.
    pub(crate) fn of(request: Request, most: usize) -> Result<Self> {
        let decoder = Decoder::new(content_type(&request)).ok_or(Code::BadRequest)?;
        Ok(Self { body: request.into_body().into_data_stream(), decoder, left: most })
    }

    async fn event(&mut self) -> Result<Option<Event>> {
        loop {
            if let Some(event) = self.decoder.next().map_err(refused)? {
                return Ok(Some(event));
            }
            match self.body.next().await {
                Some(Ok(bytes)) => {
                    self.left = self.left.checked_sub(bytes.len()).ok_or(Code::RequestTooLarge)?;
                    self.decoder.feed(&bytes);
                }
                // It stood still for too long, or its sender went away.
                Some(Err(_)) => return Err(Code::BadRequest.into()),
                None => {
                    self.decoder.finish().map_err(refused)?;
                    return Ok(None);
                }
            }
        }
    }

    /// The next part. What is left of the one before is passed over.
    pub(crate) async fn part(&mut self) -> Result<Option<Head>> {
        loop {
            match self.event().await? {
                Some(Event::Part(head)) => return Ok(Some(head)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// The content of the part.
    fn content(&mut self) -> impl Stream<Item = Result<Bytes>> + Send {
        stream::try_unfold(self, |parts| async move {
            match parts.event().await? {
                Some(Event::Content(bytes)) => Ok(Some((bytes, parts))),
                _ => Ok(None),
            }
        })
    }

    /// The content of a part that is no file.
    pub(crate) async fn bounded(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(Event::Content(more)) = self.event().await? {
            if bytes.len() + more.len() > PAYLOAD_BYTES {
                return Err(Code::RequestTooLarge.into());
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }
}

fn refused(violation: Violation) -> Error {
    Error::Code(if violation == Violation::Malformed { Code::BadRequest } else { Code::RequestTooLarge })
}
