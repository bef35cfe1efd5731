//! The verdicts of a report: a table for each task and a sentence for each variant.

use minijinja::context;
use minijinja::value::Value;

use super::numbers::{NONE, difference, p_value};
use super::task_facts::summary;
use crate::analysis::{
    Comparison, FEWEST_PAIRS, Verdict, explain, fewest_pairs, seeds_needed, t_quantile,
};
use crate::metrics::{Direction, metric};
use crate::results::{Results, TaskInfo};

/// The pairs below which this comparison cannot be decided beside the others of its metric.
fn fewest(comparison: &Comparison, comparisons: &[Comparison]) -> usize {
    let beside = |other: &&Comparison| {
        other.metric == comparison.metric
            && other.baseline == comparison.baseline
            && other.p_value.is_some()
    };
    fewest_pairs(comparisons.iter().filter(beside).count())
}

/// A judgment in words, never by color alone.
fn word(comparison: &Comparison, fewest: usize) -> &'static str {
    match comparison.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "same",
        Verdict::Undecided if comparison.pairs == 0 => "no pairs",
        Verdict::Undecided if comparison.pairs < fewest => "undecided, too few seeds",
        Verdict::Undecided => "undecided",
    }
}

/// One line for each variant and task, on the task's primary metric.
pub(super) fn findings(results: &Results, comparisons: &[Comparison]) -> Vec<String> {
    let of_task = |task: &TaskInfo| {
        let (name, primary) = (task.name.clone(), task.primary_metric.clone());
        let own = comparisons.iter();
        own.filter(move |comparison| comparison.task == name && comparison.metric == primary)
    };
    let line = |comparison: &Comparison| {
        let Comparison {
            task,
            variant,
            baseline,
            pairs,
            ..
        } = comparison;
        let fewest = fewest(comparison, comparisons);
        let (word, reason) = (word(comparison, fewest), explain(comparison));
        let held_up = comparison.verdict == Verdict::Undecided;
        let end = if held_up && (FEWEST_PAIRS..fewest).contains(pairs) {
            format!(
                "; among so many comparisons no difference shows with fewer than {fewest} seeds"
            )
        } else {
            String::new()
        };
        format!("{task}: {variant} against {baseline}: {word}; {reason}{end}")
    };
    results
        .tasks
        .iter()
        .flat_map(|task| of_task(task).map(line).collect::<Vec<_>>())
        .collect()
}

/// The comparisons of a task, those on its primary metric first.
pub(super) fn verdict_rows(
    results: &Results,
    comparisons: &[Comparison],
    task: &TaskInfo,
) -> Vec<Value> {
    let mut own: Vec<&Comparison> = comparisons
        .iter()
        .filter(|comparison| comparison.task == task.name && comparison.pairs > 0)
        .collect();
    own.sort_by_key(|comparison| comparison.metric != task.primary_metric);
    let variant = |name: &str| {
        results
            .draft
            .variants
            .iter()
            .position(|variant| variant.name == name)
    };
    own.iter()
        .map(|comparison| {
            let Comparison { metric: id, pairs, .. } = comparison;
            let fewest = fewest(comparison, comparisons);
            let baseline =
                variant(&comparison.baseline).and_then(|index| summary(results, index, &task.name, id));
            let size = baseline.map_or(1.0, |summary| summary.mean);
            let interval = comparison.interval.map_or_else(
                || NONE.to_owned(),
                |[low, high]| format!("{} to {}", difference(Some(low), size), difference(Some(high), size)),
            );
            context! {
                metric => measure(id),
                primary => *id == task.primary_metric,
                variant => &comparison.variant,
                difference => difference(comparison.mean_difference, size),
                interval,
                p => p_value(comparison.p_value),
                pairs,
                word => word(comparison, fewest),
                needed => needed(comparison, fewest).map_or_else(|| NONE.to_owned(), |seeds| seeds.to_string()),
            }
        })
        .collect()
}

/// What the differences of a metric are differences of.
fn measure(id: &str) -> String {
    match metric(id) {
        Some(metric) if metric.direction() == Direction::ClosestToOne => {
            format!("{}, distance from 1", metric.spec().label)
        }
        Some(metric) => metric.spec().label.to_owned(),
        None => id.to_owned(),
    }
}

/// The seeds that would tell an undecided difference of this size and spread.
fn needed(comparison: &Comparison, fewest: usize) -> Option<usize> {
    if comparison.verdict != Verdict::Undecided {
        return None;
    }
    let [low, high] = comparison.interval?;
    let half = t_quantile(0.975, comparison.pairs.checked_sub(1)?)?;
    let deviation = (high - low) / 2.0 / half * (comparison.pairs as f64).sqrt();
    let seeds = seeds_needed(deviation, comparison.mean_difference?)?.max(fewest);
    (seeds > comparison.pairs).then_some(seeds)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::comparison;
    use super::*;

    // import numpy as np; from math import ceil
    // d = np.array([0.001, 0.004, -0.002, 0.003]); print(ceil((2.8 * d.std(ddof=1) / d.mean()) ** 2))
    #[test]
    fn the_seeds_needed_come_from_the_spread_of_the_differences() {
        let mut found = comparison(Verdict::Undecided);
        found.mean_difference = Some(0.0015);
        found.pairs = 4;
        // scipy.stats.t.interval(.95, 3, loc=d.mean(), scale=stats.sem(d))
        found.interval = Some([-0.002_711_690_352_675_377, 0.005_711_690_352_675_377]);
        assert_eq!(needed(&found, 6), Some(25));
        assert_eq!(needed(&found, 30), Some(30));
        found.verdict = Verdict::Same;
        assert_eq!(needed(&found, 6), None);
    }

    #[test]
    fn undecided_says_why() {
        let mut found = comparison(Verdict::Undecided);
        found.pairs = 5;
        assert_eq!(word(&found, 6), "undecided, too few seeds");
        found.pairs = 6;
        assert_eq!(word(&found, 6), "undecided");
        assert_eq!(word(&found, 7), "undecided, too few seeds");
        let results = super::super::fixtures::results();
        let lines = findings(&results, &[found.clone(), found]);
        let end = "no difference shows with fewer than 7 seeds";
        assert!(lines[0].ends_with(end), "{}", lines[0]);
    }
}
