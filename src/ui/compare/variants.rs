//! The list of variants: what is drawn, in which color, against which baseline.

use eframe::egui::{Align, Layout, RichText, ScrollArea, Sense, Ui, vec2};

use super::CompareInput;
use super::settings::Settings;
use crate::lab::{is_adaptive, replay};
use crate::session::Command;
use crate::ui::icon::{Icon, small_icon_button};
use crate::ui::{card, format, theme};

/// Longer names are cut.
const LETTERS: usize = 20;

/// The list beside the charts.
pub fn ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    settings: &mut Settings,
    commands: &mut Vec<Command>,
) {
    card::full_card(ui, "Variants", |ui| {
        ScrollArea::vertical()
            .id_salt("variants")
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let variants = &input.results.draft.variants;
                for (index, variant) in variants.iter().enumerate() {
                    row_ui(ui, input, settings, index, &variant.name, commands);
                }
                let hidden = variants
                    .iter()
                    .filter(|variant| settings.hidden.contains(&variant.name))
                    .count();
                if hidden > 0 {
                    ui.add_space(theme::GAP_SMALL);
                    let text = format!("{hidden} of {} hidden", variants.len());
                    if ui.button(text).on_hover_text("Show all").clicked() {
                        settings.hidden.clear();
                    }
                }
            });
    });
}

/// Of variants whose weights change while they train.
fn replay_ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    index: usize,
    name: &str,
    commands: &mut Vec<Command>,
) {
    let command = Command::Replay(Some(index));
    let why = replay(input.results, index).err();
    let words = format!("Replay {name} with fixed weights");
    let response = small_icon_button(ui, Icon::Again, &words, why.is_none());
    if response
        .on_hover_text(command.tooltip())
        .on_disabled_hover_text(why.unwrap_or_default())
        .clicked()
    {
        commands.push(command);
    }
}

fn row_ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    settings: &mut Settings,
    index: usize,
    name: &str,
    commands: &mut Vec<Command>,
) {
    let tokens = theme::of(ui);
    let color = theme::variant_color(index, ui.visuals().dark_mode);
    let mut shown = !settings.hidden.contains(name);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        let color = if shown { color } else { tokens.line };
        card::variant_mark(ui, rect, index, color);
        let toggled = ui
            .checkbox(&mut shown, format::shorten(name, LETTERS))
            .on_hover_text(format!("{name}\nAlt-click shows this one alone"));
        if toggled.clicked() {
            if ui.input(|input| input.modifiers.alt) {
                let all = input
                    .results
                    .draft
                    .variants
                    .iter()
                    .map(|variant| variant.name.clone());
                settings.hidden = all.filter(|other| other != name).collect();
            } else if shown {
                settings.hidden.remove(name);
            } else {
                settings.hidden.insert(name.to_owned());
            }
        }
    });
    let seeds = input
        .results
        .runs
        .iter()
        .filter(|run| run.variant == index)
        .count();
    let noun = if seeds == 1 { "seed" } else { "seeds" };
    card::line(ui, |ui| {
        ui.add_space(18.0);
        let is_baseline = input.baseline == name;
        let text = format!("{seeds} {noun}");
        ui.label(RichText::new(text).color(tokens.weak).size(12.5));
        let word = if is_baseline {
            "baseline"
        } else {
            "make baseline"
        };
        let choice = ui.selectable_label(is_baseline, RichText::new(word).size(12.5));
        if choice.clicked() && !is_baseline {
            commands.push(Command::SetBaseline(name.to_owned()));
        }
        if is_adaptive(input.results, index) {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                replay_ui(ui, input, index, name, commands);
            });
        }
    });
    ui.add_space(2.0);
}
