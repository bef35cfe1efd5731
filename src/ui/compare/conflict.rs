//! The gradients drawn: which tasks conflict at a glance, each pair over time, and how long every task's gradient is.

use eframe::egui;
use eframe::egui::{
    Align, Color32, ComboBox, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::CompareInput;
use super::chart::Cursor;
use super::export::numbers_ui;
use super::gradients::{Conflicts, Gradients, csv, nothing};
use super::grid::{Cards, grid_ui};
use super::settings::Settings;
use crate::session::Command;
use crate::ui::{card, format, theme};

/// The size of a cell of the matrix.
const CELL: egui::Vec2 = vec2(64.0, 30.0);
/// The width of a task's name beside the matrix.
const NAME_WIDTH: f32 = 92.0;

/// Draws everything below the tab.
pub fn ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    model: &Gradients,
    settings: &mut Settings,
    cursor: &mut Cursor,
    commands: &mut Vec<Command>,
) {
    if model.conflicts.is_empty() {
        let text = RichText::new(nothing(input.results)).color(theme::of(ui).weak);
        card::card(ui, "", |ui| ui.add(Label::new(text).wrap()));
        return;
    }
    matrix_ui(ui, input, model, settings, commands);
    card::gap(ui);
    heading_ui(
        ui,
        "Cosine between two tasks' gradients",
        "In the shaded half a step for one task undoes work of the other",
    );
    grid_ui(ui, &model.cosines, Cards::SMALL, settings, cursor, commands);
    heading_ui(
        ui,
        "Length of each task's gradient",
        "A task with a much longer gradient than the others has the last word on what is shared",
    );
    grid_ui(ui, &model.lengths, Cards::LARGE, settings, cursor, commands);
}

fn heading_ui(ui: &mut Ui, heading: &str, help: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(heading).strong().size(15.5));
        ui.label(RichText::new(help).color(theme::of(ui).weak));
    });
    ui.add_space(2.0);
}

/// One variant's cosines as colors with numbers, and what they say.
fn matrix_ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    model: &Gradients,
    settings: &mut Settings,
    commands: &mut Vec<Command>,
) {
    let results = input.results;
    let names: Vec<&str> = results
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    let name_of = |found: &Conflicts| {
        let variant = results.draft.variants.get(found.variant);
        variant.map_or("", |variant| variant.name.as_str())
    };
    let chosen = |found: &&Conflicts| Some(name_of(found)) == settings.conflicts_of.as_deref();
    let Some(found) = model
        .conflicts
        .iter()
        .find(chosen)
        .or_else(|| model.conflicts.first())
    else {
        return;
    };
    card::card(ui, "", |ui| {
        card::line(ui, |ui| {
            ui.label(RichText::new("Which tasks conflict").strong().size(15.5));
            let all: Vec<(usize, &str)> = model
                .conflicts
                .iter()
                .map(|it| (it.variant, name_of(it)))
                .collect();
            variant_ui(ui, &all, found.variant, settings);
            let mean = &mut settings.mean_conflicts;
            ui.selectable_value(mean, false, "latest")
                .on_hover_text("The cosines after the latest epoch");
            ui.selectable_value(mean, true, "mean")
                .on_hover_text("The mean over all epochs");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let file = format!("conflicts of {}", name_of(found));
                let menu = ui.menu_button("⋯", |ui| {
                    numbers_ui(ui, &file, || csv(found, &names), commands);
                });
                let name = "Menu of the conflicts";
                menu.response
                    .widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
            });
        });
        ui.add_space(theme::GAP_SMALL);
        ui.horizontal_top(|ui| {
            cells_ui(ui, found, &names);
            ui.add_space(theme::GAP_LARGE);
            ui.vertical(|ui| {
                ui.set_max_width(ui.available_width());
                ui.add(Label::new(words(found, &names)).wrap());
                let text = "1: the tasks pull the same way, 0: they do not touch each other, below 0: a step for one \
                            undoes work of the other. A mean over seeds, on as many training rows as the setting \
                            Compare gradients says";
                ui.add(Label::new(RichText::new(text).color(theme::of(ui).weak).small()).wrap());
            });
        });
    });
}

fn variant_ui(ui: &mut Ui, all: &[(usize, &str)], shown: usize, settings: &mut Settings) {
    let name = |index: usize| {
        all.iter()
            .find(|(at, _)| *at == index)
            .map_or("", |(_, name)| name)
    };
    ui.name_inputs("Variant of the conflicts", |ui| {
        ComboBox::from_id_salt("conflicts")
            .selected_text(format::shorten(name(shown), 26))
            .width(200.0)
            .show_ui(ui, |ui| {
                for (index, name) in all {
                    if ui.selectable_label(*index == shown, *name).clicked() {
                        settings.conflicts_of = Some((*name).to_owned());
                    }
                }
            });
    });
}

/// What stands out, in a sentence.
fn words(found: &Conflicts, names: &[&str]) -> RichText {
    let name = |index: usize| names.get(index).copied().unwrap_or_default();
    let apart = found.apart();
    let text = match apart[..] {
        [(a, b, cosine), ..] => format!(
            "{} of {} conflict, the most {} and {} at {cosine:+.2}",
            apart.len(),
            format::plural(found.pairs.len(), "pair"),
            name(a),
            name(b)
        ),
        [] => "No two tasks conflict".to_owned(),
    };
    RichText::new(text).strong()
}

fn cells_ui(ui: &mut Ui, found: &Conflicts, names: &[&str]) {
    let weak = theme::of(ui).weak;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        ui.horizontal(|ui| {
            ui.allocate_exact_size(vec2(NAME_WIDTH, 20.0), Sense::hover());
            for name in names {
                let text = RichText::new(*name).color(weak).small();
                put(
                    ui,
                    vec2(CELL.x, 20.0),
                    Layout::top_down(Align::Center),
                    text,
                    name,
                );
            }
        });
        for (row, name) in names.iter().enumerate() {
            ui.horizontal(|ui| {
                let layout = Layout::left_to_right(Align::Center);
                put(
                    ui,
                    vec2(NAME_WIDTH, CELL.y),
                    layout,
                    RichText::new(*name),
                    name,
                );
                for (column, other) in names.iter().enumerate() {
                    cell_ui(ui, found.between(row, column), (row == column, name, other));
                }
            });
        }
    });
}

fn cell_ui(ui: &mut Ui, cosine: Option<f64>, (same, task, other): (bool, &str, &str)) {
    let (rect, _) = ui.allocate_exact_size(CELL, Sense::hover());
    let tokens = theme::of(ui);
    let (fill, text) = match cosine {
        Some(cosine) => {
            // There is no negative zero to be read.
            let shown = (cosine * 100.0).round() / 100.0 + 0.0;
            (cosine_color(tokens, shown), format!("{shown:+.2}"))
        }
        None if same => (Color32::TRANSPARENT, "·".to_owned()),
        None => (Color32::TRANSPARENT, "–".to_owned()),
    };
    ui.painter().rect_filled(rect, 3.0, fill);
    let text = RichText::new(text).monospace();
    let text = if cosine.is_some() {
        text.color(tokens.strong)
    } else {
        text.color(tokens.weak)
    };
    let label = ui.put(rect, Label::new(text).selectable(false));
    if let Some(cosine) = cosine {
        label.on_hover_text(format!("{task} and {other}: {cosine:+.3}"));
    }
}

/// Conflict and harmony, the stronger the further from zero.
fn cosine_color(tokens: &theme::Tokens, cosine: f64) -> Color32 {
    let color = if cosine < 0.0 {
        tokens.error
    } else {
        tokens.accent
    };
    color.gamma_multiply(0.06 + 0.44 * cosine.abs().min(1.0) as f32)
}

/// A name in a place of this size, cut if it is longer.
fn put(ui: &mut Ui, size: egui::Vec2, layout: Layout, text: RichText, whole: &str) {
    let (rect, _): (Rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.add(Label::new(text).truncate()).on_hover_text(whole);
}
