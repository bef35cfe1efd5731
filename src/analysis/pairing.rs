//! Variant against baseline in pairs of equal seeds.
//!
//! A pair shares its data, split, row order and starting weights, so its difference is far less noisy than two runs.
//! Of a metric that is best at 1 the differences are those of the distance from 1.

use super::comparison::{Comparison, Verdict};
use super::sign_flip::{correct, sign_flip};
use super::summary::summarize;
use super::verdict::verdict;
use crate::metrics::{Direction, METRICS, Metric};
use crate::results::Results;
use crate::train::Status;

/// The score of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunScore {
    /// The variant's name.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// The score; `None` where it is undefined.
    pub value: Option<f64>,
}

/// Variant minus baseline for each seed that both have, with the seed.
pub fn differences(scores: &[RunScore], baseline: &str, variant: &str) -> Vec<(u64, f64)> {
    let of = |name: &str, seed: u64| {
        let found = scores
            .iter()
            .find(|score| score.variant == name && score.seed == seed);
        found
            .and_then(|score| score.value)
            .filter(|value| value.is_finite())
    };
    let own = scores.iter().filter(|score| score.variant == variant);
    own.filter_map(|score| {
        Some((
            score.seed,
            of(variant, score.seed)? - of(baseline, score.seed)?,
        ))
    })
    .collect()
}

/// Compares every variant with the baseline on one task and metric; one without any score of it is left out, and so are
/// all if the ended runs of the baseline have none.
///
/// The p-values are not yet corrected, so the verdicts are all undecided: [`compare_all`] gives both.
pub fn compare(
    baseline: &str,
    task: &str,
    metric: &dyn Metric,
    scores: &[RunScore],
) -> Vec<Comparison> {
    let scores = &distances(metric, scores);
    let mut own = scores.iter().filter(|score| score.variant == baseline);
    if own.clone().next().is_some() && own.all(|score| score.value.is_none()) {
        return Vec::new();
    }
    let mut names: Vec<&str> = Vec::new();
    for score in scores {
        let is_new = score.variant != baseline && !names.contains(&score.variant.as_str());
        if is_new && score.value.is_some() {
            names.push(&score.variant);
        }
    }
    let one = |name: &&str| {
        let values: Vec<f64> = differences(scores, baseline, name)
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        let summary = summarize(&values);
        Comparison {
            baseline: baseline.to_owned(),
            variant: (*name).to_owned(),
            task: task.to_owned(),
            metric: metric.spec().id.to_owned(),
            mean_difference: summary.as_ref().map(|summary| summary.mean),
            interval: summary.and_then(|summary| summary.interval),
            p_value: sign_flip(&values),
            pairs: values.len(),
            verdict: Verdict::Undecided,
            differences: values,
        }
    };
    names.iter().map(one).collect()
}

/// The scores, or how far they are from 1 if that is what counts: what [`compare`] makes its differences of.
pub fn distances(metric: &dyn Metric, scores: &[RunScore]) -> Vec<RunScore> {
    let distance = |value: f64| match metric.direction() {
        Direction::ClosestToOne => (value - 1.0).abs(),
        Direction::HigherIsBetter | Direction::LowerIsBetter => value,
    };
    let far = |score: &RunScore| RunScore {
        value: score.value.map(distance),
        ..score.clone()
    };
    scores.iter().map(far).collect()
}

/// Compares all variants with the baseline on every task and metric, on the test rows of the ended runs.
///
/// The p-values of one metric are corrected together over variants and tasks (Holm 1979).
pub fn compare_all(results: &Results, baseline: &str) -> Vec<Comparison> {
    let mut all = Vec::new();
    for metric in METRICS {
        let mut of_metric = Vec::new();
        let mut means = Vec::new();
        for task in results
            .tasks
            .iter()
            .filter(|task| metric.applies_to(task.kind))
        {
            let scores = test_scores(results, &task.name, metric.spec().id);
            let own: Vec<f64> = scores
                .iter()
                .filter(|score| score.variant == baseline)
                .filter_map(|score| score.value)
                .collect();
            let found = compare(baseline, &task.name, *metric, &scores);
            let mean = summarize(&own).map_or(0.0, |summary| summary.mean);
            means.extend(std::iter::repeat_n(mean, found.len()));
            of_metric.extend(found);
        }
        correct(&mut of_metric);
        for (comparison, mean) in of_metric.iter_mut().zip(means) {
            comparison.verdict = verdict(comparison, *metric, mean);
        }
        all.extend(of_metric);
    }
    all
}

/// The test scores of the runs that ended well.
fn test_scores(results: &Results, task: &str, metric: &str) -> Vec<RunScore> {
    let ended = |status| matches!(status, Status::Finished | Status::Stopped);
    let runs = results
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| ended(run.status));
    runs.filter_map(|(index, run)| {
        let value = run
            .outcome
            .as_ref()?
            .test
            .get(task)?
            .get(metric)
            .copied()
            .flatten();
        Some(RunScore {
            variant: results.variant_name(index).to_owned(),
            seed: run.seed,
            value,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::TaskKind;
    use crate::experiment::{Draft, VariantDraft};
    use crate::metrics::metric;
    use crate::model::random;
    use crate::results::{Run, TaskInfo};
    use crate::train::Outcome;

    const DIFFERENCES: [f64; 7] = [0.0041, 0.0012, 0.0030, 0.0055, -0.0004, 0.0027, 0.0033];

    fn paired(base: &[f64], new: &[f64]) -> Vec<RunScore> {
        let scores = |variant: &'static str, values: &[f64]| {
            let score = move |(seed, &value): (usize, &f64)| RunScore {
                variant: variant.to_owned(),
                seed: seed as u64,
                value: Some(value),
            };
            values.iter().enumerate().map(score).collect::<Vec<_>>()
        };
        [scores("base", base), scores("new", new)].concat()
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    // import numpy as np, itertools; from scipy import stats
    // def show(d):
    //     print(d.mean(), stats.t.interval(.95, len(d)-1, loc=d.mean(), scale=stats.sem(d)))
    //     signs = itertools.product([1, -1], repeat=7)
    //     print(sum(abs((d*np.array(s)).mean()) >= abs(d.mean())-1e-12 for s in signs)/128)
    // show(np.array([.0041, .0012, .0030, .0055, -.0004, .0027, .0033]))
    // b = np.array([.9, 1.2, 1.1, .8, 1.3, .7, 1.25]); v = np.array([.95, 1.1, .97, .9, 1.2, .85, 1.1])
    // show(abs(v - 1) - abs(b - 1))
    #[test]
    fn interval_and_p_value_are_those_of_scipy() {
        let base: Vec<f64> = (0..7).map(|seed| 0.7 + f64::from(seed) * 0.01).collect();
        let new: Vec<f64> = base.iter().zip(DIFFERENCES).map(|(a, b)| a + b).collect();
        let auc = metric("auc").unwrap();
        let found = compare("base", "click", auc, &paired(&base, &new)).remove(0);
        let [low, high] = found.interval.unwrap();
        near(found.mean_difference.unwrap(), 0.002_771_428_571_428_571_4);
        near(low, 0.000_997_496_404_486_622_6);
        near(high, 0.004_545_360_738_370_52);
        assert_eq!((found.p_value, found.pairs), (Some(0.03125), 7));
    }

    #[test]
    fn of_calibration_the_distance_from_one_counts() {
        let base = [0.9, 1.2, 1.1, 0.8, 1.3, 0.7, 1.25];
        let new = [0.95, 1.1, 0.97, 0.9, 1.2, 0.85, 1.1];
        let calibration = metric("calibration").unwrap();
        let found = compare("base", "click", calibration, &paired(&base, &new)).remove(0);
        let [low, high] = found.interval.unwrap();
        near(found.mean_difference.unwrap(), -0.102_857_142_857_142_84);
        near(low, -0.137_343_798_674_604_5);
        near(high, -0.068_370_487_039_687_17);
        assert_eq!(found.p_value, Some(0.015625));
    }

    #[test]
    fn only_seeds_that_both_have_are_pairs() {
        let mut scores = paired(&[0.5, 0.6, 0.7], &[0.6, 0.7, 0.8, 0.9]);
        scores[1].value = None;
        scores[2].value = Some(f64::NAN);
        let found = differences(&scores, "base", "new");
        assert_eq!(found.iter().map(|(seed, _)| *seed).collect::<Vec<_>>(), [0]);
        let auc = metric("auc").unwrap();
        assert_eq!(compare("base", "click", auc, &scores)[0].pairs, 1);
        assert_eq!(compare("new", "click", auc, &scores)[0].pairs, 1);
        assert_eq!(
            compare("nobody", "click", auc, &scores)[0].mean_difference,
            None
        );
    }

    #[test]
    fn a_baseline_that_was_not_trained_on_a_task_is_no_baseline_there() {
        let mut scores = paired(&[0.5, 0.6], &[0.6, 0.7]);
        let auc = metric("auc").unwrap();
        scores[0].value = None;
        assert_eq!(compare("base", "click", auc, &scores).len(), 1);
        scores[1].value = None;
        assert_eq!(compare("base", "click", auc, &scores), []);
    }

    /// Results of one task with a run for each variant and seed.
    fn results(aucs: &[Vec<f64>]) -> Results {
        let name = |index: usize| format!("variant {index}");
        let run = |(variant, seed, auc)| {
            let scores = BTreeMap::from([("auc".to_owned(), Some(auc))]);
            Run {
                variant,
                seed,
                status: Status::Finished,
                outcome: Some(Outcome {
                    test: BTreeMap::from([("click".to_owned(), scores)]),
                    ..Outcome::default()
                }),
                ..Run::default()
            }
        };
        let runs = aucs.iter().enumerate().flat_map(|(variant, aucs)| {
            aucs.iter()
                .enumerate()
                .map(move |(seed, &auc)| (variant, seed as u64, auc))
        });
        let variants = (0..aucs.len()).map(|index| VariantDraft {
            name: name(index),
            ..VariantDraft::default()
        });
        Results {
            draft: Draft {
                variants: variants.collect(),
                ..Draft::default()
            },
            tasks: vec![TaskInfo {
                name: "click".to_owned(),
                kind: TaskKind::Binary,
                primary_metric: "auc".to_owned(),
            }],
            runs: runs.map(run).collect(),
            ..Results::default()
        }
    }

    #[test]
    fn runs_that_broke_are_no_pairs() {
        let mut results = results(&[vec![0.7; 6], vec![0.75; 6]]);
        assert_eq!(compare_all(&results, "variant 0")[0].pairs, 6);
        assert_eq!(
            compare_all(&results, "variant 0")[0].verdict,
            Verdict::Better
        );
        assert_eq!(
            compare_all(&results, "variant 1")[0].verdict,
            Verdict::Worse
        );
        results.runs[8].status = Status::Diverged;
        assert_eq!(compare_all(&results, "variant 0")[0].pairs, 5);
        assert_eq!(
            compare_all(&results, "variant 0")[0].verdict,
            Verdict::Undecided
        );
    }

    #[test]
    fn p_values_are_corrected_over_variants() {
        let base = vec![0.7; 6];
        let better: Vec<f64> = (0..6).map(|seed| 0.75 + f64::from(seed) * 0.001).collect();
        let found = compare_all(&results(&[base, better.clone(), better]), "variant 0");
        let p: Vec<_> = found
            .iter()
            .filter_map(|comparison| comparison.p_value)
            .collect();
        assert_eq!(p, [0.0625, 0.0625]);
        assert!(
            found
                .iter()
                .all(|comparison| comparison.verdict == Verdict::Undecided)
        );
    }

    #[test]
    fn equal_variants_are_rarely_called_better() {
        let mut rng = random::stream(11, "test", "equal variants");
        let (mut better, mut any) = (0, 0);
        for _ in 0..1000 {
            // Ten seeds, the noise of a seed that all share, and each variant's own.
            let shared: Vec<f64> = (0..10)
                .map(|_| f64::from(random::normal(&mut rng)) * 0.02)
                .collect();
            let mut aucs = || -> Vec<f64> {
                let own = |shared: &f64| 0.7 + shared + f64::from(random::normal(&mut rng)) * 0.004;
                shared.iter().map(own).collect()
            };
            let found = compare_all(&results(&[aucs(), aucs(), aucs()]), "variant 0");
            let is = |verdict| found.iter().any(|comparison| comparison.verdict == verdict);
            better += u32::from(is(Verdict::Better));
            any += u32::from(is(Verdict::Better) || is(Verdict::Worse));
        }
        // Better or worse together come to 5 % at the most, give or take three deviations of 1,000 draws.
        assert!(better <= 50 && any <= 50 + 21, "{better}, {any} of 1000");
        assert!(any > 0, "a verdict that is never given is no verdict");
    }
}
