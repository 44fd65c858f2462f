//! The versions of the model: the champion that serves, a challenger in its shadow, the one before, last good states.
//!
//! Champion and challenger take every lesson, one after the other. The challenger's users' rows stay with it in memory (about
//! 430 bytes a user with a vector at 64 dimensions): shards hold one row a user, the champion's. Where another version takes
//! over, its rows are in no shard, or not all of them; so every such turn begins an **era**, rows carry the era they are
//! of, and none is read by a model of another.
//!
//! A challenger that begins from the champion takes a user's row over when it first meets the user, before either learns
//! from it. One that is promoted holds all its rows and sends them out. A state that comes back (by command, or because the
//! guard says so) holds none: users' own vectors begin again from nothing, and what a spoilt model had made of them is gone.
//!
//! **Invariant:** everything follows from lessons and commands in their order: never from when something was published,
//! cut or let go.
//!
//! Not here: threads, files, words for people.

mod checkpoint;
mod clickthrough;
mod command;
mod files;
mod guard;
mod held;
mod obey;
mod published;
mod report;
mod version;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::click::ClickSample;
use crate::model::config::ModelConfig;
use crate::model::content::Content;
use crate::model::learner::{Learned, Learner};
use crate::model::lesson::Lesson;
use crate::model::sample::{ModelUser, Sample, UserRow};
use crate::model::watch::duel::Duel;
use crate::model::watch::{Foretold, Verdict, Watch};
use crate::part::PartEntry;
use crate::retrieval::NeighbourStrengths;
use crate::{ItemIndex, Sequence};

pub use clickthrough::{ClickThrough, Shown};
pub use command::{ChallengerStart, CommandOutcome, ModelChanges, ModelCommand, Refusal};
pub use files::{ModelFiles, NoFiles};
pub use guard::GuardConfig;
pub use held::HeldRows;
pub use published::{Alias, PublishedModels, WHOLE, is_canary};
pub use report::{By, DuelReport, Learning, Note, NoteEvent, Origin, Report, VersionReport, Why};
pub use version::Version;

use guard::{Guard, compares};
use report::keep;
use version::Taken;

/// What versions are made of, apart from lessons.
#[derive(Clone, Debug)]
pub struct VersionsConfig {
    /// What vectors start from and negatives are drawn by.
    pub seed: u64,
    /// Sizes and rates.
    pub model: ModelConfig,
    /// How closely they are watched.
    pub guard: GuardConfig,
    /// Tables that were brought in.
    pub files: Arc<dyn ModelFiles>,
}

/// All versions that are kept.
#[derive(Debug)]
pub struct Versions {
    config: VersionsConfig,
    champion: Version,
    challenger: Option<Version>,
    previous: Option<Version>,
    guard: Guard,
    /// Challenger against champion.
    duel: Duel,
    /// What is clicked of what each shows, since the canary began.
    through: ClickThrough,
    canary: u16,
    learning: Learning,
    next: Next,
    noted: u64,
    notes: VecDeque<Note>,
    outcomes: VecDeque<(u64, CommandOutcome)>,
    /// Removals of what is kept no longer, for the next cut.
    leaving: Vec<PartEntry>,
    /// Publications so far.
    published: u64,
    /// The challenger's rows as published.
    held: Arc<HeldRows>,
}

/// Numbers that are given out next.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Next {
    version: u32,
    place: u32,
    era: u32,
}

/// What one publication gives.
#[derive(Debug)]
pub struct VersionsPublication {
    /// For readers.
    pub models: Arc<PublishedModels>,
    /// The champion's users' rows changed since the last publication, for the shards.
    pub rows: Vec<(u64, UserRow)>,
    /// Which publication this is; grows by 1.
    pub number: u64,
    /// Bytes that learning since the last one had to copy.
    pub bytes: u64,
}

impl Versions {
    /// A champion that has seen nothing.
    #[must_use]
    pub fn new(config: VersionsConfig) -> Self {
        let learner = Learner::new(config.seed, config.model.clone());
        Self::of(config, learner)
    }

    /// `learner` as the first champion.
    #[must_use]
    pub fn of(config: VersionsConfig, learner: Learner) -> Self {
        let published = learner.users.published();
        let champion = Version {
            number: 0,
            origin: Origin::First,
            changes: ModelChanges::default(),
            inherits: None,
            place: 0,
            written: false,
            learner,
            watch: Watch::default(),
        };
        Self {
            config,
            champion,
            challenger: None,
            previous: None,
            guard: Guard::default(),
            duel: Duel::default(),
            through: ClickThrough::default(),
            canary: 0,
            learning: Learning::On,
            next: Next { version: 1, place: 1, era: 1 },
            noted: 0,
            notes: VecDeque::new(),
            outcomes: VecDeque::new(),
            leaving: Vec::new(),
            published,
            held: Arc::default(),
        }
    }

    /// The version that serves.
    #[must_use]
    pub fn champion(&self) -> &Version {
        &self.champion
    }

    /// The version in its shadow.
    #[must_use]
    pub fn challenger(&self) -> Option<&Version> {
        self.challenger.as_ref()
    }

    /// The version called `number`, if it is kept.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        let others = self.challenger.iter().chain(&self.previous);
        std::iter::once(&self.champion).chain(others).find(|version| version.number == number)
    }

    /// Takes a lesson; what the champion made of it, if it learned.
    pub fn take(&mut self, lesson: &Lesson) -> Option<Learned> {
        if let Lesson::Command(sequence, command) = lesson {
            // Kept among the outcomes, for whoever asks.
            let _ = self.obey(*sequence, command);
            return None;
        }
        if let Lesson::Click(sample) = lesson {
            self.count_click(sample);
        }
        self.inherit(lesson);
        let compared = self.compared(lesson);
        let row = compared.and_then(|sample| self.champion_row(sample));
        let taken = self.teach_champion(lesson);
        if let (Some(sample), Some(ours)) = (compared, self.said(&taken, compared)) {
            self.compare(lesson, &ours, row, sample.sequence);
        }
        self.teach_challenger(lesson);
        taken.learned
    }

    /// Whether no item's content was told yet.
    #[must_use]
    pub fn know_no_content(&self) -> bool {
        self.champion.learner.described().is_empty()
    }

    /// Tells champion and challenger what an item is made of.
    pub fn describe(&mut self, item: ItemIndex, content: &Content) {
        let versions = std::iter::once(&mut self.champion).chain(&mut self.challenger);
        versions.for_each(|version| version.learner.describe(item, content));
    }

    /// Publishes all versions.
    pub fn publish(&mut self) -> VersionsPublication {
        self.champion.learner.users.go_on_from(self.published);
        let (mut view, rows, number, mut bytes) = self.champion.learner.show();
        view.version = self.champion.number;
        self.published = number;
        let challenger = self.challenger.as_mut().map(|challenger| {
            let (mut view, rows, _, more) = challenger.learner.show();
            bytes += more;
            let held = Arc::make_mut(&mut self.held);
            for (user, row) in rows {
                held.put(user, row);
            }
            (view.version, view.inherits) = (challenger.number, challenger.inherits);
            view.held = Some(Arc::clone(&self.held));
            Arc::new(view)
        });
        let models = PublishedModels {
            champion: Arc::new(view),
            challenger,
            canary: self.canary,
            report: Arc::new(self.report()),
        };
        VersionsPublication { models: Arc::new(models), rows, number, bytes }
    }

    /// Lets go of the champion's users' rows that a committed cut holds in their shards (see [`Learner::release`]).
    pub fn release(&mut self, through: impl Fn(u64) -> u64) {
        self.champion.learner.release(through);
    }

    /// Sends the champion's buffered rows of the users that `of` names out again.
    pub fn resend(&mut self, of: impl Fn(u64) -> bool) {
        self.champion.learner.resend(of);
    }

    /// What is told of them.
    #[must_use]
    pub fn report(&self) -> Report {
        let duel = |duel: &Duel| {
            let [loss, other_loss] = duel.losses();
            (1.0 <= duel.pairs()).then(|| DuelReport { samples: duel.pairs(), loss, other_loss })
        };
        let versions = [
            (Some(&self.champion), Alias::Champion),
            (self.challenger.as_ref(), Alias::Challenger),
            (self.previous.as_ref(), Alias::Previous),
        ];
        let tell = |(version, alias): (Option<&Version>, _)| version.map(|it| it.report(alias));
        Report {
            versions: versions.into_iter().filter_map(tell).collect(),
            learning: self.learning,
            canary: self.canary,
            last_good: self.guard.copies.iter().map(|copy| copy.learner.trained).collect(),
            champion_duel: duel(&self.guard.duel),
            challenger_duel: self.challenger.as_ref().and_then(|_| duel(&self.duel)),
            click_through: (0 < self.canary).then_some(self.through),
            noted: self.noted,
            notes: self.notes.clone(),
            outcomes: self.outcomes.clone(),
        }
    }

    /// Counts a settled impression for the version that showed it.
    fn count_click(&mut self, sample: &ClickSample) {
        let Some(challenger) = self.challenger.as_ref().filter(|_| 0 < self.canary) else { return };
        if sample.version == challenger.number {
            self.through.challenger.add(sample);
        } else if sample.version == self.champion.number {
            self.through.champion.add(sample);
        }
        if self.config.guard.enabled && self.through.verdict() == Verdict::Worse {
            let (rate, champion) = (self.through.challenger.rate(), self.through.champion.rate());
            self.stop_canary(sample.sequence, Why::Clicks { rate, champion });
        }
    }

    /// Gives a challenger that began from the champion the user's row as it is now, where it has none.
    fn inherit(&mut self, lesson: &Lesson) {
        let (Lesson::Learn(learned, _), Some(challenger)) = (lesson, &mut self.challenger) else {
            return;
        };
        let (user, champion) = (&learned.0.user, &self.champion.learner);
        let heir = challenger.inherits == Some(champion.users.era());
        if heir && challenger.learner.users.get(user.hash).is_none() {
            let row = champion.users.newest(user, champion.config.lanes);
            if let Some(mut row) = row.cloned() {
                let sum = champion.items.squares.user_sum(row.squares);
                row.squares = challenger.learner.items.squares.kept(sum);
                challenger.learner.users.put(user.hash, row);
            }
        }
    }

    /// The sample of a lesson that is compared, where there is somebody to compare with.
    fn compared<'a>(&self, lesson: &'a Lesson) -> Option<&'a Sample> {
        let Lesson::Learn(learned, _) = lesson else { return None };
        let alone = self.challenger.is_none()
            && self.previous.is_none()
            && self.guard.good_place().is_none();
        let sample = &learned.0;
        (!alone && compares(&self.config.guard, sample.sequence)).then_some(sample)
    }

    /// The champion's row of the user, wherever it is.
    fn champion_row(&self, sample: &Sample) -> Option<UserRow> {
        let champion = &self.champion.learner;
        champion.users.newest(&sample.user, champion.config.lanes).cloned()
    }

    /// What the champion said of a sample. One that cannot compute any more says the worst there is.
    fn said(&self, taken: &Taken, sample: Option<&Sample>) -> Option<Foretold> {
        let items = &self.champion.learner.items;
        let refused = taken.learned == Some(Learned::Refused);
        let met = sample.is_some_and(|sample| 1 < items.frequency(sample.item));
        let worst = (refused && met).then(|| Foretold::worst(items.known().len()));
        taken.foretold.or(worst)
    }

    fn teach_champion(&mut self, lesson: &Lesson) -> Taken {
        if self.learning != Learning::On {
            let taken = self.champion.follow(lesson);
            self.wait(lesson);
            return taken;
        }
        let taken = self.champion.take(lesson);
        if taken.alarm {
            self.notice_drift(lesson, self.champion.number);
            if self.config.guard.forget {
                self.champion.learner.forget();
            }
        }
        if matches!(lesson, Lesson::Learn(..)) {
            self.guard.since += 1;
            if self.guard.is_due(&self.config.guard, self.champion.learner.items.known().len()) {
                self.copy_champion();
            }
        }
        taken
    }

    fn teach_challenger(&mut self, lesson: &Lesson) {
        let Some(challenger) = &mut self.challenger else { return };
        if self.learning != Learning::On {
            let _ = challenger.follow(lesson);
            return;
        }
        let taken = challenger.take(lesson);
        if taken.alarm {
            if self.config.guard.forget {
                challenger.learner.forget();
            }
            let number = challenger.number;
            self.notice_drift(lesson, number);
        }
    }

    /// A state that was put back rests for so many samples.
    fn wait(&mut self, lesson: &Lesson) {
        if let (Learning::Held { samples }, Lesson::Learn(learned, _)) = (self.learning, lesson) {
            self.learning = Learning::Held { samples: samples.saturating_sub(1) };
            if samples <= 1 {
                self.learning = Learning::On;
                self.note(learned.0.sequence, NoteEvent::Resumed);
            }
        }
    }

    /// Compares what the champion said of a sample with what the others say of the very same field.
    fn compare(
        &mut self,
        lesson: &Lesson,
        ours: &Foretold,
        row: Option<UserRow>,
        sequence: Sequence,
    ) {
        let Lesson::Learn(learned, _) = lesson else { return };
        let (sample, sources) = &**learned;
        let champion = &self.champion.learner;
        let (field, era) = (champion.last_field(), champion.users.era());
        if let Some(challenger) = &mut self.challenger {
            let theirs = challenger.learner.judge(&sample.user, field, sources);
            if let Some(theirs) = theirs {
                self.duel.add(&theirs, ours);
            }
        }
        let good = match self.guard.good_place() {
            Some(place) => self.guard.copies.get_mut(place),
            None => self.previous.as_mut(),
        };
        let theirs = good.and_then(|good| judge_old(good, (sample, sources), row, field, era));
        if let Some(theirs) = theirs {
            self.guard.duel.add(ours, &theirs);
        }
        self.act(sequence);
    }

    /// Does what the comparisons call for.
    fn act(&mut self, sequence: Sequence) {
        let tolerance = self.config.guard.tolerance;
        if 0 < self.canary && self.duel.verdict(tolerance) == Verdict::Worse {
            let [loss, champion] = self.duel.losses();
            self.stop_canary(sequence, Why::Loss { loss, champion });
        }
        let on = self.learning == Learning::On;
        if on && self.guard.duel.verdict(tolerance) == Verdict::Worse {
            let [loss, good_loss] = self.guard.duel.losses();
            // Without something to go back to there would be no verdict.
            let _ = self.go_back(sequence, By::Guard { loss, good_loss });
            self.learning = Learning::Held { samples: self.config.guard.hold_samples.max(1) };
        }
    }

    fn notice_drift(&mut self, lesson: &Lesson, version: u32) {
        if let Lesson::Learn(learned, _) = lesson {
            self.note(learned.0.sequence, NoteEvent::Drift { version });
        }
    }

    fn copy_champion(&mut self) {
        let place = self.next_place();
        let copy = self.champion.copy(place);
        let gone = self.guard.keep(copy);
        self.leave_all(gone);
    }

    fn note(&mut self, sequence: Sequence, event: NoteEvent) {
        self.noted += 1;
        keep(&mut self.notes, Note { sequence: sequence.0, event });
    }
}

/// What an older state says of the field. It has no rows of users; those of the champion are its own lineage's, where it is
/// of the same era.
fn judge_old(
    good: &mut Version,
    (sample, sources): (&Sample, &NeighbourStrengths),
    row: Option<UserRow>,
    field: &[crate::ItemIndex],
    era: u32,
) -> Option<Foretold> {
    let row = row.filter(|_| good.learner.users.era() == era);
    let user = ModelUser { row, ..sample.user.clone() };
    good.learner.judge(&user, field, sources)
}

impl Version {
    fn report(&self, alias: Alias) -> VersionReport {
        let users = &self.learner.users;
        let row = size_of::<(u64, UserRow)>() + 16 + self.learner.config.lanes * 64;
        VersionReport {
            version: self.number,
            alias,
            origin: self.origin.clone(),
            changes: self.changes.clone(),
            trained: self.learner.trained,
            trained_through: self.learner.trained_through.0,
            items: self.learner.items.known().len(),
            user_rows: users.len(),
            user_row_bytes: users.len() * row,
            choices: self.watch.choices(),
            clicks: self.watch.clicks(),
            drift_alarms: self.watch.alarms(),
        }
    }
}

#[cfg(test)]
mod tests;
