//! The network drawn as it is edited: features, embeddings, bottom, towers, tasks; − and + under each layer.

use eframe::egui;
use eframe::egui::epaint::CubicBezierShape;
use eframe::egui::{
    Align2, Button, Color32, FontId, Label, Painter, Pos2, Rect, RichText, ScrollArea, Sense,
};
use eframe::egui::{Stroke, StrokeKind, Ui, pos2, vec2};

use super::help;
use super::widths::step;
use crate::experiment::{Draft, VariantDraft};
use crate::model::structure::structure;
use crate::session::{Command, Picture, Session};
use crate::spec::{ParamValue, Spec};
use crate::ui::card;
use crate::ui::format;
use crate::ui::icon::{Icon, icon_button_at};
use crate::ui::theme;

const ROW: f32 = 46.0;
const BOX: f32 = 34.0;
const NARROWEST: f32 = 62.0;
const WIDEST: f32 = 200.0;

/// The column of tasks is wider by this share, for their names.
const TASK_EXTRA: f32 = 0.6;
/// Longer names of variants are cut.
const LETTERS: usize = 28;

/// A column of the drawing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Features,
    Embeddings,
    Bottom(usize),
    Tower(usize),
    Task,
}

/// Draws the card; the tabs choose the variant.
pub fn ui(ui: &mut Ui, session: &Session, chosen: &mut usize, commands: &mut Vec<Command>) {
    let mut draft = session.draft.clone();
    card::card(ui, "Network", |ui| {
        tabs_ui(ui, session, chosen);
        let Some(picture) = session.pictures.get(*chosen) else {
            ui.label(
                RichText::new("Tick a structure to see its network").color(theme::of(ui).weak),
            );
            return;
        };
        if picture.towers.is_empty() {
            let text = "Give a column the role label on the Data screen to see its tower";
            ui.label(RichText::new(text).color(theme::of(ui).weak));
            return;
        }
        ui.add_space(theme::GAP_SMALL);
        let parts = parts_of(picture);
        let columns = parts.len() as f32 + TASK_EXTRA;
        let width = (ui.available_width() / columns).clamp(NARROWEST, WIDEST);
        ScrollArea::horizontal().id_salt("drawing").show(ui, |ui| {
            sheet_ui(
                ui,
                picture,
                &parts,
                width,
                *chosen,
                draft.training.embedding_dim,
            );
            steppers_ui(ui, picture, &parts, width, &mut draft, *chosen);
        });
        ui.add_space(theme::GAP_SMALL);
        let shape = draft.variants.get(*chosen).map(|it| &it.structure);
        if let Some(entry) = shape.and_then(|choice| structure(&choice.name)) {
            words_ui(ui, entry.spec());
        }
        blocks_ui(ui, picture);
    });
    if draft != session.draft {
        commands.push(Command::EditDraft(Box::new(draft)));
    }
}

fn tabs_ui(ui: &mut Ui, session: &Session, chosen: &mut usize) {
    ui.horizontal_wrapped(|ui| {
        for (index, variant) in session.draft.variants.iter().enumerate() {
            let color = theme::variant_color(index, ui.visuals().dark_mode);
            let line = Stroke::new(if *chosen == index { 1.6 } else { 0.0 }, color);
            let text =
                RichText::new(format::shorten(&variant.name, LETTERS)).color(if *chosen == index {
                    color
                } else {
                    theme::of(ui).weak
                });
            let tab = Button::new(text)
                .stroke(line)
                .wrap_mode(egui::TextWrapMode::Extend);
            let response = ui.add(tab).on_hover_text(&variant.name);
            let name = format!("Draw {}", variant.name);
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, *chosen == index, &name)
            });
            if response.clicked() {
                *chosen = index;
            }
        }
    });
}

fn parts_of(picture: &Picture) -> Vec<Part> {
    let deepest = picture
        .towers
        .iter()
        .map(|(_, widths)| widths.len())
        .max()
        .unwrap_or(0);
    let mut parts = vec![Part::Features];
    if picture.sparse > 0 {
        parts.push(Part::Embeddings);
    }
    parts.extend((0..picture.bottom.len()).map(Part::Bottom));
    parts.extend((0..deepest).map(Part::Tower));
    parts.push(Part::Task);
    parts
}

fn title(part: Part) -> &'static str {
    match part {
        Part::Features => "features",
        Part::Embeddings => "embed",
        Part::Bottom(_) => "bottom",
        Part::Tower(_) => "tower",
        Part::Task => "task",
    }
}

/// Where a part's box lies for a task's row; `None` if the tower is not that deep.
fn place(
    picture: &Picture,
    part: Part,
    column: usize,
    row: usize,
    origin: Pos2,
    width: f32,
) -> Option<Rect> {
    let rows = picture.towers.len() as f32;
    let left = origin.x + width * column as f32;
    let width = if part == Part::Task {
        width * (1.0 + TASK_EXTRA)
    } else {
        width
    };
    let center_x = left + width * 0.5;
    let center_y = origin.y + ROW * (row as f32 + 0.5);
    let middle = origin.y + ROW * rows / 2.0;
    let shared = match part {
        Part::Features => true,
        Part::Embeddings | Part::Bottom(_) => picture.lanes < 2,
        Part::Tower(_) | Part::Task => false,
    };
    if let Part::Tower(depth) = part
        && picture
            .towers
            .get(row)
            .is_none_or(|(_, widths)| depth >= widths.len())
    {
        return None;
    }
    let size = if shared {
        vec2(width - 18.0, BOX.max(ROW * rows * 0.62))
    } else {
        vec2(width - 18.0, BOX)
    };
    Some(Rect::from_center_size(
        pos2(center_x, if shared { middle } else { center_y }),
        size,
    ))
}

fn sheet_ui(
    ui: &mut Ui,
    picture: &Picture,
    parts: &[Part],
    width: f32,
    variant: usize,
    embedding: u32,
) {
    let tokens = theme::of(ui);
    let color = theme::variant_color(variant, ui.visuals().dark_mode);
    let rows = picture.towers.len();
    let size = vec2(
        width * (parts.len() as f32 + TASK_EXTRA),
        24.0 + ROW * rows as f32,
    );
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter();
    let origin = rect.min + vec2(0.0, 24.0);
    for (column, &part) in parts.iter().enumerate() {
        let half = if part == Part::Task {
            f32::midpoint(1.0, TASK_EXTRA)
        } else {
            0.5
        };
        let at = pos2(origin.x + width * (column as f32 + half), rect.top() + 10.0);
        painter.text(
            at,
            Align2::CENTER_CENTER,
            title(part),
            FontId::proportional(12.0),
            tokens.weak,
        );
    }
    for row in 0..rows {
        let path = parts.iter().enumerate();
        let path: Vec<Rect> = path
            .filter_map(|(column, &part)| place(picture, part, column, row, origin, width))
            .collect();
        for pair in path.windows(2) {
            if let [from, to] = pair {
                link(painter, *from, *to, color.gamma_multiply(0.6));
            }
        }
    }
    for (column, &part) in parts.iter().enumerate() {
        for row in 0..rows {
            let Some(place) = place(picture, part, column, row, origin, width) else {
                continue;
            };
            let again = row > 0 && (part == Part::Features || (picture.lanes < 2 && is_lane(part)));
            if !again {
                block(
                    painter,
                    place,
                    part,
                    &text_of(picture, part, row, embedding),
                    color,
                    tokens,
                );
            }
        }
    }
}

fn is_lane(part: Part) -> bool {
    matches!(part, Part::Embeddings | Part::Bottom(_))
}

fn text_of(picture: &Picture, part: Part, row: usize, embedding: u32) -> String {
    match part {
        Part::Features => format!("{} ids\n{} dense", picture.sparse, picture.dense),
        Part::Embeddings => embedding.to_string(),
        Part::Bottom(depth) => picture
            .bottom
            .get(depth)
            .map_or_else(String::new, i64::to_string),
        Part::Tower(depth) => {
            let tower = picture
                .towers
                .get(row)
                .and_then(|(_, widths)| widths.get(depth));
            tower.map_or_else(String::new, i64::to_string)
        }
        Part::Task => picture
            .towers
            .get(row)
            .map_or_else(String::new, |(task, _)| task.clone()),
    }
}

fn block(
    painter: &Painter,
    place: Rect,
    part: Part,
    text: &str,
    color: Color32,
    tokens: &theme::Tokens,
) {
    let radius = f32::from(theme::CONTROL_RADIUS);
    let (fill, line) = match part {
        Part::Features | Part::Task => (tokens.field, tokens.line),
        _ => (theme::tint(color), color),
    };
    painter.rect_filled(place, radius, tokens.card);
    painter.rect_filled(place, radius, fill);
    painter.rect_stroke(
        place,
        radius,
        Stroke::new(theme::LINE, line),
        StrokeKind::Inside,
    );
    let small = text.chars().count() > 12 || part == Part::Features;
    let font = FontId::proportional(if small { 12.0 } else { 14.0 });
    let mut layout =
        egui::text::LayoutJob::simple(text.to_owned(), font, tokens.text, place.width() - 4.0);
    layout.halign = egui::Align::Center;
    layout.wrap.max_rows = if part == Part::Task { 1 } else { 4 };
    let galley = painter.layout_job(layout);
    let at = pos2(place.center().x, place.center().y - galley.size().y / 2.0);
    painter
        .with_clip_rect(place.expand(1.0))
        .galley(at, galley, tokens.text);
}

fn link(painter: &Painter, from: Rect, to: Rect, color: Color32) {
    let (start, end) = (from.right_center(), to.left_center());
    let bend = (end.x - start.x) * 0.5;
    let points = [start, start + vec2(bend, 0.0), end - vec2(bend, 0.0), end];
    let line = Stroke::new(1.4, color);
    painter.add(CubicBezierShape::from_points_stroke(
        points,
        false,
        Color32::TRANSPARENT,
        line,
    ));
}

/// − and + under each column that has a width.
fn steppers_ui(
    ui: &mut Ui,
    picture: &Picture,
    parts: &[Part],
    width: f32,
    draft: &mut Draft,
    variant: usize,
) {
    let (rect, _) = ui.allocate_exact_size(vec2(width * parts.len() as f32, 30.0), Sense::hover());
    for (column, &part) in parts.iter().enumerate() {
        let name = match part {
            Part::Embeddings => "embeddings".to_owned(),
            Part::Bottom(depth) => format!("bottom layer {}", depth + 1),
            Part::Tower(depth) => format!("tower layer {}", depth + 1),
            Part::Features | Part::Task => continue,
        };
        let center = pos2(rect.left() + width * (column as f32 + 0.5), rect.center().y);
        for (side, icon, word, up) in [
            (-1.0, Icon::Minus, "Narrower", false),
            (1.0, Icon::Plus, "Wider", true),
        ] {
            let place = Rect::from_center_size(center + vec2(side * 13.0, 0.0), vec2(24.0, 24.0));
            let response = icon_button_at(ui, place, icon, &format!("{word} {name}"));
            if response.clicked() {
                change(draft, variant, part, up, picture);
            }
        }
    }
}

/// Changes a width where it is written down: in the variant if it has its own, else in the first.
fn change(draft: &mut Draft, variant: usize, part: Part, up: bool, picture: &Picture) {
    let owner = |has: fn(&VariantDraft) -> bool, draft: &Draft| {
        if draft.variants.get(variant).is_some_and(has) {
            variant
        } else {
            0
        }
    };
    match part {
        Part::Embeddings => {
            let width = step(i64::from(draft.training.embedding_dim), up);
            draft.training.embedding_dim = u32::try_from(width).unwrap_or(1);
        }
        Part::Bottom(depth) => {
            let index = owner(|variant| variant.bottom.is_some(), draft);
            let Some(owner) = draft.variants.get_mut(index) else {
                return;
            };
            let bottom = owner
                .bottom
                .get_or_insert_with(VariantDraft::default_bottom);
            let mut widths = picture.bottom.clone();
            if let Some(width) = widths.get_mut(depth) {
                *width = step(*width, up);
            }
            bottom
                .params
                .insert("units".to_owned(), ParamValue::Widths(widths));
        }
        Part::Tower(depth) => {
            let index = owner(|variant| variant.towers.is_some(), draft);
            let Some(owner) = draft.variants.get_mut(index) else {
                return;
            };
            let towers = owner
                .towers
                .get_or_insert_with(VariantDraft::default_towers);
            let all = std::iter::once(&mut towers.default).chain(towers.per_task.values_mut());
            for widths in all {
                if let Some(width) = widths.get_mut(depth) {
                    *width = step(*width, up);
                }
            }
        }
        Part::Features | Part::Task => {}
    }
}

/// What the drawing leaves out: it has the widths, the words have how the tasks share them.
fn words_ui(ui: &mut Ui, spec: &Spec) {
    let text = format!("{}: {}", spec.label, spec.summary);
    let words = Label::new(RichText::new(text).color(theme::of(ui).weak)).wrap();
    help::on(ui.add(words), spec);
}

/// The trainable numbers, part by part; block by block under the pointer.
fn blocks_ui(ui: &mut Ui, picture: &Picture) {
    let tokens = theme::of(ui);
    let mut parts: Vec<(&str, usize)> = Vec::new();
    let mut blocks = Vec::new();
    for block in &picture.blocks {
        let part = block.name.split('.').next().unwrap_or(&block.name);
        match parts.iter_mut().find(|(name, _)| *name == part) {
            Some((_, sum)) => *sum += block.parameters,
            None => parts.push((part, block.parameters)),
        }
        let name = block.name.replace('.', " ");
        blocks.push(format!("{name} {}", format::count(block.parameters)));
    }
    let inner = ui.horizontal_wrapped(|ui| {
        let total = format!("{} parameters", format::count(picture.parameters()));
        ui.label(RichText::new(total).strong());
        for (name, parameters) in parts {
            let text = format!("{name} {}", format::short_count(parameters));
            ui.label(RichText::new(text).color(tokens.weak));
        }
    });
    inner.response.on_hover_text(blocks.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::{Part, change};
    use crate::experiment::Draft;
    use crate::session::Picture;

    #[test]
    fn a_step_changes_the_variant_that_has_the_widths() {
        let mut draft = Draft {
            variants: Draft::default_variants(),
            ..Draft::default()
        };
        let picture = Picture {
            bottom: vec![128, 128],
            ..Picture::default()
        };
        change(&mut draft, 1, Part::Bottom(1), true, &picture);
        let bottom = draft.variants[0].bottom.clone().unwrap();
        assert_eq!(
            crate::spec::ParamValue::Widths(vec![128, 192]),
            bottom.params["units"]
        );
        assert_eq!(draft.variants[1].bottom, None);
        change(&mut draft, 1, Part::Tower(0), false, &picture);
        assert_eq!(draft.variants[0].towers.as_ref().unwrap().default, [48, 32]);
    }
}
