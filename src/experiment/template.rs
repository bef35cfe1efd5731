//! The experiment to begin with: a data file, its labels, sharing against separate models.

use std::path::Path;

use super::draft::{DataDraft, Draft, TrainingDraft};
use super::roles::InferredColumn;
use crate::data::{ColumnSpec, Role, SplitMethod, SplitSpec, TaskKind};

/// A starting draft for a data file.
///
/// `path` goes into the file as it is. With `labels` these are declared and no other column is a label; without, the labels are
/// those that `inferred` has. `time` is the column that orders the rows in time, if one was found: then the latest rows are the test.
pub fn template(
    path: &str,
    inferred: &[InferredColumn],
    labels: &[String],
    time: Option<&str>,
) -> Draft {
    let split = match time {
        Some(column) => SplitSpec {
            method: SplitMethod::Time,
            column: Some(column.to_owned()),
            ..SplitSpec::default()
        },
        None => SplitSpec::default(),
    };
    // The labels are written out in any case: they are the one thing that every user wants to see and change.
    let is_label = |(name, role, ..): &&InferredColumn| {
        if labels.is_empty() { *role == Role::Label } else { labels.contains(name) }
    };
    let label = |task: Option<TaskKind>| ColumnSpec {
        role: Some(Role::Label),
        task,
        ..ColumnSpec::default()
    };
    let named = labels.iter().map(|name| (name.clone(), label(None)));
    let known = inferred.iter().filter(is_label).map(|(name, _, task, _)| (name.clone(), label(*task)));
    let data = DataDraft {
        paths: vec![path.to_owned()],
        split,
        columns: named.chain(known).collect(),
        ..DataDraft::default()
    };
    Draft {
        name: title(path),
        seeds: Draft::DEFAULT_SEEDS.to_vec(),
        data,
        training: TrainingDraft::default(),
        variants: Draft::default_variants(),
    }
}

/// `data/short_video.csv.gz` → `short video`.
fn title(path: &str) -> String {
    // Both slashes, for a file that was written on another system.
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut stem = Path::new(file);
    let endings = ["gz", "csv", "tsv", "txt", "parquet"];
    while let Some(ending) = stem.extension().and_then(|ending| ending.to_str())
        && endings.iter().any(|known| known.eq_ignore_ascii_case(ending))
    {
        stem = Path::new(stem.file_stem().unwrap_or_default());
    }
    let title = stem.to_string_lossy().replace(['_', '-'], " ");
    let title = title.trim();
    if title.is_empty() { "experiment".to_owned() } else { title.to_owned() }
}
