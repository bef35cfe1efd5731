//! The softmax of each row on the host.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::planes::{dims, in_order, tensor};
use crate::model::softmax::{RowSoftmax, RowSoftmaxGradient};

impl RowSoftmax for Flex {
    fn row_softmax(logits: FlexTensor) -> FlexTensor {
        let mut shares = in_order(logits);
        let columns = dims(&shares)[2].max(1);
        for row in shares.storage_mut::<f32>().chunks_exact_mut(columns) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for number in &mut *row {
                *number = (*number - largest).exp();
                sum += *number;
            }
            for number in row {
                *number /= sum;
            }
        }
        shares
    }
}

impl RowSoftmaxGradient for Flex {
    fn row_softmax_gradient(shares: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let (shares, gradient) = (in_order(shares), in_order(gradient));
        let shape = dims(&shares);
        let columns = shape[2].max(1);
        let mut below = Vec::with_capacity(shape.iter().product());
        let rows = shares.storage::<f32>().chunks_exact(columns);
        for (shares, slopes) in rows.zip(gradient.storage::<f32>().chunks_exact(columns)) {
            let pairs = || shares.iter().zip(slopes);
            let mean: f32 = pairs().map(|(share, slope)| share * slope).sum();
            below.extend(pairs().map(|(share, slope)| share * (slope - mean)));
        }
        tensor(below, shape)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tolerance, activation};

    use crate::model::host::wave;
    use crate::model::softmax::softmax;

    #[test]
    fn a_softmax_is_that_of_the_backend() {
        for dims in [[1, 3, 8], [2, 5, 1], [3, 1, 17]] {
            let logits = wave(dims, 0.7);
            let looked_at = wave(dims, 0.31).detach();
            let own = softmax(logits.clone() * 30.0);
            let plain = activation::softmax(logits.clone() * 30.0, 2);
            let within = Tolerance::<f32>::absolute(2e-6);
            let [found, expected] = [&own, &plain].map(|shares| shares.clone().into_data());
            found.assert_approx_eq(&expected, within);
            let [found, expected] = [own, plain].map(|shares| {
                let tape = (shares * looked_at.clone()).sum().backward();
                logits.grad(&tape).unwrap().into_data()
            });
            found.assert_approx_eq(&expected, Tolerance::<f32>::absolute(2e-5));
        }
    }
}
