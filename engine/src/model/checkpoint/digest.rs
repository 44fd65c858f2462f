//! One number for all that training reads.
//!
//! **Invariant:** learners of equal digests give equal parameters for equal samples from here on.
//!
//! Not here: what was published or cut, which training never reads.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::ItemIndex;
use crate::model::checkpoint::header::Header;
use crate::model::checkpoint::{TABLES, row};
use crate::model::chunk::ROWS;
use crate::model::learner::Learner;

impl Learner {
    /// A digest of everything that training reads: tables, shared weights, counters, draws, buffered users' rows.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        hasher.write_u64(self.digest_of_tables());
        for (user, held) in self.users.all() {
            hasher.write_u64(user);
            hasher.write(&row::user(held));
        }
        hasher.finish()
    }

    /// The same without the users' rows: they are here or with their shards, which depends on when they were
    /// published and let go.
    #[must_use]
    pub fn digest_of_tables(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        let mut header = Header::of(self);
        header.forget_published();
        hasher.write(&header.bytes());
        hasher.write_u32(self.items.squares.unit().to_bits());
        for item in self.items.known() {
            hasher.write_u32(item.0);
        }
        hasher.write(&row::block(self.recent.slots()));
        self.described.digest(&mut hasher);
        for place in 0..self.items.slots.len() {
            for table in TABLES {
                for within in 0..ROWS {
                    let item = ItemIndex((place * ROWS + within) as u32);
                    let bytes = row::of(&self.items, table, item);
                    hasher.write(bytes.as_deref().unwrap_or_default());
                }
            }
        }
        self.click.digest(&mut hasher);
        hasher.finish()
    }
}
