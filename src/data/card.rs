//! The facts of a dataset that the results folder keeps: sizes, balance, and what is doubtful about the parts.

use super::column_spec::TaskKind;
use super::dataset::{Dataset, LabelCard};
use super::figure::percent;
use super::vocabulary::UNSEEN;

/// Fewer positives than this make a score a matter of luck.
const FEW_POSITIVES: usize = 30;
/// A share of unseen ids above this is worth a word.
const MANY_UNSEEN: f64 = 0.5;
const PARTS: [&str; 3] = ["training", "validation", "test"];

/// Fills in the sizes and the warnings of a dataset's card; the labels must be there.
pub(super) fn complete(dataset: &mut Dataset) {
    dataset.card.train = dataset.split.train.len();
    dataset.card.validation = dataset.split.validation.len();
    dataset.card.test = dataset.split.test.len();
    let mut warnings = Vec::new();
    if dataset.card.dropped > 0 {
        let share = percent(dataset.card.dropped, dataset.card.rows);
        warnings.push(format!(
            "{} rows ({share}) miss a feature and were left out",
            dataset.card.dropped
        ));
    }
    for (task, label) in dataset.tasks.iter().zip(&dataset.card.labels) {
        warnings.extend(label_warnings(label, task.kind));
    }
    warnings.extend(unseen_warnings(dataset));
    dataset.card.warnings = warnings;
}

fn label_warnings(label: &LabelCard, kind: TaskKind) -> Vec<String> {
    let mut warnings = Vec::new();
    for ((part, &labeled), &mean) in PARTS.iter().zip(&label.labeled).zip(&label.mean) {
        let Some(mean) = mean else {
            warnings.push(format!("{}: no {part} row has this label", label.task));
            continue;
        };
        let positives = (mean * labeled as f64).round() as usize;
        if kind == TaskKind::Regression {
            continue;
        }
        let task = &label.task;
        if positives == 0 || positives == labeled {
            let class = if positives == 0 { "no" } else { "yes" };
            warnings.push(format!(
                "{task}: all {labeled} labeled {part} rows are {class}, AUC is undefined there"
            ));
        } else if positives.min(labeled - positives) < FEW_POSITIVES {
            let (count, class) = if positives < labeled - positives {
                (positives, "positive")
            } else {
                (labeled - positives, "negative")
            };
            let plural = if count == 1 { "" } else { "s" };
            warnings.push(format!(
                "{task}: only {count} {class}{plural} in the {part} rows, scores will vary by luck"
            ));
        }
    }
    warnings
}

/// Fields most of whose test rows have an id that training never saw.
fn unseen_warnings(dataset: &Dataset) -> Vec<String> {
    let width = dataset.sparse_fields.len();
    let test = &dataset.split.test;
    let fields = dataset.sparse_fields.iter().enumerate();
    fields
        .filter_map(|(at, field)| {
            let is_unseen = |&&row: &&u32| dataset.sparse_ids[row as usize * width + at] == UNSEEN;
            let unseen = test.iter().filter(is_unseen).count();
            (unseen as f64 > MANY_UNSEEN * test.len() as f64).then(|| {
                let share = percent(unseen, test.len());
                format!("{}: {share} of the test rows have a value that training never saw or too rarely", field.name)
            })
        })
        .collect()
}
