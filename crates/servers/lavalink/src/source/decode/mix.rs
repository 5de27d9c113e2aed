//! More than two channels, mixed down to two.

use symphonia::core::audio::{Channels, Position};

/// A channel beside or behind the listener, or between two: half its power.
const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Mixes interleaved samples down in place; gives how many channels there are now.
pub(super) fn to_stereo(channels: &Channels, samples: &mut Vec<f32>) -> u8 {
    let count = channels.count();
    match count {
        0 | 1 => return 1,
        2 => return 2,
        _ => {}
    }
    let mut weights: Vec<(f32, f32)> = match channels {
        Channels::Positioned(positions) => positions.iter().map(weight).collect(),
        // Nobody says where they are.
        _ => (0..count).map(|at| if at % 2 == 0 { (1.0, 0.0) } else { (0.0, 1.0) }).collect(),
    };
    let (left, right) = weights.iter().fold((0.0, 0.0), |(left, right), (l, r)| (left + l, right + r));
    let most = f32::max(left, right).max(1.0);
    for (left, right) in &mut weights {
        (*left, *right) = (*left / most, *right / most);
    }
    let mut to = 0;
    for from in (0..samples.len() / count).map(|frame| frame * count) {
        let (mut left, mut right) = (0.0, 0.0);
        for (sample, (l, r)) in samples.iter().skip(from).zip(&weights) {
            left += sample * l;
            right += sample * r;
        }
        if let Some([first, second]) = samples.get_mut(to..to + 2) {
            (*first, *second) = (left, right);
        }
        to += 2;
    }
    samples.truncate(to);
    2
}

fn weight(position: Position) -> (f32, f32) {
    let left = Position::FRONT_LEFT | Position::FRONT_LEFT_CENTER;
    let right = Position::FRONT_RIGHT | Position::FRONT_RIGHT_CENTER;
    let beside_left = Position::REAR_LEFT | Position::SIDE_LEFT | Position::TOP_FRONT_LEFT | Position::TOP_REAR_LEFT;
    let beside_right =
        Position::REAR_RIGHT | Position::SIDE_RIGHT | Position::TOP_FRONT_RIGHT | Position::TOP_REAR_RIGHT;
    match position {
        position if left.contains(position) => (1.0, 0.0),
        position if right.contains(position) => (0.0, 1.0),
        position if beside_left.contains(position) => (HALF, 0.0),
        position if beside_right.contains(position) => (0.0, HALF),
        // The lowest octaves are left out, as everywhere.
        position if (Position::LFE1 | Position::LFE2).contains(position) => (0.0, 0.0),
        _ => (HALF, HALF),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn six_channels_become_two_and_none_is_louder() {
        let five_one = Channels::Positioned(
            Position::FRONT_LEFT
                | Position::FRONT_RIGHT
                | Position::FRONT_CENTER
                | Position::LFE1
                | Position::REAR_LEFT
                | Position::REAR_RIGHT,
        );
        let mut samples =
            vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(to_stereo(&five_one, &mut samples), 2);
        let [left, other, middle, same, all, too] = *samples.first_chunk().unwrap();
        assert_eq!(samples.len(), 6);
        assert!(left > 0.4 && other == 0.0, "left stays left, without the bass");
        assert!((middle - same).abs() < 1e-6 && middle > 0.2, "the middle is in both");
        assert!(all <= 1.000_01 && too <= 1.000_01);
        let mut samples = vec![0.5; 8];
        assert_eq!(to_stereo(&Channels::Discrete(4), &mut samples), 2);
        assert_eq!(samples, [0.5; 4]);
        let mut samples = vec![0.5; 8];
        assert_eq!((to_stereo(&Channels::Discrete(1), &mut samples), samples.len()), (1, 8));
    }
}
