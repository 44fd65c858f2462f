//! How often each thing happened to impressions, and how long clicks took.
//!
//! Not here: metrics, which whoever applies records makes of these.

/// What became of impressions, and of events that might have answered one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinCounts {
    /// Settled by a click.
    pub clicked: u64,
    /// Settled by the end of their window.
    pub unclicked: u64,
    /// Settled by a negative event.
    pub skipped: u64,
    /// Clicks after the window: unclicked ones that were corrected.
    pub late: u64,
    /// Further goals of what was clicked.
    pub goals: u64,
    /// Clicks that answered nothing that was shown.
    pub organic: u64,
    /// Impressions that were still waiting when their list had to make room.
    pub expired: u64,
    /// Events that name a list that is not kept any more, or never was.
    pub gone: u64,
    /// Events that name another user's list.
    pub foreign: u64,
    /// Events that name a list that the item is not in.
    pub stray: u64,
    /// How long each click came after its impression, in milliseconds of event time.
    pub waits_ms: Vec<u64>,
}

impl JoinCounts {
    /// Adds what another one counted.
    pub fn add(&mut self, other: Self) {
        let counts = self.named_mut();
        for (count, (_, more)) in counts.into_iter().zip(other.named()) {
            *count += more;
        }
        self.waits_ms.extend(other.waits_ms);
    }

    /// The counts with their names in metrics.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("clicked", self.clicked),
            ("unclicked", self.unclicked),
            ("skipped", self.skipped),
            ("late", self.late),
            ("goal", self.goals),
            ("organic", self.organic),
            ("expired", self.expired),
            ("gone", self.gone),
            ("foreign", self.foreign),
            ("stray", self.stray),
        ]
    }

    fn named_mut(&mut self) -> [&mut u64; 10] {
        [
            &mut self.clicked,
            &mut self.unclicked,
            &mut self.skipped,
            &mut self.late,
            &mut self.goals,
            &mut self.organic,
            &mut self.expired,
            &mut self.gone,
            &mut self.foreign,
            &mut self.stray,
        ]
    }
}
