//! What comes in, and how its pixels become working planes.

use crate::keypoints::{Plane, Projective};

/// Smallest side, in pixels, of a picture that can be aligned.
pub(super) const SMALLEST: u32 = 48;

/// A frame lent for a look: RGB bytes, upright, and its time in its own file.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// `3 · width · height` bytes.
    pub rgb: &'a [u8],
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Seconds from the start of the file.
    pub at_s: f64,
}

impl View<'_> {
    /// Luma, or none where the bytes do not make a picture.
    pub(super) fn plane(&self) -> Option<Plane> {
        Plane::luma(self.rgb, self.width as usize, self.height as usize)
    }

    pub(super) const fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    pub(super) fn is_usable(&self) -> bool {
        let pixels = (self.width as usize).checked_mul(self.height as usize);
        self.at_s.is_finite()
            && self.width.min(self.height) >= SMALLEST
            && pixels.and_then(|count| count.checked_mul(3)) == Some(self.rgb.len())
    }
}

/// The views that make sense and are as large as the first that does, in the order of their times.
pub(super) fn usable<'a>(views: &[View<'a>]) -> Vec<View<'a>> {
    let size = views.iter().find(|view| view.is_usable()).map(View::size);
    let mut kept: Vec<View<'a>> =
        views.iter().filter(|view| view.is_usable() && Some(view.size()) == size).copied().collect();
    kept.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    kept.dedup_by(|one, other| one.at_s <= other.at_s);
    kept
}

/// Where the time of a sorted list is nearest.
pub(super) fn nearest(times: &[f64], at_s: f64) -> Option<usize> {
    let after = times.partition_point(|time| *time < at_s);
    let near = |index: usize| times.get(index).map(|time| (time - at_s).abs());
    match (after.checked_sub(1).and_then(near), near(after)) {
        (Some(before), Some(later)) if before <= later => Some(after - 1),
        (Some(_), None) => Some(after - 1),
        (_, Some(_)) => Some(after),
        (None, None) => None,
    }
}

/// `count` indices spread over `0..length`, first and last included.
pub(super) fn spread(length: usize, count: usize) -> Vec<usize> {
    if length <= count || count < 2 {
        return (0..length.min(count.max(1))).collect();
    }
    (0..count).map(|at| (at * (length - 1) + (count - 1) / 2) / (count - 1)).collect()
}

/// From the pixels of a picture to those of the same picture in another size.
pub(super) fn resizing(from: [f64; 2], to: [f64; 2]) -> Projective {
    let (x, y) = (to[0] / from[0], to[1] / from[1]);
    Projective::scaling(x, y, 0.5 * x - 0.5, 0.5 * y - 0.5)
}

/// Sides of a plane.
pub(super) fn sides(plane: &Plane) -> [f64; 2] {
    [plane.width as f64, plane.height as f64]
}

/// The original as it would look in the suspect's frame of `width` × `height` pixels; `back` leads from those pixels to the original's. The original is
/// made smaller first where the map makes it smaller, so that nothing shimmers.
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a side of a picture")]
pub(super) fn bring(original: &Plane, back: &Projective, width: usize, height: usize) -> Plane {
    let middle = [width as f64 / 2.0, height as f64 / 2.0];
    let shrink = back.magnification(middle).abs().sqrt();
    if !shrink.is_finite() || shrink <= 1.15 {
        return original.warped(back, width, height);
    }
    let to = [original.width, original.height].map(|side| (side as f64 / shrink).round().max(1.0) as usize);
    let small = original.resized(to[0], to[1]);
    let scale = resizing(sides(original), sides(&small));
    small.warped(&scale.after(back), width, height)
}
