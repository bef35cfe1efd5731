//! Random numbers from the host: one stream for each purpose, so that no draw shifts another.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The stream of a seed for a purpose, such as `("init", "bottom.0.weight")`.
pub fn stream(seed: u64, purpose: &str, name: &str) -> ChaCha8Rng {
    let key = fnv1a(purpose.bytes().chain([0]).chain(name.bytes()));
    ChaCha8Rng::seed_from_u64(mix(seed ^ mix(key)))
}

/// A number in `[0, 1)` with 24 random bits.
pub fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / 16_777_216.0
}

/// A standard normal number (Box and Muller 1958).
pub fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let radius = (-2.0 * (1.0 - f64::from(unit(rng))).ln()).sqrt();
    let angle = std::f64::consts::TAU * f64::from(unit(rng));
    (radius * angle.cos()) as f32
}

/// A standard Gumbel number: with one on each logit, the largest is as often whose as the softmax says (Gumbel 1954).
pub fn gumbel(rng: &mut ChaCha8Rng) -> f32 {
    // The middles of 2^24 equal parts keep both ends out.
    let inside = f64::from(unit(rng)) + 0.5 / 16_777_216.0;
    -(-inside.ln()).ln() as f32
}

/// A permutation of `0..len` (Fisher and Yates 1938).
pub fn permutation(len: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    for last in (1..len).rev() {
        let other = (u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, other as usize);
    }
    order
}

/// Spreads the bits of a counter over the whole word (Steele, Lea and Flood 2014, `SplitMix64`).
pub fn mix(counter: u64) -> u64 {
    let mut word = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// The hash of a name that is the same on every machine (Fowler, Noll and Vo 1991).
pub fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_are_apart_and_repeat() {
        let draw = |purpose, name| unit(&mut stream(1, purpose, name));
        assert_eq!(draw("init", "a"), draw("init", "a"));
        assert_ne!(draw("init", "a"), draw("init", "b"));
        assert_ne!(draw("init", "a"), draw("order", "a"));
    }

    #[test]
    fn permutation_holds_each_row_once() {
        let mut order = permutation(1000, &mut stream(3, "order", ""));
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..1000));
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_deviation_one() {
        let mut rng = stream(5, "test", "");
        let draws: Vec<f64> = (0..20_000).map(|_| f64::from(normal(&mut rng))).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    /// The mean is Euler's constant, the variance π²/6.
    #[test]
    fn gumbel_numbers_have_their_mean_and_variance() {
        let mut rng = stream(5, "test", "");
        let draws: Vec<f64> = (0..20_000).map(|_| f64::from(gumbel(&mut rng))).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - 0.577216).abs() < 0.03, "{mean}");
        assert!((variance - 1.644934).abs() < 0.07, "{variance}");
    }
}
