//! The axes of a chart: where the ticks stand, what they say, which charts move together.

use eframe::egui;
use eframe::egui::{RichText, Ui, Vec2b, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot};

use super::model::ChartModel;
use super::settings::{Clock, Settings};
use super::ticks::{even_label, even_values, log_ticks, short};
use crate::ui::theme;

/// Charts lower than this have no words at their axes, no bands and no values in their corner.
pub const WORDS_FROM: f32 = 140.0;

/// Whether the vertical axis is logarithmic; what is read against zero has no place on one.
pub fn is_log(model: &ChartModel, settings: &Settings) -> bool {
    settings.log_y && model.always.is_empty()
}

/// An empty plot with its axes.
pub fn plot(ui: &Ui, model: &ChartModel, settings: &Settings, height: f32) -> Plot<'static> {
    let log = is_log(model, settings);
    let whole = settings.x != Clock::Seconds;
    let group = egui::Id::unique(("compare charts", settings.x.word()));
    let subject = (&model.task, &model.other, &model.metric);
    let mut plot = Plot::new(("chart", subject, settings.x.word(), log))
        .height(height)
        .show_crosshair(false)
        .allow_scroll(false)
        .allow_zoom(Vec2b::new(true, true))
        .set_margin_fraction(vec2(0.02, 0.08))
        .label_formatter(|_| None)
        .show_background(false)
        .grid_color(theme::of(ui).line)
        .custom_x_axes(vec![x_axis(ui, settings, height >= WORDS_FROM)])
        .y_axis_formatter(move |mark, range| {
            if log {
                short(10_f64.powf(mark.value))
            } else {
                even_label(mark.value, *range.start(), *range.end())
            }
        })
        .y_axis_min_width(44.0);
    for value in &model.always {
        plot = plot.include_y(*value);
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
fn x_axis(ui: &Ui, settings: &Settings, words: bool) -> AxisHints<'static> {
    let mut axis = AxisHints::new_x();
    if words {
        let words = RichText::new(settings.x.axis());
        axis = axis.label(words.color(theme::of(ui).weak).size(12.0));
    }
    axis.formatter(|mark, _| short(mark.value))
        .label_spacing(egui::Rangef::new(40.0, 60.0))
}
