//! Results of a small training with a hostile name, for tests.

use std::collections::BTreeMap;

use crate::analysis::{Comparison, Verdict};
use crate::data::{DataCard, LabelCard, TaskKind};
use crate::experiment::{Draft, VariantDraft};
use crate::results::{Results, Run, Sample, SeriesKey, TaskInfo};
use crate::spec::Choice;
use crate::train::{At, DeviceInfo, GRADIENT_COSINE, GRADIENT_NORM, Outcome, Part, Status};

/// A name that breaks out wherever it is not escaped.
pub(super) const HOSTILE: &str = "shared <b> & \"equal\" | x";

/// Two variants, two seeds each, one of them diverged.
pub(super) fn results() -> Results {
    let variant = |name: &str, structure: &str| VariantDraft {
        name: name.to_owned(),
        structure: Choice::named(structure),
        strategy: Choice::named("equal"),
        ..VariantDraft::default()
    };
    let task = |name: &str, kind, primary: &str| TaskInfo {
        name: name.to_owned(),
        kind,
        primary_metric: primary.to_owned(),
    };
    let mut results = Results {
        draft: Draft {
            name: "does <sharing> help?".to_owned(),
            seeds: vec![1, 2],
            variants: vec![
                variant("separate", "separate"),
                variant(HOSTILE, "shared_bottom"),
            ],
            ..Draft::default()
        },
        card: DataCard {
            fingerprint: "abc".to_owned(),
            rows: 1000,
            train: 800,
            validation: 100,
            test: 100,
            dropped: 0,
            labels: vec![LabelCard {
                task: "click".to_owned(),
                kind: "binary".to_owned(),
                labeled: [800, 100, 100],
                mean: [Some(0.25), Some(0.2), None],
            }],
            warnings: vec!["click: few <positives>".to_owned()],
        },
        device: DeviceInfo {
            name: "a card".to_owned(),
            backend: "wgpu".to_owned(),
        },
        tasks: vec![
            task("click", TaskKind::Binary, "auc"),
            task("watch", TaskKind::Regression, "rmse"),
        ],
        ..Results::default()
    };
    let ends = [
        (0, 1, Status::Finished, 0.70, 2.0),
        (0, 2, Status::Finished, 0.72, 3.0),
        (1, 1, Status::Finished, 0.75, 2.5),
        (1, 2, Status::Diverged, 0.10, 9.0),
    ];
    results.runs = ends
        .into_iter()
        .map(|(variant, seed, status, auc, rmse)| Run {
            variant,
            seed,
            parameters: 1234,
            status,
            outcome: Some(outcome(status, auc, rmse)),
            ..Run::default()
        })
        .collect();
    add_curve(&mut results, 0, Part::Validation, &[0.5, 0.75]);
    add_curve(&mut results, 1, Part::Validation, &[0.75]);
    add_curve(&mut results, 0, Part::Train, &[0.625, 0.875]);
    add_curve(&mut results, 2, Part::Validation, &[0.5, 0.625]);
    add_curve(&mut results, 3, Part::Validation, &[0.5, 0.5]);
    results
}

fn outcome(status: Status, auc: f64, rmse: f64) -> Outcome {
    let scores = |task: &str, id: &str, value| {
        (
            task.to_owned(),
            BTreeMap::from([(id.to_owned(), Some(value))]),
        )
    };
    Outcome {
        status,
        best_epoch: Some(2),
        seconds: 100.4,
        samples_per_second: 5000.0,
        test: BTreeMap::from([scores("click", "auc", auc), scores("watch", "rmse", rmse)]),
        task_weights: BTreeMap::from([("click".to_owned(), 1.0), ("watch".to_owned(), 0.5)]),
        reason: (status == Status::Diverged).then(|| "loss is not finite".to_owned()),
        ..Outcome::default()
    }
}

fn add_curve(results: &mut Results, run: usize, split: Part, values: &[f64]) {
    let key = SeriesKey {
        run,
        task: "click".to_owned(),
        metric: "auc".to_owned(),
        other: None,
        split,
    };
    results.series.insert(key, samples(values));
}

/// One value an epoch.
fn samples(values: &[f64]) -> Vec<Sample> {
    let sample = |(index, &value): (usize, &f64)| Sample {
        at: At {
            step: 10 * (index as u64 + 1),
            epoch: index as f64 + 1.0,
            samples: 800,
            seconds: 1.5,
        },
        value,
    };
    values.iter().enumerate().map(sample).collect()
}

/// Gives a run weights, lengths of gradients and these cosines between its two tasks.
pub(super) fn gradients(results: &mut Results, run: usize, cosines: [f64; 2]) {
    let mut add = |task: &str, metric: &str, other: Option<&str>, values: [f64; 2]| {
        let key = SeriesKey {
            run,
            task: task.to_owned(),
            metric: metric.to_owned(),
            other: other.map(str::to_owned),
            split: Part::Train,
        };
        results.series.insert(key, samples(&values));
    };
    add("click", "weight", None, [1.0, 1.5]);
    add("watch", "weight", None, [1.0, 0.5]);
    add("click", GRADIENT_NORM, None, [0.25, 0.125]);
    add("watch", GRADIENT_NORM, None, [80.0, 40.0]);
    add("click", GRADIENT_COSINE, Some("watch"), cosines);
}

/// The hostile variant against the separate models.
pub(super) fn comparison(verdict: Verdict) -> Comparison {
    Comparison {
        baseline: "separate".to_owned(),
        variant: HOSTILE.to_owned(),
        task: "click".to_owned(),
        metric: "auc".to_owned(),
        mean_difference: Some(0.0051),
        interval: Some([0.0012, 0.009]),
        p_value: Some(0.0313),
        pairs: 6,
        verdict,
        differences: Vec::new(),
    }
}
