//! Charts side by side, as many as have room.

use eframe::egui::{Ui, vec2};

use super::chart;
use super::chart::Cursor;
use super::model::ChartModel;
use super::settings::Settings;
use crate::session::Command;
use crate::ui::{card, theme};

/// What an enlarged chart leaves in sight above and below itself.
const LARGE_REST: f32 = 200.0;

/// The size of the cards of a grid.
#[derive(Clone, Copy, Debug)]
pub struct Cards {
    /// A card is at least as wide as this.
    width: f32,
    height: f32,
    /// Cards in a row, at the most.
    most: usize,
}

impl Cards {
    /// A chart a task.
    pub const LARGE: Self = Self {
        width: 360.0,
        height: 264.0,
        most: 3,
    };
    /// A chart a task, where there are many of them for the height.
    pub const MEDIUM: Self = Self {
        width: 250.0,
        height: 206.0,
        most: 5,
    };
    /// A chart for each pair of tasks, of which there are many.
    pub const SMALL: Self = Self {
        width: 250.0,
        height: 172.0,
        most: 5,
    };
}

/// The share of the height that the charts of the tasks may have, so that what stands below is in sight.
const MOST_HEIGHT: f32 = 0.62;

impl Cards {
    /// The cards of so many tasks' charts: large ones if these leave room below.
    pub fn of_tasks(ui: &Ui, tasks: usize) -> Self {
        let rows = tasks.div_ceil(Self::LARGE.columns(ui.available_width(), tasks));
        let height = rows as f32 * (Self::LARGE.height + theme::CARD_GAP);
        if rows < 2 || height <= ui.clip_rect().height() * MOST_HEIGHT {
            Self::LARGE
        } else {
            Self::MEDIUM
        }
    }

    /// Cards in a row of this width.
    fn columns(&self, width: f32, charts: usize) -> usize {
        let gap = theme::CARD_GAP;
        let room = ((width + gap) / (self.width + gap)).floor().max(1.0) as usize;
        room.min(charts.max(1)).min(self.most)
    }
}

/// Draws the charts, or the one that is enlarged.
pub fn grid_ui(
    ui: &mut Ui,
    charts: &[ChartModel],
    cards: Cards,
    settings: &mut Settings,
    cursor: &mut Cursor,
    commands: &mut Vec<Command>,
) {
    let width = ui.available_width();
    let gap = theme::CARD_GAP;
    let large = settings.large.clone();
    let alone = charts.iter().position(|chart| Some(chart.title()) == large);
    let charts = alone
        .and_then(|index| charts.get(index..=index))
        .unwrap_or(charts);
    let height = match alone {
        Some(_) => (ui.clip_rect().height() - LARGE_REST).max(Cards::LARGE.height),
        None => cards.height,
    };
    let columns = cards.columns(width, charts.len());
    let each = ((width - gap * (columns - 1) as f32) / columns as f32).floor();
    let next = cursor.begin_frame();
    for row in charts.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for chart in row {
                let size = vec2(each, height);
                ui.allocate_ui(size, |ui| {
                    chart::ui(ui, chart, settings, cursor, size, commands);
                });
            }
        });
        card::gap(ui);
    }
    cursor.end_frame(next);
}
