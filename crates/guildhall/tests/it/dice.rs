//! Chance that can be had again.

/// A generator that every run repeats.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below that.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        // Knuth's, as MMIX has it; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// That many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.roll(256)).unwrap()).collect()
    }
}
