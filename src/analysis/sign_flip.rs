//! The p-value of paired differences: how often random signs would carry their mean as far from zero.
//!
//! The sign-flip test assumes nothing of the differences but symmetry. With fewer than six pairs it cannot reach 0.05.

use super::comparison::Comparison;
use super::summary::{summarize, t_p_value};

/// Pairs up to which every pattern of signs is counted; above, Student's t is as good as exact.
const EXACT_PAIRS: usize = 20;

/// The two-sided p-value; `None` without a difference.
pub(super) fn sign_flip(differences: &[f64]) -> Option<f64> {
    let count = differences.len();
    if count == 0 {
        return None;
    }
    if count > EXACT_PAIRS {
        let summary = summarize(differences)?;
        let error = summary.deviation? / (count as f64).sqrt();
        return if error > 0.0 {
            t_p_value(summary.mean / error, count - 1)
        } else {
            Some(if summary.mean == 0.0 { 1.0 } else { 0.0 })
        };
    }
    // Sums that are equal but for rounding are as far.
    let tolerance = 1e-12 * differences.iter().map(|value| value.abs()).sum::<f64>();
    let bound = differences.iter().sum::<f64>().abs() - tolerance;
    if bound <= 0.0 {
        return Some(1.0);
    }
    // Every sum is one of each half, so two short tables stand for all 2ⁿ patterns.
    let (first, second) = differences.split_at(count / 2);
    let mut second = signed_sums(second);
    second.sort_by(f64::total_cmp);
    let as_far = |sum: &f64| {
        let below = second.partition_point(|other| other + sum <= -bound);
        let above = second.len() - second.partition_point(|other| other + sum < bound);
        below + above
    };
    let found: usize = signed_sums(first).iter().map(as_far).sum();
    Some(found as f64 / f64::from(1_u32 << count))
}

/// The sums under every pattern of signs.
fn signed_sums(differences: &[f64]) -> Vec<f64> {
    differences.iter().fold(vec![0.0], |sums, value| {
        sums.iter()
            .flat_map(|sum| [sum + value, sum - value])
            .collect()
    })
}

/// Holm's correction (1979), in place: the chance of any false alarm among all stays at the level.
pub(super) fn correct(comparisons: &mut [Comparison]) {
    let mut found: Vec<&mut f64> = comparisons
        .iter_mut()
        .filter_map(|comparison| comparison.p_value.as_mut())
        .collect();
    found.sort_by(|a, b| a.total_cmp(b));
    let count = found.len();
    let mut largest: f64 = 0.0;
    for (rank, p) in found.into_iter().enumerate() {
        largest = largest.max((*p * (count - rank) as f64).min(1.0));
        *p = largest;
    }
}

#[cfg(test)]
mod tests {
    use super::super::comparison::Verdict;
    use super::*;

    // import numpy as np, itertools; from scipy import stats
    // d = np.array([.0041, .0012, .0030, .0055, -.0004, .0027, .0033, -.0021, .0018,
    //               .0009, -.0035, .0002, .0016, -.0011, .0024, .0007, .0, -.0019])
    // s = np.array(list(itertools.product([1, -1], repeat=len(d))), dtype=np.int8)
    // print((np.abs(s @ d) >= abs(d.sum()) - 1e-12).mean())
    // print(stats.ttest_1samp(np.concatenate([d, [.001, .002, -.0005]]), 0).pvalue)
    const MANY: [f64; 21] = [
        0.0041, 0.0012, 0.0030, 0.0055, -0.0004, 0.0027, 0.0033, -0.0021, 0.0018, 0.0009, -0.0035,
        0.0002, 0.0016, -0.0011, 0.0024, 0.0007, 0.0, -0.0019, 0.001, 0.002, -0.0005,
    ];

    #[test]
    fn every_pattern_is_counted() {
        assert_eq!(sign_flip(&MANY[..18]), Some(0.0807952880859375));
        assert_eq!(sign_flip(&[0.1, 0.1, 0.1]), Some(0.25));
        assert_eq!(sign_flip(&[0.1]), Some(1.0));
        assert_eq!(sign_flip(&[0.0, 0.0]), Some(1.0));
        assert_eq!(sign_flip(&[]), None);
    }

    #[test]
    fn many_pairs_take_the_t_test() {
        let p = sign_flip(&MANY).unwrap();
        assert!((p - 0.04898185603354644).abs() < 1e-9, "{p}");
        assert_eq!(sign_flip(&[0.1; 21]).map(|p| p < 1e-9), Some(true));
        assert_eq!(sign_flip(&[0.0; 21]), Some(1.0));
    }

    // from statsmodels.stats.multitest import multipletests
    // print(multipletests([0.04, 0.01, 0.03, 0.9], method="holm")[1])
    #[test]
    fn corrected_p_values_are_those_of_holm() {
        let with = |p_value| Comparison {
            baseline: String::new(),
            variant: String::new(),
            task: String::new(),
            metric: String::new(),
            mean_difference: None,
            interval: None,
            p_value,
            pairs: 0,
            verdict: Verdict::Undecided,
            differences: Vec::new(),
        };
        let mut all = [Some(0.04), None, Some(0.01), Some(0.03), Some(0.9)].map(with);
        correct(&mut all);
        let found = all.map(|comparison| comparison.p_value);
        for (found, expected) in found.into_iter().zip([0.09, -1.0, 0.04, 0.09, 0.9]) {
            assert!(
                (found.unwrap_or(-1.0) - expected).abs() < 1e-12,
                "{found:?}"
            );
        }
    }
}
