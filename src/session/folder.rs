//! Where the next results go.

use std::path::{Path, PathBuf};

/// The first folder `<name>-results-N` beside the experiment that does not exist yet.
pub fn next_results_folder(base: &Path, name: &str) -> PathBuf {
    let stem = stem_of(name);
    (1..=u32::MAX)
        .map(|number| base.join(format!("{stem}-results-{number}")))
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| base.join(format!("{stem}-results")))
}

/// A name that every file system takes.
fn stem_of(name: &str) -> String {
    let plain = name.chars().map(|letter| {
        if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        }
    });
    let plain: String = plain.collect();
    let words: Vec<&str> = plain.split_whitespace().take(6).collect();
    if words.is_empty() {
        "experiment".to_owned()
    } else {
        words.join("-").to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::next_results_folder;

    #[test]
    fn folders_are_counted_up() {
        let base = tempfile::tempdir().unwrap();
        let first = next_results_folder(base.path(), "short video: does sharing help?");
        assert!(
            first.ends_with("short-video-does-sharing-help-results-1"),
            "{first:?}"
        );
        std::fs::create_dir(&first).unwrap();
        let second = next_results_folder(base.path(), "short video: does sharing help?");
        assert!(
            second.ends_with("short-video-does-sharing-help-results-2"),
            "{second:?}"
        );
        assert!(next_results_folder(base.path(), "///").ends_with("experiment-results-1"));
    }
}
