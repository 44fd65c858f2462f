//! What one stretch of the log says to rooms: records in order, beside them what shards made of them.
//!
//! **Invariant:** live and in recovery the same walk is taken over the same records, so both come to the same rooms and the same
//! publications, bit for bit.
//!
//! Not here: what a room makes of it (see [`super::LiveRooms`]), where records come from.

use super::content::Content;
use super::fact::RoomFact;
use super::live::{LiveRooms, LiveSaid};
use crate::patterns::PatternMatch;
use crate::{Record, RecordBody};

/// A stretch of the log with what shards said of it.
#[derive(Clone, Copy, Debug)]
pub struct RoomShare<'a> {
    /// Records in log order.
    pub records: &'a [Record],
    /// What was done in rooms, by sequence.
    pub facts: &'a [RoomFact],
    /// Patterns that came true, by sequence.
    pub matches: &'a [PatternMatch],
}

impl RoomShare<'_> {
    /// Tells `rooms` all of it that they do not know, and gives what they say.
    pub fn tell(self, rooms: &mut LiveRooms, out: &mut LiveSaid) {
        let (mut facts, mut matches) = (self.facts, self.matches);
        for record in self.records {
            let sequence = record.sequence;
            let before = |of: &[PatternMatch]| of.partition_point(|it| it.sequence < sequence);
            matches = &matches[before(matches)..];
            facts = &facts[facts.partition_point(|fact| fact.sequence < sequence)..];
            if rooms.begin(sequence) {
                let fact = facts.first().filter(|fact| fact.sequence == sequence);
                let of_it = matches.partition_point(|it| it.sequence == sequence);
                tell_one(rooms, record, (fact, &matches[..of_it]), out);
            }
        }
    }
}

fn tell_one(
    rooms: &mut LiveRooms,
    record: &Record,
    (fact, matches): (Option<&RoomFact>, &[PatternMatch]),
    out: &mut LiveSaid,
) {
    match &record.body {
        RecordBody::Event { event, .. } => {
            if let Some(fact) = fact {
                rooms.apply(fact, out);
            }
            for matched in matches {
                rooms.matched(matched, Some(event), out);
            }
        }
        RecordBody::RoomTold { room, told, at } => rooms.told((room, told, *at), out),
        RecordBody::RoomPublished { room, data, at } => {
            rooms.publish(room, Content::Notice { data: data.clone() }, *at, out);
        }
        RecordBody::RoomsLost { at } => rooms.all_lost(*at, out),
        RecordBody::Tick { time } => {
            rooms.told_time(*time, out);
            // Of many users at once, in whatever order their shards said so.
            let mut matches: Vec<&PatternMatch> = matches.iter().collect();
            matches.sort_by_key(|it| (&it.user, &it.name, it.matched.binding, it.matched.at));
            for matched in matches {
                rooms.matched(matched, None, out);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
