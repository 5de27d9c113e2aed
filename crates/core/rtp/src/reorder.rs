//! One incoming stream of Discord's: its packets in their order, each once. What comes too early waits a moment for what is before it.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// How long a packet waits for those before it, in milliseconds.
pub const PATIENCE: u64 = 60;

/// Packets that wait; with more, those that are missing are given up.
pub const MOST_WAITING: usize = 16;

/// Who sends counts its packets up, so a counter that is so far behind the highest is of a packet that was recorded and sent again. What is
/// nearer is known by its sequence number.
const STALE: i32 = 4_096;

/// A sequence number that is so far behind, under a counter that is new, is of a sender that begins anew.
const ANEW: u32 = 64;

/// Indices begin at one turn of the numbers, so that there is something below each.
const FIRST: u64 = 1 << 16;

/// Puts packets in order.
#[derive(Debug)]
pub struct Reorder<T> {
    /// The index of the packet that is next.
    next: u64,
    /// The highest counter.
    counter: Option<u32>,
    /// The counter of the packet with which the sender began, or began anew: nothing before it is of now.
    floor: u32,
    /// By index: since when it waits.
    waiting: BTreeMap<u64, (u64, T)>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Next<T> {
    /// How many before it are missing.
    pub lost: u16,
    /// The packet.
    pub packet: T,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { next: 0, counter: None, floor: 0, waiting: BTreeMap::new() }
    }
}

impl<T> Reorder<T> {
    /// Takes a packet that was opened: its sequence number, the counter under which it was sealed, and the time. One that came before, or
    /// too late, is refused.
    pub fn push(&mut self, sequence: u16, counter: u32, now: u64, packet: T) -> Result<()> {
        let Some(highest) = self.counter else {
            self.next = FIRST | u64::from(sequence);
            // A few that were sent before it may come after it.
            (self.counter, self.floor) = (Some(counter), counter.wrapping_sub(ANEW));
            self.waiting.insert(self.next, (now, packet));
            return Ok(());
        };
        let ahead = counter.wrapping_sub(highest).cast_signed();
        if ahead < -STALE {
            return Err(Error::Replayed);
        }
        let young = highest.wrapping_sub(self.floor) < STALE.unsigned_abs();
        if young && counter.wrapping_sub(self.floor).cast_signed() < 0 {
            return Err(Error::Replayed);
        }
        let distance = sequence.wrapping_sub((self.next & 0xffff) as u16).cast_signed();
        let mut index = self.next.saturating_add_signed(i64::from(distance));
        if index < self.next {
            if ahead <= 0 || self.next - index <= u64::from(ANEW) {
                return Err(Error::Replayed);
            }
            // What still waits for numbers of before waits in vain.
            self.waiting.clear();
            self.floor = counter;
            self.next = FIRST | u64::from(sequence);
            index = self.next;
        }
        if self.waiting.contains_key(&index) {
            return Err(Error::Replayed);
        }
        if ahead > 0 {
            self.counter = Some(counter);
        }
        self.waiting.insert(index, (now, packet));
        // Whoever does not take what is there loses the oldest of it.
        while self.waiting.len() > 4 * MOST_WAITING {
            if let Some((oldest, _)) = self.waiting.pop_first() {
                self.next = oldest + 1;
            }
        }
        Ok(())
    }

    /// What comes next, where it is there or those before it are given up.
    pub fn pop(&mut self, now: u64) -> Option<Next<T>> {
        let (&index, (since, _)) = self.waiting.first_key_value()?;
        let late = now.saturating_sub(*since) >= PATIENCE;
        if index != self.next && !late && self.waiting.len() < MOST_WAITING {
            return None;
        }
        let (_, (_, packet)) = self.waiting.pop_first()?;
        let lost = u16::try_from(index - self.next).unwrap_or(u16::MAX);
        self.next = index + 1;
        Some(Next { lost, packet })
    }

    /// When something is given up, if nothing comes until then.
    pub fn due(&self) -> Option<u64> {
        let (_, (since, _)) = self.waiting.first_key_value()?;
        Some(since + PATIENCE)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(order: &mut Reorder<u32>, now: u64) -> Vec<(u16, u32)> {
        std::iter::from_fn(|| order.pop(now)).map(|next| (next.lost, next.packet)).collect()
    }

    #[test]
    fn packets_come_in_order_and_once() {
        let mut order = Reorder::default();
        for (sequence, counter, expected) in [
            (65_534_u16, 7, vec![(0, 7)]),
            (0, 9, vec![]),
            (1, 10, vec![]),
            (65_535, 8, vec![(0, 8), (0, 9), (0, 10)]),
            (2, 11, vec![(0, 11)]),
        ] {
            order.push(sequence, counter, 0, counter).unwrap();
            assert_eq!(all(&mut order, 0), expected);
            assert_eq!(order.push(sequence, counter, 0, counter), Err(Error::Replayed));
        }
        assert_eq!(order.push(0, 9, 0, 9), Err(Error::Replayed));
    }

    #[test]
    fn what_does_not_come_is_given_up() {
        let mut order = Reorder::default();
        order.push(5, 0, 0, 0).unwrap();
        assert_eq!(all(&mut order, 0), [(0, 0)]);
        order.push(8, 3, 10, 3).unwrap();
        assert_eq!((all(&mut order, 69), order.due()), (vec![], Some(70)));
        assert_eq!(all(&mut order, 70), [(2, 3)]);
        // It comes too late now.
        assert_eq!(order.push(7, 2, 71, 2), Err(Error::Replayed));
        // With many behind it nobody waits so long.
        for number in 0..16 {
            order.push(10 + number, 10 + u32::from(number), 80, u32::from(number)).unwrap();
        }
        assert_eq!(all(&mut order, 80).first(), Some(&(1, 0)));
        assert!(order.is_empty());
    }

    #[test]
    fn what_was_recorded_is_not_heard_again() {
        let mut order = Reorder::default();
        for number in 0..200_000_u32 {
            order.push((number & 0xffff) as u16, number, 0, number).unwrap();
            assert_eq!(all(&mut order, 0), [(0, number)]);
            for old in [1, 63, 64, 65, 4_095, 4_096, 4_097, 32_768, 40_000, 65_535, 65_536, 70_000, 131_000] {
                if let Some(old) = number.checked_sub(old).filter(|_| number % 997 == 0) {
                    let again = order.push((old & 0xffff) as u16, old, 0, old);
                    assert_eq!((again, order.len()), (Err(Error::Replayed), 0), "{old} at {number}");
                }
            }
        }
    }

    #[test]
    fn a_sender_may_begin_anew() {
        let mut order = Reorder::default();
        for number in 0..100_u32 {
            order.push(40_000 + ((number & 0xffff) as u16), number, 0, number).unwrap();
            assert_eq!(all(&mut order, 0), [(0, number)]);
        }
        order.push(20_000, 100, 0, 100).unwrap();
        assert_eq!(all(&mut order, 0), [(0, 100)]);
        // What was sent before that is not of the stream any more.
        assert_eq!(order.push(40_050, 50, 0, 50), Err(Error::Replayed));
        order.push(20_001, 101, 0, 101).unwrap();
        assert_eq!(all(&mut order, 0), [(0, 101)]);
    }

    #[test]
    fn counters_go_over_their_end() {
        let mut order = Reorder::default();
        for number in 0..10_000_u32 {
            let counter = number.wrapping_sub(5_000);
            order.push((number & 0xffff) as u16, counter, 0, number).unwrap();
            assert_eq!(all(&mut order, 0), [(0, number)]);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_heard_twice_or_without_end(
            packets in proptest::collection::vec((any::<u16>(), any::<u32>(), 0u64..50, any::<bool>()), 0..400),
        ) {
            let (mut order, mut now) = (Reorder::default(), 0);
            let mut came = Vec::new();
            for (at, (sequence, counter, later, taken)) in packets.into_iter().enumerate() {
                now += later;
                let _ = order.push(sequence, counter, now, at);
                prop_assert!(order.len() <= 4 * MOST_WAITING);
                while let Some(next) = order.pop(now).filter(|_| taken) {
                    came.push(next.packet);
                }
            }
            while let Some(next) = order.pop(u64::MAX) {
                came.push(next.packet);
            }
            let count = came.len();
            came.sort_unstable();
            came.dedup();
            prop_assert_eq!(came.len(), count);
        }

        /// However packets are mixed within the time that there is, they come out as they went in.
        #[test]
        fn what_is_mixed_is_put_in_order(first: u16, counter: u32, mix in proptest::collection::vec(0u32..8, 1..300)) {
            let mut sent: Vec<(u32, u32)> = (0_u32..).zip(mix).map(|(number, late)| (number + late, number)).collect();
            // The first is there first: nobody knows what is before it.
            sent.first_mut().unwrap().0 = 0;
            sent.sort_unstable();
            let mut order = Reorder::default();
            let mut came = Vec::new();
            for (_, number) in &sent {
                let sequence = first.wrapping_add((number & 0xffff) as u16);
                order.push(sequence, counter.wrapping_add(*number), 0, *number).unwrap();
                came.extend(all(&mut order, 0));
            }
            let expected: Vec<_> = (0..u32::try_from(sent.len()).unwrap()).map(|number| (0, number)).collect();
            prop_assert_eq!(came, expected);
        }
    }
}
