//! The four stations in working order, each with its state as a sign and a word.

use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Sense, Shape, Stroke, StrokeKind, Ui};
use eframe::egui::{Role, WidgetInfo, pos2, vec2};

use super::theme;
use crate::session::{Command, Light, Session, Station};

/// Draws the rail.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.add_space(theme::GAP);
    for station in Station::ALL {
        station_ui(ui, session, station, commands);
        ui.add_space(2.0);
    }
}

fn station_ui(ui: &mut Ui, session: &Session, station: Station, commands: &mut Vec<Command>) {
    let tokens = theme::of(ui);
    let light = session.light(station);
    let chosen = session.station == station;
    let size = vec2(ui.available_width(), 52.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = station.label();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, name));
    let fill = if chosen {
        tokens.selected
    } else if response.hovered() || response.has_focus() {
        tokens.control
    } else {
        Color32::TRANSPARENT
    };
    let painter = ui.painter();
    painter.rect_filled(rect, f32::from(theme::CONTROL_RADIUS) + 2.0, fill);
    if response.has_focus() {
        let line = Stroke::new(theme::LINE, tokens.accent);
        painter.rect_stroke(
            rect,
            f32::from(theme::CONTROL_RADIUS) + 2.0,
            line,
            StrokeKind::Inside,
        );
    }
    let color = theme::light_color(light, ui.visuals().dark_mode);
    paint_light(
        painter,
        pos2(rect.left() + 18.0, rect.center().y),
        light,
        color,
    );
    let left = rect.left() + 36.0;
    let at = pos2(left, rect.center().y - 8.0);
    painter.text(
        at,
        Align2::LEFT_CENTER,
        name,
        FontId::proportional(15.5),
        tokens.text,
    );
    let at = pos2(left, rect.center().y + 11.0);
    painter.text(
        at,
        Align2::LEFT_CENTER,
        light.word(),
        FontId::proportional(12.0),
        tokens.weak,
    );
    let tooltip = Command::Go(station);
    let keys = tooltip
        .shortcut()
        .map_or_else(String::new, |keys| keys.text());
    let text = format!("{}\n{keys}", tooltip.tooltip());
    if response.on_hover_text(text).clicked() {
        commands.push(tooltip);
    }
}

/// A full disc is ready, a half one works, a ring is empty, a triangle needs attention.
pub fn paint_light(painter: &Painter, center: Pos2, light: Light, color: Color32) {
    const RADIUS: f32 = 5.5;
    let line = Stroke::new(1.6, color);
    match light {
        Light::Ready => {
            painter.circle_filled(center, RADIUS, color);
        }
        Light::Empty => {
            painter.circle_stroke(center, RADIUS, line);
        }
        Light::Working => {
            let half = (0..=16).map(|step| {
                let angle = std::f32::consts::PI * (step as f32 / 16.0 - 0.5);
                center + RADIUS * vec2(angle.cos(), angle.sin())
            });
            painter.add(Shape::convex_polygon(half.collect(), color, Stroke::NONE));
            painter.circle_stroke(center, RADIUS, line);
        }
        Light::Attention => {
            let corner = |x: f32, y: f32| center + RADIUS * 1.15 * vec2(x, y);
            let corners = vec![corner(0.0, -1.0), corner(1.0, 0.8), corner(-1.0, 0.8)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
    }
}
