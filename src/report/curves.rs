//! The curves of a task: a color for each variant, the seeds as a band, training dashed.

use super::chart::{Chart, ChartLine};
use super::group::Group;
use super::palette::VARIANTS_LIGHT;
use crate::metrics::metric;
use crate::results::{Results, SeriesKey, TaskInfo};
use crate::train::Part;

/// A chart of a task with what has to be said of it.
pub(super) struct Curve {
    /// The chart; its lines may be without a point.
    pub chart: Chart,
    /// What the lines do not show, in words.
    pub notes: Vec<String>,
}

/// The task's primary metric over epochs: a chart for each eight variants, so that no color comes twice in one.
pub(super) fn curves(results: &Results, task: &TaskInfo) -> Vec<Curve> {
    let variants: Vec<usize> = (0..results.draft.variants.len()).collect();
    let charts = variants.chunks(VARIANTS_LIGHT.len());
    let several = charts.len() > 1;
    charts
        .map(|shown| {
            let mut curve = curve(results, task, shown);
            if let (true, Some(first), Some(last)) = (several, shown.first(), shown.last()) {
                let places = format!(", variants {} to {}", first + 1, last + 1);
                curve.chart.title += &places;
            }
            curve
        })
        .collect()
}

fn curve(results: &Results, task: &TaskInfo, variants: &[usize]) -> Curve {
    let label = metric(&task.primary_metric).map_or("", |metric| metric.spec().label);
    let mut lines = Vec::new();
    let mut notes = Vec::new();
    let mut uneven: Vec<&str> = Vec::new();
    for (place, &variant) in variants.iter().enumerate() {
        let name = results
            .draft
            .variants
            .get(variant)
            .map_or("", |variant| variant.name.as_str());
        for part in [Part::Validation, Part::Train] {
            let key = SeriesKey {
                run: 0,
                task: task.name.clone(),
                metric: task.primary_metric.clone(),
                other: None,
                split: part,
            };
            let group = Group::of(results, variant, &key);
            if part == Part::Validation && group.without > 0 {
                let runs = runs(group.without);
                notes.push(format!(
                    "{name}: {runs} without a point of {label} on validation rows"
                ));
            }
            if part == Part::Validation && group.uneven {
                uneven.push(name);
            }
            if group.runs == 0 {
                continue;
            }
            let suffix = if part == Part::Train {
                ", training"
            } else {
                ""
            };
            lines.push(ChartLine {
                label: format!("{name}{suffix}"),
                color: format!("var(--v{place})"),
                dashed: part == Part::Train,
                points: group.means(),
                band: group.band().filter(|_| part == Part::Validation),
            });
        }
    }
    if !uneven.is_empty() {
        let names = uneven.join("; ");
        notes.push(format!(
            "{names}: runs have unequal numbers of epochs, each point is the mean of those that got there"
        ));
    }
    let chart = Chart {
        title: format!("{}: {label} on validation rows", task.name),
        x_label: "epoch".to_owned(),
        y_label: label.to_owned(),
        log_y: false,
        lines,
    };
    Curve { chart, notes }
}

fn runs(count: usize) -> String {
    if count == 1 {
        "1 run is".to_owned()
    } else {
        format!("{count} runs are")
    }
}

#[cfg(test)]
mod tests {
    use super::super::chart::Band;
    use super::super::fixtures::results;
    use super::*;

    #[test]
    fn lines_are_means_and_bands_are_extremes() {
        let results = results();
        let curves = curves(&results, &results.tasks[0]);
        assert_eq!(curves.len(), 1);
        let chart = &curves[0].chart;
        let labels: Vec<&str> = chart.lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "separate",
                "separate, training",
                "shared <b> & \"equal\" | x"
            ]
        );
        assert_eq!(chart.lines[0].points, [(1.0, 0.625), (2.0, 0.75)]);
        let band = chart.lines[0].band.as_ref().unwrap();
        assert_eq!(
            band[0],
            Band {
                x: 1.0,
                low: 0.5,
                high: 0.75
            }
        );
        assert!(chart.lines[1].dashed && chart.lines[1].band.is_none());
        assert_eq!(curves[0].notes.len(), 1, "{:?}", curves[0].notes);
        assert!(curves[0].notes[0].contains("unequal numbers of epochs"));
    }
}
