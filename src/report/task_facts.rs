//! What a report says of one task: verdicts, final scores, curves.

use minijinja::context;
use minijinja::value::Value;

use super::curves::curves;
use super::facts::test_score;
use super::numbers::{NONE, mean_deviation};
use super::palette::ChartColors;
use super::verdicts::verdict_rows;
use crate::analysis::{Comparison, Summary, summarize};
use crate::experiment::Selection;
use crate::metrics::{METRICS, Metric, metric};
use crate::results::{Results, Run, TaskInfo};
use crate::train::{Scores, Status};

/// One task.
pub(super) fn task(results: &Results, comparisons: &[Comparison], task: &TaskInfo) -> Value {
    let metrics = judged_by(results, task);
    let labels: Vec<&str> = metrics.iter().map(|metric| metric.spec().label).collect();
    let charts: Vec<Value> = curves(results, task)
        .into_iter()
        .map(|curve| {
            let svg = curve.chart.svg(&ChartColors::PAGE);
            context! { svg => svg.map(Value::from_safe_string), notes => curve.notes }
        })
        .collect();
    context! {
        name => &task.name,
        kind => task.kind.id(),
        metric => metric(&task.primary_metric).map_or("", |metric| metric.spec().label),
        verdicts => verdict_rows(results, comparisons, task),
        metrics => labels,
        scores => score_rows(results, task, &metrics),
        selections => selection_rows(results, task),
        charts,
    }
}

/// Variant and score of the runs that ended well.
pub(super) fn test_scores<'a>(
    results: &'a Results,
    task: &'a str,
    metric: &'a str,
) -> impl Iterator<Item = (usize, Option<f64>)> {
    ended_well(results)
        .map(move |run| (run.variant, test_score(run.outcome.as_ref(), task, metric)))
}

/// The same runs that the comparisons are made of.
fn ended_well(results: &Results) -> impl Iterator<Item = &Run> {
    results
        .runs
        .iter()
        .filter(|run| matches!(run.status, Status::Finished | Status::Stopped))
}

/// A variant's test scores in short.
pub(super) fn summary(
    results: &Results,
    variant: usize,
    task: &str,
    metric: &str,
) -> Option<Summary> {
    let own = test_scores(results, task, metric).filter(|(index, _)| *index == variant);
    summarize(&own.filter_map(|(_, value)| value).collect::<Vec<f64>>())
}

/// The metrics with a score, the primary one first.
fn judged_by(results: &Results, task: &TaskInfo) -> Vec<&'static dyn Metric> {
    let has_scores = |metric: &&dyn Metric| {
        test_scores(results, &task.name, metric.spec().id).any(|(_, value)| value.is_some())
    };
    let mut found: Vec<&dyn Metric> = METRICS.iter().copied().filter(has_scores).collect();
    found.sort_by_key(|metric| metric.spec().id != task.primary_metric);
    found
}

/// Mean ± deviation of every variant and metric, the best mean marked.
fn score_rows(results: &Results, task: &TaskInfo, metrics: &[&dyn Metric]) -> Vec<Value> {
    let variants = results.draft.variants.len();
    let columns: Vec<Vec<Option<Summary>>> = metrics
        .iter()
        .map(|metric| {
            (0..variants)
                .map(|variant| summary(results, variant, &task.name, metric.spec().id))
                .collect()
        })
        .collect();
    let best: Vec<Option<f64>> = metrics
        .iter()
        .zip(&columns)
        .map(|(metric, column)| {
            let quality = |summary: &Summary| metric.direction().quality(summary.mean);
            let several = column.iter().flatten().count() > 1;
            column
                .iter()
                .flatten()
                .map(quality)
                .max_by(f64::total_cmp)
                .filter(|_| several)
        })
        .collect();
    let row = |variant: usize| {
        let cells = metrics
            .iter()
            .zip(&columns)
            .zip(&best)
            .map(|((metric, column), best)| {
                let summary = column.get(variant).and_then(Option::as_ref);
                let quality = summary.map(|summary| metric.direction().quality(summary.mean));
                context! {
                    text => summary.map_or_else(|| NONE.to_owned(), mean_deviation),
                    best => best.is_some() && quality == *best,
                }
            });
        let runs = ended_well(results)
            .filter(|run| run.variant == variant)
            .count();
        let name = results
            .draft
            .variants
            .get(variant)
            .map_or("", |variant| variant.name.as_str());
        context! { variant => name, runs, cells => cells.collect::<Vec<Value>>() }
    };
    (0..variants).map(row).collect()
}

/// The primary metric under each way of choosing the epoch; empty if the runs know only one.
fn selection_rows(results: &Results, task: &TaskInfo) -> Vec<Value> {
    let reported = results.draft.training.selection;
    let mut others = false;
    let variants = results.draft.variants.iter().enumerate();
    let rows: Vec<Value> = variants
        .map(|(index, variant)| {
            let cells: Vec<String> = Selection::ALL
                .into_iter()
                .map(|selection| {
                    let own = ended_well(results).filter(|run| run.variant == index);
                    let values: Vec<f64> = own
                        .filter_map(|run| {
                            let outcome = run.outcome.as_ref()?;
                            let scores: &Scores = if selection == reported {
                                &outcome.test
                            } else {
                                &outcome.selections.get(selection.id())?.test
                            };
                            scores
                                .get(&task.name)?
                                .get(&task.primary_metric)
                                .copied()
                                .flatten()
                        })
                        .collect();
                    others |= selection != reported && !values.is_empty();
                    summarize(&values)
                        .as_ref()
                        .map_or_else(|| NONE.to_owned(), mean_deviation)
                })
                .collect();
            context! { variant => &variant.name, cells }
        })
        .collect();
    if others { rows } else { Vec::new() }
}
