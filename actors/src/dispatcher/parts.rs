//! Asking the owners of state for their parts of a cut: shards at once, activity, rooms and learner when it is their turn.
//!
//! **Invariant:** each owner is asked behind the last thing it is sent of the cut's commit and before the first one
//! behind it.
//!
//! Not here: when a cut is taken (see [`super::cuts`]).

use actix::prelude::*;
use engine::ShardId;
use engine::part::Part;
use futures_util::future::join_all;

use super::Dispatcher;
use super::cuts::{Cut, Stage};
use crate::activity::Absorb;
use crate::error::CutError;
use crate::rooms::AbsorbRooms;
use crate::shard::{ShardPart, TakeCut};

impl Dispatcher {
    pub(super) fn ask_shards(&mut self, number: u64, context: &mut Context<Self>) {
        let mut asked = Vec::with_capacity(usize::from(self.around.lines.len()));
        for shard in (0..self.around.lines.len()).map(ShardId) {
            let Some((sender, _)) = self.around.lines.sender(shard) else { continue };
            match sender.send(TakeCut) {
                Ok(part) => asked.push(async move { (shard, part.await.ok()) }),
                Err(SendError::Closed(_)) => self.shard_died(shard, context),
                Err(SendError::Full(_)) => self.fatal("a shard's mailbox is full", context),
            }
        }
        self.cuts.unanswered += 1;
        context.spawn(join_all(asked).into_actor(self).map(move |parts, this, context| {
            this.shard_parts(number, parts, context);
        }));
    }

    fn shard_parts(
        &mut self,
        number: u64,
        answers: Vec<(ShardId, Option<ShardPart>)>,
        context: &mut Context<Self>,
    ) {
        let mut parts = Vec::with_capacity(answers.len());
        let mut through = vec![0; usize::from(self.around.lines.len())];
        for (shard, part) in answers {
            match part {
                Some(ShardPart { part, rows_through }) => {
                    through[usize::from(shard.0)] = rows_through;
                    parts.push(part);
                }
                None => self.shard_lost_its_part(shard, context),
            }
        }
        self.take_parts(number, parts, context, |cut| {
            cut.through = through;
            cut.shards_in = true;
        });
    }

    /// The shard died before it gave its part. Unless it is down already or in its next life, this is news.
    fn shard_lost_its_part(&mut self, shard: ShardId, context: &mut Context<Self>) {
        let dead = self.around.lines.sender(shard).is_some_and(|(sender, _)| !sender.connected());
        if dead {
            self.shard_died(shard, context);
        }
        let owner = format!("shard {}", shard.0);
        self.abandon_cut(|cut| CutError::OwnerDown { cut, owner }, context);
    }

    /// Asks activity for its part when everything up to the cut has been passed on and nothing beyond.
    pub(super) fn cut_activity_if_due(&mut self, context: &mut Context<Self>) {
        let Some(cut) = &mut self.cuts.current else { return };
        if cut.activity != Stage::NotAsked || self.oldest < cut.border {
            return;
        }
        cut.activity = Stage::Asked;
        let number = cut.number;
        if let Some((absorb, weight)) = self.outbox.rest() {
            self.tell_activity(Absorb(absorb), weight, context);
        }
        self.cut_rooms(number, context);
        if let Some(cut) = &mut self.cuts.current {
            cut.lessons_border = Some(self.lessons.asked());
        }
        let Ok(part) = self.around.activity.send(crate::activity::TakeCut) else {
            return self.fatal("item activity does not take messages", context);
        };
        self.cuts.unanswered += 1;
        context.spawn(part.into_actor(self).map(move |part, this, context| match part {
            Ok(part) => {
                this.take_parts(number, vec![part], context, |cut| cut.activity = Stage::In);
            }
            Err(_) => this.fatal("item activity is gone", context),
        }));
        self.teach(context); // perhaps everything before the cut is with the learner already
    }

    /// Asks the rooms for theirs; it is their turn when it is activity's.
    fn cut_rooms(&mut self, number: u64, context: &mut Context<Self>) {
        if let Some((absorb, weight)) = self.to_rooms.rest() {
            self.tell_rooms(AbsorbRooms(absorb), weight, context);
        }
        let Ok(part) = self.around.rooms.send(crate::rooms::TakeCut) else {
            return self.fatal("the rooms do not take messages", context);
        };
        self.cuts.unanswered += 1;
        context.spawn(part.into_actor(self).map(move |part, this, context| match part {
            Ok(part) => this.take_parts(number, vec![part], context, |cut| cut.rooms = Stage::In),
            Err(_) => this.fatal("the rooms are gone", context),
        }));
    }

    /// Asks the learner for its part; everything before the cut has been sent to it and nothing beyond.
    pub(super) fn cut_learner(&mut self, context: &mut Context<Self>) {
        let Some(cut) = &mut self.cuts.current else { return };
        cut.learner = Stage::Asked;
        let number = cut.number;
        self.cuts.unanswered += 1;
        self.tell_learner(crate::learner::TakeCut, context, move |this, part, context| {
            this.take_parts(number, vec![part], context, |cut| cut.learner = Stage::In);
        });
    }

    /// Parts have come: of the cut that is being taken, or of one that was abandoned.
    fn take_parts(
        &mut self,
        number: u64,
        mut parts: Vec<Part>,
        context: &mut Context<Self>,
        note: impl FnOnce(&mut Cut),
    ) {
        self.cuts.unanswered -= 1;
        match &mut self.cuts.current {
            Some(cut) if cut.number == number => {
                cut.parts.append(&mut parts);
                note(cut);
                if cut.shards_in
                    && cut.rooms == Stage::In
                    && cut.activity == Stage::In
                    && cut.learner == Stage::In
                {
                    self.write_cut(context);
                }
            }
            _ => self.carry(parts, context),
        }
        self.want_postponed_cut(context);
    }
}
