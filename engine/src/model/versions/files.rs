//! Tables that were brought in from outside, as versions get at them.
//!
//! **Invariant:** a digest names the same tables for ever: replay finds what was there live.
//!
//! Not here: where they are kept.

use std::fmt::Debug;

use crate::model::learner::Learner;

/// Tables that a node keeps by digest.
pub trait ModelFiles: Debug + Send + Sync {
    /// The learner made of them.
    ///
    /// # Errors
    /// Why they cannot be had.
    fn load(&self, digest: u64) -> Result<Learner, String>;
}

/// None are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl ModelFiles for NoFiles {
    fn load(&self, _: u64) -> Result<Learner, String> {
        Err("this node keeps no such file".to_owned())
    }
}
