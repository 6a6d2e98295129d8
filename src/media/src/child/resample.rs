//! From any sampling rate to another: a polyphase filter with a Kaiser window (β = 5, ten zero crossings a side), the same as SciPy's `resample_poly`, with which
//! the voice network's training data were made.

/// Zero crossings of the filter on each side.
const CROSSINGS: u64 = 10;
const BETA: f64 = 5.0;

/// A filter for one pair of rates.
#[derive(Debug)]
pub(super) struct Resampler {
    up: u64,
    down: u64,
    half: u64,
    /// Taps at the upsampled rate.
    filter: Vec<f32>,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Self {
        let common = gcd(from, to).max(1);
        let (up, down) = (u64::from(to / common).max(1), u64::from(from / common).max(1));
        let largest = up.max(down);
        let half = if largest == 1 { 0 } else { CROSSINGS * largest };
        let cutoff = 1.0 / largest as f64;
        let centre = half as f64;
        let taps: Vec<f64> = (0..=2 * half)
            .map(|tap| {
                let away = tap as f64 - centre;
                let window = if half == 0 {
                    1.0
                } else {
                    bessel(BETA * (1.0 - (away / centre).powi(2)).max(0.0).sqrt())
                };
                cutoff * sinc(cutoff * away) * window
            })
            .collect();
        let sum: f64 = taps.iter().sum();
        let filter = taps.into_iter().map(|tap| (tap / sum * up as f64) as f32).collect();
        Self { up, down, half, filter }
    }

    /// Samples before and after a place that its result depends on, rounded up so that they make a whole number of results.
    fn margin(&self) -> usize {
        let reach = self.half / self.up + 1;
        (reach.div_ceil(self.down) * self.down) as usize
    }

    /// Results of so many samples, a multiple of `down`.
    const fn made_of(&self, samples: usize) -> usize {
        (samples as u64 * self.up / self.down) as usize
    }

    pub(super) fn run(&self, samples: &[f32]) -> Vec<f32> {
        let length = (samples.len() as u64 * self.up).div_ceil(self.down);
        (0..length)
            .map(|number| {
                // the filter's middle stands at this place of the upsampled signal
                let middle = number * self.down;
                let first = middle.saturating_sub(self.half).div_ceil(self.up);
                let last = ((middle + self.half) / self.up).min((samples.len() as u64).saturating_sub(1));
                (first..=last)
                    .filter_map(|at| {
                        let tap = usize::try_from(middle + self.half - at * self.up).ok()?;
                        Some(samples.get(usize::try_from(at).ok()?)? * self.filter.get(tap)?)
                    })
                    .sum()
            })
            .collect()
    }
}

/// Sound that comes piece by piece: what comes out is what [`Resampler::run`] would make of all of it.
#[derive(Debug)]
pub(super) struct Stream {
    from: u32,
    /// None where the rates are the same.
    resampler: Option<Resampler>,
    /// Samples that were used already and those that follow; the filter reaches this far back.
    held: Vec<f32>,
    past: usize,
}

impl Stream {
    /// Samples that wait until there are so many.
    const BLOCK: usize = 1 << 14;

    pub(super) fn new(from: u32, to: u32) -> Self {
        let resampler = (from != to).then(|| Resampler::new(from, to));
        Self { from, resampler, held: Vec::new(), past: 0 }
    }

    /// Samples per second that come in.
    pub(super) const fn from(&self) -> u32 {
        self.from
    }

    /// Takes samples in and gives those that are ready.
    pub(super) fn push(&mut self, samples: impl Iterator<Item = f32>) -> Vec<f32> {
        let Some(resampler) = &self.resampler else { return samples.collect() };
        self.held.extend(samples);
        let (margin, down) = (resampler.margin(), resampler.down as usize);
        let ready = self.held.len().saturating_sub(self.past + margin) / down * down;
        if ready < Self::BLOCK {
            return Vec::new();
        }
        let mut made = resampler.run(&self.held);
        let first = resampler.made_of(self.past);
        made.truncate(first + resampler.made_of(ready));
        made.drain(..first.min(made.len()));
        let used = (self.past + ready).saturating_sub(margin) / down * down;
        self.past = self.past + ready - used;
        self.held.drain(..used);
        made
    }

    /// What is still to come.
    pub(super) fn finish(self) -> Vec<f32> {
        let Some(resampler) = self.resampler else { return Vec::new() };
        let mut made = resampler.run(&self.held);
        made.drain(..resampler.made_of(self.past).min(made.len()));
        made
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { x.sin() / x }
}

/// Modified Bessel function of the first kind, order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for step in 1..40 {
        term *= (x / 2.0 / f64::from(step)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as u32;
        (0..count)
            .map(|i| (f64::from(i) / f64::from(rate) * hertz * std::f64::consts::TAU).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_stays_a_tone() {
        for rate in [8_000, 16_000, 22_050, 44_100, 48_000] {
            let made = Resampler::new(rate, 16_000).run(&tone(rate, 440.0, 0.5));
            assert_eq!(made.len(), 8_000, "{rate}");
            let wanted = tone(16_000, 440.0, 0.5);
            let worst = made
                .iter()
                .zip(&wanted)
                .skip(400)
                .take(7_200)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.01, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_is_above_the_new_half_rate_goes() {
        let made = Resampler::new(48_000, 16_000).run(&tone(48_000, 11_000.0, 0.5));
        let loudest = made.iter().skip(400).take(7_200).fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest < 0.01, "{loudest}");
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        for (from, to) in [(96_000, 48_000), (37_800, 44_100), (5_512, 7_350), (48_000, 48_000)] {
            let sound = tone(from, 440.0, 4.3);
            let mut stream = Stream::new(from, to);
            let mut made: Vec<f32> = Vec::new();
            for piece in sound.chunks(1_007) {
                made.extend(stream.push(piece.iter().copied()));
            }
            made.extend(stream.finish());
            assert_eq!(made, Resampler::new(from, to).run(&sound), "{from} to {to}");
        }
    }

    #[test]
    fn odd_rates_and_nothing_at_all() {
        assert!(Resampler::new(47_999, 16_000).run(&[]).is_empty());
        assert_eq!(Resampler::new(47_999, 16_000).run(&[0.0; 47_999]).len(), 16_000);
    }
}
