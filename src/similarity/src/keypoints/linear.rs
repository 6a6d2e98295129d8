//! Small systems of linear equations: at most 8 unknowns, so plain elimination beats a library.

/// Solves `matrix · x = right` by Gauss elimination with partial pivoting. None where the matrix is singular or a number is not finite.
#[expect(clippy::needless_range_loop, reason = "two rows of one matrix at a time")]
pub(crate) fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    let scale = matrix.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
    if !scale.is_finite() || scale == 0.0 {
        return None;
    }
    for column in 0..N {
        let pivot =
            (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() < scale * 1e-13 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..N {
            let factor = matrix[row][column] / matrix[column][column];
            if factor != 0.0 {
                for at in column..N {
                    matrix[row][at] -= factor * matrix[column][at];
                }
                right[row] -= factor * right[column];
            }
        }
    }
    let mut answer = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|at| matrix[row][at] * answer[at]).sum();
        answer[row] = (right[row] - known) / matrix[row][row];
    }
    answer.iter().all(|value| value.is_finite()).then_some(answer)
}
