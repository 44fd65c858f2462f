//! Tests of the versions: whom they take rows from, what the guard does, and that a restored set goes on bit for bit.

mod guard;
mod restored;
mod rows;
mod stream;

use std::collections::BTreeMap;

use super::*;
use crate::model::numeric::mix;

use stream::Tastes;

const SEED: u64 = 21;

/// Small enough to learn thousands of choices in a moment.
fn config() -> VersionsConfig {
    let model = ModelConfig {
        lanes: 1,
        negatives: 16,
        blend_draws: 60,
        recent_positives: 2_000,
        user_row_after: 2,
        ..ModelConfig::default()
    };
    let guard = GuardConfig {
        every: 4,
        snapshot_samples: 1_000,
        hold_samples: 500,
        ..GuardConfig::default()
    };
    VersionsConfig { seed: SEED, model, guard, files: Arc::new(NoFiles) }
}

/// So wrong that nothing can be foretold by it: a rate at which every step overshoots, against hardly any negatives.
fn absurd() -> ModelChanges {
    ModelChanges { learning_rate: Some(1.0), negatives: Some(4), ..ModelChanges::default() }
}

fn tell(versions: &mut Versions, sequence: u64, command: ModelCommand) -> CommandOutcome {
    let _ = versions.take(&Lesson::Command(Sequence(sequence), Box::new(command)));
    versions.outcomes.back().expect("an outcome").1.clone()
}

fn challenge(versions: &mut Versions, sequence: u64, changes: ModelChanges) -> u32 {
    let start = ChallengerStart::Champion;
    match tell(versions, sequence, ModelCommand::Challenge { start, changes }) {
        CommandOutcome::Done { version } => version,
        other => panic!("{other:?}"),
    }
}

fn events(versions: &Versions) -> Vec<NoteEvent> {
    versions.notes.iter().map(|note| note.event.clone()).collect()
}
