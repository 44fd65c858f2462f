//! The item activity actor: takes in what commits said about items, in commit order, and publishes.
//!
//! It has a thread of its own, because a publication copies lists and may take some milliseconds. It publishes
//! at most every `publish_every`, soon after an item changed, and never spends more than about a
//! tenth of its time on it.
//!
//! **Invariant:** live and in recovery the same [`absorb`] runs over the same outputs in the same order, so
//! both come to the same state, bit for bit.
//!
//! Not here: what is counted (engine), the order of commits (dispatcher).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use arc_swap::ArcSwap;
use engine::activity::absorb::steps;
use engine::model::{Lesson, Task};
use engine::part::Part;
use engine::{ActivityView, ItemActivity, RecordBody, Sequence};

use crate::feature_metrics::tell_features;
use crate::filling::FilledShared;
use crate::flight::Assigned;
use crate::mailbox;
use crate::shard::Waits;

/// Messages that may wait: two from the outbox, one more and a question at a cut, one about filling, and margin.
const MAILBOX_CAPACITY: usize = 8;

/// How soon an item's change is published.
const AFTER_ITEM_CHANGE: Duration = Duration::from_millis(10);

/// Publishing may take one part in this many of the thread's time.
const COST_SHARE: u32 = 10;

/// Take in what commits said, in commit order; answered by what came of it.
#[derive(Debug, Message)]
#[rtype(result = "Absorbed")]
pub(crate) struct Absorb(pub(crate) Vec<Assigned>);

impl Absorb {
    /// How much work it brings the learner.
    pub(crate) fn work(&self) -> usize {
        self.0.iter().flat_map(|commit| &commit.tasks).map(Task::work).sum()
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Absorbed {
    /// What the samples of the commits became, in the same order.
    pub(crate) lessons: Vec<Lesson>,
    pub(crate) ageing: Ageing,
}

/// Whether what is shown will change as time passes and nothing else happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ageing {
    /// It will: time has to be written into the log.
    Yes,
    /// It will not.
    #[default]
    No,
}

/// Hand over what changed since the last cut.
#[derive(Debug, Message)]
#[rtype(result = "Part")]
pub(crate) struct TakeCut;

/// How far it has come, and what waits to be filled from the log.
#[derive(Debug, Message)]
#[rtype(result = "(Sequence, Option<Waits>)")]
pub(crate) struct ReadMissing;

/// Add what was filled from the log. One message at a time.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Fill(pub(crate) FilledShared);

/// Takes in, publishes, gives its part at a cut.
pub(crate) struct ActivityActor {
    state: ItemActivity,
    published: Arc<ArcSwap<ActivityView>>,
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    publish_every: Duration,
    /// What the last publication took.
    cost: Duration,
    /// The next publication and whether it is the early one after an item's change.
    scheduled: Option<(SpawnHandle, bool)>,
}

impl ActivityActor {
    /// Starts it on `arbiter` and publishes what it holds.
    pub(crate) fn start(
        arbiter: &ArbiterHandle,
        mut state: ItemActivity,
        elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
        publish_every: Duration,
    ) -> (AddressSender<Self>, Arc<ArcSwap<ActivityView>>) {
        let published = Arc::new(ArcSwap::new(state.publish()));
        let of_actor = Arc::clone(&published);
        let sender = mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self {
            state,
            published: of_actor,
            elapsed,
            publish_every,
            cost: Duration::ZERO,
            scheduled: None,
        });
        (sender, published)
    }

    /// Sees to it that what was just taken in is published in time.
    fn schedule(&mut self, item_changed: bool, context: &mut Context<Self>) {
        match self.scheduled {
            Some((_, early)) if early || !item_changed => return,
            Some((late, _)) => drop(context.cancel_future(late)),
            None => {}
        }
        let wait = if item_changed { AFTER_ITEM_CHANGE } else { self.publish_every };
        let wait = wait.max(self.cost * COST_SHARE);
        let handle = context.run_later(wait, |this, _| this.publish());
        self.scheduled = Some((handle, item_changed));
    }

    /// Publishes without waiting for the time that is due.
    fn publish_now(&mut self, context: &mut Context<Self>) {
        if let Some((handle, _)) = self.scheduled.take() {
            context.cancel_future(handle);
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.scheduled = None;
        let began = (self.elapsed)();
        self.published.store(self.state.publish());
        self.cost = (self.elapsed)().saturating_sub(began);
        metrics::histogram!("freshet_activity_publish_seconds").record(self.cost);
    }
}

/// Takes one commit's outputs in, step by step, and gives what its samples became to `lesson`.
///
/// A panic costs the one record, fact or sample that caused it, is counted and told. State stays as far as it had
/// come; the same record fails the same way in every replay, so equality holds all the same.
pub(crate) fn absorb(state: &mut ItemActivity, outputs: Assigned, mut lesson: impl FnMut(Lesson)) {
    let Assigned { records, facts, features, tasks } = outputs;
    for step in steps(&records, (&facts, &features), tasks) {
        // Unwind safe in the sense argued above: safe code, and deterministic.
        if let Ok(taught) = catch_unwind(AssertUnwindSafe(|| state.absorb(step))) {
            taught.into_iter().for_each(&mut lesson);
        } else {
            tracing::error!("item activity panicked over one record and goes on without it");
            metrics::counter!("freshet_activity_faults_total").increment(1);
        }
    }
}

fn redeclares(outputs: &Assigned) -> bool {
    let redeclares = |body: &RecordBody| matches!(body, RecordBody::ConfigActivated { .. });
    outputs.records.iter().any(|record| redeclares(&record.body))
}

fn changes_an_item(outputs: &Assigned) -> bool {
    let changes = |body: &RecordBody| {
        matches!(body, RecordBody::ItemPut { .. } | RecordBody::ItemDelete { .. })
    };
    outputs.records.iter().any(|record| changes(&record.body))
}

impl Actor for ActivityActor {
    type Context = Context<Self>;
}

impl Handler<Absorb> for ActivityActor {
    type Result = MessageResult<Absorb>;

    fn handle(&mut self, Absorb(commits): Absorb, context: &mut Self::Context) -> Self::Result {
        let item_changed = commits.iter().any(changes_an_item);
        let redeclared = commits.iter().any(redeclares);
        let mut lessons = Vec::new();
        for outputs in commits {
            absorb(&mut self.state, outputs, |lesson| lessons.push(lesson));
        }
        if redeclared {
            // Readers ask by what is in force from here on.
            self.publish_now(context);
        } else {
            self.schedule(item_changed, context);
        }
        tell_features(self.state.take_feature_tally(), 0);
        let ageing = if self.state.is_ageing() { Ageing::Yes } else { Ageing::No };
        MessageResult(Absorbed { lessons, ageing })
    }
}

impl Handler<ReadMissing> for ActivityActor {
    type Result = MessageResult<ReadMissing>;

    fn handle(&mut self, _: ReadMissing, _: &mut Self::Context) -> Self::Result {
        MessageResult((self.state.offset(), Waits::of(self.state.active())))
    }
}

impl Handler<Fill> for ActivityActor {
    type Result = ();

    fn handle(&mut self, Fill(filled): Fill, context: &mut Self::Context) {
        self.state.fill(filled.since, &filled.plan, &filled.features);
        self.publish_now(context);
    }
}

impl Handler<TakeCut> for ActivityActor {
    type Result = MessageResult<TakeCut>;

    fn handle(&mut self, _: TakeCut, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.cut())
    }
}
