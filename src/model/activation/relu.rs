//! Zero below zero, the usual choice.

use burn::tensor::{Tensor, activation};

use super::Activation;
use crate::spec::Spec;

/// `ReLU`.
#[derive(Debug)]
pub struct Relu;

static SPEC: Spec = Spec {
    id: "relu",
    label: "ReLU",
    summary: "Zero below zero, the usual choice",
    formula: "max(x, 0)",
    paper: None,
    params: &[],
};

impl Activation for Relu {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        activation::relu(input)
    }

    fn slope_below_zero(&self) -> Option<f32> {
        Some(0.0)
    }
}
