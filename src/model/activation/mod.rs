//! The non-linearities between layers; one file each.

mod leaky_relu;
mod relu;
mod sigmoid;
mod silu;
mod tanh;

use std::fmt::Debug;

use burn::tensor::Tensor;

use crate::spec::Spec;

/// A function of each number alone.
pub trait Activation: Debug + Sync {
    /// Its name, summary and formula.
    fn spec(&self) -> &'static Spec;
    /// Applies it, shape unchanged.
    fn forward(&self, input: Tensor<3>) -> Tensor<3>;
    /// Its slope below zero where it leaves what is above zero as it is: a layer can then do it in one pass.
    fn slope_below_zero(&self) -> Option<f32> {
        None
    }
}

/// All activations, the commonest first.
pub static ACTIVATIONS: &[&dyn Activation] = &[
    &relu::Relu,
    &leaky_relu::LeakyRelu,
    &silu::Silu,
    &tanh::Tanh,
    &sigmoid::Sigmoid,
];

/// The activation of this id.
pub fn activation(id: &str) -> Option<&'static dyn Activation> {
    ACTIVATIONS
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}
