//! The test of the test: each rule goes red on a snippet that breaks it, and stays quiet beside it.

use crate::files::TextFile;
use crate::{manifests, sources};

/// The lessons that `path` with `text` earns.
fn lessons(path: &str, text: &str) -> Vec<String> {
    let file = TextFile { path: path.to_owned(), text: text.to_owned() };
    let findings =
        if path.ends_with("Cargo.toml") { manifests::check(&file) } else { sources::check(&file) };
    findings.into_iter().map(|finding| finding.lesson).collect()
}

/// `text` at `path` breaks exactly one rule, whose lesson holds `part`.
#[track_caller]
fn red(path: &str, text: &str, part: &str) {
    let lessons = lessons(path, text);
    assert!(
        lessons.len() == 1 && lessons[0].contains(part),
        "expected only `{part}`, got {lessons:?}"
    );
}

#[track_caller]
fn green(path: &str, text: &str) {
    assert_eq!(lessons(path, text), Vec::<String>::new());
}

fn with_doc(body: &str) -> String {
    format!("//! Doc.\n{body}\n")
}

fn function_of(lines: usize) -> String {
    let body = "        let _ = 1;\n".repeat(lines - 2);
    with_doc(&format!("    pub async fn long(\n{body}    }}"))
}

#[test]
fn a_file_without_module_docs_is_found() {
    red("src/a.rs", "use std::fs;\n", "start with `//!`");
    green("src/a/tests.rs", "use super::*;\n");
}

#[test]
fn long_files_are_found() {
    red("src/a.rs", &with_doc(&"\n".repeat(500)), "500 at most");
    red("engine/src/lib.rs", &with_doc(&"\n".repeat(80)), "80 at most");
    red("src/main.rs", &with_doc(&"\n".repeat(60)), "60 at most");
    green("tests/crash/main.rs", &with_doc(&"\n".repeat(60)));
}

#[test]
fn long_functions_are_found_and_short_ones_beside_them_are_not() {
    red("src/a.rs", &function_of(71), "name its steps");
    green("src/a.rs", &function_of(70));
    let pair = with_doc(&"fn short() {\n    one();\n}\n".repeat(40));
    green("src/a.rs", &pair);
    let declared = format!(
        "trait T {{\n    fn declared(\n        &self,\n    ) -> u64;\n{}}}",
        "    // x\n".repeat(90)
    );
    green("src/a.rs", &with_doc(&declared));
}

#[test]
fn a_technology_outside_its_place_is_found() {
    red("actors/src/a.rs", &with_doc("use rocksdb::DB;"), "only snapshots");
    green("snapshots/src/a.rs", &with_doc("use rocksdb::DB;"));
    red("src/node.rs", &with_doc("use actix_web::web;"), "only src/http");
    green("src/http/items.rs", &with_doc("use actix_web::web;"));
    red("src/event_log/a.rs", &with_doc("let b = bincode::encode_to_vec(v, c);"), "codec.rs");
    green("engine/src/user/a.rs", &with_doc("use bincode::{Decode, Encode};"));
    green("actors/src/a.rs", &with_doc("// rocksdb::DB would be named here"));
}

#[test]
fn a_hidden_clock_is_found() {
    red("src/a.rs", &with_doc(concat!("let t = SystemTime", "::now();")), "only src/clock.rs");
    red(
        "engine/src/a.rs",
        &with_doc(concat!("let t = std::time::Instant", "::now();")),
        "Stopwatch",
    );
    green("src/clock.rs", &with_doc(concat!("let t = SystemTime", "::now();")));
}

#[test]
fn an_exit_inside_the_library_is_found() {
    red("src/cli/serve.rs", &with_doc(concat!("std::process", "::exit(1);")), "exit code");
}

#[test]
fn unfinished_work_is_found() {
    for word in [
        concat!("// TO", "DO later"),
        concat!("// FIX", "ME"),
        concat!("todo", "!()"),
        concat!("dbg", "!(x)"),
    ] {
        let found = lessons("src/a.rs", &with_doc(word));
        assert_eq!(found.len(), 1, "{word}: {found:?}");
    }
}

const LINTS: &str = "[lints]\nworkspace = true\n";

#[test]
fn a_wrong_import_between_floors_is_found() {
    let manifest = |name: &str| format!("[dependencies]\n{name} = {{ workspace = true }}\n{LINTS}");
    red("engine/Cargo.toml", &manifest("actors"), "must not stand on `actors`");
    red("actors/Cargo.toml", &manifest("snapshots"), "must not stand on `snapshots`");
    red("config/Cargo.toml", &manifest("freshet"), "must not stand on `freshet`");
    green("actors/Cargo.toml", &manifest("engine"));
    red("engine/Cargo.toml", &manifest("tokio"), "must not know `tokio`");
    red("actors/Cargo.toml", &manifest("rocksdb"), "must not know `rocksdb`");
}

#[test]
fn a_version_outside_the_root_manifest_is_found() {
    red(
        "actors/Cargo.toml",
        &format!("[dependencies]\nserde = \"1\"\n{LINTS}"),
        "workspace = true",
    );
    red(
        "actors/Cargo.toml",
        &format!("[dev-dependencies]\nserde = {{ version = \"1\" }}\n{LINTS}"),
        "workspace = true",
    );
}

#[test]
fn a_crate_without_the_houses_lints_or_without_a_floor_is_found() {
    red("actors/Cargo.toml", "[dependencies]\n", "lints");
    red("rooms/Cargo.toml", LINTS, "no floor");
}
