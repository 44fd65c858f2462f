//! What was found, for a terminal and as JSON.

use clap::ValueEnum;
use engine::evaluation::off_policy::estimate::{LEAST_EFFECTIVE, LEAST_REWARDED};
use engine::evaluation::off_policy::{Doubt, Estimate, Estimator, Judgement};
use serde_json::{Value, json};

use super::{Judged, TargetArg};
use crate::cli::output::{Printer, Style, count};

impl Judged {
    /// Everything as JSON; the numbers of an estimate that is refused are null.
    pub(super) fn json(&self) -> Value {
        let Judgement { trials, logged, effective, heaviest, mean_weight, .. } = self.judgement;
        let estimates: Vec<Value> =
            self.judgement.estimates.iter().map(|one| self.estimate_json(one)).collect();
        let doubts: Vec<&str> = self.judgement.doubts.iter().map(|doubt| code(*doubt)).collect();
        json!({
            "data": {
                "source": self.logged.source,
                "rows": trials,
                "rows_that_told_the_target": self.told_by,
                "items": self.logged.trials.actions,
                "places": self.logged.trials.places,
                "refused": self.logged.refused,
                "first_refused": self.logged.first_refused,
                "notes": self.logged.notes,
            },
            "target": name(self.target),
            "logged": interval(logged),
            "effective_rows": effective,
            "effective_share": self.judgement.effective_share(),
            "rewarded_rows": self.judgement.rewarded,
            "largest_weight": heaviest,
            "mean_weight": interval(mean_weight),
            "clip": self.clip,
            "clipped_rows": self.judgement.clipped,
            "estimates": estimates,
            "doubts": doubts,
        })
    }

    /// The same for people.
    pub(super) fn table(&self, printer: &Printer) -> String {
        let rows: Vec<Vec<String>> =
            self.judgement.estimates.iter().map(|one| self.row(one)).collect();
        let title = format!("What {} would have earned a row", in_words(self.target));
        let mut parts = vec![
            self.data(),
            printer.styled(Style::Bold, &title),
            self.weights(),
            printer.table(&["estimator", "estimate", "95 % interval", ""], &rows),
        ];
        if self.judgement.by(Estimator::Dr).is_none() {
            let missing = "DM and DR need the chances of all items, and the rows tell only that of the one shown.";
            parts.push(missing.to_owned());
        }
        let doubts = self.judgement.doubts.iter().map(|doubt| self.doubt(*doubt));
        parts.extend(doubts.map(|doubt| printer.styled(Style::Red, &doubt)));
        parts.join("\n\n")
    }

    fn data(&self) -> String {
        let (mean, spread) = self.judgement.logged;
        let mut lines = vec![
            self.logged.source.clone(),
            format!(
                "{} rows, {} items at {} places",
                count(self.judgement.trials as u64),
                count(self.logged.trials.actions as u64),
                self.logged.trials.places,
            ),
            format!(
                "earned as logged: {mean:.5} a row [{:.5}, {:.5}]",
                mean - spread,
                mean + spread
            ),
        ];
        if 0 < self.told_by {
            let rows = count(self.told_by as u64);
            lines.push(format!("{rows} earlier rows told what the target is and are not judged"));
        }
        lines.extend(self.logged.notes.iter().cloned());
        if 0 < self.logged.refused {
            let first = self.logged.first_refused.as_deref().unwrap_or_default();
            lines.push(format!("{} rows refused, the first: {first}", count(self.logged.refused)));
        }
        lines.join("\n")
    }

    fn weights(&self) -> String {
        let judged = &self.judgement;
        let (mean, spread) = judged.mean_weight;
        format!(
            "effective sample {:.0} of {} rows ({:.1} %), {} of them rewarded\n\
             mean weight {mean:.3} ± {spread:.3}, largest {:.1}; {} rows above the clip of {}",
            judged.effective,
            count(judged.trials as u64),
            100.0 * judged.effective_share(),
            count(judged.rewarded as u64),
            judged.heaviest,
            count(judged.clipped as u64),
            self.clip,
        )
    }

    fn row(&self, one: &Estimate) -> Vec<String> {
        let label = label(one.by).to_owned();
        if self.judgement.refuses(one) {
            return vec![label, "refused".to_owned(), String::new(), String::new()];
        }
        let note = match one.by {
            Estimator::Dm => "as good as the model of the reward",
            by if by.is_clipped() => "biased by what was clipped",
            _ => "",
        };
        let interval = format!("[{:.5}, {:.5}]", one.low, one.high);
        vec![label, format!("{:.5}", one.value), interval, note.to_owned()]
    }

    fn estimate_json(&self, one: &Estimate) -> Value {
        let refused = self.judgement.refuses(one);
        let given = |number: f64| Some(number).filter(|number| !refused && number.is_finite());
        json!({
            "estimator": one.by.name(),
            "value": given(one.value),
            "low": given(one.low),
            "high": given(one.high),
            "refused": refused,
        })
    }

    fn doubt(&self, doubt: Doubt) -> String {
        match doubt {
            Doubt::FewEffective => format!(
                "Refused: fewer than {} % of the rows decide. The log hardly ever did what the target does; let it \
                 explore more, or ask for a target nearer to it.",
                100.0 * LEAST_EFFECTIVE
            ),
            Doubt::NoSupport => format!(
                "Doubtful: the mean weight is {:.2} and should be 1. The target does what the log never does, or the \
                 propensities are not those that were drawn with.",
                self.judgement.mean_weight.0
            ),
            Doubt::FewRewarded => format!(
                "Doubtful: {} rewarded rows carry a weight, fewer than {LEAST_REWARDED}; intervals are too narrow.",
                self.judgement.rewarded
            ),
        }
    }
}

fn interval((mean, spread): (f64, f64)) -> Value {
    json!({"mean": mean, "low": mean - spread, "high": mean + spread})
}

fn name(target: TargetArg) -> String {
    target.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn in_words(target: TargetArg) -> &'static str {
    match target {
        TargetArg::Uniform => "showing every item evenly",
        TargetArg::Greedy => "what was due without exploration",
        TargetArg::Popularity => "showing items in proportion to their earlier rewards",
        TargetArg::Column => "the column \"target\"",
        TargetArg::Logged => "what was logged",
    }
}

fn label(estimator: Estimator) -> &'static str {
    match estimator {
        Estimator::Ips => "IPS",
        Estimator::Snips => "SNIPS",
        Estimator::ClippedIps => "IPS, clipped",
        Estimator::ClippedSnips => "SNIPS, clipped",
        Estimator::Dm => "DM",
        Estimator::Dr => "DR",
        Estimator::ClippedDr => "DR, clipped",
    }
}

fn code(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::FewEffective => "few_effective_rows",
        Doubt::NoSupport => "mean_weight_is_not_1",
        Doubt::FewRewarded => "few_rewarded_rows",
    }
}
