//! House rules, as a test: what a reviewer would otherwise have to notice.
//!
//! Reads every manifest and every source file of the workspace and fails with the file, the line and what to do
//! instead. Each rule is a pure function over text, so that [`firing`] can show each of them going red.
//!
//! Not here: what rustfmt, clippy (`clippy.toml`, lints in `Cargo.toml`) and cargo-deny already check.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod files;
mod firing;
mod manifests;
mod sources;

use files::TextFile;

/// One breach of a rule: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    lesson: String,
}

impl Finding {
    fn new(file: &TextFile, line: usize, lesson: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, lesson: lesson.into() }
    }
}

#[test]
fn the_house_is_tidy() {
    // Tests run in their package, wherever it was compiled.
    let root = &std::env::current_dir().expect("a folder to run in");
    let sources = files::under(root, files::is_rust);
    let manifests = files::under(root, files::is_manifest);
    assert!(20 < sources.len(), "only {} sources found under {}", sources.len(), root.display());
    assert_eq!(manifests.len(), 6, "a crate came or went: teach `manifests::FLOORS` about it");

    let findings: Vec<Finding> = sources
        .iter()
        .flat_map(sources::check)
        .chain(manifests.iter().flat_map(manifests::check))
        .collect();
    let report: Vec<String> =
        findings.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.lesson)).collect();
    assert!(findings.is_empty(), "{} house rules broken\n{}", report.len(), report.join("\n"));
}
