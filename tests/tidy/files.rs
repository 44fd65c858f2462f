//! Finds and reads the files that the rules look at.
//!
//! Not here: git. A file that is not added yet is held to the same rules.

use std::fs;
use std::path::Path;

/// A file and its path from the workspace's root, with `/` between the parts.
pub struct TextFile {
    pub path: String,
    pub text: String,
}

/// A Rust source.
pub fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// A manifest.
pub fn is_manifest(name: &str) -> bool {
    name == "Cargo.toml"
}

/// All files below `root` whose name is `wanted`, sorted by path.
pub fn under(root: &Path, wanted: fn(&str) -> bool) -> Vec<TextFile> {
    let mut found = Vec::new();
    walk(root, root, wanted, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, wanted: fn(&str) -> bool, found: &mut Vec<TextFile>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // `target`, `data` and dot folders hold nothing that people write.
        if path.is_dir() && name != "target" && name != "data" && !name.starts_with('.') {
            walk(root, &path, wanted, found);
        } else if path.is_file() && wanted(&name) {
            let inside = path.strip_prefix(root).expect("a path below the root");
            let text = fs::read_to_string(&path).expect("a readable text file");
            found.push(TextFile { path: inside.to_string_lossy().replace('\\', "/"), text });
        }
    }
}
