//! A borrowed picture: interleaved RGB8, rows without padding.

/// Why a slice of bytes is not a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes are not an RGB8 picture of {width}x{height}")]
pub struct PictureError {
    /// Bytes given.
    pub bytes: usize,
    /// Width said, in pixels.
    pub width: usize,
    /// Height said, in pixels.
    pub height: usize,
}

/// Interleaved RGB8 whose length is known to fit its width and height, neither of which is zero.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    rgb: &'a [u8],
    width: usize,
    height: usize,
}

impl std::fmt::Debug for Picture<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Picture({}x{})", self.width, self.height)
    }
}

impl<'a> Picture<'a> {
    /// Checks the length; `rgb` may not be longer or shorter than `width * height * 3`.
    ///
    /// # Errors
    /// The length does not fit, or a side is zero.
    pub fn new(rgb: &'a [u8], width: usize, height: usize) -> Result<Self, PictureError> {
        let wanted = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(3));
        if width == 0 || height == 0 || wanted != Some(rgb.len()) {
            return Err(PictureError { bytes: rgb.len(), width, height });
        }
        Ok(Self { rgb, width, height })
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// All bytes.
    #[must_use]
    pub const fn rgb(&self) -> &'a [u8] {
        self.rgb
    }

    /// The rectangle that covers everything.
    #[must_use]
    pub const fn whole(&self) -> Rectangle {
        Rectangle { left: 0, top: 0, width: self.width, height: self.height }
    }

    /// Bytes of `rectangle` in row `row` of it; the rectangle has to lie inside ([`Rectangle::within`]).
    pub(crate) fn row(&self, rectangle: Rectangle, row: usize) -> &'a [u8] {
        let start = ((rectangle.top + row) * self.width + rectangle.left) * 3;
        &self.rgb[start..start + rectangle.width * 3]
    }
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rectangle {
    /// Whether the rectangle has an area and lies inside a picture of this size.
    #[must_use]
    pub fn within(&self, width: usize, height: usize) -> bool {
        let fits = |start: usize, length: usize, side: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= side)
        };
        fits(self.left, self.width, width) && fits(self.top, self.height, height)
    }
}
