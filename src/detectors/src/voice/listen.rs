//! What is known of sound before the network hears it: windows, speech, bandwidth. The same arithmetic as `models/train/voice/scoring.py`.

use podlinnik_media::sound::SOUND_RATE;

/// Samples of a window: 4 s.
pub(super) const WINDOW: usize = 4 * SOUND_RATE as usize;
/// Samples of a frame: 20 ms.
const FRAME: usize = SOUND_RATE as usize / 50;
const FRAME_S: f64 = 0.02;
/// A frame is active within so many dB of the loudest twentieth of the window.
const ACTIVE_DB: f64 = 35.0;
/// Nothing below this level (dB below full scale) is active; a window whose loudest twentieth is below the second is silence.
const SILENCE_DB: [f64; 2] = [-75.0, -65.0];
/// What a window needs to count as speech: seconds of active frames, seconds of voiced-like frames, and how far the level moves, in dB.
const ACTIVE_S: f64 = 1.0;
const VOICED_S: f64 = 0.4;
const SPREAD_DB: f64 = 10.0;
/// What is left over behind the last whole window is heard from this length on.
const LEFT_OVER: usize = 2 * SOUND_RATE as usize;
/// Taps of the filter that keeps what lies above 4 kHz.
const TAPS: usize = 63;

/// What is known of a window of speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// Seconds of active frames.
    pub(super) speech_s: f64,
    /// Power above 4 kHz relative to all, in dB.
    pub(super) high_db: f64,
    /// How far the level moves, in dB.
    pub(super) spread_db: f64,
}

/// Where the windows of a stretch lie: first sample and length.
pub(super) fn windows(length: usize) -> Vec<(usize, usize)> {
    if length <= WINDOW {
        return vec![(0, length)];
    }
    let mut found: Vec<(usize, usize)> =
        (0..=length - WINDOW).step_by(WINDOW).map(|start| (start, WINDOW)).collect();
    if length % WINDOW >= LEFT_OVER {
        found.push((length - WINDOW, WINDOW));
    }
    found
}

/// A window for the network: what is shorter is repeated.
pub(super) fn filled(samples: &[f32]) -> Vec<f32> {
    samples.iter().copied().cycle().take(if samples.is_empty() { 0 } else { WINDOW }).collect()
}

/// Measures a window; `None` if it is not speech.
pub(super) fn measure(samples: &[f32]) -> Option<Measured> {
    if samples.len() < FRAME * 50 {
        return None;
    }
    let frames: Vec<(f64, bool)> = samples.chunks_exact(FRAME).map(level).collect();
    let mut sorted: Vec<f64> = frames.iter().map(|(level, _)| *level).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (share * (sorted.len() - 1) as f64) as usize;
        sorted.get(place).copied().unwrap_or(f64::NEG_INFINITY)
    };
    let loud = at(0.95);
    let threshold = (loud - ACTIVE_DB).max(SILENCE_DB[0]);
    let active = frames.iter().filter(|(level, _)| *level > threshold);
    let voiced_s = active.clone().filter(|(_, voiced)| *voiced).count() as f64 * FRAME_S;
    let speech_s = active.count() as f64 * FRAME_S;
    let spread_db = at(0.9) - at(0.1);
    if loud < SILENCE_DB[1] || speech_s < ACTIVE_S || voiced_s < VOICED_S || spread_db < SPREAD_DB {
        return None;
    }
    Some(Measured { speech_s, high_db: above_four_kilohertz(samples), spread_db })
}

/// Level of a frame in dB, and whether it moves slowly, as voiced sounds do and noise does not.
fn level(frame: &[f32]) -> (f64, bool) {
    let length = frame.len().max(1) as f64;
    let power = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / length;
    let change = frame
        .windows(2)
        .map(|pair| match pair {
            [before, after] => (f64::from(*after) - f64::from(*before)).powi(2),
            _ => 0.0,
        })
        .sum::<f64>()
        / length;
    (10.0 * (power + 1e-10).log10(), change < power)
}

fn above_four_kilohertz(samples: &[f32]) -> f64 {
    let filter = high_pass();
    let high = samples
        .windows(TAPS)
        .map(|part| {
            part.iter().zip(&filter).map(|(sample, tap)| f64::from(*sample) * tap).sum::<f64>().powi(2)
        })
        .sum::<f64>()
        / (samples.len().saturating_sub(TAPS - 1)).max(1) as f64;
    let all =
        samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    10.0 * ((high + 1e-12) / (all + 1e-12)).log10()
}

/// Windowed sinc (Hann), linear phase.
fn high_pass() -> Vec<f64> {
    let middle = TAPS / 2;
    let low: Vec<f64> = (0..TAPS)
        .map(|tap| {
            let away = tap as f64 - middle as f64;
            let x = 0.5 * away * std::f64::consts::PI;
            let sinc = if away == 0.0 { 1.0 } else { x.sin() / x };
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * (tap + 1) as f64 / (TAPS + 1) as f64).cos();
            0.5 * sinc * window
        })
        .collect();
    let sum: f64 = low.iter().sum();
    let one = |tap: usize| if tap == middle { 1.0 } else { 0.0 };
    low.iter().enumerate().map(|(tap, value)| one(tap) - value / sum).collect()
}
