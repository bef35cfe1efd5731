//! Boxes and arrows as they look: shared parts in one color, those of a task in another.

use std::sync::Arc;

use eframe::egui::epaint::CubicBezierShape;
use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align2, Color32, FontId, Galley, Painter, Rect, Shape, Stroke, StrokeKind, pos2, vec2,
};

use super::sheet::{Block, Link, end};
use crate::model::{EdgeKind, Node, Owner, Part};
use crate::ui::format;
use crate::ui::theme;

/// The size of names.
pub const NAME: f32 = 12.0;
/// The size of counts and of widths in small boxes.
const SMALL: f32 = 11.0;
/// The size of widths in tall boxes.
const LARGE: f32 = 14.0;
/// Lower boxes have one line.
const TWO_LINES: f32 = 32.0;
/// How far the cards of a stack lie behind each other.
const BEHIND: f32 = 3.0;

/// The color of what is shared, or of what a task has for itself; `None`: neither.
fn color_of(node: &Node, dark: bool) -> Option<Color32> {
    match (node.part, &node.owner) {
        (Part::Features | Part::Task, _) => None,
        (_, Owner::Shared) => Some(theme::shared_color(dark)),
        (_, Owner::Task(_) | Owner::Each) => Some(theme::own_color(dark)),
    }
}

/// How much an arrow stands out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Strength {
    /// As long as nothing is pointed at.
    Plain,
    /// One of the arrows of what is pointed at.
    Strong,
    /// One of the others.
    Faint,
}

/// Paints an arrow, which is the color of where it begins.
pub fn link(
    painter: &Painter,
    [from, to]: [&Block; 2],
    kind: EdgeKind,
    node: &Node,
    strength: Strength,
    dark: bool,
) {
    let color = color_of(node, dark).unwrap_or_else(|| theme::tokens(dark).weak);
    let (share, width) = match strength {
        Strength::Plain => (0.6, 1.3),
        Strength::Strong => (1.0, 2.0),
        Strength::Faint => (0.15, 1.3),
    };
    let line = Stroke::new(width, color.gamma_multiply(share));
    let (start, stop) = (end(from, to, true), end(to, from, false));
    let bend = ((stop.x - start.x) * 0.5).min(90.0);
    let points = [start, start + vec2(bend, 0.0), stop - vec2(bend, 0.0), stop];
    let curve = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, line);
    match kind {
        EdgeKind::Flow => {
            painter.add(curve);
        }
        EdgeKind::Ask => dashes(painter, &curve, line, [5.0, 4.0]),
        EdgeKind::Look => dashes(painter, &curve, line, [1.5, 4.0]),
    }
}

fn dashes(painter: &Painter, curve: &CubicBezierShape, line: Stroke, [dash, gap]: [f32; 2]) {
    let path = curve.flatten(Some(0.2));
    painter.extend(Shape::dashed_line(&path, line, dash, gap));
}

/// Whether an arrow touches a box.
pub fn touches(link: &Link, block: usize) -> bool {
    link.from == block || link.to == block
}

/// Paints a box, or a stack of them.
pub fn block(painter: &Painter, block: &Block, node: &Node, dark: bool) {
    let tokens = theme::tokens(dark);
    let (fill, line) = match color_of(node, dark) {
        Some(color) => (theme::tint(color), color),
        None => (tokens.field, tokens.line),
    };
    let radius = match node.part {
        Part::Gate | Part::Product => 14.0,
        _ => f32::from(theme::CONTROL_RADIUS),
    };
    let card = |rect: Rect| {
        painter.rect_filled(rect, radius, tokens.card);
        painter.rect_filled(rect, radius, fill);
        let line = Stroke::new(theme::LINE, line);
        painter.rect_stroke(rect, radius, line, StrokeKind::Inside);
    };
    let behind = if block.nodes.len() > 1 { 2 } else { 0 };
    for depth in (0..=behind).rev() {
        card(block.rect.translate(vec2(BEHIND, -BEHIND) * depth as f32));
    }
    let count = match node.parameters {
        0 => String::new(),
        _ if !block.has_count && !block.is_tall => String::new(),
        number => format::short_count(number * block.nodes.len()),
    };
    let painter = painter.with_clip_rect(block.rect.intersect(painter.clip_rect()));
    if block.is_tall {
        tall(&painter, block, node, &count, line, tokens);
    } else if node.layers.is_empty() || block.rect.height() < TWO_LINES {
        one_line(&painter, block, node, &count, tokens);
    } else {
        two_lines(&painter, block, node, &count, line, tokens);
    }
}

/// Name above, count below, and the layers as boxes of their own between.
fn tall(
    painter: &Painter,
    block: &Block,
    node: &Node,
    count: &str,
    line: Color32,
    tokens: &theme::Tokens,
) {
    let rect = block.rect;
    if node.layers.is_empty() {
        return one_line(painter, block, node, count, tokens);
    }
    let [top, bottom] = [rect.top() + 12.0, rect.bottom() - 11.0];
    let center = rect.center().x;
    let name = fitted(painter, &block.text, NAME, tokens.text, rect.width() - 8.0);
    centered(painter, name, [center, top], tokens.text);
    let font = FontId::proportional(SMALL);
    painter.text(
        pos2(center, bottom),
        Align2::CENTER_CENTER,
        count,
        font,
        tokens.weak,
    );
    let width = rect.width() / node.layers.len() as f32;
    for (place, units) in node.layers.iter().enumerate() {
        let left = rect.left() + width * place as f32;
        let cell = Rect::from_min_max(
            pos2(left + 5.0, rect.top() + 23.0),
            pos2(left + width - 5.0, rect.bottom() - 21.0),
        );
        painter.rect_filled(cell, 4.0, tokens.card.gamma_multiply(0.6));
        let stroke = Stroke::new(theme::LINE, line.gamma_multiply(0.6));
        painter.rect_stroke(cell, 4.0, stroke, StrokeKind::Inside);
        let font = FontId::proportional(LARGE);
        painter.text(
            cell.center(),
            Align2::CENTER_CENTER,
            units,
            font,
            tokens.text,
        );
    }
}

/// Name and count above, the widths of the layers below.
fn two_lines(
    painter: &Painter,
    block: &Block,
    node: &Node,
    count: &str,
    line: Color32,
    tokens: &theme::Tokens,
) {
    let rect = block.rect;
    let quarter = rect.height() * 0.27;
    let [upper, lower] = [rect.top() + quarter, rect.bottom() - quarter];
    heading(painter, block, count, upper, tokens);
    let width = rect.width() / node.layers.len() as f32;
    for (place, units) in node.layers.iter().enumerate() {
        let left = rect.left() + width * place as f32;
        if place > 0 {
            let stroke = Stroke::new(theme::LINE, line.gamma_multiply(0.6));
            painter.vline(left, lower - 6.0..=lower + 6.0, stroke);
        }
        let at = pos2(left + width * 0.5, lower);
        let font = FontId::proportional(NAME);
        painter.text(at, Align2::CENTER_CENTER, units, font, tokens.text);
    }
}

fn one_line(painter: &Painter, block: &Block, node: &Node, count: &str, tokens: &theme::Tokens) {
    let center = block.rect.center();
    if node.layers.is_empty() && count.is_empty() {
        let width = block.rect.width() - 8.0;
        let lines = block.text.lines().count() as f32;
        let height = NAME * 1.4;
        for (place, line) in block.text.lines().enumerate() {
            let name = fitted(painter, line, NAME, tokens.text, width);
            let y = center.y + height * (place as f32 - (lines - 1.0) * 0.5);
            centered(painter, name, [center.x, y], tokens.text);
        }
    } else {
        heading(painter, block, count, center.y, tokens);
    }
}

/// The name at the left and, if there is room, the count at the right.
fn heading(painter: &Painter, block: &Block, count: &str, y: f32, tokens: &theme::Tokens) {
    let rect = block.rect;
    let inside = rect.width() - 12.0;
    let name = fitted(painter, &block.text, NAME, tokens.text, inside);
    let count = fitted(painter, count, SMALL, tokens.weak, inside);
    if name.size().x + count.size().x + 4.0 > inside {
        return centered(painter, name, [rect.center().x, y], tokens.text);
    }
    let left = pos2(rect.left() + 6.0, y - name.size().y * 0.5);
    painter.galley(left, name, tokens.text);
    let right = pos2(
        rect.right() - 6.0 - count.size().x,
        y - count.size().y * 0.5,
    );
    painter.galley(right, count, tokens.weak);
}

/// A line of text, cut at this width.
fn fitted(painter: &Painter, text: &str, size: f32, color: Color32, width: f32) -> Arc<Galley> {
    let font = FontId::proportional(size);
    let mut layout = LayoutJob::simple(text.to_owned(), font, color, width);
    layout.wrap.max_rows = 1;
    layout.wrap.break_anywhere = true;
    painter.layout_job(layout)
}

fn centered(painter: &Painter, text: Arc<Galley>, [x, y]: [f32; 2], color: Color32) {
    painter.galley(pos2(x, y) - text.size() * 0.5, text, color);
}
