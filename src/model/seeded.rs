//! A backward pass that begins with gradients that are known.
//!
//! The derivatives of the losses come in closed form. As a sum of products they would cost an operation for each product, for
//! the sum, and once more for the derivative of both.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::{FloatDType, Tensor};

/// A zero whose derivative by the outputs is `gradient`.
///
/// # Shapes
/// - outputs, gradient: `[replica, batch, task]`
/// - output: `[1]`
pub fn seeded(outputs: Tensor<3>, gradient: Tensor<3>) -> Tensor<1> {
    let [outputs, gradient] = [outputs, gradient].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as Seeded>::zero(outputs, gradient))
}

#[backend_extension(Cube, Flex, Fusion, Autodiff)]
trait Seeded: Backend {
    /// See [`seeded`].
    #[fusion(default)]
    fn zero(outputs: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        drop(gradient);
        Self::float_zeros([1].into(), &outputs.device(), FloatDType::F32)
    }
}

impl Seeded for Flex {}

impl Seeded for CubeBackend {}

impl<B: Backend + Seeded, C: CheckpointStrategy> Seeded for Autodiff<B, C> {
    fn zero(outputs: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = outputs.node();
        let gradient = gradient.into_primitive();
        let zero = B::zero(outputs.into_primitive(), gradient.clone());
        match Step.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(gradient, zero),
            OpsKind::UnTracked(step) => step.finish(zero),
        }
    }
}

/// The backward pass: the gradient as it is.
#[derive(Debug)]
struct Step;

impl<B: Backend> Backward<B, 1> for Step {
    type State = FloatTensor<B>;

    fn backward(
        self,
        step: Ops<FloatTensor<B>, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [outputs] = step.parents;
        if let Some(node) = outputs {
            gradients.register::<B>(node.id, step.state);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn the_gradient_goes_down_as_it_was_given() {
        let device = Device::flex().autodiff();
        let of = |numbers: [f32; 4], device: &Device| {
            Tensor::<3>::from_data(TensorData::new(numbers.to_vec(), [1, 2, 2]), device)
        };
        let leaf = of([1.0, 2.0, 3.0, 4.0], &device).require_grad();
        let gradient = of([0.5, -1.0, 0.0, 2.0], &Device::flex());
        let zero = seeded(leaf.clone() * 3.0, gradient);
        assert_eq!(zero.dims(), [1]);
        let tape = (zero + leaf.clone().sum()).backward();
        let found = leaf.grad(&tape).unwrap();
        let expected = [2.5, -2.0, 1.0, 7.0];
        assert_eq!(found.into_data().try_to_vec::<f32>().unwrap(), expected);
    }
}
