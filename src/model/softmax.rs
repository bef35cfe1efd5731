//! The softmax of each row as one operation of a backend forward and one backward.
//!
//! ```text
//! s_c = e^{x_c} / Σ_d e^{x_d};  dx = s ⊙ (ds − Σ_c ds_c·s_c)
//! ```

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::tape::recorded;

/// The shares of the columns of each row.
///
/// # Shapes
/// - logits, output: `[plane, row, column]`
pub fn softmax(logits: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as RowSoftmax>::row_softmax(
        logits.into_dispatch(),
    ))
}

#[backend_extension(Flex, Cube, Fusion, Autodiff)]
pub(super) trait RowSoftmax: Backend {
    /// See [`softmax`].
    #[fusion(meta = |logits| logits.clone())]
    fn row_softmax(logits: FloatTensor<Self>) -> FloatTensor<Self>;
}

#[backend_extension(Flex, Cube, Fusion)]
pub(super) trait RowSoftmaxGradient: Backend {
    /// The gradient of the logits.
    #[fusion(meta = |shares, _gradient| shares.clone())]
    fn row_softmax_gradient(
        shares: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl<B: RowSoftmax + RowSoftmaxGradient, C: CheckpointStrategy> RowSoftmax for Autodiff<B, C> {
    fn row_softmax(logits: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = logits.node();
        let shares = B::row_softmax(logits.into_primitive());
        recorded::<B, _, C, 1>(Step, [node], shares.clone(), shares)
    }
}

/// The backward pass.
#[derive(Debug)]
struct Step;

impl<B: RowSoftmaxGradient> Backward<B, 1> for Step {
    /// The shares.
    type State = FloatTensor<B>;

    fn backward(
        self,
        step: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&step.node);
        let [of_logits] = step.parents;
        if let Some(node) = of_logits {
            let below = B::row_softmax_gradient(step.state, gradient);
            gradients.register::<B>(node.id, below);
        }
    }
}
