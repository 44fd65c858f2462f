//! The candidates of one request: taken from the sources, passed through the gate, each once.
//!
//! Filters are asked while candidates are taken, not after: a source whose first hundred are all seen
//! goes on to its second hundred.
//!
//! Not here: scores.

use rustc_hash::FxHashMap;

use crate::ItemIndex;
use crate::ranking::gate::{Gate, Verdict};
use crate::ranking::request::{CandidatePool, RankRequest};
use crate::retrieval::{Query, Retriever};

/// Rows of the catalogue that are looked at, newest first, where every source together gives too few.
const LAST_RESORT_ROWS: usize = 4_096;

/// The candidates that passed, in the order in which they were found.
#[derive(Debug)]
pub(crate) struct Candidates<'a> {
    pub gate: Gate<'a>,
    pub passed: Vec<ItemIndex>,
    judged: FxHashMap<ItemIndex, Verdict>,
}

impl<'a> Candidates<'a> {
    /// The candidates of `request`: its own, or what `sources` retrieve.
    pub fn gather(
        request: &RankRequest,
        gate: Gate<'a>,
        query: &Query,
        sources: &[&dyn Retriever],
    ) -> Self {
        let mut candidates =
            Self { gate, passed: Vec::with_capacity(512), judged: FxHashMap::default() };
        candidates.judged.reserve(1_024);
        match request.pool {
            CandidatePool::Given(items) => candidates.take(items.iter().copied(), items.len()),
            CandidatePool::Retrieve => {
                candidates.take(query.demanded.iter().copied(), usize::MAX);
                for source in sources {
                    let quota = request.scenario.sources.quota(source.source());
                    if source.has_own_share() {
                        candidates.take_unknown(source.candidates(), quota);
                    } else {
                        candidates.take(source.candidates(), quota);
                    }
                }
                candidates.fill(request.limit, query, sources);
            }
        }
        candidates
    }

    /// Takes items until `quota` of them passed, those found before among them.
    fn take(&mut self, items: impl Iterator<Item = ItemIndex>, quota: usize) {
        let mut left = quota;
        for item in items {
            if left == 0 {
                break;
            }
            if self.consider(item) == Verdict::Passed {
                left -= 1;
            }
        }
    }

    /// Takes items that no source has found until `quota` of them passed.
    fn take_unknown(&mut self, items: impl Iterator<Item = ItemIndex>, quota: usize) {
        let mut left = quota;
        for item in items {
            if left == 0 {
                break;
            }
            if !self.judged.contains_key(&item) && self.consider(item) == Verdict::Passed {
                left -= 1;
            }
        }
    }

    /// Where there are fewer candidates than places: all that the sources have, then the newest rows.
    fn fill(&mut self, limit: usize, query: &Query, sources: &[&dyn Retriever]) {
        for source in sources {
            if limit <= self.passed.len() {
                return;
            }
            self.take(source.candidates(), usize::MAX);
        }
        let rows = (0..query.activity.items() as u32).rev().map(ItemIndex);
        for item in rows.take(LAST_RESORT_ROWS) {
            if limit <= self.passed.len() {
                return;
            }
            let _ = self.consider(item);
        }
    }

    fn consider(&mut self, item: ItemIndex) -> Verdict {
        if let Some(verdict) = self.judged.get(&item) {
            return *verdict;
        }
        let verdict = self.gate.judge(item);
        self.judged.insert(item, verdict);
        if verdict == Verdict::Passed {
            self.passed.push(item);
        }
        verdict
    }
}
