//! What a chart shows, worked out from the results once for each change: no widget, no color.

use std::collections::BTreeMap;

use super::settings::{BandKind, Settings};
use super::smooth::smooth;
use crate::analysis::summarize;
use crate::results::{Results, Sample, SeriesKey};
use crate::train::{GATE, Part};

/// One chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartModel {
    /// The task.
    pub task: String,
    /// The metric's id, `loss` or `weight`.
    pub metric: String,
    /// The other task of a chart that belongs to two.
    pub other: Option<String>,
    /// The metrics to choose from, in order; empty: there is no choice.
    pub metrics: Vec<String>,
    /// Whether curves of training and validation rows are told apart.
    pub by_part: bool,
    /// Values that are always in sight; such an axis is never logarithmic.
    pub always: Vec<f64>,
    /// One for each variant and part with points.
    pub curves: Vec<Curve>,
    /// Variants that are drawn elsewhere but have no such metric here.
    pub without: Vec<String>,
}

impl ChartModel {
    /// The task, or both of them.
    pub fn title(&self) -> String {
        match &self.other {
            Some(other) => format!("{} × {other}", self.task),
            None => self.task.clone(),
        }
    }
}

/// A variant's curve in one part of the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The variant's index, or the expert's; it has its color.
    pub variant: usize,
    /// The variant's name, or the expert's.
    pub name: String,
    /// Whether it belongs to the training rows, beside those of validation.
    pub train: bool,
    /// The smoothed mean over seeds.
    pub mean: Vec<[f64; 2]>,
    /// The mean as it is, if smoothing is on.
    pub raw: Vec<[f64; 2]>,
    /// The band: x, low, high.
    pub band: Vec<[f64; 3]>,
    /// Each seed, if there is no band.
    pub seeds: Vec<Vec<[f64; 2]>>,
}

impl Curve {
    /// The point nearest to a time.
    pub fn at(&self, x: f64) -> Option<[f64; 2]> {
        let after = self.mean.partition_point(|point| point[0] < x);
        let near = [after.checked_sub(1), Some(after)];
        let near = near
            .into_iter()
            .flatten()
            .filter_map(|index| self.mean.get(index));
        near.copied()
            .filter(|point| point[1].is_finite())
            .min_by(|a, b| (a[0] - x).abs().total_cmp(&(b[0] - x).abs()))
    }
}

/// The metrics that a task has points of: scores first, then the loss.
fn metrics_of(results: &Results, task: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let known = crate::metrics::METRICS
        .iter()
        .map(|metric| metric.spec().id);
    for id in known.chain(["loss"]) {
        let has = |key: &SeriesKey| key.task == task && key.metric == id;
        if results.series.keys().any(has) {
            found.push(id.to_owned());
        }
    }
    found
}

/// What a chart shows of each run.
pub struct Subject<'a> {
    /// The task.
    pub task: &'a str,
    /// The other task of a number that belongs to two.
    pub other: Option<&'a str>,
    /// The metric's id.
    pub metric: &'a str,
    /// The parts of the data that have it.
    pub parts: &'a [Part],
}

/// The charts of all tasks.
pub fn charts(results: &Results, settings: &Settings) -> Vec<ChartModel> {
    let parts: &[Part] = if settings.train {
        &[Part::Train, Part::Validation]
    } else {
        &[Part::Validation]
    };
    let one = |task: &crate::results::TaskInfo| {
        let metrics = metrics_of(results, &task.name);
        let chosen = settings
            .metrics
            .get(&task.name)
            .filter(|metric| metrics.contains(metric));
        let subject = Subject {
            task: &task.name,
            other: None,
            metric: chosen.unwrap_or(&task.primary_metric),
            parts,
        };
        let mut model = chart(results, settings, &subject);
        model.by_part = true;
        model.metrics = metrics;
        model
    };
    results.tasks.iter().map(one).collect()
}

/// The charts of the task weights.
pub fn weights(results: &Results, settings: &Settings) -> Vec<ChartModel> {
    let one = |task: &crate::results::TaskInfo| {
        let subject = Subject {
            task: &task.name,
            other: None,
            metric: "weight",
            parts: &[Part::Train],
        };
        let mut model = chart(results, settings, &subject);
        // A weight is read against zero, and equal weights lie in the middle.
        model.always = vec![0.0, 2.0];
        model
    };
    results.tasks.iter().map(one).collect()
}

/// The curves of every variant that is drawn.
pub fn chart(results: &Results, settings: &Settings, subject: &Subject<'_>) -> ChartModel {
    let mut model = ChartModel {
        task: subject.task.to_owned(),
        metric: subject.metric.to_owned(),
        other: subject.other.map(str::to_owned),
        ..ChartModel::default()
    };
    for (variant, draft) in results.draft.variants.iter().enumerate() {
        if settings.hidden.contains(&draft.name) {
            continue;
        }
        let mut any = false;
        for &split in subject.parts {
            if let Some(mut curve) = variant_curve(results, settings, variant, subject, split) {
                any = true;
                curve.variant = variant;
                curve.name.clone_from(&draft.name);
                curve.train = split == Part::Train && subject.parts.len() > 1;
                model.curves.push(curve);
            }
        }
        if !any {
            model.without.push(draft.name.clone());
        }
    }
    model
}

/// The curve of a variant's runs in one part of the data; `None` if they have no point.
pub fn variant_curve(
    results: &Results,
    settings: &Settings,
    variant: usize,
    subject: &Subject<'_>,
    split: Part,
) -> Option<Curve> {
    let runs = results.runs.iter().enumerate();
    let series: Vec<&[Sample]> = runs
        .filter(|(_, run)| run.variant == variant)
        .map(|(run, _)| {
            results.samples(&SeriesKey {
                run,
                task: subject.task.to_owned(),
                metric: subject.metric.to_owned(),
                other: subject.other.map(str::to_owned),
                split,
            })
        })
        .filter(|samples| !samples.is_empty())
        .collect();
    (!series.is_empty()).then(|| curve(&series, settings))
}

/// Seeds are brought together by their step: all runs of a variant take the same ones.
fn curve(series: &[&[Sample]], settings: &Settings) -> Curve {
    let mut by_step: BTreeMap<u64, (f64, Vec<f64>)> = BTreeMap::new();
    for samples in series {
        for sample in *samples {
            let entry = by_step.entry(sample.at.step).or_default();
            entry.0 += settings.x.read(&sample.at);
            entry.1.push(sample.value);
        }
    }
    let count = |values: &[f64]| values.len().max(1) as f64;
    let xs: Vec<f64> = by_step
        .values()
        .map(|(x, values)| x / count(values))
        .collect();
    let sums: Vec<_> = by_step
        .values()
        .map(|(_, values)| summarize(values))
        .collect();
    let means: Vec<f64> = sums
        .iter()
        .map(|sum| sum.as_ref().map_or(f64::NAN, |sum| sum.mean))
        .collect();
    let smoothed = smooth(&means, settings.smoothing);
    let points = |values: &[f64]| {
        xs.iter()
            .copied()
            .zip(values.iter().copied())
            .map(|(x, y)| [x, y])
            .collect()
    };
    let mut band = Vec::new();
    if series.len() > 1 && settings.band != BandKind::None {
        let values = by_step.values().map(|(_, values)| values.as_slice());
        for ((x, sum), (values, shift)) in xs
            .iter()
            .zip(&sums)
            .zip(values.zip(smoothed.iter().zip(&means).map(|(s, m)| s - m)))
        {
            let Some(sum) = sum else { continue };
            let finite = || values.iter().copied().filter(|value| value.is_finite());
            let [low, high] = match settings.band {
                BandKind::Range => [
                    finite().fold(f64::INFINITY, f64::min),
                    finite().fold(f64::NEG_INFINITY, f64::max),
                ],
                BandKind::Interval => sum.interval.unwrap_or([sum.mean; 2]),
                BandKind::Deviation | BandKind::None => {
                    let half = sum.deviation.unwrap_or(0.0);
                    [sum.mean - half, sum.mean + half]
                }
            };
            band.push([*x, low + shift, high + shift]);
        }
    }
    let each = |samples: &&[Sample]| {
        let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
        let smoothed = smooth(&values, settings.smoothing);
        samples
            .iter()
            .zip(smoothed)
            .map(|(sample, y)| [settings.x.read(&sample.at), y])
            .collect()
    };
    let alone = settings.band == BandKind::None && series.len() > 1;
    Curve {
        mean: points(&smoothed),
        raw: if settings.smoothing > 0.0 {
            points(&means)
        } else {
            Vec::new()
        },
        band,
        seeds: if alone {
            series.iter().map(each).collect()
        } else {
            Vec::new()
        },
        ..Curve::default()
    }
}

/// At most two points for each of so many places: the least and the greatest, in order of x.
///
/// For drawing only; every number that is shown comes from all points.
pub fn thin(points: &[[f64; 2]], places: usize) -> Vec<[f64; 2]> {
    if points.len() <= places * 2 || places == 0 {
        return points.to_vec();
    }
    let mut thinned = Vec::with_capacity(places * 2 + 2);
    for bucket in points.chunks(points.len().div_ceil(places)) {
        let by_value = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let ends = [
            bucket.iter().min_by(by_value),
            bucket.iter().max_by(by_value),
        ];
        let mut ends: Vec<[f64; 2]> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a[0].total_cmp(&b[0]));
        ends.dedup();
        thinned.extend(ends);
    }
    thinned
}

/// Every point of a chart as comma-separated values.
pub fn csv(model: &ChartModel, x: &str) -> String {
    let split = if model.by_part { "split," } else { "" };
    let line = if model.metric == GATE {
        "expert"
    } else {
        "variant"
    };
    let mut text = format!("{line},{split}{x},{},low,high\n", model.metric);
    for curve in &model.curves {
        let split = match (model.by_part, curve.train) {
            (false, _) => "",
            (true, true) => "train,",
            (true, false) => "validation,",
        };
        let name = curve.name.replace('"', "\"\"");
        for (index, [x, y]) in curve.mean.iter().enumerate() {
            let band = curve
                .band
                .get(index)
                .map_or_else(|| ",".to_owned(), |[_, low, high]| format!("{low},{high}"));
            text.push_str(&format!("\"{name}\",{split}{x},{y},{band}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::experiment::VariantDraft;
    use crate::results::{Run, TaskInfo};
    use crate::train::At;

    fn results() -> Results {
        let mut results = Results {
            tasks: vec![TaskInfo::new("click", TaskKind::Binary)],
            ..Results::default()
        };
        for (variant, name) in ["shared", "separate"].into_iter().enumerate() {
            results.draft.variants.push(VariantDraft {
                name: name.to_owned(),
                ..VariantDraft::default()
            });
            for seed in 1..=3 {
                let run = results.runs.len();
                results.runs.push(Run {
                    variant,
                    seed,
                    ..Run::default()
                });
                let samples = (1..=4).map(|epoch| Sample {
                    at: At {
                        step: epoch * 10,
                        epoch: epoch as f64,
                        samples: epoch * 100,
                        seconds: 0.5 * epoch as f64,
                    },
                    value: 0.6 + 0.01 * epoch as f64 + 0.001 * seed as f64,
                });
                let key = SeriesKey {
                    run,
                    task: "click".into(),
                    metric: "auc".into(),
                    other: None,
                    split: Part::Validation,
                };
                results.series.insert(key, samples.collect());
            }
        }
        results
    }

    #[test]
    fn seeds_become_a_mean_and_a_band() {
        let charts = charts(&results(), &Settings::default());
        let curve = &charts[0].curves[0];
        assert_eq!(charts[0].curves.len(), 2);
        assert!((curve.mean[1][1] - 0.622).abs() < 1e-12);
        let [x, low, high] = curve.band[1];
        assert_eq!(x, 2.0);
        assert!((low - 0.621).abs() < 1e-12 && (high - 0.623).abs() < 1e-12);
    }

    #[test]
    fn hiding_a_variant_changes_no_other() {
        let all = charts(&results(), &Settings::default());
        let hidden = Settings {
            hidden: ["shared".to_owned()].into(),
            ..Settings::default()
        };
        let some = charts(&results(), &hidden);
        assert_eq!(some[0].curves, all[0].curves[1..]);
    }

    #[test]
    fn the_cursor_finds_the_nearest_point() {
        let charts = charts(
            &results(),
            &Settings {
                x: super::super::settings::Clock::Samples,
                ..Settings::default()
            },
        );
        assert_eq!(charts[0].curves[0].at(240.0).unwrap()[0], 200.0);
        assert_eq!(charts[0].curves[0].at(1e9).unwrap()[0], 400.0);
        assert_eq!(charts[0].curves[0].at(-5.0).unwrap()[0], 100.0);
    }

    #[test]
    fn thinning_keeps_every_spike() {
        let mut points: Vec<[f64; 2]> = (0..10_000).map(|x| [f64::from(x), 0.0]).collect();
        points[7777][1] = 5.0;
        let thinned = thin(&points, 100);
        assert!(thinned.len() <= 200);
        assert!(thinned.contains(&[7777.0, 5.0]));
        assert!(thinned.is_sorted_by(|a, b| a[0] <= b[0]));
    }
}
