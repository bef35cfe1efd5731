//! Paths as they stand in a results folder: relative to it, with forward slashes, so that the folder and the data can move together.

use std::path::{Component, Path, PathBuf};

/// `path`, which is relative to `base`, seen from `folder`.
///
/// On Windows a path on another drive cannot be relative; it stays as it is.
pub fn seen_from(folder: &Path, base: &Path, path: &str) -> String {
    let target = settled(&base.join(path));
    let folder = settled(folder);
    relative(&target, &folder).unwrap_or_else(|| path.to_owned())
}

/// The absolute path without links, as far as the file system can tell.
fn settled(path: &Path) -> PathBuf {
    if let Ok(settled) = path.canonicalize() {
        return settled;
    }
    // The file may be missing while its folder is there.
    if let (Some(parent), Some(name)) = (path.parent(), path.file_name())
        && let Ok(parent) = parent.canonicalize()
    {
        return parent.join(name);
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn relative(target: &Path, folder: &Path) -> Option<String> {
    let target: Vec<Component<'_>> = target.components().collect();
    let folder: Vec<Component<'_>> = folder.components().collect();
    let common = target
        .iter()
        .zip(&folder)
        .take_while(|(a, b)| a == b)
        .count();
    if common == 0 {
        return None;
    }
    let up = folder.iter().skip(common).map(|_| "..".into());
    let down = target
        .iter()
        .skip(common)
        .map(|component| component.as_os_str().to_string_lossy());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir_all(root.join("work/results/one")).unwrap();
        std::fs::create_dir_all(root.join("data")).unwrap();
        std::fs::write(root.join("data/click.csv"), "").unwrap();
        let folder = root.join("work/results/one");
        let base = root.join("work");
        let seen = |path: &str| seen_from(&folder, &base, path);
        assert_eq!(seen("../data/click.csv"), "../../../data/click.csv");
        assert_eq!(seen("./here.csv"), "../../here.csv");
        assert_eq!(seen("results/one/inside.csv"), "inside.csv");
        let absolute = root.join("data/click.csv");
        assert_eq!(
            seen(&absolute.display().to_string()),
            "../../../data/click.csv"
        );
        assert_eq!(seen("no/such/place.csv"), "../../no/such/place.csv");
    }
}
