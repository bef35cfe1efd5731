//! Every variant against the baseline, task by task, in words and as a small drawing.

use eframe::egui::{Color32, Grid, Pos2, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::CompareInput;
use super::chart::metric_label;
use crate::analysis::{Comparison, FEWEST_PAIRS, RunScore, Verdict, differences, explain};
use crate::results::TaskInfo;
use crate::session::Command;
use crate::ui::{card, theme};

/// The verdicts on each task's primary metric.
pub fn ui(ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
    let variants = &input.results.draft.variants;
    if variants.len() < 2 {
        ui.label("Two variants are needed for a verdict");
        return;
    }
    let few = input
        .comparisons
        .iter()
        .map(|comparison| comparison.pairs)
        .max()
        .unwrap_or(0);
    if few < FEWEST_PAIRS {
        ui.horizontal_wrapped(|ui| {
            let text =
                format!("{few} paired seeds so far; a verdict needs at least {FEWEST_PAIRS}");
            ui.label(RichText::new(text).color(theme::of(ui).warning));
            let more = FEWEST_PAIRS.saturating_sub(input.results.draft.seeds.len());
            if more > 0 && ui.button(format!("Add {more} seeds")).clicked() {
                commands.push(Command::AddSeeds(more));
            }
        });
        ui.add_space(theme::GAP_SMALL);
    }
    for task in &input.results.tasks {
        task_ui(ui, input, task);
        ui.add_space(theme::GAP);
    }
}

fn task_ui(ui: &mut Ui, input: &CompareInput<'_>, task: &TaskInfo) {
    let heading = format!("{} · {}", task.name, metric_label(&task.primary_metric));
    card::full_card(ui, &heading, |ui| {
        let own: Vec<&Comparison> = input
            .comparisons
            .iter()
            .filter(|one| one.task == task.name && one.metric == task.primary_metric)
            .collect();
        if own.is_empty() {
            ui.label(
                RichText::new("Verdicts come when runs of both have ended")
                    .color(theme::of(ui).weak),
            );
            return;
        }
        let reach = own
            .iter()
            .flat_map(|one| {
                one.interval
                    .into_iter()
                    .flatten()
                    .chain(one.mean_difference)
            })
            .fold(1e-6_f64, |reach, value| reach.max(value.abs()));
        Grid::new(("verdicts", &task.name))
            .num_columns(4)
            .spacing(vec2(theme::GAP_LARGE, 8.0))
            .show(ui, |ui| {
                for one in own {
                    row_ui(ui, input, one, reach);
                    ui.end_row();
                }
            });
    });
}

fn row_ui(ui: &mut Ui, input: &CompareInput<'_>, one: &Comparison, reach: f64) {
    let variants = &input.results.draft.variants;
    let index = variants
        .iter()
        .position(|variant| variant.name == one.variant)
        .unwrap_or(0);
    let color = theme::variant_color(index, ui.visuals().dark_mode);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        ui.painter().rect_filled(rect, 3.0, color);
        ui.label(&one.variant);
    });
    let tokens = theme::of(ui);
    let (sign, word, word_color) = match one.verdict {
        Verdict::Better => ("▲", "better", tokens.good),
        Verdict::Worse => ("▼", "worse", tokens.error),
        Verdict::Same => ("=", "the same", tokens.strong),
        Verdict::Undecided => ("?", "undecided", tokens.weak),
    };
    ui.label(
        RichText::new(format!("{sign} {word}"))
            .color(word_color)
            .strong(),
    );
    drawing_ui(ui, input, one, reach, color);
    ui.label(RichText::new(explain(one)).color(tokens.weak));
}

/// Zero in the middle, the interval as a bar, the mean as a stroke, each seed as a dot.
fn drawing_ui(ui: &mut Ui, input: &CompareInput<'_>, one: &Comparison, reach: f64, color: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(220.0, 22.0), Sense::hover());
    response.on_hover_text(explain(one));
    let painter = ui.painter();
    let tokens = theme::of(ui);
    let place = |value: f64| -> Pos2 {
        let share = (value / (reach * 1.1)).clamp(-1.0, 1.0) as f32;
        pos2(
            rect.center().x + share * rect.width() / 2.0,
            rect.center().y,
        )
    };
    painter.hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, tokens.line),
    );
    painter.vline(
        rect.center().x,
        rect.y_range(),
        Stroke::new(1.0, tokens.weak),
    );
    if let Some([low, high]) = one.interval {
        painter.line_segment(
            [place(low), place(high)],
            Stroke::new(5.0, color.gamma_multiply(0.4)),
        );
    }
    for (_, difference) in differences(&scores(input, one), &one.baseline, &one.variant) {
        painter.circle_filled(place(difference), 3.0, color);
    }
    if let Some(mean) = one.mean_difference {
        painter.vline(
            place(mean).x,
            rect.shrink(3.0).y_range(),
            Stroke::new(2.0, tokens.strong),
        );
    }
}

fn scores(input: &CompareInput<'_>, one: &Comparison) -> Vec<RunScore> {
    let results = input.results;
    let runs = results.runs.iter().enumerate();
    runs.filter_map(|(index, run)| {
        let test = &run.outcome.as_ref()?.test;
        let value = test.get(&one.task)?.get(&one.metric).copied().flatten();
        Some(RunScore {
            variant: results.variant_name(index).to_owned(),
            seed: run.seed,
            value,
        })
    })
    .collect()
}
