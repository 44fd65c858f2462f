//! Passing on: what finished commits say goes to item activity and live rooms, in commit order.
//!
//! **Invariant:** a commit's slot comes free when its outputs are in the outbox; the outbox alone holds commits back.
//!
//! Not here: what activity answers (see [`super::teaching`]).

use std::sync::atomic::Ordering;

use actix::prelude::*;

use super::Dispatcher;
use crate::activity::Absorb;
use crate::flight::Flight;
use crate::rooms::{AbsorbRooms, RoomBatch, RoomsWait};

impl Dispatcher {
    /// Passes on what is complete, in commit order, as far as activity keeps up.
    pub(super) fn pass_on(&mut self, context: &mut Context<Self>) {
        loop {
            self.cut_activity_if_due(context);
            let complete = self.flights.front().is_some_and(Flight::is_complete);
            if !complete || !self.outbox.has_room() || !self.to_rooms.has_room() {
                break;
            }
            let Some(flight) = self.flights.pop_front() else { break };
            self.oldest += 1;
            let last = flight.last();
            let mut outputs = flight.into_outputs();
            if let Some(batch) = RoomBatch::of(&mut outputs) {
                let (weight, told) = (batch.weight(), batch.last());
                self.to_rooms.push(batch, weight);
                self.signals.rooms_told.store(told.0, Ordering::Release);
            }
            let assigned = self.assign(outputs);
            let weight = assigned.weight();
            self.outbox.push(assigned, weight);
            self.slots.give_back();
            self.signals.passed_on.send_replace(last);
        }
        if let Some((absorb, weight)) = self.outbox.next() {
            self.tell_activity(Absorb(absorb), weight, context);
        }
        if let Some((absorb, weight)) = self.to_rooms.next() {
            self.tell_rooms(AbsorbRooms(absorb), weight, context);
        }
    }

    pub(super) fn tell_rooms(
        &mut self,
        absorb: AbsorbRooms,
        weight: usize,
        context: &mut Context<Self>,
    ) {
        let Ok(done) = self.around.rooms.send(absorb) else {
            return self.fatal("the rooms do not take messages", context);
        };
        context.spawn(done.into_actor(self).map(move |done, this, context| {
            let Ok(waits) = done else {
                return this.fatal("the rooms are gone", context);
            };
            this.to_rooms.absorbed(weight);
            this.rooms_wait = waits;
            if waits == RoomsWait::ForTime {
                this.signals.timers_pending.store(true, Ordering::Release);
            }
            this.pass_on(context);
        }));
    }

    pub(super) fn tell_activity(
        &mut self,
        absorb: Absorb,
        weight: usize,
        context: &mut Context<Self>,
    ) {
        let (number, work) = (self.lessons.ask(), absorb.work());
        let Ok(done) = self.around.activity.send(absorb) else {
            return self.fatal("item activity does not take messages", context);
        };
        context.spawn(done.into_actor(self).map(move |done, this, context| {
            let Ok(absorbed) = done else {
                return this.fatal("item activity is gone", context);
            };
            this.outbox.absorbed(weight);
            this.activity_ages = absorbed.ageing;
            this.lessons.answer(number, work, absorbed.lessons);
            this.teach(context);
            this.pass_on(context);
        }));
    }
}
