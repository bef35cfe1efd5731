//! Small painted signs, so that no font has to have them, and the buttons that show one.

use std::f32::consts::PI;

use eframe::egui::{Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke};
use eframe::egui::{StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::theme;

/// A sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Icon {
    /// Start or go on.
    Play,
    /// Hold.
    Pause,
    /// End.
    Stop,
    /// On to the next.
    Skip,
    /// Notices.
    Bell,
    /// Dark.
    Moon,
    /// Light.
    Sun,
    /// As the system has it.
    Screen,
    /// Keys.
    Question,
    /// Less.
    Minus,
    /// More.
    Plus,
    /// Take away.
    Cross,
    /// Larger.
    Enlarge,
    /// As large as before.
    Shrink,
    /// Once more.
    Again,
}

/// A button that shows a sign and is named in words.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> Response {
    sized(ui, icon, name, enabled, vec2(32.0, 30.0))
}

/// A smaller one, for rows of many.
pub fn small_icon_button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> Response {
    sized(ui, icon, name, enabled, vec2(24.0, 24.0))
}

fn sized(ui: &mut Ui, icon: Icon, name: &str, enabled: bool, size: Vec2) -> Response {
    ui.add_enabled_ui(enabled, |ui| {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        paint_button(ui, rect, &response, icon, name, enabled);
        response.on_hover_text(name)
    })
    .inner
}

/// The same at a given place.
pub fn icon_button_at(ui: &Ui, rect: Rect, icon: Icon, name: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
    paint_button(ui, rect, &response, icon, name, true);
    response.on_hover_text(name)
}

fn paint_button(ui: &Ui, rect: Rect, response: &Response, icon: Icon, name: &str, enabled: bool) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let visuals = ui.style().interact(response);
    let radius = f32::from(theme::CONTROL_RADIUS);
    ui.painter().rect_filled(rect, radius, visuals.weak_bg_fill);
    let line = if response.has_focus() {
        Stroke::new(1.5, theme::of(ui).accent)
    } else {
        visuals.bg_stroke
    };
    ui.painter()
        .rect_stroke(rect, radius, line, StrokeKind::Inside);
    paint(
        ui.painter(),
        rect.center(),
        icon,
        visuals.fg_stroke.color,
        visuals.weak_bg_fill,
    );
}

/// Paints a sign; `ground` is what lies behind it.
pub fn paint(painter: &Painter, center: Pos2, icon: Icon, color: Color32, ground: Color32) {
    let at = |x: f32, y: f32| pos2(center.x + x, center.y + y);
    let line = Stroke::new(1.6, color);
    let fill = |points: Vec<Pos2>| {
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    let bar = |left: f32, right: f32| {
        painter.rect_filled(
            Rect::from_min_max(at(left, -5.5), at(right, 5.5)),
            1.0,
            color,
        );
    };
    match icon {
        Icon::Play => fill(vec![at(-4.0, -6.0), at(6.0, 0.0), at(-4.0, 6.0)]),
        Icon::Pause => {
            bar(-5.0, -1.5);
            bar(1.5, 5.0);
        }
        Icon::Stop => {
            painter.rect_filled(
                Rect::from_center_size(center, Vec2::splat(10.0)),
                1.5,
                color,
            );
        }
        Icon::Skip => {
            fill(vec![at(-5.5, -5.5), at(2.5, 0.0), at(-5.5, 5.5)]);
            bar(3.0, 5.5);
        }
        Icon::Bell => bell(painter, center, line),
        Icon::Moon => {
            painter.circle_filled(center, 6.0, color);
            painter.circle_filled(at(3.0, -2.0), 5.0, ground);
        }
        Icon::Sun => {
            painter.circle_filled(center, 3.4, color);
            for step in 0..8 {
                let angle = PI * step as f32 / 4.0;
                let (sin, cos) = angle.sin_cos();
                painter.line_segment([at(5.2 * cos, 5.2 * sin), at(7.4 * cos, 7.4 * sin)], line);
            }
        }
        Icon::Screen => {
            let screen = Rect::from_min_max(at(-7.0, -5.5), at(7.0, 3.0));
            painter.rect_stroke(screen, 1.5, line, StrokeKind::Middle);
            painter.line_segment([at(-3.5, 6.0), at(3.5, 6.0)], line);
        }
        Icon::Question => {
            let hook = (0..=10).map(|step| {
                let angle = PI * (1.0 + 1.35 * step as f32 / 10.0);
                at(3.4 * angle.cos(), 3.4 * angle.sin() - 2.6)
            });
            let mut hook: Vec<Pos2> = hook.collect();
            hook.push(at(0.0, 2.6));
            painter.add(Shape::line(hook, line));
            painter.circle_filled(at(0.0, 5.8), 1.2, color);
        }
        Icon::Minus => {
            painter.line_segment([at(-4.0, 0.0), at(4.0, 0.0)], line);
        }
        Icon::Plus => {
            painter.line_segment([at(-4.0, 0.0), at(4.0, 0.0)], line);
            painter.line_segment([at(0.0, -4.0), at(0.0, 4.0)], line);
        }
        Icon::Enlarge => corners(painter, center, line, 5.0, 1.5),
        Icon::Shrink => corners(painter, center, line, 1.5, 5.0),
        Icon::Again => again(painter, center, line),
        Icon::Cross => {
            painter.line_segment([at(-3.8, -3.8), at(3.8, 3.8)], line);
            painter.line_segment([at(-3.8, 3.8), at(3.8, -3.8)], line);
        }
    }
}

/// Two corners that point apart or at each other, and the line between them.
fn corners(painter: &Painter, center: Pos2, line: Stroke, tip: f32, arm: f32) {
    for (x, y) in [(1.0, -1.0), (-1.0, 1.0)] {
        let at = |along_x: f32, along_y: f32| center + vec2(x * along_x, y * along_y);
        painter.add(Shape::line(
            vec![at(arm, tip), at(tip, tip), at(tip, arm)],
            line,
        ));
        painter.line_segment([at(5.0, 5.0), at(1.2, 1.2)], line);
    }
}

/// Most of a circle with an arrow at its end.
fn again(painter: &Painter, center: Pos2, line: Stroke) {
    let at = |angle: f32, radius: f32| center + radius * vec2(angle.cos(), angle.sin());
    let end = 1.72 * PI;
    let turn = (0..=20).map(|step| at(0.08 * PI + (end - 0.08 * PI) * step as f32 / 20.0, 5.2));
    painter.add(Shape::line(turn.collect(), line));
    let tip = at(end + 0.1, 5.2);
    let barb = |x: f32, y: f32| tip + vec2(x, y);
    let arrow = vec![barb(-4.4, 0.2), tip, barb(0.4, -4.4)];
    painter.add(Shape::line(arrow, line));
}

fn bell(painter: &Painter, center: Pos2, line: Stroke) {
    let at = |x: f32, y: f32| pos2(center.x + x, center.y + y);
    let mut outline = vec![at(-6.0, 3.5), at(-4.2, 1.5)];
    for step in 0..=8 {
        let angle = PI * (1.0 + step as f32 / 8.0);
        outline.push(at(4.2 * angle.cos(), 4.6 * angle.sin() - 1.2));
    }
    outline.extend([at(4.2, 1.5), at(6.0, 3.5), at(-6.0, 3.5)]);
    painter.add(Shape::line(outline, line));
    painter.line_segment([at(-1.6, 6.3), at(1.6, 6.3)], line);
}
