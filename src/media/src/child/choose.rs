//! Which moments, as arithmetic. Nothing here decodes.

/// Side of the thumbnail by which scenes are told apart.
pub(super) const THUMBNAIL_SIDE: usize = 16;
/// Mean difference of two thumbnails, in grey levels, from which they are different scenes.
const SCENE_DIFFERENCE: f64 = 18.0;
/// Frames that are cheap enough to be decoded without thinking.
const CHEAP_FRAMES: f64 = 450.0;
/// How far into a long group of pictures decoding goes, as a part of it.
const REACH: f64 = 0.4;
/// Part of the clip that must not remain unseen in one piece.
const WIDEST_GAP: f64 = 0.25;

/// Luma of a frame, [`THUMBNAIL_SIDE`]² grey levels.
pub(super) type Thumbnail = [u8; THUMBNAIL_SIDE * THUMBNAIL_SIDE];

/// A thumbnail from any plane of bytes: `luma(x, y)` for positions in a picture of `width` × `height`.
pub(super) fn thumbnail(width: u32, height: u32, luma: impl Fn(u32, u32) -> u8) -> Thumbnail {
    let mut pixels = [0; THUMBNAIL_SIDE * THUMBNAIL_SIDE];
    let side = THUMBNAIL_SIDE as u32;
    for (index, pixel) in (0u32..).zip(pixels.iter_mut()) {
        let (column, row) = (index % side, index / side);
        // four points of each cell
        let mut sum = 0u32;
        for (dx, dy) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
            let x = u64::from(width) * u64::from(column * 4 + dx) / u64::from(side * 4);
            let y = u64::from(height) * u64::from(row * 4 + dy) / u64::from(side * 4);
            sum += u32::from(luma(x as u32, y as u32));
        }
        *pixel = (sum / 4) as u8;
    }
    pixels
}

/// Indices of `wanted` of the candidates, ascending: every scene gets one before any gets two, then long scenes get more.
pub(super) fn across_scenes(candidates: &[Thumbnail], wanted: usize) -> Vec<usize> {
    if candidates.len() <= wanted {
        return (0..candidates.len()).collect();
    }
    let scenes = scenes(candidates);
    if scenes.len() >= wanted {
        return spread(scenes.len(), wanted)
            .into_iter()
            .filter_map(|scene| scenes.get(scene))
            .map(|(first, length)| first + length / 2)
            .collect();
    }
    let lengths: Vec<f64> = scenes.iter().map(|(_, length)| *length as f64).collect();
    let capacities: Vec<usize> = scenes.iter().map(|(_, length)| length - 1).collect();
    let extra = share_out(&lengths, &capacities, wanted - scenes.len());
    scenes
        .iter()
        .zip(extra)
        .flat_map(|((first, length), extra)| spread(*length, extra + 1).into_iter().map(move |i| first + i))
        .collect()
}

/// Runs of similar candidates: (first, length).
fn scenes(candidates: &[Thumbnail]) -> Vec<(usize, usize)> {
    let mut scenes = vec![(0, 1)];
    for (index, pair) in candidates.windows(2).enumerate() {
        let difference = match pair {
            [before, after] => difference(before, after),
            _ => 0.0,
        };
        match scenes.last_mut() {
            Some((_, length)) if difference < SCENE_DIFFERENCE => *length += 1,
            _ => scenes.push((index + 1, 1)),
        }
    }
    scenes
}

fn difference(one: &Thumbnail, other: &Thumbnail) -> f64 {
    let sum: u32 = one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    f64::from(sum) / one.len() as f64
}

/// `wanted` positions spread over `count`, at the middle of equal parts.
pub(super) fn spread(count: usize, wanted: usize) -> Vec<usize> {
    let wanted = wanted.min(count);
    (0..wanted).map(|i| (2 * i + 1) * count / (2 * wanted)).collect()
}

/// Shares `extra` out in proportion to the weights (D'Hondt, each place holds one already), at most `capacities` each.
fn share_out(weights: &[f64], capacities: &[usize], extra: usize) -> Vec<usize> {
    let mut shares = vec![0usize; weights.len()];
    for _ in 0..extra {
        let best = (0..weights.len()).filter(|i| shares[*i] < capacities[*i]).max_by(|a, b| {
            let claim = |i: usize| weights[i] / (shares[i] + 2) as f64;
            // of equal claims the earlier wins
            claim(*a).total_cmp(&claim(*b)).then(b.cmp(a))
        });
        let Some(best) = best else { break };
        shares[best] += 1;
    }
    shares
}

/// A moment: so many seconds after a keyframe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) keyframe: usize,
    pub(super) after_s: f64,
}

/// What is known of a clip before decoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timing {
    pub(super) duration_s: f64,
    pub(super) fps: f64,
}

/// Moments when there are no more keyframes than `wanted`: every keyframe is one; the rest lie between them, as far in as is affordable. In time
/// order; bursts of `burst` frames do not overlap.
pub(super) fn around_keyframes(
    keyframes_s: &[f64],
    timing: Timing,
    wanted: usize,
    burst: usize,
) -> Vec<Moment> {
    let lengths: Vec<f64> = (0..keyframes_s.len())
        .map(|i| {
            let end = keyframes_s.get(i + 1).copied().unwrap_or(timing.duration_s);
            (end - keyframes_s[i]).max(0.0)
        })
        .collect();
    let burst = burst.max(1) as f64;
    let capacities: Vec<usize> =
        lengths.iter().map(|length| ((length * timing.fps / burst) as usize).saturating_sub(1)).collect();
    let extra = share_out(&lengths, &capacities, wanted.saturating_sub(keyframes_s.len()));
    let cheap = timing.duration_s * timing.fps <= CHEAP_FRAMES;
    let mut moments = Vec::new();
    for (keyframe, (length, extra)) in lengths.iter().zip(extra).enumerate() {
        let natural = length * extra as f64 / (extra + 1) as f64;
        let reach = if cheap || *length > timing.duration_s * WIDEST_GAP {
            natural
        } else {
            natural.min(length * REACH)
        };
        let room = ((reach * timing.fps / burst) as usize).min(extra);
        for i in 0..=room {
            let after_s = if room == 0 { 0.0 } else { reach * i as f64 / room as f64 };
            moments.push(Moment { keyframe, after_s });
        }
    }
    moments
}

/// Which of the moments at `times` (ascending) get `wanted` long bursts, spread over them: only those that have `room_s` seconds until the decoder
/// stops (`ends`) and since the last long burst.
pub(super) fn with_room(times: &[f64], ends: &[f64], room_s: f64, wanted: usize) -> Vec<usize> {
    let mut possible: Vec<(usize, f64)> = Vec::new();
    for (number, (at_s, end_s)) in times.iter().zip(ends).enumerate() {
        let free = possible.last().is_none_or(|(_, before_s)| at_s - before_s >= room_s);
        if free && end_s - at_s >= room_s {
            possible.push((number, *at_s));
        }
    }
    let chosen = spread(possible.len(), wanted);
    chosen.into_iter().filter_map(|i| possible.get(i).map(|(number, _)| *number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(level: u8) -> Thumbnail {
        [level; THUMBNAIL_SIDE * THUMBNAIL_SIDE]
    }

    #[test]
    fn every_scene_gets_one_before_any_gets_two() {
        // a long scene, a short one, a long one
        let mut candidates = vec![flat(10); 20];
        candidates.push(flat(100));
        candidates.extend(vec![flat(200); 19]);
        let chosen = across_scenes(&candidates, 3);
        assert_eq!(chosen.len(), 3);
        assert!(chosen[0] < 20 && chosen[1] == 20 && chosen[2] > 20, "{chosen:?}");

        let chosen = across_scenes(&candidates, 9);
        assert_eq!(chosen.len(), 9);
        assert_eq!(chosen.iter().filter(|i| **i == 20).count(), 1);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]), "{chosen:?}");
    }

    #[test]
    fn more_scenes_than_moments_are_spread() {
        let candidates: Vec<_> = (0..40).map(|i| flat(if i % 2 == 0 { 0 } else { 255 })).collect();
        let chosen = across_scenes(&candidates, 4);
        assert_eq!(chosen, [5, 15, 25, 35]);
        assert_eq!(across_scenes(&candidates[..3], 4), [0, 1, 2]);
        assert!(across_scenes(&[], 4).is_empty());
    }

    #[test]
    fn one_group_of_pictures_is_covered_to_the_end() {
        let timing = Timing { duration_s: 60.0, fps: 25.0 };
        let moments = around_keyframes(&[0.0], timing, 24, 2);
        assert_eq!(moments.len(), 24);
        assert!(moments[23].after_s > 55.0 && moments[23].after_s < 60.0);
    }

    #[test]
    fn long_clips_with_few_keyframes_are_decoded_in_part() {
        let timing = Timing { duration_s: 60.0, fps: 25.0 };
        let keyframes: Vec<f64> = (0..6).map(|i| f64::from(i) * 10.0).collect();
        let moments = around_keyframes(&keyframes, timing, 24, 2);
        assert_eq!(moments.len(), 24);
        let decoded: f64 = (0..6)
            .map(|k| moments.iter().filter(|m| m.keyframe == k).map(|m| m.after_s).fold(0.0, f64::max))
            .sum();
        assert!(decoded <= 0.41 * 60.0, "{decoded}");
        assert!((0..6).all(|k| moments.iter().any(|m| m.keyframe == k && m.after_s == 0.0)));
    }

    #[test]
    fn short_clips_get_fewer_moments() {
        let timing = Timing { duration_s: 0.4, fps: 25.0 };
        let moments = around_keyframes(&[0.0], timing, 24, 2);
        assert!((2..=5).contains(&moments.len()), "{moments:?}");
        assert!(around_keyframes(&[], timing, 24, 2).is_empty());
        assert_eq!(around_keyframes(&[0.0], Timing { duration_s: 0.0, fps: 25.0 }, 24, 2).len(), 1);
    }

    #[test]
    fn long_bursts_are_spread_and_have_room() {
        let times: Vec<f64> = (0..24).map(|i| f64::from(i) * 2.5).collect();
        let ends = vec![60.0; 24];
        assert_eq!(with_room(&times, &ends, 0.36, 6), [2, 6, 10, 14, 18, 22]);
        let short: Vec<f64> = (0..24).map(|i| f64::from(i) * 0.2).collect();
        let long = with_room(&short, &[4.8; 24], 0.36, 6);
        assert_eq!(long.len(), 6);
        assert!(long.windows(2).all(|pair| short[pair[1]] - short[pair[0]] >= 0.36), "{long:?}");
        assert!(with_room(&short, &[0.1; 24], 0.36, 6).is_empty(), "no room");
        assert!(with_room(&[], &[], 0.36, 6).is_empty());
    }

    #[test]
    fn thumbnails_sample_the_whole_picture() {
        let small = thumbnail(1, 1, |x, y| (x + y) as u8);
        assert_eq!(small, flat(0));
        let ramp = thumbnail(256, 256, |x, _| x as u8);
        assert!(ramp[0] < 16 && ramp[THUMBNAIL_SIDE - 1] > 239);
    }
}
