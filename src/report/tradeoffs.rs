//! Which variants no other beats on both of two tasks.

use minijinja::context;
use minijinja::value::Value;

use super::task_facts::summary;
use crate::analysis::pareto;
use crate::metrics::metric;
use crate::results::{Results, TaskInfo};

/// A row for each pair of tasks, by the mean test scores of their primary metrics.
pub(super) fn tradeoffs(results: &Results) -> Vec<Value> {
    let tasks = &results.tasks;
    let pairs = tasks.iter().enumerate().flat_map(|(index, first)| {
        tasks
            .iter()
            .skip(index + 1)
            .map(move |second| (first, second))
    });
    pairs
        .filter_map(|(first, second)| tradeoff(results, first, second))
        .collect()
}

fn tradeoff(results: &Results, first: &TaskInfo, second: &TaskInfo) -> Option<Value> {
    let quality = |task: &TaskInfo, variant: usize| {
        let mean = summary(results, variant, &task.name, &task.primary_metric)?.mean;
        Some(metric(&task.primary_metric)?.direction().quality(mean))
    };
    let (names, points): (Vec<&str>, Vec<(f64, f64)>) = results
        .draft
        .variants
        .iter()
        .enumerate()
        .filter_map(|(index, variant)| {
            Some((
                variant.name.as_str(),
                (quality(first, index)?, quality(second, index)?),
            ))
        })
        .unzip();
    if names.len() < 2 {
        return None;
    }
    let front = pareto(&points);
    let those = |wanted: bool| {
        let chosen = names
            .iter()
            .zip(&front)
            .filter(|(_, on_front)| **on_front == wanted);
        chosen
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<String>>()
    };
    Some(
        context! { first => &first.name, second => &second.name, front => those(true), beaten => those(false) },
    )
}
