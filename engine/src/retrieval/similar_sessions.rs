//! What sessions like the present one went on to, as shares: the VMIS-kNN source.
//!
//! **Invariant:** the same items and sessions give the same shares, bit for bit, whether asked of the state or of a view.
//!
//! Not here: how sessions are kept (see [`crate::activity::sessions`]).

use rustc_hash::FxHashMap;

use crate::ItemIndex;
use crate::activity::CovisitTable;
use crate::activity::sessions::{Session, Sessions};
use crate::model::numeric::ln;

/// How sessions are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionRule {
    /// Items of the present session that vote.
    pub items: usize,
    /// By how much an item's vote counts less than that of the one after it.
    pub fade: f32,
    /// Most similar sessions that are listened to.
    pub sessions: usize,
}

impl Default for SessionRule {
    fn default() -> Self {
        Self { items: 10, fade: 0.8, sessions: 100 }
    }
}

/// By how much less a session says for each place that the newest item it shares lies further back.
const STEP_BACK: f32 = 0.1;
/// The least of that.
const LEAST: f32 = 0.05;

/// A session that shares items with the present one.
#[derive(Clone, Copy, Debug)]
struct Similar {
    number: u32,
    votes: f32,
    /// Place of the newest item it shares.
    newest: u32,
}

/// What the sessions most like that of `recent` (each once, newest first) say of every item they hold, as a share of the
/// strongest, by item; sessions of the user `user_hash` are not asked.
#[must_use]
pub fn shares(
    user_hash: u64,
    recent: &[ItemIndex],
    table: &impl CovisitTable,
) -> Vec<(ItemIndex, f32)> {
    let Some((sessions, rule)) = table.sessions() else { return Vec::new() };
    let recent = &recent[..recent.len().min(rule.items)];
    let similar = most_similar(user_hash, recent, sessions, rule);
    let mut found = votes(&similar, sessions);
    let all = table.choices().max(1.0);
    for (item, votes) in &mut found {
        *votes *= 1.0 + ln((all / table.positives(*item)).max(1.0));
    }
    let highest = found.iter().fold(f32::MIN_POSITIVE, |most, (_, votes)| most.max(*votes));
    for (_, votes) in &mut found {
        *votes /= highest;
    }
    found.sort_unstable_by_key(|(item, _)| *item);
    found
}

fn most_similar(
    user_hash: u64,
    recent: &[ItemIndex],
    sessions: &Sessions,
    rule: SessionRule,
) -> Vec<Similar> {
    let mut places = FxHashMap::<u32, u32>::default();
    let mut similar = Vec::<Similar>::with_capacity(256);
    let mut weight = 1.0;
    for (newest, item) in (0u32..).zip(recent) {
        for number in sessions.of(*item) {
            let place = *places.entry(number).or_insert_with(|| {
                similar.push(Similar { number, votes: 0.0, newest });
                similar.len() as u32 - 1
            });
            similar[place as usize].votes += weight;
        }
        weight *= rule.fade;
    }
    similar.retain_mut(|one| {
        let session = sessions.get(one.number).filter(|session| session.user_hash() != user_hash);
        session.is_some_and(|session| {
            one.votes /= (session.len() as f32).sqrt();
            true
        })
    });
    let best = |a: &Similar, b: &Similar| b.votes.total_cmp(&a.votes).then(b.number.cmp(&a.number));
    if rule.sessions < similar.len() {
        similar.select_nth_unstable_by(rule.sessions, best);
        similar.truncate(rule.sessions);
    }
    similar.sort_unstable_by(best);
    similar
}

fn votes(similar: &[Similar], sessions: &Sessions) -> Vec<(ItemIndex, f32)> {
    let mut places = FxHashMap::<ItemIndex, u32>::default();
    let mut found = Vec::<(ItemIndex, f32)>::with_capacity(512);
    for one in similar {
        let near = (1.0 - STEP_BACK * one.newest as f32).max(LEAST);
        let vote = one.votes * one.votes * near;
        for item in sessions.get(one.number).into_iter().flat_map(Session::items) {
            let place = *places.entry(item).or_insert_with(|| {
                found.push((item, 0.0));
                found.len() as u32 - 1
            });
            found[place as usize].1 += vote;
        }
    }
    found
}

#[cfg(test)]
mod tests;
