//! Records of the versions before: they all have this shape, with events, lists, documents and commands of their own.
//!
//! **Invariant:** nothing here ever changes but by what a newer version lacks; the log of an older node is read by it.
//!
//! Not here: what these were like (see [`super::v1`], [`super::v2`], [`super::v3`]).

use bincode::Decode;

use super::{Event, ItemDoc, Record, RecordBody, Served};
use crate::model::versions::ModelCommand;
use crate::{ItemIndex, Sequence, ShardId, Timestamp, UserId};

/// A record of a version whose declarations were not logged yet.
#[derive(Decode)]
pub(super) struct OldRecord<E, S, D, M> {
    sequence: Sequence,
    body: OldBody<E, S, D, M>,
}

#[derive(Decode)]
enum OldBody<E, S, D, M> {
    Event { shard: ShardId, event: E },
    Served { shard: ShardId, served: S },
    ItemRegistered { item: ItemIndex, item_id: Box<str>, at: Timestamp },
    ItemPut { item: ItemIndex, doc: D, at: Timestamp },
    ItemDelete { item: ItemIndex, at: Timestamp },
    UserPut { shard: ShardId, user: UserId, profile: Box<str>, at: Timestamp },
    Tick { time: Timestamp },
    ConfigActivated { fingerprint: u64 },
    SetAside { sequence: Sequence, shard: ShardId },
    SourceProgress { source: u64, position: u64 },
    ModelTold { command: M, at: Timestamp },
}

impl<E, S, D, M> From<OldRecord<E, S, D, M>> for Record
where
    E: Into<Event>,
    S: Into<Served>,
    D: Into<ItemDoc>,
    M: Into<ModelCommand>,
{
    fn from(old: OldRecord<E, S, D, M>) -> Self {
        let body = match old.body {
            OldBody::Event { shard, event } => RecordBody::Event { shard, event: event.into() },
            OldBody::Served { shard, served } => {
                RecordBody::Served { shard, served: served.into() }
            }
            OldBody::ItemRegistered { item, item_id, at } => {
                RecordBody::ItemRegistered { item, item_id, at }
            }
            OldBody::ItemPut { item, doc, at } => RecordBody::ItemPut { item, doc: doc.into(), at },
            OldBody::ItemDelete { item, at } => RecordBody::ItemDelete { item, at },
            OldBody::UserPut { shard, user, profile, at } => {
                RecordBody::UserPut { shard, user, profile, at }
            }
            OldBody::Tick { time } => RecordBody::Tick { time },
            OldBody::ConfigActivated { fingerprint } => {
                RecordBody::ConfigActivated { fingerprint, declared: None }
            }
            OldBody::SetAside { sequence, shard } => RecordBody::SetAside { sequence, shard },
            OldBody::SourceProgress { source, position } => {
                RecordBody::SourceProgress { source, position }
            }
            OldBody::ModelTold { command, at } => {
                RecordBody::ModelTold { command: command.into(), at }
            }
        };
        Self { sequence: old.sequence, body }
    }
}
