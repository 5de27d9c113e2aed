//! Avatars, banners, icons, emoji and stickers: kept as they were sent, served in any size.

use std::sync::Arc;

use bytes::Bytes;

use crate::blob::Blob;
use crate::error::{Error, Result};
use crate::format::{Format, Target};
use crate::metadata;
use crate::render::Source;
use crate::served::{Disposition, Served};

/// Smallest and largest size that is made.
const SIZES: (u32, u32) = (16, 4096);
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What an image is for. Its owner is the user, guild, role, application, channel or webhook that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageKind {
    /// Of a user.
    Avatar,
    /// Of a user.
    Banner,
    /// Of a guild.
    GuildIcon,
    /// Behind a guild's invites.
    GuildSplash,
    /// Of a guild.
    GuildBanner,
    /// Of a role.
    RoleIcon,
    /// Owned by its own id; its address has no hash.
    Emoji,
    /// Owned by its own id; its address has no hash.
    Sticker,
    /// Of an application.
    AppIcon,
    /// Of a group conversation.
    GroupIcon,
    /// Of a member, in one guild.
    MemberAvatar,
    /// Of a member, in one guild.
    MemberBanner,
    /// Of a webhook.
    WebhookAvatar,
    /// Of a scheduled event.
    EventCover,
    /// A sound, kept beside the pictures: owned by its own id.
    Sound,
}

impl ImageKind {
    /// Most bytes of such an image.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Emoji | Self::RoleIcon => 256 * KIB,
            Self::Sticker | Self::Sound => 512 * KIB,
            _ => 5 * MIB,
        }
    }

    /// Whether the address has an id and nothing else, so that there is one image for an owner.
    fn is_named_by_owner(self) -> bool {
        matches!(self, Self::Emoji | Self::Sticker | Self::Sound)
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Avatar => "avatar",
            Self::Banner => "banner",
            Self::GuildIcon => "guild-icon",
            Self::GuildSplash => "guild-splash",
            Self::GuildBanner => "guild-banner",
            Self::RoleIcon => "role-icon",
            Self::Emoji => "emoji",
            Self::Sticker => "sticker",
            Self::AppIcon => "app-icon",
            Self::GroupIcon => "group-icon",
            Self::MemberAvatar => "member-avatar",
            Self::MemberBanner => "member-banner",
            Self::WebhookAvatar => "webhook-avatar",
            Self::EventCover => "event-cover",
            Self::Sound => "sound",
        }
    }

    /// The name in the store; nothing else than a hash of ours gets there.
    pub(crate) fn key(self, owner: u64, hash: &str) -> Result<String> {
        if self.is_named_by_owner() {
            return Ok(format!("{}/{owner}", self.folder()));
        }
        let digits = hash.strip_prefix("a_").unwrap_or(hash);
        let ours =
            digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if ours { Ok(format!("{}/{owner}/{hash}", self.folder())) } else { Err(Error::NotFound) }
    }
}

/// The side that is made where one is asked for: few of them, because each is made and kept by itself.
pub(crate) fn step(side: u32) -> u32 {
    side.clamp(SIZES.0, SIZES.1).next_power_of_two()
}

impl Blob {
    /// Keeps an image, and says under which hash: 32 hexadecimal digits, after `a_` when it is animated. A hash is of
    /// random bytes, so that replacing an image by the same one and removing the old does not remove the new.
    pub async fn put_image(&self, kind: ImageKind, owner: u64, data: Bytes) -> Result<String> {
        if data.is_empty() {
            return Err(Error::Empty);
        }
        if data.len() as u64 > kind.max_bytes() {
            return Err(Error::TooLarge);
        }
        let source = Source::inspect(data.clone())?;
        let animated = source.frames > 1;
        let data = self
            .renderer()
            .run(source.weight(), move || {
                source.check()?;
                Ok(metadata::strip(&data, source.format()).unwrap_or(data))
            })
            .await?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| Error::Storage(error.to_string()))?;
        let digits = format!("{:032x}", u128::from_be_bytes(random));
        let hash = if animated { format!("a_{digits}") } else { digits };
        let key = kind.key(owner, &hash)?;
        self.store().put(&key, data).await?;
        self.forget(&key);
        Ok(hash)
    }

    /// An image, as a format (`png`, `jpg`, `webp`, `gif`; without one, as it was sent) and a size: the side of the
    /// square that it must fit into, taken up to the next power of two from 16 to 4096. It is never enlarged.
    ///
    /// An animation stays one as `gif`, as `webp` when `animated` says so, and when no format is asked for. A `gif` of
    /// a still is [`Error::Unsupported`].
    pub async fn image(
        &self,
        kind: ImageKind,
        owner: u64,
        hash: &str,
        format: Option<&str>,
        size: Option<u32>,
        animated: bool,
    ) -> Result<Served> {
        let key = kind.key(owner, hash)?;
        let format = format.map(Format::parse).transpose()?;
        let side = size.map(step);
        let animated = match format {
            None | Some(Format::Gif) => true,
            Some(Format::WebP) => animated,
            // Animated stickers are PNG; of everything else a PNG is the still.
            Some(Format::Png) => kind == ImageKind::Sticker,
            Some(Format::Jpeg) => false,
        };
        let target = Target { format, fit: side.map(|side| (side, side)), animated };
        let rendered = self.rendered(key, target, kind.max_bytes()).await?;
        let (format, bytes) = rendered.as_ref();
        let filename = format!("{}.{}", if hash.is_empty() { "image" } else { hash }, format.extension());
        let etag = format!("\"{owner:x}-{hash}-{}-{}-{}\"", side.unwrap_or(0), format.extension(), u8::from(animated));
        Ok(Served::whole(format.mime(), bytes.clone(), etag, Disposition::Inline { filename }))
    }

    /// Removes an image; one that is not there is removed already.
    pub async fn delete_image(&self, kind: ImageKind, owner: u64, hash: &str) -> Result<()> {
        let key = match kind.key(owner, hash) {
            Ok(key) => key,
            Err(Error::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        self.store().delete(&key).await?;
        self.forget(&key);
        Ok(())
    }

    /// What is made of an image, made once. The original is read when it is its turn: those who wait have nothing in memory.
    pub(crate) async fn rendered(&self, key: String, target: Target, limit: u64) -> Result<Arc<(Format, Bytes)>> {
        self.made(key.clone(), target, self.store().read(&key, limit)).await
    }

    /// The same of an original that is read in another way.
    pub(crate) async fn made(
        &self,
        key: String,
        target: Target,
        read: impl Future<Output = Result<Bytes>>,
    ) -> Result<Arc<(Format, Bytes)>> {
        let make = async {
            let _turn = self.renderer().turn().await?;
            let source = Source::inspect(read.await?)?;
            let rendered = self.renderer().run(source.weight(), move || source.render(target)).await?;
            Ok(Arc::new(rendered))
        };
        self.cache().get_or_insert_async(&(key, target), make).await
    }
}
