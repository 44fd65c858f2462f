//! Rules on Rust sources: sizes, module docs, one technology in one place, no clock, no leftovers.
//!
//! They read lines, not syntax: rustfmt has laid the sources out, so indentation tells where a function ends.

use crate::Finding;
use crate::files::TextFile;

const FILE_LINES: usize = 500;
const LIB_LINES: usize = 80;
const MAIN_LINES: usize = 60;
const FUNCTION_LINES: usize = 70;

/// A word that code may hold only below certain paths.
struct Place {
    word: &'static str,
    allowed: &'static [&'static str],
    lesson: &'static str,
}

/// One technology, one place. Words are matched in code, not in comments.
const PLACES: &[Place] = &[
    Place {
        word: "rocksdb::",
        allowed: &["snapshots/", "src/event_log/", "benches/"],
        lesson: "only snapshots and src/event_log name rocksdb; use the CheckpointStore or LogReader port",
    },
    Place {
        word: "actix_web",
        allowed: &["src/http/", "src/live/", "benches/"],
        lesson: "only src/http and src/live name actix-web; call the Node's methods instead",
    },
    Place {
        word: "bincode::",
        allowed: &["engine/src/codec.rs"],
        lesson: "derive bincode::{Decode, Encode} on disk types; only engine/src/codec.rs encodes and decodes",
    },
    Place {
        word: "parquet::",
        allowed: &["src/cli/export/", "tests/export.rs"],
        lesson: "only src/cli/export names parquet; give it cells",
    },
    Place {
        word: concat!("SystemTime", "::now"),
        allowed: &["src/clock.rs"],
        lesson: "time is an argument; only src/clock.rs reads the system clock",
    },
    Place {
        word: concat!("Instant", "::now"),
        // A test rig below the floor of the clock waits for real threads.
        allowed: &["src/clock.rs", "actors/src/testing/"],
        lesson: "measure through clock::Stopwatch; only src/clock.rs reads the system clock",
    },
    Place {
        word: concat!("process", "::exit"),
        allowed: &["src/main.rs"],
        lesson: "return an exit code to main; a library that exits cannot be tested",
    },
];

/// Words that mark unfinished work, with what to do instead.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or open an issue; the tree holds no reminders"),
    (concat!("FIX", "ME"), "fix it, or open an issue; the tree holds no reminders"),
    (concat!("XX", "X"), "say what is meant; the tree holds no reminders"),
    (concat!("todo", "!("), "leave out what is not built; a stub is a promise nobody tests"),
    (
        concat!("unimplemented", "!("),
        "leave out what is not built; a stub is a promise nobody tests",
    ),
    (concat!("dbg", "!("), "use tracing, or nothing"),
];

/// Every rule on one source.
pub fn check(file: &TextFile) -> Vec<Finding> {
    [size, module_doc, places, leftovers, functions]
        .into_iter()
        .flat_map(|rule| rule(file))
        .collect()
}

fn size(file: &TextFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let limit = match file.path.rsplit('/').next() {
        Some("lib.rs") => LIB_LINES,
        // A test's root is called main.rs too when the test is a folder.
        Some("main.rs") if !file.path.starts_with("tests/") => MAIN_LINES,
        _ => FILE_LINES,
    };
    if lines <= limit {
        return Vec::new();
    }
    vec![Finding::new(
        file,
        limit + 1,
        format!("{lines} lines, {limit} at most: cut it where its concerns part"),
    )]
}

fn module_doc(file: &TextFile) -> Vec<Finding> {
    // A module's own tests are told by their names; the module beside them has the docs.
    if file.path.ends_with("/tests.rs")
        || file.text.lines().next().is_some_and(|first| first.starts_with("//!"))
    {
        return Vec::new();
    }
    let lesson = "start with `//!`: what this file is, what it promises, what is not here";
    vec![Finding::new(file, 1, lesson)]
}

fn places(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.path.starts_with("tests/tidy/") {
        // Here the words are data.
        return findings;
    }
    for (number, code) in code_lines(file) {
        for place in PLACES {
            let allowed = place.allowed.iter().any(|start| file.path.starts_with(start));
            if !allowed && code.contains(place.word) && !is_derive_import(code) {
                findings.push(Finding::new(file, number, place.lesson));
            }
        }
    }
    findings
}

/// Disk types derive the codec's traits where they stand.
fn is_derive_import(code: &str) -> bool {
    ["bincode::{Decode, Encode}", "bincode::Encode", "bincode::Decode"]
        .iter()
        .any(|word| code.contains(word))
}

fn leftovers(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in numbered(file) {
        for (word, lesson) in LEFTOVERS {
            if line.contains(word) {
                findings.push(Finding::new(file, number, format!("`{word}`: {lesson}")));
            }
        }
    }
    findings
}

fn functions(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The open function: first line, and the line that closes it.
    let mut open: Option<(usize, String)> = None;
    for (number, code) in code_lines(file) {
        match &open {
            Some((start, end)) if code == end => {
                let lines = number + 1 - start;
                if FUNCTION_LINES < lines {
                    let lesson = format!("{lines} lines, {FUNCTION_LINES} at most: name its steps");
                    findings.push(Finding::new(file, *start, lesson));
                }
                open = None;
            }
            None if is_function(code) && !code.ends_with(';') && !code.ends_with('}') => {
                let indent = code.len() - code.trim_start().len();
                open = Some((number, format!("{}}}", " ".repeat(indent))));
            }
            _ => {}
        }
        // A trait's declaration over several lines ends without a body.
        if open.as_ref().is_some_and(|(_, end)| code.ends_with(';') && indent_of(code) < end.len())
        {
            open = None;
        }
    }
    findings
}

fn is_function(code: &str) -> bool {
    let start = code.trim_start();
    let start = start.split_once("fn ").map_or("-", |(before, _)| before);
    start.split_whitespace().all(|word| {
        word.starts_with("pub")
            || matches!(word, "async" | "const" | "unsafe" | "extern" | "in" | "crate)")
    })
}

fn indent_of(code: &str) -> usize {
    code.len() - code.trim_start().len()
}

fn numbered(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    file.text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

fn code_lines(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    numbered(file).filter(|(_, line)| !line.trim_start().starts_with("//"))
}
