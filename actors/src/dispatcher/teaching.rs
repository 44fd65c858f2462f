//! The way of a sample from a finished commit to the learner: how much is made of it, and what follows it back.
//!
//! Samples ride with their commit's outputs to item activity, which enriches them; what it answers goes on to the
//! learner in commit order. Nothing on this way makes a commit wait: where the learner is behind, less is made
//! of samples.
//!
//! **Invariant:** at a cut the learner is asked behind the last lesson of the cut's commit and before the first one
//! behind it.
//!
//! **Invariant:** the learner hears that a shard was resumed before it hears of a cut begun after that.
//!
//! Not here: order and bounds of lessons (see [`super::lessons`]), which share is shed (see [`crate::shedding`]).

use std::collections::BTreeSet;
use std::time::Duration;

use actix::prelude::*;
use engine::ShardId;
use engine::model::Task;
use engine::model::lesson::SAMPLE_WORK;

use super::Dispatcher;
use crate::flight::{Assigned, Outputs, Teachable};
use crate::learner::{CutCommitted, LearnerActor, ShardsResumed, Taught, Teach};
use crate::shedding::{self, ClickShed, Shed};

/// What the dispatcher keeps in mind of the learner.
#[derive(Debug, Default)]
pub(super) struct Teaching {
    /// Shards resumed that it was not told of, and whether it is being told of others.
    resumed: BTreeSet<ShardId>,
    telling: bool,
    /// Mean time that a sample takes, in seconds.
    seconds_per_sample: f64,
}

impl Dispatcher {
    /// Says what is to be made of a commit's samples.
    pub(super) fn assign(&mut self, outputs: Outputs) -> Assigned {
        let mut shed = [0u64; Shed::ALL.len()];
        let lessons = &mut self.lessons;
        let total = outputs.samples.len() as u64;
        let mut impressions_shed = [0u64; 2];
        let assigned = outputs.assign(|it| {
            let backlog = lessons.backlog();
            let task = match it {
                Teachable::Choice(sample) => {
                    let (task, how) = shedding::assign(sample, backlog);
                    shed[how as usize] += 1;
                    Some(task)
                }
                Teachable::Impression(click) => match shedding::assign_click(click, backlog) {
                    Ok(click) => Some(Task::Click(Box::new(click))),
                    Err(how) => {
                        impressions_shed[how as usize] += 1;
                        None
                    }
                },
            };
            lessons.give_out(task.as_ref().map_or(0, Task::work));
            task
        });
        for (how, count) in ClickShed::ALL.into_iter().zip(impressions_shed) {
            if 0 < count {
                metrics::counter!("freshet_impressions_shed_total", "how" => how.name())
                    .increment(count);
            }
        }
        metrics::counter!("freshet_samples_total").increment(total);
        self.signals.model_backlog.send_replace(self.lessons.backlog());
        for (how, count) in Shed::ALL.into_iter().zip(shed) {
            if let Some(how) = how.how().filter(|_| 0 < count) {
                metrics::counter!("freshet_samples_shed_total", "how" => how).increment(count);
            }
        }
        assigned
    }

    /// Sends the learner what it is time for: lessons, and behind those of a cut the question for its part.
    pub(super) fn teach(&mut self, context: &mut Context<Self>) {
        if self.around.learner.is_none() {
            self.lessons.forget();
            return;
        }
        loop {
            let border = self.cuts.learner_border();
            let dropped = self.lessons.join(border);
            if 0 < dropped {
                metrics::counter!("freshet_samples_shed_total", "how" => "dropped")
                    .increment(dropped);
            }
            while let Some(lessons) = self.lessons.next() {
                self.send_lessons(Teach(lessons), context);
            }
            if !border.is_some_and(|border| self.lessons.sent_up_to(border)) {
                return;
            }
            self.tell_resumed(context);
            self.cut_learner(context); // and now there is no border
        }
    }

    fn send_lessons(&mut self, lessons: Teach, context: &mut Context<Self>) {
        self.tell_learner(lessons, context, |this, Taught { work, spent }, context| {
            this.lessons.taught(work);
            this.signals.model_backlog.send_replace(this.lessons.backlog());
            this.teaching.note(work, spent);
            this.teach(context);
        });
    }

    /// A cut is current whose parts of shards held rows up to these publications.
    ///
    /// Not so for a shard that died since the cut began: its new life may have been made from the cut before, which
    /// does not hold them.
    pub(super) fn tell_what_is_kept(&mut self, mut through: Vec<u64>, context: &mut Context<Self>) {
        for shard in &self.cuts.died {
            through[usize::from(shard.0)] = 0;
        }
        self.tell_learner(CutCommitted(through), context, |_, (), _| ());
    }

    /// A shard goes on from older state: it needs rows again.
    pub(super) fn shard_needs_rows(&mut self, shard: ShardId, context: &mut Context<Self>) {
        self.teaching.resumed.insert(shard);
        if !self.teaching.telling {
            self.tell_resumed(context);
        }
    }

    /// Tells of all resumed shards in one message: one is under way at a time, and one more at a cut.
    fn tell_resumed(&mut self, context: &mut Context<Self>) {
        if self.teaching.resumed.is_empty() {
            return;
        }
        self.teaching.telling = true;
        let shards = std::mem::take(&mut self.teaching.resumed).into_iter().collect();
        self.tell_learner(ShardsResumed(shards), context, |this, (), context| {
            this.teaching.telling = false;
            this.tell_resumed(context);
        });
    }

    /// Sends to the learner, if there is one, and waits for the answer: actix drops a message whose sender does not.
    pub(super) fn tell_learner<M>(
        &mut self,
        message: M,
        context: &mut Context<Self>,
        then: impl FnOnce(&mut Self, M::Result, &mut Context<Self>) + 'static,
    ) where
        M: Message + Send + 'static,
        M::Result: Send,
        LearnerActor: Handler<M>,
    {
        let Some(learner) = &self.around.learner else { return };
        let Ok(done) = learner.send(message) else {
            return self.fatal("the learner does not take messages", context);
        };
        context.spawn(done.into_actor(self).map(move |done, this, context| match done {
            Ok(done) => then(this, done, context),
            Err(_) => this.fatal("the learner is gone", context),
        }));
    }

    /// How far the learner is behind, in seconds of its work.
    pub(super) fn tell_backlog(&self) {
        let seconds = self.lessons.backlog() as f64 * self.teaching.seconds_per_sample;
        metrics::gauge!("freshet_model_backlog_seconds").set(seconds);
        self.signals.model_age.behind(seconds);
    }
}

impl Teaching {
    fn note(&mut self, work: usize, spent: Duration) {
        if 0 < work {
            let each = spent.as_secs_f64() * SAMPLE_WORK as f64 / work as f64;
            let before = self.seconds_per_sample;
            self.seconds_per_sample = if before == 0.0 { each } else { before * 0.9 + each * 0.1 };
        }
    }
}
