//! Which sources are asked, and for how many candidates each.
//!
//! **Invariant:** a source that is switched off names nothing and adds nothing to a score.
//!
//! Not here: how candidates are taken (see `ranking::candidates`), reading a configuration.

use crate::retrieval::Source;

/// Some of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceSet([bool; Source::COUNT]);

impl SourceSet {
    /// Every source.
    pub const ALL: Self = Self([true; Source::COUNT]);

    /// Whether `source` is one of them.
    #[must_use]
    pub const fn holds(self, source: Source) -> bool {
        self.0[source.place()]
    }

    /// The others.
    #[must_use]
    pub const fn without(mut self, source: Source) -> Self {
        self.0[source.place()] = false;
        self
    }
}

/// Which sources are asked, and for how many candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRules {
    /// The sources that are.
    pub asked: SourceSet,
    /// Candidates that pass the filters, by source.
    pub quotas: [usize; Source::COUNT],
}

impl SourceRules {
    /// Candidates that are taken from `source`.
    #[must_use]
    pub const fn quota(&self, source: Source) -> usize {
        if self.asked.holds(source) { self.quotas[source.place()] } else { 0 }
    }
}

impl Default for SourceRules {
    fn default() -> Self {
        let quotas = Source::ALL.map(|source| match source {
            Source::Neighbours | Source::Popular => 150,
            Source::Session | Source::Category | Source::SimilarSessions => 60,
            Source::Trending | Source::Fresh | Source::Content => 20,
            Source::Model => 200,
            Source::Rooms => 100,
        });
        Self { asked: SourceSet::ALL, quotas }
    }
}

#[cfg(test)]
mod tests;
