//! Bringing numbers to a common size and back; fitted on training values alone.
//!
//! Scaling never makes a finite number infinite; a value beyond the training range of `quantile` is as extreme as the last training value.

use std::sync::Arc;

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::column_spec::Scale;
use super::dataset::Unscale;
use super::table::Values;

/// Keeps a constant column from dividing by zero.
const DEVIATION_FLOOR: f64 = 1e-6;
/// Quantiles kept of a column, at the most.
const MAX_QUANTILES: usize = 1000;
/// The least probability that a rank stands for; the greatest is one minus it.
const EDGE: f64 = 1e-7;

/// The value of a row as a real number; NaN where it is missing or no number.
pub(super) fn number(values: &Values, row: usize) -> f64 {
    match values {
        Values::Integer(values) => values.get(row).map_or(f64::NAN, |value| value as f64),
        Values::Real(values) => values.get(row),
        Values::Text { .. } | Values::List { .. } => f64::NAN,
    }
}

/// Calls `visit` with the [`number`] of each of these rows; the type of the column is asked for once.
pub(super) fn visit_numbers(
    values: &Values,
    rows: impl Iterator<Item = usize>,
    mut visit: impl FnMut(f64),
) {
    match values {
        Values::Integer(values) => values.visit(rows, |_, value| {
            visit(value.map_or(f64::NAN, |value| value as f64));
        }),
        Values::Real(values) => values.visit(rows, |_, value| visit(value)),
        Values::Text { .. } | Values::List { .. } => rows.for_each(|_| visit(f64::NAN)),
    }
}

/// A scale with the statistics of the training values.
#[derive(Clone, Debug)]
pub(super) struct FittedScale {
    scale: Scale,
    mean: f64,
    /// With the floor added.
    deviation: f64,
    quantiles: Arc<Vec<f64>>,
}

impl FittedScale {
    /// Fits the finite ones of the values that `each` shows, each time it is asked; `None` if there are none or if their squares
    /// are too large to add up.
    pub(super) fn fit(scale: Scale, each: impl Fn(&mut dyn FnMut(f64))) -> Option<Self> {
        let log = scale == Scale::LogStandard;
        let finite = |visit: &mut dyn FnMut(f64)| {
            each(&mut |value| {
                if value.is_finite() {
                    visit(if log { to_log(value) } else { value });
                }
            });
        };
        let (mut sum, mut count) = (0.0, 0_usize);
        finite(&mut |value| {
            sum += value;
            count += 1;
        });
        let mean = sum / count as f64;
        let mut squares = 0.0;
        finite(&mut |value| squares += (value - mean) * (value - mean));
        let deviation = (squares / count as f64).sqrt() + DEVIATION_FLOOR;
        let mut sorted = Vec::new();
        if scale == Scale::Quantile {
            finite(&mut |value| sorted.push(value));
            sorted = quantiles(sorted);
        }
        let usable =
            count > 0 && mean.is_finite() && (deviation.is_finite() || scale == Scale::Quantile);
        usable.then(|| Self {
            scale,
            mean,
            deviation,
            quantiles: Arc::new(sorted),
        })
    }

    /// A value on the new scale; NaN stays NaN.
    pub(super) fn apply(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Standard => (value - self.mean) / self.deviation,
            Scale::LogStandard => (to_log(value) - self.mean) / self.deviation,
            Scale::Quantile if value.is_nan() => value,
            Scale::Quantile => normal_quantile(rank(&self.quantiles, value)),
            Scale::None => value,
        }
    }

    /// What stands in for a missing value: the mean, on the new scale.
    pub(super) fn stand_in(&self) -> f64 {
        if self.scale == Scale::None {
            self.mean
        } else {
            0.0
        }
    }

    /// The way back.
    pub(super) fn unscale(&self) -> Unscale {
        let affine = |mean, deviation, log| Unscale::Affine {
            mean,
            deviation,
            log,
        };
        match self.scale {
            Scale::Standard => affine(self.mean, self.deviation, false),
            Scale::LogStandard => affine(self.mean, self.deviation, true),
            Scale::Quantile => Unscale::Quantiles(Arc::clone(&self.quantiles)),
            Scale::None => affine(0.0, 1.0, false),
        }
    }
}

impl Unscale {
    /// A scaled label on the label's own scale.
    pub fn apply(&self, scaled: f64) -> f64 {
        match self {
            Self::Affine {
                mean,
                deviation,
                log,
            } => {
                let value = mean + deviation * scaled;
                if *log {
                    value.signum() * value.abs().exp_m1()
                } else {
                    value
                }
            }
            Self::Quantiles(quantiles) if scaled.is_nan() || quantiles.is_empty() => f64::NAN,
            Self::Quantiles(quantiles) => at_share(quantiles, normal_probability(scaled)),
        }
    }
}

fn to_log(value: f64) -> f64 {
    value.signum() * value.abs().ln_1p()
}

/// Sorted values at equal steps of probability, ends included, linearly interpolated.
fn quantiles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let num = values.len().min(MAX_QUANTILES);
    let last = (num.max(2) - 1) as f64;
    (0..num)
        .map(|k| at_share(&values, k as f64 / last))
        .collect()
}

/// The value at a share of the way through sorted values.
fn at_share(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = (place as usize).min(sorted.len() - 1);
    let above = (below + 1).min(sorted.len() - 1);
    let part = place - below as f64;
    // Not `a + part·(b − a)`: that overflows for numbers of opposite sign near the largest.
    if part > 0.0 {
        sorted[below] * (1.0 - part) + sorted[above] * part
    } else {
        sorted[below]
    }
}

/// The share of the quantiles below a value; of equal quantiles, the middle one's.
fn rank(quantiles: &[f64], value: f64) -> f64 {
    if quantiles.len() < 2 {
        return 0.5;
    }
    let last = (quantiles.len() - 1) as f64;
    let below = quantiles.partition_point(|&quantile| quantile < value);
    let upto = quantiles.partition_point(|&quantile| quantile <= value);
    if below < upto {
        return (below + upto - 1) as f64 / 2.0 / last;
    }
    match (
        below.checked_sub(1).and_then(|k| quantiles.get(k)),
        quantiles.get(below),
    ) {
        (Some(&left), Some(&right)) => {
            ((below - 1) as f64 + (value - left) / (right - left)) / last
        }
        (None, _) => 0.0,
        (_, None) => 1.0,
    }
}

fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability.clamp(EDGE, 1.0 - EDGE))
}

fn normal_probability(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(scale: Scale, values: impl IntoIterator<Item = f64>) -> Option<FittedScale> {
        let values: Vec<f64> = values.into_iter().collect();
        FittedScale::fit(scale, |visit| values.iter().copied().for_each(visit))
    }

    // import numpy as np
    // from sklearn.preprocessing import QuantileTransformer
    // x = np.array([1., 2., 2., 5., 9., 40.])
    // print((x - x.mean()) / (x.std() + 1e-6))
    // l = np.sign(-x) * np.log1p(x); print((l - l.mean()) / (l.std() + 1e-6))
    const X: [f64; 6] = [1.0, 2.0, 2.0, 5.0, 9.0, 40.0];

    fn close(found: impl IntoIterator<Item = f64>, expected: &[f64]) {
        let found: Vec<f64> = found.into_iter().collect();
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-8, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn standard_and_log_standard_agree_with_numpy() {
        let scale = fit(Scale::Standard, X).unwrap();
        close(
            X.map(|x| scale.apply(x)),
            &[
                -0.642294452,
                -0.569581873,
                -0.569581873,
                -0.351444134,
                -0.060593816,
                2.193496149,
            ],
        );
        close(X.map(|x| scale.unscale().apply(scale.apply(x))), &X);
        let below = X.map(|x| -x);
        let scale = fit(Scale::LogStandard, below).unwrap();
        close(
            below.map(|x| scale.apply(x)),
            &[
                1.079011221,
                0.677597287,
                0.677597287,
                -0.008624365,
                -0.514346113,
                -1.911235316,
            ],
        );
        close(below.map(|x| scale.unscale().apply(scale.apply(x))), &below);
    }

    #[test]
    fn quantile_agrees_with_scikit_learn() {
        // q = QuantileTransformer(n_quantiles=6, output_distribution="normal", subsample=None).fit(x[:, None])
        // print(q.transform(np.array([[2.], [3.], [20.]])), q.inverse_transform(np.array([[-0.5], [0.], [1.25]])))
        let scale = fit(Scale::Quantile, X).unwrap();
        close(
            [2.0, 3.0, 20.0].map(|x| scale.apply(x)),
            &[
                -0.5244005127080407,
                -0.08365173390712909,
                1.1309776082451584,
            ],
        );
        close(
            [-0.5, 0.0, 1.25].map(|z| scale.unscale().apply(z)),
            &[2.0, 3.5, 23.624285081637417],
        );
        // v = np.round(np.exp(((np.arange(2500) * 7919) % 2500) / 500.0), 2)
        // q = QuantileTransformer(n_quantiles=1000, output_distribution="normal", subsample=None).fit(v[:, None])
        // print(q.transform(np.array([[1.5], [3.0], [20.25], [100.0], [147.0]])))
        let many =
            (0..2500).map(|k| ((f64::from(k * 7919 % 2500) / 500.0).exp() * 100.0).round() / 100.0);
        let scale = fit(Scale::Quantile, many).unwrap();
        close(
            [1.5, 3.0, 20.25, 100.0, 147.0].map(|x| scale.apply(x)),
            &[
                -1.397836528971104,
                -0.7722889149457011,
                0.2581145179659549,
                1.414610006933067,
                2.9648550886817024,
            ],
        );
    }

    #[test]
    fn every_scale_survives_constants_extremes_and_nothing() {
        for scale in Scale::ALL {
            assert!(fit(scale, [f64::NAN]).is_none());
            for values in [vec![3.0; 4], vec![7.0], vec![-1e300, 1e300, 0.0]] {
                let Some(fitted) = fit(scale, values.iter().copied()) else {
                    assert!(values[0] < 0.0 && matches!(scale, Scale::Standard | Scale::None));
                    continue;
                };
                for value in values {
                    assert!(fitted.apply(value).is_finite(), "{scale:?} {value}");
                    assert!(fitted.unscale().apply(fitted.apply(value)).is_finite());
                }
                assert!(
                    fitted.apply(f64::NAN).is_nan() && fitted.unscale().apply(f64::NAN).is_nan()
                );
            }
        }
    }
}
