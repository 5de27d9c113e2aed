//! Sealing and opening: AES-GCM and XChaCha20-Poly1305 over RTP.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut as _, KeyInit as _, XChaCha20Poly1305};
use ring::aead::{self, AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, UnboundKey};

use crate::{Error, Extensions, HEADER, Header, Packet, Result};

/// Length of the tag behind the ciphertext.
pub const TAG: usize = 16;

/// Length of the counter that Discord sends behind the tag.
const COUNTER: usize = 4;

/// A datagram is not longer.
const LONGEST: usize = 65_507;

/// A cipher with its key expanded. It does not print.
pub struct Key(Cipher);

#[expect(
    clippy::large_enum_variant,
    reason = "most are the large one, and keys are shared: a further pointer is one more way"
)]
enum Cipher {
    Aes(LessSafeKey),
    XChaCha20(XChaCha20Poly1305),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Cipher::Aes(key) => write!(f, "Key({:?})", key.algorithm()),
            Cipher::XChaCha20(_) => f.write_str("Key(XChaCha20Poly1305)"),
        }
    }
}

impl Key {
    /// A key of AES-128-GCM.
    pub fn aes128(key: &[u8; 16]) -> Result<Self> {
        Self::aes(&AES_128_GCM, key)
    }

    /// A key of AES-256-GCM.
    pub fn aes256(key: &[u8; 32]) -> Result<Self> {
        Self::aes(&AES_256_GCM, key)
    }

    fn aes(algorithm: &'static Algorithm, key: &[u8]) -> Result<Self> {
        let key = UnboundKey::new(algorithm, key).map_err(|_| Error::KeyLength)?;
        Ok(Self(Cipher::Aes(LessSafeKey::new(key))))
    }

    /// A key of XChaCha20-Poly1305.
    pub fn xchacha20(key: &[u8; 32]) -> Self {
        Self(Cipher::XChaCha20(XChaCha20Poly1305::new(key.into())))
    }

    pub(crate) fn encrypt(&self, nonce: &[u8; 24], aad: &[u8], body: &mut [u8]) -> Result<[u8; TAG]> {
        match &self.0 {
            Cipher::Aes(key) => {
                let tag =
                    key.seal_in_place_separate_tag(short(nonce), Aad::from(aad), body).map_err(|_| Error::Long)?;
                tag.as_ref().try_into().map_err(|_| Error::Long)
            }
            Cipher::XChaCha20(key) => {
                let tag = key.encrypt_inout_detached(nonce.into(), aad, InOutBuf::from(body));
                tag.map(Into::into).map_err(|_| Error::Long)
            }
        }
    }

    pub(crate) fn decrypt(&self, nonce: &[u8; 24], aad: &[u8], body: &mut [u8], tag: &[u8; TAG]) -> Result<()> {
        match &self.0 {
            Cipher::Aes(key) => {
                let opened = key.open_in_place_separate_tag(short(nonce), Aad::from(aad), (*tag).into(), body, 0..);
                opened.map(|_| ()).map_err(|_| Error::Forged)
            }
            Cipher::XChaCha20(key) => {
                let opened = key.decrypt_inout_detached(nonce.into(), aad, InOutBuf::from(body), tag.into());
                opened.map_err(|_| Error::Forged)
            }
        }
    }
}

/// AES-GCM takes the first twelve bytes of what XChaCha20 takes whole.
fn short(nonce: &[u8; 24]) -> aead::Nonce {
    let mut out = [0; 12];
    for (out, &byte) in out.iter_mut().zip(nonce) {
        *out = byte;
    }
    aead::Nonce::assume_unique_for_key(out)
}

/// Where a packet's nonce comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nonce {
    /// Discord's `rtpsize` modes: a counter that goes behind the tag, and stands first in a nonce of zeros.
    ///
    /// Opening reads it from the packet, whatever stands here.
    Counter(u32),
    /// SRTP (RFC 7714): the session's salt with the stream, the roll-over counter and the sequence number.
    Salted {
        /// The session salt.
        salt: [u8; 12],
        /// How often the sequence number has begun anew.
        rollover: u32,
    },
}

impl Nonce {
    fn bytes(self, header: Header) -> [u8; 24] {
        let mut nonce = [0; 24];
        match self {
            Self::Counter(counter) => fill(&mut nonce, &counter.to_be_bytes()),
            Self::Salted { salt, rollover } => {
                let mut iv = [0; 12];
                let (_, fields) = iv.split_at_mut(2);
                fill(fields, &header.ssrc.to_be_bytes());
                fill(fields.split_at_mut(4).1, &rollover.to_be_bytes());
                fill(fields.split_at_mut(8).1, &header.sequence.to_be_bytes());
                for ((out, iv), salt) in nonce.iter_mut().zip(iv).zip(salt) {
                    *out = iv ^ salt;
                }
            }
        }
        nonce
    }
}

fn fill(out: &mut [u8], bytes: &[u8]) {
    for (out, &byte) in out.iter_mut().zip(bytes) {
        *out = byte;
    }
}

/// Puts a sealed packet into `out`, in place of what was there.
pub fn seal(out: &mut Vec<u8>, header: Header, payload: &[u8], key: &Key, nonce: Nonce) -> Result<()> {
    if payload.len() > LONGEST - HEADER - TAG - COUNTER {
        return Err(Error::Long);
    }
    let preamble = header.bytes();
    out.clear();
    out.extend_from_slice(&preamble);
    out.extend_from_slice(payload);
    let tag = key.encrypt(&nonce.bytes(header), &preamble, out.split_at_mut(HEADER).1)?;
    out.extend_from_slice(&tag);
    if let Nonce::Counter(counter) = nonce {
        out.extend_from_slice(&counter.to_be_bytes());
    }
    Ok(())
}

/// What a sealed packet held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Opened<'a> {
    /// The parts before the payload.
    pub packet: Packet,
    /// The payload without padding.
    pub payload: &'a [u8],
    /// The body of the header extension.
    pub extension: &'a [u8],
    /// The counter that Discord's sender has put behind the packet; zero with SRTP.
    pub counter: u32,
}

impl<'a> Opened<'a> {
    /// The elements of the header extension.
    pub const fn extensions(&self) -> Extensions<'a> {
        match self.packet.extension {
            Some((profile, _)) => Extensions::new(profile, self.extension),
            None => Extensions::new(0, &[]),
        }
    }
}

/// Opens a sealed packet in place.
pub fn open<'a>(bytes: &'a mut [u8], key: &Key, nonce: Nonce) -> Result<Opened<'a>> {
    let packet = Packet::parse(bytes)?;
    let (aad, nonce, counter, bytes) = match nonce {
        Nonce::Counter(_) => {
            let cut = bytes.len().checked_sub(COUNTER).ok_or(Error::Short)?;
            let (sealed, counter) = bytes.split_at_mut(cut);
            let counter = u32::from_be_bytes(*counter.first_chunk().ok_or(Error::Short)?);
            (packet.preamble(), Nonce::Counter(counter), counter, sealed)
        }
        Nonce::Salted { .. } => (packet.length(), nonce, 0, bytes),
    };
    let cut = bytes.len().checked_sub(TAG).ok_or(Error::Short)?;
    let (sealed, tag) = bytes.split_at_mut(cut);
    let tag = *tag.first_chunk::<TAG>().ok_or(Error::Short)?;
    let (clear, body) = sealed.split_at_mut_checked(aad).ok_or(Error::Short)?;
    key.decrypt(&nonce.bytes(packet.header), clear, body, &tag)?;
    let plain: &'a [u8] = sealed;
    let (head, mut payload) = plain.split_at_checked(packet.length()).ok_or(Error::Short)?;
    let extension = head.get(packet.preamble()..).unwrap_or_default();
    if packet.padding {
        let padding = usize::from(*payload.last().ok_or(Error::Short)?);
        let length = payload.len().checked_sub(padding).ok_or(Error::Short)?;
        payload = payload.get(..length).ok_or(Error::Short)?;
    }
    Ok(Opened { packet, payload, extension, counter })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER_OF_TEST: Header =
        Header { marker: false, payload_type: 120, sequence: 7, timestamp: 960, ssrc: 0xCAFE };

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| u8::try_from(digit).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// RFC 7714, sections 16.1.1 and 16.2.1.
    #[test]
    fn srtp_seals_as_its_document_shows() {
        let header =
            Header { marker: false, payload_type: 0x40, sequence: 0xf17b, timestamp: 0x8041_f8d3, ssrc: 0x5501_a0b2 };
        let plain = b"Gallia est omnis divisa in partes tres";
        let nonce = Nonce::Salted { salt: *b"Quid pro quo", rollover: 0 };
        let bytes: Vec<u8> = (0..32).collect();
        let check = |key: Key, expected: &str| {
            let mut out = Vec::new();
            seal(&mut out, header, plain, &key, nonce).unwrap();
            assert_eq!(out[HEADER..], hex(expected));
            assert_eq!(open(&mut out, &key, nonce).unwrap().payload, plain);
        };
        check(
            Key::aes128(bytes[..16].try_into().unwrap()).unwrap(),
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        );
        check(
            Key::aes256(bytes[..].try_into().unwrap()).unwrap(),
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        );
    }

    /// Discord's packet made by hand: counter first in the nonce and last in the packet, the extension's body sealed.
    #[test]
    fn discord_keeps_the_body_of_an_extension_secret() {
        for key in [Key::aes256(&[3; 32]).unwrap(), Key::xchacha20(&[3; 32])] {
            let mut packet = HEADER_OF_TEST.bytes().to_vec();
            packet[0] |= 0x11;
            packet.extend_from_slice(&[1, 2, 3, 4]);
            packet.extend_from_slice(&[0xBE, 0xDE, 0, 1]);
            let preamble = packet.clone();
            let mut body = vec![0x10, 0x55, 0, 0];
            body.extend_from_slice(b"opus");
            let mut nonce = [0; 24];
            nonce[..4].copy_from_slice(&9_u32.to_be_bytes());
            let tag = key.encrypt(&nonce, &preamble, &mut body).unwrap();
            packet.extend_from_slice(&body);
            packet.extend_from_slice(&tag);
            packet.extend_from_slice(&9_u32.to_be_bytes());
            let opened = open(&mut packet, &key, Nonce::Counter(0)).unwrap();
            assert_eq!(opened.payload, b"opus");
            assert_eq!(opened.counter, 9);
            assert_eq!(opened.extensions().find(1), Some(&[0x55][..]));
        }
    }

    #[test]
    fn padding_is_taken_off() {
        let key = Key::aes256(&[3; 32]).unwrap();
        let check = |payload: &[u8], expected: Result<&[u8]>| {
            let mut preamble = HEADER_OF_TEST.bytes().to_vec();
            preamble[0] |= 0x20;
            let mut body = payload.to_vec();
            let tag = key.encrypt(&[0; 24], &preamble, &mut body).unwrap();
            let mut packet = [preamble, body, tag.to_vec(), vec![0; 4]].concat();
            assert_eq!(open(&mut packet, &key, Nonce::Counter(0)).map(|opened| opened.payload), expected);
        };
        check(&[1, 2, 0, 2], Ok(&[1, 2]));
        check(&[1, 9], Err(Error::Short));
        check(&[], Err(Error::Short));
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_and_nothing_else(
            payload in proptest::collection::vec(any::<u8>(), 0..300),
            counter: u32,
            at: prop::sample::Index,
            bit in 0u8..8,
        ) {
            for key in [Key::aes256(&[7; 32]).unwrap(), Key::xchacha20(&[7; 32])] {
                let mut out = Vec::new();
                seal(&mut out, HEADER_OF_TEST, &payload, &key, Nonce::Counter(counter)).unwrap();
                prop_assert_eq!(out.len(), HEADER + payload.len() + TAG + 4);
                let mut forged = out.clone();
                forged[at.index(out.len())] ^= 1 << bit;
                prop_assert!(open(&mut forged, &key, Nonce::Counter(0)).is_err());
                let opened = open(&mut out, &key, Nonce::Counter(0)).unwrap();
                prop_assert_eq!(opened.packet.header, HEADER_OF_TEST);
                prop_assert_eq!(opened.payload, &payload[..]);
                prop_assert_eq!(opened.counter, counter);
            }
        }

        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), first in 0x80u8..0xC0) {
            if let Some(byte) = bytes.first_mut() {
                *byte = first;
            }
            let key = Key::aes256(&[7; 32]).unwrap();
            prop_assert!(open(&mut bytes.clone(), &key, Nonce::Counter(0)).is_err());
            let salted = Nonce::Salted { salt: [0; 12], rollover: 0 };
            prop_assert!(open(&mut bytes, &key, salted).is_err());
        }
    }
}
