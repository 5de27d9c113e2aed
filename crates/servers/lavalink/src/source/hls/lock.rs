//! Pieces that are locked as a whole: AES-128 in CBC, padded as PKCS #7 has it, with a key that is at an address (RFC 8216, 4.3.2.4 and 5.2).

use std::sync::Arc;

use aes::Aes128;
use aes::cipher::{Array, BlockModeDecrypt as _, KeyIvInit as _};
use url::Url;

use super::list::{attribute, joined};
use crate::source::SourceError;
use crate::source::fetch::{Ask, Fetch, FetchError};

const BLOCK: usize = 16;
/// Keys that are kept: who plays at the turn from one to the next needs two.
const MOST_KEYS: usize = 4;

/// Where the key of something is, and what it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) url: Arc<Url>,
    iv: [u8; BLOCK],
}

/// What a list has said of keys so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The key that is its own 16 bytes, and how its pieces begin where the list says that.
    plain: Option<(Arc<Url>, Option<[u8; BLOCK]>)>,
    /// Whether pieces are locked otherwise, so that nobody here could open them.
    other: bool,
}

impl Said {
    /// Reads `#EXT-X-KEY`. Gives how much room its address takes.
    pub(super) fn read(&mut self, base: &Url, about: &str) -> Result<usize, SourceError> {
        let plain = attribute(about, "KEYFORMAT").unwrap_or("identity") == "identity";
        match attribute(about, "METHOD").unwrap_or_default() {
            "NONE" => *self = Self::default(),
            "AES-128" if plain => {
                let address = attribute(about, "URI").ok_or_else(|| encrypted("its key has no address"))?;
                let url = joined(base, address)?;
                let iv = attribute(about, "IV").map(|iv| number(iv).ok_or_else(|| encrypted("its key has a wrong IV")));
                let room = url.as_str().len();
                self.plain = Some((Arc::new(url), iv.transpose()?));
                return Ok(room);
            }
            _ => {
                self.other = true;
                // Beside a key of another kind, the one that was said before is for the same pieces.
                if plain {
                    self.plain = None;
                }
            }
        }
        Ok(0)
    }

    /// The lock of the piece with a number; an error where nobody here can open it.
    pub(super) fn piece(&self, number: u64) -> Result<Option<Lock>, SourceError> {
        let lock = |iv: Option<[u8; BLOCK]>, url: &Arc<Url>| Lock {
            url: url.clone(),
            iv: iv.unwrap_or_else(|| u128::from(number).to_be_bytes()),
        };
        match &self.plain {
            Some((url, iv)) => Ok(Some(lock(*iv, url))),
            None if self.other => Err(encrypted("its pieces are locked by samples, or with a key of another kind")),
            None => Ok(None),
        }
    }

    /// The lock of what stands before pieces: it has no number to begin with.
    pub(super) fn head(&self) -> Result<Option<Lock>, SourceError> {
        if self.plain.as_ref().is_some_and(|(_, iv)| iv.is_none()) {
            return Err(encrypted("what stands before its pieces is locked without an IV"));
        }
        self.piece(0)
    }
}

fn encrypted(cause: &str) -> SourceError {
    SourceError::common("The stream is encrypted.", cause)
}

fn wrong(cause: &str) -> FetchError {
    FetchError::Content(cause.to_owned())
}

/// `0x` and up to 32 digits.
fn number(text: &str) -> Option<[u8; BLOCK]> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    if digits.starts_with('+') {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

/// Keys that were asked for.
#[derive(Default)]
pub(super) struct Keys(Vec<(Arc<Url>, [u8; BLOCK])>);

impl Keys {
    pub(super) fn get(&self, lock: &Lock) -> Option<[u8; BLOCK]> {
        self.0.iter().find(|(url, _)| *url == lock.url).map(|(_, key)| *key)
    }

    pub(super) fn keep(&mut self, lock: &Lock, key: [u8; BLOCK]) {
        if self.0.len() == MOST_KEYS {
            self.0.remove(0);
        }
        self.0.push((lock.url.clone(), key));
    }

    /// Asks for a key.
    pub(super) async fn ask(fetch: &Fetch, lock: &Lock) -> Result<[u8; BLOCK], FetchError> {
        let mut answer = fetch.ask(Ask::get(Url::clone(&lock.url))).await?;
        let mut bytes = Vec::new();
        while bytes.len() <= BLOCK
            && let Some(chunk) = answer.body.chunk().await?
        {
            bytes.extend(chunk.iter().take(BLOCK + 1));
        }
        bytes.try_into().map_err(|_| wrong("a key is not 16 bytes long"))
    }
}

/// Opens one piece, part by part.
pub(super) struct Unlock {
    cipher: cbc::Decryptor<Aes128>,
    /// Bytes of blocks that are not there in whole; or the last block, which may be the padding.
    rest: Vec<u8>,
}

impl Unlock {
    pub(super) fn new(key: [u8; BLOCK], lock: &Lock) -> Self {
        Self { cipher: cbc::Decryptor::new(&key.into(), &lock.iv.into()), rest: Vec::new() }
    }

    /// Adds bytes; gives what can be read of them by now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len().saturating_sub(1) / BLOCK * BLOCK;
        let mut out: Vec<u8> = self.rest.drain(..whole).collect();
        self.open(&mut out);
        out
    }

    /// No more bytes come: the last block, without its padding.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, FetchError> {
        let mut last = std::mem::take(&mut self.rest);
        if last.len() != BLOCK {
            return Err(wrong("a locked piece is no number of whole blocks"));
        }
        self.open(&mut last);
        let padding = usize::from(last.last().copied().unwrap_or_default());
        let keep = BLOCK.checked_sub(padding).filter(|_| padding > 0);
        let keep = keep.filter(|keep| last.iter().skip(*keep).all(|byte| usize::from(*byte) == padding));
        last.truncate(keep.ok_or_else(|| wrong("a locked piece does not end as it should: its key is another"))?);
        Ok(last)
    }

    fn open(&mut self, bytes: &mut [u8]) {
        self.cipher.decrypt_blocks(Array::slice_as_chunks_mut(bytes).0);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("http://h.test/a/list.m3u8").unwrap()
    }

    fn bytes(text: &str) -> Vec<u8> {
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// The vectors of NIST SP 800-38A, F.2.2, and a last block of nothing but padding.
    #[test]
    fn pieces_are_opened_however_their_bytes_are_cut() {
        let key: [u8; 16] = bytes("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let lock = Lock { url: Arc::new(base()), iv: number("0x000102030405060708090A0B0C0D0E0F").unwrap() };
        let locked = bytes(concat!(
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
            "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
            "8cb82807230e1321d3fae00d18cc2012",
        ));
        let plain = bytes(concat!(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        ));
        for size in [1, 7, 15, 16, 17, 33, 1000] {
            let mut unlock = Unlock::new(key, &lock);
            let mut out: Vec<u8> = locked.chunks(size).flat_map(|bytes| unlock.push(bytes)).collect();
            assert!(out.len() == 64, "the last block waits");
            out.extend(unlock.finish().unwrap());
            assert_eq!(out, plain, "in parts of {size}");
        }
        for (cut, why) in [(79, "whole blocks"), (64, "end as it should"), (0, "whole blocks")] {
            let mut unlock = Unlock::new(key, &lock);
            unlock.push(locked.get(..cut).unwrap());
            assert!(unlock.finish().unwrap_err().to_string().contains(why), "{cut}");
        }
    }

    #[test]
    fn keys_turn_and_end_as_the_list_says() {
        let mut said = Said::default();
        let iv = |said: &Said, number| said.piece(number).unwrap().map(|lock| u128::from_be_bytes(lock.iv));
        assert_eq!(iv(&said, 7), None);
        assert_eq!(said.read(&base(), "METHOD=AES-128,URI=\"key\"").unwrap(), "http://h.test/a/key".len());
        assert_eq!((iv(&said, 7), iv(&said, 8)), (Some(7), Some(8)));
        assert!(said.head().is_err(), "it has no number to begin with");
        said.read(&base(), "METHOD=AES-128,URI=\"/b\",IV=0x1F,KEYFORMAT=\"identity\"").unwrap();
        assert_eq!((iv(&said, 7), iv(&said, 8)), (Some(31), Some(31)));
        assert_eq!(said.head().unwrap().unwrap().url.path(), "/b");
        // The same pieces for others.
        said.read(&base(), "METHOD=AES-128,URI=\"skd://x\",KEYFORMAT=\"com.apple.streamingkeydelivery\"").unwrap();
        assert_eq!(iv(&said, 7), Some(31));
        said.read(&base(), "METHOD=NONE").unwrap();
        assert_eq!(iv(&said, 7), None);
        for locked in [
            "METHOD=SAMPLE-AES,URI=\"key\"",
            "METHOD=SAMPLE-AES-CTR",
            "METHOD=AES-128,URI=\"x\",KEYFORMAT=\"other\"",
            "",
        ] {
            let mut said = Said::default();
            said.read(&base(), locked).unwrap();
            assert!(said.piece(7).unwrap_err().to_string().contains("locked by samples"), "{locked}");
            said.read(&base(), "METHOD=AES-128,URI=\"key\"").unwrap();
            assert_eq!(iv(&said, 7), Some(7), "{locked}");
        }
        for wrong in ["METHOD=AES-128", "METHOD=AES-128,URI=\"k\",IV=31", "METHOD=AES-128,URI=\"k\",IV=0x+1"] {
            assert!(Said::default().read(&base(), wrong).is_err(), "{wrong}");
        }
    }
}
