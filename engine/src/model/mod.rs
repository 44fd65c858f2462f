//! The model: a factorization machine learned from the stream, blended with neighbours and popularity.
//!
//! `s(u, i) = b_i + sum over half-lives of w_H ln(0.01 + c_i^H) + <p_u, q_i>`, where `p_u` comes from the user's own
//! vector, the last item and the history (see `user_vector`). One [`Learner`] takes samples in log order; shards
//! hold users' vectors, readers hold published revisions.
//!
//! **Invariant:** the same seed and samples in the same order give the same parameters, bit for bit.
//!
//! Not here: threads, publishing intervals, shedding; which events are positive; candidates and filters.

pub mod anatomy;
mod best;
pub mod blend;
mod changes;
pub mod checkpoint;
pub mod chunk;
pub mod click;
pub mod config;
pub mod content;
pub mod draws;
pub mod exchange;
mod expiry;
pub mod items;
pub mod learner;
pub mod lesson;
pub mod numeric;
mod pages;
pub mod popularity;
pub mod publication;
mod quantised;
pub mod sample;
pub mod scan;
pub mod scores;
pub mod shared;
mod start;
pub mod tables;
#[cfg(test)]
mod testing;
pub mod user_vector;
pub mod users;
pub mod versions;
pub mod view;
pub mod watch;

pub use anatomy::Anatomy;
pub use blend::{NoSources, Sources};
pub use checkpoint::{RestoreError, Shape};
pub use click::{
    ClickConfig, ClickHead, ClickLearned, ClickOutcome, ClickRow, ClickSample, ClickView, GoalId,
};
pub use config::{ModelConfig, Rates};
pub use content::Content;
pub use learner::{Effort, Learned, Learner};
pub use lesson::{Lesson, Task};
pub use publication::Publication;
pub use sample::{ModelUser, Past, Sample, UserRow};
pub use scan::ScanFor;
pub use scores::Scores;
pub use user_vector::UserVector;
pub use versions::{ModelCommand, PublishedModels, Versions, VersionsConfig};
pub use view::ModelView;
