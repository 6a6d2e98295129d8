//! The eight ways to lay a picture: its transform only changes signs and places, so one transform serves all eight.

use super::hasher::Coefficients;

/// A symmetry of the square, in the reference's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// As it is.
    Original,
    /// Quarter turn.
    Rotate90,
    /// Half turn.
    Rotate180,
    /// Three quarter turns.
    Rotate270,
    /// Top and bottom exchanged (the reference's `flipX`: about the x axis).
    FlipX,
    /// Left and right exchanged: a mirrored copy (the reference's `flipY`).
    FlipY,
    /// About the main diagonal.
    FlipPlus1,
    /// About the other diagonal.
    FlipMinus1,
}

impl Orientation {
    /// All, in the order in which the reference lists them.
    pub const ALL: [Self; 8] = [
        Self::Original,
        Self::Rotate90,
        Self::Rotate180,
        Self::Rotate270,
        Self::FlipX,
        Self::FlipY,
        Self::FlipPlus1,
        Self::FlipMinus1,
    ];

    /// Whether rows and columns change places, and whether the sign of the coefficient that *was* in row `row` and column
    /// `column` changes. Slot 0 holds frequency 1, so an even slot is an odd, antisymmetric frequency.
    const fn moves(self, row: usize, column: usize) -> (bool, bool) {
        let (odd_row, odd_column) = (row.is_multiple_of(2), column.is_multiple_of(2));
        match self {
            Self::Original => (false, false),
            Self::Rotate90 => (true, odd_column),
            Self::Rotate180 => (false, odd_row != odd_column),
            Self::Rotate270 => (true, odd_row),
            Self::FlipX => (false, odd_row),
            Self::FlipY => (false, odd_column),
            Self::FlipPlus1 => (true, false),
            Self::FlipMinus1 => (true, odd_row != odd_column),
        }
    }

    pub(super) fn apply(self, coefficients: &Coefficients) -> Coefficients {
        let mut turned = [[0.0; 16]; 16];
        for (row, values) in coefficients.0.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let (transposed, negated) = self.moves(row, column);
                let value = if negated { -value } else { *value };
                if transposed {
                    turned[column][row] = value;
                } else {
                    turned[row][column] = value;
                }
            }
        }
        Coefficients(turned)
    }
}
