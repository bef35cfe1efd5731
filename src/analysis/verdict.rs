//! The judgment of a comparison, in a word and in a sentence; it rather says nothing than too much.

use super::comparison::{Comparison, Verdict};
use crate::metrics::{Direction, Metric, metric};

/// Pairs below which no verdict is given: 2/2⁵ is above 0.05.
pub const FEWEST_PAIRS: usize = 6;
/// The error rate of a metric, all variants and tasks together.
const LEVEL: f64 = 0.05;
/// Differences of scores between 0 and 1 below which two variants count as the same.
const MARGIN: f64 = 0.001;
/// The same for metrics in other units, as a share of the baseline's mean.
const RELATIVE_MARGIN: f64 = 0.005;

/// The judgment; the p-value must be corrected already.
pub(super) fn verdict(comparison: &Comparison, metric: &dyn Metric, baseline_mean: f64) -> Verdict {
    let (Some(mean), Some([low, high]), Some(p)) = (
        comparison.mean_difference,
        comparison.interval,
        comparison.p_value,
    ) else {
        return Verdict::Undecided;
    };
    if comparison.pairs < FEWEST_PAIRS {
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
///
/// It is 0.001 for AUC and its like, 0.5 % of the baseline's mean for errors and losses, 0.005 for calibration.
pub fn margin(metric: &dyn Metric, baseline_mean: f64) -> f64 {
    match (metric.direction(), metric.spec().id) {
        (Direction::LowerIsBetter, _) => RELATIVE_MARGIN * baseline_mean.abs(),
        // Relative to the 1 that it should be.
        (Direction::ClosestToOne, _) => RELATIVE_MARGIN,
        (Direction::HigherIsBetter, _) => MARGIN,
    }
}

/// A comparison in plain words.
pub fn explain(comparison: &Comparison) -> String {
    let found = metric(&comparison.metric);
    let label = found.map_or(comparison.metric.as_str(), |metric| metric.spec().label);
    let pairs = comparison.pairs;
    let Some(mean) = comparison.mean_difference else {
        return format!("no seed has {label} of both yet");
    };
    let measure = match found.map(|metric| metric.direction()) {
        Some(Direction::ClosestToOne) => format!("distance of {label} from 1"),
        _ => label.to_owned(),
    };
    let noun = if pairs == 1 { "pair" } else { "pairs" };
    let interval = comparison
        .interval
        .map(|[low, high]| format!(", 95 % interval {low:+.4} to {high:+.4}"))
        .unwrap_or_default();
    let end = match comparison.p_value {
        _ if pairs < FEWEST_PAIRS => {
            format!("; not decidable with fewer than {FEWEST_PAIRS} seeds")
        }
        Some(p) => format!(", corrected p {p:.3}"),
        None => String::new(),
    };
    format!("{mean:+.4} {measure} over {pairs} {noun} of seeds{interval}{end}")
}

/// The pairs below which no verdict can be given among as many comparisons, corrected together.
///
/// The smallest sign-flip p-value of `n` pairs is 2/2ⁿ, and Holm's correction multiplies it by their number.
pub fn fewest_pairs(comparisons: usize) -> usize {
    let fewest = (2.0 * comparisons.max(1) as f64 / LEVEL).log2().ceil();
    (fewest as usize).max(FEWEST_PAIRS)
}

/// The pairs needed to see a difference with 80 % power at the two-sided 5 % level.
///
/// `deviation` is that of the paired differences; `None` without a difference or beyond a million.
pub fn seeds_needed(deviation: f64, difference: f64) -> Option<usize> {
    let ratio = 2.8 * deviation / difference;
    let needed = (ratio * ratio).ceil();
    (difference != 0.0 && needed.is_finite() && needed < 1e6)
        .then(|| (needed as usize).max(FEWEST_PAIRS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(id: &str, [low, high]: [f64; 2], p: f64, pairs: usize) -> Comparison {
        Comparison {
            baseline: "base".to_owned(),
            variant: "new".to_owned(),
            task: "click".to_owned(),
            metric: id.to_owned(),
            mean_difference: Some(f64::midpoint(low, high)),
            interval: Some([low, high]),
            p_value: Some(p),
            pairs,
            verdict: Verdict::Undecided,
            differences: Vec::new(),
        }
    }

    fn judged(id: &str, interval: [f64; 2], p: f64, pairs: usize) -> Verdict {
        verdict(
            &comparison(id, interval, p, pairs),
            metric(id).unwrap(),
            0.5,
        )
    }

    #[test]
    fn every_condition_is_needed() {
        let clear = [0.002, 0.006];
        assert_eq!(judged("auc", clear, 0.05, 6), Verdict::Better);
        assert_eq!(judged("auc", clear, 0.05, 5), Verdict::Undecided);
        assert_eq!(judged("auc", clear, 0.051, 6), Verdict::Undecided);
        assert_eq!(judged("auc", [-0.0001, 0.006], 0.01, 6), Verdict::Undecided);
        assert_eq!(judged("auc", [0.0003, 0.0015], 0.01, 6), Verdict::Undecided);
        assert_eq!(judged("auc", [-0.0009, 0.0009], 0.8, 6), Verdict::Same);
        assert_eq!(judged("auc", [0.0001, 0.0009], 0.01, 6), Verdict::Same);
        assert_eq!(judged("auc", [-0.0009, 0.0009], 0.8, 5), Verdict::Undecided);
    }

    #[test]
    fn lower_is_better_turns_the_verdict_round() {
        assert_eq!(judged("auc", [-0.02, -0.01], 0.01, 8), Verdict::Worse);
        assert_eq!(judged("log_loss", [-0.02, -0.01], 0.01, 8), Verdict::Better);
        assert_eq!(
            judged("calibration", [-0.02, -0.01], 0.01, 8),
            Verdict::Better
        );
        assert_eq!(judged("rmse", [0.01, 0.02], 0.01, 8), Verdict::Worse);
    }

    #[test]
    fn the_sentence_tells_why_nothing_is_decided() {
        let few = comparison("auc", [0.0012, 0.0070], 0.25, 3);
        let expected = "+0.0041 AUC over 3 pairs of seeds, 95 % interval +0.0012 to +0.0070; \
                        not decidable with fewer than 6 seeds";
        assert_eq!(explain(&few), expected);
        let none = Comparison {
            mean_difference: None,
            ..few
        };
        assert_eq!(explain(&none), "no seed has AUC of both yet");
    }

    #[test]
    fn more_comparisons_need_more_seeds() {
        for (comparisons, fewest) in [
            (0, 6),
            (1, 6),
            (2, 7),
            (3, 7),
            (4, 8),
            (6, 8),
            (7, 9),
            (12, 9),
        ] {
            assert_eq!(fewest_pairs(comparisons), fewest, "{comparisons}");
            let p = |pairs: usize| comparisons.max(1) as f64 * 2.0 / f64::from(1_u32 << pairs);
            assert!(p(fewest) <= LEVEL && p(fewest - 1) > LEVEL);
        }
    }

    #[test]
    fn smaller_differences_need_more_seeds() {
        // ceil((2.8 * 0.004 / 0.002) ** 2)
        assert_eq!(seeds_needed(0.004, 0.002), Some(32));
        assert_eq!(seeds_needed(0.001, 0.01), Some(FEWEST_PAIRS));
        assert_eq!(seeds_needed(0.001, 0.0), None);
    }
}
