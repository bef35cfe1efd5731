//! The table of runs; only rows in sight are drawn.

use eframe::egui;
use eframe::egui::{
    Label, Painter, Pos2, ProgressBar, Response, RichText, ScrollArea, Sense, Shape, Stroke, Ui,
    vec2,
};
use egui_extras::{Column, TableBuilder, TableRow};

use super::order::{By, Order};
use crate::results::{Results, Run, SeriesKey, TaskInfo};
use crate::train::{Part, Status};
use crate::ui::card;
use crate::ui::compare::metric_label;
use crate::ui::format;
use crate::ui::theme;

/// Whether a run was left before its end.
pub fn has_unfinished(results: &Results) -> bool {
    let left = |run: &Run| {
        matches!(
            run.status,
            Status::Queued | Status::Running | Status::Stopped
        )
    };
    results.runs.iter().any(left)
}

/// Draws the table of these runs.
pub fn ui(
    ui: &mut Ui,
    results: &Results,
    rows: &[usize],
    order: &mut Order,
    selected: &mut Option<usize>,
) {
    let scroll = ScrollArea::horizontal().id_salt("runs").auto_shrink(false);
    scroll.show(ui, |ui| table_ui(ui, results, rows, order, selected));
}

fn table_ui(
    ui: &mut Ui,
    results: &Results,
    rows: &[usize],
    order: &mut Order,
    selected: &mut Option<usize>,
) {
    let height = ui.available_height() - 40.0;
    let mut table = TableBuilder::new(ui)
        .id_salt("runs")
        .striped(true)
        .sense(Sense::click())
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .auto_shrink(false)
        .min_scrolled_height(0.0)
        .max_scroll_height(height)
        .column(Column::exact(88.0))
        .column(
            Column::initial(140.0)
                .at_least(90.0)
                .clip(true)
                .resizable(true),
        )
        .column(Column::exact(40.0))
        .column(Column::exact(84.0));
    for _ in &results.tasks {
        table = table.column(
            Column::initial(104.0)
                .at_least(64.0)
                .clip(true)
                .resizable(true),
        );
    }
    table
        .column(Column::remainder().at_least(60.0))
        .header(26.0, |mut header| {
            for (by, name) in columns(results) {
                header.col(|ui| {
                    if heading_ui(ui, &name, by, order).clicked() {
                        order.click(by);
                    }
                });
            }
        })
        .body(|body| {
            body.rows(theme::ROW_HEIGHT, rows.len(), |mut row| {
                let Some(&index) = rows.get(row.index()) else {
                    return;
                };
                let Some(run) = results.runs.get(index) else {
                    return;
                };
                row.set_selected(*selected == Some(index));
                row_ui(&mut row, results, index, run);
                if row.response().clicked() {
                    *selected = Some(index);
                }
            });
        });
}

/// What the columns are sorted by, and their names.
fn columns(results: &Results) -> Vec<(By, String)> {
    let first = [
        (By::State, "State"),
        (By::Variant, "Variant"),
        (By::Seed, "Seed"),
        (By::Progress, "Progress"),
    ];
    let tasks = results.tasks.iter().enumerate().map(|(place, task)| {
        let metric = metric_label(&task.primary_metric);
        (By::Score(place), format!("{} {metric}", task.name))
    });
    let first = first.into_iter().map(|(by, name)| (by, name.to_owned()));
    let time = (By::Time, "Time".to_owned());
    first.chain(tasks).chain([time]).collect()
}

/// The name of a column, with an arrow if the table is sorted by it.
fn heading_ui(ui: &mut Ui, name: &str, by: By, order: &Order) -> Response {
    let tokens = theme::of(ui);
    let (text, color) = match order.by {
        Some((sorted, descending)) if sorted == by => {
            let arrow = if descending { "↓" } else { "↑" };
            (format!("{name} {arrow}"), tokens.text)
        }
        _ => (name.to_owned(), tokens.weak),
    };
    let text = RichText::new(text).color(color).small();
    let label = Label::new(text).truncate().sense(Sense::click());
    ui.add(label)
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text(format!("{name}\nSort by this column"))
}

fn row_ui(row: &mut TableRow<'_, '_>, results: &Results, index: usize, run: &Run) {
    row.col(|ui| {
        status_ui(ui, run.status);
    });
    row.col(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        let color = theme::variant_color(run.variant, ui.visuals().dark_mode);
        card::variant_mark(ui, rect, run.variant, color);
        ui.add(
            Label::new(results.variant_name(index))
                .selectable(false)
                .truncate(),
        );
    });
    row.col(|ui| {
        ui.add(Label::new(run.seed.to_string()).selectable(false));
    });
    row.col(|ui| {
        if run.status == Status::Queued {
            return;
        }
        let text = run
            .progress
            .map_or_else(String::new, |at| format!("{}/{}", at.epoch, at.epochs));
        let bar = ProgressBar::new(share(run))
            .desired_width(ui.available_width())
            .fill(theme::of(ui).progress)
            .text(RichText::new(text).small());
        ui.add(bar);
    });
    for task in &results.tasks {
        row.col(|ui| {
            let score = score(results, index, task);
            let text = format::score(score.map(|score| score.value));
            let text = RichText::new(text).monospace();
            if score.is_some_and(|score| score.so_far) {
                let text = text.color(theme::of(ui).weak).italics();
                ui.add(Label::new(text).selectable(false))
                    .on_hover_text("Validation so far");
            } else {
                ui.add(Label::new(text).selectable(false))
                    .on_hover_text("Test");
            }
        });
    }
    row.col(|ui| {
        let text = seconds(run).map_or_else(|| "–".to_owned(), format::duration);
        ui.add(Label::new(text).selectable(false));
    });
}

/// A run's score on a task.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The primary metric.
    pub value: f64,
    /// Whether it is the latest on validation rows, for want of the one on test rows.
    pub so_far: bool,
}

/// The score on test rows, or the latest on validation rows.
pub fn score(results: &Results, run: usize, task: &TaskInfo) -> Option<Score> {
    let outcome = results.runs.get(run)?.outcome.as_ref();
    let test =
        outcome.and_then(|outcome| *outcome.test.get(&task.name)?.get(&task.primary_metric)?);
    let of = |value, so_far| Score { value, so_far };
    test.map(|value| of(value, false))
        .or_else(|| Some(of(latest(results, run, task)?, true)))
}

/// The share of a run's steps that were taken.
pub fn share(run: &Run) -> f32 {
    match (run.status, run.progress) {
        (Status::Finished, _) => 1.0,
        (_, Some(at)) => at.step as f32 / at.steps.max(1) as f32,
        _ => 0.0,
    }
}

/// The seconds that a run has trained.
pub fn seconds(run: &Run) -> Option<f64> {
    let ended = run.outcome.as_ref().map(|outcome| outcome.seconds);
    ended.or_else(|| run.progress.map(|at| at.seconds))
}

/// The latest validation score of a run under way.
fn latest(results: &Results, run: usize, task: &TaskInfo) -> Option<f64> {
    let metric = task.primary_metric.clone();
    let key = SeriesKey {
        run,
        task: task.name.clone(),
        metric,
        other: None,
        split: Part::Validation,
    };
    results.samples(&key).last().map(|sample| sample.value)
}

/// The state as a sign and a word.
pub fn status_ui(ui: &mut Ui, status: Status) {
    let color = theme::status_color(status, ui.visuals().dark_mode);
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    paint_status(ui.painter(), rect.center(), status, color);
    ui.add(Label::new(RichText::new(status_word(status)).color(color)).selectable(false));
}

/// The word of a state.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Queued => "waiting",
        Status::Running => "running",
        Status::Finished => "finished",
        Status::Stopped => "stopped",
        Status::Failed => "failed",
        Status::Diverged => "diverged",
    }
}

fn paint_status(painter: &Painter, center: Pos2, status: Status, color: egui::Color32) {
    let line = Stroke::new(1.8, color);
    let at = |x: f32, y: f32| center + vec2(x, y);
    match status {
        Status::Queued => {
            painter.circle_stroke(center, 4.5, line);
        }
        Status::Running => {
            let corners = vec![at(-3.5, -5.0), at(5.0, 0.0), at(-3.5, 5.0)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Status::Finished => {
            painter.add(Shape::line(
                vec![at(-5.0, 0.5), at(-1.5, 4.0), at(5.0, -4.0)],
                line,
            ));
        }
        Status::Stopped => {
            painter.rect_filled(
                egui::Rect::from_center_size(center, vec2(8.0, 8.0)),
                1.0,
                color,
            );
        }
        Status::Failed | Status::Diverged => {
            painter.line_segment([at(-4.0, -4.0), at(4.0, 4.0)], line);
            painter.line_segment([at(-4.0, 4.0), at(4.0, -4.0)], line);
        }
    }
}
