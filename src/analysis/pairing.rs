//! Variant against baseline in pairs of equal seeds.
//!
//! A pair shares its data, split, row order and starting weights, so its difference is far less noisy than two runs.
//! The p-value is that of the sign-flip test: it assumes nothing of the differences but symmetry, and with fewer than
//! six pairs it cannot reach 0.05, so fewer never tell.

use super::comparison::{Comparison, Verdict};
use super::summary::{summarize, t_p_value};
use crate::metrics::{Direction, METRICS, Metric, metric};
use crate::results::Results;
use crate::train::Status;

/// Pairs below which no verdict is given: 2/2⁵ is above 0.05.
pub const FEWEST_PAIRS: usize = 6;
/// The error rate of a comparison, all variants and tasks together.
const LEVEL: f64 = 0.05;
/// Pairs up to which every pattern of signs is counted.
const EXACT_PAIRS: usize = 16;
/// Differences of scores between 0 and 1 below which two variants count as the same.
const MARGIN: f64 = 0.0005;
/// The same for metrics in units of the label, as a share of the baseline's mean.
const RELATIVE_MARGIN: f64 = 0.005;

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
        let found = scores.iter().find(|score| score.variant == name && score.seed == seed);
        found.and_then(|score| score.value).filter(|value| value.is_finite())
    };
    let own = scores.iter().filter(|score| score.variant == variant);
    own.filter_map(|score| Some((score.seed, of(variant, score.seed)? - of(baseline, score.seed)?)))
        .collect()
}

/// Compares every variant with the baseline on one task and metric; p-values are not yet corrected.
pub fn compare(
    baseline: &str,
    task: &str,
    metric: &dyn Metric,
    scores: &[RunScore],
) -> Vec<Comparison> {
    let mut names: Vec<&str> = Vec::new();
    for score in scores {
        if score.variant != baseline && !names.contains(&score.variant.as_str()) {
            names.push(&score.variant);
        }
    }
    let one = |name: &&str| {
        let values: Vec<f64> =
            differences(scores, baseline, name).into_iter().map(|(_, value)| value).collect();
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
        }
    };
    names.iter().map(one).collect()
}

/// Compares all variants with the baseline on every task and metric, on the test rows of the ended runs.
///
/// The p-values of one metric are corrected together over variants and tasks (Holm 1979).
pub fn compare_all(results: &Results, baseline: &str) -> Vec<Comparison> {
    let mut all = Vec::new();
    for metric in METRICS {
        let mut of_metric = Vec::new();
        let mut means = Vec::new();
        for task in results.tasks.iter().filter(|task| metric.applies_to(task.kind)) {
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
    let runs = results.runs.iter().enumerate().filter(|(_, run)| ended(run.status));
    runs.filter_map(|(index, run)| {
        let value = run.outcome.as_ref()?.test.get(task)?.get(metric).copied().flatten();
        Some(RunScore { variant: results.variant_name(index).to_owned(), seed: run.seed, value })
    })
    .collect()
}

/// The share of sign patterns whose mean is at least as far from zero; `None` without a difference.
fn sign_flip(differences: &[f64]) -> Option<f64> {
    let count = differences.len();
    if count == 0 {
        return None;
    }
    if count > EXACT_PAIRS {
        // The t-test is as good as exact by then, and instant.
        let summary = summarize(differences)?;
        let error = summary.deviation? / (count as f64).sqrt();
        return if error > 0.0 {
            t_p_value(summary.mean / error, count - 1)
        } else {
            Some(if summary.mean == 0.0 { 1.0 } else { 0.0 })
        };
    }
    let observed = differences.iter().sum::<f64>().abs();
    let tolerance = 1e-12 * differences.iter().map(|value| value.abs()).sum::<f64>();
    let patterns = 1_u32 << count;
    let as_far = |pattern: &u32| {
        let signed = differences.iter().enumerate();
        let sum: f64 =
            signed.map(|(bit, value)| if pattern >> bit & 1 == 1 { -value } else { *value }).sum();
        sum.abs() >= observed - tolerance
    };
    Some((0..patterns).filter(as_far).count() as f64 / f64::from(patterns))
}

/// Holm's correction, in place.
fn correct(comparisons: &mut [Comparison]) {
    let mut order: Vec<usize> =
        (0..comparisons.len()).filter(|&index| comparisons[index].p_value.is_some()).collect();
    order.sort_by(|&a, &b| {
        let p = |index: usize| comparisons[index].p_value.unwrap_or(1.0);
        p(a).total_cmp(&p(b))
    });
    let mut largest: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        let factor = (order.len() - rank) as f64;
        let corrected = (comparisons[index].p_value.unwrap_or(1.0) * factor).min(1.0);
        largest = largest.max(corrected);
        comparisons[index].p_value = Some(largest);
    }
}

fn verdict(comparison: &Comparison, metric: &dyn Metric, baseline_mean: f64) -> Verdict {
    let (Some(mean), Some([low, high]), Some(p)) =
        (comparison.mean_difference, comparison.interval, comparison.p_value)
    else {
        return Verdict::Undecided;
    };
    // A calibration above and below 1 are both off: the sign of a difference says nothing there.
    if comparison.pairs < FEWEST_PAIRS || metric.direction() == Direction::ClosestToOne {
        return Verdict::Undecided;
    }
    let margin = margin(metric, baseline_mean);
    if low > -margin && high < margin {
        return Verdict::Same;
    }
    if p > LEVEL || low <= 0.0 && high >= 0.0 || mean.abs() <= margin {
        return Verdict::Undecided;
    }
    if (mean > 0.0) == (metric.direction() == Direction::HigherIsBetter) {
        Verdict::Better
    } else {
        Verdict::Worse
    }
}

/// The difference below which two variants count as the same.
fn margin(metric: &dyn Metric, baseline_mean: f64) -> f64 {
    match metric.spec().id {
        "rmse" | "mae" | "log_loss" => RELATIVE_MARGIN * baseline_mean.abs(),
        _ => MARGIN,
    }
}

/// A comparison in plain words.
pub fn explain(comparison: &Comparison) -> String {
    let label = metric(&comparison.metric).map_or("", |metric| metric.spec().label);
    let Some(mean) = comparison.mean_difference else {
        return format!("no seed has a {label} of both yet");
    };
    let pairs = comparison.pairs;
    let noun = if pairs == 1 { "pair" } else { "pairs" };
    let mut text = format!("{mean:+.4} {label} over {pairs} {noun} of seeds");
    if let Some([low, high]) = comparison.interval {
        text.push_str(&format!(", 95 % interval {low:+.4} to {high:+.4}"));
    }
    if pairs < FEWEST_PAIRS {
        text.push_str(&format!("; not decidable with fewer than {FEWEST_PAIRS} seeds"));
    } else if let Some(p) = comparison.p_value {
        text.push_str(&format!(", corrected p {p:.3}"));
    }
    text
}

/// The pairs needed to see a difference with 80 % power at the two-sided 5 % level.
pub fn seeds_needed(deviation: f64, difference: f64) -> Option<usize> {
    let ratio = 2.8 * deviation / difference;
    let needed = (ratio * ratio).ceil();
    (difference != 0.0 && needed.is_finite() && needed < 1e6)
        .then(|| (needed as usize).max(FEWEST_PAIRS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::random;

    const DIFFERENCES: [f64; 7] = [0.0041, 0.0012, 0.0030, 0.0055, -0.0004, 0.0027, 0.0033];

    fn scores(differences: &[f64]) -> Vec<RunScore> {
        let score = |variant: &str, seed: usize, value| RunScore {
            variant: variant.to_owned(),
            seed: seed as u64,
            value: Some(value),
        };
        let pairs = differences.iter().enumerate();
        pairs
            .flat_map(|(seed, difference)| {
                let base = 0.7 + seed as f64 * 0.01;
                [score("base", seed, base), score("new", seed, base + difference)]
            })
            .collect()
    }

    // import numpy as np, itertools; from scipy import stats
    // d = np.array([.0041, .0012, .0030, .0055, -.0004, .0027, .0033])
    // print(d.mean(), stats.t.interval(.95, len(d)-1, loc=d.mean(), scale=stats.sem(d)))
    // print(sum(abs((d*np.array(s)).mean()) >= abs(d.mean())-1e-12 for s in itertools.product([1,-1], repeat=7))/128)
    #[test]
    fn interval_and_p_value_are_those_of_scipy() {
        let auc = metric("auc").unwrap();
        let found = compare("base", "click", auc, &scores(&DIFFERENCES)).remove(0);
        let [low, high] = found.interval.unwrap();
        assert!((found.mean_difference.unwrap() - 0.002_771_428_571_428_571_4).abs() < 1e-12);
        assert!((low - 0.000_997_496_404_486_622_6).abs() < 1e-9, "{low}");
        assert!((high - 0.004_545_360_738_370_52).abs() < 1e-9, "{high}");
        assert_eq!(found.p_value, Some(0.03125));
        assert_eq!(found.pairs, 7);
        assert_eq!(verdict(&found, auc, 0.7), Verdict::Better);
    }

    #[test]
    fn fewer_than_six_pairs_never_tell() {
        let auc = metric("auc").unwrap();
        let found = compare("base", "click", auc, &scores(&[0.01; 5])).remove(0);
        assert_eq!(verdict(&found, auc, 0.7), Verdict::Undecided);
    }

    #[test]
    fn lower_is_better_turns_the_verdict_round() {
        let (auc, loss) = (metric("auc").unwrap(), metric("log_loss").unwrap());
        let worse: Vec<f64> = DIFFERENCES.iter().map(|value| -10.0 * value).collect();
        let of = |metric| verdict(&compare("base", "t", metric, &scores(&worse))[0], metric, 0.5);
        assert_eq!(of(auc), Verdict::Worse);
        assert_eq!(of(loss), Verdict::Better);
    }

    #[test]
    fn a_difference_inside_the_margin_is_the_same() {
        let auc = metric("auc").unwrap();
        let tiny: Vec<f64> = DIFFERENCES.iter().map(|value| value / 100.0).collect();
        let found = compare("base", "click", auc, &scores(&tiny)).remove(0);
        assert_eq!(verdict(&found, auc, 0.7), Verdict::Same);
    }

    #[test]
    fn corrected_p_values_are_those_of_holm() {
        let mut all = compare("base", "t", metric("auc").unwrap(), &scores(&DIFFERENCES));
        all = vec![all[0].clone(), all[0].clone(), all[0].clone()];
        for (comparison, p) in all.iter_mut().zip([0.04, 0.01, 0.03]) {
            comparison.p_value = Some(p);
        }
        correct(&mut all);
        // statsmodels.stats.multitest.multipletests([0.04, 0.01, 0.03], method="holm")
        let found: Vec<f64> = all.iter().map(|comparison| comparison.p_value.unwrap()).collect();
        for (found, expected) in found.iter().zip([0.06, 0.03, 0.06]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn equal_variants_are_rarely_called_better() {
        let auc = metric("auc").unwrap();
        let mut rng = random::stream(11, "test", "equal variants");
        let mut called = 0;
        for _ in 0..1000 {
            let noise: Vec<f64> =
                (0..8).map(|_| f64::from(random::normal(&mut rng)) * 0.004).collect();
            let found = compare("base", "click", auc, &scores(&noise)).remove(0);
            called += u32::from(verdict(&found, auc, 0.7) == Verdict::Better);
        }
        assert!(called <= 50, "{called} of 1000");
        assert!(called > 0, "a test that never calls is no test");
    }
}
