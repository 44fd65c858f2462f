//! How much is made of a sample while the learner is behind: less and less, in one fixed order.
//!
//! Pure: it looks at the backlog, which is the samples on their way to the learner and not learned yet, and says what
//! becomes of the next one. First fewer negatives are drawn (half, a quarter), then samples are kept by a hash of
//! their sequence and weighed by one over the chance to be kept, at last only counted.
//!
//! Impressions without a click are the first that are left out: from [`QUARTER_FROM`] on they are kept by a hash with
//! ever smaller chance, and weigh one over it. What says more (a click, a refusal) is left out only at the very end.
//!
//! **Invariant:** every sample is learned from or counted; the backlog cannot pass [`COUNT_FROM`].
//!
//! **Invariant:** with no backlog a sample is learned in full, and that is all that a replay does.
//!
//! Not here: measuring the backlog (dispatcher); what an effort means (engine).

use engine::model::numeric::mix;
use engine::model::{ClickOutcome, ClickSample, Effort, Sample, Task};

/// Backlog from which half the negatives are drawn: 0.1 s of a learner that takes 50 µs a sample. One commit
/// is 512 samples at most, so no single burst sheds anything.
const HALF_FROM: usize = 2_048;

/// Backlog from which a quarter is drawn.
const QUARTER_FROM: usize = 4_096;

/// Backlog from which samples are kept by chance, of the first all and of the last before [`COUNT_FROM`]
/// one in [`MOST_WEIGHT`].
const THIN_FROM: usize = 6_144;

/// Backlog from which samples are only counted.
///
/// A sample is about a kilobyte and what neighbours say of it at most 15, so that 8,192 are 130 MB at worst and
/// some 50 as a rule. And it is well below what the outbox to item activity holds: commits are never held
/// back because of the learner.
pub(crate) const COUNT_FROM: usize = 8_192;

/// The most that a sample stands for.
const MOST_WEIGHT: f32 = 4.0;

/// What is left of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shed {
    /// All of it.
    Nothing,
    /// Half the negatives.
    Half,
    /// A quarter of the negatives.
    Quarter,
    /// A quarter of the negatives, and it stands for others that are only counted.
    Weighted,
    /// The count, because the hash said so.
    Thinned,
    /// The count, because the learner is as far behind as it may be.
    Counted,
}

impl Shed {
    /// Every one, in the order in which they come as the backlog grows.
    pub(crate) const ALL: [Self; 6] =
        [Self::Nothing, Self::Half, Self::Quarter, Self::Weighted, Self::Thinned, Self::Counted];

    /// The name in metrics; `None` where nothing is shed.
    pub(crate) fn how(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Half => Some("half"),
            Self::Quarter => Some("quarter"),
            Self::Weighted => Some("weighted"),
            Self::Thinned => Some("thinned"),
            Self::Counted => Some("counted"),
        }
    }
}

/// What becomes of `sample` where so many are on their way.
pub(crate) fn assign(mut sample: Sample, backlog: usize) -> (Task, Shed) {
    let effort = match backlog {
        ..HALF_FROM => return (Task::full(sample), Shed::Nothing),
        HALF_FROM..QUARTER_FROM => Effort::Half,
        _ => Effort::Quarter,
    };
    let kept = kept_share(backlog);
    let (sequence, item) = (sample.sequence, sample.item);
    let shed = match effort {
        _ if COUNT_FROM <= backlog => Shed::Counted,
        _ if kept <= chance(sequence.0) => Shed::Thinned,
        _ if kept < 1.0 => Shed::Weighted,
        Effort::Half => Shed::Half,
        _ => Shed::Quarter,
    };
    if matches!(shed, Shed::Thinned | Shed::Counted) {
        return (Task::Count { sequence, item }, shed);
    }
    sample.weight *= (1.0 / kept).min(MOST_WEIGHT);
    (Task::Learn(Box::new(sample), effort), shed)
}

/// Why nothing is made of an impression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClickShed {
    /// The hash said so; others stand for it.
    Thinned,
    /// The learner is as far behind as it may be.
    Dropped,
}

impl ClickShed {
    /// Both, in the order in which they come as the backlog grows.
    pub(crate) const ALL: [Self; 2] = [Self::Thinned, Self::Dropped];

    /// The name in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thinned => "thinned",
            Self::Dropped => "dropped",
        }
    }
}

/// The most that an impression without a click stands for.
const MOST_CLICK_WEIGHT: f32 = 16.0;

/// What becomes of a settled impression where so many samples are on their way.
pub(crate) fn assign_click(
    mut click: ClickSample,
    backlog: usize,
) -> Result<ClickSample, ClickShed> {
    if COUNT_FROM <= backlog {
        return Err(ClickShed::Dropped);
    }
    if click.outcome != ClickOutcome::Unclicked || backlog < QUARTER_FROM {
        return Ok(click);
    }
    let over = (backlog - QUARTER_FROM) as f32 / (THIN_FROM - QUARTER_FROM) as f32;
    let kept = (1.0 - over * (1.0 - 1.0 / MOST_CLICK_WEIGHT)).max(1.0 / MOST_CLICK_WEIGHT);
    let place = click.user_hash ^ u64::from(click.position);
    if kept <= chance(mix(click.sequence.0, place)) {
        return Err(ClickShed::Thinned);
    }
    click.weight /= kept;
    Ok(click)
}

/// Which share of samples is learned from at this backlog.
fn kept_share(backlog: usize) -> f32 {
    let over = backlog.saturating_sub(THIN_FROM) as f32 / (COUNT_FROM - THIN_FROM) as f32;
    (1.0 - over * (1.0 - 1.0 / MOST_WEIGHT)).max(1.0 / MOST_WEIGHT)
}

/// A number in `0..1` that hangs on the name alone.
fn chance(name: u64) -> f32 {
    const SALT: u64 = 0x5ed5_c0de;
    (mix(SALT, name) >> 40) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests;
