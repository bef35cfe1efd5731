//! A table with roles becomes a [`Dataset`]: ids, scaled numbers, labels and the split.
//!
//! Everything is fitted on the training rows alone. All problems are collected; a dataset that comes back has none:
//! dense values are finite, ids lie inside their vocabularies, every binary task has both classes in training.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Problem, Report};

use super::card;
use super::column_spec::{ColumnSpec, Missing, Role, Scale, SplitSpec};
use super::dataset::{DataCard, Dataset, SparseField, Split};
use super::fingerprint::fingerprint;
use super::interner::numbered;
use super::label::{EncodedLabel, encode_label};
use super::scale::{FittedScale, number};
use super::split::{nearest, split};
use super::table::{Column, Table, Values};
use super::vocabulary::Vocabulary;

/// Rows that one thread fills at a time.
const CHUNK: usize = 4096;

/// Encodes a table.
///
/// `roles` holds every column with its role filled in, see [`resolve`](super::resolve). The last `num_test_rows_at_end` rows
/// come from separate test files. With [`Missing::Drop`], rows that miss a feature stay in the arrays, so that row numbers are
/// those of the file, but belong to no part.
pub fn encode(
    table: &Table,
    roles: &BTreeMap<String, ColumnSpec>,
    missing: Missing,
    split_spec: &SplitSpec,
    num_test_rows_at_end: usize,
) -> Result<Dataset, Report> {
    let rows = table.num_rows;
    let mut problems = check_columns(table, roles);
    let test_rows =
        (num_test_rows_at_end > 0).then(|| rows.saturating_sub(num_test_rows_at_end)..rows);
    let parts = split(table, split_spec, test_rows).unwrap_or_else(|found| {
        problems.extend(found);
        // The columns are still checked, as if all rows were for training.
        Split {
            train: Arc::new((0..rows as u32).collect()),
            ..Split::default()
        }
    });
    let chosen = Chosen::of(table, roles);
    let (parts, dropped) = match missing {
        Missing::Impute => (parts, 0),
        Missing::Drop => drop_incomplete(parts, &chosen, rows, &mut problems),
    };

    let sparse = fit_sparse(&chosen, &parts);
    let dense = gather(
        chosen
            .dense
            .par_iter()
            .map(|&(column, spec)| fit_dense(column, spec, &parts, rows)),
        &mut problems,
    );
    let labels = gather(
        chosen
            .labels
            .par_iter()
            .map(|&(column, spec)| encode_label(column, spec, &parts, rows)),
        &mut problems,
    );
    if !problems.is_empty() {
        return Err(Report::input(
            "the data cannot be used for this experiment",
            problems,
        ));
    }

    let dense: Vec<DenseInput<'_>> = dense.into_iter().flatten().collect();
    let groups = chosen
        .group
        .map(|column| Arc::new(numbered(&column.values, rows).0));
    let (tasks, label_cards, labels) = interleave(labels, rows);
    let mut dataset = Dataset {
        num_rows: rows,
        sparse_fields: sparse
            .iter()
            .map(|(column, vocabulary)| SparseField {
                name: column.name.clone(),
                vocabulary: vocabulary.len(),
            })
            .collect(),
        sparse_ids: Arc::new(sparse_ids(&sparse, rows)),
        dense_names: dense.iter().map(DenseInput::name).collect(),
        dense: Arc::new(dense_values(&dense, rows)),
        tasks,
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
    dataset.card.fingerprint = fingerprint(&dataset, &chosen.dense, &chosen.labels);
    Ok(dataset)
}

/// The columns by role, in table order, with their settings.
struct Chosen<'a> {
    sparse: Vec<(&'a Column, &'a ColumnSpec)>,
    dense: Vec<(&'a Column, &'a ColumnSpec)>,
    labels: Vec<(&'a Column, &'a ColumnSpec)>,
    group: Option<&'a Column>,
}

impl<'a> Chosen<'a> {
    fn of(table: &'a Table, roles: &'a BTreeMap<String, ColumnSpec>) -> Self {
        let with = |role: Role| {
            let settings = table
                .columns
                .iter()
                .filter_map(|column| Some((column, roles.get(&column.name)?)));
            settings
                .filter(|(_, spec)| spec.role == Some(role))
                .collect()
        };
        let is_group = |column: &&Column| roles.get(&column.name).is_some_and(|spec| spec.group);
        Self {
            sparse: with(Role::Sparse),
            dense: with(Role::Dense),
            labels: with(Role::Label),
            group: table.columns.iter().find(is_group),
        }
    }

    fn features(&self) -> impl Iterator<Item = &'a Column> {
        self.sparse
            .iter()
            .chain(&self.dense)
            .map(|&(column, _)| column)
    }
}

/// What is wrong with the settings as a whole.
fn check_columns(table: &Table, roles: &BTreeMap<String, ColumnSpec>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in roles.keys().filter(|name| table.column(name).is_none()) {
        let problem = Problem::new(format!("data.columns.{name}"), "no such column");
        let names = table.columns.iter().map(|column| column.name.as_str());
        problems.push(match nearest(name, names) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    let present = |spec: &&ColumnSpec, role: Role| spec.role == Some(role);
    let known = || {
        table
            .columns
            .iter()
            .filter_map(|column| roles.get(&column.name))
    };
    for column in &table.columns {
        let spec = roles.get(&column.name);
        let list = matches!(column.values, Values::List { .. });
        if spec.is_some_and(|spec| spec.role == Some(Role::Sequence)) {
            let message = "sequence features are not supported yet";
            problems.push(Problem::new(column.name.as_str(), message).help("ignore the column"));
        } else if list
            && spec.is_some_and(|spec| {
                matches!(spec.role, Some(Role::Sparse | Role::Dense)) || spec.group
            })
        {
            let message = "a column of lists has no single value in a row";
            problems.push(Problem::new(column.name.as_str(), message).help("ignore the column"));
        }
    }
    if table.num_rows == 0 {
        problems.push(Problem::new("", "the data have no rows"));
    } else if u32::try_from(table.num_rows).is_err() {
        let found = table.num_rows.to_string();
        problems.push(
            Problem::new("", "too many rows")
                .expected("fewer than 4294967296")
                .found(found),
        );
    }
    if !known().any(|spec| present(&spec, Role::Label)) {
        let help = "give at least one column the role label";
        problems.push(Problem::new("data.columns", "no column is a label").help(help));
    }
    if !known().any(|spec| matches!(spec.role, Some(Role::Sparse | Role::Dense | Role::Sequence))) {
        let help = "give at least one column the role sparse or dense";
        problems.push(Problem::new("data.columns", "no column is a feature").help(help));
    }
    let grouped = |column: &&Column| roles.get(&column.name).is_some_and(|spec| spec.group);
    let groups: Vec<&str> = table
        .columns
        .iter()
        .filter(grouped)
        .map(|column| column.name.as_str())
        .collect();
    if groups.len() > 1 {
        let problem = Problem::new("data.columns", "several columns are marked as group");
        problems.push(problem.expected("one at the most").found(groups.join(", ")));
    }
    problems
}

/// Takes rows that miss a feature out of all parts.
fn drop_incomplete(
    parts: Split,
    chosen: &Chosen<'_>,
    rows: usize,
    problems: &mut Vec<Problem>,
) -> (Split, usize) {
    let mut complete = vec![true; rows];
    for column in chosen.features() {
        for (row, complete) in complete.iter_mut().enumerate() {
            *complete = *complete && !column.values.is_missing(row);
        }
    }
    let kept = |part: &Arc<Vec<u32>>| -> Arc<Vec<u32>> {
        Arc::new(
            part.iter()
                .copied()
                .filter(|&row| complete[row as usize])
                .collect(),
        )
    };
    let left = Split {
        train: kept(&parts.train),
        validation: kept(&parts.validation),
        test: kept(&parts.test),
    };
    let each = [
        ("training", &parts.train, &left.train),
        ("validation", &parts.validation, &left.validation),
        ("test", &parts.test, &left.test),
    ];
    for (name, before, after) in each {
        if !before.is_empty() && after.is_empty() {
            let message = format!("every {name} row misses a feature, so none is left");
            problems.push(
                Problem::new("data.missing", message)
                    .help("use `impute`, or ignore the columns that are mostly missing"),
            );
        }
    }
    let dropped = complete.iter().filter(|&&complete| !complete).count();
    (left, dropped)
}

type FittedSparse<'a> = (&'a Column, Vocabulary);

fn fit_sparse<'a>(chosen: &Chosen<'a>, parts: &Split) -> Vec<FittedSparse<'a>> {
    let columns = chosen.sparse.par_iter();
    columns
        .map(|&(column, spec)| {
            (
                column,
                Vocabulary::fit(&column.values, &parts.train, spec.min_count.unwrap_or(1)),
            )
        })
        .collect()
}

/// One input of the dense axis.
enum DenseInput<'a> {
    /// The scaled value.
    Value(&'a Column, FittedScale),
    /// 1 where the column is missing.
    Indicator(&'a Column),
}

impl DenseInput<'_> {
    fn name(&self) -> String {
        match self {
            Self::Value(column, _) => column.name.clone(),
            Self::Indicator(column) => format!("{}_missing", column.name),
        }
    }

    fn at(&self, row: usize) -> f32 {
        match self {
            Self::Indicator(column) => f32::from(u8::from(column.values.is_missing(row))),
            Self::Value(column, scale) => {
                let value = number(&column.values, row);
                let scaled = if value.is_nan() {
                    scale.stand_in()
                } else {
                    scale.apply(value)
                };
                // A finite number may be too large for single precision.
                scaled.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
            }
        }
    }
}

/// The column's own input, and an indicator if training rows miss it.
fn fit_dense<'a>(
    column: &'a Column,
    spec: &ColumnSpec,
    parts: &Split,
    rows: usize,
) -> Result<Vec<DenseInput<'a>>, Vec<Problem>> {
    let values = &column.values;
    let name = column.name.as_str();
    match values {
        Values::Text { .. } => {
            let problem = Problem::new(name, "text cannot be a dense feature");
            return Err(vec![
                problem
                    .expected("numbers")
                    .found("text")
                    .help("make it sparse"),
            ]);
        }
        // Reported by `check_columns`.
        Values::List { .. } => return Ok(Vec::new()),
        Values::Real(values) => {
            if let Some(problem) = super::label::infinite(name, &values[..rows]) {
                return Err(vec![problem]);
            }
        }
        Values::Integer(_) => {}
    }
    let train = parts.train.iter().map(|&row| number(values, row as usize));
    let Some(scale) = FittedScale::fit(spec.scale.unwrap_or(Scale::Standard), train) else {
        let problem = Problem::new(name, "the column has no usable number in the training rows");
        return Err(vec![problem.help("ignore the column")]);
    };
    let mut inputs = vec![DenseInput::Value(column, scale)];
    if parts
        .train
        .iter()
        .any(|&row| values.is_missing(row as usize))
    {
        inputs.push(DenseInput::Indicator(column));
    }
    Ok(inputs)
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

fn sparse_ids(sparse: &[FittedSparse<'_>], rows: usize) -> Vec<u32> {
    let width = sparse.len();
    let mut ids = vec![0; rows * width];
    ids.par_chunks_mut(CHUNK * width.max(1))
        .enumerate()
        .for_each(|(chunk, out)| {
            for (field, (column, vocabulary)) in sparse.iter().enumerate() {
                vocabulary.write(
                    &column.values,
                    chunk * CHUNK,
                    out.len() / width,
                    &mut out[field..],
                    width,
                );
            }
        });
    ids
}

fn dense_values(dense: &[DenseInput<'_>], rows: usize) -> Vec<f32> {
    let width = dense.len();
    let mut values = vec![0.0; rows * width];
    values
        .par_chunks_mut(CHUNK * width.max(1))
        .enumerate()
        .for_each(|(chunk, out)| {
            for (place, input) in dense.iter().enumerate() {
                for (row, value) in out[place..].iter_mut().step_by(width).enumerate() {
                    *value = input.at(chunk * CHUNK + row);
                }
            }
        });
    values
}

/// Labels of all tasks, row by row.
fn interleave(
    labels: Vec<EncodedLabel>,
    rows: usize,
) -> (
    Vec<super::dataset::Task>,
    Vec<super::dataset::LabelCard>,
    Vec<f32>,
) {
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
