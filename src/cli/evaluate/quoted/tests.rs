use std::path::Path;

use clap::Parser as _;
use config::Config;

use super::*;
use crate::cli::{Cli, Command};

/// What is quoted beside `evaluate` with these arguments, were it played to the end.
fn quoted(args: &[&str], earliest_s: i64) -> Option<&'static str> {
    let cli = Cli::try_parse_from([&["freshet", "evaluate", "-q", "x"], args].concat()).unwrap();
    let Command::Evaluate(evaluate) = &cli.command else { panic!("another command") };
    let stream = &STREAMS[0];
    let protocol = evaluate.protocol(&Config::default(), stream.events, 7).unwrap();
    let found = Stream::of(stream.events, (earliest_s, stream.span_s.1), &protocol);
    found.map(|stream| stream.name)
}

#[test]
fn figures_are_quoted_beside_the_same_events_judged_by_the_same_rules_only() {
    let first = STREAMS[0].span_s.0;
    assert_eq!(quoted(&["--repeats", "never"], first), Some("MovieLens 100K"));
    assert_eq!(quoted(&["--repeats", "never"], first + 1), None);
    assert_eq!(quoted(&["--repeats", "allow"], first), None);
    assert_eq!(quoted(&["--repeats", "never", "--k", "10"], first), None);
    assert_eq!(quoted(&["--repeats", "never", "--skip", "0.5"], first), None);
    assert_eq!(quoted(&["--repeats", "never", "--publish-interval", "1h"], first), None);
}

#[test]
fn the_streams_are_those_of_the_files_where_these_are_at_hand() {
    let data = std::env::var("FRESHET_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let path = Path::new(&data).join("ml-100k/u.data");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not at hand", path.display());
        return;
    };
    let times = text.lines().filter_map(|line| line.split('\t').nth(3)?.parse::<i64>().ok());
    let times: Vec<i64> = times.collect();
    let (first, last) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
    assert_eq!((times.len() as u64, (first, last)), (STREAMS[0].events, STREAMS[0].span_s));
}
