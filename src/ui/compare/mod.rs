//! The Compare screen: one chart a task, all variants over each other, and what is to be said of them.
//!
//! The task is the facet, the variant the color, the split the dash, the seed the band. Statistics are computed on
//! all points and all runs; what is hidden or zoomed away changes no number.

mod answer;
mod axes;
mod chart;
mod controls;
mod export;
mod model;
mod settings;
mod smooth;
mod table;
mod ticks;
mod variants;
mod verdicts;

use eframe::egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};

pub use self::chart::metric_label;
pub use self::settings::Settings;

use self::chart::Cursor;
use self::model::ChartModel;
use self::settings::Tab;
use super::{card, theme};
use crate::analysis::Comparison;
use crate::results::Results;
use crate::session::Command;

/// What the screen shows.
pub struct CompareInput<'a> {
    /// The results as they stand.
    pub results: &'a Results,
    /// Every variant against the baseline.
    pub comparisons: &'a [Comparison],
    /// The variant that the others are compared with.
    pub baseline: &'a str,
    /// The seeds that the next training will have.
    pub seeds: usize,
    /// Why the next training cannot be started; `None` if it can.
    pub why_not_run: Option<String>,
}

/// The screen's own state.
#[derive(Default)]
pub struct CompareScreen {
    settings: Settings,
    cache: Option<Cache>,
    cursor: Cursor,
}

/// The charts as they were worked out last.
struct Cache {
    revision: u64,
    settings: Settings,
    charts: Vec<ChartModel>,
    weights: Vec<ChartModel>,
}

/// The list of variants is as wide as this, with the gap beside it.
const LIST_WIDTH: f32 = 252.0;
/// A chart is at least as wide as this.
const CHART_WIDTH: f32 = 360.0;
const CHART_HEIGHT: f32 = 264.0;
/// What an enlarged chart leaves in sight above and below itself.
const LARGE_REST: f32 = 200.0;

impl CompareScreen {
    /// The screen as it was left.
    pub fn with_settings(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// What the user chose for the charts.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Draws the screen; what the user asks for goes into `commands`.
    pub fn ui(&mut self, ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
        self.refresh(input.results);
        let no_frame = Frame::new();
        let beside = no_frame.outer_margin(Margin {
            right: theme::CARD_GAP as i8,
            ..Margin::ZERO
        });
        Panel::left("compare_left")
            .exact_size(LIST_WIDTH)
            .resizable(false)
            .show_separator_line(false)
            .frame(beside)
            .show(ui, |ui| {
                let below = no_frame.outer_margin(Margin {
                    top: theme::CARD_GAP as i8,
                    ..Margin::ZERO
                });
                Panel::bottom("compare_settings")
                    .resizable(false)
                    .show_separator_line(false)
                    .frame(below)
                    .show(ui, |ui| controls::ui(ui, &mut self.settings));
                CentralPanel::no_frame().show(ui, |ui| {
                    variants::ui(ui, input, &mut self.settings, commands);
                });
            });
        CentralPanel::no_frame().show(ui, |ui| {
            ScrollArea::vertical()
                .id_salt("compare")
                .auto_shrink(false)
                .show(ui, |ui| self.body_ui(ui, input, commands));
        });
    }

    fn body_ui(&mut self, ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
        let Some(cache) = &self.cache else { return };
        answer::ui(ui, input, commands);
        card::gap(ui);
        grid_ui(
            ui,
            &cache.charts,
            &mut self.settings,
            &mut self.cursor,
            commands,
        );
        card::line(ui, |ui| {
            for tab in Tab::ALL {
                ui.selectable_value(&mut self.settings.tab, tab, tab.word());
            }
        });
        ui.add_space(theme::GAP_SMALL);
        match self.settings.tab {
            Tab::Verdict => verdicts::ui(ui, input),
            Tab::Table => table::ui(ui, input, &mut self.settings),
            Tab::Weights => {
                grid_ui(
                    ui,
                    &cache.weights,
                    &mut self.settings,
                    &mut self.cursor,
                    commands,
                );
            }
        }
        ui.add_space(theme::GAP_LARGE);
    }

    fn refresh(&mut self, results: &Results) {
        let stale = |cache: &Cache| {
            cache.revision != results.revision
                || cache.settings != self.settings
                || cache.charts.len() != results.tasks.len()
        };
        if self.cache.as_ref().is_none_or(stale) {
            self.cache = Some(Cache {
                revision: results.revision,
                settings: self.settings.clone(),
                charts: model::charts(results, &self.settings),
                weights: model::weights(results, &self.settings),
            });
        }
    }
}

/// Charts side by side, as many as have room.
fn grid_ui(
    ui: &mut Ui,
    charts: &[ChartModel],
    settings: &mut Settings,
    cursor: &mut Cursor,
    commands: &mut Vec<Command>,
) {
    let width = ui.available_width();
    let gap = theme::CARD_GAP;
    let large = settings.large.clone();
    let alone = charts
        .iter()
        .position(|chart| Some(&chart.task) == large.as_ref());
    let charts = alone
        .and_then(|index| charts.get(index..=index))
        .unwrap_or(charts);
    let height = match alone {
        Some(_) => (ui.clip_rect().height() - LARGE_REST).max(CHART_HEIGHT),
        None => CHART_HEIGHT,
    };
    let room = ((width + gap) / (CHART_WIDTH + gap)).floor().max(1.0) as usize;
    let columns = room.min(charts.len().max(1)).min(3);
    let each = ((width - gap * (columns - 1) as f32) / columns as f32).floor();
    let next = cursor.begin_frame();
    for row in charts.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for chart in row {
                let size = eframe::egui::vec2(each, height);
                ui.allocate_ui(size, |ui| {
                    chart::ui(ui, chart, settings, cursor, size, commands);
                });
            }
        });
        card::gap(ui);
    }
    cursor.end_frame(next);
}
