//! A table with roles becomes a [`Dataset`]: ids, scaled numbers, labels and the split.
//!
//! Everything is fitted on the training rows alone. All problems are collected; a dataset that comes back has none:
//! dense values are finite, ids lie inside their vocabularies, every binary task has both classes in training.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Problem, Report};

use super::before::labels_before;
use super::card;
use super::chosen::{Chosen, drop_incomplete};
use super::column_check::check_columns;
use super::column_spec::{ColumnSpec, Missing, SplitSpec};
use super::dataset::{DataCard, Dataset, LabelCard, SparseField, Split, Task};
use super::dense::{DenseInput, dense_values, fit_dense};
use super::fingerprint::{fingerprint, hashes_of_columns};
use super::interner::numbered;
use super::label::{EncodedLabel, encode_label};
use super::sequence::sequences;
use super::sparse::{fit_sparse, sparse_ids};
use super::split::split;
use super::table::Table;

const SUMMARY: &str = "the data cannot be used for this experiment";

/// Encodes a table, which is given away: what nobody else holds of it is freed as soon as it is encoded.
///
/// `roles` holds every column with its role filled in, see [`resolve`](super::resolve()). The last `num_test_rows_at_end` rows
/// come from separate test files. With [`Missing::Drop`], rows that miss a feature stay in the arrays, so that row numbers are
/// those of the file, but belong to no part.
///
/// # Errors
///
/// All that is wrong with the data or the settings, not only the first.
pub fn encode(
    table: Table,
    roles: &BTreeMap<String, ColumnSpec>,
    missing: Missing,
    split_spec: &SplitSpec,
    num_test_rows_at_end: usize,
) -> Result<Dataset, Report> {
    let rows = table.num_rows;
    let mut problems = check_columns(&table, roles);
    let test_rows =
        (num_test_rows_at_end > 0).then(|| rows.saturating_sub(num_test_rows_at_end)..rows);
    let parts = split(&table, split_spec, test_rows).unwrap_or_else(|found| {
        problems.extend(found);
        // The columns are still checked, as if all rows were for training.
        Split {
            train: Arc::new((0..rows as u32).collect()),
            ..Split::default()
        }
    });
    let chosen = Chosen::of(&table, roles);
    drop(table);
    let (parts, dropped) = match missing {
        Missing::Impute => (parts, 0),
        Missing::Drop => drop_incomplete(&parts, &chosen, rows, &mut problems),
    };

    // Columns are done with one kind after the other, since it takes an allocator a while to give back what is freed, and the
    // ids, which are the most of all, come last.
    let dense = gather(
        chosen
            .dense
            .par_iter()
            .map(|(column, spec)| fit_dense(column, spec, &parts, rows)),
        &mut problems,
    );
    let dense: Vec<DenseInput<'_>> = dense.into_iter().flatten().collect();
    let mut columns = hashes_of_columns(&chosen.dense, rows);
    let dense_names = dense.iter().map(DenseInput::name).collect();
    let dense_values = Arc::new(dense_values(&dense, rows));
    drop(dense);
    drop(chosen.dense);

    let labels = gather(
        chosen
            .labels
            .par_iter()
            .map(|(column, spec)| encode_label(column, spec, &parts, rows)),
        &mut problems,
    );
    if !problems.is_empty() {
        return Err(Report::input(SUMMARY, problems));
    }
    let (tasks, label_cards, labels) = interleave(labels, rows);
    let before = labels_before(&chosen.labels, &tasks, &mut problems);
    if !problems.is_empty() {
        return Err(Report::input(SUMMARY, problems));
    }
    columns.extend(hashes_of_columns(&chosen.labels, rows));
    drop(chosen.labels);

    let groups = chosen
        .group
        .as_ref()
        .map(|column| Arc::new(numbered(&column.values, 0..rows).0));
    let sparse = fit_sparse(&chosen.sparse, &parts);
    let sparse_fields = sparse
        .iter()
        .zip(&chosen.sparse)
        .map(|((column, vocabulary), (_, spec))| SparseField {
            name: column.name.clone(),
            vocabulary: vocabulary.len(),
            embedding_dim: spec.embedding_dim.map(|dim| dim as usize),
        })
        .collect();
    let ids = Arc::new(sparse_ids(&sparse, rows));
    let sequences = sequences(&chosen.sequences, &sparse, &parts, rows);
    drop(sparse);
    drop((chosen.sparse, chosen.sequences));
    let mut dataset = Dataset {
        num_rows: rows,
        sparse_fields,
        sparse_ids: ids,
        sequences,
        dense_names,
        dense: dense_values,
        tasks,
        before,
        labels: Arc::new(labels),
        groups,
        split: parts,
        card: DataCard {
            rows,
            dropped,
            labels: label_cards,
            ..DataCard::default()
        },
    };
    card::complete(&mut dataset);
    dataset.card.fingerprint = fingerprint(&dataset, &columns);
    Ok(dataset)
}

/// The good results in order; the problems of the others go to `problems`.
fn gather<T: Send>(
    results: impl IndexedParallelIterator<Item = Result<T, Vec<Problem>>>,
    problems: &mut Vec<Problem>,
) -> Vec<T> {
    let results: Vec<Result<T, Vec<Problem>>> = results.collect();
    let mut good = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(found) => problems.extend(found),
        }
    }
    good
}

/// Labels of all tasks, row by row.
fn interleave(labels: Vec<EncodedLabel>, rows: usize) -> (Vec<Task>, Vec<LabelCard>, Vec<f32>) {
    let width = labels.len();
    let mut values = vec![0.0; rows * width];
    let mut tasks = Vec::with_capacity(width);
    let mut cards = Vec::with_capacity(width);
    for (task, label) in labels.into_iter().enumerate() {
        for (slot, value) in values[task..].iter_mut().step_by(width).zip(label.values) {
            *slot = value;
        }
        tasks.push(label.task);
        cards.push(label.card);
    }
    (tasks, cards, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::column_spec::{Role, Scale, SplitMethod, TaskKind};
    use crate::data::test_columns::{gappy, integers, reals, table, text};

    fn role(role: Role) -> ColumnSpec {
        ColumnSpec {
            role: Some(role),
            ..ColumnSpec::default()
        }
    }

    fn label(task: TaskKind) -> ColumnSpec {
        ColumnSpec {
            task: Some(task),
            ..role(Role::Label)
        }
    }

    fn roles(specs: &[(&str, ColumnSpec)]) -> BTreeMap<String, ColumnSpec> {
        specs
            .iter()
            .map(|(name, spec)| ((*name).to_owned(), spec.clone()))
            .collect()
    }

    fn by_part() -> SplitSpec {
        SplitSpec {
            method: SplitMethod::Column,
            column: Some("part".to_owned()),
            ..SplitSpec::default()
        }
    }

    /// Four training rows, one for validation, one for test.
    fn small() -> Table {
        table(vec![
            text("part", &["train", "train", "val", "train", "train", "test"]),
            text("city", &["b", "a", "c", "b", "", "a"]),
            gappy("age", [Some(10), None, Some(30), Some(20), Some(60), None]),
            reals("price", [1.0, 2.0, 9.0, 3.0, 2.0, f64::NAN]),
            text("click", &["no", "yes", "yes", "no", "", "no"]),
            reals("secs", [4.0, 8.0, 6.0, f64::NAN, 6.0, 7.0]),
        ])
    }

    fn small_roles() -> BTreeMap<String, ColumnSpec> {
        roles(&[
            ("part", role(Role::Ignore)),
            (
                "city",
                ColumnSpec {
                    group: true,
                    ..role(Role::Sparse)
                },
            ),
            ("age", role(Role::Dense)),
            (
                "price",
                ColumnSpec {
                    scale: Some(Scale::None),
                    ..role(Role::Dense)
                },
            ),
            ("click", label(TaskKind::Binary)),
            ("secs", label(TaskKind::Regression)),
        ])
    }

    fn problems(
        table: &Table,
        roles: &BTreeMap<String, ColumnSpec>,
        split: &SplitSpec,
    ) -> Vec<String> {
        let report = encode(table.clone(), roles, Missing::Impute, split, 0).unwrap_err();
        report.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_small_table_is_encoded_as_by_hand() {
        let data = encode(small(), &small_roles(), Missing::Impute, &by_part(), 0).unwrap();
        assert_eq!(
            (data.sparse_fields[0].vocabulary, data.sparse_ids.as_slice()),
            (4, &[2, 3, 0, 2, 1, 3][..])
        );
        // Only `age` is missing in training; `price` is missing in the test row alone and gets its mean.
        assert_eq!(data.dense_names, ["age", "age_missing", "price"]);
        // x = np.array([10., 20., 60.]); print((np.array([10., 30., 20., 60.]) - x.mean()) / (x.std() + 1e-6))
        let expected: [f32; 18] = [
            -0.92582, 0.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 9.0, -0.46291, 0.0, 3.0, 1.38873, 0.0,
            2.0, 0.0, 1.0, 2.0,
        ];
        assert_eq!(data.dense.len(), expected.len());
        assert!(
            data.dense
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-6),
            "{:?}",
            data.dense
        );
        let clicks: Vec<f32> = data.labels.iter().step_by(2).copied().collect();
        assert_eq!((&clicks[..4], clicks[5]), (&[0.0, 1.0, 1.0, 0.0][..], 0.0));
        assert!(clicks[4].is_nan() && data.labels[7].is_nan());
        // y = np.array([4., 8., 6.]); print((4 - y.mean()) / (y.std() + 1e-6))
        assert!((data.labels[1] + 1.224_744).abs() < 1e-6);
        let back = data.tasks[1]
            .unscale
            .as_ref()
            .unwrap()
            .apply(f64::from(data.labels[1]));
        assert!((back - 4.0).abs() < 1e-6);
        assert_eq!(*data.groups.unwrap(), [0, 1, 2, 0, 3, 1]);
        let card = &data.card;
        assert_eq!(
            (
                card.rows,
                card.train,
                card.validation,
                card.test,
                card.dropped
            ),
            (6, 4, 1, 1, 0)
        );
        assert_eq!(
            (card.labels[0].labeled, card.labels[0].mean),
            ([3, 1, 1], [Some(1.0 / 3.0), Some(1.0), Some(0.0)])
        );
        assert_eq!(
            (card.labels[1].labeled, card.labels[1].mean),
            ([3, 1, 1], [Some(6.0), Some(6.0), Some(7.0)])
        );
    }

    #[test]
    fn rows_that_miss_a_feature_can_be_dropped() {
        let mut table = small();
        table.columns.retain(|column| column.name != "age");
        let mut roles = small_roles();
        roles.remove("age");
        let message = encode(table.clone(), &roles, Missing::Drop, &by_part(), 0)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("every test row misses a feature"),
            "{message}"
        );
        roles.insert("price".to_owned(), role(Role::Ignore));
        let data = encode(table.clone(), &roles, Missing::Drop, &by_part(), 0).unwrap();
        assert_eq!(
            (
                data.split.train.as_slice(),
                data.card.dropped,
                data.num_rows
            ),
            (&[0, 1, 3][..], 1, 6)
        );
    }

    #[test]
    fn fingerprints_tell_data_apart_and_nothing_else() {
        let print = |table: &Table, roles: &BTreeMap<String, ColumnSpec>| {
            encode(table.clone(), roles, Missing::Impute, &by_part(), 0)
                .unwrap()
                .card
                .fingerprint
        };
        let first = print(&small(), &small_roles());
        // Stays the same from version to version, so that results can be matched with data.
        assert_eq!(first, "d5113f5129ec6a9f");
        let mut other = small();
        other.columns[3] = reals("price", [1.0, 2.0, 9.0, 3.0, 2.5, f64::NAN]);
        assert_ne!(first, print(&other, &small_roles()));
        let mut roles = small_roles();
        roles.insert(
            "age".to_owned(),
            ColumnSpec {
                scale: Some(Scale::Quantile),
                ..role(Role::Dense)
            },
        );
        assert_ne!(first, print(&small(), &roles));
        // The same numbers, read as real ones.
        let mut whole = small();
        whole.columns[2] = reals("age", [10.0, f64::NAN, 30.0, 20.0, 60.0, f64::NAN]);
        assert_eq!(first, print(&whole, &small_roles()));
    }

    #[test]
    fn all_problems_come_at_once() {
        let table = table(vec![
            integers("one", vec![1; 20]),
            text(
                "word",
                &[
                    "x", "y", "z", "x", "y", "z", "x", "y", "z", "x", "y", "z", "x", "y", "z", "x",
                    "y", "z", "x", "y",
                ],
            ),
            reals(
                "odd",
                (0..20).map(|row| {
                    if row == 6 {
                        f64::NEG_INFINITY
                    } else {
                        f64::from(row)
                    }
                }),
            ),
            gappy("none", vec![None; 20]),
            integers("two", (0..20).map(|row| row % 2)),
        ]);
        let roles = roles(&[
            ("one", label(TaskKind::Binary)),
            ("word", label(TaskKind::Binary)),
            ("odd", role(Role::Dense)),
            ("none", label(TaskKind::Regression)),
            (
                "two",
                ColumnSpec {
                    positive: Some("3".to_owned()),
                    ..label(TaskKind::Binary)
                },
            ),
            ("twoo", role(Role::Sparse)),
        ]);
        let split = SplitSpec {
            validation: 0.2,
            test: 0.2,
            ..SplitSpec::default()
        };
        assert_eq!(
            problems(&table, &roles, &split),
            [
                "data.columns.twoo: no such column (did you mean `two`?)",
                "odd: 1 row is infinite, the first is row 7; found -inf (leave the value empty or ignore the column)",
                "one: the label has one class only in the training rows; expected both yes and no; found yes in all 12 labeled rows",
                "word: a binary label has more than two values; expected two values, such as 0 and 1; found 3 (x, y, z) (say which value counts as yes with `positive`, or make it a regression label)",
                "none: the label is missing in every row",
                "data.columns.two.positive: this value never occurs in the label; expected one of its values; found `3`; the label has 2 (0, 1)",
            ]
        );
    }

    #[test]
    fn nothing_to_learn_and_nothing_to_learn_from_are_problems() {
        let table = table(vec![
            integers("a", (0..20).map(|row| row % 3)),
            text("b", &["u", "v"].repeat(10)),
        ]);
        let split = SplitSpec {
            validation: 0.2,
            test: 0.2,
            ..SplitSpec::default()
        };
        assert_eq!(
            problems(&table, &roles(&[("a", role(Role::Ignore))]), &split),
            [
                "data.columns: no column is a label (give at least one column the role label)",
                "data.columns: no column is a feature (give at least one column the role sparse, dense or sequence)",
            ]
        );
        let both = roles(&[("a", role(Role::Sequence)), ("b", label(TaskKind::Binary))]);
        assert_eq!(
            problems(&table, &both, &split),
            [
                "a: a sequence needs lists; expected a column of lists, or text with a `separator`; found integer (say what stands between two items)",
                "b: it is not clear which text of the label means yes; expected 1, true or yes; found 2 (u, v) (name the value that counts as yes with `positive`)",
            ]
        );
        let text = roles(&[("b", role(Role::Dense)), ("a", label(TaskKind::Regression))]);
        assert_eq!(
            problems(&table, &text, &split),
            ["b: text cannot be a dense feature; expected numbers; found text (make it sparse)"]
        );
    }

    #[test]
    fn a_positive_value_makes_any_column_a_binary_label() {
        let table = table(vec![
            integers("stars", (0..40).map(|row| row % 5 + 1)),
            integers("x", 0..40),
        ]);
        let five = ColumnSpec {
            positive: Some("5.0".to_owned()),
            ..label(TaskKind::Binary)
        };
        let roles = roles(&[("stars", five), ("x", role(Role::Dense))]);
        let data = encode(
            table.clone(),
            &roles,
            Missing::Impute,
            &SplitSpec::default(),
            0,
        )
        .unwrap();
        assert_eq!(data.labels[..6], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(data.card.warnings.len(), 3);
    }
}
