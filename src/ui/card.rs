//! The pieces every screen is made of: cards, the button that matters, labelled rows, empty states.

use egui::{Align, Button, CornerRadius, Frame, Layout, Margin, Response, RichText, Stroke, Ui};
use egui::{WidgetInfo, vec2};

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
    if ui.add_enabled(enabled, Button::new(text)).on_hover_text(tooltip).clicked() {
        commands.push(command);
    }
}

/// A small button that shows a sign and is named in words.
pub fn icon_button(ui: &mut Ui, sign: &str, name: &str, enabled: bool) -> Response {
    let button = Button::new(sign).min_size(vec2(30.0, 28.0));
    let response = ui.add_enabled(enabled, button).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(egui::WidgetType::Button, enabled, name));
    response
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
