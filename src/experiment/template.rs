//! The experiment to begin with: a data file, its labels, sharing against separate models.

use std::path::Path;

use super::draft::{DataDraft, Draft, TrainingDraft};
use crate::data::{ColumnSpec, Role, SplitMethod, SplitSpec, TaskKind};

/// What the data suggest for one column: name, role, kind of task (labels), whether GAUC should group by it.
pub type InferredColumn = (String, Role, Option<TaskKind>, bool);

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
        if labels.is_empty() {
            *role == Role::Label
        } else {
            labels.contains(name)
        }
    };
    let label = |task: Option<TaskKind>| ColumnSpec {
        role: Some(Role::Label),
        task,
        ..ColumnSpec::default()
    };
    let named = labels.iter().map(|name| (name.clone(), label(None)));
    let known = inferred
        .iter()
        .filter(is_label)
        .map(|(name, _, task, _)| (name.clone(), label(*task)));
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
        && endings
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    {
        stem = Path::new(stem.file_stem().unwrap_or_default());
    }
    let title = stem.to_string_lossy().replace(['_', '-'], " ");
    let title = title.trim();
    if title.is_empty() {
        "experiment".to_owned()
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::check_draft;
    use crate::experiment::fixtures::registries;

    fn inferred() -> Vec<InferredColumn> {
        vec![
            ("user".to_owned(), Role::Sparse, None, true),
            (
                "click".to_owned(),
                Role::Label,
                Some(TaskKind::Binary),
                false,
            ),
            (
                "watch".to_owned(),
                Role::Label,
                Some(TaskKind::Regression),
                false,
            ),
        ]
    }

    fn labels(draft: &Draft) -> Vec<(&str, Option<TaskKind>)> {
        draft
            .data
            .columns
            .iter()
            .map(|(name, column)| (name.as_str(), column.task))
            .collect()
    }

    #[test]
    fn a_template_passes_the_check() {
        let draft = template("data/short_video.csv.gz", &inferred(), &[], None);
        let columns = ["click", "watch"].map(|name| (name.to_owned(), Role::Label));
        assert_eq!(
            check_draft(&draft, &registries(), Some(&columns.into())),
            []
        );
        assert_eq!(draft.name, "short video");
        assert_eq!(draft.data.paths, ["data/short_video.csv.gz"]);
        assert_eq!(draft.data.split, SplitSpec::default());
        assert_eq!(draft.variants.len(), 2);
        let both = [
            ("click", Some(TaskKind::Binary)),
            ("watch", Some(TaskKind::Regression)),
        ];
        assert_eq!(labels(&draft), both);
    }

    #[test]
    fn named_labels_are_the_only_ones() {
        let named = ["watch".to_owned(), "like".to_owned()];
        let draft = template("a.csv", &inferred(), &named, None);
        assert_eq!(
            labels(&draft),
            [("like", None), ("watch", Some(TaskKind::Regression))]
        );
    }

    #[test]
    fn a_time_column_makes_the_latest_rows_the_test() {
        let draft = template(r"C:\data\Ad-Clicks.PARQUET", &inferred(), &[], Some("ts"));
        assert_eq!(draft.data.split.method, SplitMethod::Time);
        assert_eq!(draft.data.split.column.as_deref(), Some("ts"));
        assert_eq!(draft.name, "Ad Clicks");
        assert_eq!(template(".csv", &[], &[], None).name, ".csv");
    }
}
