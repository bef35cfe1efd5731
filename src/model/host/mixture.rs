//! A mixture of experts on the host.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::planes::{dims, in_order, tensor};
use super::vectorized;
use crate::model::mixture::{Mixture, MixtureGradients};

impl Mixture for Flex {
    fn mix(shares: FlexTensor, experts: FlexTensor) -> FlexTensor {
        Mixed::new(shares, experts).forward()
    }
}

impl MixtureGradients for Flex {
    fn mix_gradients(
        shares: FlexTensor,
        experts: FlexTensor,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let gradient = in_order(gradient);
        Mixed::new(shares, experts).backward(gradient.storage::<f32>())
    }
}

/// What is mixed, its numbers one behind the other.
struct Mixed {
    shares: FlexTensor,
    experts: FlexTensor,
    /// `[plane, row, expert]`; a single row of shares is for all.
    shape: [usize; 3],
    rows: usize,
    width: usize,
}

impl Mixed {
    fn new(shares: FlexTensor, experts: FlexTensor) -> Self {
        let (shares, experts) = (in_order(shares), in_order(experts));
        let [_, rows, width] = dims(&experts);
        Self {
            shape: dims(&shares),
            rows,
            width,
            shares,
            experts,
        }
    }

    /// For each row of each plane where its shares begin.
    fn share(&self, plane: usize, row: usize) -> usize {
        let [_, rows, number] = self.shape;
        (plane * rows + row.min(rows - 1)) * number
    }

    /// Where a row of an expert begins.
    fn row(&self, plane: usize, expert: usize, row: usize) -> usize {
        let number = self.shape[2];
        ((plane * number + expert) * self.rows + row) * self.width
    }

    fn forward(&self) -> FlexTensor {
        let [planes, _, number] = self.shape;
        let (shares, experts) = (self.shares.storage::<f32>(), self.experts.storage::<f32>());
        let mut mixed = vec![0.0_f32; planes * self.rows * self.width];
        vectorized(|| {
            for (place, mixed) in mixed.chunks_exact_mut(self.width).enumerate() {
                let (plane, row) = (place / self.rows, place % self.rows);
                for expert in 0..number {
                    let share = shares[self.share(plane, row) + expert];
                    let own = &experts[self.row(plane, expert, row)..][..self.width];
                    for (sum, number) in mixed.iter_mut().zip(own) {
                        *sum += share * number;
                    }
                }
            }
        });
        tensor(mixed, [planes, self.rows, self.width])
    }

    /// The gradients of the shares and of the experts.
    fn backward(&self, slopes: &[f32]) -> (FlexTensor, FlexTensor) {
        let [planes, share_rows, number] = self.shape;
        let (shares, experts) = (self.shares.storage::<f32>(), self.experts.storage::<f32>());
        let mut of_shares = vec![0.0_f32; shares.len()];
        let mut of_experts = Vec::with_capacity(experts.len());
        vectorized(|| {
            for plane in 0..planes {
                for expert in 0..number {
                    for row in 0..self.rows {
                        let slopes =
                            &slopes[(plane * self.rows + row) * self.width..][..self.width];
                        let own = &experts[self.row(plane, expert, row)..][..self.width];
                        let place = self.share(plane, row) + expert;
                        let share = shares[place];
                        of_experts.extend(slopes.iter().map(|slope| share * slope));
                        of_shares[place] += dot(slopes, own);
                    }
                }
            }
        });
        let shape = [planes * number, self.rows, self.width];
        (
            tensor(of_shares, [planes, share_rows, number]),
            tensor(of_experts, shape),
        )
    }
}

/// `Σ a·b`, summed in so many parts as a core adds at once.
#[inline]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const AT_ONCE: usize = 16;
    let mut sums = [0.0_f32; AT_ONCE];
    let (whole_a, rest_a) = a.as_chunks::<AT_ONCE>();
    let (whole_b, rest_b) = b.as_chunks::<AT_ONCE>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, Tolerance};

    use crate::model::host::wave;
    use crate::model::mixture::mixture;

    #[test]
    fn a_mixture_is_a_sum_of_shares() {
        for (planes, number, rows, width, share_rows) in
            [(1, 1, 3, 5, 3), (2, 3, 4, 16, 4), (2, 3, 4, 35, 1)]
        {
            let shares = wave([planes, share_rows, number], 0.7);
            let experts = wave([planes * number, rows, width], 1.3);
            let looked_at = wave([planes, rows, width], 0.31).detach();
            let fused = mixture(shares.clone(), experts.clone());
            let by_expert = experts.clone().reshape([planes, number, rows, width]);
            let share = shares.clone().swap_dims(1, 2).unsqueeze_dim::<4>(3);
            let plain = (by_expert * share).sum_dim(1).squeeze_dim::<3>(1);
            let within = Tolerance::<f32>::absolute(2e-6);
            let same = |found: Tensor<3>, expected: Tensor<3>| {
                assert_eq!(found.dims(), expected.dims());
                found
                    .into_data()
                    .assert_approx_eq(&expected.into_data(), within);
            };
            same(fused.clone(), plain.clone());
            let [fused, plain] =
                [fused, plain].map(|output| (output * looked_at.clone()).sum().backward());
            for leaf in [&shares, &experts] {
                same(leaf.grad(&fused).unwrap(), leaf.grad(&plain).unwrap());
            }
        }
    }
}
