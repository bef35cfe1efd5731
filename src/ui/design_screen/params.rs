//! The form of a registry entry's parameters, made from its spec.

use std::collections::BTreeMap;

use eframe::egui::{Align, ComboBox, DragValue, Layout, PopupCloseBehavior, RichText, Ui};

use super::widths;
use crate::spec::{Choice, ParamKind, ParamSpec, ParamValue, Spec};
use crate::ui::card;
use crate::ui::format;
use crate::ui::theme;

/// What parameters may name.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The labels.
    pub tasks: &'a [&'a str],
    /// The sparse and dense columns.
    pub features: &'a [&'a str],
}

/// Draws a row for each parameter; a value at its default is not written down.
pub fn ui(ui: &mut Ui, spec: &Spec, choice: &mut Choice, names: Names<'_>) {
    some_ui(ui, spec, choice, names, |_| true);
}

/// Draws a row for some of the parameters.
pub fn some_ui(
    ui: &mut Ui,
    spec: &Spec,
    choice: &mut Choice,
    names: Names<'_>,
    wanted: impl Fn(&str) -> bool,
) {
    for param in spec.params.iter().filter(|param| wanted(param.name)) {
        let Some(before) = choice.value(spec, param.name) else {
            continue;
        };
        let mut value = match (param.kind, before.clone()) {
            // An empty list in a file may be of widths.
            (ParamKind::Columns, ParamValue::Widths(none)) if none.is_empty() => {
                ParamValue::Columns(Vec::new())
            }
            (_, value) => value,
        };
        ui.push_id((spec.id, param.name), |ui| {
            param_ui(ui, param, &mut value, names);
        });
        if value != before {
            if value == param.kind.default_value() {
                choice.params.remove(param.name);
            } else {
                choice.params.insert(param.name.to_owned(), value);
            }
        }
    }
}

fn param_ui(ui: &mut Ui, param: &ParamSpec, value: &mut ParamValue, names: Names<'_>) {
    let label = label_of(param.name);
    match (param.kind, value) {
        (ParamKind::Number { min, max, .. }, value) => {
            let mut number = match value {
                ParamValue::Integer(number) => *number as f64,
                ParamValue::Number(number) => *number,
                _ => return wrong_ui(ui, &label),
            };
            card::row(ui, &label, param.meaning, |ui| {
                if ui.add(number_field(&mut number, min, max)).changed() {
                    *value = ParamValue::Number(number);
                }
            });
        }
        (ParamKind::Integer { min, max, .. }, ParamValue::Integer(number)) => {
            card::row(ui, &label, param.meaning, |ui| {
                ui.add(card::number(number).range(min..=max).speed(0.1));
            });
        }
        (ParamKind::Widths { min, max, .. }, ParamValue::Widths(list)) => {
            ui.label(&label).on_hover_text(param.meaning);
            widths::ui(ui, &label, list, min..=max);
        }
        (ParamKind::Flag { .. }, ParamValue::Flag(on)) => {
            card::row(ui, &label, param.meaning, |ui| {
                let word = if *on { "on" } else { "off" };
                ui.checkbox(on, word);
            });
        }
        (ParamKind::Choice { options, .. }, ParamValue::Word(word)) => {
            card::row(ui, &label, param.meaning, |ui| {
                let text = format::words(word);
                ComboBox::from_id_salt(param.name)
                    .selected_text(text)
                    .width(120.0)
                    .show_ui(ui, |ui| {
                        for option in options {
                            ui.selectable_value(word, (*option).to_owned(), format::words(option));
                        }
                    });
            });
        }
        (ParamKind::Task { kind }, ParamValue::Word(word)) => {
            card::row(ui, &label, param.meaning, |ui| {
                let first = format!("first {kind} label");
                let text = if word.is_empty() { &first } else { &*word };
                ComboBox::from_id_salt(param.name)
                    .selected_text(text.clone())
                    .width(120.0)
                    .show_ui(ui, |ui| {
                        ui.selectable_value(word, String::new(), first.clone());
                        for task in names.tasks {
                            ui.selectable_value(word, (*task).to_owned(), *task);
                        }
                    });
            });
        }
        (ParamKind::Columns, ParamValue::Columns(chosen)) => {
            card::row(ui, &label, param.meaning, |ui| {
                columns_ui(ui, param.name, chosen, names.features);
            });
        }
        (ParamKind::PerTask { default, min, max }, ParamValue::PerTask(by_task)) => {
            ui.label(&label).on_hover_text(param.meaning);
            per_task_ui(ui, &label, by_task, (default, min, max), names.tasks);
        }
        _ => wrong_ui(ui, &label),
    }
}

fn wrong_ui(ui: &mut Ui, label: &str) {
    let text = format!("{label} has a value of another kind, see the text");
    ui.label(RichText::new(text).color(theme::of(ui).error));
}

/// Columns to tick; what is named and is no feature can only be taken away.
fn columns_ui(ui: &mut Ui, name: &str, chosen: &mut Vec<String>, features: &[&str]) {
    let text = match chosen.as_slice() {
        [] => "none".to_owned(),
        [one] => format::shorten(one, 20),
        several => format::plural(several.len(), "column"),
    };
    let unknown = chosen
        .iter()
        .filter(|name| !features.contains(&name.as_str()));
    let unknown: Vec<String> = unknown.cloned().collect();
    ComboBox::from_id_salt(name)
        .selected_text(text)
        .width(120.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| {
            let all = features
                .iter()
                .copied()
                .chain(unknown.iter().map(String::as_str));
            for column in all {
                let mut is_chosen = chosen.iter().any(|name| name == column);
                if ui.checkbox(&mut is_chosen, column).changed() {
                    chosen.retain(|name| name != column);
                    chosen.extend(is_chosen.then(|| column.to_owned()));
                }
            }
        });
}

fn per_task_ui(
    ui: &mut Ui,
    label: &str,
    by_task: &mut BTreeMap<String, f64>,
    (default, min, max): (f64, f64, f64),
    tasks: &[&str],
) {
    for task in tasks {
        card::line(ui, |ui| {
            ui.add_space(theme::GAP_LARGE);
            let short = format::shorten(task, 20);
            ui.label(RichText::new(short).color(theme::of(ui).weak))
                .on_hover_text(*task);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let mut value = by_task.get(*task).copied().unwrap_or(default);
                let changed = ui.name_inputs(format!("{label} of {task}"), |ui| {
                    ui.add(number_field(&mut value, min, max)).changed()
                });
                if changed {
                    by_task.insert((*task).to_owned(), value);
                }
            });
        });
    }
}

fn number_field(number: &mut f64, min: f64, max: f64) -> DragValue<'_> {
    let speed = (number.abs() * 0.02).max(1e-6);
    card::number(number)
        .range(min..=max)
        .speed(speed)
        .custom_formatter(|value, _| plain(value))
}

/// A field for a number that is usually tiny, such as a penalty.
pub fn tiny(number: &mut f64) -> DragValue<'_> {
    number_field(number, 0.0, 1e3)
}

/// As few digits as the number needs.
fn plain(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

/// A parameter's name as the form has it.
pub fn label_of(name: &str) -> String {
    let words = match name {
        "lr" => "learning rate".to_owned(),
        "eps" => "epsilon".to_owned(),
        "units" => "layer widths".to_owned(),
        other => format::words(other),
    };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
