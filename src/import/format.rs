//! The formats that can be read, and how the first line tells them apart.

use clap::ValueEnum;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// `user::item::rating::seconds`, as MovieTweetings has it
    Movietweetings,
    /// The same of MovieLens (1M, 10M)
    Movielens,
    /// `user <tab> item <tab> rating <tab> seconds` (MovieLens 100K)
    Udata,
    /// A table with a first line of names; comma, semicolon or tab
    Csv,
    /// One JSON event a line
    Jsonl,
    /// `SessionId <tab> ItemId <tab> Time`, as Serenade has it
    Serenade,
}

impl Format {
    /// The format that a file whose first line is this must be in.
    #[must_use]
    pub fn detect(first_line: &str) -> Option<Self> {
        let line = first_line.trim_start_matches('\u{feff}').trim_end();
        let numeric = |text: &str| text.parse::<f64>().is_ok();
        if line.starts_with('{') {
            return Some(Self::Jsonl);
        }
        if line.split("::").count() == 4 {
            return Some(Self::Movielens);
        }
        if line == "SessionId\tItemId\tTime" {
            return Some(Self::Serenade);
        }
        let tabbed: Vec<&str> = line.split('\t').collect();
        if tabbed.len() == 4 && tabbed.into_iter().all(numeric) {
            return Some(Self::Udata);
        }
        [',', '\t', ';'].iter().any(|mark| line.contains(*mark)).then_some(Self::Csv)
    }

    /// What an event of this format is where the row does not say.
    #[must_use]
    pub fn default_type(self) -> Option<&'static str> {
        match self {
            Self::Movietweetings | Self::Movielens | Self::Udata => Some("rate"),
            Self::Serenade => Some("view_item"),
            Self::Csv | Self::Jsonl => None,
        }
    }

    /// The format's name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Movietweetings => "movietweetings",
            Self::Movielens => "movielens",
            Self::Udata => "udata",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Serenade => "serenade",
        }
    }
}
