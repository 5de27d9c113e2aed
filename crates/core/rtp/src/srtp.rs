//! SRTP and SRTCP with AES-GCM (RFC 7714): session keys, the roll-over counter, the replay window.

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes256, Block};

use crate::{Error, Header, Key, Nonce, Opened, Packet, Result, TAG, open, seal};

/// What both sides have agreed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// `SRTP_AEAD_AES_128_GCM`.
    Aes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM`.
    Aes256Gcm,
}

impl Profile {
    /// Length of the master key.
    pub const fn key(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm => 32,
        }
    }
}

/// One direction's session keys, for media and for reports.
#[derive(Debug)]
pub struct Session {
    media: Keys,
    reports: Keys,
}

#[derive(Debug)]
struct Keys {
    key: Key,
    salt: [u8; 12],
}

impl Session {
    /// Derives the session keys of a master key and salt, as DTLS has exported them.
    pub fn new(profile: Profile, key: &[u8], salt: &[u8; 12]) -> Result<Self> {
        let mut wide = [0; 14];
        for (wide, &byte) in wide.iter_mut().zip(salt) {
            *wide = byte;
        }
        let stream = |label, out: &mut [u8]| match profile {
            Profile::Aes128Gcm => derive::<Aes128>(key, wide, label, out),
            Profile::Aes256Gcm => derive::<Aes256>(key, wide, label, out),
        };
        let keys = |first: u8| -> Result<Keys> {
            let mut salt = [0; 12];
            stream(first + 2, &mut salt)?;
            let key = match profile {
                Profile::Aes128Gcm => {
                    let mut key = [0; 16];
                    stream(first, &mut key)?;
                    Key::aes128(&key)?
                }
                Profile::Aes256Gcm => {
                    let mut key = [0; 32];
                    stream(first, &mut key)?;
                    Key::aes256(&key)?
                }
            };
            Ok(Keys { key, salt })
        };
        Ok(Self { media: keys(0)?, reports: keys(3)? })
    }

    /// Seals a packet of a stream; sequence numbers go up.
    pub fn seal(&self, out: &mut Vec<u8>, header: Header, payload: &[u8], stream: &mut Outgoing) -> Result<()> {
        let rollover = stream.rollover(header.sequence)?;
        seal(out, header, payload, &self.media.key, Nonce::Salted { salt: self.media.salt, rollover })
    }

    /// Opens a packet in place, once.
    pub fn open<'a>(&self, bytes: &'a mut [u8], stream: &mut Incoming) -> Result<Opened<'a>> {
        let index = stream.index(Packet::parse(bytes)?.header.sequence)?;
        let rollover = u32::try_from(index >> 16).map_err(|_| Error::Exhausted)?;
        let opened = open(bytes, &self.media.key, Nonce::Salted { salt: self.media.salt, rollover })?;
        stream.seen(index);
        Ok(opened)
    }

    /// Seals a compound report (RTCP) in place; `index` counts the reports of this direction.
    pub fn seal_report(&self, report: &mut Vec<u8>, index: u32) -> Result<()> {
        let (head, body) = report.split_first_chunk_mut::<REPORT>().ok_or(Error::Short)?;
        if index >= ENCRYPTED {
            return Err(Error::Exhausted);
        }
        let word = (index | ENCRYPTED).to_be_bytes();
        let (nonce, aad) = self.report(*head, word);
        let tag = self.reports.key.encrypt(&nonce, &aad, body)?;
        report.extend_from_slice(&tag);
        report.extend_from_slice(&word);
        Ok(())
    }

    /// Opens a sealed report in place; the reports' bytes and their index, which the caller compares with earlier ones.
    pub fn open_report<'a>(&self, bytes: &'a mut [u8]) -> Result<(&'a [u8], u32)> {
        let cut = bytes.len().checked_sub(TAG + 4).ok_or(Error::Short)?;
        let (report, rest) = bytes.split_at_mut_checked(cut).ok_or(Error::Short)?;
        let (tag, word) = rest.split_first_chunk::<TAG>().ok_or(Error::Short)?;
        let word = *word.first_chunk::<4>().ok_or(Error::Short)?;
        let (head, body) = report.split_first_chunk_mut::<REPORT>().ok_or(Error::Short)?;
        let (nonce, aad) = self.report(*head, word);
        let index = u32::from_be_bytes(word);
        if index & ENCRYPTED == 0 {
            return Err(Error::Forged);
        }
        self.reports.key.decrypt(&nonce, &aad, body, tag)?;
        Ok((report, index & !ENCRYPTED))
    }

    /// Nonce and authenticated bytes of a report: its first eight bytes and the word with the index.
    fn report(&self, head: [u8; REPORT], word: [u8; 4]) -> ([u8; 24], [u8; 12]) {
        let [.., s0, s1, s2, s3] = head;
        let [w0, w1, w2, w3] = (u32::from_be_bytes(word) & !ENCRYPTED).to_be_bytes();
        let iv = [0, 0, s0, s1, s2, s3, 0, 0, w0, w1, w2, w3];
        let mut nonce = [0; 24];
        for ((nonce, iv), salt) in nonce.iter_mut().zip(iv).zip(self.reports.salt) {
            *nonce = iv ^ salt;
        }
        let mut aad = [0; 12];
        for (aad, byte) in aad.iter_mut().zip(head.into_iter().chain(word)) {
            *aad = byte;
        }
        (nonce, aad)
    }
}

/// What stays in the clear of a report: its first header and the sender.
const REPORT: usize = 8;
/// The bit that says that a report is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Fills `out` with the key stream of a label (RFC 3711, section 4.3), with a derivation rate of zero.
fn derive<C>(key: &[u8], salt: [u8; 14], label: u8, out: &mut [u8]) -> Result<()>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = C::new_from_slice(key).map_err(|_| Error::KeyLength)?;
    let mut wide = [0; 16];
    for (wide, byte) in wide.iter_mut().zip(salt) {
        *wide = byte;
    }
    let mut counter = u128::from_be_bytes(wide) ^ (u128::from(label) << 64);
    for part in out.chunks_mut(16) {
        let mut block = Block::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        for (out, byte) in part.iter_mut().zip(block) {
            *out = byte;
        }
        counter = counter.wrapping_add(1);
    }
    Ok(())
}

/// How often the sequence number of an outgoing stream has begun anew.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Outgoing {
    last: Option<u16>,
    rollover: u32,
}

impl Outgoing {
    fn rollover(&mut self, sequence: u16) -> Result<u32> {
        if self.last.is_some_and(|last| sequence < last) {
            self.rollover = self.rollover.checked_add(1).ok_or(Error::Exhausted)?;
        }
        self.last = Some(sequence);
        Ok(self.rollover)
    }
}

/// The highest index that was seen of an incoming stream, and which of the 64 below it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Incoming {
    highest: Option<u64>,
    window: u64,
}

impl Incoming {
    /// The index that a sequence number most likely means (RFC 3711, section 3.3.1).
    fn index(&self, sequence: u16) -> Result<u64> {
        let Some(highest) = self.highest else { return Ok(u64::from(sequence)) };
        // The distance to the nearest number of that residue, to either side.
        let distance = i64::from(sequence.wrapping_sub((highest & 0xffff) as u16).cast_signed());
        let index = highest.checked_add_signed(distance).ok_or(Error::Replayed)?;
        let age = highest.saturating_sub(index);
        if index <= highest && (age >= 64 || self.window & (1 << age) != 0) {
            return Err(Error::Replayed);
        }
        Ok(index)
    }

    fn seen(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => self.window |= 1 << (highest - index).min(63),
            Some(highest) => {
                let shift = u32::try_from(index - highest).unwrap_or(u32::MAX);
                self.window = self.window.checked_shl(shift).unwrap_or(0) | 1;
                self.highest = Some(index);
            }
            None => {
                self.window = 1;
                self.highest = Some(index);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        let digits: Vec<u8> =
            text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| u8::try_from(digit).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<_>>().try_into().unwrap()
    }

    /// RFC 3711, appendix B.3; RFC 6188, section 7.2.
    #[test]
    fn keys_are_derived_as_the_documents_show() {
        let key: [u8; 16] = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        let (mut cipher, mut session) = ([0; 16], [0; 14]);
        derive::<Aes128>(&key, salt, 0, &mut cipher).unwrap();
        derive::<Aes128>(&key, salt, 2, &mut session).unwrap();
        assert_eq!(cipher, hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(session, hex("30CBBC08863D8C85D49DB34A9AE1"));

        let key: [u8; 32] = hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
        let salt = hex("3b04803de51ee7c96423ab5b78d2");
        let (mut cipher, mut session) = ([0; 32], [0; 14]);
        derive::<Aes256>(&key, salt, 0, &mut cipher).unwrap();
        derive::<Aes256>(&key, salt, 2, &mut session).unwrap();
        assert_eq!(cipher, hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
        assert_eq!(session, hex("fa31791685ca444a9e07c6c64e93"));
        assert_eq!(derive::<Aes256>(&key[1..], salt, 0, &mut cipher), Err(Error::KeyLength));
    }

    fn header(sequence: u16) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp: 1, ssrc: 2 }
    }

    #[test]
    fn a_stream_goes_over_the_end_of_its_numbers() {
        for profile in [Profile::Aes128Gcm, Profile::Aes256Gcm] {
            let session = Session::new(profile, &vec![5; profile.key()], &[6; 12]).unwrap();
            let (mut out, mut sender, mut receiver) = (Vec::new(), Outgoing::default(), Incoming::default());
            for number in 65_500_u32..65_536 * 2 + 100 {
                let payload = number.to_be_bytes();
                session.seal(&mut out, header((number & 0xffff) as u16), &payload, &mut sender).unwrap();
                // One in a thousand is lost on the way.
                if number % 1000 != 0 {
                    assert_eq!(session.open(&mut out, &mut receiver).unwrap().payload, payload);
                }
            }
            assert_eq!(sender.rollover, 2);
        }
    }

    #[test]
    fn a_packet_is_opened_once_and_in_any_order() {
        let session = Session::new(Profile::Aes256Gcm, &[5; 32], &[6; 12]).unwrap();
        let mut sender = Outgoing { last: None, rollover: 0 };
        let packets: Vec<Vec<u8>> = (65_500..65_536)
            .chain(0..100)
            .map(|sequence: u32| {
                let mut out = Vec::new();
                session.seal(&mut out, header((sequence & 0xffff) as u16), b"x", &mut sender).unwrap();
                out
            })
            .collect();
        let mut receiver = Incoming::default();
        let mut take = |at: usize| session.open(&mut packets[at].clone(), &mut receiver).map(|_| ());
        for at in [0, 2, 1, 40, 36, 35, 60] {
            assert_eq!(take(at), Ok(()), "{at}");
        }
        for at in [0, 1, 36, 60] {
            assert_eq!(take(at), Err(Error::Replayed), "{at}");
        }
        assert_eq!(take(130), Ok(()));
        assert_eq!(take(61), Err(Error::Replayed));
        assert_eq!(take(67), Ok(()));
    }

    #[test]
    fn a_forged_packet_moves_nothing() {
        let session = Session::new(Profile::Aes256Gcm, &[5; 32], &[6; 12]).unwrap();
        let mut out = Vec::new();
        session.seal(&mut out, header(9), b"x", &mut Outgoing::default()).unwrap();
        let mut receiver = Incoming::default();
        let mut forged = out.clone();
        forged[3] = 200;
        assert_eq!(session.open(&mut forged, &mut receiver), Err(Error::Forged));
        assert_eq!(receiver, Incoming::default());
        assert!(session.open(&mut out, &mut receiver).is_ok());
    }

    #[test]
    fn reports_are_sealed() {
        let session = Session::new(Profile::Aes256Gcm, &[5; 32], &[6; 12]).unwrap();
        let plain = [[0x80, 200, 0, 6, 0, 0, 0, 9].as_slice(), &[7; 20]].concat();
        let mut report = plain.clone();
        session.seal_report(&mut report, 3).unwrap();
        assert_eq!(report[..8], plain[..8]);
        assert_ne!(report[8..28], plain[8..]);
        let mut forged = report.clone();
        forged[47] ^= 1;
        assert_eq!(session.open_report(&mut forged), Err(Error::Forged));
        assert_eq!(session.open_report(&mut report).unwrap(), (&plain[..], 3));
        assert_eq!(session.seal_report(&mut plain.clone(), 1 << 31), Err(Error::Exhausted));
    }
}
