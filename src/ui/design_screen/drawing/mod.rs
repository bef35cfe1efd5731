//! The network drawn as it is edited: boxes from the features to the tasks, − and + under their layers.

mod detail;
mod paint;
mod sheet;
mod steppers;

use eframe::egui;
use eframe::egui::{Align2, Button, FontId, Label, RichText, ScrollArea, Sense, Stroke, Ui};
use eframe::egui::{Rect, StrokeKind, WidgetInfo, pos2, vec2};

use self::paint::Strength;
use self::sheet::{Sheet, sheet};
use super::help;
use crate::model::structure::structure;
use crate::model::{Diagram, EdgeKind};
use crate::session::{Command, Picture, Session};
use crate::spec::Spec;
use crate::ui::card;
use crate::ui::format;
use crate::ui::theme;

/// Longer names of variants are cut.
const LETTERS: usize = 28;
/// The height of the line with − and +.
const STEPPERS: f32 = 30.0;
/// The room above the drawing for the cards of a stack.
const SIDE: f32 = 8.0;

/// Draws the card; the tabs choose the variant.
pub fn ui(ui: &mut Ui, session: &Session, chosen: &mut usize, commands: &mut Vec<Command>) {
    let mut draft = session.draft.clone();
    card::card(ui, "Network", |ui| {
        tabs_ui(ui, session, chosen);
        let weak = theme::of(ui).weak;
        let Some(picture) = session.pictures.get(*chosen) else {
            ui.label(RichText::new("Tick a structure to see its network").color(weak));
            return;
        };
        if picture.diagram.nodes.is_empty() {
            let text = if session.tasks().is_empty() {
                "Give a column the role label on the Data screen to see its tower"
            } else {
                "Drawn again as soon as every name and every width is a known one"
            };
            ui.label(RichText::new(text).color(weak));
            return;
        }
        ui.add_space(theme::GAP_SMALL);
        let room = ui.available_width() - SIDE;
        let measure = |text: &str| {
            let font = FontId::proportional(paint::NAME);
            let painter = ui.painter();
            painter.layout_no_wrap(text.to_owned(), font, weak).size().x
        };
        let sheet = sheet(&picture.diagram, room, &measure);
        ScrollArea::horizontal().id_salt("drawing").show(ui, |ui| {
            let size = sheet.size + vec2(SIDE, STEPPERS);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let (upper, lower) = rect.split_top_bottom_at_y(rect.bottom() - STEPPERS);
            sheet_ui(ui, upper, &sheet, &picture.diagram);
            steppers::ui(ui, lower, &sheet, picture, &mut draft, *chosen);
        });
        ui.add_space(theme::GAP_SMALL);
        let shape = draft.variants.get(*chosen).map(|it| &it.structure);
        if let Some(entry) = shape.and_then(|choice| structure(&choice.name)) {
            words_ui(ui, entry.spec());
        }
        legend_ui(ui, &picture.diagram);
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
            // A line of no color keeps the others where they are.
            let line = if *chosen == index {
                color
            } else {
                egui::Color32::TRANSPARENT
            };
            let line = Stroke::new(1.6, line);
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

/// Arrows below, boxes above; those of the box under the pointer stand out.
fn sheet_ui(ui: &Ui, place: Rect, sheet: &Sheet, diagram: &Diagram) {
    let dark = ui.visuals().dark_mode;
    let tokens = theme::of(ui);
    let mut painter = ui.painter().clone();
    for column in &sheet.columns {
        let at = place.min + vec2(column.left + column.width * 0.5, 8.0);
        let font = FontId::proportional(paint::NAME);
        painter.text(at, Align2::CENTER_CENTER, &column.title, font, tokens.weak);
    }
    painter.set_clip_rect(painter.clip_rect().intersect(place));
    let shift = place.min.to_vec2();
    let placed: Vec<sheet::Block> = (sheet.blocks.iter())
        .map(|block| block.translated(shift))
        .collect();
    let hovered = placed
        .iter()
        .position(|block| ui.rect_contains_pointer(block.rect));
    for link in &sheet.links {
        let [from, to] = [link.from, link.to].map(|block| &placed[block]);
        let strength = match hovered {
            None => Strength::Plain,
            Some(block) if paint::touches(link, block) => Strength::Strong,
            Some(_) => Strength::Faint,
        };
        let node = &diagram.nodes[from.nodes[0].0];
        paint::link(&painter, [from, to], link.kind, node, strength, dark);
    }
    for (index, block) in placed.iter().enumerate() {
        paint::block(&painter, block, &diagram.nodes[block.nodes[0].0], dark);
        let id = ui.scope_id().with(("block", index));
        let response = ui.interact(block.rect, id, Sense::hover());
        response.widget_info(|| {
            let words = detail::lines(diagram, block).join(", ");
            WidgetInfo::labeled(egui::Role::Label, true, words)
        });
        response.on_hover_ui(|ui| detail::ui(ui, diagram, block));
    }
}

/// What the colors and dashes mean, those that are there.
fn legend_ui(ui: &mut Ui, diagram: &Diagram) {
    let dark = ui.visuals().dark_mode;
    let weak = theme::of(ui).weak;
    let has = |kind| diagram.edges.iter().any(|edge| edge.kind == kind);
    ui.horizontal_wrapped(|ui| {
        for (color, text) in [
            (theme::shared_color(dark), "for all tasks"),
            (theme::own_color(dark), "for one task"),
        ] {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().rect_filled(rect, 3.0, theme::tint(color));
            let line = Stroke::new(theme::LINE, color);
            ui.painter()
                .rect_stroke(rect, 3.0, line, StrokeKind::Inside);
            ui.label(RichText::new(text).color(weak).small());
        }
        for (kind, dash, text) in [
            (EdgeKind::Ask, 5.0, "decides the shares"),
            (EdgeKind::Look, 1.5, "seen, not trained"),
        ] {
            if has(kind) {
                let (rect, _) = ui.allocate_exact_size(vec2(22.0, 12.0), Sense::hover());
                let y = rect.center().y;
                let path = [pos2(rect.left(), y), pos2(rect.right(), y)];
                let line = Stroke::new(1.3, weak);
                ui.painter()
                    .extend(egui::Shape::dashed_line(&path, line, dash, 4.0));
                ui.label(RichText::new(text).color(weak).small());
            }
        }
    });
}

/// What the structure is, in a line.
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
    for (block, parameters) in &picture.blocks {
        let part = block.split('.').next().unwrap_or(block);
        match parts.iter_mut().find(|(name, _)| *name == part) {
            Some((_, sum)) => *sum += parameters,
            None => parts.push((part, *parameters)),
        }
        let name = block.replace('.', " ");
        blocks.push(format!("{name} {}", format::count(*parameters)));
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
