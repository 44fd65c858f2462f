//! Obeying: what each command changes, and going back.
//!
//! **Invariant:** a command whose wish is fulfilled already changes nothing.
//!
//! Not here: what commands are (see `command`).

use std::sync::Arc;

use super::clickthrough::ClickThrough;
use super::command::{ChallengerStart, CommandOutcome, ModelChanges, ModelCommand, Refusal};
use super::guard::Guard;
use super::published::WHOLE;
use super::report::{By, Learning, NoteEvent, Origin, Why, keep};
use super::version::Version;
use super::{HeldRows, Versions};
use crate::Sequence;
use crate::model::learner::Learner;
use crate::model::users::UserRows;
use crate::model::watch::Watch;
use crate::model::watch::duel::Duel;

use CommandOutcome::{Done, Refused, Unchanged};

impl Versions {
    /// Obeys a command and keeps what became of it.
    pub fn obey(&mut self, sequence: Sequence, command: &ModelCommand) -> CommandOutcome {
        let outcome = self.try_obey(sequence, command).unwrap_or_else(Refused);
        keep(&mut self.outcomes, (sequence.0, outcome.clone()));
        outcome
    }

    fn try_obey(
        &mut self,
        at: Sequence,
        command: &ModelCommand,
    ) -> Result<CommandOutcome, Refusal> {
        match command {
            ModelCommand::Freeze => Ok(self.set_learning(at, Learning::Frozen)),
            ModelCommand::Resume => Ok(self.set_learning(at, Learning::On)),
            ModelCommand::Challenge { start, changes } => self.challenge(at, start, changes),
            ModelCommand::Stop { version } => self.stop(at, *version),
            ModelCommand::Promote { version } => self.promote(at, *version),
            ModelCommand::Rollback { version } => self.roll_back(at, *version),
            ModelCommand::Canary { version, share } => self.set_canary(at, *version, *share),
        }
    }

    fn set_learning(&mut self, at: Sequence, learning: Learning) -> CommandOutcome {
        let version = self.champion.number;
        if self.learning == learning {
            return Unchanged { version };
        }
        self.learning = learning;
        let on = learning == Learning::On;
        self.note(at, if on { NoteEvent::Resumed } else { NoteEvent::Frozen });
        Done { version }
    }

    fn challenge(
        &mut self,
        at: Sequence,
        start: &ChallengerStart,
        changes: &ModelChanges,
    ) -> Result<CommandOutcome, Refusal> {
        // A copy of the champion keeps in what the champion differs, the size of its vectors too.
        let changes = match start {
            ChallengerStart::Champion if changes.dimensions.is_some() => {
                return Err(Refusal::OutOfRange { field: "dimensions".to_owned() });
            }
            ChallengerStart::Champion => &changes.over(&self.champion.changes),
            ChallengerStart::Nothing | ChallengerStart::File { .. } => changes,
        };
        if let Some(there) = &self.challenger {
            let version = there.number;
            let same = matches!(&there.origin, Origin::Begun { start: its, .. } if its == start);
            return if same && there.changes == *changes {
                Ok(Unchanged { version })
            } else {
                Err(Refusal::ChallengerExists { version })
            };
        }
        let (learner, watch, inherits) = self.begin(start, changes)?;
        let number = self.next.version;
        self.next.version += 1;
        let origin =
            Origin::Begun { sequence: at.0, start: start.clone(), beside: self.champion.number };
        self.challenger = Some(Version {
            number,
            origin,
            changes: changes.clone(),
            inherits,
            place: self.next_place(),
            written: false,
            learner,
            watch,
        });
        (self.duel, self.canary, self.held) = (Duel::default(), 0, Arc::default());
        self.note(at, NoteEvent::Challenged { version: number });
        Ok(Done { version: number })
    }

    /// A learner to begin with, what is watched of it, and whose users' rows it takes over.
    fn begin(
        &mut self,
        start: &ChallengerStart,
        changes: &ModelChanges,
    ) -> Result<(Learner, Watch, Option<u32>), Refusal> {
        let config = changes.apply(&self.config.model)?;
        let era = self.next_era();
        match start {
            ChallengerStart::Champion => {
                let champion = &self.champion.learner;
                let mut learner = champion.clone();
                (learner.config, learner.users) = (config, UserRows::of_era(era));
                learner.recut();
                Ok((learner, Watch::default(), Some(champion.users.era())))
            }
            ChallengerStart::Nothing => {
                let mut learner = Learner::new(self.config.seed, config);
                learner.users.set_era(era);
                learner.describe_like(&self.champion.learner);
                Ok((learner, Watch::default(), None))
            }
            ChallengerStart::File { digest } => {
                let digest = *digest;
                let unreadable = |reason| Refusal::Unreadable { digest, reason };
                let mut learner = self.config.files.load(digest).map_err(unreadable)?;
                if (learner.seed, learner.config.lanes) != (self.config.seed, config.lanes) {
                    return Err(unreadable("it is of another seed or other dimensions".to_owned()));
                }
                (learner.config, learner.users) = (config, UserRows::of_era(era));
                // What is learned of impressions goes by this node's users and hashes.
                learner.click = self.champion.learner.click.clone();
                learner.describe_like(&self.champion.learner);
                learner.recut();
                Ok((learner, Watch::default(), None))
            }
        }
    }

    fn stop(&mut self, at: Sequence, version: u32) -> Result<CommandOutcome, Refusal> {
        match self.challenger.take_if(|challenger| challenger.number == version) {
            Some(challenger) => {
                self.leave(challenger);
                self.forget_challenger();
                self.note(at, NoteEvent::Stopped { version });
                Ok(Done { version })
            }
            None if self.version(version).is_some() => Err(Refusal::NotChallenger { version }),
            None if version < self.next.version => Ok(Unchanged { version }),
            None => Err(Refusal::UnknownVersion { version }),
        }
    }

    fn promote(&mut self, at: Sequence, version: u32) -> Result<CommandOutcome, Refusal> {
        if self.champion.number == version {
            return Ok(Unchanged { version });
        }
        if self.previous.as_ref().is_some_and(|previous| previous.number == version) {
            return self.go_back(at, By::Operator);
        }
        let Some(challenger) = self.challenger.take_if(|challenger| challenger.number == version)
        else {
            return Err(Refusal::UnknownVersion { version });
        };
        let before = self.replace_champion(challenger);
        // Its rows are in no shard yet: all of them go out.
        self.champion.inherits = None;
        self.champion.learner.users.resend(|_| true);
        let number = before.number;
        let gone = self.previous.replace(before);
        self.leave_all(gone);
        self.forget_challenger();
        self.note(at, NoteEvent::Promoted { version, before: number });
        Ok(Done { version })
    }

    fn roll_back(&mut self, at: Sequence, version: u32) -> Result<CommandOutcome, Refusal> {
        if self.champion.number == version {
            return self.go_back(at, By::Operator);
        }
        if version < self.next.version {
            return Ok(Unchanged { version: self.champion.number });
        }
        Err(Refusal::UnknownVersion { version })
    }

    fn set_canary(
        &mut self,
        at: Sequence,
        version: u32,
        share: u16,
    ) -> Result<CommandOutcome, Refusal> {
        if WHOLE < share {
            return Err(Refusal::OutOfRange { field: "share".to_owned() });
        }
        if self.challenger.as_ref().is_none_or(|challenger| challenger.number != version) {
            return Err(Refusal::NotChallenger { version });
        }
        if self.canary == 0 {
            self.through = ClickThrough::default();
        }
        if self.canary == share {
            return Ok(Unchanged { version });
        }
        self.canary = share;
        self.note(at, NoteEvent::CanarySet { version, share });
        Ok(Done { version })
    }

    /// Puts back the champion's last good state or, where an operator says so and there is one, the version before it.
    pub(super) fn go_back(&mut self, at: Sequence, by: By) -> Result<CommandOutcome, Refusal> {
        let from = self.champion.number;
        let mut good = match (by, self.previous.take()) {
            (By::Operator, Some(previous)) => previous,
            (_, previous) => {
                self.previous = previous;
                match self.guard.good_place() {
                    Some(place) => self.guard.copies.remove(place),
                    None => self.previous.take().ok_or(Refusal::NothingBefore)?,
                }
            }
        };
        good.learner.users.begin_era(self.next_era());
        good.learner.describe_like(&self.champion.learner);
        good.watch = Watch::default();
        let (to, trained) = (good.number, good.learner.trained);
        let spoilt = self.replace_champion(good);
        if spoilt.number == to || by != By::Operator {
            self.leave(spoilt);
        } else {
            // What an operator took back may be put forward again.
            let mut rest = spoilt;
            rest.learner.users.begin_era(self.next_era());
            let gone = self.previous.replace(rest);
            self.leave_all(gone);
        }
        // The state that came back is good: it is kept as it is.
        let place = self.next_place();
        self.guard.copies = vec![self.champion.copy(place)];
        self.guard.newest_good = true;
        if let Some(challenger) = &self.challenger
            && 0 < self.canary
        {
            let version = challenger.number;
            self.canary = 0;
            self.note(at, NoteEvent::CanarySet { version, share: 0 });
        }
        self.note(at, NoteEvent::RolledBack { from, to, trained, by });
        Ok(Done { version: to })
    }

    pub(super) fn stop_canary(&mut self, at: Sequence, why: Why) {
        if let Some(challenger) = &self.challenger {
            let version = challenger.number;
            self.canary = 0;
            self.note(at, NoteEvent::CanaryStopped { version, why });
        }
    }

    /// Makes `version` the champion, with nothing to go back to yet; gives the one before.
    fn replace_champion(&mut self, version: Version) -> Version {
        let mut before = std::mem::replace(&mut self.champion, version);
        self.champion.written = false;
        before.written = false;
        // Its rows in the shards give way to others: none of them would be whole.
        let era = before.learner.users.era();
        before.learner.users.begin_era(era);
        let Guard { copies, .. } = std::mem::take(&mut self.guard);
        self.leave_all(copies);
        self.duel = Duel::default();
        if let Some(challenger) = &mut self.challenger {
            challenger.inherits = None;
        }
        before
    }

    fn forget_challenger(&mut self) {
        (self.duel, self.canary) = (Duel::default(), 0);
        self.through = ClickThrough::default();
        self.held = Arc::new(HeldRows::default());
    }

    pub(super) fn next_place(&mut self) -> u32 {
        self.next.place += 1;
        self.next.place - 1
    }

    fn next_era(&mut self) -> u32 {
        self.next.era += 1;
        self.next.era - 1
    }
}
