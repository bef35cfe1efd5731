//! The trade-off drawn: a point a variant with its intervals, the front as a stair, the numbers beside it.

use eframe::egui;
use eframe::egui::{Align, ComboBox, Grid, Layout, RichText, Ui, WidgetInfo, vec2};
use egui_plot::{
    AxisHints, GridInput, GridMark, Line, LineStyle, MarkerShape, Plot, PlotPoints, PlotUi,
};

use super::CompareInput;
use super::chart::metric_heading;
use super::export::{drawing_ui, numbers_ui};
use super::settings::Settings;
use super::ticks::{even_label, even_values};
use super::tradeoff::{Point, Tradeoff};
use crate::report::{Chart, ChartLine, VARIANTS_LIGHT};
use crate::session::Command;
use crate::ui::{card, format, theme};

const HEIGHT: f32 = 380.0;
/// The plot leaves room for the list beside it.
const LIST_WIDTH: f32 = 330.0;
/// Longer names of tasks are cut.
const LETTERS: usize = 18;
const RADIUS: f32 = 5.0;

/// Draws the card.
pub fn ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    model: Option<&Tradeoff>,
    settings: &mut Settings,
    commands: &mut Vec<Command>,
) {
    let Some(model) = model else {
        let text = "A trade-off needs two tasks";
        ui.label(RichText::new(text).color(theme::of(ui).weak));
        return;
    };
    card::card(ui, "", |ui| {
        header_ui(ui, input, model, settings, commands);
        if model.points.is_empty() {
            let text = "A variant appears here once one of its seeds has ended";
            ui.label(RichText::new(text).color(theme::of(ui).weak));
            return;
        }
        ui.horizontal_top(|ui| {
            let width = (ui.available_width() - LIST_WIDTH - theme::GAP_LARGE).max(300.0);
            ui.allocate_ui(vec2(width, HEIGHT), |ui| plot_ui(ui, model));
            ui.add_space(theme::GAP);
            ui.vertical(|ui| list_ui(ui, model));
        });
    });
}

fn header_ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    model: &Tradeoff,
    settings: &mut Settings,
    commands: &mut Vec<Command>,
) {
    card::line(ui, |ui| {
        let names: Vec<&str> = input
            .results
            .tasks
            .iter()
            .map(|task| task.name.as_str())
            .collect();
        let mut pair = model.tasks.clone();
        let [first, second] = &mut pair;
        task_ui(ui, "Task across", &names, first);
        ui.label("against");
        task_ui(ui, "Task upwards", &names, second);
        let text = "test rows, mean over seeds with its 95 % interval";
        ui.label(RichText::new(text).color(theme::of(ui).weak));
        if pair[0] == pair[1] {
            // A task that is taken already changes places with the other.
            pair.clone_from(&model.tasks);
            pair.reverse();
        }
        if pair != model.tasks {
            settings.pair = Some(pair);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let [first, second] = &model.tasks;
            let file = format!("{first} against {second}");
            let menu = ui.menu_button("⋯", |ui| {
                drawing_ui(ui, &file, || chart(model), commands);
                numbers_ui(ui, &file, || model.csv(), commands);
            });
            let name = "Menu of the trade-off";
            menu.response
                .widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
        });
    });
}

fn task_ui(ui: &mut Ui, name: &str, tasks: &[&str], chosen: &mut String) {
    ui.name_inputs(name, |ui| {
        ComboBox::from_id_salt(name)
            .selected_text(format::shorten(chosen, LETTERS))
            .width(110.0)
            .show_ui(ui, |ui| {
                for task in tasks {
                    ui.selectable_value(chosen, (*task).to_owned(), *task);
                }
            });
    });
}

fn plot_ui(ui: &mut Ui, model: &Tradeoff) {
    let tokens = theme::of(ui);
    let dark = ui.visuals().dark_mode;
    let words = |axis: usize| {
        let task = format::shorten(&model.tasks[axis], LETTERS);
        RichText::new(format!("{task} {}", metric_heading(&model.metrics[axis])))
            .color(tokens.weak)
            .size(12.0)
    };
    let label = |mark: GridMark, range: &std::ops::RangeInclusive<f64>| {
        even_label(mark.value, *range.start(), *range.end())
    };
    let x_axis = AxisHints::new_x().label(words(0)).formatter(label);
    let y_axis = AxisHints::new_y().label(words(1)).formatter(label);
    let plot = Plot::new(("trade-off", &model.tasks, &model.metrics))
        .height(HEIGHT)
        .show_crosshair(false)
        .allow_scroll(false)
        .set_margin_fraction(vec2(0.08, 0.08))
        .label_formatter(|_| None)
        .show_background(false)
        .grid_color(tokens.line)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis.min_thickness(52.0)])
        .x_grid_spacer(|input| marks(&input))
        .y_grid_spacer(|input| marks(&input));
    let response = plot.show(ui, |plot| {
        let front = Line::new("front", PlotPoints::from(model.front()));
        let style = LineStyle::dashed_dense();
        plot.line(
            front
                .color(tokens.weak)
                .width(1.5)
                .style(style)
                .allow_hover(false),
        );
        for point in model.points.iter().filter(|point| point.shown) {
            paint_point(plot, point, dark);
        }
        let pointer = plot
            .pointer_coordinate()
            .filter(|_| plot.response().hovered())?;
        let pointer = plot.screen_from_plot(pointer);
        let far = |point: &&Point| {
            let [x, y] = point.at();
            plot.screen_from_plot(egui_plot::PlotPoint::new(x, y))
                .distance(pointer)
        };
        let shown = model.points.iter().filter(|point| point.shown);
        let nearest = shown.min_by(|a, b| far(a).total_cmp(&far(b)))?;
        (far(&nearest) < 24.0).then_some(nearest)
    });
    let name = format!("Trade-off of {} and {}", model.tasks[0], model.tasks[1]);
    let shape = response.response;
    shape.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &name));
    if let Some(point) = response.inner {
        shape.on_hover_ui_at_pointer(|ui| point_ui(ui, model, point));
    }
}

fn marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step_size = (high - low) / 4.0;
    let values = even_values(low, high).into_iter();
    values.map(|value| GridMark { value, step_size }).collect()
}

fn paint_point(plot: &mut PlotUi<'_>, point: &Point, dark: bool) {
    let color = theme::variant_color(point.variant, dark);
    let [x, y] = point.at();
    let mut whisker = |from: [f64; 2], to: [f64; 2]| {
        let line = Line::new(point.name.clone(), PlotPoints::from(vec![from, to]));
        plot.line(
            line.color(color.gamma_multiply(0.55))
                .width(1.5)
                .allow_hover(false),
        );
    };
    if let Some([low, high]) = point.scores[0].interval {
        whisker([low, y], [high, y]);
    }
    if let Some([low, high]) = point.scores[1].interval {
        whisker([x, low], [x, high]);
    }
    let dot = egui_plot::Points::new(point.name.clone(), PlotPoints::from(vec![[x, y]]));
    let dot = dot.color(color).radius(RADIUS).shape(shape(point.variant));
    // What is beaten is a ring, so that the front is told by more than a line.
    plot.points(dot.filled(point.on_front).allow_hover(false));
}

/// Colors begin anew with the ninth variant, then in another shape.
fn shape(variant: usize) -> MarkerShape {
    match variant / VARIANTS_LIGHT.len() {
        0 => MarkerShape::Circle,
        1 => MarkerShape::Square,
        2 => MarkerShape::Diamond,
        _ => MarkerShape::Up,
    }
}

fn point_ui(ui: &mut Ui, model: &Tradeoff, point: &Point) {
    ui.label(RichText::new(&point.name).strong());
    for (axis, score) in point.scores.iter().enumerate() {
        let ends = score.interval.map_or_else(String::new, |[low, high]| {
            format!(", likely {low:.4} to {high:.4}")
        });
        let heading = metric_heading(&model.metrics[axis]);
        ui.label(format!(
            "{} {heading} {:.4}{ends}",
            model.tasks[axis], score.mean
        ));
    }
    ui.label(RichText::new(front_word(point)).color(theme::of(ui).weak));
}

fn front_word(point: &Point) -> &'static str {
    if point.on_front {
        "no other variant is as good on both"
    } else {
        "another variant is as good on both and better on one"
    }
}

/// The same in numbers, the best on the first task above.
fn list_ui(ui: &mut Ui, model: &Tradeoff) {
    let weak = theme::of(ui).weak;
    Grid::new("trade-off list")
        .spacing(vec2(theme::GAP, 4.0))
        .striped(true)
        .show(ui, |ui| {
            ui.label("");
            for task in &model.tasks {
                let text = RichText::new(format::shorten(task, 10)).color(weak).small();
                ui.label(text).on_hover_text(task);
            }
            ui.end_row();
            for point in &model.points {
                card::variant_cell(ui, point.variant, &point.name, theme::NAME_WIDTH);
                for score in point.at() {
                    let text = RichText::new(format!("{score:.4}")).monospace();
                    let text = if point.on_front {
                        text.strong()
                    } else {
                        text.color(weak)
                    };
                    ui.label(text).on_hover_text(front_word(point));
                }
                ui.end_row();
            }
        });
    ui.add_space(theme::GAP_SMALL);
    let text = "Full dots and strong numbers: no other variant is as good on both tasks";
    ui.label(RichText::new(text).color(weak).small());
}

/// The chart for a picture; gaps divide a variant's whiskers from its point.
fn chart(model: &Tradeoff) -> Chart {
    let shown = model.points.iter().filter(|point| point.shown);
    let line = |point: &Point| {
        let [x, y] = point.at();
        let mut points = Vec::new();
        if let Some([low, high]) = point.scores[0].interval {
            points.extend([(low, y), (high, y), (x, f64::NAN)]);
        }
        if let Some([low, high]) = point.scores[1].interval {
            points.extend([(x, low), (x, high), (x, f64::NAN)]);
        }
        points.push((x, y));
        ChartLine {
            label: point.name.clone(),
            color: VARIANTS_LIGHT[point.variant % VARIANTS_LIGHT.len()].to_owned(),
            points,
            ..ChartLine::default()
        }
    };
    let mut lines: Vec<ChartLine> = shown.map(line).collect();
    lines.push(ChartLine {
        label: "front".to_owned(),
        color: "#777777".to_owned(),
        dashed: true,
        points: model.front().iter().map(|&[x, y]| (x, y)).collect(),
        band: None,
    });
    let words = |axis: usize| {
        format!(
            "{} {}",
            model.tasks[axis],
            metric_heading(&model.metrics[axis])
        )
    };
    Chart {
        title: format!("{} against {}", model.tasks[0], model.tasks[1]),
        x_label: words(0),
        y_label: words(1),
        log_y: false,
        lines,
    }
}
