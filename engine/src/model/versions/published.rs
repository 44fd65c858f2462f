//! What readers see: the champion, the challenger, and who is served from which.
//!
//! **Invariant:** a user is served from the same version as long as the canary's version and share stay, and stays among
//! those served from it when the share grows.
//!
//! Not here: publishing (see the parent).

use std::sync::Arc;

use crate::model::numeric::mix;
use crate::model::versions::report::Report;
use crate::model::view::ModelView;

/// Shares are of this many.
pub const WHOLE: u16 = 10_000;

/// One publication of all versions.
#[derive(Clone, Debug)]
pub struct PublishedModels {
    /// The version that serves.
    pub champion: Arc<ModelView>,
    /// The version that learns in its shadow.
    pub challenger: Option<Arc<ModelView>>,
    /// Users of 10,000 who are served from the challenger.
    pub canary: u16,
    /// What is told of all versions.
    pub report: Arc<Report>,
}

/// What a version is called after what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    /// It serves.
    Champion,
    /// It learns in the shadow, and may serve some.
    Challenger,
    /// It was the champion before.
    Previous,
}

impl Alias {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Champion => "champion",
            Self::Challenger => "challenger",
            Self::Previous => "previous",
        }
    }
}

impl PublishedModels {
    /// What there is before anything was learned, and where there is no model.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            champion: Arc::new(ModelView::empty()),
            challenger: None,
            canary: 0,
            report: Arc::new(Report::default()),
        }
    }

    /// The version that serves the user with the keyed hash `user`.
    #[must_use]
    pub fn of(&self, user: u64) -> (&Arc<ModelView>, Alias) {
        match &self.challenger {
            Some(challenger) if is_canary(challenger.version(), user, self.canary) => {
                (challenger, Alias::Challenger)
            }
            _ => (&self.champion, Alias::Champion),
        }
    }
}

/// Whether `user` is among the `share` of 10,000 that `version` serves.
#[must_use]
pub fn is_canary(version: u32, user: u64, share: u16) -> bool {
    const SALT: u64 = 0x000c_a4a4;
    mix(SALT ^ u64::from(version), user) % u64::from(WHOLE) < u64::from(share)
}
