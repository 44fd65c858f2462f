//! How much a user's choice adds to an item's popularity: a repeat within the hour half of the one before.
//!
//! Per item the newest eight users are remembered, with when each last chose it and how often in a row with
//! less than an hour between. So whoever chooses one item again and again adds two at the most, and
//! on an item busier than that is one in nine at the most.
//!
//! **Invariant:** constant memory, and nothing but the order of the events decides.
//!
//! Not here: neighbours and windows, which count every choice; trends, which have a rule of their own.

use bincode::{Decode, Encode};

use crate::Timestamp;

/// Users remembered per item.
const USERS: usize = 8;
/// After this long without a choice a user counts in full again.
const REST_MINUTES: u32 = 60;
/// Halving stops here: what is left adds nothing to a sum of 32 bits.
const MOST_TIMES: u8 = 24;

/// One item's newest users, newest first; the user 0 is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Regulars {
    users: [u32; USERS],
    /// Minute of each one's last choice.
    minutes: [u32; USERS],
    /// Choices of each before, in a row.
    times: [u8; USERS],
}

impl Regulars {
    /// What a choice at `at` by the user with this hash counts: 1, or less for a repeat.
    #[must_use]
    pub fn weigh(&mut self, user_hash: u64, at: Timestamp) -> f32 {
        let user = (user_hash as u32).max(1);
        let minute = u32::try_from(at.as_millis() / 60_000).unwrap_or(u32::MAX);
        let known = self.users.iter().position(|other| *other == user);
        let place = known.unwrap_or(USERS - 1);
        let (last, times) = (self.minutes[place], self.times[place]);
        let repeats = known.is_some() && minute.saturating_sub(last) < REST_MINUTES;
        self.users[..=place].rotate_right(1);
        self.minutes[..=place].rotate_right(1);
        self.times[..=place].rotate_right(1);
        self.users[0] = user;
        self.minutes[0] = if known.is_some() { minute.max(last) } else { minute };
        self.times[0] = if repeats { (times + 1).min(MOST_TIMES) } else { 0 };
        (-f32::from(self.times[0])).exp2()
    }
}

#[cfg(test)]
mod tests;
