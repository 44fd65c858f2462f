//! How much a user's choice adds to an item's popularity: a repeat within the hour half of the one before.
//!
//! Networks are held to the same, but that many people may share one: their first eight choices count in full.
//!
//! Per item the newest eight users are remembered, with when each last chose it and how often in a row with
//! less than an hour between. So whoever chooses one item again and again adds two at the most, and
//! on an item busier than that is one in nine at the most.
//!
//! **Invariant:** constant memory, and nothing but the order of the events decides.
//!
//! Not here: what one user or network may do in all (see [`crate::user::influence`] and [`super::origins`]); trends,
//! which have a rule of their own.

use bincode::{Decode, Encode};

use crate::Timestamp;

/// Users remembered per item.
const USERS: usize = 8;
/// After this long without a choice a user counts in full again.
const REST_MINUTES: u32 = 60;
/// Halving stops here: what is left adds nothing to a sum of 32 bits.
const MOST_TIMES: u8 = 24 + FREE_OF_NETWORK;
/// Repeats of a network that count in full.
const FREE_OF_NETWORK: u8 = 7;

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
        (-f32::from(self.repeats(user_hash, at))).exp2()
    }

    /// What a choice at `at` out of the network with this hash counts.
    #[must_use]
    pub fn weigh_network(&mut self, origin: u32, at: Timestamp) -> f32 {
        (-f32::from(self.repeats(u64::from(origin), at).saturating_sub(FREE_OF_NETWORK))).exp2()
    }

    /// How often in a row there was one before.
    fn repeats(&mut self, user_hash: u64, at: Timestamp) -> u8 {
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
        self.times[0]
    }
}

#[cfg(test)]
mod tests;
