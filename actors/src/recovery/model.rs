//! The learner as the last cut holds it.
//!
//! **Invariant:** a model of another seed or of other dimensions is never mixed with the one that is asked for: that
//! begins anew, and its first cut clears the old one away.
//!
//! Not here: what it learns from the log behind the cut.

use engine::ItemActivity;
use engine::model::checkpoint::RestoreError;
use engine::model::{Content, Versions};
use engine::part::{CheckpointStore, PartOwner};

use super::StateConfig;
use crate::error::RecoverError;
use crate::learner::FreshStart;
use crate::rebuild::load_part;

/// Tells a learner that knows no item's content, because it begins anew or comes from before there was any, what the
/// documents of the cut say.
pub(super) fn describe(versions: &mut Versions, activity: &ItemActivity) {
    if versions.know_no_content() {
        for (item, _, _, doc) in activity.docs() {
            if let Some(doc) = doc {
                versions.describe(item, &Content::of(doc));
            }
        }
    }
}

/// The learner, if there is to be one, and what it has to clear away.
pub(super) fn load(
    store: &dyn CheckpointStore,
    config: &StateConfig,
) -> Result<(Option<Versions>, FreshStart), RecoverError> {
    let Some(asked) = &config.model else { return Ok((None, FreshStart::default())) };
    let entries = load_part(store, PartOwner::Model)?;
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();
    match Versions::restore(asked.versions(), entries) {
        Ok(learner) => Ok((Some(learner), FreshStart::default())),
        Err(error @ RestoreError::OtherShape { .. }) => {
            tracing::warn!(%error, "the model begins anew");
            let learner = Versions::new(asked.versions());
            Ok((Some(learner), FreshStart::over(keys.into_iter())))
        }
        Err(RestoreError::Codec(error)) => Err(error.into()),
    }
}
