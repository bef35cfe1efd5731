//! How all variants are trained.

use std::ops::RangeInclusive;

use eframe::egui::{ComboBox, RichText, Ui};

use super::params::Names;
use super::{help, params};
use crate::experiment::{Selection, TrainingDraft};
use crate::model::ACTIVATIONS;
use crate::session::{Command, Session};
use crate::spec::{Choice, Spec};
use crate::train::{OPTIMIZERS, SCHEDULES};
use crate::ui::card;
use crate::ui::theme;

/// Draws the card.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let mut training = session.draft.training.clone();
    let (tasks, features) = (session.tasks(), session.features());
    let names = Names {
        tasks: &tasks,
        features: &features,
    };
    card::card(ui, "Training", |ui| {
        basics_ui(ui, &mut training);
        let optimizers: Vec<&Spec> = OPTIMIZERS.iter().map(|entry| entry.spec()).collect();
        entry_ui(ui, "Optimizer", &optimizers, &mut training.optimizer);
        let optimizer = optimizers
            .iter()
            .copied()
            .find(|spec| spec.id == training.optimizer.name);
        if let Some(spec) = optimizer {
            params::some_ui(ui, spec, &mut training.optimizer, names, |name| {
                name == "lr"
            });
        }
        ui.collapsing("More settings", |ui| {
            if let Some(spec) = optimizer {
                params::some_ui(ui, spec, &mut training.optimizer, names, |name| {
                    name != "lr"
                });
            }
            let schedules: Vec<&Spec> = SCHEDULES.iter().map(|entry| entry.spec()).collect();
            choice_ui(ui, "Schedule", &schedules, &mut training.schedule, names);
            regularization_ui(ui, &mut training);
        });
    });
    if training != session.draft.training {
        let mut draft = session.draft.clone();
        draft.training = training;
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

fn basics_ui(ui: &mut Ui, training: &mut TrainingDraft) {
    card::row(
        ui,
        "Epochs",
        "Passes over the training rows, at the most",
        |ui| {
            ui.add(
                card::number(&mut training.epochs)
                    .range(1..=1000)
                    .speed(0.1),
            );
        },
    );
    card::row(ui, "Batch size", "Rows a step", |ui| {
        ui.add(
            card::number(&mut training.batch_size)
                .range(1..=1_048_576)
                .speed(8.0),
        );
    });
    card::row(
        ui,
        "Embedding width",
        "The width of every embedding",
        |ui| {
            ui.add(
                card::number(&mut training.embedding_dim)
                    .range(1..=1024)
                    .speed(0.1),
            );
        },
    );
    card::row(
        ui,
        "Early stopping",
        "Epochs without a better validation before a run ends",
        |ui| {
            let mut on = training.early_stop.is_some();
            let mut patience = training.early_stop.unwrap_or(3);
            if on {
                ui.add(
                    card::number(&mut patience)
                        .range(1..=1000)
                        .speed(0.1)
                        .suffix(" epochs"),
                );
            }
            let word = if on { "after" } else { "off" };
            ui.checkbox(&mut on, word);
            training.early_stop = on.then_some(patience);
        },
    );
    card::row(
        ui,
        "Reported epoch",
        "Which epoch of a run is reported",
        |ui| {
            let word = |selection: Selection| match selection {
                Selection::Common => "best overall",
                Selection::PerTask => "best per task",
                Selection::Last => "last",
            };
            let text = word(training.selection);
            ComboBox::from_id_salt("selection")
                .selected_text(text)
                .width(120.0)
                .show_ui(ui, |ui| {
                    for selection in Selection::ALL {
                        ui.selectable_value(&mut training.selection, selection, word(selection));
                    }
                });
        },
    );
}

fn regularization_ui(ui: &mut Ui, training: &mut TrainingDraft) {
    card::row(ui, "Activation", "The non-linearity between layers", |ui| {
        let known = ACTIVATIONS
            .iter()
            .find(|entry| entry.spec().id == training.activation);
        let text = known
            .map_or(training.activation.as_str(), |entry| entry.spec().label)
            .to_owned();
        ComboBox::from_id_salt("activation")
            .selected_text(text)
            .width(120.0)
            .show_ui(ui, |ui| {
                for entry in ACTIVATIONS {
                    let spec = entry.spec();
                    let chosen = training.activation == spec.id;
                    if ui
                        .selectable_label(chosen, spec.label)
                        .on_hover_text(spec.summary)
                        .clicked()
                    {
                        spec.id.clone_into(&mut training.activation);
                    }
                }
            });
    });
    card::row(
        ui,
        "Batch norm",
        "Whether each hidden layer is normalized by batch",
        |ui| {
            let word = if training.batch_norm { "on" } else { "off" };
            ui.checkbox(&mut training.batch_norm, word);
        },
    );
    weights_ui(ui, training);
    card::row(
        ui,
        "Dropout",
        "The share of activations dropped in bottoms and towers",
        |ui| {
            ui.add(
                card::number(&mut training.dropout)
                    .range(0.0..=0.95)
                    .speed(0.005)
                    .max_decimals(3),
            );
        },
    );
    card::row(
        ui,
        "L2 on embeddings",
        "The penalty on the embeddings that a batch touches",
        |ui| {
            ui.add(params::tiny(&mut training.l2_embedding));
        },
    );
    card::row(
        ui,
        "L2 on layers",
        "The penalty on the dense weights",
        |ui| {
            ui.add(params::tiny(&mut training.l2_dnn));
        },
    );
    card::row(
        ui,
        "Clip gradient",
        "The largest norm of a run's gradient",
        |ui| {
            let mut on = training.clip_norm.is_some();
            let mut norm = training.clip_norm.unwrap_or(1.0);
            if on {
                ui.add(card::number(&mut norm).range(1e-6..=1e6).speed(0.01));
            }
            let word = if on { "at" } else { "off" };
            ui.checkbox(&mut on, word);
            training.clip_norm = on.then_some(norm);
        },
    );
}

/// What concerns the tasks' weights whatever the strategy.
fn weights_ui(ui: &mut Ui, training: &mut TrainingDraft) {
    card::row(
        ui,
        "Normalize weights",
        "Scale the task weights of every strategy to the same sum, so that only the balance differs and not the step",
        |ui| {
            let word = if training.normalize_weights {
                "on"
            } else {
                "off"
            };
            ui.checkbox(&mut training.normalize_weights, word);
        },
    );
    card::row(
        ui,
        "Compare gradients",
        "Training rows on which the tasks' gradients are compared after each epoch, to see which tasks conflict; \
         it costs a pass over as many rows for each task and epoch, 0 never compares",
        |ui| {
            let field = card::number(&mut training.gradient_rows)
                .range(0..=1_048_576)
                .speed(8.0)
                .custom_formatter(rows_or_off)
                .custom_parser(rows_of);
            ui.add(field);
        },
    );
}

/// So many rows, or none at all.
fn rows_or_off(rows: f64, _digits: RangeInclusive<usize>) -> String {
    if rows == 0.0 {
        "off".to_owned()
    } else {
        format!("{rows} rows")
    }
}

/// What [`rows_or_off`] says, or a plain number.
fn rows_of(text: &str) -> Option<f64> {
    match text.trim() {
        "off" => Some(0.0),
        text => text.trim_end_matches("rows").trim().parse().ok(),
    }
}

/// A registry entry to choose, with its parameters below.
pub fn choice_ui(
    ui: &mut Ui,
    label: &str,
    specs: &[&'static Spec],
    choice: &mut Choice,
    names: Names<'_>,
) {
    entry_ui(ui, label, specs, choice);
    params_ui(ui, specs, choice, names);
}

/// The parameters of the chosen entry.
pub fn params_ui(ui: &mut Ui, specs: &[&'static Spec], choice: &mut Choice, names: Names<'_>) {
    if let Some(spec) = specs.iter().copied().find(|spec| spec.id == choice.name) {
        params::ui(ui, spec, choice, names);
    } else {
        let text = RichText::new(format!("There is no {}", choice.name));
        ui.label(text.color(theme::of(ui).error));
    }
}

/// A registry entry to choose.
fn entry_ui(ui: &mut Ui, label: &str, specs: &[&'static Spec], choice: &mut Choice) {
    let known = specs.iter().copied().find(|spec| spec.id == choice.name);
    card::row(ui, label, known.map_or("", |spec| spec.summary), |ui| {
        let text = known
            .map_or(choice.name.as_str(), |spec| spec.label)
            .to_owned();
        ComboBox::from_id_salt(label)
            .selected_text(text)
            .width(130.0)
            .show_ui(ui, |ui| {
                for spec in specs {
                    let chosen = choice.name == spec.id;
                    let response = ui.selectable_label(chosen, spec.label);
                    if help::on(response, spec).clicked() && !chosen {
                        *choice = Choice::named(spec.id);
                    }
                }
            });
    });
}
