//! How the tasks of a shared network were weighed: weights and gradients over time, and where gradients conflict.
//!
//! It shows the variants whose tasks share something and have a weight each; the others have nothing to weigh.

use minijinja::context;
use minijinja::value::Value;

use super::chart::ChartLine;
use super::conflicts::{cosine_key, matrix};
use super::facets::{Facet, Facets};
use super::group::Group;
use super::numbers::score;
use super::palette::{ChartColors, VARIANTS_LIGHT};
use super::strategies::strategies;
use crate::analysis::summarize;
use crate::model::structure::structure;
use crate::results::{Results, SeriesKey};
use crate::spec::Choice;
use crate::strategy::{Family, strategy};
use crate::train::{GRADIENT_NORM, Part};

/// The section of the report.
pub(super) fn weighting(results: &Results) -> Value {
    let (sharing, alone): (Vec<usize>, Vec<usize>) =
        (0..results.draft.variants.len()).partition(|&variant| shares(results, variant));
    let matrices: Vec<Value> = sharing
        .iter()
        .filter_map(|&variant| matrix(results, variant))
        .collect();
    let weights = rows(results, &sharing, |variant, task| {
        mean_weight(results, variant, task)
    });
    let norms = rows(results, &sharing, |variant, task| {
        Group::of(results, variant, &key(task, GRADIENT_NORM)).mean()
    });
    let notes = notes(results, &alone, &sharing, norms.is_empty());
    let tables = [
        ("Mean task weights", weights),
        (
            "Mean lengths of the tasks’ gradients on what they share",
            norms,
        ),
    ];
    let tables: Vec<Value> = tables
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(caption, rows)| context! { caption, rows })
        .collect();
    context! {
        strategies => strategies(results),
        notes,
        tables,
        matrices,
        gradient_rows => results.draft.training.gradient_rows,
        pictures => pictures(results, &sharing),
    }
}

/// Whether the tasks of a variant have something in common, and a weight each.
fn shares(results: &Results, variant: usize) -> bool {
    let tasks: Vec<String> = results.tasks.iter().map(|task| task.name.clone()).collect();
    let lanes = |choice: &Choice| {
        structure(&choice.name).map_or(1, |entry| entry.lanes(choice, &tasks).len())
    };
    let fused = |choice: &Choice| {
        strategy(&choice.name).is_some_and(|entry| entry.family() == Family::Fusion)
    };
    let variant = results.draft.variants.get(variant);
    variant
        .is_some_and(|variant| lanes(&variant.structure) < tasks.len() && !fused(&variant.strategy))
}

fn key(task: &str, metric: &str) -> SeriesKey {
    SeriesKey {
        run: 0,
        task: task.to_owned(),
        metric: metric.to_owned(),
        other: None,
        split: Part::Train,
    }
}

fn name(results: &Results, variant: usize) -> &str {
    let variant = results.draft.variants.get(variant);
    variant.map_or("", |variant| variant.name.as_str())
}

/// What is not shown, and why.
fn notes(results: &Results, alone: &[usize], sharing: &[usize], no_gradients: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if results.tasks.len() < 2 {
        notes.push("There is one task, so there is nothing to weigh.".to_owned());
        return notes;
    }
    let names: Vec<&str> = alone
        .iter()
        .map(|&variant| name(results, variant))
        .collect();
    if !names.is_empty() {
        let names = names.join("; ");
        notes.push(format!(
            "Left out: {names}. Where nothing is shared, or one target stands for all labels, there is nothing to weigh."
        ));
    }
    if sharing.is_empty() || !no_gradients {
        return notes;
    }
    notes.push(if results.draft.training.gradient_rows == 0 {
        "The tasks’ gradients were not compared, for training.gradient_rows is 0.".to_owned()
    } else {
        "The tasks’ gradients are not among these results: no epoch has ended, or an earlier version trained them."
            .to_owned()
    });
    notes
}

/// A row for each variant that has a number, with a cell for each task.
fn rows(
    results: &Results,
    variants: &[usize],
    number: impl Fn(usize, &str) -> Option<f64>,
) -> Vec<Value> {
    let row = |&variant: &usize| {
        let tasks = results.tasks.iter();
        let numbers: Vec<Option<f64>> = tasks.map(|task| number(variant, &task.name)).collect();
        let cells: Vec<String> = numbers.iter().copied().map(score).collect();
        let known = numbers.iter().any(Option::is_some);
        known.then(|| context! { variant => name(results, variant), cells })
    };
    variants.iter().filter_map(row).collect()
}

/// The mean of a task's weight over the steps and runs of a variant.
fn mean_weight(results: &Results, variant: usize, task: &str) -> Option<f64> {
    let runs = results.runs.iter().filter(|run| run.variant == variant);
    let outcomes = runs.filter_map(|run| run.outcome.as_ref());
    let weights = outcomes.filter_map(|outcome| outcome.task_weights.get(task).copied());
    summarize(&weights.collect::<Vec<f64>>()).map(|summary| summary.mean)
}

/// What is drawn, kind by kind; a kind without a point is left out.
fn pictures(results: &Results, sharing: &[usize]) -> Vec<Value> {
    let tasks = &results.tasks;
    let of_tasks = |metric: &str| -> Vec<(String, SeriesKey)> {
        tasks
            .iter()
            .map(|task| (task.name.clone(), key(&task.name, metric)))
            .collect()
    };
    let of_pairs = || -> Vec<(String, SeriesKey)> {
        let pairs = tasks.iter().enumerate().flat_map(|(index, first)| {
            tasks
                .iter()
                .skip(index + 1)
                .map(move |second| (first, second))
        });
        pairs
            .map(|(first, second)| {
                let title = format!("{} and {}", first.name, second.name);
                (title, cosine_key(first, second))
            })
            .collect()
    };
    let kinds = [
        ("Task weights", of_tasks("weight"), None),
        (
            "Lengths of the tasks’ gradients",
            of_tasks(GRADIENT_NORM),
            None,
        ),
        (
            "Cosines between the tasks’ gradients",
            of_pairs(),
            Some("conflict"),
        ),
    ];
    kinds
        .into_iter()
        .filter_map(|(title, facets, below_zero)| {
            let groups: Vec<Value> = palettes(sharing)
                .into_iter()
                .filter_map(|variants| group(results, &variants, &facets, below_zero))
                .collect();
            (!groups.is_empty()).then(|| context! { title, groups })
        })
        .collect()
}

/// Variants in groups in which no color comes twice; each has the color that it has in the tasks' curves.
fn palettes(variants: &[usize]) -> Vec<Vec<usize>> {
    variants
        .chunk_by(|first, second| first / VARIANTS_LIGHT.len() == second / VARIANTS_LIGHT.len())
        .map(<[usize]>::to_vec)
        .collect()
}

/// The charts of some variants with their legend; `None` if they have no point.
fn group(
    results: &Results,
    variants: &[usize],
    facets: &[(String, SeriesKey)],
    below_zero: Option<&'static str>,
) -> Option<Value> {
    let line = |variant: usize, key: &SeriesKey| {
        let group = Group::of(results, variant, key);
        (group.runs > 0).then(|| ChartLine {
            label: name(results, variant).to_owned(),
            color: color(variant),
            dashed: false,
            points: group.means(),
            band: group.band(),
        })
    };
    let charts = facets.iter().map(|(title, key)| {
        let lines = variants.iter().filter_map(|&variant| line(variant, key));
        Facet {
            title: title.clone(),
            lines: lines.collect(),
        }
    });
    let drawn = Facets {
        charts: charts.collect(),
        below_zero,
    };
    let svgs: Vec<Value> = drawn
        .svgs(&ChartColors::PAGE)
        .into_iter()
        .map(Value::from_safe_string)
        .collect();
    let legend: Vec<Value> = variants
        .iter()
        .map(|&variant| context! { name => name(results, variant), color => color(variant) })
        .collect();
    (!svgs.is_empty()).then(|| context! { legend, svgs })
}

fn color(variant: usize) -> String {
    format!("var(--v{})", variant % VARIANTS_LIGHT.len())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{HOSTILE, gradients, results};
    use super::*;

    fn notes_of(results: &Results) -> String {
        weighting(results).get_attr("notes").unwrap().to_string()
    }

    fn pictures_of(results: &Results) -> Vec<(String, usize)> {
        let pictures = weighting(results).get_attr("pictures").unwrap();
        let picture = |picture: Value| {
            let groups = picture.get_attr("groups").unwrap();
            let svgs = groups
                .get_item_by_index(0)
                .unwrap()
                .get_attr("svgs")
                .unwrap();
            let title = picture.get_attr("title").unwrap().to_string();
            (title, svgs.len().unwrap())
        };
        pictures.try_iter().unwrap().map(picture).collect()
    }

    #[test]
    fn what_is_shared_is_shown_and_what_is_not_is_named() {
        let mut results = results();
        gradients(&mut results, 0, [0.5, 0.5]);
        gradients(&mut results, 2, [-0.5, -0.25]);
        gradients(&mut results, 3, [0.125, 0.25]);
        let found = pictures_of(&results);
        let expected = [
            ("Task weights", 2),
            ("Lengths of the tasks’ gradients", 2),
            ("Cosines between the tasks’ gradients", 1),
        ];
        assert_eq!(
            found,
            expected.map(|(title, charts)| (title.to_owned(), charts))
        );
        let section = weighting(&results);
        let names = |rows: Value| -> Vec<String> {
            rows.try_iter()
                .unwrap()
                .map(|row| row.get_attr("variant").unwrap().to_string())
                .collect()
        };
        let tables = section.get_attr("tables").unwrap();
        assert_eq!(tables.len(), Some(2));
        for table in tables.try_iter().unwrap() {
            assert_eq!(names(table.get_attr("rows").unwrap()), [HOSTILE]);
        }
        assert_eq!(names(section.get_attr("matrices").unwrap()), [HOSTILE]);
        assert!(notes_of(&results).contains("Left out: separate."));
        assert!(!notes_of(&results).contains("gradients"));
    }

    #[test]
    fn what_there_is_nothing_of_has_a_word() {
        let mut results = results();
        assert!(pictures_of(&results).is_empty());
        assert!(notes_of(&results).contains("an earlier version"));
        results.draft.training.gradient_rows = 0;
        assert!(notes_of(&results).contains("training.gradient_rows is 0"));
        results.draft.variants[1].strategy = Choice::named("sample_weights");
        let left_out = format!("Left out: separate; {HOSTILE}.");
        assert!(
            notes_of(&results).contains(&left_out),
            "{}",
            notes_of(&results)
        );
        results.tasks.truncate(1);
        assert!(notes_of(&results).contains("one task"));
    }

    #[test]
    fn no_color_comes_twice_in_a_chart() {
        let sharing = [0, 1, 2, 7, 9, 15, 16];
        let groups = palettes(&sharing);
        assert_eq!(groups, [vec![0, 1, 2, 7], vec![9, 15], vec![16]]);
    }
}
