//! Features that give a label away: equal to it, a renaming of it, or so good alone that they must know the answer.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::column_spec::{ColumnSpec, Role, TaskKind};
use super::interner::numbered;
use super::scale::number;
use super::table::{Column, Table, Values};

/// Rows that are looked at, evenly spread, at the most.
const MAX_ROWS: usize = 50_000;
/// Fewer labeled rows prove nothing.
const MIN_ROWS: usize = 50;
/// A category's own rate counts only if categories have so many rows on average.
const MIN_ROWS_A_VALUE: usize = 20;
const SUSPECT_AUC: f64 = 0.999;
const SUSPECT_CORRELATION: f64 = 0.9999;

/// The suspicion about each feature that gives a label away, in words.
pub(super) fn leaks(
    table: &Table,
    roles: &BTreeMap<String, ColumnSpec>,
) -> BTreeMap<String, String> {
    let step = table.num_rows.div_ceil(MAX_ROWS).max(1);
    let rows: Vec<usize> = (0..table.num_rows).step_by(step).collect();
    let chosen = |wanted: fn(Role) -> bool| {
        let settings = table
            .columns
            .iter()
            .filter_map(|column| Some((column, roles.get(&column.name)?)));
        settings.filter(move |(_, spec)| spec.role.is_some_and(wanted))
    };
    let labels: Vec<Label<'_>> = chosen(|role| role == Role::Label)
        .filter_map(|(column, spec)| Label::of(column, spec, &rows))
        .collect();
    let features: Vec<&Column> = chosen(|role| matches!(role, Role::Sparse | Role::Dense))
        .map(|(column, _)| column)
        .collect();
    let found = features.par_iter().filter_map(|feature| {
        let suspicion = suspicion(feature, &labels, &rows)?;
        Some((feature.name.clone(), suspicion))
    });
    found.collect()
}

/// A label's values in the rows that are looked at.
struct Label<'a> {
    name: &'a str,
    values: LabelValues,
}

enum LabelValues {
    /// Which of two values; `None` where missing.
    Binary(Vec<Option<bool>>),
    /// NaN where missing.
    Regression(Vec<f64>),
}

impl<'a> Label<'a> {
    fn of(column: &'a Column, spec: &ColumnSpec, rows: &[usize]) -> Option<Self> {
        let values = &column.values;
        if spec.task == Some(TaskKind::Regression) {
            let numbers = rows.iter().map(|&row| number(values, row)).collect();
            return Some(Self {
                name: &column.name,
                values: LabelValues::Regression(numbers),
            });
        }
        let (numbers, _) = numbered(values, rows.iter().copied());
        let is_missing: Vec<bool> = rows.iter().map(|&row| values.is_missing(row)).collect();
        let first = numbers[is_missing.iter().position(|missing| !missing)?];
        let which = |(&number, &missing): (&u32, &bool)| (!missing).then_some(number == first);
        let values = numbers.iter().zip(&is_missing).map(which).collect();
        Some(Self {
            name: &column.name,
            values: LabelValues::Binary(values),
        })
    }
}

fn suspicion(feature: &Column, labels: &[Label<'_>], rows: &[usize]) -> Option<String> {
    let values = &feature.values;
    if labels.is_empty() || matches!(values, Values::List { .. }) {
        return None;
    }
    let numbers: Option<Vec<f64>> = (!matches!(values, Values::Text { .. }))
        .then(|| rows.iter().map(|&row| number(values, row)).collect());
    let (categories, _) = numbered(values, rows.iter().copied());
    labels.iter().find_map(|label| match &label.values {
        LabelValues::Binary(truth) => {
            let by_rate = rate_auc(&categories, truth);
            let by_size = numbers.as_ref().and_then(|numbers| auc(numbers, truth));
            let best = [by_rate, by_size]
                .into_iter()
                .flatten()
                .max_by(f64::total_cmp)?;
            if best >= 1.0 {
                return Some(format!(
                    "gives {} away: alone it tells every row",
                    label.name
                ));
            }
            (best >= SUSPECT_AUC).then(|| {
                format!(
                    "gives {} away: alone it reaches an AUC of {best:.4}",
                    label.name
                )
            })
        }
        LabelValues::Regression(truth) => {
            let correlation = correlation(numbers.as_ref()?, truth)?;
            (correlation.abs() >= SUSPECT_CORRELATION).then(|| {
                format!(
                    "gives {} away: their correlation is {correlation:.5}",
                    label.name
                )
            })
        }
    })
}

/// AUC of each category's own rate, if the categories are large enough for it to mean something.
fn rate_auc(categories: &[u32], truth: &[Option<bool>]) -> Option<f64> {
    let count = categories.iter().max().map_or(0, |&last| last as usize + 1);
    let mut counts = vec![[0_u32; 2]; count];
    for (&category, truth) in categories.iter().zip(truth) {
        if let Some(truth) = *truth {
            counts[category as usize][usize::from(truth)] += 1;
        }
    }
    let labeled: u32 = counts.iter().flatten().sum();
    let used = counts
        .iter()
        .filter(|counts| counts[0] + counts[1] > 0)
        .count();
    if used * MIN_ROWS_A_VALUE > labeled as usize {
        return None;
    }
    let rate = |category: u32| {
        let [no, yes] = counts[category as usize];
        f64::from(yes) / f64::from((no + yes).max(1))
    };
    let rates: Vec<f64> = categories.iter().map(|&category| rate(category)).collect();
    auc(&rates, truth)
}

/// AUC of a score or of its opposite, whichever is better; a missing score counts as the least.
fn auc(scores: &[f64], truth: &[Option<bool>]) -> Option<f64> {
    let labeled = scores
        .iter()
        .zip(truth)
        .filter_map(|(&score, &truth)| Some((score, truth?)));
    let mut pairs: Vec<(f64, bool)> = labeled
        .map(|(score, truth)| {
            (
                if score.is_nan() {
                    f64::NEG_INFINITY
                } else {
                    score + 0.0
                },
                truth,
            )
        })
        .collect();
    let positives = pairs.iter().filter(|(_, truth)| *truth).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    if pairs.len() < MIN_ROWS || positives == 0.0 || negatives == 0.0 {
        return None;
    }
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for tied in pairs.chunk_by(|a, b| a.0 == b.0) {
        let yes = tied.iter().filter(|(_, truth)| *truth).count() as f64;
        let no = tied.len() as f64 - yes;
        won += yes * (below + no / 2.0);
        below += no;
    }
    let auc = won / (positives * negatives);
    Some(auc.max(1.0 - auc))
}

/// Pearson's correlation over rows that have both.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let both = || {
        a.iter()
            .zip(b)
            .filter(|(a, b)| a.is_finite() && b.is_finite())
    };
    let count = both().count();
    if count < MIN_ROWS {
        return None;
    }
    let mean_a = both().map(|(a, _)| a).sum::<f64>() / count as f64;
    let mean_b = both().map(|(_, b)| b).sum::<f64>() / count as f64;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let scale = (aa * bb).sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| ab / scale)
}
