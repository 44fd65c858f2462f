//! Rules on manifests: which floor stands on which, and where versions are written.

use toml::{Table, Value};

use crate::Finding;
use crate::files::TextFile;

/// What a crate of the workspace stands on and which outside crates it must not know.
pub struct Floor {
    manifest: &'static str,
    stands_on: &'static [&'static str],
    never: &'static [&'static str],
}

/// Outside crates that bring a runtime, a clock, IO or logging.
const IMPURE: &[&str] = &[
    "actix",
    "actix-rt",
    "actix-web",
    "tokio",
    "tracing",
    "metrics",
    "rocksdb",
    "ureq",
    "crossbeam-channel",
];

/// The floors, from the ground up.
pub const FLOORS: &[Floor] = &[
    Floor { manifest: "engine/Cargo.toml", stands_on: &[], never: IMPURE },
    Floor {
        manifest: "actors/Cargo.toml",
        stands_on: &["engine"],
        never: &["actix-web", "rocksdb", "ureq", "bincode"],
    },
    Floor {
        manifest: "snapshots/Cargo.toml",
        stands_on: &["engine"],
        never: &["actix", "actix-web", "tokio", "ureq"],
    },
    Floor {
        manifest: "config/Cargo.toml",
        stands_on: &["engine"],
        never: &["actix", "actix-web", "tokio", "rocksdb", "ureq"],
    },
    Floor {
        manifest: "Cargo.toml",
        stands_on: &["engine", "actors", "snapshots", "config"],
        never: &[],
    },
    Floor {
        manifest: "benches/Cargo.toml",
        stands_on: &["engine", "actors", "snapshots", "config", "freshet"],
        never: &[],
    },
];

const CRATES: &[&str] = &["engine", "actors", "snapshots", "config", "benches", "freshet"];

/// Every rule on one manifest.
pub fn check(file: &TextFile) -> Vec<Finding> {
    let table: Table = file.text.parse().expect("a manifest that cargo accepts");
    let Some(floor) = FLOORS.iter().find(|floor| floor.manifest == file.path) else {
        return vec![Finding::new(
            file,
            1,
            "this crate has no floor: say in FLOORS what it stands on",
        )];
    };
    let mut findings = Vec::new();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
            let line = line_of(file, name);
            findings
                .extend(dependency(floor, kind, name, value).map(|l| Finding::new(file, line, l)));
        }
    }
    if table.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
        findings.push(Finding::new(
            file,
            1,
            "every crate keeps the house's lints: `[lints] workspace = true`",
        ));
    }
    findings
}

fn dependency(floor: &Floor, kind: &str, name: &str, value: &Value) -> Option<String> {
    if value.get("workspace") != Some(&Value::Boolean(true)) {
        return Some(format!(
            "write `{name} = {{ workspace = true }}`; versions stand once, in the root manifest"
        ));
    }
    if CRATES.contains(&name) && !floor.stands_on.contains(&name) {
        return Some(format!(
            "{} must not stand on `{name}`: declare a trait in engine and implement it above",
            floor.manifest
        ));
    }
    if kind == "dependencies" && floor.never.contains(&name) {
        return Some(format!(
            "{} must not know `{name}`: decide purely here, execute on the floor above",
            floor.manifest
        ));
    }
    None
}

fn line_of(file: &TextFile, name: &str) -> usize {
    1 + file.text.lines().position(|line| line.split([' ', '=']).next() == Some(name)).unwrap_or(0)
}
