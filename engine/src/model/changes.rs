//! What was written in the item tables since the last publication, and since the last cut.
//!
//! A publication copies whole chunks, so it asks for chunks; a cut writes rows, because negatives drawn from all
//! items touch one row of a chunk and the fifteen others would be written for nothing.
//!
//! Not here: what is done about it (see `publication`, `checkpoint`).

use crate::model::chunk::ROWS;
use crate::model::items::Table;

/// Marks by chunk, and the lists of marked ones.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    marks: Vec<Marks>,
    unpublished: [Vec<u32>; 2],
    uncut: Vec<u32>,
}

/// Of one chunk.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    /// Rows written since the last cut, by table.
    rows: [u16; 2],
    /// Chunk written since the last publication, by table.
    chunk: [bool; 2],
    /// Rows of the last cut that are no more.
    left: bool,
    /// Whether it is in the list of those a cut must look at.
    listed: bool,
}

/// What a cut must know of one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncut {
    /// Which chunk.
    pub place: usize,
    /// Rows to write, by table.
    pub rows: [u16; 2],
    /// Whether all other rows are to be removed.
    pub left: bool,
}

impl Changes {
    /// Row `within` of chunk `place` was written.
    #[inline]
    pub fn wrote(&mut self, table: Table, place: usize, within: usize) {
        let marks = &mut self.marks[place];
        let number = table as usize;
        marks.rows[number] |= 1 << within;
        if !marks.chunk[number] {
            marks.chunk[number] = true;
            self.unpublished[number].push(place as u32);
        }
        if !marks.listed {
            marks.listed = true;
            self.uncut.push(place as u32);
        }
    }

    /// Chunk `place` came into being, every row as it starts.
    pub fn created(&mut self, place: usize) {
        self.publish(place);
    }

    /// Chunk `place` is no more.
    pub fn left(&mut self, place: usize) {
        self.publish(place);
        let marks = &mut self.marks[place];
        marks.rows = [0; 2];
        marks.left = true;
        if !marks.listed {
            marks.listed = true;
            self.uncut.push(place as u32);
        }
    }

    /// Every row of chunk `place` is written with the next cut.
    pub fn recut(&mut self, place: usize) {
        let marks = &mut self.marks[place];
        marks.rows = [u16::MAX; 2];
        if !marks.listed {
            marks.listed = true;
            self.uncut.push(place as u32);
        }
    }

    /// Chunks of `table` written since the last call.
    pub fn take_unpublished(&mut self, table: Table) -> Vec<u32> {
        let number = table as usize;
        let mut places = std::mem::take(&mut self.unpublished[number]);
        places.sort_unstable();
        for place in &places {
            self.marks[*place as usize].chunk[number] = false;
        }
        places
    }

    /// What was written since the last call, by chunk.
    pub fn take_uncut(&mut self) -> Vec<Uncut> {
        let mut places = std::mem::take(&mut self.uncut);
        places.sort_unstable();
        let take = |place: u32| {
            let place = place as usize;
            let marks = &mut self.marks[place];
            let uncut = Uncut { place, rows: marks.rows, left: marks.left };
            (marks.rows, marks.left, marks.listed) = ([0; 2], false, false);
            uncut
        };
        places.into_iter().map(take).collect()
    }

    fn publish(&mut self, place: usize) {
        if self.marks.len() <= place {
            self.marks.resize(place + 1, Marks::default());
        }
        for (marked, list) in self.marks[place].chunk.iter_mut().zip(&mut self.unpublished) {
            if !*marked {
                *marked = true;
                list.push(place as u32);
            }
        }
    }
}

impl Uncut {
    /// Whether row `within` of `table` is to be written.
    #[must_use]
    pub fn writes(&self, table: Table, within: usize) -> bool {
        debug_assert!(within < ROWS);
        self.rows[table as usize] & (1 << within) != 0
    }
}
