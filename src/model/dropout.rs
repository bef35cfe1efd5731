//! Dropout whose masks come from a counter, so that they are the same on every device and for every block size.

use burn::tensor::{Device, Tensor, TensorData};

use super::random;

/// Which rows of which step a pass sees, for each replica.
#[derive(Clone, Debug)]
pub struct DropoutKey {
    /// The seed of each replica.
    pub seeds: Vec<u64>,
    /// The step from the start of training.
    pub step: u64,
    /// The epochs done before it.
    pub epoch: u32,
    /// The place in the batch of the pass's first row.
    pub first_row: usize,
}

/// The layer that drops.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Its role in the layout, for each lane that drops units of its own; one: all lanes of a replica drop the same.
    pub roles: &'a [String],
    /// The share dropped.
    pub rate: f64,
}

/// A mask of `0` and `1/(1 − rate)`.
///
/// # Shapes
/// - output: `[replica · lane, rows, width]`
pub fn mask(
    key: &DropoutKey,
    layer: &Layer<'_>,
    [planes, rows, width]: [usize; 3],
    device: &Device,
) -> Tensor<3> {
    let repeats = planes / (key.seeds.len() * layer.roles.len()).max(1);
    let threshold = (layer.rate * 4_294_967_296.0) as u64;
    let kept = (1.0 / (1.0 - layer.rate)) as f32;
    let mut values = Vec::with_capacity(planes * rows * width);
    for &seed in &key.seeds {
        let start = values.len();
        for role in layer.roles {
            let role = random::fnv1a(role.bytes());
            let stream = random::mix(seed ^ random::mix(role ^ random::mix(key.step)));
            for row in 0..rows {
                let counter = stream.wrapping_add(((key.first_row + row) as u64) << 32);
                for pair in 0..width.div_ceil(2) {
                    let word = random::mix(counter.wrapping_add(pair as u64));
                    let halves = [word >> 32, word & 0xFFFF_FFFF];
                    let drawn = halves.map(|half| if half < threshold { 0.0 } else { kept });
                    values.extend_from_slice(&drawn[..(width - 2 * pair).min(2)]);
                }
            }
        }
        let end = values.len();
        for _ in 1..repeats {
            values.extend_from_within(start..end);
        }
    }
    Tensor::from_data(TensorData::new(values, [planes, rows, width]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(first_row: usize, rows: usize) -> Vec<f32> {
        values_of(&["bottom.0"], first_row, rows)
    }

    fn values_of(roles: &[&str], first_row: usize, rows: usize) -> Vec<f32> {
        let key = DropoutKey {
            seeds: vec![7, 8],
            step: 3,
            epoch: 0,
            first_row,
        };
        let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
        let layer = Layer {
            roles: &roles,
            rate: 0.25,
        };
        let mask = mask(&key, &layer, [4, rows, 33], &Device::flex());
        mask.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_block_of_rows_has_the_masks_of_the_whole_batch() {
        let (whole, block) = (values(0, 8), values(4, 4));
        assert_eq!(whole[4 * 33..8 * 33], block[..4 * 33]);
    }

    #[test]
    fn lanes_share_a_mask_and_seeds_do_not() {
        let values = values(0, 8);
        let planes: Vec<&[f32]> = values.chunks(8 * 33).collect();
        assert_eq!(planes[0], planes[1]);
        assert_ne!(planes[1], planes[2]);
    }

    #[test]
    fn experts_drop_units_of_their_own() {
        let values = values_of(&["experts.0.0", "experts.1.0"], 0, 8);
        let planes: Vec<&[f32]> = values.chunks(8 * 33).collect();
        assert_ne!(planes[0], planes[1]);
    }

    #[test]
    fn the_share_of_zeros_is_the_rate() {
        let values = values(0, 1000);
        let zeros = values.iter().filter(|&&value| value == 0.0).count();
        let share = zeros as f64 / values.len() as f64;
        assert!((share - 0.25).abs() < 0.01, "{share}");
        assert!(
            values
                .iter()
                .all(|&value| value == 0.0 || value == 4.0 / 3.0)
        );
    }
}
