//! Which declarations are in force, and which of their features wait to be filled from the log.
//!
//! A record brings others into force ([`Active::activate`]): what both have in common is carried over, what is new
//! begins empty and is filled from the records up to that one ([`Filling`]), beside what comes meanwhile. What had not
//! been filled when the next declarations came begins anew.
//!
//! **Format** of the row in checkpoints: version 1 is a [`Layout`] alone, from before declarations were logged; version 2
//! is [`Row`].
//!
//! **Invariant:** of every feature that is not being filled, state holds all events that the log holds or held since its
//! declaration came into force, and those before that it was filled from, each once.
//!
//! Not here: whose state it is; reading the log.

use std::sync::Arc;

use bincode::{Decode, Encode};

use super::FeatureId;
use super::carry::{Carrier, Layout};
use super::declared::Declared;
use super::plan::FeaturePlan;
use crate::Sequence;
use crate::codec::{self, CodecError};

const LAYOUT_ALONE: u8 = 1;
const ROW_VERSION: u8 = 2;

/// Whose features somebody keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// Those of users.
    Users,
    /// All others.
    Shared,
}

/// Features that begin with a record wait for what was before it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Filling {
    /// The record at which they began: those up to it are to be filled in.
    pub since: Sequence,
    /// Where that lies which needs no filling.
    pub before: Layout,
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Row {
    layout: Layout,
    said: Box<[u8]>,
    filling: Option<Filling>,
    is_logged: bool,
}

/// What has to be done to state when declarations change.
#[derive(Debug)]
pub struct Change {
    /// The way of blocks that are kept.
    pub carrier: Carrier,
    /// Whether there can be blocks, or patterns, that are to change or to go.
    pub sweeps: bool,
}

/// The declarations in force.
#[derive(Clone, Debug)]
pub struct Active {
    keeper: Keeper,
    declared: Declared,
    filling: Option<Filling>,
    is_saved: bool,
    is_logged: bool,
    found: Found,
}

/// What a checkpoint was found to say; of use while it is read.
#[derive(Clone, Debug)]
enum Found {
    /// Nothing: it is from before anything was declared.
    Nothing,
    /// What is in force.
    Same,
    /// Other declarations: that much of what is in force now is whole.
    Other(Layout),
}

impl Active {
    /// What a node begins with.
    #[must_use]
    pub fn new(keeper: Keeper, declared: Declared) -> Self {
        Self {
            keeper,
            declared,
            filling: None,
            is_saved: false,
            is_logged: false,
            found: Found::Nothing,
        }
    }

    /// What is in force.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    /// Whether a record of the log says so.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        self.is_logged
    }

    /// What waits to be filled.
    #[must_use]
    pub fn filling(&self) -> Option<&Filling> {
        self.filling.as_ref()
    }

    /// The features that wait to be filled.
    #[must_use]
    pub fn missing(&self) -> Vec<FeatureId> {
        let before = self.filling.as_ref().map(|filling| &filling.before);
        before.map_or_else(Vec::new, |before| self.missing_in(before))
    }

    /// Brings into force what the record `sequence` says; `None` where that changes nothing, or cannot be kept.
    ///
    /// What cannot be kept is left out the same way by everybody who reads the record: it was checked when it was
    /// written, so that can only be under other event types.
    pub fn activate(&mut self, sequence: Sequence, said: &[u8]) -> Option<Change> {
        let new = self.declared.redeclared(said).ok()?;
        self.is_saved &= self.is_logged;
        self.is_logged = true;
        if new == self.declared {
            return None;
        }
        let before = self.whole();
        let kept = before.kept(&new.plan);
        let carrier = Carrier::between(&before, &new.plan);
        let stays = |tag: u64| new.plan.place_of(tag).is_some();
        let known = |fingerprint| new.patterns.fingerprints().any(|it| it == fingerprint);
        let old = &self.declared;
        let sweeps = self.filling.is_some()
            || !self.families(&old.plan).all(stays)
            || self.keeper == Keeper::Users && !old.patterns.fingerprints().all(known);
        self.declared = new;
        self.wait_for(sequence, kept);
        self.is_saved = false;
        Some(Change { carrier, sweeps })
    }

    /// What was to be filled up to `since` has been.
    pub fn filled(&mut self, since: Sequence) {
        if self.filling.as_ref().is_some_and(|filling| filling.since == since) {
            self.filling = None;
            self.is_saved = false;
        }
    }

    /// The row of a checkpoint, where it says anything else than the last one.
    ///
    /// Declarations that are too large for the codec are too large for the log, too.
    pub fn take_row(&mut self) -> Option<Vec<u8>> {
        if self.is_saved {
            return None;
        }
        let layout = self.layout(&self.declared.plan);
        let (said, filling) = (self.declared.said().ok()?, self.filling.clone());
        let row = Row { layout, said, filling, is_logged: self.is_logged };
        let bytes = codec::encode(ROW_VERSION, &row).ok()?;
        self.is_saved = true;
        Some(bytes)
    }

    /// Takes a row out of a checkpoint; gives the way of its blocks, where they are to be brought into another form.
    ///
    /// # Errors
    /// [`CodecError`] where it is damaged or of a version not known.
    pub fn restore(&mut self, value: &[u8]) -> Result<Option<Carrier>, CodecError> {
        let Row { layout, said, filling, is_logged } = match value.first() {
            Some(&LAYOUT_ALONE) => Row {
                layout: codec::decode(LAYOUT_ALONE, value)?,
                said: Box::default(),
                filling: None,
                is_logged: false,
            },
            _ => codec::decode(ROW_VERSION, value)?,
        };
        // Under other event types than then it may be that some cannot be kept: then those of the configuration hold.
        let declared = self.declared.redeclared(&said);
        let is_readable = declared.is_ok();
        self.is_logged = is_readable && is_logged;
        if let Ok(declared) = declared {
            self.declared = declared;
        }
        let plan = Arc::clone(&self.declared.plan);
        if is_readable && layout == self.layout(&plan) {
            self.filling = filling;
            self.is_saved = true;
            self.found = Found::Same;
            return Ok(None);
        }
        let whole = filling.map_or_else(|| layout.clone(), |filling| filling.before);
        self.found = Found::Other(whole.kept(&plan));
        self.is_saved = false;
        Ok(Some(Carrier::between(&whole, &plan)))
    }

    /// The checkpoint was read; it is as of the record `offset`.
    pub fn restored(&mut self, offset: Sequence) {
        match std::mem::replace(&mut self.found, Found::Same) {
            Found::Nothing => self.wait_for(offset, Layout::default()),
            Found::Same => {}
            Found::Other(whole) => self.wait_for(offset, whole),
        }
    }

    fn wait_for(&mut self, since: Sequence, before: Layout) {
        let waits = Sequence(0) < since && !self.missing_in(&before).is_empty();
        self.filling = waits.then_some(Filling { since, before });
    }

    fn missing_in(&self, before: &Layout) -> Vec<FeatureId> {
        let plan = &self.declared.plan;
        let mine = |feature: &FeatureId| {
            plan.get(*feature)
                .is_some_and(|one| one.entity.is_of_users() == (self.keeper == Keeper::Users))
        };
        before.missing(plan).into_iter().filter(mine).collect()
    }

    /// Where that lies which needs no filling.
    fn whole(&self) -> Layout {
        let filling = self.filling.as_ref().map(|filling| filling.before.clone());
        filling.unwrap_or_else(|| self.layout(&self.declared.plan))
    }

    fn layout(&self, plan: &FeaturePlan) -> Layout {
        match self.keeper {
            Keeper::Users => Layout::of_users(plan),
            Keeper::Shared => Layout::of(plan),
        }
    }

    fn families<'a>(&self, plan: &'a FeaturePlan) -> impl Iterator<Item = u64> + use<'a> {
        let of_users = self.keeper == Keeper::Users;
        let families = plan.families().iter();
        families.filter(move |it| it.entity.is_of_users() == of_users).map(|family| family.tag)
    }
}

#[cfg(test)]
mod tests;
