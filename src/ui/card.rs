//! The pieces every screen is made of: cards, the button that matters, labelled rows, empty states.

use eframe::egui;
use eframe::egui::vec2;
use eframe::egui::{
    Align, Button, CornerRadius, Frame, Label, Layout, Margin, Response, RichText, Stroke, Ui,
};

use super::theme;
use crate::session::Command;

/// A card with a heading.
pub fn card<R>(ui: &mut Ui, heading: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    frame(ui)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            if !heading.is_empty() {
                ui.label(RichText::new(heading).strong().size(15.5));
                ui.add_space(2.0);
            }
            contents(ui)
        })
        .inner
}

/// A card that fills what is left below; headings and all.
pub fn full_card<R>(ui: &mut Ui, heading: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let height = ui.available_height();
    tall_card(ui, heading, height, contents)
}

/// A card of this height.
pub fn tall_card<R>(
    ui: &mut Ui,
    heading: &str,
    height: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let frame = frame(ui);
    let inside = (height - frame.total_margin().sum().y).max(0.0);
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_height(inside);
            if !heading.is_empty() {
                ui.add(Label::new(RichText::new(heading).strong().size(15.5)).truncate());
                ui.add_space(2.0);
            }
            contents(ui)
        })
        .inner
}

/// The frame of a card.
pub fn frame(ui: &Ui) -> Frame {
    let tokens = theme::of(ui);
    Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(theme::LINE, tokens.line))
        .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
        .inner_margin(Margin::same(14))
}

/// The one button of a screen that asks to be clicked.
pub fn primary_button(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let tokens = theme::of(ui);
    let label = RichText::new(text).color(tokens.on_accent).strong();
    let button = Button::new(label)
        .fill(tokens.accent)
        .min_size(vec2(0.0, theme::BIG_BUTTON))
        .corner_radius(CornerRadius::same(theme::CONTROL_RADIUS + 2));
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = 18.0;
        ui.add_enabled(enabled, button)
    })
    .inner
}

/// A button that sends a command, with the command's own words.
pub fn command_button(ui: &mut Ui, command: Command, enabled: bool, commands: &mut Vec<Command>) {
    let text = command.label();
    let mut tooltip = command.tooltip().to_owned();
    if let Some(keys) = command.shortcut() {
        tooltip = format!("{tooltip}\n{}", keys.text());
    }
    if ui
        .add_enabled(enabled, Button::new(text))
        .on_hover_text(tooltip)
        .clicked()
    {
        commands.push(command);
    }
}

/// A label at the left and a control at the right that is named by it.
pub fn row<R>(ui: &mut Ui, label: &str, help: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        let response = ui.label(label);
        if !help.is_empty() {
            response.on_hover_text(help);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.name_inputs(label, |ui| control(ui))
        })
        .inner
    })
    .inner
}

/// What a screen shows while there is nothing: a sentence and one button.
pub fn empty(ui: &mut Ui, heading: &str, text: &str, button: &str) -> bool {
    let mut clicked = false;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.28).max(theme::GAP_LARGE));
        ui.label(RichText::new(heading).size(22.0).strong());
        ui.add_space(theme::GAP_SMALL);
        ui.label(RichText::new(text).color(theme::of(ui).weak));
        ui.add_space(theme::GAP_LARGE);
        clicked = primary_button(ui, button, true).clicked();
    });
    clicked
}

/// A colored line with a word, such as a problem.
pub fn banner(ui: &mut Ui, color: egui::Color32, ground: egui::Color32, text: &str) {
    Frame::new()
        .fill(ground)
        .corner_radius(CornerRadius::same(theme::CONTROL_RADIUS))
        .inner_margin(Margin::symmetric(10, 7))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(text).color(color));
        });
}
