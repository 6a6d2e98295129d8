//! Sound as loudness in bands over time.

/// Samples taken in, a second.
pub(super) const RATE: usize = 16_000;
/// Samples from one step to the next: 20 ms.
const HOP: usize = 320;
/// Samples of a transform.
const WINDOW: usize = 512;
/// Bands, evenly spaced in the logarithm of the frequency.
pub(super) const BANDS: usize = 20;
/// Lowest and highest edge in Hz.
const EDGES: [f64; 2] = [150.0, 6500.0];
/// Seconds of a step.
pub(super) const STEP_S: f64 = HOP as f64 / RATE as f64;
/// Mean square under which a step is silent: −52 dB of full scale.
const SILENCE: f32 = 6.3e-6;

/// Loudness by step and band.
#[derive(Debug)]
pub(super) struct Loudness {
    /// Natural logarithms.
    pub(super) steps: Vec<[f32; BANDS]>,
    /// Whether a step is louder than silence.
    pub(super) audible: Vec<bool>,
    /// Time of the middle of the first step in seconds.
    pub(super) start_s: f64,
}

impl Loudness {
    /// Measures samples whose first is at `start_s`. `stretch` moves the edges of the bands up: what a change of pitch by that factor does.
    pub(super) fn of(samples: &[f32], start_s: f64, stretch: f64) -> Self {
        let edges = edges(stretch);
        let window: Vec<f32> = (0..WINDOW)
            .map(|at| {
                let turn = std::f64::consts::TAU * (at as f64 + 0.5) / WINDOW as f64;
                (0.5 - 0.5 * turn.cos()) as f32
            })
            .collect();
        let mut energies: Vec<[f32; BANDS]> = Vec::new();
        let mut audible = Vec::new();
        let mut spectrum = vec![[0.0_f32; 2]; WINDOW];
        for part in samples.windows(WINDOW).step_by(HOP) {
            let mut power = 0.0;
            for ((value, sample), weight) in spectrum.iter_mut().zip(part).zip(&window) {
                let sample = if sample.is_finite() { sample.clamp(-4.0, 4.0) } else { 0.0 };
                power += sample * sample;
                *value = [sample * weight, 0.0];
            }
            audible.push(power / WINDOW as f32 > SILENCE);
            transform(&mut spectrum);
            energies.push(std::array::from_fn(|band| {
                let bins = &spectrum[edges[band]..edges[band + 1]];
                bins.iter().map(|[re, im]| re * re + im * im).sum::<f32>() / bins.len().max(1) as f32
            }));
        }
        let mean = energies.iter().flatten().sum::<f32>() / (energies.len() * BANDS).max(1) as f32;
        let floor = 2e-4_f32.mul_add(mean, 1e-12);
        let steps = energies.iter().map(|bands| bands.map(|energy| (energy + floor).ln())).collect();
        Self { steps, audible, start_s: start_s + WINDOW as f64 / RATE as f64 / 2.0 }
    }

    /// Time of a step.
    pub(super) fn at_s(&self, step: usize) -> f64 {
        self.start_s + step as f64 * STEP_S
    }

    /// The bands at any time, between steps; none outside.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "checked to lie inside")]
    pub(super) fn between(&self, at_s: f64) -> Option<[f32; BANDS]> {
        let place = (at_s - self.start_s) / STEP_S;
        if !(place > -0.5 && place < self.steps.len() as f64 - 0.5) {
            return None;
        }
        let place = place.clamp(0.0, (self.steps.len() - 1) as f64);
        let (below, part) = (place as usize, place.fract() as f32);
        let (low, high) = (self.steps.get(below)?, self.steps.get(below + 1).or(self.steps.get(below))?);
        Some(std::array::from_fn(|band| low[band] + part * (high[band] - low[band])))
    }
}

#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "bins of the transform")]
fn edges(stretch: f64) -> [usize; BANDS + 1] {
    let ratio = (EDGES[1] / EDGES[0]).ln();
    let mut edges = [0; BANDS + 1];
    let mut least = 1;
    for (at, edge) in edges.iter_mut().enumerate() {
        let hertz = EDGES[0] * (ratio * at as f64 / BANDS as f64).exp() * stretch;
        *edge = ((hertz * WINDOW as f64 / RATE as f64).round() as usize).clamp(least, WINDOW / 2);
        least = (*edge + 1).min(WINDOW / 2);
    }
    edges
}

/// Discrete Fourier transform in place (Cooley & Tukey 1965); the length is a power of two.
fn transform(values: &mut [[f32; 2]]) {
    let count = values.len();
    let bits = count.trailing_zeros();
    for at in 0..count {
        let other = at.reverse_bits() >> (usize::BITS - bits);
        if other > at {
            values.swap(at, other);
        }
    }
    let mut half = 1;
    while half < count {
        let turn = -std::f64::consts::PI / half as f64;
        for at in 0..half {
            let (sin, cos) = (turn * at as f64).sin_cos();
            let (sin, cos) = (sin as f32, cos as f32);
            for start in (at..count).step_by(2 * half) {
                let [re, im] = values[start + half];
                let turned = [re * cos - im * sin, re * sin + im * cos];
                let [re, im] = values[start];
                values[start] = [re + turned[0], im + turned[1]];
                values[start + half] = [re - turned[0], im - turned[1]];
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_loud_in_its_band_alone() {
        let samples: Vec<f32> = (0..RATE)
            .map(|at| 0.5 * (std::f32::consts::TAU * 1000.0 * at as f32 / RATE as f32).sin())
            .collect();
        let loudness = Loudness::of(&samples, 3.0, 1.0);
        let step = loudness.steps[20];
        let loudest = (0..BANDS).max_by(|a, b| step[*a].total_cmp(&step[*b])).expect("bands");
        let edges = edges(1.0);
        assert!((edges[loudest]..edges[loudest + 1]).contains(&32), "band {loudest} of {edges:?}");
        assert!(loudness.audible.iter().all(|audible| *audible));
        assert!((loudness.at_s(0) - 3.016).abs() < 1e-9);
    }
}
