//! A set of event types, as 256 bits.

use bincode::{Decode, Encode};

use super::TypeFilter;
use crate::{EventTypeId, EventTypes, Role};

/// Which event types belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct TypeMask([u64; 4]);

impl TypeMask {
    /// The types that `filter` means under the table `types`.
    #[must_use]
    pub fn of(filter: &TypeFilter, types: &EventTypes) -> Self {
        let mut mask = Self::default();
        match filter {
            TypeFilter::Only(ids) => ids.iter().for_each(|id| mask.insert(*id)),
            TypeFilter::Reactions => types
                .iter()
                .filter(|(_, spec)| spec.role != Role::Impression)
                .for_each(|(id, _)| mask.insert(id)),
        }
        mask
    }

    /// Whether the type belongs.
    #[must_use]
    pub fn contains(&self, id: EventTypeId) -> bool {
        self.0[usize::from(id.0 >> 6)] >> (id.0 & 63) & 1 == 1
    }

    /// These types.
    #[must_use]
    pub fn of_ids(ids: impl IntoIterator<Item = EventTypeId>) -> Self {
        let mut mask = Self::default();
        ids.into_iter().for_each(|id| mask.insert(id));
        mask
    }

    /// Whether no type belongs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The types that belong, in order.
    pub fn iter(&self) -> impl Iterator<Item = EventTypeId> + '_ {
        (0..=u8::MAX).map(EventTypeId).filter(|id| self.contains(*id))
    }

    /// The bits, for a fingerprint.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (word, place) in self.0.iter().zip(bytes.chunks_exact_mut(8)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    fn insert(&mut self, id: EventTypeId) {
        self.0[usize::from(id.0 >> 6)] |= 1 << (id.0 & 63);
    }
}
