//! The pieces every screen is made of: cards, the button that matters, labeled rows, empty states.

use eframe::egui;
use eframe::egui::emath::Numeric;
use eframe::egui::vec2;
use eframe::egui::{
    Align, Button, Color32, CornerRadius, DragValue, Frame, Label, Layout, Margin, Rect, Response,
    RichText, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder,
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

/// The gap below a card, as wide as the one beside it.
pub fn gap(ui: &mut Ui) {
    let already = ui.spacing().item_spacing.y;
    ui.add_space(theme::CARD_GAP - already);
}

/// A variant's color and name in a cell of this width; a name that is cut stands in full under the pointer.
pub fn variant_cell(ui: &mut Ui, index: usize, name: &str, width: f32) {
    let (cell, _) = ui.allocate_exact_size(vec2(width, theme::CELL_HEIGHT), Sense::hover());
    let color = theme::variant_color(index, ui.visuals().dark_mode);
    let swatch = Rect::from_center_size(cell.left_center() + vec2(6.0, 0.0), vec2(12.0, 12.0));
    variant_mark(ui, swatch, index, color);
    let rest = cell.with_min_x(swatch.right() + theme::GAP_SMALL + 2.0);
    // A child takes no room of its own, so that in a grid this stays one cell.
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rest).layout(layout));
    child.add(Label::new(name).truncate());
}

/// A variant's sign: a square, from the ninth on a frame, then a diamond, for the colors begin anew.
pub fn variant_mark(ui: &Ui, place: Rect, index: usize, color: Color32) {
    let painter = ui.painter();
    match theme::color_round(index) {
        0 => {
            painter.rect_filled(place, 3.0, color);
        }
        1 => {
            let line = Stroke::new(3.0, color);
            painter.rect_stroke(place, 3.0, line, StrokeKind::Inside);
        }
        _ => {
            let corners = [
                place.center_top(),
                place.right_center(),
                place.center_bottom(),
                place.left_center(),
            ];
            let diamond = Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE);
            painter.add(diamond);
        }
    }
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

/// A panel's cards, one below the other; the scroll bar lies in the gap beside them, so that it moves nothing.
pub fn scroll<R>(ui: &mut Ui, id: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.spacing_mut().scroll.floating_allocated_width = 0.0;
    ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width() - theme::CARD_GAP);
            contents(ui)
        })
        .inner
}

/// A field for a number; what is written down stays as it is until the user changes it, wrong or not.
pub fn number<Number: Numeric>(value: &mut Number) -> DragValue<'_> {
    DragValue::new(value).clamp_existing_to_range(false)
}

/// A line of words and controls on one middle.
pub fn line<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        // Without it the first word is placed before the height of what follows is known.
        ui.set_min_height(theme::LINE_HEIGHT);
        contents(ui)
    })
    .inner
}

/// A label at the left and a control at the right that is named by it.
pub fn row<R>(ui: &mut Ui, label: &str, help: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    line(ui, |ui| {
        let response = ui.label(label);
        if !help.is_empty() {
            response.on_hover_text(help);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.name_inputs(label, |ui| control(ui))
        })
        .inner
    })
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
