//! Who is in a room: one stay per viewer, from the first sign of them to the last.
//!
//! Any act says that a viewer is there; a leave, a lost connection or silence ends the stay. Who is back within the grace
//! has the same stay, so a stay ends for good only once the room's time has passed the grace. Signs that come out of
//! order count by their own time: a leave that is older than the viewer's newest sign says nothing.
//!
//! **Invariant:** `present = begun - ended - away`, where away are those who left and may still be back.
//!
//! **Invariant:** at most `viewers_exact` viewers are held; further ones are counted by [`super::beyond`].
//!
//! Not here: minutes, heat, what a stay says to the model.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::beyond::Beyond;
use super::config::RoomConfig;
use super::event::Act;
use super::fade::Fading;
use crate::{ItemIndex, Timestamp};

/// A viewer whose stay is open.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Viewer {
    /// When the stay began.
    pub(super) began: Timestamp,
    /// The newest sign of them.
    seen: Timestamp,
    away: Option<Away>,
    /// Whether they did more than come and watch.
    pub(super) reacted: bool,
    /// The product they looked at last.
    pub(super) chose: Option<ItemIndex>,
    /// Points of heat they made of late.
    pub(super) points: Fading,
}

/// Gone, for now.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
struct Away {
    at: Timestamp,
    left: bool,
    /// The product that was shown when they left.
    shown: Option<ItemIndex>,
}

/// What a sign of a viewer made of their stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A stay began.
    Began,
    /// The stay goes on.
    There,
    /// They left; the grace runs.
    Gone,
    /// It came too late to say anything of the stay.
    Stale,
    /// They are not known one by one.
    Beyond,
}

/// Who somebody is, to a room that they come into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comer {
    /// They have no stay, or left it on purpose.
    #[default]
    New,
    /// They were cut off, and their stay goes on.
    CutOff,
    /// They are there, by signs of their own.
    There,
    /// They are not known one by one, or the room is over.
    Uncounted,
}

/// A stay that is over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stay {
    pub(super) viewer: u64,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) reacted: bool,
    /// The product that they left on purpose.
    pub(super) left_on: Option<ItemIndex>,
}

/// All viewers of a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Presence {
    pub(super) viewers: FxHashMap<u64, Viewer>,
    /// When each stay ends if nothing more is heard; follows from `viewers`.
    due: BTreeSet<(Timestamp, u64)>,
    /// Those of `viewers` who left and may still be back; the lost count as there.
    away: u64,
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) beyond: Option<Box<Beyond>>,
}

impl Presence {
    /// Takes one sign; `start` is when a stay begins that it opens, `shown` the product on show.
    pub(super) fn sign(
        &mut self,
        (viewer, act, at): (u64, Act, Timestamp),
        start: Timestamp,
        shown: Option<ItemIndex>,
        config: &RoomConfig,
    ) -> Sign {
        let goes = matches!(act, Act::Leave | Act::Lost);
        if let Some(known) = self.viewers.get_mut(&viewer) {
            let (before, was_away) = (known.due(config), known.has_left());
            let sign = if goes { known.go(act, at, shown) } else { known.come(at) };
            let (after, is_away) = (known.due(config), known.has_left());
            self.away = self.away + u64::from(is_away) - u64::from(was_away);
            if before != after {
                self.due.remove(&(before, viewer));
                self.due.insert((after, viewer));
            }
            return sign;
        }
        if goes {
            return self.unknown_left(viewer);
        }
        if config.viewers_exact <= self.viewers.len() {
            return self.past_bound(viewer, act);
        }
        let stay = Viewer::new(start);
        self.due.insert((stay.due(config), viewer));
        self.viewers.insert(viewer, stay);
        self.begun += 1;
        Sign::Began
    }

    fn unknown_left(&mut self, viewer: u64) -> Sign {
        match &mut self.beyond {
            Some(beyond) => {
                beyond.left(viewer);
                Sign::Beyond
            }
            None => Sign::Stale,
        }
    }

    fn past_bound(&mut self, viewer: u64, act: Act) -> Sign {
        self.beyond.get_or_insert_default().seen(viewer);
        if act == Act::Join {
            self.begun += 1;
        }
        Sign::Beyond
    }

    /// Who `viewer` is who comes at `now`.
    pub(super) fn comer(&self, viewer: u64, now: Timestamp, config: &RoomConfig) -> Comer {
        let Some(known) = self.viewers.get(&viewer) else {
            let is_full = config.viewers_exact <= self.viewers.len();
            return if is_full { Comer::Uncounted } else { Comer::New };
        };
        match &known.away {
            // Nobody told the room yet that the time has come.
            _ if known.due(config) <= now => Comer::New,
            Some(away) if away.left => Comer::New,
            Some(_) => Comer::CutOff,
            None => Comer::There,
        }
    }

    /// When the next stay is over for good, if that is by `now`.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due).filter(|due| *due <= now)
    }

    /// Ends the stay that is over next, in order of (when it is over, viewer).
    pub(super) fn end_next(&mut self) -> Option<Stay> {
        let (_, viewer) = self.due.pop_first()?;
        let stay = self.viewers.remove(&viewer)?;
        self.away -= u64::from(stay.has_left());
        self.ended += 1;
        Some(stay.over(viewer))
    }

    /// Ends every stay at `at`, in order of viewers.
    pub(super) fn end_all(&mut self, at: Timestamp) -> Vec<Stay> {
        self.due.clear();
        self.away = 0;
        self.beyond = None;
        let mut viewers: Vec<(u64, Viewer)> = self.viewers.drain().collect();
        viewers.sort_unstable_by_key(|(viewer, _)| *viewer);
        self.ended += viewers.len() as u64;
        let over = |(viewer, stay): (u64, Viewer)| stay.over_by(viewer, at);
        viewers.into_iter().map(over).collect()
    }

    /// Everybody is cut off at `at`; the grace runs.
    pub(super) fn lose_all(&mut self, at: Timestamp, config: &RoomConfig) {
        for stay in self.viewers.values_mut() {
            let _ = stay.go(Act::Lost, at.max(stay.seen), None);
        }
        self.beyond = None;
        self.follow(config);
    }

    /// Makes what follows from the viewers.
    fn follow(&mut self, config: &RoomConfig) {
        self.due = self.viewers.iter().map(|(id, stay)| (stay.due(config), *id)).collect();
        self.away = self.viewers.values().filter(|stay| stay.has_left()).count() as u64;
    }

    /// How many are there, and whether that is exact.
    pub(super) fn present(&self) -> (u64, bool) {
        let known = self.viewers.len() as u64 - self.away;
        let beyond = self.beyond.as_ref().map_or(0, |beyond| beyond.present());
        (known + beyond, self.beyond.is_none())
    }

    /// How many are there, those past the bound as of up to a second ago.
    pub(super) fn about(&self) -> u64 {
        let beyond = self.beyond.as_ref().map_or(0, |beyond| beyond.counted());
        self.viewers.len() as u64 - self.away + beyond
    }

    /// Whether time may end a stay.
    pub(super) fn waits(&self) -> bool {
        !self.due.is_empty()
    }

    /// Viewers in order.
    pub(super) fn sorted(&self) -> Vec<(u64, Viewer)> {
        let mut viewers: Vec<_> =
            self.viewers.iter().map(|(id, stay)| (*id, stay.clone())).collect();
        viewers.sort_unstable_by_key(|(viewer, _)| *viewer);
        viewers
    }

    /// Presence as it was handed over.
    pub(super) fn from_parts(
        viewers: Vec<(u64, Viewer)>,
        (begun, ended): (u64, u64),
        beyond: Option<Box<Beyond>>,
        config: &RoomConfig,
    ) -> Self {
        let viewers = viewers.into_iter().collect();
        let mut presence = Self { viewers, begun, ended, beyond, ..Self::default() };
        presence.follow(config);
        presence
    }
}

impl Viewer {
    fn new(began: Timestamp) -> Self {
        Self {
            began,
            seen: began,
            away: None,
            reacted: false,
            chose: None,
            points: Fading::default(),
        }
    }

    fn has_left(&self) -> bool {
        self.away.as_ref().is_some_and(|away| away.left)
    }

    fn come(&mut self, at: Timestamp) -> Sign {
        if self.away.as_ref().is_some_and(|away| at < away.at) {
            return Sign::Stale;
        }
        self.away = None;
        self.seen = self.seen.max(at);
        Sign::There
    }

    fn go(&mut self, act: Act, at: Timestamp, shown: Option<ItemIndex>) -> Sign {
        let newest = self.away.as_ref().map_or(self.seen, |away| away.at);
        if at < newest {
            return Sign::Stale;
        }
        if act == Act::Lost && self.has_left() {
            // The connection of who left goes, too: they left all the same.
            return Sign::Gone;
        }
        self.away = Some(Away { at, left: act == Act::Leave, shown });
        Sign::Gone
    }

    /// The first instant at which the stay is over for good.
    fn due(&self, config: &RoomConfig) -> Timestamp {
        match &self.away {
            Some(away) => away.at.plus_millis(config.grace_ms + 1),
            None => self.seen.plus_millis(config.silent_ms + 1),
        }
    }

    fn over(self, viewer: u64) -> Stay {
        let ended = self.away.as_ref().map_or(self.seen, |away| away.at);
        let left_on = self.away.filter(|away| away.left).and_then(|away| away.shown);
        let left_on = left_on.filter(|shown| self.chose != Some(*shown));
        let reacted = self.reacted;
        Stay { viewer, began: self.began, ended, reacted, left_on }
    }

    /// Over because the room is: those who had left before keep their own end.
    fn over_by(self, viewer: u64, at: Timestamp) -> Stay {
        let is_away = self.away.is_some();
        let mut stay = self.over(viewer);
        if !is_away {
            stay.ended = at.max(stay.ended);
            stay.left_on = None;
        }
        stay
    }
}
