//! The architecture, read off the source: layers point upwards, the window stays in its rooms, files stay short.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where the source cannot be read"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 500;

/// A crate and the layers that may name it.
const ROOMS: [(&str, &[&str]); 6] = [
    ("burn", &["model", "strategy", "train"]),
    ("eframe", &["ui", "app"]),
    ("egui", &["ui", "app"]),
    ("egui_extras", &["ui", "app"]),
    ("egui_plot", &["ui", "app"]),
    ("rfd", &["app"]),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file below a folder, with its text.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.insert(path.clone(), fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The layers in the order of `lib.rs`.
fn layers() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// The layer that a file belongs to; `None` for `lib.rs` and `main.rs`.
fn layer_of(path: &Path, layers: &[String]) -> Option<usize> {
    let inside = path.strip_prefix(source()).unwrap();
    let first = inside.components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?;
    layers.iter().position(|layer| layer == name)
}

/// Code lines with their numbers; no comments, no strings that span lines.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The first names of all paths that begin with `root::`, those in braces among them.
fn first_names<'a>(line: &'a str, root: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, found) in line.match_indices(root) {
        let before = line[..at].chars().next_back();
        let rest = &line[at + found.len()..];
        if before.is_some_and(|char| char.is_alphanumeric() || char == '_') {
            continue;
        }
        let list = rest
            .strip_prefix('{')
            .map_or(rest, |inside| inside.split('}').next().unwrap_or(""));
        let items = if rest.starts_with('{') {
            list.split(',').collect()
        } else {
            vec![rest]
        };
        for item in items {
            let item = item.trim();
            let end = item.find(|char: char| !(char.is_alphanumeric() || char == '_'));
            names.push(&item[..end.unwrap_or(item.len())]);
        }
    }
    names
}

#[test]
fn every_folder_and_file_is_a_layer() {
    let layers = layers();
    assert!(layers.len() > 10, "{layers:?}");
    for path in files(&source()).keys() {
        let is_root = path.ends_with("lib.rs") || path.ends_with("main.rs");
        assert!(
            is_root || layer_of(path, &layers).is_some(),
            "{} belongs to no layer",
            path.display()
        );
    }
}

#[test]
fn a_layer_names_only_layers_above_it() {
    let layers = layers();
    let mut faults = Vec::new();
    for (path, text) in files(&source()) {
        let Some(own) = layer_of(&path, &layers) else {
            continue;
        };
        for (number, line) in code(&text) {
            for name in first_names(line, "crate::") {
                let named = layers.iter().position(|layer| layer == name);
                if named.is_some_and(|named| named > own) {
                    faults.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "layers below are named:\n{}",
        faults.join("\n")
    );
}

#[test]
fn window_and_tensors_stay_in_their_rooms() {
    let layers = layers();
    let mut faults = Vec::new();
    for (path, text) in files(&source()) {
        let Some(own) = layer_of(&path, &layers) else {
            continue;
        };
        for (number, line) in code(&text) {
            for (name, rooms) in ROOMS {
                let is_named = !first_names(line, &format!("{name}::")).is_empty();
                if is_named && !rooms.contains(&layers[own].as_str()) {
                    faults.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "out of place:\n{}", faults.join("\n"));
}

#[test]
fn no_file_is_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = files(&source());
    all.extend(files(&root.join("tests")));
    for (path, text) in all {
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines, at most {LONGEST_FILE} are allowed",
            path.display()
        );
    }
}

#[test]
fn names_are_found_in_paths_and_lists() {
    assert_eq!(first_names("use crate::data::Role;", "crate::"), ["data"]);
    assert_eq!(
        first_names("use crate::{data, train::Status};", "crate::"),
        ["data", "train"]
    );
    assert_eq!(first_names("mycrate::data::x()", "crate::"), [""; 0]);
}
