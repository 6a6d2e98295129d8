//! Where a point of one picture lies in another.

/// A plane projective map (homography), row by row, scaled so that the last number is 1. Similarities and affine maps are special cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projective(pub [f64; 9]);

impl Projective {
    /// Every point stays.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// `x' = scale_x · x + shift_x`, the same for y.
    pub const fn scaling(scale_x: f64, scale_y: f64, shift_x: f64, shift_y: f64) -> Self {
        Self([scale_x, 0.0, shift_x, 0.0, scale_y, shift_y, 0.0, 0.0, 1.0])
    }

    /// Left and right exchanged in a picture `width` pixels wide (centres of pixels at whole numbers).
    pub const fn mirror(width: f64) -> Self {
        Self([-1.0, 0.0, width - 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    }

    /// The image of a point; numbers that are none where it lies at infinity.
    pub fn apply(&self, point: [f64; 2]) -> [f64; 2] {
        let m = &self.0;
        let [x, y] = point;
        let w = m[6] * x + m[7] * y + m[8];
        [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w]
    }

    /// First `other`, then this.
    pub fn after(&self, other: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        let mut product = [0.0; 9];
        for (at, value) in product.iter_mut().enumerate() {
            let (row, column) = (at / 3 * 3, at % 3);
            *value = a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6];
        }
        Self(product).normalised()
    }

    /// The way back; none where there is none.
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let determinant = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
            + m[2] * (m[3] * m[7] - m[4] * m[6]);
        if !determinant.is_finite() || determinant.abs() < 1e-14 {
            return None;
        }
        let adjugate = [
            m[4] * m[8] - m[5] * m[7],
            m[2] * m[7] - m[1] * m[8],
            m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8],
            m[0] * m[8] - m[2] * m[6],
            m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6],
            m[1] * m[6] - m[0] * m[7],
            m[0] * m[4] - m[1] * m[3],
        ];
        let back = Self(adjugate.map(|value| value / determinant)).normalised();
        back.0.iter().all(|value| value.is_finite()).then_some(back)
    }

    /// Area of the image of a small square around a point over the square's own; negative where the map mirrors.
    pub fn magnification(&self, point: [f64; 2]) -> f64 {
        let m = &self.0;
        let w = m[6] * point[0] + m[7] * point[1] + m[8];
        let [u, v] = self.apply(point);
        let (dx, dy) =
            ([(m[0] - m[6] * u) / w, (m[3] - m[6] * v) / w], [(m[1] - m[7] * u) / w, (m[4] - m[7] * v) / w]);
        dx[0] * dy[1] - dx[1] * dy[0]
    }

    /// Whether a picture of this size keeps its shape well enough to be a copy: no fold, no extreme scale, sides and corners not far from a parallelogram's.
    pub fn is_sane(&self, width: f64, height: f64) -> bool {
        let corners = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
        let areas = corners.map(|corner| self.magnification(corner));
        let same_sign = areas.iter().all(|area| *area > 0.0) || areas.iter().all(|area| *area < 0.0);
        let (low, high) = areas
            .iter()
            .map(|area| area.abs())
            .fold((f64::INFINITY, 0.0_f64), |(low, high), area| (low.min(area), high.max(area)));
        let m = &self.0;
        let (across, down) = (m[0].hypot(m[3]), m[1].hypot(m[4]));
        let skew = (m[0] * m[1] + m[3] * m[4]).abs() / (across * down).max(1e-12);
        self.0.iter().all(|value| value.is_finite())
            && same_sign
            && low > 0.0025
            && high < 400.0
            && high / low < 6.0
            && skew < 0.35
            && (0.4..2.5).contains(&(across / down.max(1e-12)))
    }

    fn normalised(mut self) -> Self {
        let last = self.0[8];
        if last.is_finite() && last.abs() > 1e-12 {
            self.0 = self.0.map(|value| value / last);
        }
        self
    }
}
