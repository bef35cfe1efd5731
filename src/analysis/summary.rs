//! Mean, deviation and interval of a few numbers.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// A few numbers in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; `None` below two numbers.
    pub deviation: Option<f64>,
    /// The 95 % t interval of the mean; `None` below two numbers.
    pub interval: Option<[f64; 2]>,
}

/// Mean and deviation of a few numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many.
    pub count: usize,
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation; `None` below two numbers.
    pub deviation: Option<f64>,
}

impl Moments {
    /// Those of the finite numbers; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let count = finite().count();
        if count == 0 {
            return None;
        }
        let mean = finite().sum::<f64>() / count as f64;
        let squares: f64 = finite().map(|value| (value - mean).powi(2)).sum();
        let deviation = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
        Some(Self {
            count,
            mean,
            deviation,
        })
    }
}

/// Sums up the finite numbers; `None` if there are none.
pub fn summarize(values: &[f64]) -> Option<Summary> {
    let Moments {
        count,
        mean,
        deviation,
    } = Moments::of(values)?;
    let interval = deviation.and_then(|deviation| {
        let half = t_quantile(0.975, count - 1)? * deviation / (count as f64).sqrt();
        Some([mean - half, mean + half])
    });
    Some(Summary {
        count,
        mean,
        deviation,
        interval,
    })
}

/// The quantile of Student's t; `None` without a degree of freedom.
pub fn t_quantile(probability: f64, freedom: usize) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    Some(distribution.inverse_cdf(probability))
}

/// The two-sided p-value of a t statistic.
pub(super) fn t_p_value(statistic: f64, freedom: usize) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    Some(2.0 * distribution.cdf(-statistic.abs()))
}
