//! Every variant against the baseline, task by task, in words and as a small drawing.

use eframe::egui::{Align, Color32, Label, Layout, Pos2, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::CompareInput;
use super::answer::{seeds_for_verdicts, verdict_text};
use super::chart::metric_label;
use crate::analysis::{Comparison, Moments, Verdict, explain, seeds_needed};
use crate::results::TaskInfo;
use crate::ui::{card, format, theme};

/// More seeds than this are not asked for; the difference is called small instead.
const MOST_SEEDS: usize = 50;

/// The verdicts on each task's primary metric.
pub fn ui(ui: &mut Ui, input: &CompareInput<'_>) {
    if input.results.draft.variants.len() < 2 {
        ui.label(RichText::new("A verdict needs two variants").color(theme::of(ui).weak));
        return;
    }
    for task in &input.results.tasks {
        task_ui(ui, input, task);
        card::gap(ui);
    }
}

fn task_ui(ui: &mut Ui, input: &CompareInput<'_>, task: &TaskInfo) {
    let heading = format!("{} · {}", task.name, metric_label(&task.primary_metric));
    card::card(ui, &heading, |ui| {
        let own: Vec<&Comparison> = input
            .comparisons
            .iter()
            .filter(|one| one.task == task.name && one.metric == task.primary_metric)
            .collect();
        if own.is_empty() {
            let text = "The verdict comes when a seed of both has ended";
            ui.label(RichText::new(text).color(theme::of(ui).weak));
            return;
        }
        let reach = own
            .iter()
            .flat_map(|one| {
                one.interval
                    .into_iter()
                    .flatten()
                    .chain(one.mean_difference)
                    .chain(one.differences.iter().copied())
            })
            .fold(1e-6_f64, |reach, value| reach.max(value.abs()));
        for one in own {
            row_ui(ui, input, one, reach);
        }
    });
}

fn row_ui(ui: &mut Ui, input: &CompareInput<'_>, one: &Comparison, reach: f64) {
    let variants = &input.results.draft.variants;
    let index = variants
        .iter()
        .position(|variant| variant.name == one.variant)
        .unwrap_or(0);
    let color = theme::variant_color(index, ui.visuals().dark_mode);
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        card::variant_cell(ui, index, &one.variant, theme::NAME_WIDTH);
        let size = vec2(theme::WORD_WIDTH, theme::CELL_HEIGHT);
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.x = 5.0;
            let (word, sign) = verdict_text(one.verdict, tokens);
            ui.label(sign);
            ui.label(RichText::new(word).strong());
        });
        drawing_ui(ui, one, reach, color);
        let text = RichText::new(reason(input, one)).color(tokens.weak);
        ui.add(Label::new(text).wrap());
    });
}

/// Why the verdict is what it is, and what would settle it.
fn reason(input: &CompareInput<'_>, one: &Comparison) -> String {
    let Some(mean) = one.mean_difference else {
        return "no seed of both has ended yet".to_owned();
    };
    let mut text = format!("{mean:+.4}");
    if let Some([low, high]) = one.interval {
        text.push_str(&format!(", likely {low:+.4} to {high:+.4}"));
    }
    let pairs = format::plural(one.pairs, "paired seed");
    text.push_str(&format!(", {pairs}"));
    if one.verdict == Verdict::Undecided
        && let Some(hint) = hint(input, one, mean)
    {
        text.push_str(&format!(", {hint}"));
    }
    text
}

/// How many seeds it takes.
fn hint(input: &CompareInput<'_>, one: &Comparison, mean: f64) -> Option<String> {
    let fewest = seeds_for_verdicts(input);
    if one.pairs < fewest {
        return Some(format!("{fewest} needed"));
    }
    let deviation = Moments::of(&one.differences)?.deviation?;
    match seeds_needed(deviation, mean) {
        Some(seeds) if seeds <= one.pairs => None,
        Some(seeds) if seeds <= MOST_SEEDS => Some(format!(
            "about {seeds} seeds would settle a difference this small"
        )),
        _ => {
            Some("too small to be told from chance with any reasonable number of seeds".to_owned())
        }
    }
}

/// Zero in the middle, the interval as a bar, the mean as a stroke, each seed as a dot.
fn drawing_ui(ui: &mut Ui, one: &Comparison, reach: f64, color: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(180.0, theme::CELL_HEIGHT), Sense::hover());
    response.on_hover_text(format!(
        "{}\nEach dot is a seed, the bar the 95 % interval, the middle no difference",
        explain(one)
    ));
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
    for &difference in &one.differences {
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
