//! The curves of a task: a color for each variant, the seeds as a band, training dashed.

use std::collections::BTreeMap;

use super::palette::VARIANTS_LIGHT;
use super::svg::{Band, Chart, ChartLine};
use crate::metrics::metric;
use crate::results::{Results, SeriesKey, TaskInfo};
use crate::train::Part;

/// Points of a line, at the most; more cannot be told apart on paper.
const MOST_POINTS: usize = 1000;

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
            let group = Group::of(results, variant, task, part);
            if part == Part::Validation && group.without > 0 {
                let runs = runs(group.without);
                notes.push(format!(
                    "{name}: {runs} without a point of {label} on validation rows"
                ));
            }
            if part == Part::Validation && group.uneven {
                uneven.push(name);
            }
            if group.places.is_empty() {
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
                band: (part == Part::Validation && group.runs > 1).then(|| group.band()),
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

/// The values of a variant's runs, place by place.
struct Group {
    /// Runs with a value.
    runs: usize,
    /// Runs without one.
    without: usize,
    /// Whether some places have fewer runs than others.
    uneven: bool,
    /// Epoch and values by step.
    places: BTreeMap<u64, (f64, Vec<f64>)>,
}

impl Group {
    fn of(results: &Results, variant: usize, task: &TaskInfo, split: Part) -> Self {
        let mut group = Self {
            runs: 0,
            without: 0,
            uneven: false,
            places: BTreeMap::new(),
        };
        for (run, _) in results
            .runs
            .iter()
            .enumerate()
            .filter(|(_, run)| run.variant == variant)
        {
            let key = SeriesKey {
                run,
                task: task.name.clone(),
                metric: task.primary_metric.clone(),
                other: None,
                split,
            };
            let mut found = false;
            for sample in results
                .samples(&key)
                .iter()
                .filter(|sample| sample.value.is_finite())
            {
                found = true;
                let place = group.places.entry(sample.at.step);
                place
                    .or_insert_with(|| (sample.at.epoch, Vec::new()))
                    .1
                    .push(sample.value);
            }
            if found {
                group.runs += 1;
            } else {
                group.without += 1;
            }
        }
        group.uneven = group
            .places
            .values()
            .any(|(_, values)| values.len() != group.runs);
        group
    }

    /// The places that are drawn: all, or every second, third, … and the last.
    fn drawn(&self) -> impl Iterator<Item = &(f64, Vec<f64>)> {
        let every = self.places.len().div_ceil(MOST_POINTS).max(1);
        let last = self.places.len().saturating_sub(1);
        let kept = move |index: usize| index.is_multiple_of(every) || index == last;
        self.places
            .values()
            .enumerate()
            .filter(move |(index, _)| kept(*index))
            .map(|(_, place)| place)
    }

    fn means(&self) -> Vec<(f64, f64)> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        self.drawn()
            .map(|(epoch, values)| (*epoch, mean(values)))
            .collect()
    }

    fn band(&self) -> Vec<Band> {
        let band = |(epoch, values): &(f64, Vec<f64>)| Band {
            x: *epoch,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        self.drawn().map(band).collect()
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn long_series_are_thinned_but_keep_their_end() {
        let places = (0..2501_u64)
            .map(|step| (step, (step as f64, vec![1.0])))
            .collect();
        let group = Group {
            runs: 1,
            without: 0,
            uneven: false,
            places,
        };
        let means = group.means();
        assert!(means.len() <= MOST_POINTS + 1);
        assert_eq!(means.last(), Some(&(2500.0, 1.0)));
    }
}
