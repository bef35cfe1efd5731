//! A mixture of experts on a graphics card, and the shares in it.

use burn::backend::ops::FloatTensorOps as _;
use burn::backend::wgpu::{CubeBackend, CubeTensor};

use super::dims;
use super::kernels::mixture::SEGMENT;
use super::kernels::{self, GROUP};
use super::rows::{empty, groups, threads};
use crate::model::mixture::{Mixture, MixtureGradients};
use crate::model::softmax::{RowSoftmax, RowSoftmaxGradient};

impl RowSoftmax for CubeBackend {
    fn row_softmax(logits: CubeTensor) -> CubeTensor {
        let shape @ [planes, rows, _] = dims(&logits);
        let shares = empty(&logits, shape, logits.dtype);
        let (count, dim) = threads(&logits, planes * rows);
        kernels::mixture::softmax::launch(
            &logits.client.clone(),
            count,
            dim,
            logits.into_tensor_arg(),
            shares.clone().into_tensor_arg(),
        );
        shares
    }
}

impl RowSoftmaxGradient for CubeBackend {
    fn row_softmax_gradient(shares: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        let shape @ [planes, rows, _] = dims(&shares);
        let below = empty(&shares, shape, shares.dtype);
        let (count, dim) = threads(&shares, planes * rows);
        kernels::mixture::softmax_gradient::launch(
            &shares.client.clone(),
            count,
            dim,
            shares.into_tensor_arg(),
            gradient.into_tensor_arg(),
            below.clone().into_tensor_arg(),
        );
        below
    }
}

impl Mixture for CubeBackend {
    fn mix(shares: CubeTensor, experts: CubeTensor) -> CubeTensor {
        let [planes, ..] = dims(&shares);
        let [_, rows, width] = dims(&experts);
        let mixed = empty(&experts, [planes, rows, width], experts.dtype);
        let (count, dim) = threads(&experts, planes * rows * width);
        kernels::mixture::mix::launch(
            &experts.client.clone(),
            count,
            dim,
            shares.into_tensor_arg(),
            experts.into_tensor_arg(),
            mixed.clone().into_tensor_arg(),
        );
        mixed
    }
}

impl MixtureGradients for CubeBackend {
    fn mix_gradients(
        shares: CubeTensor,
        experts: CubeTensor,
        gradient: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        let [planes, share_rows, number] = dims(&shares);
        let shape @ [_, rows, _] = dims(&experts);
        let of_shares = empty(&shares, [planes, rows, number], shares.dtype);
        let of_experts = empty(&experts, shape, experts.dtype);
        let segments = planes * number * rows;
        let (count, dim) = groups(&experts, segments.div_ceil(GROUP / SEGMENT));
        kernels::mixture::mix_gradients::launch(
            &experts.client.clone(),
            count,
            dim,
            shares.into_tensor_arg(),
            experts.into_tensor_arg(),
            gradient.into_tensor_arg(),
            of_shares.clone().into_tensor_arg(),
            of_experts.clone().into_tensor_arg(),
        );
        let of_shares = if share_rows < rows {
            Self::float_sum_dim(of_shares, 1)
        } else {
            of_shares
        };
        (of_shares, of_experts)
    }
}
