//! One run: outcome, scores on validation and test, log; skip it while it runs.

use std::collections::BTreeMap;

use eframe::egui::{Button, Grid, RichText, ScrollArea, Ui};

use super::table::status_ui;
use crate::lab::{is_adaptive, replay};
use crate::metrics::METRICS;
use crate::results::{Results, Run};
use crate::session::{Command, Session};
use crate::train::{Outcome, Status};
use crate::ui::card;
use crate::ui::compare::metric_label;
use crate::ui::format;
use crate::ui::theme;

/// Draws the card.
pub fn ui(
    ui: &mut Ui,
    session: &Session,
    results: &Results,
    index: usize,
    commands: &mut Vec<Command>,
) {
    let Some(run) = results.runs.get(index) else {
        return;
    };
    card::full_card(ui, results.variant_name(index), |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.horizontal(|ui| {
                status_ui(ui, run.status);
                ui.label(RichText::new(format!("seed {}", run.seed)).color(theme::of(ui).weak));
                let live = session.training.is_some()
                    && matches!(run.status, Status::Running | Status::Queued);
                if live
                    && ui
                        .button("Skip")
                        .on_hover_text(Command::Skip(index).tooltip())
                        .clicked()
                {
                    commands.push(Command::Skip(index));
                }
            });
            replay_ui(ui, results, run.variant, commands);
            facts_ui(ui, run);
            if let Some(outcome) = &run.outcome {
                outcome_ui(ui, results, outcome);
            }
            log_ui(ui, run, commands);
        });
    });
}

/// The control of an adaptive run: its mean weights, held fixed.
fn replay_ui(ui: &mut Ui, results: &Results, variant: usize, commands: &mut Vec<Command>) {
    if !is_adaptive(results, variant) {
        return;
    }
    let command = Command::Replay(Some(variant));
    let why = replay(results, variant).err();
    let button = ui.add_enabled(why.is_none(), Button::new(command.label()));
    let button = button.on_hover_text(command.tooltip());
    if button
        .on_disabled_hover_text(why.unwrap_or_default())
        .clicked()
    {
        commands.push(command);
    }
}

fn facts_ui(ui: &mut Ui, run: &Run) {
    let mut facts: Vec<(&str, String)> = Vec::new();
    if run.parameters > 0 {
        facts.push(("Parameters", format::count(run.parameters)));
    }
    if let Some(at) = run.progress {
        facts.push(("Epoch", format!("{} of {}", at.epoch, at.epochs)));
        facts.push((
            "Steps",
            format!(
                "{} of {}",
                format::count(at.step as usize),
                format::count(at.steps as usize)
            ),
        ));
    }
    if let Some(outcome) = &run.outcome {
        if let Some(epoch) = outcome.best_epoch {
            facts.push(("Reported epoch", epoch.to_string()));
        }
        facts.push(("Training time", format::duration(outcome.seconds)));
        facts.push((
            "Samples a second",
            format::count(outcome.samples_per_second.max(0.0) as usize),
        ));
    }
    ui.add_space(theme::GAP_SMALL);
    Grid::new("facts")
        .num_columns(2)
        .spacing([20.0, 5.0])
        .show(ui, |ui| {
            for (name, value) in facts {
                ui.label(RichText::new(name).color(theme::of(ui).weak));
                ui.label(value);
                ui.end_row();
            }
        });
}

fn outcome_ui(ui: &mut Ui, results: &Results, outcome: &Outcome) {
    let weak = theme::of(ui).weak;
    if let Some(reason) = &outcome.reason {
        let tokens = theme::of(ui);
        ui.add_space(theme::GAP_SMALL);
        card::banner(ui, tokens.error, tokens.error_ground, reason);
    }
    for task in &results.tasks {
        let (validation, test) = (
            outcome.validation.get(&task.name),
            outcome.test.get(&task.name),
        );
        if validation.is_none() && test.is_none() {
            continue;
        }
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            ui.label(RichText::new(format::shorten(&task.name, 18)).strong())
                .on_hover_text(&task.name);
            if let Some(weight) = outcome.task_weights.get(&task.name) {
                ui.label(
                    RichText::new(format!("mean weight {weight:.3}"))
                        .color(weak)
                        .small(),
                );
            }
        });
        Grid::new(("scores", &task.name))
            .num_columns(3)
            .spacing([20.0, 4.0])
            .show(ui, |ui| {
                for name in ["Metric", "validation", "test"] {
                    ui.label(RichText::new(name).color(weak).small());
                }
                ui.end_row();
                let both = [validation, test];
                for metric in metrics_of(both) {
                    ui.label(metric_label(metric));
                    for scores in both {
                        let value = scores.and_then(|scores| *scores.get(metric)?);
                        ui.label(RichText::new(format::score(value)).monospace());
                    }
                    ui.end_row();
                }
            });
    }
}

/// The metrics in the registry's order, without those that neither part of the rows defines, unless none does.
fn metrics_of(parts: [Option<&BTreeMap<String, Option<f64>>>; 2]) -> Vec<&String> {
    let place = |id: &str| METRICS.iter().position(|metric| metric.spec().id == id);
    let all = parts.into_iter().flatten().flatten();
    let is_defined = |value: &Option<f64>| value.is_some();
    let any = all.clone().any(|(_, value)| is_defined(value));
    let shown = all.filter(|(_, value)| is_defined(value) || !any);
    let mut metrics: Vec<&String> = shown.map(|(metric, _)| metric).collect();
    metrics.sort_by_key(|metric| (place(metric).unwrap_or(usize::MAX), *metric));
    metrics.dedup();
    metrics
}

fn log_ui(ui: &mut Ui, run: &Run, commands: &mut Vec<Command>) {
    if run.log.is_empty() {
        return;
    }
    ui.add_space(theme::GAP);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Log").strong());
        if ui.button("Copy").clicked() {
            commands.push(Command::Copy(run.log.join("\n")));
        }
    });
    for line in &run.log {
        ui.label(RichText::new(line).color(theme::of(ui).weak));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_come_in_the_order_of_the_registry_and_only_where_they_say_something() {
        let scores = |defined: &[&str]| -> BTreeMap<String, Option<f64>> {
            let all = ["calibration", "conditional_auc", "auc", "gauc"];
            let value = |id: &&str| defined.contains(id).then_some(0.5);
            all.iter().map(|id| ((*id).to_owned(), value(id))).collect()
        };
        let (validation, test) = (scores(&["auc", "gauc"]), scores(&["calibration"]));
        assert_eq!(
            metrics_of([Some(&validation), Some(&test)]),
            ["auc", "gauc", "calibration"]
        );
        let nothing = scores(&[]);
        assert_eq!(
            metrics_of([None, Some(&nothing)]),
            ["auc", "gauc", "conditional_auc", "calibration"]
        );
    }
}
