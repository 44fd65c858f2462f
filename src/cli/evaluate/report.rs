//! What was found, as Markdown.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::figures::Figures;
use super::quoted::Quoted;
use crate::cli::failure::Failure;
use crate::cli::output::count;
use crate::import::moment::readable;

/// A report that will be written; its file is made at once, so that a long replay does not end in vain.
#[derive(Debug)]
pub struct Report {
    path: PathBuf,
    file: File,
}

impl Report {
    /// Makes the file.
    ///
    /// # Errors
    /// [`Failure::Other`] where that cannot be done.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|fault| cannot_write(path, &fault))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes the report.
    ///
    /// # Errors
    /// [`Failure::Other`] where the file cannot be written.
    pub fn write(mut self, figures: &Figures) -> Result<(), Failure> {
        let written = self.file.write_all(text(figures).as_bytes());
        written.map_err(|fault| cannot_write(&self.path, &fault))
    }
}

fn cannot_write(path: &Path, fault: &std::io::Error) -> Failure {
    Failure::Other(format!("cannot write {}: {fault}", path.display()))
}

/// The report's text.
fn text(figures: &Figures) -> String {
    let mut text = format!("# Rankings of {}\n\n", figures.told.sources.join(", "));
    data(&mut text, figures);
    table(&mut text, &figures.heading(), &figures.rows());
    let reference = figures.outcome.reference.words();
    let _ = write!(
        text,
        "\nEach event was ranked with what was known before it, then learned from. HR@k is the share of events whose \
         item was among the first k; an item never chosen before is a miss. The last columns are the {reference}'s \
         figure minus the method's, with the 95 % interval of a paired bootstrap over users. Rivals rank every known \
         item, with nothing cut; those marked T+1 are built anew from the whole past every {}.\n\n{}\n\n",
        figures.rebuilt(),
        figures.verdict(),
    );
    quoted(&mut text, figures);
    if let Some(without) = &figures.without {
        let words = without.words(figures.protocol.length());
        let _ = write!(text, "## Without some sources\n\n{words}\n\n");
    }
    seeds(&mut text, figures);
    text.push_str("## Cost\n\n");
    let steps = figures.steps().into_iter();
    let rows: Vec<_> = steps.map(|(name, us)| vec![name.to_owned(), format!("{us:.1}")]).collect();
    table(&mut text, &["step".to_owned(), "µs per event".to_owned()], &rows);
    let _ = writeln!(text, "\nMeasured as {}.", figures.costs.clock());
    let reactions = figures.reaction_rows();
    if !reactions.is_empty() {
        let probes = count(figures.probes());
        let _ = write!(text, "\n## What one click does to the next list\n\n{probes} probes.\n\n");
        table(&mut text, &Figures::REACTION_HEADING.map(str::to_owned), &reactions);
        text.push_str(
            "\nThe same user asks before and right after the click, everything else being equal; the clicked item does \
             not count. Without a click nothing may change.\n",
        );
    }
    text
}

fn quoted(text: &mut String, figures: &Figures) {
    if let Some(quoted) = Quoted::beside(figures) {
        let _ = write!(text, "## {}\n\n", quoted.title());
        table(text, &Quoted::HEADING.map(str::to_owned), &quoted.rows());
        text.push_str(
            "\nMeasured by another implementation of the same protocol, weights up to one rebuilding old, histories live.\n\n",
        );
    }
}

fn seeds(text: &mut String, figures: &Figures) {
    let rows = figures.seeds_rows();
    if !rows.is_empty() {
        text.push_str("## Mean and deviation over seeds\n\n");
        table(text, &figures.seeds_heading(), &rows);
        text.push('\n');
    }
}

fn data(text: &mut String, figures: &Figures) {
    let (outcome, told, protocol) = (&figures.outcome, &figures.told, &figures.protocol);
    let time = |at: Option<i64>| at.map_or_else(String::new, readable);
    let facts = [
        ("events", count(outcome.events)),
        ("from", time(told.earliest_ms)),
        ("to", time(told.latest_ms)),
        ("scored", count(outcome.scored)),
        ("of them on items never chosen before", count(outcome.unknown)),
        ("users scored", count(outcome.users as u64)),
        ("items", count(outcome.items as u64)),
        ("rows refused", count(told.refused)),
        ("candidates", super::setup::candidates_name(protocol.candidates).to_owned()),
        ("repeats", figures.repeats()),
        ("published", figures.published()),
        ("scenario", protocol.scenario.name.clone()),
        ("seed", figures.seed.to_string()),
    ];
    let rows: Vec<_> = facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect();
    table(text, &["data".to_owned(), String::new()], &rows);
    text.push('\n');
}

fn table(text: &mut String, heading: &[String], rows: &[Vec<String>]) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(heading));
    text.push_str(&line(&vec!["---".to_owned(); heading.len()]));
    for row in rows {
        text.push_str(&line(row));
    }
}
