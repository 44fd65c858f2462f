//! What one click does to the next list of the same user, everything else being equal.
//!
//! A probe asks for a list before the event and again once the user's state holds it, from the same published tables, so
//! that nothing but the click can make a difference. The clicked item itself does not count. The null asks
//! twice without a click: it must change nothing.
//!
//! Same category as the clicked item: at least half of all categories of the two are shared (Jaccard).

use rustc_hash::FxHashSet;

use crate::activity::ActivityView;
use crate::catalogue::ItemColumns;
use crate::{CategoryId, ItemIndex};

/// Means over the probes of one method.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reaction {
    /// Probes made.
    pub probes: u64,
    /// Share of the list that one click replaced.
    pub replaced: f64,
    /// Share of the list that the same request without a click replaced.
    pub null: f64,
    /// Probes whose clicked item has categories.
    pub in_categories: u64,
    /// Of those: share of the list in the clicked item's category, before the click.
    pub same_before: f64,
    /// And after it.
    pub same_after: f64,
}

/// Lists of one probe.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The item clicked.
    pub clicked: ItemIndex,
    /// The list before the click.
    pub before: &'a [ItemIndex],
    /// The same request again.
    pub again: &'a [ItemIndex],
    /// The list after the click.
    pub after: &'a [ItemIndex],
}

impl Reaction {
    /// Adds a probe to the sums.
    pub(super) fn add(&mut self, probe: &Probe, activity: &ActivityView) {
        self.probes += 1;
        self.replaced += replaced(probe.before, probe.after, Some(probe.clicked));
        self.null += replaced(probe.before, probe.again, None);
        let clicked = categories(activity, probe.clicked);
        if !clicked.is_empty() {
            self.in_categories += 1;
            let share = |list| same_category(list, probe.clicked, clicked, activity);
            self.same_before += share(probe.before);
            self.same_after += share(probe.after);
        }
    }

    /// The sums as means.
    #[must_use]
    pub(super) fn means(self) -> Self {
        let (probes, in_categories) = (self.probes.max(1) as f64, self.in_categories.max(1) as f64);
        Self {
            replaced: self.replaced / probes,
            null: self.null / probes,
            same_before: self.same_before / in_categories,
            same_after: self.same_after / in_categories,
            ..self
        }
    }
}

/// The share of `before` that is not in `after`, `clicked` left out.
fn replaced(before: &[ItemIndex], after: &[ItemIndex], clicked: Option<ItemIndex>) -> f64 {
    let after: FxHashSet<ItemIndex> = after.iter().copied().collect();
    let held: Vec<_> = before.iter().filter(|item| Some(**item) != clicked).collect();
    let gone = held.iter().filter(|item| !after.contains(**item)).count();
    gone as f64 / held.len().max(1) as f64
}

/// The share of `list`, `clicked` left out, that is in the same category.
fn same_category(
    list: &[ItemIndex],
    clicked: ItemIndex,
    wanted: &[CategoryId],
    activity: &ActivityView,
) -> f64 {
    let others: Vec<_> = list.iter().filter(|item| **item != clicked).collect();
    let same = others.iter().filter(|item| alike(categories(activity, ***item), wanted)).count();
    same as f64 / others.len().max(1) as f64
}

/// Whether two sets of categories share at least half of what either has.
fn alike(one: &[CategoryId], other: &[CategoryId]) -> bool {
    let shared = one.iter().filter(|category| other.contains(category)).count();
    let all = one.len() + other.len() - shared;
    0 < all && all <= 2 * shared
}

fn categories(activity: &ActivityView, item: ItemIndex) -> &[CategoryId] {
    activity.columns(item).map(ItemColumns::categories).unwrap_or_default()
}

#[cfg(test)]
mod tests;
