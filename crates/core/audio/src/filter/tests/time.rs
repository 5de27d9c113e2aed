//! What takes its time: how a reverb dies away, and how soon a compressor takes hold and lets go.

use super::*;

/// Delays in frames at 44.1 kHz, as Freeverb has them, and by how much those of the right side are longer.
const COMBS: [u32; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const PASSES: [u32; 4] = [556, 441, 341, 225];
const SPREAD: u32 = 23;

type Complex = (f64, f64);

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// What a delay of so many frames is at an angle.
fn delay(frames: u32, angle: f64) -> Complex {
    let phase = -f64::from(frames) * angle;
    (phase.cos(), phase.sin())
}

/// What the combs and allpasses of a side do to a frequency, by their transfer functions.
fn expected(room_size: f32, damping: f32, side: u32, frequency: f64) -> Complex {
    let angle = TAU * frequency / 48_000.0;
    let frames = |at_44100: u32| (at_44100 + side * SPREAD) * 48_000 / 44_100;
    let (feedback, damp) = (0.7 + 0.28 * f64::from(room_size), 0.4 * f64::from(damping));
    // The loop of a comb goes through a filter of one pole.
    let late = delay(1, angle);
    let pole = divide((1.0 - damp, 0.0), (1.0 - damp * late.0, -damp * late.1));
    let mut sum = (0.0, 0.0);
    for comb in COMBS {
        let late = delay(frames(comb), angle);
        let back = times(late, pole);
        let comb = divide(late, (1.0 - feedback * back.0, -feedback * back.1));
        sum = (sum.0 + comb.0, sum.1 + comb.1);
    }
    for pass in PASSES {
        let late = delay(frames(pass), angle);
        sum = times(sum, divide((1.5 * late.0 - 1.0, 1.5 * late.1), (1.0 - 0.5 * late.0, -0.5 * late.1)));
    }
    // Both sides of the impulse go in with 0.015, and 3 is what the wet sound is made louder by.
    (sum.0 * 0.09, sum.1 * 0.09)
}

#[test]
fn a_reverb_is_its_combs_and_allpasses() {
    for (room_size, damping) in [(0.0, 0.0), (0.3, 0.5), (0.5, 1.0)] {
        let reverb = Reverb { mix: 1.0, room_size, damping, width: 1.0 };
        let plugin_filters = Some(PluginFilters { reverb: Some(reverb), ..PluginFilters::default() });
        let filters = Filters { plugin_filters, ..Filters::default() };
        // Long enough that nothing of it is left in the end.
        let mut impulse = vec![0.0; 2 * 48_000 * 5];
        impulse[..2].fill(1.0);
        let out = run(&filters, &impulse);
        for frequency in [60.0, 333.0, 1_000.0, 4_567.0] {
            for side in [0_u8, 1] {
                let angle = TAU * frequency / 48_000.0;
                let heard = out.iter().skip(usize::from(side)).step_by(2).zip(0_u32..);
                let found = heard.fold((0.0, 0.0), |sum: Complex, (sample, at)| {
                    let turn = delay(at, angle);
                    (sum.0 + f64::from(*sample) * turn.0, sum.1 + f64::from(*sample) * turn.1)
                });
                let wanted = expected(room_size, damping, u32::from(side), frequency);
                let size = wanted.0.hypot(wanted.1);
                let name = format!("reverb {room_size} {damping} at {frequency}, side {side}");
                near(&name, (found.0 - wanted.0).hypot(found.1 - wanted.1) / size, 0.0, 0.01);
            }
        }
    }
}

#[test]
fn a_compressor_takes_hold_and_lets_go_in_time() {
    for (attack, release) in [(5_u16, 100_u16), (20, 400)] {
        let compressor =
            Compressor { threshold: -20.0, ratio: 4.0, attack: attack.into(), release: release.into(), gain: 0.0 };
        let plugin_filters = Some(PluginFilters { compressor: Some(compressor), ..PluginFilters::default() });
        let filters = Filters { plugin_filters, ..Filters::default() };
        // A second of what it leaves alone, one of what is 14 dB over the threshold, and three of the first again.
        let (soft, loud) = (0.01_f32, 0.501_187_f32);
        let level = |at: usize| if (48_000..96_000).contains(&at) { loud } else { soft };
        let input: Vec<f32> =
            (0..5 * 48_000).flat_map(|at| [level(at) * if at % 2 == 0 { 1.0 } else { -1.0 }; 2]).collect();
        let out = run(&filters, &input);
        let less = |second: u16, milliseconds: u16| {
            let frame = usize::from(second) * 48_000 + usize::from(milliseconds) * 48;
            -20.0 * f64::from(out[frame * 2] / input[frame * 2]).log10()
        };
        let all = 14.0 * 0.75;
        near("before", less(0, 900), 0.0, 0.01);
        for (times, share) in [(1, 0.632), (2, 0.865), (3, 0.950)] {
            let name = format!("attack {attack} ms times {times}");
            near(&name, less(1, attack * times), all * share, all * 0.03);
            let name = format!("release {release} ms times {times}");
            near(&name, less(2, release * times), all * (1.0 - share), all * 0.03);
        }
        near("held", less(1, 950), all, 0.05);
        near("after", less(4, 900), 0.0, 0.05);
    }
}
