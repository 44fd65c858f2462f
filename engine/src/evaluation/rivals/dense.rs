//! The inverse of a symmetric positive definite matrix.
//!
//! The sweep operator (Goodnight, 1979), a block of pivots at a time: the matrix stays symmetric throughout, so that only its lower
//! triangle is touched, and sweeping all pivots leaves minus the inverse.

/// Pivots swept at once.
const BLOCK: usize = 64;
/// Columns that are worked on while they are in registers.
const TILE: usize = 16;

/// A square matrix, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Square {
    size: usize,
    cells: Vec<f32>,
}

impl Square {
    /// A matrix of zeros.
    #[must_use]
    pub fn zeros(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Rows and columns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// A row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    /// A row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.cells[row * self.size..(row + 1) * self.size]
    }

    /// Replaces the matrix, of which the lower triangle is read, by its inverse; `false` where it is not positive
    /// definite, which leaves it without meaning.
    #[must_use]
    pub fn invert(&mut self) -> bool {
        let mut first = 0;
        while first < self.size {
            let last = (first + BLOCK).min(self.size);
            if !self.sweep(first, last) {
                return false;
            }
            first = last;
        }
        for row in 0..self.size {
            for column in 0..=row {
                let value = -self.cells[row * self.size + column];
                self.cells[row * self.size + column] = value;
                self.cells[column * self.size + row] = value;
            }
        }
        true
    }

    /// Sweeps the pivots from `first` to `last`.
    fn sweep(&mut self, first: usize, last: usize) -> bool {
        let width = last - first;
        // The pivots' columns in full, and the same times the inverse of the pivots' own block.
        let panel = self.panel(first, last);
        let mut block: Vec<f32> = panel[first * width..last * width].to_vec();
        if !invert_small(&mut block, width) {
            return false;
        }
        let mut scaled = vec![0.0; self.size * width];
        for (from, into) in panel.chunks_exact(width).zip(scaled.chunks_exact_mut(width)) {
            for (value, row) in from.iter().zip(block.chunks_exact(width)) {
                for (sum, cell) in into.iter_mut().zip(row) {
                    *sum += value * cell;
                }
            }
        }
        self.take_off(&panel, &scaled, width);
        for row in 0..self.size {
            for pivot in first..last {
                let value = match row {
                    inside if (first..last).contains(&inside) => {
                        -block[(inside - first) * width + pivot - first]
                    }
                    outside => scaled[outside * width + pivot - first],
                };
                let (low, high) = (row.min(pivot), row.max(pivot));
                self.cells[high * self.size + low] = value;
            }
        }
        true
    }

    /// The columns from `first` to `last`, row by row.
    fn panel(&self, first: usize, last: usize) -> Vec<f32> {
        let cell =
            |row: usize, column: usize| self.cells[row.max(column) * self.size + row.min(column)];
        let rows = 0..self.size;
        rows.flat_map(|row| (first..last).map(move |column| cell(row, column))).collect()
    }

    /// Takes `left · rightᵀ` off the lower triangle, a strip of columns at a time.
    fn take_off(&mut self, left: &[f32], right: &[f32], width: usize) {
        let size = self.size;
        let mut strip = vec![[0.0; TILE]; width];
        for start in (0..size).step_by(TILE) {
            fill_strip(&mut strip, &right[start * width..], width);
            for row in start..size {
                let weights = &left[row * width..(row + 1) * width];
                let mut sums = [0.0; TILE];
                for (weight, values) in weights.iter().zip(&strip) {
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += weight * value;
                    }
                }
                let last = (start + TILE).min(row + 1);
                let cells = &mut self.cells[row * size + start..row * size + last];
                for (cell, sum) in cells.iter_mut().zip(sums) {
                    *cell -= sum;
                }
            }
        }
    }
}

/// The first rows of `rows`, [`TILE`] of them, column by column.
fn fill_strip(strip: &mut [[f32; TILE]], rows: &[f32], width: usize) {
    for (place, row) in rows.chunks_exact(width).take(TILE).enumerate() {
        for (column, value) in strip.iter_mut().zip(row) {
            column[place] = *value;
        }
    }
}

/// The same for a block, pivot by pivot.
fn invert_small(cells: &mut [f32], size: usize) -> bool {
    for pivot in 0..size {
        let own = cells[pivot * size + pivot];
        if !(f32::MIN_POSITIVE..f32::INFINITY).contains(&own) {
            return false;
        }
        let row: Vec<f32> = cells[pivot * size..(pivot + 1) * size].to_vec();
        for (place, into) in cells.chunks_exact_mut(size).enumerate() {
            if place == pivot {
                for (cell, value) in into.iter_mut().zip(&row) {
                    *cell = value / own;
                }
                into[pivot] = 1.0 / own;
            } else {
                let weight = into[pivot] / own;
                for (cell, value) in into.iter_mut().zip(&row) {
                    *cell -= weight * value;
                }
                into[pivot] = -weight;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
