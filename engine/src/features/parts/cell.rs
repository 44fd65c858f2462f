//! Count, sum, least and greatest of some events: the content of a tile.

use crate::features::bytes::{SUM_BYTES, get_i64, get_sum, get_u32, put_i64, put_sum, put_u32};

const COUNT_BYTES: usize = 4;

/// What is kept besides the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The sum.
    pub sum: bool,
    /// The least number.
    pub least: bool,
    /// The greatest number.
    pub greatest: bool,
}

/// What cells say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Events.
    pub count: u64,
    /// Their sum in millionths; 0 where it is not kept.
    pub sum: i128,
    /// The least, where kept and there is any event.
    pub least: Option<i64>,
    /// The greatest, where kept and there is any event.
    pub greatest: Option<i64>,
}

impl Shape {
    /// Bytes of a cell.
    #[must_use]
    pub const fn bytes(self) -> usize {
        let numbers = self.least as usize + self.greatest as usize;
        COUNT_BYTES + self.sum as usize * SUM_BYTES + numbers * 8
    }

    /// What is kept by either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum || other.sum,
            least: self.least || other.least,
            greatest: self.greatest || other.greatest,
        }
    }

    /// Counts one event.
    #[inline]
    pub fn add(self, cell: &mut [u8], number: i64) {
        let before = get_u32(cell, 0);
        put_u32(cell, 0, before.saturating_add(1));
        if self.sum {
            put_sum(cell, COUNT_BYTES, get_sum(cell, COUNT_BYTES) + i128::from(number));
        }
        self.stretch(cell, before == 0, number, number);
    }

    /// Adds the events of another cell.
    pub fn merge(self, cell: &mut [u8], other: &[u8]) {
        let (before, more) = (get_u32(cell, 0), get_u32(other, 0));
        if more == 0 {
            return;
        }
        put_u32(cell, 0, before.saturating_add(more));
        if self.sum {
            let sum = get_sum(cell, COUNT_BYTES) + get_sum(other, COUNT_BYTES);
            put_sum(cell, COUNT_BYTES, sum);
        }
        let (least, greatest) = self.extremes(other);
        self.stretch(cell, before == 0, least, greatest);
    }

    /// Adds what the cell holds to `into`.
    #[inline]
    pub fn gather(self, cell: &[u8], into: &mut Gathered) {
        let count = get_u32(cell, 0);
        if count == 0 {
            return;
        }
        into.count += u64::from(count);
        if self.sum {
            into.sum += get_sum(cell, COUNT_BYTES);
        }
        let (least, greatest) = self.extremes(cell);
        if self.least {
            into.least = Some(into.least.map_or(least, |it| it.min(least)));
        }
        if self.greatest {
            into.greatest = into.greatest.max(Some(greatest));
        }
    }

    const fn least_at(self) -> usize {
        COUNT_BYTES + self.sum as usize * SUM_BYTES
    }

    const fn greatest_at(self) -> usize {
        self.least_at() + self.least as usize * 8
    }

    fn extremes(self, cell: &[u8]) -> (i64, i64) {
        (get_i64(cell, self.least_at()), get_i64(cell, self.greatest_at()))
    }

    #[inline]
    fn stretch(self, cell: &mut [u8], was_empty: bool, least: i64, greatest: i64) {
        if self.least && (was_empty || least < get_i64(cell, self.least_at())) {
            put_i64(cell, self.least_at(), least);
        }
        if self.greatest && (was_empty || get_i64(cell, self.greatest_at()) < greatest) {
            put_i64(cell, self.greatest_at(), greatest);
        }
    }
}
