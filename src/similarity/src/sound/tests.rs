use super::{SoundBuilder, SoundPrint, align};

/// Steps of two tones; the reference was made from the same formula.
fn tones(at_s: f64) -> f64 {
    let turn = std::f64::consts::TAU * at_s;
    0.4 * (turn * (200.0 + 100.0 * (at_s * 2.0).floor())).sin()
        + 0.3 * (turn * (350.0 + 60.0 * (at_s * 3.0).floor())).sin()
}

/// A melody of three voices that never repeats; another seed is another melody.
fn melody(seed: u64, at_s: f64) -> f32 {
    let voice = |number: u64, pace: f64| {
        let step = (at_s * pace).floor();
        let mixed = (step as u64 + 1)
            .wrapping_mul(seed * 2 + number * 1_000_003 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let note = f64::from((mixed >> 59) as u32);
        (std::f64::consts::TAU * at_s * 110.0 * (note / 12.0 + number as f64 * 0.5).exp2()).sin() * 0.25
    };
    (voice(1, 2.3) + voice(2, 3.1) + voice(3, 1.7)) as f32
}

fn print(samples: &[f32]) -> SoundPrint {
    let mut builder = SoundBuilder::new();
    for (number, piece) in samples.chunks(4_000).enumerate() {
        builder.push(piece, number as f64 * 0.25);
    }
    builder.finish().unwrap()
}

fn play(seed: u64, start_s: f64, length_s: f64) -> Vec<f32> {
    (0..(length_s * 16_000.0) as usize)
        .map(|sample| melody(seed, start_s + sample as f64 / 16_000.0))
        .collect()
}

#[test]
fn items_are_those_of_fpcalc() {
    let samples: Vec<f32> = (0..320_000).map(|sample| tones(f64::from(sample) / 16_000.0) as f32).collect();
    let ours = print(&samples);
    let text = include_str!("../../fixtures/chromaprint-reference.txt");
    let theirs: Vec<u32> =
        text.lines().last().unwrap().split(',').map(|item| item.parse().unwrap()).collect();
    assert_eq!(ours.items().len(), theirs.len());
    let bits: u32 = ours.items().iter().zip(&theirs).map(|(our, their)| (our ^ their).count_ones()).sum();
    // Another resampler stands in front, so a few bits in a thousand turn.
    assert!(f64::from(bits) <= 0.02 * 32.0 * theirs.len() as f64, "{bits} bits of {} items", theirs.len());
}

#[test]
fn an_excerpt_is_heard_where_it_lies() {
    let original = print(&play(3, 0.0, 60.0));
    let mut excerpt = play(3, 21.3, 9.0);
    for (number, sample) in excerpt.iter_mut().enumerate() {
        *sample = 0.4 * *sample + 0.01 * ((number * 7919 % 1000) as f32 / 500.0 - 1.0);
    }
    let found = align(&print(&excerpt), &original);
    let best = found.first().expect("nothing heard");
    assert!(best.is_confirmed() && found.len() == 1, "{found:?}");
    assert!((best.original_span_s[0] - best.suspect_span_s[0] - 21.3).abs() < 0.15, "{best:?}");
    assert!((best.speed - 1.0).abs() < 0.02, "{best:?}");
}

#[test]
fn joined_excerpts_are_heard_apart() {
    let original = print(&play(5, 0.0, 60.0));
    let mut recut = play(5, 30.0, 10.0);
    recut.extend(play(5, 4.0, 10.0));
    let mut found = align(&print(&recut), &original);
    found.sort_by(|one, other| one.suspect_span_s[0].total_cmp(&other.suspect_span_s[0]));
    assert_eq!(found.len(), 2, "{found:?}");
    let offsets: Vec<f64> =
        found.iter().map(|part| part.original_span_s[0] - part.suspect_span_s[0]).collect();
    assert!((offsets[0] - 30.0).abs() < 0.2 && (offsets[1] + 6.0).abs() < 0.2, "{found:?}");
}

#[test]
fn other_sound_and_silence_are_not_heard() {
    let original = print(&play(3, 0.0, 40.0));
    assert_eq!(align(&print(&play(4, 0.0, 20.0)), &original), []);
    let silence = print(&vec![0.0; 320_000]);
    assert_eq!(silence.audible(), 0);
    assert_eq!(align(&silence, &silence), []);
    assert_eq!(align(&silence, &original), []);
}

#[test]
fn odd_input_is_taken() {
    let mut builder = SoundBuilder::new();
    builder.push(&[], 0.0);
    builder.push(&[0.1; 100], f64::NAN);
    assert!(builder.finish().is_none());
    let mut builder = SoundBuilder::new();
    builder.push(&[f32::NAN; 32_000], 1.0);
    builder.push(&[f32::INFINITY; 32_000], 5.0);
    builder.push(&play(1, 0.0, 6.0), 2.0);
    let print = builder.finish().unwrap();
    assert_eq!((print.start_ms(), print.items().len()), (1000, print.audible_mask().len()));
}
