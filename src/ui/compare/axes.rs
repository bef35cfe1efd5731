//! The axes of a chart: where the ticks stand, what they say, which charts move together.

use eframe::egui;
use eframe::egui::{RichText, Ui, Vec2b, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot};

use super::model::ChartModel;
use super::settings::{Clock, Settings};
use super::ticks::{even_label, even_values, log_ticks, short};
use crate::ui::theme;

/// Whether the vertical axis is logarithmic; a weight is read against zero, which has no place on one.
pub fn is_log(model: &ChartModel, settings: &Settings) -> bool {
    settings.log_y && !is_weight(model)
}

fn is_weight(model: &ChartModel) -> bool {
    model.metric == "weight"
}

/// An empty plot with its axes.
pub fn plot(ui: &Ui, model: &ChartModel, settings: &Settings, height: f32) -> Plot<'static> {
    let log = is_log(model, settings);
    let whole = settings.x != Clock::Seconds;
    let group = egui::Id::unique(("compare charts", settings.x.word()));
    let mut plot = Plot::new(("chart", &model.task, &model.metric, settings.x.word(), log))
        .height(height)
        .show_crosshair(false)
        .allow_scroll(false)
        .allow_zoom(Vec2b::new(true, true))
        .set_margin_fraction(vec2(0.02, 0.08))
        .label_formatter(|_| None)
        .show_background(false)
        .grid_color(theme::of(ui).line)
        .custom_x_axes(vec![x_axis(ui, settings)])
        .y_axis_formatter(move |mark, range| {
            if log {
                short(10_f64.powf(mark.value))
            } else {
                even_label(mark.value, *range.start(), *range.end())
            }
        })
        .y_axis_min_width(44.0);
    if is_weight(model) {
        // A weight is read against zero, and equal weights lie in the middle.
        plot = plot.include_y(0.0).include_y(2.0);
    }
    if settings.linked {
        plot = plot.link_axis(group, Vec2b::new(true, false));
    }
    plot.x_grid_spacer(move |input| even_marks(&input, whole))
        .y_grid_spacer(move |input| {
            if log {
                log_marks(&input)
            } else {
                even_marks(&input, false)
            }
        })
}

/// Ticks at round values; there is no half step, nor half a row.
fn even_marks(input: &GridInput, whole: bool) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let values = even_values(low, high).into_iter();
    let mark = |value| GridMark {
        value,
        step_size: (high - low) / 4.0,
    };
    values
        .filter(|value| !whole || value.fract() == 0.0)
        .map(mark)
        .collect()
}

fn log_marks(input: &GridInput) -> Vec<GridMark> {
    let ticks = log_ticks(input.bounds).into_iter();
    ticks
        .map(|(value, step_size)| GridMark { value, step_size })
        .collect()
}

/// The horizontal axis, with a number wherever one fits.
fn x_axis(ui: &Ui, settings: &Settings) -> AxisHints<'static> {
    let words = RichText::new(settings.x.axis())
        .color(theme::of(ui).weak)
        .size(12.0);
    AxisHints::new_x()
        .label(words)
        .formatter(|mark, _| short(mark.value))
        .label_spacing(egui::Rangef::new(40.0, 60.0))
}
