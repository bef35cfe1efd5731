//! The answer at a glance, above the charts: every variant against the baseline, one sign for each task.

use eframe::egui::{Align, Button, Grid, Layout, RichText, ScrollArea, Ui, vec2};

use super::CompareInput;
use super::chart::{metric_heading, metric_help};
use crate::analysis::{Comparison, FEWEST_PAIRS, Verdict, fewest_pairs};
use crate::results::TaskInfo;
use crate::session::{Command, ReportFormat};
use crate::ui::{card, format, theme};

/// What is said of one variant.
struct Answer<'a> {
    variant: usize,
    name: &'a str,
    /// In the order of the tasks.
    cells: Vec<Option<&'a Comparison>>,
}

impl Answer<'_> {
    /// `better on 2, undecided on 3`.
    fn words(&self) -> String {
        let number = |verdict: Verdict| {
            let all = self.cells.iter().flatten();
            all.filter(|one| one.verdict == verdict).count()
        };
        let parts = [
            (Verdict::Better, "better on"),
            (Verdict::Worse, "worse on"),
            (Verdict::Same, "the same on"),
            (Verdict::Undecided, "undecided on"),
        ];
        let parts = parts.map(|(verdict, words)| (number(verdict), words));
        let told = parts.into_iter().filter(|(number, _)| *number > 0);
        let told: Vec<String> = told
            .map(|(number, words)| format!("{words} {number}"))
            .collect();
        told.join(", ")
    }
}

/// The comparison of a variant on a task's primary metric.
fn primary<'a>(input: &CompareInput<'a>, variant: &str, task: &TaskInfo) -> Option<&'a Comparison> {
    input.comparisons.iter().find(|one| {
        one.variant == variant && one.task == task.name && one.metric == task.primary_metric
    })
}

fn answers<'a>(input: &CompareInput<'a>) -> Vec<Answer<'a>> {
    let results = input.results;
    let variants = results.draft.variants.iter().enumerate();
    let others = variants.filter(|(_, variant)| variant.name != input.baseline);
    let answers = others.map(|(index, variant)| Answer {
        variant: index,
        name: &variant.name,
        cells: results
            .tasks
            .iter()
            .map(|task| primary(input, &variant.name, task))
            .collect(),
    });
    answers
        .filter(|answer| {
            let mut cells = answer.cells.iter().flatten();
            cells.any(|one| one.mean_difference.is_some())
        })
        .collect()
}

/// The paired seeds that every verdict on a primary metric needs: those of one metric are corrected together.
pub fn seeds_for_verdicts(input: &CompareInput<'_>) -> usize {
    let beside = |task: &TaskInfo| {
        let same = |one: &&Comparison| one.metric == task.primary_metric;
        fewest_pairs(input.comparisons.iter().filter(same).count())
    };
    let needed = input.results.tasks.iter().map(beside);
    needed.max().unwrap_or(FEWEST_PAIRS)
}

/// Draws the card.
pub fn ui(ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
    let answers = answers(input);
    card::card(ui, "", |ui| {
        ui.horizontal(|ui| {
            let text = if answers.is_empty() {
                "Does sharing help?".to_owned()
            } else {
                heading(input, &answers)
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                report_ui(ui, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let heading = RichText::new(text).strong().size(15.5);
                    ui.add(eframe::egui::Label::new(heading).truncate());
                });
            });
        });
        if answers.is_empty() {
            ui.label(RichText::new(nothing_yet(input)).color(theme::of(ui).weak));
            return;
        }
        ScrollArea::horizontal()
            .id_salt("answer")
            .show(ui, |ui| grid_ui(ui, input, &answers));
        seeds_ui(ui, input, commands);
    });
}

/// One variant's answer is a sentence, several are a table.
fn heading(input: &CompareInput<'_>, answers: &[Answer<'_>]) -> String {
    match answers {
        [one] => format!("{} against {}: {}", one.name, input.baseline, one.words()),
        _ => format!("Compared with {}", input.baseline),
    }
}

fn nothing_yet(input: &CompareInput<'_>) -> &'static str {
    if input.results.draft.variants.len() < 2 {
        "The answer needs two variants; tick another structure or weighting on the Design screen"
    } else {
        "The answer appears here once a seed of two variants has ended"
    }
}

fn report_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.menu_button("Report…", |ui| {
        for format in ReportFormat::ALL {
            if ui.button(format.label()).clicked() {
                commands.push(Command::WriteReport(format));
                ui.close();
            }
        }
    })
    .response
    .on_hover_text("Curves, verdicts and settings to hand on");
}

fn grid_ui(ui: &mut Ui, input: &CompareInput<'_>, answers: &[Answer<'_>]) {
    let tokens = theme::of(ui);
    Grid::new("answer")
        .spacing(vec2(theme::GAP_LARGE + 4.0, 4.0))
        .show(ui, |ui| {
            ui.label("");
            for task in &input.results.tasks {
                let metric = metric_heading(&task.primary_metric);
                let text = format!("{} {metric}", format::shorten(&task.name, 16));
                ui.label(RichText::new(text).color(tokens.weak).small())
                    .on_hover_text(format!(
                        "{}\n{}",
                        task.name,
                        metric_help(&task.primary_metric)
                    ));
            }
            ui.end_row();
            for answer in answers {
                card::variant_cell(ui, answer.variant, answer.name, theme::NAME_WIDTH);
                for cell in &answer.cells {
                    cell_ui(ui, *cell);
                }
                if answers.len() > 1 {
                    ui.label(RichText::new(answer.words()).color(tokens.weak));
                }
                ui.end_row();
            }
        });
}

/// Sign, word and color of a judgment.
pub fn verdict_text(verdict: Verdict, tokens: &theme::Tokens) -> (&'static str, RichText) {
    let (sign, word, color) = match verdict {
        Verdict::Better => ("▲", "better", tokens.good),
        Verdict::Worse => ("▼", "worse", tokens.error),
        Verdict::Same => ("=", "the same", tokens.strong),
        Verdict::Undecided => ("?", "undecided", tokens.weak),
    };
    (word, RichText::new(sign).color(color).strong())
}

fn cell_ui(ui: &mut Ui, cell: Option<&Comparison>) {
    let Some(one) = cell else {
        ui.label(RichText::new("–").color(theme::of(ui).weak));
        return;
    };
    let (word, sign) = verdict_text(one.verdict, theme::of(ui));
    let inner = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.label(sign);
        let difference = one
            .mean_difference
            .map_or_else(|| "–".to_owned(), |difference| format!("{difference:+.4}"));
        ui.label(RichText::new(difference).monospace());
    });
    let text = format!("{word}\n{}", crate::analysis::explain(one));
    inner.response.on_hover_text(text);
}

/// While seeds are too few for any verdict, how many it takes and the button that trains them.
fn seeds_ui(ui: &mut Ui, input: &CompareInput<'_>, commands: &mut Vec<Command>) {
    let pairs = input.comparisons.iter().map(|one| one.pairs);
    let pairs = pairs.max().unwrap_or(0);
    let needed = seeds_for_verdicts(input);
    if pairs >= needed {
        return;
    }
    ui.add_space(2.0);
    card::line(ui, |ui| {
        let text = format!(
            "{} so far, {needed} are needed to rule out chance",
            format::plural(pairs, "paired seed")
        );
        ui.label(RichText::new(text).color(theme::of(ui).warning));
        // What is trained now will have them.
        if input.results.draft.seeds.len() >= needed {
            return;
        }
        let why = input.why_not_run.as_deref().unwrap_or_default();
        let all = input.seeds.max(needed);
        let button = Button::new(format!("Run with {all} seeds"));
        let response = ui
            .add_enabled(why.is_empty(), button)
            .on_hover_text("Trains every variant with that many seeds into a new folder")
            .on_disabled_hover_text(why);
        if response.clicked() {
            if let more @ 1.. = needed.saturating_sub(input.seeds) {
                commands.push(Command::AddSeeds(more));
            }
            commands.push(Command::Run);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Answer, Comparison, Verdict};

    #[test]
    fn an_answer_counts_its_tasks() {
        let one = |verdict| Comparison {
            baseline: "separate".to_owned(),
            variant: "shared".to_owned(),
            task: "click".to_owned(),
            metric: "auc".to_owned(),
            mean_difference: None,
            interval: None,
            p_value: None,
            pairs: 0,
            verdict,
            differences: Vec::new(),
        };
        let all = [Verdict::Better, Verdict::Undecided, Verdict::Better].map(one);
        let answer = Answer {
            variant: 0,
            name: "shared",
            cells: all.iter().map(Some).chain([None]).collect(),
        };
        assert_eq!(answer.words(), "better on 2, undecided on 1");
    }
}
