//! Images in bodies: stored before the transaction begins, and removed again when it does not commit.
//!
//! Looking at a picture takes longer than a transaction may, so it comes first; what ties the two together is [`Work`].

use guildhall_blob::{Blob, Error as Refused, ImageKind};
use guildhall_wire::Patch;
use guildhall_wire::id::{GenericMarker, Id};

use super::app::App;
use super::error::{Error, Result};
use super::work::Work;

/// An image in the store that nothing refers to yet. Dropped without [`keep`](Self::keep), it is removed again.
#[derive(Debug)]
pub(crate) struct StoredImage {
    blob: Blob,
    kind: ImageKind,
    owner: u64,
    /// None once something refers to it.
    hash: Option<String>,
}

impl StoredImage {
    /// What is stored under its owner's id alone.
    pub(crate) fn named<T>(blob: &Blob, kind: ImageKind, owner: Id<T>) -> Self {
        Self { blob: blob.clone(), kind, owner: owner.get(), hash: Some(String::new()) }
    }

    /// Something durable refers to it now.
    pub(crate) fn keep(mut self) {
        self.hash = None;
    }
}

impl Drop for StoredImage {
    fn drop(&mut self) {
        let Some(hash) = self.hash.take() else { return };
        let (blob, kind, owner) = (self.blob.clone(), self.kind, self.owner);
        tokio::spawn(async move {
            if let Err(error) = blob.delete_image(kind, owner, &hash).await {
                tracing::warn!(%error, "failed to remove an image that nothing refers to");
            }
        });
    }
}

/// What a body says about an image: nothing, to remove it, or a new one, which is stored already.
#[derive(Debug)]
pub(crate) struct NewImage {
    kind: ImageKind,
    owner: u64,
    patch: Patch<StoredImage>,
}

impl NewImage {
    /// Reads the `data:` address of a field and stores what is in it. What is no image is a complaint about the field.
    pub(crate) async fn read<T>(
        app: &App,
        kind: ImageKind,
        owner: Id<T>,
        field: &str,
        patch: Patch<String>,
    ) -> Result<Self> {
        let owner = owner.get();
        let patch = match patch {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(url) => {
                let stored = store(app.blob(), kind, owner, &url).await;
                Patch::Value(stored.map_err(|error| complaint(field, kind, error))?)
            }
        };
        Ok(Self { kind, owner, patch })
    }

    /// Whose it is to be.
    pub(crate) fn owner<T>(&self) -> Option<Id<T>> {
        Id::new_checked(self.owner)
    }

    /// Whether nothing is to change.
    pub(crate) fn is_absent(&self) -> bool {
        self.patch.is_absent()
    }

    /// Whether there is a new one.
    pub(crate) fn is_value(&self) -> bool {
        matches!(self.patch, Patch::Value(_))
    }

    /// The hash of a new one.
    pub(crate) fn hash(&self) -> Option<&str> {
        if let Patch::Value(stored) = &self.patch { stored.hash.as_deref() } else { None }
    }

    /// Keeps a new one with the commit, where its hash is written already.
    pub(crate) fn keep(self, work: &mut Work) {
        if let Patch::Value(stored) = self.patch {
            work.keep_image(stored);
        }
    }

    /// Writes the hash into its field; the image before goes with the commit.
    pub(crate) fn apply(self, work: &mut Work, place: &mut Option<String>) {
        let new = match self.patch {
            Patch::Absent => return,
            Patch::Null => None,
            Patch::Value(stored) => {
                let hash = stored.hash.clone();
                work.keep_image(stored);
                hash
            }
        };
        if let Some(owner) = Id::<GenericMarker>::new_checked(self.owner) {
            work.remove_image(self.kind, owner, std::mem::replace(place, new));
        }
    }
}

async fn store(blob: &Blob, kind: ImageKind, owner: u64, url: &str) -> Result<StoredImage, Refused> {
    let (_, data) = Blob::parse_data_url(url)?;
    let hash = blob.put_image(kind, owner, data).await?;
    Ok(StoredImage { blob: blob.clone(), kind, owner, hash: Some(hash) })
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn complaint(field: &str, kind: ImageKind, error: Refused) -> Error {
    match error {
        Refused::TooLarge => {
            let kilobytes = kind.max_bytes() as f64 / 1024.0;
            Error::form(field, "BINARY_TYPE_MAX_SIZE", format!("File cannot be larger than {kilobytes:.1} kb."))
        }
        Refused::TooManyPixels => Error::form(field, "IMAGE_INVALID", "Image has too many pixels"),
        Refused::Storage(_) => error.into(),
        _ => Error::form(field, "IMAGE_INVALID", "Invalid image data"),
    }
}
