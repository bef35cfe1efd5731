//! Random numbers of a seeded stream.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of random numbers.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From 0 to below 1, in steps of 2⁻⁵³.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number from 0 to below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// Mean 0, variance 1 (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// `len` normal numbers.
    pub(super) fn normals(&mut self, len: usize) -> Vec<f64> {
        (0..len).map(|_| self.normal()).collect()
    }

    /// 1 with the probability that the logit stands for, else 0.
    pub(super) fn by_logit(&mut self, logit: f64) -> i64 {
        i64::from(self.uniform() < 1.0 / (1.0 + (-logit).exp()))
    }

    /// A place in running sums, as likely as its share of the last one.
    pub(super) fn by_weight(&mut self, running_sums: &[f64]) -> usize {
        let goal = self.uniform() * running_sums.last().copied().unwrap_or(0.0);
        running_sums
            .partition_point(|&sum| sum <= goal)
            .min(running_sums.len().saturating_sub(1))
    }
}

/// A number with so many decimals, without a negative zero.
pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10.0_f64.powi(decimals);
    (value * unit).round() / unit + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_stream_and_the_moments_are_right() {
        let mut draw = Draw::new(5);
        let values = draw.normals(20_000);
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04,
            "{mean} {variance}"
        );
        assert_eq!(values[..10], Draw::new(5).normals(10));
        assert_ne!(values[..10], Draw::new(6).normals(10));
        let yes: i64 = (0..20_000).map(|_| draw.by_logit(-1.0)).sum();
        // 1 / (1 + e) = 0.2689
        assert!((yes as f64 / 20_000.0 - 0.2689).abs() < 0.015);
        let picks = (0..8000)
            .filter(|_| draw.by_weight(&[1.0, 4.0]) == 1)
            .count();
        assert!((picks as f64 / 8000.0 - 0.75).abs() < 0.02);
    }

    #[test]
    fn rounding_leaves_no_negative_zero() {
        assert_eq!(rounded(-0.0001, 3).to_string(), "0");
        assert_eq!(rounded(1.23456, 3).to_string(), "1.235");
    }
}
