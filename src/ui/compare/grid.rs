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
    /// A chart for each pair of tasks, of which there are many.
    pub const SMALL: Self = Self {
        width: 250.0,
        height: 172.0,
        most: 5,
    };
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
    let room = ((width + gap) / (cards.width + gap)).floor().max(1.0) as usize;
    let columns = room.min(charts.len().max(1)).min(cards.most);
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
