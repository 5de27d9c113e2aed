//! Pictures that lie elsewhere: under an address that only this server makes, from a cache that has a size.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::asset::step;
use crate::attachment::Preview;
use crate::blob::Blob;
use crate::error::{Error, Result};
use crate::format::{Format, Target};
use crate::render::Source;
use crate::served::{Disposition, Served};
use crate::sign;

/// Largest picture of elsewhere: one that a part of the cache has room for.
pub const MAX_EXTERNAL_BYTES: u64 = 8 * 1024 * 1024;
/// The original, as it came.
const ORIGINAL: Target = Target { format: None, fit: None, animated: true };

impl Blob {
    /// The path under which a picture of elsewhere is shown, after whatever the API puts before it. The address stands in it
    /// as one word, so that no proxy on the way makes another one of it.
    pub fn external_path(&self, address: &str) -> String {
        let proof = BASE64_URL_SAFE_NO_PAD.encode(sign::prove(self.secret(), address));
        format!("/external/{proof}/{}", BASE64_URL_SAFE_NO_PAD.encode(address))
    }

    /// The address in such a path, if it was made here.
    pub fn external_address(&self, proof: &str, word: &str) -> Option<String> {
        let proof = BASE64_URL_SAFE_NO_PAD.decode(proof).ok()?;
        let address = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(word).ok()?).ok()?;
        sign::is_proven(self.secret(), &address, &proof).then_some(address)
    }

    /// A picture of elsewhere, or a smaller one of it. `version` says when it is to be looked at anew; `fetch` brings it, if
    /// it is not there: whoever asks for the same meanwhile waits for the same.
    pub async fn external(
        &self,
        address: &str,
        version: i64,
        preview: Preview<'_>,
        fetch: impl Future<Output = Result<Bytes>>,
    ) -> Result<Served> {
        let wanted = preview.format.map(Format::parse).transpose()?;
        let original = self.original(address, version, fetch).await?;
        let made = if preview == Preview::default() {
            original
        } else {
            let side = |side: Option<u32>| step(side.unwrap_or(u32::MAX));
            let fit = (preview.width.is_some() || preview.height.is_some())
                .then(|| (side(preview.width), side(preview.height)));
            let target = Target { format: wanted, fit, animated: matches!(wanted, None | Some(Format::Gif)) };
            let bytes = original.1.clone();
            self.made(key(address, version), target, async { Ok(bytes) }).await?
        };
        let (format, bytes) = made.as_ref();
        let filename = format!("picture.{}", format.extension());
        let digest = hex(&Sha256::digest(bytes), 16);
        let mut served =
            Served::whole(format.mime(), bytes.clone(), format!("\"{digest}\""), Disposition::Inline { filename });
        // What lies elsewhere may change there.
        served.cache_control = "public, max-age=86400";
        Ok(served)
    }

    /// Width and height of a picture of elsewhere.
    pub async fn external_size(
        &self,
        address: &str,
        version: i64,
        fetch: impl Future<Output = Result<Bytes>>,
    ) -> Result<(u32, u32)> {
        let original = self.original(address, version, fetch).await?;
        Ok(Source::inspect(original.1.clone())?.shown())
    }

    /// What came from there, if it is a picture that is shown here: by its bytes, whatever was said of it.
    async fn original(
        &self,
        address: &str,
        version: i64,
        fetch: impl Future<Output = Result<Bytes>>,
    ) -> Result<Arc<(Format, Bytes)>> {
        let look = async {
            let bytes = fetch.await?;
            if bytes.len() as u64 > MAX_EXTERNAL_BYTES {
                return Err(Error::TooLarge);
            }
            let format = Source::inspect(bytes.clone())?.kind();
            Ok(Arc::new((format, bytes)))
        };
        self.cache().get_or_insert_async(&(key(address, version), ORIGINAL), look).await
    }
}

/// Its name in the cache; files of ours begin with other words.
fn key(address: &str, version: i64) -> String {
    format!("external/{version}/{}", hex(&Sha256::digest(address), 32))
}

fn hex(bytes: &[u8], most: usize) -> String {
    bytes.iter().take(most).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
