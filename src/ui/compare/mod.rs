//! The Compare screen: one chart a task, all variants over each other, and what is to be said of them.
//!
//! The task is the facet, the variant the color, the split the dash, the seed the band. Statistics are computed on
//! all points and all runs; what is hidden or zoomed away changes no number.

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

use eframe::egui::{ScrollArea, Ui};

use self::chart::Cursor;
use self::model::ChartModel;
use self::settings::{Settings, Tab};
use super::theme;
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

/// The list of variants is as wide as this.
const LIST_WIDTH: f32 = 210.0;
/// A chart is at least as wide as this.
const CHART_WIDTH: f32 = 380.0;
const CHART_HEIGHT: f32 = 250.0;

impl CompareScreen {
    /// Draws the screen; what the user asks for goes into `commands`.
    pub fn ui(&mut self, ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
        self.refresh(input.results);
        ui.horizontal_top(|ui| {
            let height = ui.available_height();
            ui.allocate_ui(eframe::egui::vec2(LIST_WIDTH, height), |ui| {
                ui.set_width(LIST_WIDTH);
                variants::ui(ui, input, &mut self.settings, commands);
            });
            ui.add_space(theme::GAP);
            ui.vertical(|ui| {
                controls::ui(ui, &mut self.settings, commands);
                ui.add_space(theme::GAP);
                ScrollArea::vertical()
                    .id_salt("compare")
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        self.body_ui(ui, input, commands);
                    });
            });
        });
    }

    fn body_ui(&mut self, ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
        let Some(cache) = &self.cache else { return };
        grid_ui(
            ui,
            &cache.charts,
            &mut self.settings,
            &mut self.cursor,
            commands,
        );
        ui.add_space(theme::GAP_LARGE);
        ui.horizontal(|ui| {
            for tab in Tab::ALL {
                ui.selectable_value(&mut self.settings.tab, tab, tab.word());
            }
        });
        ui.add_space(theme::GAP);
        match self.settings.tab {
            Tab::Verdict => verdicts::ui(ui, input, commands),
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
    let width = ui.available_width() - theme::SCROLL_WIDTH;
    let room = ((width + theme::GAP) / (CHART_WIDTH + theme::GAP))
        .floor()
        .max(1.0) as usize;
    let columns = room.min(charts.len().max(1)).min(3);
    let each = (width - theme::GAP * (columns - 1) as f32) / columns as f32;
    let next = cursor.begin_frame();
    for row in charts.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            for chart in row {
                ui.allocate_ui(eframe::egui::vec2(each, CHART_HEIGHT), |ui| {
                    chart::ui(ui, chart, settings, cursor, each, commands);
                });
            }
        });
        ui.add_space(theme::GAP);
    }
    cursor.end_frame(next);
}
