//! What the gates of a mixture give to each expert: a chart for each gate of a variant, a line for each expert.

use eframe::egui::{ComboBox, RichText, Sense, Ui, vec2};

use super::CompareInput;
use super::chart::{Cursor, swatch};
use super::curves::Curves;
use super::grid::{Cards, grid_ui};
use super::model::{ChartModel, Curve, Subject};
use super::settings::Settings;
use crate::analysis::{Gate, experts_of, gates_of};
use crate::model::experts::shown_name;
use crate::results::Results;
use crate::session::Command;
use crate::train::{GATE, Part};
use crate::ui::{card, format, theme};

/// The gates of one variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gates {
    /// The variants that have gates, by index.
    pub variants: Vec<usize>,
    /// The one in sight.
    pub variant: usize,
    /// What the experts are called; their places are their colors.
    pub experts: Vec<String>,
    /// A chart for each gate.
    pub charts: Vec<ChartModel>,
}

/// Whether some run has gates.
pub fn any(results: &Results) -> bool {
    results.measured.iter().any(|(_, metric)| metric == GATE)
}

/// The gates of the variant chosen; `None` if no variant has any.
pub fn gates(curves: &mut Curves, results: &Results, settings: &Settings) -> Option<Gates> {
    let drafts = &results.draft.variants;
    let has_gates = |variant: &usize| !gates_of(results, *variant).is_empty();
    let variants: Vec<usize> = (0..drafts.len()).filter(has_gates).collect();
    let is_chosen = |variant: &&usize| Some(&drafts[**variant].name) == settings.gates_of.as_ref();
    let variant = *variants
        .iter()
        .find(is_chosen)
        .or_else(|| variants.first())?;
    let gates = gates_of(results, variant);
    let experts = experts_of(&gates);
    let mut chart = |gate: &Gate| {
        let curve = |expert: &String| {
            let subject = Subject {
                task: &gate.task,
                other: Some(expert),
                metric: GATE,
                parts: &[Part::Train],
            };
            let points = curves.of(results, settings, variant, &subject, Part::Train)?;
            let name = shown_name(expert).1;
            let place = experts.iter().position(|other| *other == name);
            Some(Curve {
                variant: place.unwrap_or(0),
                name,
                train: false,
                points,
            })
        };
        ChartModel {
            task: gate.title(),
            metric: GATE.to_owned(),
            // Equal shares lie in the middle.
            always: vec![0.0, (2.0 / gate.experts.len() as f64).min(1.0)],
            curves: gate.experts.iter().filter_map(curve).collect(),
            ..ChartModel::default()
        }
    };
    Some(Gates {
        charts: gates.iter().map(&mut chart).collect(),
        variants,
        variant,
        experts,
    })
}

/// Draws everything below the tab.
pub fn ui(
    ui: &mut Ui,
    input: &CompareInput<'_>,
    model: &Gates,
    settings: &mut Settings,
    cursor: &mut Cursor,
    commands: &mut Vec<Command>,
) {
    card::line(ui, |ui| {
        variant_ui(ui, input, model, settings);
        let text = "means over training rows after each epoch";
        ui.label(RichText::new(text).color(theme::of(ui).weak));
    });
    legend_ui(ui, &model.experts);
    ui.add_space(theme::GAP_SMALL);
    let cards = Cards::of_tasks(ui, model.charts.len());
    grid_ui(ui, &model.charts, cards, settings, cursor, commands);
}

fn variant_ui(ui: &mut Ui, input: &CompareInput<'_>, model: &Gates, settings: &mut Settings) {
    let drafts = &input.results.draft.variants;
    let name = |variant: usize| drafts.get(variant).map_or("", |it| it.name.as_str());
    ui.name_inputs("Variant of the gates", |ui| {
        ComboBox::from_id_salt("gates")
            .selected_text(format::shorten(name(model.variant), 26))
            .width(200.0)
            .show_ui(ui, |ui| {
                for &variant in &model.variants {
                    let is_shown = variant == model.variant;
                    if ui.selectable_label(is_shown, name(variant)).clicked() {
                        settings.gates_of = Some(name(variant).to_owned());
                    }
                }
            });
    });
}

/// The colors of the experts, the same in every chart.
fn legend_ui(ui: &mut Ui, experts: &[String]) {
    ui.horizontal_wrapped(|ui| {
        for (place, name) in experts.iter().enumerate() {
            let (rect, _) = ui.allocate_exact_size(vec2(22.0, 12.0), Sense::hover());
            swatch(ui, rect, place, false);
            ui.label(RichText::new(name).size(12.5));
            ui.add_space(theme::GAP_SMALL);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::gradients::tests::results;
    use super::*;
    use crate::results::SeriesKey;

    #[test]
    fn a_gate_has_a_line_for_each_expert_with_a_color_of_its_own() {
        let mut results = results();
        assert_eq!(
            gates(
                &mut Curves::of_all(&results),
                &results,
                &Settings::default()
            ),
            None
        );
        let lengths = SeriesKey {
            run: 0,
            task: "click".to_owned(),
            metric: crate::train::GRADIENT_NORM.to_owned(),
            other: None,
            split: Part::Train,
        };
        let samples = results.samples(&lengths).to_vec();
        for (task, expert) in [
            ("click", "level1.own.click.0"),
            ("click", "level1.shared.0"),
            ("like", "level1.own.like.0"),
            ("like", "level1.shared.0"),
        ] {
            let key = SeriesKey {
                task: task.to_owned(),
                metric: GATE.to_owned(),
                other: Some(expert.to_owned()),
                ..lengths.clone()
            };
            results.measured.insert((key.task.clone(), GATE.to_owned()));
            results.series.insert(key, samples.clone());
        }
        assert!(any(&results));
        let found = gates(
            &mut Curves::of_all(&results),
            &results,
            &Settings::default(),
        )
        .unwrap();
        let titles: Vec<String> = found.charts.iter().map(ChartModel::title).collect();
        assert_eq!(titles, ["click", "like"]);
        assert_eq!(found.experts, ["own click 1", "shared 1", "own like 1"]);
        let colors = |chart: &ChartModel| -> Vec<usize> {
            chart.curves.iter().map(|curve| curve.variant).collect()
        };
        assert_eq!(colors(&found.charts[0]), [0, 1]);
        assert_eq!(colors(&found.charts[1]), [2, 1]);
        assert_eq!(found.charts[0].curves[0].points.mean.len(), 2);
    }
}
