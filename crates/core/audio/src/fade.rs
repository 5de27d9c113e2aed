//! Values that go to their goal without a jump.

/// A factor that goes to its goal in a straight line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ramp {
    value: f32,
    goal: f32,
    left: usize,
}

impl Ramp {
    pub(crate) const fn new(value: f32) -> Self {
        Self { value, goal: value, left: 0 }
    }

    /// Goes to a value within so many frames. Where it goes already it is not begun anew.
    pub(crate) const fn go(&mut self, goal: f32, frames: usize) {
        if self.goal.to_bits() == goal.to_bits() && frames > 0 {
            return;
        }
        self.goal = goal;
        self.left = frames;
        if frames == 0 {
            self.value = goal;
        }
    }

    /// Neither does it change anything now nor soon.
    pub(crate) fn idle(&self, at: f32) -> bool {
        self.left == 0 && (self.value - at).abs() < 1e-6
    }

    /// Multiplies frames.
    pub(crate) fn apply(&mut self, samples: &mut [f32]) {
        let mut rest = samples;
        if self.left > 0 {
            let frames = self.left.min(rest.len() / 2);
            let step = (self.goal - self.value) / self.left as f32;
            let (slope, flat) = rest.split_at_mut(frames * 2);
            for (index, frame) in slope.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let value = self.value + step * (index + 1) as f32;
                frame[0] *= value;
                frame[1] *= value;
            }
            self.left -= frames;
            self.value = if self.left == 0 { self.goal } else { self.value + step * frames as f32 };
            rest = flat;
        }
        if !self.idle(1.0) {
            for sample in rest {
                *sample *= self.value;
            }
        }
    }
}
