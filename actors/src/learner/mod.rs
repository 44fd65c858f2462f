//! The learner actor: takes lessons in log order, publishes the model, sends users' rows back to their shards.
//!
//! It has a thread of its own: a lesson takes tens of microseconds, and a publication some milliseconds. It publishes
//! at most every `publish_every`, and spends no more than about a tenth of its time on it.
//!
//! **Invariant:** what is learned depends on the lessons and their order alone, never on when something is
//! published, sent, cut or let go. Live and in recovery the same [`teach`] runs.
//!
//! **Invariant:** a user's row stays in the learner's buffer until a committed cut holds it in its shard's part; the
//! buffer counts before what a sample carries.
//!
//! Not here: steps and tables (engine), what is shed and in which order lessons come (dispatcher).

mod fresh;
mod reader;
mod rows;
mod telling;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use arc_swap::ArcSwap;
use engine::model::{Learned, Lesson, PublishedModels, Versions};
use engine::part::Part;
use engine::{NodeKey, ShardId};

use crate::mailbox;
use crate::model_age::ModelAge;
use crate::shards::ShardDirectory;

pub(crate) use fresh::FreshStart;
pub use reader::ModelReader;
pub(crate) use rows::deal;

use rows::{Rows, Ticket};
use telling::Telling;

/// Messages that may wait: two lessons, one request at a cut, what was committed at the last one and perhaps the one
/// before, shards resumed twice over, and margin.
const MAILBOX_CAPACITY: usize = 16;

/// Publishing may take one part in this many of the thread's time.
const COST_SHARE: u32 = 10;

/// Take these lessons, in their order.
#[derive(Debug, Message)]
#[rtype(result = "Taught")]
pub(crate) struct Teach(pub(crate) Vec<Lesson>);

/// What lessons took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taught {
    /// How much work they were, see [`Lesson::work`].
    pub(crate) work: usize,
    pub(crate) spent: Duration,
}

/// Hand over what changed since the last cut.
#[derive(Debug, Message)]
#[rtype(result = "Part")]
pub(crate) struct TakeCut;

/// A cut is current: for each shard the number of the last publication whose rows its part holds, 0 for none.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct CutCommitted(pub(crate) Vec<u64>);

/// These shards began new lives from older state: they need the rows that are buffered of their users.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct ShardsResumed(pub(crate) Vec<ShardId>);

/// What the learner needs around it.
pub(crate) struct Surroundings {
    pub(crate) directory: ShardDirectory,
    pub(crate) elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    pub(crate) publish_every: Duration,
    pub(crate) age: Arc<ModelAge>,
}

/// Learns, publishes, gives its part at a cut.
pub(crate) struct LearnerActor {
    learner: Versions,
    fresh: FreshStart,
    around: Surroundings,
    rows: Rows,
    published: Arc<ArcSwap<PublishedModels>>,
    /// When the last publication was done, and what it took.
    last: Duration,
    cost: Duration,
    /// Since when something is learned and not published.
    unpublished: Option<Duration>,
    scheduled: bool,
    telling: Telling,
}

impl LearnerActor {
    /// Starts it on `arbiter`, which should be its own; `published` shows what it has published last.
    pub(crate) fn start(
        arbiter: &ArbiterHandle,
        (learner, fresh): (Versions, FreshStart),
        published: Arc<ArcSwap<PublishedModels>>,
        around: Surroundings,
    ) -> AddressSender<Self> {
        let telling = Telling::after(&learner.report());
        mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self {
            learner,
            fresh,
            rows: Rows::new(around.directory.len()),
            published,
            last: (around.elapsed)(),
            around,
            cost: Duration::ZERO,
            unpublished: None,
            scheduled: false,
            telling,
        })
    }

    /// Notes that there is something to publish, and sees to it that it is published in time.
    ///
    /// The time is looked at after each message too: while lessons wait, timers do not run.
    fn changed(&mut self, context: &mut Context<Self>) {
        let now = (self.around.elapsed)();
        let since = *self.unpublished.get_or_insert(now);
        self.around.age.unpublished(Some(since));
        metrics::gauge!("freshet_model_age_seconds").set(now.saturating_sub(since).as_secs_f64());
        let due = self.last + self.around.publish_every.max(self.cost * COST_SHARE);
        if due <= now {
            self.publish(context);
        } else if !std::mem::replace(&mut self.scheduled, true) {
            context.run_later(due.saturating_sub(now), |this, context| {
                this.scheduled = false;
                if this.unpublished.is_some() {
                    this.changed(context);
                }
            });
        }
    }

    fn publish(&mut self, context: &mut Context<Self>) {
        let began = (self.around.elapsed)();
        self.unpublished = None;
        let publication = self.learner.publish();
        self.telling.tell(&publication.models.report);
        telling::tell_clicks(publication.models.champion.click());
        self.published.store(publication.models);
        self.around.age.unpublished(None);
        self.rows.add(publication.rows, publication.number);
        self.send_rows(context);
        self.last = (self.around.elapsed)();
        self.cost = self.last.saturating_sub(began);
        metrics::histogram!("freshet_model_publish_seconds").record(self.cost);
        metrics::histogram!("freshet_model_publish_bytes").record(publication.bytes as f64);
        metrics::gauge!("freshet_model_age_seconds").set(0.0);
    }

    /// Sends every shard what waits for it, unless a message to it is under way.
    fn send_rows(&mut self, context: &mut Context<Self>) {
        for (ticket, message) in self.rows.take_ready() {
            // A shard that is down gets all its rows when it is resumed.
            let Some(put) = self.around.directory.put_rows(ticket.shard, message) else {
                self.rows.done(ticket);
                continue;
            };
            context
                .spawn(put.into_actor(self).map(move |_, this, context| this.put(ticket, context)));
        }
    }

    /// A shard has put its rows in, or died over them.
    fn put(&mut self, ticket: Ticket, context: &mut Context<Self>) {
        self.rows.done(ticket);
        self.send_rows(context);
    }
}

/// Takes lessons one by one; answers how much work they were.
///
/// A panic costs the one lesson that caused it, is counted and told. The tables stay as far as it had come; the same
/// lesson fails the same way in every replay, so equality holds all the same.
pub(crate) fn teach(
    learner: &mut Versions,
    lessons: &[Lesson],
    mut note: impl FnMut(Learned),
) -> usize {
    for lesson in lessons {
        // Unwind safe in the sense argued above: safe code, and deterministic.
        if let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| take(learner, lesson))) {
            outcome.into_iter().for_each(&mut note);
        } else {
            tracing::error!("the learner panicked over one lesson and goes on without it");
            metrics::counter!("freshet_model_faults_total").increment(1);
        }
    }
    lessons.iter().map(Lesson::work).sum()
}

fn take(learner: &mut Versions, lesson: &Lesson) -> Option<Learned> {
    #[cfg(test)]
    crate::testing::mishap_in_lesson(lesson);
    learner.take(lesson)
}

impl Actor for LearnerActor {
    type Context = Context<Self>;
}

impl Handler<Teach> for LearnerActor {
    type Result = MessageResult<Teach>;

    fn handle(&mut self, Teach(lessons): Teach, context: &mut Self::Context) -> Self::Result {
        let began = (self.around.elapsed)();
        let work = teach(&mut self.learner, &lessons, |learned| match learned {
            Learned::Stepped { .. } => {}
            Learned::Click(_) => metrics::counter!("freshet_model_impressions_total").increment(1),
            Learned::Refused => metrics::counter!("freshet_model_refused_total").increment(1),
        });
        let spent = (self.around.elapsed)().saturating_sub(began);
        self.changed(context);
        if lessons.iter().any(|lesson| matches!(lesson, Lesson::Command(..))) {
            // Somebody waits for what became of it.
            self.publish(context);
        }
        MessageResult(Taught { work, spent })
    }
}

impl Handler<TakeCut> for LearnerActor {
    type Result = MessageResult<TakeCut>;

    fn handle(&mut self, _: TakeCut, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.fresh.clear(self.learner.cut()))
    }
}

impl Handler<CutCommitted> for LearnerActor {
    type Result = ();

    fn handle(&mut self, CutCommitted(through): CutCommitted, _: &mut Self::Context) {
        let shards = through.len() as u16;
        let of = |user| NodeKey::shard_of_hash(user, shards);
        self.learner.release(|user| through[usize::from(of(user).0)]);
    }
}

impl Handler<ShardsResumed> for LearnerActor {
    type Result = ();

    fn handle(&mut self, ShardsResumed(shards): ShardsResumed, context: &mut Self::Context) {
        for shard in &shards {
            self.rows.forget(*shard);
        }
        let total = self.around.directory.len() as u16;
        self.learner.resend(|user| shards.contains(&NodeKey::shard_of_hash(user, total)));
        self.changed(context);
    }
}

#[cfg(test)]
mod tests;
