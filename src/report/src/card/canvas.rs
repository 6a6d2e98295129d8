//! Pixels and what is painted on them.

/// A colour.
pub(crate) type Colour = [u8; 3];

/// An opaque picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

/// How much of each pixel is covered, from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mask {
    pub(crate) width: usize,
    pub(crate) height: usize,
    cover: Vec<f32>,
}

/// An area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Mask {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, cover: vec![0.0; width * height] }
    }

    pub(crate) fn add(&mut self, x: usize, y: usize, cover: f32) {
        if x < self.width
            && let Some(old) = self.cover.get_mut(y * self.width + x)
        {
            *old = (*old + cover).min(1.0);
        }
    }

    fn at(&self, x: isize, y: isize) -> f32 {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < self.width => self.cover.get(y * self.width + x).copied().unwrap_or(0.0),
            _ => 0.0,
        }
    }

    /// Between pixels.
    #[expect(clippy::cast_possible_truncation, reason = "places on a canvas")]
    #[expect(clippy::cast_precision_loss, reason = "places on a canvas")]
    fn sample(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor() as isize, y.floor() as isize);
        let (right, down) = (x - left as f32, y - top as f32);
        let upper = self.at(left, top) * (1.0 - right) + self.at(left + 1, top) * right;
        let lower = self.at(left, top + 1) * (1.0 - right) + self.at(left + 1, top + 1) * right;
        upper * (1.0 - down) + lower * down
    }

    /// A frame along the edge, `thickness` wide.
    pub(crate) fn outline(&mut self, thickness: usize) {
        for y in 0..self.height {
            for x in 0..self.width {
                let inside = (thickness..self.width.saturating_sub(thickness)).contains(&x)
                    && (thickness..self.height.saturating_sub(thickness)).contains(&y);
                if !inside {
                    self.add(x, y, 1.0);
                }
            }
        }
    }
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32, colour: Colour) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self { width, height, pixels: vec![colour; width * height] }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pixels.as_flattened().to_vec()
    }

    #[cfg(test)]
    pub(crate) fn at(&self, x: usize, y: usize) -> Colour {
        self.pixels[y * self.width + x]
    }

    pub(crate) fn set(&mut self, x: usize, y: usize, colour: Colour) {
        if x < self.width
            && let Some(pixel) = self.pixels.get_mut(y * self.width + x)
        {
            *pixel = colour;
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, cover: f32) {
        if x < self.width
            && cover > 0.0
            && let Some(pixel) = self.pixels.get_mut(y * self.width + x)
        {
            for (old, new) in pixel.iter_mut().zip(colour) {
                *old = mixed(*old, new, cover);
            }
        }
    }

    pub(crate) fn fill(&mut self, area: Area, colour: Colour) {
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                self.set(x, y, colour);
            }
        }
    }

    /// A box with round corners.
    #[expect(clippy::cast_precision_loss, reason = "places on a canvas")]
    pub(crate) fn round_box(&mut self, area: Area, radius: f32, colour: Colour) {
        let (width, height) = (area.width as f32, area.height as f32);
        for y in 0..area.height {
            for x in 0..area.width {
                let (middle_x, middle_y) = (x as f32 + 0.5, y as f32 + 0.5);
                let beyond_x = (radius - middle_x).max(middle_x - (width - radius)).max(0.0);
                let beyond_y = (radius - middle_y).max(middle_y - (height - radius)).max(0.0);
                let distance = beyond_x.hypot(beyond_y);
                self.blend(area.x + x, area.y + y, colour, (radius - distance + 0.5).clamp(0.0, 1.0));
            }
        }
    }

    /// Paints a mask with its left upper corner at a place.
    pub(crate) fn paint(&mut self, mask: &Mask, x: usize, y: usize, colour: Colour, strength: f32) {
        for row in 0..mask.height {
            for column in 0..mask.width {
                let cover = mask.cover.get(row * mask.width + column).copied().unwrap_or(0.0);
                self.blend(x + column, y + row, colour, cover * strength);
            }
        }
    }

    /// Paints a mask turned by `angle` (radians, clockwise) about its middle, which comes to lie at `middle`; only inside `area`.
    #[expect(clippy::cast_precision_loss, reason = "places on a canvas")]
    pub(crate) fn paint_turned(
        &mut self,
        mask: &Mask,
        middle: (f32, f32),
        angle: f32,
        area: Area,
        colour: Colour,
        strength: f32,
    ) {
        let (sine, cosine) = angle.sin_cos();
        let (half_width, half_height) = (mask.width as f32 / 2.0, mask.height as f32 / 2.0);
        for y in area.y..(area.y + area.height).min(self.height) {
            for x in area.x..(area.x + area.width).min(self.width) {
                let (dx, dy) = (x as f32 + 0.5 - middle.0, y as f32 + 0.5 - middle.1);
                let across = dx * cosine + dy * sine + half_width - 0.5;
                let down = dy * cosine - dx * sine + half_height - 0.5;
                let outside =
                    across < -1.0 || down < -1.0 || across > mask.width as f32 || down > mask.height as f32;
                if !outside {
                    self.blend(x, y, colour, mask.sample(across, down) * strength);
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
pub(crate) fn mixed(old: u8, new: u8, share: f32) -> u8 {
    (f32::from(old) * (1.0 - share) + f32::from(new) * share).round().clamp(0.0, 255.0) as u8
}
