//! What is told of a model and its versions, as JSON.
//!
//! Not here: where it comes from (see `engine::model::versions::Report`).

use engine::model::versions::{
    Alias, By, ChallengerStart, ClickThrough, DuelReport, Learning, Note, NoteEvent, Origin,
    Report, Shown, VersionReport, WHOLE, Why,
};
use engine::model::watch::{ClickFigures, Decile};
use serde::Serialize;
use utoipa::ToSchema;

use super::MODEL;
use crate::node::Node;

/// The models of a node.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelList {
    /// Each with its versions.
    pub models: Vec<ModelBody>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ModelBody {
    /// Its name.
    #[schema(value_type = String)]
    pub model: &'static str,
    /// `on`; `frozen` by command; `held` where the guard has put an older state back, for `held_samples` more choices.
    #[schema(value_type = String)]
    pub learning: &'static str,
    /// Choices until learning goes on by itself.
    pub held_samples: Option<u64>,
    /// Share of the users who are served from the challenger.
    pub canary: f32,
    /// Champion, challenger, previous, those that there are.
    pub versions: Vec<VersionBody>,
    /// Copies of the champion that it can be put back to: how many choices each had learned from.
    pub last_good: Vec<u64>,
    /// The champion beside the state it would be put back to, on the same choices.
    pub champion_beside_last_good: Option<DuelBody>,
    /// The challenger beside the champion, on the same choices.
    pub challenger_beside_champion: Option<DuelBody>,
    /// What is clicked of what both show; null while nobody is served from the challenger.
    pub click_through: Option<ClickThroughBody>,
    /// What happened, oldest first, at most 64.
    pub notes: Vec<NoteBody>,
}

/// A version of a model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VersionBody {
    /// Its number.
    pub version: u32,
    /// `champion`, `challenger` or `previous`.
    #[schema(value_type = String)]
    pub alias: &'static str,
    /// What it began from: `start` (the first), `champion`, `nothing` or `file`.
    #[schema(value_type = String)]
    pub from: &'static str,
    /// The champion when it began; null for the first.
    pub beside: Option<u32>,
    /// In what it differs from the configuration.
    pub changes: ChangesBody,
    /// Choices that it has learned from.
    pub trained: u64,
    /// Sequence of the last of them.
    pub trained_through: u64,
    /// Items that it knows.
    pub items: usize,
    /// Users' vectors that it holds in memory.
    pub user_rows: usize,
    /// Bytes of these.
    pub user_row_bytes: usize,
    /// How well it foretold the newest choices, each before it learned from it.
    pub choices: ChoicesBody,
    /// The same of impressions; null where there were none.
    pub clicks: Option<ClicksBody>,
    /// How often it noticed that the stream had changed.
    pub drift_alarms: u64,
}

/// In what a version differs from the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChangesBody {
    /// Step of the vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f32>,
    /// Items that each choice is weighed against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negatives: Option<u32>,
    /// How much an item of the history counts against the one after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_decay: Option<f32>,
    /// Choices after which a user has a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_vector_after: Option<u32>,
    /// Numbers in a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
}

/// How well choices were foretold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChoicesBody {
    /// Choices that the figures are of, at most 4,000.
    pub samples: u64,
    /// Mean log loss of the item chosen among 400 items drawn, in nats.
    pub log_loss: f64,
    /// How probably the item chosen was put before one that was drawn.
    pub auc: f64,
    /// Mean of one over the rank among all items, estimated.
    pub reciprocal_rank: f64,
}

/// How well clicks were foretold.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClicksBody {
    /// Impressions that the figures are of, at most 20,000.
    pub samples: u64,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// How probably a click was foretold higher than what was none.
    pub auc: f64,
    /// Clicks foretold over clicks.
    pub calibration: f64,
    /// Tenths of the impressions by what was foretold, lowest first.
    pub deciles: Vec<DecileBody>,
}

/// A tenth of the impressions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct DecileBody {
    /// Mean prediction.
    pub predicted: f64,
    /// Share of clicks.
    pub observed: f64,
    /// What the impressions weigh.
    pub weight: f64,
}

/// Two models on the same choices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct DuelBody {
    /// Choices that count.
    pub samples: f64,
    /// Mean log loss of the first.
    pub log_loss: f64,
    /// Mean log loss of the other.
    pub other_log_loss: f64,
}

/// What is clicked of what challenger and champion show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClickThroughBody {
    /// Of what the challenger shows.
    pub challenger: ShownBody,
    /// Of what the champion shows.
    pub champion: ShownBody,
}

/// What one version shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownBody {
    /// What settled impressions weigh.
    pub impressions: f64,
    /// Those that were clicked.
    pub clicks: f64,
    /// Their share.
    pub rate: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NoteBody {
    /// Sequence of the record at which it did.
    pub sequence: u64,
    /// `frozen`, `resumed`, `challenged`, `stopped`, `promoted`, `rolled_back`, `canary_set`, `canary_stopped` or `drift`.
    #[schema(value_type = String)]
    pub event: &'static str,
    /// The version that it is about.
    pub version: Option<u32>,
    /// The same in words.
    pub detail: String,
}

impl ModelBody {
    /// The model of `node` as it is now.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        Self::told(&node.models().report)
    }

    fn told(report: &Report) -> Self {
        let (learning, held_samples) = match report.learning {
            Learning::On => ("on", None),
            Learning::Frozen => ("frozen", None),
            Learning::Held { samples } => ("held", Some(samples)),
        };
        Self {
            model: MODEL,
            learning,
            held_samples,
            canary: f32::from(report.canary) / f32::from(WHOLE),
            versions: report.versions.iter().map(version).collect(),
            last_good: report.last_good.clone(),
            champion_beside_last_good: report.champion_duel.map(duel),
            challenger_beside_champion: report.challenger_duel.map(duel),
            click_through: report.click_through.map(click_through),
            notes: report.notes.iter().map(note).collect(),
        }
    }

    /// The version that is `alias`, if there is one.
    #[must_use]
    pub fn version(&self, alias: Alias) -> Option<&VersionBody> {
        self.versions.iter().find(|version| version.alias == alias.name())
    }
}

fn version(report: &VersionReport) -> VersionBody {
    let (from, beside) = match &report.origin {
        Origin::First => ("start", None),
        Origin::Begun { start, beside, .. } => (name(start), Some(*beside)),
    };
    let changes = report.changes.clone();
    let choices = report.choices;
    VersionBody {
        version: report.version,
        alias: report.alias.name(),
        from,
        beside,
        changes: ChangesBody {
            learning_rate: changes.learning_rate,
            negatives: changes.negatives,
            history_decay: changes.history_decay,
            user_vector_after: changes.user_vector_after,
            dimensions: changes.dimensions,
        },
        trained: report.trained,
        trained_through: report.trained_through,
        items: report.items,
        user_rows: report.user_rows,
        user_row_bytes: report.user_row_bytes,
        choices: ChoicesBody {
            samples: choices.samples,
            log_loss: choices.log_loss,
            auc: choices.auc,
            reciprocal_rank: choices.reciprocal_rank,
        },
        clicks: report.clicks.as_ref().map(clicks),
        drift_alarms: report.drift_alarms,
    }
}

fn clicks(figures: &ClickFigures) -> ClicksBody {
    let decile = |decile: &Decile| DecileBody {
        predicted: decile.predicted,
        observed: decile.observed,
        weight: decile.weight,
    };
    ClicksBody {
        samples: figures.samples,
        log_loss: figures.log_loss,
        auc: figures.auc,
        calibration: figures.calibration,
        deciles: figures.deciles.iter().map(decile).collect(),
    }
}

fn name(start: &ChallengerStart) -> &'static str {
    match start {
        ChallengerStart::Champion => "champion",
        ChallengerStart::Nothing => "nothing",
        ChallengerStart::File { .. } => "file",
    }
}

fn duel(report: DuelReport) -> DuelBody {
    let DuelReport { samples, loss, other_loss } = report;
    DuelBody { samples, log_loss: loss, other_log_loss: other_loss }
}

fn click_through(through: ClickThrough) -> ClickThroughBody {
    let of = |shown: Shown| ShownBody {
        impressions: shown.impressions,
        clicks: shown.clicks,
        rate: shown.rate(),
    };
    ClickThroughBody { challenger: of(through.challenger), champion: of(through.champion) }
}

fn note(note: &Note) -> NoteBody {
    let (version, detail) = match &note.event {
        NoteEvent::Frozen => (None, "learning rests".to_owned()),
        NoteEvent::Resumed => (None, "learning goes on".to_owned()),
        NoteEvent::Challenged { version } => {
            (Some(*version), format!("version {version} learns in the shadow"))
        }
        NoteEvent::Stopped { version } => (Some(*version), format!("version {version} was let go")),
        NoteEvent::Promoted { version, before } => {
            (Some(*version), format!("version {version} follows version {before}"))
        }
        NoteEvent::RolledBack { from, to, trained, by } => {
            (Some(*to), rolled_back(*from, *to, *trained, by))
        }
        NoteEvent::CanarySet { version, share } => {
            let share = f32::from(*share) / f32::from(WHOLE) * 100.0;
            (Some(*version), format!("version {version} serves {share} % of users"))
        }
        NoteEvent::CanaryStopped { version, why } => {
            (Some(*version), canary_stopped(*version, why))
        }
        NoteEvent::Drift { version } => {
            (Some(*version), format!("version {version} foretells markedly worse than before"))
        }
    };
    NoteBody { sequence: note.sequence, event: note.event.name(), version, detail }
}

fn rolled_back(from: u32, to: u32, trained: u64, by: &By) -> String {
    let state = format!("version {to} as of {trained} choices took version {from}'s place");
    match by {
        By::Operator => state,
        By::Guard { loss, good_loss } => {
            format!("{state}: a log loss of {loss:.3} against {good_loss:.3} on the same choices")
        }
    }
}

fn canary_stopped(version: u32, why: &Why) -> String {
    match why {
        Why::Loss { loss, champion } => format!(
            "version {version} serves nobody: a log loss of {loss:.3} against {champion:.3} on the same choices"
        ),
        Why::Clicks { rate, champion } => format!(
            "version {version} serves nobody: {:.2} % of what it showed was clicked, against {:.2} %",
            rate * 100.0,
            champion * 100.0
        ),
    }
}
