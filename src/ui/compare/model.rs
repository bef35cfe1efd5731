//! What a chart shows, worked out from the results once for each change: no widget, no color.

use std::rc::Rc;

use super::curve::Points;
use super::curves::Curves;
use super::settings::Settings;
use crate::results::Results;
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
    /// Its points.
    pub points: Rc<Points>,
}

/// The metrics that a task has points of: scores first, then the loss.
fn metrics_of(results: &Results, task: &str) -> Vec<String> {
    let known = crate::metrics::METRICS
        .iter()
        .map(|metric| metric.spec().id);
    let has = |id: &&str| {
        let measured = (task.to_owned(), (*id).to_owned());
        results.measured.contains(&measured)
    };
    known
        .chain(["loss"])
        .filter(has)
        .map(str::to_owned)
        .collect()
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
pub fn charts(curves: &mut Curves, results: &Results, settings: &Settings) -> Vec<ChartModel> {
    let parts: &[Part] = if settings.train {
        &[Part::Train, Part::Validation]
    } else {
        &[Part::Validation]
    };
    let mut one = |task: &crate::results::TaskInfo| {
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
        let mut model = chart(curves, results, settings, &subject);
        model.by_part = true;
        model.metrics = metrics;
        model
    };
    results.tasks.iter().map(&mut one).collect()
}

/// The charts of the task weights.
pub fn weights(curves: &mut Curves, results: &Results, settings: &Settings) -> Vec<ChartModel> {
    let mut one = |task: &crate::results::TaskInfo| {
        let subject = Subject {
            task: &task.name,
            other: None,
            metric: "weight",
            parts: &[Part::Train],
        };
        let mut model = chart(curves, results, settings, &subject);
        // A weight is read against zero, and equal weights lie in the middle.
        model.always = vec![0.0, 2.0];
        model
    };
    results.tasks.iter().map(&mut one).collect()
}

/// The curves of every variant that is drawn.
pub fn chart(
    curves: &mut Curves,
    results: &Results,
    settings: &Settings,
    subject: &Subject<'_>,
) -> ChartModel {
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
            if let Some(points) = curves.of(results, settings, variant, subject, split) {
                any = true;
                model.curves.push(Curve {
                    variant,
                    name: draft.name.clone(),
                    train: split == Part::Train && subject.parts.len() > 1,
                    points,
                });
            }
        }
        if !any && !curves.is_late() {
            model.without.push(draft.name.clone());
        }
    }
    model
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
        for (index, [x, y]) in curve.points.mean.iter().enumerate() {
            let band = curve
                .points
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
    use crate::results::{Run, Sample, SeriesKey, TaskInfo};
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
        let charts = charts(
            &mut Curves::of_all(&results()),
            &results(),
            &Settings::default(),
        );
        let curve = &charts[0].curves[0];
        assert_eq!(charts[0].curves.len(), 2);
        assert!((curve.points.mean[1][1] - 0.622).abs() < 1e-12);
        let [x, low, high] = curve.points.band[1];
        assert_eq!(x, 2.0);
        assert!((low - 0.621).abs() < 1e-12 && (high - 0.623).abs() < 1e-12);
    }

    #[test]
    fn hiding_a_variant_changes_no_other() {
        let all = charts(
            &mut Curves::of_all(&results()),
            &results(),
            &Settings::default(),
        );
        let hidden = Settings {
            hidden: ["shared".to_owned()].into(),
            ..Settings::default()
        };
        let some = charts(&mut Curves::of_all(&results()), &results(), &hidden);
        assert_eq!(some[0].curves, all[0].curves[1..]);
    }

    #[test]
    fn the_cursor_finds_the_nearest_point() {
        let charts = charts(
            &mut Curves::of_all(&results()),
            &results(),
            &Settings {
                x: super::super::settings::Clock::Samples,
                ..Settings::default()
            },
        );
        assert_eq!(charts[0].curves[0].points.at(240.0).unwrap()[0], 200.0);
        assert_eq!(charts[0].curves[0].points.at(1e9).unwrap()[0], 400.0);
        assert_eq!(charts[0].curves[0].points.at(-5.0).unwrap()[0], 100.0);
    }
}
