//! Damaged files of every format, thousands of them, others in every run: whatever they say of themselves, a track of them ends,
//! soon and without much memory. `GUILDHALL_SEED` repeats a run that failed, which says what it was.

use std::hash::{BuildHasher as _, Hasher as _};
use std::time::{Duration, Instant};

use guildhall_lavalink::testing::decode_all;

use crate::fixture::{TONE, make, resident};

/// Name, and what ffmpeg is told: containers and codecs beyond those that are heard elsewhere, too.
const FILES: &[(&str, &[&str])] = &[
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "64k"]),
    ("aac", &["-c:a", "aac", "-b:a", "64k"]),
    ("m4a", &["-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart"]),
    ("late.m4a", &["-c:a", "aac", "-b:a", "64k"]),
    ("fragments.mp4", &["-c:a", "aac", "-b:a", "64k", "-movflags", "+frag_keyframe+empty_moov"]),
    ("alac.m4a", &["-c:a", "alac"]),
    ("flac", &["-c:a", "flac"]),
    ("flac.ogg", &["-c:a", "flac"]),
    ("vorbis.ogg", &["-c:a", "libvorbis", "-q:a", "1"]),
    ("opus.ogg", &["-c:a", "libopus", "-b:a", "48k"]),
    ("opus.webm", &["-c:a", "libopus", "-b:a", "48k"]),
    ("vorbis.mka", &["-c:a", "libvorbis", "-q:a", "1"]),
    ("aac.mka", &["-c:a", "aac", "-b:a", "64k"]),
    ("wav", &["-c:a", "pcm_s16le"]),
    ("adpcm.wav", &["-c:a", "adpcm_ms"]),
    ("aiff", &["-c:a", "pcm_s16be"]),
];

/// Damaged files of each.
const ROUNDS: usize = 200;

/// xorshift: the same numbers for the same seed.
pub struct Dice(u64);

/// What a run begins with: what the environment says, or something else each time.
#[expect(clippy::disallowed_methods, reason = "who repeats a run says so to the test alone")]
pub fn seed() -> u64 {
    let said = std::env::var("GUILDHALL_SEED").ok();
    let said = said.map(|seed| seed.parse().expect("GUILDHALL_SEED is a number"));
    said.unwrap_or_else(|| std::collections::hash_map::RandomState::new().build_hasher().finish())
}

impl Dice {
    /// Nothing comes of zero.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    /// Damages a file in one to four ways.
    fn damage(&mut self, whole: &[u8], other: &[u8]) -> Vec<u8> {
        let mut file = whole.to_vec();
        for _ in 0..=self.below(4) {
            let length = file.len();
            // What a file says of itself stands at its begin.
            let at = if self.below(2) == 0 { self.below(length.min(400)) } else { self.below(length) };
            let end = (at + 1 + self.below(16)).min(length);
            match self.below(9) {
                0 => file[at..end].iter_mut().for_each(|byte| *byte = u8::try_from(self.below(256)).unwrap()),
                1 => file[at] ^= 1 << self.below(8),
                // Lengths of nothing, and of more than there is.
                2 => file[at..end].fill(0),
                3 => file[at..end].fill(0xFF),
                4 => file[at..end].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFE].repeat(4)[..end - at]),
                5 => file.truncate(at.max(1)),
                6 => drop(file.drain(at..(at + self.below(length / 4)).min(length))),
                // Longer than it says: by itself once more, by something else, or by noise.
                7 => match self.below(3) {
                    0 => file.extend_from_slice(whole),
                    1 => file.extend_from_slice(other),
                    _ => file.extend((0..self.below(4_000)).map(|_| u8::try_from(self.below(256)).unwrap())),
                },
                // A piece of something else.
                _ => {
                    let from = self.below(other.len());
                    let piece = &other[from..(from + self.below(600)).min(other.len())];
                    drop(file.splice(at..at, piece.iter().copied()));
                }
            }
            if file.is_empty() {
                break;
            }
        }
        file
    }
}

#[test]
fn thousands_of_damaged_files_end_soon_and_hold_little() {
    let input = format!("sine=frequency={TONE}:sample_rate=48000:duration=0.5,volume=4,aformat=channel_layouts=stereo");
    let files: Vec<Vec<u8>> = FILES
        .iter()
        .map(|(name, arguments)| {
            let tags = ["-metadata", "title=A Tone", "-metadata", "artist=The Testers"];
            let path = make(&format!("short.{name}"), &[&["-f", "lavfi", "-i", &input], &tags[..], arguments].concat());
            std::fs::read(path).unwrap()
        })
        .collect();
    // A codec that panics says so for each of them.
    std::panic::set_hook(Box::new(|_| {}));
    let seed = seed();
    let (before, mut dice, mut played, mut failure) = (resident(), Dice::new(seed), 0, None);
    for (at, whole) in files.iter().enumerate() {
        let name = FILES[at].0;
        assert!(decode_all(whole.clone(), 100, 1 << 14).unwrap() > 10_000, "{name}");
        for round in 0..ROUNDS {
            let other = dice.below(files.len());
            let file = dice.damage(whole, &files[other]);
            let seek = u64::try_from(dice.below(2_000)).unwrap();
            let began = Instant::now();
            played += usize::from(decode_all(file, seek, 1 << 14).is_ok());
            let (took, grown) = (began.elapsed(), resident().saturating_sub(before) >> 20);
            if took > Duration::from_secs(20) || grown > 64 {
                failure = failure.or(Some(format!("{name}, round {round}: {took:?}, {grown} MB more")));
            }
        }
    }
    // Whoever fails here is to be heard again.
    drop(std::panic::take_hook());
    assert_eq!(failure, None, "GUILDHALL_SEED={seed}");
    // Most is borne: a crackle is no end.
    assert!(played > FILES.len() * ROUNDS / 4, "{played} with GUILDHALL_SEED={seed}");
}
