//! Records as version 3 wrote them, only read; and served lists as versions 2 and 3 and the checkpoints of their time hold
//! them.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::old::OldRecord;
use super::{Event, ItemDoc, Served, ServedItem};
use crate::model::versions::ModelCommand;
use crate::{ItemIndex, RecommendationId, Timestamp, UserId};

/// A record of version 3.
pub(super) type RecordV3 = OldRecord<Event, ServedV3, ItemDoc, ModelCommand>;

/// A list without declared features.
#[derive(Decode)]
pub(crate) struct ServedV3 {
    id: RecommendationId,
    user: UserId,
    scenario: Box<str>,
    at: Timestamp,
    rung: u8,
    revision: u64,
    items: Vec<ServedItem>,
    model_revision: u64,
    version: u32,
    exploration: u8,
    given: bool,
    fields: Vec<(u8, u32)>,
    explored: Vec<(u16, ItemIndex)>,
}

impl From<ServedV3> for Served {
    fn from(old: ServedV3) -> Self {
        Self {
            id: old.id,
            user: old.user,
            scenario: old.scenario,
            at: old.at,
            rung: old.rung,
            revision: old.revision,
            items: old.items,
            model_revision: old.model_revision,
            version: old.version,
            exploration: old.exploration,
            given: old.given,
            fields: old.fields,
            explored: old.explored,
            declared: None,
        }
    }
}
