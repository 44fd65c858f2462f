//! `freshet evaluate --off-policy`: what another way of choosing items would have earned, told from a log.
//!
//! Not here: the estimators (see `engine::evaluation::off_policy`).

mod rows;
mod served;
mod told;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use config::Config;
use engine::evaluation::off_policy::{Intent, Judgement, Target, Trial, Trials, judge};

use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::output::Printer;

/// What is said of it in the help of the command.
pub const HELP: &str = "\
With --off-policy the files hold what was shown, with which probability, and what came of it. Nothing is replayed:
the rows are weighed by how much likelier another way of choosing (--target) would have shown the same.
  freshet evaluate --off-policy bts/all.csv.gz --target uniform     Open Bandit's columns are known
  freshet evaluate --off-policy shown.csv                           columns: action (or item_id), reward (or click),
      propensity (or propensity_score); position, context, target, due where you have them
  freshet evaluate --off-policy shown.jsonl                         the same as members; target may be an object of
      all chances, {\"a\": 0.7, \"b\": 0.3}, which DM and DR need
  freshet evaluate --off-policy --from-log data                     what the lists would earn without exploration

Trust it where propensities are those that were really drawn with, where the target does nothing that the log never
did (the mean weight is 1, but for luck), and where the effective sample is large: an estimate that less than 1 % of
the rows decide is refused. IPS and SNIPS are right on average and vary; where they disagree, believe neither. DM is
steady and wrong where the log chose by what the model of the reward does not see; DR repairs that with the weights
and is the one to look at first. Clipped figures vary less and are biased by what was clipped: read them as a hint.
Intervals of 95 % hold the truth in 19 logs of 20, less often with few rewards. Rows of one context (a list, a
user) are taken together. What is judged is one place at a time: the others are as they were logged.";

/// Options of `--off-policy`.
#[derive(Debug, Args)]
pub struct OffPolicy {
    /// Estimate what another way of choosing would have earned; the files hold what was shown with which probability
    #[arg(long = "off-policy", id = "off_policy", help_heading = "Off-policy")]
    pub(super) asked: bool,
    /// What is judged [default: the target column where there is one, the list without exploration with --from-log or
    /// a column "due", else uniform]
    #[arg(long, value_enum, requires = "off_policy", help_heading = "Off-policy")]
    target: Option<TargetArg>,
    /// Largest weight of a row in clipped estimates
    #[arg(long, value_name = "WEIGHT", default_value_t = 10.0, requires = "off_policy", value_parser = clip,
          help_heading = "Off-policy")]
    clip: f64,
}

/// A way of choosing items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TargetArg {
    /// Every item as often as any other
    Uniform,
    /// What is due without exploration; where that is not logged, what the first half of the rows put at each place
    /// with the highest probability
    Greedy,
    /// Items in proportion to their rewards in the first half of the rows
    Popularity,
    /// As the column (member) "target" says
    Column,
    /// As it was logged: what comes out is what was earned
    Logged,
}

/// What was read.
#[derive(Debug, Default)]
struct Logged {
    source: String,
    trials: Trials,
    /// What the target column says of each row.
    column: Option<Vec<Intent>>,
    /// The item that was due at each row without exploration.
    due: Option<Vec<u32>>,
    refused: u64,
    first_refused: Option<String>,
    /// What else is to be known.
    notes: Vec<String>,
}

/// What was judged, and how it came out.
struct Judged {
    logged: Logged,
    target: TargetArg,
    /// Rows that told what the target is, and are not judged.
    told_by: usize,
    clip: f64,
    judgement: Judgement,
}

impl OffPolicy {
    /// Reads, judges and prints.
    pub(super) fn run(
        &self,
        config: &Config,
        (files, from_log): (&[PathBuf], Option<&PathBuf>),
        global: &Global,
    ) -> Result<(), Failure> {
        let logged = match from_log {
            Some(dir) => served::read(dir, config)?,
            None => rows::read(files)?,
        };
        if logged.trials.trials.is_empty() {
            let why = logged.first_refused.or(logged.notes.into_iter().next());
            let why = why.unwrap_or_else(|| "there are no rows".to_owned());
            return Err(Failure::Other(format!("nothing can be judged: {why}")));
        }
        let judged = self.judge(logged)?;
        Printer::new(global).result(&judged.json(), |printer| judged.table(printer));
        Ok(())
    }

    fn judge(&self, mut logged: Logged) -> Result<Judged, Failure> {
        let asked = self.target.unwrap_or_else(|| usual(&logged));
        let half = logged.trials.trials.len() / 2;
        let (target, told_by) = match asked {
            TargetArg::Uniform => (Target::uniform(&logged.trials), 0),
            TargetArg::Logged => (as_logged(&logged.trials.trials), 0),
            TargetArg::Column => {
                let column = logged.column.take();
                let missing = "there is no column (or member) \"target\" in every row";
                (Target::ByTrial(column.ok_or_else(|| Failure::Usage(missing.to_owned()))?), 0)
            }
            TargetArg::Popularity => {
                let earlier: Vec<Trial> = logged.trials.trials.drain(..half).collect();
                (Target::popularity(&logged.trials, &earlier), half)
            }
            TargetArg::Greedy => {
                if let Some(due) = logged.due.take() {
                    (as_due(&logged.trials.trials, &due), 0)
                } else {
                    let earlier: Vec<Trial> = logged.trials.trials.drain(..half).collect();
                    (Target::greedy(&logged.trials, &earlier), half)
                }
            }
        };
        let judgement = judge(&logged.trials, &target, self.clip);
        Ok(Judged { logged, target: asked, told_by, clip: self.clip, judgement })
    }
}

fn usual(logged: &Logged) -> TargetArg {
    match logged {
        Logged { column: Some(_), .. } => TargetArg::Column,
        Logged { due: Some(_), .. } => TargetArg::Greedy,
        _ => TargetArg::Uniform,
    }
}

/// The chances of what was shown are known, those of the rest are not.
fn as_logged(trials: &[Trial]) -> Target {
    let intent = |trial: &Trial| Intent { chance: trial.propensity, all: None };
    Target::ByTrial(trials.iter().map(intent).collect())
}

fn as_due(trials: &[Trial], due: &[u32]) -> Target {
    let intent = |(trial, due): (&Trial, &u32)| Intent {
        chance: f64::from(u8::from(trial.action == *due)),
        all: Some(vec![(*due, 1.0)]),
    };
    Target::ByTrial(trials.iter().zip(due).map(intent).collect())
}

fn clip(text: &str) -> Result<f64, String> {
    let clip = text.parse::<f64>().ok().filter(|clip| 0.0 < *clip && clip.is_finite());
    clip.ok_or_else(|| format!("\"{text}\" is no weight above 0"))
}
