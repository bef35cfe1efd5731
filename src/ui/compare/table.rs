//! The final metrics of every variant, with the difference to the baseline.

use std::collections::BTreeMap;

use eframe::egui::{Grid, RichText, ScrollArea, Ui, vec2};

use super::CompareInput;
use super::chart::{metric_heading, metric_help};
use super::settings::Settings;
use crate::analysis::{Summary, summarize};
use crate::experiment::Selection;
use crate::metrics::{Direction, metric, metrics_for};
use crate::results::Results;
use crate::ui::{card, theme};

/// Mean and deviation over seeds of one variant, task and metric.
pub fn final_score(
    results: &Results,
    variant: usize,
    task: &str,
    metric: &str,
    validation: bool,
) -> Option<Summary> {
    let runs = results.runs.iter().filter(|run| run.variant == variant);
    let outcomes = runs.filter_map(|run| run.outcome.as_ref());
    let values: Vec<f64> = outcomes
        .filter_map(|outcome| {
            let scores = if validation {
                &outcome.validation
            } else {
                &outcome.test
            };
            scores.get(task)?.get(metric).copied().flatten()
        })
        .collect();
    summarize(&values)
}

/// The table of final metrics.
pub fn ui(ui: &mut Ui, input: &CompareInput<'_>, settings: &mut Settings) {
    let results = input.results;
    ui.horizontal_wrapped(|ui| {
        ui.selectable_value(&mut settings.validation, false, "Test rows");
        ui.selectable_value(&mut settings.validation, true, "Validation rows");
        let seeds = results.draft.seeds.len();
        let rule = format!(
            "{}{}",
            match results.draft.training.selection {
                Selection::Common => "epoch with the best validation overall",
                Selection::PerTask => "epoch with the best validation of each task",
                Selection::Last => "last epoch",
            },
            if seeds > 1 {
                format!(", mean ± deviation over {seeds} seeds")
            } else {
                String::new()
            },
        );
        ui.label(RichText::new(rule).color(theme::of(ui).weak));
    });
    ui.add_space(theme::GAP_SMALL);
    for task in &results.tasks {
        card::card(ui, &task.name, |ui| {
            ScrollArea::horizontal()
                .id_salt(("table", &task.name))
                .show(ui, |ui| {
                    task_ui(ui, input, task, settings.validation);
                });
        });
        card::gap(ui);
    }
}

fn task_ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    task: &crate::results::TaskInfo,
    validation: bool,
) {
    let results = input.results;
    let variants = &results.draft.variants;
    let base = variants
        .iter()
        .position(|variant| variant.name == input.baseline);
    let metrics: Vec<&'static str> = metrics_for(task.kind)
        .map(|metric| metric.spec().id)
        .collect();
    let mut cells: BTreeMap<(usize, &str), Option<Summary>> = BTreeMap::new();
    for variant in 0..variants.len() {
        for id in &metrics {
            cells.insert(
                (variant, id),
                final_score(results, variant, &task.name, id, validation),
            );
        }
    }
    let mean = |variant: usize, id: &str| {
        cells
            .get(&(variant, id))
            .and_then(|cell| Some(cell.as_ref()?.mean))
    };
    let best = |id: &str| {
        let direction = metric(id).map_or(Direction::HigherIsBetter, |metric| metric.direction());
        let quality = |variant: &usize| mean(*variant, id).map(|mean| direction.quality(mean));
        let scored = (0..variants.len()).filter_map(|variant| Some((variant, quality(&variant)?)));
        scored
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(variant, _)| variant)
    };
    let tokens = theme::of(ui);
    Grid::new(("final", &task.name))
        .striped(true)
        .spacing(vec2(theme::GAP_LARGE + 4.0, 6.0))
        .show(ui, |ui| {
            ui.label("");
            for id in &metrics {
                ui.label(RichText::new(metric_heading(id)).color(tokens.weak))
                    .on_hover_text(metric_help(id));
            }
            ui.end_row();
            for (index, variant) in variants.iter().enumerate() {
                card::variant_cell(ui, index, &variant.name, theme::NAME_WIDTH);
                for id in &metrics {
                    let Some(Some(found)) = cells.get(&(index, *id)) else {
                        ui.label(RichText::new("–").color(tokens.weak));
                        continue;
                    };
                    ui.horizontal(|ui| {
                        let mut text = format!("{:.4}", found.mean);
                        if let Some(deviation) = found.deviation {
                            text.push_str(&format!(" ± {deviation:.4}"));
                        }
                        let is_best = variants.len() > 1 && best(id) == Some(index);
                        let text = RichText::new(text).monospace();
                        ui.label(if is_best {
                            text.color(tokens.strong).underline()
                        } else {
                            text
                        })
                        .on_hover_text(if is_best {
                            "the best mean"
                        } else {
                            "mean over seeds"
                        });
                        if let Some(base) = base
                            .filter(|base| *base != index)
                            .and_then(|base| mean(base, id))
                        {
                            let difference = format!("{:+.4}", found.mean - base);
                            ui.label(
                                RichText::new(difference)
                                    .monospace()
                                    .size(12.0)
                                    .color(tokens.weak),
                            );
                        }
                    });
                }
                ui.end_row();
            }
        });
}
