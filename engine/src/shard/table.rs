//! The users of one shard: a hash table of packed users, and which of them changed.
//!
//! A slot is one fat pointer and a control byte; the name is inside the allocation and hashed again
//! where the table grows.

use hashbrown::HashTable;

use crate::user::{PackedUser, User};
use crate::{NodeKey, UserId};

/// What the system's allocator adds to an allocation: a header of 8, rounded up to 16, 32 at least.
fn allocated(bytes: usize) -> usize {
    (bytes + 8).next_multiple_of(16).max(32)
}

/// Users by name.
#[derive(Debug)]
pub(super) struct UserTable {
    key: NodeKey,
    table: HashTable<PackedUser>,
    /// Names of users that are marked as changed, each once.
    changed: Vec<UserId>,
    allocated: usize,
    buffer: Vec<u8>,
}

impl UserTable {
    pub fn new(key: NodeKey) -> Self {
        let (table, changed, buffer) = (HashTable::new(), Vec::new(), Vec::new());
        Self { key, table, changed, allocated: 0, buffer }
    }

    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes of all users and of the table, allocator overhead included.
    pub fn bytes(&self) -> usize {
        self.allocated + self.table.allocation_size()
    }

    pub fn get(&self, user_hash: u64, id: &str) -> Option<&PackedUser> {
        self.table.find(user_hash, |user| user.is_named(id))
    }

    /// Unpacks the user into `into`; a user not known is an empty one.
    pub fn load(&self, user_hash: u64, id: &str, into: &mut User) {
        match self.get(user_hash, id) {
            Some(packed) => packed.unpack(into),
            None => into.clear(),
        }
    }

    /// Packs the user into their place and marks them as changed.
    pub fn store(&mut self, user_hash: u64, id: &UserId, user: &User) {
        let buffer = &mut self.buffer;
        if let Some(packed) = self.table.find_mut(user_hash, |user| user.is_named(id.as_str())) {
            self.allocated -= allocated(packed.bytes());
            packed.repack(user, buffer);
            self.allocated += allocated(packed.bytes());
            if packed.mark_changed() {
                self.changed.push(id.clone());
            }
            return;
        }
        let mut packed = PackedUser::pack(id.as_str(), user, buffer);
        packed.mark_changed();
        self.changed.push(id.clone());
        self.insert(user_hash, packed);
    }

    /// Puts a row, as bytes, where a user of this hash is; nobody's row is let go.
    pub fn put_row(&mut self, user_hash: u64, row: &[u8]) {
        let key = self.key;
        let is_hashed = |user: &PackedUser| key.user_hash(&UserId::new(user.id())) == user_hash;
        let Some(packed) = self.table.find_mut(user_hash, is_hashed) else { return };
        self.allocated -= allocated(packed.bytes());
        packed.put_row(row);
        self.allocated += allocated(packed.bytes());
        if packed.mark_changed() {
            self.changed.push(UserId::new(packed.id()));
        }
    }

    /// Puts in a user out of a checkpoint.
    pub fn restore(&mut self, packed: PackedUser) {
        let user_hash = self.key.user_hash(&UserId::new(packed.id()));
        self.insert(user_hash, packed);
    }

    /// Puts in a user out of a checkpoint that the next one must hold in another form.
    pub fn restore_changed(&mut self, mut packed: PackedUser) {
        if packed.mark_changed() {
            self.changed.push(UserId::new(packed.id()));
        }
        self.restore(packed);
    }

    /// Users that changed since this was last asked, in order of name.
    pub fn take_changed(&mut self) -> Vec<(UserId, Vec<u8>)> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        let entries = changed.into_iter().filter_map(|id| {
            let hash = self.key.user_hash(&id);
            let packed = self.table.find_mut(hash, |user| user.is_named(id.as_str()))?;
            packed.mark_saved();
            Some((id, packed.to_checkpoint()))
        });
        entries.collect()
    }

    /// Every user's name, in no order.
    pub fn ids(&self) -> Vec<UserId> {
        self.table.iter().map(|user| UserId::new(user.id())).collect()
    }

    /// Every user, in order of name.
    pub fn sorted(&self) -> Vec<&PackedUser> {
        let mut users: Vec<&PackedUser> = self.table.iter().collect();
        users.sort_unstable_by_key(|user| user.id());
        users
    }

    fn insert(&mut self, user_hash: u64, packed: PackedUser) {
        self.allocated += allocated(packed.bytes());
        let key = self.key;
        let rehash = |user: &PackedUser| key.user_hash(&UserId::new(user.id()));
        self.table.insert_unique(user_hash, packed, rehash);
    }
}
