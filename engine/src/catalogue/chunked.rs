//! A growing table of rows in shared chunks: publishing copies pointers, writing copies one chunk.
//!
//! Rows lie in chunks of `ROWS`, chunks in pages of [`PAGE`]. A clone copies one pointer a page (244
//! for a million rows in chunks of 16). The first write into a chunk that a clone still shares copies that chunk and its
//! page; later writes go straight in. So a publish costs what has changed since the last one.
//!
//! **Invariant:** a clone never sees a write made after it was taken.
//!
//! Not here: removing rows; dense numbers stay taken.

use std::sync::Arc;

/// Chunks in one page.
pub const PAGE: usize = 256;

type Chunk<T, const ROWS: usize> = Arc<[T; ROWS]>;
type Page<T, const ROWS: usize> = Arc<Vec<Chunk<T, ROWS>>>;

/// Rows by dense number; one write copies `ROWS` of them at most.
#[derive(Debug)]
pub struct Chunked<T, const ROWS: usize = 16> {
    pages: Vec<Page<T, ROWS>>,
    len: usize,
    copied_bytes: u64,
}

impl<T, const ROWS: usize> Clone for Chunked<T, ROWS> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), len: self.len, copied_bytes: self.copied_bytes }
    }
}

impl<T, const ROWS: usize> Default for Chunked<T, ROWS> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0, copied_bytes: 0 }
    }
}

impl<T: Clone + Default, const ROWS: usize> Chunked<T, ROWS> {
    const PAGE_ROWS: usize = ROWS * PAGE;

    /// Rows that exist.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row `index`; `None` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        if self.len <= index {
            return None;
        }
        let chunk = self.pages.get(index / Self::PAGE_ROWS)?.get(index % Self::PAGE_ROWS / ROWS)?;
        chunk.get(index % ROWS)
    }

    /// The row `index`, to be changed; missing rows up to it come into being first.
    pub fn row_mut(&mut self, index: usize) -> &mut T {
        self.grow(index + 1);
        let page = Arc::make_mut(&mut self.pages[index / Self::PAGE_ROWS]);
        let chunk = &mut page[index % Self::PAGE_ROWS / ROWS];
        if Arc::strong_count(chunk) != 1 {
            self.copied_bytes += size_of::<[T; ROWS]>() as u64;
        }
        &mut Arc::make_mut(chunk)[index % ROWS]
    }

    /// Every row with its number, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let rows = self.pages.iter().flat_map(|page| page.iter()).flat_map(|chunk| chunk.iter());
        rows.take(self.len).enumerate()
    }

    /// Bytes of the chunks copied so far because a clone still held them.
    #[must_use]
    pub fn copied_bytes(&self) -> u64 {
        self.copied_bytes
    }

    fn grow(&mut self, len: usize) {
        if len <= self.len {
            return;
        }
        while self.pages.len() * Self::PAGE_ROWS < len {
            self.pages.push(Arc::new(Vec::new()));
        }
        let chunks = len.div_ceil(ROWS);
        for (place, page) in self.pages.iter_mut().enumerate().skip(self.len / Self::PAGE_ROWS) {
            let wanted = chunks.saturating_sub(place * PAGE).min(PAGE);
            if page.len() < wanted {
                let page = Arc::make_mut(page);
                page.resize_with(wanted, || Arc::new(std::array::from_fn(|_| T::default())));
            }
        }
        self.len = len;
    }
}

#[cfg(test)]
mod tests;
