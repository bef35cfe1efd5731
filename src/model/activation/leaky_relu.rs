//! A small slope below zero, so that no unit dies.

use burn::tensor::{Tensor, activation};

use super::Activation;
use crate::spec::Spec;

/// Leaky `ReLU`.
#[derive(Debug)]
pub struct LeakyRelu;

/// Below zero.
const SLOPE: f32 = 0.01;

static SPEC: Spec = Spec {
    id: "leaky_relu",
    label: "Leaky ReLU",
    summary: "A small slope below zero, so that no unit dies",
    formula: "max(x, 0.01·x)",
    paper: None,
    params: &[],
};

impl Activation for LeakyRelu {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        activation::leaky_relu(input, SLOPE.into())
    }

    fn slope_below_zero(&self) -> Option<f32> {
        Some(SLOPE)
    }
}
