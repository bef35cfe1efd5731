//! The Compare screen: one chart a task, all variants over each other, and what is to be said of them.
//!
//! The task is the facet, the variant the color, the split the dash, the seed the band. Statistics are computed on
//! all points and all runs; what is hidden or zoomed away changes no number.

mod answer;
mod axes;
mod band;
mod chart;
mod conflict;
mod controls;
mod curve;
mod curves;
mod export;
mod gates;
mod gradients;
mod grid;
mod item;
mod levels;
mod line;
mod model;
mod scatter;
mod settings;
mod smooth;
mod table;
mod ticks;
mod tradeoff;
mod variants;
mod verdicts;

use std::time::Duration;

use eframe::egui::{Align, CentralPanel, Frame, Margin, Panel, RichText, ScrollArea, Ui};

pub use self::chart::metric_label;
pub use self::settings::Settings;

use self::chart::Cursor;
use self::curves::Curves;
use self::gates::{Gates, gates};
use self::gradients::{Gradients, gradients};
use self::grid::{Cards, grid_ui};
use self::model::ChartModel;
use self::settings::Tab;
use self::tradeoff::{Tradeoff, tradeoff};
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
    curves: Curves,
}

/// The charts as they were worked out last.
struct Cache {
    identity: u64,
    revision: u64,
    /// Some curves could not be worked out in the time of a frame.
    late: bool,
    settings: Settings,
    charts: Vec<ChartModel>,
    below: Below,
}

/// What stands below the charts, as far as it is worked out beforehand.
enum Below {
    Table,
    Tradeoff(Option<Tradeoff>),
    Weights(Vec<ChartModel>),
    Gradients(Gradients),
    Gates(Gates),
}

impl Below {
    fn of(curves: &mut Curves, results: &Results, settings: &Settings) -> Self {
        match settings.tab {
            Tab::Verdict | Tab::Table => Self::Table,
            Tab::Tradeoff => Self::Tradeoff(tradeoff(results, settings)),
            Tab::Weights => Self::Weights(model::weights(curves, results, settings)),
            Tab::Gradients => Self::Gradients(gradients(curves, results, settings)),
            Tab::Gates => gates(curves, results, settings).map_or(Self::Table, Self::Gates),
        }
    }
}

/// A part of the screen to be brought in sight.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Section {
    Charts,
    Below,
}

/// The tab in sight: results without gates have no such tab.
fn shown(input: &CompareInput<'_>, settings: &Settings) -> Tab {
    match settings.tab {
        Tab::Gates if !gates::any(input.results) => Tab::Verdict,
        tab => tab,
    }
}

/// The tabs, always in sight; what is asked for is scrolled to, however many charts there are.
fn tabs_ui(ui: &mut Ui, input: &CompareInput<'_>, settings: &mut Settings) -> Option<Section> {
    let mut asked = None;
    let chosen = shown(input, settings);
    card::line(ui, |ui| {
        let charts = ui.selectable_label(false, "Charts");
        if charts.on_hover_text("The curves of every task").clicked() {
            asked = Some(Section::Charts);
        }
        for tab in Tab::ALL {
            if tab == Tab::Gates && !gates::any(input.results) {
                continue;
            }
            let label = ui.selectable_label(chosen == tab, tab.word());
            if label.on_hover_text(tab.summary()).clicked() {
                settings.tab = tab;
                asked = Some(Section::Below);
            }
        }
    });
    ui.add_space(theme::GAP_SMALL);
    asked
}

/// What a frame may spend on curves with new points.
const BUDGET: Duration = Duration::from_millis(4);

/// The list of variants is as wide as this, with the gap beside it.
const LIST_WIDTH: f32 = 252.0;

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
        self.refresh(ui, input.results);
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
            let asked = tabs_ui(ui, input, &mut self.settings);
            ScrollArea::vertical()
                .id_salt("compare")
                .auto_shrink(false)
                .show(ui, |ui| self.body_ui(ui, input, asked, commands));
        });
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        input: &CompareInput<'_>,
        asked: Option<Section>,
        commands: &mut Vec<Command>,
    ) {
        let Some(cache) = &self.cache else { return };
        answer::ui(ui, input, commands);
        card::gap(ui);
        let (settings, cursor) = (&mut self.settings, &mut self.cursor);
        if asked == Some(Section::Charts) {
            ui.scroll_to_cursor(Some(Align::TOP));
        }
        let cards = Cards::of_tasks(ui, cache.charts.len());
        grid_ui(ui, &cache.charts, cards, settings, cursor, commands);
        if asked == Some(Section::Below) {
            ui.scroll_to_cursor(Some(Align::TOP));
        }
        let tab = shown(input, settings);
        ui.label(RichText::new(tab.summary()).strong().size(15.5));
        ui.add_space(2.0);
        match &cache.below {
            Below::Table if tab == Tab::Table => table::ui(ui, input, settings),
            Below::Table => verdicts::ui(ui, input),
            Below::Tradeoff(model) => scatter::ui(ui, input, model.as_ref(), settings, commands),
            Below::Weights(charts) => {
                grid_ui(ui, charts, Cards::LARGE, settings, cursor, commands);
            }
            Below::Gradients(model) => {
                conflict::ui(ui, input, model, settings, cursor, commands);
            }
            Below::Gates(model) => gates::ui(ui, input, model, settings, cursor, commands),
        }
        ui.add_space(theme::GAP_LARGE);
    }

    /// Works out what has changed, as much of it as there is time for in a frame.
    fn refresh(&mut self, ui: &Ui, results: &Results) {
        let stale = |cache: &Cache| {
            cache.late
                || cache.identity != results.identity
                || cache.revision != results.revision
                || cache.settings != self.settings
                || cache.charts.len() != results.tasks.len()
        };
        if !self.cache.as_ref().is_none_or(stale) {
            return;
        }
        self.curves.begin(results, BUDGET);
        let charts = model::charts(&mut self.curves, results, &self.settings);
        let below = Below::of(&mut self.curves, results, &self.settings);
        let late = self.curves.is_late();
        if late {
            ui.ctx().request_repaint();
        }
        self.cache = Some(Cache {
            identity: results.identity,
            revision: self.curves.revision(),
            late,
            settings: self.settings.clone(),
            charts,
            below,
        });
    }
}
