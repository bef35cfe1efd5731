//! One chart: curves, bands, the cursor that all charts share, and the chart's own menu.

use eframe::egui;
use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Color32, ComboBox, FontId, FontSelection, RichText, Ui, WidgetInfo, vec2,
};
use egui_plot::{Axis, HLine, PlotPoint, PlotUi, Span, VLine};

use super::band::CurveBand;
use super::item::CurveItem;
use super::levels::Levels;
use super::line::{CurveLine, Pattern};
use super::model::{ChartModel, Curve};
use super::settings::Settings;
use super::ticks::short;
use super::{axes, export};
use crate::metrics::{Direction, metric};
use crate::session::Command;
use crate::train::{GATE, GRADIENT_COSINE, GRADIENT_NORM};
use crate::ui::icon::{Icon, icon_button};
use crate::ui::{card, format, theme};

/// Where the pointer is, on the clock of the charts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    shown: Option<f64>,
    found: Option<f64>,
}

impl Cursor {
    /// What was found before this grid of charts.
    pub(super) fn begin_frame(&mut self) -> Option<f64> {
        self.found.take()
    }

    /// Keeps what this grid or an earlier one found; the charts show it in the next frame.
    pub(super) fn end_frame(&mut self, before: Option<f64>) {
        let found = self.found.or(before);
        self.shown = found;
        self.found = found.filter(|_| self.found.is_some());
    }
}

/// More curves than these are drawn more coarsely.
const MANY: usize = 12;

/// What the card has beside the plot.
const HEADER: f32 = 62.0;
/// Cards inside narrower than this have less in their header.
const NARROW: f32 = 300.0;

/// The name of a metric on the screen.
pub fn metric_label(id: &str) -> &str {
    match id {
        "loss" => "Loss",
        "weight" => "Task weight",
        GATE => "Share",
        GRADIENT_NORM => "Gradient length",
        GRADIENT_COSINE => "Gradient cosine",
        _ => metric(id).map_or(id, |metric| metric.spec().label),
    }
}

/// The name with an arrow to its better side.
pub fn metric_heading(id: &str) -> String {
    let arrow = match metric(id).map(|metric| metric.direction()) {
        Some(Direction::HigherIsBetter) => " ↑",
        Some(Direction::LowerIsBetter) => " ↓",
        Some(Direction::ClosestToOne) | None => "",
    };
    format!("{}{arrow}", metric_label(id))
}

/// What the metric tells and which side of it is better.
pub fn metric_help(id: &str) -> String {
    let Some(metric) = metric(id) else {
        return String::new();
    };
    let better = match metric.direction() {
        Direction::HigherIsBetter => "Higher is better",
        Direction::LowerIsBetter => "Lower is better",
        Direction::ClosestToOne => "The closer to 1 the better",
    };
    format!("{}\n{better}", metric.spec().summary)
}

/// A card with the chart of one task.
pub fn ui(
    ui: &mut Ui,
    model: &ChartModel,
    settings: &mut Settings,
    cursor: &mut Cursor,
    size: egui::Vec2,
    commands: &mut Vec<Command>,
) {
    let frame = card::frame(ui);
    let inside = size.x - frame.total_margin().sum().x;
    frame.show(ui, |ui| {
        ui.set_width(inside);
        ui.vertical(|ui| {
            header_ui(ui, model, settings, commands);
            if model
                .curves
                .iter()
                .all(|curve| curve.points.mean.is_empty())
            {
                empty_ui(ui, model, size.y);
            } else {
                plot_ui(ui, model, settings, cursor, size.y);
            }
            if !model.without.is_empty() && !model.curves.is_empty() {
                let text = format!("Not drawn: {}", model.without.join(", "));
                let text = RichText::new(text).color(theme::of(ui).weak).size(12.0);
                let why = format!("No {} so far", metric_label(&model.metric));
                ui.add(egui::Label::new(text).truncate()).on_hover_text(why);
            }
        });
    });
}

fn header_ui(
    ui: &mut Ui,
    model: &ChartModel,
    settings: &mut Settings,
    commands: &mut Vec<Command>,
) {
    // Where there is little room, the name has it.
    let is_narrow = ui.available_width() < NARROW;
    card::line(ui, |ui| {
        let title = model.title();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let large = settings.large.as_ref() == Some(&title);
            let (icon, name) = if large {
                (Icon::Shrink, "Show all charts".to_owned())
            } else {
                (Icon::Enlarge, format!("Enlarge the chart of {title}"))
            };
            let mut resized = false;
            let menu = ui.menu_button("⋯", |ui| {
                resized = is_narrow && ui.button("Enlarge").clicked();
                export::menu_ui(ui, model, settings, commands);
            });
            let words = format!("Menu of the chart {title}");
            menu.response
                .widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &words));
            if resized || (!is_narrow && icon_button(ui, icon, &name, true).clicked()) {
                settings.large = (!large).then(|| title.clone());
            }
            if !model.metrics.is_empty() {
                metric_ui(ui, model, settings);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let size = if model.other.is_some() { 13.5 } else { 15.5 };
                let mut text = LayoutJob::default();
                let strong = RichText::new(&title).strong().size(size);
                strong.append_to(&mut text, ui.style(), FontSelection::Default, Align::Center);
                if model.metrics.is_empty() && model.other.is_none() {
                    let word = format!("  {}", metric_label(&model.metric).to_lowercase());
                    let weak = RichText::new(word).color(theme::of(ui).weak);
                    weak.append_to(&mut text, ui.style(), FontSelection::Default, Align::Center);
                }
                ui.add(egui::Label::new(text).truncate())
                    .on_hover_text(&title);
            });
        });
    });
}

fn metric_ui(ui: &mut Ui, model: &ChartModel, settings: &mut Settings) {
    let mut chosen = model.metric.clone();
    let combo = ComboBox::from_id_salt(("metric", &model.task))
        .selected_text(metric_label(&chosen))
        .width(if ui.available_width() < NARROW {
            64.0
        } else {
            96.0
        })
        .show_ui(ui, |ui| {
            for id in &model.metrics {
                ui.selectable_value(&mut chosen, id.clone(), metric_label(id));
            }
        });
    let name = format!("Metric of {}", model.task);
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &name));
    if chosen != model.metric {
        settings.metrics.insert(model.task.clone(), chosen);
    }
}

fn empty_ui(ui: &mut Ui, model: &ChartModel, height: f32) {
    let size = vec2(ui.available_width(), height - HEADER);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        ui.centered_and_justified(|ui| {
            let text = format!(
                "{} appears after the first evaluation",
                metric_label(&model.metric)
            );
            ui.label(RichText::new(text).color(theme::of(ui).weak));
        });
    });
}

fn plot_ui(ui: &mut Ui, model: &ChartModel, settings: &Settings, cursor: &mut Cursor, height: f32) {
    let dark = ui.visuals().dark_mode;
    let log = axes::is_log(model, settings);
    let skips = |curve: &Curve| curve.points.drawn(log).skipped;
    let skipped = model.curves.iter().any(skips);
    let plot = axes::plot(ui, model, settings, height - HEADER);
    let shown = cursor.shown;
    let tokens = theme::of(ui);
    let weak = tokens.weak;
    // In a small chart bands hide the lines, and values the bands.
    let roomy = height - HEADER >= axes::WORDS_FROM;
    // Where many lines cross, nobody sees each pixel of each.
    let column = if model.curves.len() > MANY { 2.0 } else { 1.0 };
    let response = plot.show(ui, |plot| {
        if model.metric == GRADIENT_COSINE {
            shade_conflict(plot, tokens);
        }
        for curve in &model.curves {
            let color = theme::variant_color(curve.variant, dark);
            if roomy {
                paint_band(plot, curve, color, log, column);
            }
            paint_curve(plot, curve, color, log, column);
        }
        if let Some(x) = shown {
            plot.vline(
                VLine::new("cursor", x)
                    .color(weak)
                    .width(1.0)
                    .allow_hover(false),
            );
        }
        plot.pointer_coordinate()
            .filter(|_| plot.response().hovered())
    });
    let name = format!("Chart of {} {}", model.title(), metric_label(&model.metric));
    response
        .response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &name));
    if let Some(PlotPoint { x, .. }) = response.inner {
        let readings = readings(model, x);
        // On a point, so that what is read off holds exactly there.
        let near = readings.iter().map(|(_, [at, _])| *at);
        let x = near
            .min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()))
            .unwrap_or(x);
        cursor.found = Some(x);
        if !readings.is_empty() {
            response
                .response
                .clone()
                .on_hover_ui_at_pointer(|ui| tooltip_ui(ui, model, settings, x));
        }
    } else if let Some(x) = shown.filter(|_| roomy) {
        beside_ui(ui, model, x, response.response.rect);
    }
    if skipped {
        let text = "values of zero or less have no place on a log axis";
        ui.label(RichText::new(text).color(theme::of(ui).weak).size(12.0));
    }
}

/// Below zero, a step for one task undoes work of the other.
fn shade_conflict(plot: &mut PlotUi<'_>, tokens: &theme::Tokens) {
    let below = Span::new("", f64::NEG_INFINITY..=0.0).axis(Axis::Y);
    let fill = tokens.error.gamma_multiply(0.12);
    plot.span(below.fill(fill).border_width(0.0));
    let zero = HLine::new("zero", 0.0).color(tokens.weak).width(1.0);
    plot.hline(zero.allow_hover(false));
}

fn paint_band<'a>(plot: &mut PlotUi<'a>, curve: &'a Curve, color: Color32, log: bool, column: f32) {
    let fill = color.gamma_multiply(if curve.train { 0.07 } else { 0.2 });
    let band = &curve.points.drawn(log).band;
    let column = 2.0 * column;
    let name = format!("{} band", curve.name);
    plot.add(CurveItem::new(&name, fill, CurveBand { band, column }));
}

fn paint_curve<'a>(
    plot: &mut PlotUi<'a>,
    curve: &'a Curve,
    color: Color32,
    log: bool,
    column: f32,
) {
    let pattern = if curve.train {
        Pattern::Dashed(5.0)
    } else {
        pattern(curve.variant)
    };
    let mut paint = |pieces: &'a [Levels<PlotPoint>], width: f32, color: Color32, pattern| {
        for piece in pieces {
            let line = CurveLine {
                points: piece,
                width,
                pattern,
                column,
            };
            plot.add(CurveItem::new(&curve.name, color, line));
        }
    };
    let drawn = curve.points.drawn(log);
    paint(&drawn.raw, 1.0, color.gamma_multiply(0.35), Pattern::Solid);
    if drawn.seeds.is_empty() {
        let width = if curve.train { 1.2 } else { 2.0 };
        paint(&drawn.mean, width, color, pattern);
    }
    paint(&drawn.seeds, 1.0, color.gamma_multiply(0.8), pattern);
}

/// Colors begin anew with the ninth variant, then in dots, and again in long dashes.
fn pattern(variant: usize) -> Pattern {
    match theme::color_round(variant) {
        0 => Pattern::Solid,
        1 => Pattern::Dotted(5.0),
        _ => Pattern::Dashed(16.0),
    }
}

/// A curve's name, value there and time there, best first as they are drawn.
fn readings(model: &ChartModel, x: f64) -> Vec<(&Curve, [f64; 2])> {
    let mut found: Vec<(&Curve, [f64; 2])> = model
        .curves
        .iter()
        .filter_map(|curve| Some((curve, curve.points.at(x)?)))
        .collect();
    found.sort_by(|a, b| b.1[1].total_cmp(&a.1[1]));
    found
}

fn tooltip_ui(ui: &mut Ui, model: &ChartModel, settings: &Settings, x: f64) {
    let weak = theme::of(ui).weak;
    let readings = readings(model, x);
    let alike = readings.iter().all(|(_, [at, _])| *at == x);
    ui.label(
        RichText::new(format!(
            "{} at {} {}",
            model.title(),
            settings.x.word(),
            short(x)
        ))
        .strong(),
    );
    egui::Grid::new("readings")
        .min_col_width(0.0)
        .spacing(vec2(theme::GAP, 4.0))
        .show(ui, |ui| {
            for (curve, [at, value]) in readings {
                let (rect, _) = ui.allocate_exact_size(vec2(22.0, 10.0), egui::Sense::hover());
                swatch(ui, rect, curve.variant, curve.train);
                ui.label(RichText::new(format::score(Some(value))).monospace());
                ui.label(if curve.train {
                    format!("{}, training rows", curve.name)
                } else {
                    curve.name.clone()
                });
                if !alike {
                    ui.label(RichText::new(format!("at {}", short(at))).color(weak));
                }
                ui.end_row();
            }
        });
}

/// A piece of the curve as it is drawn: thin and dashed for training rows.
pub fn swatch(ui: &Ui, rect: egui::Rect, variant: usize, dashed: bool) {
    let color = theme::variant_color(variant, ui.visuals().dark_mode);
    let middle = rect.center().y;
    let pieces: &[(f32, f32)] = match theme::color_round(variant) {
        _ if dashed => &[(0.0, 0.25), (0.38, 0.62), (0.75, 1.0)],
        0 => &[(0.0, 1.0)],
        1 => &[(0.0, 0.12), (0.29, 0.41), (0.58, 0.7), (0.87, 1.0)],
        _ => &[(0.0, 0.42), (0.58, 1.0)],
    };
    for (from, to) in pieces {
        let at = |share: f32| rect.left() + rect.width() * share;
        let height = if dashed { 1.5 } else { 3.0 };
        ui.painter().hline(
            at(*from)..=at(*to),
            middle,
            egui::Stroke::new(height, color),
        );
    }
}

/// The values under the shared cursor, in the corner of a chart that the pointer is not on.
fn beside_ui(ui: &Ui, model: &ChartModel, x: f64, rect: egui::Rect) {
    let dark = ui.visuals().dark_mode;
    let painter = ui.painter_at(rect);
    let mut place = rect.right_top() + vec2(-6.0, 4.0);
    for (curve, [_, value]) in readings(model, x)
        .into_iter()
        .filter(|(curve, _)| !curve.train)
    {
        let color = theme::variant_color(curve.variant, dark);
        let text = format::score(Some(value));
        let galley = painter.layout_no_wrap(text, FontId::monospace(12.0), color);
        let at = place - vec2(galley.size().x, 0.0);
        let ground = egui::Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 0.5));
        // The curves behind must not cross the digits.
        painter.rect_filled(ground, 2.0, theme::of(ui).card.gamma_multiply(0.85));
        place.y = ground.bottom();
        painter.galley(at, galley, color);
    }
}
