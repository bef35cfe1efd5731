//! Smoothing that does not lean on the first point.

/// The exponential moving average without start-up bias: each value is the weighted mean of all so far.
///
/// ```text
/// s_t = Σ_i a^(t−i)·y_i / Σ_i a^(t−i)
/// ```
///
/// Values that are not finite are skipped and stay gaps.
pub fn smooth(values: &[f64], keep: f64) -> Vec<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let next = |&value: &f64| {
        if !value.is_finite() {
            return f64::NAN;
        }
        sum = keep * sum + value;
        weight = keep * weight + 1.0;
        sum / weight
    };
    values.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // import pandas as pd
    // print(pd.Series([1., 2., 4., 3., 8.]).ewm(alpha=0.4, adjust=True).mean().tolist())
    #[test]
    fn smoothed_is_the_adjusted_mean_of_pandas() {
        let found = smooth(&[1.0, 2.0, 4.0, 3.0, 8.0], 0.6);
        let expected = [
            1.0,
            1.625,
            2.836_734_693_877_551,
            2.911_764_705_882_353,
            5.118_667_591_950_035,
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn gaps_stay_gaps_and_do_not_spread() {
        let found = smooth(&[1.0, f64::NAN, 3.0], 0.5);
        assert!(found[1].is_nan());
        assert!((found[2] - 3.5 / 1.5).abs() < 1e-12);
    }
}
