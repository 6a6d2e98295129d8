//! From corners to descriptors.

use super::Plane;
use super::corner::{Corner, corners};

/// Each level of the pyramid is smaller by this.
const STEP: f64 = 1.2;
/// Levels: 1.2^8 = 4.3.
const LEVELS: usize = 9;
/// Smallest side of a level.
const SMALLEST: usize = 44;
/// Points of a pair lie within this radius of the corner.
const RADIUS: f64 = 13.0;
/// Radius of the disc whose centroid tells the direction.
const DISC: isize = 13;
/// Thresholds of FAST in grey levels: the second where the first finds too little.
const THRESHOLDS: [f32; 2] = [14.0, 5.0];
/// Cells across and down among which corners are spread.
const CELLS: usize = 8;

/// 256 comparisons of grey levels around a corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Descriptor(pub [u64; 4]);

impl Descriptor {
    /// In how many of the 256 comparisons two corners differ.
    pub fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }
}

/// A described corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoint {
    /// Across, in pixels of the whole picture.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// Size of a pixel of its pyramid level in pixels of the picture, 1 or more.
    pub scale: f32,
    /// Direction in radians.
    pub angle: f32,
    /// What surrounds it.
    pub descriptor: Descriptor,
}

/// At most `most` corners of a picture, in the order of their places. Pictures under 44 pixels have none.
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "sides and shares of a picture")]
pub fn keypoints(plane: &Plane, most: usize) -> Vec<Keypoint> {
    if plane.values.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let pairs = pattern();
    let mut found = Vec::new();
    let mut level_plane = plane.clone();
    let weight: f64 = (0..LEVELS).map(|level| STEP.powi(-2 * level as i32)).sum();
    for level in 0..LEVELS {
        let scale = STEP.powi(level as i32);
        if level > 0 {
            let sides = [plane.width, plane.height].map(|side| (side as f64 / scale).round() as usize);
            if sides[0].min(sides[1]) < SMALLEST {
                break;
            }
            level_plane = level_plane.resized(sides[0], sides[1]);
        } else if plane.width.min(plane.height) < SMALLEST {
            break;
        }
        // small levels hold more per pixel, since what is common to a copy may be only the large
        let share = (STEP.powi(-2 * level as i32) / weight + 1.0 / LEVELS as f64) / 2.0;
        let quota = ((most as f64 * share).ceil() as usize).max(8);
        let mut here = corners(&level_plane, 16, THRESHOLDS[0]);
        if here.len() < quota / 2 {
            here = corners(&level_plane, 16, THRESHOLDS[1]);
        }
        let smooth = level_plane.blurred(2.0);
        let (back_x, back_y) =
            (plane.width as f64 / level_plane.width as f64, plane.height as f64 / level_plane.height as f64);
        for corner in spread(here, level_plane.width, level_plane.height, quota) {
            let angle = direction(&level_plane, &corner);
            found.push(Keypoint {
                x: ((corner.x as f64 + 0.5) * back_x - 0.5) as f32,
                y: ((corner.y as f64 + 0.5) * back_y - 0.5) as f32,
                scale: scale as f32,
                angle: angle as f32,
                descriptor: describe(&smooth, &corner, angle, &pairs),
            });
        }
    }
    found.truncate(most);
    found
}

/// Up to `quota` corners, cell by cell in turns, the strongest of each cell first.
fn spread(mut corners: Vec<Corner>, width: usize, height: usize, quota: usize) -> Vec<Corner> {
    corners.sort_by(|a, b| b.strength.total_cmp(&a.strength).then((a.y, a.x).cmp(&(b.y, b.x))));
    let mut taken = [0_usize; CELLS * CELLS];
    let mut ranked: Vec<(usize, usize, Corner)> = corners
        .into_iter()
        .enumerate()
        .map(|(order, corner)| {
            let cell = corner.y * CELLS / height * CELLS + corner.x * CELLS / width;
            taken[cell] += 1;
            (taken[cell], order, corner)
        })
        .collect();
    ranked.sort_by_key(|(rank, order, _)| (*rank, *order));
    ranked.into_iter().take(quota).map(|(_, _, corner)| corner).collect()
}

/// Direction from the corner to the centroid of grey levels around it.
fn direction(plane: &Plane, corner: &Corner) -> f64 {
    let (x, y) = (corner.x as isize, corner.y as isize);
    let (mut across, mut down) = (0.0_f64, 0.0_f64);
    for dy in -DISC..=DISC {
        for dx in -DISC..=DISC {
            if dx * dx + dy * dy <= DISC * DISC {
                let value = f64::from(plane.near(x + dx, y + dy));
                across += value * dx as f64;
                down += value * dy as f64;
            }
        }
    }
    down.atan2(across)
}

type Pair = [[f64; 2]; 2];

#[expect(clippy::cast_possible_truncation, reason = "rounded to a pixel nearby")]
fn describe(smooth: &Plane, corner: &Corner, angle: f64, pairs: &[Pair]) -> Descriptor {
    let (sin, cos) = angle.sin_cos();
    let look = |[dx, dy]: [f64; 2]| {
        let (u, v) = (cos * dx - sin * dy, sin * dx + cos * dy);
        smooth.near(corner.x as isize + u.round() as isize, corner.y as isize + v.round() as isize)
    };
    let mut bits = [0_u64; 4];
    for (at, [one, other]) in pairs.iter().enumerate() {
        bits[at / 64] |= u64::from(look(*one) < look(*other)) << (at % 64);
    }
    Descriptor(bits)
}

/// 256 pairs of points, Gaussian around the corner (σ = 31/5, as in BRIEF's second design), from a fixed seed.
fn pattern() -> Vec<Pair> {
    let mut random = Random::new(0x0b5e_55ed);
    let mut point = || loop {
        let radius = (-2.0 * (1.0 - random.share()).ln()).sqrt() * 6.2;
        let turn = random.share() * std::f64::consts::TAU;
        if radius <= RADIUS {
            return [radius * turn.cos(), radius * turn.sin()];
        }
    };
    (0..256)
        .map(|_| {
            loop {
                let pair = [point(), point()];
                let apart = (pair[0][0] - pair[1][0]).hypot(pair[0][1] - pair[1][1]);
                if apart > 3.0 {
                    return pair;
                }
            }
        })
        .collect()
}

/// A small generator of pseudo-random numbers (SplitMix64): the same numbers every time, which is the point.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// 0 to 1, 1 excluded.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// 0 to `bound` − 1; `bound` has to be positive.
    #[expect(clippy::cast_possible_truncation, reason = "smaller than the bound, which is a length")]
    pub(super) const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
