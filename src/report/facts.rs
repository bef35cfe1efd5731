//! What a report says, in the words and digits that both pages show; the templates only lay it out.

use std::collections::BTreeSet;

use minijinja::context;
use minijinja::value::Value;

use super::gates::gates;
use super::numbers::{NONE, count, duration, percent, score};
use super::task_facts::{task, test_scores};
use super::tradeoffs::tradeoffs;
use super::verdicts::findings;
use super::weighting::weighting;
use crate::analysis::{Comparison, FEWEST_PAIRS, summarize};
use crate::experiment::{Selection, write};
use crate::metrics::{METRICS, metric};
use crate::results::{Results, Run};
use crate::train::{Outcome, Status};

/// Everything that a page needs.
pub(super) fn facts(results: &Results, comparisons: &[Comparison]) -> Value {
    let tasks: Vec<Value> = results
        .tasks
        .iter()
        .map(|found| task(results, comparisons, found))
        .collect();
    context! {
        name => title(results),
        app => env!("CARGO_PKG_VERSION"),
        device => &results.device.name,
        backend => &results.device.backend,
        baseline => comparisons.first().map(|comparison| comparison.baseline.as_str()),
        findings => findings(results, comparisons),
        runs_line => runs_line(results),
        selection_rule => selection_rule(results.draft.training.selection),
        verdict_rule => verdict_rule(),
        tasks,
        tradeoffs => tradeoffs(results),
        costs => costs(results),
        weighting => weighting(results),
        gates => gates(results),
        runs => runs(results),
        data => data(results),
        warnings => warnings(results),
        settings => write(&results.draft),
        metrics => metrics(results),
    }
}

/// The name of the experiment, or a word for it.
pub(super) fn title(results: &Results) -> &str {
    if results.draft.name.is_empty() {
        "Experiment"
    } else {
        &results.draft.name
    }
}

fn runs_line(results: &Results) -> String {
    let ended = |status| {
        results
            .runs
            .iter()
            .filter(|run| run.status == status)
            .count()
    };
    let words = [
        Status::Finished,
        Status::Stopped,
        Status::Failed,
        Status::Diverged,
    ]
    .map(|status| (ended(status), status));
    let open = results.runs.len() - words.iter().map(|(count, _)| count).sum::<usize>();
    let mut parts: Vec<String> = words
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, status)| format!("{count} {}", status_word(status)))
        .collect();
    if open > 0 {
        parts.push(format!("{open} not ended"));
    }
    format!("{} runs: {}", results.runs.len(), parts.join(", "))
}

pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::Running => "running",
        Status::Finished => "finished",
        Status::Stopped => "stopped",
        Status::Failed => "failed",
        Status::Diverged => "diverged",
    }
}

fn selection_rule(selection: Selection) -> &'static str {
    match selection {
        Selection::Common => {
            "Reported is the epoch with the best mean rank over the tasks on the validation rows, one model for all \
             tasks; the test rows took no part in choosing it."
        }
        Selection::PerTask => {
            "Reported is each task's own best epoch on the validation rows: several checkpoints, not one model; the \
             test rows took no part in choosing them."
        }
        Selection::Last => "Reported is the last epoch; neither validation nor test rows chose it.",
    }
}

fn verdict_rule() -> String {
    format!(
        "Differences are variant minus baseline on the test rows, in pairs of equal seeds, with the 95 % interval of \
         Student's t. The p-value is that of the two-sided sign-flip test, corrected by Holm's method over all \
         variants and tasks of a metric. Better and worse need at least {FEWEST_PAIRS} pairs, a corrected p of at \
         most 0.05, an interval without zero and a mean beyond the margin; same means that the whole interval lies \
         inside the margin; all else is undecided. The more variants and tasks are \
         compared, the more seeds a verdict needs."
    )
}

fn costs(results: &Results) -> Vec<Value> {
    let variants = results.draft.variants.iter().enumerate();
    variants
        .map(|(index, variant)| {
            let runs = || results.runs.iter().filter(|run| run.variant == index);
            let outcomes = || {
                runs()
                    .filter_map(|run| run.outcome.as_ref())
                    .filter(|end| end.seconds > 0.0)
            };
            let mean = |of: fn(&Outcome) -> f64| {
                summarize(&outcomes().map(of).collect::<Vec<f64>>()).map(|summary| summary.mean)
            };
            let parameters = runs().map(|run| run.parameters).max().unwrap_or(0);
            context! {
                variant => &variant.name,
                structure => &variant.structure.name,
                strategy => &variant.strategy.name,
                parameters => if parameters == 0 { NONE.to_owned() } else { count(parameters) },
                seconds => mean(|end| end.seconds).map_or_else(|| NONE.to_owned(), duration),
                speed => mean(|end| end.samples_per_second)
                    .map_or_else(|| NONE.to_owned(), |speed| count(speed.round() as usize)),
            }
        })
        .collect()
}

fn runs(results: &Results) -> Vec<Value> {
    let row = |(index, run): (usize, &Run)| {
        let outcome = run.outcome.as_ref();
        let cells: Vec<String> = results
            .tasks
            .iter()
            .map(|task| score(test_score(outcome, &task.name, &task.primary_metric)))
            .collect();
        let mut notes = run.log.clone();
        notes.extend(outcome.and_then(|outcome| outcome.reason.clone()));
        let epoch = outcome.and_then(|outcome| outcome.best_epoch);
        context! {
            variant => results.variant_name(index),
            seed => run.seed.to_string(),
            status => status_word(run.status),
            epoch => epoch.map_or_else(|| NONE.to_owned(), |epoch| epoch.to_string()),
            seconds => outcome.map_or_else(|| NONE.to_owned(), |outcome| duration(outcome.seconds)),
            cells,
            notes => notes.join("; "),
        }
    };
    results.runs.iter().enumerate().map(row).collect()
}

/// A test score of an ended run.
pub(super) fn test_score(outcome: Option<&Outcome>, task: &str, metric: &str) -> Option<f64> {
    outcome?.test.get(task)?.get(metric).copied().flatten()
}

fn data(results: &Results) -> Value {
    let (card, draft) = (&results.card, &results.draft.data);
    let parts = [
        ("training", card.train),
        ("validation", card.validation),
        ("test", card.test),
    ];
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|(name, rows)| {
            let share = if card.rows > 0 {
                percent(rows as f64 / card.rows as f64)
            } else {
                NONE.to_owned()
            };
            context! { name, rows => count(rows), share }
        })
        .collect();
    let labels: Vec<Value> = card
        .labels
        .iter()
        .map(|label| {
            let mean = |mean: &Option<f64>| match mean {
                Some(share) if label.kind == "binary" => format!("{} positive", percent(*share)),
                Some(mean) => format!("mean {}", score(Some(*mean))),
                None => "no labels".to_owned(),
            };
            let cells: Vec<String> = label
                .labeled
                .iter()
                .zip(&label.mean)
                .map(|(&rows, value)| format!("{} labeled, {}", count(rows), mean(value)))
                .collect();
            context! { task => &label.task, kind => &label.kind, cells }
        })
        .collect();
    context! {
        files => draft.paths.join(", "),
        test_files => draft.test_paths.join(", "),
        rows => count(card.rows),
        dropped => count(card.dropped),
        fingerprint => &card.fingerprint,
        split => draft.split.method.id(),
        parts,
        labels,
    }
}

fn warnings(results: &Results) -> Vec<String> {
    results
        .card
        .warnings
        .iter()
        .chain(&results.warnings)
        .cloned()
        .collect()
}

/// The metrics that some run has a score of, with their formulas.
fn metrics(results: &Results) -> Vec<Value> {
    let used: BTreeSet<&str> = results
        .tasks
        .iter()
        .flat_map(|task| METRICS.iter().map(move |metric| (task, metric.spec().id)))
        .filter(|(task, id)| test_scores(results, &task.name, id).any(|(_, value)| value.is_some()))
        .map(|(_, id)| id)
        .collect();
    METRICS
        .iter()
        .filter_map(|entry| metric(entry.spec().id).filter(|found| used.contains(found.spec().id)))
        .map(|metric| {
            let spec = metric.spec();
            context! {
                label => spec.label,
                summary => spec.summary,
                formula => spec.formula,
                citation => spec.paper.map(|paper| paper.citation),
                url => spec.paper.map(|paper| paper.url),
            }
        })
        .collect()
}
