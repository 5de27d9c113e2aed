//! Titles between the sound of a radio: after each so many bytes a byte that counts sixteens, and that much text.

use bytes::{Buf, Bytes};

use super::fetch::Answer;

/// Longest stretch of sound between two titles that is believed.
const MOST_INTERVAL: usize = 1 << 20;

/// Takes titles out of a stream.
pub(super) struct Icy {
    interval: usize,
    state: State,
}

enum State {
    /// Sound, this many bytes more.
    Sound(usize),
    Length,
    Text {
        text: Vec<u8>,
        left: usize,
    },
}

impl Icy {
    /// Where the answer says that titles come.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let interval = answer.header("icy-metaint")?.trim().parse().ok()?;
        (1..=MOST_INTERVAL).contains(&interval).then(|| Self::new(interval))
    }

    fn new(interval: usize) -> Self {
        Self { interval, state: State::Sound(interval) }
    }

    /// Takes a piece apart.
    pub(super) fn split(&mut self, mut bytes: Bytes, mut sound: impl FnMut(Bytes), mut title: impl FnMut(String)) {
        while bytes.has_remaining() {
            match &mut self.state {
                State::Sound(left) => {
                    let count = (*left).min(bytes.len());
                    sound(bytes.split_to(count));
                    *left -= count;
                    if *left == 0 {
                        self.state = State::Length;
                    }
                }
                State::Length => {
                    let left = usize::from(bytes.get_u8()) * 16;
                    self.state = match left {
                        0 => State::Sound(self.interval),
                        left => State::Text { text: Vec::with_capacity(left), left },
                    };
                }
                State::Text { text, left } => {
                    let count = (*left).min(bytes.len());
                    text.extend_from_slice(&bytes.split_to(count));
                    *left -= count;
                    if *left == 0 {
                        if let Some(text) = stream_title(text) {
                            title(text);
                        }
                        self.state = State::Sound(self.interval);
                    }
                }
            }
        }
    }
}

/// What stands in `StreamTitle='…';`. Old stations write Latin-1.
fn stream_title(text: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().copied().map(char::from).collect(),
    };
    let (_, rest) = text.split_once("StreamTitle='")?;
    let title = rest.split_once("';").map_or(rest, |(title, _)| title);
    let title: String = title.trim_matches(['\0', ' ', '\'']).chars().filter(|c| !c.is_control()).take(300).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_are_taken_out_however_the_bytes_are_cut() {
        let stream = b"aaaa\x01StreamTitle='O';bbbb\x00cccc\x02StreamTitle='It's B\xf6h';\0\0\0\0\0\0\0\0\0dd";
        for size in 1..stream.len() {
            let mut icy = Icy::new(4);
            let (mut sound, mut titles) = (Vec::new(), Vec::new());
            for piece in stream.chunks(size) {
                icy.split(Bytes::copy_from_slice(piece), |bytes| sound.extend(bytes), |title| titles.push(title));
            }
            assert_eq!(sound, b"aaaabbbbccccdd", "in pieces of {size}");
            assert_eq!(titles, ["O", "It's Böh"]);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_radio_sends_the_cut_does_not_matter(
            stream in proptest::collection::vec(any::<u8>(), 0..3_000),
            interval in 1_usize..600,
            cuts in proptest::collection::vec(1_usize..700, 1..20),
        ) {
            let heard = |sizes: &[usize]| {
                let mut icy = Icy::new(interval);
                let (mut sound, mut titles, mut rest) = (Vec::new(), Vec::new(), &stream[..]);
                for size in sizes.iter().cycle() {
                    let (piece, more) = rest.split_at(rest.len().min(*size));
                    icy.split(Bytes::copy_from_slice(piece), |bytes| sound.extend(bytes), |title| titles.push(title));
                    rest = more;
                    if rest.is_empty() {
                        break;
                    }
                }
                (sound, titles)
            };
            let (sound, titles) = heard(&[stream.len().max(1)]);
            prop_assert!(sound.len() <= stream.len() && titles.iter().all(|title| title.chars().count() <= 300));
            prop_assert_eq!(heard(&cuts), (sound, titles));
        }
    }
}
