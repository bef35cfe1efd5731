//! A mixture of experts as one operation of a backend forward and one backward.
//!
//! ```text
//! y_b = Σ_e s_be·x_eb;  dx_eb = s_be·dy_b;  ds_be = dy_b·x_eb
//! ```

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::tape::recorded;

/// `Σ_e share_e·x_e`.
///
/// # Shapes
/// - shares: `[plane, row, expert]`, or `[plane, 1, expert]` for all rows
/// - experts: `[plane · expert, row, width]`
/// - output: `[plane, row, width]`
pub fn mixture(shares: Tensor<3>, experts: Tensor<3>) -> Tensor<3> {
    let [shares, experts] = [shares, experts].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Mixture>::mix(shares, experts))
}

#[backend_extension(Flex, Cube, Fusion, Autodiff)]
pub(super) trait Mixture: Backend {
    /// See [`mixture`].
    #[fusion(meta = |shares, experts| {
        let shape = [shares.shape[0], experts.shape[1], experts.shape[2]];
        TensorSpec::new(shape.into(), experts.dtype)
    })]
    fn mix(shares: FloatTensor<Self>, experts: FloatTensor<Self>) -> FloatTensor<Self>;
}

#[backend_extension(Flex, Cube, Fusion)]
pub(super) trait MixtureGradients: Backend {
    /// The gradients of the shares and of the experts.
    #[fusion(meta = |shares, experts, _gradient| (shares.clone(), experts.clone()))]
    fn mix_gradients(
        shares: FloatTensor<Self>,
        experts: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl<B: Mixture + MixtureGradients, C: CheckpointStrategy> Mixture for Autodiff<B, C> {
    fn mix(shares: FloatTensor<Self>, experts: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [shares.node(), experts.node()];
        let [shares, experts] = [shares, experts].map(|tensor| tensor.into_primitive());
        let output = B::mix(shares.clone(), experts.clone());
        recorded::<B, _, C, 2>(Step, nodes, [shares, experts], output)
    }
}

/// The backward pass of a mixture.
#[derive(Debug)]
struct Step;

impl<B: MixtureGradients> Backward<B, 2> for Step {
    /// The shares and the experts.
    type State = [FloatTensor<B>; 2];

    fn backward(
        self,
        step: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&step.node);
        let [shares, experts] = step.state;
        let (shares, experts) = B::mix_gradients(shares, experts, gradient);
        let [of_shares, of_experts] = step.parents;
        if let Some(node) = of_shares {
            gradients.register::<B>(node.id, shares);
        }
        if let Some(node) = of_experts {
            gradients.register::<B>(node.id, experts);
        }
    }
}
