//! `freshet models`: the versions of the model: see them, and say what they shall do.

mod transfer;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style, count};

const VERSIONS: &str = "/v1/models/main/versions";

const AFTER_HELP: &str = "\
Examples:
  freshet models ls
  freshet models challenge --learning-rate 0.05    a copy of the champion that learns in its shadow
  freshet models canary 5%                         serve 5 % of the users from it
  freshet models promote 1                         make it the champion
  freshet models rollback                          take the champion back
  freshet models export 1 -f model.safetensors     its tables, items under their names
  freshet models import model.safetensors          a challenger with them
  freshet models freeze; freshet models resume";

/// See and steer the versions of the model
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Models {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the versions, how well each foretells, and what happened
    Ls,
    /// Begin a challenger that learns in the champion's shadow
    Challenge(Challenge),
    /// Let the challenger go
    Stop {
        /// Its number
        version: u32,
    },
    /// Make a version the champion
    Promote {
        /// Its number
        version: u32,
    },
    /// Serve a share of the users from the challenger
    Canary {
        /// Share, such as 5% or 0.05; 0 for none
        #[arg(value_parser = share)]
        share: f64,
    },
    /// Take the champion back, for the version before it or its own last good state
    Rollback {
        /// The champion that is meant; where it is another by now, nothing changes
        #[arg(long, value_name = "VERSION")]
        from: Option<u32>,
    },
    /// Write a version out as safetensors
    Export {
        /// Its number [default: the champion]
        version: Option<u32>,
        /// Write here [default: freshet-main-VERSION.safetensors; - for standard output]
        #[arg(long, short, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Begin a challenger with the tables of a safetensors file
    Import {
        /// Such as another node's export
        file: PathBuf,
    },
    /// Learn no more
    Freeze,
    /// Learn again
    Resume,
}

/// In what the challenger differs from the configuration
#[derive(Debug, Args)]
struct Challenge {
    /// Begin from nothing learned, not from a copy of the champion
    #[arg(long)]
    from_nothing: bool,
    /// Step of the vectors
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f32>,
    /// Items that each choice is weighed against
    #[arg(long, value_name = "N")]
    negatives: Option<u32>,
    /// How much an item of the history counts against the one after it
    #[arg(long, value_name = "SHARE")]
    history_decay: Option<f32>,
    /// Choices after which a user has a vector
    #[arg(long, value_name = "N")]
    user_vector_after: Option<u32>,
    /// Numbers in a vector, in steps of 16; only with --from-nothing
    #[arg(long, value_name = "N", requires = "from_nothing")]
    dimensions: Option<u32>,
}

impl Models {
    /// Asks or tells, and writes what the model is then.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer, or refuses.
    pub fn run(&self, client: &Client, global: &Global) -> Result<(), Failure> {
        let printer = Printer::new(global);
        if let What::Ls = self.what {
            let model = client.get(VERSIONS)?;
            printer.result(&model, |printer| for_people(printer, &model));
            return Ok(());
        }
        if let What::Export { version, file } = &self.what {
            return transfer::export(client, *version, file.as_deref());
        }
        let told = self.what.tell(client)?;
        printer.result(&told, |printer| {
            [outcome(&told), for_people(printer, &told["model"])].join("\n\n")
        });
        Ok(())
    }
}

impl What {
    fn tell(&self, client: &Client) -> Result<Value, Failure> {
        let path = |rest: &str| format!("/v1/models/main/{rest}");
        match self {
            Self::Ls | Self::Export { .. } => client.get(VERSIONS),
            Self::Import { file } => transfer::import(client, file),
            Self::Challenge(challenge) => client.post(VERSIONS, &challenge.body()),
            Self::Stop { version } => client.delete(&path(&format!("versions/{version}"))),
            Self::Promote { version } => {
                client.put(&path("aliases/champion"), &json!({"version": version}))
            }
            Self::Canary { share } => client.put(&path("traffic"), &json!({"canary": share})),
            Self::Rollback { from } => client.post(&path("rollback"), &json!({"from": from})),
            Self::Freeze => client.post(&path("freeze"), &json!({})),
            Self::Resume => client.post(&path("resume"), &json!({})),
        }
    }
}

impl Challenge {
    fn body(&self) -> Value {
        let mut body = Map::new();
        let from = if self.from_nothing { "nothing" } else { "champion" };
        body.insert("from".to_owned(), from.into());
        // A number as it was typed, not as the nearest float spells it.
        let typed = |number: f32| number.to_string().parse::<f64>().unwrap_or_default().into();
        let members = [
            ("learning_rate", self.learning_rate.map(typed)),
            ("history_decay", self.history_decay.map(typed)),
            ("negatives", self.negatives.map(Value::from)),
            ("user_vector_after", self.user_vector_after.map(Value::from)),
            ("dimensions", self.dimensions.map(Value::from)),
        ];
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        body.extend(given.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(body)
    }
}

fn outcome(told: &Value) -> String {
    let version =
        told["version"].as_u64().map_or_else(String::new, |it| format!(" (version {it})"));
    let brought = &told["brought"];
    let brought = brought["items"].as_u64().map_or_else(String::new, |items| {
        let unknown = brought["unknown_items"].as_u64().unwrap_or(0);
        format!(", {} items taken in, {} not known here", count(items), count(unknown))
    });
    match told["outcome"].as_str() {
        Some("done") => format!("done{version}{brought}"),
        Some("unchanged") => format!("it was so already{version}"),
        _ => "logged; the learner comes to it in a moment".to_owned(),
    }
}

fn for_people(printer: &Printer, model: &Value) -> String {
    let mut lines = vec![learning(printer, model)];
    let canary = model["canary"].as_f64().unwrap_or(0.0);
    if 0.0 < canary {
        lines.push(format!("{:.2} % of the users are served from the challenger", canary * 100.0));
    }
    let versions = model["versions"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> = versions.map(row).collect();
    let heading = ["version", "is", "from", "trained", "items", "log loss", "AUC", "drift"];
    lines.push(printer.table(&heading, &rows));
    let notes: Vec<&Value> = model["notes"].as_array().into_iter().flatten().collect();
    for note in notes.iter().rev().take(10).rev() {
        let detail = note["detail"].as_str().unwrap_or_default();
        lines.push(printer.styled(Style::Dim, &format!("at {}: {detail}", note["sequence"])));
    }
    lines.join("\n")
}

fn learning(printer: &Printer, model: &Value) -> String {
    match model["learning"].as_str() {
        Some("frozen") => printer.styled(Style::Red, "learning rests, by command"),
        Some("held") => {
            let samples = model["held_samples"].as_u64().unwrap_or(0);
            let text =
                format!("an older state was put back and rests for {} choices", count(samples));
            printer.styled(Style::Red, &text)
        }
        _ => printer.styled(Style::Green, "learning"),
    }
}

fn row(version: &Value) -> Vec<String> {
    let text = |name: &str| version[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| count(version[name].as_u64().unwrap_or(0));
    let figure = |name: &str| match version["choices"]["samples"].as_u64() {
        Some(1..) => format!("{:.3}", version["choices"][name].as_f64().unwrap_or(0.0)),
        _ => "-".to_owned(),
    };
    vec![
        version["version"].to_string(),
        text("alias"),
        text("from"),
        number("trained"),
        number("items"),
        figure("log_loss"),
        figure("auc"),
        number("drift_alarms"),
    ]
}

/// A share as it is typed: `5%`, or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().map_err(|fault| fault.to_string())? / whole;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("must be from 0 to 100 %".to_owned()) }
}

#[cfg(test)]
mod tests;
