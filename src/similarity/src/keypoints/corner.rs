//! FAST-9 corners with Harris' measure.

use super::Plane;

/// Bresenham circle of radius 3, clockwise from the top.
const CIRCLE: [(isize, isize); 16] = [
    (0, -3),
    (1, -3),
    (2, -2),
    (3, -1),
    (3, 0),
    (3, 1),
    (2, 2),
    (1, 3),
    (0, 3),
    (-1, 3),
    (-2, 2),
    (-3, 1),
    (-3, 0),
    (-3, -1),
    (-2, -2),
    (-1, -3),
];
/// So many neighbours on the circle have to be brighter, or darker, than the centre.
const ARC: u32 = 9;
/// Harris' constant.
const HARRIS: f32 = 0.04;

/// A corner of one level of the pyramid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corner {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) strength: f32,
}

/// Corners at least `margin` pixels from the edge whose circle differs by more than `threshold` grey levels; only the strongest of 3 × 3 neighbours.
pub(super) fn corners(plane: &Plane, margin: usize, threshold: f32) -> Vec<Corner> {
    let (width, height) = (plane.width, plane.height);
    let margin = margin.max(4);
    if width <= 2 * margin || height <= 2 * margin {
        return Vec::new();
    }
    #[expect(
        clippy::cast_sign_loss,
        reason = "the margin keeps the circle inside; offsets wrap to themselves"
    )]
    let offsets = CIRCLE.map(|(dx, dy)| (dy * width as isize + dx) as usize);
    let mut found = Vec::new();
    for y in margin..height - margin {
        for x in margin..width - margin {
            if is_corner(&plane.values, y * width + x, &offsets, threshold) {
                let strength = harris(plane, x, y);
                if strength > 0.0 {
                    found.push(Corner { x, y, strength });
                }
            }
        }
    }
    strongest_of_neighbours(&found, width)
}

fn is_corner(values: &[f32], at: usize, offsets: &[usize; 16], threshold: f32) -> bool {
    let centre = values[at];
    let (low, high) = (centre - threshold, centre + threshold);
    let look = |index: usize| values[at.wrapping_add(offsets[index])];
    // an arc of 9 covers at least two of the four main directions
    let mains = [look(0), look(4), look(8), look(12)];
    let brighter = mains.iter().filter(|value| **value > high).count();
    let darker = mains.iter().filter(|value| **value < low).count();
    if brighter < 2 && darker < 2 {
        return false;
    }
    let (mut up, mut down) = (0_u32, 0_u32);
    for index in 0..16 {
        let value = look(index);
        up |= u32::from(value > high) << index;
        down |= u32::from(value < low) << index;
    }
    has_arc(up) || has_arc(down)
}

/// Whether `ARC` successive bits of a ring of 16 are set.
fn has_arc(ring: u32) -> bool {
    let twice = ring | ring << 16;
    let mut runs = twice;
    for shift in 1..ARC {
        runs &= twice >> shift;
    }
    runs != 0
}

/// Harris & Stephens 1988 over 7 × 7 pixels.
fn harris(plane: &Plane, x: usize, y: usize) -> f32 {
    let width = plane.width;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for row in y - 3..=y + 3 {
        for at in row * width + x - 3..=row * width + x + 3 {
            let dx = plane.values[at + 1] - plane.values[at - 1];
            let dy = plane.values[at + width] - plane.values[at - width];
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
    }
    xx * yy - xy * xy - HARRIS * (xx + yy) * (xx + yy)
}

/// Corners come in rows from top to bottom.
fn strongest_of_neighbours(found: &[Corner], width: usize) -> Vec<Corner> {
    let key = |x: usize, y: usize| y * width + x;
    let strength_at = |x: usize, y: usize| -> f32 {
        found
            .binary_search_by(|corner| key(corner.x, corner.y).cmp(&key(x, y)))
            .ok()
            .and_then(|at| found.get(at))
            .map_or(f32::NEG_INFINITY, |corner| corner.strength)
    };
    found
        .iter()
        .filter(|corner| {
            (corner.y - 1..=corner.y + 1).all(|y| {
                (corner.x - 1..=corner.x + 1).all(|x| {
                    let other = strength_at(x, y);
                    other < corner.strength
                        || (other <= corner.strength && key(x, y) >= key(corner.x, corner.y))
                })
            })
        })
        .copied()
        .collect()
}
