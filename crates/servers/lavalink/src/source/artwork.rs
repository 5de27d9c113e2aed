//! Pictures of files, for people who look at a player: their addresses are signed, because whoever shows them knows no password.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt;
use lofty::picture::PictureType;
use lofty::probe::Probe;
use sha2::Sha256;
use url::Url;

/// Largest picture, in bytes.
const MOST: usize = 8 * 1024 * 1024;
/// Pictures beside files.
const BESIDE: [&str; 8] =
    ["cover.jpg", "cover.png", "cover.webp", "folder.jpg", "folder.png", "front.jpg", "front.png", "Cover.jpg"];

/// Where pictures are found, and what signs their addresses.
#[derive(Clone)]
pub struct ArtworkSettings {
    /// Where people reach this node.
    pub url: Url,
    /// What signs.
    pub key: [u8; 32],
}

impl std::fmt::Debug for ArtworkSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ArtworkSettings").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub kind: &'static str,
    /// Itself.
    pub bytes: Bytes,
}

/// Writes addresses of pictures.
#[derive(Clone, Debug)]
pub(super) struct Artwork(ArtworkSettings);

impl Artwork {
    pub(super) fn new(settings: ArtworkSettings) -> Self {
        Self(settings)
    }

    fn mac(&self, name: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0.key).ok()?;
        mac.update(b"artwork\0");
        mac.update(name.as_bytes());
        Some(mac)
    }

    /// The address of the picture of a file.
    pub(super) fn address(&self, source: &str, name: &str) -> Option<String> {
        let signed = format!("{source}/{name}");
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed)?.finalize().into_bytes());
        let mut url = self.0.url.clone();
        let parts = name.split('/');
        url.path_segments_mut().ok()?.pop_if_empty().extend(["artwork", &signature, source]).extend(parts);
        Some(url.into())
    }

    /// Whether a name was signed here.
    pub(super) fn knows(&self, signature: &str, name: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).ok();
        signature.zip(self.mac(name)).is_some_and(|(signature, mac)| mac.verify_slice(&signature).is_ok())
    }
}

/// A picture that lies beside a file.
pub(super) fn beside(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    BESIDE.iter().map(|name| folder.join(name)).find(|path| {
        // Links may lead out.
        let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file);
        metadata.is_some_and(|metadata| usize::try_from(metadata.len()).is_ok_and(|size| size <= MOST))
    })
}

/// The picture within a file, or beside it.
pub(super) fn of(file: &Path, may_lie_beside: bool) -> Option<Picture> {
    within(file).or_else(|| picture(std::fs::read(beside(file).filter(|_| may_lie_beside)?).ok()?))
}

fn within(file: &Path) -> Option<Picture> {
    let options = ParseOptions::new().read_properties(false);
    // A reader of tags must not take the node with it.
    let tagged = std::panic::catch_unwind(|| {
        let probe = Probe::open(file).ok()?.guess_file_type().ok()?;
        probe.options(options).read().ok()
    });
    let tagged = tagged.ok()??;
    let pictures: Vec<_> = tagged.tags().iter().flat_map(lofty::tag::Tag::pictures).collect();
    let front = pictures.iter().find(|picture| picture.pic_type() == PictureType::CoverFront);
    picture(front.or_else(|| pictures.first())?.data().to_vec())
}

/// What it is, its bytes say: nothing is served that could be a page.
fn picture(bytes: Vec<u8>) -> Option<Picture> {
    let kind = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return None,
    };
    (bytes.len() <= MOST).then(|| Picture { kind, bytes: bytes.into() })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_signed_and_only_those() {
        let artwork = |key| Artwork::new(ArtworkSettings { url: Url::parse("https://node.test/base").unwrap(), key });
        let mine = artwork([1; 32]);
        let address = mine.address("local", "music/An Album/ä?#.mp3").unwrap();
        let rest = address.strip_prefix("https://node.test/base/artwork/").unwrap();
        let (signature, name) = rest.split_once('/').unwrap();
        assert_eq!(name, "local/music/An%20Album/%C3%A4%3F%23.mp3");
        assert!(mine.knows(signature, "local/music/An Album/ä?#.mp3"));
        for (signature, name) in
            [(signature, "local/music/other.mp3"), ("", "local/music/An Album/ä?#.mp3"), ("%%", "x")]
        {
            assert!(!mine.knows(signature, name));
        }
        assert!(!artwork([2; 32]).knows(signature, "local/music/An Album/ä?#.mp3"));
    }

    #[test]
    fn only_pictures_are_served() {
        assert_eq!(picture(b"\xff\xd8\xff\xe0 and so on".to_vec()).unwrap().kind, "image/jpeg");
        for other in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"<html>", b"", b"RIFF1234WAVE"] {
            assert_eq!(picture(other.to_vec()), None);
        }
        assert_eq!(picture([&b"GIF89a"[..], &vec![0; MOST]].concat()), None);
    }
}
